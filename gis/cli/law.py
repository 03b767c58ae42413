"""`landwatch law`: the values of the law in force on a day, with article and source."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from gis import __version__
from gis import law as rules_of
from gis.cli import screen, usage, which_run
from gis.cli.which_run import as_day
from gis.files import atomic
from gis.law import Value
from gis.outputs import law_book


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
    values = rules_of.load().listed(as_day(on), region)
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
                value.article,
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
    screen.tell(_told(rules_of.load().value(key, as_day(on), region)), as_json, key, _NAMES)


_NAMES = {
    **{"key": "键", "value": "值", "unit": "单位", "article": "条款", "title": "文件"},
    **{"source": "来源", "wording": "内容", "region": "行政区", "from": "自", "until": "至"},
    **{"verified": "已核对原文", "checked_on": "核对日"},
}


@law.command()
@click.option("--out", type=screen.PATH, required=True, help="写到 HTML file to write")
@click.option("--as-of", metavar="DAY", help="有效日，默认今天 In force on that day, else today")
@screen.json_option
def book(out: Path, as_of: str | None, as_json: bool) -> None:
    """法律读本 The law to read and to print: values, the rules that read them, their cases."""
    on = which_run.today() if as_of is None else as_day(as_of)
    held = rules_of.load()
    with atomic.replacing(out) as draft:
        draft.write_text(law_book.page(held, on, __version__), encoding="utf-8")
    if as_json:
        screen.say_json({"on": on, "values": len(held.in_force(on)), "files": [str(out)]})
        return
    screen.say(f"已写出 Written: {out}")


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
