"""The calendar as an iCalendar file (RFC 5545) that phones and office programs take in.

The same run gives the same file: the stamp is the run's, and an entry keeps its UID when its day
moves, so a program that takes the file in again moves the entry.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gis.days import add_days

_OCTETS = 75
# Control characters are not allowed in a content line at all, but for the tab.
_NOT_ALLOWED = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"}
_ESCAPED = _NOT_ALLOWED | str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Event:
    """One entry of a whole day; `identity` names it whatever its day."""

    on: date
    identity: tuple[str, ...]
    summary: str
    description: str
    category: str


def text(events: Sequence[Event], stamp: datetime, title: str) -> str:
    """Return the file: CRLF line ends, no line over 75 octets, UTF-8 characters never cut."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//landwatch//calendar//ZH"]
    lines += ["CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_escaped(title)}"]
    met: Counter[tuple[str, ...]] = Counter()
    for event in events:
        lines += _lines(event, met[event.identity], stamp)
        met[event.identity] += 1
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _lines(event: Event, repeated: int, stamp: datetime) -> list[str]:
    name = "\n".join([*event.identity, str(repeated)])
    uid = hashlib.sha256(name.encode()).hexdigest()[:32]
    next_day = add_days(event.on, 1)
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@landwatch",
        f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{next_day:%Y%m%d}",
        f"SUMMARY:{_escaped(event.summary)}",
        f"DESCRIPTION:{_escaped(event.description)}",
        f"CATEGORIES:{_escaped(event.category)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(value: str) -> str:
    return value.translate(_ESCAPED)


def folded(line: str) -> Iterator[str]:
    """Yield the parts of a content line, each at most 75 octets, later ones after one space.

    A Chinese character is three octets: 25 fill a line, and 24 the next, after its space.

    >>> [len(part.encode()) for part in folded("地" * 60)]
    [75, 73, 34]
    """
    rest = line.encode()
    room = _OCTETS
    lead = ""
    while len(rest) > room:
        cut = room
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        yield lead + rest[:cut].decode()
        rest, lead, room = rest[cut:], " ", _OCTETS - 1
    yield lead + rest.decode()
