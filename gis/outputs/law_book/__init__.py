"""The law book: article by article, the values in force, the rules that read them, their cases.

A lawyer's reading copy made from the data. Nothing in it is kept by hand: values come from the
law's files, the rules from the sources that ask for a key, the cases from the files of cases.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources

import jinja2

from gis import contracts
from gis.citation import cited
from gis.law import Law, Value, askers, cases
from gis.law.cases import Case

_ROW = "idle.row."
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_NUMBER = re.compile(r"\d+")
_SETTING = "setting"


@dataclass(frozen=True)
class Entry:
    """One value in force, who asks for it, and the cases that test it.

    `told_at`: the article under which the same value was told with its cases before, else empty.
    """

    value: Value
    amount: str
    askers: Sequence[askers.Asker]
    cases: Sequence[Mapping[str, str]]
    told_at: str


@dataclass(frozen=True)
class Article:
    """One article of an instrument with its values."""

    number: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Instrument:
    """One law, decree or notice with its articles in order."""

    title: str
    articles: Sequence[Article]


def instruments(law: Law, on: date) -> list[Instrument]:
    """Return the law of a day, instrument by instrument, article by article."""
    tested = _tested(law, on)
    by_title: dict[str, dict[str, list[Entry]]] = {}
    for value in sorted(law.in_force(on), key=lambda one: (one.key, one.region)):
        own = tested.get((value.key, value.region), [])
        first = ""
        for article in sorted(value.article.split(", "), key=_place):
            entry = Entry(value, _amount(value), askers.of(value.key), own, first if own else "")
            by_title.setdefault(value.title, {}).setdefault(article, []).append(entry)
            first = first or _named(article)
    return [
        Instrument(title, [Article(_named(n), of[n]) for n in sorted(of, key=_place)])
        for title, of in sorted(by_title.items(), key=_weight)
    ]


def elsewhere(law: Law, on: date) -> list[Mapping[str, str]]:
    """Return the cases that test no value in force on the day: another law's, or another rule's."""
    listed = {case["name"] for told in _tested(law, on).values() for case in told}
    return [_told(case) for case in cases.load() if case.name not in listed]


def page(law: Law, on: date, version: str) -> str:
    """Return the book as one HTML page without any asset, made for A4."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = (
        resources.files("gis.outputs.law_book").joinpath("page.html").read_text(encoding="utf-8")
    )
    style = _STYLE.search(source)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    found = instruments(law, on)
    values = law.in_force(on)
    return environment.from_string(source).render(
        style=f"sha256-{digest}",
        on=on.isoformat(),
        version=version,
        digest=law.digest,
        instruments=found,
        elsewhere=elsewhere(law, on),
        value_count=len(values),
        open_count=sum(not value.verified for value in values),
        case_count=len(cases.load()),
    )


def _tested(law: Law, on: date) -> dict[tuple[str, str], list[Mapping[str, str]]]:
    """Return the cases by key and region of the value each rests on, if it is in force on the day.

    A case tests the row it ends in, and every value it puts otherwise.
    """
    in_force = {(value.key, value.region): value for value in law.in_force(on)}
    known = {*law.keys()}
    found: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for case in cases.load():
        keys = [*case.changed]
        if "row" in case.expected:
            keys.append(f"{_ROW}{case.expected['row']}")
        for key in keys:
            if case.on is None or key not in known:
                continue
            rested = law.value(key, case.on, case.entry.get("region"))
            if in_force.get((key, rested.region)) == rested:
                found.setdefault((key, rested.region), []).append(_told(case))
    return found


def _told(case: Case) -> Mapping[str, str]:
    words = [
        contracts.label(name, case.expected[name])
        for name in ("outcome", "track")
        if case.expected.get(name) in contracts.CODES[name]
    ]
    return {
        "name": case.name,
        "chapter": case.chapter,
        "on": "" if case.on is None else case.on.isoformat(),
        "says": "，".join(words),
    }


def _amount(value: Value) -> str:
    if isinstance(value.amount, bool):
        return "是" if value.amount else "否"
    return value.said or "（无）"


def _named(article: str) -> str:
    if article == _SETTING:
        return "设定值（法律留给地方或程序的选择）"
    return cited(article) if article else "（未写条款）"


def _place(article: str) -> tuple[int, list[int], str]:
    """Return the place of an article: by number, then what has none, settings last."""
    if article == _SETTING:
        return 2, [], ""
    numbers = [int(number) for number in _NUMBER.findall(article)]
    return (0 if article[:1].isdigit() else 1), numbers, article


def _weight(entry: tuple[str, Mapping[str, Iterable[Entry]]]) -> tuple[int, str]:
    """Return the place of an instrument: those whose articles hold most come first."""
    title, articles = entry
    return -sum(len([*entries]) for entries in articles.values()), title
