"""What a reader of a trace has to know besides the arithmetic: odd days, causes, holders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis import contracts, days
from gis.clock.known import ClockFacts
from gis.clock.wording import TOLD, WORDS, Line


def before_signing(known: ClockFacts) -> list[Line]:
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


def clash_lines(
    facts: pd.DataFrame, finding: dict[str, Any], facts_track: str | None
) -> list[Line]:
    """Return what each clash of a finding means, both causes named where they differ."""
    lines: list[Line] = []
    for code in finding["clashes"] or ():
        cause = WORDS["found_cause"].get(str(facts["found_cause"].iloc[0]), ("—", "—"))
        chinese, english = TOLD[code]
        tracks = (contracts.label("track", facts_track, n) for n in ("zh", "en"))
        lines.append(
            (
                chinese.format(cause=cause[0], track=next(tracks)),
                english.format(cause=cause[1], track=next(tracks)),
            )
        )
    return lines


def imagery_line(known: ClockFacts, facts: pd.DataFrame) -> list[Line]:
    """Return a note where an image shows a start that no other paper tells of: they contradict."""
    if not known.has_imagery[0] or not np.isnat(known.started_on[0]):
        return []
    if "imagery_started_on" not in facts:
        return []
    shown_on = days.from_column(facts["imagery_started_on"])[0]
    return [
        (
            f"影像显示 {shown_on} 已有动工，与未报动工相矛盾：须实地核查；"
            "影像不作未动工的证据，也不单独证明动工",
            f"an image shows a start on {shown_on} while none is reported: the two contradict each "
            "other and have to be looked at on the ground; an image alone proves neither",
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
