"""One tile: what is drawn, what is counted, and a layer that tells of both."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians

import numpy as np
import numpy.typing as npt

from gis.store.tile_shapes import Drawn
from gis.tiles import grid, moments, mvt
from gis.tiles.address import CELL_BITS, Address
from gis.tiles.index import ABSENT, DAY_ZERO, Ints, States, Truths, View
from gis.tiles.layers import BETWEEN, BOUNDS, Layer
from gis.tiles.mvt import EXTENT, Value
from gis.tiles.rows import Rows
from gis.tiles.sources import Source

META = "meta"
_EQUATOR_M = 40_075_016.69
_TILE_PIXELS = 256
_PACKED = 1
_LOT = 100_000
# Of what would fit, so much is tried next: some rows are longer than others.
_SPARED = 0.8
# A row that is there on every day.
_NO_DAY = -(2**31)


@dataclass(frozen=True)
class Tile:
    """A tile as it is sent; whether anything lies in it."""

    packed: bytes
    is_empty: bool

    @property
    def raw(self) -> bytes:
        """Return it as it is read: few take it so, and it is several times as large."""
        return gzip.decompress(self.packed)

    @property
    def nbytes(self) -> int:
        """Return the bytes it is kept in."""
        return len(self.packed)


@dataclass(frozen=True)
class Part:
    """A source of a tile: its rows on the day, those that may be seen, how they are met and drawn.

    `is_seen`: None for all.
    """

    source: Source
    rows: Rows
    view: View
    is_seen: Truths | None
    meeting: Callable[[], Ints]
    encoded: Callable[[Drawn], bytes]

    def here(self, place: slice | Ints) -> Ints:
        """Return which of some rows are there on the day and may be seen."""
        if isinstance(place, slice):
            place = np.arange(place.start, place.stop, dtype=np.int32)
        rows: Ints = place
        is_there = self.view.state[rows] != ABSENT
        if self.is_seen is not None:
            is_there &= self.is_seen[rows]
        found: Ints = rows[is_there]
        return found


def make(
    address: Address,
    layer: Layer,
    parts: Sequence[Part],
    head: Mapping[str, Value],
    all_days: Mapping[str, States] | None = None,
) -> Tile:
    """Return a tile of a layer; `head`: what its `meta` says besides the counts.

    `all_days`: name of a source -> what its rows are on every day, where each row says all of it.

    Rows are drawn where they are few, the largest of them where they are many, else all counted by
    cell; fewer are drawn, and larger cells counted, until the tile has no more bytes than it may.
    """
    own = [part.here(part.rows.index.rows_of(address)) for part in parts]
    total = sum(map(len, own))
    is_counted = address.zoom <= layer.grid_until_zoom or total > BOUNDS.most_partly_drawn
    most, bits = 0 if is_counted else BOUNDS.most_drawn, CELL_BITS
    met = [part.here(part.rows.numbered(part.meeting())) for part in parts] if most else own
    while True:
        chosen = _chosen(address, parts, met, most)
        left = [
            rows[~np.isin(rows, drawn)] if len(drawn) else rows
            for rows, drawn in zip(own, chosen, strict=True)
        ]
        raw = b"".join(
            part.encoded(_drawn(part, rows, here, (all_days or {}).get(part.source.name)))
            for part, rows, here in zip(parts, chosen, own, strict=True)
            if len(rows)
        )
        raw += _cells(address, layer, parts, left, bits)
        raw += mvt.point(META, EXTENT // 2, EXTENT // 2, _meta(parts, own, left, head))
        if len(raw) <= BOUNDS.most_bytes or not (most or bits):
            break
        if most:
            # Rows of one layer are about as long as each other.
            share = _SPARED * BOUNDS.most_bytes / len(raw)
            most = int(min(most, sum(map(len, chosen))) * share)
        else:
            bits -= 1
    is_empty = not (total or any(map(len, chosen)))
    return Tile(gzip.compress(raw, _PACKED, mtime=0), is_empty)


def _chosen(address: Address, parts: Sequence[Part], met: Sequence[Ints], most: int) -> list[Ints]:
    """Return which rows are drawn: all that meet the tile, or the largest where these are many."""
    if not most:
        return [rows[:0] for rows in met]
    if sum(map(len, met)) <= most:
        return [*met]
    areas = [np.nan_to_num(part.view.area_m2[rows]) for part, rows in zip(parts, met, strict=True)]
    every = np.concatenate(areas)
    is_drawn = np.zeros(len(every), dtype=bool)
    # Of equal ones those that come first: their number is bound, too.
    is_drawn[np.argsort(-every, kind="stable")[:most]] = True
    is_drawn &= every >= _least_m2(address)
    ends = np.cumsum([*map(len, met)])[:-1]
    return [rows[chosen] for rows, chosen in zip(met, np.split(is_drawn, ends), strict=True)]


def _least_m2(address: Address) -> float:
    _, south, _, north = address.bounds_degrees()
    side_m = _EQUATOR_M / (1 << address.zoom) * cos(radians((south + north) / 2))
    return float((BOUNDS.least_side_pixels * side_m / _TILE_PIXELS) ** 2)


def _drawn(part: Part, rows: Ints, own: Ints, all_days: States | None) -> Drawn:
    index, states, at = part.rows.index, part.rows.states, part.view.at
    area_m2 = part.view.area_m2[rows]
    from_on: list[str | None] = []
    until_on: list[str | None] = []
    if at is not None and states is not None:
        here = at[rows]
        from_on = _days(states.day[here], states.day[here] > _NO_DAY)
        behind = (here + 1).clip(max=len(states.row) - 1)
        goes_on = (behind > here) & (states.row[behind] == states.row[here])
        until_on = _days(states.day[behind], goes_on)
    return Drawn(
        index.number[rows],
        np.isin(rows, own),
        part.view.state[rows],
        part.source.words,
        [None if area != area else area for area in area_m2.tolist()],
        from_on,
        until_on,
        [] if all_days is None else moments.written(all_days, rows, part.source.words),
    )


def _days(days: npt.NDArray[np.int32], is_known: Truths) -> list[str | None]:
    return [
        (DAY_ZERO + timedelta(days=day)).isoformat() if known else None
        for day, known in zip(days.tolist(), is_known.tolist(), strict=True)
    ]


def _cells(
    address: Address, layer: Layer, parts: Sequence[Part], left: Sequence[Ints], bits: int
) -> bytes:
    if not any(map(len, left)):
        return b""
    words = layer.words
    counted = grid.Cells(address, words, bits)
    for part, rows in zip(parts, left, strict=True):
        # Each source names the states its own way round.
        place = np.array([*map(words.index, part.source.words)])
        for lot in lots(rows):
            counted.count(
                part.rows.index.cell[lot], place[part.view.state[lot]], part.view.area_m2[lot]
            )
    return mvt.squares(f"{layer.name}_grid", counted.squares())


def lots(rows: Ints) -> Iterator[Ints]:
    """Give rows lot by lot: what is made of a million at once takes as much memory as they do."""
    for begin in range(0, len(rows), _LOT):
        yield rows[begin : begin + _LOT]


def _by_rule(parts: Sequence[Part], every: Sequence[Ints]) -> Counter[str]:
    """Return how many rows there are of each rule, where a layer shows several.

    A land that was supplied and has an agreement lies there twice, and is drawn once.
    """
    found: Counter[str] = Counter()
    for part, rows in zip(parts, every, strict=True):
        words = part.source.words
        if BETWEEN not in words[0]:
            continue
        for lot in lots(rows):
            counts = np.bincount(part.view.state[lot].astype(np.intp), minlength=len(words))
            for at in np.flatnonzero(counts).tolist():
                found[words[at].partition(BETWEEN)[0]] += int(counts[at])
    return found


def _meta(
    parts: Sequence[Part], own: Sequence[Ints], left: Sequence[Ints], head: Mapping[str, Value]
) -> dict[str, Value]:
    area_m2, unmeasured = 0.0, 0
    for part, rows in zip(parts, own, strict=True):
        for lot in lots(rows):
            area_m2 += float(np.nansum(part.view.area_m2[lot]))
            unmeasured += int(np.isnan(part.view.area_m2[lot]).sum())
    total, merged = sum(map(len, own)), sum(map(len, left))
    by_rule = {
        f"{name}{BETWEEN}{rule}": count
        for name, rows in (("total", own), ("merged", left))
        for rule, count in _by_rule(parts, rows).items()
    }
    return {
        **head,
        **by_rule,
        "total": total,
        "drawn": total - merged,
        "merged": merged,
        "area_m2": round(area_m2, 6),
        "unmeasured": unmeasured,
    }
