"""What comes and when: warnings, anniversaries, lapses, deadlines; also as an iCalendar file."""

from __future__ import annotations

from gis.outputs.calendar.entries import entries, last_days, matters
from gis.outputs.calendar.icalendar import Event, text

__all__ = ["Event", "entries", "last_days", "matters", "text"]
