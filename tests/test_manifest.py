"""A manifest as people write TOML: natural days, numbers and lists; and what cannot be meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from gis.errors import UsageError
from gis.intake.load import LoadRequest, manifest
from tests import stores
from tests.conftest import Server, rest_long
from tests.warm import Desk

BEIJING = timezone(timedelta(hours=8))
START = '[[delivery]]\nkind = "tasks"\nfile = "a.csv"\n'


def order(tmp_path: Path, lines: str) -> LoadRequest:
    path = tmp_path / "m.toml"
    path.write_text(START + lines, encoding="utf-8")
    (read,) = manifest(path)
    assert (read.kind, read.path) == ("tasks", tmp_path / "a.csv")
    return read


MEANT: dict[str, tuple[str, Any]] = {
    "received_at = 2024-03-01": ("received_at", datetime(2024, 3, 1, tzinfo=UTC)),
    'received_at = "2024-03-01"': ("received_at", datetime(2024, 3, 1, tzinfo=UTC)),
    "received_at = 2024-03-01T08:00:00": ("received_at", datetime(2024, 3, 1, 8, tzinfo=UTC)),
    "received_at = 2024-03-01 08:00:00+08:00": (
        "received_at",
        datetime(2024, 3, 1, 8, tzinfo=BEIJING),
    ),
    'received_at = "2024-03-01T08:00:00+08:00"': (
        "received_at",
        datetime(2024, 3, 1, 8, tzinfo=BEIJING),
    ),
    "set = { from_on = 2024-01-01 }": ("constants", {"from_on": "2024-01-01"}),
    "set = { from_on = 2024-01-01T00:00:00 }": ("constants", {"from_on": "2024-01-01"}),
    "set = { from_on = 2024-01-01T08:30:00 }": ("constants", {"from_on": "2024-01-01 08:30:00"}),
    "set = { year = 2024 }": ("constants", {"year": "2024"}),
    "set = { area = 1.5 }": ("constants", {"area": "1.5"}),
    "set = { ok = true }": ("constants", {"ok": "true"}),
    'set = { nos = ["A1", "A2", 3] }': ("constants", {"nos": "A1、A2、3"}),
    "set.from_on = 0001-01-01": ("constants", {"from_on": "0001-01-01"}),
    "set.from_on = 9999-12-31": ("constants", {"from_on": "9999-12-31"}),
    'map = { "列" = "year" }': ("column_map", {"列": "year"}),
    "crs = 4525": ("crs", "4525"),
    "layer = 2024": ("layer", "2024"),
    "sender = 2024-01-01": ("sender", "2024-01-01"),
    'fixes = "swap_axes"': ("fixes", ("swap_axes",)),
    'fixes = ["a", "b"]': ("fixes", ("a", "b")),
    "override_corrections = true": ("override_corrections", True),
    "scope = { region_code = 150699 }": ("scope", {"region_code": "150699"}),
}


@pytest.mark.parametrize("lines", MEANT)
def test_what_toml_says_naturally_is_taken_as_meant(tmp_path: Path, lines: str) -> None:
    name, value = MEANT[lines]
    assert getattr(order(tmp_path, lines), name) == value


def test_a_day_is_read_as_the_day_it_names(tmp_path: Path) -> None:
    read = order(tmp_path, "set = { from_on = 2024-02-29 }").constants["from_on"]
    assert date.fromisoformat(read) == date(2024, 2, 29)


WRONG = {
    "received_at = 3": "received_at = 3",
    'received_at = "gestern"': "gestern",
    "received_at = 08:00:00": "received_at",
    "set = 3": "set = 3",
    "set = { a = { b = 1 } }": "set",
    "set = { a = 07:30:00 }": "set",
    "set = { a = inf }": "set",
    "map = ['a']": "map",
    'override_corrections = "ja"': "override_corrections",
    "fixes = { a = 1 }": "fixes",
    "layer = ['a']": "layer",
    "leyer = 'a'": "leyer",
    "set = { a = 2024-02-30 }": "读不懂",
    "set = { a = 10000-01-01 }": "读不懂",
}


@pytest.mark.parametrize("lines", WRONG)
def test_what_cannot_be_meant_is_told_with_its_place(tmp_path: Path, lines: str) -> None:
    with pytest.raises(UsageError) as caught:
        order(tmp_path, lines)
    assert WRONG[lines] in str(caught.value)
    assert "m.toml" in str(caught.value)
    assert caught.value.mend


@pytest.mark.parametrize(
    "text",
    rest_long(
        [
            "",
            "delivery = 3",
            "delivery = [3]",
            "[delivery]\nkind = 'tasks'\nfile = 'a.csv'",
            "[[deliveries]]\nkind = 'tasks'",
            "[[delivery]]\nkind = 'tasks'",
            "[[delivery]]\nfile = 'a.csv'",
            "[[delivery]]\nkind = ['tasks']\nfile = 'a.csv'",
            "[[delivery]]\nkind = 'tasks'\nfile = ['a.csv', 'b.csv']",
            "[[delivery]\nkind",
            "a = " + "[" * 5000,
        ],
        ["delivery = [3]", "[[delivery]]\nkind = 'tasks'", "[[delivery]\nkind"],
    ),
)
def test_a_manifest_that_is_none_is_one_sentence(desk: Desk, tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    done = desk.call("load", "--manifest", str(path))
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("错误 ")
    assert done.stderr.count("→") == 1
    assert "m.toml" in done.stderr


def test_a_manifest_in_gbk_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_bytes("sender = '测绘院'".encode("gbk"))
    done = desk.call("load", "--manifest", str(path))
    assert done.code == 2
    assert "UTF-8" in done.stderr


def test_natural_days_reach_the_store(desk: Desk, tmp_path: Path) -> None:
    text = "行政区代码,任务类型,任务面积(公顷)\n150699,批而未供,1\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "m.toml"
    path.write_text(
        START + "received_at = 2024-03-01\nset = { year = 2024, from_on = 2024-01-01 }\n", "utf-8"
    )
    told = desk.json("load", "--manifest", str(path))
    assert told["rows"] == 1
    (row,) = (row for row in desk.json("deliveries")["rows"] if row["number"] == told["delivery"])
    assert row["received_at"].startswith("2024-03-01T00:00:00")


@pytest.fixture
def desk(demo: Desk, server: Server, pattern: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty store of the test's own."""
    name = f"landwatch_manifest_{os.getpid()}"
    with stores.copied(server, pattern, name, tmp_path / "home") as store:
        yield Desk(store, demo.warm)


FAR = {
    "calendar to the end": ["calendar", "--from", "2026-07-01", "--to", "9999-12-31"],
    "calendar at the end": ["calendar", "--from", "9999-12-31"],
    "calendar at the beginning": ["calendar", "--from", "0001-01-01", "--to", "9999-12-31"],
    "calendar over centuries": ["calendar", "--from", "1600-01-01", "--to", "2400-01-01"],
    "why at the end": ["why", "1506992019B00001", "--as-of", "9999-12-31"],
    "why before the law": ["why", "1506992019B00001", "--as-of", "0001-01-01"],
    "law at the end": ["law", "list", "--on", "9999-12-31"],
    "law at the beginning": ["law", "list", "--on", "0001-01-01"],
    "a day of five figures": ["law", "list", "--on", "99999-01-01"],
    "received since ever": ["deliveries", "--since", "0001-01-01"],
    "received since never": ["deliveries", "--since", "9999-12-31"],
    "no run of that day": ["findings", "--as-of", "9999-12-31"],
    "known by the end": ["run", "--as-of", "2026-06-30", "--known-at", "9999-12-31"],
}


_OF_EACH = (
    *("calendar to the end", "why at the end", "law at the end", "a day of five figures"),
    *("received since ever", "no run of that day", "known by the end"),
)


@pytest.mark.parametrize("name", rest_long(FAR, _OF_EACH))
def test_far_days_end_in_an_answer_or_a_sentence(demo: Desk, tmp_path: Path, name: str) -> None:
    words = FAR[name]
    if words[0] == "calendar":
        words = [*words, "--ics", str(tmp_path / "a.ics"), "--csv", str(tmp_path / "a.csv")]
    done = demo.call(*words)
    assert done.code in (0, 2), done.stderr
    assert (done.code == 0) == (done.stderr == "")


@pytest.mark.parametrize(
    "day",
    rest_long(["2262-04-12", "9999-12-31", "1677-09-20", "0001-01-01"], ["0001-01-01"]),
)
def test_a_run_of_a_far_day_ends_in_an_answer_or_a_sentence(
    demo: Desk, tmp_path: Path, day: str
) -> None:
    out = tmp_path / "out"
    done = demo.call("run", "--as-of", day, "--out", str(out))
    assert done.code == (0 if day > "2026" else 2), done.stderr
    assert (done.code == 0) == out.exists()
