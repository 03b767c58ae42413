"""What a text names outside itself: systems by address, entities, files. None is opened."""

from __future__ import annotations

import json
import re
from typing import Any

from gis.crs import datums
from gis.errors import DeliveryError, GeometryError
from gis.intake.issues import Issues
from gis.intake.source.file_format import Opened, refusal

_MOST_NAMED = 5
_CRS_KEY = re.compile(r'"(?:c|\\u0063)(?:r|\\u0072)(?:s|\\u0073)"\s*:', re.IGNORECASE)
# An XML text may define words that stand for long texts, or for other files.
_ENTITIES = re.compile(r"<!(?:ENTITY|DOCTYPE[^>]{0,1000}?(?:\[|SYSTEM|PUBLIC))", re.IGNORECASE)
_KML_LINKS = re.compile(
    r"<(?:NetworkLink|(?:\w+:)?include|xi:include)\b.{0,2000}?<href>\s{0,99}(?P<href>[^<]{1,200})",
    re.IGNORECASE | re.DOTALL,
)


def tell(text: str, source: Opened, issues: Issues) -> None:
    """Tell which links of a KML were left alone; refuse one with entities of its own."""
    if source.format != "kml":
        return
    if _ENTITIES.search(text):
        raise refusal(
            source.name,
            "KML 里有自定义实体（DTD），可能展开成别的文件或极长的文字",
            "the KML defines entities of its own (a DTD), which may stand for other files",
            "请发送方不带 DTD 重新导出",
        )
    if named := dict.fromkeys(found["href"].strip() for found in _KML_LINKS.finditer(text)):
        issues.add("links_left_alone", value="、".join(list(named)[:_MOST_NAMED]))


def refuse_crs_links(text: str, content: dict[str, Any], name: str) -> None:
    """Refuse a GeoJSON whose coordinate system stands elsewhere: at an address, in a file."""
    keys = len(_CRS_KEY.findall(text))
    if keys == 1 and "crs" in content:
        _refuse_link(content["crs"], name)
    elif keys:
        # Some are deeper inside, or one is there twice: which of them GDAL takes is not for us.
        json.loads(text, object_pairs_hook=lambda pairs: _looked_at(pairs, name))


def _looked_at(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    for key, value in pairs:
        if key == "crs":
            _refuse_link(value, name)
    return dict(pairs)


def _refuse_link(system: Any, name: str) -> None:
    if not isinstance(system, dict) or "type" not in system:
        return
    properties = system.get("properties")
    told = properties.get("name", "") if isinstance(properties, dict) else ""
    if str(system["type"]).lower() not in {"name", "epsg", "ogc"}:
        href = properties.get("href", "") if isinstance(properties, dict) else ""
        raise _link(name, str(href))
    if isinstance(told, str):
        refuse_files_of_system(told, name)


def refuse_files_of_system(definition: str, name: str) -> None:
    """Refuse a coordinate system that names a grid or an address: GDAL would open it at once."""
    try:
        datums.without_files(definition)
    except GeometryError as fault:
        raise _link(name, definition) from fault


def _link(name: str, address: str) -> DeliveryError:
    shown = address[:120] or "crs"
    return refusal(
        name,
        f"坐标系只写了一个链接（{shown}），不会去取",
        f"the coordinate system is given as a link ({shown}), which is not followed",
        "请发送方以 EPSG 代码写明坐标系后重新导出",
    )
