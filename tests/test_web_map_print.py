"""The map on paper: its size, its scale, its colours and its words, in the PDF a person keeps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from maps import style
from tests import printed
from tests.conftest import rest_long
from tests.sending import client_of
from tests.warm import DEMO_DAY, Desk

# The printed sheet has 96 dots an inch in the tests.
DOTS_PER_MM = printed.DOTS_PER_INCH / 25.4


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


@pytest.fixture
def tab(client: httpx.Client, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=str(client.base_url).rstrip("/"))
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def drawn(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector("body[data-map=ready]")


def test_a_block_is_printed_at_its_scale_in_its_colours(tab: Page, tmp_path: Path) -> None:
    drawn(tab, "/map/print?block=YS-A&scale=10000")
    # 1 : 10 000 on a sphere; the parcels of the demo are 100 m wide in the plane of their zone, and
    # lengths to the east are 0.14 % longer on the ellipsoid: 9.99 to 10.03 mm.
    (paper,) = printed.sheets(tab, tmp_path)
    height, width = paper.shape[:2]
    assert (width, height) == pytest.approx((297 * DOTS_PER_MM, 210 * DOTS_PER_MM), abs=2)
    # 中止开发: four parcels side by side, each one hectare.
    purple = printed.near(paper, style.styles("outcome")["may_be_idle"].colour)
    inside = purple[:, : round(200 * DOTS_PER_MM)]
    columns = np.flatnonzero(inside.any(axis=0))
    wide_mm = (columns[-1] - columns[0] + 1) / DOTS_PER_MM
    assert wide_mm == pytest.approx(40.0, abs=0.6)
    rows = np.flatnonzero(inside.any(axis=1))
    assert (rows[-1] - rows[0] + 1) / DOTS_PER_MM == pytest.approx(10.0, abs=0.6)
    # The bar is as long as it says.
    metres = float(tab.get_attribute("#bar", "data-metres") or 0)
    bar = tab.evaluate("() => document.getElementById('bar').getBBox().width")
    assert bar / DOTS_PER_MM == pytest.approx(metres * 1000 / 10_000, abs=0.01)
    (words,) = printed.words(tmp_path / "page.pdf")
    for said in ("YS-A", "10 000", DEMO_DAY, "EPSG:4490", "三度带 37", "第 1 次运行", "疑似闲置"):
        assert said in words, said
    assert "重新排版" not in words


SIZES = [("a4p", (210, 297)), ("a3l", (420, 297)), ("a3p", (297, 420))]


@pytest.mark.long("test_a_block_is_printed_at_its_scale_in_its_colours")
@pytest.mark.parametrize(("paper", "size"), rest_long(SIZES, SIZES[:1], names=2))
def test_every_paper_is_one_sheet_of_its_size(
    tab: Page, tmp_path: Path, paper: str, size: tuple[int, int]
) -> None:
    drawn(tab, f"/map/print?block=YS-A&paper={paper}&title=%3Cscript%3Ealert(1)%3C/script%3E")
    out = printed.pdf(tab, tmp_path)
    told = subprocess.run(["pdfinfo", str(out)], check=True, capture_output=True, text=True).stdout
    facts = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
    assert facts["Pages"].strip() == "1"
    wide, _, high, *_ = facts["Page size"].split()
    points = 72 / 25.4
    assert (float(wide) / points, float(high) / points) == pytest.approx(size, abs=0.5)
    (words,) = printed.words(out)
    assert "<script>alert(1)</script>" in words  # a title is words, whatever it says


@pytest.mark.long("test_a_block_is_printed_at_its_scale_in_its_colours")
def test_the_sheet_is_saved_as_a_picture_of_300_dots_an_inch(tab: Page, tmp_path: Path) -> None:
    drawn(tab, "/map/print?block=YS-A")
    with tab.expect_download() as download:
        tab.click("#do-png")
    download.value.save_as(tmp_path / "sheet.png")
    assert download.value.suggested_filename == "YS-A土地利用状况图.png"
    told = subprocess.run(
        ["gdalinfo", str(tmp_path / "sheet.png")], check=True, capture_output=True, text=True
    ).stdout
    wide = int(told.partition("Size is ")[2].partition(",")[0])
    # 197 mm of map, 340 dots of the screen for the legend and the margins.
    assert wide == pytest.approx((197 * DOTS_PER_MM + 340) * 300 / 96, abs=4)


@pytest.mark.parametrize(
    "query", ["scale=1", "scale=x", "paper=a5", "lat=89", "lon=nan", "zoom=99"]
)
def test_a_sheet_that_cannot_be_is_told(client: httpx.Client, query: str) -> None:
    assert client.get(f"/map/print?{query}").status_code == 422


def test_the_legend_stays_on_the_sheet_in_english(client: httpx.Client, tab: Page) -> None:
    told = {"name": "landwatch-language", "value": "en", "url": str(client.base_url)}
    tab.context.add_cookies([told])
    tab.goto("/map/print?block=YS-A")
    over = tab.evaluate(
        "() => [...document.querySelectorAll('.keys table')].map((one) =>"
        " one.getBoundingClientRect().right - one.parentElement.getBoundingClientRect().right)"
    )
    assert len(over) == 2
    assert max(over) <= 0.5
