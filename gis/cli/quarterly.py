"""`landwatch quarterly`: the quarterly report in its four classes, with what changed."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from gis import config, contracts, recorded_law, result_tables
from gis.arrays import text_as_objects
from gis.assessment import quarterly as reported
from gis.cli import screen, usage, which_run
from gis.cli.control import say_unused
from gis.control import quarter
from gis.control.values import OUTPUT
from gis.control.wording import amount
from gis.outputs.export import delimited
from gis.store import database

# As the page of them has it (tests/test_control_columns.py holds the two together).
COLUMNS = (
    "类别", "项目", "名称", "原因", "较上季度", "手续", "办理部门", "自", "差", "缺少",
)  # fmt: skip


@usage.command()
@click.option(
    "--quarter", "asked", metavar="2026Q2", help="季度，默认判定日所在 Quarter, default: the run's"
)
@which_run.list_options
def quarterly(
    asked: str | None,
    run_id: int | None,
    as_of: str | None,
    csv_path: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """项目季度报表（四类）及较上季度变化 The quarterly report in four classes, with changes."""
    with database.connect(config.read()) as connection, text_as_objects():
        run = which_run.chosen(connection, run_id, as_of)
        told = reported.report(
            connection, run, recorded_law.of(connection, run), asked or quarter.of(run.as_of)
        )
    counts = reported.counts(told.rows)
    if csv_path is not None:
        delimited.write(told.rows, "quarterly", csv_path)
    before_run = None if told.before_run is None else told.before_run.id
    if as_json:
        screen.say_json(
            {
                "run": run.id,
                "as_of": told.as_of,
                "purpose": run.purpose,
                "quarter": told.quarter,
                "before": told.before,
                "is_over": told.is_over,
                "before_run": before_run,
                "classes": screen.rows_of(counts, [*counts]),
                "values_unused": told.found.values_unused,
                "rows": screen.rows_of(told.rows, result_tables.TABLES["quarterly"].names),
            }
        )
        return
    title = f"季度报表 Quarterly {told.quarter} · {which_run.title(run)}"
    screen.show(
        title,
        ["类别", "本季度", "上季度", "新增", "退出", "待定"],
        [
            [contracts.label("quarter_class", row["class"]),
             *(str(row[one]) for one in ("count", "before", "came", "left", "undetermined"))]
            for row in counts.to_dict("records")
        ],
        numeric=(1, 2, 3, 4, 5),
    )  # fmt: skip
    _show(told.rows, limit)
    if before_run is None:
        screen.say(
            f"{told.before} 没有运行，按现有资料回算；没有日期的状态可能晚于该季度。"
            f" No run of {told.before}: told by what is known now, and states have no day."
        )
    if not told.is_over:
        screen.say(f"季度未结束，截至 {told.as_of}。 The quarter is not over: until {told.as_of}.")
    say_unused(told.found.values_unused)


def _show(rows: pd.DataFrame, limit: int) -> None:
    cells = [
        [
            contracts.label("quarter_class", row["class"]),
            row["subject"],
            row["name"] if isinstance(row["name"], str) else "",
            ("" if row["is_certain"] else "待定：")
            + contracts.label("quarter_reason", row["reason"]),
            contracts.label("quarter_change", row["change"]),
            row["detail"] if isinstance(row["detail"], str) else "",
            row["office"] if isinstance(row["office"], str) else "",
            f"{row['since_on']:%Y-%m-%d}" if not pd.isna(row["since_on"]) else "",
            amount(OUTPUT, row["distance"]),
            "" if row["is_certain"] else contracts.facts(row["missing"]) or "需核实",
        ]
        for row in rows.head(limit).to_dict("records")
    ]
    screen.show(
        "明细 Rows",
        COLUMNS,
        cells,
        numeric=(8,),
        goes_first=(2, 6, 7, 8),
        elsewhere="--csv、--json",
    )
