"""Records without the day from which they count: on file, and in nothing a run says of any day."""

from __future__ import annotations

import pandas as pd
from psycopg import sql

from gis.fields import Kind
from gis.store import copy
from gis.store.database import Connection
from gis.store.statements import table

CODE = "no_day"
# These count without a day, or are listed by every run as undetermined.
_COUNT_ALL_THE_SAME = frozenset({"parcels", "supplies", "ledgers"})


def issues(connection: Connection, kind: Kind, number: int) -> pd.DataFrame:
    """Return an issue for each record of a delivery that carries no day of its own.

    Columns of table issue without id and delivery, in the order of the rows. A file that says
    nothing of the day of a record that has one already gets none.
    """
    if kind.name in _COUNT_ALL_THE_SAME:
        return pd.DataFrame()
    query = sql.SQL(
        "SELECT file, row_no, key FROM {} WHERE from_delivery = {} AND to_delivery IS NULL"
        " AND effective_on IS NULL ORDER BY file, row_no"
    ).format(table(kind.name), sql.Literal(number))
    rows = copy.read(connection, query, {"file": "text", "row_no": "int4", "key": "text"})
    title = kind.columns[kind.effective].title
    message = (
        f"{kind.title} " + rows["key"] + f" 没有「{title}」：不知自哪一天起算，不在任何判定和合计内"
    )
    return rows[["file", "row_no"]].assign(
        field=kind.effective,
        code=CODE,
        severity="warning",
        value="",
        message=message,
        fix=f"补报「{title}」，或 landwatch correct {kind.name} 编号 {title}=…",
        raw=None,
    )
