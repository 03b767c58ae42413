"""A job taken by one session alone; told as done, failed, cancelled, or to be done again.

The session that does a job holds a lock on its number, taken in the transaction that marks it as
running. PostgreSQL lets the lock go when the session ends, however it ends: a job that runs and
whose lock is free has no worker any more. The work itself is to be done by the same session: what
it has not committed when it ends is not there, so no second worker does it beside the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gis.accounts import audit, users
from gis.errors import LandwatchError
from gis.jobs import queue
from gis.jobs.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job
from gis.jobs.settings import JOBS
from gis.pipeline import program
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.statements import JOBS as LOCK

STOPPED = ("执行程序被停止，任务重新排队", "its worker was stopped; it waits again")
LETS_OTHERS_FIRST = (
    "让其他任务先做，重新排队",
    "it lets other jobs go first, and waits again",
)
DIED = ("执行程序中途死亡", "its worker died before it was done")


def take(connection: Connection, patient: Sequence[str] = ()) -> Job | None:
    """Return a job that is now this session's to do, None where nothing waits.

    First those whose worker died, then the one that has waited longest, of those of a `patient`
    kind only where nothing else waits. One whose worker died too often is told as failed, one that
    was to be cancelled as cancelled.
    """
    with faults.explained(), connection.transaction():
        rows = connection.execute(
            "SELECT id FROM landwatch.job WHERE state = %s ORDER BY id FOR UPDATE SKIP LOCKED",
            (RUNNING,),
        ).fetchall()
        for (number,) in rows:
            if _is_free(connection, number):
                found = queue.get(connection, number, None)
                say(connection, number, *DIED)
                if _is_over(connection, found):
                    let_go(connection, number)
                else:
                    return _begun(connection, number)
        row = connection.execute(
            "SELECT id FROM landwatch.job WHERE state = %s ORDER BY kind = ANY (%s), id LIMIT 1"
            " FOR UPDATE SKIP LOCKED",
            (QUEUED, [*patient]),
        ).fetchone()
        # Who gives a job back lets it go a moment later.
        if row is None or not _is_free(connection, row[0]):
            return None
        return _begun(connection, row[0])


def done(
    connection: Connection,
    job: Job,
    result: Mapping[str, Any] | None,
    files: Sequence[Mapping[str, Any]],
) -> None:
    """Tell that a job is done, with what came of it and the files it made."""
    with faults.explained(), connection.transaction():
        changed = connection.execute(
            "UPDATE landwatch.job SET state = %s, finished_at = clock_timestamp(), result = %s,"
            " files = %s, files_until = CASE WHEN %s THEN clock_timestamp()"
            " + make_interval(days => %s) END WHERE id = %s AND state = %s AND attempt_count = %s",
            (DONE, _json(result), _json(files), bool(files), JOBS.files_days,
             job.id, RUNNING, job.attempt_count),
        )  # fmt: skip
        _audit(connection, job, DONE, changed.rowcount)


def failed(connection: Connection, job: Job, fault: LandwatchError) -> None:
    """Tell that a job failed, and why."""
    with faults.explained(), connection.transaction():
        _failed(connection, job, fault.found, fault.mend)


def cancelled(connection: Connection, job: Job) -> None:
    """Tell that a job was cancelled."""
    with faults.explained(), connection.transaction():
        changed = connection.execute(
            "UPDATE landwatch.job SET state = %s, finished_at = clock_timestamp()"
            " WHERE id = %s AND state = %s AND attempt_count = %s",
            (CANCELLED, job.id, RUNNING, job.attempt_count),
        )
        _audit(connection, job, CANCELLED, changed.rowcount)


def again(connection: Connection, job: Job, fault: LandwatchError) -> bool:
    """Have a job done again that the store did not let end; False, and failed, if it was so often.

    What the fault was stands in its log.
    """
    with faults.explained(), connection.transaction():
        say(connection, job.id, *halves(fault.found))
        if job.attempt_count >= JOBS.most_attempts:
            _failed(connection, job, fault.found, fault.mend)
            return False
        _queued(connection, job, job.attempt_count)
    return True


def given_back(connection: Connection, job: Job, why: tuple[str, str] = STOPPED) -> None:
    """Let a job wait again whose worker was told to end: that is no attempt of the job."""
    with faults.explained(), connection.transaction():
        say(connection, job.id, *why)
        _queued(connection, job, job.attempt_count - 1)


def let_go(connection: Connection, number: int) -> None:
    """Let the lock of a job go."""
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK, number))


def say(connection: Connection, number: int, zh: str, en: str) -> None:
    """Write a line into the log of a job; of too many lines the last say that there were more."""
    connection.execute(
        "INSERT INTO landwatch.job_line (job, at, zh, en) SELECT %s, clock_timestamp(), %s, %s"
        " WHERE (SELECT count(*) FROM landwatch.job_line WHERE job = %s) < %s",
        (number, zh, en, number, JOBS.most_lines),
    )


def note_progress(
    connection: Connection, job: Job, done: int | None, total: int | None, zh: str, en: str
) -> None:
    """Write down how far a job is."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.job SET done_count = %s, total_count = %s, message_zh = %s,"
            " message_en = %s WHERE id = %s AND state = %s AND attempt_count = %s",
            (done, total, zh, en, job.id, RUNNING, job.attempt_count),
        )


def is_to_be_cancelled(connection: Connection, job: Job) -> bool:
    """Return whether somebody wants a job to end."""
    with faults.explained():
        row = connection.execute(
            "SELECT cancel_asked_at IS NOT NULL FROM landwatch.job WHERE id = %s", (job.id,)
        ).fetchone()
    return row is not None and bool(row[0])


def do_others_wait(connection: Connection, patient: Sequence[str]) -> bool:
    """Return whether a job of another than a patient kind waits for a worker, and not just now."""
    with faults.explained():
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM landwatch.job WHERE state = %s AND kind <> ALL (%s)"
            " AND queued_at < clock_timestamp() - make_interval(secs => %s))",
            (QUEUED, [*patient], JOBS.others_wait_seconds),
        ).fetchone()
    return row is not None and bool(row[0])


def halves(text: str) -> tuple[str, str]:
    """Return the Chinese and the English part of a message that is said in both.

    >>> halves("磁盘已满。 The disk is full.")
    ('磁盘已满。', 'The disk is full.')
    >>> halves("判定 judging 3/7")
    ('判定', 'judging 3/7')
    """
    zh, _, en = text.partition(" ")
    for mark in ("。 ", "； ", "！ "):
        if mark in text:
            zh, _, en = text.rpartition(mark)
            zh += mark.strip()
            break
    return zh, en or zh


def _is_free(connection: Connection, number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, number)).fetchone()
    return row is not None and bool(row[0])


def _is_over(connection: Connection, found: Job) -> bool:
    """Return whether a job whose worker died is not done again, once that is told."""
    if found.cancel_asked_at is not None:
        cancelled(connection, found)
        return True
    if found.attempt_count < JOBS.most_attempts:
        return False
    times = found.attempt_count
    _failed(
        connection,
        found,
        f"执行程序 {times} 次中途死亡，不再重做。 Its worker died {times} times before the end.",
        "看服务器日志和内存，再重新提交 look at the server's log and memory, then submit it anew",
    )
    return True


def _begun(connection: Connection, number: int) -> Job:
    connection.execute(
        "UPDATE landwatch.job SET state = %s, started_at = clock_timestamp(), attempt_count ="
        " attempt_count + 1, ran_code_digest = %s, done_count = NULL, total_count = NULL,"
        " message_zh = NULL, message_en = NULL WHERE id = %s",
        (RUNNING, program.code_digest(), number),
    )
    begun = queue.get(connection, number, None)
    if begun.has_code_changed:
        say(
            connection,
            number,
            f"排队后程序已更换（{begun.code_digest[:12]} → {str(begun.ran_code_digest)[:12]}），"
            "按现在的程序执行",
            "the program has changed since it was queued; the present one does it",
        )
    return begun


def _queued(connection: Connection, job: Job, attempts: int) -> None:
    connection.execute(
        "UPDATE landwatch.job SET state = %s, attempt_count = %s, done_count = NULL, total_count ="
        " NULL, message_zh = NULL, message_en = NULL"
        " WHERE id = %s AND state = %s AND attempt_count = %s",
        (QUEUED, attempts, job.id, RUNNING, job.attempt_count),
    )


def _failed(connection: Connection, job: Job, found: str, mend: str) -> None:
    changed = connection.execute(
        "UPDATE landwatch.job SET state = %s, finished_at = clock_timestamp(), fault = %s,"
        " mend = %s WHERE id = %s AND state = %s AND attempt_count = %s",
        (FAILED, found, mend, job.id, RUNNING, job.attempt_count),
    )
    _audit(connection, job, FAILED, changed.rowcount)


def _audit(connection: Connection, job: Job, became: str, changed_count: int) -> None:
    """Write into the audit what became of a job, where there are accounts."""
    if changed_count and users.exists(connection):
        what = f"{job.id} {job.kind}"
        audit.record(connection, job.owner, "", "任务结束 job ended", what, became)


def _json(content: Any) -> str | None:
    return None if content is None else json.dumps(content, default=str)
