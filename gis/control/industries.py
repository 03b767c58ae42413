"""What an industry code or name of any edition may be in GB/T 4754-2017.

The tables from one edition to the next are known by division (two digits) alone: a code of 2011 or
2002 is followed that far, and a division of 2002 that became several may be any of them. What
cannot be followed is not known, and never the nearest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gis.arrays import objects
from gis.industries import DIVISIONS, LAST_DIVISION, OF_2002
from gis.law import Law

EDITIONS = ("2017", "2011", "2002")
_CODE = re.compile(r"[A-Za-z]?(\d{2,4})(?!\d)")
_ALONE = re.compile(r"[A-Za-z]?\d{2,4}")
_BETWEEN = re.compile(r"[\s、，,;；.·和及与]")


@dataclass(frozen=True)
class Industries:
    """The classification, and the edition of a code that names none.

    `names`: what a division is called, in short form -> its code; `of_2002`: division of 2002 ->
    those it became; `edition`: of a code that names none.
    """

    names: Mapping[str, str]
    divisions: Mapping[str, str]
    of_2002: Mapping[str, tuple[str, ...]]
    edition: str


def industries_on(law: Law, on: date) -> Industries:
    """Return the classification; the law of a day says of which edition a bare code is."""
    return Industries(
        names={_short(name): code for code, names in DIVISIONS.items() for name in names},
        divisions={code: names[0] for code, names in DIVISIONS.items()},
        of_2002=OF_2002,
        edition=str(law.value("control.default_edition", on).amount),
    )


def possible(
    known: Industries, codes: pd.Series, editions: pd.Series, names: pd.Series
) -> pd.Series:
    """Return of each row the codes of 2017 it may be (tuples), None where it is not known.

    A code counts before a name; a name may itself be or begin with a code ("C2614 有机化学原料").
    """
    told = zip(_texts(codes), _texts(editions), _texts(names), strict=True)
    return pd.Series(
        objects([_possible(known, code, edition, name) for code, edition, name in told]),
        index=codes.index,
        dtype="object",
    )


def _texts(column: pd.Series) -> list[str]:
    return [one.strip() if isinstance(one, str) else "" for one in column]


def _possible(known: Industries, code: str, edition: str, name: str) -> tuple[str, ...] | None:
    edition = edition or known.edition
    for text in (code, name):
        found = _CODE.match(_folded(text))
        if found is not None:
            return _followed(known, found[1], edition)
    division = known.names.get(_short(name)) or known.names.get(_short(code))
    return None if division is None else (division,)


def _followed(known: Industries, code: str, edition: str) -> tuple[str, ...] | None:
    if not 0 < int(code[:2]) <= LAST_DIVISION:
        return None
    if edition == "2017":
        return (code,)
    if edition == "2011":
        # Divisions of industry kept their numbers; of other trades nobody has compared them.
        return (code[:2],) if code[:2] in known.divisions else None
    return known.of_2002.get(code[:2]) if edition == "2002" else None


def said(codes: Sequence[str] | None, known: Industries) -> str:
    """Return industries as a person reads them: code and, where it is known, the division's name.

    >>> held = Industries({}, {"26": "化学原料和化学制品制造业"}, {}, "2017")
    >>> said(("2614",), held)
    '2614 化学原料和化学制品制造业'
    """
    if not codes:
        return ""
    return "／".join(f"{code} {known.divisions.get(code[:2], '')}".strip() for code in codes)


def stated_code(text: Any) -> str | None:
    """Return the digits of a code a control value is set for, "" for any industry; None: no code.

    >>> stated_code("C26"), stated_code(None), stated_code("化工")
    ('26', '', None)
    """
    if not isinstance(text, str) or not text.strip():
        return ""
    folded = _folded(text).strip()
    return re.sub(r"\D", "", folded) if _ALONE.fullmatch(folded) else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _short(name: str) -> str:
    """Return a name without what editions write differently: signs, 和 or 及, the 业 at its end."""
    return _BETWEEN.sub("", _folded(name)).removesuffix("业")
