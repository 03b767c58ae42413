"""`landwatch correct | corrections`: one record put right by a person, who can take it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from gis import config, fields
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.intake import correct as intake
from gis.store import corrections as store
from gis.store import database
from gis.store.corrections import Author


@usage.command()
@click.argument("kind", required=False, type=usage.KIND)
@click.argument("key", required=False)
@click.argument("values", nargs=-1, metavar="列=值...")
@click.option("--take-back", "number", type=int, help="撤回某次更正 Take a correction back")
@click.option("--who", required=True, help="更正人 Who corrects")
@click.option("--why", required=True, help="理由 Why")
@click.option("--document", help="依据文件 By which document")
@screen.json_option
def correct(
    kind: str | None,
    key: str | None,
    values: Sequence[str],
    number: int | None,
    who: str,
    why: str,
    document: str | None,
    as_json: bool,
) -> None:
    """人工更正一条记录 Correct KIND KEY FIELD=VALUE...; 列= empties, --take-back N undoes."""
    author = Author(who, why, document)
    if (number is None) == (kind is None or key is None):
        raise UsageError(
            "写明 种类 编号 列=值，或 --take-back N。 Name KIND KEY FIELD=VALUE or --take-back N.",
            "landwatch correct supplies 1506022016B00012 面积=2.5公顷 --who 张三 --why 合同原件",
        )
    with database.connect(config.read()) as connection:
        if number is not None:
            done = store.take_back(connection, number, author)
        else:
            assert kind is not None
            assert key is not None
            done = intake.correct(connection, kind, key, _pairs(values), author)
        rows = store.read(connection)
    told = rows[rows["delivery"] == done]
    if as_json:
        screen.say_json({"delivery": done, "rows": screen.rows_of(told, told.columns)})
        return
    _show(f"第 {done} 次资料 · 更正 Corrected", told.to_dict("records"))


@usage.command("corrections")
@click.option("--kind", type=usage.KIND, help="只列一类资料 Only one kind")
@click.option("--key", help="只列一条记录 Only one record")
@screen.json_option
def listing(kind: str | None, key: str | None, as_json: bool) -> None:
    """更正记录 Every correction with who and why, taken back or in force."""
    with database.connect(config.read()) as connection:
        rows = store.read(connection, kind, key)
    if as_json:
        screen.say_json({"count": len(rows), "rows": screen.rows_of(rows, rows.columns)})
        return
    _show("更正记录 Corrections", rows.to_dict("records"))


def _show(title: str, rows: list[dict[Any, Any]]) -> None:
    screen.show(
        title,
        ["号", "种类", "编号", "列", "原值", "更正为", "更正人", "理由", "依据", "时间", "状态"],
        [
            [
                str(row["delivery"]),
                fields.KINDS[row["kind"]].title,
                row["key"],
                fields.KINDS[row["kind"]].columns[row["field"]].title,
                _text(row["before"]),
                _text(row["after"]),
                row["who"],
                row["why"],
                screen.plain(row["document"]) or "",
                f"{row['at']:%Y-%m-%d %H:%M}",
                _state(row),
            ]
            for row in rows
        ],
        numeric=(0,),
        whole=(9,),
        goes_first=(8, 9, 7, 1, 10, 6),
    )


def _state(row: dict[Any, Any]) -> str:
    by = screen.plain(row["taken_back_by"])
    if by is None:
        return "生效"
    return "撤回" if by == row["delivery"] else f"第 {by} 次资料起失效"


def _text(value: Any) -> str:
    if value is None:
        return "空"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pairs(entries: Sequence[str]) -> dict[str, str]:
    wrong = [entry for entry in entries if "=" not in entry]
    if wrong:
        raise UsageError(
            f"{wrong[0]} 缺少等号。 {wrong[0]} needs an equals sign.", "写成 write: 列=值"
        )
    return dict(entry.split("=", 1) for entry in entries)
