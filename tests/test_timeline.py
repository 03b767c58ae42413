"""A timeline says on every day what a run as of that day says, with the same papers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from town import build

from gis import law
from gis.pipeline import run as line
from gis.store import database, results, runs
from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_land_timeline import hold_against
from tests.test_months import HEAD, supply
from tests.test_paper_cases import loaded
from tests.test_papers_reference import Draw, stored
from tests.warm import Desk

LAW = law.load()
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
DAYS = 200 if IS_LONG else 2
MIDDLE = date(2013, 5, 5)
# The law is known from 1999 on.
FIRST = date(2000, 1, 1)


def states_on(timeline: pd.DataFrame, on: date) -> dict[str, tuple[str, str]]:
    """Return outcome and track of each subject on a day, as its timeline says."""
    rows = timeline[timeline["from_on"] <= pd.Timestamp(on)].sort_values("from_on")
    last = rows.drop_duplicates("subject", keep="last").fillna("")
    return {row.subject: (row.outcome, row.track) for row in last.itertuples()}


def told_on(findings: pd.DataFrame, rule: str) -> dict[str, tuple[str, str]]:
    rows = findings[findings["rule"] == rule].fillna({"track": ""})
    return {row.subject: (row.outcome, row.track) for row in rows.itertuples()}


def compared(
    store: database.Connection,
    run: runs.Run,
    days: list[date],
    rules: tuple[str, ...],
    also: Callable[[runs.Run], int] | None = None,
) -> int:
    """Hold the timeline of a run against runs as of days; return how many states were compared.

    `also` holds more against each run, and tells how many.
    """
    timeline = results.read(store, run.id, "timeline")
    count = 0
    for on in days:
        then = line.run(store, on, LAW, known_at=run.delivery, tell=len, purpose=runs.WHAT_IF)
        count += 0 if also is None else also(then)
        found = results.read(store, then.id, "finding")
        # What carries no day has no timeline: it is undetermined on every day.
        found = found[
            ~(
                found["missing"].map(lambda told: told == ["signed_on"])
                & found["start_state"].isna()
            )
        ]
        for rule in rules:
            expected = told_on(found, rule)
            said = states_on(timeline[timeline["rule"] == rule], on)
            differs = {
                name: (said.get(name), expected.get(name))
                for name in {*said, *expected}
                if said.get(name) != expected.get(name)
            }
            assert not differs, (on, rule, len(differs), len(expected), [*differs.items()][:3])
            count += len(expected)
    return count


def days_of(
    store: database.Connection, run: runs.Run, chance: Draw, count: int, of: str = "timeline"
) -> list[date]:
    """Return days to try, none after the run's: half are days of change, or the days before."""
    told = results.read(store, run.id, of)["from_on"].dt.date
    told = told[told <= run.as_of].tolist()
    drawn = [chance.choice(told) - timedelta(days=chance.randint(0, 1)) for _ in range(count // 2)]
    drawn += [run.as_of - timedelta(days=chance.randint(0, 6000)) for _ in range(count // 2)]
    return sorted(max(day, FIRST) for day in drawn)


def test_a_timeline_says_on_every_day_what_a_run_of_that_day_says(
    store: database.Connection, tmp_path: Path
) -> None:
    chance = Draw("timeline")
    stored(store, tmp_path, chance, MIDDLE)
    # On the later day every paper has come, on the middle one half of them have not.
    run = line.run(store, MIDDLE + timedelta(days=3000), LAW, tell=len)
    days = days_of(store, run, chance, DAYS)
    assert compared(store, run, days, ("idle_land",)) > 20 * DAYS
    middle = line.run(store, MIDDLE, LAW, tell=len)
    assert comes_as_findings_say(store, middle) > 20


def comes_as_findings_say(store: database.Connection, run: runs.Run) -> int:
    """Hold what a timeline says will come against the next step of each finding, and count them.

    The law of later days may turn something sooner, never later.
    """
    timeline = results.read(store, run.id, "timeline")
    timeline = timeline[timeline["rule"] == "idle_land"]
    later = timeline[timeline["from_on"] > pd.Timestamp(run.as_of)]
    first = later.sort_values("from_on").drop_duplicates("subject").set_index("subject")
    found = results.read(store, run.id, "finding")
    found = found[(found["rule"] == "idle_land") & found["subject"].isin(timeline["subject"])]
    for row in found.itertuples():
        if pd.notna(row.next_on):
            assert first["from_on"][row.subject] == row.next_on, row
        else:
            assert row.subject not in first.index, row
    # No paper of a later day speaks: whoever is not found idle on the day is not found idle ahead.
    idle_now = found.loc[found["outcome"] == "found_idle", "subject"]
    assert {*later.loc[later["outcome"] == "found_idle", "subject"]} <= {*idle_now}
    return int(found["next_on"].notna().sum())


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(
            n,
            marks=pytest.mark.long("test_a_timeline_says_on_every_day_what_a_run_of_that_day_says"),
        )
        for n in (8, 5, 11)
    ],
)
def test_so_does_that_of_a_town_with_agreements_and_so_do_the_areas_of_its_approvals(
    store: database.Connection, seed: int
) -> None:
    build(store, seed, supplies=60 if IS_LONG else 24)
    run = line.run(store, date(2025, 1, 1), LAW, tell=len)
    chance = Draw(f"town{seed}")
    days = days_of(store, run, chance, DAYS) + days_of(store, run, chance, DAYS, "land_timeline")
    land = results.read(store, run.id, "land_timeline")
    held = compared(
        store, run, sorted(days), ("idle_land", "agreement"),
        lambda then: hold_against(store, land, then),
    )  # fmt: skip
    assert held > 15 * len(days)
    rules = results.read(store, run.id, "timeline")["rule"]
    assert {*rules} == {"idle_land", "agreement"}


@pytest.mark.long("test_a_timeline_says_on_every_day_what_a_run_of_that_day_says")
def test_so_does_that_of_the_demo(server: Server, demo_pattern: str, tmp_path: Path) -> None:
    with (
        copied(server, demo_pattern, "landwatch_timeline_demo", tmp_path) as demo,
        demo.connect() as store,
    ):
        run = runs.default(store)
        land = results.read(store, run.id, "land_timeline")
        days = days_of(store, run, Draw("demo"), DAYS // 2)
        days += days_of(store, run, Draw("demo"), DAYS // 2, "land_timeline")
        held = compared(
            store, run, sorted(days), ("idle_land", "agreement"),
            lambda then: hold_against(store, land, then),
        )  # fmt: skip
    assert held > 100 * len(days)


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("t")
    with copied(server, pattern, "landwatch_timeline", home) as store:
        desk = Desk(store, warm.shared())
        loaded(desk, "supplies", HEAD,
               supply("T1", "2020-03-01", "2021-06-30"),
               supply("T2", "2026-03-01", "2027-06-30"),
               supply("T3", "", "2021-06-30"),
               supply("T4", "2021-01-01", "2022-06-30"),
               supply("T5", "2023-01-01", "2024-12-31"),
               supply("T6", "2026-09-01", "2027-06-30"))  # fmt: skip
        loaded(desk, "agreements", "协议编号,电子监管号,签订日期,约定开工时间,约定竣工时间",
               "协4,T4,2021-02-01,2022-06-30,2024-06-30")  # fmt: skip
        loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态,动工日期",
               "T1,2023-09-10,巡查,未动工,", "T1,2024-02-20,文件,动工,2024-02-01",
               "T5,2026-02-01,巡查,未动工,", "T4,2022-09-01,巡查,未动工,",
               "T4,2023-03-10,文件,动工,2023-03-01")  # fmt: skip
        loaded(desk, "right_endings", "文号,电子监管号,终止日期,终止方式",
               "终1,T1,2025-05-05,有偿收回")  # fmt: skip
        loaded(desk, "decisions", "文书号,电子监管号,文书类型,送达日期,认定原因",
               "认5,T5,认定书,2026-09-15,企业原因")  # fmt: skip
        desk.json("run", "--as-of", "2026-06-30")
        yield desk


# T1: signed 2020-03-01, the start due 2021-06-30. Overdue from the day after, 2021-07-01. A full
# year has passed on 2022-06-30, so from 2022-07-01 the year is full (fee), and from 2023-07-01 two
# are (recovery). Seen unstarted on 2023-09-10, which proves that nothing was started before: the
# land is suspected (疑似闲置) on every day of these. Started on 2024-02-01: clear. The right ended
# on 2025-05-05: closed.
OF_T1 = [
    ("2020-03-01", "not_due", None),
    ("2021-07-01", "overdue", None),
    ("2022-07-01", "suspected_idle", "fee"),
    ("2023-07-01", "suspected_idle", "recovery"),
    ("2024-02-01", "clear", None),
    ("2025-05-05", "closed", None),
]
# T2: nobody reports a start; due 2027-06-30, then as above, and what is idle without a sighting is
# a candidate.
OF_T2 = [
    ("2026-03-01", "not_due", None),
    ("2027-07-01", "overdue", None),
    ("2028-07-01", "candidate", "fee"),
    ("2029-07-01", "candidate", "recovery"),
]
# T5: due 2024-12-31, overdue from 2025-01-01, seen unstarted on 2026-02-01: suspected from
# 2026-01-01 (the year full on 2025-12-31). The 认定书 dated 2026-09-15 lies after the day judged,
# 2026-06-30: until a run judges its day the land stays suspected, and two years are full on
# 2026-12-31, so from 2027-01-01 recovery.
OF_T5 = [
    ("2023-01-01", "not_due", None),
    ("2025-01-01", "overdue", None),
    ("2026-01-01", "suspected_idle", "fee"),
    ("2027-01-01", "suspected_idle", "recovery"),
]


@pytest.mark.parametrize(("subject", "expected"), [("T1", OF_T1), ("T2", OF_T2), ("T5", OF_T5)])
def test_the_timeline_of_a_supply_from_its_signing_to_what_is_to_come(
    desk: Desk, subject: str, expected: list[tuple[str, str, str | None]]
) -> None:
    told = desk.json("timeline", subject.lower())
    assert told["as_of"] == "2026-06-30"
    assert [(row["from_on"], row["outcome"], row["track"]) for row in told["rows"]] == expected
    assert {(row["subject"], row["rule"]) for row in told["rows"]} == {(subject, "idle_land")}


# The agreement of T4: signed 2021-02-01, the start due 2022-06-30. Nobody says what became of it
# until 2022-09-01, when it is seen not to be started. Started on 2023-03-01: late. Nothing is told
# of the completion due 2024-06-30.
OF_T4 = [
    ("2021-02-01", "not_yet_due"),
    ("2022-07-01", "undetermined"),
    ("2022-09-01", "overdue_start"),
    ("2023-03-01", "done_late"),
    ("2024-07-01", "undetermined"),
]


def test_the_timeline_of_a_supervision_agreement_stands_beside_that_of_the_land(
    desk: Desk,
) -> None:
    rows = desk.json("timeline", "T4")["rows"]
    told = [(row["from_on"], row["outcome"]) for row in rows if row["rule"] == "agreement"]
    assert told == OF_T4
    assert {row["rule"] for row in rows} == {"agreement", "idle_land"}


def test_a_person_reads_from_when_until_when_and_which_row_holds(desk: Desk) -> None:
    of_past, to_come = (desk.call("timeline", name).stdout for name in ("T1", "T2"))
    (row,) = [line for line in of_past.splitlines() if "2022-07-01" in line]
    assert "2023-06-30" in row
    assert "疑似闲置" in row
    (last,) = [line for line in of_past.splitlines() if "2025-05-05" in line]
    assert "◀" in last
    assert "◀" not in row
    assert "判定日所在的一段" in of_past
    assert "如无新的资料" not in of_past
    assert "如无新的资料" in to_come


def test_a_supply_without_a_day_has_no_timeline_and_is_told_so(desk: Desk) -> None:
    done = desk.call("timeline", "T3")
    assert done.code == 2
    assert "签订日期" in done.stderr
    assert "landwatch why T3" in done.stderr
    assert desk.call("timeline", "T9").code == 2


def test_a_supply_signed_after_the_day_judged_has_no_timeline_yet(desk: Desk) -> None:
    done = desk.call("timeline", "T6")
    assert done.code == 2
    assert "判定日 2026-06-30 以后才签订" in done.stderr
