"""What a worker does of a run: judging, lists, maps, workbook, calendar, as the command does it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.web import list_wanted
from api.work import TRIED, Order
from gis import recorded_law
from gis.cli import calendar as calendars
from gis.cli import deliver, screen, served_work, which_run
from gis.cli.scenario_work import Scenario, tried
from gis.cli.tile_work import prepare
from gis.errors import UsageError
from gis.fields import KINDS
from gis.files import drafts
from gis.intake import load as intake
from gis.jobs.settings import JOBS
from gis.jobs.work import Work, halves_of
from gis.pipeline import run as line
from gis.recorded_law import Supposed
from gis.store import records, results
from gis.store.runs import Run


def run(work: Work) -> Mapping[str, Any]:
    """Judge a day.

    arguments: as_of, and known_at, region, purpose, full, files (true: all a run is handed out as).
    """
    asked, known_at = work.arguments, work.arguments.get("known_at")
    day = which_run.as_day(asked["as_of"])
    then = None if known_at is None else which_run.as_delivery(str(known_at))
    rules = recorded_law.at(
        work.connection, None if then is None else records.delivery_at(work.connection, then)
    )

    def tell(step: str) -> None:
        work.progress(*halves_of(step))

    done = line.run(
        work.connection,
        day,
        rules,
        known_at=then,
        region=asked.get("region"),
        tell=tell,
        is_full=bool(asked.get("full")),
        purpose=asked.get("purpose") or which_run.purpose_of(day, known_at),
    )
    left_out = results.count(work.connection, done, "set_aside")
    if left_out:
        work.say(
            f"{left_out} 条记录无法判定，已搁置，不在任何合计内",
            f"{left_out} records could not be judged and are in no total",
        )
    if asked.get("files"):
        work.progress(None, None, "写出", "writing")
        deliver.write_out(work.connection, done, rules, work.folder, is_quiet=True)
    if not done.is_repeat:
        _tiles(work, done)
    return {**_of(done), "is_repeat": done.is_repeat, "set_aside_count": left_out}


def tiles(work: Work) -> Mapping[str, Any]:
    """Make what tiles and lists of a run are read off; arguments: run or as_of."""
    found = _run(work)
    _tiles(work, found)
    return _of(found)


def _tiles(work: Work, run: Run) -> None:
    def tell(done: int, total: int) -> None:
        work.progress(done, total, "备好清单和瓦片", "preparing lists and tiles")

    prepare(work.connection, run, tell)


def export(work: Work) -> Mapping[str, Any]:
    """Write a list of a run with its signed manifest.

    arguments: what, format, epsg, encoding, and run or as_of; of a list of pages, `list` and
    `query`, the rows it lets through alone, without a manifest.
    """
    asked, found = work.arguments, _run(work)
    work.progress(None, None, "写出清单", "writing the list")
    order = Order(asked["what"], asked["format"], int(asked["epsg"]), asked["encoding"], work.scope)
    if asked.get("list"):
        only = list_wanted.of(
            work.connection, found, asked["list"], asked["what"], asked.get("query", ""), work.scope
        )
        order = replace(order, only=only)
    served_work.export(work.connection, found, order, work.folder)
    return _of(found) | ({} if order.only is None else {"count": len(order.only)})


def maps(work: Work) -> Mapping[str, Any]:
    """Draw the maps of all blocks of a run, and their index; arguments: run or as_of."""
    from maps import atlas, stored

    _must_be_of_all_land(work)
    found = _run(work)

    def tell(done: int, total: int) -> None:
        work.progress(done, total, "绘制地图", "drawing maps")

    atlas.write(stored.read(work.connection, found), work.folder, tell=tell)
    return _of(found)


def report(work: Work) -> Mapping[str, Any]:
    """Write all a run is handed out as, with its signed manifest; arguments: run or as_of."""
    _must_be_of_all_land(work)
    found = _run(work)
    work.progress(None, None, "写出报告", "writing the report")
    rules = recorded_law.of(work.connection, found)
    deliver.write_out(work.connection, found, rules, work.folder, is_quiet=True)
    return _of(found)


def calendar(work: Work) -> Mapping[str, Any]:
    """Write what comes, as a table and as a file for calendars.

    arguments: from, to, region, block, and run or as_of.
    """
    _must_be_of_all_land(work)
    asked, found = work.arguments, _run(work)
    work.progress(None, None, "推算今后节点", "working out what comes")
    rules = recorded_law.of(work.connection, found)
    told = calendars.coming_of(
        work.connection, found, rules, asked.get("from"), asked.get("to"),
        asked.get("region"), asked.get("block"),
    )  # fmt: skip
    calendars.write(told, work.folder / "今后节点.csv", work.folder / "今后节点.ics")
    return {
        **_of(found),
        "from": told.first.isoformat(),
        "to": told.last.isoformat(),
        "count": len(told.rows),
    }


def scenario(work: Work) -> Mapping[str, Any]:
    """Try a plan out beside what is known, and keep nothing of it but a file of what it came to.

    arguments: name, registers (kind, text), readings (key, value, from_on, region), and as_of.
    """
    asked, day = work.arguments, work.arguments.get("as_of")
    with drafts.temporary() as folder:
        orders = []
        for number, one in enumerate(asked.get("registers", ()), start=1):
            place = folder / f"{KINDS[one['kind']].title}{number}.csv"
            place.write_text(one["text"], encoding="utf-8")
            orders.append(
                intake.LoadRequest(one["kind"], place, encoding="utf-8", is_remembered=False)
            )
        told = tried(
            work.settings,
            Scenario(
                asked["name"],
                None if day is None else which_run.as_day(day),
                orders,
                [
                    Supposed(
                        one["key"],
                        one.get("value"),
                        which_run.as_day(one["from_on"]),
                        one.get("region", ""),
                    )
                    for one in asked.get("readings", ())
                ],
            ),
            work.scope,
            most_seconds=JOBS.trial_most_seconds,
            tell=lambda step: work.progress(*halves_of(step)),
            stopping=work.stopping,
        )
    content = screen.plain({**told})
    (work.folder / TRIED).write_text(
        json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8"
    )
    return {name: content[name] for name in ("name", "as_of", "known_at", "run")} | {
        f"{name}_count": len(content[name])
        for name in ("changes", "readings", "subjects", "indicators")
    }


def _run(work: Work) -> Run:
    """Return the run a job speaks of.

    That which is shown when the job begins, where it names none: what it was stands in the result.
    """
    number = work.arguments.get("run")
    return which_run.chosen(work.connection, number, work.arguments.get("as_of"))


def _of(found: Run) -> dict[str, Any]:
    return {
        "run": found.id,
        "as_of": found.as_of.isoformat(),
        "delivery": found.delivery,
        "region": found.region,
        "purpose": found.purpose,
    }


def _must_be_of_all_land(work: Work) -> None:
    if work.scope is not None:
        raise UsageError(
            "这类任务涉及全部土地，账号只限部分土地。 This is made of all land, the account "
            "may see a part.",
            "改用清单导出 ask for a list: export",
        )
