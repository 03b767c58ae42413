"""Days a person names as standing for no date in one register: from the file to the finding."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.intake.columns.days import read_day, read_days
from tests import stores
from tests.conftest import Server
from tests.intake_samples import write_workbook
from tests.warm import Desk, shared

HEADS = ["电子监管号", "面积(公顷)", "合同签订日期", "约定开工时间", "实际开工时间"]
# A1: agreed for 2020-01-01; its register writes 1949-10-01 where nothing was started.
# A2: no day was agreed, which the register writes 2999-12-31; A3 says all there is to say.
ROWS = [
    ["A1", "1", "2019-01-01", "2020-01-01", "1949-10-01"],
    ["A2", "1", "2019-01-01", "2999-12-31", "2999-12-31"],
    ["A3", "1", "2019-01-01", "2020-01-01", "2019-12-01"],
]
NAMED = ("--empty-day", "2999-12-31", "--empty-day", "1949年10月1日")
DAYS = frozenset({(2999, 12, 31), (1949, 10, 1), (0, 0, 0)})


@pytest.fixture
def desk(server: Server, pattern: str, tmp_path: Path) -> Iterator[Desk]:
    name = f"landwatch_empty_days_{os.getpid()}"
    with stores.copied(server, pattern, name, tmp_path / "home") as store:
        yield Desk(store, shared())


def register(path: Path, rows: list[list[str]] = ROWS) -> str:
    path.write_text("\n".join(map(",".join, [HEADS, *rows])) + "\n", encoding="utf-8")
    return str(path)


def judged(desk: Desk) -> dict[str, tuple[str, str | None, str | None]]:
    """Outcome, track and since when of each supply on 2026-06-30."""
    desk.json("run", "--as-of", "2026-06-30")
    rows = desk.json("findings")["rows"] + desk.json("candidates")["rows"]
    return {row["subject"]: (row["outcome"], row["track"], row["since_on"]) for row in rows}


def test_named_days_are_no_dates_from_the_file_to_the_finding(desk: Desk, tmp_path: Path) -> None:
    path = register(tmp_path / "供地.csv")
    loaded = desk.json("load", "supplies", path, *NAMED)
    # Three cells of two columns: 1949-10-01 once, 2999-12-31 twice; each named day is told once.
    assert loaded["issues"]["sentinel_day"] == 3
    assert loaded["issues"]["named_empty_day"] == 2
    assert "far_day" not in loaded["issues"]
    assert (loaded["added"], loaded["rejected"]) == (3, 0)
    told = desk.json("deliveries", "--issues", "1")["rows"]
    cells = {(r["row_no"], r["field"], r["value"]) for r in told if r["code"] == "sentinel_day"}
    assert cells == {
        (2, "started_on", "1949-10-01"), (3, "start_agreed_on", "2999-12-31"),
        (3, "started_on", "2999-12-31"),
    }  # fmt: skip
    assert [r["value"] for r in told if r["code"] == "named_empty_day"] == [
        "1949-10-01", "2999-12-31",
    ]  # fmt: skip
    # 2020-01-01 and two calendar years: over on 2022-01-01, so from the day after (row 8).
    # Nobody saw that nothing was started: a candidate. A2 has no day to count from.
    assert judged(desk) == {
        "A1": ("candidate", "recovery", "2022-01-02"),
        "A2": ("undetermined", None, None),
        "A3": ("clear", None, "2019-12-01"),
    }
    (kept,) = desk.json("deliveries")["rows"]
    assert kept["empty_days"] == ["1949-10-01", "2999-12-31"]


def test_unnamed_the_same_days_are_days_and_naming_them_reads_the_file_anew(
    desk: Desk, tmp_path: Path
) -> None:
    path = register(tmp_path / "供地.csv")
    plain = desk.json("load", "supplies", path)
    assert plain["issues"]["far_day"] == 2
    assert "sentinel_day" not in plain["issues"]
    again = desk.json("load", "supplies", path, *NAMED)
    # A1 loses its start; A2 and A3 say what they said.
    assert (again["replaced"], again["unchanged"]) == (1, 2)


def test_a_sender_says_it_once_for_its_register(desk: Desk, tmp_path: Path) -> None:
    first = register(tmp_path / "一季度.csv")
    desk.json("load", "supplies", first, "--sender", "某局", *NAMED)
    (profile,) = desk.json("profiles")["rows"]
    assert profile["empty_days"] == ["1949-10-01", "2999-12-31"]
    assert "2999-12-31" in desk.call("profiles").stdout
    later = register(tmp_path / "二季度.csv", [["A4", *ROWS[0][1:]]])
    loaded = desk.json("load", "supplies", later, "--sender", "某局")
    assert loaded["issues"]["sentinel_day"] == 1
    assert loaded["issues"]["named_empty_day"] == 2
    told = desk.json("deliveries", "--issues", "2")["rows"]
    assert "沿用该报送单位以前的说明" in " ".join(r["message"] for r in told)
    # Another sender never said so: 1949 is a day.
    other = register(tmp_path / "别局.csv", [["A5", *ROWS[0][1:]]])
    assert "sentinel_day" not in desk.json("load", "supplies", other, "--sender", "别局")["issues"]
    # What is said now stands for what was said before; forgotten, nothing is empty any more.
    third = register(tmp_path / "三季度.csv", [["A6", *ROWS[0][1:]]])
    said = ("--sender", "某局", "--empty-day", "2999-12-31")
    assert "sentinel_day" not in desk.json("load", "supplies", third, *said)["issues"]
    desk.json("profiles", "--forget", "某局")
    fourth = register(tmp_path / "四季度.csv", [["A7", *ROWS[0][1:]]])
    assert "sentinel_day" not in desk.json("load", "supplies", fourth, "--sender", "某局")["issues"]
    outcomes = {key: found[0] for key, found in judged(desk).items()}
    assert outcomes == {
        "A1": "candidate", "A2": "undetermined", "A3": "clear", "A4": "candidate", "A5": "clear",
        "A6": "clear", "A7": "clear",
    }  # fmt: skip


def test_check_a_manifest_and_a_workbook_hear_of_it_too(desk: Desk, tmp_path: Path) -> None:
    path = register(tmp_path / "供地.csv")
    found = desk.json("check", "supplies", path, *NAMED)["findings"]
    assert {one["code"]: one["count"] for one in found}["named_empty_day"] == 2
    assert sum(one["count"] for one in found if one["code"] == "sentinel_day") == 3
    rows = [[*row[:2], *map(datetime.fromisoformat, row[2:])] for row in ROWS]
    write_workbook(tmp_path / "供地.xlsx", 供地=[HEADS, *rows])
    # TOML has days of its own.
    (tmp_path / "清单.toml").write_text(
        '[[delivery]]\nkind = "supplies"\nfile = "供地.xlsx"\n'
        'empty_days = [2999-12-31, "1949-10-01"]\n',
        encoding="utf-8",
    )
    loaded = desk.json("load", "--manifest", str(tmp_path / "清单.toml"))
    assert loaded["issues"]["sentinel_day"] == 3


@pytest.mark.parametrize("word", ["2999-12", "", "2999-12-31 08:00"])
def test_what_names_no_day_is_refused(desk: Desk, tmp_path: Path, word: str) -> None:
    path = register(tmp_path / "供地.csv")
    for command in ("check", "load"):
        done = desk.call(command, "supplies", path, "--empty-day", word)
        assert done.code == 2
        assert done.stderr.startswith(f"错误 --empty-day {word} 不是日期")


@pytest.mark.parametrize(
    "cell",
    [
        "2999-12-31", "2999年12月31日", "2999/12/31", "29991231", 29991231, "2999-12-31 00:00:00",
        date(2999, 12, 31), datetime.fromisoformat("2999-12-31T00:00:00"),
        401_768,  # 2999-12-31 is 401,768 days after 1899-12-30: 1,100 years of 365 days and 267
        #           leap days make 401,767 to 2999-12-30
        32_503_564_800_000,  # 2999-12-30 16:00 UTC, midnight in Beijing
        "1949-10-01", 19491001, date(1949, 10, 1), "0000-00-00", "0000/0/0", "1900-01-01",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_named_day_is_empty(cell: object) -> None:
    assert read_day(cell, False, DAYS).value is None
    assert read_day(cell, False, DAYS).code == "sentinel_day"


@pytest.mark.parametrize("cell", ["2999-12-30", "1949-10-02", "1949-10", "2016-08-28", 42610])
def test_no_other_day_is_empty_because_one_is_named(cell: object) -> None:
    assert read_day(cell, False, DAYS) == read_day(cell)
    assert read_day(cell, False, DAYS).code != "sentinel_day"


def test_days_of_a_typed_column_are_compared_as_days() -> None:
    raw = pd.Series(np.array(["1949-10-01", "2016-08-28", "2999-12-31", "NaT"], "M8[s]"))
    parsed = read_days(raw, False, DAYS)
    assert pd.Series(parsed.values).dropna().tolist() == [pd.Timestamp("2016-08-28")]
    assert [(f.code, f.at.tolist()) for f in parsed.faults] == [("sentinel_day", [0, 2])]
