"""Any column of the dictionary read from cells: text, identifiers, codes, flags, lists.

`read_column` is the door; days and amounts have rooms of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from gis import identifiers
from gis.fields import Column
from gis.intake.columns.amounts import (
    AREA_UNITS,
    read_area,
    read_areas,
    read_intensities,
    read_money,
    read_numbers,
)
from gis.intake.columns.cells import (
    BLANK_MARKS,
    BLANK_WORDS,
    Fault,
    Parsed,
    Read,
    as_text,
    by_distinct,
    fold,
    is_cell_error,
    matching,
    plain,
    texts_of,
    without_control,
)
from gis.intake.columns.days import EmptyDays, read_days

# An identifier that came in small letters is kept as it came, but nothing is said of it.
LETTER_CASE = "letter_case"
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?E\+?(\d{1,3})", re.IGNORECASE)
_SEPARATOR = re.compile(r"[、;；,，/\n\r]+(?![^(（]*[)）])")
_NUMBERED_AREA = re.compile(
    r"(?P<name>.+?)\s*(?:[(（]\s*(?P<inside>[\d.,]+\s*[^\d()（）]*)[)）]|[:：]\s*(?P<after>[\d.,]+\s*\D+))"
)
# Cells that need a second look; the rest of a text column passes untouched, in one sweep.
_DOUBTFUL = (
    "^\\s|\\s$|[\x00-\x1f\x7f\u200b-\u200f\u2028\u2029\u2060\ufeff\u00a0\u3000]"
    "|^(?:(?i:null|<null>|none|nan|nat|<na>|n/a|#.*|err:.*|\\\\n))?$"
)
# An identifier all in digits, capitals and plain Chinese is in its one form already.
_DOUBTFUL_ID = (
    _DOUBTFUL + r"|[^0-9A-Z|\-〔〕._;〇\x{4e00}-\x{9fff}]|^\d(?:\.\d+)?E\d+$|^\d+\.0$|^[-无]+$"
)
_YES = frozenset("是 有 y yes true t 1 已 √ ✓ 对 可 能 已完成 完成 符合 具备 可供".split())
_NO = frozenset(
    "否 无 n no false f 0 未 × x ✗ 错 不可 不能 未完成 不符合 不具备 没有 不可供".split()
)


def read_column(
    column: Column, raw: pd.Series, unit: str | None, empty_days: EmptyDays = frozenset()
) -> Parsed:
    """Return the column's cells in stored form (see `gis/fields.toml`) with the faults met.

    `unit` is the unit that the header or the sheet names, None when they name none; `empty_days`
    stand for no date in this register.
    """
    match column.type:
        case "day" | "day_end":
            return read_days(raw, column.type == "day_end", empty_days)
        case "area":
            return _source_in_words(column, read_areas(raw, unit or column.unit or "平方米"))
        case "money":
            return read_money(raw, unit or column.unit or "元")
        case "intensity":
            return read_intensities(raw, unit or column.unit or "万元/亩")
        case "number" | "integer":
            is_whole = column.type == "integer"
            return read_numbers(raw, is_whole=is_whole, is_signed=column.is_signed)
        case "flag":
            return _read_flags(raw)
        case "code":
            return _read_codes(raw, column.codes)
        case "texts":
            return by_distinct(raw, lambda value: _texts(value))
        case "areas":
            return by_distinct(raw, lambda value: _areas(value, unit or column.unit or "平方米"))
    return read_texts(raw, column.is_identifier)


def read_texts(raw: pd.Series, is_identifier: bool = False) -> Parsed:
    """Return text (str dtype, missing = unknown); identifiers are also made comparable.

    What only looks different becomes one form (`gis.identifiers`); what a spreadsheet turned into
    a number comes back as its digits, or is flagged.
    """
    read = _identifier if is_identifier else _text
    if isinstance(raw.dtype, pd.StringDtype):
        pattern = _DOUBTFUL_ID if is_identifier else _DOUBTFUL
        at = matching(texts_of(raw), pattern)
        values = raw.astype("str").reset_index(drop=True)
        if not at.size:
            return Parsed(values)
        part = by_distinct(raw.iloc[at], read, as_text)
        values.iloc[at] = part.values
        faults = [Fault(fault.code, at[fault.at], fault.details) for fault in part.faults]
        return Parsed(values, faults)
    parsed = by_distinct(raw, read, as_text)
    faults = parsed.faults + (_lost_zeros(raw) if is_identifier else [])
    return Parsed(pd.Series(parsed.values), faults)


def _lost_zeros(raw: pd.Series) -> list[Fault]:
    """Return the cells kept as numbers that are too short beside codes which begin with 0."""
    cells = raw.tolist()
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    longest = max((len(text) for text in texts if re.fullmatch(r"0\d+", text)), default=0)
    if not longest:
        return []
    at = [
        place
        for place, cell in enumerate(cells)
        if isinstance(cell, int | float) and not isinstance(cell, bool)
        if np.isfinite(cell) and len(str(int(cell))) < longest
    ]
    return [Fault("lost_zeros", np.array(at))] if at else []


def numbered_areas(raw: pd.Series, unit: str) -> np.ndarray[Any, Any]:
    """Return the areas (m2) written behind the numbers of a list cell, None where none is.

    "A(1.2公顷);B(0.8公顷)" gives [12000.0, 8000.0].
    """

    def read(value: Any) -> Read:
        areas = [_numbered(part, unit)[1] for part in _parts(value)]
        return Read(areas if areas and None not in areas else None)

    return by_distinct(raw, read).values  # type: ignore[no-any-return]


def _text(value: Any) -> Read:
    if isinstance(value, str):
        text = without_control(value)
        had_control = text != value
        text = text.strip().strip("\u3000\u00a0")
        if text.lower() in BLANK_WORDS:
            return Read()
        if is_cell_error(text):
            return Read(code="cell_error")
        return Read(text, "control_characters" if had_control else None)
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return Read()
        if float(value).is_integer():
            # A spreadsheet keeps fifteen digits: what is longer has lost its end.
            return Read(str(int(value)), "rounded_id" if abs(float(value)) >= 1e15 else None)
        return Read(repr(float(value)))
    if isinstance(value, datetime | date):
        return Read(value.isoformat()[:10])
    return Read(format(value, "f") if isinstance(value, Decimal) else str(value))


def _identifier(value: Any) -> Read:
    answer = _text(value)
    if answer.value is None or not isinstance(value, str):
        return answer
    text = re.sub(r"\s+", "", str(answer.value))
    text = text.removeprefix("=").strip('"') if text.startswith('="') else text
    text = identifiers.key(text)
    if text.lower() in BLANK_MARKS:
        return Read()
    if found := _SCIENTIFIC.fullmatch(text):
        decimals, exponent = found[2] or "", int(found[3])
        if exponent > 30 or len(decimals) < exponent:
            return Read(text, "rounded_id")
        text = found[1] + decimals[:exponent]
    elif re.fullmatch(r"\d+\.0", text):
        text = text[:-2]
    came = value.strip()
    if text == came:
        return Read(text, answer.code)
    return Read(text, LETTER_CASE if text == came.upper() else "normalised_text")


def _parts(value: Any) -> list[str]:
    if not isinstance(value, str):
        return [str(_text(value).value)] if _text(value).value is not None else []
    return [part.strip() for part in _SEPARATOR.split(without_control(value)) if part.strip()]


def _numbered(part: str, unit: str | None) -> tuple[str, float | None]:
    """Return the number and the area of "A(1.2公顷)"; a bracketed year is part of the number."""
    found = _NUMBERED_AREA.fullmatch(part)
    if found is None:
        return part, None
    written = plain(found["inside"] or found["after"])
    has_unit = any(written.endswith(word) for word in AREA_UNITS)
    if not has_unit and (found["inside"] is None or "." not in written or unit is None):
        return part, None
    area = read_area(written, unit or "平方米").value
    return (found["name"], area) if area is not None else (part, None)


def _texts(value: Any) -> Read:
    if not isinstance(value, str):
        one = _text(value)
        return Read(None if one.value is None else [one.value], one.code)
    read = [_identifier(_numbered(part, "平方米")[0]) for part in _parts(value)]
    if any(one.code == "cell_error" for one in read):
        return Read(code="cell_error")
    names = [one.value for one in read if one.value is not None]
    # The gravest first: what is lost goes before what only looked different.
    codes = [one.code for one in read if one.code]
    return Read(names or None, "rounded_id" if "rounded_id" in codes else next(iter(codes), None))


def _areas(value: Any, unit: str) -> Read:
    if not isinstance(value, str):
        one = read_area(value, unit)
        return Read(None if one.value is None else [one.value], one.code)
    read = [read_area(part, unit) for part in _parts(value)]
    known = [one for one in read if one.value is not None or one.code]
    for one in known:
        if one.code:
            return Read(code=one.code)
    if any(one.value < 0 for one in known):
        return Read(code="negative_area")
    return Read([one.value for one in known] or None)


def _read_flags(raw: pd.Series) -> Parsed:
    def read(value: Any) -> Read:
        answer = _text(value)
        if answer.code == "cell_error":
            return answer
        word = fold(str(answer.value or ""))
        if word in BLANK_MARKS - {"无"}:
            return Read()
        if word in _YES or word in _NO:
            return Read(word in _YES)
        return Read(code="unknown_flag")

    return by_distinct(raw, read, lambda flags: pd.array(flags.tolist(), dtype="boolean"))


def _read_codes(raw: pd.Series, codes: Mapping[str, tuple[str, ...]]) -> Parsed:
    known = {fold(word): code for code, words in codes.items() for word in (*words, code)}
    offered = "、".join(words[0] if words else code for code, words in codes.items())

    def read(value: Any) -> Read:
        answer = _text(value)
        if answer.code == "cell_error":
            return answer
        text = fold(str(answer.value or ""))
        if text in known:
            return Read(known[text])
        return Read() if text in BLANK_MARKS else Read(code="unknown_code", detail=offered)

    return by_distinct(raw, read, as_text)


def _source_in_words(column: Column, parsed: Parsed) -> Parsed:
    """Return the column with words told once: 土地来源 is an area here, words there."""
    if column.name != "source_area_m2":
        return parsed
    parsed.faults = [
        Fault("source_in_words", fault.at) if fault.code == "unreadable_number" else fault
        for fault in parsed.faults
    ]
    return parsed
