"""Runs: found again when identical, kept once per content, gone when cut short."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import shapely

from gis.config import Config
from gis.errors import UsageError
from gis.store import database, pending_results, results, runs

SPAWN = multiprocessing.get_context("spawn")


def findings(**outcomes: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject": list(outcomes),
            "rule": "idle_land",
            "outcome": list(outcomes.values()),
            "since_on": pd.to_datetime(["2015-01-01"] * len(outcomes)),
            "fee_fen": pd.array([None] * len(outcomes), "Int64"),
            "geom": [shapely.box(110, 40, 110.001, 40.001)] * len(outcomes),
            "subject_kind": "supplies",
            "subject_key": list(outcomes),
        }
    )


def run(
    store: database.Connection,
    day: str,
    frame: pd.DataFrame,
    *,
    delivery: int = 1,
    region: str | None = None,
    **more: Any,
) -> runs.Run:
    with store.transaction():
        begun = begin(store, day, delivery=delivery, region=region, **more)
        if begun.is_repeat:
            return begun
        runs.keep(store, begun, "finding", frame)
        return runs.finish(store, begun, {"idle": len(frame)})


def begin(store: database.Connection, day: str, **more: Any) -> runs.Run:
    known = {"delivery": 1, "region": None, "code_version": "1", "law_digest": "l"}
    known |= {"code_digest": "c"}
    return runs.begin(
        store, as_of=date.fromisoformat(day), **{**known, "input_digest": "i", **more}
    )


def outcomes(store: database.Connection, run_id: int) -> dict[str, str]:
    frame = results.read(store, run_id, "finding")
    return dict(zip(frame["subject"], frame["outcome"], strict=True))


def test_a_run_gives_back_what_was_handed_in(store: database.Connection) -> None:
    done = run(store, "2016-12-31", findings(A1="candidate", A2="clear"))
    assert (done.id, done.run_series, done.counts) == (1, "*/forward", {"idle": 2})
    found = results.read(store, 1, "finding")
    assert found["subject"].tolist() == ["A1", "A2"]
    assert found["since_on"].tolist() == [pd.Timestamp("2015-01-01")] * 2
    assert found["fee_fen"].isna().all()
    assert found["geom"][0].equals(shapely.box(110, 40, 110.001, 40.001))
    assert (found["first_run"].tolist(), found["last_run"].tolist()) == ([1, 1], [1, 1])
    assert results.read(store, 1, "piece").empty
    assert runs.get(store, 1) == runs.default(store)
    assert runs.get(store, 1).as_of == date(2016, 12, 31)
    assert runs.get(store, 1).finished_at is not None


def test_an_identical_run_is_found_and_any_difference_makes_a_new_one(
    store: database.Connection,
) -> None:
    frame = findings(A1="candidate")
    run(store, "2016-12-31", frame)
    again = run(store, "2016-12-31", frame)
    assert (again.id, again.is_repeat, again.counts) == (1, True, {"idle": 1})
    with pytest.raises(ValueError, match="is finished"):
        runs.keep(store, again, "finding", frame)
    assert run(store, "2016-12-31", frame, input_digest="other").id == 2
    assert run(store, "2016-12-31", frame, law_digest="other").id == 3
    assert run(store, "2016-12-31", frame, region="150602").id == 4
    assert run(store, "2017-01-01", frame).id == 5


def test_a_row_is_stored_once_as_long_as_it_stays_the_same(store: database.Connection) -> None:
    run(store, "2016-12-31", findings(A1="candidate", A2="clear"))
    run(store, "2017-01-01", findings(A1="candidate", A2="clear"))
    run(store, "2017-01-02", findings(A1="found_idle", A2="clear"))
    run(store, "2017-01-03", findings(A1="candidate"))
    assert outcomes(store, 1) == outcomes(store, 2) == {"A1": "candidate", "A2": "clear"}
    assert outcomes(store, 3) == {"A1": "found_idle", "A2": "clear"}
    assert outcomes(store, 4) == {"A1": "candidate"}
    # A1 candidate twice (1-2 and 4), found_idle once, A2 once.
    assert store.execute("SELECT count(*) FROM finding").fetchone() == (4,)
    last = results.read(store, 1, "finding").set_index("subject")
    assert (last.loc["A1", "first_run"], last.loc["A1", "last_run"]) == (1, 2)
    assert (last.loc["A2", "first_run"], last.loc["A2", "last_run"]) == (1, 3)
    assert results.read(store, 4, "finding")["last_run"].tolist() == [4]


def test_looking_back_and_other_regions_do_not_disturb_the_forward_series(
    store: database.Connection,
) -> None:
    run(store, "2016-12-31", findings(A1="candidate"), delivery=5)
    back = run(store, "2015-12-31", findings(A1="not_due"), delivery=5)
    older = run(store, "2016-12-31", findings(A1="clear"), delivery=4)
    region = run(store, "2016-12-31", findings(A1="closed"), delivery=5, region="150602")
    ahead = run(store, "2017-12-31", findings(A1="candidate"), delivery=5)
    assert [r.run_series for r in (back, older, region, ahead)] == [
        "*/replay", "*/replay", "150602/forward", "*/forward",
    ]  # fmt: skip
    shown = [outcomes(store, number)["A1"] for number in range(1, 6)]
    assert shown == ["candidate", "not_due", "clear", "closed", "candidate"]
    assert results.read(store, 1, "finding")["last_run"].tolist() == [5]
    assert store.execute("SELECT count(*) FROM finding").fetchone() == (4,)
    assert runs.default(store).id == 5
    assert runs.default(store, "150602").id == 4


def test_a_table_handed_in_part_by_part_equals_one_handed_in_whole(
    store: database.Connection,
) -> None:
    with store.transaction():
        begun = begin(store, "2016-12-31")
        runs.keep(store, begun, "finding", findings(A1="clear"))
        runs.keep(store, begun, "finding", findings(A2="clear"))
        runs.finish(store, begun, {})
    run(store, "2017-01-01", findings(A2="clear", A1="clear"))
    assert outcomes(store, 1) == outcomes(store, 2) == {"A1": "clear", "A2": "clear"}
    assert store.execute("SELECT count(*) FROM finding").fetchone() == (2,)


def test_a_run_tells_before_it_is_stored_what_is_read_of_it_afterwards(
    store: database.Connection,
) -> None:
    def handed_in(area_m2: list[float], **outcomes: str) -> pd.DataFrame:
        return findings(**outcomes).assign(area_m2=area_m2)

    def told_areas(begun: runs.Run) -> list[tuple[str, str, str]]:
        said = pending_results.areas(store, begun, ("outcome", "track"))
        return sorted((row.outcome, f"{row.track}", f"{row.area_m2}") for row in said.itertuples())

    first = handed_in([0.1, 2.5, 2.5, float("nan")], A="clear", B="clear", C="clear", D="not_due")
    with store.transaction():
        begun = begin(store, "2016-12-31")
        for rows in (first.iloc[:2], first.iloc[2:]):
            runs.keep(store, begun, "finding", rows)
        full = [("clear", "nan", "0.1"), *[("clear", "nan", "2.5")] * 2, ("not_due", "nan", "nan")]
        assert told_areas(begun) == full
        done = runs.finish(store, begun, {})
    # Another region and a look back have run series of their own: nothing of them is carried over.
    run(store, "2016-12-31", handed_in([3.0, 4.0], A="closed", Z="clear"), region="150602")
    run(store, "2015-12-31", handed_in([5.0, 6.0], A="not_due", Y="clear"))
    with store.transaction():
        anew = {"supplies": ["B", "D", "E"], "approvals": ["A"]}
        begun = runs.build(store, begin(store, "2017-01-01"), done, anew)
        runs.keep(store, begun, "finding", handed_in([7.0, 8.0], B="closed", E="clear"))
        built = [("clear", "0.1"), ("clear", "2.5"), ("clear", "8.0"), ("closed", "7.0")]
        assert [(outcome, area_m2) for outcome, _, area_m2 in told_areas(begun)] == built
        rows = pending_results.read(store, begun, "finding", ("subject", "outcome"))
        runs.finish(store, begun, {})
    assert outcomes(store, 4) == dict(zip(rows["subject"], rows["outcome"], strict=True))
    assert outcomes(store, 4) == {"A": "clear", "B": "closed", "C": "clear", "E": "clear"}


def test_the_planner_is_told_of_many_rows_and_keeps_its_settings(
    store: database.Connection,
) -> None:
    def known() -> float:
        found = store.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'landwatch.finding'::regclass"
        ).fetchone()
        assert found is not None
        return float(found[0])

    usual = store.execute("SHOW default_statistics_target").fetchone()
    run(store, "2016-12-31", findings(A="clear"))
    assert known() <= 1
    with store.transaction():
        begun = begin(store, "2017-01-01")
        many = findings(**{f"A{number}": "clear" for number in range(1_500)})
        runs.keep(store, begun, "finding", many)
        runs.finish(store, begun, {})
        assert store.execute("SHOW default_statistics_target").fetchone() == usual
    assert known() == pytest.approx(1_500, abs=1)


def test_every_result_table_takes_and_gives_its_columns(store: database.Connection) -> None:
    square = shapely.box(110, 40, 110.001, 40.001)
    frames = {
        "piece": {"id": "a/001", "approval": "a", "supply": None, "disposition": "edge",
                  "geom": square, "area_planar_m2": 1.5,
                  "area_ellipsoidal_m2": 1.25, "block_code": "b"},
        "park_piece": {"park_code": "p", "block_code": "b", "approved": "yes", "supplied": "no",
                       "development": "none", "readiness": "ready", "account_build": "B21",
                       "account_supply": "E", "state": "approved_not_supplied", "geom": square},
        "balance": {"approval": "a", "approved_on": pd.Timestamp("2015-01-01"), "base_m2": 9.0,
                    "method": "geometry"},
        "indicator": {"place_kind": "park", "place_code": "p", "name": "开发率", "value": 0.5,
                      "unit": "%", "numerator": 1.0, "denominator": 2.0, "definition": "A/B"},
    }  # fmt: skip
    with store.transaction():
        begun = begin(store, "2016-12-31")
        for name, row in frames.items():
            of = {} if name == "indicator" else {"subject_kind": "approvals", "subject_key": "a"}
            runs.keep(store, begun, name, pd.DataFrame([row | of]))
        runs.finish(store, begun, {})
    for name, row in frames.items():
        (found,) = results.read(store, begun.id, name).to_dict("records")
        assert {key: found[key] for key in row if row[key] is not None} == {
            key: value for key, value in row.items() if value is not None
        }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"subject_kind": None}, "column subject_kind is empty in some row"),
        ({"outcome": None}, "column outcome is empty in some row"),
        ({"area_m2": pd.Timestamp("2015-01-01")}, "column area_m2 is datetime64"),
    ],
)
def test_rows_that_are_not_what_the_table_holds_are_refused(
    store: database.Connection, change: dict[str, Any], told: str
) -> None:
    frame = findings(A1="clear", A2="clear").assign(**change)
    with pytest.raises(ValueError, match=f"finding: {told}"):
        run(store, "2016-12-31", frame)
    with pytest.raises(ValueError, match="finding: column subject_key is missing"):
        run(store, "2016-12-31", findings(A1="clear").drop(columns="subject_key"))


def test_two_equal_rows_in_one_run_are_refused(store: database.Connection) -> None:
    with pytest.raises(ValueError, match="1 rows are the same in every column"):
        run(store, "2016-12-31", pd.concat([findings(A1="clear")] * 2))
    with pytest.raises(UsageError, match="no run yet"):
        runs.default(store)


def test_asking_for_a_run_that_is_not_there_says_so(store: database.Connection) -> None:
    with pytest.raises(UsageError, match="There is no run 7"):
        results.read(store, 7, "finding")
    with pytest.raises(UsageError, match="no run of region 150602"):
        runs.default(store, "150602")


def test_a_run_outside_a_transaction_is_refused(store: database.Connection) -> None:
    with pytest.raises(ValueError, match=r"with connection\.transaction\(\)"):
        begin(store, "2016-12-31")


def _run_in_another_process(url: str, day: str, seconds: float) -> None:
    with database.connect(Config(Path("unused"), url)) as connection, connection.transaction():
        begun = begin(connection, day)
        runs.keep(connection, begun, "finding", findings(A1="clear", A2="clear"))
        time.sleep(seconds)
        runs.finish(connection, begun, {})


def _wait_for(store: database.Connection, query: str, answer: int) -> None:
    deadline = time.monotonic() + 30
    while store.execute(query).fetchone() != (answer,):
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def test_runs_at_the_same_time_wait_for_each_other(
    store_url: str, store: database.Connection
) -> None:
    days = ("2016-12-31", "2016-12-30", "2016-12-29")
    each = [
        SPAWN.Process(target=_run_in_another_process, args=(store_url, day, 0.2)) for day in days
    ]
    for process in each:
        process.start()
    for process in each:
        process.join(60)
    assert [process.exitcode for process in each] == [0, 0, 0]
    assert store.execute("SELECT array_agg(id ORDER BY id) FROM run").fetchone() == ([1, 2, 3],)
    for number in (1, 2, 3):
        assert outcomes(store, number) == {"A1": "clear", "A2": "clear"}


def test_a_run_killed_before_it_ends_leaves_nothing_and_blocks_nobody(
    store_url: str, store: database.Connection
) -> None:
    run(store, "2016-12-31", findings(A1="candidate"))
    killed = SPAWN.Process(target=_run_in_another_process, args=(store_url, "2017-01-01", 60))
    killed.start()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    _wait_for(store, held, 1)
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.join(10)
    _wait_for(store, held, 0)
    assert runs.default(store).id == 1
    assert outcomes(store, 1) == {"A1": "candidate"}
    assert run(store, "2017-01-01", findings(A1="candidate")).id == 2


def test_the_store_refuses_the_same_open_row_twice(store: database.Connection) -> None:
    run(store, "2016-12-31", findings(A1="candidate"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.execute(
            "INSERT INTO finding (run_series, first_run, last_run, content, subject, rule, outcome)"
            " SELECT run_series, 9, last_run, content, subject, rule, outcome FROM finding"
        )


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_the_first_many_rows_find_the_same_indexes_whoever_looks(
    store: database.Connection, store_url: str, is_looked_at: bool
) -> None:
    def indexes() -> dict[str, int]:
        rows = store.execute(
            "SELECT indexdef, (schemaname || '.' || indexname)::regclass::oid::int8"
            " FROM pg_indexes WHERE tablename = 'finding'"
        )
        return dict(rows.fetchall())

    def told(query: str) -> list[tuple[Any, ...]]:
        return store.execute(query).fetchall()

    constraints = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'landwatch.finding'::regclass ORDER BY 1"
    )
    numbers = "SELECT count(DISTINCT row_id), count(*), max(row_id) - min(row_id) FROM finding"
    before, own = indexes(), told(constraints)
    with psycopg.connect(store_url) as other:
        if is_looked_at:  # a reader whose transaction goes on holds the table
            other.execute("SELECT count(*) FROM landwatch.finding")
        run(store, "2016-12-31", findings(**{f"A{at}": "clear" for at in range(1_500)}))
    assert len(results.read(store, 1, "finding")) == 1_500
    after = indexes()
    assert after.keys() == before.keys()
    built = {name for name in before if before[name] != after[name]}
    assert len(built) == (0 if is_looked_at else len(before))
    assert told(constraints) == own
    assert told(numbers) == [(1_500, 1_500, 1_499)]
    run(store, "2017-01-01", findings(**{f"A{at}": "clear" for at in range(1_600)}))
    assert indexes() == after
    # The numbers go on where those of the first rows ended.
    assert told(numbers) == [(1_600, 1_600, 1_599)]
