"""`landwatch timeline`: from which day on one subject stood where, and what comes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import click
import pandas as pd

from gis import config, contracts, identifiers, result_tables
from gis.cli import screen, usage, which_run
from gis.errors import UsageError
from gis.store import database, results
from gis.store.results import Asked
from gis.store.runs import Run

_OUTCOMES = {"unsupplied": "unsupplied", "agreement": "agreement"}
_NAMES = result_tables.TABLES["timeline"].names


@usage.command()
@click.argument("subject")
@which_run.options
@screen.json_option
def timeline(subject: str, run_id: int | None, as_of: str | None, as_json: bool) -> None:
    """沿革 From which day on a supply stood where, by the papers the run knew and each day's law.

    What lies after the day judged comes if no new paper does. Phases of a supply (NUMBER|PHASE)
    are shown with it. Of an approval: how much of it was supplied, left and withdrawn from which
    day on.
    """
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        asked = Asked(of=[subject, identifiers.key(subject)])
        rows = results.read(connection, run, "timeline", asked)
        land = results.read(connection, run, "land_timeline", asked)
        is_approval = results.count(connection, run, "balance", asked) > 0
    if rows.empty and len(land):
        _show_land(run, land, as_json)
        return
    if rows.empty and is_approval:
        raise UsageError(
            f"运行 {run.id} 没有批文的面积沿革：它是在保存面积沿革以前作出的。"
            f" Run {run.id} has no land timelines: it was made before they were kept.",
            f"再算一次 judge the day again: landwatch run --as-of {run.as_of}",
        )
    if rows.empty:
        raise UsageError(
            f"运行 {run.id} 没有 {subject} 的沿革：没有这个监测对象，"
            f"或它没有签订日期（批文为批准日期），或在判定日 {run.as_of} 以后才签订（批准）。"
            f" Run {run.id} has no timeline of {subject}: there is no such subject, or it lacks"
            f" the day it was signed or approved, or that day lies after {run.as_of}.",
            f"看它缺什么 see what it lacks: landwatch why {subject}",
        )
    rows = rows.sort_values(["subject", "rule", "from_on"], ignore_index=True)
    if as_json:
        listed = screen.rows_of(rows, _NAMES)
        content = {"run": run.id, "as_of": run.as_of, "purpose": run.purpose}
        screen.say_json({**content, "delivery": run.delivery, "count": len(rows), "rows": listed})
        return
    screen.show(
        f"沿革 Timeline · {which_run.title(run)} · 第 {run.delivery} 次资料为止",
        ["监测对象", "规则", "自", "至", "结果", "处置方向", "判定日"],
        _told(rows, run.as_of),
        whole=(2, 3),
        goes_first=(1,),
    )
    _explain(run, rows)


def _show_land(run: Run, land: pd.DataFrame, as_json: bool) -> None:
    if as_json:
        listed = screen.rows_of(land, result_tables.TABLES["land_timeline"].names)
        content = {"run": run.id, "as_of": run.as_of, "purpose": run.purpose}
        screen.say_json({**content, "delivery": run.delivery, "count": len(land), "rows": listed})
        return
    screen.show(
        f"批文面积沿革 Land timeline · {which_run.title(run)} · 第 {run.delivery} 次资料为止",
        ["批文", "自", "至", "状态与面积（平方米）", "判定日"],
        _land_told(land, run.as_of),
        whole=(1, 2),
    )
    _explain(run, land)


def _land_told(land: pd.DataFrame, as_of: date) -> list[list[Any]]:
    """Return the cells of each day of each approval, marked where it holds on the day judged."""
    days_of = land[["approval", "from_on"]].drop_duplicates()
    nexts = days_of.groupby("approval")["from_on"].shift(-1)
    told: list[list[Any]] = []
    grouped = land.groupby(["approval", "from_on"])
    for (approval, on), next_on in zip(days_of.itertuples(index=False), nexts, strict=True):
        rows = grouped.get_group((approval, on))
        states = tuple(map(_area, rows["state"], rows["area_m2"]))
        told.append([str(approval), *_span(on, next_on, as_of, states)])
    return told


def _span(on: Any, next_on: Any, as_of: date, said: Any) -> list[Any]:
    """Return the cells from, until, what is said, and the mark of the day judged."""
    first, last = on.date(), _day_before(next_on)
    holds = first <= as_of and (last is None or as_of <= last)
    return [str(first), "" if last is None else str(last), said, "◀" if holds else ""]


def _explain(run: Run, rows: pd.DataFrame) -> None:
    screen.say("◀ 判定日所在的一段 where it stood on the day judged.")
    if (rows["from_on"] > pd.Timestamp(run.as_of)).any():
        screen.say(
            "判定日以后各行：如无新的资料；日期晚于判定日的资料尚未计入。"
            " Rows after the day judged: if no new paper comes; those dated later do not count yet."
        )


def _area(state: str, area_m2: float) -> str:
    code_list = "disposition" if state in contracts.CODES["disposition"] else "unsupplied"
    known = "不明 unknown" if area_m2 != area_m2 else f"{area_m2:,.2f}"
    return f"{contracts.label(code_list, state)} {known}"


def _told(rows: pd.DataFrame, as_of: date) -> list[list[str]]:
    """Return the cells of each row, marked where it holds on the day judged."""
    told = []
    nexts = rows.groupby(["subject", "rule"])["from_on"].shift(-1)
    for row, next_on in zip(rows.to_dict("records"), nexts, strict=True):
        first, last = row["from_on"].date(), _day_before(next_on)
        holds = first <= as_of and (last is None or as_of <= last)
        told.append(
            [
                row["subject"],
                contracts.label("rule", row["rule"]),
                str(first),
                "" if last is None else str(last),
                contracts.label(_OUTCOMES.get(row["rule"], "outcome"), row["outcome"]),
                contracts.label("track", row["track"]),
                "◀" if holds else "",
            ]
        )
    return told


def _day_before(on: Any) -> date | None:
    return None if pd.isna(on) else (on - timedelta(days=1)).date()
