"""Why subjects were judged so, as the pages of reasons print it: of a whole run, or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import contracts
from gis.arrays import text_as_objects
from gis.cli import screen
from gis.clock import Trace
from gis.errors import UsageError
from gis.law import Law
from gis.pipeline.explain import explain, explain_run
from gis.result_tables import FINDINGS
from gis.store import results
from gis.store.database import Connection
from gis.store.runs import Run

if TYPE_CHECKING:
    from maps.basis import Reasons

# A page of reasons is judged anew: so many subjects take minutes, and more are left to `why`.
MOST_SUBJECTS = 20_000
_JUDGED = ("idle_land", "unsupplied")


@text_as_objects()
def of_run(
    connection: Connection, run: Run, findings: pd.DataFrame, rules: Law
) -> dict[str, Reasons] | None:
    """Return the reasons of every subject of a run; None, and told, where they are too many."""
    judged = findings[findings["rule"].isin(_JUDGED)]
    if len(judged) > MOST_SUBJECTS:
        screen.say(
            f"对象超过 {MOST_SUBJECTS:,} 个，未写依据页；逐个看用 landwatch why 对象。"
            f" More than {MOST_SUBJECTS:,} subjects: no pages of reasons; see landwatch why.",
            err=True,
        )
        return None
    told = {row["subject"]: _of_finding(row) for row in judged.to_dict("records")}
    for trace in explain_run(connection, run.as_of, run.delivery, run.region, rules):
        if trace.content["subject"] in told:
            told[trace.content["subject"]] = _of_trace(trace)
    return told


def of_one(connection: Connection, run: Run, subject: str, rules: Law) -> Reasons:
    """Return the reasons of one subject of a run; UsageError where it knows none of that name."""
    try:
        return _of_trace(explain(connection, subject, run.as_of, run.delivery, rules))
    except UsageError:
        # What lacks a day of its own has no trace, but a finding that says so.
        asked = results.Asked({"subject": [subject]})
        for row in results.read(connection, run, "finding", asked).to_dict("records"):
            if row["rule"] in _JUDGED:
                return _of_finding(row)
        raise


def _of_trace(trace: Trace) -> Reasons:
    from maps.basis import Reasons

    subject, name = trace.content["subject"], trace.content.get("name") or ""
    # A piece is called by its approval: said once is enough.
    return Reasons(subject, "" if subject.startswith(name) else name, trace.chapters)


def _of_finding(row: dict[Any, Any]) -> Reasons:
    """Return what the run says of a subject that could not be judged by its days."""
    from maps.basis import Reasons

    words = contracts.label(FINDINGS[row["rule"]].outcomes, row["outcome"])
    lacking = contracts.facts(row["missing"])
    sentences = [words, *([f"缺少事实：{lacking}"] if lacking else [])]
    name = row["name"] if isinstance(row["name"], str) else ""
    return Reasons(row["subject"], name, [("结论", [(sentence, "") for sentence in sentences])])
