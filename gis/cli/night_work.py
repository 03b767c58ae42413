"""What the clock begins, and how a worker does it: the night of a day, the notices that wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from datetime import date as day_of
from typing import Any

from gis.cli.tile_work import prepare, queue_tiles
from gis.errors import UsageError
from gis.jobs import queue
from gis.jobs.work import Work, halves_of
from gis.night.due import are_kept
from gis.night.due import due as night_due
from gis.notices import outbox
from gis.notices import settings as nightly
from gis.notices.send import send_due
from gis.store import nights, runs
from gis.store.database import Connection

NIGHT, NOTICES = "nightly", "notices"
# Who asks for what begins by itself.
OWNER = "定时 clock"
_MINUTE = 60


def due(connection: Connection, now: datetime) -> None:
    """Queue what begins by itself: today's night, a round of notices a minute at most, tiles."""
    queue_night(connection, now)
    queue_tiles(connection, OWNER)
    if outbox.is_due(connection, now):
        minute = int(now.timestamp()) // _MINUTE
        queue.submit(
            connection, NOTICES, {}, owner=OWNER, scope=None, once_key=f"{NOTICES}:{minute}"
        )


def queue_night(connection: Connection, now: datetime) -> None:
    """Queue today's night where nights are kept, once for each time it is to be tried."""
    try:
        settings = nightly.read()
    except UsageError:
        # The night itself says so, and fails by it.
        settings = nightly.defaults(is_written=True)
    day = night_due(connection, now, settings) if are_kept(connection, settings) else None
    if day is not None:
        found = nights.get(connection, day)
        tries = found.attempts if found else 0
        queue.submit(
            connection, NIGHT, {"as_of": day.isoformat()},
            owner=OWNER, scope=None, once_key=f"{NIGHT}:{day}:{tries}",
        )  # fmt: skip


def night(work: Work) -> Mapping[str, Any]:
    """Make the night of the day asked for."""
    from gis.cli import nightly as command

    made = command.make(
        work.connection,
        day_of.fromisoformat(work.arguments["as_of"]),
        lambda: datetime.now(UTC),
        lambda step: work.progress(*halves_of(step)),
    )
    # Who opens the map in the morning is not to wait for it.
    if made.run is not None:
        prepare(work.connection, runs.get(work.connection, made.run))
    return {"as_of": made.as_of.isoformat(), "run": made.run, "delivery": made.delivery}


def notices(work: Work) -> Mapping[str, Any]:
    """Send the notices that are due."""
    done = send_due(work.connection, nightly.read(), datetime.now(UTC))
    return vars(done)
