"""What a manager recorded of the choices the law leaves open: dated, never changed, only followed.

A reading counts from the delivery on that was the newest when it was recorded, so what was known
at a delivery is told by that number alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.statements import LOADS, WAIT_FOR_TURN

READING: dict[str, str] = {
    "key": "text!",
    "region": "text!",
    # None: from that day on the files of the law hold again.
    "value": "text",
    "from_on": "day!",
    "source": "text!",
    "who": "text!",
    "at": "instant!",
    "delivery": "integer!",
}
_COLUMNS = "id, key, region, value, from_on, source, who, at, delivery"


@dataclass(frozen=True)
class Reading:
    """One reading: of which key, in which region ('': the nation), from which day on, whence."""

    id: int
    key: str
    region: str
    value: str | None
    from_on: date
    source: str
    who: str
    at: datetime
    delivery: int


def add(
    connection: Connection, key: str, region: str, value: str | None, from_on: date, source: str,
    who: str,
) -> Reading:  # fmt: skip
    """Record a reading behind all that was delivered; `value` and key are checked already."""
    with faults.explained(), connection.transaction():
        # Whoever loads right now is done first: the reading stands behind that delivery.
        connection.execute(WAIT_FOR_TURN.format(LOADS))
        row = connection.execute(
            "INSERT INTO landwatch.reading (key, region, value, from_on, source, who, at, delivery)"
            " VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp(),"
            " (SELECT coalesce(max(number), 0) FROM landwatch.delivery))"
            " RETURNING id, key, region, value, from_on, source, who, at, delivery",
            (key, region, value, from_on, source, who),
        ).fetchone()
    assert row is not None
    return Reading(*row)


def known(connection: Connection, delivery: int | None = None) -> tuple[Reading, ...]:
    """Return the readings known at a delivery (None: now), in the order they were recorded."""
    return _read(connection, "%s::int IS NULL OR delivery <= %s", (delivery, delivery))


def numbered(connection: Connection, ids: Sequence[int]) -> tuple[Reading, ...]:
    """Return the readings of these numbers, in the order they were recorded."""
    return _read(connection, "id = ANY (%s)", ([*ids],)) if ids else ()


def _read(connection: Connection, condition: str, values: Sequence[Any]) -> tuple[Reading, ...]:
    with faults.explained():
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM landwatch.reading WHERE {condition} ORDER BY id",  # noqa: S608
            values,
        ).fetchall()
    return tuple(Reading(*row) for row in rows)
