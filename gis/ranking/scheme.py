"""What a scheme of evaluation says: its indicators and points, titles, vetoes and prizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final

from gis import identifiers
from gis.errors import ChoiceError, LawError
from gis.law import Law

DEFAULT: Final = "chifeng_2020"
READINGS: Final = ("R1", "R3")
_INDICATORS: Final = "ranking.indicators."
_FOUND = frozenset({"ranked", "counted", "entered"})
_HOW = frozenset({"level", "added", "growth"})
_KINDS = frozenset({"amount", "bonus", "veto", "prize"})


@dataclass(frozen=True)
class Indicator:
    """One indicator: its words, the points it may bring, and how it is found.

    `ranked`: by `figure` of the run, taken as `how` says (level, added, growth); `counted`: an
    entered count, `each` so many points; `entered`: points given by an office.
    """

    name: str
    zh: str
    en: str
    group: str
    points: Fraction
    found: str
    unit: str
    figure: str = ""
    how: str = "level"
    each: Fraction = Fraction(0)
    group_en: str = ""


@dataclass(frozen=True)
class Entry:
    """What is entered besides scores: an amount, a title (`points`), a veto, a special prize."""

    name: str
    zh: str
    en: str
    kind: str
    points: Fraction = Fraction(0)


@dataclass(frozen=True)
class Scheme:
    """A scheme as it held on a day; `reading` of 排序法, prizes in 万元, `unverified` keys."""

    name: str
    title: str
    reading: str
    indicators: tuple[Indicator, ...]
    entries: tuple[Entry, ...]
    prizes_wan: tuple[int, ...]
    special_prizes_count: int
    special_prize_wan: int
    rated_count: int
    unverified: tuple[str, ...]

    @property
    def points(self) -> Fraction:
        """Return the points of all indicators together, without any bonus."""
        return sum((one.points for one in self.indicators), Fraction(0))

    @property
    def entered(self) -> tuple[Indicator | Entry, ...]:
        """Return everything a person enters, in the order of the scheme."""
        return (*(one for one in self.indicators if one.found != "ranked"), *self.entries)

    def named(self, text: str) -> str | None:
        """Return the name of what a paper calls by name or by its words, None for neither."""
        return self._names.get(identifiers.key(text))

    @property
    def _names(self) -> Mapping[str, str]:
        told = ((word, one.name) for one in self.entered for word in (one.name, one.zh, one.en))
        return {identifiers.key(word): name for word, name in told}

    def by_reading(self, reading: str | None) -> Scheme:
        """Return the scheme read otherwise; ChoiceError for a reading there is not."""
        if reading is None or reading == self.reading:
            return self
        if reading not in READINGS:
            raise ChoiceError(
                f"没有读法 {reading[:40]} there is no reading {reading[:40]!r}",
                f"可用 choose one of: {', '.join(READINGS)}",
            )
        return replace(self, reading=reading)


def names_of(law: Law) -> list[str]:
    """Return the names of the schemes by which parks can be ranked."""
    return [key.removeprefix(_INDICATORS) for key in [*law.keys()] if key.startswith(_INDICATORS)]


def scheme_on(law: Law, name: str, on: date) -> Scheme:
    """Return a scheme as it held on a day; ChoiceError for one nobody wrote down."""
    if name not in names_of(law):
        raise ChoiceError(
            f"没有考核方案“{name[:60]}”。 There is no scheme {name[:60]!r}.",
            f"可用 choose one of: {', '.join(names_of(law))}",
        )
    values = {
        part: law.value(key, on)
        for part, key in {
            "indicators": f"ranking.indicators.{name}",
            "entered": f"ranking.entered.{name}",
            "reading": f"ranking.reading.{name}",
            "prizes": f"ranking.prizes.{name}",
            "special": f"ranking.special_prizes.{name}",
            "rated": f"ranking.rated_count.{name}",
        }.items()
    }
    held: dict[str, Any] = {part: value.amount for part, value in values.items()}
    scheme = Scheme(
        name=name,
        title=values["indicators"].title,
        reading=held["reading"],
        indicators=tuple(_indicator(dict(row)) for row in held["indicators"]),
        entries=tuple(_entry(dict(row)) for row in held["entered"]),
        prizes_wan=held["prizes"],
        special_prizes_count=held["special"][0],
        special_prize_wan=held["special"][1],
        rated_count=held["rated"],
        unverified=tuple(value.key for value in values.values() if not value.verified),
    )
    _must_be_sound(scheme)
    return scheme


def _indicator(row: dict[str, Any]) -> Indicator:
    return Indicator(
        **{**row, "points": Fraction(row["points"]), "each": Fraction(row.get("each", 0))}
    )


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{**row, "points": Fraction(row.get("points", 0))})


def _must_be_sound(scheme: Scheme) -> None:
    """Raise LawError for a scheme that says what nobody can do."""
    faults = [
        f"{one.name}: found = {one.found!r}, how = {one.how!r}, figure = {one.figure!r}"
        for one in scheme.indicators
        if one.found not in _FOUND
        or one.how not in _HOW
        or one.points <= 0
        or (one.found == "ranked") != bool(one.figure)
        or (one.found == "counted") != (one.each > 0)
    ]
    faults += [
        f"{one.name}: kind = {one.kind!r}" for one in scheme.entries if one.kind not in _KINDS
    ]
    names = [*(one.name for one in scheme.indicators), *(one.name for one in scheme.entries)]
    faults += [f"{name}: 两次 twice" for name in sorted({*names}) if names.count(name) > 1]
    if scheme.reading not in READINGS:
        faults.append(f"reading = {scheme.reading!r}")
    if faults:
        raise LawError(
            f"考核方案 {scheme.name} 写错了： the scheme is wrong: {'; '.join(faults)}",
            "改正 mend ranking.indicators / ranking.entered / ranking.reading",
        )
