"""Steps of the procedure that are overdue: no 调查通知书 within its days of the first suspicion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api import store
from api.shown import Shown
from api.traces import Traces
from api.v1.asked import Findings
from api.web import cells, language
from api.web.subject import steps
from gis.store.results import Asked, Scope

# A suspicion alone sets this step running, and a paper that answers it would be on record.
_SUSPECTED = ("suspected_idle", "may_be_idle")
# More are not looked up while somebody waits.
MOST = 300


@dataclass(frozen=True)
class Overdue:
    """Overdue steps, the longest overdue first.

    Each row: subject, name, on (the last day), days (overdue), words, article, outcome, area_m2.
    `asked_count`: of how much suspected land; `is_whole`: whether all of it was looked up, else
    there may be more than the rows tell. Where nothing tells deadlines, no row and not whole.
    """

    rows: Sequence[Mapping[str, Any]]
    asked_count: int
    is_whole: bool


def steps_of(shown: Shown, places: Sequence[Scope] = ()) -> Overdue:
    """Return the overdue steps of a run within places (none: all land) that may be seen."""
    asked = Asked(
        where={"rule": ["idle_land"], "outcome": [*_SUSPECTED]}, within=shown.scope,
        places=[*places], limit=MOST, sorted_by="since_on",
    )  # fmt: skip
    found, count = store.lists(shown.request).of_run(
        shown.connection, shown.run, "finding", asked, Findings.columns()
    )
    ask: Traces | None = shown.request.app.state.due
    if found.empty or ask is None:
        return Overdue((), count, count == 0)
    names = ("subject", "name", "outcome", "area_m2")
    land = {row["subject"]: row for row in cells.rows_of(found[[*names]])}
    told = ask.of_many(shown.connection, shown.run, [*land])
    tongue = language.of(shown.request)
    rows = [
        land[subject] | _step(one, shown.run.as_of, tongue)
        for subject, due in told.items()
        for one in due["due"]
        if one["kind"] == steps.INVESTIGATION and one["on"] < shown.run.as_of
    ]
    rows.sort(key=lambda row: (row["on"], row["subject"]))
    return Overdue(rows, count, len(land) == count)


def _step(one: Mapping[str, Any], day: date, tongue: language.Language) -> dict[str, Any]:
    return {
        "on": one["on"],
        "days": (day - one["on"]).days,
        "words": steps.words_of(one, tongue),
        "article": one["article"][tongue],
    }
