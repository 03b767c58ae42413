"""What comes in July and August 2026, worked by hand, from records in a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from gis import contracts, law
from gis.config import Config
from gis.errors import UsageError
from gis.outputs.calendar import entries
from gis.pipeline import run as line
from gis.store import database, runs
from tests.conftest import Server
from tests.delivered import deliver, square
from tests.stores import Store, copied
from tests.test_icalendar import read
from tests.test_wording import assert_clean

LAW = law.load()
FIRST, LAST = date(2026, 7, 1), date(2026, 8, 31)


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    with (
        copied(server, pattern, "landwatch_test_calendar", tmp_path_factory.mktemp("c")) as store,
        database.connect(Config(store.home, store.url)) as connection,
    ):
        given = {"region_code": "150602", "signed_on": "2023-01-31", "supply_way": "grant"}
        due = {
            "甲": {"start_agreed_on": "2026-07-31", "region_code": "150603"},
            "乙": {"start_agreed_on": "2025-07-31", "completion_agreed_on": "2026-08-15"},
            "丙": {"start_agreed_on": "2024-06-30", "price_fen": 100},
            "丁": {"start_agreed_on": "2024-01-31"},
        }
        for name, more in due.items():
            deliver(connection, "supplies", given | {"supply_no": name, "holder": "公司"} | more)
        seen = {"observed_on": "2026-06-05", "source": "patrol", "milestone": "not_started"}
        for name in "丙丁":
            deliver(connection, "progress", seen | {"supply_no": name})
        deliver(connection, "progress", seen | {"supply_no": "丁", "observed_on": "2026-06-25"})
        paper = {"document": "调1", "supply_no": "丙", "served_on": "2026-06-11"}
        deliver(connection, "decisions", paper | {"kind": "investigation"})
        agreed = {"document": "协1", "supply_no": "乙", "signed_on": "2024-01-31"}
        days = {"start_due_on": "2026-06-30", "production_due_on": "2026-07-08"}
        deliver(connection, "agreements", agreed | days | {"capacity_due_on": "2026-08-08"})
        ground = {"from_on": "2020-01-01", "geom": square(0, 0, 900, 900)}
        deliver(connection, "parks", ground | {"park_code": "P"})
        deliver(connection, "blocks", ground | {"park_code": "P", "block_code": "P1"})
        batch = {"approval_no": "批1", "approved_on": "2024-07-20", "region_code": "150602"}
        deliver(connection, "approvals", batch | {"geom": square(0, 0, 400, 100)})
        line.run(connection, date(2026, 6, 30), LAW, tell=len)
        yield store


def coming(
    store: Store, first: date = FIRST, last: date = LAST, region: str | None = None
) -> pd.DataFrame:
    with database.connect(Config(store.home, store.url)) as connection:
        return entries(connection, runs.default(connection), first, last, LAW, region)


def of(table: pd.DataFrame, subject: str) -> list[tuple[str, str, str]]:
    rows = table[table["subject"] == subject]
    return [(f"{row.on:%m-%d}", row.kind, row.description) for row in rows.itertuples()]


def test_a_start_day_is_warned_of_and_then_has_passed(store: Store) -> None:
    # 2026-07-31 less 30 and 7 days; 90 days before was 2 May.
    assert of(coming(store), "甲") == [
        ("07-01", "warning", "距应动工日届满还有 30 天（最后一日 2026-07-31）"),
        ("07-24", "warning", "距应动工日届满还有 7 天（最后一日 2026-07-31）"),
        ("08-01", "start_overdue", "应动工日届满"),
    ]


def test_an_anniversary_says_what_it_brings_and_that_nobody_has_looked(store: Store) -> None:
    fee = "：征缴闲置费（未报动工，待核实）"
    assert of(coming(store), "乙") == [
        ("07-01", "warning", f"距满一年未动工还有 30 天（最后一日 2026-07-31）{fee}"),
        ("07-08", "agreement_production", "监管协议约定投产日（协1）"),
        ("07-24", "warning", f"距满一年未动工还有 7 天（最后一日 2026-07-31）{fee}"),
        ("08-01", "idle_year", f"满一年未动工{fee}"),
        ("08-08", "agreement_capacity", "监管协议约定达产日（起考核控制指标）（协1）"),
        ("08-15", "completion_due", "应竣工日"),
    ]


def test_a_served_notice_runs_and_a_suspicion_without_one_runs_from_the_first_sighting(
    store: Store,
) -> None:
    table = coming(store)
    # Served 11 June: Saturday 11 July, so Monday the 13th.
    moved = "2026-07-11 为休假日，顺延至 2026-07-13（民法典第二百零三条）"
    assert of(table, "丙") == [
        ("07-01", "recovery_from", "扣除免责期间后满两年未动工：无偿收回"),
        ("07-13", "answer_due", f"使用权人答复调查通知期满（调1）；{moved}"),
    ]
    # Seen on 5 June, Sunday 5 July is the 30th day; the sighting of 25 June starts nothing anew.
    ((on, kind, _),) = of(table, "丁")
    assert (on, kind) == ("07-06", "investigation_due")
    row = table[table["subject"] == "丁"].iloc[0]
    assert (row["holder"], row["article"]) == ("公司", "《闲置土地处置办法》5")


def test_an_approval_lapses_once_however_many_pieces_it_has(store: Store) -> None:
    found = of(coming(store), "批1")
    assert [(on, kind) for on, kind, _ in found] == [
        ("07-13", "warning"),
        ("07-21", "approval_lapse"),
    ]
    row = coming(store).query("kind == 'approval_lapse'").iloc[0]
    assert abs(row["area_m2"] - 40_000) < 0.01
    assert row["block_code"] == "P1"
    # Two days later it has lapsed; a calendar that begins before still shows the day.
    assert [on for on, _, _ in of(coming(store, date(2026, 7, 14)), "批1")] == ["07-21"]


def test_a_region_sees_its_own(store: Store) -> None:
    assert set(coming(store, region="150603")["subject"]) == {"甲"}
    assert "甲" not in set(coming(store, region="150602")["subject"])


def test_days_the_wrong_way_round_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="晚于"):
        coming(store, LAST, FIRST)


def test_the_command_writes_table_csv_json_and_calendar_file(store: Store, tmp_path: Path) -> None:
    csv, ics = tmp_path / "c.csv", tmp_path / "c.ics"
    days = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
    done = store.call("calendar", *days, "--csv", str(csv), "--ics", str(ics))
    assert done.code == 0, done.stderr
    assert "今后节点 Coming 2026-07-01 – 2026-08-31" in done.stdout
    titles = list(pd.read_csv(csv, encoding="utf-8-sig").columns)
    assert titles[:4] == ["日期", "类别", "类别代码", "事项"]
    assert not [title for title in titles if title.isascii()]
    events = read(ics.read_bytes())
    for text in (done.stdout, csv.read_text(encoding="utf-8-sig"), *map(str, events)):
        assert_clean(text, "calendar")
    assert len(events) == len(coming(store))
    again = tmp_path / "again.ics"
    found = store.json("calendar", *days, "--block", "P1", "--ics", str(again))
    assert set(found) == set(contracts.JSON["calendar"])
    assert {row["subject"] for row in found["rows"]} == {"批1"}
    one = {event["UID"] for event in read(again.read_bytes())}
    assert one < {event["UID"] for event in events}
