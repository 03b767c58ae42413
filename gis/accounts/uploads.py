"""Files that were sent through the API and wait: looked at, then accepted or thrown away.

The row is the truth: a file without one is nobody's, and is swept. `received` has not been looked
at yet, `checked` and `refused` have; `accepted` became a delivery; `discarded` was thrown away, by
a person or because nobody decided in time (`expired`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from gis.accounts import land
from gis.accounts.settings import UPLOAD
from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Scope

RECEIVED, CHECKED, REFUSED = "received", "checked", "refused"
ACCEPTED, DISCARDED, EXPIRED = "accepted", "discarded", "expired"
STATES = (RECEIVED, CHECKED, REFUSED, ACCEPTED, DISCARDED, EXPIRED)
# Instead of a kind of records: the scan of a paper, which is never looked at.
SCAN = "scan"
WAITING = (RECEIVED, CHECKED, REFUSED)
_COLUMNS = (
    "id, account, kind, name, sha256, bytes, state, report, delivery, received_at, decided_at, how,"
    " words, worded_by, worded_at"
)


class DecidedError(UsageError):
    """It is decided already, or somebody is about to decide it."""


class TooManyWaitError(UsageError):
    """The account has as many files waiting as it may."""


@dataclass(frozen=True)
class Upload:
    """One file that was sent; `scope` is the land of who sent it, None for all."""

    id: str
    account: str
    kind: str
    name: str
    sha256: str
    bytes: int
    state: str
    report: Mapping[str, Any] | None
    delivery: int | None
    received_at: datetime
    decided_at: datetime | None
    how: Mapping[str, Any]
    words: str | None
    worded_by: str | None
    worded_at: datetime | None
    scope: Scope | None

    @property
    def is_waiting(self) -> bool:
        """Return whether nobody has decided yet."""
        return self.state in WAITING


def new_id() -> str:
    """Return the number of an upload, which nobody can guess."""
    return secrets.token_hex(16)


def must_have_room(connection: Connection, account: str) -> None:
    """Raise TooManyWaitError where an account has as many files waiting as it may."""
    with faults.explained():
        row = connection.execute(
            "SELECT count(*) FROM landwatch.upload WHERE account = %s AND state = ANY (%s)",
            (account, [*WAITING]),
        ).fetchone()
    if row is not None and row[0] >= UPLOAD.most_waiting_count:
        raise TooManyWaitError(
            f"已有 {row[0]} 个上传的文件等候处理。 So many uploads wait for a decision already.",
            "先采用或删除 accept or delete some first: GET /api/v1/uploads",
        )


def add(
    connection: Connection,
    number: str,
    account: str,
    scope: Scope | None,
    kind: str,
    name: str,
    sha256: str,
    size: int,
    how: Mapping[str, Any],
) -> None:
    """Write down a file that has come whole."""
    with faults.explained():
        connection.execute(
            "INSERT INTO landwatch.upload (id, account, kind, name, sha256, bytes, state, how,"
            " received_at, is_unscoped, regions, parks, blocks)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, clock_timestamp(), %s, %s, %s, %s)",
            (number, account, kind, name, sha256, size, RECEIVED, json.dumps(how),
             *land.stored(scope)),
        )  # fmt: skip


def read(connection: Connection, scope: Scope | None, *, waiting: bool = False) -> list[Upload]:
    """Return the uploads whose sender's land lies in a scope, the newest first."""
    with faults.explained():
        rows = connection.execute(
            f"SELECT {_COLUMNS}, {land.COLUMNS} FROM landwatch.upload"  # noqa: S608 - ours
            " WHERE %s OR state = ANY (%s) ORDER BY received_at DESC, id",
            (not waiting, [*WAITING]),
        ).fetchall()
    return [one for one in map(_of, rows) if is_in(one, scope)]


def get(
    connection: Connection, number: str, scope: Scope | None, *, lock: bool = False
) -> Upload | None:
    """Return an upload, None where there is none in the scope.

    `lock`: nobody else decides of it until the transaction ends; DecidedError where somebody is at
    it.
    """
    found = _one(connection, number, " FOR UPDATE SKIP LOCKED" if lock else "")
    if found is None and lock and _one(connection, number, "") is not None:
        raise DecidedError(
            "正在处理这个上传的文件。 Somebody is deciding of this upload right now.",
            "稍后再看 look again in a moment",
        )
    return found if found is not None and is_in(found, scope) else None


def _one(connection: Connection, number: str, locked: str) -> Upload | None:
    with faults.explained():
        row = connection.execute(
            f"SELECT {_COLUMNS}, {land.COLUMNS} FROM landwatch.upload WHERE id = %s{locked}",  # noqa: S608
            (number,),
        ).fetchone()
    return None if row is None else _of(row)


def must_wait(found: Upload) -> None:
    """Raise DecidedError where an upload was decided already."""
    if found.is_waiting:
        return
    became = f"（第 {found.delivery} 次资料 delivery {found.delivery}）" if found.delivery else ""
    raise DecidedError(
        f"这个上传的文件已处理：{found.state}{became}。 This upload is decided already.",
        "需要时重新上传 send the file again if need be",
    )


def nothing(number: str) -> UsageError:
    """Return the fault of an upload that is not there."""
    return UsageError(
        f"没有上传的文件 there is no upload {number}", "看有哪些 see GET /api/v1/uploads"
    )


def read_otherwise() -> DecidedError:
    """Return the fault of deciding of a file that is to be read otherwise by now."""
    return DecidedError(
        "读法已改，与看过的不同。 The file is to be read otherwise than it was when looked at.",
        "重新查看后再定 look at it again, then decide: GET /api/v1/uploads/ID",
    )


def note_check(
    connection: Connection,
    number: str,
    state: str,
    how: Mapping[str, Any],
    report: Mapping[str, Any],
) -> None:
    """Write down what a look at a file has found, read as `how` says.

    It changes nothing where the file was decided meanwhile, or is to be read otherwise by now.
    """
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.upload SET state = %s, report = %s::jsonb"
            " WHERE id = %s AND state = %s AND how = %s::jsonb",
            (state, json.dumps(report), number, RECEIVED, json.dumps(how)),
        )


def note_how(connection: Connection, number: str, how: Mapping[str, Any]) -> None:
    """Write down that a file is to be read otherwise: it is looked at again."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.upload SET state = %s, report = NULL, how = %s::jsonb"
            " WHERE id = %s AND state = ANY (%s)",
            (RECEIVED, json.dumps(how), number, [*WAITING]),
        )


def note_words(connection: Connection, number: str, words: str | None, account: str) -> None:
    """Write down what somebody says of a file that waits; the last word stays with it."""
    connection.execute(
        "UPDATE landwatch.upload SET words = %s, worded_by = %s, worded_at = clock_timestamp()"
        " WHERE id = %s",
        (words, account, number),
    )


def of_delivery(connection: Connection, delivery: int) -> Upload | None:
    """Return the file that was sent and became a delivery, None where it came another way."""
    with faults.explained():
        row = connection.execute(
            f"SELECT {_COLUMNS}, {land.COLUMNS} FROM landwatch.upload WHERE kind <> %s"  # noqa: S608
            " AND delivery = %s AND state = %s ORDER BY decided_at LIMIT 1",
            (SCAN, delivery, ACCEPTED),
        ).fetchone()
    return None if row is None else _of(row)


def note_decision(
    connection: Connection, number: str, state: str, delivery: int | None = None
) -> None:
    """Write down what became of a file, within the caller's transaction."""
    connection.execute(
        "UPDATE landwatch.upload SET state = %s, delivery = %s, decided_at = clock_timestamp()"
        " WHERE id = %s",
        (state, delivery, number),
    )


def scan_of(connection: Connection, delivery: int) -> Upload | None:
    """Return the scan a paper was recorded with, None where it has none."""
    with faults.explained():
        row = connection.execute(
            f"SELECT {_COLUMNS}, {land.COLUMNS} FROM landwatch.upload WHERE kind = %s"  # noqa: S608
            " AND delivery = %s AND state = %s ORDER BY decided_at DESC LIMIT 1",
            (SCAN, delivery, ACCEPTED),
        ).fetchone()
    return None if row is None else _of(row)


def how_of(connection: Connection, delivery: int) -> dict[str, Any] | None:
    """Return how the file of a delivery was read that was sent through the API; None for others."""
    with faults.explained():
        row = connection.execute(
            "SELECT how FROM landwatch.upload WHERE delivery = %s AND state = %s AND kind <> %s"
            " ORDER BY decided_at LIMIT 1",
            (delivery, ACCEPTED, SCAN),
        ).fetchone()
    return None if row is None else dict(row[0])


def narrow_account(connection: Connection, delivery: int) -> str | None:
    """Return who sent the file of a delivery, where that account saw some land alone; else None."""
    with faults.explained():
        row = connection.execute(
            f"SELECT {_COLUMNS}, {land.COLUMNS} FROM landwatch.upload"  # noqa: S608 - ours
            " WHERE delivery = %s AND state = %s AND kind <> %s ORDER BY decided_at LIMIT 1",
            (delivery, ACCEPTED, SCAN),
        ).fetchone()
    found = None if row is None else _of(row)
    return None if found is None or found.scope is None else found.account


def expire(connection: Connection) -> list[str]:
    """Let go what nobody has decided in time; return it."""
    with faults.explained():
        rows = connection.execute(
            "UPDATE landwatch.upload SET state = %s, decided_at = clock_timestamp()"
            " WHERE id IN (SELECT id FROM landwatch.upload WHERE state = ANY (%s) AND"
            " received_at < clock_timestamp() - make_interval(days => %s) FOR UPDATE SKIP LOCKED)"
            " RETURNING id",
            (EXPIRED, [*WAITING], UPLOAD.waiting_days),
        ).fetchall()
    return [str(row[0]) for row in rows]


def known(connection: Connection) -> frozenset[str]:
    """Return every upload that waits: whose file must stay."""
    with faults.explained():
        rows = connection.execute(
            "SELECT id FROM landwatch.upload WHERE state = ANY (%s)", ([*WAITING],)
        ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def _of(row: tuple[Any, ...]) -> Upload:
    own = [one.name for one in fields(Upload) if one.name != "scope"]
    return Upload(**dict(zip(own, row, strict=False)), scope=land.read(row[len(own) :]))


def is_in(found: Upload, scope: Scope | None) -> bool:
    """Return whether the land of who sent it lies in a scope."""
    if scope is None:
        return True
    own = land.within(found.scope, scope) if found.scope is not None else None
    return own is not None and own == found.scope
