"""Whether all of a delivery arrived, by what its own heads announce; and its hash."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from gis.errors import DeliveryError
from gis.intake.source.file_format import READABLE, refusal

_END_OF_TABLE = b"\x1a"
# By what the file system knows each file: device, number, size, instant of the last change.
Marks = Mapping[Path, tuple[int, int, int, int]]
_RECORD_MARKS = (0x20, 0x2A)  # of a record, of a deleted one
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def shapefile_parts(path: Path) -> dict[str, Path]:
    """Return the files of a shapefile that are there, by suffix in lower case."""
    return {
        part.suffix.lower(): part
        for part in sorted(path.parent.iterdir())
        if part.stem == path.stem and part.suffix.lower() in SHAPEFILE_PARTS and part.is_file()
    }


def check_shapefile(path: Path) -> None:
    """Refuse a shapefile whose parts are missing or shorter than their own heads say."""
    parts = shapefile_parts(path)
    if _head(path, 4) != b"\x00\x00\x27\x0a":
        raise refusal(path.name, "不是 Shapefile", "this is no shapefile", f"请报送 {READABLE}")
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in parts]
    if missing:
        raise refusal(
            path.name,
            f"缺少 {'、'.join(missing)} 文件",
            f"the shapefile lacks {', '.join(missing)}",
            "请发送方把 .shp、.shx、.dbf、.prj 一起传送",
        )
    for suffix in (".shp", ".shx"):
        head = _head(parts[suffix], 28)
        told = struct.unpack(">i", head[24:28])[0] * 2 if len(head) == 28 else -1
        if told < 100 or parts[suffix].stat().st_size < told:
            raise cut_short(path, suffix)
    head = _head(parts[".dbf"], 32)
    if len(head) < 32:
        raise cut_short(path, ".dbf")
    count, start, width = struct.unpack("<IHH", head[4:12])
    shapes = (parts[".shx"].stat().st_size - 100) // 8
    if records_present(parts[".dbf"]) == shapes:
        return  # as many rows as shapes: the head may count what was never written, or too few
    if parts[".dbf"].stat().st_size < start + count * width:
        raise cut_short(path, ".dbf")
    if shapes != count:
        raise refusal(
            path.name,
            f"图形 {shapes} 个，属性 {count} 行，对不上",
            f"{shapes} shapes but {count} rows of attributes",
            "请发送方重新导出",
        )


def check_table(path: Path) -> None:
    """Refuse a .dbf alone that ends before the rows its head counts, or whose head is none."""
    head = _head(path, 32)
    start, width = struct.unpack("<HH", head[8:12])
    if len(head) < 32 or path.stat().st_size < start:
        raise cut_short(path)
    end = start + records_present(path) * width
    if announced(path) > records_present(path) and _byte_at(path, end) != _END_OF_TABLE:
        raise cut_short(path)


def announced(table: Path) -> int:
    """Return how many records the head of a .dbf counts."""
    return int(struct.unpack("<I", _head(table, 8)[4:8])[0])


def records_present(table: Path) -> int:
    """Return how many whole records lie in a .dbf, whatever its head counts.

    Behind those the head counts, blanks and what does not begin as a record does are none, nor is
    what stands behind the sign of the end.
    """
    start, width = struct.unpack("<HH", _head(table, 12)[8:12])
    whole = max(table.stat().st_size - start, 0) // width if width else 0
    told = announced(table)
    if whole <= told:
        return whole
    more: Any = np.memmap(table, np.uint8, "r", start + told * width, (whole - told, width))
    is_none = ~np.isin(more[:, 0], _RECORD_MARKS) | (more == _RECORD_MARKS[0]).all(axis=1)
    return told + (int(is_none.argmax()) if is_none.any() else whole - told)


def check_geopackage(path: Path) -> None:
    """Refuse a GeoPackage that is shorter than its page count says."""
    head = _head(path, 100)
    if len(head) < 100:
        raise cut_short(path)
    page_size = struct.unpack(">H", head[16:18])[0]
    page_size = 65536 if page_size == 1 else page_size
    pages = struct.unpack(">I", head[28:32])[0]
    if pages and path.stat().st_size < pages * page_size:
        raise cut_short(path)


def cut_short(path: Path, what: str = "") -> DeliveryError:
    """Return the error for a file, or a part of it (`what`), that did not arrive whole."""
    return refusal(
        path.name,
        f"{what + ' ' if what else ''}文件被截断，内容不完整",
        f"the file {what + ' ' if what else ''}is cut short",
        "请发送方重新传送，并核对文件大小",
    )


def _byte_at(path: Path, place: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(place)
        return stream.read(1)


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def sha256(path: Path) -> str:
    """Return the hash of a delivery: of the file, or of all parts of a shapefile or directory."""
    try:
        return joint_digest(path, [(part, digest(part)) for part in parts_of(path)])
    except FileNotFoundError as fault:
        raise changed(path) from fault


def parts_of(path: Path) -> list[Path]:
    """Return the files a delivery is made of, in one order: itself, or all parts of it."""
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    if path.suffix.lower() == ".shp":
        return [part for _, part in sorted(shapefile_parts(path).items())]
    if path.suffix.lower() == ".dbf" and ".cpg" in (parts := shapefile_parts(path)):
        return [parts[".cpg"], path]
    return [path]


def marks_of(path: Path) -> Marks:
    """Return by what the file system knows the files of a delivery, for `must_be_unchanged`."""
    marks = {}
    for part in parts_of(path):
        with suppress(OSError):
            told = part.stat()
            marks[part] = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns)
    return marks


def must_be_unchanged(path: Path, marks: Marks) -> None:
    """Refuse a delivery of which a file was changed, replaced or taken away since `marks_of`.

    What was read of it then may be half of one state and half of another.
    """
    now = marks_of(path)
    if any(now.get(part) != mark for part, mark in marks.items() if part.suffix != ".lock"):
        raise changed(path)


def changed(path: Path) -> DeliveryError:
    """Return the error for a delivery that is no longer the one that was read."""
    return refusal(
        path.name,
        "读取期间文件被改动",
        "the file was changed while it was being read",
        "等文件传完、不再改动后重新装载",
    )


def joint_digest(path: Path, parts: Sequence[tuple[Path, str]]) -> str:
    """Return the hash of a delivery from the hashes of its parts: of one file, its own."""
    if [part for part, _ in parts] == [path]:
        return parts[0][1]
    whole = hashlib.sha256()
    for part, its_digest in parts:
        # The suffix stands for the part's place: a renamed shapefile is still the same one.
        label = str(part.relative_to(path)) if path.is_dir() else part.suffix.lower()
        whole.update(f"{label}\0{its_digest}\n".encode())
    return whole.hexdigest()


def digest(path: Path) -> str:
    """Return the hash of one file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
