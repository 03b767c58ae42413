"""The calendar file by the letter of RFC 5545, taken in by a reader that forgives nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.outputs.calendar.icalendar import Event, folded, text

STAMP = datetime(2026, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[A-Z-]+)*):(.*)", re.DOTALL)
ESCAPES = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n"}


def event(
    summary: str = "甲地块：应动工日届满", on: date = date(2026, 7, 1), **other: str
) -> Event:
    identity = ("idle_land", other.get("subject", "甲"), other.get("kind", "start_overdue"))
    return Event(on, identity, summary, "说明", "应动工日届满")


def plain(value: str) -> str:
    """Undo the escaping of a TEXT value; anything RFC 5545 3.3.11 does not allow is a fault."""
    parts = re.split(r"(\\.)", value)
    assert all(";" not in p and "," not in p and "\n" not in p for p in parts[::2]), value
    assert all(ord(sign) >= 0x20 or sign == "\t" for part in parts[::2] for sign in part)
    return "".join(ESCAPES[p] if p.startswith("\\") and len(p) == 2 else p for p in parts)


def read(content: bytes) -> list[dict[str, str]]:
    """Return the events of a file, property by property, refusing whatever is not allowed."""
    assert content.endswith(b"\r\n")
    raw = content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in raw)
    assert all(0 < len(line) <= 75 for line in raw)
    lines: list[bytes] = []
    for line in raw:
        line.decode("utf-8")
        if line.startswith(b" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    events: list[dict[str, str]] = []
    open_ones: list[str] = []
    for line in lines:
        match = LINE.fullmatch(line.decode("utf-8"))
        assert match, line
        name, parameters, value = match.groups()
        if name == "BEGIN":
            open_ones.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert open_ones.pop() == value
        elif open_ones == ["VCALENDAR", "VEVENT"]:
            assert name not in events[-1]
            events[-1][name] = value
            if name in {"DTSTART", "DTEND"}:
                assert parameters == ";VALUE=DATE"
                assert re.fullmatch(r"\d{8}", value)
        else:
            assert open_ones == ["VCALENDAR"]
    assert open_ones == []
    assert len({one["UID"] for one in events}) == len(events)
    assert all({"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= one.keys() for one in events)
    return events


def test_an_entry_is_a_whole_day_stamped_with_the_run() -> None:
    (found,) = read(text([event()], STAMP, "土地监测").encode())
    assert (found["DTSTART"], found["DTEND"]) == ("20260701", "20260702")
    assert found["DTSTAMP"] == "20260701T003000Z"
    assert plain(found["SUMMARY"]) == "甲地块：应动工日届满"


def test_the_same_entries_give_the_same_file_wherever_the_clock_stands() -> None:
    here = text([event(), event(kind="warning")], STAMP, "土地监测")
    assert here == text([event(), event(kind="warning")], STAMP.astimezone(UTC), "土地监测")


def test_an_entry_whose_day_moves_keeps_its_name_and_two_alike_have_two() -> None:
    (before,) = read(text([event()], STAMP, "甲").encode())
    (after,) = read(text([event(on=date(2026, 8, 1))], STAMP, "甲").encode())
    assert before["UID"] == after["UID"]
    alike = read(text([event(), event(on=date(2027, 8, 1))], STAMP, "甲").encode())
    assert alike[0]["UID"] == before["UID"] != alike[1]["UID"]
    (other,) = read(text([event(subject="乙")], STAMP, "甲").encode())
    assert other["UID"] != before["UID"]


def test_no_entries_are_still_a_calendar() -> None:
    assert read(text([], STAMP, "土地监测").encode()) == []


@pytest.mark.parametrize("lead", range(76))
def test_a_line_is_never_cut_within_a_character(lead: int) -> None:
    line = "x" * lead + "闲" * 60 + "𠮷" * 20
    parts = [part.encode() for part in folded(line)]
    assert all(len(part) <= 75 for part in parts)
    assert b"".join([parts[0], *(part[1:] for part in parts[1:])]).decode() == line


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n;,\\")))
def test_any_text_comes_back_as_it_went_in(summary: str) -> None:
    (found,) = read(text([event(summary)], STAMP, summary).encode())
    assert plain(found["SUMMARY"]) == summary


def test_control_characters_of_a_register_do_not_reach_the_file() -> None:
    (found,) = read(text([event("甲\r\n乙\x00\x0b丙\t丁")], STAMP, "\x07").encode())
    assert plain(found["SUMMARY"]) == "甲\n乙丙\t丁"
