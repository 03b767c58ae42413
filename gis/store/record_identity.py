"""Whose record an arriving row is: its own by an official code, its sender's by number and place.

An official code names one record whoever sends it. A number names one only within its sender and
file series, and only where the land is the same; elsewhere it is another record, whose key gets a
serial: `1`, `1~2`. What would leave its place waits for a person (`identity.toml`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from psycopg import sql

from gis import fields
from gis.fields import IDENTITY
from gis.store import copy, held_rows, same_shape
from gis.store.database import Connection
from gis.store.held_rows import MOVED, Accepted, Held
from gis.store.statements import statement, table

SERIAL = "~"
_PAIR = {
    "file": "text", "row_no": "int4", "number": "text", "named_in": "text", "is_row": "bool",
    "geom": "geometry", "other": "text", "other_named_in": "text", "is_ended": "bool",
    "other_geom": "geometry",
}  # fmt: skip
_METRES_PER_DEGREE = 111_700.0  # at most, in any direction


def series_of(sender: str | None, series: str) -> str:
    """Return the text that stands for a sender and file series beside a number."""
    return "|".join(part.replace("|", "｜").strip() for part in (sender or "", series))


def settle(
    connection: Connection,
    kind: fields.Kind,
    shared: Sequence[str],
    accepted: Accepted,
) -> list[Held]:
    """Give each arriving row the key of its record, and return those that wait for a person.

    `shared`: numbers that several rows of the delivery have, in places of their own. `accepted`
    says which reasons to wait a person has overruled.
    """
    held = _moved(connection, kind, accepted) if "moved" in kind.held else []
    if kind.named_by == "sender":
        held += _numbered(connection, kind, list(shared), accepted)
    return held


def give_serials(connection: Connection, into: sql.Identifier, shared: Sequence[str]) -> None:
    """Number the rows of a first load that share a number, in the order they came."""
    if shared:
        connection.execute(statement("give_serials", into=into, shared=sql.Literal(list(shared))))


def _moved(connection: Connection, kind: fields.Kind, accepted: Accepted) -> list[Held]:
    """Return the rows whose official code would leave the place of its record in force."""
    least = sql.Literal(0.9 * IDENTITY.moved_m / _METRES_PER_DEGREE)
    query = statement("moved", table=table(kind.name), least_degrees=least)
    types = {"file": "text", "row_no": "int4", "number": "text", "geom": "geometry"}
    found = copy.read(connection, query, types | {"other": "text", "other_geom": "geometry"})
    if found.empty:
        return []
    pairs = same_shape.measured(found["geom"], found["other_geom"])
    is_gone = (pairs.share == 0) & (pairs.moved_m > IDENTITY.moved_m)
    is_gone[is_gone] = ~accepted.of("moved", found["number"][is_gone])
    gone = found[is_gone].assign(share=0.0, moved_m=pairs.moved_m[is_gone])
    return held_rows.of(gone, MOVED)


def _numbered(
    connection: Connection, kind: fields.Kind, shared: list[str], accepted: Accepted
) -> list[Held]:
    """Look for the record of every number, serial after serial; return the rows that wait."""
    found: list[pd.DataFrame] = []
    pending: pd.DataFrame | None = None
    serial = 1
    while True:
        pairs = _candidates(connection, kind, shared, serial, pending)
        if pending is None:
            rows, pending = _to_look_at(connection, shared, pairs), pairs
        else:
            rows = pending[["file", "row_no", "number"]]
        known = pairs.drop_duplicates(["file", "row_no"])
        is_left = ~_index(rows).isin(_index(known))
        free = rows[is_left].assign(serial=serial, other=None, is_held=False, share=0.0)
        judged = _judged(known)
        found += [free, judged[judged["other"].notna()]]
        pending = judged[judged["other"].isna()][["file", "row_no", "number"]]
        if pending.empty:
            break
        serial += 1
    return _given(connection, pd.concat(found, ignore_index=True), accepted)


def _candidates(
    connection: Connection,
    kind: fields.Kind,
    shared: list[str],
    serial: int,
    pending: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the newest version of the record with this serial, beside each row still looking."""
    suffix = "" if serial == 1 else f"{SERIAL}{serial}"
    asked: sql.Composable = sql.SQL(
        "(old.to_delivery IS NOT NULL OR NOT (coalesce(old.named_in = new.named_in, true)"
        " AND coalesce(old.geom = new.geom, true)) OR new.key = ANY ({}::text[]))"
    ).format(sql.Literal(shared))
    if pending is not None:
        asked = sql.SQL(
            "(new.file, new.row_no) IN (SELECT * FROM unnest({}::text[], {}::int4[]))"
        ).format(
            sql.Literal(pending["file"].tolist()),
            sql.Literal(pending["row_no"].astype(int).tolist()),
        )
    query = statement("candidates", table=table(kind.name), suffix=sql.Literal(suffix), asked=asked)
    return copy.read(connection, query, _PAIR)


def _to_look_at(connection: Connection, shared: list[str], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows to be settled one by one: with a record to measure, or a shared number."""
    rows = pairs[["file", "row_no", "number"]]
    if shared:
        query = sql.SQL(
            "SELECT file, row_no, key FROM arriving WHERE NOT is_official AND key = ANY ({})"
        ).format(sql.Literal(shared))
        types = {"file": "text", "row_no": "int4", "number": "text"}
        rows = pd.concat([rows, copy.read(connection, query, types)])
    return rows.drop_duplicates(["file", "row_no"])


def _judged(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return for each pair the record that is the row's own (`other`), or that it waits for."""
    measured = same_shape.measured(pairs["geom"], pairs["other_geom"])
    has_shapes = (pairs["geom"].notna() & pairs["other_geom"].notna()).to_numpy()
    # Where nobody, or no row, has a name, the column is no text by itself.
    named_in, other = (pairs[name].astype("str") for name in ("named_in", "other_named_in"))
    is_own = (other.isna() | (other == named_in)).to_numpy(dtype=bool)
    is_ended = pairs["is_ended"].to_numpy(dtype=bool)
    # A sender who is named repeats a number on the very land: the same record, in another file.
    sender, other_sender = (names.str.extract(r"^([^|]*)\|")[0] for names in (named_in, other))
    is_same_sender = ((sender != "") & (sender == other_sender)).to_numpy(dtype=bool)
    is_same_sender = is_same_sender & ~pairs["is_row"].to_numpy(dtype=bool)
    # A record that has another number by now is still this one's on the very land.
    was_own = (other.str.count(r"\|") > 1).fillna(False).to_numpy(dtype=bool)
    meets = measured.touches | (measured.share > 0)
    is_version = is_own & (~has_shapes | (measured.share >= IDENTITY.same_share))
    is_version |= is_own & is_ended & meets
    is_version |= (is_same_sender | was_own) & (measured.share >= IDENTITY.copy_share)
    is_held = is_own & ~is_version & ~is_ended & meets
    return pairs[["file", "row_no", "number"]].assign(
        serial=0,
        other=pairs["other"].where(is_version | is_held),
        is_held=is_held,
        share=measured.share,
    )


def _given(connection: Connection, rows: pd.DataFrame, accepted: Accepted) -> list[Held]:
    """Write the keys into the arriving rows; return those that wait, each with its record."""
    rows = rows.sort_values(["share", "row_no"], ascending=[False, True], kind="stable")
    waits = rows.index[rows["is_held"].to_numpy(dtype=bool)]
    rows.loc[waits, "is_held"] = ~accepted.of("moved", rows["number"].loc[waits])
    # Of two rows that both are a record's new version the one with more of its land is it.
    takes = rows["other"].notna() & ~rows["is_held"]
    rows["is_held"] |= takes & rows[takes]["other"].duplicated().reindex(
        rows.index, fill_value=False
    )
    free = rows[rows["other"].isna()].sort_values("row_no", kind="stable")
    serials = free["serial"] + free.groupby("number").cumcount()
    key = free["number"].where(serials == 1, free["number"] + SERIAL + serials.astype("str"))
    rows["key"] = rows["other"]
    rows.loc[free.index, "key"] = key
    is_told = ~rows["is_held"] & (rows["key"] != rows["number"])
    give_keys(connection, rows[is_told])
    return held_rows.of(rows[rows["is_held"]].sort_values("row_no"), MOVED)


def give_keys(connection: Connection, rows: pd.DataFrame) -> None:
    """Give arriving rows (`file`, `row_no`) another `key`."""
    if not rows.empty:
        connection.execute(
            "UPDATE arriving SET key = given.key"
            " FROM unnest(%s::text[], %s::int4[], %s::text[]) AS given (file, row_no, key)"
            " WHERE arriving.file = given.file AND arriving.row_no = given.row_no",
            (rows["file"].tolist(), rows["row_no"].astype(int).tolist(), rows["key"].tolist()),
        )


def _index(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[["file", "row_no"]].astype({"row_no": "int64"}))
