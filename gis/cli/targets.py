"""`landwatch targets`: the tasks of a year against what was done, and what follows of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gis import config, contracts, recorded_law, result_tables, units
from gis.assessment import follows
from gis.assessment import targets as of_year
from gis.assessment.targets import Targets
from gis.cli import screen, usage, which_run
from gis.outputs.export import delimited
from gis.store import database

_SHOWN = (
    *("place_code", "name", "way", "target_m2", "base_m2", "recorded_m2", "reported_m2"),
    *("filed_m2", "confirmed_m2", "rate", "lacking_m2", "state", "missing"),
)
_AREAS = frozenset(name for name in _SHOWN if name.endswith("_m2"))
# What goes first where the terminal is narrow: the task, what counts and the state stay longest.
_GO_FIRST = ("missing", "name", "base_m2", "recorded_m2", "reported_m2", "filed_m2", "lacking_m2")
_HEADS = {"rate": "完成率", "place_code": "代码"}


@usage.command("targets")
@click.option("--year", type=click.IntRange(1, 9999), help="任务年度，默认判定日所在年 The year")
@which_run.options
@click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write")
@screen.json_option
def targets(
    year: int | None, run_id: int | None, as_of: str | None, csv_path: Path | None, as_json: bool
) -> None:
    """任务完成情况 Tasks against what was done, and what follows for the quota."""
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        rules = recorded_law.of(connection, run)
        found = of_year.targets(connection, run, rules, year or run.as_of.year)
    if csv_path:
        delimited.write(found.rows, "target", csv_path)
    if as_json:
        head = {"run": run.id, "as_of": run.as_of, "purpose": run.purpose}
        screen.say_json(head | of_year.content(found))
        return
    show(found, f"任务完成 Targets {found.year} · {which_run.title(run)}")


def show(found: Targets, title: str) -> None:
    """Print the tasks, what follows of them, and what was not counted."""
    named = {column.name: column.zh for column in result_tables.TABLES["target"].columns}
    cells = [
        {name: _cell(name, row, found.decides) for name in _SHOWN}
        for row in found.rows.to_dict("records")
    ]
    shown = [name for name in _SHOWN if any(row[name] for row in cells)] if cells else [*_SHOWN]
    heads = {name: _HEADS.get(name) or named[name].removesuffix("面积") for name in _SHOWN}
    figures = [n for n, name in enumerate(shown) if name in _AREAS | {"rate"}]
    screen.show(
        f"{title} · 公顷 ha · {len(found.rows)} 行",
        [heads[name] for name in shown],
        [[row[name] for name in shown] for row in cells],
        numeric=figures,
        whole=figures,
        goes_first=[shown.index(one) for one in _GO_FIRST if one in shown],
        elsewhere="--csv、--json",
    )
    if len(shown) < len(_SHOWN):
        nothing = "、".join(heads[name] for name in _SHOWN if name not in shown)
        screen.say(f"各行都没有 Nothing told of any: {nothing}")
    if found.rows.empty:
        screen.say(
            f"{found.year} 年没有任务。 No task was set for {found.year}: landwatch load tasks FILE"
        )
    for one in found.quota:
        screen.say(follows.in_words(one))
        for reason in one["reasons"]:
            screen.say(f"  {reason['zh']} {reason['en']}")
    for code, rows in found.told.groupby("code", sort=True):
        items = "、".join(dict.fromkeys(map(_named, rows.to_dict("records"))))
        screen.say(f"{' '.join(contracts.CODES['task_told'][str(code)])}（{len(rows)}）：{items}")
    for sheet in found.sheets.to_dict("records"):
        if sheet["is_possible"] is False:
            screen.say(
                f"{sheet['document']}：所印完成率 {sheet['printed_percent']}% 不可能，"
                f"重算为 {sheet['percent']:.2f}%。 The printed rate is not possible."
            )
    if found.note:
        screen.say(found.note)


def _named(row: Mapping[Any, Any]) -> str:
    return next(
        (
            str(row[name])
            for name in ("item_no", "supply_no", "approval_no")
            if row[name] == row[name] and row[name]
        ),
        "—",
    )


def _cell(name: str, row: Mapping[Any, Any], decides: str) -> str:
    value = screen.plain(row[f"{decides}_rate" if name == "rate" else name])
    if value is None:
        return ""
    if name in _AREAS:
        return f"{units.hectares(value):,.4f}"
    if name == "rate":
        return f"{value:.2%}"
    if name == "missing":
        return "；".join(contracts.label("task_missing", code.partition(":")[0]) for code in value)
    codes = {"way": "task_way", "state": "task_state"}.get(name)
    return str(value) if codes is None else contracts.label(codes, value)
