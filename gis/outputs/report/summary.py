"""Counts of a run as a table: outcome and track, number, m2, 公顷 and 亩.

Supplied and unsupplied land stand apart, and so do land somebody has to act on, candidates
(未报动工，待核实) and the rest: no line adds two of them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gis import contracts, units
from gis.outputs.report.sheets import TO_ACT

OTHERS = "其他供地"
# Groups of the idle-land outcomes, in the order printed; whatever is not named comes last.
# Found, suspected and what may be found idle are three things to the law: each stands alone.
_GROUPS = (
    *((contracts.label("outcome", outcome), (outcome,)) for outcome in TO_ACT),
    ("未报动工核查", ("candidate",)),
    (OTHERS, ()),
)
UNSUPPLIED = "批而未供"
# Subjects without a day of their own stand by themselves and count in no sum.
UNDATED = "缺日期（不计入）"
UNDATED_APPROVALS = "缺批准日期的批文（不计入）"
# Records the run could not judge: they are in no other line, and so missing from every sum.
SET_ASIDE = "搁置未判定（不计入）"
NO_TRACK = "none"


@dataclass(frozen=True)
class Row:
    """One line: a group, an outcome and a track with their number and area; codes beside words.

    `outcome` is None in the line that sums a group; `track` is None where there is none.
    """

    group: str
    outcome: str | None
    outcome_zh: str
    track: str | None
    track_zh: str
    count: int
    area_m2: float

    @property
    def area_hectares(self) -> float:
        """Return the area in 公顷, rounded as printed."""
        return round(units.hectares(self.area_m2), units.DECIMALS["公顷"])

    @property
    def area_mu(self) -> float:
        """Return the area in 亩, rounded as printed."""
        return round(units.mu(self.area_m2), units.DECIMALS["亩"])

    def printed(self) -> list[str]:
        """Return group, outcome, track, number, m2, 公顷 and 亩 as they are printed."""
        return [
            self.group,
            self.outcome_zh,
            self.track_zh,
            f"{self.count:,}",
            f"{self.area_m2:,.{units.DECIMALS['m2']}f}",
            f"{self.area_hectares:,.{units.DECIMALS['公顷']}f}",
            f"{self.area_mu:,.{units.DECIMALS['亩']}f}",
        ]


def table(counts: Mapping[str, Any]) -> list[Row]:
    """Return the lines of `counts`, as a run stores them, each group followed by its sum.

    `counts` holds idle[outcome][track or "none"], unsupplied[outcome] and, where there are any,
    undated and set_aside: each {count, area_m2}.
    Outcomes and tracks come in the order of the contract.
    """
    rows: list[Row] = []
    left = dict(counts.get("idle", {}))
    for group, outcomes in _GROUPS:
        chosen = outcomes or tuple(code for code in contracts.CODES["outcome"] if code in left)
        found = {code: left.pop(code) for code in chosen if code in left}
        rows += _closed(group, list(_idle(group, found)))
    unsupplied = counts.get("unsupplied", {})
    lines = [
        _row(UNSUPPLIED, "unsupplied", code, None, unsupplied[code])
        for code in contracts.CODES["unsupplied"]
        if code in unsupplied
    ]
    rows += _unsupplied(lines, counts.get("unsupplied_total"))
    undated = counts.get("undated", {})
    if undated.get("count"):
        rows.append(_row(UNDATED, "outcome", "undetermined", None, undated))
    undated = counts.get("undated_approvals", {})
    if undated.get("count"):
        rows.append(_row(UNDATED_APPROVALS, "unsupplied", "undetermined", None, undated))
    left_out = counts.get("set_aside", {})
    if left_out.get("count"):
        rows.append(_row(SET_ASIDE, "outcome", "undetermined", None, left_out))
    return rows


def _unsupplied(lines: list[Row], total: Mapping[str, Any] | None) -> list[Row]:
    """Return the pieces by outcome, what is taken off or comes on, and the one figure below."""
    closed = _closed(UNSUPPLIED, lines)
    if total is None or not (lines or total["undetermined_count"] or total["area_m2"]):
        return closed
    drawn_m2 = sum(row.area_m2 for row in lines)
    unlocated_m2 = float(total["unlocated_m2"])
    # Twice approved land is taken off; land that more was supplied of than is drawn comes on.
    off = {
        "只知面积、未落图": -unlocated_m2,
        "重复批准、平衡待定": float(total["area_m2"]) - drawn_m2 + unlocated_m2,
    }
    digit = 0.5 * 10 ** -units.DECIMALS["m2"]
    less = [
        Row(
            UNSUPPLIED,
            "deducted",
            f"{'减' if area_m2 < 0 else '加'}：{words}",
            None,
            "",
            0,
            area_m2,
        )
        for words, area_m2 in off.items()
        if abs(area_m2) >= digit
    ]
    count = sum(row.count for row in lines)
    words = "批而未供（未供＋边角地）"
    return [*lines, *less, Row(UNSUPPLIED, None, words, None, "", count, float(total["area_m2"]))]


def _idle(group: str, by_outcome: Mapping[str, Any]) -> Iterator[Row]:
    for outcome, by_track in by_outcome.items():
        for track in (*contracts.CODES["track"], NO_TRACK):
            if track in by_track:
                name = None if track == NO_TRACK else track
                yield _row(group, "outcome", outcome, name, by_track[track])


def _row(
    group: str, code_list: str, outcome: str, track: str | None, found: Mapping[str, Any]
) -> Row:
    return Row(
        group=group,
        outcome=outcome,
        outcome_zh=contracts.label(code_list, outcome),
        track=track,
        track_zh=contracts.label("track", track),
        count=int(found["count"]),
        area_m2=float(found["area_m2"] or 0.0),
    )


def _closed(group: str, lines: list[Row]) -> list[Row]:
    # What is left has nothing in common that a sum could be of.
    if not lines or group == OTHERS:
        return lines
    count, area = sum(row.count for row in lines), sum(row.area_m2 for row in lines)
    return [*lines, Row(group, None, "小计", None, "", count, area)]
