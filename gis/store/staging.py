"""Rows of one delivery on their way in: batch by batch beside the records, or straight among them.

A large first load of a kind goes straight into its empty table, whose indexes are made afterwards:
half the writing, and indexes built over rows that lie there cost a fifth of what they cost row by
row. Any other load is laid beside the records in force in a temporary table and merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
from psycopg import sql

from gis import fields
from gis.record_names import are_official
from gis.store import copy, keys, same_shape, tables, trial, versioning
from gis.store.database import Connection
from gis.store.planner_statistics import add_row_estimate
from gis.store.statements import listed, table

LARGE = 20_000  # rows; fewer are as quick one by one


@dataclass
class StagedDelivery:
    """Rows taken so far: where they lie, and what is needed to find those that share a key.

    `number` is the delivery's number where the rows lie among the records already, else None.
    """

    connection: Connection
    kind: fields.Kind
    into: sql.Identifier
    number: int | None
    set_aside: list[str]
    count: int = 0
    issues: list[pd.DataFrame] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)  # numbers of several rows, each in its place
    named_in: str = ""  # sender and file series: see `whose`
    _hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    _marks: list[pd.DataFrame] = field(default_factory=list)

    def add(self, rows: pd.DataFrame, columns: Sequence[str]) -> None:
        """Copy rows with `key`, `row_no`, `file` and `columns` in; one without a key is an issue.

        `geom` may hold shapes or little-endian WKB of them; then `shape` holds the shapes.
        """
        keyless = rows["key"].isna()
        if keyless.any():
            self.issues.append(keys.keyless(self.kind, rows[keyless], columns))
            rows = rows[~keyless]
        types = versioning.OF_ROW | self._own(columns)
        if self.kind.named_by == "sender":
            rows = rows.assign(**self._named(rows))
            types |= (
                versioning.NAMED_ROW if self.number is None else tables.postgres_types(tables.NAMED)
            )
        if "copied" in self.kind.held and "geom" in columns:
            self._mark(rows)
        if self.number is not None:
            rows = rows.assign(
                from_delivery=self.number, effective_on=_effective_on(self.kind, rows, columns)
            )
            types |= {"from_delivery": "int4", "effective_on": "date"}
        copy.write(self.connection, self.into, rows, types)
        self.count += len(rows)
        self._hashes.append(_hashes(rows["key"]))

    def settle(self, columns: Sequence[str]) -> keys.Settled:
        """Sort out the rows that share a key; `rows` of the answer are those of them that stay."""
        shared = self._shared(columns) if self._may_share() else pd.DataFrame()
        if shared.empty:
            return keys.Settled(pd.DataFrame({"key": []}), pd.DataFrame(), 0)
        settled = keys.settle(self.kind, shared, columns)
        gone = shared[~shared.index.isin(settled.rows.index)]
        self.connection.execute(
            sql.SQL(
                "DELETE FROM {} AS rows USING unnest(%s::text[], %s::int[]) AS gone (file, row_no)"
                " WHERE rows.file = gone.file AND rows.row_no = gone.row_no"
            ).format(self.into),
            (gone["file"].tolist(), gone["row_no"].astype(int).tolist()),
        )
        self.count -= len(gone)
        still = settled.rows["key"]
        self.shared = sorted(still[still.duplicated()].unique())
        return settled

    def may_be_copies(self) -> pd.DataFrame:
        """Return pairs of rows that may lie on the same land: file, row_no, and of the earlier."""
        if not self._marks:
            return pd.DataFrame()
        marks = pd.concat(self._marks, ignore_index=True)
        earlier, later = same_shape.neighbours(marks)
        rows = marks[["file", "row_no"]]
        others = rows.iloc[earlier].reset_index(drop=True).add_prefix("other_")
        return pd.concat([rows.iloc[later].reset_index(drop=True), others], axis=1)

    def finish(self, columns: Sequence[str], number: int) -> versioning.Merged:
        """Make the rows versions of their records; return what became of them."""
        if self.number is None:
            done = versioning.merge(self.connection, self.kind, columns, number)
        else:
            done = versioning.Merged(self.count, 0)
            for definition in self.set_aside:
                self.connection.execute(sql.SQL(definition))
        add_row_estimate(self.connection, table(self.kind.name), sum(done))
        return done

    def drop(self) -> None:
        """Drop the temporary table, if there is one: the transaction may be one of several."""
        if self.number is None:
            self.connection.execute("DROP TABLE arriving")

    def _named(self, rows: pd.DataFrame) -> dict[str, Any]:
        is_official = are_official(self.kind, rows)
        if self.number is not None and is_official.all():
            return {}
        named_in = pd.Series(self.named_in, index=rows.index, dtype="str").where(~is_official)
        if self.number is not None:
            return {"named_in": named_in}
        is_row = np.zeros(len(rows), dtype=bool)
        if self.kind.key_else == ("sender_row",) and "sender_row" in rows:
            is_row = ~is_official & (rows["key"] == rows["sender_row"]).to_numpy(dtype=bool)
            number = rows.get(self.kind.key[0])
            if number is not None:
                is_row &= number.isna().to_numpy(dtype=bool)
        return {
            "named_in": named_in,
            "number": rows["key"].where(~is_official),
            "is_official": is_official,
            "is_row": is_row,
        }

    def _mark(self, rows: pd.DataFrame) -> None:
        shapes = rows["shape" if "shape" in rows else "geom"].to_numpy(dtype=object)
        marks = same_shape.marks(shapes)
        marks["file"] = pd.Categorical(rows["file"])
        marks["row_no"] = rows["row_no"].to_numpy(np.int32)
        self._marks.append(marks)

    def _own(self, columns: Sequence[str]) -> dict[str, str]:
        own = tables.own_types(self.kind.name)
        types = {name: own[name] for name in columns}
        return types | {"source_epsg": "int4"} if "geom" in columns else types

    def _may_share(self) -> bool:
        hashes = np.sort(np.concatenate(self._hashes)) if self._hashes else np.empty(0)
        return bool((hashes[1:] == hashes[:-1]).any())

    def _shared(self, columns: Sequence[str]) -> pd.DataFrame:
        types = versioning.OF_ROW | self._own(columns)
        query = sql.SQL(
            "SELECT {} FROM {into} WHERE key IN (SELECT key FROM {into} GROUP BY key"
            " HAVING count(*) > 1) ORDER BY ctid"
        ).format(listed(list(types)), into=self.into)
        return copy.read(self.connection, query, types)


def begin(connection: Connection, kind: fields.Kind, expected_rows: int) -> StagedDelivery:
    """Return where the rows of a delivery go; within the caller's transaction.

    For a large first load the caller stands first in the line already.
    """
    if is_first_and_large(connection, kind, expected_rows) and _locked(connection, kind):
        set_aside = _set_aside_indexes(connection, kind.name)
        return StagedDelivery(
            connection, kind, table(kind.name), next_number(connection), set_aside
        )
    versioning.create_arriving(connection, kind)
    return StagedDelivery(connection, kind, versioning.ARRIVING, None, [])


def next_number(connection: Connection, *, is_trial: bool = False) -> int:
    """Return the number of the delivery being taken in; the caller stands first in the line.

    Or it only tries: then the number is its own (`store.trial`).
    """
    row = connection.execute("SELECT coalesce(max(number), 0) FROM landwatch.delivery").fetchone()
    assert row is not None
    last = int(row[0])
    return trial.next_number(connection, last) if is_trial else last + 1


def is_first_and_large(connection: Connection, kind: fields.Kind, expected_rows: int) -> bool:
    """True when many rows come to a table of ours that holds nothing at all."""
    if expected_rows < LARGE:
        return False
    found = connection.execute(
        sql.SQL(
            "SELECT NOT EXISTS (SELECT FROM {}) AND"
            " (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = {}::regclass)"
        ).format(table(kind.name), f"{tables.SCHEMA}.{kind.name}")
    ).fetchone()
    return found is not None and bool(found[0])


def _locked(connection: Connection, kind: fields.Kind) -> bool:
    """Lock the table, unless somebody looks at it: nobody is made to wait for a load."""
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(table(kind.name))
            )
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _set_aside_indexes(connection: Connection, name: str) -> list[str]:
    """Drop the indexes of a table and return how to make them."""
    indexes = connection.execute(
        "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class"
        " ON pg_class.oid = indexrelid WHERE indrelid = %s::regclass AND NOT indisprimary",
        (f"{tables.SCHEMA}.{name}",),
    ).fetchall()
    for index, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(table(index)))
    return [str(definition) for _, definition in indexes]


def _effective_on(
    kind: fields.Kind, rows: pd.DataFrame, columns: Sequence[str]
) -> npt.NDArray[np.datetime64]:
    """Return the effective days as `merge` has PostgreSQL work them out."""
    days = np.full(len(rows), "NaT", "datetime64[D]")
    if kind.effective in columns:
        days = rows[kind.effective].to_numpy("datetime64[D]")
    if kind.year_day is None or "year" not in columns:
        return days
    years = pd.to_numeric(rows["year"]).to_numpy(np.float64, na_value=np.nan)
    stands_in = np.isnat(days) & (years >= 1) & (years <= 9999)
    month, day = (0, 0) if kind.year_day == "first" else (11, 30)
    months = (years[stands_in].astype(np.int64) - 1970) * 12 + month
    days[stands_in] = months.astype("datetime64[M]").astype("datetime64[D]") + day
    return days


def _hashes(column: pd.Series[Any]) -> npt.NDArray[np.uint64]:
    return pd.util.hash_array(column.to_numpy(dtype=object), categorize=False)
