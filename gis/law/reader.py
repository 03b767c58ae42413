"""Reads the files of the law and answers: what held for this key, on this day, in this region."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias

from gis.errors import LawError

Amount: TypeAlias = int | float | str | bool | Fraction | tuple[Any, ...]

Change: TypeAlias = "tuple[Value | None, Value | None]"
"""A value before and after; None where there is none."""

_REQUIRED = ("key", "value", "unit", "from", "article", "verified", "checked_on")
_NATION = ""


@dataclass(frozen=True)
class Value:
    """One value of the law with everything a reader needs to check it.

    `amount` is an int, float, str, bool, a Fraction where the unit is `share`, or a tuple.
    `until_on` is the first day the value no longer holds; None = still in force.
    """

    key: str
    amount: Amount
    unit: str
    article: str
    title: str
    source: str
    verified: bool
    checked_on: date
    from_on: date
    until_on: date | None
    region: str
    wording_zh: str = ""
    wording_en: str = ""

    def holds_on(self, on: date) -> bool:
        """Return whether `on` lies in the half-open span of this value.

        >>> value = load().value("idle.needs_consent", date(2012, 6, 30))
        >>> value.amount, value.until_on, value.holds_on(value.until_on)
        (True, datetime.date(2012, 7, 1), False)
        """
        return self.from_on <= on and (self.until_on is None or on < self.until_on)

    @property
    def said(self) -> str:
        """Return the amount as people read it, a list with 、 between its parts.

        >>> load().value("leads.use_classes", date(2026, 1, 1)).said[:30]
        'commercial 05、industrial 06、re'
        """
        return (
            "、".join(map(_part, self.amount))
            if isinstance(self.amount, tuple)
            else f"{self.amount}"
        )

    def wording(self, language: str = "zh") -> str:
        """Return what the rule says in short, in Chinese unless English is asked for."""
        return self.wording_zh if language == "zh" else self.wording_en


def _part(part: Any) -> str:
    if isinstance(part, Mapping):
        part = tuple(part.values())
    return " ".join(map(str, part)) if isinstance(part, tuple) else f"{part}"


class Law:
    """Every value known, by key, region and time."""

    def __init__(self, layers: Iterable[Iterable[Value]], recorded: tuple[int, ...] = ()) -> None:
        """Take the values of each directory; a later directory wins on the days it speaks for.

        `recorded`: the numbers of the readings among them that a person recorded.
        """
        self.recorded = recorded
        self._by_key: dict[str, dict[str, list[Value]]] = {}
        for layer in layers:
            self._put(list(layer))

    def _put(self, layer: list[Value]) -> None:
        for value in layer:
            spans = self._by_key.setdefault(value.key, {}).setdefault(value.region, [])
            for other in layer:
                if other is not value and _clash(other, value):
                    raise LawError(
                        f"法律数据 {value.key} 同时有两个值： "
                        f"two values hold on {max(other.from_on, value.from_on)}"
                        f" (from {other.from_on} and from {value.from_on})",
                        "给旧值写上失效日 "
                        "give the older one an `until` (the first day it no longer holds)",
                    )
            spans.insert(0, value)

    def value(self, key: str, on: date, region: str | None = None) -> Value:
        """Return what holds for `key` on the day `on` in `region` (None = the nation).

        Raises LawError for a key nobody wrote down and for a day outside the dates known.
        """
        if key not in self._by_key:
            near = ", ".join(difflib.get_close_matches(key, self._by_key, n=3, cutoff=0.4))
            raise LawError(
                f"没有法律数值 {key}。 No value of the law is called {key!r}.",
                f"相近的 nearest: {near or 'none'}",
            )
        for place in _places(region):
            for value in self._by_key[key].get(place, ()):
                if value.holds_on(on):
                    return value
        spans = "; ".join(
            f"{value.region or 'nation'} {value.from_on} – {value.until_on or '…'}"
            for values in self._by_key[key].values()
            for value in sorted(values, key=lambda value: value.from_on)
        )
        raise LawError(
            f"{key} 在 {on} 没有有效数值。 "
            f"{key} is not known on {on} in {region or 'the nation'}; known: {spans}.",
            "换一个日期 ask for a day inside these dates, or add the value then held to gis/law",
        )

    def keys(self) -> list[str]:
        """Return every key, sorted."""
        return sorted(self._by_key)

    def listed(self, on: date, region: str | None = None) -> list[Value]:
        """Return what holds on a day, by key; keys that hold nothing on that day are left out."""
        return [
            self.value(key, on, region) for key in self.keys() if self._is_known(key, on, region)
        ]

    def _is_known(self, key: str, on: date, region: str | None) -> bool:
        spans = self._by_key[key]
        return any(v.holds_on(on) for place in _places(region) for v in spans.get(place, ()))

    def in_force(self, on: date) -> list[Value]:
        """Return what holds on a day, the nation's and each region's own, by key and region."""
        held = [value for value in self.every_value() if value.holds_on(on)]
        first = {(value.key, value.region): value for value in reversed(held)}
        return [first[place] for place in sorted(first)]

    def unverified(self, on: date, region: str | None = None) -> list[Value]:
        """Return the values in force that nobody has read in the law's own text yet."""
        return [value for value in self.listed(on, region) if not value.verified]

    def overlay_of(self, region: str | None) -> str:
        """Return the place whose law a region follows most closely: its code, or '' = the nation.

        Regions with the same answer have the same law, so they can be judged together.
        """
        known = {place for spans in self._by_key.values() for place in spans}
        return next((place for place in _places(region) if place in known), _NATION)

    def as_on(self, on: date) -> Law:
        """Return the law of one day as if it had always held and always would."""
        held = self.in_force(on)
        return Law([[replace(value, from_on=date.min, until_on=None) for value in held]])

    def changes(self, on: date, other: Law, other_on: date) -> list[Change]:
        """Return (value here on `on`, value there on `other_on`) wherever amount or article differ.

        In the order of key and region; None on the side that holds nothing.
        """
        here, there = (
            {(v.key, v.region): v for v in law.as_on(day).every_value()}
            for law, day in ((self, on), (other, other_on))
        )
        pairs = [(here.get(place), there.get(place)) for place in sorted({*here, *there})]
        return [(one, two) for one, two in pairs if _said(one) != _said(two)]

    def every_value(self) -> Iterator[Value]:
        """Yield every value, whatever its day; of one key and region the winning one first."""
        for spans in self._by_key.values():
            for values in spans.values():
                yield from values

    @cached_property
    def turns(self) -> list[date]:
        """Return the days on which any value begins or ends to hold, in order."""
        days = {day for value in self.every_value() for day in (value.from_on, value.until_on)}
        return sorted(day for day in days if day is not None)

    @cached_property
    def digest(self) -> str:
        """Return the sha256 (hex) of the content: it changes with any value, not with comments."""
        lines = sorted(
            json.dumps(vars(value), default=str, sort_keys=True, ensure_ascii=False)
            for value in self.every_value()
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def alone(directory: Path) -> Law:
    """Return the law of one directory of `*.toml` without what ships: an older program's law."""
    return Law([list(_read_directory(directory))])


def load(extra_dirs: Iterable[Path] = ()) -> Law:
    """Return the law that ships with the program, overlaid by each directory of `*.toml` given."""
    return Law([_shipped(), *(list(_read_directory(Path(place))) for place in extra_dirs)])


def with_layer(values: Iterable[Value], recorded: tuple[int, ...]) -> Law:
    """Return the law that ships with the program, overlaid by what was recorded."""
    return Law([_shipped(), values], recorded)


@cache
def _shipped() -> tuple[Value, ...]:
    """Return the values that ship with the program: they change with it alone."""
    return tuple(_read_directory(resources.files("gis.law")))


def _read_directory(place: Traversable) -> Iterator[Value]:
    if not place.is_dir():
        raise LawError(
            f"没有这个法律数据目录： no directory of law files at {place}",
            "指明含 *.toml 的目录 name a directory with *.toml files",
        )
    for file in sorted(place.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield from _read_file(file)


def _read_file(file: Traversable) -> Iterator[Value]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise LawError(
            f"法律数据读不懂： {file.name} cannot be read as TOML: {fault}",
            "改正所指的一行 mend the line named",
        ) from fault
    for entry in content.get("value", []):
        yield _value(file.name, content, entry)


def _value(file: str, head: Mapping[str, Any], entry: Mapping[str, Any]) -> Value:
    lacking = [name for name in _REQUIRED if name not in entry]
    lacking += [name for name in ("title", "source") if name not in {**head, **entry}]
    if lacking:
        raise LawError(
            f"法律数据缺项： {file}, {entry.get('key', 'a value without key')}: "
            f"{', '.join(lacking)} not given",
            "每个数值写明单位、日期、条款、文件、来源和是否核对 "
            "every value says its unit, dates, article, title, source and whether it was verified",
        )
    value = Value(
        key=entry["key"],
        amount=_amount(file, entry),
        unit=entry["unit"],
        article=entry["article"],
        title=entry.get("title", head.get("title", "")),
        source=entry.get("source", head.get("source", "")),
        verified=entry["verified"],
        checked_on=_day(file, entry, "checked_on"),
        from_on=_day(file, entry, "from"),
        until_on=_day(file, entry, "until") if "until" in entry else None,
        region=entry.get("region", head.get("region", _NATION)),
        wording_zh=entry.get("wording_zh", ""),
        wording_en=entry.get("wording_en", ""),
    )
    if value.until_on is not None and value.until_on <= value.from_on:
        raise LawError(
            "法律数据失效日早于生效日： "
            f"{file}, {value.key}: ends on {value.until_on} before it holds",
            "until 是不再有效的第一天 `until` is the first day on which the value no longer holds",
        )
    return value


def _day(file: str, entry: Mapping[str, Any], name: str) -> date:
    if type(entry[name]) is not date:
        raise LawError(
            f"法律数据日期不对： {file}, {entry['key']}: {name} = {entry[name]!r} is not a day",
            "写成 write it as 2012-07-01, without quotes",
        )
    return entry[name]  # type: ignore[no-any-return]


def _amount(file: str, entry: Mapping[str, Any]) -> Amount:
    amount = entry["value"]
    if entry["unit"] == "share":
        try:
            return Fraction(amount)
        except (TypeError, ValueError, ZeroDivisionError) as fault:
            raise LawError(
                f"法律数据份额不对： {file}, {entry['key']}: {amount!r} is no share",
                '份额写成带引号的分数 write a share as a fraction in quotes, "1/3"',
            ) from fault
    return _frozen(amount)


def _frozen(amount: Any) -> Amount:
    if isinstance(amount, list):
        return tuple(_frozen(part) for part in amount)
    if isinstance(amount, dict):
        return tuple(sorted((name, _frozen(part)) for name, part in amount.items()))
    return amount  # type: ignore[no-any-return]


def _said(value: Value | None) -> tuple[Amount, ...] | None:
    return None if value is None else (value.amount, value.unit, value.title, value.article)


def _places(region: str | None) -> Iterator[str]:
    if region:
        yield region
        county = region[:6]
        if len(county) == 6 and county.isdigit():
            yield from dict.fromkeys((county, county[:4] + "00", county[:2] + "0000"))
    yield _NATION


def _clash(one: Value, other: Value) -> bool:
    return (
        one.key == other.key
        and one.region == other.region
        and (other.until_on is None or one.from_on < other.until_on)
        and (one.until_on is None or other.from_on < one.until_on)
    )
