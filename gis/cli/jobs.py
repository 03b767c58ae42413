"""`landwatch jobs`: what waits, what is done right now, what came of it."""

from __future__ import annotations

import getpass
from typing import Any

import click

from gis import config, contracts
from gis.cli import given_land, screen, usage, which_run
from gis.cli.tile_work import TILES
from gis.jobs import queue, shown
from gis.jobs.job import STATES, Job
from gis.store import database

_MOST = 1_000
_number = click.argument("number", type=click.IntRange(1, 2**31 - 1))


@usage.group(alone="list")
def jobs() -> None:
    """排队、在做、做完的任务 Jobs: what waits, what is being done, what came of it."""


@jobs.command("list")
@click.option("--state", "states", multiple=True, type=usage.choice(STATES),
              help="状态，可重复 State, may repeat")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, _MOST), default=20, show_default=True,
              help="最多几项 At most so many")  # fmt: skip
@screen.json_option
def listing(states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """列出任务，新的在前 List jobs, the newest first."""
    with database.connect(config.read()) as connection:
        found, count = queue.listed(connection, None, states=states or STATES, limit=limit)
    if as_json:
        screen.say_json({"count": count, "rows": [shown.job(one) for one in found]})
        return
    screen.show(
        "任务 Jobs",
        ["号 No.", "类别 Kind", "状态 State", "进度 Progress", "排队 Queued", "谁 Owner"],
        [
            [
                str(one.id),
                kind_of(one),
                contracts.label("job_state", one.state),
                how_far(one),
                given_land.when(one.queued_at),
                one.owner,
            ]
            for one in found
        ],
        goes_first=(5, 4),
    )
    if count > len(found):
        screen.say(f"共 {count} 项，列出 {len(found)} 项：--limit · {count} in all")


@jobs.command("show")
@_number
@screen.json_option
def show(number: int, as_json: bool) -> None:
    """一项任务的进度、日志和结果 How far a job is, what it said, what came of it."""
    with database.connect(config.read()) as connection:
        found, said = queue.get(connection, number, None), queue.lines(connection, number)
    told = shown.job(found) | {"log": [shown.line(one) for one in said]}
    if as_json:
        screen.say_json(told)
        return
    screen.say(
        f"任务 {found.id} · {kind_of(found)} · "
        f"{contracts.label('job_state', found.state)} · {how_far(found)}"
    )
    if found.fault:
        screen.say(f"错误 {found.fault}", f"  → {found.mend}")
    for title, value in _told(found):
        screen.say(f"{title}：{value}")
    for one in said:
        screen.say(f"{given_land.when(one.at)} {one.zh} · {one.en}")


@jobs.command("tiles")
@which_run.options
@screen.json_option
def tiles(run_id: int | None, as_of: str | None, as_json: bool) -> None:
    """让执行程序备好一次运行的瓦片 Have a worker make what the tiles of a run are counted off.

    默认显示的运行不用：执行程序自己会备好。 It does so unasked for the run shown by default.
    """
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
    with given_land.changing("备好瓦片 prepare tiles", str(run.id)) as connection:
        number = queue.submit(
            connection, TILES, {"run": run.id}, owner=getpass.getuser(), scope=None
        )
        found = queue.get(connection, number, None)
    if as_json:
        screen.say_json(shown.job(found) | {"log": []})
        return
    screen.say(
        f"{which_run.title(run)}：任务 {number} 备好瓦片 · job {number} prepares the tiles",
        f"看进度 how far it is: landwatch jobs show {number}",
    )


@jobs.command("cancel")
@_number
@screen.json_option
def cancel(number: int, as_json: bool) -> None:
    """取消一项任务 Cancel a job that waits, or have one end that is being done."""
    with given_land.changing("取消任务 cancel job", str(number)) as connection:
        found = queue.cancel(connection, number, None, getpass.getuser())
    if as_json:
        screen.say_json(shown.job(found) | {"log": []})
        return
    if found.is_finished:
        screen.say(f"任务 {number} 已取消 · job {number} is cancelled")
    else:
        screen.say(f"已要求任务 {number} 结束 · job {number} was asked to end")


def kind_of(one: Job) -> str:
    """Return what a job's kind is called; one the program no longer has is called by its name."""
    is_known = one.kind in contracts.CODES["job_kind"]
    return contracts.label("job_kind", one.kind) if is_known else one.kind


def how_far(one: Job) -> str:
    """Return how far a job is, in words."""
    share = "" if not one.total_count else f" {one.done_count}/{one.total_count}"
    return f"{one.message_zh or ''}{share}".strip()


def _told(found: Job) -> list[tuple[str, Any]]:
    """Return what else is told of a job, where there is something to tell."""
    values = [
        (
            "要做什么 arguments",
            "，".join(f"{name}={value}" for name, value in found.arguments.items()),
        ),
        ("谁 owner", found.owner),
        ("排队 queued", given_land.when(found.queued_at)),
        ("开始 started", given_land.when(found.started_at)),
        ("结束 finished", given_land.when(found.finished_at)),
        ("次数 attempts", found.attempt_count or ""),
        (
            "结果 result",
            "，".join(f"{name}={value}" for name, value in (found.result or {}).items()),
        ),
        ("文件 files", "、".join(str(one["name"]) for one in found.files)),
        ("文件保留到 files until", given_land.when(found.files_until)),
    ]
    return [(title, value) for title, value in values if value]
