"""The audit: who did what to what, when, from where, and with what result.

Entries are bound together: each holds the digest of the one before it, and its own is made of all
it says; the newest number and digest stand apart in `audit_head`. An entry that is changed, moved,
put in or taken out, the last ones too, no longer fits. Whoever can write in the store could make
the whole chain anew: what was printed or exported of it before (`head`) tells that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

from gis import config
from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection

DIGESTS = ("sha256", "sm3")
# What is longer is cut: an entry is a line, not a store of texts.
MOST_LETTERS = 2_000
_AT_ONCE = 10_000
_FIRST, _NEVER = -(2**63), 2**63 - 1
_STRANGE = "这一条不是程序写的 the program did not write it"


@dataclass(frozen=True)
class Entry:
    """One entry of the audit."""

    number: int
    at: datetime
    actor: str
    address: str
    action: str
    object: str
    result: str
    algorithm: str
    previous: str
    digest: str


@dataclass(frozen=True)
class Head:
    """Where the audit stands: how many entries, and the digest of the last."""

    number: int
    digest: str


@dataclass(frozen=True)
class Broken:
    """The first place where the audit does not hold: the number of the entry, and why."""

    number: int
    found: str


@dataclass(frozen=True)
class Told:
    """What is to be written: who, from where, did what, to what, and what came of it."""

    actor: str
    address: str
    action: str
    object: str
    result: str


def record(
    connection: Connection, actor: str, address: str, action: str, subject: str, result: str
) -> int:
    """Write one entry and return its number, when it is on disk (or with the caller's transaction).

    Entries stand in one line, so their numbers have no gap.
    """
    return record_all(connection, [Told(actor, address, action, subject, result)])[0]


def record_all(connection: Connection, told: Sequence[Told]) -> list[int]:
    """Write entries in one transaction, one behind the other; return their numbers."""
    name = algorithm()
    with faults.explained(), connection.transaction():
        row = connection.execute(
            "SELECT number, digest, clock_timestamp() FROM landwatch.audit_head FOR UPDATE"
        ).fetchone()
        if row is None:
            raise _headless()
        number, previous, at = row
        made = []
        for one in told:
            texts = [_text(part) for part in astuple(one)]
            number += 1
            digest = digest_of(number, at, texts, name, previous)
            made.append((number, at, *texts, name, previous, digest))
            previous = digest
        connection.execute(
            "UPDATE landwatch.audit_head SET number = %s, digest = %s", (number, previous)
        )
        connection.cursor().executemany(
            "INSERT INTO landwatch.audit VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", made
        )
    return [int(row[0]) for row in made]


def algorithm() -> str:
    """Return the digest entries are bound by; UsageError where the setting names none of ours."""
    name = config.read().audit_digest
    if name not in DIGESTS:
        raise UsageError(
            f"LANDWATCH_AUDIT_DIGEST 不能是“{name[:40]}”。 It is no digest of ours.",
            f"写成 write one of: {'、'.join(DIGESTS)}",
        )
    return name


def head(connection: Connection) -> Head:
    """Return where the audit stands, to be noted outside the store."""
    with faults.explained():
        row = connection.execute("SELECT number, digest FROM landwatch.audit_head").fetchone()
    if row is None:
        raise _headless()
    return Head(int(row[0]), str(row[1]))


def prove(connection: Connection, known: Head | None = None) -> Broken | None:
    """Return the first entry that does not hold, None when all do.

    `known`: a head noted before, which must still stand in the chain.
    """
    last = Head(0, "")
    stand = head(connection)
    for entry in entries(connection, stand.number):
        if entry.number <= 0:
            return Broken(entry.number, _STRANGE)
        if entry.number != last.number + 1:
            return Broken(last.number + 1, "这一条不在了 this entry is gone")
        if entry.previous != last.digest:
            return Broken(entry.number, "与前一条接不上 it does not follow the one before")
        if entry.digest != _own(entry):
            return Broken(entry.number, "内容与摘要不符 what it says is not what was written")
        last = Head(entry.number, entry.digest)
        if known is not None and last.number == known.number and last != known:
            return Broken(entry.number, "与另处记下的摘要不符 it is not the one noted elsewhere")
    if last.number != stand.number or (known is not None and known.number > last.number):
        return Broken(last.number + 1, "这一条不在了 this entry is gone")
    if last.digest != stand.digest:
        return Broken(last.number, "与末尾的摘要不符 it is not the one that was written last")
    return _behind(connection, stand)


def entries(connection: Connection, newest: int, after: int = _FIRST) -> Iterator[Entry]:
    """Yield the entries after a number, up to the newest, by number."""
    while True:
        with faults.explained():
            rows = connection.execute(
                "SELECT number, at, actor, address, action, object, result, algorithm, previous,"
                " digest FROM landwatch.audit WHERE number > %s AND number <= %s ORDER BY number"
                " LIMIT %s",
                (after, newest, _AT_ONCE),
            ).fetchall()
        for row in rows:
            yield Entry(*row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def newest(
    connection: Connection, before: int | None, actor: str | None, action: str | None, limit: int
) -> list[Entry]:
    """Return the newest entries: before a number, of an actor, whose action holds a text."""
    with faults.explained():
        rows = connection.execute(
            "SELECT number, at, actor, address, action, object, result, algorithm, previous,"
            " digest FROM landwatch.audit WHERE number < %s AND (%s::text IS NULL OR actor = %s)"
            " AND (%s::text IS NULL OR strpos(action, %s) > 0) ORDER BY number DESC LIMIT %s",
            (_NEVER if before is None else before, actor, actor, action, action, limit),
        ).fetchall()
    return [Entry(*row) for row in rows]


def digest_of(number: int, at: datetime, told: list[str], algorithm: str, previous: str) -> str:
    """Return the digest of an entry: of all it says, in one form, with the digest before it."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps([number, instant, *told, algorithm, previous], ensure_ascii=True)
    return hashlib.new(algorithm, content.encode("ascii")).hexdigest()


def _own(entry: Entry) -> str | None:
    if entry.algorithm not in DIGESTS:
        return None
    told = [entry.actor, entry.address, entry.action, entry.object, entry.result]
    return digest_of(entry.number, entry.at, told, entry.algorithm, entry.previous)


def _behind(connection: Connection, stand: Head) -> Broken | None:
    """Return an entry put in behind the last one that was written while nobody wrote."""
    with faults.explained():
        row = connection.execute(
            "SELECT (SELECT max(number) FROM landwatch.audit), number FROM landwatch.audit_head"
        ).fetchone()
    if row is not None and row[0] is not None and row[0] > row[1]:
        return Broken(int(stand.number) + 1, _STRANGE)
    return None


def _text(value: str) -> str:
    """Return what the store can hold of a text, whatever it is: NUL and half signs as codes."""
    seen = value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    return seen if len(seen) <= MOST_LETTERS else f"{seen[:MOST_LETTERS]}……"


def _headless() -> UsageError:
    return UsageError(
        "审计的末尾记录不在了，审计已被改动。 The head of the audit is gone: it was tampered with.",
        "查 landwatch verify audit，并从备份恢复 restore the store from its backup",
    )
