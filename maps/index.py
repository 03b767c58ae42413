"""The index page: the park, its blocks with what was found in each, and the way to their maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.pipeline import counts
from maps import page, tally, thumbnail
from maps.block import Place
from maps.layers import IDLE, LAYERS, UNSUPPLIED, Layer
from maps.packed import Column, pack, polygons
from maps.style import Style

_TOLD = tuple(layer for layer in LAYERS if layer.frame == "findings")
_PICTURE_WIDTH = 900.0
_PICTURE_HEIGHT = 420.0
_LEAST_HEIGHT = 140.0
_MARGIN = 30.0
# A vertex every 50,000th of a degree is finer than a dot of the picture.
_SIMPLIFY_DEGREES = 2e-5
# A sign of a name is as wide in the picture; a name wider than its block is left to the list.
_SIGN_WIDTH = 15.0
_SCRIPTS = ("unpack.js", "language.js", "index.js")
_NAMES = ("subject", "name", "holder")
# Of more blocks than this each card tells the key figures, and its map the rest.
_MOST_TABLES = 60
# What a leader asks of each block first: statuses that are never summed with one another.
_ASKED = ((IDLE, "found_idle"), (IDLE, "suspected_idle"), (IDLE, "candidate"))


@dataclass(frozen=True)
class Block:
    """What the index tells of one block; made once the block's map is drawn, without its rows."""

    place: Place
    map_file: str
    tallies: tuple[tally.Tally, ...]
    outline: shapely.Geometry | None
    thumbnail: thumbnail.Thumbnail | None
    # subject, name and holder of all that was found, to be searched.
    names: pd.DataFrame

    @classmethod
    def of(cls, place: Place, layers: Mapping[str, pd.DataFrame], map_file: str = "") -> Block:
        """Return the entry of a block from the frames its map was drawn from.

        `map_file` is where the map lies, as a path from the index page: by default the place's
        own file name.
        """
        parts, _ = polygons(layers["block"] if "block" in layers else pd.DataFrame())
        outline = shapely.simplify(shapely.union_all(parts), _SIMPLIFY_DEGREES)
        found = layers.get("findings", pd.DataFrame(columns=_NAMES[:1]))
        return cls(
            place=place,
            map_file=map_file or place.file_name,
            tallies=tuple(tally.count(layer, layers) for layer in _TOLD),
            outline=None if outline.is_empty else outline,
            thumbnail=thumbnail.of(layers),
            names=found[[name for name in _NAMES if name in found]].drop_duplicates(),
        )

    @property
    def asked(self) -> list[dict[str, object]]:
        """Return the key figures of the block: all of each layer, and each status asked for."""
        told: list[dict[str, object]] = []
        told += [
            _figure(one.layer.zh, one.layer.en, one.count, one.area_m2)
            for one in self.tallies
            if one.layer == IDLE
        ]
        for layer, code in _ASKED:
            area_m2, number = self.area_m2(layer, code), self.number(layer, code)
            look = layer.looks()[code]
            told.append(_figure(look.zh, look.en, number, area_m2))
        told += [
            _figure("批而未供", "unsupplied", one.count, one.area_m2)
            for one in self.tallies
            if one.layer == UNSUPPLIED
        ]
        return told

    def area_m2(self, layer: Layer, code: str) -> float:
        """Return the area of one status of one layer in this block."""
        return tally.summed(
            entry.area_m2
            for told in self.tallies
            if told.layer.key == layer.key
            for entry in told.entries
            if entry.style.code == code
        )

    def number(self, layer: Layer, code: str) -> int:
        """Return how many rows have one status of one layer in this block."""
        return sum(
            entry.count
            for told in self.tallies
            if told.layer.key == layer.key
            for entry in told.entries
            if entry.style.code == code
        )


@dataclass(frozen=True)
class _Picture:
    """The overview: its size, and for each block its path and where its name goes."""

    width: float
    height: float
    shapes: list[dict[str, object]]


def write(
    blocks: Sequence[Block], out: Path, unsupplied_total: Mapping[str, Any] | None = None
) -> Path:
    """Write the index page of the blocks at `out` and return that path; it opens anywhere.

    `unsupplied_total` is the one figure of 批而未供 of the run (`rates.unsupplied_of`).
    """
    ordered = sorted(blocks, key=lambda block: block.place.code)
    html = page.TEMPLATES.get_template("index.html.jinja").render(
        policy=page.POLICY_MARK,
        sheet=page.stylesheet("index.css"),
        script=page.script(*_SCRIPTS),
        looks=_looks(ordered),
        blocks=ordered,
        has_tables=len(ordered) <= _MOST_TABLES,
        parks=sorted({block.place.park_name for block in ordered if block.place.park_name}),
        days=sorted({f"{block.place.as_of:%Y-%m-%d}" for block in ordered}),
        runs=sorted({block.place.run for block in ordered}),
        left_out=sorted({block.place.left_out for block in ordered if block.place.left_out}),
        tables=[_table(layer, ordered) for layer in _TOLD],
        picture=_picture(ordered),
        thumbnail=(thumbnail.WIDTH, thumbnail.HEIGHT),
        names=_names(ordered),
        hectares=tally.hectares,
        mu=tally.mu,
        one_figure=counts.one_figure(unsupplied_total) if unsupplied_total else None,
    )
    return page.write(page.seal(html), out)


def _figure(zh: str, en: str, count: int, area_m2: float) -> dict[str, object]:
    return {
        "zh": zh,
        "en": en,
        "count": count,
        "hectares": tally.hectares(area_m2),
        "mu": tally.mu(area_m2),
        # To sort by; what is not known comes last.
        "m2": -1 if math.isnan(area_m2) else round(area_m2),
    }


def _names(blocks: Sequence[Block]) -> str:
    """Return all that was found, packed: subject, name, holder, and the place of its block."""
    frames = [block.names.assign(block=str(place)) for place, block in enumerate(blocks)]
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    # Read back like the rows of a map, which say what they are.
    about = {"key": "names", "zh": "名录", "lines": [], "styles": []}
    return pack(rows, [Column(name) for name in (*_NAMES, "block")], about)


def _looks(blocks: Sequence[Block]) -> list[tuple[str, Style]]:
    """Return every look the page draws, with the key of its layer; a code may have one in each."""
    met = {
        (told.layer.key, entry.style.order): entry.style
        for block in blocks
        for told in block.tallies
        for entry in told.entries
    }
    return [(key, look) for (key, _), look in sorted(met.items(), key=lambda one: one[0])]


def _met(layer: Layer, blocks: Sequence[Block]) -> list[Style]:
    """Return the looks of a layer's statuses that are met in any block, in their order."""
    met = {entry.style.code: entry.style for told in _of(layer, blocks) for entry in told.entries}
    return sorted(met.values(), key=lambda look: (look.order, look.code))


def _table(layer: Layer, blocks: Sequence[Block]) -> dict[str, object]:
    """Return a layer's statuses, met in any block, with the sums over all blocks."""
    looks = _met(layer, blocks)
    return {
        "layer": layer,
        "rows": [
            {
                "style": look,
                "count": sum(block.number(layer, look.code) for block in blocks),
                "area_m2": tally.summed(
                    block.area_m2(layer, look.code)
                    for block in blocks
                    if block.number(layer, look.code)
                ),
            }
            for look in looks
        ],
        "area_m2": tally.summed(told.area_m2 for told in _of(layer, blocks) if told.count),
        "unknown_count": sum(told.unknown_count for told in _of(layer, blocks)),
    }


def _of(layer: Layer, blocks: Sequence[Block]) -> list[tally.Tally]:
    return [each for block in blocks for each in block.tallies if each.layer.key == layer.key]


def _picture(blocks: Sequence[Block]) -> _Picture | None:
    """Return the blocks' outlines as SVG paths, north up, true to shape at the park's middle."""
    drawn = [block for block in blocks if block.outline is not None]
    if not drawn:
        return None
    outlines = np.array([block.outline for block in drawn], dtype=object)
    west, south, east, north = shapely.total_bounds(outlines)
    narrowing = np.cos(np.radians((south + north) / 2))
    scale = min(
        (_PICTURE_WIDTH - 2 * _MARGIN) / max((east - west) * narrowing, 1e-9),
        (_PICTURE_HEIGHT - 2 * _MARGIN) / max(north - south, 1e-9),
    )
    height = max((north - south) * scale + 2 * _MARGIN, _LEAST_HEIGHT)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    centre = np.array([_PICTURE_WIDTH / 2, height / 2])
    stretch = np.array([scale * narrowing, -scale])

    def placed(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        onto: npt.NDArray[np.float64] = (points - middle) * stretch + centre
        return onto

    shapes: list[dict[str, object]] = []
    for block, outline in zip(drawn, shapely.transform(outlines, placed), strict=True):
        label = outline.representative_point()
        left, _, right, _ = outline.bounds
        rings = shapely.get_rings(shapely.get_parts(outline))
        shapes.append(
            {
                "block": block,
                "path": "".join(_path(ring) for ring in rings),
                "x": round(label.x, 1),
                "y": round(label.y, 1),
                "is_named": right - left >= _SIGN_WIDTH * len(block.place.name),
            }
        )
    return _Picture(_PICTURE_WIDTH, round(height, 1), shapes)


def _path(ring: shapely.Geometry) -> str:
    points = shapely.get_coordinates(ring)[:-1]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
