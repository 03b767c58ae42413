"""报部坐标 with fields left empty, further columns, lost marks: every value stays in its place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gis.crs import transform
from gis.errors import DeliveryError
from gis.geometry import areas
from gis.intake.doctor.examine import examine
from gis.intake.read import Reading, read
from gis.intake.source.plot_lines import Plot, head_of, point_of

HEAD = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=37
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
# A square of 100 m at X 4,360,000, Y 520,000 of zone 37: 100 x 100 = 10,000 m2.
SQUARE = """J1,1,4360000.000,37520000.000
J2,1,4360100.000,37520000.000
J3,1,4360100.000,37520100.000
J4,1,4360000.000,37520100.000
J1,1,4360000.000,37520000.000
"""
FULL = "5,1.0000,010031,甲地块,面,K49G001,工业用地,0601,@"


def read_text(tmp_path: Path, text: str, **options: str) -> Reading:
    path = tmp_path / "报件.txt"
    path.write_bytes(text.encode("gbk"))
    return read(path, "parcels", **options)  # type: ignore[arg-type]


def areas_m2(rows: pd.DataFrame) -> list[float]:
    return [float(a) for a in areas.planar_area_m2(transform.to_zone(rows["geom"].to_numpy(), 37))]


@pytest.mark.parametrize(
    "head",
    [
        FULL,
        FULL.replace(",面,", ",,"),  # the kind empty
        FULL.replace(",面,", ", ,"),
        FULL.replace("5,1.0000", ",1.0000"),  # the count empty
        FULL.replace("5,1.0000", ",1.0000").replace(",面,", ",,"),
        FULL.replace("5,1.0000", "5,"),  # the area empty
        FULL.replace("5,1.0000", ",").replace(",面,", ",,"),  # count, area and kind empty
        FULL.replace("5,1.0000,", "1.0000,"),  # the count left out with its comma
        FULL.replace("K49G001", ""),
        FULL.replace("K49G001", "").replace(",面,", ",,"),
        FULL.replace(",面,K49G001,", ","),  # kind and sheet left out with their commas
        FULL.replace(",0601,@", ",,@"),  # the class empty
        FULL.replace(",0601,@", ",,@").replace(",面,", ",,"),
        FULL.replace(",0601,@", ",@").replace(",面,", ",,"),  # the class left out, the kind empty
        FULL.replace(",@", "@"),
        FULL.replace(",@", ",@,,"),
        FULL.replace(",@", ""),  # the mark at its end lost
        FULL.replace(",", "，"),
        FULL.replace(",面,", ",,").replace(",", "，"),
        FULL.replace(",", ";"),
        FULL.replace(",", "\t"),
        FULL.replace(",", " , "),
        FULL.replace("1.0000", "15亩"),  # 15 亩 = 10,000 m2
        FULL.replace("1.0000", "10000平方米"),
    ],
)
def test_number_name_and_use_are_what_they_are_whatever_else_is_empty(
    tmp_path: Path, head: str
) -> None:
    reading = read_text(tmp_path, HEAD + head + "\n" + SQUARE)
    row = reading.rows.iloc[0]
    assert (row["parcel_code"], row["project_name"]) == ("010031", "甲地块")
    assert row["use_text"] == "工业用地"
    assert areas_m2(reading.rows) == [pytest.approx(10_000, abs=1e-3)]
    assert row["area_m2"] == pytest.approx(10_000) or (pd.isna(row["area_m2"]) and ",," in head)
    assert not (reading.issues["severity"] == "error").any()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("5,1.0,1,甲,,K49G001,工业,0601,@", ("甲", "面", "K49G001", "工业", "0601")),
        ("5,1.0,1,甲,,工业,0601,@", ("甲", "面", "", "工业", "0601")),
        ("5,1.0,1,甲,,K49G001,工业,@", ("甲", "面", "K49G001", "工业", "")),
        ("5,1.0,1,甲,乙,,K49G001,工业,0601,@", ("甲，乙", "面", "K49G001", "工业", "0601")),
        ("5,1.0,1,面,面,K49G001,工业,0601,@", ("面", "面", "K49G001", "工业", "0601")),
        ("5,1.0,1,点,线,K49G001,工业,0601,@", ("点", "线", "K49G001", "工业", "0601")),
    ],
)
def test_the_kind_is_told_by_its_place(head: str, expected: tuple[str, ...]) -> None:
    plot: Plot = head_of(head, 1)
    assert (plot.name, plot.kind, plot.sheet, plot.use, plot.class_code) == expected


@pytest.mark.parametrize(
    ("what", "line", "further"),
    [
        ("distance and marker", "J1,1,4360000.000,37520000.000,100.000,埋桩", 2),
        ("an empty distance", "J1,1,4360000.000,37520000.000,,埋桩", 2),
        ("a height", "J1,1,4360000.000,37520000.000,1012.35", 1),
        ("lower case", "j1,1,4360000.000,37520000.000", 0),
        ("ring in the name", "J1-1,1,4360000.000,37520000.000", 0),
        ("full-width commas", "J1，1，4360000.000，37520000.000", 0),
        ("tabs", "J1\t1\t4360000.000\t37520000.000\t100.0\t埋桩", 2),
        ("semicolons", "J1;1;4360000.000;37520000.000;", 0),
        ("blanks", "J1 1 4360000.000  37520000.000", 0),
        ("no ring", "J1,4360000.000,37520000.000", 0),
        ("no ring, distance and marker", "J1,4360000.000,37520000.000,100.0,埋桩", 2),
        ("an empty ring", "J1,,4360000.000,37520000.000", 0),
        ("no name", ",1,4360000.000,37520000.000", 0),
        ("X and Y alone", "4360000.000,37520000.000", 0),
        ("X, Y and a height", "4360000.000,37520000.000,1012.35", 1),
    ],
)
def test_a_point_is_its_x_and_y_whatever_stands_around_them(
    what: str, line: str, further: int
) -> None:
    found = point_of(line)
    assert found is not None, what
    point, count = found
    assert (float(point.north), float(point.east), count) == (4_360_000, 37_520_000, further), what
    assert point.ring == 1


@pytest.mark.parametrize(
    "line", ["J1,1,4360000.000", "J1,一,4360000.0,37520000.0", "J1", "1,4360000"]
)
def test_a_line_cut_short_is_no_point(line: str) -> None:
    assert point_of(line) is None


def test_points_with_distance_and_marker_are_read_and_the_rest_is_told(tmp_path: Path) -> None:
    wide = "".join(f"{line},100.000,埋桩\n" for line in SQUARE.splitlines())
    other = SQUARE.replace(",3752", ",3762")
    text = HEAD + FULL + "\n" + wide + FULL.replace("010031", "DK2") + "\n" + other
    reading = read_text(tmp_path, text)
    assert reading.rows["parcel_code"].tolist() == ["010031", "DK2"]
    # Both are squares of 100 m.
    assert areas_m2(reading.rows) == [pytest.approx(10_000, abs=1)] * 2
    told = reading.issues[reading.issues["code"] == "further_point_columns"]
    assert told["severity"].tolist() == ["note"]
    assert "5 个界址点" in told["message"].iloc[0]
    assert "010031" in told["message"].iloc[0]


def test_a_comment_is_left_out_and_told(tmp_path: Path) -> None:
    text = HEAD.replace("带号=37\n", "# 说明\n带号=37\n") + FULL + "\n// 北侧\n" + SQUARE
    reading = read_text(tmp_path, text)
    assert areas_m2(reading.rows) == [pytest.approx(10_000, abs=1e-3)]
    (message,) = reading.issues.loc[reading.issues["code"] == "comment_lines", "message"]
    assert "2 行" in message


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_of_encoding_change_nothing(
    tmp_path: Path, end: str, mark: str
) -> None:
    path = tmp_path / "报件.txt"
    path.write_bytes((mark + (HEAD + FULL + "\n" + SQUARE).replace("\n", end)).encode())
    reading = read(path, "parcels")
    assert areas_m2(reading.rows) == [pytest.approx(10_000, abs=1e-3)]


@pytest.mark.parametrize("start", [HEAD, HEAD.replace("[地块坐标]\n", "")])
def test_a_bare_list_of_points_is_told_what_it_lacks(tmp_path: Path, start: str) -> None:
    with pytest.raises(DeliveryError, match="是坐标，但前面没有以 @ 结尾的地块行"):
        read_text(tmp_path, start + SQUARE)


def test_a_bare_list_of_points_without_any_section_is_told_what_it_lacks(tmp_path: Path) -> None:
    for text in (SQUARE, SQUARE.replace("J1,1,", "").replace(",", "\t")):
        with pytest.raises(DeliveryError, match="地块行"):
            read_text(tmp_path, text)


def test_a_code_with_the_zone_for_numbers_without_it_is_told_the_one_without(
    tmp_path: Path,
) -> None:
    bare = HEAD.replace("带号=37", "带号=") + FULL + "\n" + SQUARE.replace(",37520", ",520")
    # Zone 37: 4488 + 37 = 4525 with the zone in front, 4509 + 37 = 4546 without.
    with pytest.raises(DeliveryError, match="--crs EPSG:4546"):
        read_text(tmp_path, bare, crs="EPSG:4525")
    assert areas_m2(read_text(tmp_path, bare, crs="EPSG:4546").rows) == [
        pytest.approx(10_000, abs=1)
    ]
    with pytest.raises(DeliveryError, match="EPSG:4546"):
        read_text(tmp_path, bare)
    with pytest.raises(DeliveryError, match="--crs EPSG:4525"):
        read_text(tmp_path, HEAD + FULL + "\n" + SQUARE, crs="EPSG:4546")
    # 西安 1980: 2349 + 12 = 2361 with, 2370 + 12 = 2382 without.
    with pytest.raises(DeliveryError, match="--crs EPSG:2382"):
        read_text(tmp_path, bare, crs="EPSG:2361")


def test_check_names_the_code_without_the_zone_too(tmp_path: Path) -> None:
    path = tmp_path / "报件.txt"
    bare = HEAD.replace("带号=37", "带号=") + FULL + "\n" + SQUARE.replace(",37520", ",520")
    path.write_bytes(bare.encode("gbk"))
    findings = examine(path, "parcels", crs="EPSG:4525").findings
    (message,) = findings.loc[findings["code"] == "zone_prefix_missing", "message"]
    assert "EPSG:4546" in message


def test_the_ministrys_short_names_are_known(tmp_path: Path) -> None:
    path = tmp_path / "地块.csv"
    path.write_text(
        'DKBH,DKMC,DKYT,几何\nDK1,甲地块,工业用地,"POLYGON((500000 4360000, 500100 4360000,'
        ' 500100 4360100, 500000 4360100, 500000 4360000))"\n',
        encoding="utf-8",
    )
    row = read(path, "parcels", crs="EPSG:4546").rows.iloc[0]
    assert (row["parcel_code"], row["project_name"], row["use_text"]) == (
        "DK1",
        "甲地块",
        "工业用地",
    )
