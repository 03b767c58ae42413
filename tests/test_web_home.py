"""The first page: figures with their change, what is new and why, what comes, last night; no run.

Two runs of the demo: 2026-06-30 with 17 suspected and 60 candidates (data/parcels/README.md), and
2026-07-15, between which only time passed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser

from api.web import pivot
from gis.accounts import keys, users
from gis.config import Config
from gis.outputs.digest import COLUMNS
from gis.store import database, nights
from gis.store.results import Scope
from tests import sending, stores, told_nights, warm
from tests.conftest import Server
from tests.test_web_frame import AS_BROWSER
from tests.test_web_lists import cells
from tests.warm import Desk
from tests.web_pages import serious

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
    whole = re.sub(r'<span class="nowrap">(\d{4}-\d\d-\d\d)</span>', r"\1", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole)).split())


def test_the_figures_stand_beside_those_of_the_run_before(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Between the two days one candidate became another thing: 60 less 1."""
    page = words(read(client, secrets["viewer"]))
    assert "本期要看 2026-06-30 至 2026-07-15" in page
    assert "疑似闲置 17 宗 18.0000 公顷 270.00 亩 较上次 0" in page
    assert "未报动工，待核实 59 宗 59.0000 公顷 885.00 亩 较上次 −1" in page
    # One figure for all land: pieces that lie over one another count once.
    assert "批而未供 25 块 108.8500 公顷 1,632.75 亩" in page
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
    assert "新列入 演示-4a行-停工恰满一年当日 可认定闲置（中止开发），人工判定" in told
    assert "自 2026-07-01 起；原为停建；因时间推移" in told
    coming, held = part.split("已届满的</h2>")
    days = re.findall(r'<td class="nowrap">(\d{4}-\d\d-\d\d)</td>', coming)
    assert days == sorted(days)
    # What comes stands first; what the law brought by itself is told after it, as nobody's delay.
    assert days[0] == "2026-07-20"
    assert not re.search(r"逾期 \d", words(held))
    assert "已届满 13 天 2026-07-01" in words(held)
    assert "2026-07-02 起：扣除免责期间后满两年未动工：无偿收回" in words(held)
    some = words(read(client, secrets["viewer"], "/?due=7", **PART))
    assert "7 天内到期 1 件 另有逾期 0 件，已届满 1 件" in some
    english = read(client, secrets["viewer"], "/", **PART, Cookie="landwatch-language=en")
    assert "may be found idle: stopped, below the thresholds" in english
    # What the day brings is told in English as well.
    assert "from 2026-07-02: two full years after excused days: recovery without" in words(english)
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
        # Supplies alone: a candidate since 2022-06-01, and of what was approved nothing is known.
        register = tmp_path / "供地.csv"
        register.write_text(
            "电子监管号,面积(公顷),合同签订日期,约定开工时间\nA1,1,2021-01-05,2021-05-31\n",
            encoding="utf-8",
        )
        assert desk.call("load", "supplies", str(register)).code == 0
        done = desk.call("run", "--as-of", "2024-06-30")
        assert done.code == 0, done.stderr
        assert "批而未供不明（不是零）" in done.stdout
        assert "批而未供 0.00" not in done.stdout
        told = words(client.get("/", headers=AS_BROWSER | PART).text)
        assert "批而未供 不明 没有批文资料" in told
        assert "另有 1 宗未报动工，须先核实" in told
        assert "好消息" not in told
        assert "批而未供 不明 没有批文资料" in words(client.get("/blocks", headers=AS_BROWSER).text)


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
            assert 'hx-target="#home"' not in page
            told = words(page)
            assert "2024-07-01 夜间运行失败" in told
            assert 'role="alert"' in page
            assert "东旗疑似闲置" in told
            assert "西" not in told
            assert "昨夜失败" in told


def test_what_the_law_brought_by_itself_is_told_from_what_the_night_stored(
    server: Server, pattern: str, tmp_path: Path
) -> None:
    """Two lines of one day, alike in words: one has a first day, with the other one is late."""
    from tests.two_banners import judged

    with judged(server, pattern, "landwatch_web_night_days", tmp_path) as made:
        with database.connect(Config(Path("unused"), made.store.url)) as connection:
            told_nights.put(connection, {}, 1)
            held = {"section": "due_now", "subject": "东监1", "name": "东一", "on": "2024-06-20",
                    "from_on": "2024-06-21", "zh": "满一年；2024-06-30 起止", "en": "a full year",
                    "more_zh": "须人工核对", "article": "《闲置土地处置办法》14(1)"}  # fmt: skip
            late = held | {"subject": "东监2", "name": "东二", "from_on": None}
            lines = pd.DataFrame([held, late]).reindex(columns=[*COLUMNS]).astype(object)
            lines["is_for_all"] = True
            with connection.transaction():
                nights.keep_lines(connection, told_nights.NIGHT, lines)
            users.add(connection, "看", ["viewer"], None)
            secret, _ = keys.create(connection, "k", "看")
        for client in sending.client_of(made):
            page = read(client, secret, "/calendar")
            over, arrived = page.split("逾期的</h2>")[1].split("已届满的</h2>")
            law = "；须人工核对；依据《闲置土地处置办法》第十四条第（一）项"
            assert f"逾期 10 天 东二 满一年；2024-06-30 起止{law}" in words(over)
            assert f"已届满 9 天 东一 2024-06-21 起：满一年；2024-06-30 起止{law}" in words(arrived)
            english = words(read(client, secret, "/calendar", Cookie="landwatch-language=en"))
            assert "from 2024-06-21: a full year; by 《闲置土地处置办法》14(1)" in english
            first = read(client, secret)
            assert "另有逾期 1 件，已届满 1 件" in words(first)
            # In short where there is little room: neither what else there is nor the article.
            assert "满一年；2024-06-30 起止</td>" in re.sub(r"<span[^>]*>|</span>", "", first)


def test_a_first_night_that_compared_nothing_does_not_say_that_nothing_changed(
    client: httpx.Client, secrets: dict[str, str], desk: Desk
) -> None:
    day = date(2026, 7, 15)
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        nights.begin(connection, day, told_nights.NOW)
        nights.note_good(connection, day, 2, 29, None, 0, told_nights.NOW)
        page = read(client, secrets["viewer"])
        assert "没有变化" not in words(page)
        assert 'hx-trigger="load"' in page
        connection.execute("DELETE FROM landwatch.night")


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
    tab.wait_for_url("**due=30**")
    tab.get_by_text("原为停建").wait_for()
    # Seen unstarted on 2026-04-15: the notice of the investigation was due within 30 days.
    tab.get_by_text(re.compile("未办的程序已逾期 [1-9]")).wait_for()
    for path, last in (
        ("/", "原为停建"), ("/calendar", "应完成调查核实"), ("/runs/2/since/1", "其间生效"),
        ("/runs", "历次运行"), ("/runs/2", "根据什么"), ("/pivot", "合计"),
    ):  # fmt: skip
        tab.set_viewport_size({"width": 1366, "height": 768})
        tab.goto(f"{client.base_url}{path}")
        tab.get_by_text(last).first.wait_for()
        assert serious(tab) == [], path
        tab.set_viewport_size({"width": 390, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert said == []
    context.close()


def test_two_runs_differ_in_what_the_days_between_brought(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """演示-10行-判定日之后签的延期: an extension signed on 2026-07-05, after the first day."""
    page = read(client, secrets["viewer"], "/runs/2/since/1")
    assert 'hx-trigger="load"' in page
    part = read(client, secrets["viewer"], "/runs/2/since/1", **PART)
    told = words(part)
    assert "共 8 处" in told
    row = told[told.index("演示-10行-判定日之后签的延期") :]
    assert row.startswith("演示-10行-判定日之后签的延期 1506992024B00082 有变化 未报动工，待核实")
    assert "未到约定动工日 1.0000 1.0000 时间推移" in row
    assert "其间生效：延期 演示延〔2026〕H82-1号" in row
    # Who sees some land gets the kinds of reason: a sentence may name what lies outside.
    own = words(read(client, secrets["of block A"], "/runs/2/since/1", **PART))
    assert "时间推移" in own
    assert "其间生效" not in own
    english = words(read(client, secrets["viewer"], "/runs/2/since/1", **PART,
                         Cookie="landwatch-language=en"))  # fmt: skip
    assert "time passed" in english
    for wrong, status in (("/runs/2/since/2", 422), ("/runs/2/since/9", 404), ("/runs/9", 404)):
        answer = client.get(wrong, headers=AS_BROWSER | {
            "Authorization": f"Bearer {secrets['viewer']}"})  # fmt: skip
        assert answer.status_code == status


def test_runs_are_listed_with_what_they_rest_on(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    page = words(read(client, secrets["viewer"], "/runs"))
    assert re.search(r"第 2 次运行 2026-07-15 日常 — 42 ", page)
    assert "与第 1 次" in page
    # A viewer has no day judged.
    assert 'id="judge"' not in read(client, secrets["viewer"], "/runs")
    one = words(read(client, secrets["viewer"], "/runs/2"))
    assert "疑似闲置 17 18.0000 270.00" in one
    own = words(read(client, secrets["of block A"], "/runs/2"))
    assert "疑似闲置 17 " not in own


def test_the_calendar_tells_the_last_day_of_each(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """演示-疑似满两年-01: 30 days for the investigation end on a Sunday, 2026-07-19."""
    told = words(read(client, secrets["viewer"], "/calendar", **PART))
    assert "2026-07-20 5 天 演示-疑似满两年-01 应完成调查核实；2026-07-19 为休假日" in told
    near = words(read(client, secrets["viewer"], "/calendar?days=7", **PART))
    assert "今后 1 项，逾期 20 项，已届满 1 项" in near
    # Overdue steps come first, however long ago: seen unstarted on 2026-04-15, 30 days end on
    # 2026-05-15, a Friday; 16 days of May, 30 of June and 15 of July make 61.
    late = told[told.index("已逾期的程序") : told.index("2026-07 ")]
    assert "2026-05-15 逾期 61 天 送达《闲置土地调查通知书》，完成调查核实" in late
    assert "演示-8行-满两年巡查未动工 疑似闲置" in late
    assert "应完成调查核实" not in told[told.index("2026-07 ") : told.index("2026-07-20 5 天")]
    counted = words(read(client, secrets["viewer"], "/calendar/late"))
    assert f"未办的程序已逾期 {late.count('送达《闲置土地调查通知书》')} 件" in counted
    park = words(read(client, secrets["viewer"], "/calendar?park=NOWHERE", **PART))
    assert "90 天内没有到期的" in park
    some = words(read(client, secrets["viewer"], "/calendar?text=疑似满两年-01", **PART))
    assert "今后 1 项，逾期 0 项，已届满 0 项" in some
    # The file is made of all land.
    assert "data-job" not in read(client, secrets["of block A"], "/calendar")


def test_a_place_says_what_each_conclusion_lacks_and_its_sums_close(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """演示-8行-满两年但证据偏早 was seen before its two years were full."""
    page = words(read(client, secrets["viewer"], "/park/YS"))
    row = page[page.index("1506992023B00049", page.index("无偿收回 已到的与如核实的")) :]
    assert "核查早于期满，须再到现场核实 ； 缺：" in row[:300].replace("；  ", "； ")
    assert re.search("其中 [0-9]+ 宗核查早于期满，须再到现场核实", page)
    assert "最久的逾期" in page
    pieces, off, left = (
        float(one.replace(",", ""))
        for one in re.search(
            r"批而未供地块合计 \d+ ([\d.,]+) .*?跨界部分 − ([\d.,]+) .*?分子） ([\d.,]+)", page
        ).groups()
    )
    assert round(pieces - off, 4) == left


def test_the_pivot_adds_up_on_the_page_and_in_the_workbook(
    client: httpx.Client, secrets: dict[str, str], desk: Desk, tmp_path: Path
) -> None:
    """17 suspected parcels of 18 公顷 (one has two), all in the park: 18 x 15 = 270 亩."""
    page = read(client, secrets["viewer"], "/pivot")
    head, *rows = cells(page)
    # The head of the last row reaches over two columns.
    at, first = (head.index(one) - len(head) for one in ("疑似闲置", "未到约定动工日"))
    assert rows[-1][at] == "18.0000 270.00"
    for row in rows:
        parts = [cell.split()[0] for cell in row[first:-2] if cell != "—"]
        assert round(sum(float(one.replace(",", "")) for one in parts), 4) == float(
            row[-2].split()[0].replace(",", ""))  # fmt: skip
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        users.add(connection, "经办", ["clerk"], None)
        secret, _ = keys.create(connection, "经办的", "经办")
    refused = client.get("/pivot/xlsx", headers={"Authorization": f"Bearer {secrets['viewer']}"})
    assert refused.status_code == 403
    book = client.get("/pivot/xlsx", headers={"Authorization": f"Bearer {secret}"})
    assert book.status_code == 200
    place = tmp_path / "pivot.xlsx"
    place.write_bytes(book.content)
    sheet = pd.read_excel(place, engine="calamine", header=None)
    lines = [row for row in sheet.itertuples(index=False) if isinstance(row[3], int | float)]
    told = [row for row in lines if row[3] == row[3]]
    of_suspected = [row for row in told if row[2] == "疑似闲置"]
    assert [(row[3], row[4], row[5]) for row in of_suspected] == [(17, 18.0, 270.0)] * 2
    whole = told[-1]
    parts = [row for row in told if row[0] == "演示旗（虚构）"]
    assert whole[3] == sum(row[3] for row in parts)
    assert round(whole[4], 4) == round(sum(row[4] for row in parts), 4)
    assert round(whole[5], 2) == round(sum(row[5] for row in parts), 2)


def test_figures_of_a_pivot_close_though_each_is_rounded() -> None:
    """Thirds of a hectare in two places: each prints 0.3333 twice and 0.3334 once."""
    area = np.full((2, 3), 10_000 / 3)
    made = pivot.closed([("甲", ""), ("乙", "")], ["a", "b", "c"], np.ones((2, 3), dtype=int), area)
    assert made.rows["hectares"].tolist() == [1.0, 1.0]
    assert made.cells["hectares"].tolist() == [[0.3334, 0.3333, 0.3333]] * 2
    assert made.columns["hectares"].tolist() == [0.6668, 0.6666, 0.6666]
    assert made.whole == {"hectares": 2.0, "mu": 30.0}
