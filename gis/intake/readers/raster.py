"""What an image says of itself: where it lies, how fine it is, when it was taken.

Only heads and single blocks are read: an image may be larger than the memory.
"""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.errors import RasterioError
from rasterio.windows import Window

from gis.fields import Kind
from gis.files import drafts
from gis.intake.file_names import told_name
from gis.intake.issues import Issues
from gis.intake.source import drivers
from gis.intake.source.file_format import refusal
from gis.intake.source.own_name import image_under_own_name
from gis.intake.table import Table

_DAY = re.compile(r"(\d{4})[:/-](\d{2})[:/-](\d{2})(?!\d)")
# GDAL's acquisition instant is the satellite's own; a TIFF's instant may be that of a later edit.
_DAY_TAGS = (("IMAGERY", "ACQUISITIONDATETIME"), (None, "TIFFTAG_DATETIME"))
_SENSOR_TAGS = (("IMAGERY", "SATELLITEID"), (None, "TIFFTAG_IMAGEDESCRIPTION"))
_METRES_PER_DEGREE = 111_320.0


def read_raster(path: Path, kind: Kind, has_named_day: bool, issues: Issues) -> Table:
    """Return one row that describes an image, its rectangle as the shape, in the image's system.

    `has_named_day`: the person names the day, so the file's own tags are not asked.
    Raises DeliveryError when the image is broken, has no place, or no day is known for it.
    """
    if told_name(str(path)) != str(path):
        raise refusal(
            path.name,
            "影像的路径不是 UTF-8，登记后别的程序找不到它",
            "the path of the image is no UTF-8",
            "改名后重新登记 rename it",
        )
    with drafts.temporary() as folder, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            with (
                drivers.only_tiff(),
                rasterio.open(_linked(path, folder, issues), driver=drivers.RASTER) as image,
            ):
                _prove(image)
                row, footprint, system = _described(image, path)
                tags = {domain: image.tags(ns=domain) for domain in ("IMAGERY", None)}
        except (RasterioError, OSError, ValueError) as fault:
            raise refusal(
                path.name,
                "影像打不开，文件已损坏或被截断",
                f"the image cannot be read ({str(fault).replace(f'{folder}/', '')})",
                "请发送方重新传送",
            ) from fault
    if any(entry.category.__name__ == "NotGeoreferencedWarning" for entry in heard):
        raise refusal(
            path.name,
            "影像没有定位信息",
            "the image has no geotransform",
            "请报送带坐标的 GeoTIFF",
        )
    if not has_named_day:
        name, day = _day_of(tags)
        if day is None:
            raise refusal(
                path.name,
                "影像里没有拍摄日期",
                "the image does not say when it was taken",
                "用 --set taken_on=2024-05-01 写明拍摄日期",
            )
        row["taken_on"] = day
        title = kind.columns["taken_on"].title
        issues.add("day_from_tag", field="taken_on", title=title, value=day, detail=name)
    row["sensor"] = next((v for d, n in _SENSOR_TAGS if (v := tags[d].get(n))), None)
    titles = {name: kind.columns[name].title for name in row}
    frame = pd.DataFrame({titles[name]: [value] for name, value in row.items()}, dtype=object)
    geoms = np.empty(1, dtype=object)
    geoms[0] = footprint
    return Table(frame, np.array([1]), path.stem, geoms=geoms, crs=system)


def _linked(path: Path, folder: Path, issues: Issues) -> Path:
    link, left_out = image_under_own_name(path, folder)
    if left_out:
        issues.add("links_left_alone", value="、".join(left_out))
    return link


def _described(
    image: rasterio.DatasetReader, path: Path
) -> tuple[dict[str, Any], shapely.Polygon, str | None]:
    width, height = image.width, image.height
    corners = [_place(image, *at) for at in ((0, 0), (width, 0), (width, height), (0, height))]
    row: dict[str, Any] = {
        "path": str(path.resolve()),
        "name": path.stem,
        "resolution_m": _resolution_m(image),
        "bands_count": image.count,
        "width_px": width,
        "height_px": height,
        "pixel_type": image.dtypes[0],
        "nodata": image.nodata,
    }
    return row, shapely.Polygon(corners), image.crs.to_wkt() if image.crs else None


def _place(image: rasterio.DatasetReader, column: float, line: float) -> tuple[float, float]:
    a, b, c, d, e, f = image.transform[:6]
    return a * column + b * line + c, d * column + e * line + f


def _resolution_m(image: rasterio.DatasetReader) -> float | None:
    """Return the side of a square as large as a pixel on the ground, None without a system."""
    if not image.crs:
        return None
    side = math.sqrt(abs(image.transform.determinant))
    if image.crs.is_geographic:
        _, north = _place(image, image.width / 2, image.height / 2)
        return round(side * _METRES_PER_DEGREE * math.sqrt(math.cos(math.radians(north))), 3)
    return round(side * float(image.crs.linear_units_factor[1]), 3)


def _prove(image: rasterio.DatasetReader) -> None:
    """Read a pixel of the first, the middle and the last block: a cut file lacks one of them."""
    for share in (0.0, 0.5, 1.0):
        column = int(share * (image.width - 1))
        line = int(share * (image.height - 1))
        image.read(window=Window(column, line, 1, 1))


def _day_of(tags: dict[str | None, dict[str, str]]) -> tuple[str, str | None]:
    for domain, name in _DAY_TAGS:
        if found := _DAY.match(tags[domain].get(name, "")):
            return name, "-".join(found.groups())
    return "", None
