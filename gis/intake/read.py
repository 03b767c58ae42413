"""The door of intake: one file and a kind in, rows and issues out, or one refusal of the whole.

open (files) -> read (registers | plots | vector) -> map headers -> read columns -> check shapes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.crs.systems import CrsInfo
from gis.fields import Kind, kind_named
from gis.intake.checks.consistency import tell_contradictions
from gis.intake.checks.declared import Tolerance, compare_areas
from gis.intake.checks.geometry import check
from gis.intake.checks.industry import tell_industries
from gis.intake.checks.placement import system_of
from gis.intake.columns.constants import add_constants, named_constants, with_constants
from gis.intake.columns.header_profile import written
from gis.intake.columns.lost_columns import tell_shadowed, tell_unused
from gis.intake.columns.mapping import Mapped, by_alias, map_headers, require
from gis.intake.columns.read import read_columns
from gis.intake.columns.row_names import name_rows
from gis.intake.file_names import told_name
from gis.intake.issues import Issues, show
from gis.intake.readers.coordinates import HEAD_KEYS
from gis.intake.readers.dbf import read_dbf
from gis.intake.readers.plots import read_plots
from gis.intake.readers.registers import read_csv, read_excel, records_of
from gis.intake.readers.shapes_in_text import take_shapes, wkt_header
from gis.intake.source import illegible
from gis.intake.source.completeness import sha256 as digest_of
from gis.intake.source.file_format import Opened, is_raster, refusal
from gis.intake.source.opening import opened
from gis.intake.source.reachable import must_be_readable
from gis.intake.table import Array, Table

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
    series: str | None = None  # the project a 报部坐标 names
    empty_days: tuple[str, ...] = ()  # days a person named as standing for no date in this register

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
    must_be_readable(path)
    if kind.name == "imagery" and is_raster(path):
        from gis.intake.readers.raster import read_raster  # rasterio loads for images alone

        issues = Issues(path.name)
        table = read_raster(path, kind, "taken_on" in fixed, issues)
        add_constants(table, kind, fixed)
        return Taken(table, kind, path, "raster", digest_of(path), issues)
    with opened(path, layer) as source:
        issues = issues_of(path, source)
        inner = layer if layer != source.stem else None
        if source.format == "excel":
            table = read_excel(source, kind, inner, column_map, issues)
        elif source.format == "csv":
            table = read_csv(source, kind, column_map, encoding, issues)
        elif source.format == "dbf":
            table = records_of(read_dbf(source, encoding, issues), kind, column_map, issues)
        elif source.format == "coordinates":
            table = read_plots(source, crs, encoding, issues)
        else:
            # Its GDAL takes a server 40 MB: papers that are recorded one by one need none.
            from gis.intake.readers.vector import read_vector

            table = read_vector(source, kind, inner, column_map, encoding, issues)
        if source.format == "filegdb":
            from gis.intake.readers.aliases import aliases_of

            table.aliases = aliases_of(source.path, table.layer)
        sha256 = digest_of(path)
    if not len(table.frame):
        raise refusal(path.name, "没有数据行", "there are no rows", "检查文件内容后重新报送")
    if table.geoms is None and kind.has_geometry:
        take_shapes(table, issues)
    add_constants(table, kind, fixed)
    return Taken(table, kind, path, source.format, sha256, issues)


def issues_of(path: Path, source: Opened) -> Issues:
    """Return the issues of a delivery just opened: so far, whether its name says what it is."""
    issues = Issues(path.name)
    if source.is_misnamed:
        issues.add("misnamed_file", value=source.origin.suffix or "空", detail=source.title)
    return issues


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
    understanding = begin(
        taken, crs=crs, column_map=column_map, units=units, sender=sender, tolerance=tolerance
    )
    rows = understanding.rows_of(taken.table)
    return understanding.reading(taken, rows)


@dataclass
class Understanding:
    """How the rows of a layer are understood: made once, the same for each batch of them."""

    kind: Kind
    file: str
    is_shapefile: bool
    mapped: Mapped
    issues: Issues
    headers: tuple[str, ...]
    put_in: tuple[str, ...]
    named_crs: str | None
    sender: str | None
    tolerance: Tolerance
    system: CrsInfo | None = None
    row_count: int = 0
    refused_keys: list[str] = field(default_factory=list)

    def rows_of(self, table: Table) -> pd.DataFrame:
        """Return the accepted rows of a table; what is wrong goes into the issues."""
        kind, issues = self.kind, self.issues
        if table.has_signs:
            headers = self.mapped.headers
            table.frame = illegible.told(table.frame, table.row_nos, headers, kind, issues)
        data = read_columns(table, kind, self.mapped, issues)
        tell_contradictions(data, kind, table.row_nos, issues)
        tell_industries(data, kind, table.row_nos, issues)
        geoms, epsg = self._located(table, data)
        data.insert(0, "key", name_rows(data, kind, table, self.sender, issues))
        data.insert(1, "row_no", table.row_nos.astype(np.int64))
        data.insert(2, "file", pd.Series([self.file] * len(data), dtype="str"))
        data["geom"] = geoms
        has_shape = pd.notna(geoms)
        data["source_epsg"] = pd.arrays.IntegerArray(
            np.where(has_shape, epsg, 0).astype(np.int64), ~has_shape
        )
        rejected = np.isin(table.row_nos, issues.rejected)
        issues.keep_raw(_raw_rows(table, rejected))
        self.row_count += len(data)
        self.refused_keys += [key for key in data.loc[rejected, "key"].unique() if key]
        return data[~rejected].reset_index(drop=True) if rejected.any() else data

    def reading(self, taken: Taken, rows: pd.DataFrame) -> Reading:
        """Return what is known of the delivery so far, with these rows."""
        return Reading(
            kind=self.kind,
            file=self.file,
            layer=taken.table.layer,
            format=taken.format,
            sha256=taken.sha256,
            row_count=self.row_count,
            rows=rows,
            issues=self.issues.frame(),
            columns_in_file=self.headers,
            mapping=dict(self.mapped.headers),
            units={name: unit for name, unit in self.mapped.units.items() if unit},
            crs=f"{self.system.name}（EPSG:{self.system.epsg}）" if self.system else None,
            refused_keys=tuple(dict.fromkeys(self.refused_keys)),
            put_in=self.put_in,
            series=taken.table.series,
            empty_days=tuple(written(self.mapped.empty_days)),
        )

    def _located(self, table: Table, data: pd.DataFrame) -> tuple[Array, int]:
        """Return the shapes in EPSG:4490 and the code they came in."""
        kind, issues = self.kind, self.issues
        none = np.empty(len(data), dtype=object)
        if table.geoms is None:
            return none, 0
        if not kind.has_geometry:
            issues.add("geometry_ignored", detail=int((~shapely.is_missing(table.geoms)).sum()))
            return none, 0
        if self.system is None:
            self.system = system_of(
                table.geoms, table.crs, self.named_crs, self.file, self.is_shapefile
            )
        located = check(table.geoms, table.row_nos, self.system, kind.geometry, issues)
        for name in _MAIN_AREAS:
            if name in data:
                title = kind.columns[name].title
                declared = data[name].to_numpy(np.float64)
                compare_areas(
                    located.geoms, table.row_nos, declared, name, title, issues, self.tolerance
                )
                break
        return located.geoms, located.source_epsg


def begin(
    taken: Taken,
    *,
    crs: str | None = None,
    column_map: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    sender: str | None = None,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
) -> Understanding:
    """Map the headers of a layer; DeliveryError when a column or the shapes it needs are missing.

    Arguments as for `understand`.
    """
    table, kind, path, issues = taken.table, taken.kind, taken.path, taken.issues
    headers = [str(name) for name in table.frame.columns]
    mapped = map_headers(
        headers, kind, with_constants(column_map, table.constants), table.is_cut_header
    )
    for header, column in by_alias(mapped, kind, table.aliases):
        title, alias = kind.columns[column].title, table.aliases[header]
        issues.add("alias_header", field=column, title=title, value=header, detail=alias)
    mapped.units.update(
        {name: unit for name, unit in (units or {}).items() if name in mapped.units}
    )
    require(kind, mapped, headers, path.name, table.frame)
    _tell_mapping(mapped, kind, table, issues)
    if table.geoms is None and kind.geometry == "required":
        raise refusal(
            path.name,
            f"「{kind.title}」必须有图形，文件里没有",
            f"{kind.name} need shapes and there are none",
            "报送 Shapefile、GeoPackage、FileGDB 或报部坐标 TXT",
        )
    return Understanding(
        kind=kind,
        file=told_name(path.name),
        is_shapefile=taken.format == "shapefile",
        mapped=mapped,
        issues=issues,
        headers=tuple(headers),
        put_in=tuple(table.constants),
        named_crs=crs,
        sender=sender,
        tolerance=tolerance,
    )


def _kind(kind: str | Kind) -> Kind:
    return kind if isinstance(kind, Kind) else kind_named(kind)


def _tell_mapping(mapped: Mapped, kind: Kind, table: Table, issues: Issues) -> None:
    if mapped.remembered:
        issues.add("remembered_mapping", value=mapped.remembered)
    for day in written(mapped.empty_days):
        whose = "沿用该报送单位以前的说明" if mapped.are_days_remembered else "--empty-day"
        issues.add("named_empty_day", value=day, detail=whose)
    shape_header = wkt_header([str(name) for name in table.frame.columns])
    tell_shadowed(mapped, kind, table, issues)
    for header, column in mapped.cut:
        issues.add("truncated_header", field=column, title=kind.columns[column].title, value=header)
    for column, unit, own in mapped.overruled:
        title = kind.columns[column].title
        issues.add("unit_by_hand", field=column, title=title, value=unit, detail=own)
    silent = _SILENT_HEADERS | {shape_header} if shape_header else _SILENT_HEADERS
    tell_unused(mapped, kind, table, silent, issues)


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
