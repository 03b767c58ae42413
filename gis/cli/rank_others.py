"""`landwatch rank` by the other schemes: firms by 亩均 figures, parks in tiers of output."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from gis import contracts, result_tables
from gis.assessment import evaluation
from gis.cli import screen, which_run
from gis.law import Law
from gis.outputs.export import delimited
from gis.ranking.firms import scheme_on
from gis.store.database import Connection
from gis.store.runs import Run

_NUMBERS = {"total": 2, "times": 4, "needed_times": 2}
# What goes first where the terminal is narrow.
_NARROW = frozenset({"tier_yuan", "against_year", "missing", "park_code"})
_MONEY = frozenset({"output_yuan", "tier_yuan", "to_next_yuan"})


def firms(
    connection: Connection, run: Run, law: Law, year: int, reading: str | None
) -> tuple[dict[str, Any], str, pd.DataFrame]:
    """Return what is said with the evaluation of firms, its table's name, and its rows."""
    scheme = scheme_on(law, date(year, 12, 31), reading)
    rows = evaluation.of_firms(connection, run, law, scheme, year)
    head = {"reading": scheme.reading, "unverified": [*scheme.unverified]}
    return head, "firm_evaluation", rows


def tiers(
    connection: Connection, run: Run, law: Law, year: int
) -> tuple[dict[str, Any], str, pd.DataFrame]:
    """Return what is said with the tiers of parks, their table's name, and its rows."""
    held, rows = evaluation.of_parks(connection, run, law, year)
    head = {
        "tiers_yuan": [float(one) for one in held.tiers_yuan],
        "ordered_by": held.ordered_by,
        "rewarded_count": held.rewarded_count,
        "unverified": [*held.unverified],
    }
    return head, "park_tier", rows


def say(
    run: Run, year: int, scheme: str, told: tuple[dict[str, Any], str, pd.DataFrame],
    csv_path: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Say a table of another scheme: on the terminal, as CSV, or as JSON."""
    head, name, rows = told
    table = result_tables.TABLES[name]
    if csv_path is not None:
        delimited.write(rows, name, csv_path)
    if as_json:
        own = {"run": run.id, "as_of": run.as_of, "purpose": run.purpose, "year": year,
               "scheme": scheme}  # fmt: skip
        listed = screen.rows_of(rows, table.names)
        screen.say_json(own | head | {"count": len(rows), "rows": listed})
        return
    screen.show(
        f"{table.zh} {table.en.capitalize()} {year} · {scheme} · {which_run.title(run)}",
        [one.zh.replace("（元）", "（万元）") for one in table.columns],
        [[_cell(one.name, row[one.name]) for one in table.columns] for row in
         rows.to_dict("records")],
        goes_first=[n for n, one in enumerate(table.columns) if one.name in _NARROW],
        elsewhere="--csv、--json",
    )  # fmt: skip
    if head["unverified"]:
        count = len(head["unverified"])
        screen.say(f"{count} 项设定未与原文核对 {count} settings are not checked against a text")


def _cell(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "；".join(_worded(str(one)) for one in value)
    if value is None or value is pd.NA or value != value:
        return ""
    if name in _MONEY:
        return f"{value / 10_000:,.2f}"
    if name in _NUMBERS:
        return f"{value:,.{_NUMBERS[name]}f}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _worded(text: str) -> str:
    head, *tail = text.split(":")
    if head not in contracts.CODES["ranking_missing"]:
        return text
    figure = contracts.CODES["indicator"].get(tail[0], (tail[0],))[0] if tail else ""
    said = contracts.label("ranking_missing", head)
    return " ".join((said, figure, *tail[1:])).strip()
