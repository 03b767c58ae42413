"""What a reader of a trace has to know besides the arithmetic: odd days, causes, holders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis import days
from gis.clock.known import Known
from gis.clock.wording import WORDS, Line

_CAUSE_OF_TRACK = {"fee": "enterprise", "recovery": "enterprise"}


def before_signing(known: Known) -> list[Line]:
    """Return a note for a start or hand-over before the signing: no clash, registers have many.

    What is dated later than the day judged is not looked at.
    """
    signed_on = known.signed_on[0]
    lines: list[Line] = []
    for on, chinese, english in (
        (known.started_on[0], "开工日", "the start"),
        (known.handover_actual_on[0], "交地日", "the hand-over"),
    ):
        if on < signed_on:
            lines.append(
                (
                    f"{chinese}早于签订日（{on} 早于 {signed_on}），须核对，判定不受影响",
                    f"{english} ({on}) lies before the signing ({signed_on}): to be checked, the "
                    "outcome is not touched by it",
                )
            )
    return lines


def other_cause(facts: pd.DataFrame, finding: dict[str, Any]) -> list[Line]:
    """Return a note where the 认定书 names another cause than the track of the facts."""
    cause = facts["found_cause"].iloc[0]
    of_track = _CAUSE_OF_TRACK.get(finding["track"], finding["track"])
    if finding["outcome"] != "found_idle" or not isinstance(cause, str) or cause == of_track:
        return []
    chinese, english = WORDS["found_cause"].get(cause, (cause, cause))
    return [
        (
            f"认定书所载原因为{chinese}，与按事实推得的方向不同",
            f"the 认定书 names the cause {english}, which differs from the track of the facts",
        )
    ]


def earlier_holder(facts: pd.DataFrame, trace: dict[str, Any]) -> list[Line]:
    """Return a note where the delay arose before today's holder: the duty passed on to them."""
    if "holder_since_on" not in facts or trace["start_due_on"] is None:
        return []
    since_on = days.from_column(facts["holder_since_on"])[0]
    due_on = trace["start_due_on"]
    if not since_on > np.datetime64(due_on):
        return []
    holder, former = (
        name if isinstance(name, str) else "—"
        for name in (facts["holder"].iloc[0], facts["former_holder"].iloc[0])
    )
    return [
        (
            f"迟延产生于前手{former}持有期间（应动工日 {due_on}），{since_on} 起权利人为{holder}；"
            "转让不重新起算，文书送达现权利人",
            f"the delay arose under {former} (start due {due_on}); {holder} holds the right since "
            f"{since_on}: a transfer does not restart the clock, letters go to today's holder",
        )
    ]
