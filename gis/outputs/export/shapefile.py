"""The shapefile that every GIS reads right (the room of fiona, with `package`).

What the format cannot hold is told, never cut: rows without a shape and values longer than the
254 bytes of a dBASE cell go whole into lists beside it, and both are counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.crs import systems, transform
from gis.errors import UsageError
from gis.files import atomic
from gis.geometry import clean
from gis.outputs.export import delimited
from gis.outputs.export.columns import Field, Spread

# dBASE: a text cell holds at most 254 bytes, a field name at most 10.
CELL_BYTES = 254
NUMBER = "float:19"
SIDECARS = ("_字段说明.csv", "_无图形.csv", "_全文.csv")


@dataclass(frozen=True)
class Encoding:
    """How text is stored: Python's codec, GDAL's name for it, and what the .cpg says.

    ArcGIS asks the language byte of the .dbf and the .cpg, GDAL (QGIS, geopandas) the .cpg and
    then the byte. No byte means UTF-8, so UTF-8 is written with byte 0 and the .cpg alone; GBK
    with byte 0x4D and a .cpg of the same meaning. Byte 0x4D over UTF-8 text would be read as
    garbage by whoever asks the byte first.
    """

    codec: str
    gdal: str
    cpg: str
    mark: str  # stands where a value goes on beside the shapefile
    stand_in: str  # stands for a character the encoding does not have


ENCODINGS = {
    "utf-8": Encoding("utf-8", "UTF-8", "UTF-8", "…", "〓"),
    "gbk": Encoding("gbk", "LDID/77", "936", "…", "〓"),
}


@dataclass(frozen=True)
class Shapefile:
    """What was written: the files, features, rows without a shape, values kept whole beside."""

    files: list[Path]
    rows: int
    without_shape: int
    shortened: int


def write(
    spread: Spread,
    geoms: np.ndarray,
    out: Path,
    *,
    as_of: date,
    epsg: int = systems.STORE_EPSG,
    encoding: str = "utf-8",
) -> Shapefile:
    """Write the polygons of `geoms` (EPSG:4490, one per row) as the shapefile `out`.

    `out` ends in .shp, or in .zip for one archive of all files. `epsg` is the system written.
    The first field names the row in the lists beside it.
    """
    if encoding not in ENCODINGS:
        raise UsageError(
            f"不认识的编码 unknown encoding {encoding!r}", f"可选 choose {' / '.join(ENCODINGS)}"
        )
    if out.suffix.lower() not in {".shp", ".zip"}:
        raise UsageError(
            f"{out.name} 不是 shapefile 的文件名 is no name of a shapefile",
            "以 .shp 或 .zip 结尾 let it end in .shp or .zip",
        )
    system = systems.parse(epsg)
    areas = clean.polygonal(geoms)
    has_shape = ~(shapely.is_missing(areas) | shapely.is_empty(areas))
    drawn = spread.table[has_shape].reset_index(drop=True)
    cells, spilled = _cells(spread.fields, drawn, ENCODINGS[encoding])
    with atomic.beside(out) as folder:
        path = folder / f"{out.stem}.shp"
        shapes = transform.between(shapely.force_2d(areas[has_shape]), systems.STORE_EPSG, system)
        _features(path, spread.fields, cells, shapes, system, ENCODINGS[encoding], as_of)
        _lists(path, spread, ~has_shape, spilled, ENCODINGS[encoding])
        if out.suffix.lower() == ".zip":
            with atomic.replacing(out) as draft:
                atomic.pack(folder, draft)
            files = [out]
        else:
            files = atomic.publish(folder, out, SIDECARS)
    return Shapefile(files, int(has_shape.sum()), int((~has_shape).sum()), len(spilled))


def _cells(
    fields: tuple[Field, ...], table: pd.DataFrame, encoding: Encoding
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table as the cells can hold it, and every value that had to be changed."""
    cells, spilled = {}, []
    for one in fields:
        values = table[one.short]
        if one.type == "text":
            fitting = values.map(lambda text: _fit(text, encoding), na_action="ignore")
            changed = values.notna() & (fitting != values)
            spilled.append(
                pd.DataFrame(
                    {
                        "row": table.index[changed],
                        "key": table.iloc[:, 0][changed],
                        "short": one.short,
                        "title": one.title,
                        "text": values[changed],
                    }
                )
            )
            values = fitting
        cells[one.short] = values
    changes = pd.concat(spilled, ignore_index=True)
    return pd.DataFrame(cells, index=table.index), changes.sort_values("row", kind="stable")


def _fit(text: str, encoding: Encoding) -> str:
    """Return `text` if a cell can hold it, else as much as fits in whole characters, marked."""
    stored = text.encode(encoding.codec, errors="replace")
    if len(stored) <= CELL_BYTES and stored.decode(encoding.codec) == text:
        return text
    known = "".join(
        character if _is_in(character, encoding) else encoding.stand_in for character in text
    )
    stored = known.encode(encoding.codec)
    if len(stored) <= CELL_BYTES:
        return known
    room = CELL_BYTES - len(encoding.mark.encode(encoding.codec))
    return stored[:room].decode(encoding.codec, errors="ignore") + encoding.mark


def _is_in(character: str, encoding: Encoding) -> bool:
    return character.encode(encoding.codec, errors="ignore") != b""


def _features(
    path: Path,
    fields: tuple[Field, ...],
    cells: pd.DataFrame,
    shapes: np.ndarray,
    system: systems.CrsInfo,
    encoding: Encoding,
    as_of: date,
) -> None:
    schema = {
        "geometry": "Polygon",
        "properties": {one.short: _type(one, cells[one.short], encoding) for one in fields},
    }
    import fiona.io  # its GDAL takes a server 30 MB: loaded by the first file alone

    # In memory, zipped: what a disk refuses GDAL tells wrongly or not at all.
    with fiona.io.MemoryFile(filename=f"landwatch-{secrets.token_hex(8)}.shz") as made:
        with made.open(
            driver="ESRI Shapefile",
            schema=schema,
            crs=system.definition,
            encoding=encoding.gdal,
            # GDAL would write today's day into the header: equal findings, different bytes.
            DBF_DATE_LAST_UPDATE=as_of.isoformat(),
        ) as collection:
            types = {one.short: one.type for one in fields}
            collection.writerecords(records(cells, shapes, types))
        atomic.unpack(made.read(), path.parent, path.stem)
    path.with_suffix(".cpg").write_text(encoding.cpg, encoding="ascii")


def _type(one: Field, values: pd.Series, encoding: Encoding) -> str:
    if one.type == "day":
        return "date"
    if one.type == "number":
        return f"{NUMBER}.{one.decimals}"
    if one.type == "integer":
        return "int:18"
    # Widths count bytes, not characters: a Chinese one takes three in UTF-8.
    longest = values.dropna().map(lambda text: len(text.encode(encoding.codec))).max()
    return f"str:{int(longest) if longest == longest else 1}"


def records(
    cells: pd.DataFrame, shapes: np.ndarray, types: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield one feature per row as fiona takes it; days as ISO text, what is unknown as None.

    `types` says of each column what it is. A whole number that comes as one to a column of
    numbers would be written as unknown: they are floats, all of them.
    """
    plain = {}
    for short, values in cells.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            values = values.dt.strftime("%Y-%m-%d")
        elif types[str(short)] == "number":
            values = values.astype("Float64")
        known = values.to_numpy(dtype=object, copy=True)
        known[values.isna().to_numpy()] = None
        plain[short] = known.tolist()
    for *row, shape in zip(*plain.values(), shapes, strict=True):
        geometry = None if shape is None else shapely.geometry.mapping(shape)
        properties = dict(zip(plain, row, strict=True))
        yield {"type": "Feature", "geometry": geometry, "properties": properties}


def _lists(
    path: Path,
    spread: Spread,
    is_shapeless: np.ndarray,
    spilled: pd.DataFrame,
    encoding: Encoding,
) -> None:
    dictionary, shapeless, full_text = (path.with_name(path.stem + end) for end in SIDECARS)
    delimited.save(field_list(spread.fields), dictionary)
    if is_shapeless.any():
        delimited.save(spread.titled()[is_shapeless], shapeless)
    if len(spilled):
        note = f"超过{CELL_BYTES}字节或含{encoding.codec.upper()}没有的字，shapefile中有省略"
        table = pd.DataFrame(
            {
                "要素序号": spilled["row"],
                spread.fields[0].title: spilled["key"],
                "字段名": spilled["short"],
                "中文名称": spilled["title"],
                "全文": spilled["text"],
            }
        ).assign(说明=note)
        delimited.save(table, full_text)


def field_list(fields: tuple[Field, ...]) -> pd.DataFrame:
    """Return the field dictionary: short name, Chinese title, type, unit, decimals, code words."""
    kinds = {"text": "文本", "day": "日期", "number": "数值", "integer": "整数"}
    return pd.DataFrame(
        {
            "字段名": [one.short for one in fields],
            "中文名称": [one.title for one in fields],
            "类型": [kinds[one.type] for one in fields],
            "单位": ["平方米" if one.unit == "m2" else one.unit for one in fields],
            "小数位": pd.array(
                [one.decimals if one.type == "number" else None for one in fields], dtype="Int64"
            ),
            "代码含义": [
                "；".join(f"{code}＝{word}" for code, word in one.words.items()) for one in fields
            ],
        }
    )
