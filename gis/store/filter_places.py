"""Shapes of a filter: GeoJSON in degrees of EPSG:4490, longitude first, and how they are met."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from psycopg import sql
from shapely.errors import GEOSException

from gis.errors import FilterError
from gis.store import tables
from gis.store.filter_values import queryable, said
from gis.store.queryables import SHAPE, Queryable

_MET_BY = {
    "s_intersects": "ST_Intersects",
    "s_disjoint": "ST_Disjoint",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_overlaps": "ST_Overlaps",
}
OPERATORS = frozenset(_MET_BY)
# PostGIS takes collections for these alone.
_OF_COLLECTIONS = frozenset({"s_intersects", "s_disjoint"})
# Type -> how deep its positions lie.
_DEPTHS = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
_COLLECTION = "GeometryCollection"


def condition(op: str, args: Sequence[Any], columns: Mapping[str, Queryable]) -> sql.Composable:
    """Return the condition of a spatial operator between the shape of a feature and a literal."""
    if len(args) != 2:
        raise FilterError(
            f"{op} 取两个图形。 {op} takes two shapes.", f"写成 write it like {op}(geometry, …)"
        )
    is_column = [isinstance(one, Mapping) and one.keys() == {"property"} for one in args]
    if sorted(is_column) != [False, True]:
        raise FilterError(
            f"{op} 的一边是要素图形，另一边是给定图形。 "
            f"One side of {op} is the shape of the feature, the other a shape that is given.",
            f"写成 write it like {op}(geometry, POINT(109.9 39.6))",
        )
    sides = [
        _column(one, columns) if own else _literal(op, one)
        for one, own in zip(args, is_column, strict=True)
    ]
    return sql.SQL("{}({}, {})").format(sql.SQL(_MET_BY[op]), *sides)


def is_shape(tree: object) -> bool:
    """Return whether a part of a filter is a shape that is given."""
    return isinstance(tree, Mapping) and ("coordinates" in tree or "geometries" in tree)


def shape_of(tree: Mapping[str, Any]) -> shapely.Geometry:
    """Return a shape of GeoJSON as it is written, wherever it lies; FilterError where it is none.

    Two numbers to a position; valid, and not empty.
    """
    _check(tree)
    try:
        shape: shapely.Geometry = shapely.from_geojson(json.dumps(tree))
    except (GEOSException, ValueError) as fault:
        raise _no_shape(tree, str(fault)) from fault
    if shapely.is_empty(shape) or not shapely.is_valid(shape):
        raise _no_shape(tree, shapely.is_valid_reason(shape))
    return shape


def written(*shapes: shapely.Geometry) -> Any:
    """Return shapes as a filter writes them: one, or several of one kind as one."""
    every = shapes[0] if len(shapes) == 1 else shapely.union_all([*shapes])
    return json.loads(shapely.to_geojson(every))


def corners(tree: Mapping[str, Any]) -> list[float]:
    """Return the four numbers of a `bbox` of a filter; FilterError where they are none."""
    numbers = tree["bbox"]
    if not (isinstance(numbers, list) and len(numbers) == 4 and all(map(_is_number, numbers))):
        raise _no_shape(tree, "4 numbers")
    return [*map(float, numbers)]


def _column(tree: Mapping[str, Any], columns: Mapping[str, Queryable]) -> sql.Composable:
    found = queryable(tree, columns)
    if found.kind != SHAPE:
        raise FilterError(
            f"{found.name} 不是图形。 {found.name} is no shape.", "要素图形是 the shape is geometry"
        )
    return sql.Identifier(found.column)


def _literal(op: str, tree: Any) -> sql.Composable:
    if isinstance(tree, Mapping) and tree.keys() == {"bbox"}:
        shape = _box(tree)
    elif is_shape(tree):
        shape = shape_of(tree)
    else:
        raise _no_shape(tree)
    west, south, east, north = shapely.bounds(shape).tolist()
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise FilterError(
            f"图形在经纬度范围之外：{said(tree)}。 The shape lies beyond all degrees.",
            "坐标按 filter-crs 写，顺序按其轴 write it in filter-crs, in the order of its axes",
        )
    if (
        shapely.get_type_id(shape) == shapely.GeometryType.GEOMETRYCOLLECTION
        and op not in _OF_COLLECTIONS
    ):
        raise FilterError(
            f"{op} 不能用图形集合。 {op} takes no collection of shapes.", "分开写 write them apart"
        )
    return sql.SQL("ST_GeomFromWKB({}, {})").format(shapely.to_wkb(shape), tables.EPSG)


def _box(tree: Mapping[str, Any]) -> shapely.Geometry:
    west, south, east, north = corners(tree)
    if south > north:
        raise _no_shape(tree, f"{south} > {north}")
    if west <= east:
        return shapely.box(west, south, east, north)
    # It lies across the antimeridian.
    halves = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    return shapely.MultiPolygon(halves)


def _check(tree: Any) -> None:
    """Raise FilterError where a shape is not written as GeoJSON writes its kind."""
    kind = tree.get("type") if isinstance(tree, Mapping) else None
    if kind == _COLLECTION and tree.keys() == {"type", "geometries"}:
        if not isinstance(tree["geometries"], list):
            raise _no_shape(tree)
        for one in tree["geometries"]:
            _check(one)
    elif (
        not isinstance(kind, str)
        or kind not in _DEPTHS
        # A system of its own, say.
        or tree.keys() != {"type", "coordinates"}
        or not _is_written(tree["coordinates"], _DEPTHS[kind])
    ):
        raise _no_shape(tree)


def _is_written(coordinates: Any, depth: int) -> bool:
    if not isinstance(coordinates, list):
        return False
    if depth:
        return all(_is_written(one, depth - 1) for one in coordinates)
    return len(coordinates) == 2 and all(map(_is_number, coordinates))


def _is_number(given: Any) -> bool:
    # No coordinate of any system is as large; nor is what is no number below it.
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1e9


def _no_shape(tree: Any, reason: str = "") -> FilterError:
    told = f"（{reason}）" if reason else ""
    return FilterError(
        f"不是可用的图形：{said(tree)}{told}。 This is no shape that can be used.",
        "POINT、LINESTRING、POLYGON、BBOX 等，每点两个数，有效且不空 "
        "two numbers to a point, valid, not empty",
    )
