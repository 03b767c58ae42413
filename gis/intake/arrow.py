"""Arrow tables as frames and shapes, and GeoParquet, which Arrow reads without GDAL."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import shapely

from gis.errors import DeliveryError
from gis.intake.forms import Opened, refusal
from gis.intake.issues import Issues
from gis.intake.table import Array, Table


def read_parquet(source: Opened, issues: Issues) -> Table:
    """Return the rows of a Parquet file, with shapes where it is GeoParquet in WKB.

    Raises DeliveryError when the file is broken or keeps its shapes in another encoding.
    """
    try:
        with parquet.ParquetFile(source.path) as file:
            table = file.read()
        table.validate(full=True)
        content = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
        name = content.get("primary_column")
        column = content["columns"][name] if name is not None else {}
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise _broken(source, fault) from fault
    row_nos = np.arange(1, table.num_rows + 1)
    if name is None:
        return Table(to_frame(table), row_nos, source.path.stem)
    if column.get("encoding", "WKB") != "WKB" or name not in table.column_names:
        raise refusal(
            source.name,
            f"GeoParquet 的图形编码是 {column.get('encoding')}",
            f"the shapes are stored as {column.get('encoding')}, not as WKB",
            "请导出为 WKB 编码的 GeoParquet 或 GeoPackage",
        )
    crs = column.get("crs", "OGC:CRS84")  # by the GeoParquet standard, absent means CRS84
    others = [n for n in content["columns"] if n in table.column_names]
    return Table(
        to_frame(table.drop_columns(others)),
        row_nos,
        source.path.stem,
        geoms=to_shapes(table.column(name), issues)[0],
        crs=json.dumps(crs) if isinstance(crs, dict) else crs,
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

    A ring that does not close is closed, with an issue for its row; `first` numbers the rows.
    """
    wkb = column.to_numpy(zero_copy_only=False)
    try:
        return np.asarray(shapely.from_wkb(wkb), dtype=object), wkb
    except (shapely.errors.GEOSException, TypeError):
        geoms = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    broken = np.flatnonzero(
        [raw is not None and g is None for raw, g in zip(wkb, geoms, strict=True)]
    )
    geoms[broken] = shapely.from_wkb(wkb[broken], on_invalid="fix")
    closed = broken[~shapely.is_missing(geoms[broken])]
    issues.add_rows("open_ring", closed + first, [""] * len(closed))
    return geoms, None


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
