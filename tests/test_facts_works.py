"""What became of the works, from papers written by hand: stops, late proof, amounts."""

from __future__ import annotations

from datetime import date

from tests.test_facts import SUPPLY, fact, seen


def test_a_stop_holds_until_it_is_resumed() -> None:
    rows = [
        seen("2021-05-01", "started", started_on="2021-04-01"),
        seen("2022-05-01", "stopped", stopped_on="2022-03-15"),
        seen("2023-05-01", "resumed"),
    ]
    assert fact("stopped_on", progress=rows[:2]) == date(2022, 3, 15)
    assert fact("stopped_on", progress=rows) is None
    assert fact("stopped_on", date(2023, 4, 30), progress=rows) == date(2022, 3, 15)
    assert fact("started_on", progress=rows) == date(2021, 4, 1)


def test_a_stop_after_a_resumption_is_another_stop_with_a_day_of_its_own() -> None:
    # cases/facts: the first stop names 2020-01-05 and was resumed; the second was seen 2026-05-01.
    rows = [
        seen("2020-01-10", "stopped", stopped_on="2020-01-05"),
        seen("2020-06-01", "resumed"),
        seen("2026-05-01", "stopped"),
    ]
    assert fact("stopped_on", progress=rows) == date(2026, 5, 1)
    assert fact("former_stopped_on", progress=rows) == date(2020, 1, 5)
    assert fact("resumed_on", progress=rows) == date(2020, 6, 1)


def test_a_later_sighting_of_the_same_stop_moves_nothing() -> None:
    days = ["2021-01-15", "2021-07-15", "2022-01-15", "2023-01-15", "2024-05-15"]
    rows = [seen(day, "stopped") for day in days]
    assert fact("stopped_on", progress=rows) == date(2021, 1, 15)
    # A paper that names an earlier day of the same stop proves it; one that names a later does not.
    named = [*rows, seen("2021-08-01", "stopped", stopped_on="2020-12-20", source="document")]
    assert fact("stopped_on", progress=named) == date(2020, 12, 20)
    later = [*rows, seen("2021-08-01", "stopped", stopped_on="2021-03-01", source="document")]
    assert fact("stopped_on", progress=later) == date(2021, 1, 15)


def test_a_stop_day_copied_from_before_the_resumption_begins_with_the_sighting() -> None:
    rows = [
        seen("2020-01-10", "stopped", stopped_on="2020-01-05"),
        seen("2020-06-01", "resumed"),
        seen("2026-05-01", "stopped", stopped_on="2020-01-05"),
    ]
    assert fact("stopped_on", progress=rows) == date(2026, 5, 1)


def test_works_seen_going_on_end_a_stop_and_a_late_proof_of_the_start_does_not() -> None:
    stop = seen("2022-03-15", "stopped")
    assert fact("stopped_on", progress=[stop, seen("2022-05-01", "started")]) is None
    proof = seen("2022-05-01", "started", source="document", started_on="2019-06-01")
    assert fact("stopped_on", progress=[stop, proof]) == date(2022, 3, 15)
    patrolled = seen("2022-05-01", "started", started_on="2019-06-01")
    assert fact("stopped_on", progress=[stop, patrolled]) is None


def test_a_resumption_counts_from_the_day_it_names() -> None:
    rows = [
        seen("2022-03-15", "stopped"),
        seen("2023-05-01", "resumed", resumed_on="2022-09-01", source="document"),
    ]
    assert fact("stopped_on", date(2022, 8, 31), progress=rows) == date(2022, 3, 15)
    assert fact("stopped_on", date(2022, 9, 1), progress=rows) is None


def test_a_stop_named_by_a_later_paper_counts_from_its_own_day_with_its_figures() -> None:
    paper = seen("2024-01-20", "stopped", stopped_on="2022-03-15", developed_area_m2=900.0)
    assert fact("stopped_on", date(2023, 12, 31), progress=[paper]) == date(2022, 3, 15)
    assert fact("stopped_proved_on", date(2023, 12, 31), progress=[paper]) == date(2024, 1, 20)
    assert fact("developed_area_m2", date(2023, 12, 31), progress=[paper]) == 900.0
    assert fact("stopped_on", date(2022, 3, 14), progress=[paper]) is None
    bare = seen("2024-01-20", "stopped")
    assert fact("stopped_on", date(2023, 12, 31), progress=[bare]) is None


def test_a_stop_by_the_month_begins_on_its_last_day_though_it_was_seen_before() -> None:
    # 「停工日期 2022年5月」 is read as 2022-05-31; the patrol that wrote it came on the 10th.
    row = seen("2022-05-10", "stopped", stopped_on="2022-05-31")
    assert fact("stopped_on", date(2022, 5, 30), progress=[row]) is None
    assert fact("stopped_on", date(2022, 5, 31), progress=[row]) == date(2022, 5, 31)


def test_a_completion_report_proves_the_start_it_names() -> None:
    report = seen("2024-01-20", "completed", source="document", started_on="2023-03-01",
                  completed_on="2023-11-30")  # fmt: skip
    assert fact("started_on", date(2023, 12, 31), progress=[report]) == date(2023, 3, 1)
    assert fact("completed_on", date(2023, 12, 31), progress=[report]) == date(2023, 11, 30)
    assert fact("completed_on", date(2023, 11, 29), progress=[report]) is None


def test_days_without_a_state_count_and_a_plan_does_not() -> None:
    row = seen("2022-05-01", None, started_on="2022-04-01")
    assert fact("started_on", progress=[row]) == date(2022, 4, 1)
    plan = seen("2022-05-01", "not_started", started_on="2022-06-01")
    assert fact("started_on", progress=[plan]) is None
    assert fact("not_started_on", progress=[plan]) == date(2022, 5, 1)


def test_not_started_seen_later_proves_that_nothing_had_been_started() -> None:
    rows = [seen("2024-03-01", "not_started")]
    assert fact("not_started_on", date(2023, 12, 31), progress=rows) == date(2024, 3, 1)


def test_spent_and_total_are_of_one_paper_and_the_contract_fills_in() -> None:
    rows = [
        seen("2022-05-01", invested_fen=70, investment_total_fen=900),
        seen("2022-08-01", invested_fen=80, investment_total_fen=1000),
    ]
    assert fact("invested_fen", progress=rows) == 80
    assert fact("investment_total_fen", progress=rows) == 1000
    assert fact("invested_seen_on", progress=rows) == date(2022, 8, 1)


def test_who_stopped_resumed_or_produces_had_begun() -> None:
    for milestone in ("stopped", "resumed", "producing", "at_capacity"):
        assert fact("started_on", progress=[seen("2022-05-01", milestone)]) == date(2022, 5, 1)


def test_a_dispute_holds_until_a_later_sighting_settles_it() -> None:
    rows = [seen("2022-05-01", "disputed"), seen("2022-08-01", "started")]
    assert fact("is_start_disputed", progress=rows[:1])
    assert not fact("is_start_disputed", progress=rows)


def test_the_latest_amounts_count_column_by_column() -> None:
    rows = [
        seen("2022-05-01", developed_area_m2=100.0, invested_fen=70, investment_total_fen=900),
        seen("2022-08-01", developed_area_m2=300.0),
    ]
    assert fact("developed_area_m2", progress=rows) == 300.0
    assert fact("invested_fen", progress=rows) == 70
    supply = SUPPLY | {"investment_total_fen": 500}
    assert fact("investment_total_fen", supplies=[supply], progress=rows) == 900
    assert fact("investment_total_fen", supplies=[supply]) == 500
