"""The lines of 报部坐标: a parcel's head, told by the place of its fields, and its points."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from gis.intake.source import illegible

KINDS = ("点", "线", "面")
_COMMA = re.compile(r"\s*[,，]\s*")
# What a field of a head looks like where its neighbour was left out.
_CLASS_CODE = re.compile(r"\d{2,6}[A-Za-z]?")
_WORDS = re.compile(r"[\u4e00-\u9fff]")
_AREA = re.compile(r"\d+\.\d+|\d+(?:\.\d+)?\s*\D+")
_FIRST_KIND, _FIELDS = 4, 8
_LOOKED_AT = 20  # lines
_TAIL = " ,，;；\t"
_LEAST_METRES = 100_000
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Point:
    """One boundary point as written: its name, its ring, X to the north and Y to the east."""

    name: str
    ring: int
    north: str
    east: str


@dataclass(frozen=True)
class Plot:
    """One parcel: the fields of its head as written, its points, and what could not be read."""

    point_count: str = ""
    area: str = ""
    number: str = ""
    name: str = ""
    kind: str = "面"
    sheet: str = ""
    use: str = ""
    class_code: str = ""
    extra: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    line_no: int = field(default=0, compare=False)
    faults: tuple[str, ...] = field(default=(), compare=False)
    odd_kind: str = field(default="", compare=False)  # what stands in the place of 点|线|面
    wider_count: int = field(default=0, compare=False)


def is_head(line: str, *, is_within: bool) -> bool:
    """Return whether a line is a parcel's head: it ends in @, or has 点|线|面 in its place.

    `is_within`: it stands among the parcels, where a head whose @ was lost is still one.
    """
    if ends_as_head(line):
        return True
    fields = _COMMA.split(line)
    has_kind = not set(KINDS).isdisjoint(fields[_FIRST_KIND - 1 : _FIRST_KIND + 2])
    return is_within and has_kind and sum(map(_is_metres, fields)) < 2


def ends_as_head(line: str) -> bool:
    """Return whether a line ends in @, as heads do."""
    return line.rstrip(_TAIL).endswith(("@", "＠"))


def head_of(line: str, line_no: int) -> Plot:
    """Return a head by the place of 点|线|面 in it; fields before and after keep their order."""
    bare = line.rstrip(_TAIL).rstrip("@＠").rstrip() if ends_as_head(line) else line
    fields = [part.strip() for part in bare.split(",")]
    if len(fields) < 3:
        fields = [part.strip() for part in re.split(r"[,，;；\t]", bare)]
    if fields and not fields[-1]:
        fields.pop()
    at, is_told = _place_of_kind(fields)
    before = _before(fields[:at])
    after = fields[at + is_told :]
    kind = fields[at] if is_told else ""
    odd_kind = "" if kind in {"", *KINDS} else kind
    if len(after) == 2 and _CLASS_CODE.fullmatch(after[1]) and _WORDS.search(after[0]):
        after.insert(0, "")  # the sheet was left out with its comma
    after += [""] * (3 - len(after))
    return Plot(
        before[0],
        before[1],
        before[2],
        "，".join(before[3:]),
        kind if kind in KINDS else _kind_in(kind),
        after[0],
        after[1],
        after[2],
        tuple(after[3:]),
        line_no=line_no,
        odd_kind=odd_kind,
    )


def _kind_in(text: str) -> str:
    """Return the kind that a damaged or longer word names, 面 where it names none."""
    return next((kind for kind in KINDS if kind in text), "面")


def _place_of_kind(fields: Sequence[str]) -> tuple[int, int]:
    """Return where 点|线|面 stands, or would, and 1 if it has a field of its own there, else 0."""
    if len(fields) > _FIRST_KIND and fields[_FIRST_KIND] in KINDS:
        return _FIRST_KIND, 1
    at = next((i for i, part in enumerate(fields) if part in KINDS), None)
    if at is not None:
        return at, 1
    if len(fields) <= _FIRST_KIND:
        return len(fields), 0
    if fields[_FIRST_KIND]:
        # One field more than there are, and the next one empty: the name has a comma in it.
        if len(fields) > _FIELDS and not fields[_FIRST_KIND + 1]:
            return _FIRST_KIND + 1, 1
        # Another word stands for the kind where no field is missing: the class code, the one in
        # digits, is then the last of the eight.
        is_full = len(fields) >= _FIELDS and not (
            _CLASS_CODE.fullmatch(fields[_FIELDS - 2])
            and not _CLASS_CODE.fullmatch(fields[_FIELDS - 1])
        )
        return _FIRST_KIND, int(is_full or _is_spoiled_kind(fields[_FIRST_KIND]))
    # An empty field there is the kind's where all are there, else the map sheet's: told by whether
    # the class code, the one in digits, stands second behind it.
    behind = fields[_FIRST_KIND + 1 :]
    is_kind = len(fields) >= _FIELDS or (
        len(behind) == 2 and bool(behind[1]) and not _CLASS_CODE.fullmatch(behind[1])
    )
    return _FIRST_KIND, int(is_kind)


def _is_spoiled_kind(text: str) -> bool:
    rest = illegible.replaced(text).replace("\ufffd", "")
    return illegible.is_in(text) and rest in {"", *KINDS}


def _before(fields: Sequence[str]) -> list[str]:
    """Return 界址点数, 面积, 地块编号, 地块名称 (and more); '' for one left out with its comma."""
    before = list(fields)
    if len(before) == _FIRST_KIND - 1:
        if before[0] and whole(before[0]) is None and _AREA.fullmatch(before[0]):
            before.insert(0, "")
        elif whole(before[0]) is not None and before[1] and not _NUMBER.match(before[1]):
            before.insert(1, "")
    return before + [""] * (_FIRST_KIND - len(before))


def point_of(line: str) -> tuple[Point, int] | None:
    """Return a boundary point and how many further columns its line has; None for other lines."""
    plain = unicodedata.normalize("NFKC", line)
    separator = r"\s*[,;\t]\s*" if re.search("[,;\t]", plain) else r"\s+"
    parts = [part for field in re.split(separator, plain) for part in (field.split() or [""])]
    while parts and not parts[-1]:
        parts.pop()
    if len(parts) >= 2 and all(_is_metres(part) for part in parts[:2]):
        # No name, no ring: X and Y, perhaps a height.
        parts = ["", "1", *parts]
    elif len(parts) == 3 and not re.fullmatch(r"\d{1,3}(?:\.0)?|", parts[1]):
        # No ring is named. A line that ends after the ring and X is a line cut short.
        parts.insert(1, "1")
    elif len(parts) > 3 and all(_is_metres(part) for part in parts[1:3]):
        parts.insert(1, "1")
    if len(parts) < 4:
        return None
    ring = parts[1].removesuffix(".0") or "1"
    if whole(ring) is None or not (_NUMBER.fullmatch(parts[2]) and _NUMBER.fullmatch(parts[3])):
        return None
    return Point(parts[0], int(ring), parts[2], parts[3]), len(parts) - 4


def is_bare_list(text: str) -> bool:
    """Return whether a text is nothing but boundary points in metres, without any head."""
    lines = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    points = [point_of(line) for line in lines[:-1] if line.strip()]
    return len(points) > 1 and all(
        found is not None and _is_metres(found[0].north) and _is_metres(found[0].east)
        for found in points
    )


def _is_metres(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and abs(float(text)) >= _LEAST_METRES


def whole(text: str) -> int | None:
    """Return a whole number of up to nine digits as written, None for anything else."""
    text = unicodedata.normalize("NFKC", text).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
