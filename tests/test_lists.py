"""Lists kept in memory say what the store says, whatever is asked for, page after page."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event, Thread
from time import sleep

import numpy as np
import pandas as pd
import pytest

from api.v1 import pages as answers
from api.v1.asked import (
    Balances,
    Findings,
    Indicators,
    LandTimeline,
    Leads,
    OfRun,
    Timeline,
    Unsupplied,
)
from gis.config import Config
from gis.errors import StoreError
from gis.store import database, list_columns, pages, results, runs
from gis.store.database import Connection
from gis.store.lists import Lists
from gis.store.memory import Memory
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from tests.drawn_lists import drawn, lands_of
from tests.warm import Desk

LISTS: list[type[OfRun]] = [
    Findings, Unsupplied, Balances, Leads, Indicators, Timeline, LandTimeline,
]  # fmt: skip
ROOM_BYTES = 2**24
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
RECORDS = ("supplies", "parcels", "approvals", "parks", "blocks")
SEARCHED = ("key", "supply_no", "approval_no", "project_name", "name", "holder", "location")


@pytest.fixture(scope="module")
def connection(demo: Desk) -> Iterator[Connection]:
    with database.connect(Config(Path("unused"), demo.store.url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(connection: Connection) -> Run:
    return runs.chosen(connection, None, None)


@pytest.fixture(scope="module")
def lands(connection: Connection, run: Run) -> list[Scope | None]:
    return lands_of(connection, run)


@pytest.mark.parametrize("kind", LISTS)
def test_a_page_of_a_run_is_the_one_the_store_gives(
    connection: Connection, run: Run, lands: list[Scope | None], kind: type[OfRun]
) -> None:
    draw = random.Random(kind.TABLE)
    table = results.read(connection, run, kind.TABLE)
    assert len(table)
    lists, found_count = Lists(ROOM_BYTES), 0
    for _ in range(40 if IS_LONG else 15):
        asked = drawn(draw, kind, table, lands)
        expected = results.read(connection, run, kind.TABLE, replace(asked, limit=None))
        after = None
        for start in range(0, len(expected) + 1, asked.limit or 1)[:4]:
            page, count = lists.of_run(
                connection, run, kind.TABLE, replace(asked, after=after), kind.columns()
            )
            assert count == len(expected) == results.count(connection, run, kind.TABLE, asked)
            wanted = expected.iloc[start : start + asked.limit].reset_index(drop=True)
            pd.testing.assert_frame_equal(page, wanted)
            found_count += count
            if page.empty:
                break
            content = str(page["content"].iloc[-1])
            after = results.place_at(connection, run, kind.TABLE, content, asked.sorted_by)
        summed = [one for one in kind.RANGES if one.endswith("_m2")]
        told = lists.sums_of_run(connection, run, kind.TABLE, asked, kind.columns(), summed)
        assert told[0] == len(expected)
        for one in summed:
            assert told[1][one] == (pytest.approx(expected[one].sum()), expected[one].isna().sum())
        assert results.sums(connection, run, kind.TABLE, summed, asked)[0] == told[0]
    assert found_count
    assert _kept(lists) > 0


@pytest.mark.parametrize("kind", RECORDS)
def test_a_page_of_records_is_the_one_the_store_gives(
    connection: Connection, run: Run, lands: list[Scope | None], kind: str
) -> None:
    draw = random.Random(kind)
    everything, _ = pages.of_records(connection, run, kind, Wanted(limit=10_000), None)
    columns = [one for one in SEARCHED if pages.is_text(kind, one)]
    said = [str(one) for name in columns for one in everything[name].dropna()]
    lists = Lists(ROOM_BYTES)
    for _ in range(20 if IS_LONG else 8):
        text = draw.choice([None, draw.choice([*said, "没有"])])
        wanted = Wanted(
            text=None if text is None else text[draw.randint(0, 2) :][:5].upper() or None,
            searched=columns,
            limit=draw.choice([1, 5, 200]),
        )
        scope = draw.choice(lands)
        places = draw.sample([one for one in lands if one is not None], draw.choice([0, 1]))
        for _ in range(3):
            page, count = lists.of_records(connection, run, kind, wanted, scope, places)
            told, counted = pages.of_records(connection, run, kind, wanted, scope, places)
            assert count == counted
            pd.testing.assert_frame_equal(page, told)
            if page.empty:
                break
            wanted = replace(wanted, after=[page["key"].iloc[-1]])
    assert _kept(lists) > 0


def test_what_has_no_room_and_what_is_looked_up_is_asked_of_the_store(
    connection: Connection, run: Run
) -> None:
    none, lists = Lists(0), Lists(ROOM_BYTES)
    whole = results.read(connection, run, "finding")
    page, count = none.of_run(connection, run, "finding", Asked(), Findings.columns())
    assert (len(page), count) == (len(whole), len(whole))
    subject = str(whole["subject"].iloc[0])
    for asked in (
        Asked(where={"subject": [subject]}),
        Asked(of=[subject]),
        # Would run from one column of a row into the next.
        Asked(text=f"{subject}{list_columns.BETWEEN}", searched=("subject", "name")),
    ):
        page, count = lists.of_run(connection, run, "finding", asked, Findings.columns())
        pd.testing.assert_frame_equal(page, results.read(connection, run, "finding", asked))
        assert count == len(page)


def test_rows_sorted_by_a_column_are_the_same_from_memory_and_the_store(
    connection: Connection, run: Run
) -> None:
    """By day, by area; the other way round; what is unknown last either way; page after page."""
    whole = results.read(connection, run, "finding")
    lists = Lists(ROOM_BYTES)
    for column in ("next_on", "area_m2"):
        for is_falling in (False, True):
            expected = whole.sort_values(
                column, ascending=not is_falling, kind="stable", na_position="last"
            )["content"].tolist()
            for reader in (lists, Lists(0)):
                found: list[str] = []
                asked = Asked(limit=37, sorted_by=column, is_falling=is_falling)
                while True:
                    page, count = reader.of_run(
                        connection, run, "finding", asked, Findings.columns()
                    )
                    assert count == len(whole)
                    found += page["content"].tolist()
                    if len(page) < 37:
                        break
                    last = str(page["content"].iloc[-1])
                    place = results.place_at(connection, run, "finding", last, column)
                    asked = replace(asked, after=place)
                assert found == expected
    with pytest.raises(ValueError, match="cannot be sorted by"):
        results.read(connection, run, "finding", Asked(sorted_by="name"))


def test_texts_of_two_columns_are_not_found_as_one(connection: Connection, run: Run) -> None:
    table = results.read(connection, run, "finding").dropna(subset=["name"])
    row = table[table["name"] != table["subject"]].iloc[0]
    asked = Asked(text=f"{row['subject']}{row['name']}", searched=("subject", "name"))
    _, count = Lists(ROOM_BYTES).of_run(connection, run, "finding", asked, Findings.columns())
    assert count == 0


class Block:
    """So many bytes."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_the_longest_unasked_goes_when_the_room_is_full() -> None:
    # 10 bytes hold 4 and 5; asking for 4 again leaves 5 as the oldest, which goes for 3: 4 + 3.
    memory, read = Memory(10), []

    def of(size: int) -> Block:
        def block() -> Block:
            read.append(size)
            return Block(size)

        found = memory.get(size, block)
        assert found is not None
        return found

    for size in (4, 5, 4, 3, 4, 5):
        assert of(size).nbytes == size
    assert read == [4, 5, 3, 5]
    assert memory.nbytes <= 10


def test_nobody_waits_for_what_another_reads() -> None:
    memory, began, may_end = Memory(10), Event(), Event()

    def slow() -> Block:
        began.set()
        may_end.wait(20)
        return Block(1)

    reader = Thread(target=memory.get, args=("slow", slow))
    reader.start()
    assert began.wait(20)
    assert memory.get("slow", lambda: Block(1)) is None
    assert memory.get("other", lambda: Block(1)) is None
    may_end.set()
    reader.join()
    assert memory.get("slow", lambda: Block(2)).nbytes == 1  # type: ignore[union-attr]


def test_a_reading_that_fails_leaves_the_next_free() -> None:
    memory = Memory(10)

    def broken() -> Block:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        memory.get("one", broken)
    assert memory.get("one", lambda: Block(1)) is not None


def test_a_large_list_is_read_beside_the_requests(
    connection: Connection, run: Run, demo: Desk
) -> None:
    """Each answer is the same: of the store, while it is read, and from then on of what is kept."""
    settings, opened = Config(Path("unused"), demo.store.url), 0

    @contextmanager
    def connect() -> Iterator[Connection]:
        nonlocal opened
        opened += 1
        if opened == 1:
            raise StoreError("gone", "come back")
        with database.connect(settings) as own:
            yield own

    lists = Lists(ROOM_BYTES, connect, large_rows=-2)
    asked = Asked(text="B", searched=Findings.SEARCHED, limit=7)
    expected = results.read(connection, run, "finding", asked)
    supplies, _ = pages.of_records(connection, run, "supplies", Wanted(), None)
    # The first time the store is gone, then list by list is read; in the end nothing is any more.
    for _ in range(400):
        before = opened
        page, _ = lists.of_run(connection, run, "finding", asked, Findings.columns())
        pd.testing.assert_frame_equal(page, expected)
        page, _ = lists.of_records(connection, run, "supplies", Wanted(), None)
        pd.testing.assert_frame_equal(page, supplies)
        sleep(0.05)
        if 2 < opened == before and not lists._beside.locked() and _kept(lists):
            break
    assert opened > 2
    assert opened == before


def _kept(lists: Lists) -> int:
    return lists._memory.nbytes


def test_days_and_figures_that_are_unknown_lie_in_no_range(
    connection: Connection, run: Run
) -> None:
    table = results.read(connection, run, "finding")
    unknown = table["next_on"].isna()
    assert unknown.any()
    assert not unknown.all()
    for bounds in ((None, date(9999, 12, 31)), (date(1, 1, 1), None)):
        asked = Asked(ranges={"next_on": bounds})
        _, count = Lists(ROOM_BYTES).of_run(connection, run, "finding", asked, Findings.columns())
        assert count == int(np.sum(~unknown))


def test_a_column_is_told_as_each_of_its_cells_is() -> None:
    frame = pd.DataFrame(
        {
            "day": pd.Series(["2024-01-05", None, "1066-10-14"]).astype("datetime64[s]"),
            "instant": pd.to_datetime(["2024-01-01T08:00Z", None, "2024-01-02T00:00Z"], utc=True),
            "figure": [1.5, np.nan, -0.0],
            "count": pd.array([1, None, 2**62], dtype="Int64"),
            "is_so": pd.array([True, None, False], dtype="boolean"),
            "text": pd.array(["甲", None, "nan"], dtype="str"),
            "codes": [["x"], None, {"on": pd.Timestamp("2024-01-01")}],
        }
    )
    told = answers.rows_of(frame, frame.columns)
    for at, row in enumerate(told):
        alone = {name: answers.plain(frame[name].astype(object)[at]) for name in frame}
        assert row == alone
        assert [*map(type, row.values())] == [*map(type, alone.values())]
    assert told[1] == dict.fromkeys(frame)
    assert told[0]["day"] == "2024-01-05"
    assert told[2]["count"] == 2**62


def test_groups_are_those_of_the_store_for_each_land(
    connection: Connection, run: Run, lands: list[Scope | None]
) -> None:
    by = ("rule", "outcome")
    for reader in (Lists(ROOM_BYTES), Lists(0)):
        for scope in lands * 2:
            whole = results.read(connection, run, "finding", Asked(within=scope))
            found = reader.grouped(connection, run, "finding", by, Asked(within=scope))
            assert found["count"].sum() == len(whole)
            assert found["area_m2"].sum() == pytest.approx(whole["area_m2"].sum())
            assert found["unknown_count"].sum() == whole["area_m2"].isna().sum()
            assert {*zip(found["rule"], found["outcome"], strict=True)} == {
                *zip(whole["rule"], whole["outcome"], strict=True)
            }
