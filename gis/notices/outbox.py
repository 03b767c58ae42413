"""Notices that wait, as rows: written with the night they tell of, tried until they arrive.

A notice is told by its night, its kind and who is told, and that is unique: nobody is told twice.
The address stands in the settings alone; a row holds its digest, to count what a robot was sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from gis.notices.settings import SENDING, Recipient
from gis.store.cluster import faults
from gis.store.database import Connection

DIGEST, FAILED = "digest", "failed"
KINDS = (DIGEST, FAILED)
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"
STATES = (WAITING, SENT, GIVEN_UP)


@dataclass(frozen=True)
class Notice:
    """One notice: to whom, of which night, what it says (`subject`, `text`, `short`, ...)."""

    id: int
    night: date
    kind: str
    recipient: str
    target: str
    content: Mapping[str, Any]
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None
    fault: str | None


_COLUMNS = ", ".join(one.name for one in fields(Notice))


def target_of(recipient: Recipient) -> str:
    """Return what an address is known by in the store."""
    return hashlib.sha256(recipient.address.encode()).hexdigest()


def put(
    connection: Connection,
    night: date,
    kind: str,
    recipient: Recipient,
    content: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Write a notice in the caller's transaction; False where it was written before."""
    done = connection.execute(
        "INSERT INTO landwatch.notice (night, kind, recipient, target, content, state, attempts,"
        " created_at, next_at) VALUES (%s, %s, %s, %s, %s::jsonb, %s, 0, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (night, kind, recipient.name, target_of(recipient), json.dumps(content), WAITING, now, now),
    )
    return bool(done.rowcount)


# What waits longer than one ever waits does so because the clock was set back: it is tried too.
_IS_DUE = "state = %s AND (next_at <= %s OR next_at > %s)"


def due(connection: Connection, now: datetime, limit: int = 1_000) -> list[Notice]:
    """Return what is to be tried now, the longest waiting first."""
    which = f"WHERE {_IS_DUE} ORDER BY next_at, id LIMIT %s"
    return _read(connection, which, (WAITING, now, _latest(now), limit))


def is_due(connection: Connection, now: datetime) -> bool:
    """Return whether there is anything to be tried now."""
    with faults.explained():
        row = connection.execute(
            f"SELECT EXISTS (SELECT FROM landwatch.notice WHERE {_IS_DUE})",  # noqa: S608 - ours
            (WAITING, now, _latest(now)),
        ).fetchone()
    return bool(row and row[0])


def _latest(now: datetime) -> datetime:
    return now + timedelta(seconds=SENDING.most_wait_seconds)


def listed(
    connection: Connection, states: Sequence[str] = STATES, limit: int = 100
) -> list[Notice]:
    """Return notices in these states, the newest first."""
    return _read(connection, "WHERE state = ANY (%s) ORDER BY id DESC LIMIT %s", ([*states], limit))


def counts(connection: Connection) -> dict[str, int]:
    """Return how many notices there are in each state."""
    with faults.explained():
        rows = connection.execute(
            "SELECT state, count(*) FROM landwatch.notice GROUP BY state"
        ).fetchall()
    return dict.fromkeys(STATES, 0) | {str(state): int(count) for state, count in rows}


def begin_try(connection: Connection, notice: Notice, now: datetime) -> None:
    """Write down that a notice is about to be tried, so that a killed try is counted too."""
    wait = SENDING.first_wait_seconds * 2 ** min(notice.attempts, 20)
    next_at = now + timedelta(seconds=min(wait, SENDING.most_wait_seconds))
    connection.execute(
        "UPDATE landwatch.notice SET attempts = attempts + 1, tried_at = %s, next_at = %s"
        " WHERE id = %s",
        (now, next_at, notice.id),
    )


def note_sent(connection: Connection, notice: Notice, now: datetime) -> None:
    """Write down that a notice arrived."""
    connection.execute(
        "UPDATE landwatch.notice SET state = %s, sent_at = %s, fault = NULL WHERE id = %s",
        (SENT, now, notice.id),
    )


def note_fault(connection: Connection, notice: Notice, fault: str, now: datetime) -> str:
    """Write down why a try failed; return the state the notice is in now."""
    late = now - notice.created_at > timedelta(days=SENDING.given_up_after_days)
    state = GIVEN_UP if late else WAITING
    connection.execute(
        "UPDATE landwatch.notice SET state = %s, fault = %s WHERE id = %s",
        (state, fault, notice.id),
    )
    return state


def give_up(connection: Connection, notice: Notice, fault: str) -> None:
    """Write down that a notice is not tried again, and why."""
    connection.execute(
        "UPDATE landwatch.notice SET state = %s, fault = %s WHERE id = %s",
        (GIVEN_UP, fault, notice.id),
    )


def wait_until(connection: Connection, notice: Notice, next_at: datetime) -> None:
    """Let a notice wait; it was not tried."""
    connection.execute(
        "UPDATE landwatch.notice SET next_at = %s WHERE id = %s", (next_at, notice.id)
    )


def retry(connection: Connection, now: datetime, number: int | None = None) -> int:
    """Have everything that waits or was given up, or one of it, tried at once; return how many."""
    done = connection.execute(
        "UPDATE landwatch.notice SET state = %s, next_at = %s, created_at = CASE state WHEN %s"
        " THEN %s ELSE created_at END WHERE state <> %s AND (%s::int8 IS NULL OR id = %s)",
        (WAITING, now, GIVEN_UP, now, SENT, number, number),
    )
    return done.rowcount


def free_at(connection: Connection, target: str, now: datetime) -> datetime | None:
    """Return when a robot takes the next message, None where it does now."""
    since = now - timedelta(seconds=SENDING.robot_seconds)
    with faults.explained():
        rows = connection.execute(
            "SELECT tried_at FROM landwatch.notice WHERE target = %s AND tried_at > %s"
            " AND tried_at <= %s ORDER BY tried_at DESC LIMIT %s",
            (target, since, now, SENDING.robot_messages_count),
        ).fetchall()
    if len(rows) < SENDING.robot_messages_count:
        return None
    first: datetime = rows[-1][0]
    return first + timedelta(seconds=SENDING.robot_seconds)


def _read(connection: Connection, which: str, values: Sequence[object]) -> list[Notice]:
    with faults.explained():
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM landwatch.notice {which}",  # noqa: S608 - our own words
            values,
        ).fetchall()
    return [Notice(*row) for row in rows]
