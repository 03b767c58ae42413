"""A shapefile's table read from its own bytes: what the sender wrote, cell by cell.

GDAL rolls 30 February over to 1 March, ends a number at its comma, and hands text on that is no
text. So only the shapes are read through it; a cell that is no number, no day or no truth comes out
as the text it is, for the column's own reader to judge. Columns are read as blocks of bytes, not
row by row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

from gis.intake import encoding as encodings
from gis.intake import illegible
from gis.intake.forms import refusal
from gis.intake.issues import Issues
from gis.intake.table import Array
from gis.intake.wholeness import records_present, shapefile_parts

_SAMPLE_BYTES = 1 << 20
_NAME_BYTES = 10
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "latin-1"})
_BLANK, _NEW_LINE, _STAR = 0x20, 0x0A, 0x2A
_DELETED = _STAR
_NUMERIC = frozenset({b"N", b"F"})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_YES, _NO, _UNKNOWN = frozenset("TtYy1"), frozenset("FfNn0"), frozenset(" ?\0")
_LONG_TABLE = 10  # rows: so many numbers do not all happen to be too long for their field
_EXACT_BELOW = 2.0**53
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Field:
    """One field of a table: its name in bytes, type letter, first byte in a record, and width."""

    name: bytes
    kind: bytes
    at: int
    width: int


@dataclass(frozen=True)
class Records:
    """The table of a shapefile, opened: its records are read when asked for."""

    path: Path
    encoding: str

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
        count = min(self.announced_count, records_present(self.path))
        start, width = (int.from_bytes(self._head[at : at + 2], "little") for at in (8, 10))
        if not count or not width:
            return np.empty((0, max(width, 1)), np.uint8)
        return np.memmap(self.path, np.uint8, "r", start, (count, width))

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Return the fields by name; of fields with one name the first."""
        found: dict[str, Field] = {}
        for field in _fields(self._head):
            name = _text(field.name, self.encoding, is_full=len(field.name) >= _NAME_BYTES)
            found.setdefault(illegible.replaced(name or "").strip(), field)
        return found

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
        a short table, or beside numbers, stars are told row by row.
        """
        is_read = self._block[:, 0] != _DELETED
        if is_read.sum() < _LONG_TABLE:
            return []
        found = []
        for name, field in self.fields.items():
            part = slice(field.at, field.at + field.width)
            if field.kind not in _NUMERIC or not (self._block[:1, part] == _STAR).all():
                continue
            cells = self._block[is_read, part]
            if np.isin(cells, (_STAR, _BLANK, 0)).all():
                found.append(name)
        return found

    def frame(self, at: Array) -> pd.DataFrame:
        """Return the records at these places (from 0), one column a field."""
        is_run = at.size > 0 and at[-1] - at[0] + 1 == at.size
        block = self._block[at[0] : at[-1] + 1] if is_run else self._block[at]
        columns = {
            name: pd.Series(np.nan, range(at.size))
            if name in self.starred
            else _column(np.ascontiguousarray(block[:, f.at : f.at + f.width]), f, self.encoding)
            for name, f in self.fields.items()
        }
        return pd.DataFrame(columns, index=range(at.size))


def records(shape_path: Path, encoding: str) -> Records:
    """Return the table that belongs to a .shp."""
    return Records(shapefile_parts(shape_path)[".dbf"], encoding)


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
        found.append(Field(entry[:11].split(b"\0")[0], entry[11:12], at, width))
        at += width
    return found


def _column(block: Array, field: Field, encoding: str) -> Any:
    """Return one column of cells of `width` bytes each in the type its letter names."""
    if field.kind in _NUMERIC:
        return _numbers(_ended(block), encoding)
    if field.kind == b"D" and field.width == 8:
        return _days(block, encoding)
    if field.kind == b"L" and field.width == 1:
        return _truths(block)
    return _texts(_ended(block), encoding)


def _ended(block: Array) -> Array:
    """Return cells that end at their first NUL, as C has it, padded with blanks."""
    if block.size and not block.all():
        return np.where(np.maximum.accumulate(block == 0, axis=1), np.uint8(_BLANK), block)
    return block


def _texts(block: Array, encoding: str) -> pd.Series:
    """Return text without padding, None where there is none (str dtype)."""
    if not block.size:
        return pd.Series([None] * len(block), dtype="str")
    if block.max() < 0x80:
        words = _bytes_of(block).cast(pa.large_string())
    else:
        words = pa.array(_lines(block, encoding), pa.large_string())
    words = compute.utf8_trim(words, " ")
    words = compute.if_else(compute.equal(words, ""), pa.scalar(None, pa.large_string()), words)
    return pd.Series(words, dtype="str")


def _lines(block: Array, encoding: str) -> list[str]:
    """Return the cells decoded, all in one sweep where every byte has a meaning."""
    if not (block == _NEW_LINE).any():
        ends = np.full((len(block), 1), _NEW_LINE, np.uint8)
        try:
            return np.hstack([block, ends]).tobytes().decode(encoding).split("\n")[:-1]
        except UnicodeError:
            pass
    cells = _bytes_of(block).dictionary_encode()
    words = [_text(cell, encoding, is_full=True) for cell in cells.dictionary.to_pylist()]
    return [words[at] for at in cells.indices.to_numpy()]


def _text(cell: bytes, encoding: str, *, is_full: bool) -> str:
    """Return one cell decoded; half a character at the end of a full field is marked as cut."""
    text = illegible.decoded(cell, encoding)
    if not is_full or not illegible.is_in(text):
        return text
    for lost in range(1, min(4, len(cell))):
        whole = illegible.decoded(cell[:-lost], encoding)
        if not illegible.is_in(whole) and encodings.is_begun(cell[-lost:], encoding):
            return whole + illegible.CUT
    return text


def _numbers(block: Array, encoding: str) -> pd.Series:
    """Return whole numbers (Int64) or numbers (float64); a cell that is none stays as written."""
    texts = _texts(block, encoding)
    words = pa.array(texts, pa.large_string())
    for target, dtype in ((pa.int64(), "Int64"), (pa.float64(), "float64")):
        try:
            read = compute.cast(words, target).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        if dtype == "Int64":
            return pd.Series(compute.cast(words, target).to_pandas(types_mapper=_nullable))
        known = read[texts.notna().to_numpy()]
        # Whole numbers beyond these would lose their last digits.
        if (np.abs(known) < _EXACT_BELOW).all():
            return pd.Series(read)
    return pd.Series([_number(text) for text in texts.astype(object)], dtype=object)


def _nullable(_: pa.DataType) -> Any:
    return pd.Int64Dtype()


def _number(text: object) -> object:
    """Return a number that keeps every digit, else the text itself; None for no text."""
    if not isinstance(text, str):
        return None
    if re.fullmatch(r"[+-]?\d+", text):
        # More digits than a register's numbers have: a code, of which none may be lost.
        return int(text) if len(text.lstrip("+-")) <= 18 else text
    return float(text) if _NUMBER.fullmatch(text) and np.isfinite(float(text)) else text


def _days(block: Array, encoding: str) -> pd.Series:
    """Return days (datetime64[s]); text where one of them never was, so that it can be named."""
    digits = block.astype(np.int64) - ord("0")
    is_blank = ((block == _BLANK) | (block == 0)).all(axis=1) | (digits == 0).all(axis=1)
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day = digits[:, 4:6] @ np.array([10, 1]), digits[:, 6:] @ np.array([10, 1])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH_DAYS[np.clip(month, 0, 12)] + (is_leap & (month == 2))
    is_day = ((digits >= 0) & (digits <= 9)).all(axis=1) & (day >= 1) & (day <= last) & (year > 0)
    is_day &= (month >= 1) & (month <= 12)
    if not (is_day | is_blank).all():
        texts = _texts(_ended(block), encoding).astype(object)
        return texts.mask(is_blank, None)
    months = ((np.where(is_day, year, 1970) - 1970) * 12 + month - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    days[~is_day] = np.datetime64("NaT")
    return pd.Series(days.astype("M8[s]"))


def _truths(block: Array) -> pd.Series:
    """Return yes and no as T and F, None where the field is not filled in, else the cell itself."""
    cells = [None if chr(byte) in _UNKNOWN else chr(byte) for byte in block[:, 0].tolist()]
    plain = {**dict.fromkeys(_YES, "T"), **dict.fromkeys(_NO, "F")}
    return pd.Series([cell and plain.get(cell, cell) for cell in cells], dtype="str")


def _bytes_of(block: Array) -> pa.Array:
    """Return the cells as bytes without the padding behind them."""
    width = block.shape[1]
    cells = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(block), [None, pa.py_buffer(np.ascontiguousarray(block))]
    )
    return cells.cast(pa.large_binary())


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
