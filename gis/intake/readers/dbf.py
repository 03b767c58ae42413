"""A dBASE table, a shapefile's or alone, read from its own bytes: what the sender wrote.

GDAL rolls 30 February over to 1 March, ends a number at its comma, and hands text on that is no
text. So only the shapes are read through it; a cell that is no number, no day or no truth comes out
as the text it is, for the column's own reader to judge. Columns are read as blocks of bytes, not
row by row.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.intake.issues import Issues
from gis.intake.readers import dbf_binary
from gis.intake.readers.dbf_cells import BLANK, NUMERIC, STAR, Field, column, text_of
from gis.intake.source import encoding as encodings
from gis.intake.source import illegible
from gis.intake.source.completeness import records_present, shapefile_parts
from gis.intake.source.file_format import Opened, refusal
from gis.intake.table import Array, Table

_SAMPLE_BYTES = 1 << 20
_NAME_BYTES = 10
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "latin-1"})
_DELETED = STAR
_SHOWN = 10  # of many rows so many are named
_OF_GDAL = (24, 15)
_SPARE_DIGITS = 2
_LONG_TABLE = 10  # rows: so many numbers do not all happen to be too long for their field


@dataclass(frozen=True)
class Records:
    """A table, opened: its records are read when asked for, at most as many as there are shapes."""

    path: Path
    encoding: str
    shape_count: int | None = None

    @cached_property
    def _head(self) -> bytes:
        with self.path.open("rb") as stream:
            head = stream.read(32)
            return head + stream.read(max(int.from_bytes(head[8:10], "little") - 32, 0))

    @property
    def announced_count(self) -> int:
        """Return how many records the head counts."""
        return int.from_bytes(self._head[4:8], "little")

    @cached_property
    def count(self) -> int:
        """Return how many records there are."""
        return len(self._block)

    @cached_property
    def _block(self) -> Array:
        """Return the bytes of all records, one record a row."""
        count = records_present(self.path)
        if self.shape_count is not None:
            count = min(count, self.shape_count)
        start, width = (int.from_bytes(self._head[at : at + 2], "little") for at in (8, 10))
        if not count or not width:
            return np.empty((0, max(width, 1)), np.uint8)
        return np.memmap(self.path, np.uint8, "r", start, (count, width))

    @property
    def surplus_count(self) -> int:
        """Return how many records lie behind the last that has a shape."""
        return records_present(self.path) - self.count

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Return the fields with something to read by name; of fields with one name the first."""
        found: dict[str, Field] = {}
        for field in _fields(self._head):
            if field.kind not in dbf_binary.ELSEWHERE and field.kind != dbf_binary.HIDDEN:
                found.setdefault(self._name(field), field)
        return found

    @cached_property
    def elsewhere(self) -> list[str]:
        """Return the names of the fields whose text is kept in another file (memo)."""
        kept = [field for field in _fields(self._head) if field.kind in dbf_binary.ELSEWHERE]
        return [self._name(field) for field in kept]

    def _name(self, field: Field) -> str:
        name = text_of(field.name, self.encoding, is_full=len(field.name) >= _NAME_BYTES)
        return illegible.replaced(name or "").strip()

    def write_marks(self, path: Path) -> None:
        """Write a table with as many records, each deleted or not, and nothing else in it."""
        head = struct.pack("<4BIHH20x", 3, 0, 1, 1, self.count, 65, 2)
        field = struct.pack("<11sc4xB15x", b"A", b"C", 1)
        cells = np.full((self.count, 2), BLANK, np.uint8)
        cells[:, 0] = self._block[:, 0]
        path.write_bytes(head + field + b"\r" + cells.tobytes() + b"\x1a")

    def must_fit(self, file: str) -> None:
        """Raise DeliveryError when the fields of the head do not fit into a record."""
        width = int.from_bytes(self._head[10:12], "little")
        wanted = max((field.at + field.width for field in _fields(self._head)), default=0)
        if not wanted or wanted > width:
            raise refusal(
                file,
                f"属性表的表头自相矛盾：各字段共 {wanted} 字节，每行只有 {width} 字节",
                f"the head of the table contradicts itself: {wanted} bytes of fields, {width} a "
                "row",
                "请发送方重新导出",
            )

    @cached_property
    def repeated(self) -> list[str]:
        """Return the names that more than one field has."""
        names = [field.name for field in _fields(self._head)]
        return sorted({name.decode("ascii", "replace") for name in names if names.count(name) > 1})

    @cached_property
    def deleted(self) -> Array:
        """Return the places (from 0) of the records marked as deleted."""
        return np.flatnonzero(self._block[:, 0] == _DELETED)

    @cached_property
    def starred(self) -> list[str]:
        """Return the number fields of a long table that hold stars and blanks alone.

        So GDAL writes a number that is unknown. A number too long for its field looks the same: in
        a short table, or beside numbers that nearly fill the field, stars are told row by row.
        """
        is_read = self._block[:, 0] != _DELETED
        if is_read.sum() < _LONG_TABLE:
            return []
        found = []
        for name, field in self.fields.items():
            part = slice(field.at, field.at + field.width)
            if field.kind not in NUMERIC or not (self._block[:1, part] == STAR).all():
                continue
            cells = self._block[is_read, part]
            if np.isin(cells, (STAR, BLANK, 0)).all():
                found.append(name)
        return found

    @cached_property
    def unknown(self) -> dict[str, Array]:
        """Return number field -> the places (from 0) of the stars that stand for no number.

        So they do beside numbers that leave room in the field, see `starred`.
        """
        is_read = self._block[:, 0] != _DELETED
        found = {}
        for name, field in self.fields.items():
            if field.kind not in NUMERIC or name in self.starred or is_read.sum() < _LONG_TABLE:
                continue
            cells = self._block[:, field.at : field.at + field.width]
            at = np.flatnonzero((cells == STAR).all(axis=1) & is_read)
            if at.size and _leave_room(np.delete(cells, at, axis=0), field):
                found[name] = at
        return found

    def frame(self, at: Array) -> pd.DataFrame:
        """Return the records at these places (from 0), one column a field."""
        is_run = at.size > 0 and at[-1] - at[0] + 1 == at.size
        block = self._block[at[0] : at[-1] + 1] if is_run else self._block[at]
        columns = {
            name: pd.Series(np.nan, range(at.size))
            if name in self.starred
            else column(self._cells(block, name, f, at), f, self.encoding, self._head[0])
            for name, f in self.fields.items()
        }
        return pd.DataFrame(columns, index=range(at.size))

    def _cells(self, block: Array, name: str, field: Field, at: Array) -> Array:
        cells: Array = np.ascontiguousarray(block[:, field.at : field.at + field.width])
        if name in self.unknown:
            cells = cells.copy()
            cells[np.isin(at, self.unknown[name])] = BLANK
        return cells


def records(path: Path, encoding: str) -> Records:
    """Return the table that belongs to a .shp, or a .dbf of its own.

    Raises DeliveryError when its fields do not fit into its records.
    """
    parts = shapefile_parts(path)
    shapes = (parts[".shx"].stat().st_size - 100) // 8 if path.suffix.lower() == ".shp" else None
    table = Records(parts[".dbf"], encoding, shapes)
    table.must_fit(path.name)
    return table


def read_dbf(source: Opened, encoding: str | None, issues: Issues) -> Table:
    """Return the rows of a table that came without shapes; deleted records are left out."""
    table = records(source.path, find_encoding(source.path, encoding, issues))
    tell(table, issues)
    at = np.setdiff1d(np.arange(table.count), table.deleted)
    name = source.layer_name(source.stem)
    return Table(table.frame(at), at + 1, name, is_cut_header=True, has_signs=True)


def tell(table: Records, issues: Issues) -> None:
    """Tell what of a table is not read."""
    if (gone := table.deleted + 1).size:
        rows = "、".join(map(str, gone[:_SHOWN])) + ("等" if gone.size > _SHOWN else "")
        issues.add("deleted_records", value=rows, detail=int(gone.size))
    if table.surplus_count:
        issues.add("surplus_records", value=table.count, detail=table.surplus_count)
    elif table.announced_count != table.count:
        issues.add("wrong_count", value=table.announced_count, detail=table.count)
    if table.unknown:
        counts = {name: len(at) for name, at in table.unknown.items()}
        words = "、".join(f"{name} {count} 行" for name, count in counts.items())
        issues.add("starred_numbers", value=words, detail=sum(counts.values()))
    for name in table.repeated:
        issues.add("duplicate_header", value=name)
    for name in table.elsewhere:
        issues.add("memo_field", value=name)


def find_encoding(path: Path, named: str | None, issues: Issues) -> str:
    """Return the codec of a shapefile's text: the one named, else declared, else scored.

    A declaration (`.cpg`, then the language byte) stands unless the text speaks against it, which a
    few bad bytes do not; every way of deciding but the plain one is told.
    """
    parts = shapefile_parts(path)
    with parts[".dbf"].open("rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
    text = sample(head)
    if named is not None:
        return _obeyed(named, text, path.name)
    declared = encodings.language_byte(head[29])
    if ".cpg" in parts:
        written = parts[".cpg"].read_bytes()[:64].decode("ascii", errors="replace")
        declared = encodings.named(written) or declared
    if max(text, default=0) < 0x80:
        return declared or "utf-8"
    found = encodings.guess(text)
    if declared is not None:
        declared = encodings.big5_of(text) if declared == "cp950" else declared
        is_same = found.encoding == declared or {found.encoding, declared} <= _WESTERN
        # Against a doubtful guess a declaration has the weight of a person's word.
        is_doubted = found.is_sure and not is_same
        if not is_doubted and encodings.may_be(declared, text, is_named=not found.is_sure):
            return declared
        issues.add(
            "lying_encoding",
            value=encodings.title(declared),
            detail=encodings.title(found.encoding),
        )
        return found.encoding
    if found.is_sure:
        issues.add("guessed_encoding", value=encodings.title(found.encoding))
    else:
        detail = f"也可能是 {encodings.title(found.runner_up)}" if found.runner_up else "文字太少"
        issues.add("unsure_encoding", value=encodings.title(found.encoding), detail=detail)
    return found.encoding


def _obeyed(named: str, text: bytes, file: str) -> str:
    """Return the codec a person named; DeliveryError where hardly a character fits it."""
    codec = encodings.named(named)
    codec = encodings.big5_of(text) if codec == "cp950" else codec
    if codec is None or not encodings.may_be(codec, text, is_named=True):
        proposal = encodings.title(encodings.guess(text).encoding)
        raise refusal(
            file,
            f"文字不能按编码 {named} 读",
            f"the text cannot be read as {named}",
            f"去掉 --encoding，或用 --encoding {proposal}",
        )
    return codec


def sample(head: bytes) -> bytes:
    """Return the field names and the text of the first records of a table, one a line."""
    start, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    fields = _fields(head)
    names = [_whole(f.name) if len(f.name) >= _NAME_BYTES else f.name for f in fields]
    spans = [(f.at, f.at + f.width) for f in fields if f.kind == b"C"]
    rows = range(start, len(head) - width, width) if width else range(0)
    texts = [head[row + first : row + last] for row in rows for first, last in spans]
    return b"\n".join([*names, *(_trimmed(text) for text in texts)])


def _fields(head: bytes) -> list[Field]:
    start, at = int.from_bytes(head[8:10], "little"), 1
    found = []
    for offset in range(32, min(start, len(head)) - 31, 32):
        entry = head[offset : offset + 32]
        if entry[0] == 0x0D:
            break
        width = entry[16] + (256 * entry[17] if entry[11:12] == b"C" and entry[17] < 0x20 else 0)
        decimals = entry[17] if entry[11:12] in NUMERIC else 0
        found.append(Field(entry[:11].split(b"\0")[0], entry[11:12], at, width, decimals))
        at += width
    return found


def _leave_room(cells: Array, field: Field) -> bool:
    """Return whether a number a hundred times the largest of these would fit into their field.

    Into the field GDAL makes for any number it writes its own always fit.
    """
    if (field.width, field.decimals) == _OF_GDAL:
        return True
    if np.isin(cells, [*b"eE*"]).any():
        return False
    is_whole = np.cumsum(cells == ord("."), axis=1) == 0
    digits = (is_whole & ~np.isin(cells, (BLANK, 0))).sum(axis=1).max(initial=0)
    room = field.width - field.decimals - (1 if field.decimals else 0)
    return bool(room - digits >= _SPARE_DIGITS)


def _trimmed(text: bytes) -> bytes:
    """Return a value without padding; one that fills its field may end in half a character."""
    bare: Any = text.rstrip(b" \0")
    return bare if len(bare) < len(text) else _whole(text)


def _whole(text: bytes) -> bytes:
    """Return text that may have been cut without the half character at its end."""
    for encoding in ("utf-8", "gb18030"):
        for lost in range(4):
            part = text[: len(text) - lost]
            try:
                part.decode(encoding)
            except UnicodeDecodeError:
                continue
            return part
    return text
