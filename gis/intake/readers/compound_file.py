"""The one stream of an .xls file that holds the workbook. Layout: [MS-CFB]."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_NO_SECTOR = 0xFFFFFFFC  # from here on a number marks a sector and names none
_HEADER_TABLES = 109
_ENTRY_BYTES = 128
_ROOT = 5


def workbook_stream(content: bytes) -> bytes:
    """Return the stream Workbook (or Book); ValueError or struct.error when the file is broken."""
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    if not 7 <= shift <= 16 or not 4 <= small_shift <= shift:
        raise ValueError("sectors of an impossible size")
    sectors = _Sectors(content, 1 << shift)
    directory_at, cutoff, small_at = struct.unpack_from("<I4xII", content, 48)
    table = sectors.table()
    root, book = _entries(sectors.joined(directory_at, table))
    start, size = struct.unpack_from("<II", book, 116)
    if size >= cutoff:
        return sectors.joined(start, table)[:size]
    inside = sectors.joined(struct.unpack_from("<I", root, 116)[0], table)
    links = _numbers(sectors.joined(small_at, table))
    small = _Sectors(bytes(1 << small_shift) + inside, 1 << small_shift)
    return small.joined(start, links)[:size]


class _Sectors:
    """Pieces of equal size behind a header as long as one of them (of the file: 512 bytes)."""

    def __init__(self, content: bytes, size: int) -> None:
        self.content, self.size = content, size

    def one(self, number: int) -> bytes:
        return self.content[(number + 1) * self.size : (number + 2) * self.size]

    def joined(self, start: int, links: Sequence[int]) -> bytes:
        """Return a chain of sectors; one that runs in a ring is broken."""
        parts: list[bytes] = []
        most = len(self.content) // self.size + 1
        while start < len(links):
            if len(parts) > most:
                raise ValueError("a chain of sectors without end")
            parts.append(self.one(start))
            start = links[start]
        return b"".join(parts)

    def table(self) -> list[int]:
        """Return the links of all sectors: number -> next number."""
        places = _numbers(self.content[76 : 76 + 4 * _HEADER_TABLES])
        further, most = struct.unpack_from("<I", self.content, 68)[0], len(self.content) // 512
        while further < _NO_SECTOR and len(places) <= most + _HEADER_TABLES:
            more = _numbers(self.one(further))
            if not more:
                break
            places, further = places + more[:-1], more[-1]
        return [link for one in places if one < _NO_SECTOR for link in _numbers(self.one(one))]


def _entries(directory: bytes) -> tuple[bytes, bytes]:
    """Return the directory entries of the root and of the workbook, the newer form first."""
    found: dict[str, bytes] = {}
    root = b""
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        entry = directory[at : at + _ENTRY_BYTES]
        size = struct.unpack_from("<H", entry, 64)[0]
        found[entry[: max(size - 2, 0)].decode("utf-16-le", "replace").lower()] = entry
        root = entry if entry[66] == _ROOT else root
    book = found.get("workbook") or found.get("book")
    if book is None or not root:
        raise ValueError("no workbook in the compound file")
    return root, book


def _numbers(block: bytes) -> list[int]:
    count = len(block) // 4
    return list(struct.unpack_from(f"<{count}I", block))
