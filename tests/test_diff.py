"""Two runs side by side: what changed, and for each change the reason that a person would give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from gis import contracts, law, result_tables
from gis.cli import diff as cli
from gis.cli import screen
from gis.config import Config
from gis.pipeline import run as line
from gis.pipeline.diff import between
from gis.pipeline.diff.match import counterparts
from gis.store import database
from tests.conftest import Server
from tests.delivered import deliver, square
from tests.stores import Store, copied
from tests.test_wording import assert_clean

LAW = law.load()
# A01 is due 2024-06-30: fee from 2025-07-01. A02: recovery from 2025-04-01. A03 is due 2025-04-30:
# a full year on 2026-05-01. A04: fee from 2026-01-01.
START = {"A01": "2024-06-30", "A02": "2023-03-31", "A03": "2025-04-30", "A04": "2024-12-31"}


def supply(number: str, due: str, **more: Any) -> dict[str, Any]:
    signed = {"signed_on": "2022-03-31", "start_agreed_on": due}
    given = {"supply_no": number, "project_name": f"{number}地块", "region_code": "150602"}
    priced = {"supply_way": "grant", "price_fen": 100_000_000, "area_m2": 10_000.0}
    return {**given, **signed, **priced, **more}


@dataclass(frozen=True)
class Runs:
    """The store and the numbers of its runs: spring, summer, summer with more, another law."""

    store: Store
    spring: int
    summer: int
    later: int
    other_law: int
    law_dir: Path

    def diff(self, before: int, after: int, *law_dirs: Path) -> dict[str, Any]:
        """What `landwatch diff --json` prints, without a process of its own."""
        laws = [LAW, *(law.load([folder]) for folder in law_dirs)]
        with database.connect(Config(self.store.home, self.store.url)) as connection:
            found: dict[str, Any] = screen.plain(cli.told(between(connection, before, after, laws)))
        return found


@pytest.fixture(scope="module")
def told(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    home = tmp_path_factory.mktemp("diff")
    with copied(server, pattern, "landwatch_test_diff", home) as store:
        settings = Config(home, store.url)
        other = other_fee(home / "bureau")
        with database.connect(settings) as connection:

            def run(on: date, rules: law.Law = LAW) -> int:
                return line.run(connection, on, rules, tell=len).id

            deliver(connection, "supplies", *(supply(*pair) for pair in START.items()))
            # Two years end on 2026-06-15; the western half is supplied later.
            batch = {"approval_no": "批1", "approved_on": "2024-06-15", "region_code": "150602"}
            deliver(connection, "approvals", batch | {"geom": square(0, 0, 400, 100)})
            spring, summer = run(date(2026, 3, 31)), run(date(2026, 6, 30))
            seen = {"supply_no": "A01", "observed_on": "2026-06-20", "source": "patrol"}
            deliver(connection, "progress", seen | {"milestone": "not_started"})
            corrected = START | {"A04": "2025-12-31"}
            kept = [supply(name, due) for name, due in corrected.items() if name != "A02"]
            deliver(connection, "supplies", *kept, scope={"region_code": "150602"})
            west = supply("A05", "2026-12-31", geom=square(0, 0, 200, 100))
            deliver(connection, "supplies", west)
            later = run(date(2026, 6, 30))
            other_law = run(date(2026, 6, 30), law.load([other]))
        yield Runs(store, spring, summer, later, other_law, other)


def other_fee(folder: Path) -> Path:
    folder.mkdir()
    (folder / "bureau.toml").write_text(
        'title = "本地"\nsource = "测试"\n[[value]]\nkey = "idle.fee_share"\nvalue = "10/100"\n'
        'unit = "share"\nfrom = 2012-07-01\narticle = "14(1)"\nverified = false\n'
        "checked_on = 2026-11-21\n",
        encoding="utf-8",
    )
    return folder


def rows_of(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in found["rows"]}


def test_a_later_day_alone_changes_what_the_calendar_changes(told: Runs) -> None:
    found = told.diff(told.spring, told.summer)
    rows = rows_of(found)
    assert set(rows) == {"A03", "批1/001"}
    assert found["counts"]["reason"] == {"time_passed": 2}
    third = rows["A03"]
    assert (third["outcome_before"], third["outcome_after"]) == ("overdue", "candidate")
    assert (third["track_before"], third["track_after"]) == (None, "fee")
    assert (third["since_before_on"], third["since_after_on"]) == ("2025-05-01", "2026-05-01")
    assert third["because"] == "时间推移：判定日 2026-03-31 → 2026-06-30"
    piece = rows["批1/001"]
    assert (piece["outcome_before"], piece["outcome_after"]) == ("in_process", "undetermined")


def test_records_that_came_were_corrected_or_ended_are_named_with_their_delivery(
    told: Runs,
) -> None:
    rows = rows_of(told.diff(told.summer, told.later))
    assert {name: (row["change"], row["reasons"]) for name, row in rows.items()} == {
        "A01": ("changed", ["new_fact"]),
        "A02": ("left", ["ended_fact"]),
        "A04": ("changed", ["corrected_fact"]),
        "A05": ("appeared", ["new_fact"]),
        "批1/002": ("changed", ["new_fact"]),
    }
    assert rows["A01"]["outcome_after"] == "suspected_idle"
    assert rows["A01"]["because"] == (
        "新资料：开发进度 2026-06-20（第 3 次资料）：来源 巡查；开发状态 未动工"
    )
    (correction,) = rows["A04"]["facts"]
    assert correction["values"] == {
        "start_agreed_on": {"before": "2024-12-31", "after": "2025-12-31"}
    }
    assert rows["A04"]["because"] == (
        "更正资料：供地结果 A04（第 4 次资料）：约定开工时间 2024-12-31 → 2025-12-31"
    )
    (ended,) = rows["A02"]["facts"]
    assert (ended["kind"], ended["key"], ended["delivery"]) == ("supplies", "A02", 1)
    # The piece is the eastern half now, for the western one is held by a supply.
    piece = rows["批1/002"]
    assert piece["subject_before"] == "批1/001"
    assert piece["fields"] == ["area_m2", "geom"]
    assert abs(piece["area_before_m2"] - 40_000) < 0.01
    assert abs(piece["area_after_m2"] - 20_000) < 0.01
    assert [fact["key"] for fact in piece["facts"]] == ["A05"]


def test_time_and_facts_are_told_apart(told: Runs) -> None:
    rows = rows_of(told.diff(told.spring, told.later))
    # A04 would have stayed a candidate without the correction; A03 turned by the calendar alone.
    assert rows["A04"]["reasons"] == ["corrected_fact"]
    assert rows["A03"]["reasons"] == ["time_passed"]
    # The piece turned by the calendar and was cut by the new supply.
    assert rows["批1/002"]["reasons"] == ["time_passed", "new_fact"]


@pytest.mark.long("test_time_and_facts_are_told_apart")
def test_looking_back_turns_the_difference_round(told: Runs) -> None:
    there, back = told.diff(told.summer, told.later), told.diff(told.later, told.summer)
    opposite = {"left": "appeared", "appeared": "left", "changed": "changed"}
    assert [row["change"] for row in back["rows"]] == [
        opposite[row["change"]] for row in there["rows"]
    ]
    assert rows_of(back)["A05"]["reasons"] == ["ended_fact"]


@pytest.mark.long("test_a_later_day_alone_changes_what_the_calendar_changes")
def test_a_record_dated_between_the_days_is_named_though_no_delivery_came(told: Runs) -> None:
    with database.connect(Config(told.store.home, told.store.url)) as connection:
        earlier = line.run(connection, date(2026, 6, 1), LAW, tell=len).id
        # Seen unstarted on 2026-06-20 it was unstarted on 2026-06-01 too: nothing came in between.
        assert "A01" not in rows_of(told.diff(earlier, told.later))
        paper = {"document": "认1", "supply_no": "A01", "kind": "finding", "cause": "enterprise"}
        deliver(connection, "decisions", paper | {"served_on": "2026-06-10"})
        before = line.run(connection, date(2026, 6, 1), LAW, tell=len).id
        after = line.run(connection, date(2026, 6, 30), LAW, tell=len).id
    first = rows_of(told.diff(before, after))["A01"]
    assert (first["outcome_before"], first["outcome_after"]) == ("suspected_idle", "found_idle")
    assert first["reasons"] == ["time_passed"]
    assert first["because"].splitlines()[0] == "时间推移：判定日 2026-06-01 → 2026-06-30"
    assert (
        "其间生效：处置决定 认1（第 6 次资料）："
        "文书类型 认定书；送达日期 2026-06-10；认定原因 企业原因"
    ) in first["because"]


def test_another_law_names_the_value_where_it_is_at_hand(told: Runs) -> None:
    found = told.diff(told.later, told.other_law, told.law_dir)
    assert found["note"] is None
    assert [entry["key"] for entry in found["law"]] == ["idle.fee_share"]
    rows = rows_of(found)
    assert set(rows) == {"A01", "A03"}
    assert rows["A01"]["reasons"] == ["changed_law"]
    assert (rows["A01"]["fee_before_fen"], rows["A01"]["fee_after_fen"]) == (20_000_000, 10_000_000)
    assert rows["A01"]["because"] == (
        "法律变动：按土地出让或者划拨价款的百分之二十征缴 [idle.fee_share] "
        "1/5（《闲置土地处置办法》第十四条第（一）项） → 1/10（《本地》第十四条第（一）项）"
    )


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_law_no_longer_at_hand_is_said_to_be_so(told: Runs, way: str) -> None:
    pair = (told.later, told.other_law) if way == "there" else (told.other_law, told.later)
    found = told.diff(*pair)
    assert "--law-dir" in found["note"]
    assert found["law"] == []
    assert {row["reasons"][0] for row in found["rows"]} == {"changed_law"}
    assert "不在手边" in found["rows"][0]["because"]


def test_a_run_does_not_differ_from_itself_and_an_unknown_one_is_refused(told: Runs) -> None:
    assert told.diff(told.later, told.later)["count"] == 0
    refused = told.store.call("diff", "1", "99")
    assert refused.code == 2
    assert "99" in refused.stderr


def test_the_terminal_and_the_csv_carry_the_published_columns(told: Runs, tmp_path: Path) -> None:
    file = tmp_path / "difference.csv"
    done = told.store.call("diff", str(told.summer), str(told.later), "--csv", str(file))
    assert done.code == 0, done.stderr
    assert "5 处不同" in done.stdout
    assert "新资料：开发进度" in done.stdout
    table = pd.read_csv(file, encoding="utf-8-sig")
    titles = list(table.columns)
    assert {"监测对象", "变化", "现处置方向自", "现闲置费（元）", "现面积（亩）"} <= set(titles)
    assert not [title for title in titles if title.isascii() or "起算" in title]
    found = told.store.json(
        "diff", str(told.later), str(told.other_law), "--law-dir", str(told.law_dir)
    )
    assert found["law"][0]["key"] == "idle.fee_share"
    assert set(found) == set(contracts.JSON["diff"])
    assert set(found["rows"][0]) == {*result_tables.TABLES["difference"].names, "facts"}


def test_pieces_numbered_anew_are_the_same_where_they_are_the_same_ground() -> None:
    def pieces(*shapes: tuple[str, shapely.Polygon | None]) -> pd.DataFrame:
        names = [name for name, _ in shapes]
        rows = pd.DataFrame({"rule": "unsupplied", "subject": names})
        return rows.assign(
            approval=[name.split("/")[0] for name in names], geom=[shape for _, shape in shapes]
        )

    left, middle, right = square(0, 0, 10, 10), square(10, 0, 20, 10), square(20, 0, 30, 10)
    cut = square(10, 0, 16, 10)
    before = pieces(
        ("甲|一/001", left), ("甲|一/002", middle), ("甲|一/003", right), ("乙/000", None)
    )
    after = pieces(("甲|一/001", cut), ("甲|一/002", right), ("乙/000", None), ("丙/001", left))
    # Of `cut` most land was 002; 003 is now 002; another approval's piece is another thing.
    assert counterparts(before, after).tolist() == [1, 2, 3, -1]


def test_no_difference_calls_land_idle_without_a_formal_finding(told: Runs) -> None:
    done = told.store.call("diff", str(told.spring), str(told.later))
    assert_clean(done.stdout, "diff")
    assert_clean(json.dumps(told.diff(told.spring, told.later), ensure_ascii=False), "diff --json")
    assert contracts.label("outcome", "found_idle") not in done.stdout
