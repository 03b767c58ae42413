"""What would change the answer of a piece: each fact put otherwise, and judged anew by the table.

Every sentence is an answer of the nine rows themselves (`unsupplied.judge`): the one fact it names
is put as another paper would put it, and only what then differs is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts, days
from gis.approvals.outcome import judge
from gis.approvals.settings import Settings
from gis.clock.wording import Line

_ALWAYS: tuple[Line, ...] = (
    (
        "如有涵盖本块的供地文件（合同、划拨决定书）：计入已供",
        "a paper that supplies this land (contract, allocation): counted as supplied",
    ),
    (
        "如有涵盖本块的撤批文件（撤回、核销）：计入撤批，不再是批而未供",
        "a paper that withdraws this land: counted as withdrawn, unsupplied no more",
    ),
)


def turning_lines(
    reason: pd.DataFrame, outcome: str, as_of: date, settings: Settings
) -> list[Line]:
    """Return which paper, of which day, would move the one piece in `reason` to another outcome.

    `reason`: the facts it was judged on (columns as for `unsupplied.judge`); `outcome`: what the
    run says of it, which is undetermined where it is not known whether anything is left.
    """
    today = np.datetime64(as_of, "D")
    changes = [*_changes(reason.iloc[0], today, settings)]
    rows = pd.concat([reason, *(reason.assign(**facts) for _, facts in changes)], ignore_index=True)
    found = judge(rows, today, settings.unsupplied)["outcome"]
    if found.iloc[0] != outcome:
        lines: list[Line] = [
            (
                "本批文面积平衡不明：先查明上列缺少的面积，才能判定",
                "the balance of the approval is open: the areas named as missing come first",
            )
        ]
    else:
        lines = [
            (
                f"{chinese}：{contracts.label('unsupplied', then)}",
                f"{english}: {contracts.label('unsupplied', then, 'en')}",
            )
            for ((chinese, english), _), then in zip(changes, found.iloc[1:], strict=True)
            if then != outcome
        ]
    if outcome == "lapsed":
        last = _last(reason.iloc[0])
        lines.append(
            (
                f"{last} 以后的补偿、用地或供地不改变失效（只列线索，须重新报批）",
                f"compensation, use or supply after {last} revives nothing (leads; a new approval)",
            )
        )
    return [*lines, *_ALWAYS]


def lapse_lines(
    reason: pd.Series, given: pd.DataFrame, as_of: date, settings: Settings
) -> list[Line]:
    """Return the lapse's arithmetic: the last day of the years, and what was used by it.

    `given`: the supplies of the approval, with supply, signed_on and area_m2.
    """
    if pd.isna(reason["approved_on"]):
        return [("批准日期不明，两年期无从计算", "no approval day: the years cannot be counted")]
    approved, last, years = (
        reason["approved_on"].date(),
        _last(reason),
        settings.unsupplied.lapse_years,
    )
    is_over = as_of > last
    after = np.datetime64(last, "D") + days.ONE_DAY
    lines: list[Line] = [
        (
            f"批准日期 {approved} ＋ {years} 年 ＝ {last}（期间最后一天）；判定日 {as_of} "
            + (f"已过，自 {after} 起届满" if is_over else "未过，仍在期内"),
            f"approved {approved} + {years} years = {last} (their last day); {as_of} is "
            + (f"later: over since {after}" if is_over else "not later: still running"),
        )
    ]
    if not is_over:
        return lines
    for row in given.sort_values(["signed_on", "supply"]).to_dict("records"):
        lines.append(_given_line(row, last))
    if given.empty:
        lines.append(("批文内没有供地记录", "no supply of this approval is on file"))
    return lines


def _given_line(row: dict[Any, Any], last: date) -> Line:
    area = f"{row['area_m2']:,.2f} m2" if pd.notna(row["area_m2"]) else "—"
    if pd.isna(row["signed_on"]):
        return (
            f"供地 {row['supply']}（{area}）：签订日不明",
            f"supply {row['supply']} ({area}): the day it was signed is unknown",
        )
    signed = row["signed_on"].date()
    chinese, english = (
        ("在期满以前，算已用地", "by that day: land was used")
        if signed <= last
        else ("在期满以后，不算期内用地", "after that day: no use within the years")
    )
    return (
        f"供地 {row['supply']}（{area}）{signed} 签订：{chinese}",
        f"supply {row['supply']} ({area}) signed {signed}: {english}",
    )


def _last(reason: pd.Series) -> date:
    last: date = reason["lapse_on"].date()
    return last


def _changes(
    reason: pd.Series, today: np.datetime64, settings: Settings
) -> Iterator[tuple[Line, dict[str, Any]]]:
    """Yield what another paper might say, and the facts as they then are."""
    known = settings.overlay
    if reason["is_edge"]:
        yield (
            (
                f"如与相邻土地合并，面积不少于 {known.edge_area_m2:,.2f} 平方米且平均宽度不少于 "
                f"{known.edge_width_m:g} 米",
                f"joined with land beside it to {known.edge_area_m2:,.2f} m2 or more and a mean "
                f"width of {known.edge_width_m:g} m or more",
            ),
            {"is_edge": False},
        )
        return
    if pd.notna(reason["approved_on"]):
        last = _last(reason)
        yield from _of_the_years(last, today, settings.unsupplied.lapse_years)
        yield from _of_the_building(reason, last, is_over=bool(today > np.datetime64(last, "D")))
    for name, value, line in (
        ("is_supply_possible", True, ("如证明可以供应", "could it be supplied")),
        ("is_supply_possible", False, ("如证明规划或政策变化不能供应", "were supply impossible")),
        ("is_class_unchanged", True, ("如变更调查地类未变", "were the ground of the old class")),
        ("is_class_unchanged", False, ("如变更调查地类已变", "had the ground changed its class")),
    ):
        if reason[name] is pd.NA or bool(reason[name]) != value:
            yield line, {name: pd.array([value], dtype="boolean")}


def _of_the_years(
    last: date, today: np.datetime64, years: int
) -> Iterator[tuple[Line, dict[str, Any]]]:
    first = pd.Timestamp(str(today)) - pd.DateOffset(years=years)
    if days.add_years(np.array([first.date()], dtype="datetime64[D]"), years)[0] < today:
        first += pd.Timedelta(1, "D")  # the day judged is a 29 February
    yield (
        (
            f"如批准日期应为 {first.date()} 或以后（＋ {years} 年不早于判定日）",
            f"were it approved on {first.date()} or later (+ {years} years is not before the day)",
        ),
        {"approved_on": first},
    )
    for value, line in (
        (
            "done",
            (
                f"如有资料证明征地补偿在 {last} 及以前已完成",
                f"a paper that compensation was carried out by {last}",
            ),
        ),
        (
            "not_done",
            (
                f"如有资料证明征地补偿至 {last} 未完成",
                f"a paper that compensation was not carried out by {last}",
            ),
        ),
        (
            "not_required",
            ("如有资料证明不需要征地补偿", "a paper that no compensation is required"),
        ),
    ):
        yield line, {"compensation": value}
    for is_used, line in (
        (
            True,
            (
                f"如有 {last} 及以前签订的供地文件或建设资料，证明批文已有土地使用",
                f"a supply signed, or building begun, by {last} on any land of the approval",
            ),
        ),
        (
            False,
            (
                f"如 {last} 及以前批文其实没有供地或建设",
                f"had no land of the approval been used by {last}",
            ),
        ),
    ):
        yield line, {"is_used": pd.array([is_used], dtype="boolean")}


def _of_the_building(
    reason: pd.Series, last: date, *, is_over: bool
) -> Iterator[tuple[Line, dict[str, Any]]]:
    if reason["is_built"]:
        yield (
            ("如变更调查更正为未建成", "were the survey wrong and nothing built"),
            {"is_built": False, "is_built_after": pd.array([False], dtype="boolean")},
        )
    ways = [(False, (f"建成，且建设始于 {last} 及以前", f"built, begun by {last}"))]
    if is_over:
        ways.append((True, (f"建成，且建设始于 {last} 以后", f"built, begun after {last}")))
    for is_after, line in ways:
        facts = {"is_built": True, "is_built_after": pd.array([is_after], dtype="boolean")}
        yield (f"如证明已{line[0]}", f"proof that it is {line[1]}"), facts
