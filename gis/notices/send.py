"""What waits in the outbox, sent in turn: each once, within the limits of the robots."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from gis.notices import outbox, ways
from gis.notices.outbox import Notice
from gis.notices.settings import ROBOTS, Settings
from gis.store import turns
from gis.store.database import Connection

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """How many notices arrived, failed and wait for another try, were given up, or were put off."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    put_off: int = 0


def send_due(connection: Connection, settings: Settings, now: datetime) -> Done:
    """Send what is due; whoever sends already is not disturbed, and nothing is sent twice.

    `connection` is in autocommit: that a try begins is written down before it does.
    """
    counted = {"sent": 0, "failed": 0, "given_up": 0, "put_off": 0}
    with turns.alone(connection, turns.NOTICES) as is_alone:
        if is_alone:
            for notice in outbox.due(connection, now):
                counted[_try(connection, settings, notice, now)] += 1
    return Done(**counted)


def _try(connection: Connection, settings: Settings, notice: Notice, now: datetime) -> str:
    recipient = settings.recipient(notice.recipient)
    if recipient is None:
        outbox.give_up(
            connection, notice, "设置里已没有这个收件人 the settings name nobody so any more"
        )
        return "given_up"
    if recipient.way in ROBOTS:
        free_at = outbox.free_at(connection, outbox.target_of(recipient), now)
        if free_at is not None:
            outbox.wait_until(connection, notice, free_at)
            return "put_off"
    outbox.begin_try(connection, notice, now)
    try:
        ways.send(recipient, settings.mail, notice.content, mark_of(notice), now)
    except ways.NotSentError as fault:
        state = outbox.note_fault(connection, notice, str(fault), now)
        _LOG.warning("notice %s to %s: %s", notice.id, notice.recipient, fault)
        return "given_up" if state == outbox.GIVEN_UP else "failed"
    outbox.note_sent(connection, notice, now)
    _LOG.info("notice %s to %s sent", notice.id, notice.recipient)
    return "sent"


def mark_of(notice: Notice) -> str:
    """Return what tells a notice from every other, the same at every try."""
    return f"{notice.kind}-{notice.night:%Y%m%d}-{notice.id}"
