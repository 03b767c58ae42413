"""The columns of a line as a sentence: what it is, by which day, what else, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from gis.citation import cited
from gis.outputs.digest.lines import sections_ahead

_AHEAD = frozenset(code for code, _, _ in sections_ahead())


def matter(row: Mapping[Any, Any], language: str) -> str:
    """Return what a line tells; of what the law itself brings, from its first day on.

    row: the columns of a line, days as anything with a day, what is not told None or missing.

    >>> told = {"from_on": date(2026, 7, 8), "zh": "应动工日届满", "en": "start due"}
    >>> matter(told, "zh"), matter(told, "en")
    ('2026-07-08 起：应动工日届满', 'from 2026-07-08: start due')
    """
    words, from_on = str(row[language]), row["from_on"]
    if pd.isna(from_on):
        return words
    day = f"{from_on:%Y-%m-%d}"
    return f"{day} 起：{words}" if language == "zh" else f"from {day}: {words}"


def rest(row: Mapping[Any, Any], language: str) -> str:
    """Return what else a line says, and what it rests on; empty where it says nothing.

    >>> rest({"more_zh": None, "article": "《闲置土地处置办法》14(2)"}, "zh")
    '依据《闲置土地处置办法》第十四条第（二）项'
    """
    more, article = row[f"more_{language}"], row["article"]
    parts = [] if pd.isna(more) else [str(more)]
    if not pd.isna(article):
        named = cited(str(article), language)
        parts.append(f"依据{named}" if language == "zh" else f"by {named}")
    return ("；" if language == "zh" else "; ").join(parts)


def sentence(row: Mapping[Any, Any], language: str, day: date | None = None) -> str:
    """Return a line as one sentence; told on a day, with how long there is still time.

    >>> told = {"section": "due_first", "on": date(2026, 7, 7), "from_on": date(2026, 7, 8),
    ...         "zh": "应动工日届满", "more_zh": None, "article": None}
    >>> sentence(told, "zh", date(2026, 6, 30))
    '最后一日 2026-07-07（剩 7 天）；2026-07-08 起：应动工日届满'
    """
    between = "；" if language == "zh" else "; "
    told = between.join(part for part in (matter(row, language), rest(row, language)) if part)
    if day is None or row["section"] not in _AHEAD:
        return told
    last, left = row["on"], (pd.Timestamp(row["on"]) - pd.Timestamp(day)).days
    if language == "zh":
        when = f"剩 {left} 天" if left > 0 else ("今天到期" if left == 0 else f"已过 {-left} 天")
        head, then = f"最后一日 {last:%Y-%m-%d}（{when}）", "："
    else:
        when = f"{left} days left" if left > 0 else ("due today" if left == 0 else "")
        head, then = f"last day {last:%Y-%m-%d} ({when or f'{-left} days past'})", ": "
    return f"{head}{then if pd.isna(row['from_on']) else between}{told}"
