"""`landwatch rank`: the parks of a year by a scheme of evaluation, and why each stands there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gis import config, recorded_law, result_tables
from gis.assessment import ranking
from gis.assessment.ranking import Assessed
from gis.cli import rank_others, screen, usage, which_run
from gis.outputs.export import delimited
from gis.ranking import Standing, choices, exact, wording
from gis.ranking.scheme import DEFAULT
from gis.store import database

F = TypeVar("F", bound=Callable[..., Any])
_YEARS = click.IntRange(1900, 2200)


def by_scheme(command: F) -> F:
    """Let a command be told by which scheme, and by which reading of 排序法."""
    command = click.option(
        "--region",
        help="只排这个行政区的园区，per_mu、ordos_2022 不可用 "
        "Parks of this region alone; those two schemes refuse it",
    )(command)
    command = click.option(
        "--reading",
        help="读法，默认见方案：排序法 R1、R3，企业亩均 ratio、min_max，ordos_2022 不可用 "
        "Reading of the scheme; ordos_2022 refuses one",
    )(command)
    return click.option(
        "--scheme",
        default=DEFAULT,
        show_default=True,
        help="考核方案：chifeng_2020，per_mu（企业亩均），ordos_2022（园区梯队） Scheme",
    )(command)


@usage.command("rank")
@click.option("--year", type=_YEARS, required=True, help="考核年度 Year evaluated")
@by_scheme
@which_run.options
@click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write")
@screen.json_option
def rank(
    year: int,
    scheme: str,
    reading: str | None,
    region: str | None,
    run_id: int | None,
    as_of: str | None,
    csv_path: Path | None,
    as_json: bool,
) -> None:
    """园区考核排名 Parks ranked for a year, with points and prizes; see why PARK --year."""
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        rules = recorded_law.of(connection, run)
        choices.must_take(rules, scheme, reading, region)
        if scheme in choices.OTHERS:
            other = rank_others.told(connection, run, rules, year, scheme, reading)
            rank_others.say(other, csv_path, as_json=as_json)
            return
        told = ranking.assessed(
            connection,
            run,
            rules,
            year,
            scheme,
            reading,
            region=region,
        )
    rows = ranking.table(told)
    if csv_path is not None:
        delimited.write(rows, "ranking", csv_path)
    if as_json:
        head = ranking.content(told)
        purpose = {"run": head["run"], "as_of": head["as_of"], "purpose": run.purpose}
        lists = {
            "rows": screen.rows_of(rows, result_tables.TABLES["ranking"].names),
            "parts": screen.rows_of(
                ranking.parts(told), result_tables.TABLES["ranking_part"].names
            ),
        }
        screen.say_json(purpose | head | lists)
        return
    named = ["名次", "代码", "名称", "总分", "加分", "一票否决", "奖励（万元）", "待定指标"]
    screen.show(
        f"园区考核 Ranking {year} · {scheme} · {told.ranking.scheme.reading}"
        f" · {which_run.title(run)}",
        named,
        [_cells(told, park) for park in told.ranking.standings],
        numeric=[0, 3, 4, 6],
        whole=[0, 1, 3, 4],
        goes_first=[7, 6, 4],
        elsewhere="--csv、--json",
    )
    screen.say(*(" ".join(pair) for pair in ranking.words_of(told)))


def _cells(told: Assessed, one: Standing) -> list[str]:
    words = {entry.name: entry.zh for entry in told.ranking.scheme.entries}
    scores = told.ranking.parts_of(one.park)
    return [
        wording.rank(one),
        one.park,
        told.called(one.park),
        wording.total(one),
        exact.printed(one.bonus) if one.bonus else "",
        "、".join(words[name] for name in one.vetoes),
        f"{one.prize_wan}" if one.prize_wan else "",
        "、".join(part.indicator.zh for part in scores if part.score is None and not one.vetoes),
    ]


def say_why(told: Assessed, park: str, language: str, *, as_json: bool) -> None:
    """Say why a park stands where it stands: every score, and what would move it."""
    content = ranking.why(told, park, language)
    scores = content["parts"]
    if as_json:
        names = result_tables.TABLES["ranking_part"].names
        screen.say_json({**content, "parts": screen.rows_of(scores, names)})
        return
    one = told.ranking.of(park)
    is_zh = language == "zh"
    scheme = told.ranking.scheme
    screen.say(
        f"{told.called(park)} {park} · {told.ranking.year} · {scheme.title} · {scheme.reading}"
        f" · {which_run.title(told.run)}",
        (f"总分 {wording.total(one)}，名次 {wording.rank(one) or '—'}" if is_zh
         else f"total {wording.total(one)}, rank {wording.rank(one) or '-'}"),
    )  # fmt: skip
    words = {entry.name: entry.zh if is_zh else entry.en for entry in scheme.entries}
    named = [words[name] for name in (*one.vetoes, *one.titles)]
    screen.say(*named)
    screen.show(
        "得分 Scores",
        ["指标 Indicator", "分值", "得分", "算法 Why"],
        [
            [row["title"], f"{row['points']:g}", _points(row["score"]), row["explained"]]
            for row in scores.to_dict("records")
        ],
        numeric=[1, 2],
        whole=[1, 2],
        goes_first=[1],
    )
    heads = {
        "up": wording.words("up", language),
        "down": wording.words("down", language),
    }
    screen.show(
        "只改一项指标的数值、其余不变 One value changed, all else as it is",
        ["方向", "指标 Indicator", "数值 Value"],
        [[heads[row["direction"]], row["title"], row["words"]] for row in content["moves"]],
    )
    screen.say(*(" ".join(pair) for pair in ranking.words_of(told)))


def _points(score: float | None) -> str:
    return "待定" if score is None or score != score else f"{score:,.2f}"
