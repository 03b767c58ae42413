"""`landwatch deliveries | profiles`: what came when, files as received, the senders' columns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gis import config, fields
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.files import atomic
from gis.intake import archive
from gis.outputs.export import delimited
from gis.outputs.report import issues as lists
from gis.store import database, profiles, records
from gis.store import deliveries as store


@usage.command()
@click.option("--issues", "number", type=int, help="列出某次资料的问题 Issues of one delivery")
@click.option("--file", "file_number", type=int, help="取回某次资料的原文件 The file as received")
@click.option("--out", type=screen.OUT, help="写到 .csv、.xlsx，或原文件的去处 Where to write")
@click.option("--kind", type=usage.KIND, help="只列一类资料 Only one kind")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="只列此日起收到的 Since a day")
@screen.json_option
def deliveries(
    number: int | None,
    file_number: int | None,
    out: Path | None,
    kind: str | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """收件记录 What came when, with hash and counts; --issues N lists what was wrong."""
    with database.connect(config.read()) as connection:
        if file_number is not None:
            _give_back(connection, file_number, out, as_json)
            return
        if number is not None:
            _issues(connection, number, out, as_json)
            return
        rows = store.history(connection, kind, since and since.replace(tzinfo=UTC))
    if out is not None:
        delimited.save(rows.drop(columns=["mapping", "scope"]), out)
    if as_json:
        screen.say_json({"count": len(rows), "rows": screen.rows_of(rows, rows.columns)})
        return
    screen.show(
        "收件记录 Deliveries",
        ["号", "资料", "种类", "方式", "收件时间", *_COUNTS, "SHA-256"],
        [
            [
                str(row["number"]),
                row["name"],
                fields.KINDS[row["kind"]].title,
                _MODES[row["mode"]],
                f"{row['received_at']:%Y-%m-%d %H:%M}",
                *(f"{row[name]:,}" for name in _COUNTS.values()),
                row["sha256"][:12],
            ]
            for row in rows.to_dict("records")
        ],
        numeric=(0, *range(5, 5 + len(_COUNTS))),
        whole=(4,),
        # Hash, mode, what did not change, ... last what was not taken.
        goes_first=(13, 3, 9, 8, 7, 12, 4, 2, 6, 10),
    )


@usage.command("profiles")
@click.option("--sender", help="只列一个报送单位 Only one sender")
@click.option("--forget", help="清除某报送单位的列对应 Forget a sender's")
@click.option("--kind", type=usage.KIND, help="只列、只清除一类资料 Only one kind")
@screen.json_option
def column_profiles(
    sender: str | None, forget: str | None, kind: str | None, as_json: bool
) -> None:
    """各报送单位的列对应 How each sender's headers are mapped; --forget SENDER drops them."""
    with database.connect(config.read()) as connection:
        if forget is not None:
            count = profiles.forget(connection, forget, kind)
            screen.tell({"forgotten": count}, as_json, "已清除 Forgotten", {"forgotten": "条数"})
            return
        rows = profiles.read(connection, sender, kind)
    if as_json:
        screen.say_json({"count": len(rows), "rows": screen.rows_of(rows, rows.columns)})
        return
    screen.show(
        "列对应 Column profiles",
        ["报送单位", "种类", "资料", "时间", "文件列名 → 标准列", "等于空的日期"],
        [
            [
                row["sender"],
                fields.KINDS[row["kind"]].title,
                str(row["delivery"]),
                f"{row['saved_at']:%Y-%m-%d %H:%M}",
                "、".join(
                    f"{header} → {_title(row['kind'], name)}"
                    for header, name in row["mapping"].items()
                ),
                "、".join(row["empty_days"]),
            ]
            for row in rows.to_dict("records")
        ],
        numeric=(2,),
        whole=(3,),
        goes_first=(3, 2),
    )


def _issues(connection: database.Connection, number: int, out: Path | None, as_json: bool) -> None:
    rows = store.issues_of(connection, records.delivery_at(connection, number))
    if out is not None:
        (told,) = _line(connection, number)
        titles = {c.name: c.title for c in fields.KINDS[told["kind"]].columns.values()}
        if out.suffix.lower() == ".xlsx":
            now = datetime.now(UTC).replace(tzinfo=None)
            lists.write(rows, titles, told["name"], out, now)
        else:
            delimited.save(lists.table(rows, titles), out)
    if as_json:
        screen.say_json({"count": len(rows), "rows": screen.rows_of(rows, rows.columns)})
        return
    if rows.empty:
        screen.say(f"第 {number} 次资料没有问题 Delivery {number} has no issues")
    screen.show_issues(rows, f"问题清单 · 第 {number} 次资料")
    if out is not None:
        screen.say(f"已写出 Written: {out}")


def _give_back(
    connection: database.Connection, number: int, out: Path | None, as_json: bool
) -> None:
    if out is None:
        raise UsageError("--file 要写明去处。 --file needs a place.", "--out PATH（文件或目录）")
    found = _line(connection, number)
    if not found:
        raise UsageError(
            f"没有第 {number} 次资料。 There is no delivery {number}.",
            "看有哪些 see which there are: landwatch deliveries",
        )
    home = config.read().home
    place = archive.kept(home, found[0]["sha256"])
    if place is None:
        raise UsageError(
            f"第 {number} 次资料没有存档的文件（人工更正、影像，或由别的 LANDWATCH_HOME 装载）。 "
            f"No file of delivery {number} is kept under {home / 'archive'}.",
            "影像按路径登记，不复制；其余请在装载它的机器上取 images are "
            "registered, not copied; take the rest from the machine that loaded it",
        )
    target = out / archive.name_for(found[0]["name"], place) if out.is_dir() else out
    with atomic.replacing(target) as draft:
        archive.copy_out(place, draft)
    told = {"delivery": number, "sha256": found[0]["sha256"], "file": str(target)}
    screen.tell(told, as_json, "原文件 File as received", _FILE)


def _line(connection: database.Connection, number: int) -> list[dict[Any, Any]]:
    rows = store.history(connection)
    return rows[rows["number"] == number].to_dict("records")


def _title(kind: str, name: str) -> str:
    column = fields.KINDS[kind].columns.get(name)
    return column.title if column else "（不用）"


_COUNTS = {
    "行": "rows", "新增": "added", "替换": "replaced", "终止": "ended", "未变": "unchanged",
    "搁置": "held", "拒收": "rejected", "重复": "duplicates",
}  # fmt: skip
_FILE = {"delivery": "资料", "sha256": "校验值", "file": "文件"}
_MODES = {"add": "补充", "replace": "替换", "correct": "更正", "undo": "撤销"}
