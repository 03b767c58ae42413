"""Foreign headers matched to the dictionary: official names, synonyms, units, near misses."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from gis.errors import DeliveryError, UsageError
from gis.fields import Column, Kind
from gis.intake.columns.amounts import AREA_UNITS, INTENSITY_UNITS, MONEY_UNITS
from gis.intake.columns.days import EmptyDays
from gis.intake.columns.header_profile import HeaderProfiles
from gis.intake.columns.looks import look_of

UNITS = sorted({*AREA_UNITS, *MONEY_UNITS, *INTENSITY_UNITS} - {"万", "亿"}, key=len, reverse=True)
_UNIT = "|".join(re.escape(unit) for unit in UNITS)
_OPEN, _CLOSE = r"(\[【〔{<《〈「『“", r")\]】〕}>》〉」』”"
_UNIT_AT_END = re.compile(
    rf"(?P<word>.+?)[{_OPEN}|,_/\-:]*(?:单位:?)?(?P<unit>{_UNIT})[{_CLOSE}|]*"
)
_BRACKETED = re.compile(rf"[{_OPEN}][^{_CLOSE}]*[{_CLOSE}]?")
# (人民币:元) (单位 公顷,保留四位小数): a unit between marks, not the end of some other word.
_UNIT_INSIDE = re.compile(
    rf"[{_OPEN}](?:[^{_CLOSE}]*[:,;、/]|单位|计量单位|人民币|以|按)?"
    rf"({_UNIT})(?:计|人民币)?(?=[{_CLOSE}:,;、]|$)"
)
# A bad byte in a header, as it comes or replaced, is none of its letters.
_MARKS = re.compile(
    r"[\ufffd\U000f0000-\U000f0100()\[\]【】〔〕{}<>《》〈〉「」『』“”|*:;,.、。_/\\\-·'\"#]+"
)
_AREA_TYPES = frozenset({"area", "areas"})
_CUT_BYTES = 10
_LONGEST_HEADER = 1_000  # letters; a cell with more (a shape as text) heads no column


@dataclass
class Mapped:
    """Which header feeds which column, in which unit, and what a person should know of it."""

    headers: dict[str, str] = field(default_factory=dict)  # header -> column
    units: dict[str, str | None] = field(default_factory=dict)  # column -> unit of its header
    shadowed: list[tuple[str, str, str]] = field(default_factory=list)  # header, column, winner
    cut: list[tuple[str, str]] = field(default_factory=list)  # header, column
    unused: list[str] = field(default_factory=list)  # headers
    remembered: int = 0  # headers mapped as they were before
    empty_days: EmptyDays = frozenset()  # days that stand for no date in this register
    are_days_remembered: bool = False  # the register's earlier files named them
    # column, unit a person names for it, and the other unit its header names
    overruled: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, str]:
        """Return the header of each mapped column."""
        return {column: header for header, column in self.headers.items()}


@lru_cache(maxsize=8192)
def readings(header: str) -> tuple[tuple[str, str | None], ...]:
    """Return what a header may mean, best first: words without marks, each with the unit it names.

    Half and full width, blanks, trailing colons, brackets (also a missing one), letter case and
    签定 for 签订 make no difference.
    """
    if len(header) > _LONGEST_HEADER:
        return ()
    text = unicodedata.normalize("NFKC", header).lower()
    text = re.sub(r"\s+", "", text).replace("签定", "签订").strip(":;*")
    found: list[tuple[str, str | None]] = [(_MARKS.sub("", text), None)]
    if match := _UNIT_AT_END.fullmatch(text):
        found.insert(0, (_MARKS.sub("", match["word"]), match["unit"]))
    bare = _MARKS.sub("", _BRACKETED.sub("", text))
    inside = _UNIT_INSIDE.search(text)
    found.append((bare, inside[1] if inside else None))
    return tuple((word, unit) for word, unit in dict.fromkeys(found) if word)


def index_of(kind: Kind) -> dict[str, list[tuple[int, Column]]]:
    """Return every word a kind's columns are known by, with the rank of the word (0 = official)."""
    index: dict[str, list[tuple[int, Column]]] = {}
    for column in kind.asked:
        for rank, name in enumerate(column.headers):
            for word in dict.fromkeys(word for word, _ in readings(name)):
                entry = index.setdefault(word, [])
                if all(known is not column for _, known in entry):
                    entry.append((rank, column))
    return index


def target_of(kind: Kind, word: str, option: str) -> tuple[Column, str | None]:
    """Return the column a person names, and the unit named with it: 宗地面积(公顷).

    Raises UsageError for what is no column of the kind, and for a unit its column cannot have.
    """
    column = column_named(kind, word, option)
    if word in kind.columns:
        return column, None
    unit = next((unit for _, unit in readings(word) if unit), None)
    if not _takes(column, unit):
        raise UsageError(
            f"{option}：「{column.title}」不能以{unit}为单位。"
            f"{option}: {column.name} cannot be in {unit}.",
            f"写明 {column.title} 的单位，例如 name the unit: "
            f"{option} 原列={column.title}({column.unit or ''})",
        )
    return column, unit


def header_meant(original: str, headers: Iterable[str]) -> str | None:
    """Return the header of a file that a person means by a word, None when there is none."""
    headers = list(headers)
    if original in headers:
        return original
    words = {word for word, _ in readings(original)}
    return next((h for h in headers if words & {word for word, _ in readings(h)}), None)


def column_named(kind: Kind, word: str, option: str) -> Column:
    """Return the column meant by its contract name or any known title.

    Raises UsageError, naming the option it was given to, for what is no column of the kind.
    """
    column = kind.columns.get(word)
    if column is not None and column.month_of is None:
        return column
    index = index_of(kind)
    for reading, _ in readings(word):
        if reading in index:
            return index[reading][0][1]
    titles = "、".join(f"{c.title}({c.name})" for c in kind.asked)
    raise UsageError(
        f"{option}：「{kind.title}」没有标准列「{word}」。"
        f"{option}: {kind.name} has no column {word!r}.",
        f"可用的标准列 one of: {titles}",
    )


def map_headers(
    headers: Iterable[str],
    kind: Kind,
    column_map: Mapping[str, str] | None = None,
    is_cut: bool = False,
) -> Mapped:
    """Return the match of a file's headers with a kind's columns.

    `column_map` (original header -> contract name or any known title, '' = leave out) wins over
    what is remembered of the sender, and that over the dictionary. `is_cut` lets a header of ten
    bytes stand for the one title it begins.
    Raises UsageError when `column_map` names what is neither in the file nor in the kind.
    """
    headers = list(headers)
    index = index_of(kind)
    mapped = Mapped()
    taken: dict[str, tuple[int, str]] = {}
    asked = column_map.asked if isinstance(column_map, HeaderProfiles) else column_map or {}
    ordered = _overrides(headers, kind, asked, mapped)
    if isinstance(column_map, HeaderProfiles):
        ordered |= _remember(column_map.fitting(headers), kind, ordered, mapped)
        mapped.empty_days = column_map.empty_days(headers)
        mapped.are_days_remembered = not column_map.asked_days
    offers: list[tuple[int, int, str, Column, str | None]] = []
    for position, header in enumerate(headers):
        if header in ordered:
            continue
        for word, unit in readings(header):
            if choices := [
                (rank, column) for rank, column in index.get(word, []) if _takes(column, unit)
            ]:
                offers += [(rank, position, header, column, unit) for rank, column in choices]
                break
    done = set(ordered)
    for rank, _, header, column, unit in sorted(offers, key=lambda offer: offer[:2]):
        if header in done:
            continue
        if column.name in mapped.units:
            winner = mapped.columns[column.name]
            mapped.shadowed.append((header, column.name, winner))
            continue
        mapped.headers[header] = column.name
        mapped.units[column.name] = unit
        taken[column.name] = (rank, header)
        done.add(header)
    mapped.shadowed = [entry for entry in mapped.shadowed if entry[0] not in done]
    if is_cut:
        _match_cut(headers, kind, mapped, done)
    shadowed = {header for header, _, _ in mapped.shadowed}
    mapped.unused = [h for h in headers if h not in done and h not in shadowed]
    return mapped


def by_alias(mapped: Mapped, kind: Kind, aliases: Mapping[str, str]) -> list[tuple[str, str]]:
    """Add the columns found by the names people see over otherwise unknown headers; return both."""
    found = []
    for header in list(mapped.unused):
        alias = aliases.get(header, "")
        named = map_headers([alias], kind).units if alias else {}
        for column, unit in named.items():
            if column in mapped.units:
                continue
            mapped.headers[header], mapped.units[column] = column, unit
            mapped.unused.remove(header)
            found.append((header, column))
    return found


def missing(kind: Kind, mapped: Mapped) -> list[Column]:
    """Return the required columns for which no header was found."""
    return [c for c in kind.asked if c.required and c.name not in mapped.units]


def require(
    kind: Kind,
    mapped: Mapped,
    headers: Iterable[str],
    file: str,
    cells: pd.DataFrame | None = None,
) -> None:
    """Raise DeliveryError naming the missing required columns and the nearest headers.

    With the `cells` below them, only headers over what can be meant are named.
    """
    lacking = missing(kind, mapped)
    if not lacking:
        return
    headers = [str(header) for header in headers]
    free = [header for header in headers if header not in mapped.headers] or headers
    lines, example = [], ""
    for column in lacking:
        near = [
            header
            for header in _nearest(column, free)
            if cells is None or look_of(cells[header]).fits(column)
        ]
        lines.append(
            f"「{column.title}」({column.name})"
            + (f"，最接近的列：{'、'.join(near)}" if near else "")
        )
        example = example or f"--map {near[0] if near else '原列名'}={column.title}"
    raise DeliveryError(
        f"{file}：作为「{kind.title}」缺少必需的列：{'；'.join(lines)}。"
        f"{file}: required columns are missing: {', '.join(c.name for c in lacking)}.",
        f"用 {example} 指定；文件中的列 the file has: {'、'.join(headers[:40]) or '（没有）'}",
    )


def _takes(column: Column, unit: str | None) -> bool:
    """True when a unit, if any, fits the column's type: 成交价格(公顷) is no price."""
    if unit is None:
        return True
    if column.type in _AREA_TYPES:
        return unit in AREA_UNITS
    if column.type == "intensity":
        return unit in INTENSITY_UNITS
    return unit in MONEY_UNITS if column.type == "money" else False


def _overrides(
    headers: list[str],
    kind: Kind,
    column_map: Mapping[str, str],
    mapped: Mapped,
) -> set[str]:
    ordered: set[str] = set()
    for original, standard in column_map.items():
        header = header_meant(original, headers)
        if header is None:
            near = difflib.get_close_matches(original, headers, 3, 0.3)
            raise UsageError(
                f"--map：文件里没有列「{original}」。--map: the file has no column {original!r}.",
                f"文件中的列 the file has: {'、'.join(near or headers[:40])}",
            )
        ordered.add(header)
        if not standard:
            continue
        _set(mapped, header, *target_of(kind, standard, "--map"))
    return ordered


def _remember(
    remembered: Mapping[str, str], kind: Kind, ordered: set[str], mapped: Mapped
) -> set[str]:
    """Map what was mapped before, but for headers and columns named by hand this time."""
    used: set[str] = set()
    for header, name in remembered.items():
        named = bare_name(name)
        if header in ordered or named in mapped.units or (named and named not in kind.columns):
            continue
        used.add(header)
        if named:
            _set(mapped, header, *target_of(kind, name, "--map"))
    mapped.remembered = len(used)
    return used


def bare_name(target: str) -> str:
    """Return the column of a remembered target, which may name a unit: area_m2(公顷)."""
    return target.partition("(")[0]


def _set(mapped: Mapped, header: str, column: Column, unit: str | None = None) -> None:
    own = next((unit for _, unit in readings(header) if unit and _takes(column, unit)), None)
    mapped.headers[header] = column.name
    mapped.units[column.name] = unit or own
    if unit and own and unit != own:
        mapped.overruled.append((column.name, unit, own))


def _match_cut(headers: list[str], kind: Kind, mapped: Mapped, done: set[str]) -> None:
    """Match dBASE's ten-byte field names with the one free column whose title they begin."""
    for header in headers:
        size = max(len(header.encode("utf-8")), len(header.encode("gb18030")))
        if header in done or size < _CUT_BYTES - 2:
            continue
        word = readings(header)[0][0] if readings(header) else ""
        fits = [
            column
            for column in kind.asked
            if column.name not in mapped.units
            and any(
                known.startswith(word) for name in column.headers for known, _ in readings(name)
            )
        ]
        if word and len(fits) == 1:
            mapped.headers[header] = fits[0].name
            mapped.units[fits[0].name] = None
            mapped.cut.append((header, fits[0].name))
            done.add(header)


def likeness(header: str, column: Column) -> float:
    """Return how much a header is like the nearest name of a column, 0 to 1."""
    words = [word for word, _ in readings(header)]
    names = {word for name in column.headers for word, _ in readings(name)}
    return max(
        (difflib.SequenceMatcher(None, a, b).ratio() for a in words for b in names), default=0
    )


def _nearest(column: Column, headers: list[str]) -> list[str]:
    ranked = sorted(((likeness(header, column), header) for header in headers), reverse=True)
    return [header for score, header in ranked[:3] if score >= 0.4]
