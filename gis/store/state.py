"""How the installation stands: nights, jobs, notices, ages, sizes, versions."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gis import __version__
from gis.files import disk
from gis.store import database, nights
from gis.store.cluster import faults
from gis.store.database import Connection

_FIGURES = """
SELECT
    (SELECT max(number) FROM landwatch.delivery),
    (SELECT extract(epoch FROM %(now)s - max(loaded_at)) FROM landwatch.delivery),
    (SELECT max(id) FROM landwatch.run),
    (SELECT extract(epoch FROM %(now)s - max(finished_at)) FROM landwatch.run),
    (SELECT count(*) FROM landwatch.upload WHERE state IN ('received', 'checked', 'refused')),
    (SELECT extract(epoch FROM %(now)s - min(queued_at)) FROM landwatch.job WHERE state = 'queued'),
    (SELECT extract(epoch FROM %(now)s - min(created_at)) FROM landwatch.notice
        WHERE state = 'waiting'),
    pg_database_size(current_database())
"""
_COUNTED = {
    "jobs": ("job", ("queued", "running", "done", "failed", "cancelled")),
    "notices": ("notice", ("waiting", "sent", "given_up")),
    "nights": ("night", nights.STATES),
}


def state(connection: Connection, home: Path, now: datetime) -> dict[str, Any]:
    """Return how the installation stands at an instant; ages in seconds, None where there is none.

    Nothing in it names a record, a person or a secret; the reason a night failed stands apart
    (`nights.Night.reason`).
    """
    with faults.explained():
        row = connection.execute(_FIGURES, {"now": now}).fetchone()
        versions = connection.execute(
            "SELECT current_setting('server_version'),"
            " (SELECT extversion FROM pg_extension WHERE extname = 'postgis')"
        ).fetchone()
    assert row is not None
    assert versions is not None
    figures = [None if value is None else int(value) for value in row]
    delivery, delivery_age, run, run_age, uploads, queued_age, waiting_age, bytes_ = figures
    return {
        "version": __version__,
        "schema": database.revision(connection),
        "postgresql": str(versions[0]).split(" ")[0],
        "postgis": versions[1],
        "night": _night(connection, now),
        **{name: _counts(connection, *told) for name, told in _COUNTED.items()},
        "oldest_queued_seconds": queued_age,
        "oldest_notice_seconds": waiting_age,
        "delivery": delivery,
        "delivery_age_seconds": delivery_age,
        "run": run,
        "run_age_seconds": run_age,
        "uploads_waiting_count": uploads,
        "disk": _disk(home) | {"database_bytes": bytes_},
    }


def night_trouble(connection: Connection, today: date) -> str | None:
    """Return in words, for whoever looks at the home page, that the nights are not as they should.

    None where they are, and where no night was ever begun. It names nobody.
    """
    newest = nights.listed_nights(connection, 1)
    if not newest:
        return None
    good = nights.last_good(connection)
    stand, stand_english = (
        (
            f"现有结果是 {good.as_of} 夜的",
            f"the results are those of the night of {good.as_of}",
        )
        if good
        else ("还没有成功的夜", "there was no good night yet")
    )
    if newest[0].state == nights.FAILED:
        day = newest[0].as_of
        return f"{day} 夜间运行失败；{stand}。 The night of {day} failed; {stand_english}."
    if good is None or (today - good.as_of).days > 1:
        return f"夜间运行没有按时做成；{stand}。 The night is late; {stand_english}."
    return None


def _night(connection: Connection, now: datetime) -> dict[str, Any]:
    good = nights.last_good(connection)
    newest = nights.listed_nights(connection, 1)
    ended_at = good.ended_at if good else None
    return {
        "last_good_on": good.as_of if good else None,
        "last_good_run": good.run if good else None,
        "last_good_age_seconds": int((now - ended_at).total_seconds()) if ended_at else None,
        "newest_on": newest[0].as_of if newest else None,
        "newest_state": newest[0].state if newest else None,
    }


def _counts(connection: Connection, name: str, states: tuple[str, ...]) -> dict[str, int]:
    with faults.explained():
        rows = connection.execute(
            f"SELECT state, count(*) FROM landwatch.{name} GROUP BY state"  # noqa: S608 - ours
        ).fetchall()
    return dict.fromkeys(states, 0) | {str(one): int(count) for one, count in rows}


def _disk(home: Path) -> dict[str, Any]:
    with disk.explained(home):
        usage = shutil.disk_usage(home if home.exists() else home.anchor)
    return {"total_bytes": usage.total, "free_bytes": usage.free}
