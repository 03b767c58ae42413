"""`landwatch why`: the reasons of one finding, for a person or as JSON."""

from __future__ import annotations

import click

from gis import config, recorded_law
from gis.assessment import ranking
from gis.cli import built_lines, rank_others, screen, usage, which_run
from gis.cli.rank import by_scheme, say_why
from gis.errors import UsageError
from gis.pipeline.explain import explain
from gis.ranking import choices
from gis.store import database, records


@usage.command()
@click.argument("subject")
@which_run.options
@click.option("--year", type=int, help="园区、企业的考核年度 Of a park or a firm: the year")
@by_scheme
@click.option("--known-at", metavar="N|DAY", help="只用到第 N 次资料或某日为止 What was known")
@click.option(
    "--language",
    type=usage.choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="说明所用的语言 Language of the reasons",
)
@screen.json_option
def why(
    subject: str,
    run_id: int | None,
    as_of: str | None,
    year: int | None,
    scheme: str,
    reading: str | None,
    region: str | None,
    known_at: str | None,
    language: str,
    as_json: bool,
) -> None:
    """依据 Why a supply or a piece of an approval is judged so; a park or a firm with --year.

    By default as of the day and with the knowledge of the run shown (see runs); with --as-of of
    that day with all that is known, or as it was known at --known-at.
    """
    if run_id is not None and (as_of is not None or known_at is not None):
        raise UsageError(
            "--run 已定了判定日和资料。 --run fixes the day and what was known.",
            "只给 --run，或给 give --run alone, or --as-of and --known-at",
        )
    if year is not None:
        if known_at is not None:
            raise UsageError(
                "--year 的考核按运行所知。 --year tells what a run knew.",
                "去掉 leave out --known-at",
            )
        with database.connect(config.read()) as connection:
            ranked_by = which_run.chosen(connection, run_id, as_of)
            rules = recorded_law.of(connection, ranked_by)
            choices.must_take(rules, scheme, reading, region)
            if scheme in choices.OTHERS:
                other = rank_others.told(connection, ranked_by, rules, year, scheme, reading)
                rank_others.say_why(other, subject, language, as_json=as_json)
                return
            told = ranking.assessed(
                connection, ranked_by, rules, year, scheme, reading, region=region
            )
        say_why(told, subject, language, as_json=as_json)
        return
    with database.connect(config.read()) as connection:
        run = None
        if as_of is None and known_at is None:
            run = which_run.chosen(connection, run_id)
            day, delivery = run.as_of, run.delivery
        else:
            shown = as_of or str(which_run.chosen(connection, None).as_of)
            day = which_run.as_day(shown)
            delivery = (
                records.latest_delivery(connection)
                if known_at is None
                else records.delivery_at(connection, which_run.as_delivery(known_at))
            )
        rules = (
            recorded_law.at(connection, delivery) if run is None
            else recorded_law.of(connection, run)
        )  # fmt: skip
        trace = explain(connection, subject, day, delivery, rules, language)
        meant = str(trace.content["subject"])
        built = [] if run is None else built_lines.lines(connection, run, meant, language)
    note = "" if run is None else which_run.differs(run, rules)
    if as_json:
        own = {"run": None if run is None else run.id, "delivery": delivery, "note": note or None}
        screen.say_json({**own, **trace.content})
        return
    screen.say(f"第 {delivery} 次资料" if run is None else which_run.title(run))
    if note:
        screen.say(note)
    screen.say(*trace.lines, *built)
