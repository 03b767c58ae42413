"""Shapes from 报部坐标: rings put together, axes and zone found, the head's fields as columns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import systems
from gis.errors import GeometryError
from gis.intake.issues import Issues
from gis.intake.readers.coordinates import CoordinateText, parse
from gis.intake.source import encoding as encodings
from gis.intake.source import illegible
from gis.intake.source.file_format import Opened, refusal
from gis.intake.source.plot_lines import Plot, whole
from gis.intake.table import Table

Array = np.ndarray[Any, Any]
_DATUMS = (
    ("xian1980", ("1980", "西安", "xian")),
    ("beijing1954", ("1954", "北京", "beijing")),
    ("cgcs2000", ("2000", "cgcs", "国家大地")),
)
_SYSTEM = re.compile(
    r"[=\U000f0000-\U000f0100]((?:(?!=).)*(?:坐标系|西安|北京|国家大地|cgcs).*)", re.IGNORECASE
)
_SERIES = ("数据产生单位", "项目名称")
# Northings of China in metres, and eastings with and without the zone in front.
_NORTH_M = (1_800_000.0, 6_000_000.0)
_EAST_M = (100_000.0, 900_000.0)
_PREFIXED_M = (13_000_000.0, 46_000_000.0)


@dataclass(frozen=True)
class Placed:
    """Points of all plots as (east, north), and the system they are in (None = not to be told)."""

    xy: Array
    crs: str | None
    how: str


def read_plots(
    source: Opened,
    named_crs: str | None,
    encoding: str | None,
    issues: Issues,
) -> Table:
    """Return one row per parcel with its shape; the file's attributes repeat in every row.

    Raises DeliveryError when the coordinate system can neither be read nor is given.
    """
    text, found = encodings.decode(source.path.read_bytes(), encoding, source.name)
    if encoding is None and found.encoding not in {"utf-8", "utf-8-sig"}:
        code = "guessed_encoding" if found.is_sure else "unsure_encoding"
        issues.add(code, value=encodings.title(found.encoding), detail="文字太少")
    content = parse(text, source.name)
    _tell_spoiled(content, issues)
    row_nos = np.arange(1, len(content.plots) + 1)
    owner = np.repeat(np.arange(len(row_nos)), [len(plot.points) for plot in content.plots])
    points = [point for plot in content.plots for point in plot.points]
    xy = np.array([(float(p.east), float(p.north)) for p in points], np.float64).reshape(-1, 2)
    rings = np.array([p.ring for p in points], np.int64)
    xy = _swapped_back(xy, owner, row_nos, issues)
    placed = _placed(content, xy, named_crs, source.name)
    if named_crs is None:
        issues.add("crs_from_text", value=placed.crs, detail=placed.how)
    if content.comment_lines:
        lines = "、".join(map(str, content.comment_lines[:5]))
        issues.add("comment_lines", value=lines, detail=len(content.comment_lines))
    wider = [plot for plot in content.plots if plot.wider_count]
    if wider:
        issues.add(
            "further_point_columns",
            value=illegible.shown("、".join(plot.number or plot.name for plot in wider[:5])),
            detail=sum(plot.wider_count for plot in wider),
        )
    for row_no, plot in zip(row_nos, content.plots, strict=True):
        _tell(plot, int(row_no), issues)
    is_sound = np.array([not plot.faults for plot in content.plots])
    geoms = np.empty(len(row_nos), dtype=object)
    bounds = np.searchsorted(owner, np.arange(len(row_nos) + 1))
    for index, plot in enumerate(content.plots):
        part = slice(bounds[index], bounds[index + 1])
        geoms[index] = _shape(plot.kind, placed.xy[part], rings[part]) if is_sound[index] else None
        if geoms[index] is not None and _is_open(plot.kind, placed.xy[part], rings[part]):
            issues.add("open_ring", row_no=int(row_nos[index]))
    table = Table(_frame(content), row_nos, source.stem, None, geoms, placed.crs)
    table.series = _series(content, source.stem)
    table.has_signs = illegible.is_in(text)
    return table


def _series(content: CoordinateText, stem: str) -> str:
    """Return who made the data and for which project (else file): within it its numbers count."""
    told = dict([*content.attributes, *content.project])
    maker, project = (str(told.get(name) or "").strip() for name in _SERIES)
    return illegible.replaced("/".join(filter(None, (maker, project or stem))))


def _tell_spoiled(content: CoordinateText, issues: Issues) -> None:
    """Tell the lines of the head in which bytes are no character: they speak of every parcel."""
    for key, value in (*content.project, *content.attributes):
        if illegible.is_in(key + value):
            issues.add(
                "illegible_text",
                title=illegible.shown(key),
                value=illegible.shown(f"{key}={value}"),
            )


def _frame(content: CoordinateText) -> pd.DataFrame:
    plots = content.plots
    columns: dict[str, list[str | None]] = {
        "界址点数": [p.point_count for p in plots],
        "面积(公顷)": [p.area for p in plots],
        "地块编号": [p.number for p in plots],
        "地块名称": [p.name for p in plots],
        "图幅号": [p.sheet for p in plots],
        "用途": [p.use for p in plots],
        "地类编码": [p.class_code for p in plots],
    }
    for key, value in (*content.project, *content.attributes):
        columns.setdefault(illegible.replaced(key), [value] * len(plots))
    return pd.DataFrame(columns, dtype=object).replace("", None)


def _tell(plot: Plot, row_no: int, issues: Issues) -> None:
    if plot.faults:
        detail = "；".join(map(illegible.shown, plot.faults[:5]))
        detail += "……" if len(plot.faults) > 5 else ""
        issues.add("unreadable_plot", row_no=row_no, detail=detail)
        return
    if plot.odd_kind:
        value = illegible.shown(plot.odd_kind)
        issues.add("plot_kind", row_no=row_no, value=value, detail=plot.kind)
    told = whole(plot.point_count)
    rings = max(len({point.ring for point in plot.points}), 1)
    if told is not None and abs(told - len(plot.points)) > rings:
        issues.add("point_count", row_no=row_no, value=told, detail=len(plot.points))


def _swapped_back(xy: Array, owner: Array, row_nos: Array, issues: Issues) -> Array:
    """Return (east, north) with the axes of swapped plots put right, each with its issue."""
    if not len(xy):
        return xy
    east, north = xy[:, 0], xy[:, 1]
    looks_swapped = _within(east, _NORTH_M) & (
        _within(north, _PREFIXED_M) | _within(north, _EAST_M)
    )
    looks_swapped |= (np.abs(east) < 60) & (north > 73) & (north < 136)
    count = np.bincount(owner, minlength=len(row_nos))
    swapped = np.flatnonzero(
        (np.bincount(owner, looks_swapped, minlength=len(row_nos)) == count) & (count > 0)
    )
    at = np.isin(owner, swapped)
    first = np.searchsorted(owner, swapped)
    values = [f"X={north[i]:.3f}，Y={east[i]:.3f}" for i in first]
    issues.add_rows("swapped_axes", row_nos[swapped], values)
    return np.where(at[:, None], xy[:, ::-1], xy)


def _within(values: Array, limits: tuple[float, float]) -> Array:
    return np.asarray((values >= limits[0]) & (values < limits[1]))


def _placed(content: CoordinateText, xy: Array, named_crs: str | None, name: str) -> Placed:
    """Return the coordinate system by the attributes, helped by the zone in front of Y."""
    if named_crs is not None:
        return Placed(xy, named_crs, "--crs")
    said = content.attribute("坐标系") or _among_spoiled(content)
    words = illegible.shown(unicodedata.normalize("NFKC", said).lower())
    datum = next((d for d, marks in _DATUMS if any(mark in words for mark in marks)), None)
    if datum is None:
        raise refusal(
            name,
            f"坐标系写的是「{words or '空'}」，无法判断",
            "the coordinate system is not named",
            "补上 坐标系=2000国家大地坐标系，或用 --crs EPSG:4525 指定",
        )
    if not len(xy):
        return Placed(xy, systems.geographic(datum).definition, words)
    if (np.abs(xy[:, 1]) <= 90).all() and (np.abs(xy[:, 0]) <= 180).all():
        return Placed(xy, systems.geographic(datum).definition, f"{words}，经纬度")
    is_prefixed = _within(xy[:, 0], _PREFIXED_M)
    if is_prefixed.any() and not is_prefixed.all():
        raise refusal(
            name,
            "有的 Y 坐标带带号，有的不带",
            "some Y carry the zone in front and some do not",
            "统一后重新导出",
        )
    said = content.attribute("带号")
    told = None if illegible.is_in(said) else re.search(r"(?<!\d)\d{1,3}(?!\d)", said)
    in_front = np.unique(xy[is_prefixed, 0] // 1_000_000).astype(int)
    zone = int(in_front[0]) if len(in_front) == 1 else int(told[0]) if told else None
    if zone is None or len(in_front) > 1 or (told and len(in_front) and int(told[0]) != zone):
        seen = "、".join(map(str, in_front)) or "没有"
        raise refusal(
            name,
            f"带号不明：属性写「{said or '空'}」，Y 坐标前 {seen}",
            "the zone is not plain from the attributes and the Y coordinates",
            "补上或改正 带号=，或用 --crs 指定："
            "如第 37 带，Y 前带带号用 EPSG:4525，不带用 EPSG:4546",
        )
    degrees = re.search(r"[36三六]", content.attribute("几度分带"))
    width = {"3": 3, "三": 3, "6": 6, "六": 6}.get(degrees[0]) if degrees else None
    if width is None:
        # 3-degree zones of China are 25 to 45, 6-degree zones 13 to 23: they never meet.
        width = 6 if zone <= 23 else 3
    try:
        system = systems.gauss_kruger(datum, width, zone, bool(is_prefixed.all()))
    except GeometryError as fault:
        raise refusal(
            name,
            f"没有 {width} 度分带的第 {zone} 带",
            fault.found,
            "改正 几度分带 和 带号，或用 --crs EPSG:4525 指定",
        ) from fault
    return Placed(xy, system.definition, f"{words}，{width} 度分带，第 {zone} 带")


def _among_spoiled(content: CoordinateText) -> str:
    """Return the coordinate system that a line of the head names whose key a bad byte spoiled."""
    lines = [f"{key}={value}" for key, value in content.attributes]
    found = (_SYSTEM.search(line) for line in lines if illegible.is_in(line))
    return next((match[1] for match in found if match), "")


def _shape(kind: str, xy: Array, rings: Array) -> Any:
    """Return the shape of one plot; a ring inside an odd number of larger ones is a hole."""
    if not len(xy) or not np.isfinite(xy).all():
        return None
    if kind == "点":
        return shapely.multipoints(xy) if len(xy) > 1 else shapely.points(xy[0])
    if kind == "线":
        return shapely.linestrings(xy) if len(xy) > 1 else shapely.points(xy[0])
    loops = [_loop(xy[rings == ring]) for ring in dict.fromkeys(rings.tolist())]
    if any(loop is None for loop in loops):
        return shapely.linestrings(xy) if len(xy) > 1 else shapely.points(xy[0])
    if len(loops) == 1:
        return shapely.polygons(loops[0])
    shapes: Array = np.asarray(shapely.polygons(loops), dtype=object)
    rank = np.empty(len(shapes), np.int64)
    rank[np.argsort(-shapely.area(shapes), kind="stable")] = np.arange(len(shapes))
    tree = shapely.STRtree(shapes)
    inner, outer = tree.query(shapely.point_on_surface(shapes), predicate="within")
    is_larger = rank[outer] < rank[inner]
    inner, outer = inner[is_larger], outer[is_larger]
    is_hole = np.bincount(inner, minlength=len(shapes)) % 2 == 1
    shells = np.flatnonzero(~is_hole).tolist()
    holes: dict[int, list[Any]] = {}
    # The smallest ring around a hole is its shell: the last one in this order.
    by_size = np.argsort(rank[outer], kind="stable")
    own = dict(zip(inner[by_size].tolist(), outer[by_size].tolist(), strict=True))
    for index in sorted(np.flatnonzero(is_hole).tolist(), key=lambda i: int(rank[i])):
        holes.setdefault(own[index], []).append(loops[index])
    parts = [shapely.polygons(loops[i], holes.get(i)) for i in shells]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _loop(xy: Array) -> Any:
    """Return a closed ring, None when it has fewer than three different points."""
    if len(np.unique(xy, axis=0)) < 3:
        return None
    closed = xy if (xy[0] == xy[-1]).all() else np.vstack([xy, xy[:1]])
    return shapely.linearrings(closed)


def _is_open(kind: str, xy: Array, rings: Array) -> bool:
    """True when a ring of a polygon does not return to its first point."""
    if kind != "面":
        return False
    return any(
        bool((part[0] != part[-1]).any())
        for ring in np.unique(rings)
        if len(part := xy[rings == ring])
    )
