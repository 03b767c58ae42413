"""Filters of FES 2.0 read as the tree of a CQL2 filter, their texts as what the columns hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml
from xml.etree.ElementTree import Element

import shapely

from api.errors import BadParameterError
from api.wfs import gml as wfs_gml
from gis.store.filtered import MOST_DEPTH
from gis.store.queryables import FLAG, GEOMETRY, ID, NUMBER, TEXT, Queryable

_TOGETHER = {"And": "and", "Or": "or", "Not": "not"}
_COMPARED = {
    "PropertyIsEqualTo": "=", "PropertyIsNotEqualTo": "<>", "PropertyIsLessThan": "<",
    "PropertyIsGreaterThan": ">", "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThanOrEqualTo": ">=", "PropertyIsLike": "like",
    "PropertyIsBetween": "between", "PropertyIsNull": "isNull", "PropertyIsNil": "isNull",
}  # fmt: skip
_PLACED = {"BBOX": "s_intersects", "Intersects": "s_intersects", "Within": "s_within",
           "Contains": "s_contains", "Disjoint": "s_disjoint"}  # fmt: skip
_KNOWN = (*_TOGETHER, *_COMPARED, *_PLACED, "ResourceId")

Columns = Mapping[str, Queryable]


def parsed(text: str) -> Element:
    """Return the root of XML, without a DOCTYPE or entities; BadParameterError for what is none."""
    try:
        if "<!" in text:
            raise ValueError("<!")
        root = Xml.fromstring(text)  # noqa: S314
        depth, level = 0, [root]
        while level:
            depth, level = depth + 1, [inner for one in level for inner in one]
        if depth > MOST_DEPTH:
            raise ValueError(f"> {MOST_DEPTH}")
        return root
    except (Xml.ParseError, ValueError) as fault:
        raise _no_filter(f"XML: {fault}") from fault


def read(one: Element, columns: Columns, layer: str) -> Any:
    """Return the tree of fes:Filter, or of a condition in one; BadParameterError."""
    name, inside = local(one), [*one]
    if name == "ResourceId":
        return resources([one.get("rid", "")], layer)
    if name == "Filter" and inside:
        found = [read(each, columns, layer) for each in inside]
        # Several are several names of features.
        return found[0] if len(found) == 1 else {"op": "or", "args": found}
    if name in _TOGETHER:
        found = [read(each, columns, layer) for each in inside]
        return {"op": _TOGETHER[name], "args": found}
    if name in _PLACED and inside:
        shape = json.loads(shapely.to_geojson(wfs_gml.read(inside[-1])))
        return {"op": _PLACED[name], "args": [{"property": GEOMETRY}, shape]}
    if name in _COMPARED and inside:
        return _compared(_COMPARED[name], one, columns)
    raise _no_filter(name)


def resources(names: Sequence[str], layer: str) -> Any:
    """Return the tree of features by their names, `findings.12`: those of this layer."""
    parts = [one.strip().rpartition(".") for one in names]
    if not all(number.isascii() and number.isdecimal() for _, _, number in parts):
        raise _no_filter(",".join(names))
    numbers = [int(number[:18]) for of, _, number in parts if of.rpartition(":")[2] == layer]
    return {"op": "in", "args": [{"property": ID}, numbers or [-1]]}


def within_box(text: str) -> Any:
    """Return the tree of a `bbox`: two corners, in the order of its system, and that system."""
    *corners, name = [*text.split(","), f"{wfs_gml.URN}4490"][:5]
    envelope = Element("Envelope", srsName=name)
    for each in (corners[:2], corners[2:]):
        Xml.SubElement(envelope, "corner").text = " ".join(each)
    shape = json.loads(shapely.to_geojson(wfs_gml.read(envelope)))
    return {"op": "s_intersects", "args": [{"property": GEOMETRY}, shape]}


def local(one: Element) -> str:
    """Return what an element is called, whatever its namespace."""
    return one.tag.rpartition("}")[2]


def _compared(op: str, one: Element, columns: Columns) -> Any:
    # The bounds of a range stand in elements of their own.
    inside = [each[0] if len(each) else each for each in one]
    named = [each for each in inside if local(each) == "ValueReference"]
    names = [(each.text or "").strip().rpartition(":")[2] for each in named]
    known = columns.get(names[0]) if names else None
    kind = TEXT if known is None else known.kind
    args: list[Any] = [
        {"property": names[named.index(each)]} if each in named else _literal(each, kind)
        for each in inside
    ]
    if op == "like":
        args[-1] = _pattern(str(args[-1]), one)
    if one.get("matchCase") == "false" and kind == TEXT and op in {"=", "<>", "like"}:
        args = [{"op": "casei", "args": [each]} for each in args]
    return {"op": op, "args": args}


def _literal(one: Element, kind: str) -> Any:
    text = (one.text or "") if kind == TEXT else (one.text or "").strip()
    if local(one) != "Literal":
        raise _no_filter(local(one))
    if kind == FLAG and text in {"true", "false", "1", "0"}:
        return text in {"true", "1"}
    try:
        return float(text) if kind == NUMBER else text
    except ValueError as fault:
        raise _no_filter(text) from fault


def _pattern(text: str, signs: Element) -> str:
    """Return a pattern with the signs of LIKE: % any letters, _ one, a backslash before others."""
    wild = {signs.get("wildCard", "*"): "%", signs.get("singleChar", "?"): "_"}
    escape, made, letters = signs.get("escapeChar", "\\"), "", iter(text)
    for letter in letters:
        is_meant = letter == escape
        plain = next(letters, "") if is_meant else letter
        is_sign = not is_meant and plain in wild
        made += wild[plain] if is_sign else f"\\{plain}" if plain in {"%", "_", "\\"} else plain
    return made


def _no_filter(what: str) -> BadParameterError:
    return BadParameterError(
        f"过滤条件不可用：{what[:60]}。 This is no filter that can be used: {what[:60]!r}.",
        f"可用 use: {', '.join(_KNOWN)}",
    )
