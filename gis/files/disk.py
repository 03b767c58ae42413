"""What a disk refuses, told with the path and the mend: full, closed, read-only, no folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import DiskError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# errno -> what was met, in both languages, and the mend
_WORDS = {
    **dict.fromkeys(
        _FULL,
        (
            "所在磁盘已满（或超过配额），没有写出，原有文件未动。 Its disk is full (or the quota "
            "is used up); nothing was written and what was there stays.",
            "腾出空间，或写到别的磁盘 free space there, or name a place on another disk",
        ),
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        (
            "没有权限。 Permission is denied there.",
            "换一个有权限的位置，或请管理员授权 name a place you may use, or have it opened to you",
        ),
    ),
    errno.EROFS: (
        "所在磁盘只读。 Its disk is read-only.",
        "换一个可写的位置 name a place on a disk that can be written",
    ),
    errno.ENAMETOOLONG: (
        "名称太长。 The name is too long for this disk.",
        "换一个短一些的名称 choose a shorter name (255 bytes; a Chinese character takes three)",
    ),
    errno.ENOTDIR: (
        "路径中有一段是文件，不是目录。 A part of the path is a file and no folder.",
        "改正路径 correct the path",
    ),
    errno.EEXIST: (
        "路径中有一段是文件，不是目录。 A part of the path is a file and no folder.",
        "改正路径 correct the path",
    ),
    errno.EISDIR: ("是目录，不是文件。 It is a folder and no file.", "给出文件名 name a file"),
    errno.ENOENT: (
        "不存在。 It does not exist.",
        "检查路径 check the path; a link may point nowhere",
    ),
    errno.ELOOP: (
        "链接绕成了圈。 Its links run in a circle.",
        "改用真实路径 name the real path",
    ),
    errno.EFBIG: (
        "文件超过允许的大小。 The file grew beyond what is allowed here (ulimit -f, or its disk).",
        "放宽限制或换磁盘 have the limit raised, or name a place on another disk",
    ),
    errno.EIO: (
        "磁盘读写出错。 Its disk fails to read or write.",
        "检查磁盘，换一个位置 have the disk looked at, and name another place",
    ),
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE),
        (
            "打开的文件太多。 Too many files are open.",
            "关闭其他程序或放宽 ulimit -n close other programs, or raise ulimit -n",
        ),
    ),
    **dict.fromkeys(
        (errno.EINVAL, errno.EILSEQ),
        (
            "名称在这个磁盘上不能用。 The name cannot be used on this disk.",
            "换一个名称 choose another name",
        ),
    ),
    errno.ETXTBSY: (
        "正被其他程序使用。 It is in use by another program.",
        "关闭后重试 close it there and try again",
    ),
    errno.ESTALE: (
        "网络磁盘断开了。 Its network disk is gone.",
        "重新连接后重试 connect it again and try again",
    ),
}


def is_full(fault: BaseException) -> bool:
    """True when an exception says that a disk is full or a quota used up.

    >>> is_full(OSError(errno.ENOSPC, "No space left")), is_full(OSError(errno.EACCES, "Denied"))
    (True, False)
    """
    return isinstance(fault, OSError) and fault.errno in _FULL


def is_known(fault: BaseException) -> bool:
    """True for a fault of disk or path that a person can mend, no bug of ours."""
    return isinstance(fault, OSError) and fault.errno in _WORDS


def as_disk_error(place: Path | str, fault: OSError) -> DiskError:
    """Return the error that names `place`, what was met there and the mend."""
    reason = fault.strerror or str(fault)
    other = (f"用不了。 It cannot be used: {reason}.", "换一个位置 name another place")
    found, mend = _WORDS.get(fault.errno or 0, other)
    return DiskError(f"{place}：{found}", mend)


def text_of(path: Path) -> str:
    """Return what a small UTF-8 file says; DiskError where it is not there or no file at all."""
    with explained(path):
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise DiskError(
                f"{path}：不是普通文件。 It is no regular file.", "给出文件 name a file"
            )
        return path.read_text(encoding="utf-8")


@contextmanager
def explained(place: Path, *own: Path) -> Iterator[None]:
    """Run a block that writes at `place`; what its disk refuses leaves it as DiskError.

    A fault that names a file elsewhere (not `place`, nor in one of the folders `own`) is of
    something else the block does, and leaves as it is.
    """
    try:
        yield
    except OSError as fault:
        if not is_known(fault) or not _is_of(fault, place, own):
            raise
        raise as_disk_error(place, fault) from fault


def _is_of(fault: OSError, place: Path, own: tuple[Path, ...]) -> bool:
    if fault.filename is None or isinstance(fault.filename, int):
        return True
    named = Path(os.fsdecode(fault.filename))
    return (
        named == place
        or named in place.parents
        or any(named == folder or folder in named.parents for folder in own)
    )
