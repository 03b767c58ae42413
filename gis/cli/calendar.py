"""`landwatch calendar`: the coming events, as a table, CSV, JSON or an iCalendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, identifiers, recorded_law, result_tables
from gis.citation import cited
from gis.cli import screen, usage, which_run
from gis.cli.which_run import as_day
from gis.days import add_days
from gis.files import atomic
from gis.law import Law
from gis.outputs import calendar as coming
from gis.outputs.export import delimited
from gis.store import database
from gis.store.database import Connection
from gis.store.runs import Run

_DAYS = 90


@usage.command()
@click.option("--from", "from_", metavar="DAY", help="起日，默认最近运行判定日的次日 From that day")
@click.option("--to", "to_", metavar="DAY", help=f"止日，默认起日后 {_DAYS} 天 To that day")
@click.option("--region", help="行政区代码 Region code, 150600 covers 1506xx")
@click.option("--block", help="区块代码 Block code")
@which_run.options
@click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write")
@click.option("--ics", "ics_path", type=screen.OUT, help="写出日历文件 iCalendar")
@click.option("--limit", type=int, default=40, help="终端显示行数 Rows on the terminal")
@screen.json_option
def calendar(
    from_: str | None,
    to_: str | None,
    region: str | None,
    block: str | None,
    run_id: int | None,
    as_of: str | None,
    csv_path: Path | None,
    ics_path: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """今后节点 What comes: warnings, anniversaries, lapses, deadlines of the procedure."""
    atomic.refuse_same(csv_path, ics_path)
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        rules = recorded_law.of(connection, run)
        found = coming_of(connection, run, rules, from_, to_, region, block)
    rows, first, last = found.rows, found.first, found.last
    note = which_run.differs(run, rules)
    write(found, csv_path, ics_path)
    if as_json:
        listed = screen.rows_of(rows, result_tables.TABLES["calendar"].names)
        content = {"run": run.id, "purpose": run.purpose, "note": note or None}
        content |= {"delivery": run.delivery, "from": first, "to": last}
        screen.say_json({**content, "count": len(rows), "rows": listed})
        return
    screen.say(which_run.title(run))
    if note:
        screen.say(note)
    _show(rows, first, last, limit)
    for path in (csv_path, ics_path):
        if path is not None:
            screen.say(f"已写出 Written: {path}")


@dataclass(frozen=True)
class Coming:
    """What comes from one day to another, as a run sees it: the columns of table calendar."""

    run: Run
    first: date
    last: date
    rows: pd.DataFrame


def coming_of(
    connection: Connection,
    run: Run,
    rules: Law,
    from_: str | None,
    to_: str | None,
    region: str | None,
    block: str | None,
) -> Coming:
    """Return what comes: from the day after the run's and for 90 days, where no days are named."""
    first = add_days(run.as_of, 1) if from_ is None else as_day(from_)
    last = add_days(first, _DAYS) if to_ is None else as_day(to_)
    rows = coming.entries(connection, run, first, last, rules, region or run.region)
    if block is not None:
        named = rows["block_code"].isin([block, identifiers.key(block)])
        rows = rows[named].reset_index(drop=True)
    return Coming(run, first, last, rows)


def write(found: Coming, csv_path: Path | None, ics_path: Path | None) -> None:
    """Write what comes as a table, and as a file for calendars."""
    if csv_path is not None:
        delimited.write(found.rows, "calendar", csv_path)
    if ics_path is not None:
        with atomic.replacing(ics_path) as draft:
            text = _file(found.rows, found.run, found.first, found.last)
            draft.write_bytes(text.encode())


def _file(rows: pd.DataFrame, run: Run, first: date, last: date) -> str:
    events = [_event(row) for row in rows.astype(object).to_dict("records")]
    return coming.text(events, run.started_at, f"土地监测 {first} – {last}")


def _event(row: dict[Any, Any]) -> coming.Event:
    plain = {name: screen.plain(value) for name, value in row.items()}
    named = ("rule", "subject", "kind", "warned_of", "event", "days_ahead", "document")
    plain["article"] = plain["article"] and cited(plain["article"])
    lines = [
        f"{title}：{plain[name]}"
        for name, title in (
            ("subject", "监测对象"),
            ("name", "名称"),
            ("holder", "使用权人"),
            ("block_code", "区块"),
            ("article", "依据"),
        )
        if plain[name] is not None
    ]
    return coming.Event(
        on=date.fromisoformat(plain["on"]),
        identity=tuple(str(plain[name] or "") for name in named),
        summary=f"{plain['name'] or plain['subject']}：{plain['description']}",
        description="\n".join([plain["description"], *lines]),
        category=contracts.label("calendar", plain["kind"]),
    )


def _show(rows: pd.DataFrame, first: date, last: date, limit: int) -> None:
    screen.show(
        f"今后节点 Coming {first} – {last} · {len(rows)} 项",
        ["日期", "类别", "监测对象", "名称", "事项", "区块"],
        [
            [
                f"{row['on']:%Y-%m-%d}",
                contracts.label("calendar", row["kind"]),
                row["subject"],
                screen.plain(row["name"]) or "",
                row["description"],
                screen.plain(row["block_code"]) or "",
            ]
            for row in rows.head(limit).to_dict("records")
        ],
        goes_first=(5, 3, 1),
        elsewhere="--csv、--ics、--json",
    )
    if len(rows) > limit:
        rest = len(rows) - limit
        screen.say(f"另有 {rest} 项：--limit、--csv 或 --ics · {rest} more")
