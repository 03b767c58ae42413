"""`landwatch add-up`: what several servers reported, as one table."""

from __future__ import annotations

from pathlib import Path

import click

from gis import contracts
from gis.cli import run as of_run
from gis.cli import screen, usage
from gis.outputs.export import upward

_DIGITS = 12


@usage.command("add-up")
@click.argument("files", nargs=-1, required=True, type=screen.PATH)
@screen.json_option
def add_up(files: tuple[Path, ...], as_json: bool) -> int:
    """各地上报相加 Add up the findings several servers exported as parquet; stores nothing.

    Each FILE is what `landwatch export findings --format parquet` wrote of a whole run.
    """
    reports = [upward.read(file) for file in files]
    counts = upward.added(reports)
    laws = {one.law_digest for one in reports}
    told = {
        "as_of": reports[0].as_of,
        "files": [
            {
                "file": one.file,
                "region": one.region,
                "delivery": one.delivery,
                "law_digest": one.law_digest,
            }
            for one in reports
        ],
        "is_one_law": len(laws) == 1,
        "counts": counts,
    }
    if as_json:
        screen.say_json({name: told[name] for name in contracts.JSON["add_up"]})
        return 0
    of_run.show_counts(f"{reports[0].as_of} · {len(reports)} 份相加 added up", counts)
    if len(laws) > 1:
        named = "、".join(f"{one.file} {one.law_digest[:_DIGITS]}" for one in reports)
        screen.say(f"各地所用法规数据不同 they were judged by different law: {named}")
    return 0
