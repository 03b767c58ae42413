"""Fourteen nights by a moved clock: five with deliveries, one killed, one whose database stops, one
with the mail down for two days; each digest is right, nobody is told twice, no night is missing.

Worked by hand as in tests/test_nightly.py, from 2026-06-29 on:

06-30  A06 seen started, A07 seen not started: A02, B02 appear, A06 leaves, A01 and A07 change.
07-01  A07: two full years are over with 06-30, the track is recovery from now on.
07-02  B02 seen started on 07-01: it leaves.           07-03  killed while it writes, made anew.
07-05  C01 is delivered, due 07-01: overdue since 07-02, it appears.
07-06  the database stops in the middle; caught up the same day.
07-08  A03 was due on 07-07: it appears; A02 seen started on 07-07: it leaves.
07-09  A08 was due on 07-08: it appears.               07-09, 07-10  the mail server is down.
07-10  A09, not due before 07-30, seen started: no list holds it, a change all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from subprocess import Popen

import pytest

from gis.cli import night_work
from gis.cli.job_kinds import KINDS
from gis.config import Config
from gis.jobs.worker import Worker
from gis.notices import outbox
from gis.store import database, nights
from gis.store.cluster import server
from tests.bureau import FIRST, Bureau, at, fill, patrol, subjects
from tests.delivered import deliver
from tests.mailboxes import Robots, mail_server, robots
from tests.stores import Store

DAYS = [FIRST + timedelta(days=n) for n in range(14)]
# Day of the month -> appeared, left, another outcome or track.
CHANGES = {
    30: (["A02", "B02"], ["A06"], ["A01", "A07"]), 1: ([], [], ["A07"]), 2: ([], ["B02"], []),
    5: (["C01"], [], []), 8: (["A03"], ["A02"], []), 9: (["A08"], [], []),
}  # fmt: skip
LAST_DAYS = {29: ["A01", "A02", "B02"], 30: ["A07"], 7: ["A03"], 8: ["A08"]}
DELIVERED = {30: 2, 2: 1, 5: 1, 8: 1, 10: 1}
RECIPIENTS = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "landwatch@example"
[[recipient]]
name = "利用科"
way = "mail"
address = "use@example"
everywhere = true
[[recipient]]
name = "西旗"
way = "json"
address = "{robot}/west"
regions = ["150722"]
"""


@pytest.fixture
def own(short_folder: Path) -> Iterator[Bureau]:
    """A bureau with a cluster of its own, which can be stopped."""
    home = short_folder / "fortnight"
    server.make(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LANDWATCH_DATABASE_URL", raising=False)
        patch.setenv("LANDWATCH_HOME", str(home))
        with database.connect(Config(home, None), make=True) as connection:
            fill(connection)
        try:
            yield Bureau(Store("", home), at(FIRST))
        finally:
            server.stop(home)


def bring(made: Bureau, day: date) -> None:
    """Deliver what comes before the night of a day."""
    with made.connected() as connection:
        if day.day == 30:
            patrol(connection, "A06", "started", "2026-06-29")
            patrol(connection, "A07", "not_started", "2026-06-29")
        elif day.day == 5:
            given = {"region_code": "150602", "signed_on": "2022-03-31", "supply_way": "grant"}
            due = {"supply_no": "C01", "start_agreed_on": "2026-07-01", "area_m2": 10_000.0}
            deliver(connection, "supplies", given | due)
        elif day.day in (number := {2: "B02", 8: "A02", 10: "A09"}):
            seen_on = day - timedelta(days=1)
            patrol(connection, number[day.day], "started", seen_on.isoformat())


def make(made: Bureau, day: date) -> None:
    """Make the night of a day as its day has it."""
    if day.day == 3:
        made.cut_short(day, "写出", Popen.kill)
    if day.day == 6:
        home = made.store.home
        assert made.cut_short(day, "比较", lambda _: server.stop(home)) != 0
        server.start(home)
        with made.connected() as connection:
            night = nights.get(connection, day)
            assert night is not None
            assert night.state in {nights.RUNNING, nights.FAILED}
    if day.day == 4:
        # By the worker: it queues the night when its hour has come, and makes it.
        made.now = at(day)
        settings = Config(made.store.home, None)
        due = night_work.queue_night
        assert Worker(settings, KINDS, due=due, clock=lambda: made.now).work_off() == 1
        return
    made.night(day)


@pytest.mark.long("two nights, one of them killed: tests/test_nightly.py")
def test_a_fortnight_ends_with_the_right_digests_none_twice_and_none_missing(own: Bureau) -> None:
    letters: list[str] = []
    with mail_server() as mail:
        port = mail.port
    with robots() as taker:
        own.settle(RECIPIENTS.format(port=port, robot=taker.address))
        for day in DAYS:
            bring(own, day)
            make(own, day)
            if day.day in {9, 10}:
                for _ in range(24):
                    own.send(minutes=50)
            else:
                letters += sent(own, port)
        check_digests(own)
        check_told(own, letters, taker)


def sent(own: Bureau, port: int) -> list[str]:
    """Let the mail server be up for an hour; return the titles that came."""
    with mail_server(port) as mail:
        for _ in range(3):
            own.send(minutes=30)
        return [str(letter["Subject"]) for letter in mail.came]


def check_digests(own: Bureau) -> None:
    with own.connected() as connection:
        made = nights.listed_nights(connection)
    assert [night.as_of for night in reversed(made)] == DAYS
    assert {night.state for night in made} == {nights.GOOD}
    for before, day in zip([None, *DAYS], DAYS, strict=False):
        told = own.digest(day)
        assert told["before"] == (None if before is None else before.isoformat())
        found = tuple(subjects(told, name) for name in ("appeared", "left", "track"))
        assert found == CHANGES.get(day.day, ([], [], [])), day
        assert subjects(told, "due_now") == LAST_DAYS.get(day.day, []), day
        assert len(subjects(told, "delivery")) == DELIVERED.get(day.day, 0), day
        (other,) = (one["count"] for one in told["sections"] if one["section"] == "other")
        assert other >= (day.day == 10)
        trouble = subjects(told, "trouble")
        assert len(trouble) == (1 if day.day in {3, 6} else 0), (day, told["sections"][-1])


def check_told(own: Bureau, letters: list[str], taker: Robots) -> None:
    days = Counter(title.split("：")[0] for title in letters)
    assert days == {f"土地监测夜报 {day}": 1 for day in DAYS}
    west = Counter(body["digest"]["as_of"] for _, body in taker.came)
    assert west == {day.isoformat(): 1 for day in DAYS}
    assert all("A0" not in str(body) for _, body in taker.came)
    with own.connected() as connection:
        assert outbox.counts(connection) == {"waiting": 0, "sent": 28, "given_up": 0}
