"""What a lead or a figure rests on, in words: columns `detail` and `source` told to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gis import contracts, units
from gis.fields import KINDS
from gis.result_tables import TABLES

_FACTS, _SOURCES = (contracts.CODES[name] for name in ("lead_fact", "lead_source"))
_ORDER = {name: place for place, name in enumerate(_FACTS)}


def in_words(facts: Mapping[str, Any] | None, language: str = "zh") -> str:
    """Return what a lead rests on as a person reads it; nothing told reads as an empty string.

    >>> told = {"drawn_m2": 10000.5, "source": "survey", "approved_on": ["2020-01-01", None]}
    >>> in_words(told)
    '来源：变更调查；批准日期：2020-01-01；批准日期：不明；图形面积：10,000.50 平方米'
    >>> in_words(told, "en")
    'source: land survey; approved on: 2020-01-01; approved on: not known; drawn area: 10,000.50 m2'
    """
    if not isinstance(facts, Mapping):
        return ""
    between, mark = ("；", "：") if language == "zh" else ("; ", ": ")
    # The store keeps an order of its own.
    return between.join(
        f"{contracts.label('lead_fact', name, language)}{mark}{_said(name, value, language)}"
        for name in sorted(facts, key=_ORDER.__getitem__)
        for value in _each(name, facts[name])
    )


def sources(names: Sequence[str] | None, language: str = "zh") -> str:
    """Return what a figure is made of: kinds of record, and results of the run.

    >>> sources(["buildings", "park_piece"]), sources(["buildings", "park_piece"], "en")
    ('建筑物、园区地块状态', 'buildings, pieces of parks')
    """
    if names is None or names != names:
        return ""
    between = "、" if language == "zh" else ", "
    return between.join(_source(name, language) for name in names)


def _source(name: str, language: str) -> str:
    if name in TABLES:
        return TABLES[name].zh if language == "zh" else TABLES[name].en
    if name in KINDS and language == "zh":
        return KINDS[name].title
    return name.replace("_", " ")


def _each(name: str, value: Any) -> list[Any]:
    """Return what is told one by one: the days of two subjects; other lists are one answer."""
    if not isinstance(value, list):
        return [value]
    return value if name.endswith("_on") else ["、".join(value)]


def _said(name: str, value: Any, language: str) -> str:
    if value is None:
        return "不明" if language == "zh" else "not known"
    if name.endswith("_m2"):
        unit = "平方米" if language == "zh" else "m2"
        return f"{value:,.{units.DECIMALS['m2']}f} {unit}"
    if name == "source" and value in _SOURCES:
        return contracts.label("lead_source", value, language)
    if name == "paper" and value in KINDS:
        return KINDS[value].title if language == "zh" else str(value)
    return str(value)
