"""Readings of what the law leaves open: recorded by whom, read by which run, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from pandas.testing import assert_frame_equal

from gis import contracts, law, recorded_law
from gis.accounts import keys, users
from gis.cli.scenario_work import Scenario, tried
from gis.config import Config
from gis.errors import UsageError
from gis.pipeline import run as line
from gis.store import database, results, runs, tables
from gis.store.readings import Reading
from gis.store.results import Scope
from tests.test_api_scope import by
from tests.test_command import assert_fits
from tests.test_web_lists import read
from tests.warm import Desk

KEY, COHORT = "unsupplied.edge_width_m", "unsupplied.cohort_to_year"
DAY = date(2020, 1, 1)


def reading(number: int, value: str | None, from_on: date, region: str = "") -> Reading:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return Reading(number, KEY, region, value, from_on, "会议纪要", "负责人", at, 1)


def test_a_later_reading_follows_an_earlier_one_from_its_day_on() -> None:
    told = (
        reading(1, "6", date(2015, 1, 1)),
        reading(2, "8", date(2020, 1, 1)),
        reading(3, "7", date(2018, 1, 1)),  # recorded last: 8 never comes
        reading(4, None, date(2022, 1, 1)),
    )
    held = recorded_law.laid_over(told)
    said = [held.value(KEY, date(year, 6, 1)).amount for year in (2014, 2016, 2019, 2021, 2023)]
    assert said == [5.0, 6.0, 7.0, 7.0, 5.0]
    assert held.value(KEY, date(2016, 1, 1)).source == "会议纪要"
    assert [one.id for one in recorded_law.in_force(told)] == [1, 3]
    # Taken back as a whole, the law is what it was, by its digest.
    gone = recorded_law.laid_over((*told, reading(5, None, date(2000, 1, 1))))
    assert gone.digest == law.load().digest
    assert held.digest != law.load().digest


def test_a_reading_of_a_region_holds_there_alone() -> None:
    held = recorded_law.laid_over((reading(1, "9", DAY, "150602"),))
    assert held.value(KEY, DAY, "150602").amount == 9.0
    assert held.value(KEY, DAY, "150722").amount == held.value(KEY, DAY).amount == 5.0


@pytest.mark.parametrize(
    ("key", "text", "amount"),
    [
        ("idle.fee_with_recovery", " both ", "both"),
        ("idle.area_tolerance", "5%", Fraction(1, 20)),
        ("idle.area_tolerance", "1/50", Fraction(1, 50)),
        ("unsupplied.edge_area_m2", "1000", Fraction(1000)),
        ("unsupplied.cohort_from_year", "2009", 2009),
        ("unsupplied.edge_width_m", "7.5", 7.5),
        ("idle.warning_days", "60、15", (60, 15)),
    ],
)
def test_a_value_is_read_in_the_type_of_the_one_it_stands_for(
    key: str, text: str, amount: Any
) -> None:
    held = recorded_law.checked(key, text, DAY, "")
    assert recorded_law.amount_of(held, text) == amount
    assert type(recorded_law.amount_of(held, text)) is type(amount)


@pytest.mark.parametrize(
    ("key", "text", "region"),
    [
        ("idle.years_to_fee", "3", ""),  # what the law says
        ("idle.seizure", "excused", "150602"),  # verified in the region's own document
        (KEY, "6", "150602"),  # a run of all land asks it once, for everywhere
        ("idle.nothing", "1", ""),
        ("idle.fee_with_recovery", "all", ""),
        ("idle.area_tolerance", "1/0", ""),
        ("idle.area_tolerance", "120%", ""),
        ("unsupplied.edge_width_m", "-1", ""),
        ("unsupplied.edge_width_m", "1000", ""),  # 200 times what the file says: a slip
        ("unsupplied.edge_width_m", "nan", ""),
        ("unsupplied.cohort_from_year", "2009.5", ""),
        ("unsupplied.situation_words", "甲", ""),  # lists of lists stand in the files alone
    ],
)
def test_what_the_law_says_and_what_is_no_such_value_is_refused(
    key: str, text: str, region: str
) -> None:
    with pytest.raises(UsageError):
        recorded_law.checked(key, text, date(2023, 1, 1), region)


def manager(desk: Desk, name: str, scope: Scope | None) -> str:
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        users.add(connection, name, ["manager"], scope)
        secret, _ = keys.create(connection, f"key of {name}", name)
    return secret


def fees(client: httpx.Client, secret: str, run: int, region: str) -> set[Any]:
    asked = {"run": run, "rule": "idle_land", "region": region}
    answer = client.get("/api/v1/findings", params=asked, headers=by(secret)).json()
    return {row["fee_if_confirmed_fen"] for row in answer["rows"]}


def test_a_reading_is_tried_before_it_is_recorded_and_nothing_stays(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """The candidates of 150602 owe a fifth of 100 万元 each if confirmed; where recovery takes its
    place, none; nothing else moves, and 150722 owes what it owed.
    """

    def counts() -> list[Any]:
        tables = ("run", "finding", "reading", "delivery")
        with desk.store.connect() as store:
            return [store.execute(f"SELECT count(*) FROM landwatch.{one}").fetchone()
                    for one in tables]  # fmt: skip

    before = counts()
    words = ("law", "try", "idle.fee_with_recovery", "none", "--from", "2020-01-01")
    told = desk.json(*words, "--region", "150602")
    assert list(told) == list(contracts.JSON["scenario_run"])
    assert told["readings"] == [
        {"key": "idle.fee_with_recovery", "region": "150602", "from_on": "2020-01-01",
         "before": "if_confirmed", "after": "none"}
    ]  # fmt: skip
    assert {one["region_code"] for one in told["subjects"]} == {"150602"}
    for one in told["subjects"]:
        assert one["fee_if_confirmed_fen_before"] == 20_000_000
        assert one["fee_if_confirmed_fen_after"] is None
        assert one["outcome_before"] == one["outcome_after"]
        assert one["next_on_before"] == one["next_on_after"]
    asked = {"rule": "idle_land", "region": "150602", "outcome": "candidate", "track": "recovery"}
    rows = client.get("/api/v1/findings", params=asked, headers=by(secrets["viewer"])).json()
    fees_before = [row["subject"] for row in rows["rows"] if row["fee_if_confirmed_fen"]]
    assert sorted(one["subject"] for one in told["subjects"]) == sorted(fees_before)
    assert len(fees_before) > 2
    assert counts() == before
    shown = desk.call(*words, "--region", "150602").stdout
    assert "（200,000.00）" in shown
    # Every row says what would be otherwise, and what would not is said in words.
    rows_shown = [line for line in shown.splitlines() if line[2:].startswith(tuple(fees_before))]
    assert len(rows_shown) == len(fees_before)
    assert all(" → " in line for line in rows_shown)
    assert "没有指标会变" in shown
    assert max(len(line) for line in shown.splitlines() if line.startswith("│")) <= 80
    # What the law says, and nothing at all, is refused; what holds already changes nothing.
    same = desk.json(*words[:3], "if_confirmed", *words[4:])
    assert "没有对象会变" in desk.call(*words[:3], "if_confirmed", *words[4:]).stdout
    assert (same["readings"][0]["after"], same["subjects"]) == ("if_confirmed", [])
    for wrong in (
        ("idle.years_to_fee", "3"),
        ("idle.fee_with_recovery",),
    ):
        done = desk.call("law", "try", *wrong, "--from", "2020-01-01")
        assert done.code == 2, done.stdout
    # A trial that takes too long is ended, and says so.
    settings = Config(Path("unused"), desk.store.url)
    supposed = recorded_law.Supposed("idle.fee_with_recovery", "none", DAY)
    with pytest.raises(UsageError, match="0 分钟还没有做完"):
        tried(settings, Scenario("慢", None, readings=[supposed]), most_seconds=0.0)
    assert counts() == before


@pytest.mark.long("test_a_reading_is_tried_before_it_is_recorded_and_nothing_stays")
def test_a_run_judges_by_what_a_manager_recorded_and_says_so(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    everywhere, east = manager(desk, "负责人", None), manager(desk, "东负责人", Scope(("150602",)))
    asked = {"key": COHORT, "value": "2024", "from_on": "2020-01-01", "source": "<b>纪要</b>1号"}
    at = "/api/v1/readings"
    assert client.post(at, json=asked, headers=by(secrets["officer"])).status_code == 403
    assert client.post(at, json=asked, headers=by(east)).status_code == 403
    own = {"key": "idle.fee_with_recovery", "value": "none", "region": "150602"}
    for region in ("150722", "15"):
        other = asked | own | {"region": region}
        assert client.post(at, json=other, headers=by(east)).status_code == 403, region
    for wrong in ({"key": "idle.years_to_fee"}, {"value": "late"}, {"from_on": "2020-13-01"},
                  {"source": ""}, {"more": 1}, {"region": "150602"}):  # fmt: skip
        answer = client.post(at, json=asked | wrong, headers=by(everywhere))
        assert answer.status_code == 422, (wrong, answer.text)
    assert client.post(at, json=asked | own, headers=by(east)).status_code == 201
    made = client.post(at, json=asked, headers=by(everywhere))
    assert made.status_code == 201, made.text
    assert (made.json()["before"], made.json()["after"]) == ("2019", "2024")
    assert desk.call("run", "--as-of", "2024-06-30").code == 0
    # A fifth of 100 万元, in 分; none where the bureau says that recovery takes its place.
    officer = secrets["officer"]
    assert fees(client, officer, 1, "150602") == fees(client, officer, 2, "150722") == {20_000_000}
    assert fees(client, officer, 2, "150602") == {None}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        first, second = runs.get(connection, 1), runs.get(connection, 2)
        assert second.counts["readings"] == [1, 2]
        assert second.built_on == second.id  # all was judged anew
        assert recorded_law.of(connection, first).digest == law.load().digest == first.law_digest
        assert recorded_law.of(connection, second).digest == second.law_digest
        # Who knows only what was there before knows no reading.
        assert recorded_law.at(connection, second.delivery - 1).digest == first.law_digest
    found = desk.json("diff", "1", "2")
    assert found["counts"]["reason"]["changed_law"] >= 5
    listed = desk.json("law", "readings")
    for name, kind in contracts.JSON["law_readings"].items():
        assert_fits(listed[name], kind, name)
    # The next day is built on it, and says the same.
    assert desk.call("run", "--as-of", "2024-07-01").code == 0
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        assert runs.get(connection, 3).built_on == 2
    assert fees(client, officer, 3, "150602") == {None}
    # Built on a run that knew the reading, a day says what it says judged as a whole, row by row.
    said = []
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        held = recorded_law.of(connection, runs.get(connection, 3))
        for is_full in (False, True):
            with connection.transaction(force_rollback=True):
                made = line.run(connection, date(2024, 7, 2), held, is_full=is_full, is_trial=True)
                assert (made.built_on == 3) is not is_full
                said.append(
                    {
                        name: results.read_columns(
                            connection, made, name, [*tables.own_types(name)]
                        )
                        for name in tables.RESULTS
                    }
                )
    for name, own in said[0].items():
        assert_frame_equal(own, said[1][name], obj=name)
    assert len(said[0]["finding"]) > 10
    for path in ("/law", "/runs/2"):
        for language in ("zh", "en"):
            page = read(client, officer, path, language)
            assert COHORT in page
            assert "<b>纪要</b>" not in page
    assert 'id="reading"' not in read(client, officer, "/law")
    assert 'id="reading"' in read(client, everywhere, "/law")
    done = desk.json(
        "law", "set", COHORT, "--revoke", "--from", "2000-01-01", "--source", "撤回", "--who", "甲"
    )
    assert list(done) == list(contracts.JSON["law_set"])
    assert desk.json("law", "show", COHORT, "--on", "2024-06-30")["value"] == "2019"
    values = client.get("/api/v1/law/settings?on=2024-06-30", headers=by(east)).json()["rows"]
    chosen = next(one for one in values if one["key"] == "idle.fee_with_recovery")
    assert chosen["choices"] == ["if_confirmed", "both", "none"]
