"""Jobs written down, listed, cancelled.

A job is seen by whoever sees all the land of who asked for it; to anybody else it is not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gis.accounts import land
from gis.errors import UsageError
from gis.jobs.job import CANCELLED, COLUMNS, QUEUED, STATES, UNFINISHED, Job, Line, of_row
from gis.jobs.settings import JOBS
from gis.pipeline import program
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.records import region_start
from gis.store.results import Scope

# Where every change of a job is told, by its number; migration 0030 made the trigger.
CHANNEL = "landwatch_job"
_LAST = 2**63 - 1
# All the land of a job lies in a scope, as `land.within` has it: everything, parks, blocks, what
# the codes of its regions begin with.
_WITHIN = (
    "(%s OR NOT is_unscoped AND parks <@ %s::text[] AND blocks <@ %s::text[] AND NOT EXISTS (SELECT"
    " FROM unnest(regions) AS own WHERE NOT EXISTS (SELECT FROM unnest(%s::text[]) AS start"
    " WHERE starts_with(own, start))))"
)


class FinishedError(UsageError):
    """A job that is finished: there is nothing to cancel."""


class TooManyJobsError(UsageError):
    """An account that has as many unfinished jobs as it may."""


class QueuedOtherwiseError(UsageError):
    """A key under which something else was queued before."""


def submit(
    connection: Connection,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    owner: str,
    scope: Scope | None,
    once_key: str | None = None,
) -> int:
    """Write down a job and return its number; a worker hears of it at once.

    `arguments`: what JSON can hold. `scope`: the land it may see, None for all.
    `once_key`: whoever comes with the key of a job that is there, finished or not, gets its number,
    and nothing is queued; QueuedOtherwiseError where that job is another one.
    """
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.job (kind, arguments, owner, once_key, state, attempt_count,"  # noqa: S608 - ours
            f" code_digest, queued_at, files, {land.COLUMNS})"
            " VALUES (%s, %s::jsonb, %s, %s, %s, 0, %s, clock_timestamp(), '[]', %s, %s, %s, %s)"
            " ON CONFLICT (once_key) WHERE once_key IS NOT NULL DO NOTHING RETURNING id",
            (kind, json.dumps(arguments), owner, once_key, QUEUED, program.code_digest(),
             *land.stored(scope)),
        ).fetchone()  # fmt: skip
    if row is not None:
        return int(row[0])
    with faults.explained():
        found = connection.execute(
            f"SELECT {COLUMNS} FROM landwatch.job WHERE once_key = %s",  # noqa: S608 - ours
            (once_key,),
        ).fetchone()
    assert found is not None
    known = of_row(found)
    asked = (kind, owner, land.stored(scope), json.loads(json.dumps(arguments)))
    if (known.kind, known.owner, land.stored(known.scope), known.arguments) != asked:
        raise QueuedOtherwiseError(
            f"键“{str(once_key)[:80]}”已用于另一任务。 The key stands for another job already.",
            "换一个键 choose another key",
        )
    return known.id


def is_known(connection: Connection, once_key: str) -> bool:
    """Return whether a job was queued under a key, finished or not."""
    with faults.explained():
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM landwatch.job WHERE once_key = %s)", (once_key,)
        ).fetchone()
    return row is not None and bool(row[0])


def must_have_room(connection: Connection, owner: str) -> None:
    """Raise TooManyJobsError where an owner has as many unfinished jobs as it may."""
    with faults.explained():
        row = connection.execute(
            "SELECT count(*) FROM landwatch.job WHERE state = ANY (%s) AND owner = %s",
            ([*UNFINISHED], owner),
        ).fetchone()
    if row is not None and row[0] >= JOBS.most_unfinished_count:
        raise TooManyJobsError(
            f"已有 {row[0]} 项任务未完成。 So many jobs are not finished yet.",
            "等其完成或取消 let some end, or cancel them: GET /api/v1/jobs",
        )


def get(connection: Connection, number: int, scope: Scope | None) -> Job:
    """Return a job; UsageError where there is none in the scope."""
    with faults.explained():
        row = connection.execute(
            f"SELECT {COLUMNS} FROM landwatch.job WHERE id = %s",  # noqa: S608 - ours
            (number,),
        ).fetchone()
    found = None if row is None else of_row(row)
    if found is None or not is_within(found, scope):
        raise UsageError(f"没有第 {number} 号任务 there is no job {number}", "见 jobs list")
    return found


def listed(
    connection: Connection,
    scope: Scope | None,
    *,
    before: int | None = None,
    limit: int = 100,
    states: Sequence[str] = STATES,
    kinds: Sequence[str] | None = None,
    owner: str | None = None,
) -> tuple[list[Job], int]:
    """Return up to `limit` jobs of a scope, the newest first, those before a number; how many all
    pages hold.
    """
    where = (
        f"{_WITHIN} AND state = ANY (%s) AND (%s::text[] IS NULL OR kind = ANY (%s))"
        " AND (%s::text IS NULL OR owner = %s)"
    )
    lands = Scope() if scope is None else scope
    starts = [region_start(code) for code in lands.regions]
    asked = [scope is None, [*lands.parks], [*lands.blocks], starts, [*states]]
    asked += [None if kinds is None else [*kinds]] * 2 + [owner, owner]
    last = _LAST if before is None else before
    with faults.explained():
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM landwatch.job WHERE {where} AND id < %s"  # noqa: S608 - ours
            " ORDER BY id DESC LIMIT %s",
            (*asked, last, limit),
        ).fetchall()
        counted = connection.execute(
            f"SELECT count(*) FROM landwatch.job WHERE {where}",  # noqa: S608 - ours
            asked,
        ).fetchone()
    return [of_row(row) for row in rows], 0 if counted is None else int(counted[0])


def prune(connection: Connection, kept_days: int) -> int:
    """Remove the jobs that were finished so many days ago, with what they said; return how many.

    One that waits or runs stays, whatever its age, and so does one whose files are still kept. What
    came of a job (runs, deliveries, nights) is not the job's, and stays. A key of a job that went
    may be used anew.
    """
    with faults.explained(), connection.transaction():
        rows = connection.execute(
            "DELETE FROM landwatch.job WHERE state <> ALL (%s) AND files_until IS NULL"
            " AND finished_at < clock_timestamp() - make_interval(days => %s) RETURNING id",
            ([*UNFINISHED], kept_days),
        ).fetchall()
        gone = [number for (number,) in rows]
        connection.execute("DELETE FROM landwatch.job_line WHERE job = ANY (%s)", (gone,))
    return len(gone)


def lines(connection: Connection, number: int) -> list[Line]:
    """Return what a job said, the first line first."""
    with faults.explained():
        rows = connection.execute(
            "SELECT id, at, zh, en FROM landwatch.job_line WHERE job = %s ORDER BY id", (number,)
        ).fetchall()
    return [Line(*row) for row in rows]


def cancel(connection: Connection, number: int, scope: Scope | None, by: str) -> Job:
    """Cancel a job that waits, ask one that runs to end; return it.

    UsageError where there is none in the scope, FinishedError where it is finished.
    """
    with faults.explained(), connection.transaction():
        get(connection, number, scope)
        connection.execute("SELECT FROM landwatch.job WHERE id = %s FOR UPDATE", (number,))
        found = get(connection, number, scope)
        if found.is_finished:
            raise FinishedError(
                f"第 {number} 号任务已结束：{found.state}。 The job is finished already.",
                "看结果 see what came of it: landwatch jobs show",
            )
        connection.execute(
            "UPDATE landwatch.job SET cancel_asked_at = coalesce(cancel_asked_at,"
            " clock_timestamp()), cancel_asked_by = coalesce(cancel_asked_by, %s),"
            " state = CASE state WHEN %s THEN %s ELSE state END,"
            " finished_at = CASE state WHEN %s THEN clock_timestamp() END WHERE id = %s",
            (by, QUEUED, CANCELLED, QUEUED, number),
        )
        return get(connection, number, scope)


def is_within(found: Job, scope: Scope | None) -> bool:
    """Return whether all the land of a job lies in a scope."""
    if scope is None:
        return True
    return found.scope is not None and land.within(found.scope, scope) == found.scope
