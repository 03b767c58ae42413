"""Deliveries: a file's rows become versions of records, in one transaction, under one number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from gis import fields
from gis.errors import DeliveryError, UsageError
from gis.store import (
    contradictions,
    copy,
    faults,
    held,
    issuelog,
    kept,
    keys,
    merge,
    orphans,
    tables,
    taking,
)
from gis.store.database import Connection
from gis.store.statements import LOADS, WAIT_FOR_TURN, listed, table

natural_keys = keys.natural_keys
_DELIVERY_TYPES = tables.postgres_types(tables.DELIVERY)


@dataclass(frozen=True)
class Received:
    """What came: name, kind, hash of the file, fingerprint (file, layer, mapping, reader), mapping.

    `received_at` is the instant it came in, with its zone; None means now.
    """

    name: str
    kind: str
    sha256: str
    fingerprint: str
    mapping: Mapping[str, Any]
    received_at: datetime | None = None


@dataclass(frozen=True)
class Loaded:
    """What became of a delivery; rows = accepted + rejected + duplicates, issues counted by code.

    `accepted` includes `unchanged`; `ended` counts the records a replacing file left out.
    `is_repeat`: the same file came before as `delivery`, nothing changed.
    """

    delivery: int
    name: str
    kind: str
    rows: int
    accepted: int
    rejected: int
    unchanged: int
    duplicates: int
    ended: int
    is_repeat: bool
    issues: dict[str, int]


def put(
    connection: Connection,
    received: Received,
    rows: pd.DataFrame,
    issues: pd.DataFrame,
    columns_in_file: Sequence[str],
    *,
    mode: str = "add",
    scope: Mapping[str, str] | None = None,
    refused_keys: Sequence[str] = (),
    override_corrections: bool = False,
) -> Loaded:
    """Take a delivery in, whole or not at all, and return what became of it.

    rows: one per accepted row, with `row_no`, `file`, the kind's columns in stored units, `geom` in
    EPSG:4490 and `source_epsg`. issues: the columns of table issue without id and delivery; a row
    with an error is rejected. columns_in_file: the kind's columns (and `geom`) the file has; the
    others keep the value of the record's earlier version. mode "add" touches only the records
    named; "replace" also ends the current records within `scope` (column -> value, {} = the whole
    kind) that the file lacks, except `refused_keys`, whose rows intake refused.
    A value that a person's correction had replaced does not come back unless
    `override_corrections`; either way an issue names it.
    """
    kind = fields.KINDS[received.kind]
    _check_rows(kind, rows, columns_in_file)
    errors = issuelog.rejected_rows(issues)
    is_refused = pd.MultiIndex.from_frame(rows[["file", "row_no"]]).isin(errors)
    refused = keys.natural_keys(kind, rows[is_refused]).dropna()
    with taken(connection, received, mode, scope, expected_rows=len(rows)) as delivery:
        if isinstance(delivery, Loaded):
            return delivery
        delivery.add(rows[~is_refused], columns_in_file)
        return delivery.finish(
            issues,
            columns_in_file,
            refused_keys=[*refused_keys, *refused],
            override_corrections=override_corrections,
        )


@contextmanager
def taken(
    connection: Connection,
    received: Received,
    mode: str = "add",
    scope: Mapping[str, str] | None = None,
    *,
    expected_rows: int,
) -> Iterator[Delivery | Loaded]:
    """Give a delivery to add rows to and finish; or, when it came before, what became of it then.

    One transaction around the block: an error in it leaves the store as it was.
    """
    kind = fields.KINDS[received.kind]
    _check_use(kind, mode, scope)
    with faults.explained(), connection.transaction():
        if taking.is_first_and_large(connection, kind, expected_rows):
            connection.execute(WAIT_FOR_TURN.format(LOADS))
        repeat = _repeat(connection, received, mode, scope)
        yield repeat or Delivery(
            connection, received, kind, mode, scope, taking.begin(connection, kind, expected_rows)
        )


@dataclass
class Delivery:
    """A delivery being taken in."""

    connection: Connection
    received: Received
    kind: fields.Kind
    mode: str
    scope: Mapping[str, str] | None
    taking: taking.Taking

    def add(self, rows: pd.DataFrame, columns: Sequence[str]) -> None:
        """Take accepted rows in; what they hold is said at `put`."""
        self.taking.add(rows.assign(key=keys.natural_keys(self.kind, rows)), columns)

    def finish(
        self,
        issues: pd.DataFrame,
        columns_in_file: Sequence[str],
        *,
        refused_keys: Sequence[str] = (),
        override_corrections: bool = False,
        unread: pd.DataFrame | None = None,
    ) -> Loaded:
        """Make the rows versions of records, write the delivery down, and return what became.

        `unread` (file, row_no, field): cells that say nothing, not even that there is nothing.
        """
        connection, kind, name = self.connection, self.kind, self.received.name
        settled = self.taking.settle(columns_in_file)
        found = [issues, *self.taking.issues, settled.issues]
        told = pd.concat([frame for frame in found if len(frame)] or [issues])
        accepted = self.taking.count
        if self.mode == "replace" and accepted == 0:
            raise DeliveryError(
                f"{name}：没有一行可以接收，替换会终止范围内的全部记录。 "
                "No row could be accepted, so replacing would end every record in scope.",
                "先改正文件 mend the file, 或 or load it with --mode add",
            )
        number, ended = self.taking.number, 0
        is_merged = number is None
        if number is None:
            connection.execute(WAIT_FOR_TURN.format(LOADS))
            repeat = _repeat(connection, self.received, self.mode, self.scope)
            if repeat is not None:
                self.taking.drop()
                return repeat
            number = taking.next_number(connection)
            if unread is not None and len(unread):
                kept.keep(connection, kind, unread, columns_in_file)
            contradicting = held.hold(
                connection, kind, number, columns_in_file, is_overridden=override_corrections
            )
            told = pd.concat([told, contradicting]) if len(contradicting) else told
        added = self.taking.finish(columns_in_file, number)
        if self.mode == "replace" and is_merged:
            refused = sorted({*refused_keys, *settled.refused_keys})
            ended = merge.end_absent(connection, kind, number, self.scope or {}, refused)
        for look in (contradictions.found, orphans.issues):
            faulty = look(connection, kind, number)
            told = pd.concat([told, faulty]) if len(faulty) else told
        rejected = len(issuelog.rejected_rows(told))
        loaded = Loaded(
            delivery=number,
            name=name,
            kind=kind.name,
            rows=accepted + rejected + settled.duplicates,
            accepted=accepted,
            rejected=rejected,
            unchanged=accepted - added,
            duplicates=settled.duplicates,
            ended=ended,
            is_repeat=False,
            issues=issuelog.counted(told),
        )
        write_down(connection, self.received, loaded, self.mode, self.scope)
        issuelog.write(connection, number, told)
        self.taking.drop()
        return loaded


def history(
    connection: Connection, kind: str | None = None, since: datetime | None = None
) -> pd.DataFrame:
    """Return the deliveries (of a kind, received since), oldest first: the table's columns."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if kind is not None:
        conditions.append(sql.SQL("kind = {}").format(sql.Literal(kind)))
    if since is not None:
        conditions.append(sql.SQL("received_at >= {}").format(sql.Literal(since)))
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY number").format(
        listed(list(_DELIVERY_TYPES)), table("delivery"), sql.SQL(" AND ").join(conditions)
    )
    return copy.read(connection, query, _DELIVERY_TYPES)


def issues_of(connection: Connection, number: int) -> pd.DataFrame:
    """Return the issue rows of one delivery in the order they were found."""
    query = sql.SQL("SELECT {} FROM {} WHERE delivery = {} ORDER BY id")
    names = listed(list(issuelog.TYPES))
    return copy.read(connection, query.format(names, table("issue"), number), issuelog.TYPES)


def _check_rows(kind: fields.Kind, rows: pd.DataFrame, columns_in_file: Sequence[str]) -> None:
    own = {*kind.columns, "geom"} if kind.has_geometry else {*kind.columns}
    missing = [name for name in ("row_no", "file", *columns_in_file) if name not in rows.columns]
    foreign = [name for name in columns_in_file if name not in own]
    if missing or foreign:
        raise ValueError(f"{kind.name}: rows lack columns {missing}; not its columns: {foreign}")


def _check_use(kind: fields.Kind, mode: str, scope: Mapping[str, str] | None) -> None:
    if mode not in {"add", "replace"}:
        raise UsageError(
            f"没有装载方式“{mode}”。 There is no mode {mode!r}.",
            "用 use --mode add 或 or --mode replace",
        )
    if mode == "add" and scope is not None:
        raise UsageError(
            "--scope 只用于替换。 "
            "A scope says which records a replacing file ends; mode add ends none.",
            "去掉 --scope leave it out, 或 or use --mode replace",
        )
    if mode == "replace" and scope is None:
        raise UsageError(
            "替换须写明范围。 "
            "Mode replace needs a scope: the records within it that the file lacks are ended.",
            "例如 for example --scope region_code=150602",
        )
    unknown = [name for name in scope or {} if name not in kind.columns]
    if unknown:
        raise UsageError(
            f"{kind.title}没有列 {', '.join(unknown)}。 "
            f"The scope names {', '.join(unknown)}, which {kind.name} does not have.",
            f"可用 use one of: {', '.join(kind.columns)}",
        )


def _repeat(
    connection: Connection, received: Received, mode: str, scope: Mapping[str, str] | None
) -> Loaded | None:
    row = connection.execute(
        """
        SELECT number, name, kind, rows, accepted, rejected, duplicates FROM landwatch.delivery
        WHERE fingerprint = %s AND kind = %s AND mode = %s AND scope IS NOT DISTINCT FROM %s
        ORDER BY number DESC LIMIT 1
        """,
        (received.fingerprint, received.kind, mode, _json(scope)),
    ).fetchone()
    if row is None:
        return None
    number, name, kind, count, accepted, rejected, duplicates = row
    counted = connection.execute(
        "SELECT code, count(*) FROM landwatch.issue WHERE delivery = %s GROUP BY code ORDER BY 1",
        (number,),
    ).fetchall()
    return Loaded(
        delivery=number,
        name=name,
        kind=kind,
        rows=count,
        accepted=accepted,
        rejected=rejected,
        unchanged=accepted,
        duplicates=duplicates,
        ended=0,
        is_repeat=True,
        issues=dict(counted),
    )


def write_down(
    connection: Connection,
    received: Received,
    loaded: Loaded,
    mode: str,
    scope: Mapping[str, str] | None,
) -> None:
    """Write a delivery into the list of them; UsageError when it is dated into the future."""
    if received.received_at is not None and received.received_at > datetime.now(UTC):
        raise UsageError(
            f"{received.name}：收件时间 {received.received_at} 在将来。 "
            "A file cannot have been received in the future.",
            "补记过去的时刻 give --received-at a past instant",
        )
    connection.execute(
        """
        INSERT INTO landwatch.delivery (number, sha256, name, kind, mode, scope, received_at,
            loaded_at, rows, accepted, rejected, unchanged, duplicates, fingerprint, mapping)
        VALUES (%s, %s, %s, %s, %s, %s, coalesce(%s, now()), now(), %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            loaded.delivery, received.sha256, received.name, received.kind, mode, _json(scope),
            received.received_at, loaded.rows, loaded.accepted, loaded.rejected, loaded.unchanged,
            loaded.duplicates, received.fingerprint, Jsonb(issuelog.plain(dict(received.mapping))),
        ),
    )  # fmt: skip


def _json(scope: Mapping[str, str] | None) -> Jsonb | None:
    return None if scope is None else Jsonb(dict(scope))
