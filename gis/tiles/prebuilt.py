"""What tiles are counted off, made once after a run, so that nobody waits for the first tile.

`build` is what a worker does after a run; a server that finds nothing kept makes it for itself. Of
a run whose series has an earlier one that is kept, only what changed since is read from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from gis.arrays import small
from gis.store import kept_arrays
from gis.store.database import Connection
from gis.store.kept_arrays import OF_TILES, GoneError
from gis.store.runs import Run
from gis.tiles import sources
from gis.tiles.index import Index, States
from gis.tiles.layers import LAYERS
from gis.tiles.rows import Rows
from gis.tiles.sources import Source

Tell = Callable[[int, int], None]
Arrays = Mapping[str, Any]
# Where more than this part of the rows changed, all are read: one by one they take longer.
_MOST_CHANGED = 0.25


def build(connection: Connection, run: Run, tell: Tell | None = None) -> int:
    """Make and keep what the tiles of a run are counted off; return how many sources it has.

    `connection` writes. `tell` hears how many of how many are done.
    """
    every = of_run(run)
    for done, source in enumerate(every):
        if tell is not None:
            tell(done, len(every))
        made = _made(connection, run, source)
        if source.follow is not None:
            assert made.states is not None
            states_of = _packed(source.kept_words, _arrays_of(made, made.states), [])
            OF_TILES.keep(connection, run, _followed(source), states_of)
            made = replace(made, states=None)
        OF_TILES.keep(connection, run, source.name, _packed_rows(made))
    names = [source.name for source in every]
    followed = [_followed(source) for source in every if source.follow is not None]
    OF_TILES.drop_others(connection, run, [*names, *followed])
    return len(every)


def of_run(run: Run) -> list[Source]:
    """Return the sources of all layers of a run, of the day judged and of the others, each once."""
    found: dict[str, Source] = {}
    for layer in LAYERS.values():
        other_days = [run.as_of + timedelta(days=1)] if layer.follows else []
        for day in (run.as_of, *other_days):
            for source in sources.of(layer, run, day):
                if source.follow is not None or source.name not in found:
                    found[source.name] = source
    return [*found.values()]


def rows(connection: Connection, run: Run, source: Source) -> Rows:
    """Return the rows of a source, without the states it follows: those kept, else read now."""
    kept = _kept_rows(connection, run, source)
    return source.read(connection, run, None) if kept is None else kept


def states(connection: Connection, run: Run, source: Source, own: Rows) -> States:
    """Return what the rows of a source that follows them are on which day: kept, else read now."""
    assert source.follow is not None
    kept = _kept_states(connection, run, source)
    return source.follow(connection, run, own, None) if kept is None else kept


def _made(connection: Connection, run: Run, source: Source) -> Rows:
    """Return the rows of a source with all their states: those of the run before, brought up."""
    before = OF_TILES.before(connection, run, source.name)
    known = None if before is None else _kept(connection, before, source)
    if before is None or known is None:
        return _read(connection, run, source)
    gone, came = source.changed(connection, run, before)
    if len(gone) + len(came) > _MOST_CHANGED * len(known.by_number):
        return _read(connection, run, source)
    return known.replaced(np.union1d(gone, came), _read(connection, run, source, came))


def _read(connection: Connection, run: Run, source: Source, among: Any = None) -> Rows:
    found = source.read(connection, run, among)
    if source.follow is None:
        return found
    return replace(found, states=source.follow(connection, run, found, among))


def _kept(connection: Connection, run: Run, source: Source) -> Rows | None:
    found = _kept_rows(connection, run, source)
    if found is None or source.follow is None:
        return found
    followed = _kept_states(connection, run, source)
    return None if followed is None else replace(found, states=followed)


def _kept_rows(connection: Connection, run: Run, source: Source) -> Rows | None:
    found = _unpacked(connection, run, source, source.name)
    if found is None:
        return None
    arrays, lands = found
    own = (arrays[name] for name in ("cell", "number", "state", "area_m2", "land"))
    cell, number, state, area_m2, land = own
    index = Index(cell, number, state, area_m2, land, source.kept_words)
    told = [(frozenset(r), frozenset(p), frozenset(b)) for r, p, b in lands]
    return Rows(index, _states(arrays), told, arrays["by_number"])


def _kept_states(connection: Connection, run: Run, source: Source) -> States | None:
    found = _unpacked(connection, run, source, _followed(source))
    return None if found is None else _states(found[0])


def _states(arrays: Arrays) -> States | None:
    if "states.count" not in arrays:
        return None
    count, day, state = (arrays[f"states.{name}"] for name in ("count", "day", "state"))
    row = np.repeat(np.arange(len(count), dtype=np.int32), count)
    return States(row, day, state, arrays.get("states.area_m2"))


def _followed(source: Source) -> str:
    return f"{source.name}, from day to day"


def _packed_rows(made: Rows) -> bytes:
    index = made.index
    arrays = {
        "cell": index.cell,
        "number": index.number,
        "state": index.state,
        "area_m2": index.area_m2,
        "land": index.land,
        "by_number": made.by_number,
    }
    if made.states is not None:
        arrays |= _arrays_of(made, made.states)
    return _packed(index.words, arrays, made.lands)


def _arrays_of(own: Rows, made: States) -> dict[str, Any]:
    # How many states each row has: a quarter of the bytes of which row each is of.
    count = small(np.bincount(made.row, minlength=len(own.by_number)))
    arrays = {"states.count": count, "states.day": made.day, "states.state": made.state}
    return arrays if made.area_m2 is None else arrays | {"states.area_m2": made.area_m2}


def _packed(
    words: Sequence[str], arrays: Mapping[str, Any], lands: Sequence[Sequence[Any]]
) -> bytes:
    told = {"words": [*words], "lands": [[sorted(codes) for codes in land] for land in lands]}
    return kept_arrays.packed(told, arrays)


def _unpacked(
    connection: Connection, run: Run, source: Source, name: str
) -> tuple[dict[str, Any], list[list[list[str]]]] | None:
    """Return what `_packed` made bytes of; None where it is not kept, or by other words."""
    kept = OF_TILES.find(connection, run, name)
    try:
        head = None if kept is None else kept_arrays.head_of(kept)
        if kept is None or head is None or head["words"] != [*source.kept_words]:
            return None
        return kept_arrays.arrays_of(kept, head), head["lands"]
    except GoneError:
        return None
