"""Whether the file a person names can be read at all: before any reader waits on it or stumbles."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from gis.errors import DeliveryError
from gis.intake.source.file_format import refusal

_MENDS = {
    errno.EACCES: (
        "没有读取权限",
        "you may not read it",
        "请文件的主人或管理员授权 have its owner let you read it",
    ),
    errno.ENOENT: ("文件不存在", "no such file", "检查路径和文件名"),
    errno.ENOTDIR: ("路径中有一段是文件", "a part of its path is a file", "改正路径"),
    errno.ELOOP: ("链接绕成了圈", "its links run in a circle", "改用真实路径"),
    errno.ENAMETOOLONG: ("路径太长", "the path is too long", "改短文件名"),
    errno.EIO: ("磁盘读取出错", "its disk fails to read", "检查磁盘，或另取一份"),
    errno.ESTALE: ("网络磁盘断开了", "its network disk is gone", "重新连接后重试"),
    errno.EMFILE: ("打开的文件太多", "too many files are open", "关闭其他程序后重试"),
    errno.ENFILE: ("打开的文件太多", "too many files are open", "关闭其他程序后重试"),
}
_MENDS[errno.EPERM] = _MENDS[errno.EACCES]
# Waiting for a pipe to speak would wait for ever; a device has no end.
_NO_FILES = {
    stat.S_IFIFO: ("管道", "a pipe"),
    stat.S_IFSOCK: ("套接字", "a socket"),
    stat.S_IFCHR: ("设备", "a device"),
    stat.S_IFBLK: ("设备", "a device"),
}


def must_be_readable(path: Path) -> None:
    """Raise DeliveryError where `path`, or a part that belongs to it, is no file to be read.

    A folder must be open to us with what lies in it; a shapefile with all its parts.
    """
    if "\0" in str(path):
        raise refusal(repr(path.name), "文件名里有空字符", "its name holds a NUL", "改正文件名")
    if _leads_nowhere(path):
        target = os.fspath(path.readlink())
        raise refusal(
            path.name,
            f"链接指向的 {target} 不存在",
            f"the link points to {target}, which is not there",
            "改正链接，或给出文件本身",
        )
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            parts = [part for part in path.iterdir() if not part.is_dir()]
        else:
            parts = [path, *_beside(path)]
    except OSError as fault:
        raise _unreadable(path, path, fault) from fault
    for part in parts:
        _must_open(path, part)


def _leads_nowhere(path: Path) -> bool:
    try:
        return path.is_symlink() and not path.stat()
    except FileNotFoundError:
        return path.is_symlink()
    except OSError:
        return False


def _beside(path: Path) -> list[Path]:
    if path.suffix.lower() not in {".shp", ".dbf"}:
        return []
    return [part for part in path.parent.iterdir() if part.stem == path.stem and part != path]


def _must_open(path: Path, part: Path) -> None:
    try:
        mode = part.stat().st_mode
        kind = _NO_FILES.get(stat.S_IFMT(mode))
        if kind is None and stat.S_ISREG(mode):
            part.open("rb").close()
    except OSError as fault:
        raise _unreadable(path, part, fault) from fault
    if kind is not None:
        raise refusal(
            path.name if part == path else f"{path.name} / {part.name}",
            f"这是{kind[0]}，不是文件",
            f"this is {kind[1]} and no file",
            "存成文件后再给出它的路径",
        )


def _unreadable(path: Path, part: Path, fault: OSError) -> DeliveryError:
    zh, en, mend = _MENDS.get(
        fault.errno or 0, ("读不了", f"cannot be read: {fault.strerror}", "检查文件")
    )
    name = path.name if part == path else f"{path.name} / {part.name}"
    return refusal(name, zh, f"{en} ({part})", mend)
