"""Runs and their results: a row is stored once, with the first and the last run that gave it.

A run series is the line of runs a result row can stretch along: `150602/forward` for routine
runs of a region whose day and delivery only grow, `.../replay` for looking back and for
what-ifs. Ids grow over all run series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from gis import units
from gis.errors import UsageError
from gis.store import copy, incremental, result_rows, straight_rows, tables, trial
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.incremental import Rejudged
from gis.store.late_indexes import Statement
from gis.store.result_rows import arriving
from gis.store.statements import RUNS, WAIT_FOR_TURN, listed, table

_RUN_COLUMNS = listed(list(tables.RUN))

ROUTINE, WHAT_IF = "routine", "what_if"
_SHOWN_FIRST = sql.SQL(
    "(purpose = 'routine') DESC, (region IS NULL) DESC, as_of DESC, delivery DESC, id DESC"
)


@dataclass(frozen=True)
class Run:
    """One run: the day judged, the delivery known, code, law and inputs by hash, and its counts.

    `purpose` is ROUTINE (everybody looks at it) or WHAT_IF (who asked for it does). `code_digest`
    says which code made it; None: a run of before that was kept.

    `built_on`: the run whose results it carried over, itself when all was judged anew, None for a
    run nothing can be built on.
    `is_repeat`: an identical run was found and nothing need be computed.
    `straight`: of a run that begins in an empty store, the tables its rows go straight into
    (`store.straight_rows`).
    """

    id: int
    as_of: date
    delivery: int
    region: str | None
    run_series: str
    purpose: str
    code_version: str
    code_digest: str | None
    law_digest: str
    input_digest: str
    started_at: datetime
    finished_at: datetime | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    built_on: int | None = None
    is_repeat: bool = False
    straight: dict[str, Sequence[Statement]] | None = field(default=None, compare=False, repr=False)


def begin(
    connection: Connection,
    *,
    as_of: date,
    delivery: int,
    region: str | None,
    code_version: str,
    code_digest: str,
    law_digest: str,
    input_digest: str,
    purpose: str = ROUTINE,
    is_trial: bool = False,
) -> Run:
    """Return a new run, or the finished one with the same day, delivery, region, code and inputs.

    A what-if that is asked for as a routine run becomes one: its results are the same. One that is
    a trial (`store.trial`) stands in no line, and is judged as the routine run in its place would
    be: what it closes of that run series is open again when it is taken back.

    To be called within the caller's transaction, which ends with `finish`: runs wait for each other
    there, and a run cut short leaves nothing.
    """
    _must_be_within_transaction(connection)
    with faults.explained():
        if not is_trial:
            connection.execute(WAIT_FOR_TURN.format(RUNS))
        same = _select(
            connection,
            sql.SQL(
                "as_of = {} AND delivery = {} AND region IS NOT DISTINCT FROM {} AND "
                "code_digest = {} AND law_digest = {} AND input_digest = {} ORDER BY id DESC"
            ).format(as_of, delivery, region, code_digest, law_digest, input_digest),
        )
        if same is not None and not has_set_aside(same["counts"]):
            return _again(connection, Run(**same), purpose)
        run_series = _series(connection, as_of, delivery, region, ROUTINE if is_trial else purpose)
        row = connection.execute("SELECT coalesce(max(id), 0) FROM landwatch.run").fetchone()
        assert row is not None
        last = int(row[0])
        number = trial.next_number(connection, last) if is_trial else last + 1
        for name in tables.RESULTS:
            connection.execute(
                sql.SQL(
                    "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {}, content FROM {} WITH NO DATA"
                ).format(arriving(name), listed(list(tables.own_types(name))), table(name))
            )
    return Run(
        id=number,
        as_of=as_of,
        delivery=delivery,
        region=region,
        run_series=run_series,
        purpose=purpose,
        code_version=code_version,
        code_digest=code_digest,
        law_digest=law_digest,
        input_digest=input_digest,
        started_at=datetime.now(UTC),
        built_on=number,
        straight=None if last or is_trial else {},
    )


def keep(connection: Connection, run: Run, name: str, rows: pd.DataFrame | copy.Encoded) -> None:
    """Hand in rows of a result table; may be called part by part, `finish` stores them.

    A frame is taken as `result_rows.encoded` takes it; ValueError where a row is not what the
    table holds.
    """
    if run.is_repeat:
        raise ValueError(f"run {run.id} is finished; its results cannot be added to")
    if isinstance(rows, pd.DataFrame):
        rows = result_rows.encoded(name, rows)
    if run.straight is not None and name not in run.straight:
        closing = straight_rows.open_to(connection, name, rows.count, run.run_series, run.id)
        if closing is not None:
            run.straight[name] = closing
    copy.write_encoded(connection, straight_rows.into(name, run.straight or ()), rows)


def forget(connection: Connection, run: Run) -> None:
    """Take back all that was handed in to a new run, which is judged once more."""
    for name in tables.RESULTS:
        connection.execute(sql.SQL("TRUNCATE {}").format(arriving(name)))
    for name in run.straight or ():
        straight_rows.empty(connection, name)


def has_set_aside(counts: Mapping[str, Any]) -> bool:
    """True for the counts of a run that left records out: they are to be judged again next time."""
    return bool(counts.get("set_aside", {}).get("count"))


def left_out_words(counts: Mapping[str, Any]) -> str:
    """Return what a run left out, to stand beside its totals; empty where it judged everything."""
    if not has_set_aside(counts):
        return ""
    count, area_m2 = counts["set_aside"]["count"], counts["set_aside"]["area_m2"]
    return (
        f"另有 {count} 条记录（已知登记面积 {area_m2:,.2f} 平方米，"
        f"{units.hectares(area_m2):,.4f} 公顷，{units.mu(area_m2):,.2f} 亩）无法判定，已搁置，"
        f"不在任何合计内。 {count} records could not be judged and are in no total."
    )


def basis(connection: Connection, run: Run) -> Run | None:
    """Return the newest run of a new run's series, of all records and by the same code and law."""
    last = _select(connection, sql.SQL("run_series = {} ORDER BY id DESC").format(run.run_series))
    if last is None or last["built_on"] is None or not run.run_series.endswith("/forward"):
        return None
    if has_set_aside(last["counts"]):
        return None
    alike = all(last[name] == getattr(run, name) for name in ("code_digest", "law_digest"))
    return Run(**last) if alike else None


def build(connection: Connection, run: Run, on: Run, anew: Rejudged) -> Run:
    """Return the run, which carries over the results of another but for the subjects of `anew`.

    The other must be the newest of its run series, see `basis`.
    """
    incremental.tell(connection, anew)
    return replace(run, built_on=on.id)


def finish(connection: Connection, run: Run, counts: Mapping[str, Any]) -> Run:
    """Store the run and what was handed in; a table nothing was handed in for is empty.

    Of a run that was built on another (`build`), the rows of all who were not judged anew stay.
    ValueError when two rows of a table are the same in every column.
    """
    _must_be_within_transaction(connection)
    done = replace(run, finished_at=datetime.now(UTC), counts=dict(counts))
    with faults.explained():
        previous = _previous(connection, run)
        straight, is_full = run.straight or {}, run.built_on == run.id
        for name in tables.RESULTS:
            if name in straight:
                straight_rows.close(connection, name, straight[name])
            else:
                series = run.run_series
                result_rows.store(connection, name, series, run.id, previous, is_full=is_full)
            connection.execute(sql.SQL("DROP TABLE {}").format(arriving(name)))
        values = {**vars(done), "counts": Jsonb(dict(counts))}
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                table("run"),
                _RUN_COLUMNS,
                sql.SQL(", ").join(sql.Placeholder(column) for column in tables.RUN),
            ),
            {column: values[column] for column in tables.RUN},
        )
    return done


def get(connection: Connection, run_id: int) -> Run:
    """Return a run by its number; UsageError when there is none."""
    found = _select(connection, sql.SQL("id = {}").format(run_id))
    if found is None:
        raise UsageError(
            f"没有第 {run_id} 次运行。 There is no run {run_id}.",
            "先运行 make one: landwatch run --as-of DAY",
        )
    return Run(**found)


def chosen(connection: Connection, run_id: int | None, as_of: date | None = None) -> Run:
    """Return the run of a number, else the one of a day, else the one shown when nobody says which.

    UsageError when there is none.
    """
    if run_id is not None:
        run = get(connection, run_id)
        if as_of is not None and run.as_of != as_of:
            raise UsageError(
                f"运行 {run_id} 判定的是 {run.as_of}，不是 {as_of}。"
                f" Run {run_id} judged {run.as_of}, not {as_of}.",
                "只给其中一个 give --run or --as-of, not both",
            )
        return run
    return default(connection) if as_of is None else _of_day(connection, as_of)


def telling(connection: Connection, run_id: int | None, as_of: date | None) -> tuple[Run, date]:
    """Return the run that tells of a day, and the day: its own where none is given.

    Without a number the run that judged the day, else the one shown when nobody says which, of
    which the timelines tell. UsageError when there is no run.
    """
    if run_id is not None:
        run = get(connection, run_id)
    else:
        of_day = None
        if as_of is not None:
            of_day = _select(
                connection, sql.SQL("as_of = {} ORDER BY {}").format(as_of, _SHOWN_FIRST)
            )
        run = default(connection) if of_day is None else Run(**of_day)
    return run, as_of or run.as_of


def default(connection: Connection, region: str | None = None) -> Run:
    """Return the run shown when nobody says which; UsageError when there is none.

    Routine runs come before what-ifs, the whole land before a region (unless one is asked for);
    then the latest day judged, the latest delivery, the highest number.
    """
    of_region = sql.SQL("true") if region is None else sql.SQL("region = {}").format(region)
    found = _select(connection, sql.SQL("{} ORDER BY {}").format(of_region, _SHOWN_FIRST))
    if found is None:
        of, where = (f" {region} 的", f" of region {region}") if region else ("", "")
        raise UsageError(
            f"还没有{of}运行。 There is no run{where} yet.",
            "先运行 make one: landwatch run --as-of DAY",
        )
    return Run(**found)


def all_runs(connection: Connection) -> list[Run]:
    """Return every run, the one shown when nobody says which first, then as it is chosen."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        _RUN_COLUMNS, table("run"), _SHOWN_FIRST
    )
    with faults.explained(), connection.cursor(row_factory=dict_row) as cursor:
        return [Run(**row) for row in cursor.execute(query)]


def _of_day(connection: Connection, as_of: date) -> Run:
    found = _select(connection, sql.SQL("as_of = {} ORDER BY {}").format(as_of, _SHOWN_FIRST))
    if found is None:
        days = connection.execute(
            "SELECT as_of FROM landwatch.run GROUP BY as_of"
            " ORDER BY abs(as_of - %s), as_of LIMIT 5",
            (as_of,),
        ).fetchall()
        near = "、".join(str(day) for (day,) in sorted(days))
        raise UsageError(
            f"没有判定日为 {as_of} 的运行。 No run judged {as_of}.",
            f"已有 there are: {near or '—'}；先运行 make one: landwatch run --as-of {as_of}",
        )
    return Run(**found)


def _again(connection: Connection, same: Run, purpose: str) -> Run:
    if purpose == ROUTINE and same.purpose == WHAT_IF:
        connection.execute(
            "UPDATE landwatch.run SET purpose = %s WHERE id = %s", (ROUTINE, same.id)
        )
        same = replace(same, purpose=ROUTINE)
    return replace(same, is_repeat=True)


def _select(connection: Connection, condition: sql.Composable) -> dict[str, Any] | None:
    query = sql.SQL("SELECT {} FROM {} WHERE {} LIMIT 1").format(
        _RUN_COLUMNS, table("run"), condition
    )
    with faults.explained(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchone()


def _series(
    connection: Connection, as_of: date, delivery: int, region: str | None, purpose: str
) -> str:
    if purpose == WHAT_IF:
        # A look ahead must not put the routine runs behind it.
        return f"{region or '*'}/replay"
    forward = f"{region or '*'}/forward"
    last = _select(connection, sql.SQL("run_series = {} ORDER BY id DESC").format(forward))
    if last is None or (as_of >= last["as_of"] and delivery >= last["delivery"]):
        return forward
    return f"{region or '*'}/replay"


def _previous(connection: Connection, run: Run) -> int:
    row = connection.execute(
        "SELECT coalesce(max(id), 0) FROM landwatch.run WHERE run_series = %s", (run.run_series,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def _must_be_within_transaction(connection: Connection) -> None:
    if connection.info.transaction_status.name != "INTRANS":
        raise ValueError("a run needs a transaction of its caller: with connection.transaction()")
