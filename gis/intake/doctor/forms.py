"""The form of coordinates by their size alone: degrees or metres, zone in front or not, swapped.

Within China the six forms do not meet, so the numbers of a delivery can contradict its .prj.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.arrays import Numbers
from gis.crs import systems
from gis.crs.systems import CrsInfo

Array = np.ndarray[Any, Any]
OTHER = "other"
# form -> limits of east (or longitude) and of north (or latitude)
_LIMITS = {
    "degrees": ((73.0, 136.0), (3.0, 54.0)),
    "plane": ((100_000.0, 900_000.0), (1_800_000.0, 6_000_000.0)),
    "prefixed": ((13_100_000.0, 45_900_000.0), (1_800_000.0, 6_000_000.0)),
}
SWAPPED = "_swapped"
PREFIX_M = 1_000_000.0


def forms_of(xy: Numbers) -> Array:
    """Return the form of each (x, y): degrees, plane, prefixed, the same swapped, or other."""
    found = np.full(len(xy), OTHER, dtype=object)
    for name, (east, north) in _LIMITS.items():
        found[_within(xy[:, 0], east) & _within(xy[:, 1], north)] = name
        found[_within(xy[:, 1], east) & _within(xy[:, 0], north)] = name + SWAPPED
    zones = np.floor(xy[:, 0] / PREFIX_M)
    # Between the 6-degree zones 13 to 23 and the 3-degree zones 25 to 45 there is no zone.
    found[(found == "prefixed") & (zones == 24)] = OTHER
    return found


def form_wanted(system: CrsInfo) -> str | None:
    """Return the form a system's coordinates have in China, None for systems of other places."""
    if system.is_geographic:
        return "degrees"
    if system.false_easting_m is None or system.central_meridian is None:
        return None
    if not 72 <= system.central_meridian <= 138 or (system.metres_per_unit or 1.0) != 1.0:
        return None
    return "prefixed" if system.false_easting_m >= PREFIX_M else "plane"


def datum_of(system: CrsInfo) -> str:
    """Return cgcs2000, xian1980 or beijing1954 by a system's name; cgcs2000 for all others."""
    name = system.name.lower()
    for datum, marks in (("xian1980", ("xian",)), ("beijing1954", ("beijing", "krassow"))):
        if any(mark in name for mark in marks):
            return datum
    return "cgcs2000"


def zone_in_front(datum: str, east: float) -> CrsInfo | None:
    """Return the zoned system an easting names by its first two figures, None if it names none."""
    zone = int(east // PREFIX_M)
    if 25 <= zone <= 45:
        return systems.gauss_kruger(datum, 3, zone, has_prefix=True)
    if 13 <= zone <= 23:
        return systems.gauss_kruger(datum, 6, zone, has_prefix=True)
    return None


def is_six_degrees(east: float) -> bool:
    """True when the figures in front of an easting are those of a 6-degree zone."""
    return 13 <= int(east // PREFIX_M) <= 23


def _within(values: Array, limits: tuple[float, float]) -> Array:
    return np.asarray((values >= limits[0]) & (values <= limits[1]))
