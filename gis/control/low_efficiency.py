"""疑似低效 candidates: why a project may be low in efficiency, each reason by itself.

Suspected until a person has decided: an open line of the bureau's own ledger of 低效 land is such a
decision, a closed one ends it until something new is found.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.arrays import objects
from gis.frames import door

STATUSES = ("decided", "suspected", "undetermined", "cleared")
COLUMNS = [
    "subject", "reason", "status", "is_certain", "is_clearance", "since_on", "distance", "missing",
]  # fmt: skip
# The classes of the quarter that speak of efficiency.
_OF_CLASSES = ("below_output", "overdue_build", "cannot_run")


@door(gives="control.candidates")
def candidates(verdicts: pd.DataFrame, listed: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return a row per subject and reason, in the order of `verdicts` and `listed`.

    verdicts  `judge.judge`: what is below makes a reason below_control:NAME, what is undetermined
              one that is not certain
    listed    `quarter.classes` on the day
    decided   subject, state (open, closing, closed) and document of the bureau's ledger

    status: decided, suspected, undetermined (no reason is certain), cleared (closed, and no reason
    is certain). is_clearance: whom a 倒逼腾退 would meet.
    """
    rows = pd.concat(
        [
            _of_verdicts(verdicts),
            _of_classes(listed),
            pd.DataFrame({"subject": decided["subject"], "reason": "listed", "is_certain": True}),
        ],
        ignore_index=True,
    )
    order = {one: place for place, one in enumerate(dict.fromkeys(rows["subject"]))}
    rows = rows.sort_values("subject", key=lambda one: one.map(order), kind="stable")
    is_open = decided["state"].fillna("open") != "closed"
    opened, closed = ({*decided.loc[one, "subject"]} for one in (is_open, ~is_open))
    by_ledger = rows["reason"] == "listed"
    found = {*rows.loc[rows["is_certain"].astype(bool) & ~by_ledger, "subject"]}
    status = np.select(
        [rows["subject"].isin(opened), rows["subject"].isin(found), rows["subject"].isin(closed)],
        ["decided", "suspected", "cleared"],
        "undetermined",
    )
    rows = rows.assign(status=status, is_clearance=np.isin(status, ["decided", "suspected"]))
    rows["missing"] = objects(rows["missing"].where(rows["missing"].notna(), None).to_list())
    return (
        rows.reindex(columns=COLUMNS)
        .astype({"is_certain": "bool", "since_on": "datetime64[s]", "distance": "float64"})
        .reset_index(drop=True)
    )


def _of_verdicts(verdicts: pd.DataFrame) -> pd.DataFrame:
    rows = verdicts[verdicts["verdict"].isin(["below", "undetermined"])]
    return pd.DataFrame(
        {
            "subject": rows["subject"],
            "reason": "below_control:" + rows["name"].astype("object"),
            "is_certain": rows["verdict"] == "below",
            "distance": rows["distance"],
            "missing": rows["missing"],
        }
    )


def _of_classes(listed: pd.DataFrame) -> pd.DataFrame:
    # What is below its output stands among the verdicts already.
    is_told = listed["class"].isin(_OF_CLASSES) & ~listed["reason"].isin(["below"])
    rows = listed[is_told]
    return pd.DataFrame(
        {
            "subject": rows["subject"],
            "reason": rows["reason"],
            "is_certain": rows["is_certain"],
            "since_on": rows["since_on"],
            "missing": rows["missing"],
        }
    )
