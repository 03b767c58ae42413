r"""The form in which identifiers are compared: two that only look different become one.

A number copied out of a PDF carries Kangxi radicals, one typed on a Chinese keyboard full-width
letters, one sent by a messenger marks nobody sees. `key` is the form such writings share;
what came is kept beside it. Letters and digits that look alike (O and 0, l and 1) may well be two
numbers: they are told (`has_lookalike`, `lookalike_form`), never joined.

>>> [key(text) for text in ("内政⼟发（2023）1号", "1506022016b00012—1", "\u200b")]
['内政土发〔2023〕1号', '1506022016B00012-1', '']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

# Radicals that stand for whole characters in texts taken from PDFs; NFKC leaves this block alone.
_RADICALS = str.maketrans(
    "⺌⺟⺠⺢⺩⺬⺼⻁⻄⻅⻆⻉⻋⻐⻑⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻟⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "小母民水王示月虎西见角贝车钅長镸长门雨青韦页风飞食飠马骨鬼鱼鸟卤麦黄齐齿龙龟",
)
_DASHES = "‐‑‒–—―⁃−ー─━˗֊־᐀᠆⸗⸺⸻⹀"
_LONG_DASH = re.compile("[—―─━]{2}")
_OPENING, _CLOSING = "([【〖❲❨❪⟦⦅⦗", ")]】〗❳❩❫⟧⦆⦘"
_ONE_FORM = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_OPENING, "〔"),
        **dict.fromkeys(_CLOSING, "〕"),
        **dict.fromkeys("○◯⭘", "〇"),
        **dict.fromkeys("∣❘￨", "|"),
        # Letters of other alphabets that nobody can tell from Latin ones.
        **dict(zip("АВЕКМНОРСТУХЅІЈ", "ABEKMHOPCTYXSIJ", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
# Fillers that take up room, or none, though they are no blanks by their class.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CLEAN = re.compile(r"[0-9A-Z|\-〔〕./_;〇\u4e00-\u9fff]*")
_LOOKALIKE = re.compile(
    r"(?<![A-Za-z])[OoIl]+(?=[0-9号])|(?<=[0-9])[OoIl]+(?=[0-9]|$|[^A-Za-z])", re.ASCII
)
_SHAPES = str.maketrans("OIL", "011")
_MOST_NEAR = 3


def key(text: str) -> str:
    """Return the form of one identifier that is compared; '' when nothing of it can be seen."""
    if _CLEAN.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKC", text.translate(_RADICALS))
    seen = "".join(each for each in plain if not _is_unseen(each))
    # Two long dashes in a row are the one dash of Chinese typing; a spreadsheet's apostrophe says
    # "text" and is no part of it.
    return _LONG_DASH.sub("-", seen.lstrip("'`´’‘")).upper().translate(_ONE_FORM)


def keys_of(names: Iterable[str]) -> list[str]:
    """Return identifiers in the form they are compared in, in their order, empty ones left out."""
    return [found for found in map(key, map(str, names)) if found]


def has_lookalike(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which identifiers have O, o, I or l where digits stand: 2024B0O007."""
    codes, distinct = pd.factorize(column)
    found = [_LOOKALIKE.search(unicodedata.normalize("NFKC", str(each))) for each in distinct]
    told = np.array([*(each is not None for each in found), False], dtype=bool)
    return np.asarray(told[codes])


def lookalike_form(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return normalised identifiers with O as 0 and I and L as 1: equal where they look alike."""
    return _by_distinct(column, lambda text: text.translate(_SHAPES))


def near(
    names: Iterable[str], known: pd.Series[Any], *, is_thorough: bool = True
) -> dict[str, list[str]]:
    """Return those of `known` each name may have meant, at most three, the likeliest first.

    All are in the form compared. First those that look alike (O/0, I/l/1), then those a single sign
    apart: one other, one more, one less, or two that changed places (not looked for unless
    `is_thorough`). A name none is near to is not in the answer.
    """
    wanted = pd.Series(sorted(set(names)), dtype="str")
    others = pd.Series(known.dropna().unique(), dtype="str")
    others = others[~others.isin(wanted)]
    alike = pd.merge(
        pd.DataFrame({"name": wanted, "form": lookalike_form(wanted)}),
        pd.DataFrame({"other": others, "form": lookalike_form(others)}),
        on="form",
    )
    apart = _sharing_a_half(wanted if is_thorough else wanted[:0], others)
    pairs = apart.itertuples(index=False, name=None)
    is_apart = np.array([is_one_sign_apart(*pair) for pair in pairs], dtype=bool)
    found = pd.concat([alike.sort_values("other"), apart[is_apart].sort_values("other")])
    found = found.drop_duplicates(["name", "other"])
    return {
        str(name): rows.head(_MOST_NEAR).tolist() for name, rows in found.groupby("name")["other"]
    }


def _sharing_a_half(names: pd.Series[Any], others: pd.Series[Any]) -> pd.DataFrame:
    """Return the pairs that begin or end alike: where one sign differs, one half is the same."""
    pairs = [pd.DataFrame({"name": [], "other": []}, dtype="str")]
    lengths = names.str.len()
    for length in lengths.unique():
        of_length = names[lengths == length]
        close = others[(others.str.len() - length).abs() <= 1]
        half = max((int(length) - 1) // 2, 1)
        for start, end in ((None, half), (-half, None)):
            left = pd.DataFrame({"name": of_length, "half": of_length.str.slice(start, end)})
            right = pd.DataFrame({"other": close, "half": close.str.slice(start, end)})
            pairs.append(left.merge(right, on="half")[["name", "other"]])
    return pd.concat(pairs).drop_duplicates()


def is_one_sign_apart(one: str, other: str) -> bool:
    """Return whether one sign was put in, left out, or taken for another, or two changed places.

    >>> is_one_sign_apart("B00012", "B00021"), is_one_sign_apart("B00012", "B00120")
    (True, False)
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, others = one[start:], other[start:]
    return (
        rest[1:] == others[1:]
        or rest[1:] == others
        or rest == others[1:]
        or (rest[1::-1] == others[:2] and rest[2:] == others[2:])
    )


def _is_unseen(sign: str) -> bool:
    code = ord(sign)
    if code < 0x7F:
        return code < 0x21
    is_variation = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return is_variation or sign in _FILLERS or unicodedata.category(sign) in _UNSEEN


def _by_distinct(column: pd.Series[Any], read: Callable[[str], str | None]) -> pd.Series[Any]:
    """Return what is read of each distinct text once, spread over the column as str."""
    codes, distinct = pd.factorize(column)
    answers = np.array([*(read(str(each)) for each in distinct), None], dtype=object)
    return pd.Series(answers[codes], index=column.index, name=column.name, dtype="str")
