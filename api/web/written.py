"""How figures and days are written on pages; None where something is not known."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from api.web.language import Language, said
from gis import units

_MINUS = "−"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)")
# Letters of a cell, one of Chinese as two: up to so many stand in one line, and are a phrase.
_SHORT, _PHRASE = 20, 60
# From here on letters are as wide as they are high.
_WIDE = 0x2E80


def hectares(area_m2: float | None) -> str | None:
    """Return an area in 公顷.

    >>> hectares(14_351.2)
    '1.4351'
    """
    return None if is_unknown(area_m2) else _figure(units.hectares(float(area_m2 or 0)), "公顷")


def mu(area_m2: float | None) -> str | None:
    """Return an area in 亩.

    >>> mu(2_001_162.0)
    '3,001.74'
    """
    return None if is_unknown(area_m2) else _figure(units.mu(float(area_m2 or 0)), "亩")


def yuan(fen: float | None) -> str | None:
    """Return money in 元.

    >>> yuan(14_209_800)
    '142,098.00'
    """
    return None if is_unknown(fen) else _figure(units.yuan(float(fen or 0)), "元")


def wan(yuan: float | None) -> str | None:
    """Return money in 万元 from 元.

    >>> wan(180_000_000.0)
    '18,000.00'
    """
    return None if is_unknown(yuan) else decimal(float(yuan or 0) / 10_000)


def decimal(number: float | None) -> str | None:
    """Return a figure with two digits behind the point.

    >>> decimal(36.8421)
    '36.84'
    """
    return None if is_unknown(number) else f"{float(number or 0):,.2f}".replace("-", _MINUS)


def count(number: float | None) -> str | None:
    """Return a whole number.

    >>> count(763527)
    '763,527'
    """
    return None if is_unknown(number) else f"{int(number or 0):,}".replace("-", _MINUS)


def share(number: float | None, decimals: int = 1) -> str | None:
    """Return a share in percent.

    >>> share(0.449)
    '44.9%'
    """
    if is_unknown(number):
        return None
    return f"{100 * float(number or 0):,.{decimals}f}%".replace("-", _MINUS)


def left(day: date | None, today: date, language: Language) -> str | None:
    """Return how many days are left until a day, or how many it is past.

    >>> today = date(2026, 6, 30)
    >>> left(date(2026, 8, 15), today, "zh"), left(date(2026, 6, 28), today, "zh")
    ('还有 46 天', '逾期 2 天')
    """
    if is_unknown(day):
        return None
    assert day is not None
    days = (day - today).days
    if days == 0:
        return said("今天", language)
    words = said("还有 {} 天" if days > 0 else "逾期 {} 天", language)
    return words.format(f"{abs(days):,}")


def whole_days(text: str) -> Markup:
    """Return a text in which no line ends within a day.

    >>> str(whole_days("自 2026-07-02 起"))
    '自 <span class="nowrap">2026-07-02</span> 起'
    """
    whole = Markup('<span class="nowrap">{}</span>')
    parts = [whole.format(part) if at % 2 else escape(part)
             for at, part in enumerate(_DAY.split(text))]  # fmt: skip
    return Markup("").join(parts)


def breadth(words: str) -> str:
    """Return the class of a cell of words, by how much room they need to be read.

    >>> breadth("未到达产日"), breadth("not built within its term")
    ('nowrap', 'phrase')
    """
    halves = sum(1 + (ord(letter) >= _WIDE) for letter in words)
    return "nowrap" if halves <= _SHORT else "phrase" if halves <= _PHRASE else "prose"


def is_unknown(value: Any) -> bool:
    """Return whether a value says nothing: None, NaN or NaT."""
    return value is None or value != value


def _figure(value: float, unit: str) -> str:
    return f"{value:,.{units.DECIMALS[unit]}f}".replace("-", _MINUS)
