"""The door of intake: one file and a kind in, rows and issues out, or one refusal of the whole.

open (files) -> read (registers | plots | vector) -> map headers -> read columns -> check shapes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.errors import UsageError
from gis.fields import KINDS, Kind
from gis.intake.columns import read_columns
from gis.intake.constants import add_constants, named_constants, with_constants
from gis.intake.coordinates import HEAD_KEYS
from gis.intake.forms import refusal
from gis.intake.geometry import Tolerance, check, compare_areas
from gis.intake.issues import Issues, show
from gis.intake.mapping import Mapped, map_headers, require
from gis.intake.opening import opened
from gis.intake.placement import system_of
from gis.intake.plots import read_plots
from gis.intake.raster import is_raster, read_raster
from gis.intake.registers import read_csv, read_excel, wkt_header
from gis.intake.table import Array, Table
from gis.intake.vector import read_vector
from gis.intake.wholeness import sha256 as digest_of

_SILENT_HEADERS = frozenset({*HEAD_KEYS, "界址点数", "图幅号"})
_MAIN_AREAS = ("area_m2", "total_area_m2")


@dataclass(frozen=True)
class Reading:
    """One delivery read: accepted rows, all issues, and how the file was understood.

    `rows` has `key`, `row_no`, `file`, every column of the kind in stored form, `geom` (shapely
    in EPSG:4490 or None) and `source_epsg` (0 = a system without a code, NA = no geometry). A
    rejected row is in `issues` only, severity error, with its raw content.
    """

    kind: Kind
    file: str
    layer: str | None
    format: str
    sha256: str
    row_count: int
    rows: pd.DataFrame
    issues: pd.DataFrame
    columns_in_file: tuple[str, ...]
    mapping: dict[str, str]  # header in the file -> column of the kind
    units: dict[str, str]  # column -> unit its header names
    crs: str | None
    refused_keys: tuple[str, ...] = ()  # of rejected rows that do name a record
    put_in: tuple[str, ...] = ()  # headers not of the file: what a person says of the whole

    @property
    def rejected_count(self) -> int:
        """Return how many rows were not accepted."""
        return self.row_count - len(self.rows)


@dataclass(frozen=True)
class Taken:
    """One layer as it came, before its headers are understood, and what was noticed on the way."""

    table: Table
    kind: Kind
    path: Path
    format: str
    sha256: str
    issues: Issues


def read(
    path: Path | str,
    kind: str | Kind,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    sender: str | None = None,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
) -> Reading:
    """Return what a delivery holds for a kind.

    `crs` ("EPSG:4525") and `encoding` win over what the file says; `column_map` maps headers to
    columns by hand; `constants` (column -> text) are what every row has that the file does not say;
    `sender` goes into the key of rows without a key of their own.
    Raises DeliveryError when the file as a whole cannot be taken in, UsageError for a wrong kind
    or map.
    """
    taken = take(
        path,
        kind,
        layer=layer,
        crs=crs,
        encoding=encoding,
        column_map=column_map,
        constants=constants,
    )
    return understand(taken, crs=crs, column_map=column_map, sender=sender, tolerance=tolerance)


def take(
    path: Path | str,
    kind: str | Kind,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> Taken:
    """Return the rows and shapes of the layer meant, as they came. Arguments as for `read`.

    Each of `constants` stands in a column of its own, headed "年度=2024".
    """
    kind = _kind(kind)
    path = Path(path)
    fixed = named_constants(kind, constants or {})
    if kind.name == "imagery" and is_raster(path):
        issues = Issues(path.name)
        table = read_raster(path, kind, "taken_on" in fixed, issues)
        add_constants(table, kind, fixed)
        return Taken(table, kind, path, "raster", digest_of(path), issues)
    with opened(path, layer) as source:
        issues = Issues(path.name)
        if source.is_misnamed:
            issues.add("misnamed_file", value=source.path.suffix or "空", detail=source.title)
        inner = layer if layer != source.path.stem else None
        if source.format == "excel":
            table = read_excel(source, kind, inner, column_map, issues)
        elif source.format == "csv":
            table = read_csv(source, kind, column_map, encoding, issues)
        elif source.format == "coordinates":
            table = read_plots(source, crs, encoding, issues)
        else:
            table = read_vector(source, kind, inner, column_map, encoding, issues)
        sha256 = digest_of(path)
    if not len(table.frame):
        raise refusal(path.name, "没有数据行", "there are no rows", "检查文件内容后重新报送")
    add_constants(table, kind, fixed)
    return Taken(table, kind, path, source.format, sha256, issues)


def understand(
    taken: Taken,
    *,
    crs: str | None = None,
    column_map: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    sender: str | None = None,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
) -> Reading:
    """Return the rows of a layer in stored form; `units` (column -> unit) win over its headers."""
    table, kind, path, issues = taken.table, taken.kind, taken.path, taken.issues
    headers = [str(name) for name in table.frame.columns]
    mapped = map_headers(
        headers, kind, with_constants(column_map, table.constants), table.is_cut_header
    )
    mapped.units.update(
        {name: unit for name, unit in (units or {}).items() if name in mapped.units}
    )
    require(kind, mapped, headers, path.name)
    if table.geoms is None and kind.has_geometry:
        table.geoms = _shapes_in_text(table.frame)
    _tell_mapping(mapped, kind, table, issues)
    if table.geoms is None and kind.geometry == "required":
        raise refusal(
            path.name,
            f"「{kind.title}」必须有图形，文件里没有",
            f"{kind.name} need shapes and there are none",
            "报送 Shapefile、GeoPackage、FileGDB 或报部坐标 TXT",
        )
    data = read_columns(table, kind, mapped, issues)
    geoms, epsg, system_name = _located(taken, crs, data, tolerance)
    data.insert(0, "key", _keys(data, kind, table, sender, issues))
    data.insert(1, "row_no", table.row_nos.astype(np.int64))
    data.insert(2, "file", pd.Series([path.name] * len(data), dtype="str"))
    data["geom"] = geoms
    data["source_epsg"] = pd.array(
        [pd.NA if geom is None else epsg for geom in geoms], dtype="Int64"
    )
    rejected = np.isin(table.row_nos, issues.rejected)
    issues.keep_raw(_raw_rows(table, rejected))
    return Reading(
        kind=kind,
        file=path.name,
        layer=table.layer,
        format=taken.format,
        sha256=taken.sha256,
        row_count=len(data),
        rows=data[~rejected].reset_index(drop=True),
        issues=issues.frame(),
        columns_in_file=tuple(headers),
        mapping=dict(mapped.headers),
        units={name: unit for name, unit in mapped.units.items() if unit},
        crs=system_name,
        refused_keys=tuple(key for key in data.loc[rejected, "key"].unique() if key),
        put_in=tuple(table.constants),
    )


def _kind(kind: str | Kind) -> Kind:
    if isinstance(kind, Kind):
        return kind
    if kind not in KINDS:
        raise UsageError(
            f"没有「{kind}」这类资料。There is no kind {kind!r}.",
            "可用：" + "、".join(f"{k.name}（{k.title}）" for k in KINDS.values()),
        )
    return KINDS[kind]


def _tell_mapping(mapped: Mapped, kind: Kind, table: Table, issues: Issues) -> None:
    if mapped.remembered:
        issues.add("remembered_mapping", value=mapped.remembered)
    shape_header = wkt_header([str(name) for name in table.frame.columns])
    for header, column, winner in mapped.shadowed:
        issues.add(
            "shadowed_header",
            field=column,
            title=kind.columns[column].title,
            value=header,
            detail=winner,
        )
    for header, column in mapped.cut:
        issues.add("truncated_header", field=column, title=kind.columns[column].title, value=header)
    for header, near in mapped.unused:
        if header not in _SILENT_HEADERS and header != shape_header:
            issues.add(
                "unmapped_header", value=header, detail=f"（接近「{near}」）" if near else ""
            )


def _shapes_in_text(frame: pd.DataFrame) -> Array | None:
    """Return the shapes a register carries as WKT or hexadecimal WKB, None if it carries none."""
    header = wkt_header([str(name) for name in frame.columns])
    if header is None:
        return None
    texts = frame[header].astype(object).where(frame[header].notna(), None).to_numpy()
    words = np.array(
        [str(text).strip() if text is not None else None for text in texts], dtype=object
    )
    is_hex = np.array([word is not None and word[:2] in {"00", "01"} for word in words])
    geoms = np.empty(len(words), dtype=object)
    geoms[~is_hex] = shapely.from_wkt(words[~is_hex], on_invalid="ignore")
    geoms[is_hex] = shapely.from_wkb(words[is_hex], on_invalid="ignore")
    return geoms


def _located(
    taken: Taken, named_crs: str | None, data: pd.DataFrame, tolerance: Tolerance
) -> tuple[Array, int | None, str | None]:
    """Return the shapes in EPSG:4490, the code they came in, and that system's name."""
    table, kind, issues = taken.table, taken.kind, taken.issues
    none = np.empty(len(data), dtype=object)
    if table.geoms is None:
        return none, None, None
    if not kind.has_geometry:
        issues.add("geometry_ignored", detail=int((~shapely.is_missing(table.geoms)).sum()))
        return none, None, None
    is_shapefile = taken.format == "shapefile"
    system = system_of(table.geoms, table.crs, named_crs, taken.path.name, is_shapefile)
    located = check(table.geoms, table.row_nos, system, kind.geometry, issues)
    for name in _MAIN_AREAS:
        if name in data:
            column = kind.columns[name]
            declared = data[name].to_numpy(np.float64)
            compare_areas(
                located.geoms, table.row_nos, declared, name, column.title, issues, tolerance
            )
            break
    return located.geoms, located.source_epsg, f"{system.name}（EPSG:{system.epsg}）"


def _keys(
    data: pd.DataFrame, kind: Kind, table: Table, sender: str | None, issues: Issues
) -> pd.Series:
    """Return the natural key of each row: its key columns joined by "|", an empty tail dropped."""
    keys, is_named = _joined(data, kind.key)
    if kind.key_else == ("sender_row",):
        spare, has_spare = _sender_rows(table, sender, ~is_named), ~is_named
    elif kind.key_else:
        spare, has_spare = _joined(data, kind.key_else)
    else:
        spare, has_spare = keys, is_named
    keys = keys.where(is_named, spare)
    lost = np.flatnonzero(~is_named & ~has_spare)
    # A row already rejected for the empty column itself needs no second reason.
    lost = lost[~np.isin(table.row_nos[lost], issues.rejected)]
    names = [kind.columns[n].title for n in (kind.key[0], *kind.key_else[:1]) if n in kind.columns]
    issues.add_rows(
        "missing_key",
        table.row_nos[lost],
        [""] * len(lost),
        field=kind.key[0],
        title=kind.columns[kind.key[0]].title,
        details=["、".join(names)] * len(lost),
    )
    return keys


def _sender_rows(table: Table, sender: str | None, is_wanted: Array) -> pd.Series:
    """Return sender, layer and the sender's own row id for the rows that have no other name."""
    ids = table.row_ids if table.row_ids is not None else table.row_nos
    prefix = f"{sender}/{table.layer}" if sender else str(table.layer)
    names = np.full(len(ids), "", dtype=object)
    names[is_wanted] = [f"{prefix}#{row_id}" for row_id in ids[is_wanted]]
    return pd.Series(names, dtype="str")


def _joined(data: pd.DataFrame, names: tuple[str, ...]) -> tuple[pd.Series, Array]:
    parts = []
    for name in names:
        column = data[name]
        text = column.dt.strftime("%Y-%m-%d") if column.dtype.kind == "M" else column.astype("str")
        parts.append(text.astype("str").where(column.notna(), "").fillna(""))
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined.str.rstrip("|"), data[names[0]].notna().to_numpy()


def _raw_rows(table: Table, rejected: Array) -> dict[int, dict[str, str]]:
    """Return the rejected rows as they came, header by header, the shape as WKT."""
    rows = {}
    for at in np.flatnonzero(rejected):
        row = {str(name): show(value) for name, value in table.frame.iloc[at].items()}
        row = {name: value for name, value in row.items() if value}
        if table.geoms is not None and table.geoms[at] is not None:
            row["几何"] = shapely.to_wkt(table.geoms[at], rounding_precision=-1)
        rows[int(table.row_nos[at])] = row
    return rows
