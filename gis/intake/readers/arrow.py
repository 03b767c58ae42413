"""Arrow tables as frames and shapes, and GeoParquet, which Arrow reads without GDAL."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet
import shapely

from gis.errors import DeliveryError
from gis.intake.issues import Issues
from gis.intake.readers import curves, limits
from gis.intake.readers.cell_bounds import check_width
from gis.intake.source import illegible
from gis.intake.source.encoding import agree, guess
from gis.intake.source.encoding import title as encoding_title
from gis.intake.source.file_format import Opened, refusal
from gis.intake.table import Array, Table


def read_parquet(source: Opened, issues: Issues) -> Table:
    """Return the rows of a Parquet file, with shapes where it is GeoParquet in WKB.

    Raises DeliveryError when the file is broken or keeps its shapes in another encoding.
    """
    try:
        with parquet.ParquetFile(source.path) as file:
            check_width(source, file.schema_arrow.names)
            table = file.read()
        has_signs = False
        try:
            table.validate(full=True)
        except pa.ArrowInvalid:
            table, found = mended_text(table)
            has_signs = True
            if found is not None:
                issues.add("lying_encoding", value="UTF-8", detail=encoding_title(found))
        content = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
        name = content.get("primary_column")
        column = content["columns"][name] if name is not None else {}
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise _broken(source, fault) from fault
    row_nos = np.arange(1, table.num_rows + 1)
    if name is None:
        return Table(to_frame(table), row_nos, source.stem, has_signs=has_signs)
    if column.get("encoding", "WKB") != "WKB" or name not in table.column_names:
        raise refusal(
            source.name,
            f"GeoParquet 的图形编码是 {column.get('encoding')}",
            f"the shapes are stored as {column.get('encoding')}, not as WKB",
            "请导出为 WKB 编码的 GeoParquet 或 GeoPackage",
        )
    crs = column.get("crs", "OGC:CRS84")  # by the GeoParquet standard, absent means CRS84
    if "crs" not in column:
        issues.add("assumed_crs", value="GeoParquet")
    others = [n for n in content["columns"] if n in table.column_names]
    return Table(
        to_frame(table.drop_columns(others)),
        row_nos,
        source.stem,
        geoms=to_shapes(table.column(name), issues)[0],
        crs=json.dumps(crs) if isinstance(crs, dict) else crs,
        has_signs=has_signs,
    )


def _broken(source: Opened, fault: Exception) -> DeliveryError:
    return refusal(
        source.name,
        "打不开，文件已损坏或被截断",
        f"the Parquet file is broken ({fault})",
        "请发送方重新传送",
    )


def to_shapes(
    column: pa.ChunkedArray, issues: Issues, first: int = 1
) -> tuple[Array, Array | None]:
    """Return shapes from WKB, and the WKB itself where it can be stored as it is.

    A ring that does not close is closed and arcs are drawn as chords, with an issue for the row;
    `first` numbers the rows.
    """
    wkb = column.to_numpy(zero_copy_only=False)
    try:
        with np.errstate(invalid="ignore"):
            geoms = np.asarray(shapely.from_wkb(wkb), dtype=object)
    except (shapely.errors.GEOSException, NotImplementedError, TypeError):
        return shapes_one_by_one(wkb, issues, first), None
    if (shapely.get_type_id(geoms) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        return shapes_one_by_one(wkb, issues, first), None
    return geoms, wkb


def shapes_one_by_one(wkb: Array, issues: Issues, first: int = 1) -> Array:
    """Return the shapes of WKB of which some is no plain one, with an issue for each of those."""
    geoms = np.empty(len(wkb), dtype=object)
    for at, raw in enumerate(wkb):
        if raw is None:
            continue
        row_no = at + first
        try:
            with np.errstate(invalid="ignore"):
                geom = shapely.from_wkb(raw)
            # GEOS reads arcs within a collection, and can do nothing with them.
            if shapely.get_type_id(geom) != shapely.GeometryType.GEOMETRYCOLLECTION:
                geoms[at] = geom
                continue
            closed = None
        except (shapely.errors.GEOSException, NotImplementedError, TypeError):
            closed = _closed(raw)
        if closed is not None:
            geoms[at] = closed
            issues.add("open_ring", row_no=row_no)
            continue
        try:
            found = curves.drawn(raw)
        except curves.UnreadableShapeError as fault:
            issues.add("unreadable_shape", row_no=row_no, value=str(fault)[:120])
            continue
        geoms[at] = found.geom
        if found.arc_count:
            told = f"{limits.curves().tolerance_m * 1000:g}"
            issues.add("arcs_as_chords", row_no=row_no, value=found.arc_count, detail=told)
        if found.has_surface:
            issues.add("surface_as_area", row_no=row_no)
        if found.has_height:
            issues.add("flattened_geometry", value=f"第 {row_no} 行", detail=1)
    return geoms


def _closed(wkb: bytes) -> shapely.Geometry | None:
    """Return the shape with its rings closed, None where that is not what is wrong with it."""
    try:
        geom: shapely.Geometry | None = shapely.from_wkb(wkb, on_invalid="fix")
    except (shapely.errors.GEOSException, NotImplementedError, TypeError):
        return None
    return geom


def mended_text(table: pa.Table) -> tuple[pa.Table, str | None]:
    """Return a table with every cell that is no UTF-8 decoded, and the encoding they were found in.

    That is None where only single bytes are bad: they become signs (`illegible`).
    Raises pa.ArrowInvalid when something else than text is broken.
    """
    raw = {
        at: column.combine_chunks().cast(pa.large_binary()).dictionary_encode()
        for at, column in enumerate(table.columns)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    }
    cells = {at: column.dictionary.to_pylist() for at, column in raw.items()}
    bad = [cell for words in cells.values() for cell in words if not _is_utf8(cell)]
    found = guess(b"\n".join(bad))
    # One bad byte in a cell of UTF-8 leaves the cell UTF-8.
    encoding = "utf-8" if found.encoding == "utf-8" or not found.is_sure else found.encoding
    for at, column in raw.items():
        words = [
            illegible.decoded(cell, "utf-8" if _is_utf8(cell) else encoding) for cell in cells[at]
        ]
        text = compute.take(pa.array(words, pa.string()), column.indices)
        table = table.set_column(at, table.column_names[at], text)
    table.validate(full=True)
    return table, None if encoding == "utf-8" else encoding


def _is_utf8(cell: bytes | None) -> bool:
    """True for a cell of UTF-8, be it with a bad byte: two characters and more for each of them."""
    if cell is None or agree("utf-8", cell):
        return True
    text = illegible.decoded(cell, "utf-8")
    bad, good = illegible.counted(text)
    return good >= 2 * bad and any("\u0800" <= character < "\U000f0000" for character in text)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame: integers and days stay what they are."""
    nullable: dict[pa.DataType, Any] = {
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int16(): pd.Int16Dtype(),
    }
    nullable[pa.bool_()] = pd.BooleanDtype()
    columns, names = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            column = pa.chunked_array([pa.array([str(v) for v in column.to_pylist()], pa.string())])
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        names.append(name)
        columns.append(column)
    frame: pd.DataFrame = pa.table(columns, names=names).to_pandas(
        types_mapper=nullable.get, date_as_object=False, ignore_metadata=True
    )
    return frame.reset_index(drop=True)
