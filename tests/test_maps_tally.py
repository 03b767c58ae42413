"""What legend and index count: an area nobody knows is said to be unknown, never zero."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import shapely

from maps import index, read_back, tally
from maps.block import Place
from maps.layers import LAYERS

(UNSUPPLIED,) = (layer for layer in LAYERS if layer.key == "unsupplied")


def frames(*rows: tuple[str, float]) -> dict[str, pd.DataFrame]:
    table = pd.DataFrame(rows, columns=["outcome", "area_m2"])
    geom = [shapely.box(110, 40, 110.001, 40.001)] * len(rows)
    return {"findings": table.assign(rule="unsupplied", geom=geom)}


def test_an_unknown_area_is_counted_and_adds_nothing() -> None:
    told = tally.count(
        UNSUPPLIED,
        frames(("undetermined", math.nan), ("undetermined", math.nan), ("to_supply", 20_000.0),
               ("to_supply", math.nan)),
    )  # fmt: skip
    by_code = {entry.style.code: entry for entry in told.entries}
    assert (by_code["undetermined"].count, by_code["undetermined"].hectares) == (2, "不明")
    assert (by_code["to_supply"].hectares, by_code["to_supply"].mu) == ("2.0000", "30.00")
    assert (told.count, told.unknown_count, told.hectares) == (4, 3, "2.0000")


def test_the_index_says_how_many_areas_are_unknown(tmp_path: Path) -> None:
    blocks = [
        index.Block.of(Place(code, code, "园区", date(2026, 6, 30), 1), frames(*rows))
        for code, rows in (
            ("B1", [("undetermined", math.nan)]),
            ("B2", [("undetermined", 10_000.0), ("to_supply", 10_000.0)]),
        )
    ]
    page = index.write(blocks, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 宗面积不明，未计入面积。" in page
    assert ">不明<" in page
    assert ">nan<" not in page
    (read, names) = read_back.read(tmp_path / "index.html", "index.html")
    # Both languages of a title stand in the page; a label has all of it.
    caption = "批而未供地块Approved, not supplied面积：图形平面面积Area: plane area of the shape"
    texts = {label: said for label, said in read.rows if not said.startswith("<")}
    assert texts[f"B1 · {caption} · 待定undetermined · 公顷ha"] == "不明"
    assert texts[f"B2 · {caption} · 图上合计Total on the map · 公顷ha"] == "2.0000"
    # The names that can be searched are proved like any other rows.
    assert names.where == "index.html / 名录"


def test_an_index_of_nothing_known_says_so(tmp_path: Path) -> None:
    place = Place("B1", "B1", "园区", date(2026, 6, 30), 1)
    blocks = [index.Block.of(place, frames(("undetermined", math.nan)))]
    page = index.write(blocks, tmp_path / "index.html").read_text(encoding="utf-8")
    assert ">nan<" not in page
    assert page.count(">不明<") >= 3
