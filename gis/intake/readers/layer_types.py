"""What GDAL may call the shapes of a layer, where pyogrio's own table ends.

A layer declared as of any shape with heights and measures ("3D Measured Unknown"), as curves or as
surfaces is read like every other: what its shapes are is told by each of them. pyogrio 0.13 refuses
such a layer by its name alone; its rows come through Arrow untouched.
"""

from __future__ import annotations

from pyogrio import _geometry

# Type of OGC and ISO 13249-3 -> its name; heights add 1000, measures 2000, both 3000.
_NAMES = {
    0: "Unknown",
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
    13: "Curve",
    14: "Surface",
    15: "PolyhedralSurface",
    16: "TIN",
    17: "Triangle",
}
_OFFSETS = {0: "", 1000: " Z", 2000: " M", 3000: " ZM"}
# "3D Unknown" keeps the older flag for heights, read as a number with a sign or without.
_FLAGGED = {0x80000000: "Unknown Z", -0x80000000: "Unknown Z"}


def know_all() -> None:
    """Let pyogrio take layers of every type GDAL knows."""
    for code, name in _NAMES.items():
        for offset, suffix in _OFFSETS.items():
            _geometry.GEOMETRY_TYPES.setdefault(code + offset, name + suffix)
    for code, name in _FLAGGED.items():
        _geometry.GEOMETRY_TYPES.setdefault(code, name)
