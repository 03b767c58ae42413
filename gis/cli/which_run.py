"""Which run an answer speaks of: chosen openly, and named in the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from gis import contracts
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.law import Law
from gis.pipeline import program
from gis.store import runs
from gis.store.database import Connection
from gis.store.runs import Run

F = TypeVar("F", bound=Callable[..., Any])
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_DIGEST_LETTERS = 12
_BARE_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def options(command: F) -> F:
    """Let a command be told which run it speaks of: by number or by day, else the one shown."""
    command = click.option(
        "--as-of", metavar="DAY", help="判定日为这一天的运行 The run that judged this day"
    )(command)
    return click.option(
        "--run", "run_id", type=int, help="运行编号，默认见 landwatch runs Run, default: see runs"
    )(command)


def list_options(command: F) -> F:
    """Give a command what every list of a run has: which run, a file, rows, --json."""
    for option in (
        options,
        click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write"),
        click.option("--limit", type=int, default=40, help="终端显示行数 Rows on the terminal"),
        screen.json_option,
    ):
        command = option(command)
    return command


def chosen(connection: Connection, run_id: int | None, as_of: str | None = None) -> Run:
    """Return the run asked for; UsageError when there is none."""
    return runs.chosen(connection, run_id, None if as_of is None else as_day(as_of))


def as_day(text: str) -> date:
    """Return a legal day written YYYY-MM-DD; UsageError otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"“{text}”不是日期。 {text!r} is no day.", "写成 write it like 2026-06-30"
        ) from None


def as_delivery(text: str) -> int | datetime:
    """Return a delivery's number or an instant; a bare day is its end in Beijing.

    UsageError for anything else; an instant without a zone is refused by the store.
    """
    if text.isdigit():
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"“{text}”既不是资料编号也不是时刻。 {text!r} is neither a delivery nor an instant.",
            "--known-at 3，--known-at 2026-03-01，或 --known-at 2026-03-01T08:00+08:00",
        ) from None
    if _BARE_DAY.fullmatch(text):
        # What was known on a day is all that had come by its end.
        return datetime.combine(instant, time.max, _SHANGHAI)
    return instant


def today() -> date:
    """Return today in Beijing: only the door knows a today."""
    return datetime.now(_SHANGHAI).date()


def purpose_of(as_of: date, known_at: str | None) -> str:
    """Return what a run is for when nobody says: a coming day or old knowledge is a what-if."""
    is_routine = as_of <= today() and known_at is None
    return runs.ROUTINE if is_routine else runs.WHAT_IF


def title(run: Run) -> str:
    """Return the words that name a run in the head of an answer."""
    words = [f"运行 {run.id}", f"判定日 {run.as_of}"]
    if run.region is not None:
        words.append(f"行政区 {run.region}")
    if run.purpose != runs.ROUTINE:
        words.append(contracts.label("purpose", run.purpose))
    return " · ".join(words)


def differs(run: Run, law: Law) -> str:
    """Return in words what made a run and is not at hand now; empty where all of it is."""
    apart = []
    if run.code_digest != program.code_digest():
        made_by = "未记录" if run.code_digest is None else run.code_digest[:_DIGEST_LETTERS]
        apart.append(f"程序（当时 {made_by}，现在 {program.code_digest()[:_DIGEST_LETTERS]}）")
    if run.law_digest != law.digest:
        was, now = run.law_digest[:_DIGEST_LETTERS], law.digest[:_DIGEST_LETTERS]
        apart.append(f"法律数据（当时 {was}，现在 {now}）")
    if not apart:
        return ""
    return (
        f"注意：运行 {run.id} 所用的{'、'.join(apart)}与现在不同，以下按现在的程序和法律说明，"
        "可能与当时的结果不一致；重新运行即一致。"
        " Explained by today's program and law, which differ from the run's; run again to agree."
    )


@usage.command("runs")
@screen.json_option
def listing(as_json: bool) -> None:
    """已有的运行，第一行是默认显示的 Every run; the first is the one shown by default."""
    from gis import config
    from gis.store import database

    with database.connect(config.read()) as connection:
        found = runs.all_runs(connection)
    if as_json:
        rows = [_told(run, is_default=place == 0) for place, run in enumerate(found)]
        screen.say_json({"count": len(rows), "rows": rows})
        return
    screen.show(
        f"运行 Runs · {len(found)} 次，默认显示第一行 the first is shown by default",
        ["号", "判定日", "资料", "行政区", "用途", "完成于", "程序", "法律"],
        [
            [
                str(run.id),
                str(run.as_of),
                str(run.delivery),
                run.region or "全部",
                contracts.label("purpose", run.purpose),
                f"{run.finished_at:%Y-%m-%d %H:%M}" if run.finished_at else "",
                (run.code_digest or "—")[:8],
                run.law_digest[:8],
            ]
            for run in found
        ],
        numeric=(0, 2),
        whole=(1, 5),
        goes_first=(7, 6, 3, 5),
    )


def _told(run: Run, *, is_default: bool) -> dict[str, Any]:
    names = (
        *("as_of", "delivery", "region", "purpose", "code_version", "code_digest", "law_digest"),
        *("started_at", "finished_at", "built_on"),
    )
    return {
        "run": run.id,
        "is_default": is_default,
        **{name: getattr(run, name) for name in names},
    }
