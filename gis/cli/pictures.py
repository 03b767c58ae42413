"""landwatch indicators --chart NAME --out FILE: a chart of a run as SVG or PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import click

from gis import config, recorded_law
from gis.cli import screen, usage, which_run
from gis.errors import UsageError
from gis.files import atomic
from gis.outputs.pictures.chart import Form, Name
from gis.store import database

# What says nothing of the list, only of a picture.
_OF_PICTURES = ("chart", "out", "figure", "scheme", "reading", "region", "english")

F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Let a command draw: which chart, into which file, of which figure, in which language."""
    for option in (
        click.option(
            "--chart",
            type=usage.choice(get_args(Name)),
            help="画图：园区与控制指标、趋势、考核、漏斗、区块 A picture",
        ),
        click.option("--out", type=screen.OUT, help="图写到 .svg 或 .png File of the picture"),
        click.option("--figure", metavar="NAME", help="趋势、区块画哪个指标 Of trend and blocks"),
        click.option("--scheme", metavar="NAME", help="考核按哪个方案，同 rank Of ranking"),
        click.option("--reading", metavar="NAME", help="考核按哪种读法，同 rank Of ranking"),
        click.option("--region", metavar="CODE", help="考核只排这个行政区 Of ranking"),
        click.option("--english", is_flag=True, help="图上用英文 The picture in English"),
    ):
        command = option(command)
    return command


def is_asked(options: Mapping[str, Any]) -> bool:
    """Return whether a picture is asked for; UsageError for a part of what one needs."""
    if options["chart"] is not None and options["out"] is not None:
        return True
    if any(options[name] for name in _OF_PICTURES):
        raise UsageError(
            "画图要同时给出 --chart 和 --out。 A picture needs --chart and --out.",
            "如 e.g. --chart funnel --park CODE --out funnel.svg",
        )
    return False


def write(options: Mapping[str, Any]) -> None:
    """Draw the chart asked for into its file; UsageError for another ending than .svg and .png."""
    out: Path = options["out"]
    form = out.suffix.lower().removeprefix(".")
    if form not in get_args(Form):
        raise UsageError(
            f"{out.name} 不是图的文件名。 {out.name} is no name of a picture.",
            "以 .svg 或 .png 结尾 let it end in .svg or .png",
        )
    if options["subject"] or options["csv_path"] or options["as_json"]:
        raise UsageError(
            "画图不与 --subject、--csv、--json 同用。"
            " A picture goes without --subject, --csv and --json.",
            "分两次运行 call it twice",
        )
    # The rooms of pages take long to load: no other call waits for them.
    from api.v1 import drawn as pictures

    tongue = "en" if options["english"] else "zh"
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, options["run_id"], options["as_of"])
        chart = pictures.chart_of(
            connection,
            run,
            recorded_law.of(connection, run),
            None,
            pictures.Wished(
                options["chart"],
                options["park"],
                options["block"],
                options["figure"],
                options["year"],
                options["scheme"],
                options["reading"],
                options["region"],
                cast(Any, tongue),
            ),
        )
    picture = pictures.drawn(chart, cast(Any, form), cast(Any, tongue))
    with atomic.replacing(out) as draft:
        draft.write_bytes(picture)
    screen.say(f"已写出 written: {out}")
