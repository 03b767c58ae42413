"""A small bureau whose nights are made one after the other, by a clock that is moved by hand.

Supplies of one hectare for 1,000,000 yuan; what each stands for is said where it is asked about.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

import pytest

from gis.cli import nightly
from gis.config import Config
from gis.night.due import SHANGHAI, today
from gis.notices import settings
from gis.notices.send import Done, send_due
from gis.store import database
from gis.store.nights import Night
from tests.conftest import Server
from tests.delivered import deliver
from tests.stores import ROOT, Store, copied

# Number -> agreed start and region.
DUE = {
    "A01": "2025-06-29", "A02": "2026-06-29", "A03": "2026-07-07", "A04": "2026-09-28",
    "A05": "2026-09-29", "A06": "2026-01-31", "A07": "2024-06-30", "A08": "2026-07-08",
    "A09": "2026-07-30", "B02": "2026-06-29",
}  # fmt: skip
FIRST, SECOND = date(2026, 6, 29), date(2026, 6, 30)
OTHER_REGION = "150722"


def at(day: date, hour: int = 2, minute: int = 0) -> datetime:
    """Return an instant of a day in Beijing."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)


@dataclass
class Bureau:
    """A store, its home, and the clock."""

    store: Store
    now: datetime

    @contextmanager
    def connected(self) -> Iterator[database.Connection]:
        with database.connect(Config(self.store.home, self.store.url or None)) as connection:
            yield connection

    def night(self, day: date, *, is_vouched: bool = False) -> Night:
        """Make the night of a day at two o'clock, as the command does."""
        self.now = at(day)
        with self.connected() as connection:
            return nightly.make(
                connection, day, lambda: self.now, lambda _: None, is_vouched=is_vouched
            )

    def cut_short(self, day: date, step: str, cut: Callable[[Popen[str]], None]) -> int:
        """Begin the night of a day in a process of its own, and cut it at a step; its exit code."""
        with Popen(
            [sys.executable, "-m", "tests.bureau", day.isoformat()],
            cwd=ROOT, env=self.store.environment, stdout=PIPE, stderr=DEVNULL, text=True,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith(step):
                    cut(child)
                    break
            return child.wait(timeout=120)

    def send(self, minutes: int = 0) -> Done:
        """Send what is due, so many minutes later."""
        self.now += timedelta(minutes=minutes)
        with self.connected() as connection:
            return send_due(connection, settings.read(self.store.home), self.now)

    def folder(self, day: date) -> Path:
        return self.store.home / "nights" / day.isoformat()

    def digest(self, day: date) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            (self.folder(day) / "夜报.json").read_text(encoding="utf-8")
        )
        return told

    def settle(self, content: str) -> None:
        """Write nightly.toml, for its owner alone."""
        self.store.home.mkdir(parents=True, exist_ok=True)
        file = self.store.home / settings.NAME
        file.write_text(content, encoding="utf-8")
        file.chmod(0o600)


def subjects(told: dict[str, Any], section: str) -> list[str]:
    """Return whom a section of a digest names, in its order."""
    (own,) = (one for one in told["sections"] if one["section"] == section)
    return [row["subject"] for row in own["rows"]]


def fill(connection: database.Connection) -> None:
    """Deliver what the bureau knew before the first night."""
    given = {"signed_on": "2022-03-31", "supply_way": "grant", "price_fen": 100_000_000}
    deliver(
        connection,
        "supplies",
        *(
            {**given, "supply_no": number, "project_name": f"{number}地块", "area_m2": 10_000.0,
             "region_code": OTHER_REGION if number[0] == "B" else "150602",
             "start_agreed_on": due}
            for number, due in DUE.items()
        ),
    )  # fmt: skip


def patrol(connection: database.Connection, number: str, milestone: str, on: str) -> int:
    seen = {"supply_no": number, "observed_on": on, "source": "patrol", "milestone": milestone}
    started = {"started_on": on} if milestone == "started" else {}
    return deliver(connection, "progress", seen | started)


@contextmanager
def bureau(server: Server, pattern: str, name: str, home: Path) -> Iterator[Bureau]:
    """Give a bureau that is filled, in the environment a user of it would have."""
    with copied(server, pattern, name, home) as store, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDWATCH_DATABASE_URL", store.url)
        patch.setenv("LANDWATCH_HOME", str(home))
        made = Bureau(store, at(FIRST))
        with made.connected() as connection:
            fill(connection)
        yield made


def _say(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    began = at(date.fromisoformat(sys.argv[1]))
    with database.connect() as own:
        nightly.make(own, today(began), lambda: began, _say)
