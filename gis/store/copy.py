"""Tables into the store and out of it by binary COPY."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.generators import copy_from
from psycopg.pq import Format

from gis.store import binary, row_digests
from gis.store.cluster import faults
from gis.store.database import Connection

_ROWS_AT_ONCE = 20_000
# Read value by value, by psycopg's loaders; the rest is decoded by column.
_LOADED = {"text[]": ("text", True), "float8[]": ("float8", True), "jsonb": ("jsonb", False)}


@dataclass(frozen=True)
class Encoded:
    """Rows in the bytes a table takes: names of columns, number of rows, and the bytes in chunks.

    Whoever made them elsewhere hands them over as they are: to take a table apart and put it
    together again costs more than to encode it. `listed` first, the chunks may be made one by one.
    """

    names: Sequence[str]
    count: int
    chunks: Iterable[bytes]

    def listed(self) -> Encoded:
        """Return the same with its chunks in memory, to be handed to another process."""
        return replace(self, chunks=list(self.chunks))


def encoded(frame: pd.DataFrame, types: Mapping[str, str], *, digest: str | None = None) -> Encoded:
    """Return the rows of the columns `types` (name -> PostgreSQL type) of a frame.

    A column the frame lacks is left to the table's default; other columns of the frame are not
    read. `digest`: a text column that gets the digest of each row of `types`, see `row_digests`.
    ValueError, when the chunks are made, names a value that does not fit its type.
    """
    kinds = {name: kind for name, kind in types.items() if name in frame.columns}
    names = [*kinds] if digest is None or not kinds else [*kinds, digest]

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            columns = {name: binary.encode(part[name], kind) for name, kind in kinds.items()}
            if digest is not None:
                columns[digest] = row_digests.digests(columns, types, len(part))
            yield binary.rows([*columns.values()])

    return Encoded(names, len(frame), chunks())


def write(
    connection: Connection,
    table: sql.Composable,
    frame: pd.DataFrame,
    types: Mapping[str, str],
    *,
    digest: str | None = None,
) -> None:
    """Append the columns `types` of a frame to a table, see `encoded`."""
    write_encoded(connection, table, encoded(frame, types, digest=digest))


def write_encoded(connection: Connection, table: sql.Composable, rows: Encoded) -> None:
    """Append rows to a table."""
    if not rows.count or not rows.names:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, rows.names))
    )
    with (
        faults.explained(),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(binary.HEADER)
        for chunk in rows.chunks:
            copy.write(chunk)
        copy.write(binary.TRAILER)


def read(connection: Connection, query: sql.Composable, types: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of a query whose columns are `types` (name -> PostgreSQL type), in order.

    text is str, date datetime64[s], int4 and int8 Int64, float8 float64, bool boolean, geometry a
    column of shapely objects, arrays lists, jsonb Python values; unknown is NA, NaT, NaN or None.
    """
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    parts: list[dict[str, Any]] = []
    with (
        faults.explained(),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        batch: list[binary.Buffer] = [bytes(copy.read())[len(binary.HEADER) :]]
        batch = [message for message in batch if message]
        while not batch or batch[-1] != binary.TRAILER:
            batch += connection.wait(_messages(connection, _ROWS_AT_ONCE - len(batch)))
            if len(batch) >= _ROWS_AT_ONCE and batch[-1] != binary.TRAILER:
                parts.append(_columns(connection, batch, types))
                batch = []
        assert not copy.read()
    batch.pop()
    if not parts and not batch:
        return nothing(types)
    if batch:
        parts.append(_columns(connection, batch, types))
    frames = [pd.DataFrame(part) for part in parts]
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def _messages(connection: Connection, count: int) -> PQGen[list[binary.Buffer]]:
    """Return up to so many of the messages of a COPY, its trailer the last: a row each.

    Asked for one by one, a row costs more than all that is done with it.
    """
    found: list[binary.Buffer] = []
    while len(found) < count:
        message = yield from copy_from(connection.pgconn)
        assert isinstance(message, memoryview), "a COPY ended without its trailer"
        found.append(message)
        if len(message) == len(binary.TRAILER):
            break
    return found


def read_numbers(
    connection: Connection, query: sql.Composable, types: Mapping[str, str]
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a query as arrays of numbers: int2, int4, int8, float8, none unknown.

    Many rows come in a fraction of the time `read` takes, whose values may be unknown.
    """
    fields = [("count", ">i2")]
    for name, kind in types.items():
        fields += [(f"{name} length", ">i4"), (name, binary.FIXED[kind])]
    row = np.dtype(fields)
    parts: list[npt.NDArray[Any]] = []

    def take(came: bytearray) -> None:
        whole = len(came) // row.itemsize
        rows = np.frombuffer(bytes(came[: whole * row.itemsize]), row)
        parts.append(rows[[*types]].astype([(name, row[name].newbyteorder("=")) for name in types]))
        del came[: whole * row.itemsize]

    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    with faults.explained(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        came = bytearray()
        for data in copy:
            came += data
            if not parts:
                del came[: len(binary.HEADER)]
            if not parts or len(came) > _ROWS_AT_ONCE * row.itemsize:
                take(came)
        take(came)
    assert came == binary.TRAILER, "a value was unknown"
    return {name: np.concatenate([part[name] for part in parts]) for name in types}


def read_numbers_at_once(
    connection: Connection, query: sql.Composable, types: Mapping[str, str]
) -> dict[str, npt.NDArray[Any]]:
    """Return what `read_numbers` does of as many rows as are held in memory anyway, in order.

    They come as one value, of up to 1 GB: of half a million rows this leaves the program a
    twentieth of its work, in which nobody else's request could be answered.
    """
    sent = sql.SQL(" || ").join(
        sql.SQL("{}({})").format(sql.Identifier(f"{kind}send"), sql.Identifier(name))
        for name, kind in types.items()
    )
    whole = sql.SQL("SELECT count(*), string_agg({}, '') FROM ({}) AS own").format(sent, query)
    with faults.explained(), connection.cursor(binary=True) as cursor:
        row = cursor.execute(whole).fetchone()
    count, came = row or (0, None)
    own = np.dtype([(name, binary.FIXED[kind]) for name, kind in types.items()])
    # What a row lacks makes its bytes unknown, and they are left out.
    assert len(came or b"") == count * own.itemsize, "a value was unknown"
    rows = np.frombuffer(came or b"", own)
    return {name: rows[name].astype(own[name].newbyteorder("=")) for name in types}


def read_texts(
    connection: Connection, query: sql.Composable
) -> tuple[npt.NDArray[np.int64], pa.StringArray]:
    """Return the int8 and the text of each row of a query, neither unknown, of up to 1 GB."""
    whole = sql.SQL(
        "SELECT count(*), string_agg(int8send(id) || int4send(octet_length(said)), ''),"
        " string_agg(convert_to(said, 'UTF8'), '') FROM ({}) AS own (id, said)"
    )
    with faults.explained(), connection.cursor(binary=True) as cursor:
        row = cursor.execute(whole.format(query)).fetchone()
    count, came, texts = row or (0, None, None)
    own = np.dtype([("id", binary.FIXED["int8"]), ("length", binary.FIXED["int4"])])
    rows = np.frombuffer(came or b"", own)
    ends = np.concatenate([[0], np.cumsum(rows["length"], dtype=np.int64)])
    assert (len(rows), ends[-1]) == (count, len(texts or b"")), "a value was unknown"
    offsets = pa.py_buffer(ends.astype(np.int32))
    said = pa.StringArray.from_buffers(count, offsets, pa.py_buffer(texts or b""))
    return rows["id"].astype(np.int64), said


def read_ids(connection: Connection, query: sql.Composable) -> npt.NDArray[np.int64]:
    """Return the one int8 of each row of a query, none unknown, in no order.

    They come as one value: thousands take a fraction of the time they do as a message each.
    """
    whole = sql.SQL("SELECT count(*), string_agg(int8send(id), '') FROM ({}) AS own (id)")
    with faults.explained(), connection.cursor(binary=True) as cursor:
        row = cursor.execute(whole.format(query)).fetchone()
    count, sent = row or (0, None)
    found = np.frombuffer(sent or b"", binary.FIXED["int8"]).astype(np.int64)
    assert len(found) == count, "a value was unknown"
    return found


def nothing(types: Mapping[str, str]) -> pd.DataFrame:
    """Return what `read` returns of a query without rows; the store is not asked."""
    # A frame that is changed is copied then; text is kept as it is kept now.
    made = _made_empty(tuple(types.items()), pd.get_option("mode.string_storage"))
    return made.copy(deep=False)


@lru_cache(maxsize=256)
def _made_empty(types: tuple[tuple[str, str], ...], text_kept: str) -> pd.DataFrame:
    del text_kept
    names, kinds = zip(*types, strict=True)
    return pd.DataFrame(dict(zip(names, binary.columns([], kinds, {}), strict=True)))


def _columns(
    connection: Connection, batch: list[binary.Buffer], types: Mapping[str, str]
) -> dict[str, Any]:
    loaders = {kind: _loader(connection, kind) for kind in {*types.values()} & {*_LOADED}}
    kinds = [*types.values()]
    return dict(zip(types, binary.columns(batch, kinds, loaders), strict=True))


def _loader(connection: Connection, kind: str) -> Callable[[bytes], Any]:
    name, is_array = _LOADED[kind]
    own = connection.adapters.types[name]
    oid = own.array_oid if is_array else own.oid
    return Transformer(connection).get_loader(oid, Format.BINARY).load
