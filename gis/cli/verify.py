"""`landwatch verify`: prove a report, figure by figure and file by file, from the stored run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gis import config
from gis.cli import deliver, screen, usage
from gis.report import manifest
from gis.store import database, runs

EXIT_DIFFERS = 1


@usage.command()
@click.argument("path", metavar="MANIFEST", type=screen.PATH)
@screen.json_option
def verify(path: Path, as_json: bool) -> int:
    """核对报告 Compute every figure of a report anew and name the first that differs.

    退出码 Exit 0: 全部一致 all agree; 1: 有不一致 something differs.
    """
    head, printed = manifest.read(path)
    with database.connect(config.read()) as connection:
        run = runs.get(connection, int(head["run"]["id"]))
        stored = deliver.printed(connection, run)
    found = manifest.first_difference(head, printed, run, stored, path.parent)
    figures = sum(len(group.columns) * len(group.rows) for group in printed)
    if as_json:
        screen.say_json(
            {
                "run": run.id,
                "manifest": str(path),
                "files_count": len(head["files"]),
                "figures_count": figures,
                "is_right": found is None,
                "difference": None if found is None else asdict(found),
            }
        )
    elif found is None:
        screen.say(
            f"一致 All agree: {figures:,} 个数字 figures, {len(head['files'])} 个文件 files,"
            f" 运行 run {run.id}"
        )
    else:
        place = " / ".join(part for part in (found.where, found.row, found.column) if part)
        screen.say(f"不一致 Differs: {place}")
        screen.say(f"  清单 printed: {found.printed}", f"  现值 stored: {found.stored}")
    return 0 if found is None else EXIT_DIFFERS
