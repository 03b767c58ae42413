"""Charts of pages: drawn in a browser, carried away as pictures, read where nothing is drawn."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import pytest
import rasterio
import shapely
from playwright.sync_api import Browser, Page

from api.web import frame, place_charts
from api.web.drawn import plan
from gis.outputs.pictures.chart import Chart, Series

NASTY = "<script>alert(1)</script>'\"甲"


def chart(**changed: object) -> Chart:
    told: dict[str, object] = {
        "kind": "bars", "title": NASTY, "unit": "%", "names": [NASTY, "乙", "丙"],
        "series": [Series("率", [120.5, float("nan"), -3.0])],
        "marks": {"控制值": [100.0, 40.0, None]},
    }  # fmt: skip
    return Chart(**(told | changed))  # type: ignore[arg-type]


def test_values_unknown_are_null_to_the_script_and_not_known_in_the_table() -> None:
    one = chart()
    told = json.loads(one.as_json)
    assert told["series"][0]["values"] == [120.5, None, -3.0]
    assert told["marks"] == [{"words": "控制值", "values": [100.0, 40.0, None]}]
    assert one.columns == ["率", "控制值"]
    assert one.rows[1:] == [("乙", [None, "40.00"]), ("丙", ["−3.00", None])]
    assert not one.is_empty
    assert chart(series=[Series("率", [None, float("nan"), None])], marks={}).is_empty


def test_a_shape_for_each_name_is_drawn_upright_and_one_too_few_is_refused() -> None:
    ring = [(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 0.0)]
    one = chart(kind="areas", shapes=[[[ring]], [[ring]], []], marks={})
    assert json.loads(one.as_json)["shapes"][0] == [[[list(point) for point in ring]]]
    with pytest.raises(ValueError, match="for 3 names"):
        chart(kind="areas", shapes=[[[ring]]], marks={})
    # A square a kilometre wide about 111 E: its north edge is the upper one.
    square = np.array([shapely.box(111.0, 40.0, 111.01, 40.01)], dtype=object)
    (polygons,) = plan.around([*square], (100.0, 100.0), 0.0).polygons(square)
    across, up = np.array(polygons[0][0]).T
    assert (across.min(), across.max()) == (pytest.approx(12, abs=2), pytest.approx(88, abs=2))
    assert (up.min(), up.max()) == (pytest.approx(-100, abs=1), pytest.approx(0, abs=1))


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="values for 3 names"):
        chart(marks={"控制值": [1.0]})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_chart_carries_is_escaped(language: str) -> None:
    page = frame.environment(language).from_string(  # type: ignore[arg-type]
        '{% import "chart.html.jinja" as charts with context %}{{ charts.chart(one) }}'
    )
    html = page.render(one=chart())
    assert "<script" not in html
    # Read as a browser reads it, it is what it was.
    (carried,) = re.findall(r'data-chart="([^"]*)"', html)
    assert json.loads(unescape(carried))["names"] == [NASTY, "乙", "丙"]


def test_a_year_that_is_unknown_is_a_gap_and_is_told() -> None:
    over_land = {"unit": "万元/亩", "area_kind": "planar"}
    rows = [
        {"name": "tax_per_mu", "year": year, "value": value, **over_land}
        for year, value in ((2023, None), (2022, 1.5), (2024, 2.5), (2021, 1.0))
    ]
    (one,) = place_charts.of_years(
        [*rows, {"name": "output_per_mu", "year": 2024, "value": 3.0}], date(2025, 6, 30), "zh"
    )
    assert [*one.names] == ["2021", "2022", "2023", "2024"]
    assert json.loads(one.as_json)["series"][0]["values"] == [1.0, 1.5, None, 2.5]
    assert one.note == "土地按 2025-06-30 的建成区；2023 年有企业未报或者存疑，不明"


def _drawn(tab: Page) -> int:
    """How many pixels of the first drawing are not white."""
    return int(
        tab.evaluate(
            """() => { const one = document.querySelector('.chart canvas');
            const all = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
            let inked = 0;
            for (let at = 3; at < all.length; at += 4) if (all[at] > 0) inked += 1;
            return inked; }"""
        )
    )


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_rates_of_a_block_are_drawn_saved_as_pictures_and_read_where_nothing_draws(
    browser: Browser, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    base = str(client.base_url).rstrip("/")
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, accept_downloads=True,
        extra_http_headers={"Authorization": f"Bearer {secrets['officer']}"},
    )  # fmt: skip
    tab = context.new_page()
    told: list[str] = []
    tab.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    tab.goto(f"{base}/block/{quote('东块')}")
    tab.wait_for_selector(".chart[data-drawn]")
    assert _drawn(tab) > 2_000
    for kind in ("png", "svg"):
        with tab.expect_download() as coming:
            tab.locator(f".chart [data-save={kind}]").first.click()
        coming.value.save_as(tmp_path / f"rates.{kind}")
    with rasterio.open(tmp_path / "rates.png") as picture:
        assert picture.width == 2_700
        assert (np.min(picture.read()[:3], axis=0) < 128).sum() > 10_000
    words = (tmp_path / "rates.svg").read_text(encoding="utf-8")
    assert words.startswith("<svg")
    assert "<script" not in words
    assert "土地利用各率" in words
    assert "土地开发率" in words
    # The blocks of the park are coloured by the figure that is chosen.
    tab.goto(f"{base}/park/{quote('东园')}")
    tab.get_by_label("按指标着色").select_option("unsupplied_rate")
    tab.wait_for_url("**figure=unsupplied_rate**")
    tab.wait_for_selector(".chart[data-drawn] figcaption >> text=批而未供率")
    assert _drawn(tab) > 2_000
    assert told == []
    # The library is kept away: the values are read in the table, and it is told.
    context.route("**/vendor/echarts/**", lambda route: route.abort())
    tab.goto(f"{base}/block/{quote('东块')}")
    tab.wait_for_selector(".chart [data-undrawn]:not([hidden])")
    assert tab.locator(".chart details[open] th", has_text="土地开发率").is_visible()
    context.close()
