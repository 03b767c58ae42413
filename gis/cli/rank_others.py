"""`landwatch rank` and `why` by the other schemes: firms by 亩均 figures, parks in tiers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gis import contracts, result_tables
from gis.assessment import evaluation, tiers
from gis.assessment.evaluation import Evaluated
from gis.assessment.tiers import Tiered
from gis.cli import screen, which_run
from gis.law import Law
from gis.outputs.export import delimited
from gis.ranking import firms as of_firms
from gis.ranking import wording_of_others
from gis.store.database import Connection
from gis.store.runs import Run

_NUMBERS = {"total": 2, "times": 4, "needed_times": 2}
# What goes first where the terminal is narrow.
_NARROW = frozenset({"tier_yuan", "against_year", "missing", "park_code"})
_MONEY = frozenset({"output_yuan", "tier_yuan", "to_next_yuan"})


def told(
    connection: Connection, run: Run, law: Law, year: int, scheme: str, reading: str | None
) -> Evaluated | Tiered:
    """Return what another scheme says of a year."""
    if scheme == of_firms.NAME:
        return evaluation.evaluated(connection, run, law, year, reading)
    return tiers.tiered(connection, run, law, year)


def say(found: Evaluated | Tiered, csv_path: Path | None, *, as_json: bool) -> None:
    """Say a table of another scheme: on the terminal, as CSV, or as JSON."""
    if isinstance(found, Evaluated):
        name, rows, head = "firm_evaluation", evaluation.table(found), evaluation.content(found)
    else:
        name, rows, head = "park_tier", tiers.table(found), tiers.content(found)
    columns = result_tables.TABLES[name]
    if csv_path is not None:
        delimited.write(rows, name, csv_path)
    if as_json:
        purpose = {"run": head["run"], "as_of": head["as_of"], "purpose": found.run.purpose}
        screen.say_json(purpose | head | {"rows": screen.rows_of(rows, columns.names)})
        return
    screen.show(
        f"{columns.zh} {columns.en.capitalize()} {found.year} · "
        f"{_scheme(head)} · {which_run.title(found.run)}",
        [one.zh.replace("（元）", "（万元）") for one in columns.columns],
        [[_cell(one.name, row[one.name]) for one in columns.columns] for row in
         rows.to_dict("records")],
        goes_first=[n for n, one in enumerate(columns.columns) if one.name in _NARROW],
        elsewhere="--csv、--json",
    )  # fmt: skip
    _unverified(head)


def say_why(found: Evaluated | Tiered, subject: str, language: str, *, as_json: bool) -> None:
    """Say why a firm has its class or a park its tier, and what would move it."""
    is_of_firms = isinstance(found, Evaluated)
    content = (
        evaluation.why(found, subject, language)
        if isinstance(found, Evaluated)
        else tiers.why(found, subject, language)
    )
    if as_json:
        screen.say_json(content)
        return
    one = content["standing"]
    screen.say(
        f"{one['name'] or subject} {subject} · {found.year} · {_scheme(content)}"
        f" · {which_run.title(found.run)}"
    )
    table = result_tables.TABLES["firm_evaluation" if is_of_firms else "park_tier"]
    lines = [
        [column.zh.replace("（元）", "（万元）"), _cell(column.name, one[column.name])]
        for column in table.columns
        if column.name not in ("park_code", "enterprise_code", "name", "explained")
    ]
    screen.show("结果 Standing", ["项 Item", "值 Value"], lines)
    screen.say(*content.get("parts", ()))
    screen.show(
        "只改一项数值、其余不变 One value changed, all else as it is",
        ["会怎样 Becomes", "哪一项 Figure", "数值 Value"],
        [[row["becomes"], row["title"], row["words"]] for row in content["moves"]],
    )
    _unverified(content)


def _scheme(head: Mapping[str, Any]) -> str:
    reading = head.get("reading")
    of = f" · {contracts.label('firm_reading', reading)}" if reading else ""
    return contracts.label("ranking_scheme", head["scheme"]) + of


def _unverified(head: Mapping[str, Any]) -> None:
    if head["unverified"]:
        count = len(head["unverified"])
        screen.say(f"{count} 项设定未与原文核对 {count} settings are not checked against a text")


def _cell(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "；".join(wording_of_others.missing(str(one)) for one in value)
    if value is None or value is pd.NA or value != value:
        return ""
    if name in _MONEY:
        return f"{value / 10_000:,.2f}"
    if name in _NUMBERS:
        return f"{value:,.{_NUMBERS[name]}f}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
