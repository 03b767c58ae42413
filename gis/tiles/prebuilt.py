"""What tiles are counted off, made once after a run, so that nobody waits for the first tile.

`build` is what a worker does after a run; a server that finds nothing kept makes it for itself.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from gis.store import tile_kept
from gis.store.database import Connection
from gis.store.runs import Run
from gis.tiles import sources
from gis.tiles.index import Index, States
from gis.tiles.layers import LAYERS
from gis.tiles.sources import Rows, Source

Tell = Callable[[int, int], None]


def build(connection: Connection, run: Run, tell: Tell | None = None) -> int:
    """Make and keep what the tiles of a run are counted off; return how many sources it has.

    `connection` writes. `tell` hears how many of how many are done.
    """
    every = of_run(run)
    for done, source in enumerate(every):
        if tell is not None:
            tell(done, len(every))
        tile_kept.keep(connection, run, source.name, packed(source.read(connection, run)))
    return len(every)


def of_run(run: Run) -> list[Source]:
    """Return the sources of all layers of a run, of the day judged and of the others, each once."""
    found: dict[str, Source] = {}
    for layer in LAYERS.values():
        other_days = [run.as_of + timedelta(days=1)] if layer.follows else []
        for day in (run.as_of, *other_days):
            found |= {source.name: source for source in sources.of(layer, run, day)}
    return [*found.values()]


def rows(connection: Connection, run: Run, source: Source) -> Rows:
    """Return the rows of a source: those kept, else read now."""
    kept = tile_kept.read(connection, run, source.name)
    return source.read(connection, run) if kept is None else unpacked(kept)


def packed(rows: Rows) -> bytes:
    """Return rows as bytes."""
    index, states = rows.index, rows.states
    lands = [[sorted(codes) for codes in land] for land in rows.lands]
    arrays: dict[str, Any] = {
        "cell": index.cell,
        "number": index.number,
        "state": index.state,
        "area_m2": index.area_m2,
        "land": index.land,
        "said": np.frombuffer(json.dumps([[*index.words], lands]).encode(), dtype=np.uint8),
    }
    if states is not None:
        arrays |= {"row": states.row, "day": states.day, "states": states.state}
        if states.area_m2 is not None:
            arrays["areas"] = states.area_m2
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def unpacked(content: bytes) -> Rows:
    """Return the rows that `packed` made bytes of."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        words, lands = json.loads(found["said"].tobytes())
        cell, number, state = found["cell"], found["number"], found["state"]
        index = Index(cell, number, state, found["area_m2"], found["land"], words)
        states = None
        if "row" in found:
            of_states = found["row"], found["day"], found["states"]
            states = States(*of_states, found["areas"]) if "areas" in found else States(*of_states)
    return Rows.of(index, states, [(frozenset(r), frozenset(p), frozenset(b)) for r, p, b in lands])
