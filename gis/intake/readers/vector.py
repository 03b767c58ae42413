"""Vector files read through GDAL into Arrow: shapefile, FileGDB, GeoPackage, GeoJSON and more.

GDAL gives a shapefile's shapes alone; its table is read from its own bytes (`dbf`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from gis.errors import DeliveryError
from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.readers import dbf, geopackage, text_layers
from gis.intake.readers.arrow import mended_text, read_parquet, to_frame, to_shapes
from gis.intake.readers.cell_bounds import check_width
from gis.intake.readers.layer_types import know_all
from gis.intake.readers.layers import Candidate, choose
from gis.intake.readers.written_days import Written, odd_days, put_back
from gis.intake.source import drivers, illegible, links
from gis.intake.source import encoding as encodings
from gis.intake.source.completeness import shapefile_parts
from gis.intake.source.file_format import Opened, refusal
from gis.intake.table import Table

Array = np.ndarray[Any, Any]
_FOLDERS = re.compile(r"(?:/[^/\s]+)*/landwatch-[^/\s]+/")  # ours, of no use to anybody
_OF_QGIS = frozenset({"layer_styles", "qgis_projects"})
_TEXT_FORMATS = {"geojson", "kml"}
know_all()


@dataclass(frozen=True)
class Layer:
    """Where one layer lies: a path or bytes GDAL opens, its name there, and a shapefile's table."""

    source: str | bytes
    format: str
    name: str
    gdal_name: str | int
    has_prj: bool = True  # or another way to name a coordinate system
    table: dbf.Records | None = None  # a shapefile's
    has_signs: bool = False  # of bytes that are no character
    odd_days: Written = field(default_factory=dict)  # what stands in day columns and is no day
    count: int = -1  # features announced, -1 where nothing is
    field_names: Mapping[str, str] = field(default_factory=dict)  # of ours -> as they came


def read_vector(
    source: Opened,
    kind: Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    encoding: str | None,
    issues: Issues,
) -> Table:
    """Return the rows and shapes of the layer meant, in the coordinate system of the file.

    Raises DeliveryError when the file cannot be opened, is cut short, or the layer is not plain.
    """
    if source.format == "parquet":
        return read_parquet(source, issues)
    return read_layer(source, find_layer(source, kind, layer, column_map, encoding, issues), issues)


def find_layer(
    source: Opened,
    kind: Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    encoding: str | None,
    issues: Issues,
) -> Layer:
    """Return the layer meant; raises DeliveryError as `read_vector` does."""
    layers = _layers(source, encoding, issues)
    information = {entry.name: _information(entry, source.name) for entry in layers}
    for known in information.values():
        check_width(source, known["fields"])
    candidates = [
        Candidate(
            entry.name,
            tuple(str(name) for name in information[entry.name]["fields"]),
            _may_hold_polygons(information[entry.name]["geometry_type"]),
            entry.table is not None,
        )
        for entry in layers
    ]
    chosen = choose(candidates, kind, layer, column_map, source.name)
    if len(layers) > 1 and layer is None:
        issues.add("sheet_chosen", value=chosen.name, detail=len(layers))
    entry = next(entry for entry in layers if entry.name == chosen.name)
    if entry.table is not None:
        dbf.tell(entry.table, issues)
    known = information[entry.name]
    entry = replace(entry, count=int(known["features"]))
    if isinstance(entry.source, bytes) or entry.table is not None:
        return entry
    with _speaking(source.name, entry.format):
        return replace(entry, odd_days=odd_days(entry.source, entry.name, known))


def layer_count(source: Opened, issues: Issues) -> int:
    """Return how many layers a file of shapes holds; DeliveryError where it cannot be read."""
    return len(_layers(source, None, issues))


def _layers(source: Opened, encoding: str | None, issues: Issues) -> list[Layer]:
    if source.format == "shapefile":
        shapes = [source.path]
        if source.path.is_dir():
            shapes = sorted(p for p in source.path.iterdir() if p.suffix.lower() == ".shp")
        return [_shapefile(shape, source, encoding, issues) for shape in shapes]
    content: str | bytes = str(source.path)
    form = source.format
    layer = Layer(content, form, "", "")
    if source.format in _TEXT_FORMATS:
        raw = source.path.read_bytes()
        text, found = encodings.decode(raw, encoding, source.name)
        layer = replace(layer, has_signs=illegible.is_in(text))
        if encoding is None and found.encoding not in {"utf-8", "utf-8-sig"}:
            issues.add("guessed_encoding", value=encodings.title(found.encoding))
        ready = text_layers.prepared(text.removeprefix("\ufeff"), source, issues)
        links.tell(text, source, issues)
        text = ready.text
        layer = replace(layer, has_prj=ready.has_system, field_names=ready.field_names)
        # GDAL takes these formats to be UTF-8 whatever they are.
        if (plain := text.encode("utf-8")) != raw:
            content = plain
    if form == "geopackage":
        geopackage.check(source)
    with _speaking(source.name, form):
        listed = pyogrio.list_layers(content)
    if isinstance(content, bytes):
        # What lies in memory gets another name every time it is opened.
        return [
            replace(layer, source=content, name=source.stem, gdal_name=index)
            for index in range(len(listed))
        ]
    # What QGIS keeps of its own in a GeoPackage is no layer of anybody's, where there are others.
    own = [str(name) for name, kind in listed if kind is not None or str(name) not in _OF_QGIS]
    names = own or [str(name) for name, _ in listed]
    return [replace(layer, name=source.layer_name(name), gdal_name=name) for name in names]


def _shapefile(path: Path, source: Opened, encoding: str | None, issues: Issues) -> Layer:
    codec = dbf.find_encoding(path, encoding, issues)
    has_prj = ".prj" in shapefile_parts(path)
    name, table = source.layer_name(path.stem), dbf.records(path, codec)
    if table.announced_count < table.count:
        path = _counted(path, table)
    return Layer(str(path), source.format, name, path.stem, has_prj, table, True)


def _counted(path: Path, table: dbf.Records) -> Path:
    """Return the shapes beside a table of as many rows: GDAL reads no more than its head counts."""
    folder = path.parent / "counted"
    folder.mkdir(exist_ok=True)
    for suffix in (".shp", ".shx", ".prj"):
        if (part := path.with_suffix(suffix)).exists():
            (folder / part.name).symlink_to(part.resolve())
    table.write_marks(folder / f"{path.stem}.dbf")
    return folder / path.name


def _information(entry: Layer, name: str) -> dict[str, Any]:
    with _speaking(name, entry.format):
        found = dict(pyogrio.read_info(entry.source, layer=entry.gdal_name, **_how(entry)))
    found["fields"] = [entry.field_names.get(name, name) for name in found["fields"]]
    if entry.table is not None:
        found["fields"] = list(entry.table.fields)
        found["features"] -= len(entry.table.deleted)
    return found


def _how(entry: Layer) -> dict[str, Any]:
    """Return how GDAL opens a layer: the names in a shapefile's table are not its business."""
    return {} if entry.table is None else {"encoding": "ISO-8859-1"}


def _wanted(entry: Layer) -> dict[str, Any]:
    """Return what GDAL reads of a layer's rows.

    Instants come as they are written: in a column with a plain day beside them, GDAL takes their
    zone away.
    """
    if entry.table is not None:
        return {"return_fids": True, "columns": [], **_how(entry)}
    as_written = {"DATE_AS_STRING": "YES"} if entry.format == "geojson" else {}
    return {"return_fids": True, "datetime_as_string": True, **as_written}


def read_layer(source: Opened, entry: Layer, issues: Issues) -> Table:
    """Return all rows of a layer."""
    with _speaking(source.name, entry.format) as heard:
        meta, table = pyogrio.read_arrow(entry.source, layer=entry.gdal_name, **_wanted(entry))
        entry, table = _legible(entry, table, issues)
    _tell_heard(heard, issues)
    _must_be_whole(source, entry, table.num_rows)
    return _table(entry, meta, table, 1, issues)


def read_batches(
    source: Opened, entry: Layer, issues: Issues, rows_at_once: int
) -> Iterator[Table]:
    """Yield the rows of a layer, `rows_at_once` at a time; raises DeliveryError at any of them."""
    with ExitStack() as stack:
        with _speaking(source.name, entry.format):
            meta, reader = stack.enter_context(
                pyogrio.open_arrow(
                    entry.source,
                    layer=entry.gdal_name,
                    batch_size=rows_at_once,
                    use_pyarrow=True,
                    **_wanted(entry),
                )
            )
        done = 0
        while True:
            with _speaking(source.name, entry.format) as heard:
                batch = next(reader, None)
                table = None if batch is None else pa.table(batch)
                if table is not None:
                    entry, table = _legible(entry, table, issues)
            _tell_heard(heard, issues)
            if table is None:
                break
            if table.num_rows:
                yield _table(entry, meta, table, done + 1, issues)
            done += table.num_rows
    _must_be_whole(source, entry, done)


def _legible(entry: Layer, table: pa.Table, issues: Issues) -> tuple[Layer, pa.Table]:
    """Return a table of which all text is text: what is no UTF-8 is read as what it is.

    It would come to light only when a cell is looked at.
    """
    try:
        table.validate(full=True)
        return entry, table
    except pa.ArrowInvalid:
        table, encoding = mended_text(table)
    if encoding is not None:
        title = encodings.title(encoding)
        issues.add("lying_encoding", value="UTF-8", detail=title)
    return replace(entry, has_signs=True), table


def _tell_heard(heard: list[str], issues: Issues) -> None:
    for message in dict.fromkeys(heard):
        issues.add("reader_warning", value=message[:300])


def _must_be_whole(source: Opened, entry: Layer, count: int) -> None:
    if entry.count > count:
        raise refusal(
            source.name,
            f"应有 {entry.count} 个要素，只读出 {count} 个，文件不完整",
            f"{entry.count} features announced, {count} readable",
            "请发送方重新传送",
        )


def _table(
    entry: Layer, meta: dict[str, Any], table: pa.Table, first: int, issues: Issues
) -> Table:
    row_ids = geoms = wkb = None
    row_nos = np.arange(first, first + table.num_rows)
    # The layer may have a column of its own of either name: the row's number stands first, the
    # shape last.
    at = _places(table, meta["geometry_name"] or "wkb_geometry")
    if at:
        geoms, wkb = to_shapes(table.column(at[-1]), issues, first)
        table = table.remove_column(at[-1])
    if (fid := meta["fid_column"] or None) and _places(table, fid)[:1] == [0]:
        row_ids = table.column(0).to_numpy()
        table = table.remove_column(0)
    if entry.table is not None and row_ids is not None:
        # Places count the deleted records too: so do the rows people see in their own table.
        frame, row_nos = entry.table.frame(row_ids), row_ids + 1
    else:
        frame = to_frame(table).rename(columns=dict(entry.field_names))
        put_back(frame, row_ids, entry.odd_days)
    system = meta["crs"] if entry.has_prj else None
    return Table(
        frame,
        row_nos,
        entry.name,
        row_ids,
        geoms,
        system,
        wkb=wkb,
        is_cut_header=entry.table is not None,
        has_signs=entry.has_signs,
    )


def _places(table: pa.Table, name: str) -> list[int]:
    return [at for at, own in enumerate(table.column_names) if own == name]


def _may_hold_polygons(geometry_type: str | None) -> bool:
    return geometry_type is not None and not geometry_type.startswith(
        ("Point", "MultiPoint", "LineString", "MultiLineString")
    )


def _unreadable(name: str, fault: BaseException) -> DeliveryError:
    return refusal(
        name,
        "打不开，文件已损坏、被截断，或文字编码不对",
        f"the file cannot be read ({_FOLDERS.sub('', str(fault))})",
        "请发送方重新导出，必要时用 --encoding 指定编码",
    )


@contextmanager
def _speaking(name: str, form: str) -> Iterator[list[str]]:
    """Turn what GDAL and Arrow raise into one refusal; collect what they only mention.

    GDAL has the driver of the format alone meanwhile.
    """
    heard: list[str] = []
    with drivers.only(form), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield heard
        except MemoryError:  # one of Arrow's is of both kinds; it is no fault of the file's form
            raise
        except (DataSourceError, DataLayerError, pa.ArrowException, OSError, UnicodeError) as fault:
            raise _unreadable(name, fault) from fault
        except UnboundLocalError as fault:
            # So pyogrio 0.13 ends when the name of a coordinate system is no UTF-8.
            if not isinstance(fault.__context__, UnicodeError):
                raise
            raise _unreadable(name, fault.__context__) from fault
        heard += [_FOLDERS.sub("", str(entry.message)) for entry in caught]
