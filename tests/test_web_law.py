"""The law book at its page: what held on a day, with article and source, as the program has it."""

from __future__ import annotations

import re
from datetime import date

import httpx
import pytest
from playwright.sync_api import Browser

from gis import law
from tests.warm import Desk
from tests.web_desk import faults_of_axe, person, session_of, tab_of


@pytest.fixture(scope="module")
def people(desk: Desk, secrets: dict[str, str]) -> dict[str, str]:
    person(desk, "查看人", "viewer")
    return secrets


def test_the_book_holds_the_law_of_the_day_and_no_other(
    client: httpx.Client, people: dict[str, str], browser: Browser
) -> None:
    assert people
    with tab_of(browser, client, "查看人") as tab:
        tab.goto("/law?on=2024-06-30")
        assert faults_of_axe(tab) == []
        assert tab.locator(".law tbody tr").count() == len(law.load().in_force(date(2024, 6, 30)))
        row = tab.locator('.law tr[data-key="idle.area_share"]').inner_text()
        # 办法 of 2012, article 2: less than a third of the area due.
        assert "1/3" in row
        assert "第二条" in row
        assert "已核对原文" in row
        assert "2012-07-01 起" in row
        tab.keyboard.press("/")
        tab.keyboard.type("三分之一")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**q=*")
        found = tab.locator(".law tbody tr").all_inner_texts()
        assert found
        assert all("三分之一" in one for one in found)
        # Before 2012-07-01 the 办法 of 1999 held.
        tab.goto("/law?on=2010-01-01&q=idle.area_share")
        assert "闲置土地处置办法（1999 年）" in tab.locator("h2").first.inner_text()
        tab.goto("/law?on=2024-06-30&only=setting")
        marks = tab.locator(".law tbody tr td:first-child .pill.warn").count()
        assert marks == tab.locator(".law tbody tr").count() > 10


def test_a_day_before_the_law_and_a_search_for_nothing_are_told(
    client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    with session_of(client, "查看人") as own:
        assert "没有符合条件的数值" in own.get("/law?q=zzzz").text
        assert own.get("/law?on=0001-01-01").status_code == 200
        assert own.get("/law?on=yesterday").status_code == 422
        assert own.get("/law?region=x").status_code == 422
        script = own.get("/law", params={"q": '"><script>alert(1)</script>'}).text
        assert "<script>alert" not in script
        assert len(own.get("/law").content) < 300_000


def test_the_words_of_the_book_are_english_by_switch(
    client: httpx.Client, people: dict[str, str]
) -> None:
    """Names of laws, sources and words of registers are what they are in any language."""
    assert people
    with session_of(client, "查看人") as own:
        own.cookies.set("landwatch-language", "en")
        page = own.get("/law").text.partition("<main")[2]
        heads = re.findall(r'<th scope="col">([^<]*)</th>', page)
        assert {*heads} == {"Article", "Rule", "Value", "In force", "Source, and who checked"}
        assert "developed area under one third of the area due" in page


@pytest.mark.long("test_the_book_holds_the_law_of_the_day_and_no_other")
def test_a_manager_tries_a_reading_at_the_keyboard_before_it_is_recorded(
    desk: Desk, client: httpx.Client, people: dict[str, str], browser: Browser, working: None
) -> None:
    """No fee is owed where recovery takes its place; the form keeps what was tried."""
    assert people
    person(desk, "负责人", "manager")
    with tab_of(browser, client, "负责人") as tab:
        tab.goto("/law")
        tab.wait_for_function("() => document.getElementById('now')?.textContent")
        tab.locator("#reading [name=key]").focus()
        tab.select_option("#reading [name=key]", "idle.fee_with_recovery")
        # Named in words, with the key small beside it.
        assert tab.inner_text("#now") == "仅作核实后参考"
        assert tab.inner_text("#key") == "idle.fee_with_recovery"
        tab.locator("#try").focus()
        tab.keyboard.press("Enter")
        assert "写明值和日子" in tab.inner_text("#reading [data-said]")
        tab.keyboard.press("End")  # focus went to the value that lacks: 不征 is the last
        assert tab.input_value("#reading [name=value]") == "none"
        tab.fill("#reading [name=from_on]", "2020-01-01")
        tab.fill("#reading [name=region]", "150602")
        assert faults_of_axe(tab) == []
        tab.locator("#try").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/scenario/*")
        tab.wait_for_selector("text=会变的对象", timeout=60_000)
        assert faults_of_axe(tab) == []
        told = tab.inner_text("main")
        assert "idle.fee_with_recovery" in told
        assert "仅作核实后参考 → 不征" in told
        row = tab.locator("tr", has_text="东监1").first.inner_text()
        assert "200,000.00" in row
        assert "150722" not in told
        tab.click("text=改一改再试")
        tab.wait_for_url("**/law?again=*")
        tab.wait_for_function("() => document.getElementById('now')?.textContent")
        assert tab.input_value("#reading [name=value]") == "none"
        assert tab.input_value("#reading [name=from_on]") == "2020-01-01"
        tab.fill("#reading textarea", "会议纪要1号")
        tab.locator("#reading button.main").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#readings td:has-text('会议纪要1号')")
    by_officer = {"Authorization": f"Bearer {people['officer']}"}
    order = {"kind": "scenario", "name": "甲", "readings": [
        {"key": "idle.fee_with_recovery", "value": "both", "from_on": "2020-01-01"}]}  # fmt: skip
    sent = [client.post("/api/v1/jobs", json=one, headers=by_officer) for one in (
        order, order | {"readings": []})]  # fmt: skip
    # Only who may record a reading may try one; a plan of nothing is none.
    assert [one.status_code for one in sent] == [403, 422]


def test_a_run_tells_the_readings_it_knew_by_name(
    desk: Desk, client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    done = desk.call(
        "law", "set", "idle.late_handover", "cut", "--from", "2020-01-01", "--source", "纪要",
        "--who", "甲",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    assert desk.call("run", "--as-of", "2024-07-31").code == 0
    with session_of(client, "查看人") as own:
        page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", own.get("/runs/2").text))
        named = "迟延交地：动工日期按迟延天数顺延或不顺延；动工日期均不早于实际交地日"
        assert f"{named} 不顺延" in page
        # Small, to look it up in the law book.
        assert "idle.late_handover" in page
        listed = own.get("/law").text.partition('id="readings"')[2]
        assert f"<td>{named}<br><small" in listed
        assert "<b>不顺延</b>" in listed
