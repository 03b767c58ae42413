"""What a page says of a step and of its papers: what comes first, and what counts though later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest

from api.web.subject import steps
from gis import contracts
from tests import warm
from tests.conftest import Server
from tests.sending import client_of
from tests.stores import copied
from tests.test_paper_cases import HEAD, PROGRESS, loaded
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


def test_a_patrol_of_later_that_proves_the_day_is_not_said_to_be_left_out(
    server: Server, pattern: str, tmp_path: Path
) -> None:
    # Judged on 2023-12-31: seen untouched on 2024-01-20, it was untouched on the day. That it was
    # started on 2024-03-01 says nothing of the day, and a stop of 2024-05-15 neither.
    with copied(server, pattern, "landwatch_later", tmp_path) as copy:
        store = Desk(copy, warm.shared())
        loaded(store, "supplies", HEAD, "A7,150600,庚,1,出让,100,2022-06-30,2021-12-01")
        loaded(store, "progress", PROGRESS, "A7,2024-01-20,巡查,未动工,,,",
               "A7,2024-05-15,巡查,停工,,,0.2")  # fmt: skip
        store.json("run", "--as-of", "2023-12-31")
        with contextmanager(client_of)(store) as client:
            page = client.get("/subject/A7").text

    said = dict(re.findall(r'<td class="nowrap">(2024-[^<]+)<small>([^<]+)</small>', page))
    assert said == {"2024-01-20": "晚于判定日，作为后补证据采用",
                    "2024-05-15": "晚于判定日，未采用"}  # fmt: skip
    texts = dict(re.findall(r"<td>(2024-[^<]+)</td><td>证据</td><td>([^<]+)</td>", page))
    assert texts == {"2024-01-20": "后补证据", "2024-05-15": "文件（晚于判定日，未采用）"}
