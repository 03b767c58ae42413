"""`landwatch law`: the values of the law in force on a day, with article and source."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import click

from gis import __version__, config, recorded_law
from gis import law as rules_of
from gis.citation import cited
from gis.cli import scenario, screen, usage, which_run
from gis.cli.scenario_work import Scenario
from gis.cli.which_run import as_day
from gis.errors import StoreError, UsageError
from gis.files import atomic
from gis.law import Value
from gis.outputs import law_book
from gis.store import database, readings
from gis.store.cluster import server


@usage.group()
def law() -> None:
    """法律数值 Values of the law: listed, or one shown."""


_on = click.option("--on", "on", metavar="DAY", required=True, help="哪一天 In force on that day")
_region = click.option("--region", help="行政区代码 Region code")


@law.command("list")
@_on
@_region
@screen.json_option
def list_(on: str, region: str | None, as_json: bool) -> None:
    """列出某日有效的全部数值 Every value in force on a day."""
    values = _law().listed(as_day(on), region)
    if as_json:
        screen.say_json({"on": on, "region": region, "values": [_told(value) for value in values]})
        return
    screen.show(
        f"法律数值 {on}" + (f" · {region}" if region else ""),
        ["键", "值", "单位", "文件", "条款", "自", "核对"],
        [
            [
                value.key,
                value.said,
                value.unit,
                value.title,
                cited(value.article),
                value.from_on.isoformat(),
                "已核" if value.verified else "未核",
            ]
            for value in values
        ],
        whole=(5,),
        goes_first=(3, 2, 5),
    )


@law.command()
@click.argument("key")
@_on
@_region
@screen.json_option
def show(key: str, on: str, region: str | None, as_json: bool) -> None:
    """显示一项 One value with article, wording and source."""
    told = _told(_law().value(key, as_day(on), region))
    if not as_json:
        told |= {"article": cited(str(told["article"]))}
    screen.tell(told, as_json, key, _NAMES)


_NAMES = {
    **{"key": "键", "value": "值", "unit": "单位", "article": "条款", "title": "文件"},
    **{"source": "来源", "wording": "内容", "region": "行政区", "from": "自", "until": "至"},
    **{"verified": "已核对原文", "checked_on": "核对日"},
}


@law.command()
@click.option("--out", type=screen.OUT, required=True, help="写到 HTML file to write")
@click.option("--as-of", metavar="DAY", help="有效日，默认今天 In force on that day, else today")
@screen.json_option
def book(out: Path, as_of: str | None, as_json: bool) -> None:
    """法律读本 The law to read and to print: values, the rules that read them, their cases."""
    on = which_run.today() if as_of is None else as_day(as_of)
    held = _law()
    with atomic.replacing(out) as draft:
        draft.write_text(law_book.page(held, on, __version__), encoding="utf-8")
    if as_json:
        screen.say_json({"on": on, "values": len(held.in_force(on)), "files": [str(out)]})
        return
    screen.say(f"已写出 Written: {out}")


_revoke = click.option(
    "--revoke", is_flag=True, help="撤回记录的，按文件 Back to the files of the law"
)
_from = click.option(
    "--from", "from_on", metavar="DAY", required=True, help="自哪天起 From that day on"
)
_of_region = click.option(
    "--region", default="", help="行政区代码，不写即全部 Region code, else everywhere"
)


@law.command("set")
@click.argument("key")
@click.argument("value", required=False)
@_revoke
@_from
@_of_region
@click.option("--source", required=True, help="依据 The paper it rests on")
@click.option("--who", required=True, help="谁记录 Who records it")
@screen.json_option
def set_(
    key: str, value: str | None, revoke: bool, from_on: str, region: str, source: str, who: str,
    as_json: bool,
) -> None:  # fmt: skip
    """记一条口径 Record how the law is read where it leaves a choice; the next run judges by it."""
    _must_be_choice(key, value, revoke, from_on, region)
    day = as_day(from_on)
    with database.connect(config.read()) as connection:
        made = readings.add(connection, key, region, value, day, source, who)
        after = recorded_law.at(connection).value(key, day, region or None)
    if as_json:
        screen.say_json(vars(made))
        return
    screen.say(
        f"第 {made.id} 条口径：{key} 自 {day} 起为 {after.said}；下一次运行按此判定。"
        f" Reading {made.id} is recorded; the next run judges by it."
    )


@law.command("try")
@click.argument("key")
@click.argument("value", required=False)
@_revoke
@_from
@_of_region
@click.option("--as-of", metavar="DAY", help="判定日，默认所示运行的 The day, else the run's")
@screen.json_option
def try_(
    key: str, value: str | None, revoke: bool, from_on: str, region: str, as_of: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """试一条口径 What a reading would change: judged beside what is known; nothing is stored."""
    _must_be_choice(key, value, revoke, from_on, region)
    supposed = recorded_law.Supposed(key, value, as_day(from_on), region)
    plan = Scenario(
        f"{key} = {value or '按法律文件 as the files'}",
        None if as_of is None else as_day(as_of), readings=[supposed],
    )  # fmt: skip
    scenario.try_out(plan, as_json=as_json)


@law.command("readings")
@screen.json_option
def readings_(as_json: bool) -> None:
    """列出记录的口径 The readings that were recorded, the newest first."""
    with database.connect(config.read()) as connection:
        found = readings.known(connection)
    in_force = {one.id for one in recorded_law.in_force(found)}
    rows = [{**vars(one), "is_in_force": one.id in in_force} for one in reversed(found)]
    if as_json:
        screen.say_json({"count": len(rows), "rows": rows})
        return
    screen.show(
        "记录的口径 Readings",
        ["号", "键", "行政区", "值", "自", "依据", "谁", "资料", "有效"],
        [
            [
                str(row["id"]), row["key"], row["region"], row["value"] or "撤回 revoked",
                f"{row['from_on']}", row["source"], row["who"], str(row["delivery"]),
                "是" if row["is_in_force"] else "否",
            ]
            for row in rows
        ],
    )  # fmt: skip


def _must_be_choice(key: str, value: str | None, revoke: bool, from_on: str, region: str) -> None:
    """Raise UsageError for what cannot be recorded."""
    if revoke == (value is not None):
        raise UsageError(
            "写一个值，或 --revoke，二者其一。 Write a value, or --revoke, one of the two.",
            f"例如 for example: landwatch law set {key} VALUE --from {from_on}",
        )
    if not re.fullmatch("([0-9]{2}){0,3}", region):
        raise UsageError(f"不是行政区代码 no region code: {region[:20]!r}", "例如 --region 150602")
    recorded_law.checked(key, value, as_day(from_on), region)


def _law() -> rules_of.Law:
    """Return the law with what was recorded; without a store as its files have it."""
    settings = config.read()
    if settings.is_embedded and not server.status(settings.home).is_made:
        return rules_of.load()
    try:
        with database.connect(settings) as connection:
            return recorded_law.at(connection)
    except StoreError as fault:
        screen.say(f"未用库 store not used: {fault.found}", err=True)
        return rules_of.load()


def _told(value: Value) -> dict[str, object]:
    until: date | None = value.until_on
    return {
        "key": value.key,
        "value": value.said,
        "unit": value.unit,
        "article": value.article,
        "title": value.title,
        "source": value.source,
        "wording": value.wording(),
        "region": value.region,
        "from": value.from_on,
        "until": until,
        "verified": value.verified,
        "checked_on": value.checked_on,
    }
