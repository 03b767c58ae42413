"""Charts drawn without a browser: every figure in the picture is the one of the table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from gis.outputs.pictures import png, svg
from gis.outputs.pictures.chart import Chart, Series
from tests.warm import Desk

_SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(1)</script>&\"'\x00\x1b甲"
SQUARES = [[[[(x, 0.0), (x, 10.0), (x + 10, 10.0), (x + 10, 0.0), (x, 0.0)]]] for x in (0.0, 10.0)]

BARS = Chart(
    "bars", "各率", "%", ["甲", "乙", "丙"], [Series("率", [92.68, 110.5, None])],
    marks={"控制值": [100.0, 90.0, 60.0]},
)  # fmt: skip
FUNNEL = Chart("funnel", "从批准到建成", "公顷", ["批", "供", "建"],
               [Series("公顷", [200.0, 150.0, 50.0])], digits=4)  # fmt: skip
PARTS = Chart("parts", "得分", "分", ["甲", "乙", "丙"],
              [Series("经济", [30.5, None, None]), Series("土地", [10.25, 5.0, None])])  # fmt: skip
TREND = Chart("trend", "亩均产值", "万元/亩", ["2021", "2022", "2023"],
              [Series("亩均产值", [10.0, None, -2.5])])  # fmt: skip
AREAS = Chart("areas", "建成率", "%", ["A区块", "B区块"], [Series("率", [10.5, None])],
              shapes=SQUARES)  # fmt: skip


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - we wrote it ourselves


def texts(picture: str, *, figures: bool = True) -> list[str]:
    root = parsed(picture)
    return [
        "".join(one.itertext())
        for one in root.iter(f"{_SVG}text")
        if (one.get("class") == "figure") == figures
    ]


@pytest.mark.parametrize(
    ("chart", "written"),
    [
        (BARS, ["92.68", "110.50", "不明"]),
        # 150 of 200 are 75 %, 50 of 200 are 25 %.
        (FUNNEL, ["200.0000", "150.0000  75.0%", "50.0000  25.0%"]),
        # 30.5 + 10.25; one of two known; none.
        (PARTS, ["40.75", "≥ 5.00", "不明"]),
        # A part that is known in part alone is told as such though no other is missing.
        (replace(PARTS, partly=[True, False, False]), ["≥ 40.75", "≥ 5.00", "不明"]),
        (TREND, ["不明", "10.00", "−2.50"]),
        (AREAS, ["10.50", "不明"]),
    ],
    ids=lambda one: one.kind if isinstance(one, Chart) else "",
)
def test_every_figure_of_a_picture_is_the_one_of_the_table(
    chart: Chart, written: list[str]
) -> None:
    picture = svg.drawn(chart, "不明")
    assert texts(picture) == written
    told = " ".join(texts(picture, figures=False))
    assert f"{chart.title}（{chart.unit}）" in told
    for name in chart.names:
        assert name in told


def test_bars_are_as_long_as_their_figures() -> None:
    root = parsed(svg.drawn(FUNNEL, "不明"))
    wide = [float(one.get("width", 0)) for one in root.iter(f"{_SVG}rect")][1:]
    assert wide[1] / wide[0] == pytest.approx(0.75, abs=0.001)
    assert wide[2] / wide[0] == pytest.approx(0.25, abs=0.001)


def test_names_of_any_letters_stay_text_and_a_picture_stays_xml() -> None:
    chart = Chart("bars", NASTY, "%", [NASTY, "长" * 200], [Series(NASTY, [1.0, 2.0])], note=NASTY)
    picture = svg.drawn(chart, "不明")
    assert "<script" not in picture
    root = parsed(picture)
    assert not [*root.iter(f"{_SVG}script")]
    # What is cut short is told whole beside it.
    assert "长" * 200 in [one.text for one in root.iter(f"{_SVG}title")]


def test_text_names_fonts_of_every_system_that_reads_it() -> None:
    root = parsed(svg.drawn(BARS, "不明"))
    assert {"Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"} <= {
        one.strip(" '") for one in root.get("font-family", "").split(",")
    }


def test_a_png_is_three_times_the_drawing_and_has_ink() -> None:
    picture = svg.drawn(BARS, "不明")
    content = png.of(picture)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    drawn_high = int(re.findall(r'height="(\d+)"', picture)[0])
    assert (wide, high) == (3 * svg.WIDTH, 3 * drawn_high)
    assert len(content) > 5_000


def test_a_machine_without_chinese_letters_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert png.has_chinese()
    png.has_chinese.cache_clear()
    monkeypatch.setattr(png, "FONTS", ("No such font",))
    assert not png.has_chinese()
    png.has_chinese.cache_clear()


def test_the_command_draws_what_it_lists(demo: Desk, tmp_path: Path) -> None:
    out = tmp_path / "funnel.svg"
    assert demo.call("indicators", "--chart", "funnel", "--park", "YS", "--out", str(out)).code == 0
    rows = {
        one["name"]: one["value"]
        for one in demo.json("indicators", "--park", "YS")["rows"]
        if one["place_code"] == "YS" and one["year"] is None
    }
    names = ("approved_m2", "approved_supplied_m2", "approved_started_m2", "approved_built_m2")
    wanted = [f"{rows[name] / 10_000:,.4f}" for name in names]
    assert [one.split()[0] for one in texts(out.read_text(encoding="utf-8"))] == wanted
    held = tmp_path / "park.svg"
    assert demo.call("indicators", "--chart", "park", "--park", "YS", "--out", str(held)).code == 0
    # 建筑系数 at least 30 %: 100 x the park's own / 30.
    assert f"{rows['site_coverage'] / 0.3:,.2f}" in texts(held.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--chart", "funnel"], "--out"),
        (["--chart", "funnel", "--out", "x.pdf"], ".svg"),
        (["--chart", "blocks", "--out", "x.svg"], "--park"),
        (["--chart", "funnel", "--park", "YS", "--year", "2025", "--out", "x.svg"], "park, block"),
        (["--scheme", "per_mu"], "--chart"),
        (["--chart", "ranking", "--scheme", "x", "--out", "x.svg"], "chifeng_2020, per_mu, ordos"),
        (["--chart", "ranking", "--reading", "R9", "--out", "x.svg"], "R1, R3"),
        (
            ["--chart", "ranking", "--region", "15", "--scheme", "per_mu", "--out", "x.svg"],
            "region",
        ),
        # The one park of the demo lies in 150699.
        (["--chart", "ranking", "--region", "150602", "--out", "x.svg"], "150699"),
        (["--chart", "trend", "--park", "YS", "--figure", "nothing", "--out", "x.svg"], "nothing"),
        (["--chart", "trend", "--park", "NOPE", "--out", "x.svg"], "NOPE"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_writes_nothing(
    demo: Desk, tmp_path: Path, asked: list[str], told: str
) -> None:
    asked = [str(tmp_path / one) if one.startswith("x.") else one for one in asked]
    done = demo.call("indicators", *asked)
    assert done.code == 2
    assert told in done.stderr
    assert not [*tmp_path.iterdir()]


def test_the_address_draws_within_the_land_of_who_asks(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    def get(address: str, who: str = "clerk of 东园") -> httpx.Response:
        return client.get(
            f"/api/v1/charts/{address}", headers={"Authorization": f"Bearer {secrets[who]}"}
        )

    found = get("funnel.svg?park=东园")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/svg+xml")
    assert len(texts(found.text)) == 4
    assert get("funnel.png?park=东园").content[:4] == b"\x89PNG"
    assert get("blocks.svg?park=东园&language=en").status_code == 200
    assert get("funnel.svg?park=东园", "clerk of 西").status_code == 404
    assert get("funnel.gif?park=东园").status_code in {404, 422}
    assert get("funnel.svg?park=东园&figure=nothing").status_code == 422


@pytest.mark.long("test_the_command_draws_what_it_lists")
def test_a_ranking_is_drawn_by_the_scheme_and_reading_asked_for(demo: Desk, tmp_path: Path) -> None:
    out = tmp_path / "ranking.svg"

    def drawn(*asked: str) -> tuple[list[str], str]:
        to = ("--chart", "ranking", "--year", "2025", "--out", str(out))
        done = demo.call("indicators", *to, *asked)
        assert done.code == 0, done.stderr
        picture = out.read_text(encoding="utf-8")
        return texts(picture), " ".join(texts(picture, figures=False))

    (row,) = demo.json("rank", "--year", "2025", "--reading", "R3")["rows"]
    figures, told = drawn("--reading", "R3", "--region", "150699")
    # Some scores are open: the picture says no more than the list, at least so many.
    assert (row["total"], figures) == (None, [f"≥ {row['known']:,.2f}"])
    assert "赤峰市园区考核 · R3" in told
    assert "150699" in told
    (row,) = demo.json("rank", "--year", "2025", "--scheme", "ordos_2022")["rows"]
    figures, told = drawn("--scheme", "ordos_2022")
    of_year = demo.json("indicators", "--park", "YS", "--year", "2025")["rows"]
    (per_mu,) = (
        one["value"] for one in of_year
        if (one["place_code"], one["name"]) == ("YS", "output_per_mu")
    )  # fmt: skip
    assert figures == [f"{per_mu:,.2f}"]
    assert "鄂尔多斯市园区梯队" in told
    found = demo.json("rank", "--year", "2025", "--scheme", "per_mu", "--reading", "min_max")
    figures, told = drawn("--scheme", "per_mu", "--reading", "min_max")
    assert figures == [f"{one['total']:,.2f}" for one in found["rows"] if one["rank"]]
    assert "企业亩均效益评价 · 最低与最高之间" in told


def test_the_ranking_offers_the_picture_of_the_ranking_of_the_page(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    reader = {"Authorization": f"Bearer {secrets['viewer']}"}
    for asked, wanted in (("", "R1"), ("&reading=R3", "R3")):
        told = client.get(f"/ranking?year=2025{asked}", headers=reader).text
        (link,) = re.findall(r'href="(/api/v1/charts/ranking[.]svg[^"]*)" download', told)
        answer = client.get(link.replace("&amp;", "&"), headers=reader)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert "2025 " in answer.text
        assert wanted in answer.text
    bad = client.get("/api/v1/charts/ranking.svg?year=2025&reading=R9", headers=reader)
    assert (bad.status_code, "R1, R3" in bad.text) == (422, True)
