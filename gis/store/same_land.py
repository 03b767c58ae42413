"""Another number on the land of a record in force, or of an earlier row: the same land twice."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from psycopg import sql

from gis import fields
from gis.fields import IDENTITY
from gis.record_names import levels
from gis.store import copy, held_rows, same_shape
from gis.store.database import Connection
from gis.store.held_rows import COPIED, Accepted, Held
from gis.store.statements import statement, table

_TYPES = {
    "file": "text", "row_no": "int4", "number": "text", "is_official": "bool", "alias": "text",
    "other": "text", "other_named_in": "text", "has_own": "bool",
    "geom": "geometry", "other_geom": "geometry",
}  # fmt: skip
_PAIRED = {
    "file": "text", "row_no": "int4", "number": "text", "other_row_no": "int4", "other": "text",
    "geom": "geometry", "other_geom": "geometry",
}  # fmt: skip


# A heap of records in one place: so many, the nearest, are compared with an arriving row.
_MOST_MET = 32


class Found(NamedTuple):
    """The rows that wait, and the records in force whose place an accepted row takes."""

    held: list[Held]
    ended: list[str]


def of_records(
    connection: Connection,
    kind: fields.Kind,
    is_ending: sql.Composable,
    accepted: Accepted,
) -> Found:
    """Look for records in force on whose land another number arrives.

    `is_ending`: the condition of the records (`old`) that this delivery ends. A record the delivery
    names as well is none: its sender says that both are there, and `of_rows` tells it. An accepted
    row takes the place of the record it copies.
    """
    query = statement(
        "copies",
        table=table(kind.name),
        is_ending=is_ending,
        least_share=sql.Literal(0.9 * IDENTITY.copy_share),
        most=sql.Literal(_MOST_MET),
    )
    found = _copies(kind, copy.read(connection, query, _TYPES))
    is_known = (found["other_named_in"] == found["alias"]).to_numpy(dtype=bool)
    taken = found[is_known | accepted.of("copy", found["number"])]
    takes_key = ~(taken["is_official"] | taken["has_own"]).to_numpy(dtype=bool)
    firsts = taken[takes_key].drop_duplicates("other").drop_duplicates(["file", "row_no"])
    _take_place(connection, kind, firsts)
    ended = sorted(set(taken["other"]) - set(firsts["other"]))
    # A row that takes its own record's place again waits for no other.
    own = pd.MultiIndex.from_frame(taken[["file", "row_no"]])
    left = found[~pd.MultiIndex.from_frame(found[["file", "row_no"]]).isin(own)]
    left = left.sort_values(["file", "row_no", "share"], ascending=[True, True, False])
    return Found(held_rows.of(left.drop_duplicates(["file", "row_no"]), COPIED), ended)


def of_rows(
    connection: Connection, kind: fields.Kind, into: sql.Identifier, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return an issue for each row on the land of an earlier row, under another number.

    `pairs`: file, row_no, other_file, other_row_no (the earlier) of rows that may be copies. Both
    are taken in, for neither was there before: their sender is asked which of them is right.
    """
    if pairs.empty:
        return pd.DataFrame()
    query = statement(
        "row_copies",
        into=into,
        **{
            name: sql.SQL("{}::{}").format(
                sql.Literal(pairs[name].tolist()), sql.SQL("text[]" if "file" in name else "int4[]")
            )
            for name in ("file", "row_no", "other_file", "other_row_no")
        },
    )
    found = _copies(kind, copy.read(connection, query, _PAIRED))
    found = found.sort_values(["row_no", "other_row_no"], kind="stable")
    return pd.DataFrame(
        [
            _same_shape(kind, row)
            for row in found.drop_duplicates(["file", "row_no"]).to_dict("records")
        ]
    )


def _same_shape(kind: fields.Kind, row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {
        "file": row["file"],
        "row_no": int(row["row_no"]),
        "field": kind.key[0],
        "code": "same_shape",
        "severity": "warning",
        "value": row["number"],
        "message": f"编号 {row['number']} 的图形与第 {row['other_row_no']} 行（{row['other']}）"
        f"重叠 {row['share']:.2%}，编号不同，两行都已照收",
        "fix": "确认是否重复报送；是重复的，请报送方删去一行重新报送",
        "raw": None,
    }


def _copies(kind: fields.Kind, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are the same land, with their share; no shapes: equal bit by bit."""
    share = np.ones(len(pairs))
    differs = pairs["geom"].notna().to_numpy()
    share[differs] = same_shape.measured(pairs["geom"][differs], pairs["other_geom"][differs]).share
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
