"""Whose record a row is, end to end: files through the command, and what the store holds after.

Squares of whole metres in zone 37. A shape of 100 m by 100 m shifted east by d metres has
(100 - d) * 100 m2 of the record's land, that is (100 - d) % of the larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from conftest import Server

from tests import stores
from tests.conftest import rest_long
from tests.warm import Desk, shared

X0, Y0 = 37_500_000.0, 4_350_000.0
CODE = "150602001001GB{:05}"


def square(x: float, y: float = 0.0, width: float = 100.0, height: float = 100.0) -> Any:
    return shapely.box(X0 + x, Y0 + y, X0 + x + width, Y0 + y + height)


def text(path: Path, *plots: tuple[str, float, float], side: float = 100.0, head: str = "") -> Path:
    """A 报部坐标 of squares: (地块编号, metres east, metres north)."""
    lines = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "带号=37", *head.split(";")]
    lines += ["[地块坐标]"]
    for number, x, y in plots:
        lines.append(f"5,1.0000,{number},地块,面,,工业用地,,@")
        corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
        lines += [
            f"J{n},1,{Y0 + y + dy:.3f},{X0 + x + dx:.3f}" for n, (dx, dy) in enumerate(corners, 1)
        ]
    path.write_text("\n".join(filter(None, lines)) + "\n", encoding="gb18030")
    return path


def layer(path: Path, rows: Sequence[Mapping[str, Any]], crs: str = "EPSG:4525") -> Path:
    """A GeoPackage of rows; `geometry` is a shape in the plane of zone 37."""
    frame = geopandas.GeoDataFrame(list(rows), geometry="geometry", crs=crs)
    frame.to_file(path, layer="宗地")
    return path


@pytest.fixture
def shop(server: Server, pattern: str, tmp_path: Path) -> Iterator[Desk]:
    with stores.copied(server, pattern, f"{pattern}_whose", tmp_path / "home") as store:
        yield Desk(store, shared())


def in_force(desk: Desk, kind: str = "parcels") -> dict[str, tuple[int, int]]:
    """Key -> metres east and north of the corner of each record in force (from X0, Y0)."""
    with desk.store.connect() as connection:
        rows = connection.execute(
            "SELECT key, ST_XMin(ST_Transform(geom, 4525)), ST_YMin(ST_Transform(geom, 4525))"
            f' FROM landwatch.{kind} WHERE to_delivery IS NULL ORDER BY key COLLATE "C"'
        ).fetchall()
    return {key: (round(x - X0), round(y - Y0)) for key, x, y in rows}


def counts(told: Mapping[str, Any]) -> dict[str, int]:
    names = ("added", "replaced", "ended", "unchanged", "held", "rejected", "duplicates")
    found = {name: told[name] for name in names if told[name]}
    assert told["rows"] == told["accepted"] + told["rejected"] + told["held"] + told["duplicates"]
    assert told["accepted"] == told["added"] + told["replaced"] + told["unchanged"]
    return found


def issues(desk: Desk, delivery: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.json("deliveries", "--issues", str(delivery))["rows"]
    return rows


def test_two_firms_with_one_number_keep_each_its_parcel(shop: Desk, tmp_path: Path) -> None:
    first = text(tmp_path / "firmA.txt", ("1", 0, 0), ("2", 500, 0))
    second = text(tmp_path / "firmB.txt", ("1", 60_000, 30_000), side=200)
    assert counts(shop.json("load", "parcels", str(first))) == {"added": 2}
    assert counts(shop.json("load", "parcels", str(second))) == {"added": 1}
    # A's plot 1 at (0, 0), its plot 2 500 m east of it, B's plot 1 60 km east and 30 km north.
    assert in_force(shop) == {"1": (0, 0), "1~2": (60_000, 30_000), "2": (500, 0)}


_LIMITS: list[tuple[float, dict[str, int], dict[str, Any]]] = [
    (50.0, {"replaced": 1}, {"1": (50, 0)}),  # 50 % exactly
    (50.1, {"held": 1}, {"1": (0, 0)}),  # 49.9 %
    (101.0, {"added": 1}, {"1": (0, 0), "1~2": (101, 0)}),  # a metre between them
]


@pytest.mark.parametrize(
    ("shift", "becomes", "at"),
    rest_long(
        [
            *_LIMITS,
            (40.0, {"replaced": 1}, {"1": (40, 0)}),  # 60 %
            (100.0, {"held": 1}, {"1": (0, 0)}),  # an edge in common
        ],
        _LIMITS,
        names=3,
    ),
)
def test_the_land_says_whether_a_number_is_the_record_it_was(
    shop: Desk, tmp_path: Path, shift: float, becomes: dict[str, int], at: dict[str, Any]
) -> None:
    head = "数据产生单位=甲测绘;项目名称=一期"
    shop.json("load", "parcels", str(text(tmp_path / "a.txt", ("1", 0, 0), head=head)))
    moved = text(tmp_path / "b.txt", ("1", shift, 0), head=head)
    told = shop.json("load", "parcels", str(moved))
    assert counts(told) == becomes
    assert in_force(shop) == at
    if "held" in becomes:
        (issue,) = (row for row in issues(shop, told["delivery"]) if row["severity"] == "held")
        assert (issue["code"], issue["row_no"], issue["value"]) == ("held_moved", 1, "1")
        assert "geom" in issue["raw"]
        accepted = shop.json("load", "parcels", str(moved), "--accept", "moved")
        assert counts(accepted) == {"replaced": 1}
        assert in_force(shop) == {"1": (round(shift), 0)}


def test_the_share_is_of_the_larger_so_land_lost_and_land_gained_both_wait(
    shop: Desk, tmp_path: Path
) -> None:
    # 100 x 100 m becomes 100 x 40 m within it: 40 % of the larger; and 100 x 300 m: 33 %.
    rows = [{"地块编号": "1", "geometry": square(0)}, {"地块编号": "2", "geometry": square(0, 500)}]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    rows[0]["geometry"] = square(0, 0, 100, 40)
    rows[1]["geometry"] = square(0, 500, 100, 300)
    (tmp_path / "new").mkdir()
    told = shop.json("load", "parcels", str(layer(tmp_path / "new/a.gpkg", rows)))
    assert counts(told) == {"held": 2}


@pytest.mark.parametrize(
    ("east", "becomes"),
    rest_long(
        [(99.0, {"replaced": 1}), (100.0, {"replaced": 1}), (101.0, {"held": 1})],
        [(100.0, {"replaced": 1}), (101.0, {"held": 1})],
        names=2,
    ),
)
def test_an_official_code_leaves_its_place_only_by_a_persons_word(
    shop: Desk, tmp_path: Path, east: float, becomes: dict[str, int]
) -> None:
    # Squares of 50 m: after 99 m there is no land in common, and the middle moved 99 m.
    rows = [{"宗地代码": CODE.format(1), "geometry": square(0, 0, 50, 50)}]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    rows[0]["geometry"] = square(east, 0, 50, 50)
    path = str(layer(tmp_path / "b.gpkg", rows))
    told = shop.json("load", "parcels", path, "--sender", "乙公司")
    assert counts(told) == becomes
    assert in_force(shop) == {CODE.format(1): (0 if "held" in becomes else round(east), 0)}
    if "held" in becomes:
        accepted = shop.json("load", "parcels", path, "--sender", "乙公司", "--accept", "moved")
        assert counts(accepted) == {"replaced": 1}
        assert in_force(shop) == {CODE.format(1): (101, 0)}


def test_a_code_that_still_overlaps_is_a_new_version_however_little(
    shop: Desk, tmp_path: Path
) -> None:
    rows = [{"宗地代码": CODE.format(1), "geometry": square(0, 0, 300, 50)}]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    rows[0]["geometry"] = square(290, 0, 300, 50)  # 290 m on, 10 m of land in common
    told = shop.json("load", "parcels", str(layer(tmp_path / "b.gpkg", rows)))
    assert counts(told) == {"replaced": 1}


@pytest.mark.parametrize(
    ("shift", "waits"),
    rest_long([(0.0, True), (2.0, True), (2.1, False)], [(2.0, True), (2.1, False)], names=2),
)
def test_another_number_on_the_land_of_a_record_waits(
    shop: Desk, tmp_path: Path, shift: float, waits: bool
) -> None:
    # 2 m of 100: 98 % in common; 2.1 m: 97.9 %.
    rows = [{"宗地代码": CODE.format(1), "geometry": square(0)}]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    rows = [{"宗地代码": CODE.format(2), "geometry": square(shift)}]
    path = str(layer(tmp_path / "b.gpkg", rows))
    told = shop.json("load", "parcels", path)
    assert counts(told) == ({"held": 1} if waits else {"added": 1})
    if waits:
        (issue,) = (row for row in issues(shop, told["delivery"]) if row["severity"] == "held")
        assert CODE.format(1) in issue["message"]
        assert CODE.format(2) in issue["message"]
        assert in_force(shop) == {CODE.format(1): (0, 0)}
        accepted = shop.json("load", "parcels", path, "--accept", "copy")
        # The new code takes the place of the old: no land doubles, and the end is counted.
        assert counts(accepted) == {"added": 1, "ended": 1}
        assert accepted["ended_keys"] == [CODE.format(1)]
        assert in_force(shop) == {CODE.format(2): (round(shift), 0)}


def test_rights_above_and_below_one_piece_of_land_are_no_copies(shop: Desk, tmp_path: Path) -> None:
    codes = ["150602001001GB00001", "150602001001GX00001"]
    for n, code in enumerate(codes):
        rows = [{"宗地代码": code, "geometry": square(0)}]
        assert counts(shop.json("load", "parcels", str(layer(tmp_path / f"{n}.gpkg", rows)))) == {
            "added": 1
        }


@pytest.mark.long("test_a_code_that_still_overlaps_is_a_new_version_however_little")
def test_shapes_without_codes_under_a_new_file_name_do_not_double(
    shop: Desk, tmp_path: Path
) -> None:
    rows = [{"坐落": f"地{n}", "geometry": square(200 * n)} for n in range(3)]
    shop.json("load", "parcels", str(layer(tmp_path / "2024.gpkg", rows)))
    path = str(layer(tmp_path / "2025.gpkg", rows))
    assert counts(shop.json("load", "parcels", path)) == {"held": 3}
    # Accepted: the same land goes on under the key it had, and the file is known from then on.
    assert counts(shop.json("load", "parcels", path, "--accept", "copy")) == {"replaced": 3}
    rows[0]["坐落"] = "改"
    (tmp_path / "later").mkdir()
    told = shop.json("load", "parcels", str(layer(tmp_path / "later/2025.gpkg", rows)))
    assert counts(told) == {"replaced": 1, "unchanged": 2}
    assert len(in_force(shop)) == 3


def test_files_of_one_name_from_two_counties_do_not_overwrite_each_other_by_row(
    shop: Desk, tmp_path: Path
) -> None:
    for n, folder in enumerate(("甲旗", "乙旗")):
        (tmp_path / folder).mkdir()
        rows = [{"坐落": folder, "geometry": square(10_000 * n + 200 * i)} for i in range(2)]
        path = layer(tmp_path / folder / "parcels.gpkg", rows)
        assert counts(shop.json("load", "parcels", str(path))) == {"added": 2}
    assert sorted(x for x, _ in in_force(shop).values()) == [0, 200, 10_000, 10_200]


def test_a_number_twice_in_one_file_is_two_records_where_the_land_is_apart(
    shop: Desk, tmp_path: Path
) -> None:
    path = text(tmp_path / "a.txt", ("1", 0, 0), ("1", 500, 0), ("2", 1000, 0), ("2", 1050, 0))
    told = shop.json("load", "parcels", str(path))
    # The two plots 2 overlap: which of them is right is for the sender to say.
    assert counts(told) == {"added": 2, "rejected": 2}
    assert in_force(shop) == {"1": (0, 0), "1~2": (500, 0)}
    again = text(tmp_path / "a.txt", ("1", 500, 0), ("1", 0, 10))
    assert counts(shop.json("load", "parcels", str(again))) == {"unchanged": 1, "replaced": 1}
    assert in_force(shop) == {"1": (0, 10), "1~2": (500, 0)}


def test_two_numbers_on_one_piece_of_land_in_one_file(shop: Desk, tmp_path: Path) -> None:
    path = text(tmp_path / "a.txt", ("1", 0, 0), ("2", 1, 0), ("3", 500, 0))
    told = shop.json("load", "parcels", str(path))
    # Neither was there before and one sender names both: they are taken in, and it is told.
    assert counts(told) == {"added": 3}
    (issue,) = (row for row in issues(shop, told["delivery"]) if row["code"] == "same_shape")
    assert (issue["row_no"], issue["value"]) == (2, "2")
    assert "第 1 行" in issue["message"]
    again = text(tmp_path / "a.txt", ("1", 0, 0), ("2", 1, 0), ("3", 510, 0))
    assert counts(shop.json("load", "parcels", str(again))) == {"unchanged": 2, "replaced": 1}


def test_replacing_spares_what_waits_and_says_what_it_ended(shop: Desk, tmp_path: Path) -> None:
    codes = [CODE.format(n) for n in (1, 2, 3)]
    region = {"行政区代码": "150602"}
    rows = [
        {"宗地代码": code, **region, "geometry": square(1000 * n)} for n, code in enumerate(codes)
    ]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    # The second moves a kilometre and waits; the third is missing and ends.
    rows[1]["geometry"] = square(5000)
    path = str(layer(tmp_path / "b.gpkg", rows[:2]))
    replace = ("--mode", "replace", "--scope", "region_code=150602")
    told = shop.json("load", "parcels", path, *replace)
    assert counts(told) == {"unchanged": 1, "held": 1, "ended": 1}
    assert told["ended_keys"] == [codes[2]]
    assert in_force(shop) == {codes[0]: (0, 0), codes[1]: (1000, 0)}
    said = shop.call("load", "parcels", path, *replace[:3], "region_code=150603")
    assert "终止 ended 0" in said.stdout


@pytest.mark.long("test_files_of_one_name_from_two_counties_do_not_overwrite_each_other_by_row")
def test_numbers_of_buildings_and_of_serviced_land_are_the_senders_too(
    shop: Desk, tmp_path: Path
) -> None:
    for kind, column in (("buildings", "建筑编号"), ("serviced", "地块编号")):
        for n in range(2):
            rows = [{column: "1", "geometry": square(60_000 * n, 0, 30, 30)}]
            path = layer(tmp_path / f"{kind}{n}.gpkg", rows)
            assert counts(shop.json("load", kind, str(path))) == {"added": 1}
        assert sorted(in_force(shop, kind)) == ["1", "1~2"]


def test_serviced_land_may_lie_twice_on_one_place_and_a_building_may_not(
    shop: Desk, tmp_path: Path
) -> None:
    for kind, column, becomes in (
        ("serviced", "地块编号", {"added": 1}),
        ("buildings", "建筑编号", {"held": 1}),
    ):
        rows = [{column: "1", "geometry": square(0, 0, 30, 30)}]
        shop.json("load", kind, str(layer(tmp_path / f"{kind}1.gpkg", rows)))
        rows[0][column] = "2"
        path = layer(tmp_path / f"{kind}2.gpkg", rows)
        assert counts(shop.json("load", kind, str(path))) == becomes


def test_a_parcel_number_without_code_is_the_codes_record_by_its_unit_number(
    shop: Desk, tmp_path: Path
) -> None:
    rows = [{"宗地代码": CODE.format(1), "geometry": square(0)}]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    rows = [{"不动产单元号": CODE.format(1) + "W00000000", "geometry": square(10)}]
    told = shop.json("load", "parcels", str(layer(tmp_path / "b.gpkg", rows)))
    assert counts(told) == {"replaced": 1}
    assert in_force(shop) == {CODE.format(1): (10, 0)}


def test_reasons_are_on_the_screen_of_eighty_columns(shop: Desk, tmp_path: Path) -> None:
    shop.json("load", "parcels", str(text(tmp_path / "was.txt", ("9", 0, 0))))
    path = text(tmp_path / "a.txt", ("2", 1, 0), ("3", 500, 0), ("3", 510, 0))
    done = shop.call("load", "parcels", str(path))
    said = done.stdout.replace("\n", "")
    assert "搁置 held 1" in said
    assert "拒收 rejected 2" in said
    assert "重复而内容不同" in said
    assert "疑为同一块地" in said
    assert shop.call("load", "parcels", str(path), "--strict").code == 1


def test_one_row_is_accepted_by_its_number_and_the_others_wait_on(
    shop: Desk, tmp_path: Path
) -> None:
    """Three squares of 100 m move by 60 m: 40 % in common with where they were."""
    head = "数据产生单位=甲测绘;项目名称=一期"
    at = [("1", 0, 0), ("2", 0, 500), ("3", 0, 1_000)]
    shop.json("load", "parcels", str(text(tmp_path / "a.txt", *at, head=head)))
    moved = text(tmp_path / "b.txt", *[(number, 60, y) for number, _, y in at], head=head)
    told = shop.json("load", "parcels", str(moved))
    assert counts(told) == {"held": 3}
    waiting = [row for row in issues(shop, told["delivery"]) if row["severity"] == "held"]
    assert "--accept moved:2" in waiting[1]["fix"]
    one = shop.json("load", "parcels", str(moved), "--accept", "moved:２", "--accept", "MOVED:9")
    assert counts(one) == {"replaced": 1, "held": 2}
    assert in_force(shop) == {"1": (0, 0), "2": (60, 500), "3": (0, 1_000)}
    (unused,) = (row for row in issues(shop, one["delivery"]) if row["code"] == "not_waiting")
    assert unused["value"] == "moved:9"
    assert "moved:9 changed nothing" in unused["message"]
    assert counts(shop.json("load", "parcels", str(moved), "--accept", "moved")) == {
        "replaced": 2, "unchanged": 1,
    }  # fmt: skip


@pytest.mark.long("test_one_row_is_accepted_by_its_number_and_the_others_wait_on")
def test_one_copy_and_one_official_code_are_accepted_by_their_numbers(
    shop: Desk, tmp_path: Path
) -> None:
    rows = [
        {"宗地代码": CODE.format(n), "地块编号": str(n), "geometry": square(0, 500 * n)}
        for n in (1, 2, 3, 4)
    ]
    shop.json("load", "parcels", str(layer(tmp_path / "a.gpkg", rows)))
    # 1 and 2 go 300 m to the east; 3 and 4 come again on their own land under other codes.
    for n in (0, 1):
        rows[n]["geometry"] = square(300, 500 * (n + 1))
    for n in (2, 3):
        rows[n]["宗地代码"] = CODE.format(n + 7)
    path = str(layer(tmp_path / "b.gpkg", rows))
    assert counts(shop.json("load", "parcels", path)) == {"held": 4}
    told = shop.json(
        "load", "parcels", path,
        "--accept", f"moved:{CODE.format(2)}", "--accept", f"copy:{CODE.format(10)}",
    )  # fmt: skip
    assert told["held"] == 2
    assert in_force(shop) == {
        CODE.format(1): (0, 500), CODE.format(2): (300, 1_000),
        CODE.format(3): (0, 1_500), CODE.format(10): (0, 2_000),
    }  # fmt: skip
