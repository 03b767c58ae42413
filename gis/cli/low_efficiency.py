"""`landwatch low-efficiency`: 疑似低效 candidates, quiet blocks, who comes last."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from gis import config, contracts, recorded_law, result_tables, units
from gis.arrays import text_as_objects
from gis.assessment import control as assessed
from gis.cli import screen, usage, which_run
from gis.cli.control import say_unused
from gis.control import wording
from gis.outputs.export import delimited
from gis.store import database

# As the page of them has it (tests/test_control_columns.py holds the two together).
COLUMNS = (
    "项目", "名称", "状态", "原因", "自", "差", "用地（公顷）", "区块园区", "缺少", "依据",
)  # fmt: skip
_ORDER = {code: place for place, code in enumerate(contracts.CODES["low_status"])}


@usage.command("low-efficiency")
@click.option("--clearance", is_flag=True, help="只列倒逼腾退所及 Only whom a 倒逼腾退 would meet")
@click.option("--all", "is_all", is_flag=True, help="连同待定的 Those undetermined too")
@which_run.list_options
def low_efficiency(
    clearance: bool,
    is_all: bool,
    run_id: int | None,
    as_of: str | None,
    csv_path: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """疑似低效用地及原因，未经认定 Candidates of low efficiency with reasons, suspected only."""
    with database.connect(config.read()) as connection, text_as_objects():
        run = which_run.chosen(connection, run_id, as_of)
        rules = recorded_law.of(connection, run)
        found = assessed.judged(connection, run, rules)
        every = assessed.low(connection, run, rules, found)
        blocks = assessed.quiet_blocks(connection, run, rules, found)
        last = assessed.last_places(connection, run)
    by_status = every.drop_duplicates("subject")["status"].value_counts()
    projects = {code: int(by_status.get(code, 0)) for code in _ORDER}
    rows = every[every["is_clearance"]] if clearance else every
    # What is certain stands alone unless all is asked for.
    rows = rows if is_all else rows[rows["is_certain"]]
    rows = rows.sort_values("status", key=lambda codes: codes.map(_ORDER), kind="stable")
    if csv_path is not None:
        delimited.write(rows, "low_efficiency", csv_path)
    names = result_tables.TABLES
    if as_json:
        screen.say_json(
            {
                "run": run.id,
                "as_of": run.as_of,
                "purpose": run.purpose,
                "count": len(rows),
                "projects": projects,
                "values_unused": found.values_unused,
                "blocks": screen.rows_of(blocks, names["quiet_block"].names),
                "last": screen.rows_of(last, names["last_place"].names),
                "rows": screen.rows_of(rows, names["low_efficiency"].names),
            }
        )
        return
    _show(rows, limit, f"疑似低效 Low efficiency · {which_run.title(run)}")
    counted = "，".join(f"{contracts.label('low_status', one)} {n}" for one, n in projects.items())
    screen.say(f"项目 projects: {counted}；待定的用 --all the undetermined: --all")
    _say_places(blocks, last)
    say_unused(found.values_unused)


def _show(rows: pd.DataFrame, limit: int, title: str) -> None:
    cells = [
        [
            row["subject"],
            row["name"] if isinstance(row["name"], str) else "",
            contracts.label("low_status", row["status"]),
            ("" if row["is_certain"] else "待定：") + _reason(row["reason"], row["indicator"]),
            f"{row['since_on']:%Y-%m-%d}" if not pd.isna(row["since_on"]) else "",
            wording.amount(row["indicator"], row["distance"])
            if isinstance(row["indicator"], str)
            else "",
            f"{units.hectares(row['land_m2']):,.4f}" if not pd.isna(row["land_m2"]) else "",
            "、".join(contracts.label("low_place", one) for one in row["places"] or ()),
            "" if row["is_certain"] else contracts.facts(row["missing"]),
            row["basis"],
        ]
        for row in rows.head(limit).to_dict("records")
    ]
    screen.show(
        title,
        COLUMNS,
        cells,
        numeric=(5, 6),
        goes_first=(9, 1, 7, 4),
        elsewhere="--csv、--json",
    )


def _reason(code: str, name: object) -> str:
    of = f"：{contracts.label('control_value', name)}" if isinstance(name, str) else ""
    return contracts.label("low_reason", code) + of


def _say_places(blocks: pd.DataFrame, last: pd.DataFrame) -> None:
    quiet = blocks[blocks["verdict"].isin(["none", "undetermined", "resumed"])]
    for row in quiet.to_dict("records"):
        lacking = f"（缺少 {contracts.facts(row['missing'])}）" if row["missing"] else ""
        screen.say(
            f"区块 block {row['block_code']}：{contracts.label('block_verdict', row['verdict'])}"
            f"{lacking} {'、'.join(row['counts'])}"
        )
    for row in last.to_dict("records"):
        sure = "" if row["is_certain"] else f"，{row['unknown_count']} 个不明 unknown"
        screen.say(
            f"亩均产值末位 last by output: {contracts.label('place_kind', row['place_kind'])} "
            f"{row['place_code']} {row['value']:,.2f} 万元/亩{sure}"
        )
