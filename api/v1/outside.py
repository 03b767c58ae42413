"""What a caller of some land alone may not be told: who lies outside it.

A subject outside is not there: the same words as for one that does not exist. Where a row inside
names one outside, it is 区域外地块, without number or name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

from api.traces import Traces
from gis.errors import UsageError
from gis.outputs.export.neighbours import NAMING, OUTSIDE, heads, less, names_in, seen
from gis.record_names import JOINT
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

# Columns of rows that name other subjects than their own, and members of a trace that do.
_NAMING = tuple(chain.from_iterable(NAMING.values()))
_OTHERS = frozenset({"adjoining", "neighbours", "subjects", "pieces"})


def must_be_seen(connection: Connection, run: Run, scope: Scope, subject: str) -> None:
    """Raise UsageError where a subject lies outside a scope, as where there is none."""
    if subject not in seen(connection, run, scope, [subject]):
        raise nobody(subject)


def nobody(subject: str) -> UsageError:
    """Return the fault of asking for somebody who is not there."""
    return UsageError(f"没有监测对象 there is no subject {subject!r}", "核对编号 check the number")


def without_neighbours(
    connection: Connection, run: Run, scope: Scope | None, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return rows in which whoever lies outside the scope has no number."""
    if scope is None:
        return rows
    named = {one for row in rows for column in _NAMING for one in names_in(row.get(column) or ())}
    strangers = named - seen(connection, run, scope, named) if named else set()
    return [
        row | {column: less(row[column], strangers) for column in _NAMING if row.get(column)}
        for row in rows
    ]


def trace_within(
    connection: Connection, run: Run, scope: Scope, subject: str, traces: Traces
) -> dict[str, Any]:
    """Return the trace of a subject, in which whoever lies outside the scope has no number."""
    trace, strangers = _trace(connection, run, scope, subject, traces)
    return dict(hidden(trace, strangers))


def strangers_of(
    connection: Connection, run: Run, scope: Scope, subject: str, traces: Traces
) -> frozenset[str]:
    """Return who is named in the trace of a subject and lies outside the scope."""
    return frozenset(_trace(connection, run, scope, subject, traces)[1])


def _trace(
    connection: Connection, run: Run, scope: Scope, subject: str, traces: Traces
) -> tuple[Mapping[str, Any], set[str]]:
    try:
        trace = traces.of(connection, run, subject)
        return trace, _strangers(connection, run, scope, trace)
    except UsageError:
        # Its words may name the nearest, or whose number was meant, which may lie outside.
        raise nobody(subject) from None


def content_within(
    connection: Connection, run: Run, scope: Scope, trace: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a trace that was just told, in which whoever lies outside the scope has no number."""
    return dict(hidden(trace, _strangers(connection, run, scope, trace)))


def _strangers(
    connection: Connection, run: Run, scope: Scope, trace: Mapping[str, Any]
) -> set[str]:
    must_be_seen(connection, run, scope, str(trace["subject"]))
    subject = str(trace["subject"])
    named = {*_named(trace), *_related(connection, run, subject)} - {subject}
    strangers = named - seen(connection, run, scope, named) if named else set()
    return strangers | _called(connection, run, strangers)


def _related(connection: Connection, run: Run, subject: str) -> set[str]:
    """Return who a sentence about a subject may name: beside it, on its approval, in its leads."""
    own = [subject, *heads(subject)]
    numbers = [name.partition(JOINT)[0] for name in own]
    of_approval = Asked(where={"approval": own})
    pieces = results.read(connection, run, "piece", of_approval)["supply"].dropna()
    beside = results.read(connection, run, "unsupplied", of_approval)["adjoining"].dropna()
    leads = results.read(connection, run, "lead", Asked(where={"subject_key": own}))["subjects"]
    drawn = [
        results.read(connection, run, "holding", Asked(text=number, searched=("approval_nos",)))
        for number in numbers
    ]
    return {
        *pieces,
        *(one for names in (*beside, *leads) for one in names),
        *(one for rows in drawn for one in rows["subject"]),
    } - {*own}


def _called(connection: Connection, run: Run, subjects: Collection[str]) -> set[str]:
    """Return what subjects are called beside their numbers."""
    if not subjects:
        return set()
    rows = results.read(connection, run, "finding", Asked(where={"subject": [*subjects]}))
    return {name for name in rows["name"].dropna() if len(name) > 1}


def sentences_of(value: Any) -> list[str]:
    """Return every text a value of JSON holds, keys left out."""
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in sentences_of(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in sentences_of(one)]
    return [value] if isinstance(value, str) else []


def hidden(value: Any, strangers: Collection[str]) -> Any:
    """Return a value of JSON in which no string names one of the strangers."""
    if isinstance(value, Mapping):
        return {key: hidden(one, strangers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(one, strangers) for one in value]
    return hidden_in(value, strangers) if isinstance(value, str) else value


def hidden_in(text: str, strangers: Collection[str]) -> str:
    """Return a text in which no stranger is named, and nothing else is touched.

    A number is a name only where no other sign of a number, day or code stands beside it: the 01
    of a day is not the parcel 01.

    >>> hidden_in("毗邻 01、2024-01-01 起", ["01"])
    '毗邻 区域外地块、2024-01-01 起'
    """
    for name in sorted(strangers, key=len, reverse=True):
        whole = f"(?<![0-9A-Za-z.-]){re.escape(name)}(?![0-9A-Za-z-]|[.][0-9])"
        text = re.sub(whole, OUTSIDE, text)
    return text


def _named(value: Any, is_naming: bool = False) -> Iterable[str]:
    """Yield what stands under the members of a trace that name others."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _named(one, is_naming or key in _OTHERS)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _named(one, is_naming)
    elif is_naming and isinstance(value, str):
        yield value
