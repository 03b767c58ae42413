"""Found land in the accounts of its park, and the last days its papers set running, by the command.

B90004 (停工且有认定书) and B91003 (文书期限), by papers as an office would send them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_paper_cases import HEAD, findings, loaded, said
from tests.warm import Desk

FOUND, SERVED = "1506002018B90004", "1506002024B91003"
X, Y = 480_000.0, 4_400_000.0


def layer(desk: Desk, kind: str, columns: dict[str, list[str]], *shapes: Any) -> None:
    path = desk.store.home / f"{kind}.gpkg"
    frame = geopandas.GeoDataFrame(columns, geometry=[*shapes], crs="EPSG:4546")
    frame.to_file(path, layer=kind)
    desk.json("load", kind, str(path))


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("found")
    with copied(server, pattern, "landwatch_found", home) as store:
        desk = Desk(store, warm.shared())
        # The park is 200 m x 100 m; the parcel its western half: 10,000 of 20,000 m2.
        park = shapely.box(X, Y, X + 200, Y + 100)
        layer(desk, "parks", {"开发区代码": ["P1"], "启用日期": ["2010-01-01"]}, park)
        named = {"区块代码": ["P1-1"], "开发区代码": ["P1"], "启用日期": ["2010-01-01"]}
        layer(desk, "blocks", named, park)
        parcel = {"宗地代码": ["150600001001GB00001"], "电子监管号": [FOUND]}
        layer(desk, "parcels", parcel, shapely.box(X, Y, X + 100, Y + 100))
        loaded(desk, "supplies", HEAD, f"{FOUND},150600,甲,1,出让,100,2019-06-30,2018-12-01",
               f"{SERVED},150600,乙,1,出让,100,2024-11-30,2024-02-10")  # fmt: skip
        loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态,动工日期,已动工面积(公顷)",
               f"{FOUND},2019-06-01,巡查,已动工,2019-06-01,0.2",
               f"{FOUND},2021-01-15,巡查,停工,,0.2")  # fmt: skip
        loaded(desk, "decisions", "文书号,电子监管号,文书类型,送达日期,认定原因",
               f"认4,{FOUND},认定书,2023-03-01,企业原因",
               f"调1,{SERVED},调查通知书,2026-05-20,", f"听1,{SERVED},听证权利告知书,2026-06-16,",
               f"费1,{SERVED},征缴土地闲置费决定书,2026-09-01,",
               f"收1,{SERVED},收回国有建设用地使用权决定书,2026-09-02,")  # fmt: skip
        yield desk


@pytest.mark.parametrize(
    ("as_of", "outcome", "found_m2", "rate"),
    [
        # Stopped on 2021-01-15: the year is full on 2022-01-15, passed from 2022-01-16 on; found on
        # 2023-03-01. The day before that it may be found, and is in no G.
        ("2023-02-28", ("may_be_idle", "person", "2022-01-16", None), 0.0, 0.0),
        # G 10,000 of D 10,000 m2 supplied: 100 %.
        ("2023-03-01", ("found_idle", "person", "2022-01-16", None), 10_000.0, 100.0),
        ("2024-06-01", ("found_idle", "person", "2022-01-16", None), 10_000.0, 100.0),
    ],
)
def test_what_is_found_idle_by_a_stop_is_a_person_s_to_decide_and_in_g(
    desk: Desk, as_of: str, outcome: tuple[Any, ...], found_m2: float, rate: float
) -> None:
    found = findings(desk, as_of)[FOUND]
    assert said(found) == outcome
    if found_m2:
        assert found["article"] == "《闲置土地处置办法》2(2), 12"
    rows = desk.json("indicators", "--as-of", as_of)["rows"]
    for code in ("P1", "P1-1"):
        (own,) = [r for r in rows if (r["place_code"], r["name"]) == (code, "idle_rate")]
        assert own["numerator"] == pytest.approx(found_m2, abs=0.5)
        assert own["denominator"] == pytest.approx(10_000, abs=0.5)
        assert own["value"] == pytest.approx(rate)
        (seen,) = [r for r in rows if (r["place_code"], r["name"]) == (code, "suspected_rate")]
        assert seen["numerator"] == 0


# What papers served before --from set running. 2026: 端午节 is off from 06-19 (Friday) to 06-21,
# 国庆节 from 10-01 to 10-07.
LAST_DAYS = [
    # 05-20 + 30 days = 06-19, off until the 21st: Monday 06-22.
    ("2026-05-31", "answer_due", "调1", "2026-06-22"),
    # Five days worked after 06-16: 17, 18, (19 to 21 off), 22, 23, 24.
    ("2026-06-17", "hearing_due", "听1", "2026-06-24"),
    # 09-01 + 30 = 10-01 and 09-02 + 30 = 10-02, both off until 10-07: Thursday 10-08.
    ("2026-09-03", "payment_due", "费1", "2026-10-08"),
    ("2026-09-03", "deregistration_due", "收1", "2026-10-08"),
]


@pytest.mark.parametrize(("as_of", "kind", "document", "last_on"), LAST_DAYS)
def test_the_calendar_tells_the_last_day_each_paper_sets_running(
    desk: Desk, as_of: str, kind: str, document: str, last_on: str, tmp_path: Path
) -> None:
    period = ("--from", as_of, "--to", "2026-12-31")
    rows = desk.json("calendar", *period)["rows"]
    (row,) = [row for row in rows if (row["kind"], row["subject"]) == (kind, SERVED)]
    assert (row["on"], row["document"]) == (last_on, document)
    desk.call("calendar", *period, "--ics", str(tmp_path / "c.ics"))
    assert f"DTSTART;VALUE=DATE:{last_on.replace('-', '')}" in (tmp_path / "c.ics").read_text(
        encoding="utf-8"
    )
