"""What is told to whom: the digest of each recipient's land, and that a night failed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gis.accounts import land, uploads
from gis.notices import outbox
from gis.notices.settings import Settings
from gis.outputs import digest
from gis.store import nights, records
from gis.store.database import Connection
from gis.store.nights import Night
from gis.store.results import Scope


def digest_of(connection: Connection, night: Night, scope: Scope | None) -> digest.Digest:
    """Return what a good night tells whoever sees a scope (None: all land)."""
    assert night.run is not None
    assert night.delivery is not None
    seen = [] if scope is None else [one.id for one in uploads.read(connection, scope)]
    return digest.digest(
        nights.lines(connection, night.as_of, scope, seen),
        day=night.as_of,
        run=night.run,
        delivery=night.delivery,
        before_on=night.before_on,
        before_run=night.before_run,
        missed=nights.missed(night.before_on, night.as_of),
        land=land.words(scope),
        is_whole=scope is None,
        names=names_of(connection, night.delivery, night.as_of),
    )


def names_of(connection: Connection, delivery: int, day: date) -> dict[str, str]:
    """Return code -> name of the regions and blocks known at a delivery on a day."""
    found: dict[str, str] = {}
    for kind, code in (("regions", "region_code"), ("blocks", "block_code")):
        rows = records.read(connection, kind, delivery, day, columns=(code, "name"))
        found |= dict(rows.dropna(subset=["name"])[[code, "name"]].itertuples(index=False))
    return found


def put_digests(connection: Connection, night: Night, settings: Settings, now: datetime) -> int:
    """Write the notices of a good night, in the transaction that makes it good; return how many."""
    count = 0
    for recipient in settings.recipients:
        told = digest_of(connection, night, recipient.scope)
        content = {
            "subject": digest.title(told),
            "text": digest.text(told, settings.service),
            "html": digest.html(told, settings.service),
            "short": digest.short(told, settings.service),
            "json": digest.content(told),
        }
        count += outbox.put(connection, night.as_of, outbox.DIGEST, recipient, content, now)
    return count


def put_failure(
    connection: Connection, day: date, reason: str, settings: Settings, now: datetime
) -> int:
    """Write the notices that a night failed, once a night; return how many.

    The reason may name records: it is for whoever sees everything.
    """
    last = nights.last_good(connection)
    count = 0
    for recipient in settings.recipients:
        content = _failure(day, reason if recipient.scope is None else "", last)
        count += outbox.put(connection, day, outbox.FAILED, recipient, content, now)
    return count


def _failure(day: date, reason: str, last: Night | None) -> dict[str, Any]:
    subject = f"土地监测夜报 {day}：夜间运行失败 the night failed"
    stand = (
        f"清单和地图仍是 {last.as_of} 夜的（运行 {last.run}）。"
        f" Lists and maps are still those of the night of {last.as_of} (run {last.run})."
        if last
        else "还没有成功的夜。 There was no good night yet."
    )
    words = [
        f"{day} 夜间运行失败，没有新的判定。 The night of {day} failed: nothing was judged anew.",
        stand,
        *([f"原因 reason: {reason}"] if reason else []),
        "程序会按设置再试；请系统管理员查看 It is tried again; to be looked at: landwatch status",
    ]
    text = "\n".join([subject, "", *words]) + "\n"
    short = "\n".join([subject, *words])
    told = {"title": subject, "as_of": day.isoformat(), "failed": True, "reason": reason or None}
    return {
        "subject": subject,
        "text": text,
        "html": digest.plain_page(subject, words),
        "short": digest.within(short),
        "json": told,
    }
