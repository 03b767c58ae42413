"""The next step of unsupplied land says what comes before its supply, and then that it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from api.web.subject import steps
from gis import contracts
from tests.sending import client_of
from tests.warm import Desk

# Worked by hand from the seven situations of the notice: what is lacking comes first.
FIRST = {
    "no_plan": "下一步：编制实施方案后组织供应",
    "expropriation": "下一步：完成征地拆迁后组织供应",
    "no_user": "下一步：落实用地意向者后组织供应",
    "replanned": "下一步：按调整后的规划组织供应",
    "in_procedure": "下一步：继续办理供地程序",
    "undetermined": "下一步：组织供应",
}


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def test_what_lacks_for_a_supply_is_told_before_it(client: httpx.Client) -> None:
    rows = client.get("/api/v1/unsupplied", params={"limit": "1000"}).json()["rows"]
    due = {one["situation"]: one["subject"] for one in rows if one["outcome"] == "to_supply"}
    assert {"in_procedure", "undetermined"} <= {*due} <= {*FIRST}

    for situation, subject in due.items():
        page = client.get(f"/subject/{subject}").text
        assert f"<b>{FIRST[situation]}</b>" in page, subject
        assert contracts.label("situation", situation) in page


@pytest.mark.parametrize("situation", FIRST)
def test_every_situation_of_the_notice_has_its_step(situation: str) -> None:
    # The demo has not all of them.
    finding = {"rule": "unsupplied", "outcome": "to_supply", "next_on": None}

    step = steps.step_of(finding, (), date(2026, 6, 30), "zh", situation)

    assert f"下一步：{step.words}" == FIRST[situation]
