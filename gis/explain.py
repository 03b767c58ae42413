"""Why a subject stands where it stands: the trace of a supply, or of a piece of an approval."""

from __future__ import annotations

import difflib
from datetime import date

import pandas as pd

from gis import agreements, clock, idle, land
from gis.clock import Trace, agreement, agreement_trace
from gis.errors import UsageError
from gis.facts.gather import Records, gather
from gis.idle import Idle
from gis.law import Law
from gis.store.database import Connection

_NEAREST = 5


def explain(
    connection: Connection,
    subject: str,
    as_of: date,
    known_at: int,
    law: Law,
    language: str = "zh",
) -> Trace:
    """Return why `subject` was judged as it was on `as_of`, with what was known at a delivery.

    `subject` is a 电子监管号 or contract number (with phase), a piece of an approval, or an
    approval's number. UsageError names the nearest subjects when there is none of that name.
    """
    known = gather(connection, as_of, known_at)
    supplied = idle.judge(known, law)
    row = _one(supplied.facts, subject)
    if row is not None:
        trace = clock.explain(row, supplied.subjects.causes, as_of, law, language)
        return _with_agreement(trace, known, supplied)
    approved = land.judge(known, supplied, land.settings_on(law, as_of, None))
    found = land.explain(approved, subject, as_of, law, language)
    if found is not None:
        return found
    names = [*supplied.facts["subject"], *approved.findings["subject"]]
    near = [name for name in names if subject in name] or difflib.get_close_matches(subject, names)
    raise UsageError(
        f"没有监测对象 {subject}。 There is no subject {subject} as of {as_of}.",
        "相近的 nearest: " + ("、".join(near[:_NEAREST]) or "landwatch findings --limit 1000"),
    )


def _with_agreement(trace: Trace, known: Records, supplied: Idle) -> Trace:
    """Return the trace with what became of the subject's supervision agreement, if it has one."""
    facts = agreements.facts_of(known, supplied)
    own = facts[facts["subject"] == trace.content["subject"]]
    told, lines = None, []
    if len(own):
        lines = agreement_trace.sentences(own, known.as_of, trace.content["language"])
        found = agreement.judge(own, known.as_of).iloc[0]
        told = {"document": own["document"].iloc[0], **clock.plain(found)}
    content = {**trace.content, "agreement": told}
    # The sections stay last: they are what a person reads.
    content["sections"] = {**content.pop("sections"), "agreement": lines}
    return Trace(content)


def _one(facts: pd.DataFrame, subject: str) -> pd.DataFrame | None:
    """Return the one row a name stands for: the subject itself, else its only phase."""
    same = facts[facts["subject"] == subject]
    if len(same) == 1:
        return same
    by_number = facts[(facts["supply_no"] == subject) | (facts["contract_no"] == subject)]
    if len(by_number) > 1:
        raise UsageError(
            f"{subject} 有 {len(by_number)} 期。 {subject} has {len(by_number)} phases.",
            "指明一期 name one: " + "、".join(by_number["subject"]),
        )
    return by_number if len(by_number) == 1 else None
