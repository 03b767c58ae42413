"""The ground beneath the live map, where a setting names one: a file, or tiles of another server.

    FILE.tif                  a raster of ours, best a cloud-optimised GeoTIFF, in any system
    xyz:https://…/{z}/{x}/{y}   square tiles of Web Mercator
    c:https://…{z}…{x}…{y}      tiles of degrees as 天地图 cuts them (matrix set c, CGCS2000)

Tiles of other servers are fetched by this one, so their key stays here, and warped to the square
tiles the map draws. Background alone: nobody knows the day such a picture was taken on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gis.errors import UsageError

# Their coordinates are shifted by some hundred metres on purpose (GCJ-02, BD-09).
_SHIFTED = re.compile(r"(^|\.)(amap\.com|autonavi\.com|qq\.com|gtimg\.com|baidu\.com|bdimg\.com)$")
_KINDS = ("xyz", "c")


@dataclass(frozen=True)
class BaseMap:
    """Where the ground comes from: `kind` is file, xyz or c."""

    kind: str
    place: str

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a square tile of Web Mercator as PNG, see-through where there is no ground.

        UsageError where the file cannot be read, or the other server does not answer.
        """
        from maps import ground  # its libraries load where there is a base map alone

        try:
            return ground.tile(self.kind, self.place, zoom, column, row)
        except ground.NotFetchedError as fault:
            raise _lost(f"（{fault.chinese}）", f" ({fault.english})") from fault
        except ground.UNREADABLE as fault:
            raise _lost("", "") from fault

    def mark(self) -> str:
        """Return what tells this ground from every other, a file from what it was before."""
        if self.kind != "file":
            return f"{self.kind}\n{self.place}"
        found = Path(self.place).stat()
        return f"{self.kind}\n{self.place}\n{found.st_mtime_ns}\n{found.st_size}"


def parsed(told: str | None) -> BaseMap | None:
    """Return the base map a setting names, None where it names none; UsageError for a wrong one."""
    if not told:
        return None
    kind, _, address = told.partition(":")
    if kind not in _KINDS:
        if Path(told).is_file():
            return BaseMap("file", told)
        raise _wrong("没有这个文件 there is no such file")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _wrong("不是网址 it is no address of http or https")
    if not all(f"{{{name}}}" in address for name in "xyz"):
        raise _wrong("缺少 {z}、{x} 或 {y} there is no {z}, {x} or {y}")
    if _SHIFTED.search(parts.hostname):
        raise _wrong("该图坐标有偏移 its coordinates are shifted on purpose (GCJ-02)")
    return BaseMap(kind, address)


def is_nothing(content: bytes) -> bool:
    """Return whether a tile is the one of where there is no ground."""
    from maps import ground

    return content == ground.nothing()


def _lost(chinese: str, english: str) -> UsageError:
    return UsageError(
        f"没有取到底图{chinese}。 The base map did not come{english}.",
        "查看设置和网络 look at LANDWATCH_BASE_MAP and at the network",
    )


def _wrong(why: str) -> UsageError:
    return UsageError(
        f"LANDWATCH_BASE_MAP 写得不对：{why}。",
        "写成 write it like ground.tif, xyz:https://host/{z}/{x}/{y}.png or c:https://host/…",
    )
