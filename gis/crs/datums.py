"""The way from one coordinate system to another, and how well it is known.

PROJ has no operation between CGCS2000 and any other datum, so it takes their degrees for the same
and is wrong by up to some hundred metres. But CGCS2000 and WGS 84 are the same to well under a
metre, and many datums have a published way to WGS 84, each for its own piece of the earth: where
there is one, it is taken.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

from gis.errors import GeometryError

Shapes = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.float64]
Bounds = tuple[int, int, int, int]  # whole degrees: west, south, east, north

_CGCS2000, _WGS84 = "EPSG:4490", "EPSG:4326"
# The two frames differ by centimetres at one epoch, and plates drift some centimetres a year.
_CGCS2000_TO_WGS84_M = 1.0
# How GDAL, ESRI, PROJ and EPSG call the datum of a system that has none.
_NO_DATUM = re.compile(
    r"(d[_ ])?(unknown|undefined|not[_ ]specified|unspecified|user[_ ]?defined)", re.IGNORECASE
)


# Where a definition names a file or an address that PROJ would open: a grid, a file of definitions.
_FILES = re.compile(
    r"""(?:nadgrids|geoidgrids|grids|file|init|url)\s*=\s*(?P<proj>[^\s"]*)
      | PARAMETERFILE\s*[\[(][^\])]{0,300}?,\s*"(?P<wkt>[^"]*)
      | "parameter_?file"\s*:\s*(?P<json>.{0,80})
      | (?P<path>/vsi\w*/|://(?!www\.opengis\.net/|proj\.org/schemas/))""",
    re.IGNORECASE | re.VERBOSE,
)
# PROJ's words for "no grid", and its own list of codes.
_NO_FILE = re.compile(r"@?null\b.*|epsg:\d+", re.IGNORECASE)


def without_files(definition: str) -> str:
    """Return the definition of a coordinate system; GeometryError where it names a file."""
    for found in _FILES.finditer(definition):
        name = found["proj"] or found["wkt"] or found["json"] or found["path"] or ""
        if not _NO_FILE.fullmatch(name):
            raise GeometryError(
                f"坐标系里写了文件或网址（{found[0][:80]}），不予打开。 "
                "The coordinate system names a "
                "file or an address, which is not opened",
                "用 EPSG 代码写明坐标系 name it by its EPSG code, for example --crs 4524",
            )
    return definition


class Way(NamedTuple):
    """One or two operations, one after the other; `accuracy_m` is None where it is a guess."""

    steps: tuple[pyproj.Transformer, ...]
    accuracy_m: float | None

    @property
    def description(self) -> str:
        """Return the operations in PROJ's words."""
        return " + ".join(str(step.description) for step in self.steps)

    def move(self, xy: Numbers) -> Numbers:
        """Return points (x, y) there; what has no place becomes infinite."""
        for step in self.steps:
            xy = np.column_stack(step.transform(xy[:, 0], xy[:, 1]))
        return xy


def proj_version() -> str:
    """Return the version of the PROJ library that moves coordinates."""
    return str(pyproj.proj_version_str)


def is_adrift(crs: pyproj.CRS) -> bool:
    """True for a system that names no datum and no way to one."""
    datum = crs.datum
    return not crs.is_bound and (datum is None or bool(_NO_DATUM.match(datum.name)))


@cache
def direct(source: str, target: str) -> Way:
    """Return PROJ's way between two systems for any place: exact where no datum changes."""
    step = _best(source, target, None)
    return Way((step,), _accuracy(step))


@cache
def at_place(source: str, target: str, place: Bounds) -> Way:
    """Return the way between two datums that is published for a place, else PROJ's guess."""
    step = _best(source, target, place)
    if _accuracy(step) is not None:
        return Way((step,), _accuracy(step))
    # Only on the other side of WGS 84 does the way depend on the place.
    for first, second, near in (
        (_WGS84, _CGCS2000, (place, None)),
        (_CGCS2000, _WGS84, (None, place)),
    ):
        steps = _best(source, first, near[0]), _best(second, target, near[1])
        known = [accuracy for step in steps if (accuracy := _accuracy(step)) is not None]
        if len(known) == len(steps):
            return Way(steps, sum(known) + _CGCS2000_TO_WGS84_M)
    return direct(source, target)


def carried(way: Way, geoms: Shapes) -> Shapes:
    """Return shapes at the end of a way; GeometryError when a coordinate has no place there."""

    def move(xy: Numbers) -> Numbers:
        moved = way.move(xy)
        lost = int((~np.isfinite(moved)).any(axis=1).sum())
        if lost:
            raise GeometryError(
                f"{len(xy)} 个坐标中有 {lost} 个转换不了。 "
                f"{lost} of {len(xy)} coordinates have no place there: {way.description}",
                "核对坐标系 check the coordinate system of the file, and name it with --crs",
            )
        return moved

    return np.asarray(shapely.transform(geoms, move), dtype=object)


def _best(source: str, target: str, place: Bounds | None) -> pyproj.Transformer:
    area = None if place is None else AreaOfInterest(*place)
    # PROJ remarks on grids that would be better and are not installed: the accuracy says as much.
    with warnings.catch_warnings(record=True):
        try:
            group = TransformerGroup(
                source,
                target,
                always_xy=True,
                area_of_interest=area,  # type: ignore[arg-type]  # the stub has a class of its own
            )
        except (IndexError, pyproj.exceptions.ProjError):
            # pyproj 3 wants to name the file the best way lacks, and there is neither.
            raise GeometryError(
                f"从「{source[:40]}」转不到「{target[:40]}」。 No way leads from {source[:40]!r}.",
                "用 --crs 指定 name the true system, 例如 --crs EPSG:4525",
            ) from None
    # Nothing is known there: what is known anywhere is a guess there.
    return group.transformers[0] if group.transformers else _best(source, target, None)


def _accuracy(step: pyproj.Transformer) -> float | None:
    return float(step.accuracy) if step.accuracy >= 0 else None
