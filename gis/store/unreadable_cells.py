"""Cells a file could not give a value for: the arriving row gets what is known of its record."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from psycopg import sql

from gis import fields
from gis.store.database import Connection
from gis.store.statements import table


def keep(
    connection: Connection, kind: fields.Kind, cells: pd.DataFrame, columns: Sequence[str]
) -> None:
    """Give arriving rows the values in force for the cells (file, row_no, field) named.

    A record that is new knows nothing yet: its cell stays unknown.
    """
    for name, group in cells.groupby("field"):
        if name not in columns:
            continue
        own = ["geom", "source_epsg"] if name == "geom" else [str(name)]
        own += [flag for day, flag in kind.month_flags.items() if day == name]
        query = sql.SQL(
            "UPDATE arriving SET {values} FROM {table} AS known,"
            " unnest(%s::text[], %s::int[]) AS unread (file, row_no)"
            " WHERE arriving.file = unread.file AND arriving.row_no = unread.row_no"
            " AND known.key = arriving.key AND known.to_delivery IS NULL"
        ).format(
            table=table(kind.name),
            values=sql.SQL(", ").join(
                sql.SQL("{0} = known.{0}").format(sql.Identifier(column)) for column in own
            ),
        )
        connection.execute(query, (group["file"].tolist(), group["row_no"].astype(int).tolist()))
