"""Binary files whose heads announce far more than they hold, or name what lies elsewhere."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import rasterio

from tests.intake_samples import parcels, write_shapefile

_PLACE = rasterio.Affine(1, 0, 37_431_000, 0, -1, 4_400_500)


def huge_shapefile(folder: Path, address: str) -> Path:
    path = write_shapefile(folder / "huge.shp")
    shape = bytearray(path.read_bytes())
    struct.pack_into("<ii", shape, 100 + 8 + 36, 0x7FFFFFF0, 0x7FFFFFF0)  # parts, points
    path.write_bytes(shape)
    return path


def huge_dbf(folder: Path, address: str) -> Path:
    path = write_shapefile(folder / "rows.shp")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    struct.pack_into("<IHH", table, 4, 10, 0xFFFF, 0xFFFF)
    path.with_suffix(".dbf").write_bytes(table)
    return path


def huge_flatgeobuf(folder: Path, address: str) -> Path:
    path = folder / "huge.fgb"
    parcels().to_file(path, driver="FlatGeobuf")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 8, 0x7FFFFFFF)  # the length of the head
    path.write_bytes(content)
    return path


def parquet_bomb(folder: Path, address: str) -> Path:
    path = folder / "bomb.parquet"
    column = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(3_000_000, dtype=np.int32)), pa.array(["x" * 4_000])
    )
    parquet.write_table(pa.table({"宗地代码": column}), path, compression="zstd")
    return path


def giant_tiff(folder: Path, address: str) -> Path:
    path = folder / "giant.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=200_000, height=200_000, count=4, dtype="float64",
        crs="EPSG:4525", transform=_PLACE, sparse_ok=True,
        tiled=False, compress="deflate", bigtiff="YES", blockysize=20_000,
    ):  # fmt: skip
        pass
    return path


def tiff_with_overviews_elsewhere(folder: Path, address: str) -> Path:
    path = folder / "seen.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="uint8", crs="EPSG:4525",
        transform=_PLACE,
    ) as image:  # fmt: skip
        image.write(np.ones((1, 10, 10), dtype="uint8"))
    (folder / "seen.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">'
        f"/vsicurl/{address}/o.tif</MDI></Metadata></PAMDataset>"
    )
    return path
