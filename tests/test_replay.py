"""A past run replayed after later loads says what it said then, to the last column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

from gis import law
from gis.config import Config
from gis.pipeline import run as line
from gis.store import database, results, tables
from tests.conftest import Server
from tests.delivered import deliver, square
from tests.stores import Store, copied

LAW = law.load()
SPRING, SUMMER = date(2026, 3, 31), date(2026, 6, 30)
DUE = {"甲": "2024-06-30", "乙": "2023-03-31", "丙": "2025-04-30"}


def supply(number: str, due: str, **more: Any) -> dict[str, Any]:
    given = {"supply_no": number, "region_code": "150602", "signed_on": "2022-01-31"}
    priced = {"supply_way": "grant", "price_fen": 10_000_000, "area_m2": 10_000.0}
    return {**given, **priced, "start_agreed_on": due, **more}


def stored(connection: database.Connection, run: int) -> dict[str, pd.DataFrame]:
    kept = {}
    for name in tables.RESULTS:
        kept[name] = results.read(connection, run, name).drop(columns=["first_run", "last_run"])
    return kept


def forget_runs(connection: database.Connection) -> None:
    """Leave the deliveries alone, so that the next run has to judge anew."""
    for name in ("run", *tables.RESULTS):
        connection.execute(f"DELETE FROM landwatch.{name}")


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Two deliveries of March; then new, corrected, ended and back-dated records of summer."""
    with (
        copied(server, pattern, "landwatch_test_replay", tmp_path_factory.mktemp("r")) as store,
        database.connect(Config(store.home, store.url)) as connection,
    ):
        march = datetime(2026, 3, 1, tzinfo=UTC)
        rows = [supply(*pair) for pair in DUE.items()]
        deliver(connection, "supplies", *rows, received_at=march)
        batch = {"approval_no": "批1", "approved_on": "2024-06-15", "region_code": "150602"}
        ground = batch | {"geom": square(0, 0, 400, 100)}
        deliver(connection, "approvals", ground, received_at=datetime(2026, 3, 15, tzinfo=UTC))
        yield store


@pytest.fixture(scope="module")
def told(store: Store) -> dict[str, Any]:
    """What the runs of March said, kept before anything else came."""
    with database.connect(Config(store.home, store.url)) as connection:
        first = line.run(connection, SPRING, LAW, known_at=1, tell=len)
        second = line.run(connection, SPRING, LAW, tell=len)
        kept = {"first": stored(connection, first.id), "second": stored(connection, second.id)}
        july = datetime(2026, 7, 1, tzinfo=UTC)
        start = {"supply_no": "甲", "observed_on": "2026-02-01", "source": "document"}
        deliver(connection, "progress", start | {"milestone": "started"}, received_at=july)
        changed = [supply("甲", "2024-06-30"), supply("丙", "2026-12-31")]
        scope = {"region_code": "150602"}
        deliver(connection, "supplies", *changed, scope=scope, received_at=july)
        west = supply("丁", "2026-12-31", geom=square(0, 0, 200, 100))
        deliver(connection, "supplies", west, received_at=july)
        done = {"approval_no": "批1", "observed_on": "2026-03-01", "compensation": "not_done"}
        deliver(connection, "approval_status", done, received_at=july)
    return kept


@pytest.mark.parametrize(
    ("known_at", "which"),
    [
        pytest.param(1, "first", marks=pytest.mark.long("2")),
        (2, "second"),
        (datetime(2026, 3, 10, tzinfo=UTC), "first"),
        pytest.param(
            datetime(2026, 6, 30, tzinfo=UTC), "second", marks=pytest.mark.long("2026-03-10")
        ),
    ],
)
def test_a_replay_gives_every_row_of_every_table_as_it_was(
    store: Store, told: dict[str, Any], known_at: int | datetime, which: str
) -> None:
    with database.connect(Config(store.home, store.url)) as connection:
        forget_runs(connection)
        again = line.run(connection, SPRING, LAW, known_at=known_at, tell=len)
        assert not again.is_repeat
        found = stored(connection, again.id)
    for name, table in told[which].items():
        pd.testing.assert_frame_equal(found[name], table)


def test_what_we_know_now_of_a_past_day_is_another_thing(
    store: Store, told: dict[str, Any]
) -> None:
    with database.connect(Config(store.home, store.url)) as connection:
        now = line.run(connection, SPRING, LAW, tell=len)
        found = stored(connection, now.id)["finding"].set_index("subject")["outcome"]
    then = told["second"]["finding"].set_index("subject")["outcome"]
    assert then["甲"] == "candidate"
    assert found["甲"] == "clear"
    assert "乙" not in found.index
    assert "丁" in found.index


def test_the_command_takes_a_delivery_or_an_instant(store: Store, told: dict[str, Any]) -> None:
    runs_then = [
        store.json("run", "--as-of", str(SPRING), "--known-at", known_at)
        for known_at in ("1", "2026-03-10T08:00+08:00")
    ]
    assert [run["delivery"] for run in runs_then] == [1, 1]
    assert runs_then[0]["counts"] == runs_then[1]["counts"]
    assert runs_then[1]["is_repeat"]
    counts = runs_then[0]["counts"]["idle"]
    assert counts["candidate"]["fee"]["count"] == 1
    assert counts["candidate"]["recovery"]["count"] == 1
    assert counts["overdue"]["none"]["count"] == 1
    assert runs_then[0]["counts"]["unsupplied"] == {}
    refused = store.call("run", "--as-of", str(SPRING), "--known-at", "2026-03-10T08:00")
    assert refused.code == 2
    assert "+08:00" in refused.stderr
