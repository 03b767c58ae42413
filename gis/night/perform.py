"""The order of a night: run, difference, what comes, files, digest, and whoever is to be told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from gis.errors import LandwatchError, UsageError
from gis.files import dated, fault_report
from gis.law import Law
from gis.night import folder, sources, told
from gis.night.folder import WriteOut
from gis.notices.settings import AGAIN, Settings
from gis.outputs import digest
from gis.pipeline import run as line
from gis.store import nights, turns
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.nights import Night
from gis.store.runs import Run

_LOG = logging.getLogger(__name__)


class AtWorkError(UsageError):
    """Somebody else makes the night right now."""


@dataclass(frozen=True)
class Door:
    """What a night is given: home, settings, law, the clock, and what writes a run out.

    `settings` is asked within the night, which fails where they cannot be read. `maps_of` names the
    map of each block (block -> file name, "": of no block). `tell` hears each step.
    """

    home: Path
    settings: Callable[[], Settings]
    law: Law
    clock: Callable[[], datetime]
    write_out: WriteOut
    maps_of: Callable[[Connection, Run], dict[str, str]]
    tell: Callable[[str], None]


def perform(connection: Connection, day: date, door: Door, *, is_vouched: bool = False) -> Night:
    """Make the night of a day and return it; one that is good already is returned as it is.

    `connection` is in autocommit. The night is good, and its notices wait in the outbox, in one
    transaction, when its folder is there; a night cut short is made anew as a whole, and tells
    once. One that fails is kept as failed with its reason, told, and the fault is raised.
    `is_vouched`: a person says that the clock is right. AtWorkError where another is at it.
    """
    with turns.alone(connection, turns.NIGHT) as is_alone:
        if not is_alone:
            raise AtWorkError(
                "另一个程序正在做夜间运行。 Another program is making the night right now.",
                "等它结束 wait for it to end: landwatch status",
            )
        found = nights.get(connection, day)
        if found is not None and found.state == nights.GOOD:
            return found
        tonight = nights.begin(connection, day, door.clock())
        try:
            _must_fit_the_clock(connection, day, is_vouched=is_vouched)
            return _made(connection, tonight, door)
        except Exception as fault:
            _fail(connection, day, fault, door)
            raise


def _must_fit_the_clock(connection: Connection, day: date, *, is_vouched: bool) -> None:
    """Refuse a day that a clock set back or forward would give, unless a person vouches for it."""
    if is_vouched:
        nights.put_ahead(connection, day)
        return
    last = nights.last_good(connection)
    if last is None:
        return
    if last.as_of > day:
        raise UsageError(
            f"系统时间是 {day}，早于上一夜 {last.as_of}：时钟拨回了，或曾拨快。 The clock says "
            f"{day}, before the last night of {last.as_of}: it was set back, or forward before.",
            "核对时钟，无误后 set the clock right, then: landwatch nightly --now",
        )
    if (day - last.as_of).days > AGAIN.most_gap_days:
        raise UsageError(
            f"系统时间是 {day}，距上一夜 {last.as_of} 超过 {AGAIN.most_gap_days} 天：时钟可能"
            f"拨快了。 The clock says {day}, more than {AGAIN.most_gap_days} days after the last "
            "night: it may have been set forward.",
            "核对时钟，无误后 make sure of the clock, then: landwatch nightly --now",
        )


def _made(connection: Connection, tonight: Night, door: Door) -> Night:
    day, law, settings = tonight.as_of, door.law, door.settings()
    run = line.run(connection, day, law, tell=door.tell)
    before = nights.last_good(connection, day)
    door.tell("比较 comparing")
    changed = sources.difference(connection, before, run, law)
    files = door.maps_of(connection, run)
    maps = {code: f"{folder.RESULTS}/{name}" for code, name in files.items()}
    night = sources.gather(connection, run, before, changed, law, tonight, maps)
    lines = digest.lines(night)
    door.tell("写出 writing")
    with dated.whole(door.home / folder.FOLDER, day) as draft:
        door.write_out(connection, run, law, draft / folder.RESULTS)
        folder.write_tables(draft, changed, night.coming)
        after = before.audit_number if before else None
        audited = folder.write_audit(connection, draft, after)
        whole = digest.digest(
            lines,
            day=day,
            run=run.id,
            delivery=run.delivery,
            before_on=night.before_on,
            before_run=night.before_run,
            missed=nights.missed(night.before_on, day),
            land="全部 everywhere",
            is_whole=True,
            names=told.names_of(connection, run.delivery, day),
        )
        folder.write_digest(draft, whole, settings.service)
    with faults.explained(), connection.transaction():
        now = door.clock()
        nights.note_good(connection, day, run.id, run.delivery, before, audited, now)
        nights.keep_lines(connection, day, lines)
        good = nights.get(connection, day)
        assert good is not None
        count = told.put_digests(connection, good, settings, now)
        oldest = day - timedelta(days=settings.kept_days)
        nights.sweep(connection, oldest)
    folder.sweep(door.home, oldest)
    _LOG.info("night %s is good: run %s, %s notices", day, run.id, count)
    return good


def _fail(connection: Connection, day: date, fault: Exception, door: Door) -> None:
    """Keep a night as failed, with its reason, and have it told; the store may be gone."""
    reason = reason_of(fault)
    _LOG.error("night %s failed: %s", day, reason)
    try:
        with faults.explained():
            with connection.transaction():
                now = door.clock()
                nights.note_failed(connection, day, reason, now)
            told.put_failure(connection, day, reason, door.settings(), now)
    except LandwatchError as further:
        _LOG.error("night %s: its failure could not be told: %s", day, reason_of(further))


def reason_of(fault: Exception) -> str:
    """Return why a night failed in one line, without secrets."""
    known = fault if isinstance(fault, LandwatchError) else faults.of_server(fault)
    if known is not None:
        return f"{known.found} → {known.mend}" if known.mend else str(known.found)
    return fault_report.in_one_line(fault)
