"""What the papers on a subject wrote where they named a month and no day, and how it was read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis import days, fields
from gis.arrays import objects
from gis.clock.wording import Line
from gis.facts import link
from gis.facts.gather import LOOKING_BACK, Records
from gis.store import issue_log
from gis.store.database import Connection

# By kind the rows with a day that is but a month, each with its `subject`.
Papers = dict[str, pd.DataFrame]
_CODE = "month_without_day"
_PAPERS = (
    "extensions", "handovers", "right_endings", "causes", "progress", "decisions", "agreements",
    "ledgers",
)  # fmt: skip


def lines(
    connection: Connection, papers: Papers, facts: pd.DataFrame, silent_years: int
) -> list[Line]:
    """Return a sentence for each day of the one subject in `facts` that was written as a month.

    The words are those of the paper where they are on file, else the month. Beside an agreed start
    read so stands art. 22 (actual hand-over + `silent_years`), where that is later.
    """
    subject = facts["subject"].iloc[0]
    own = {kind: rows[rows["subject"] == subject] for kind, rows in papers.items()}
    deliveries = {int(n) for rows in own.values() for n in rows["from_delivery"]}
    if not deliveries:
        return []
    told = issue_log.of_code(connection, _CODE, deliveries)
    of_cell = ["delivery", "file", "row_no", "field"]
    words = dict(zip(told[of_cell].itertuples(index=False, name=None), told["value"], strict=True))
    found: list[Line] = []
    for kind, rows in own.items():
        for day, flag in fields.KINDS[kind].month_flags.items():
            title = fields.KINDS[kind].columns[day].title
            named = rows.loc[_is_true(rows[flag]), [day, "from_delivery", "file", "row_no"]]
            for row in named.to_dict("records"):
                read_on, delivery = row[day].date(), row["from_delivery"]
                month = f"{read_on:%Y年}{read_on.month}月"
                text = words.get((delivery, row["file"], row["row_no"], day), month)
                found.append(
                    (
                        f"{title}：资料写“{text}”，按 {read_on} 认定（第 {delivery} 次资料）",
                        f"{day}: the paper says {text!r}, read as {read_on} (delivery {delivery})",
                    )
                )
                if day == "start_agreed_on":
                    found += _by_handover(facts, np.datetime64(read_on, "D"), silent_years)
    return found


def subjects(papers: Papers) -> set[str]:
    """Return the subjects of which some paper wrote a month and no day."""
    return {subject for rows in papers.values() for subject in rows["subject"]}


# Day of a holding -> the papers it may come from, and the day of each.
_OF_HOLDING = {
    "signed_on": (("supplies", "signed_on"),),
    "handover_agreed_on": (
        ("supplies", "handover_agreed_on"), ("extensions", "handover_agreed_on"),
    ),
    "handover_actual_on": (("handovers", "handed_on"),),
    "start_agreed_on": (("supplies", "start_agreed_on"),),
    "extension_start_due_on": (("extensions", "start_due_on"),),
    "start_due_on": (
        ("supplies", "start_agreed_on"), ("extensions", "start_due_on"), ("handovers", "handed_on"),
    ),
    "started_on": (("supplies", "started_on"), ("progress", "started_on")),
    "stopped_on": (("progress", "stopped_on"),),
    "completion_agreed_on": (("supplies", "completion_agreed_on"),),
    "completion_extended_on": (("extensions", "completion_due_on"),),
    "completed_on": (("supplies", "completed_on"), ("progress", "completed_on")),
    "found_on": (("decisions", "served_on"),),
    "published_on": (("decisions", "published_on"), ("ledgers", "published_on")),
}  # fmt: skip


def of_holdings(known: Records, rows: pd.DataFrame) -> pd.Series[Any]:
    """Return which days of each holding are known only by their month: lists, None of none.

    A day stands for a month where it is the one a paper of the subject gives that wrote a month.
    """
    papers = by_month(known)
    told: list[tuple[str, ...]] = [()] * len(rows)
    for column, sources in _OF_HOLDING.items():
        given = [
            papers[kind]
            .loc[_is_true(papers[kind][fields.KINDS[kind].month_flags[day]]), ["subject", day]]
            .set_axis(["subject", "on"], axis=1)
            for kind, day in sources
            if kind in papers
        ]
        if not any(map(len, given)):
            continue
        named = pd.concat(given)
        # Of most subjects no paper wrote a month.
        is_named = rows["subject"].isin(named["subject"]) & rows[column].notna()
        at = np.flatnonzero(is_named.to_numpy(dtype=bool))
        own = pd.MultiIndex.from_frame(rows.iloc[at][["subject", column]])
        for place in at[own.isin(pd.MultiIndex.from_frame(named))]:
            told[place] = (*told[place], column)
    return pd.Series(objects([names or None for names in told]), rows.index)


def by_month(known: Records) -> Papers:
    """Return by kind the papers with a day that is but a month, each with its `subject`."""
    supplies = known.dated["supplies"]
    papers = {kind: _of_months(kind, _papers(known, kind)) for kind in _PAPERS}
    found = {"supplies": _of_months("supplies", supplies).rename(columns={"key": "subject"})}
    if any(len(rows) for rows in papers.values()):
        refs = link.references(supplies)
        found |= {kind: link.join(rows, refs) for kind, rows in papers.items() if len(rows)}
    return found


def _papers(known: Records, kind: str) -> pd.DataFrame:
    return (known.on_table if kind in LOOKING_BACK else known.dated)[kind]


def _of_months(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    flags = [_is_true(rows[flag]) for flag in fields.KINDS[kind].month_flags.values()]
    return rows[np.logical_or.reduce(flags)]


def _is_true(flags: pd.Series[Any]) -> pd.Series[bool]:
    return flags.eq(True).fillna(False).astype(bool)


def _by_handover(facts: pd.DataFrame, read_on: np.datetime64, silent_years: int) -> list[Line]:
    handed_on = days.from_column(facts["handover_actual_on"])
    year_on = days.add_years(handed_on, silent_years)[0]
    if not year_on > read_on:
        return []
    return [
        (
            f"第二十二条读法：实际交地 {handed_on[0]} ＋ {silent_years} 年 = {year_on}，"
            f"晚于按月读的 {read_on}，一并列出",
            f"by art. 22 the actual hand-over {handed_on[0]} + {silent_years} year = {year_on}, "
            f"later than the month as read ({read_on}): printed beside it",
        )
    ]
