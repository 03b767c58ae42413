"""What the papers on a subject wrote where they named a month and no day, and how it was read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import days, fields
from gis.clock.wording import Line
from gis.facts import link
from gis.facts.gather import Records
from gis.store import issuelog
from gis.store.database import Connection

_CODE = "month_without_day"
_PAPERS = ("extensions", "handovers", "right_endings", "causes", "progress", "decisions")


def lines(
    connection: Connection, known: Records, facts: pd.DataFrame, silent_years: int
) -> list[Line]:
    """Return a sentence for each day of the one subject in `facts` that was written as a month.

    Beside an agreed start read so stands art. 22 (actual hand-over + `silent_years`),
    where that is later.
    """
    subject = facts["subject"].iloc[0]
    papers = {kind: known.on_table.get(kind, known.dated[kind]) for kind in _PAPERS}
    came = [*papers.values(), known.dated["supplies"]]
    deliveries = {int(number) for rows in came for number in rows["from_delivery"]}
    told = issuelog.of_code(connection, _CODE, deliveries)
    if told.empty:
        return []
    refs = link.references(known.dated["supplies"])
    own = {kind: link.join(rows, refs) for kind, rows in papers.items()}
    own = {kind: rows[rows["subject"] == subject] for kind, rows in own.items()}
    supplies = known.dated["supplies"]
    own["supplies"] = supplies[supplies["key"] == subject]
    found: list[Line] = []
    for kind, rows in own.items():
        met = rows.merge(
            told.rename(columns={"delivery": "from_delivery"}),
            on=["from_delivery", "file", "row_no"],
        )
        for row in met.to_dict("records"):
            column = fields.KINDS[kind].columns.get(row["field"])
            if column is None or pd.isna(row[column.name]):
                continue
            read_on = row[column.name].date()
            found.append(
                (
                    f"{column.title}：资料写“{row['value']}”，按 {read_on} 认定"
                    f"（第 {row['from_delivery']} 次资料）",
                    f"{column.name}: the paper says {row['value']!r}, read as {read_on} "
                    f"(delivery {row['from_delivery']})",
                )
            )
            if column.name == "start_agreed_on":
                found += _by_handover(facts, np.datetime64(read_on, "D"), silent_years)
    return found


def subjects(connection: Connection, known: Records) -> set[str]:
    """Return the subjects of which some paper wrote a month and no day."""
    refs = link.references(known.dated["supplies"])
    supplies = known.dated["supplies"].rename(columns={"key": "subject"})
    papers = [known.on_table.get(kind, known.dated[kind]) for kind in _PAPERS]
    rows = [*(link.join(each, refs) for each in papers if len(each)), supplies]
    places = ["from_delivery", "file", "row_no"]
    all_rows = pd.concat([each[["subject", *places]] for each in rows], ignore_index=True)
    deliveries = {int(number) for number in all_rows["from_delivery"]}
    told = issuelog.of_code(connection, _CODE, deliveries)
    met = all_rows.merge(told.rename(columns={"delivery": "from_delivery"}), on=places)
    return set(met["subject"])


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
