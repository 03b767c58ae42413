"""A value of the law by its name, and what was chosen in words; its key is told beside, small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from api.web.language import Language, said
from gis import recorded_law
from gis.citation import choice, cited, without_keys
from gis.errors import LawError
from gis.law import Law, Value

_ANSWERS = {"True": "是", "False": "否"}


def name_of(value: Value, tongue: Language) -> str:
    """Return what a value is called: what it says in short, without the keys in its words."""
    return without_keys(value.wording(tongue)) or value.key


def amount_of(value: Value, amount: str, tongue: Language) -> str:
    """Return an amount the value has or may have, in words where there are any."""
    if value.unit == "basis":
        return cited(amount, tongue)
    if isinstance(value.amount, bool):
        return said(_ANSWERS.get(amount, amount), tongue)
    return choice(amount, value.unit, tongue)


def choices_of(value: Value, tongue: Language) -> list[tuple[str, str]]:
    """Return what a value is chosen from, each with its words; empty for a figure or a list."""
    found = [*_ANSWERS] if isinstance(value.amount, bool) else recorded_law.choices(value)
    return [(one, amount_of(value, one, tongue)) for one in found]


def named(
    law: Law,
    readings: Iterable[Mapping[str, Any]],
    tongue: Language,
    amounts: Iterable[str] = ("value",),
) -> list[dict[str, Any]]:
    """Return readings (key, from_on, region) with `name`, and their `amounts` in words."""
    told = []
    for one in readings:
        from_on = one["from_on"]
        on = from_on if isinstance(from_on, date) else date.fromisoformat(from_on)
        try:
            value = law.value(one["key"], on, one["region"] or None)
        except LawError:
            # Another program's key, or a day of which this one knows nothing.
            told.append({**one, "name": one["key"]})
            continue
        words = {
            field: amount_of(value, one[field], tongue)
            for field in amounts
            if one[field] is not None
        }
        told.append({**one, **words, "name": name_of(value, tongue)})
    return told
