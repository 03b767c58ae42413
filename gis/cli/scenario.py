"""`landwatch scenario run`: what a plan would come to, beside what is known; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from gis import config, contracts, result_tables, units
from gis.cli import screen, usage, which_run
from gis.cli.scenario_work import Scenario, tried
from gis.errors import UsageError
from gis.intake import load as intake
from gis.intake import manifest
from gis.store import database

_MOST_SHOWN = 40


@usage.group()
def scenario() -> None:
    """试算方案 Plans: what they would come to. Nothing of a plan is stored."""


@scenario.command("run")
@click.argument("file", type=screen.PATH)
@click.option("--kind", type=usage.KIND, help="单个文件的资料种类 What a single file holds")
@click.option("--as-of", metavar="DAY", help="判定日，如年末 The day, as the end of the year")
@screen.json_option
def run(file: Path, kind: str | None, as_of: str | None, as_json: bool) -> None:
    """试算一个方案 Judge a plan beside what is known, side by side.

    FILE：清单（.toml，写 name、as_of 和 [[delivery]]，同装载清单），或一份登记表加 --kind。
    A manifest as of a load, with a name and a day; or one register and its kind.
    """
    try_out(_plan(file, kind, as_of), as_json=as_json)


def try_out(plan: Scenario, *, as_json: bool) -> None:
    """Judge a plan, or a reading, beside what is known, and print what it would come to."""
    settings = config.read()
    # The session of the trial starts no store that somebody stopped.
    database.connect(settings).close()
    with screen.progress() as bar:
        task = bar.add_task("试算 trying", total=None)
        told = tried(settings, plan, tell=lambda step: bar.update(task, description=step))
    if as_json:
        screen.say_json(told)
        return
    _show(told)


def _plan(file: Path, kind: str | None, as_of: str | None) -> Scenario:
    day = None if as_of is None else which_run.as_day(as_of)
    if kind is not None:
        order = intake.LoadRequest(kind, file, is_remembered=False)
        return Scenario(file.stem, day, [order])
    if file.suffix.lower() != ".toml":
        raise UsageError(
            f"{file.name} 是什么资料？ What does {file.name} hold?",
            "加 --kind（如 supplies、right_endings、withdrawals），或给 .toml 清单"
            " add --kind, or give a manifest",
        )
    head = manifest.head(file)
    name, said = head.get("name", file.stem), head.get("as_of")
    if day is None and said is not None:
        day = said if type(said) is date else which_run.as_day(str(said))
    return Scenario(str(name), day, intake.manifest(file))


def _show(told: Mapping[str, Any]) -> None:
    """Print a plan beside what is known: what was taken in, then what would be otherwise."""
    screen.say(f"方案 Plan {told['name']} · 判定日 {told['as_of']} · 不保存 nothing is stored")
    for one in told["readings"]:
        where = one["region"] or "全部 everywhere"
        screen.say(
            f"口径 Reading {one['key']}（{where}，自 {one['from_on']}）："
            f"{one['before']} → {one['after']}"
        )
    for one in told["changes"]:
        words = f"{one['file']}（{one['kind']}）：采用 {one['accepted']}，拒收 {one['rejected']}"
        if one["after_the_day"]:
            words += f"；{one['after_the_day']} 条在判定日之后才生效，不起作用 take effect later"
        screen.say(words)
        for issue in one["issues"]:
            screen.say(f"  {issue['message']}")
    screen.show(
        "判定 Outcomes",
        ["规则", "结果 Outcome", "现 宗", "现 公顷", "方案 宗", "方案 公顷"],
        [
            [
                contracts.label("rule", one["rule"]),
                contracts.label(result_tables.FINDINGS[one["rule"]].outcomes, one["outcome"]),
                *(
                    words
                    for side in ("before", "after")
                    for words in (
                        f"{one[side]['count']:,}",
                        f"{units.hectares(one[side]['area_m2']):,.4f}",
                    )
                ),
            ]
            for one in told["outcomes"]
        ],
        numeric=(2, 3, 4, 5),
    )
    _show_subjects(told["subjects"])
    if told["unsupplied_m2"]:
        screen.say(
            "批而未供 Unsupplied："
            + " → ".join(_hectares(told["unsupplied_m2"][side]) for side in ("before", "after"))
            + " 公顷 ha"
        )
    screen.show(
        "任务（按资料） Tasks by the records",
        ["代码", "名称", "任务", "任务 公顷", "现 公顷", "方案 公顷", "现完成", "方案完成"],
        [
            [
                one["place_code"],
                one["name"] or "",
                contracts.label("task_way", one["way"]),
                _hectares(one["target_m2"]),
                *(_hectares(one[f"recorded_m2_{side}"]) for side in ("before", "after")),
                *(_met(one[f"is_met_{side}"]) for side in ("before", "after")),
            ]
            for one in told["targets"]
        ],
        numeric=(3, 4, 5),
    )
    if not told["indicators"]:
        screen.say("没有指标会变 No indicator would change")
        return
    rest = len(told["indicators"]) - _MOST_SHOWN
    screen.show(
        "有变化的指标 Indicators that change",
        ["对象", "指标", "单位", "现", "方案"],
        [
            [
                str(one["place_code"]),
                contracts.label("indicator", one["name"]),
                one["unit"] or "",
                *(
                    "不明" if one[side] is None else f"{one[side]:,.4f}"
                    for side in ("before", "after")
                ),
            ]
            for one in told["indicators"][:_MOST_SHOWN]
        ],
        numeric=(3, 4),
    )
    if rest > 0:
        screen.say(f"另有 {rest} 项：--json · {rest} more: --json")


def _show_subjects(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        screen.say("没有对象会变 Nobody would stand otherwise")
        return
    screen.show(
        "会变的对象 Who would stand otherwise",
        ["对象 Subject", "结果 Outcome", "自 Since", "节点 Next day", "费（元） Fee"],
        [
            [
                one["subject"],
                *(
                    " → ".join(dict.fromkeys(said(one, side) for side in ("before", "after")))
                    for said in (_outcome, _since, _next, _fee)
                ),
            ]
            for one in rows[:_MOST_SHOWN]
        ],
        numeric=(4,),
    )
    rest = len(rows) - _MOST_SHOWN
    if rest > 0:
        screen.say(f"另有 {rest} 个：--json · {rest} more: --json")


def _outcome(one: Mapping[str, Any], side: str) -> str:
    """Return what a side concludes and where that leads; the area where the sides differ in it."""
    code = one[f"outcome_{side}"]
    if code is None:
        return "—"
    said = [contracts.label(result_tables.FINDINGS[one["rule"]].outcomes, code)]
    if one[f"track_{side}"] is not None:
        said.append(contracts.label("track", one[f"track_{side}"]))
    if one["area_m2_before"] != one["area_m2_after"]:
        said.append(f"{_hectares(one[f'area_m2_{side}'])} 公顷")
    return "，".join(said)


def _since(one: Mapping[str, Any], side: str) -> str:
    return str(one[f"since_on_{side}"] or "—")


def _next(one: Mapping[str, Any], side: str) -> str:
    return str(one[f"next_on_{side}"] or "—")


def _fee(one: Mapping[str, Any], side: str) -> str:
    """Return the fee of one side; of a candidate the one it would be if confirmed, in brackets."""
    fee, supposed = (one[f"{name}_{side}"] for name in ("fee_fen", "fee_if_confirmed_fen"))
    if fee is not None:
        return f"{fee / 100:,.2f}"
    return "—" if supposed is None else f"（{supposed / 100:,.2f}）"


def _hectares(area_m2: float | None) -> str:
    return "不明" if area_m2 is None else f"{units.hectares(area_m2):,.4f}"


def _met(is_met: bool | None) -> str:
    return {True: "达到 met", False: "未达到 not met", None: "待定 open"}[is_met]
