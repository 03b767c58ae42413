"""What a lead rests on, in words: the keys and codes of its column `detail` told to a person."""

from __future__ import annotations

from gis import contracts, units
from gis.fields import KINDS

_FACTS, _SOURCES = (contracts.CODES[name] for name in ("lead_fact", "lead_source"))
_AREAS = frozenset({"recorded", "registered", "drawn"})
_BETWEEN = "; "


def in_words(detail: str | None) -> str:
    """Return what a lead rests on as a person reads it; nothing told reads as an empty string.

    >>> in_words("source=survey; lapse_on=2020-01-01; drawn=10000.50")
    '来源：变更调查；批文满两年日：2020-01-01；图形面积：10,000.50 平方米'
    """
    if detail is None or detail != detail:
        return ""
    return "；".join(_said(*one.partition("=")) for one in detail.split(_BETWEEN))


def _said(key: str, mark: str, value: str) -> str:
    if key not in _FACTS:
        return key + mark + value
    if key in _AREAS:
        value = f"{float(value):,.{units.DECIMALS['m2']}f} 平方米"
    elif key == "source" and value in _SOURCES:
        value = contracts.label("lead_source", value)
    elif key == "paper" and value in KINDS:
        value = KINDS[value].title
    return f"{contracts.label('lead_fact', key)}：{value or '不明'}"
