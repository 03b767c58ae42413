"""A delivery opened: the file itself, a directory, or the one delivery inside a zip."""

from __future__ import annotations

import errno
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from gis import disk, drafts
from gis.errors import DeliveryError
from gis.intake.encoding import agree, guess
from gis.intake.forms import READABLE, SUFFIXES, Opened, open_archive, recognise, refusal
from gis.intake.wholeness import check_geopackage, check_shapefile, cut_short

_MAX_UNPACKED_BYTES = 16 << 30


@contextmanager
def opened(path: Path, layer: str | None = None) -> Iterator[Opened]:
    """Give a delivery to be read, unpacked first if it is a zip; nothing stays behind.

    Raises DeliveryError when the file is missing, empty, incomplete or of a kind no reader takes.
    """
    with ExitStack() as stack:
        source = _found(path, layer, stack)
        yield _with_readable_prj(source, stack) if source.format == "shapefile" else source


def _found(path: Path, layer: str | None, stack: ExitStack) -> Opened:
    if path.is_dir():
        return _directory(path)
    form = recognise(path)
    if form != "zip":
        return _checked(path, form)
    return _unpacked(path, stack.enter_context(drafts.temporary()), layer)


def _with_readable_prj(source: Opened, stack: ExitStack) -> Opened:
    """Return a shapefile whose .prj names its system in UTF-8: Chinese firms name it in GBK.

    GDAL hands such a name on as it is, and its readers stumble over it. The parts are linked to
    from a folder of their own, which goes away with the stack.
    """
    folder = source.path if source.path.is_dir() else source.path.parent
    stems = {source.path.stem} if folder != source.path else {p.stem for p in folder.iterdir()}
    parts = [part for part in sorted(folder.iterdir()) if part.stem in stems and part.is_file()]
    texts = {part: part.read_bytes() for part in parts if part.suffix.lower() == ".prj"}
    foreign = {part for part, raw in texts.items() if not agree("utf-8", raw)}
    if not foreign:
        return source
    linked = stack.enter_context(drafts.temporary())
    for part in parts:
        if part in foreign:
            text = texts[part].decode(guess(texts[part]).encoding, errors="replace")
            (linked / part.name).write_text(text, encoding="utf-8")
        else:
            (linked / part.name).symlink_to(part.resolve())
    return replace(source, path=linked if source.path.is_dir() else linked / source.path.name)


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
    if form == "csv" and suffix in (known - SUFFIXES["csv"] - SUFFIXES["excel"] - {""}):
        raise refusal(
            path.name,
            f"内容只是文字，不是 {suffix} 文件",
            f"this is plain text and no {suffix} file",
            "文件可能在传送中损坏，请发送方重新导出",
        )
    return Opened(path, form, path.name, suffix not in SUFFIXES[form])


def _directory(path: Path) -> Opened:
    if path.suffix.lower() == ".gdb" or any(path.glob("*.gdbtable")):
        if not any(path.glob("a00000001.gdbtable")):
            raise refusal(
                path.name,
                "FileGDB 目录里没有数据表",
                "the directory holds no FileGDB tables",
                "请把整个 .gdb 目录打成 zip 后重新传送",
            )
        return Opened(path, "filegdb", path.name)
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
    return Opened(path if len(shapes) > 1 else shapes[0], "shapefile", path.name)


def _unpacked(path: Path, folder: Path, layer: str | None) -> Opened:
    """Unpack a zip under names of our own and return the one delivery in it."""
    with open_archive(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > _MAX_UNPACKED_BYTES:
            raise refusal(path.name, "解压后超过 16 GB", "more than 16 GB unpacked", "请分批报送")
        try:
            for member in members:
                # A name inside an archive may climb out of the folder: only its parts are used.
                parts = [p for p in re.split(r"[\\/]", _name(member)) if p not in {"", ".", ".."}]
                if not parts or parts[0] == "__MACOSX":
                    continue
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as sink:
                    while block := source.read(1 << 20):
                        sink.write(block)
        except RuntimeError as fault:  # what zipfile says of a password
            raise refusal(
                path.name, "压缩包有密码", "the archive has a password", "请报送不加密的压缩包"
            ) from fault
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error) as fault:
            if disk.is_full(fault):
                raise drafts.temporary_full() from fault
            if isinstance(fault, OSError) and fault.errno == errno.ENAMETOOLONG:
                raise _name_too_long(path) from fault
            raise cut_short(path) from fault
    return _only_delivery(path, folder, layer)


def _name_too_long(path: Path) -> DeliveryError:
    return refusal(
        path.name,
        "压缩包里有的文件名太长（超过 255 字节）",
        "the archive holds a name of more than 255 bytes",
        "改短文件名后重新打包",
    )


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag Windows in China wrote it in GBK."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    return raw.decode(guess(raw).encoding, errors="replace")


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
    # A readme.txt beside a data set is no second delivery.
    data = [part for part in found if part.suffix.lower() != ".txt"] or found
    named = [part for part in data if part.stem == layer] if layer else []
    data = named if len(named) == 1 else data
    if len(data) == 1:
        part = data[0]
        inner = _directory(part) if part.is_dir() else _checked(part, recognise(part))
        return Opened(inner.path, inner.format, f"{path.name}/{part.name}", inner.is_misnamed)
    is_shapes = all(part.suffix.lower() == ".shp" for part in data)
    if data and is_shapes and len({part.parent for part in data}) == 1:
        return Opened(_directory(data[0].parent).path, "shapefile", path.name)
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
