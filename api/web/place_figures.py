"""How the land of a block or park is used: figures, what they are made of, what they lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from api.web.language import Language
from api.web.written import count, hectares, is_unknown, mu, wan
from gis import contracts, units

_HECTARES, SQUARE_METRES = "公顷", "平方米"
# How a part in its stored unit is told in the one asked for.
_SHOWN = {("m2", _HECTARES): hectares, ("m2", "亩"): mu, ("元", "万元"): wan}
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
    unknown), numerator, denominator (texts), formula, missing (text), lacks (texts, one by one).
    """
    own = [one for one in rows if one["name"] not in left_out]
    own.sort(key=lambda one: (_ORDER.get(one["name"], len(_ORDER)), -(one["year"] or 0)))
    return [_row(one, language, area_unit) for one in own]


def lacking(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return what the unknown of rows as `told` makes them lack, and of how many; most first.

    One that lacks two facts counts with each; what says of no fact that it lacks is in none.

    >>> lacking([{"value": None, "lacks": ["价款", "层数"]}, {"value": None, "lacks": ["价款"]}])
    [('价款', 2), ('层数', 1)]
    """
    found = Counter(fact for one in rows if one["value"] is None for fact in one["lacks"])
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _row(one: Mapping[str, Any], language: Language, area_unit: str) -> dict[str, Any]:
    known = one["name"] in contracts.CODES["formula"]
    return {
        "name": one["name"],
        "year": one["year"],
        "value": _value(one, language, area_unit),
        "numerator": _part(one, "numerator", language, area_unit),
        "denominator": _part(one, "denominator", language, area_unit),
        "formula": contracts.label("formula", one["name"], language) if known else "",
        "missing": contracts.facts(one["missing"], language),
        "lacks": [contracts.facts([code], language) for code in one["missing"] or ()],
    }


def _value(one: Mapping[str, Any], language: Language, area_unit: str) -> str | None:
    value, unit = one["value"], one["unit"]
    if is_unknown(value):
        return None
    if one["name"] == "park_type":
        return contracts.label("park_type", str(int(value)), language)
    if unit == "m2":
        return _area(value, area_unit, language)
    if unit in units.COUNTED:
        return _with(count(value), unit, language)
    if unit == "%":
        return f"{value:,.2f}%"
    return _with(f"{value:,.2f}", unit, language)


def _part(one: Mapping[str, Any], name: str, language: Language, area_unit: str) -> str | None:
    """Return a numerator or denominator with its own unit: one a person can divide by, if any.

    Of 万元/亩 the money is told in 万元 and the land in 亩.
    """
    value, unit = one[name], one[f"{name}_unit"]
    if is_unknown(value):
        return None
    wanted = units.PARTS.get(one["unit"], (area_unit, area_unit))[name == "denominator"]
    if shown := _SHOWN.get((unit, wanted)):
        return _with(shown(value), wanted, language)
    if unit == "m2":
        return _area(value, area_unit, language)
    if unit in units.COUNTED:
        return _with(count(value), unit, language)
    return _with(f"{value:,.2f}", unit, language)


def _area(value: float | None, unit: str, language: Language) -> str | None:
    if unit == _HECTARES:
        return _with(hectares(value), unit, language)
    return None if is_unknown(value) else _with(f"{value:,.2f}", unit, language)


def _with(written: str | None, unit: str, language: Language) -> str | None:
    """Return a figure with its unit; a unit nobody put into words stands as it is."""
    words = contracts.CODES["unit"].get(unit, (unit, unit))
    return None if written is None else f"{written} {words[language == 'en']}".strip()
