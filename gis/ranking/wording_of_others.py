"""Scores of firms, and what would move a firm or a park in tiers, in words: Chinese or English."""

from __future__ import annotations

from typing import Final

from gis import contracts
from gis.ranking import exact
from gis.ranking.firm_moves import FirmMove
from gis.ranking.firms import FirmPart, FirmScheme, Measure
from gis.ranking.tier_moves import TierMove
from gis.ranking.wording import shown, words

_UNITS: Final = {"output_yuan": "元", "output_per_mu": "万元/亩"}
_SAID: Final = {
    ("place", "up"): ("进一位", "one place up"),
    ("place", "down"): ("退一位", "one place down"),
    ("letter", "up"): ("升一级", "one class up"),
    ("letter", "down"): ("降一级", "one class down"),
    ("tier", "up"): ("进上一梯队", "the next tier"),
    ("tier", "down"): ("退出本梯队", "out of its tier"),
    ("pace", "up"): ("达到应达倍数", "on its pace"),
    ("pace", "down"): ("落到应达倍数以下", "below its pace"),
    ("reward", "up"): ("进入奖励名次", "among the rewarded"),
    ("reward", "down"): ("掉出奖励名次", "out of the rewarded"),
}
_NOT_FOUND: Final = {
    "up": (
        "只改这一项，百倍以内做不到",
        "not by this one alone, up to a hundred times the best",
    ),
    "down": ("只改这一项做不到", "not by this one alone"),
}


def what(one: FirmMove | TierMove, language: str = "zh") -> str:
    """Return what would become of the firm or the park."""
    return _SAID[one.what, one.direction][language == "en"]


def measure(one: Measure, language: str = "zh") -> str:
    """Return what a measure of firms is called."""
    return one.en if language == "en" else one.zh


def explained(scheme: FirmScheme, part: FirmPart, language: str = "zh") -> str:
    """Return the points of one measure of a firm in one line, with every number put in."""
    head, colon = measure(part.measure, language), ": " if language == "en" else "："
    if part.score is None:
        missing = contracts.CODES["ranking_missing"][part.missing][language == "en"]
        return f"{head}{colon}{words('open', language, missing.rstrip(':'))}"
    low, high, value = (
        None if one is None else exact.printed(one) for one in (part.low, part.high, part.value)
    )
    whole = exact.printed(part.measure.points, 0)
    score = words("points", language, exact.printed(part.score))
    if scheme.reading == "min_max":
        up = f"({high} - {value})" if part.measure.is_less_better else f"({value} - {low})"
        return f"{head}{colon}{whole} × {up} / ({high} - {low}) = {score}"
    ratio = f"{high} / {value}" if part.measure.is_less_better else f"{value} / {high}"
    return f"{head}{colon}{whole} × min({ratio}, {exact.printed(scheme.most_ratio)}) = {score}"


def firm_move(one: FirmMove, language: str = "zh") -> str:
    """Return to which value a measure would have to go, and what it is now."""
    if one.to is None:
        return _NOT_FOUND[one.direction][language == "en"]
    unit = one.measure.unit
    is_up = one.to > one.value
    to = words("level" if is_up else "down_level", language, shown(one.to, unit, language))
    return words("from", language, to, shown(one.value, unit, language))


def tier_move(one: TierMove, language: str = "zh") -> str:
    """Return to which value a figure would have to go, and what it is now."""
    unit = _UNITS[one.figure]
    how = "level" if one.is_level else "below"
    to = words(how, language, shown(one.to, unit, language))
    return words("from", language, to, shown(one.value, unit, language))


def missing(code: str, language: str = "zh") -> str:
    """Return why there is no score or no tier, in words; what is no code as it is.

    >>> missing("figure:output_per_mu:2021")
    '缺数据 亩均产值（园区层面） 2021'
    """
    head, *tail = code.split(":")
    if head not in contracts.CODES["ranking_missing"]:
        return code
    is_english = language == "en"
    said = contracts.CODES["ranking_missing"][head][is_english]
    figure = contracts.CODES["indicator"].get(tail[0], (tail[0],) * 2)[is_english] if tail else ""
    return " ".join((said, figure, *tail[1:])).strip()
