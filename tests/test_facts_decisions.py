"""What was decided of a subject, from papers written by hand: 认定书, fees, revocations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.test_facts import SUPPLY, extension, fact


def served(document: str, kind: str, on: str, **more: Any) -> dict[str, Any]:
    return {"document": document, "supply_no": "A1", "kind": kind, "served_on": on, **more}


def test_the_newest_finding_speaks_alone_also_where_it_names_no_cause() -> None:
    rows = [served("认1", "finding", "2023-01-10", cause="government")]
    rows += [served("认2", "finding", "2024-01-10")]
    assert fact("found_document", decisions=rows) == "认2"
    assert fact("found_cause", decisions=rows) is None


def test_a_document_revoked_from_the_beginning_counts_on_no_day() -> None:
    rows = [served("认1", "finding", "2023-09-01", cause="enterprise")]
    assert fact("found_on", date(2023, 12, 31), decisions=rows) == date(2023, 9, 1)
    rows += [served("撤1", "revocation", "2024-03-01", revokes="认1")]
    # Known now: not even on the days before the revocation was served.
    assert fact("found_on", date(2023, 12, 31), decisions=rows) is None
    assert fact("found_on", decisions=rows) is None
    assert fact("revoked_documents", decisions=rows) == "认1（撤1，2024-03-01）"


def test_a_document_withdrawn_from_a_day_on_counted_until_then() -> None:
    for paper in (
        served("撤1", "revocation", "2024-03-01", revokes="认1", effect="from_day"),
        served("撤1", "retraction", "2024-03-01", revokes="认1"),
    ):
        rows = [served("认1", "finding", "2023-09-01"), paper]
        assert fact("found_on", date(2024, 2, 29), decisions=rows) == date(2023, 9, 1)
        assert fact("found_on", date(2024, 3, 1), decisions=rows) is None


def test_a_revocation_that_was_revoked_revives_what_it_ended() -> None:
    rows = [
        served("认1", "finding", "2023-09-01"),
        served("撤1", "revocation", "2024-03-01", revokes="认1"),
        served("撤2", "revocation", "2024-05-01", revokes="撤1"),
    ]
    assert fact("found_on", decisions=rows) == date(2023, 9, 1)


@pytest.mark.parametrize("revokes", [None, "无此文书", "撤1", "认2"])
def test_a_revocation_of_nothing_of_itself_or_of_a_later_paper_ends_none(
    revokes: str | None,
) -> None:
    rows = [
        served("认1", "finding", "2023-09-01"),
        served("撤1", "revocation", "2024-03-01", revokes=revokes),
        served("认2", "finding", "2024-06-01"),
    ]
    assert fact("found_document", decisions=rows) == "认2"
    assert fact("is_revocation_open", decisions=rows)
    assert fact("found_document", date(2024, 4, 1), decisions=rows) == "认1"


def test_a_revoked_fee_decision_no_longer_stands() -> None:
    rows = [
        served("认1", "finding", "2023-09-01"),
        served("费1", "fee", "2024-01-10"),
        served("撤1", "revocation", "2024-03-01", revokes="费1"),
    ]
    assert fact("fee_decided_on", decisions=rows[:2]) == date(2024, 1, 10)
    assert fact("found_disposed_on", decisions=rows[:2]) == date(2024, 1, 10)
    assert fact("fee_decided_on", decisions=rows) is None
    assert fact("found_disposed_on", decisions=rows) is None


def test_an_agreed_hand_over_is_the_newest_agreed_one() -> None:
    supply = SUPPLY | {"handover_agreed_on": "2020-03-31"}
    rows = [extension("延1", "2020-03-01", None, handover_agreed_on="2020-06-30")]
    assert fact("handover_agreed_on", supplies=[supply], extensions=rows) == date(2020, 6, 30)
    before = date(2020, 2, 29)
    assert fact("handover_agreed_on", before, supplies=[supply], extensions=rows) == date(
        2020, 3, 31
    )


def test_of_two_papers_of_one_day_the_one_delivered_later_counts() -> None:
    rows = [
        {"document": "交9", "supply_no": "A1", "handed_on": "2020-03-31", "delivery": 1},
        {"document": "交1", "supply_no": "A1", "handed_on": "2020-03-31", "delivery": 2},
    ]
    assert fact("handover_document", handovers=rows) == "交1"
