"""GeoJSON and KML as text, before GDAL reads it: whole, and nothing of it lost on the way."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gis.crs import systems
from gis.errors import GeometryError
from gis.intake.issues import Issues
from gis.intake.readers.cell_bounds import check_width
from gis.intake.source import links
from gis.intake.source.file_format import Opened, refusal

_DEFAULT_CRS = {"properties": {"name": "OGC:CRS84"}}  # of a GeoJSON that says nothing
_DATA_NAME = re.compile(
    r"""(<(?:\w+:)?Data\b[^<>]*?\bname\s*=\s*["'])([^"'<>]*[^\x00-\x7f"'<>][^"'<>]*)(["'])"""
)
# A KML field of a type the standard does not have (date) would be left out without a word.
_FOREIGN_TYPE = re.compile(
    r"""(<SimpleField\b[^<>]*?\btype=["'])(?!(?:string|u?int|u?short|float|double|bool)["'])[^"']*"""
)
# What an XML declaration says of the bytes, which are no longer the ones it came with.
_DECLARED = re.compile(r"""(\A\ufeff?\s*<\?xml\b[^>]*?\bencoding=["'])[\w.:-]+""")


@dataclass(frozen=True)
class Prepared:
    """A text for GDAL, whether it names its place, and what fields of ours stand for."""

    text: str
    has_system: bool
    field_names: Mapping[str, str] = field(default_factory=dict)


def prepared(text: str, source: Opened, issues: Issues) -> Prepared:
    """Return a text as GDAL reads all of it; DeliveryError when it is cut short or broken."""
    has_system = _has_system(text, source, issues)
    if source.format != "kml":
        return Prepared(text, has_system)
    plain, field_names = _with_plain_names(_FOREIGN_TYPE.sub(r"\1string", text))
    check_width(source, [*field_names])
    return Prepared(_DECLARED.sub(r"\1UTF-8", plain, count=1), has_system, field_names)


def _with_plain_names(text: str) -> tuple[str, dict[str, str]]:
    """Return a KML whose untyped fields have names of our own, and what each stands for.

    GDAL puts an underscore for each byte of theirs that is no ASCII letter: 宗地代码 would be lost.
    """
    ours: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        name = html.unescape(found[2])
        return f"{found[1]}{ours.setdefault(name, f'field_{len(ours) + 1}')}{found[3]}"

    text = _DATA_NAME.sub(plain, text)
    return text, {our: name for name, our in ours.items()}


def _has_system(text: str, source: Opened, issues: Issues) -> bool:
    """Refuse what GDAL would read up to the break without a word; False for a GeoJSON of no system.

    A `crs` that is null or names nothing says that it is not known; GDAL takes it for the default.
    """
    if source.format == "kml" and not text.rstrip().lower().endswith("</kml>"):
        raise refusal(
            source.name,
            "KML 没有结尾，文件被截断",
            "the KML has no end: cut short",
            "请发送方重新传送",
        )
    if source.format != "geojson":
        return True
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise refusal(
            source.name,
            "GeoJSON 不完整或有语法错误",
            f"the GeoJSON is broken or cut short ({fault})",
            "请发送方重新导出",
        ) from fault
    if not isinstance(content, dict) or content.get("type") not in {"FeatureCollection", "Feature"}:
        raise refusal(
            source.name,
            "JSON 里没有 FeatureCollection",
            "the JSON is no FeatureCollection",
            "请报送 GeoJSON 要素集",
        )
    check_width(source, _property_names(content))
    links.refuse_crs_links(text, content, source.name)
    if "crs" not in content:
        issues.add("assumed_crs", value="GeoJSON")
    return _names_place(content.get("crs", _DEFAULT_CRS))


def _property_names(content: dict[str, Any]) -> list[str]:
    features = content.get("features")
    names: dict[str, None] = {}
    for feature in features if isinstance(features, list) else []:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            names.update(dict.fromkeys(properties))
    return list(names)


def _names_place(system: object) -> bool:
    """True when the `crs` of a GeoJSON names a system we know; else GDAL takes the default."""
    properties = system.get("properties") if isinstance(system, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return False
    try:
        systems.parse(name)
    except GeometryError:
        return False
    return True
