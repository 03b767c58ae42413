"""The column dictionary: what each kind of delivery is called, keyed by, dated by and made of.

Read from `fields.toml`, whose head explains every entry. Tables, readers and the mapping of
foreign headers are all built from this one dictionary.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from gis.errors import UsageError

TYPES = frozenset(
    {"text", "texts", "day", "day_end", "area", "areas", "money", "intensity", "number", "integer"}
    | {"flag", "code"}
)
YEAR_DAYS = frozenset({None, "first", "last"})
GEOMETRY = frozenset({"none", "optional", "required"})
# Text columns that are identifiers without being declared so.
_NAMES = frozenset({"document", "code", "replaces", "phase", "batch", "part"})
_NAME_ENDINGS = ("_no", "_nos", "_code", "_codes")
NAMED_BY = frozenset({"code", "sender"})
HELD = frozenset({"moved", "copied"})
READ = frozenset({"near", "named", "whole"})
REACH = frozenset({"all", "land", "papers"})


@dataclass(frozen=True)
class Column:
    """One column of a kind: its type, official title, other headers, unit and code words.

    `is_identifier`: it names something, so it is stored in the one form identifiers have.
    `is_signed`: a number of it may lie below nothing.
    `month_of`: the day column of which this flag says that a month without a day was written.
    """

    name: str
    type: str
    title: str
    names: tuple[str, ...] = ()
    unit: str | None = None
    required: bool = False
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_identifier: bool = False
    is_signed: bool = False
    month_of: str | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """Return every header this column is known by, the official one first."""
        return (self.title, *self.names, self.name)


@dataclass(frozen=True)
class Kind:
    """One kind of delivery: natural key, effective day, geometry and columns by name.

    `year_day`: "first" or "last" day of the record's year stands in for an empty effective day.
    `order` has pairs of days of which the first is not after the second, `at_most` pairs of areas
    of which the first is not above the second; one of another kind is `supplies.signed_on`.
    `named_by`: the key is an official "code", or a number of the "sender" except where a column of
    `official` has a value of its form; `held` says which arrivals wait for a person.

    `read` says how a run reads it, `reach` what a change of it has judged anew, or `unread` why no
    rule reads it (and both are "never", "none"); `names`: column ->
    the kind it names, `about` the one that names what the record was made for, `cited_as` the
    columns others name it by.
    """

    name: str
    title: str
    key: tuple[str, ...]
    key_else: tuple[str, ...]
    effective: str
    geometry: str
    year_day: str | None
    columns: Mapping[str, Column]
    order: tuple[tuple[str, str], ...] = ()
    at_most: tuple[tuple[str, str], ...] = ()
    named_by: str = "code"
    official: Mapping[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    read: str = "never"
    reach: str = "none"
    unread: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    cited_as: tuple[str, ...] = ()

    @property
    def has_geometry(self) -> bool:
        """True when records of this kind may carry a shape."""
        return self.geometry != "none"

    @property
    def asked(self) -> tuple[Column, ...]:
        """Return the columns a file may have: those that no reader makes of another."""
        return tuple(column for column in self.columns.values() if column.month_of is None)

    @property
    def month_flags(self) -> Mapping[str, str]:
        """Return day column -> the column that says it was written as a month."""
        flags = {column.month_of: column.name for column in self.columns.values()}
        return {day: name for day, name in flags.items() if day is not None}

    def spoken_of(self, names: Collection[str]) -> list[str]:
        """Return the columns (and `geom`) a delivery speaks of that has those named, in order.

        With a day comes whether it is but a month.
        """
        told = {*names, *(flag for day, flag in self.month_flags.items() if day in names)}
        return [name for name in (*self.columns, "geom") if name in told]


@dataclass(frozen=True)
class Identity:
    """When a shape is the record of its number: shares of land, metres (`identity.toml`)."""

    same_share: float
    copy_share: float
    moved_m: float
    touching_m: float
    across_share: float
    border_m: float
    rounding_m: float


def _column(name: str, entry: Mapping[str, Any], keys: frozenset[str]) -> Column:
    codes = {code: tuple(words) for code, words in entry.get("codes", {}).items()}
    if entry["type"] not in TYPES:
        raise ValueError(f"fields.toml: column {name} has unknown type {entry['type']!r}")
    return Column(
        name=name,
        type=entry["type"],
        title=entry["title"],
        names=tuple(entry.get("names", ())),
        unit=entry.get("unit"),
        required=bool(entry.get("required", False)),
        codes=codes,
        is_identifier=_names_something(name, entry, keys),
        is_signed=bool(entry.get("signed", False)),
    )


def _month_flag(column: Column) -> Column | None:
    """Return the column that says of a day that only its month was written."""
    if column.type not in {"day", "day_end"}:
        return None
    name = column.name.removesuffix("_on") + "_by_month"
    return Column(name, "flag", f"{column.title}（仅到月）", month_of=column.name)


def _names_something(name: str, entry: Mapping[str, Any], keys: frozenset[str]) -> bool:
    """Return what the entry says of itself; else whether it is of the key, or named like one."""
    is_named_so = name in keys or name in _NAMES or name.endswith(_NAME_ENDINGS)
    return bool(entry.get("identifier", is_named_so and entry["type"] in {"text", "texts"}))


def kind_of(name: str, entry: Mapping[str, Any]) -> Kind:
    """Return the kind an entry describes, as the head of `fields.toml` explains it."""
    keys = frozenset((*entry["key"], *entry.get("key_else", ())))
    columns = {key: _column(key, value, keys) for key, value in entry["columns"].items()}
    if entry.get("months", False):
        columns |= {flag.name: flag for flag in map(_month_flag, [*columns.values()]) if flag}
    if entry["geometry"] not in GEOMETRY:
        raise ValueError(f"fields.toml: {name}.geometry is {entry['geometry']!r}")
    year_day = entry.get("year_day")
    if year_day not in YEAR_DAYS or (year_day and "year" not in columns):
        raise ValueError(f"fields.toml: {name}.year_day is {year_day!r}")
    named_by, held = entry.get("named_by", "code"), frozenset(entry.get("held", ()))
    if named_by not in NAMED_BY or not held <= HELD or (held and entry["geometry"] == "none"):
        raise ValueError(f"fields.toml: {name} is named by {named_by!r}, held {sorted(held)}")
    read, reach, unread = (entry.get(one) for one in ("read", "reach", "unread"))
    if (read in READ, reach in REACH) != (unread is None, unread is None):
        raise ValueError(f"fields.toml: {name} is read {read!r}, {reach!r}, or unread: {unread!r}")
    return Kind(
        name=name,
        title=entry["title"],
        key=tuple(entry["key"]),
        key_else=tuple(entry.get("key_else", ())),
        effective=entry["effective"],
        geometry=entry["geometry"],
        year_day=year_day,
        columns=columns,
        order=_pairs(entry, "order"),
        at_most=_pairs(entry, "at_most"),
        named_by=named_by,
        official=dict(entry.get("official", {})),
        held=held,
        read=read or "never",
        reach=reach or "none",
        unread=unread,
        names=dict(entry.get("names", {})),
        about=entry.get("about"),
        cited_as=tuple(entry.get("cited_as", ())),
    )


def _pairs(entry: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in entry.get(name, ()))


def _read() -> dict[str, Kind]:
    text = resources.files("gis").joinpath("fields.toml").read_text(encoding="utf-8")
    return {name: kind_of(name, entry) for name, entry in tomllib.loads(text).items()}


def _checked(kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Return the kinds; ValueError where a pair names a column that is not there."""
    for kind in kinds.values():
        for name in (name for pair in (*kind.order, *kind.at_most) for name in pair):
            other, _, column = name.rpartition(".")
            if column not in (kinds[other] if other else kind).columns:
                raise ValueError(
                    f"fields.toml: {kind.name} puts {name!r} in order, a column unknown"
                )
        for column, other in kind.names.items():
            if column not in kind.columns or not kinds[other].cited_as:
                raise ValueError(f"fields.toml: {kind.name}.{column} cannot name {other}")
        if not {*kind.cited_as} <= {*kind.columns} or kind.about not in {None, *kind.names}:
            raise ValueError(f"fields.toml: {kind.name} is cited by a column unknown")
    return kinds


KINDS: Mapping[str, Kind] = _checked(_read())


def _identity() -> Identity:
    text = resources.files("gis").joinpath("identity.toml").read_text(encoding="utf-8")
    return Identity(**tomllib.loads(text))


IDENTITY = _identity()


def kind_named(word: str) -> Kind:
    """Return the kind of a name, in any case, or of a title; UsageError lists all there are.

    >>> kind_named("供地结果").name, kind_named("Parcels").title
    ('supplies', '宗地')
    """
    wanted = word.strip().casefold()
    for kind in KINDS.values():
        if wanted in {kind.name, kind.title.casefold()}:
            return kind
    raise UsageError(
        f"没有「{word}」这类资料。 There is no kind {word!r}.",
        "可用 one of: " + "、".join(f"{kind.name}（{kind.title}）" for kind in KINDS.values()),
    )
