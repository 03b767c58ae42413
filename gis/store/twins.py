"""Another number on the land of a record in force, or of an earlier row: the same land twice."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from psycopg import sql

from gis import fields
from gis.fields import IDENTITY
from gis.record_names import levels
from gis.store import alike, copy, heldback
from gis.store.database import Connection
from gis.store.heldback import COPIED, Held
from gis.store.statements import statement, table

_TYPES = {
    "file": "text", "row_no": "int4", "number": "text", "is_official": "bool", "alias": "text",
    "other": "text", "other_named_in": "text", "is_named": "bool", "has_own": "bool",
    "geom": "geometry", "other_geom": "geometry",
}  # fmt: skip
_PAIRED = {
    "file": "text", "row_no": "int4", "number": "text", "other_row_no": "int4", "other": "text",
    "geom": "geometry", "other_geom": "geometry",
}  # fmt: skip


class Found(NamedTuple):
    """The rows that wait, and the records in force whose place an accepted row takes."""

    held: list[Held]
    ended: list[str]


def of_records(
    connection: Connection,
    kind: fields.Kind,
    is_ending: sql.Composable,
    accepted: Collection[str],
) -> Found:
    """Look for records in force on whose land another number arrives.

    `is_ending`: the condition of the records (`old`) that this delivery ends. An accepted row takes
    the place of the record it copies, unless the delivery names that record too: then both stand.
    """
    query = statement(
        "copies",
        table=table(kind.name),
        is_ending=is_ending,
        least_share=sql.Literal(0.9 * IDENTITY.copy_share),
    )
    found = _copies(kind, copy.read(connection, query, _TYPES))
    is_known = (found["other_named_in"] == found["alias"]).to_numpy(dtype=bool)
    is_taken = is_known & ~found["is_named"].to_numpy(dtype=bool)
    if "copy" in accepted:
        is_taken |= ~found["is_named"].to_numpy(dtype=bool)
    taken = found[is_taken]
    takes_key = ~(taken["is_official"] | taken["has_own"]).to_numpy(dtype=bool)
    firsts = taken[takes_key].drop_duplicates("other").drop_duplicates(["file", "row_no"])
    _take_place(connection, kind, firsts)
    ended = sorted(set(taken["other"]) - set(firsts["other"]))
    if "copy" in accepted:
        return Found([], ended)
    # A row that takes its own record's place again waits for no other.
    own = pd.MultiIndex.from_frame(taken[["file", "row_no"]])
    left = found[~pd.MultiIndex.from_frame(found[["file", "row_no"]]).isin(own)]
    left = left.sort_values(["file", "row_no", "share"], ascending=[True, True, False])
    return Found(heldback.of(left.drop_duplicates(["file", "row_no"]), COPIED), ended)


def of_rows(
    connection: Connection,
    kind: fields.Kind,
    into: sql.Identifier,
    pairs: pd.DataFrame,
    *,
    is_first: bool,
) -> list[Held]:
    """Return the rows on the land of an earlier row of the delivery, under another number.

    `pairs`: file, row_no, other_file, other_row_no (the earlier) of rows that may be copies. A row
    whose record in force has this very shape is none: it was taken in before. `is_first`: there
    are no records yet.
    """
    if pairs.empty:
        return []
    query = statement(
        "row_copies",
        into=into,
        table=table(kind.name),
        is_first=sql.Literal(is_first),
        **{
            name: sql.SQL("{}::{}").format(
                sql.Literal(pairs[name].tolist()), sql.SQL("text[]" if "file" in name else "int4[]")
            )
            for name in ("file", "row_no", "other_file", "other_row_no")
        },
    )
    found = _copies(kind, copy.read(connection, query, _PAIRED))
    # A copy of a copy is one too: only the first of them all is taken in.
    found = found.sort_values(["row_no", "other_row_no"], kind="stable")
    return heldback.of(found.drop_duplicates(["file", "row_no"]), COPIED)


def _copies(kind: fields.Kind, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are the same land, with their share; no shapes: equal bit by bit."""
    share = np.ones(len(pairs))
    differs = pairs["geom"].notna().to_numpy()
    share[differs] = alike.measured(pairs["geom"][differs], pairs["other_geom"][differs]).share
    one, other = levels(kind, pairs["number"]), levels(kind, pairs["other"])
    is_level = (one.notna() & other.notna() & (one != other)).to_numpy(dtype=bool)
    is_copy = (share >= IDENTITY.copy_share) & ~is_level
    return pairs.assign(share=share)[is_copy].drop(columns=["geom", "other_geom"])


def _take_place(connection: Connection, kind: fields.Kind, rows: pd.DataFrame) -> None:
    """Give rows the key of the record they copy, which keeps its official codes."""
    if rows.empty:
        return
    forms = "|".join(re.sub(r"\(\?P<\w+>", "(", form) for form in kind.official.values())
    kept = [
        sql.SQL("{0} = CASE WHEN other.key ~ {1} THEN other.{0} ELSE new.{0} END").format(
            sql.Identifier(name), sql.Literal(f"^({forms})$")
        )
        for name in kind.official
    ]
    given = sql.SQL(", ").join([sql.SQL("key = given.key, named_in = given.alias"), *kept])
    connection.execute(
        sql.SQL(
            "UPDATE arriving AS new SET {} FROM unnest(%s::text[], %s::int4[], %s::text[],"
            " %s::text[]) AS given (file, row_no, key, alias) JOIN {} AS other"
            " ON other.key = given.key AND other.to_delivery IS NULL"
            " WHERE new.file = given.file AND new.row_no = given.row_no"
        ).format(given, table(kind.name)),
        (
            rows["file"].tolist(), rows["row_no"].astype(int).tolist(), rows["other"].tolist(),
            rows["alias"].tolist(),
        ),
    )  # fmt: skip
