"""Which night the clock asks for: today's, from its hour on, until it is good."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gis.accounts import users
from gis.notices.settings import AGAIN, Settings
from gis.store import nights, records
from gis.store.database import Connection
from gis.store.nights import Night

SHANGHAI = ZoneInfo("Asia/Shanghai")


def today(now: datetime) -> date:
    """Return the day it is in Beijing at an instant."""
    return now.astimezone(SHANGHAI).date()


def due(connection: Connection, now: datetime, settings: Settings) -> date | None:
    """Return the day whose night is to be made now, None where none is.

    A night that was missed is caught up once: when the hour has passed, whatever the time. Nights
    of days gone by are not made afterwards: what changed then is told by the next one. Where
    nothing was delivered yet there is nothing to judge.
    """
    if now.astimezone(SHANGHAI).hour < settings.hour or not records.latest_delivery(connection):
        return None
    day = today(now)
    found = nights.get(connection, day)
    return day if found is None or may_be_tried(found, now) else None


def are_kept(connection: Connection, settings: Settings) -> bool:
    """Return whether nights are made here by the clock: in an office, or where somebody set them.

    An office has accounts. At a desk without any, and without settings, nothing is judged that
    nobody asked for: whoever tries the program sees the run they made.
    """
    return settings.is_written or users.exists(connection)


def may_be_tried(found: Night, now: datetime) -> bool:
    """Return whether a night that was begun may be tried once more: not too often, not at once."""
    if found.state == nights.GOOD or found.attempts >= AGAIN.most_attempts:
        return False
    last = found.ended_at or found.started_at
    # A last try in time to come was made before the clock was set back.
    return last > now or now - last >= timedelta(minutes=AGAIN.minutes)


def is_late(connection: Connection, now: datetime, settings: Settings) -> bool:
    """Return whether the newest good night is older than it should be by now."""
    if not are_kept(connection, settings):
        return False
    last = nights.last_good(connection)
    local = now.astimezone(SHANGHAI)
    # An hour after its beginning it may still be at work.
    wanted = local.date() if local.hour > settings.hour else local.date() - timedelta(days=1)
    return last is None or last.as_of < wanted
