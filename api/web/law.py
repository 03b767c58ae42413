"""The law book: the values the program holds on a day, with article, source and reading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import readings, scenario
from api.web import frame, language, law_words, named
from api.web.language import Language
from gis import recorded_law
from gis.accounts.caller import Caller
from gis.citation import cited
from gis.law import Law, Value
from gis.store import readings as store_readings
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_SETTING = "setting"
_NUMBER = re.compile(r"\d+")
# What a number is counted in; a word stands by itself.
_UNITS = {
    "day": "天",
    "working day": "个工作日",
    "year": "年",
    "m": "米",
    "m2": "平方米",
    "count": "项",
}


@dataclass(frozen=True)
class Rule:
    """One value in force, as it is read."""

    value: Value
    amount: str
    unit: str
    wording: str
    articles: str
    is_setting: bool


@dataclass(frozen=True)
class Instrument:
    """One law, decree or notice with the values taken from it."""

    title: str
    rules: list[Rule]


@router.get("/law")
def book(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    on: date | None = None,
    region: Annotated[str | None, Query(pattern=r"^(\d{2,12})?$")] = None,
    q: Annotated[str | None, Query(max_length=300)] = None,
    only: Annotated[str | None, Query(pattern="^(setting|open)?$")] = None,
    again: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Return the law of a day, by instrument and article; readings and settings apart by mark."""
    tongue = language.of(request)
    run = named.newest(connection)
    day = on or (run.as_of if run else datetime.now(frame.HERE).date())
    law = recorded_law.at(connection)
    values = law.listed(day, region) if region else law.in_force(day)
    told = [_rule(one, tongue) for one in values]
    shown = [one for one in told if _is_wanted(one, q, only)]
    return frame.page(
        request,
        caller,
        "law.html.jinja",
        run=run,
        day=day,
        asked={"on": day, "region": region or "", "q": q or "", "only": only or ""},
        digest=law.digest,
        instruments=instruments(shown),
        counts={
            "all": len(told),
            "setting": sum(one.is_setting for one in told),
            "open": sum(not one.value.verified for one in told),
        },
        readings=[
            {**one, "at": named.moment(one["at"]), "who": named.who(one["who"], tongue)}
            for one in law_words.named(law, readings.told(store_readings.known(connection)), tongue)
        ],
        settings=_settings(law, day, region, tongue),
        own_region=_own_region(caller),
        again=None if again is None else _tried(connection, again, caller),
        shown_count=len(shown),
    )


def _settings(law: Law, day: date, region: str | None, tongue: Language) -> list[dict[str, Any]]:
    """Return what can be recorded on a day: its key, its name, what is chosen, and from what."""
    return [
        {
            "key": one.key,
            "name": law_words.name_of(one, tongue),
            "value": law_words.amount_of(one, one.said, tongue),
            "choices": law_words.choices_of(one, tongue),
        }
        for one in law.listed(day, region) if recorded_law.is_setting(one)
    ]  # fmt: skip


def _tried(connection: Connection, number: int, caller: Caller) -> dict[str, Any] | None:
    """Return the reading that a trial of one's own had, to be written anew."""
    readings_ = scenario.own(connection, number, caller).arguments.get("readings")
    return dict(readings_[0]) if readings_ else None


def _own_region(caller: Caller) -> str | None:
    """Return the one region somebody may record for by default; None for everywhere."""
    if caller.scope is None:
        return None
    return next(iter(caller.scope.regions), "")


def instruments(told: Iterable[Rule]) -> list[Instrument]:
    """Return rules by instrument, those most are taken from first; articles in their order."""
    by_title: dict[str, list[Rule]] = {}
    for one in told:
        by_title.setdefault(one.value.title, []).append(one)
    return [
        Instrument(title, sorted(rules_, key=_place))
        for title, rules_ in sorted(by_title.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _rule(value: Value, tongue: Language) -> Rule:
    amount = value.amount
    if isinstance(amount, Fraction):
        said = f"{amount.numerator}/{amount.denominator}" if amount.denominator > 1 else f"{amount}"
    else:
        said = law_words.amount_of(value, value.said, tongue) or "—"
    wording = law_words.name_of(value, tongue)
    named_by = [one for one in value.article.split(", ") if one not in ("", _SETTING)]
    unit = language.said(_UNITS[value.unit], tongue) if value.unit in _UNITS else ""
    return Rule(
        value, said, unit, wording, cited(", ".join(named_by), tongue), _SETTING in value.article
    )


def _is_wanted(one: Rule, q: str | None, only: str | None) -> bool:
    if (only == _SETTING and not one.is_setting) or (only == "open" and one.value.verified):
        return False
    held = (one.wording, one.value.key, one.value.title, one.value.source, one.amount)
    return not q or any(q.casefold() in text.casefold() for text in held)


def _place(one: Rule) -> tuple[int, list[int], str]:
    numbers = [int(number) for number in _NUMBER.findall(one.value.article)]
    return (0 if one.value.article[:1].isdigit() else 1), numbers, one.value.key
