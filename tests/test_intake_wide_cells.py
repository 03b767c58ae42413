"""Merged ranges that reach beyond the data, and cells as long as the border of a district."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely

from gis.intake.doctor.examine import examine
from gis.intake.read import read

HEADER = ["行政区", "电子监管号", "面积(公顷)"]


def book(path: Path, rows: list[list[Any]], *merged: str, hidden: dict[str, Any]) -> Path:
    """A workbook; `hidden` are values written under merged ranges, as programs do."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merged_cells.add(cells)
    for address, value in hidden.items():
        sheet[address] = value
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    "merged", ["A4:C6", "A3:A9", "A5:A5", "C3:ZZ3", "A3:A1048576", "XFD1:XFD9", "B9:B99"]
)
def test_ranges_that_reach_beyond_the_data_are_read(tmp_path: Path, merged: str) -> None:
    rows = [HEADER, ["东胜区", "A1", 3], ["康巴什区", "A2", 4]]
    reading = read(book(tmp_path / "a.xlsx", rows, merged, hidden={}), "supplies")
    assert reading.rows["key"].tolist() == ["A1", "A2"]
    assert reading.rows["region_name"].tolist() == ["东胜区", "康巴什区"]
    assert reading.rows["area_m2"].tolist() == [30_000.0, 40_000.0]


def test_overlapping_ranges_fill_what_is_blank_and_nothing_else(tmp_path: Path) -> None:
    rows = [HEADER, ["东胜区", "A1", 3], [None, "A2", 4], [None, "A3", 5]]
    path = book(tmp_path / "a.xlsx", rows, "A2:A3", "A3:A4", "A2:A4", hidden={"A4": "康巴什区"})
    reading = read(path, "supplies")
    assert reading.rows["region_name"].tolist() == ["东胜区", "东胜区", "康巴什区"]
    told = reading.issues[reading.issues["code"] == "hidden_in_merge"]
    assert set(told["row_no"]) == {4}
    assert "康巴什区" in told["message"].iloc[0]
    assert "东胜区" in told["message"].iloc[0]


def test_a_range_over_the_header_does_not_hide_its_words(tmp_path: Path) -> None:
    rows = [["台账", None, None], HEADER, ["东胜区", "A1", 3]]
    reading = read(book(tmp_path / "a.xlsx", rows, "A1:C2", hidden={}), "supplies")
    assert reading.rows["key"].tolist() == ["A1"]
    assert reading.rows["area_m2"].tolist() == [30_000.0]


def circle(vertices: int) -> shapely.Polygon:
    """A regular polygon of 1 km radius in zone 37."""
    angles = 2 * math.pi * np.arange(vertices) / vertices
    return shapely.Polygon(
        np.c_[37_500_000 + 1000 * np.cos(angles), 4_400_000 + 1000 * np.sin(angles)]
    )


# A regular polygon of n corners on a circle of radius r has n/2 r2 sin(360/n) degrees of area:
# 20,000/2 x 1,000,000 x sin(0.018 degrees) = 3,141,592.6 m2, 314.15926 公顷.
AREA_HA = 314.15926


@pytest.mark.parametrize("form", ["wkt", "hexadecimal", "postgis", "ewkt"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_shape_of_twenty_thousand_corners_is_read_from_text(
    tmp_path: Path, form: str, end: str
) -> None:
    shape = circle(20_000)
    text = {
        "wkt": shapely.to_wkt(shape, rounding_precision=6),
        "hexadecimal": shapely.to_wkb(shape, hex=True).lower(),
        "postgis": "\\x" + shapely.to_wkb(shape, hex=True),
        "ewkt": "SRID=4525;" + shapely.to_wkt(shape, rounding_precision=6),
    }[form]
    assert len(text) > 131_072
    path = tmp_path / "a.csv"
    words = f'电子监管号,项目名称,面积(公顷),WKT{end}A1,"甲{end}乙",{AREA_HA},"{text}"{end}'
    path.write_bytes(words.encode())
    reading = read(path, "supplies", crs=None if form == "ewkt" else "EPSG:4525")
    assert len(reading.rows) == 1
    assert shapely.get_num_coordinates(reading.rows["geom"].iloc[0]) == 20_001
    assert reading.rows["project_name"].tolist() == ["甲\n乙"]
    assert set(reading.issues["code"]) <= {"control_characters"}  # the areas agree
    found = examine(path, "supplies", crs=None if form == "ewkt" else "EPSG:4525")
    assert found.row_count == found.sound_count == 1


def test_a_text_that_is_no_shape_is_told(tmp_path: Path) -> None:
    whole = shapely.to_wkt(circle(100), rounding_precision=3)
    path = tmp_path / "a.csv"
    path.write_text(f'电子监管号,WKT\nA1,"{whole}"\nA2,"{whole[:500]}"\nA3,\n', encoding="utf-8")
    reading = read(path, "supplies", crs="EPSG:4525")
    told = reading.issues[reading.issues["code"] == "unreadable_shape"]
    assert told["row_no"].tolist() == [3]
    assert told["field"].tolist() == ["geom"]
    assert "500 字" in told["message"].iloc[0]


def test_a_hidden_sheet_is_named_and_read_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    for sheet, name in zip(
        (workbook.active, workbook.create_sheet("旧")), ("新", "旧"), strict=True
    ):
        assert sheet is not None
        sheet.title = name
        sheet.append(HEADER)
        sheet.append(["东胜区", name, 3])
    workbook["旧"].sheet_state = "hidden"
    workbook.save(path)
    reading = read(path, "supplies")
    assert reading.rows["key"].tolist() == ["新"]
    assert reading.issues.loc[reading.issues["code"] == "hidden_sheets", "value"].tolist() == ["旧"]
    assert read(path, "supplies", layer="旧").rows["key"].tolist() == ["旧"]
