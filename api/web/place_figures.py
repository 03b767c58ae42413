"""How the land of a block or park is used: figures, what they are made of, what they lack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from api.web.language import Language
from api.web.written import count, hectares, is_unknown
from gis import contracts

Written = Callable[[float | None], str | None]
_HECTARES, _PEOPLE, SQUARE_METRES = "公顷", "人", "平方米"
_BUILDINGS = "幢"
_COUNTED = frozenset({_PEOPLE, _BUILDINGS})
_NAMES = [*contracts.CODES["indicator"]]
_ORDER = {name: place for place, name in enumerate(_NAMES)}


def told(
    rows: Iterable[Mapping[str, Any]],
    left_out: Collection[str],
    language: Language,
    area_unit: str = _HECTARES,
) -> list[dict[str, Any]]:
    """Return rows of table `indicator` as the page shows them, those left out by name apart.

    Areas in `area_unit`: hectares, or square metres for one piece of land. In the order of the
    code list, of one name the newest year first. Each: name, year, value (text with its unit, None:
    unknown), numerator, denominator (texts), formula, missing (text).
    """
    own = [one for one in rows if one["name"] not in left_out]
    own.sort(key=lambda one: (_ORDER.get(one["name"], len(_ORDER)), -(one["year"] or 0)))
    return [_row(one, language, area_unit) for one in own]


def _row(one: Mapping[str, Any], language: Language, area_unit: str) -> dict[str, Any]:
    of, by = _parts(one["unit"], language, area_unit)
    known = one["name"] in contracts.CODES["formula"]
    return {
        "name": one["name"],
        "year": one["year"],
        "value": _value(one, language, area_unit),
        "numerator": of(one["numerator"]),
        "denominator": by(one["denominator"]),
        "formula": contracts.label("formula", one["name"], language) if known else "",
        "missing": contracts.facts(one["missing"], language),
    }


def _value(one: Mapping[str, Any], language: Language, area_unit: str) -> str | None:
    value, unit = one["value"], one["unit"]
    if is_unknown(value):
        return None
    if one["name"] == "park_type":
        return contracts.label("park_type", str(int(value)), language)
    if unit == "m2":
        return _area(value, area_unit, language)
    if unit in _COUNTED:
        return _with(count(value), unit, language)
    if unit == "%":
        return f"{value:,.2f}%"
    return _with(f"{value:,.2f}", unit, language)


def _parts(unit: str, language: Language, area_unit: str) -> tuple[Written, Written]:
    """Return how numerator and denominator of a unit are written."""

    def area(value: float | None) -> str | None:
        return _area(value, area_unit, language)

    def people(value: float | None) -> str | None:
        return _with(count(value), _PEOPLE, language)

    def number(value: float | None) -> str | None:
        return None if is_unknown(value) else f"{value:,.2f}"

    if unit in ("%", ""):
        return area, area
    if unit == f"{_PEOPLE}/{_HECTARES}":
        return people, area
    return number, number


def _area(value: float | None, unit: str, language: Language) -> str | None:
    if unit == _HECTARES:
        return _with(hectares(value), unit, language)
    return None if is_unknown(value) else _with(f"{value:,.2f}", unit, language)


def _with(written: str | None, unit: str, language: Language) -> str | None:
    """Return a figure with its unit; a unit nobody put into words stands as it is."""
    words = contracts.CODES["unit"].get(unit, (unit, unit))
    return None if written is None else f"{written} {words[language == 'en']}".strip()
