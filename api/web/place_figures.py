"""How the land of a block or park is used: figures, what they are made of, what they lack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from api.web.language import Language
from api.web.written import count, hectares, is_unknown
from gis import contracts

Written = Callable[[float | None], str | None]
_HECTARES, _PEOPLE = "公顷", "人"
_NAMES = [*contracts.CODES["indicator"]]
_ORDER = {name: place for place, name in enumerate(_NAMES)}


def told(
    rows: Iterable[Mapping[str, Any]], left_out: Collection[str], language: Language
) -> list[dict[str, Any]]:
    """Return rows of table `indicator` as the page shows them, those left out by name apart.

    In the order of the code list, of one name the newest year first. Each: name, year, value (text
    with its unit, None: unknown), numerator, denominator (texts), formula, missing (text).
    """
    own = [one for one in rows if one["name"] not in left_out]
    own.sort(key=lambda one: (_ORDER.get(one["name"], len(_ORDER)), -(one["year"] or 0)))
    return [_row(one, language) for one in own]


def _row(one: Mapping[str, Any], language: Language) -> dict[str, Any]:
    of, by = _parts(one["unit"], language)
    known = one["name"] in contracts.CODES["formula"]
    return {
        "name": one["name"],
        "year": one["year"],
        "value": _value(one, language),
        "numerator": of(one["numerator"]),
        "denominator": by(one["denominator"]),
        "formula": contracts.label("formula", one["name"], language) if known else "",
        "missing": contracts.facts(one["missing"], language),
    }


def _value(one: Mapping[str, Any], language: Language) -> str | None:
    value, unit = one["value"], one["unit"]
    if is_unknown(value):
        return None
    if one["name"] == "park_type":
        return contracts.label("park_type", str(int(value)), language)
    if unit == "m2":
        return _with(hectares(value), _HECTARES, language)
    if unit == _PEOPLE:
        return _with(count(value), unit, language)
    if unit == "%":
        return f"{value:,.2f}%"
    return _with(f"{value:,.2f}", unit, language)


def _parts(unit: str, language: Language) -> tuple[Written, Written]:
    """Return how numerator and denominator of a unit are written."""

    def area(value: float | None) -> str | None:
        return _with(hectares(value), _HECTARES, language)

    def people(value: float | None) -> str | None:
        return _with(count(value), _PEOPLE, language)

    def number(value: float | None) -> str | None:
        return None if is_unknown(value) else f"{value:,.2f}"

    if unit in ("%", ""):
        return area, area
    if unit == f"{_PEOPLE}/{_HECTARES}":
        return people, area
    return number, number


def _with(written: str | None, unit: str, language: Language) -> str | None:
    """Return a figure with its unit; a unit nobody put into words stands as it is."""
    words = contracts.CODES["unit"].get(unit, (unit, unit))
    return None if written is None else f"{written} {words[language == 'en']}".strip()
