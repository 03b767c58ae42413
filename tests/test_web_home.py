"""The first page: figures with their change, what is new and why, what comes, last night; no run.

Two runs of the demo: 2026-06-30 with 17 suspected and 60 candidates (data/parcels/README.md), and
2026-07-15, between which only time passed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from gis.accounts import keys, users
from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests import sending, stores, told_nights, warm
from tests.conftest import Server
from tests.test_web_frame import AS_BROWSER
from tests.test_web_lists import AXE
from tests.warm import Desk

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
def desk(server: Server, demo_pattern: str, demo_home: Path) -> Iterator[Desk]:
    """The demo, judged on two days."""
    name = f"landwatch_web_home_{os.getpid()}"
    with stores.copied(server, demo_pattern, name, demo_home) as store:
        made = Desk(store, warm.shared())
        assert made.call("run", "--as-of", "2026-07-15").code == 0
        yield made


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[str, str]:
    found = {}
    lands = {"viewer": None, "of block A": Scope(blocks=("YS-A",))}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for name, scope in lands.items():
            users.add(connection, name, ["viewer"], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


def read(client: httpx.Client, secret: str, path: str = "/", **more: str) -> str:
    headers = AS_BROWSER | {"Authorization": f"Bearer {secret}"} | more
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_figures_stand_beside_those_of_the_run_before(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Between the two days one candidate became another thing: 60 less 1."""
    page = words(read(client, secrets["viewer"]))
    assert "本期要看 2026-06-30 至 2026-07-15" in page
    assert "疑似闲置 17 宗 18.0000 公顷 较上次 0" in page
    assert "未报动工，待核实 59 宗 59.0000 公顷 较上次 −1" in page
    # One figure for all land: pieces that lie over one another count once.
    assert "批而未供 25 块 108.8500 公顷" in page
    first = words(read(client, secrets["viewer"], "/?run=1"))
    assert "这是第一次运行，没有可比的" in first
    assert "较上次" not in first


def test_what_is_new_says_why_and_what_comes_is_in_order(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """演示-4a行: stopped since 2025-06-30, a year full on 2026-07-01; nothing but time passed."""
    whole = read(client, secrets["viewer"])
    assert 'hx-trigger="load"' in whole
    assert "正在与上次比较" in whole
    part = read(client, secrets["viewer"], "/", **PART)
    assert "<html" not in part
    told = words(part)
    assert "演示-4a行-停工恰满一年当日 新列入 可认定闲置（中止开发），人工判定" in told
    assert "自 2026-07-01 起；原为停建；因时间推移" in told
    days = re.findall(r'<td class="nowrap">(\d{4}-\d\d-\d\d)</td>', part)
    assert days == sorted(days)
    assert days[0] == "2026-07-01"
    assert "逾期 14 天" in told
    some = words(read(client, secrets["viewer"], "/?due=7", **PART))
    # The overdue one, and one within seven days.
    assert "7 天内到期 2 件 其中已逾期 1 件" in some
    english = read(client, secrets["viewer"], "/", **PART, Cookie="landwatch-language=en")
    assert "may be found idle: stopped, below the thresholds" in english
    assert client.get("/?due=4000", headers=AS_BROWSER | {
        "Authorization": f"Bearer {secrets['viewer']}"}).status_code == 422  # fmt: skip


def test_who_sees_one_block_is_told_of_that_block(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    own = read(client, secrets["of block A"], "/", **PART)
    whole = read(client, secrets["viewer"], "/", **PART)
    subjects = set(re.findall(r'href="/subject/([^"?]+)', own))
    assert subjects
    assert subjects != set(re.findall(r'href="/subject/([^"?]+)', whole))
    listed = client.get(
        "/api/v1/findings", params={"limit": 1000},
        headers={"Authorization": f"Bearer {secrets['of block A']}"},
    ).json()["rows"]  # fmt: skip
    known = {row["subject"] for row in listed}
    assert {one for one in subjects if "%" not in one} <= known


def test_a_store_without_a_run_says_what_to_do(store_url: str, tmp_path: Path) -> None:
    assert store_url
    desk = Desk(stores.Store(store_url, tmp_path / "home"), warm.shared())
    for client in sending.client_of(desk):
        page = client.get("/", headers=AS_BROWSER)
        assert page.status_code == 200
        told = words(page.text)
        assert "从这里开始" in told
        assert "还没有判定过" in told
        # With nothing to judge there is nothing to ask for yet.
        assert re.search(r'<button class="btn" disabled>判定', page.text)


def test_what_the_night_told_is_shown_at_once_and_its_failure_in_red(
    server: Server, pattern: str, tmp_path: Path
) -> None:
    from tests.two_banners import judged

    with judged(server, pattern, "landwatch_web_night", tmp_path) as made:
        with database.connect(Config(Path("unused"), made.store.url)) as connection:
            told_nights.put(connection, {}, 1)
            users.add(connection, "看", ["viewer"], Scope(regions=("150602",)))
            secret, _ = keys.create(connection, "k", "看")
        for client in sending.client_of(made):
            page = read(client, secret)
            assert "hx-trigger" not in page
            told = words(page)
            assert "2024-07-01 夜间运行失败" in told
            assert 'role="alert"' in page
            assert "东旗疑似闲置" in told
            assert "西" not in told
            assert "昨夜失败" in told


def test_a_person_sees_the_first_page_fill(
    client: httpx.Client, secrets: dict[str, str], browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        extra_http_headers={"Authorization": f"Bearer {secrets['viewer']}"},
    )
    said: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda fault: said.append(str(fault)))
    tab.goto(str(client.base_url))
    tab.get_by_text("原为停建").wait_for()
    tab.get_by_role("link", name="30 天").click()
    tab.get_by_text("原为停建").wait_for()
    assert "due=30" in tab.url
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run().then((told) => told.violations.map((one) =>"
                         " [one.id, one.impact, one.nodes[0].html]))")  # fmt: skip
    assert [one for one in found if one[1] in ("serious", "critical")] == []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert said == []
    context.close()
