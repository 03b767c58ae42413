"""What a file really is, judged by its bytes, not its name; and the error that refuses it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gis.errors import DeliveryError
from gis.intake.file_names import told_name
from gis.intake.source import illegible
from gis.intake.source.encoding import guess
from gis.intake.source.plot_lines import is_bare_list

READABLE = (
    "Shapefile、FileGDB、GeoPackage、GeoJSON、FlatGeobuf、GeoParquet、KML、报部坐标 TXT、"
    "xlsx、xls、CSV、dbf"
)
_SIGNATURES = (
    (b"SQLite format 3\x00", "geopackage"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PAR1", "parquet"),
    (b"AC10", "DWG 图纸"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"\x89PNG", "PNG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"%PDF", "PDF 文档"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"II*\x00", "TIFF 栅格"),
    (b"MM\x00*", "TIFF 栅格"),
    (b"II+\x00", "TIFF 栅格"),  # larger than 4 GB
    (b"MM\x00+", "TIFF 栅格"),
    (b"\x1f\x8b", "gzip 压缩包"),
)
SUFFIXES = {
    "geopackage": {".gpkg"},
    "excel": {".xlsx", ".xls", ".xlsm", ".xlsb"},
    "shapefile": {".shp"},
    "dbf": {".dbf"},
    "flatgeobuf": {".fgb"},
    "parquet": {".parquet", ".geoparquet"},
    "geojson": {".geojson", ".json"},
    "kml": {".kml"},
    "coordinates": {".txt"},
    "csv": {".csv", ".txt", ".tsv", ".dat"},
}
_TABLE_VERSIONS = frozenset(
    {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB}
)
_FIELD_TYPES = "CNFDLMGBPIYTOVWQ0@+"
_FEW_ODD = 3  # bad bytes a short text may have and still be one
_LEAST_TABLE = 65  # bytes of a head with one field
# The first element of the text is what it is; the word further down makes no KML of it.
_KML = re.compile(
    r"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!doctype[^>]*>)*<(?:\w+:)?kml\b", re.DOTALL
)
_TITLES = {
    "geopackage": "GeoPackage",
    "excel": "Excel",
    "shapefile": "Shapefile",
    "dbf": "dBASE 表",
    "csv": "CSV",
    "flatgeobuf": "FlatGeobuf",
    "parquet": "Parquet",
    "geojson": "GeoJSON",
    "kml": "KML",
    "coordinates": "报部坐标 TXT",
}
_MENDS = {
    "DWG 图纸": "DWG 不能直接读取：在 CAD 中导出为报部坐标 TXT、Shapefile 或 GeoPackage 后再报送",
    "DXF 图纸": "DXF 没有属性表：导出为报部坐标 TXT、Shapefile 或 GeoPackage 后再报送",
    "HTML 网页": "这是改了扩展名的网页表格：用 Excel 打开后另存为 xlsx 再报送",
    "WKT 文本": "WKT 文本没有属性和坐标系：转成 GeoPackage 或 Shapefile 后再报送",
    "TIFF 栅格": "栅格不是地块资料：影像请用 landwatch load imagery 登记",
}


@dataclass(frozen=True)
class Opened:
    """One delivery ready for its reader: where it lies, what it is, and its name for people.

    `origin` is the file as it came, `path` where a reader opens it: under a name of our own, which
    no library takes for anything but a file's.
    """

    path: Path
    format: str
    name: str
    origin: Path
    is_misnamed: bool = False
    stems: Mapping[str, str] = field(default_factory=dict)  # of our names -> as they came

    @property
    def title(self) -> str:
        """Return the format as people call it."""
        return _TITLES.get(self.format, self.format)

    @property
    def stem(self) -> str:
        """Return what a file's only layer is called where nothing in the file names it."""
        return told_name(self.origin.stem)

    def layer_name(self, name: str) -> str:
        """Return the name of a layer, which a reader may have made of our own name of the file."""
        return self.stems.get(name, name)


def refusal(name: str, chinese: str, english: str, mend: str) -> DeliveryError:
    """Return the one error that refuses a file: Chinese first, English second, then the mend."""
    name = told_name(name)
    words = f"{name}：{chinese}。{name}: {told_name(english)}."
    return DeliveryError(illegible.shown(words), illegible.shown(mend))


def is_raster(path: Path) -> bool:
    """True when a file begins as a TIFF does."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(4)
    return any(form == "TIFF 栅格" and head == mark for mark, form in _SIGNATURES)


def recognise(path: Path) -> str:
    """Return what a file is by its first bytes; raises DeliveryError for what no reader takes."""
    # A file of the system's own (/proc) says 0, and may never begin or have no end.
    if path.stat().st_size == 0:
        raise refusal(path.name, "文件是空的（0 字节）", "the file is empty", "请发送方重新传送")
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if (form := next((form for mark, form in _SIGNATURES if head.startswith(mark)), None)) is None:
        form = "dbf" if is_table(head) else _recognise_text(head)
    if form == "zip" and _is_workbook(path):
        form = "excel"
    if form in _TITLES or form == "zip":
        return form
    is_named_so = path.suffix[1:].lower() in form.lower()
    suffix = "" if is_named_so else f"，扩展名却是 {path.suffix}"
    raise refusal(
        path.name,
        f"这是 {form}{suffix}，不是能读入的资料",
        f"this is no file landwatch can take in ({form})",
        _MENDS.get(form, f"请报送 {READABLE}"),
    )


def is_table(head: bytes) -> bool:
    """True when a file begins as tables of dBASE and FoxPro do: version, day, fields and end."""
    if len(head) < _LEAST_TABLE or head[0] not in _TABLE_VERSIONS or not 0 <= head[2] <= 12:
        return False
    start, width = (int.from_bytes(head[at : at + 2], "little") for at in (8, 10))
    if start < _LEAST_TABLE or not width or head[3] > 31:
        return False
    ends = [at for at in range(32, min(start, len(head)), 32) if head[at] == 0x0D]
    letters = head[43 : ends[0] if ends else start : 32]
    return bool(ends and letters) and all(chr(letter) in _FIELD_TYPES for letter in letters)


def _recognise_text(head: bytes) -> str:
    found = guess(head)
    text = head.decode(found.encoding, errors="replace").lstrip("\ufeff \t\r\n")
    start = text[:2000].lower()
    if _is_noise(text):
        return "无法识别的二进制文件"
    if start.startswith(("<!doctype html", "<html", "<table", "<meta")):
        return "HTML 网页"
    if _KML.match(start):
        return "kml"
    if start.startswith("<"):
        return "XML 文件"
    if start.startswith("{"):
        return "geojson"
    if re.match(r"(multi)?(polygon|point|linestring)\s*z?m?\s*\(|geometrycollection\s*\(", start):
        return "WKT 文本"
    if re.match(r"0\s*\n?\s*section", start):
        return "DXF 图纸"
    if re.search(r"[\[［【]\s*(地块坐标|属性描述|项目信息)\s*[\]］】]", text) or re.search(
        r"[,，]\s*[@＠]\s*$", text, re.MULTILINE
    ):
        return "coordinates"
    return "coordinates" if is_bare_list(text) else "csv"


def _is_noise(text: str) -> bool:
    """True when characters that no one writes are more than one in fifty, and not but a few."""
    odd = sum((c < " " and c not in "\t\r\n\x0c") or c == "\ufffd" for c in text)
    return odd > _FEW_ODD and odd * 50 > len(text)


def _is_workbook(path: Path) -> bool:
    with open_archive(path) as archive:
        names = archive.namelist()
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def open_archive(path: Path) -> zipfile.ZipFile:
    """Return an archive to read; raises DeliveryError when its directory is broken."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise refusal(
            path.name,
            "压缩结构不完整，文件可能被截断",
            "the zip structure is broken or cut short",
            "请发送方重新传送",
        ) from fault
