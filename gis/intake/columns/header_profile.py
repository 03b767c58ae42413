"""How a sender's earlier files were read, next to what is asked for this time.

A register has headers of its own, and days of its own that stand for no date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gis.errors import UsageError
from gis.intake.columns.days import EmptyDays, named_day


class Profile(NamedTuple):
    """The headers of a file, header -> column, and the days that stand for no date in it."""

    headers: frozenset[str]
    mapping: Mapping[str, str]
    empty_days: EmptyDays = frozenset()


class HeaderProfiles(dict[str, str]):
    """A column map some of whose entries are only remembered: those need not be in the file.

    As a mapping it holds all entries, of equal headers the newest; `fitting` picks one profile.
    """

    def __init__(
        self,
        asked: Mapping[str, str],
        profiles: Sequence[Profile] = (),
        put_in: frozenset[str] = frozenset(),
        asked_days: EmptyDays = frozenset(),
    ) -> None:
        """`asked` is what a person maps by hand now; `profiles` come newest first.

        `put_in` are headers of ours, which no file had; `asked_days` are what a person says now of
        days that stand for no date.
        """
        super().__init__()
        for profile in reversed(profiles):
            self.update(profile.mapping)
        self.update(asked)
        self.asked = dict(asked)
        self.profiles = list(profiles)
        self.put_in = put_in
        self.asked_days = asked_days

    def with_constants(self, constants: Mapping[str, str]) -> HeaderProfiles:
        """Return the same with columns put in by hand: header -> column."""
        asked = {**self.asked, **constants}
        return HeaderProfiles(asked, self.profiles, frozenset(constants), self.asked_days)

    def fitting(self, headers: Iterable[str]) -> dict[str, str]:
        """Return the remembered entries for these headers: of the same set, else of the newest."""
        here = frozenset(headers) - self.put_in
        same = (known.mapping for known in self.profiles if known.headers == here)
        newest = (known.mapping for known in self.profiles if here & known.mapping.keys())
        chosen = next(same, None) or next(newest, {})
        return {header: column for header, column in chosen.items() if header in here}

    def empty_days(self, headers: Iterable[str]) -> EmptyDays:
        """Return the days that stand for no date: those said now, else those of the register.

        The register is the same set of headers, else the newest file that has one of them.
        """
        here = frozenset(headers) - self.put_in
        same = (known.empty_days for known in self.profiles if known.headers == here)
        newest = (known.empty_days for known in self.profiles if here & known.headers)
        return self.asked_days or next(same, frozenset()) or next(newest, frozenset())


def empty_days_of(words: Iterable[str]) -> EmptyDays:
    """Return the days a person names as standing for no date; UsageError for what is no day."""
    named = {word: named_day(word) for word in words}
    wrong = [word for word, day in named.items() if day is None]
    if wrong:
        raise UsageError(
            f"--empty-day {wrong[0]} 不是日期。 --empty-day {wrong[0]} is no day.",
            "写成 write: --empty-day 2999-12-31",
        )
    return frozenset(day for day in named.values() if day is not None)


def written(days: EmptyDays) -> list[str]:
    """Return days as they are kept and told: 2999-12-31."""
    return [f"{year:04}-{month:02}-{day:02}" for year, month, day in sorted(days)]
