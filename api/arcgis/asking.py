"""What a query asks: its parameters, read and held against the fields of the layer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from api.arcgis import fields, shapes, where
from api.arcgis.description import MOST_ROWS
from api.arcgis.fields import OBJECT_ID, Field
from api.errors import BadParameterError
from gis.store import feature_tables, filtered
from gis.store.feature_tables import Ordered
from gis.store.features import NUMBER, Sought
from gis.store.queryables import GEOMETRY, ID
from gis.store.results import Scope
from gis.tiles.layers import Layer

_READ = (
    *("where", "objectIds", "geometry", "geometryType", "inSR", "spatialRel", "outFields"),
    *("returnGeometry", "outSR", "resultOffset", "resultRecordCount", "orderByFields"),
    *("returnCountOnly", "returnIdsOnly", "returnExtentOnly", "returnDistinctValues"),
    *("outStatistics", "groupByFieldsForStatistics", "maxAllowableOffset", "geometryPrecision"),
    "returnExceededLimitFeatures",
)
# What programs send and the answer itself tells of: no heights, no curves, coordinates as they are.
_PASSED = (
    *("returnZ", "returnM", "returnTrueCurves", "multipatchOption", "quantizationParameters"),
    *("resultType", "cacheHint", "sqlFormat", "units", "maxRecordCountFactor", "featureEncoding"),
    *("timeReferenceUnknownClient", "returnGeometryProperties"),
)
# What would change the answer and is not offered: refused, but where it asks for nothing.
_REFUSED = (
    *("having", "time", "distance", "text", "fullText", "gdbVersion", "historicMoment"),
    *("relationParam", "returnCentroid", "datumTransformation", "uniqueIds"),
    *("returnUniqueIdsOnly", "parameterValues", "rangeValues"),
)
KNOWN = (*_READ, *_PASSED, *_REFUSED)
_NOTHING = frozenset({"false", "null", "none", "0", "0.0", "{}", "[]"})
# What the query's shape is to the feature -> what the feature is to it.
_RELATIONS = {"esriSpatialRelIntersects": "s_intersects", "esriSpatialRelContains": "s_within",
              "esriSpatialRelWithin": "s_contains"}  # fmt: skip
_ENVELOPES = frozenset({"esriSpatialRelEnvelopeIntersects", "esriSpatialRelIndexIntersects"})
_OUT_NAME = re.compile(r"[^\W\d]\w{0,63}")
_MOST_STATISTICS = 50
_MOST_OFFSET = 2**31


@dataclass(frozen=True)
class Statistic:
    """One figure of a group: how, of which field, what it is called in the answer."""

    how: str
    field: Field
    name: str


@dataclass(frozen=True)
class Asked:
    """A query as it is understood: which features, what of them, in which form and order."""

    sought: Sought
    known: Mapping[str, Field]
    columns: list[Field]
    groups: list[Field]
    statistics: list[Statistic]
    order: list[Ordered]
    flags: frozenset[str]
    system: int
    digits: int
    coarseness: float
    offset: int
    limit: int


def read(given: Mapping[str, str], layer: Layer, within: Scope | None, standard: int) -> Asked:
    """Return what is asked of a layer, within the land that may be seen; BadParameterError.

    `standard`: the system of the answer where none is asked for.
    """
    for name in _REFUSED:
        if given.get(name, "false").strip().lower() not in _NOTHING:
            raise BadParameterError(
                f"不提供参数 {name}。 The parameter {name} is not offered.", "去掉 leave it out"
            )
    known = fields.of(layer.table)
    sought = _sought(given, layer, within, known)
    out = shapes.system(given.get("outSR", standard), "outSR")
    statistics = _statistics(given.get("outStatistics"), known)
    groups = _fields(
        given.get("groupByFieldsForStatistics", ""), known, "groupByFieldsForStatistics"
    )
    if groups and not statistics:
        raise BadParameterError(
            "有分组而无 outStatistics。 There are groups, and nothing to make of them.",
            "加上 outStatistics add it, or use returnDistinctValues",
        )
    columns = _out_fields(given.get("outFields", ""), known)
    precision = _whole(given, "geometryPrecision", 0, 20)
    limit = _whole(given, "resultRecordCount", 0, _MOST_OFFSET)
    names = ("returnCountOnly", "returnIdsOnly", "returnExtentOnly", "returnDistinctValues")
    flags = {name for name in names if _is_true(given, name, standard=False)}
    if _is_true(given, "returnGeometry", standard=True) and "returnDistinctValues" not in flags:
        flags.add("returnGeometry")
    if _is_true(given, "returnExceededLimitFeatures", standard=True):
        flags.add("returnExceededLimitFeatures")
    return Asked(
        sought, known, columns, groups, statistics,
        _order(given.get("orderByFields", ""), known, statistics), frozenset(flags), out,
        shapes.digits(out, precision), _coarseness(given),
        _whole(given, "resultOffset", 0, _MOST_OFFSET) or 0,
        MOST_ROWS if limit is None else min(limit, MOST_ROWS),
    )  # fmt: skip


def _sought(
    given: Mapping[str, str], layer: Layer, within: Scope | None, known: Mapping[str, Field]
) -> Sought:
    conditions: list[Any] = []
    boxes: list[shapely.Geometry] = []
    if "where" in given:
        conditions.append(where.read(given["where"], known))
    if "objectIds" in given:
        numbers = _numbers(given["objectIds"])
        conditions.append({"op": "in", "args": [{"property": ID}, numbers]})
    if "geometry" in given:
        kind = given.get("geometryType", "esriGeometryEnvelope")
        system = shapes.system(given.get("inSR", shapes.STORED), "inSR")
        shape = shapes.given(given["geometry"], kind, system)
        relation = given.get("spatialRel", "esriSpatialRelIntersects")
        if relation in _ENVELOPES:
            boxes = [shapely.envelope(shape)]
        elif relation in _RELATIONS:
            own, other = {"property": GEOMETRY}, json.loads(shapely.to_geojson(shape))
            conditions.append({"op": _RELATIONS[relation], "args": [own, other]})
        else:
            raise BadParameterError(
                f"spatialRel：不提供 {relation[:40]}。 {relation[:40]!r} is not offered.",
                f"可用 use: {', '.join((*_RELATIONS, *sorted(_ENVELOPES)))}",
            )
    tree = conditions[0] if len(conditions) == 1 else {"op": "and", "args": conditions}
    met = filtered.condition(tree, layer.table) if conditions else None
    return Sought(layer.where, within, boxes=boxes, met=met)


def _numbers(text: str) -> list[int]:
    numbers = [one.strip() for one in text.split(",")]
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in numbers):
        raise BadParameterError(
            f"objectIds：{text[:40]} 不是编号。 objectIds: {text[:40]!r} are no numbers.", "1,2,3"
        )
    return [*map(int, numbers)]


def _out_fields(text: str, known: Mapping[str, Field]) -> list[Field]:
    if text.strip() == "*":
        return [*known.values()]
    return _fields(text, known, "outFields") or [known[OBJECT_ID]]


def _fields(text: str, known: Mapping[str, Field], parameter: str) -> list[Field]:
    named = [fields.named(one, known, parameter) for one in text.split(",") if one.strip()]
    return [*dict.fromkeys(named)]


def _order(text: str, known: Mapping[str, Field], statistics: list[Statistic]) -> list[Ordered]:
    own = {one.name.lower(): place for place, one in enumerate(statistics)}
    found = []
    for one in filter(str.strip, text.split(",")):
        name, _, way = one.strip().partition(" ")
        way = way.strip().upper() or "ASC"
        if way not in {"ASC", "DESC"}:
            raise BadParameterError(
                f"orderByFields：{one[:40]} 不是次序。 {one[:40]!r} is no order.",
                "写成 write it like area_m2 DESC",
            )
        by: str | int
        if name.lower() in own:
            by = own[name.lower()]
        else:
            field = fields.named(name, known, "orderByFields")
            by = column_of(field)
        found.append(Ordered(by, way == "DESC"))
    return found


def column_of(field: Field) -> str:
    """Return what a field is called in the store's answers."""
    return NUMBER if field.name == OBJECT_ID else field.column


def _statistics(text: str | None, known: Mapping[str, Field]) -> list[Statistic]:
    if text is None:
        return []
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list) or not 0 < len(told) <= _MOST_STATISTICS:
        raise _no_statistic(text)
    found = [_statistic(one, known) for one in told]
    if len({one.name.lower() for one in found}) < len(found):
        raise _no_statistic("outStatisticFieldName × 2")
    return found


def _statistic(one: Any, known: Mapping[str, Field]) -> Statistic:
    names = ("statisticType", "onStatisticField", "outStatisticFieldName")
    if not isinstance(one, dict) or not all(isinstance(one.get(each, ""), str) for each in names):
        raise _no_statistic(one)
    how, on, name = (one.get(each, "") for each in names)
    how = how.lower()
    field = fields.named(on, known, "onStatisticField")
    name = name or f"{how}_{field.name}"
    is_countable = how == "count" or field.is_number
    is_ordered = how in {"min", "max"} and field.kind != "bool"
    if how not in feature_tables.MEASURES or not (is_countable or is_ordered):
        raise _no_statistic(one)
    if not _OUT_NAME.fullmatch(name):
        raise _no_statistic(one)
    return Statistic(how, field, name)


def _no_statistic(what: object) -> BadParameterError:
    return BadParameterError(
        f"outStatistics：不是可用的统计 {str(what)[:60]}。 This is no statistic that can be made.",
        '写成 write it like [{"statisticType": "sum", "onStatisticField": "area_m2",'
        f' "outStatisticFieldName": "a"}}] · {", ".join(sorted(feature_tables.MEASURES))}',
    )


def _is_true(given: Mapping[str, str], name: str, *, standard: bool) -> bool:
    text = given.get(name, str(standard)).strip().lower()
    if text not in {"true", "false", "1", "0"}:
        raise BadParameterError(
            f"{name}：{text[:20]} 不是真假。 {name}: {text[:20]!r} is neither true nor false.",
            "写 write true or false",
        )
    return text in {"true", "1"}


def _whole(given: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    bare = text.strip()
    if not (bare.isascii() and bare.isdecimal() and least <= int(bare[:12]) <= most):
        raise BadParameterError(
            f"{name}：{text[:20]} 不可用。 {name}: {text[:20]!r} cannot be used.",
            f"{least} – {most}",
        )
    return int(bare[:12])


def _coarseness(given: Mapping[str, str]) -> float:
    """Return by how much a line may differ from its own, in units of the answer."""
    text = given.get("maxAllowableOffset", "0")
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        raise BadParameterError(
            f"maxAllowableOffset：{text[:20]} 不可用。 {text[:20]!r} cannot be used.", "0"
        )
    return found
