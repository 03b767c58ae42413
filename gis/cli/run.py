"""`landwatch run`: judge everything known as of a day, store it, and write it out if asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, recorded_law, result_tables
from gis.cli import screen, usage, which_run
from gis.errors import UsageError
from gis.outputs.report import summary
from gis.pipeline import counts, engine
from gis.pipeline import run as line
from gis.store import database, records, results, runs
from gis.store.runs import Run

_SET_ASIDE = 1  # the exit: done, but records were left out


@usage.command("run")
@click.option("--as-of", required=True, metavar="DAY", help="判定日 The legal day, YYYY-MM-DD")
@click.option("--known-at", metavar="N|TIME", help="只用到第 N 次资料或某时刻为止 What was known")
@click.option("--region", help="行政区代码 Region code, 150600 covers 1506xx")
@click.option("--out", type=screen.OUT, help="写出地图、表格、图层 Write files there")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="本机进程数，不写时按份数、核数和内存定 Processes that share the work, as many as parts,"
    " cores and memory carry unless said",
)
@click.option("--dask", metavar="ADDR", help="Dask 调度器 A Dask scheduler, tcp://HOST:8786")
@click.option("--parts", type=click.IntRange(1), help="分成几块 Into how many parts (results same)")
@click.option(
    "--purpose",
    type=usage.choice([runs.ROUTINE, runs.WHAT_IF]),
    help="用途：routine 日常，大家默认看到；what_if 试算。不写时，将来的日子和 --known-at 算试算"
    " What for; a coming day and --known-at are what-ifs unless said otherwise",
)
@click.option("--full", is_flag=True, help="全部重算 Judge everything anew, changed or not")
@screen.json_option
def run(
    as_of: str,
    known_at: str | None,
    region: str | None,
    out: Path | None,
    workers: int | None,
    dask: str | None,
    parts: int | None,
    purpose: str | None,
    full: bool,
    as_json: bool,
) -> int:
    """判定一天 Judge everything known, as of a day."""
    if dask is not None and workers is not None and workers > 1:
        raise UsageError(
            "--dask 和 --workers 不能同时用。 --dask and --workers cannot be used together.",
            "Dask 的进程数在它自己那边定 the workers of Dask are started by Dask",
        )
    day = which_run.as_day(as_of)
    helpers = engine.dask(dask) if dask is not None else nullcontext()
    with database.connect(config.read()) as connection, screen.progress() as bar, helpers as client:
        task = bar.add_task("运行 run", total=None)
        then = None if known_at is None else which_run.as_delivery(known_at)
        rules = recorded_law.at(
            connection, None if then is None else records.delivery_at(connection, then)
        )
        done = line.run(
            connection,
            day,
            rules,
            known_at=then,
            region=region,
            tell=lambda step: bar.update(task, description=step),
            parts=parts,
            workers=workers,
            client=client,
            is_full=full,
            purpose=purpose or which_run.purpose_of(day, known_at),
        )
        if out is not None:
            bar.update(task, description="写出 writing")
            # What writes maps and drawings takes long to load, and most runs write nothing.
            from gis.cli import deliver

            deliver.write_out(connection, done, rules, out, is_quiet=as_json, workers=workers or 1)
        left_out = results.read(connection, done.id, "set_aside")
        shown = runs.default(connection)
    code = _SET_ASIDE if len(left_out) else 0
    if as_json:
        screen.say_json(told(done, left_out))
        return code
    show(done)
    if shown.id != done.id:
        screen.say(
            f"清单和地图默认显示{which_run.title(shown)}；看这一次用 --run {done.id}。"
            f" Lists show run {shown.id} unless told --run {done.id}."
        )
    screen.show_set_aside(left_out)
    if out is not None:
        screen.say(
            f"已写出 Written: {out}/（index.html、区块地图、处置对象、工作簿、manifest.json）"
        )
    return code


def told(done: Run, left_out: pd.DataFrame) -> dict[str, Any]:
    """Return a run, with the records it left out, as `--json` publishes it."""
    listed = screen.rows_of(left_out, result_tables.TABLES["set_aside"].names)
    values = {**vars(done), "run": done.id, "set_aside": listed}
    return {name: values[name] for name in contracts.JSON["run"]}


def show(done: Run) -> None:
    """Print what a run found: counts, 公顷 and 亩 per outcome and track."""
    same = " · 与上次相同，未重算 unchanged" if done.is_repeat else ""
    show_counts(f"{which_run.title(done)} · 第 {done.delivery} 次资料{same}", done.counts)


def show_counts(title: str, counted: Mapping[str, Any]) -> None:
    """Print counts as a run keeps them: 公顷 and 亩 per outcome and track, the one figure."""
    rows = summary.table(counted)
    screen.show(
        title,
        ["类别", "结果 Outcome", "处置方向 Track", "宗 Count", "公顷", "亩"],
        [
            [
                row.group,
                row.outcome_zh,
                row.track_zh or "",
                f"{row.count:,}",
                f"{row.area_hectares:,.4f}",
                f"{row.area_mu:,.2f}",
            ]
            for row in rows
        ],
        numeric=(3, 4, 5),
    )
    if counted.get("unsupplied_total"):
        screen.say(counts.one_figure(counted["unsupplied_total"]))
    if words := counts.undated_words(counted):
        screen.say(words)
