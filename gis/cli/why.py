"""`landwatch why`: the reasons of one finding, for a person or as JSON."""

from __future__ import annotations

import click

from gis import config, law
from gis.cli import screen
from gis.cli.run import as_day
from gis.explain import explain
from gis.store import database, records, runs


@click.command()
@click.argument("subject")
@click.option("--as-of", metavar="DAY", help="判定日，默认最近一次运行的 Default: the newest run's")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@screen.json_option
def why(subject: str, as_of: str | None, language: str, as_json: bool) -> None:
    """依据 Why one supply or one piece of an approval is judged as it is."""
    with database.connect(config.read()) as connection:
        if as_of is None:
            newest = runs.latest(connection)
            day, delivery = newest.as_of, newest.delivery
        else:
            day, delivery = as_day(as_of), records.latest_delivery(connection)
        trace = explain(connection, subject, day, delivery, law.load(), language)
    if as_json:
        screen.say_json(trace.content)
        return
    click.echo(trace.text)
