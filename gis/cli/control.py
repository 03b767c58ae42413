"""`landwatch control`: projects against their control values; a proposed one before it enters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, recorded_law, result_tables
from gis.arrays import text_as_objects
from gis.assessment import control as assessed
from gis.assessment import entry
from gis.cli import screen, usage, which_run
from gis.control import wording
from gis.fields import KINDS
from gis.intake.read import read
from gis.outputs.export import delimited
from gis.store import database

# A project that is only proposed may have no number yet.
_PROPOSED = replace(
    KINDS["projects"],
    key_else=("sender_row",),
    columns={
        **KINDS["projects"].columns,
        "project_code": replace(KINDS["projects"].columns["project_code"], required=False),
    },
)
_GRAVEST = {code: place for place, code in enumerate(contracts.CODES["control_verdict"])}


@usage.group("control", alone="list")
def control() -> None:
    """控制指标：已供项目达标情况，拟入园项目准入 Control values: who meets them, who may enter."""


@control.command("list")
@which_run.list_options
def list_(
    run_id: int | None, as_of: str | None, csv_path: Path | None, limit: int, as_json: bool
) -> None:
    """项目与控制指标逐项对照，自达产日起考核 Each project against each value, from the 达产 day."""
    with database.connect(config.read()) as connection, text_as_objects():
        run = which_run.chosen(connection, run_id, as_of)
        rules = recorded_law.of(connection, run)
        found = assessed.judged(connection, run, rules)
        rows = assessed.controls(found, rules)
    rows = rows.sort_values(
        "verdict", key=lambda codes: codes.map(_GRAVEST), kind="stable", ignore_index=True
    )
    if csv_path is not None:
        delimited.write(rows, "control", csv_path)
    if as_json:
        screen.say_json(
            {
                "run": run.id,
                "as_of": run.as_of,
                "purpose": run.purpose,
                "count": len(rows),
                "verdicts": _counted(rows["verdict"]),
                "values_unused": found.values_unused,
                "rows": screen.rows_of(rows, result_tables.TABLES["control"].names),
            }
        )
        return
    _show(f"控制指标 Control values · {which_run.title(run)} · {len(rows)} 行", rows, limit,
          "control_verdict")  # fmt: skip
    say_unused(found.values_unused)


@control.command("check")
@click.argument("file", type=screen.PATH)
@click.option("--layer", help="工作表 Sheet")
@click.option("--encoding", help="字符编码 Encoding, 如 GBK")
@click.option(
    "--map", "maps", multiple=True, metavar="原=标准", help="列名对应，可重复 Headers to columns"
)
@click.option("--on", "on", metavar="DAY", help="按哪一天的控制指标，默认今天 Values of this day")
@click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write")
@click.option("--limit", type=int, default=40, help="终端显示行数 Rows on the terminal")
@screen.json_option
def check(
    file: Path,
    layer: str | None,
    encoding: str | None,
    maps: tuple[str, ...],
    on: str | None,
    csv_path: Path | None,
    limit: int,
    as_json: bool,
) -> int:
    """拟入园项目逐项核对控制指标，不入库 Hold proposed projects against what they must meet.

    FILE 与 projects（项目）资料同样的表头和单位，可没有项目代码
    has the headers and units of the kind projects; it needs no 项目代码.
    有读不了的行退出码为 1 exit 1 where a row cannot be read.
    """
    reading = read(file, _PROPOSED, layer=layer, encoding=encoding, column_map=usage.pairs(maps))
    day = which_run.today() if on is None else which_run.as_day(on)
    with database.connect(config.read()) as connection, text_as_objects():
        rows, values = entry.check(connection, recorded_law.at(connection), reading.rows, day)
    if csv_path is not None:
        delimited.write(rows, "entry", csv_path)
    unused = assessed.unused(values)
    if as_json:
        screen.say_json(_told(reading, rows, unused, day))
    else:
        known = rows[rows["verdict"] != "no_control"]
        _show(f"项目准入 Pre-entry · {reading.file} · {day}", known, limit, "entry_verdict")
        _say_without(rows)
        if len(reading.issues):
            screen.show_issues(reading.issues, "读取问题 Faults of the file")
        say_unused(unused)
    return int(reading.rejected_count > 0)


def _told(reading: Any, rows: pd.DataFrame, unused: Any, day: date) -> dict[str, Any]:
    names = ["row_no", "field", "code", "severity", "value", "message", "fix"]
    return {
        "file": reading.file,
        "as_of": day,
        "count": len(reading.rows),
        "rejected": reading.rejected_count,
        "issues": screen.rows_of(reading.issues, names),
        "values_unused": unused,
        "rows": screen.rows_of(rows, result_tables.TABLES["entry"].names),
    }


def _say_without(rows: pd.DataFrame) -> None:
    """Say of which values nobody set one for a project: that is no consent."""
    without = rows[rows["verdict"] == "no_control"]
    for subject, own in without.groupby("subject", sort=False):
        words = "、".join(contracts.label("control_value", one) for one in own["indicator"])
        screen.say(f"{subject}：没有适用的控制指标 no value applies: {words}")


def say_unused(unused: list[dict[str, Any]]) -> None:
    """Say which control values nobody can use, and why."""
    for one in unused:
        screen.say(
            f"控制指标无法采用 value not used: {one['document']} "
            f"{contracts.label('control_value', one['indicator'])}："
            f"{contracts.label('control_fault', one['fault'])}"
        )


def _show(title: str, rows: pd.DataFrame, limit: int, verdicts: str) -> None:
    cells = [
        [
            _text(row["subject"]),
            _text(row["name"]),
            contracts.label("control_value", row["indicator"]),
            contracts.label("control_force", row["force"]),
            wording.reached(row["indicator"], _known(row["low"]), _known(row["high"])),
            wording.bounds(row["indicator"], row["least"], row["most"]),
            contracts.label(verdicts, row["verdict"]),
            wording.amount(row["indicator"], row["distance"]),
            contracts.label("control_level", row["level"] or None)
            + (f" {row['industry']}" if row["industry"] else ""),
            _text(row["document"]) + ("" if row["is_verified"] else "（未核对）"),
            wording.others(row["indicator"], _listed(row["others"])),
            contracts.facts(_listed(row["missing"])),
        ]
        for row in rows.head(limit).to_dict("records")
    ]
    screen.show(
        title,
        ["项目", "名称", "指标", "效力", "实际", "控制值", "结论", "差", "层级", "依据", "其他层级",
         "缺少事实"],
        cells,
        numeric=(4, 5, 7),
        goes_first=(10, 1, 3, 9, 7),
        elsewhere="--csv、--json",
    )  # fmt: skip
    if len(rows) > limit:
        rest = len(rows) - limit
        screen.say(f"另有 {rest} 行：--limit 或 --csv · {rest} more rows: --limit or --csv")


def _counted(codes: pd.Series) -> dict[str, int]:
    return {code: int((codes == code).sum()) for code in _GRAVEST if code != "no_control"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _known(value: float) -> float | None:
    return value if value == value else None


def _listed(value: Any) -> Any:
    return value if isinstance(value, tuple | list) else None
