"""A delivery opened: the file itself, a directory, or the one delivery inside a zip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from gis.files import drafts
from gis.intake.source.completeness import (
    check_geopackage,
    check_shapefile,
    check_table,
    shapefile_parts,
)
from gis.intake.source.file_format import READABLE, SUFFIXES, Opened, recognise, refusal
from gis.intake.source.own_name import refuse_links, under_own_name
from gis.intake.source.unpacking import unpack


@contextmanager
def opened(path: Path, layer: str | None = None) -> Iterator[Opened]:
    """Give a delivery to be read, unpacked first if it is a zip; nothing stays behind.

    Raises DeliveryError when the file is missing, empty, incomplete or of a kind no reader takes.
    """
    with ExitStack() as stack:
        source = _found(path, layer, stack)
        yield under_own_name(source, stack.enter_context(drafts.temporary()))


def _found(path: Path, layer: str | None, stack: ExitStack) -> Opened:
    if path.is_dir():
        return _directory(path)
    form = recognise(path)
    if form != "zip":
        return _checked(path, form)
    folder = stack.enter_context(drafts.temporary())
    unpack(path, folder)
    return _only_delivery(path, folder, layer)


def _checked(path: Path, form: str) -> Opened:
    known = set().union(*SUFFIXES.values()) | {".zip", ".kmz", ".gdb", ".dwg", ".jpg", ""}
    suffix = path.suffix.lower()
    if form == "geopackage":
        check_geopackage(path)
    if form == "shapefile":
        if suffix != ".shp":
            raise refusal(
                path.name,
                f"这是 Shapefile 的图形或索引部分，扩展名却是 {path.suffix or '空'}",
                "this is a part of a shapefile under another name",
                "请给出 .shp 文件，各部分同名放在一起",
            )
        check_shapefile(path)
    if form == "dbf":
        _check_table(path)
    if form == "csv" and suffix in (known - SUFFIXES["csv"] - SUFFIXES["excel"] - {""}):
        raise refusal(
            path.name,
            f"内容只是文字，不是 {suffix} 文件",
            f"this is plain text and no {suffix} file",
            "文件可能在传送中损坏，请发送方重新导出",
        )
    return Opened(path, form, path.name, path, suffix not in SUFFIXES[form])


def _check_table(path: Path) -> None:
    if path.suffix.lower() != ".dbf":
        raise refusal(
            path.name,
            f"这是 dBASE 表，扩展名却是 {path.suffix or '空'}",
            "this is a dBASE table under another name",
            "把扩展名改为 .dbf 后重新报送",
        )
    if ".shp" in shapefile_parts(path):
        raise refusal(
            path.name,
            "这是 Shapefile 的属性表，图形在同名的 .shp 里",
            "this is the table of a shapefile, whose shapes lie in the .shp of its name",
            "请给出 .shp 文件；只要表格时单独报送 .dbf",
        )
    check_table(path)


def _directory(path: Path) -> Opened:
    refuse_links(path.name, sorted(path.rglob("*")), path)
    if path.suffix.lower() == ".gdb" or any(path.glob("*.gdbtable")):
        if not any(path.glob("a00000001.gdbtable")):
            raise refusal(
                path.name,
                "FileGDB 目录里没有数据表",
                "the directory holds no FileGDB tables",
                "请把整个 .gdb 目录打成 zip 后重新传送",
            )
        return Opened(path, "filegdb", path.name, path)
    shapes = [part for part in sorted(path.iterdir()) if part.suffix.lower() == ".shp"]
    if not shapes:
        raise refusal(
            path.name,
            "目录里没有能读入的资料",
            "the directory holds nothing to read",
            f"请给出一个文件：{READABLE}",
        )
    for shape in shapes:
        check_shapefile(shape)
    place = path if len(shapes) > 1 else shapes[0]
    return Opened(place, "shapefile", path.name, place)


def _only_delivery(path: Path, folder: Path, layer: str | None) -> Opened:
    databases = [part for part in folder.rglob("*.[gG][dD][bB]") if part.is_dir()]
    suffixes = set().union(*SUFFIXES.values())
    found = databases + [
        part
        for part in sorted(folder.rglob("*"))
        if part.is_file()
        and part.suffix.lower() in suffixes
        and not any(database in part.parents for database in databases)
    ]
    # The table of a shapefile is a part of it.
    shapes = {part.with_suffix("") for part in found if part.suffix.lower() == ".shp"}
    found = [p for p in found if p.suffix.lower() != ".dbf" or p.with_suffix("") not in shapes]
    # A readme.txt beside a data set is no second delivery.
    data = [part for part in found if part.suffix.lower() != ".txt"] or found
    named = [part for part in data if part.stem == layer] if layer else []
    data = named if len(named) == 1 else data
    if len(data) == 1:
        part = data[0]
        inner = _directory(part) if part.is_dir() else _checked(part, recognise(part))
        return replace(inner, name=f"{path.name}/{part.name}")
    is_shapes = all(part.suffix.lower() == ".shp" for part in data)
    if data and is_shapes and len({part.parent for part in data}) == 1:
        return replace(_directory(data[0].parent), name=path.name)
    if not data:
        raise refusal(
            path.name,
            "压缩包里没有能读入的资料",
            "the archive holds nothing to read",
            f"请报送 {READABLE}",
        )
    names = "、".join(part.name for part in data[:12])
    raise refusal(
        path.name,
        f"压缩包里有 {len(data)} 份资料：{names}",
        f"the archive holds {len(data)} deliveries",
        "用 --layer 指定其中一份（不带扩展名），或分别报送",
    )
