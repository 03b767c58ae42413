"""What lists of a run are asked by, made once after the run and kept beside it.

Of half a million rows the store needs twenty seconds to put it together, and a second to give it
back; the server holds none of it twice meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from psycopg import sql

from gis.store import kept_arrays, list_columns, results, triage
from gis.store.database import Connection
from gis.store.kept_arrays import OF_LISTS, Content, GoneError
from gis.store.list_columns import Columns, Texts
from gis.store.runs import Run
from gis.store.statements import table
from gis.store.triage import Facts

Made = TypeVar("Made")
Head = Mapping[str, Any]
_TRIAGED = frozenset({"finding", "lead"})


def build(
    connection: Connection, run: Run, name: str, columns: Sequence[str], searched: Sequence[str]
) -> None:
    """Make and keep what a result table is asked by; `connection` writes.

    `columns` and `searched`: as lists ask for them; without the latter no texts are kept.
    """
    held = [*dict.fromkeys(columns)]
    own = list_columns.read(connection, run, name, held)
    arrays = {"row_id": own.row_ids, "land": own.land_of, **own.ranges}
    arrays |= {one: which for one, (_, which) in own.codes.items()}
    lands = [[sorted(codes) for codes in land] for land in own.lands]
    told = {**_words(name, held), "lands": lands}
    OF_LISTS.keep(connection, run, f"{name}: columns", kept_arrays.packed(told, arrays))
    if searched:
        rows = sql.SQL("FROM {} WHERE {}").format(
            table(name), results.condition(run, name, results.EVERYTHING)
        )
        texts = list_columns.texts(connection, rows, "row_id", searched, own.row_ids).in_order()
        _, ends, said = texts.said.buffers()
        arrays = {"ends": np.frombuffer(ends, np.int32), "said": np.frombuffer(said, np.uint8)}
        told = {"searched": [*searched]}
        OF_LISTS.keep(connection, run, f"{name}: texts", kept_arrays.packed(told, arrays))
    if name in _TRIAGED:
        arrays = triage.arrays(connection, run, name, held)
        told = _words(name, held)
        OF_LISTS.keep(connection, run, f"{name}: triage", kept_arrays.packed(told, arrays))


def columns(connection: Connection, run: Run, name: str, held: Sequence[str]) -> Columns | None:
    """Return what `list_columns.read` does of a run, as it was kept; None where it was not."""

    def made(kept: Content, head: Head) -> Columns | None:
        if {**head, **_words(name, held)} != head:
            return None
        found = kept_arrays.arrays_of(kept, head)
        coded, ranged = list_columns.coded_and_ranged(name, held)
        return Columns(
            found["row_id"],
            {one: (codes, found[one]) for one, codes in coded.items()},
            {one: found[one] for one in ranged},
            [(frozenset(r), frozenset(p), frozenset(b)) for r, p, b in head["lands"]],
            found["land"],
        )

    return _read(connection, run, f"{name}: columns", made)


def texts(connection: Connection, run: Run, name: str, searched: Sequence[str]) -> Texts | None:
    """Return what rows say, in the order of `columns`, as it was kept; None where it was not."""

    def made(kept: Content, head: Head) -> Texts | None:
        if head["searched"] != [*searched]:
            return None
        found = kept_arrays.arrays_of(kept, head)
        ends, said = pa.py_buffer(found["ends"]), pa.py_buffer(found["said"])
        return Texts(pa.StringArray.from_buffers(len(found["ends"]) - 1, ends, said))

    return _read(connection, run, f"{name}: texts", made)


def facts(connection: Connection, run: Run, name: str, held: Sequence[str]) -> Facts | None:
    """Return what `triage.read` does of a run, as it was kept; None where it was not."""

    def made(kept: Content, head: Head) -> Facts | None:
        if {**head, **_words(name, held)} != head:
            return None
        return triage.facts(name, held, kept_arrays.arrays_of(kept, head))

    return _read(connection, run, f"{name}: triage", made)


def size(connection: Connection, run: Run, name: str, part: str) -> int | None:
    """Return how many bytes are kept of a part of a list: columns, texts, triage; None: nothing."""
    found = OF_LISTS.find(connection, run, f"{name}: {part}")
    return None if found is None else found.nbytes


def _read(
    connection: Connection, run: Run, source: str, made: Callable[[Content, Head], Made | None]
) -> Made | None:
    kept = OF_LISTS.find(connection, run, source)
    try:
        return None if kept is None else made(kept, kept_arrays.head_of(kept))
    except GoneError:
        return None


def _words(name: str, held: Sequence[str]) -> dict[str, Any]:
    """Return what kept numbers are to be understood by: columns, and the codes of some."""
    coded, ranged = list_columns.coded_and_ranged(name, [*dict.fromkeys(held)])
    return {"codes": coded, "ranged": [*ranged]}
