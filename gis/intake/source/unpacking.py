"""A zip unpacked under names of our own, within bounds; no path climbs out, no link is made."""

from __future__ import annotations

import errno
import re
import stat
import zipfile
import zlib
from pathlib import Path

from gis.errors import DeliveryError
from gis.files import disk, drafts
from gis.intake.source.bounded import bounds_of
from gis.intake.source.completeness import cut_short
from gis.intake.source.encoding import guess
from gis.intake.source.file_format import open_archive, refusal

_BLOCK_BYTES = 1 << 20


def unpack(path: Path, folder: Path) -> None:
    """Unpack a zip into a folder.

    Raises DeliveryError when it is broken, has a password, holds links, or is more than its size
    allows (`bounds.toml`).
    """
    with open_archive(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _check(path, members)
        try:
            for member in members:
                # A name inside an archive may climb out of the folder: only its parts are used.
                parts = [p for p in re.split(r"[\\/]", _name(member)) if p not in {"", ".", ".."}]
                if not parts or parts[0] == "__MACOSX":
                    continue
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as sink:
                    while block := source.read(_BLOCK_BYTES):
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


def check_size(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that holds more than its size allows; zipfile reads no more than told."""
    bounds = bounds_of(path)
    unpacked = sum(member.file_size for member in members)
    if unpacked > bounds.unpacked_bytes:
        megabytes, allowed = unpacked >> 20, bounds.unpacked_bytes >> 20
        raise refusal(
            path.name,
            f"解压后有 {megabytes:,} MB，超过这样大小的文件允许的 {allowed:,} MB",
            f"it holds {megabytes:,} MB, and a file of its size may hold {allowed:,} MB",
            "请分批报送，或放宽 bounds.toml send it in parts, or widen bounds.toml",
        )
    if len(members) > bounds.members:
        raise refusal(
            path.name,
            f"压缩包里有 {len(members):,} 个文件，超过 {bounds.members:,} 个的限额",
            f"the archive holds {len(members):,} files, and {bounds.members:,} are allowed",
            "请只打包一份资料 pack one delivery only",
        )


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    check_size(path, members)
    links = [member for member in members if stat.S_ISLNK(member.external_attr >> 16)]
    if links:
        raise refusal(
            path.name,
            f"压缩包里的 {_name(links[0])} 是链接，不是文件",
            f"{_name(links[0])} in the archive is a link, no file",
            "请打包文件本身，不要链接",
        )


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
