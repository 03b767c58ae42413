"""Account and administrators' pages: by keys, secrets shown once, nobody beyond what they have."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser

from gis.accounts import keys
from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests.test_api_scope import by
from tests.warm import Desk
from tests.web_desk import GOOD, faults_of_axe, keep, person, session_of, tab_of

OTHER = "Shamo+Hongliu-77"
PAGES = ("/account", "/admin/users", "/admin/audit", "/embeds")


@pytest.fixture(scope="module")
def people(desk: Desk, secrets: dict[str, str]) -> dict[str, str]:
    person(desk, "管理员甲", "administrator")
    person(desk, "东旗管理员", "administrator", Scope(regions=("150602",)))
    person(desk, "改密的人", "administrator", Scope(regions=("150602",)))
    person(desk, "负责人", "manager")
    person(desk, "查看人", "viewer", Scope(parks=("东园",)))
    return secrets


def test_an_account_is_made_narrowed_given_a_password_and_closed_by_keys(
    client: httpx.Client, people: dict[str, str], browser: Browser
) -> None:
    assert people
    name = "<b>新来的</b>"
    with tab_of(browser, client, "管理员甲") as tab:
        tab.on("dialog", lambda dialog: dialog.accept())
        tab.goto("/admin/users")
        assert faults_of_axe(tab) == []
        keep(tab, "administrator-users")
        tab.fill("#user [name=name]", name)
        tab.locator("#user [value=officer]").press("Space")
        tab.fill("#user [name=regions]", "150602 159999")
        tab.fill("#user [name=password]", GOOD)
        tab.keyboard.press("Enter")
        # 159999 stands in no record: perhaps a slip, so it is told.
        tab.get_by_text("还没有记录提到这些代码：159999").wait_for()
        tab.get_by_role("link", name=name).click()
        tab.locator("h1", has_text=name).wait_for()
        assert faults_of_axe(tab) == []
        rows = client.get("/api/v1/accounts", headers=by(key_of(client, "管理员甲"))).json()["rows"]
        (made,) = [one for one in rows if one["name"] == name]
        assert (made["roles"], made["land"]["regions"]) == (["officer"], ["150602", "159999"])
        tab.fill("[name=regions]", "150602")
        tab.get_by_role("button", name="改范围").press("Enter")
        tab.get_by_text("范围已改，下一次操作起生效").wait_for()
        tab.locator("[value=viewer]").check()
        tab.locator("[value=officer]").uncheck()
        tab.get_by_role("button", name="改角色").press("Enter")
        tab.get_by_text("角色已改，下一次操作起生效").wait_for()
        tab.fill("[name=password]", OTHER)
        tab.keyboard.press("Enter")
        tab.get_by_text("密码已重设").wait_for()
        said = httpx.post(f"{client.base_url}/login", json={"name": name, "password": OTHER})
        assert said.json()["must_change_password"] is True
        tab.get_by_role("button", name="停用账号").press("Enter")
        tab.get_by_role("button", name="启用账号").wait_for()
        said = httpx.post(f"{client.base_url}/login", json={"name": name, "password": OTHER})
        assert said.status_code == 401


_KEYS: dict[str, str] = {}


def key_of(client: httpx.Client, name: str) -> str:
    """A key of an administrator, made at the page's own door."""
    if name not in _KEYS:
        with session_of(client, name) as own:
            content = {"name": f"key of {name}", "account": name, "days": 1}
            _KEYS[name] = own.post("/api/v1/keys", json=content).json()["secret"]
    return _KEYS[name]


def test_a_key_is_shown_once_and_revoked_and_a_password_is_changed(
    client: httpx.Client, people: dict[str, str], desk: Desk, browser: Browser
) -> None:
    assert people
    with tab_of(browser, client, "改密的人") as tab:
        tab.on("dialog", lambda dialog: dialog.accept())
        tab.goto("/account")
        assert faults_of_axe(tab) == []
        assert "150602" in tab.locator(".facts").first.inner_text()
        tab.fill("#key [name=name]", "<script>alert(1)</script>")
        tab.keyboard.press("Enter")
        secret = tab.locator("#key .secret").input_value()
        assert client.get("/api/v1/runs", headers=by(secret)).status_code == 200
        tab.reload()
        assert secret not in tab.content()
        assert tab.locator("td", has_text="<script>alert(1)</script>").count() == 1
        tab.get_by_role("button", name="吊销").press("Enter")
        tab.get_by_text("已吊销").first.wait_for()
        assert client.get("/api/v1/runs", headers=by(secret)).status_code == 401
        for typed, said in ((OTHER + "x", "两次输入的新密码不一致"), (OTHER, "密码已改")):
            for field, word in (("old", GOOD), ("new", OTHER), ("again", typed)):
                tab.fill(f"[name={field}]", word)
            tab.keyboard.press("Enter")
            tab.get_by_text(said).wait_for()
        # The session has a new token; what this tab sends next is taken all the same.
        tab.fill("#key [name=name]", "另一个")
        tab.locator("#key button").press("Enter")
        tab.locator("#key .secret").wait_for()
    with database.connect(Config("x", desk.store.url)) as connection:  # type: ignore[arg-type]
        assert keys.get(connection, "另一个").account == "改密的人"


def test_a_page_for_another_site_is_made_and_shown_with_what_is_pasted(
    client: httpx.Client,
    people: dict[str, str],
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert people
    monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", str(client.base_url).rstrip("/"))
    with tab_of(browser, client, "负责人") as tab:
        tab.goto("/embeds")
        assert faults_of_axe(tab) == []
        tab.fill("#embed [name=name]", "门户")
        tab.fill("#embed [name=regions]", "150602")
        tab.locator("#embed button").press("Enter")
        token = tab.locator("#embed .secret").input_value()
        code = tab.locator(".code textarea").input_value()
        address = f"{str(client.base_url).rstrip('/')}/embed/page#{token}"
        assert code.startswith(f'<iframe src="{address}" width="800" height="500"')
        inside = tab.frame_locator(".frame iframe")
        inside.locator("table").first.wait_for()
        assert "东" in inside.locator("body").inner_text()
        assert "西监" not in inside.locator("body").inner_text()
    monkeypatch.setenv("LANDWATCH_FRAME_ANCESTORS", "'none'")
    with session_of(client, "负责人") as own:
        assert "设置里没有允许本站嵌入" in own.get("/embeds").text


def test_the_audit_is_searched_and_proved_and_shown_only_to_who_sees_all_land(
    client: httpx.Client, people: dict[str, str], desk: Desk, browser: Browser
) -> None:
    assert people
    with tab_of(browser, client, "管理员甲") as tab:
        tab.goto("/admin/audit?action=登录")
        assert faults_of_axe(tab) == []
        actions = set(tab.locator("tbody td:nth-child(5)").all_inner_texts())
        assert actions == {"登录"}
        tab.locator("#prove").press("Enter")
        tab.get_by_text(re.compile("审计一致，共 [0-9]+ 条")).wait_for()
        with database.connect(Config("x", desk.store.url)) as connection:  # type: ignore[arg-type]
            (number,) = connection.execute(
                "SELECT min(number) FROM landwatch.audit WHERE action LIKE '登录%'"
            ).fetchone()  # type: ignore[misc]
            connection.execute("ALTER TABLE landwatch.audit DISABLE TRIGGER USER")
            connection.execute(
                "UPDATE landwatch.audit SET actor = '别人' WHERE number = %s", (number,)
            )
        tab.locator("#prove").press("Enter")
        tab.get_by_text(f"第 {number} 条起不一致").wait_for()


def test_each_page_opens_to_its_own_people_and_to_nobody_else(
    client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    opens = {
        "管理员甲": (200, 200, 200, 200),
        "东旗管理员": (200, 200, 403, 200),  # the audit is of all land
        "负责人": (200, 403, 403, 200),
        "查看人": (200, 403, 403, 403),
    }
    for name, wanted in opens.items():
        with session_of(client, name) as own:
            assert tuple(own.get(page).status_code for page in PAGES) == wanted, name
            if name == "东旗管理员":
                # Who could do more is not shown, nor whose land lies elsewhere.
                assert own.get("/admin/users/管理员甲").status_code == 403
                listed = own.get("/admin/users").text
                assert "管理员甲" not in listed
                assert "clerk of 西" not in listed
                assert "clerk of 东" in listed
    with httpx.Client(base_url=client.base_url, headers={"Accept": "text/html"}) as nobody:
        for page in PAGES:
            assert nobody.get(page).headers["location"].startswith("/login?next="), page


def test_the_pages_speak_english_alone_by_switch(
    client: httpx.Client, people: dict[str, str]
) -> None:
    assert people
    with session_of(client, "负责人") as own:
        own.cookies.set("landwatch-language", "en")
        for page in ("/account", "/embeds"):
            main = own.get(page).text.partition("<main")[2].replace("负责人", "")
            main = main.replace("门户", "")
            assert not re.search("[一-鿿]", main), re.findall("[一-鿿]+", main)
