"""What falls due for supplies: last days that their papers, or a first suspicion, set running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gis.arrays import text_as_objects
from gis.citation import cited
from gis.days import add_days
from gis.facts.neighbourhood import Targets
from gis.facts.part import Part, gather_part
from gis.law import Law
from gis.outputs.calendar.deadlines import deadlines
from gis.outputs.calendar.entries import papers_served
from gis.outputs.calendar.suspicions import suspicions
from gis.pipeline import idle
from gis.store.database import Connection
from gis.store.runs import Run

_AHEAD_DAYS = 3 * 366


def due_of(connection: Connection, run: Run, subject: str, law: Law) -> dict[str, Any]:
    """Return the deadlines of a supply by its key: `due`, the first first, as `due_of_many`."""
    return due_of_many(connection, run, [subject], law)[subject]


@text_as_objects()
def due_of_many(
    connection: Connection, run: Run, subjects: Sequence[str], law: Law
) -> dict[str, dict[str, Any]]:
    """Return the deadlines of each supply by its key: `due`, the first first.

    kind (a code of `calendar`), on, document, article and note (by language); as `entries` tells
    them of all, on the day a run judged. What is past is told too: whether it was met no paper
    says.
    """
    nothing = pd.Index([], dtype=object)
    parts = dict.fromkeys(("undated", "parcels", "former", "buildings", "parks"), nothing)
    mine = Targets(approvals=nothing, supplies=pd.Index([*subjects], dtype=object), **parts)
    known, _ = gather_part(
        connection, run.as_of, run.delivery, None, Part(0, mine=mine, is_papers_alone=True)
    )
    supplied = idle.judge(known, law)
    papers = papers_served(known, supplied)
    suspected = suspicions(known, supplied, run.as_of, law)
    due = deadlines(
        papers[papers["subject"].isin(subjects)], suspected[suspected["subject"].isin(subjects)],
        law, run.as_of, add_days(run.as_of, _AHEAD_DAYS),
    )  # fmt: skip
    due = due.sort_values(["on", "kind"], kind="stable")
    told: dict[str, list[dict[str, Any]]] = {subject: [] for subject in subjects}
    for row in due.to_dict("records"):
        told[row["subject"]].append(
            {
                "kind": row["kind"],
                "on": row["on"].date(),
                "document": _text(row["document"]),
                "note": {"zh": _text(row["note"]), "en": _text(row["note_en"])},
                "article": {tongue: cited(row["article"], tongue) for tongue in ("zh", "en")},
            }
        )
    return {subject: {"due": rows} for subject, rows in told.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
