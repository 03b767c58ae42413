"""`landwatch nightly`: the night, begun by the clock or by a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click

from gis import config, recorded_law
from gis.cli import deliver, screen, streams, usage
from gis.jobs import queue
from gis.night import folder, perform
from gis.night import told as digests
from gis.night.due import due, today
from gis.notices import settings as nightly
from gis.notices.send import send_due
from gis.outputs import digest
from gis.store import database, nights
from gis.store.database import Connection
from gis.store.nights import Night
from gis.store.runs import Run

Tell = Callable[[str], None]
_LOG = logging.getLogger(__name__)
# Of a night, what everybody may be told; the reason of one that failed is for whoever sees all.
MEMBERS = (
    *("as_of", "state", "attempts", "started_at", "ended_at", "run", "delivery", "before_on"),
    *("before_run", "reason"),
)


@usage.command("nightly")
@click.option(
    "--now",
    "is_now",
    is_flag=True,
    help="不等钟点，马上做今天这一夜，也表示系统时间无误 Tonight's at once: the clock is right",
)
@screen.json_option
def nightly_(is_now: bool, as_json: bool) -> None:
    """夜间运行 Tonight's run if its hour has come: judge today, compare, hand out, tell.

    一天只做一次，做成了再叫也不重做；没有做成的整夜重做。设置在 LANDWATCH_HOME/nightly.toml。
    A night is made once; one that was cut short is made anew as a whole. nightly.toml has the
    hour, the recipients and the mail server.
    """
    streams.log_to_file("nightly")
    with database.connect(config.read()) as connection, screen.progress() as bar:
        settings, now = nightly.read(), datetime.now(UTC)
        task = bar.add_task("夜间运行 night", total=None)
        day = today(now) if is_now else due(connection, now, settings)
        found = None
        if day is not None:
            found = make(
                connection, day, lambda: datetime.now(UTC),
                lambda step: bar.update(task, description=step), is_vouched=is_now,
            )  # fmt: skip
        bar.update(task, description="发送 sending")
        sent = send_due(connection, settings, now)
        found = found or nights.last_good(connection)
        whole = None if found is None else digests.digest_of(connection, found, None)
    if as_json:
        content = {"is_made": day is not None, "night": _night(found), "folder": _folder(found)}
        content |= {"digest": None if whole is None else digest.content(whole)}
        screen.say_json({**content, "notices": vars(sent)})
        return
    if day is None:
        screen.say("现在没有要做的夜：钟点未到，或今天已做过 no night is due: too early, or done")
    if whole is not None:
        screen.say(*digest.text(whole, settings.service).rstrip("\n").split("\n"))
        screen.say(f"夜间文件夹 folder: {_folder(found)}")
    screen.say(
        f"通知 notices: 发出 sent {sent.sent}，失败待重试 to be tried again {sent.failed}，"
        f"放弃 given up {sent.given_up}，排队 put off {sent.put_off}"
    )


def make(
    connection: Connection, day: date, clock: Callable[[], datetime], tell: Tell,
    *, is_vouched: bool = False,
) -> Night:  # fmt: skip
    """Make the night of a day with the functions of the command, and return it."""
    door = perform.Door(
        home=config.read().home,
        settings=nightly.read,
        law=recorded_law.at(connection),
        clock=clock,
        write_out=lambda *asked: deliver.write_out(*asked, is_quiet=True),
        maps_of=_maps_of,
        tell=tell,
    )
    made = perform.perform(connection, day, door, is_vouched=is_vouched)
    _prune_jobs(connection, tell)
    return made


def _prune_jobs(connection: Connection, tell: Tell) -> None:
    """Remove jobs finished long ago, and say how many: on the screen and in the night's log."""
    kept_days = nightly.read().jobs_kept_days
    count = queue.prune(connection, kept_days)
    tell(f"清理 {kept_days} 天前结束的任务 {count} 项 jobs finished so long ago removed: {count}")
    _LOG.info("%s jobs finished more than %s days ago were removed", count, kept_days)


def _maps_of(connection: Connection, run: Run) -> dict[str, str]:
    from maps import stored

    atlas = stored.read(connection, run)
    places = [atlas.place(code) for code in atlas.codes]
    return {"" if one.is_outside else one.code: one.file_name for one in places}


def _night(found: Night | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {name: getattr(found, name) for name in MEMBERS}


def _folder(found: Night | None) -> str | None:
    place = None if found is None else folder.place(config.read().home, found.as_of)
    return str(place) if place is not None and place.is_dir() else None
