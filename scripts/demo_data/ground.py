"""The grid of the demo: metres counted from a block's south-west corner, turned into shapes.

Everything lies in the 3-degree zone 37 of CGCS2000 (central meridian 111 degrees), near Ordos.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapely import Polygon, box

ROOM = Path(__file__).parent
ZONE = 37
EPSG_PLAIN = 4546  # zone 37, Y of six digits
EPSG_PREFIXED = 4525  # zone 37, the zone in front of Y
PREFIX_M = ZONE * 1_000_000


@dataclass(frozen=True)
class Ground:
    """Where the blocks stand and what the hand-made part says of them."""

    corners: dict[str, tuple[float, float]]  # block letter -> east, north of its corner, metres
    sizes: dict[str, tuple[float, float]]  # block letter -> width, height, metres
    table: dict[str, Any]  # ground.toml as read

    def shape(
        self,
        letter: str,
        column_m: float,
        row_m: float,
        width_m: float,
        height_m: float,
        without: tuple[float, float, float, float] | None = None,
    ) -> Polygon:
        """Return a rectangle, less the rectangle `without` (same corner, same order)."""
        east, north = self.corners[letter]
        whole = _rectangle(east + column_m, north + row_m, width_m, height_m)
        if without is None:
            return whole
        cut = _rectangle(east + without[0], north + without[1], without[2], without[3])
        rest = whole.difference(cut)
        assert isinstance(rest, Polygon)
        return rest.normalize()


def read_ground() -> Ground:
    """Return the hand-made ground of `ground.toml`."""
    table = tomllib.loads((ROOM / "ground.toml").read_text(encoding="utf-8"))
    places = [*table["blocks"], table["outside"]]
    return Ground(
        corners={place["letter"]: tuple(place["corner"]) for place in places},
        sizes={place["letter"]: tuple(place["size"]) for place in table["blocks"]},
        table=table,
    )


def _rectangle(east: float, north: float, width_m: float, height_m: float) -> Polygon:
    """Return a rectangle whose corners are whole tenths of a millimetre."""
    return box(
        round(east, 4), round(north, 4), round(east + width_m, 4), round(north + height_m, 4)
    )


def area_ha(shape: Polygon) -> str:
    """Return a planar area in 公顷 with four decimals, as registers print it."""
    return f"{shape.area / 10_000:.4f}"
