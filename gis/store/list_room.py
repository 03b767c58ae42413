"""What of a list fits into memory, and which of its rows say a text that is kept there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial

import numpy as np
from psycopg import sql

from gis.arrays import Small
from gis.store import list_columns, list_kept
from gis.store.database import Connection
from gis.store.list_columns import BETWEEN, Texts, Truths
from gis.store.memory import Memory, Peek
from gis.store.runs import Run

# A text takes its place in an array besides.
_TEXT_BYTES = 16


def saying(
    memory: Memory | Peek,
    connection: Connection,
    run: Run,
    name: str,
    of_list: tuple[Hashable, ...],
    rows: sql.Composable,
    number: str,
    searched: Sequence[str],
    row_ids: Small,
    text: str,
) -> Truths | None:
    """Return which rows say a text in one of the columns; None where the store is to say it."""
    if BETWEEN in text or not searched:
        return None
    own = (*of_list, "texts", *searched)
    length = sql.SQL("octet_length({})").format(list_columns.said(searched))
    size = partial(list_kept.size, connection, run, name, "texts")
    if not has_room(memory, connection, own, rows, _TEXT_BYTES, length, size):
        return None

    def texts() -> Texts:
        return list_columns.texts(connection, rows, number, searched, row_ids)

    at_hand = partial(list_kept.texts, connection, run, name, searched)
    found = memory.get(own, texts, at_hand)
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
    size_at_hand: Callable[[], int | None] | None = None,
) -> bool:
    """Return whether what a list is asked by fits in half of the room, so that two do."""

    def at_hand() -> np.int64 | None:
        known = None if size_at_hand is None else size_at_hand()
        return None if known is None else np.int64(known)

    def counted() -> np.int64:
        each = sql.Literal(0) if length is None else length
        query = sql.SQL("SELECT coalesce(sum({} + {}), 0) {}").format(each, row_bytes, rows)
        row = connection.execute(query).fetchone()
        assert row is not None
        return np.int64(row[0])

    size = memory.get((*of_list, "bytes", row_bytes), counted, at_hand)
    return size is not None and 2 * int(size) <= memory.room_bytes
