"""One paper at its page: what it would change, then recorded with its scan; and corrections."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests.test_api_scope import by
from tests.warm import Desk
from tests.web_desk import GOOD, faults_of_axe, person, session_of, tab_of

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def people(desk: Desk, secrets: dict[str, str]) -> dict[str, str]:
    person(desk, "东旗承办", "officer", Scope(regions=("150602",)))
    person(desk, "查看人", "viewer")
    person(desk, "经办人", "clerk")
    return secrets


def newest(client: httpx.Client, secrets: dict[str, str]) -> int:
    rows = client.get("/api/v1/deliveries", headers=by(secrets["officer"])).json()["rows"]
    return max(int(one["number"]) for one in rows)


def cells(tab: Page) -> dict[str, list[str]]:
    """Head of each row of the comparison -> what stands now, and with the paper."""
    rows = tab.locator("#preview .compare tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


def test_what_a_paper_would_change_is_seen_before_it_is_recorded_with_its_scan(
    client: httpx.Client, people: dict[str, str], desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    before = newest(client, people)
    scan = tmp_path / "停工通知.pdf"
    scan.write_bytes(b"%PDF-1.7 made up")
    with tab_of(browser, client, "东旗承办") as tab:
        tab.on("dialog", lambda _: pytest.fail("a script ran"))
        tab.goto("/subject/东监1/record?kind=causes")
        assert faults_of_axe(tab) == []
        assert tab.locator("#save").is_disabled()
        tab.locator("[name=document]").press_sequentially(f"{EVIL}1号")
        tab.select_option("[name=kind]", "规划依法修改")
        tab.fill("[name=starts_on]", "2021-07-01")
        tab.fill("[name=ends_on]", "2022-06-30")
        tab.keyboard.press("Enter")
        tab.locator("#preview[data-accepted='1']").wait_for()
        told = cells(tab)
        # 2021-01-01 to 2024-06-30: three years of 365 days, and 31 + 29 + 31 + 30 + 31 + 29 days.
        assert told["未动工天数（不扣除）"] == ["1,276", "不变"]
        # 2021-07-01 to 2022-06-30, both included, is 365 days; 1,276 less 365.
        assert told["扣除天数"] == ["0", "365"]
        assert told["未动工天数（扣除后）"] == ["1,276", "911"]
        assert newest(client, people) == before  # nothing was stored
        assert faults_of_axe(tab) == []
        # What was looked at is what may be recorded: a change asks for another look.
        tab.fill("[name=ends_on]", "2022-06-29")
        assert tab.locator("#save").is_disabled()
        tab.fill("[name=ends_on]", "2022-06-30")
        tab.set_input_files("[name=scan]", str(scan))
        # The session ends meanwhile: one logs in over the page, and what was typed is sent.
        with database.connect(Config(Path("unused"), desk.store.url)) as connection:
            connection.execute("UPDATE landwatch.session SET ends_at = now()")
        tab.locator("#save").press("Enter")
        tab.get_by_text("登录已结束，请重新登录").wait_for()
        tab.keyboard.type("wrong")
        tab.keyboard.press("Enter")
        tab.get_by_text("账号或密码不对").wait_for()
        tab.keyboard.type(GOOD)
        tab.keyboard.press("Enter")
        tab.get_by_text(f"已录入为第 {before + 1} 次资料").wait_for()
        assert tab.locator("[name=document]").input_value() == ""
        tab.get_by_role("link", name="看这次资料").click()
        assert tab.locator(".acts a", has_text="扫描件").inner_text().endswith("停工通知.pdf")
    address = f"/api/v1/deliveries/{before + 1}/scan"
    assert client.get(address, headers=by(people["officer"])).content == scan.read_bytes()


def test_what_was_typed_comes_back_after_a_log_in_of_the_same_person_and_of_nobody_else(
    client: httpx.Client, people: dict[str, str], desk: Desk, browser: Browser
) -> None:
    assert people
    person(desk, "东旗另一人", "officer", Scope(regions=("150602",)))
    with tab_of(browser, client, "东旗承办") as tab:
        tab.goto("/subject/东监2/record?kind=decisions")
        tab.fill("[name=document]", "东认〔2024〕1号")
        tab.select_option("[name=kind]", "认定书")
        with database.connect(Config(Path("unused"), desk.store.url)) as connection:
            connection.execute("UPDATE landwatch.session SET ends_at = now()")
        tab.reload()
        assert "登录已结束" in tab.locator("body").inner_text()
        for name, comes_back in (("东旗另一人", ""), ("东旗承办", "东认〔2024〕1号")):
            tab.context.clear_cookies()
            tab.goto("/login?next=/subject/%E4%B8%9C%E7%9B%912/record%3Fkind=decisions")
            tab.fill("#in [name=name]", name)
            tab.fill("#in [name=password]", GOOD)
            tab.keyboard.press("Enter")
            tab.locator("form.paper").wait_for()
            tab.wait_for_load_state("load")  # the scripts of the page have run
            expect(tab.locator("[name=document]")).to_have_value(comes_back)
        assert tab.locator("[name=kind]").input_value() == "认定书"


def test_a_paper_that_would_not_be_taken_says_why_and_cannot_be_recorded(
    client: httpx.Client, people: dict[str, str], browser: Browser
) -> None:
    assert people
    with tab_of(browser, client, "东旗承办") as tab:
        tab.goto("/subject/东监1/record?kind=handovers")
        tab.fill("[name=document]", "东交〔2024〕1号")
        tab.fill("[name=handed_on]", "2024-02-31")
        tab.locator("button[name=do]").press("Enter")
        tab.locator("#preview[data-accepted='0']").wait_for()
        assert "这份文书不会被采用，没有保存" in tab.locator("#preview").inner_text()
        assert "2024-02-31" in tab.locator("#preview").inner_text()
        assert tab.locator("#save").is_disabled()


def test_nobody_records_or_tries_a_paper_of_land_outside_or_without_the_right(
    client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    values = {"document": "西交1", "supply_no": "西监1", "handed_on": "2024-05-20"}
    content = {"kind": "handovers", "values": values}
    with session_of(client, "东旗承办") as own:
        assert own.get("/subject/东监1/record").status_code == 200
        assert own.get("/subject/西监1/record").status_code == 404
        assert own.get("/subject/没有/record").status_code == 404
        assert own.get("/subject/东监1/record?kind=parcels").status_code == 422
        assert own.post("/record/preview", json=content).status_code == 404
        del own.headers["X-CSRF-Token"]
        values["supply_no"] = "东监1"
        assert own.post("/record/preview", json=content).status_code == 403
    for name in ("查看人", "经办人"):
        with session_of(client, name) as other:
            assert other.get("/subject/东监1/record").status_code == 403


def test_the_form_speaks_english_alone_by_switch(
    client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    with session_of(client, "东旗承办") as own:
        own.cookies.set("landwatch-language", "en")
        for kind in ("handovers", "extensions", "causes", "progress", "decisions", "right_endings"):
            page = own.get(f"/subject/东监1/record?kind={kind}").text.partition("<main")[2]
            shown = page.partition("</main")[0]
            for said in ("东监1", "东项目1"):
                shown = shown.replace(said, "")
            # What a register says stays Chinese; a person reads its code.
            shown = re.sub(r'value="[^"]*"', "", shown)
            assert not re.search("[一-鿿]", shown), (kind, re.findall("[一-鿿]+", shown))


@pytest.mark.long("test_what_a_paper_would_change_is_seen_before_it_is_recorded_with_its_scan")
def test_a_record_is_put_right_from_its_page_and_its_history_told(
    client: httpx.Client, people: dict[str, str], browser: Browser
) -> None:
    assert people
    with tab_of(browser, client, "东旗承办") as tab:
        tab.on("dialog", lambda _: pytest.fail("a script ran"))
        tab.goto("/corrections/supplies/东监4")
        assert faults_of_axe(tab) == []
        facts = tab.locator(".facts").inner_text()
        assert "38000.0" in facts or "38,000" in facts  # 3.8 公顷 in 平方米
        tab.select_option("[name=field]", "area_m2")
        tab.fill("[name=value]", "2.5公顷")
        tab.fill("[name=why]", f"合同附图{EVIL}")
        tab.locator("#correct button").press("Enter")
        tab.get_by_text("已更正，记为第").wait_for()
        tab.goto("/corrections?q=合同附图")
        assert faults_of_axe(tab) == []
        row = tab.locator("tbody tr").inner_text()
        for said in ("东监4", "38000", "25000", "东旗承办", EVIL, "有效"):
            assert said in row, said
    with session_of(client, "东旗承办") as own:
        assert own.get("/corrections/supplies/西监4").status_code == 404
        assert own.get("/corrections/nothing/东监4").status_code == 404
        assert own.get("/corrections/supplies/没有").status_code == 404
    with session_of(client, "查看人") as viewer:
        assert viewer.get("/corrections/supplies/东监4").status_code == 403
        assert "合同附图" in viewer.get("/corrections").text
