"""Filters of OGC API Features (part 3): `filter`, its language, and the system of its shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn

from fastapi import Query

from api import cql2_text
from api.ogc import systems as ogc_systems
from api.ogc.systems import CRS84
from gis.errors import FilterError
from gis.store import filter_places, filtered

# JSON says the same in four times as many letters.
MOST_LETTERS = 4 * cql2_text.MOST_LETTERS
Text = Annotated[
    str | None, Query(alias="filter", max_length=MOST_LETTERS, description="过滤条件 CQL2")
]
# GDAL sends filters only where the description names the language as drafts of the standard did.
Language = Annotated[
    Literal["cql2-text", "cql2-json", "cql-text"],
    Query(alias="filter-lang", description="过滤语言 language of the filter"),
]
OfShapes = Annotated[
    str, Query(alias="filter-crs", max_length=100, description="条件中图形的坐标系 of its shapes")
]


def tree_of(text: str, language: str, system: str) -> Any:
    """Return the tree of a filter, its shapes in degrees, longitude first; FilterError for others.

    What it may say of which layer is for `gis.store.filtered` to tell.
    """
    tree = _of_json(text) if language == "cql2-json" else cql2_text.parse(text)
    filtered.fence(tree)
    return tree if system == CRS84 else _placed(tree, system)


def _placed(tree: Any, system: str) -> Any:
    if filter_places.is_shape(tree):
        return filter_places.written(ogc_systems.brought(filter_places.shape_of(tree), system))
    if isinstance(tree, Mapping) and tree.keys() == {"bbox"}:
        return filter_places.written(*ogc_systems.spanned(filter_places.corners(tree), system))
    if isinstance(tree, Mapping):
        return {name: _placed(one, system) for name, one in tree.items()}
    return [_placed(one, system) for one in tree] if isinstance(tree, list) else tree


def _of_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as fault:
        reason = "nested too deep" if isinstance(fault, RecursionError) else str(fault)
        raise FilterError(
            f"过滤条件不是可读的 JSON。 The filter is no JSON that can be read: {reason[:100]}.",
            '写成 write it like {"op": ">", "args": [{"property": "area_m2"}, 10000]}',
        ) from fault


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
