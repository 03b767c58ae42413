"""`landwatch compare`: a fresh export of the national system beside ours, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, units
from gis.cli import screen, served_comparison, usage, which_run
from gis.cli.served_comparison import How
from gis.errors import UsageError
from gis.national import compare as beside
from gis.national import lists
from gis.outputs.export import delimited
from gis.outputs.report import comparison
from gis.store import database

# What a person has to look at; the others with --all.
_ASKS = (beside.DIFFERENT, beside.THEIRS, beside.OURS, beside.UNREADABLE, beside.DUPLICATE)


@usage.command()
@click.argument("list_name", metavar="LIST", type=usage.choice(lists.LISTS))
@click.argument("file", type=screen.PATH)
@click.option("--state", multiple=True, type=usage.choice(beside.STATES),
              help="只列这些情况，可重复 Only rows in these states, may repeat")  # fmt: skip
@click.option(
    "--all", "is_all", is_flag=True, help="连同一致和区域外的 Equal ones and those outside too"
)
@click.option("--layer", help="工作表 Sheet")
@click.option("--encoding", help="字符编码 Encoding, 如 GBK")
@click.option("--map", "maps", multiple=True, metavar="原=标准",
              help="列名对应，可重复 Headers to columns, may repeat")  # fmt: skip
@click.option("--empty-day", "empty_days", multiple=True, metavar="DAY",
              help="代表空的日期，可重复 Days that stand for none, may repeat")  # fmt: skip
@click.option("--sender", help="沿用该单位的表头对应 Whose headers are known")
@which_run.list_options
def compare(
    list_name: str,
    file: Path,
    run_id: int | None,
    as_of: str | None,
    csv_path: Path | None,
    limit: int,
    as_json: bool,
    **options: Any,
) -> None:
    """与国家系统对照 What an export of the national system lists and we do not, and back.

    LIST：idle 闲置土地，unsupplied 批而未供，supplies 供地。 Nothing is stored: neither a record
    nor a delivery comes of it.
    """
    listing = lists.list_named(list_name)
    how = How(
        options["layer"], options["encoding"], _pairs(options["maps"]), options["empty_days"],
        options["sender"],
    )  # fmt: skip
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        found = served_comparison.laid_beside(connection, run, listing, file, how, None)
    rows = found.rows.astype({"row_no": "Int64", "same_row": "Int64"})
    counts = found.counts(listing.area)
    states = options["state"] or (beside.STATES if options["is_all"] else _ASKS)
    chosen = rows[rows["state"].isin(states)].reset_index(drop=True)
    sheet = comparison.listed(found.compared, chosen, listing.kind)
    if csv_path is not None:
        delimited.save(sheet.table, csv_path)
    if as_json:
        screen.say_json(
            {
                "run": run.id, "as_of": run.as_of, "purpose": run.purpose, "list": listing.name,
                "file": file.name, "compared": found.compared, "mapping": found.mapping,
                "counts": counts, "notes": found.notes, "count": len(chosen),
                "rows": screen.rows_of(chosen, beside.COLUMNS),
            }
        )  # fmt: skip
        return
    title = f"{contracts.label('national_list', listing.name)} 对照 Compared"
    _count(counts, f"{title} · {file.name} · {which_run.title(run)}")
    _show(sheet.table.head(limit))
    if len(chosen) > limit:
        screen.say(f"另有 {len(chosen) - limit:,} 行 more: --limit、--csv、--json")
    left = len(rows) - len(chosen)
    if left and not options["state"]:
        screen.say(f"一致或区域外的 {left:,} 行不列，用 --all rows equal or outside: --all")
    for note in found.notes:
        screen.say(note)


def _pairs(entries: tuple[str, ...]) -> dict[str, str]:
    for entry in entries:
        if "=" not in entry:
            raise UsageError(
                f"--map 写法不对：{entry}。 --map maps no column: {entry}",
                "写成 原列=标准列 write header=column",
            )
    return {header: column for header, _, column in (one.partition("=") for one in entries)}


def _count(counts: dict[str, Any], title: str) -> None:
    cells = [
        [
            contracts.label("comparison", state),
            f"{one['rows']:,}",
            *("" if one[side] is None else f"{units.hectares(one[side]):,.4f}"
              for side in ("theirs_m2", "ours_m2")),
        ]
        for state, one in counts.items()
    ]  # fmt: skip
    heads = ["情况", "行数", "国家系统（公顷）", "我方（公顷）"]
    screen.show(title, heads, cells, numeric=(1, 2, 3))


def _show(table: pd.DataFrame) -> None:
    """Show what came of each row, and of those that differ what each side says."""
    if table.empty:
        screen.say("没有要看的行 no row to look at")
        return
    cells = [
        [
            *(_cell(row[name]) for name in ("行号", "情况", "编号", "名称", "我方状态", "自")),
            tuple(_differing(row)) or _cell(row["原因"]),
        ]
        for row in table.to_dict("records")
    ]
    heads = ["行", "情况", "编号", "名称", "我方状态", "自", "不同或原因"]
    screen.show(f"逐行 Row by row · {len(table):,}", heads, cells, numeric=(0,), whole=(5,),
                goes_first=(3, 5, 4), elsewhere="--csv、--json")  # fmt: skip


def _differing(row: Mapping[Any, Any]) -> list[str]:
    """Return of each column that differs what they and we say: 面积（公顷） 4.0 / 3.8."""
    said = []
    for name in filter(None, _cell(row["不同的列"]).split("、")):
        own = f"国家系统：{name}"
        for theirs in [one for one in row if one == own or one.startswith(f"{own}（")]:
            ours = theirs.replace("国家系统：", "我方：")
            words = theirs.removeprefix("国家系统：")
            said.append(f"{words} {_cell(row[theirs]) or '未填'} / {_cell(row[ours]) or '未填'}")
    return said


def _cell(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    if value is None or pd.isna(value):
        return ""
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
