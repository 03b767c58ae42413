"""`landwatch notices`: what is told to whom, what waits, and another try."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gis import config, contracts
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.notices import outbox
from gis.notices import settings as nightly
from gis.notices.send import send_due
from gis.store import database

_TOLD = (
    *("id", "night", "kind", "recipient", "state", "attempts", "created_at", "next_at"),
    *("tried_at", "sent_at", "fault"),
)


@usage.group(alone="list")
def notices() -> None:
    """通知 Notices of the nights: who was told, what waits and why."""


@notices.command("list")
@click.option("--state", type=usage.choice(outbox.STATES), help="只看这一种状态 Of one state alone")
@click.option("--limit", type=int, default=40, help="终端显示行数 Rows on the terminal")
@screen.json_option
def listing(state: str | None, limit: int, as_json: bool) -> None:
    """列出通知 The notices, the newest first."""
    with database.connect(config.read()) as connection:
        found = outbox.listed(connection, [state] if state else outbox.STATES, limit)
        counts = outbox.counts(connection)
    if as_json:
        rows = [{name: getattr(one, name) for name in _TOLD} for one in found]
        screen.say_json({"count": len(rows), "counts": counts, "rows": rows})
        return
    screen.show(
        f"通知 Notices · 等候 waiting {counts['waiting']}，已发 sent {counts['sent']}，"
        f"放弃 given up {counts['given_up']}",
        ["号", "夜", "内容", "收件人", "状态", "次数", "下次", "发出", "未达原因"],
        [
            [
                str(one.id),
                str(one.night),
                contracts.label("notice_kind", one.kind),
                one.recipient,
                contracts.label("notice_state", one.state),
                str(one.attempts),
                f"{one.next_at:%m-%d %H:%M}Z" if one.state == outbox.WAITING else "",
                f"{one.sent_at:%m-%d %H:%M}Z" if one.sent_at else "",
                one.fault or "",
            ]
            for one in found
        ],
        numeric=(0, 5),
        whole=(1,),
        goes_first=(5, 6, 7, 2),
        elsewhere="--json",
    )


@notices.command()
@click.argument("number", metavar="[N]", type=int, required=False)
@screen.json_option
def retry(number: int | None, as_json: bool) -> None:
    """马上再试 Try what waits or was given up at once, all of it or number N."""
    with database.connect(config.read()) as connection:
        settings, now = nightly.read(), datetime.now(UTC)
        count = outbox.retry(connection, now, number)
        if number is not None and not count:
            raise UsageError(
                f"没有等候或放弃的第 {number} 号通知。 No notice {number} waits or was given up.",
                "查看 see landwatch notices list",
            )
        done = send_due(connection, settings, now)
    if as_json:
        screen.say_json({"count": count, "notices": vars(done)})
        return
    screen.say(
        f"再试 tried {count}：发出 sent {done.sent}，失败待重试 to be tried again {done.failed}，"
        f"放弃 given up {done.given_up}，排队 put off {done.put_off}"
    )
