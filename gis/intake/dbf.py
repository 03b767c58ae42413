"""The text of a shapefile's table: its encoding found in the bytes, and read where GDAL cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as compute

from gis.intake import encoding as encodings
from gis.intake.forms import refusal
from gis.intake.issues import Issues
from gis.intake.wholeness import shapefile_parts

BYTE_FOR_BYTE = "ISO-8859-1"  # GDAL hands over every byte as the character of its number
_SAMPLE_BYTES = 1 << 20
_NAME_BYTES = 10
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "latin-1"})


def find_encoding(path: Path, named: str | None, issues: Issues) -> str:
    """Return the codec of a shapefile's text: the one named, else declared, else scored.

    A declaration (`.cpg`, then the language byte) stands unless the text speaks against it; every
    way of deciding but the plain one is told.
    """
    parts = shapefile_parts(path)
    with parts[".dbf"].open("rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
    text = sample(head)
    if named is not None:
        codec = encodings.named(named)
        if codec is None or not encodings.agree(codec, text):
            proposal = encodings.title(encodings.guess(text).encoding)
            raise refusal(
                path.name,
                f"文字不能按编码 {named} 读",
                f"the text cannot be read as {named}",
                f"去掉 --encoding，或用 --encoding {proposal}",
            )
        return codec
    declared = encodings.language_byte(head[29])
    if ".cpg" in parts:
        written = parts[".cpg"].read_bytes()[:64].decode("ascii", errors="replace")
        declared = encodings.named(written) or declared
    if max(text, default=0) < 0x80:
        return declared or "utf-8"
    found = encodings.guess(text)
    if declared is not None:
        is_possible = encodings.agree(declared, text)
        is_same = found.encoding == declared or {found.encoding, declared} <= _WESTERN
        if is_possible and (is_same or not found.is_sure):
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


def has_cut_names(path: Path, encoding: str) -> bool:
    """True when a field name ends within a character: GDAL then gives names that are no text."""
    with shapefile_parts(path)[".dbf"].open("rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
    return not all(encodings.agree(encoding, name) for name, _, _ in _fields(head))


def sample(head: bytes) -> bytes:
    """Return the field names and the text of the first records of a table, one a line."""
    start, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    names, spans, at = [], [], 1
    for name, kind, size in _fields(head):
        names.append(_whole(name) if len(name) == _NAME_BYTES else name)
        if kind == b"C":
            spans.append((at, at + size))
        at += size
    rows = range(start, len(head) - width, width) if width else range(0)
    texts = [head[row + first : row + last] for row in rows for first, last in spans]
    return b"\n".join([*names, *(_trimmed(text) for text in texts)])


def recoded(table: pa.Table, encoding: str) -> pa.Table:
    """Return a table read byte for byte with its names and text in `encoding`.

    Half a character, left where dBASE cut a name or a value at its width, is dropped.
    """

    def text(value: str | None) -> str | None:
        if value is None:
            return None
        raw = value.encode(BYTE_FOR_BYTE, errors="replace")
        for lost in range(4):
            try:
                return raw[: len(raw) - lost].decode(encoding)
            except UnicodeDecodeError:
                continue
        return raw.decode(encoding, errors="replace")

    columns = []
    for column in table.columns:
        if pa.types.is_string(column.type):
            coded = column.combine_chunks().dictionary_encode()
            words = pa.array([text(value) for value in coded.dictionary.to_pylist()], pa.string())
            column = compute.take(words, coded.indices)
        columns.append(column)
    return pa.table(columns, names=[text(name) or name for name in table.column_names])


def _fields(head: bytes) -> list[tuple[bytes, bytes, int]]:
    """Return name, type letter and width of every field."""
    start = int.from_bytes(head[8:10], "little")
    found = []
    for offset in range(32, min(start, len(head)) - 31, 32):
        entry = head[offset : offset + 32]
        if entry[0] == 0x0D:
            break
        size = entry[16] + (256 * entry[17] if entry[11:12] == b"C" and entry[17] < 0x20 else 0)
        found.append((entry[:11].split(b"\0")[0], entry[11:12], size))
    return found


def _trimmed(text: bytes) -> bytes:
    """Return a value without padding; one that fills its field may end in half a character."""
    bare: Any = text.rstrip(b" \0")
    return bare if len(bare) < len(text) else _whole(text)


def _whole(text: bytes) -> bytes:
    """Return text that may have been cut without the half character at its end."""
    for encoding in ("utf-8", "gb18030"):
        for lost in range(4 if encoding == "utf-8" else 2):
            part = text[: len(text) - lost]
            try:
                part.decode(encoding)
            except UnicodeDecodeError:
                continue
            return part
    return text
