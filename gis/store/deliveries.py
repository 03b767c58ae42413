"""Deliveries: a file's rows become versions of records, in one transaction, under one number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd
from psycopg import sql

from gis import fields
from gis.errors import DeliveryError, UsageError
from gis.record_names import natural_keys
from gis.store import (
    arrivals,
    contradictions,
    copy,
    correction_guard,
    firm_doubts,
    held_rows,
    issue_log,
    keys,
    orphans,
    record_identity,
    same_land,
    staging,
    tables,
    undated_records,
    unreadable_cells,
    versioning,
)
from gis.store.arrivals import Loaded, Received
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.statements import LOADS, WAIT_FOR_TURN, listed, table

_DELIVERY_TYPES = tables.postgres_types(tables.DELIVERY)


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
    accepted: Sequence[str] = (),
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
    errors = issue_log.rejected_rows(issues)
    is_refused = pd.MultiIndex.from_frame(rows[["file", "row_no"]]).isin(errors)
    refused = natural_keys(kind, rows[is_refused]).dropna()
    with open_delivery(connection, received, mode, scope, expected_rows=len(rows)) as delivery:
        if isinstance(delivery, Loaded):
            return delivery
        delivery.add(rows[~is_refused], columns_in_file)
        return delivery.finish(
            issues,
            columns_in_file,
            refused_keys=[*refused_keys, *refused],
            override_corrections=override_corrections,
            accepted=accepted,
        )


@contextmanager
def open_delivery(
    connection: Connection,
    received: Received,
    mode: str = "add",
    scope: Mapping[str, str] | None = None,
    *,
    expected_rows: int,
    tells_all: bool = False,
    is_trial: bool = False,
) -> Iterator[Delivery | Loaded]:
    """Give a delivery to add rows to and finish; or, when it came before, what became of it then.

    One transaction around the block: an error in it leaves the store as it was. `tells_all`: the
    rows that change nothing are told too, and for a file that came before as for any. `is_trial`:
    it is taken back (`store.trial`), so it stands in no line.
    """
    kind = fields.KINDS[received.kind]
    _check_use(kind, mode, scope)
    with faults.explained(), connection.transaction():
        if staging.is_first_and_large(connection, kind, expected_rows):
            connection.execute(WAIT_FOR_TURN.format(LOADS))
        repeat = None if tells_all else arrivals.untouched(connection, received, mode, scope)
        if repeat is not None:
            yield repeat
            return
        rows = staging.begin(connection, kind, expected_rows)
        rows.named_in = received.named_in
        yield Delivery(connection, received, kind, mode, scope, rows, tells_all, is_trial)


class _NothingChangedError(Exception):
    def __init__(self, earlier: Loaded, now: Loaded) -> None:
        self.earlier = replace(
            earlier, unchanged_rows=now.unchanged_rows, waiting_rows=now.waiting_rows
        )


@dataclass
class Delivery:
    """A delivery being taken in."""

    connection: Connection
    received: Received
    kind: fields.Kind
    mode: str
    scope: Mapping[str, str] | None
    taking: staging.StagedDelivery
    tells_all: bool = False
    is_trial: bool = False
    _waiting: list[pd.DataFrame] = field(default_factory=list)

    def add(self, rows: pd.DataFrame, columns: Sequence[str]) -> None:
        """Take accepted rows in; what they hold is said at `put`."""
        named = rows["key"].mask(rows["key"] == "") if "key" in rows else None
        key = natural_keys(self.kind, rows) if named is None else named
        self.taking.add(rows.assign(key=key), columns)

    def finish(
        self,
        issues: pd.DataFrame,
        columns_in_file: Sequence[str],
        *,
        refused_keys: Sequence[str] = (),
        override_corrections: bool = False,
        unread: pd.DataFrame | None = None,
        accepted: Sequence[str] = (),
        regions: Sequence[str] | None = None,
    ) -> Loaded:
        """Make the rows versions of records, write the delivery down, and return what became.

        `unread` (file, row_no, field): cells that say nothing, not even that there is nothing.
        `accepted`: why rows waited that a person has now decided to apply, see `heldback.Accepted`.
        `regions`: which regions all rows of the file name, "" for a row that names none.
        """
        connection = self.connection
        self.received = replace(self.received, regions=regions)
        settled = self.taking.settle(columns_in_file)
        found = [issues, *self.taking.issues, settled.issues]
        if self.taking.number is not None:
            return self._first(found, settled, columns_in_file)
        if not self.is_trial:
            connection.execute(WAIT_FOR_TURN.format(LOADS))
        loaded = None
        if not self.tells_all:
            loaded = arrivals.untouched(connection, self.received, self.mode, self.scope)
        if loaded is None:
            try:
                with connection.transaction():
                    loaded = self._merged(
                        found, settled, columns_in_file, refused_keys,
                        override_corrections, unread, accepted,
                    )  # fmt: skip
                    self._must_change(loaded)
            except _NothingChangedError as same:
                loaded = same.earlier
        self.taking.drop()
        return loaded

    def _must_change(self, loaded: Loaded) -> None:
        """Let the same file again leave no trace where it has nothing to change any more."""
        if loaded.added or loaded.replaced or loaded.ended:
            return
        earlier = arrivals.earlier(
            self.connection, self.received, self.mode, self.scope, before=loaded.delivery
        )
        if earlier is not None and (earlier.held, earlier.rejected) == (
            loaded.held,
            loaded.rejected,
        ):
            raise _NothingChangedError(earlier, loaded)

    def _first(
        self,
        found: list[pd.DataFrame],
        settled: keys.Settled,
        columns: Sequence[str],
    ) -> Loaded:
        """Take in a large first load: there are no records it could meet but its own."""
        connection, rows = self.connection, self.taking
        assert rows.number is not None
        record_identity.give_serials(connection, rows.into, rows.shared)
        # The server makes its indexes meanwhile.
        with ThreadPoolExecutor(1, thread_name_prefix="copies") as beside:
            pairs = beside.submit(rows.may_be_copies)
            merged = rows.finish(columns, rows.number)
        found.append(same_land.of_rows(connection, self.kind, rows.into, pairs.result()))
        return self._written(rows.number, found, settled, merged, [])

    def _merged(
        self,
        found: list[pd.DataFrame],
        settled: keys.Settled,
        columns: Sequence[str],
        refused_keys: Sequence[str],
        override_corrections: bool,
        unread: pd.DataFrame | None,
        accepted: Sequence[str],
    ) -> Loaded:
        """Lay the rows beside the records in force: whose each is, what waits, what ends."""
        connection, kind, rows = self.connection, self.kind, self.taking
        number = staging.next_number(connection, is_trial=self.is_trial)
        connection.execute("ANALYZE arriving")
        decided = held_rows.Accepted(accepted)
        waiting = record_identity.settle(connection, kind, rows.shared, decided)
        found.append(self._held_back(waiting, columns))
        refused = {*refused_keys, *settled.refused_keys}
        refused |= {key for each in waiting for key in (each.number, each.other)}
        ended: list[str] = []
        if "copied" in kind.held and "geom" in columns:
            is_ending: sql.Composable = sql.SQL("false")
            if self.mode == "replace":
                is_ending = versioning.absent(kind, self.scope or {}, sorted(refused))
            copied = same_land.of_records(connection, kind, is_ending, decided)
            found.append(self._held_back(copied.held, columns))
            refused |= {key for each in copied.held for key in (each.number, each.other)}
            ended = copied.ended
            found.append(same_land.of_rows(connection, kind, rows.into, rows.may_be_copies()))
        found.append(decided.unused().assign(file=self.received.name))
        if self.mode == "replace" and rows.count == 0:
            raise DeliveryError(
                f"{self.received.name}：没有一行可以接收，替换会终止范围内的全部记录。 "
                "No row could be accepted, so replacing would end every record in scope.",
                "先改正文件 mend the file, 或 or load it with --mode add",
            )
        if unread is not None and len(unread):
            unreadable_cells.keep(connection, kind, unread, columns)
        found.append(
            correction_guard.hold(
                connection, kind, number, columns, is_overridden=override_corrections
            )
        )
        versioning.end(connection, kind, number, ended)
        merged = rows.finish(columns, number)
        if self.mode == "replace":
            absent = versioning.end_absent(
                connection, kind, number, self.scope or {}, sorted(refused)
            )
            ended = sorted({*ended, *absent})
        loaded = self._written(number, found, settled, merged, ended)
        if not self.tells_all:
            return loaded
        rows_unchanged = versioning.unchanged(connection, kind, number)
        rows_waiting = pd.concat(self._waiting) if self._waiting else pd.DataFrame()
        return replace(loaded, unchanged_rows=rows_unchanged, waiting_rows=rows_waiting)

    def _held_back(self, waiting: Sequence[held_rows.Held], columns: Sequence[str]) -> pd.DataFrame:
        self.taking.count -= len(waiting)
        issues, rows = held_rows.take_out(
            self.connection, self.taking.into, self.kind, waiting, columns
        )
        self._waiting += [rows] if self.tells_all and len(rows) else []
        return issues

    def _written(
        self,
        number: int,
        found: list[pd.DataFrame],
        settled: keys.Settled,
        merged: versioning.Merged,
        ended: list[str],
    ) -> Loaded:
        connection, accepted = self.connection, self.taking.count
        looks = (contradictions.found, orphans.issues, undated_records.issues, firm_doubts.issues)
        for look in looks:
            found.append(look(connection, self.kind, number))
        told = pd.concat([frame for frame in found if len(frame)] or found[:1])
        rejected = len(issue_log.rejected_rows(told))
        waiting = int((told["severity"] == held_rows.SEVERITY).sum()) if len(told) else 0
        loaded = Loaded(
            delivery=number,
            name=self.received.name,
            kind=self.kind.name,
            rows=accepted + rejected + waiting + settled.duplicates,
            accepted=accepted,
            rejected=rejected,
            unchanged=accepted - sum(merged),
            duplicates=settled.duplicates,
            ended=len(ended),
            is_repeat=False,
            issues=issue_log.counted(told),
            added=merged.added,
            replaced=merged.replaced,
            held=waiting,
            ended_keys=tuple(ended),
            told=told,
        )
        arrivals.write_down(connection, self.received, loaded, self.mode, self.scope)
        issue_log.write(connection, number, told)
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
    names = listed(list(issue_log.TYPES))
    return copy.read(connection, query.format(names, table("issue"), number), issue_log.TYPES)


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
