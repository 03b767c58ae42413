"""Cells as they came, read once per distinct value: the ground every column parser stands on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

Array = np.ndarray[Any, Any]

BLANK_WORDS = frozenset({"", "null", "<null>", "none", "nan", "nat", "<na>", "n/a", "\\n"})
BLANK_MARKS = BLANK_WORDS | frozenset(
    {"-", "--", "---", "—", "——", "/", "\\", "无", "暂无", "空", "未知"}
)
# What Excel and WPS write, Err:502 of other programs, and the ### of a column too narrow.
_CELL_ERROR = re.compile(r"#(?:n/a|[a-z][a-z_/0]{2,14}[!?]|getting_data|#{2,})|err:\d{3}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028\u2029\u2060\ufeff]")


@dataclass(frozen=True)
class Unread:
    """Stands where a sheet has a cell without a value: the issue's code, its words, its address."""

    code: str
    text: str
    address: str

    def __str__(self) -> str:
        """Return the words: a cell shows them wherever it is looked at as text."""
        return self.text


@dataclass(frozen=True)
class Read:
    """What one distinct cell became: a value, and the code of the fault met on the way, if any."""

    value: Any = None
    code: str | None = None
    detail: Any = ""


@dataclass(frozen=True)
class Fault:
    """One code and the positions (from 0) of the cells it concerns, with a detail for each."""

    code: str
    at: Array
    details: Sequence[Any] | None = None


@dataclass
class Parsed:
    """One column read: an array as long as the input, and the faults found in it."""

    values: Any
    faults: list[Fault] = field(default_factory=list)


def fold(text: str) -> str:
    """Return half-width lower-case text without blanks, for comparing words.

    >>> fold("宗地 面积（ＭＵ）")
    '宗地面积(mu)'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def plain(value: object) -> str:
    """Return a cell as trimmed half-width text without invisible characters."""
    text = unicodedata.normalize("NFKC", _CONTROL.sub("", str(value))).replace("\u2212", "-")
    return text.strip()


def is_cell_error(text: str) -> bool:
    """True for what a spreadsheet writes where it could not work a value out."""
    return text[:1] in "#eE" and _CELL_ERROR.fullmatch(text.lower()) is not None


def without_control(text: str) -> str:
    """Return the text without characters that no one can see and PostGIS cannot keep."""
    return _CONTROL.sub("", text)


def words_for_booleans(raw: pd.Series) -> pd.Series:
    """Return the column with true and false as words: as objects they would equal 1 and 0."""
    if raw.dtype == bool or str(raw.dtype) == "boolean":
        return raw.astype(object).map({True: "TRUE", False: "FALSE"})
    if raw.dtype == object:
        is_flag = np.fromiter((isinstance(v, bool | np.bool_) for v in raw), bool, len(raw))
        if is_flag.any():
            raw = raw.copy()
            raw[is_flag] = [str(v).upper() for v in raw[is_flag]]
    return raw


def by_distinct(
    raw: pd.Series, read: Callable[[Any], Read], typed: Callable[[Array], Any] = np.asarray
) -> Parsed:
    """Read every distinct cell once and spread the answers, None for empty.

    Registers repeat themselves; a million cells hold some thousand distinct days and words.
    `typed` makes of the distinct answers (objects) the array that is spread.
    """
    codes, uniques = pd.factorize(words_for_booleans(raw), use_na_sentinel=True)
    answers = [read(value) for value in np.asarray(uniques, dtype=object)]
    values = np.empty(len(answers) + 1, dtype=object)
    for index, answer in enumerate(answers):
        values[index] = answer.value
    fault_codes = np.array([answer.code for answer in answers] + [None], dtype=object)
    faults = []
    for code in dict.fromkeys(answer.code for answer in answers if answer.code):
        at = np.flatnonzero((fault_codes == code)[codes])
        has_detail = any(answer.detail != "" for answer in answers if answer.code == code)
        details = [answers[codes[i]].detail for i in at] if has_detail else None
        faults.append(Fault(code, at, details))
    return Parsed(typed(values)[codes], faults)


_SAMPLE_ROWS = 1_000


def as_text(values: Array) -> Any:
    """Return objects (text, None) as an array of text."""
    return pd.array(values, dtype="str")


def texts_of(column: pd.Series) -> pa.Array:
    """Return a column of text as one array of Arrow's."""
    texts = pa.array(column, pa.large_string(), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def matching(texts: pa.Array, pattern: str) -> Array:
    """Return the places of the texts in which a pattern (RE2's) is found.

    Each distinct text is looked at once where texts repeat themselves: telling them apart costs a
    fifth of a look.
    """
    sample = texts[:_SAMPLE_ROWS]
    if 2 * compute.count_distinct(sample).as_py() > len(sample):
        found = compute.match_substring_regex(texts, pattern)
    else:
        encoded = texts.dictionary_encode()
        is_found = compute.match_substring_regex(encoded.dictionary, pattern)
        if not compute.any(is_found).as_py():
            return np.empty(0, np.int64)
        found = is_found.take(encoded.indices)
    return np.flatnonzero(found.fill_null(False).to_numpy(zero_copy_only=False))


def may_hold(texts: pa.Array, signs: str) -> bool:
    """Return False where no text holds any of these signs: not even their first bytes are there."""
    written = bytes(texts.buffers()[2] or b"")
    return any(first in written for first in {sign.encode()[:1] for sign in signs})
