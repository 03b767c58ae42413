"""What of a list fits into memory, and which of its rows say a text that is kept there."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from psycopg import sql

from gis.store import list_columns
from gis.store.database import Connection
from gis.store.list_columns import BETWEEN, Texts, Truths
from gis.store.memory import Memory, Peek

# A text takes its place in an array besides.
_TEXT_BYTES = 16


def saying(
    memory: Memory | Peek,
    connection: Connection,
    of_list: tuple[Hashable, ...],
    rows: sql.Composable,
    number: str,
    searched: Sequence[str],
    row_ids: list_columns.Ints,
    text: str,
) -> Truths | None:
    """Return which rows say a text in one of the columns; None where the store is to say it."""
    if BETWEEN in text or not searched:
        return None
    own = (*of_list, "texts", *searched)
    length = sql.SQL("octet_length({})").format(list_columns.said(searched))
    if not has_room(memory, connection, own, rows, _TEXT_BYTES, length):
        return None

    def texts() -> Texts:
        return list_columns.texts(connection, rows, number, searched, row_ids)

    found = memory.get(own, texts)
    if found is None:
        return None
    row = connection.execute("SELECT lower(%s)", (text,)).fetchone()
    assert row is not None
    return found.holding(str(row[0]))


def has_room(
    memory: Memory | Peek,
    connection: Connection,
    of_list: tuple[Hashable, ...],
    rows: sql.Composable,
    row_bytes: int,
    length: sql.Composable | None = None,
) -> bool:
    """Return whether what a list is asked by fits in half of the room, so that two do."""

    def counted() -> np.int64:
        each = sql.Literal(0) if length is None else length
        query = sql.SQL("SELECT coalesce(sum({} + {}), 0) {}").format(each, row_bytes, rows)
        row = connection.execute(query).fetchone()
        assert row is not None
        return np.int64(row[0])

    size = memory.get((*of_list, "bytes", row_bytes), counted)
    return size is not None and 2 * int(size) <= memory.room_bytes
