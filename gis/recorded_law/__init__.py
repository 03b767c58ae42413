"""The law with what a manager recorded of the choices it leaves open, laid over its files.

Only what its article calls a setting, and nobody verified in a text of the law, can be recorded
otherwise; each value is of the type, or one of the choices, the file has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gis import law as rules
from gis.errors import LawError, UsageError
from gis.law import Law, Value
from gis.law.reader import Amount
from gis.store import readings
from gis.store.database import Connection
from gis.store.readings import Reading
from gis.store.runs import Run

_SETTING = "setting"
_CHOICES = " | "
# What is further from the file's own figure is a slip of the hand, and may leave nothing judged.
_MOST_TIMES = 10
# Only the clock of idle land asks the law region by region within one run.
_BY_REGION = "idle."
_YES = {"是": True, "true": True, "yes": True, "否": False, "false": False, "no": False}
_BETWEEN = re.compile(r"[、;；\n]+")
# Under this name a run keeps, in its counts, the numbers of the readings it knew.
OF_RUN = "readings"
_TRIED = "试算 tried"


def at(connection: Connection, delivery: int | None = None) -> Law:
    """Return the law as known at a delivery (None: now)."""
    return laid_over(readings.known(connection, delivery))


@dataclass(frozen=True)
class Supposed:
    """A reading that may come: as `readings.Reading`, recorded by nobody yet."""

    key: str
    value: str | None
    from_on: date
    region: str = ""


def with_more(connection: Connection, supposed: Sequence[Supposed]) -> Law:
    """Return the law as known now, and with readings that nobody recorded behind all of it."""
    told = readings.known(connection)
    now, last = datetime.now(UTC), max((one.id for one in told), default=0)
    more = tuple(
        Reading(last + place, one.key, one.region, one.value, one.from_on, _TRIED, _TRIED, now, 0)
        for place, one in enumerate(supposed, start=1)
    )
    return laid_over((*told, *more))


def of(connection: Connection, run: Run) -> Law:
    """Return the law with the very readings a run knew."""
    return laid_over(readings.numbered(connection, run.counts.get(OF_RUN, ())))


def those_of(connection: Connection, run: Run) -> tuple[Reading, ...]:
    """Return the readings a run knew that held on its day, none of them followed by another."""
    told = readings.numbered(connection, run.counts.get(OF_RUN, ()))
    return tuple(one for one in in_force(told) if one.from_on <= run.as_of)


@lru_cache(maxsize=16)
def laid_over(told: tuple[Reading, ...]) -> Law:
    """Return the law of the files with readings over it; `recorded` are their numbers."""
    shipped = rules.load()
    if not told:
        return shipped
    layer = []
    for one, until_on in _spans(told):
        if one.value is not None:
            held = shipped.value(one.key, one.from_on, one.region or None)
            layer.append(
                replace(
                    held, amount=amount_of(held, one.value), source=one.source, verified=False,
                    checked_on=one.at.date(), from_on=one.from_on, until_on=until_on,
                    region=one.region,
                )
            )  # fmt: skip
    return rules.with_layer(layer, tuple(one.id for one in told))


def in_force(told: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return those that still say something: not followed by a later one from their day on."""
    return tuple(one for one, _ in _spans(told) if one.value is not None)


def _spans(told: Sequence[Reading]) -> list[tuple[Reading, date | None]]:
    """Return what holds until when: a reading follows all earlier ones from its own day on."""
    lines: dict[tuple[str, str], list[Reading]] = {}
    for one in told:
        line = lines.setdefault((one.key, one.region), [])
        line[:] = [other for other in line if other.from_on < one.from_on]
        line.append(one)
    return [
        (one, later.from_on if later is not None else None)
        for line in lines.values()
        for one, later in zip(line, [*line[1:], None], strict=True)
    ]


def is_setting(value: Value) -> bool:
    """Return whether a value is a choice the law leaves open, and can be recorded otherwise."""
    return _SETTING in value.article and not value.verified


def checked(key: str, value: str | None, from_on: date, region: str) -> Value:
    """Return what the files say for a reading that can be recorded; else UsageError says why not.

    It must be a choice on its day and for good: also where a later value of the law follows.
    """
    law = rules.load()
    if region and not key.startswith(_BY_REGION):
        raise UsageError(
            f"{key} 按整次运行判定，不分行政区，只能记给全部。 {key} is judged by for a whole run, "
            "not region by region; it can be recorded for everywhere alone.",
            "行政区留空 leave the region empty",
        )
    try:
        held = law.value(key, from_on, region or None)
        later = [day for day in law.turns if day > from_on]
        every = [held, *(law.value(key, day, region or None) for day in later)]
    except LawError as fault:
        raise UsageError(fault.found, fault.mend) from None
    fixed = next((one for one in every if not is_setting(one)), None)
    if fixed is not None:
        raise UsageError(
            f"{key} 是{fixed.title or '法律'}规定的，不是可选的口径，不能另记。 {key} is what the "
            "law says, no choice it leaves open; it cannot be recorded otherwise.",
            "可记的 what can be recorded: GET /api/v1/law/settings",
        )
    if value is not None:
        amount_of(held, value)
    return held


def amount_of(held: Value, text: str) -> Amount:
    """Return a value that was written, in the type of the value it stands for; else UsageError.

    >>> held = rules.load().value("idle.fee_with_recovery", date(2024, 1, 1))
    >>> amount_of(held, " both "), choices(held)
    ('both', ['if_confirmed', 'both', 'none'])
    """
    text, found = text.strip(), held.amount
    options = choices(held)
    made: Any = None
    try:
        if options:
            made = text if text in options else None
        elif isinstance(found, bool):
            made = _YES.get(text.lower())
        elif isinstance(found, Fraction):
            made = _share(text, most=1 if found <= 1 else found * _MOST_TIMES)
        elif isinstance(found, int | float):
            made = type(found)(text)
            made = made if 0 <= made <= found * _MOST_TIMES else None
        elif isinstance(found, tuple) and all(not isinstance(one, tuple) for one in found):
            kind = type(found[0]) if found else str
            made = tuple(kind(one.strip()) for one in _BETWEEN.split(text) if one.strip())
    except (ValueError, ZeroDivisionError, OverflowError):
        made = None
    if made is None:
        wanted = "、".join(options) or _wanted(found)
        raise UsageError(
            f"{held.key} 不能是“{text[:40]}”。 {held.key} cannot be {text[:40]!r}.",
            f"可用 one of: {wanted}" if options else f"写成 write {wanted}",
        )
    return made  # type: ignore[no-any-return]


def choices(held: Value) -> list[str]:
    """Return what a value is chosen from, empty where it is a figure or a list."""
    has_them = isinstance(held.amount, str) and _CHOICES in held.unit
    return held.unit.split(_CHOICES) if has_them else []


def _share(text: str, most: Fraction | int) -> Fraction | None:
    made = Fraction(text.rstrip("%％")) / (100 if text[-1:] in "%％" else 1)
    return made if 0 <= made <= most else None


def _wanted(found: Amount) -> str:
    if isinstance(found, bool):
        return "是 / 否 yes or no"
    if isinstance(found, Fraction):
        return "1/3、0.05 或 or 5%"
    if isinstance(found, int | float):
        most, words = found * _MOST_TIMES, "整数" if isinstance(found, int) else "数"
        return f"0 至 {most:g} 的{words} a number from 0 to {most:g}"
    if isinstance(found, tuple) and all(not isinstance(one, tuple) for one in found):
        return "各项之间用顿号 the parts with 、 between them"
    return "这一项只能写在法律文件里 in the files of the law alone"
