"""Candidates to look at, in order, put aside with a reason, taken along on a patrol list.

东 has five candidates of 3.8 公顷 whose start was due on 2021-01-01 (twice), -02-01, -04-01 and
-08-01, judged on 2024-06-30.
"""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Browser

from tests import printed, sending
from tests.test_web_lists import column, read
from tests.warm import Desk
from tests.web_pages import serious


def triaged(client: httpx.Client, secret: str, query: str = "") -> str:
    return read(client, secret, f"/triage{query}")


def test_the_longest_overdue_stand_first_and_all_are_counted(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """From 2021-01-01 to 2024-06-30: 3 x 365 + 31+29+31+30+31+29 = 1,276 days; from 2021-08-01
    31+28+31+30+31+30+31 = 212 fewer: 1,064.
    """
    page = triaged(client, secrets["officer of 东"])
    days = column(page, "未动工天数")[:-1]
    assert days == ["1,276", "1,276", "1,245", "1,186", "1,064"]
    assert column(page, "约定动工日")[:-1][0] == "2021-01-01"
    # 100 万元 each; 5 x 3.8 公顷.
    assert column(page, "价款（元）")[:-1] == ["1,000,000.00"] * 5
    assert column(page, "公顷")[-1] == "19.0000"
    assert "西" not in page
    assert "5 宗" in page


def test_the_near_stand_first_seen_from_one(client: httpx.Client, secrets: dict[str, str]) -> None:
    """Steps of 0.002 degrees at 39.601 north: N cos = 6,386,830 x 0.770483 = 4,920,943 m, times
    0.002 x pi / 180 = 171.8 m; 东监2, 4, 邻监01 and 8 are 1, 3, 9 and 18.5 steps from 东监1. The
    plane, 1.2 degrees from its meridian, adds 1 in 7,700.
    """
    page = triaged(client, secrets["officer of 东"], "?near=东监1&sort=distance")
    assert column(page, "距离（公里）")[:-1] == ["0.00", "0.17", "0.52", "1.55", "3.18"]
    assert column(page, "名称")[1:-1] == ["东项目2", "东项目4", "东邻项目", "东项目8"]
    # From land outside one's own nobody measures.
    read(client, secrets["officer of 东"], "/triage?near=西监1&sort=distance", status=404)


def test_what_is_dismissed_is_no_longer_listed_until_it_is_taken_back(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    by = {"Authorization": f"Bearer {secrets['officer of 东']}"}
    order = {"kind": "candidate", "subject": "东监4", "rule": "idle_land",
             "reason": "<img src=x onerror=alert(1)>"}  # fmt: skip
    made = client.post("/api/v1/dismissals", json=order, headers=by)
    assert made.status_code == 201, made.text
    page = triaged(client, secrets["officer of 东"])
    assert column(page, "未动工天数")[:-1] == ["1,276", "1,276", "1,245", "1,064"]
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    # A reason is for who sees that land; who may not dismiss has no button.
    assert "东监4" not in triaged(client, secrets["officer of 西"])
    assert "data-take-back" not in triaged(client, secrets["clerk of 东"])
    assert "data-dismiss" not in triaged(client, secrets["clerk of 东"])
    gone = client.delete(f"/api/v1/dismissals/{made.json()['id']}", headers=by)
    assert gone.status_code == 200
    assert len(column(triaged(client, secrets["officer of 东"]), "未动工天数")) == 6


def test_leads_are_looked_at_by_kind(client: httpx.Client, secrets: dict[str, str]) -> None:
    page = triaged(client, secrets["viewer"], "?what=leads")
    assert "线索只供核查，不作任何认定。" in page
    kinds = column(page, "线索类型")[:-1]
    assert kinds
    some = triaged(client, secrets["viewer"], "?what=leads&kind=orphan_paper")
    assert {*column(some, "线索类型")[:-1]} <= {*kinds}
    read(client, secrets["viewer"], "/triage?what=leads&sort=price", status=422)


def test_a_patrol_goes_to_the_nearest_and_says_where(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """东监8 lies 18.5 steps east, 东监2 one: from 东监1 the way is 2, then 8. The middle of the
    square of 东监1 is 109.80 + 0.002 + 0.001, 39.60 + 0.001; zone 37 covers 109.5 to 112.5.
    """
    secret = secrets["officer of 东"]
    page = read(client, secret, "/patrol?subjects=东监1&subjects=东监8,东监2")
    places = [page.index(f"东项目{n}</a>") for n in (1, 2, 8)]
    assert places == sorted(places)
    assert "109.803000, 39.601000" in page
    assert "三度带 37" in page
    assert "Y 373" in page
    # 17.5 steps of 171.8 m.
    assert "3.01 公里" in page
    given = read(client, secret, "/patrol?subjects=东监1,东监8,东监2&order=given")
    places = [given.index(f"东项目{n}</a>") for n in (1, 8, 2)]
    assert places == sorted(places)
    read(client, secret, "/patrol?subjects=东监1,西监1", status=404)
    many = ",".join(f"n{at}" for at in range(101))
    assert "至多 100 宗" in read(client, secret, f"/patrol?subjects={many}", status=422)
    assert "还没有选要巡查的宗地" in read(client, secret, "/patrol")
    assert "Patrol list" in read(client, secret, "/patrol?subjects=东监1", "en")


def test_coordinates_of_the_demo_are_those_of_its_plan(demo: Desk) -> None:
    """A square of the plan has its corners on whole hundreds of metres: its middle on fifties."""
    for client in sending.client_of(demo):
        answer = client.get("/patrol?subjects=1506992019B02401", headers={"Accept": "text/html"})
        assert "X 4400150.00　Y 37435950.00" in answer.text


def test_a_person_chooses_puts_aside_and_takes_a_list_along(
    client: httpx.Client, secrets: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        extra_http_headers={"Authorization": f"Bearer {secrets['officer of 东']}"},
    )
    said: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda fault: said.append(str(fault)))
    tab.goto(f"{client.base_url}/triage")
    tab.get_by_label("选中 东项目4").check()
    tab.get_by_text("已选 1 行").wait_for()
    tab.get_by_role("button", name="排除……").click()
    tab.get_by_label("理由").fill("已看过，正在施工")
    tab.get_by_role("button", name="排除", exact=True).click()
    tab.get_by_text("已看过，正在施工").wait_for()
    assert tab.locator("#chosen tbody tr").count() == 4
    assert serious(tab) == []
    tab.get_by_role("button", name="撤回").click()
    tab.get_by_label("选中 东项目4").check()
    tab.get_by_label("选中 东项目8").check()
    tab.get_by_role("button", name="列入巡查单").click()
    tab.wait_for_url("**/patrol?**")
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.get_by_label("未动工").first.check()
    tab.reload()
    assert tab.get_by_label("未动工").first.is_checked()
    assert serious(tab) == []
    sheet = "".join(printed.words(printed.pdf(tab, tmp_path)))
    # Each stop has its line to be filled in on the ground.
    assert sheet.replace(" ", "").count("巡查人") == 2
    assert said == []
    context.close()
