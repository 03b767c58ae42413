"""A score in words, with every number put in: Chinese or English."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from gis import contracts
from gis.ranking import exact
from gis.ranking.figures import Input
from gis.ranking.scheme import Indicator, Scheme
from gis.ranking.score import Part, Standing
from gis.ranking.sensitivity import Move

_YUAN_OF_WAN: Final = 10_000
_HUNDRED: Final = 100
# What stands for a unit of the data where Chinese is not read.
_UNITS_EN: Final = {
    "万元": "10,000 yuan",
    "万元/亩": "10,000 yuan/mu",
    "人": "people",
    "分": "points",
    "家": "firms",
    "个": "bodies",
}
_WORDS: Final = {
    "year": ("{} 年 {}", "{}: {}"),
    "place": ("{} 个园区中第 {}", "rank {1} of {0}"),
    "points": ("{} 分", "{} points"),
    "by": ("依据 {}", "by {}"),
    "of": ("，至多 {} 分", ", at most {} points"),
    "open": ("待定：{}", "undetermined: {}"),
    "unknown": ("不明", "unknown"),
    "up": ("进一位", "one place up"),
    "down": ("退一位", "one place down"),
    "level": ("达到 {}", "at {}"),
    "above": ("高于 {}", "above {}"),
    "below": ("低于 {}", "below {}"),
    "down_level": ("降至 {}", "down to {}"),
    "no_value": ("只改这一项做不到", "not by this one alone"),
    "from": ("{}（现为 {}）", "{} (now {})"),
}


def words(name: str, language: str, *values: object) -> str:
    """Return a phrase in a language with values put in."""
    return _WORDS[name][language == "en"].format(*values)


def title(indicator: Indicator, language: str) -> str:
    """Return what an indicator is called."""
    return indicator.en if language == "en" else indicator.zh


def figure(name: str, scheme: Scheme, language: str) -> str:
    """Return what a figure is called: as the run has it, or as it is entered."""
    own = next((one for one in scheme.entries if one.name == name), None)
    if own is not None:
        return own.en if language == "en" else own.zh
    return contracts.CODES["indicator"].get(name, (name, name))[language == "en"]


def shown(value: Fraction | None, unit: str, language: str = "zh") -> str:
    """Return a value as people read it: money in 万元, a growth in percent, two digits.

    >>> shown(Fraction(2_000_000_000), "元"), shown(Fraction(1, 8), "%")
    ('200,000.00 万元', '12.50 %')
    """
    if value is None:
        return words("unknown", language)
    if unit == "元":
        return f"{exact.printed(value / _YUAN_OF_WAN)} {unit_of('万元', language)}"
    if unit == "%":
        return f"{exact.printed(in_unit(value, unit))} %"
    digits = 0 if value.denominator == 1 and unit not in {"万元/亩", "分"} else 2
    return f"{exact.printed(value, digits)} {unit_of(unit, language)}"


def in_unit(value: Fraction, unit: str) -> Fraction:
    """Return a value as a number of its unit: a growth is reckoned as a share, told in percent.

    >>> in_unit(Fraction(1, 8), "%"), in_unit(Fraction(3), "元")
    (Fraction(25, 2), Fraction(3, 1))
    """
    return value * _HUNDRED if unit == "%" else value


def unit_of(unit: str, language: str) -> str:
    """Return a unit as it is read in a language."""
    return _UNITS_EN.get(unit, unit) if language == "en" else unit


def group(indicator: Indicator, language: str) -> str:
    """Return what the group of an indicator is called."""
    return (indicator.group_en or indicator.group) if language == "en" else indicator.group


def missing(part: Part, scheme: Scheme, language: str) -> str:
    """Return why there is no score, in words; empty where there is one."""
    told = []
    for code in part.missing:
        head, *tail = code.split(":")
        said = contracts.CODES["ranking_missing"][head][language == "en"]
        if tail:
            name, year = tail
            said = f"{said} {figure(name, scheme, language)} {year}"
        told.append(said)
    return ("; " if language == "en" else "；").join(told)


def explained(part: Part, scheme: Scheme, language: str = "zh") -> str:
    """Return the score of a part in one line: value, what it is made of, rank, formula, points."""
    if part.indicator.found == "ranked":
        return _ranked(part, scheme, language)
    comma = ", " if language == "en" else "，"
    by = comma + words("by", language, "、".join(part.documents)) if part.documents else ""
    if part.score is None:
        return words("open", language, missing(part, scheme, language)) + by
    points = words("points", language, exact.printed(part.score))
    if not part.indicator.each:
        return points + by
    each = exact.printed(part.indicator.each, 0 if part.indicator.each.denominator == 1 else 2)
    most = words("of", language, exact.printed(part.indicator.points, 0))
    return f"{shown(part.value, part.indicator.unit, language)} × {each}{most} = {points}{by}"


def _ranked(part: Part, scheme: Scheme, language: str) -> str:
    comma = ", " if language == "en" else "，"
    if part.value is None:
        return words("open", language, missing(part, scheme, language))
    told = [shown(part.value, part.indicator.unit, language)]
    if len(part.inputs) > 1:
        made = comma.join(_input(one, part.indicator, language) for one in part.inputs)
        told[0] += f"（{made}）" if language == "zh" else f" ({made})"
    if part.rank is not None:
        told.append(words("place", language, part.n, part.rank))
    if part.score is None:
        told.append(words("open", language, missing(part, scheme, language)))
        return comma.join(told)
    return comma.join([*told, f"{scheme.reading}: {formula(part, scheme, language)}"])


def formula(part: Part, scheme: Scheme, language: str = "zh") -> str:
    """Return the formula of a ranked score with its numbers put in, and the points."""
    whole = f"{float(part.indicator.points):g}"
    points = words("points", language, exact.printed(part.score or Fraction(0)))
    if scheme.reading == "R1":
        return f"{whole} × ({part.n} - {part.rank}) / ({part.n} - 1) = {points}"
    own = shown(max(part.value or Fraction(0), Fraction(0)), part.indicator.unit, language)
    return f"{whole} × {own} / {shown(part.leader, part.indicator.unit, language)} = {points}"


def _input(one: Input, indicator: Indicator, language: str) -> str:
    unit = "人" if one.figure.endswith("_count") else "元" if one.figure.endswith("_yuan") else (
        indicator.unit
    )  # fmt: skip
    return words("year", language, one.year, shown(one.value, unit, language))


def move(one: Move, language: str = "zh") -> str:
    """Return what would move a park, in one line."""
    if one.to is None:
        return words("no_value", language)
    unit = one.indicator.unit
    is_up = one.direction == "up"
    how = ("level" if is_up else "down_level") if one.is_level else "above" if is_up else "below"
    to = words(how, language, shown(one.to, unit, language))
    return words("from", language, to, shown(one.value, unit, language))


def total(one: Standing) -> str:
    """Return the points of a park, or between which they lie; empty for one out of the field.

    >>> from fractions import Fraction as F
    >>> total(Standing("G", F(52), F(55), F(0), (), (), 7, 7, 7, 0, 0))
    '52.00–55.00'
    """
    if one.vetoes:
        return ""
    known, most = exact.printed(one.known), exact.printed(one.most)
    return known if one.is_whole else f"{known}–{most}"


def rank(one: Standing) -> str:
    """Return the rank of a park, or between which it lies; empty for one out of the field."""
    if one.best is None:
        return ""
    return f"{one.best}" if one.rank is not None else f"{one.best}–{one.worst}"
