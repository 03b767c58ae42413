"""What comes out of the printer: the map is on paper, in its colours, to scale, in one piece."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from maps import block, index, style
from tests import printed
from tests.conftest import rest_long
from tests.test_maps_pages import PLACE, tiny_city

# The paper's margin of 10 mm; the picture stands right of a legend of 300 and a gap of 10 dots.
MARGIN = 37.8
LEFT = MARGIN + 310


@pytest.fixture
def city(opened: Callable[..., Page], tmp_path: Path) -> Page:
    tab = opened(block.draw(PLACE, tiny_city(), tmp_path / PLACE.file_name))
    tab.wait_for_selector("body[data-ready]")
    return tab


def look(code: str) -> str:
    return style.styles("outcome")[code].colour


def frame(sheet: printed.Pixels) -> printed.Pixels:
    """The part of a sheet that holds the picture of the map."""
    return sheet[int(MARGIN) + 40 :, int(LEFT) :]


def test_every_colour_of_the_legend_is_found_inside_the_printed_map(
    city: Page, tmp_path: Path
) -> None:
    (sheet,) = printed.sheets(city, tmp_path)
    assert sheet.shape == (794, 1123, 3)  # 210 x 297 mm across
    picture, legend = frame(sheet), sheet[:, : int(LEFT)]
    for code in ("suspected_idle", "clear", "found_idle", "candidate"):
        assert printed.near(picture, look(code)).sum() > 1_500, code
        assert printed.near(legend, look(code)).sum() > 50, code
    # The piece of unsupplied land is striped: its stripes alone have the full colour.
    striped = style.styles("unsupplied")["to_supply"].colour
    assert printed.near(picture, striped, 40).sum() > 500
    # Nothing of the picture is black, which is what a sheet without a ground would print.
    assert (picture < 5).all(axis=2).mean() < 0.001


def test_the_printed_map_keeps_the_scale_it_names(city: Page, tmp_path: Path) -> None:
    paper = printed.pdf(city, tmp_path)
    (sheet,) = printed.pixels(paper, tmp_path)
    # The block: 0.005 degrees x 111,319.49 m x cos 39.6015 = 428.86 m into 735 - 2 x 14 = 707 dots
    # of 0.2645833 mm: 1 : 2,293; its height 333.96 m into 592 dots: 1 : 2,132. Rounded up: 2,500.
    # Three cells of 0.001 degree are 257.32 m: on paper 102.93 mm, 389.0 dots.
    starts = []
    for code in ("suspected_idle", "candidate"):
        columns = printed.near(frame(sheet), look(code)).sum(axis=0)
        starts.append(np.flatnonzero(columns > 30)[0])
    assert starts[1] - starts[0] == pytest.approx(389.0, abs=1.5)


def test_the_sheet_names_title_day_run_and_sums_in_both_units(city: Page, tmp_path: Path) -> None:
    (text,) = printed.words(printed.pdf(city, tmp_path))
    for told in ("罕台片区 土地利用监测图", "2023-12-31", "第 12 次运行", "疑似闲置", "CGCS2000"):
        assert told in re.sub(" +", " ", text), told
    # 46,993.80 m2 are 4.6994 公顷 and 70.49 亩.
    assert "4.6994" in text
    assert "70.49" in text
    assert "全图" not in text
    assert "查找：" not in text


def test_what_is_switched_off_stays_off_the_paper_and_the_map_is_left_as_it_was(
    city: Page, tmp_path: Path
) -> None:
    centre = "[map_block.getCenter().lat, map_block.getCenter().lng, map_block.getZoom()]"
    before = city.evaluate(centre)
    city.uncheck(".legend[data-layer=idle] input[data-code=clear]")
    (sheet,) = printed.sheets(city, tmp_path)
    assert not printed.near(frame(sheet), look("clear")).any()
    assert printed.near(frame(sheet), look("suspected_idle")).sum() > 1_500
    assert city.evaluate(centre) == before


@pytest.mark.parametrize(
    "paper",
    rest_long([{"format": "A3", "landscape": True}, {"format": "A4"}], [{"format": "A4"}]),
)
def test_other_paper_has_the_map_too(city: Page, tmp_path: Path, paper: dict[str, object]) -> None:
    out = tmp_path / "other.pdf"
    city.pdf(path=str(out), **paper)
    first = printed.pixels(out, tmp_path)[0]
    assert printed.near(first, look("suspected_idle")).sum() > 1_000


def test_a_map_without_a_shape_prints_its_reason(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    tab = opened(block.draw(PLACE, {}, tmp_path / "empty.html"))
    tab.wait_for_selector("body[data-ready]")
    (sheet,) = printed.sheets(tab, tmp_path)
    words = frame(sheet)[30:90, 20:320]
    assert (words < 100).all(axis=2).sum() > 200


def test_the_printed_index_has_the_figures_of_every_block(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    entries = []
    for number in range(1, 8):
        place = block.Place(f"B{number}", f"第{number}区", "高新区", PLACE.as_of, 12)
        entries.append(index.Block.of(place, tiny_city()))
    tab = opened(index.write(entries, tmp_path / "index.html"))
    paper = printed.pdf(tab, tmp_path)
    text = "\n".join(printed.words(paper))
    for number in range(1, 8):
        # On the map of all blocks, and over its own figures.
        assert text.count(f"第{number}区") == 2
    # The sum of each block, and of the seven: 60.8957 公顷.
    assert text.count("8.6994") == 7
    assert "60.8957" in text
    assert "查找" not in text
    for sheet in printed.pixels(paper, tmp_path):
        assert sheet.shape == (794, 1123, 3)
        # The margin is empty: nothing ran off the paper.
        assert (sheet[:, -40:] > 250).all()
