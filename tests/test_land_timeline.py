"""From which day on how much of an approval stood in which state, worked by hand and by random.

Squares of whole metres in zone 36 (EPSG:4545). An edge (边角地) is under 666.67 m2 or under 5 m of
mean width; an approval is in process for two years, that is up to the corresponding day.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
import shapely
from town import put

from gis import law
from gis.approvals.balance import NOTHING_M2
from gis.pipeline import run as line
from gis.store import database, results, runs
from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.warm import Desk

EAST, NORTH = 500_000, 4_320_000
Said = list[tuple[str, dict[str, float]]]


def box(west: float, east: float, south: float = 0, north: float = 100) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("land")
    with copied(server, pattern, "landwatch_land_timeline", home) as store:
        desk = Desk(store, warm.shared())
        fill(desk, home)
        desk.json("run", "--as-of", "2026-06-30")
        yield desk


def fill(desk: Desk, folder: Path) -> None:
    def layer(kind: str, head: str, *rows: tuple[Any, ...]) -> None:
        names = [*head.split(","), "geometry"]
        table = geopandas.GeoDataFrame(
            [dict(zip(names, row, strict=True)) for row in rows], geometry="geometry", crs=4545
        )
        table.to_file(folder / f"{kind}.gpkg")
        done = desk.call("load", kind, str(folder / f"{kind}.gpkg"))
        assert done.code == 0, done.stderr + done.stdout

    def register(kind: str, head: str, *rows: str) -> None:
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *(row.split(",") for row in rows)])
        done = desk.call("load", kind, str(folder / f"{kind}.csv"))
        assert done.code == 0, done.stderr + done.stdout

    layer("approvals", "批准文号,批准日期",
          ("甲〔2018〕1号", "2018-03-01", box(0, 400)),
          ("甲〔2018〕2号", "2018-03-01", box(1000, 1300)),
          ("甲〔2026〕3号", "2026-01-01", box(2000, 2100)),
          ("甲〔2027〕7号", "2027-01-01", box(5000, 5100)),
          ("甲〔2010〕5号", "2010-05-04", box(3000, 3100)),
          ("甲〔2003〕6号", "2003-07-01", box(4000, 4100)))  # fmt: skip
    register("approvals", "批准文号,批准日期,用地总面积（公顷）", "甲〔2019〕4号,2019-01-10,3.0")
    layer("supplies", "电子监管号,合同签订日期,批准文号",
          ("S1", "2018-06-01", "", box(0, 200)),
          ("S2", "2019-05-10", "", box(204, 400)),
          ("S3", "2021-01-15", "", box(1250, 1300)),
          ("S5", "2011-02-03", "", box(3000, 3040)),
          ("S6", "2015-08-09", "", box(3020, 3060)),
          ("S7", "2026-09-01", "", box(2000, 2050)))  # fmt: skip
    register("supplies", "电子监管号,合同签订日期,批准文号,面积（公顷）",
             "S4,2019-08-08,甲〔2019〕4号,1.2")  # fmt: skip
    layer("withdrawals", "撤批文号,批准文号,撤批日期",
          ("撤1", "甲〔2018〕2号", "2019-09-01", box(1000, 1100)),
          ("撤3", "甲〔2026〕3号", "2026-10-01", box(2050, 2100)))  # fmt: skip
    register("approval_status", "批准文号,核查日期,征地补偿",
             "甲〔2018〕2号,2020-06-01,未完成", "甲〔2010〕5号,2012-01-01,已完成")  # fmt: skip
    register("right_endings", "文号,电子监管号,终止日期,终止方式", "终5,S5,2015-08-09,重新供应")


# 1: 400 x 100 = 40,000 m2 approved. S1 takes 200 x 100 = 20,000, and 20,000 are left. S2 takes
# 196 x 100 = 19,600 of these: what was land to supply the day before is now a strip of 4 x 100 =
# 400 m2 (mean width 2 x 400 / 208 = 3.85 m), an edge on every day to come.
FIRST: Said = [
    ("2018-03-01", {"in_process": 40_000}),
    ("2018-06-01", {"in_process": 20_000, "supplied": 20_000}),
    ("2019-05-10", {"edge": 400, "supplied": 39_600}),
]
# 2: 300 x 100 = 30,000 approved, 10,000 withdrawn in the second year. The two years end on
# 2020-03-01; from the day after nobody knows whether compensation was carried out. On 2020-06-01 it
# is seen undone, and nothing had been used: lapsed. A supply after that takes 5,000 and the lapse
# of the other 15,000 stays.
SECOND: Said = [
    ("2018-03-01", {"in_process": 30_000}),
    ("2019-09-01", {"in_process": 20_000, "withdrawn": 10_000}),
    ("2020-03-02", {"undetermined": 20_000, "withdrawn": 10_000}),
    ("2020-06-01", {"lapsed": 20_000, "withdrawn": 10_000}),
    ("2021-01-15", {"lapsed": 15_000, "supplied": 5_000, "withdrawn": 10_000}),
]
# 3: approved half a year before the day judged: in process for two years, and then nobody knows.
# The supply S7 of 2026-09-01 and the withdrawal of 2026-10-01 lie after the day: no facts yet.
THIRD: Said = [
    ("2026-01-01", {"in_process": 10_000}),
    ("2028-01-02", {"undetermined": 10_000}),
]
# 4: no shape: 3 公顷 by its register, of which S4 drew 1.2. Used, so the compensation alone decides
# nothing; whether it can be supplied is not known after two years.
FOURTH: Said = [
    ("2019-01-10", {"in_process": 30_000}),
    ("2019-08-08", {"in_process": 18_000, "supplied": 12_000}),
    ("2021-01-11", {"undetermined": 18_000, "supplied": 12_000}),
]
# 5: S5 takes 40 x 100; on the day its right ends, supplied anew, S6 takes 40 x 100 of which half
# lay in S5: 4,000 are supplied as before, elsewhere. Compensation was done by 2012-01-01, so after
# 2012-05-04 the rest would be supplied if it can be, which nobody says.
FIFTH: Said = [
    ("2010-05-04", {"in_process": 10_000}),
    ("2011-02-03", {"in_process": 6_000, "supplied": 4_000}),
    ("2012-05-05", {"undetermined": 6_000, "supplied": 4_000}),
]
# 6: approved when no law let an approval lapse after two years; that is from 2004-10-21 on, when
# they would end on 2005-07-01.
SIXTH: Said = [
    ("2003-07-01", {"in_process": 10_000}),
    ("2005-07-02", {"undetermined": 10_000}),
]


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        ("甲〔2018〕1号", FIRST),
        ("甲〔2018〕2号", SECOND),
        ("甲〔2026〕3号", THIRD),
        ("甲〔2019〕4号", FOURTH),
        ("甲〔2010〕5号", FIFTH),
        ("甲〔2003〕6号", SIXTH),
    ],
)
def test_an_approval_tells_what_it_consisted_of_from_its_first_day_on(
    desk: Desk, approval: str, expected: Said
) -> None:
    told = desk.json("timeline", approval)
    assert told["as_of"] == "2026-06-30"
    assert {row["approval"] for row in told["rows"]} == {approval}
    said: dict[str, dict[str, float]] = {}
    for row in told["rows"]:
        said.setdefault(row["from_on"], {})[row["state"]] = round(row["area_m2"], 3)
    assert [*said.items()] == expected


def test_a_person_reads_until_when_it_held_and_which_days_are_yet_to_come(desk: Desk) -> None:
    first, third = (
        desk.call("timeline", name).stdout for name in ("甲〔2018〕1号", "甲〔2026〕3号")
    )
    (row,) = [line for line in first.splitlines() if "2018-06-01" in line]
    assert "2019-05-09" in row
    assert "◀" not in row
    (last,) = [line for line in first.splitlines() if "2019-05-10" in line]
    assert "◀" in last
    assert "边角地" in first
    assert "如无新的资料" in third
    assert "如无新的资料" not in first
    of_later = desk.call("timeline", "甲〔2027〕7号")
    assert of_later.code == 2
    assert "以后才签订（批准）" in of_later.stderr


def test_a_run_of_before_timelines_of_land_were_kept_says_so(desk: Desk) -> None:
    with desk.store.connect() as connection:
        connection.execute("ALTER TABLE landwatch.land_timeline RENAME TO kept_aside")
        connection.execute("CREATE TABLE landwatch.land_timeline (LIKE landwatch.kept_aside)")
    done = desk.call("timeline", "甲〔2018〕1号")
    with desk.store.connect() as connection:
        connection.execute("DROP TABLE landwatch.land_timeline")
        connection.execute("ALTER TABLE landwatch.kept_aside RENAME TO land_timeline")
    assert done.code == 2
    assert "landwatch run --as-of 2026-06-30" in done.stderr


def test_an_approval_without_a_shape_has_its_timeline_where_nothing_else_is_known(
    store: database.Connection,
) -> None:
    """3 公顷, nothing supplied: in process, and after two years nobody knows."""
    put(store, "approvals", [{"approval_no": "甲〔2019〕4号", "approved_on": "2019-01-10",
                              "total_area_m2": 30_000.0}], "1")  # fmt: skip
    run = line.run(store, date(2020, 1, 1), law.load(), tell=len)
    assert run.counts["set_aside"]["count"] == 0
    said = results.read(store, run.id, "land_timeline")
    assert [*zip(said["from_on"].dt.date, said["state"], said["area_m2"], strict=True)] == [
        (date(2019, 1, 10), "in_process", 30_000),
        (date(2021, 1, 11), "undetermined", 30_000),
    ]


def areas_of(store: database.Connection, run: runs.Run) -> dict[str, dict[str, float]]:
    """Return the area of each state of every approval in a run.

    Pieces by what became of them, what is left by its outcome. Of an approval without a shape, and
    of one of which areas without a place take all that is left, the balance tells what was taken.
    """
    pieces, found = results.read(store, run.id, "piece"), results.read(store, run.id, "finding")
    balances = results.read(store, run.id, "balance").dropna(subset=["approved_on"])
    rest_m2 = balances["unsupplied_m2"] + balances["edge_m2"]
    is_by_paper = balances["method"] == "register"
    is_by_paper |= (rest_m2 < NOTHING_M2) & (balances["unlocated_m2"] > 0)
    by_paper = balances[is_by_paper]
    states = ["supplied", "withdrawn", "exempt", "sliver"]
    taken = pieces[pieces["disposition"].isin(states)]
    taken = taken[~taken["approval"].isin(by_paper["approval"])]
    said = [
        *zip(taken["approval"], taken["disposition"], taken["area_planar_m2"], strict=True),
        *(
            (row["approval"], state, row[f"{state}_m2"])
            for row in by_paper.to_dict("records")
            for state in states
            if row[f"{state}_m2"] != 0
        ),
    ]
    found = found[(found["rule"] == "unsupplied") & found["subject_key"].isin(balances["approval"])]
    said += [*zip(found["subject_key"], found["outcome"], found["area_m2"], strict=True)]
    areas: dict[str, dict[str, list[float]]] = {}
    for approval, state, area_m2 in said:
        areas.setdefault(approval, {}).setdefault(state, []).append(area_m2)
    return {
        approval: {state: math.fsum(each) for state, each in own.items()}
        for approval, own in areas.items()
    }


def areas_on(timeline: pd.DataFrame, on: date) -> dict[str, dict[str, float]]:
    """Return the same on a day, as the timelines say."""
    rows = timeline[timeline["from_on"] <= pd.Timestamp(on)]
    rows = rows[rows["from_on"] == rows.groupby("approval")["from_on"].transform("max")]
    said: dict[str, dict[str, float]] = {}
    for row in rows.to_dict("records"):
        said.setdefault(row["approval"], {})[row["state"]] = row["area_m2"]
    return said


def hold_against(store: database.Connection, timeline: pd.DataFrame, then: runs.Run) -> int:
    """Hold land timelines against a run, with the same papers, of its day; return how many areas.

    tests/test_timeline.py draws the days.
    """
    said, expected = areas_on(timeline, then.as_of), areas_of(store, then)
    assert said.keys() == expected.keys(), then.as_of
    for name, areas_m2 in expected.items():
        own = pytest.approx(areas_m2, abs=1e-6, nan_ok=True)
        assert said[name] == own, (then.as_of, name)
    return sum(map(len, expected.values()))
