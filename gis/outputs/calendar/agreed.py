"""The days of supervision agreements that are still to come, while nothing says they were met."""

from __future__ import annotations

import pandas as pd

from gis.facts.gather import Records
from gis.pipeline import agreements
from gis.pipeline.idle import Idle

# the agreed day -> the day on which it was met, and what falls due
_DAYS = {
    "start_due_on": ("started_on", "agreement_start"),
    "completion_due_on": ("completed_on", "agreement_completion"),
    "production_due_on": ("produced_on", "agreement_production"),
    "capacity_due_on": ("at_capacity_on", "agreement_capacity"),
}


def agreed_days(known: Records, supplied: Idle) -> pd.DataFrame:
    """Return subject, kind, on, document and article of each agreed day not yet met.

    From the day of capacity on the control values are judged, so it is told even where capacity
    was reached before. Rights that have ended have no days to come.
    """
    facts = agreements.facts_of(known, supplied)
    facts = facts[facts["right_ended_on"].isna()]
    parts = [
        pd.DataFrame(
            {
                "subject": rows["subject"],
                "kind": kind,
                "on": rows[due],
                "document": rows["document"],
                "article": "监管协议 " + rows["document"],
            }
        )
        for due, (done, kind) in _DAYS.items()
        for rows in [facts[facts[done].isna() | (kind == "agreement_capacity")]]
    ]
    whole = pd.concat(parts).dropna(subset=["on"])
    return whole.reset_index(drop=True).assign(note=None)
