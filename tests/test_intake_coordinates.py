"""报部坐标 TXT in all its variations, read and written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES

from gis.crs import transform
from gis.errors import DeliveryError
from gis.geometry.areas import planar_area_m2
from gis.intake.read import Reading, read
from gis.intake.readers.coordinates import CoordinateText, describe, parse, plot_of, write
from gis.intake.source.plot_lines import Plot, Point

X, Y = 4_400_000.0, 37_430_000.0  # north and east with zone 37 in front
HEAD = """[属性描述]
格式版本号=1.01版本
坐标系=2000国家大地坐标系
几度分带=3
带号=37
计量单位=米
[地块坐标]
"""
# A square of 100 m: 10,000 m2 = 1 公顷.
CORNERS = [(X, Y), (X, Y + 100), (X + 100, Y + 100), (X + 100, Y)]


def points(corners: list[tuple[float, float]], ring: int = 1, first: int = 1) -> str:
    return "".join(
        f"J{first + i},{ring},{north:.3f},{east:.3f}\n" for i, (north, east) in enumerate(corners)
    )


def plot(
    corners: list[tuple[float, float]], head: str = "5,1.0000,1,甲地块,面,,工业,0601,@"
) -> str:
    return f"{head}\n{points([*corners, corners[0]])}"


def read_text(tmp_path: Path, text: str, encoding: str = "gbk", **options: str) -> Reading:
    path = tmp_path / "报件.txt"
    path.write_bytes(text.encode(encoding))
    return read(path, "parcels", **options)  # type: ignore[arg-type]


def square_m(reading: Reading) -> float:
    """The planar area of the first row in zone 37."""
    return float(planar_area_m2(transform.to_zone(reading.rows["geom"].to_numpy()[:1], 37))[0])


def codes(reading: Reading) -> set[str]:
    return set(reading.issues["code"])


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_a_plain_file_reads_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    reading = read_text(tmp_path, HEAD + plot(CORNERS), encoding)
    row = reading.rows.iloc[0]
    assert (row["parcel_code"], row["project_name"], row["use_text"]) == ("1", "甲地块", "工业")
    assert row["area_m2"] == 10_000.0
    assert row["source_epsg"] == 4525  # 4488 + 37
    assert row["row_no"] == 1
    assert square_m(reading) == pytest.approx(10_000.0, abs=1e-3)
    assert "area_mismatch" not in codes(reading)
    assert "open_ring" not in codes(reading)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("names J01", lambda t: t.replace("J", "J0")),
        ("bare names", lambda t: t.replace("J", "")),
        ("full-width commas", lambda t: t.replace(",", "，")),
        ("full-width brackets", lambda t: t.replace("[", "［").replace("]", "］")),
        ("black brackets", lambda t: t.replace("[", "【").replace("]", "】")),
        ("blank lines", lambda t: t.replace("\n", "\n\n")),
        ("windows lines", lambda t: t.replace("\n", "\r\n")),
        ("no degrees", lambda t: t.replace("几度分带=3", "几度分带=")),
        ("words for degrees", lambda t: t.replace("几度分带=3", "几度分带=三度")),
        ("no zone", lambda t: t.replace("带号=37", "带号=")),
        ("area with unit", lambda t: t.replace("5,1.0000", "5,1.0000公顷")),
        ("no area", lambda t: t.replace("5,1.0000", "5,")),
        ("longer head", lambda t: t.replace("0601,@", "0601,备注,,@")),
        ("shorter head", lambda t: t.replace(",面,,工业,0601,@", ",面,@")),
        ("no kind", lambda t: t.replace("甲地块,面,", "甲地块,")),
        ("full-width at", lambda t: t.replace("@", "＠")),
        ("blanks", lambda t: t.replace(",", " , ")),
        ("count without closing", lambda t: t.replace("5,1.0000", "4,1.0000")),
        ("count empty", lambda t: t.replace("5,1.0000", ",1.0000")),
        ("two fields only", lambda t: t.replace("J1,1,", "J1,").replace("J5,1,", "J5,")),
        ("CGCS2000", lambda t: t.replace("2000国家大地坐标系", "CGCS2000")),
    ],
)  # fmt: skip
def test_the_variations_of_contractors_read_the_same(
    tmp_path: Path, what: str, change: object
) -> None:
    reading = read_text(tmp_path, change(HEAD + plot(CORNERS)))  # type: ignore[operator]
    assert len(reading.rows) == 1, what
    assert square_m(reading) == pytest.approx(10_000.0, abs=1e-3), what
    assert reading.rows["parcel_code"].tolist() == ["1"]
    assert not (reading.issues["severity"] == "error").any()


def test_a_ring_that_does_not_close_is_closed_and_said(tmp_path: Path) -> None:
    text = HEAD + "4,1.0,1,甲,面,,,,@\n" + points(CORNERS)
    reading = read_text(tmp_path, text)
    assert square_m(reading) == pytest.approx(10_000.0, abs=1e-3)
    assert "open_ring" in codes(reading)


def test_east_without_the_zone_takes_it_from_the_attributes(tmp_path: Path) -> None:
    corners = [(north, east - 37_000_000) for north, east in CORNERS]
    reading = read_text(tmp_path, HEAD + plot(corners))
    assert reading.rows["source_epsg"].tolist() == [4546]  # 4509 + 37
    with_zone = read_text(tmp_path, HEAD + plot(CORNERS))
    here, there = reading.rows["geom"].iloc[0], with_zone.rows["geom"].iloc[0]
    assert shapely.hausdorff_distance(here, there) < 1e-9


def test_swapped_axes_are_put_right_and_said(tmp_path: Path) -> None:
    for shift in (0, 37_000_000):
        corners = [(east - shift, north) for north, east in CORNERS]
        reading = read_text(tmp_path, HEAD + plot(corners))
        assert square_m(reading) == pytest.approx(10_000.0, abs=1e-3)
        assert "swapped_axes" in codes(reading)


def test_a_second_ring_is_a_hole_or_a_further_part_by_its_place(tmp_path: Path) -> None:
    inside = [(X + 40, Y + 40), (X + 40, Y + 60), (X + 60, Y + 60), (X + 60, Y + 40)]
    outside = [(north, east + 200) for north, east in CORNERS]
    text = HEAD + plot(CORNERS, "10,0.96,1,有洞,面,,,,@") + points([*inside, inside[0]], 2)
    text += plot(CORNERS, "10,2.00,2,两块,面,,,,@") + points([*outside, outside[0]], 2)
    island = [(X + 45, Y + 45), (X + 45, Y + 55), (X + 55, Y + 55), (X + 55, Y + 45)]
    text += plot(CORNERS, "15,0.97,3,洞中岛,面,,,,@") + points([*inside, inside[0]], 2)
    text += points([*island, island[0]], 3)
    rows = read_text(tmp_path, text).rows
    areas = planar_area_m2(transform.to_zone(rows["geom"].to_numpy(), 37))
    # 100^2 - 20^2; 2 x 100^2; 100^2 - 20^2 + 10^2
    assert areas == pytest.approx([9_600.0, 20_000.0, 9_700.0], abs=1e-2)
    assert [geom.geom_type for geom in rows["geom"]] == ["Polygon", "MultiPolygon", "MultiPolygon"]


def test_old_datums_are_read_and_the_guess_of_their_shift_is_said(tmp_path: Path) -> None:
    for words, epsg, code in (
        ("1980西安坐标系", 2361, "ballpark_transform"),
        ("1954北京坐标系", 2413, "transform_accuracy"),  # published for the Ordos basin
    ):
        text = (HEAD + plot(CORNERS)).replace("2000国家大地坐标系", words)
        reading = read_text(tmp_path, text)
        assert reading.rows["source_epsg"].tolist() == [epsg]  # 2349 + 12, 2401 + 12
        assert {"ballpark_transform", "transform_accuracy"} & set(codes(reading)) == {code}


def test_six_degree_zones_are_told_by_their_number(tmp_path: Path) -> None:
    corners = [(north, east - 18_000_000) for north, east in CORNERS]  # zone 19
    text = (HEAD + plot(corners)).replace("带号=37", "带号=19").replace("几度分带=3", "几度分带=")
    reading = read_text(tmp_path, text)
    assert reading.rows["source_epsg"].tolist() == [4497]  # 4478 + 19


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("坐标系=2000国家大地坐标系", "坐标系=地方坐标系", "--crs"),
        ("带号=37", "带号=36", "带号"),
        ("[地块坐标]\n5,1.0000,1,甲地块,面,,工业,0601,@", "[地块坐标]", "地块行"),
        ("5,1.0000", "30,1.0000", "截断"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused(
    tmp_path: Path, old: str, new: str, word: str
) -> None:
    with pytest.raises(DeliveryError, match=word):
        read_text(tmp_path, (HEAD + plot(CORNERS)).replace(old, new))


def test_a_named_crs_wins_over_the_attributes(tmp_path: Path) -> None:
    text = (HEAD + plot(CORNERS)).replace("2000国家大地坐标系", "地方坐标系")
    assert len(read_text(tmp_path, text, crs="EPSG:4525").rows) == 1


def test_a_line_that_makes_no_sense_rejects_its_plot_and_keeps_the_others(tmp_path: Path) -> None:
    text = HEAD + plot(CORNERS).replace("J3,1,", "J3,一,") + plot(CORNERS, "5,1,2,乙,面,,,,@")
    reading = read_text(tmp_path, text)
    assert reading.rows["parcel_code"].tolist() == ["2"]
    errors = reading.issues[reading.issues["severity"] == "error"]
    assert errors["code"].tolist() == ["unreadable_plot"]
    assert "J3,一" in errors["message"].iloc[0]
    assert errors["raw"].iloc[0]["地块编号"] == "1"


def test_lines_and_points_are_no_parcels(tmp_path: Path) -> None:
    text = HEAD + plot(CORNERS, "5,,1,路,线,,,,@") + plot(CORNERS, "5,1,2,乙,面,,,,@")
    reading = read_text(tmp_path, text)
    assert reading.rows["parcel_code"].tolist() == ["2"]
    assert "wrong_geometry" in codes(reading)


def test_project_lines_become_columns_of_every_row(tmp_path: Path) -> None:
    text = (
        "[项目信息]\n批准文号=内政土发〔2016〕1号\n批准日期=2016年8月28日\n" + HEAD + plot(CORNERS)
    )
    path = tmp_path / "批次.txt"
    path.write_text(text, encoding="gbk")
    row = read(path, "approvals").rows.iloc[0]
    assert row["key"] == "内政土发〔2016〕1号||1"
    assert row["approved_on"] == pd.Timestamp(2016, 8, 28)
    assert row["total_area_m2"] == 10_000.0


def test_what_is_written_reads_back_identical_and_in_its_place(tmp_path: Path) -> None:
    shell = shapely.box(Y, X, Y + 100, X + 100)
    hole = shapely.box(Y + 40, X + 40, Y + 60, X + 60)
    geoms = np.array(
        [shell - hole, shapely.MultiPolygon([shell, shapely.box(Y + 200, X, Y + 300, X + 50)])]
    )
    heads = [("1", "甲，乙", "工业"), ("2", "", "仓储")]
    plots = [
        plot_of(
            [
                shapely.get_coordinates(ring).tolist()
                for ring in shapely.get_rings(shapely.get_parts(geom))
            ],
            area_m2=geom.area, number=number, name=name, use=use,
        )
        for geom, (number, name, use) in zip(geoms, heads, strict=True)
    ]  # fmt: skip
    content = CoordinateText((("项目名称", "某项目"),), describe(37), tuple(plots))
    text = write(content)
    assert parse(text, "a.txt") == content
    assert write(parse(text, "a.txt")) == text
    rows = read_text(tmp_path, text).rows
    assert rows["area_m2"].tolist() == [9_600.0, 15_000.0]
    back = transform.to_zone(rows["geom"].to_numpy(), 37)
    moved = shapely.transform(geoms, lambda xy: xy - [37_000_000, 0])
    assert shapely.hausdorff_distance(back, moved).max() < 1e-4


fields = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cs", "Co", "Cn"],
                  exclude_characters=",，@＠[]［］【】〔〕=＝点线面"),
    max_size=6,
)  # fmt: skip
numbers = st.decimals(-(10**8), 10**8, places=4, allow_nan=False).map(str)
plots_to_write = st.builds(
    Plot,
    point_count=st.just(""), area=fields, number=fields, name=fields,
    kind=st.sampled_from("点线面"),
    sheet=fields, use=fields, class_code=fields,
    points=st.lists(
        st.builds(Point, name=st.from_regex(r"\AJ?[0-9]{1,4}\Z"), ring=st.integers(1, 9),
                  north=numbers, east=numbers),
        max_size=8,
    ).map(tuple),
)  # fmt: skip


@given(plots=st.lists(plots_to_write, min_size=1, max_size=4).map(tuple), zone=st.integers(25, 45))
@EXAMPLES
def test_the_writer_and_the_reader_are_each_others_inverse(
    plots: tuple[Plot, ...], zone: int
) -> None:
    content = CoordinateText((), describe(zone), plots)
    assert parse(write(content), "a.txt") == content


@given(text=st.text(st.sampled_from("[]地块坐标属性描述=,，@面J1234.\n 0"), max_size=120))
@EXAMPLES
def test_no_text_ever_breaks_the_parser(text: str) -> None:
    try:
        content = parse(text, "a.txt")
    except DeliveryError:
        return
    assert content.plots
