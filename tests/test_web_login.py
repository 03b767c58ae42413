"""The page people log in at: by keys, in one language, and on to where one was going."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from api import login as door
from api.web import files, language
from api.web import login as page
from gis.accounts import passwords, users
from gis.accounts.settings import LOCKOUT
from gis.store.database import Connection
from gis.store.results import Scope
from tests.conftest import rest_long
from tests.doors import app_of, served

GOOD, OTHER = "Caoyuan-2026-zao", "Shamo+Hongliu-77"


@pytest.fixture
def tab(store: Connection, store_url: str, browser: Browser) -> Iterator[Page]:
    """A tab at a server with the page, on which nothing is blocked or thrown."""
    users.add(store, "王芳", ["officer"], Scope(regions=("150624",)))
    passwords.give(store, "王芳", GOOD, must_change=False)
    rooms = (door.router, page.router, files.router, language.router)
    with served(app_of(store_url, *rooms)) as other:
        context = browser.new_context(base_url=str(other.base_url))
        opened = context.new_page()
        opened.set_default_timeout(10_000)
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        yield opened
        # The browser itself notes answers of 401 and what was cleared.
        noted = ("Failed to load resource", "Cleared data types")
        assert [text for text in said if not any(words in text for words in noted)] == []
        context.close()


def test_the_page_lets_people_in_makes_them_change_a_first_password_and_lets_them_out(
    store: Connection, tab: Page
) -> None:
    passwords.give(store, "王芳", OTHER, must_change=True)
    tab.goto("/login")
    tab.keyboard.type("王芳")  # the field of the name has the focus
    tab.keyboard.press("Tab")
    tab.keyboard.type("<img src=x onerror=alert(1)>")
    tab.keyboard.press("Enter")
    tab.get_by_text("账号或密码不对").wait_for()
    tab.keyboard.type(OTHER)
    tab.keyboard.press("Enter")
    tab.get_by_text("须先改密码").wait_for()
    for name, word in (("new", GOOD), ("again", GOOD + "x")):
        tab.fill(f"#change [name={name}]", word)
    tab.keyboard.press("Enter")
    tab.get_by_text("两次输入的新密码不一致").wait_for()
    tab.fill("#change [name=again]", GOOD)
    tab.click("#change button")
    tab.get_by_text("密码已改").wait_for()
    assert tab.locator("#who").text_content() == "王芳"
    assert tab.evaluate("document.cookie") == ""  # no script reads it
    tab.click("#out")
    tab.locator("#in").wait_for()
    assert tab.context.cookies() == []


def test_the_page_says_that_an_account_is_locked_and_for_how_long(tab: Page) -> None:
    tab.goto("/login")
    tab.fill("#in [name=name]", "王芳")
    for _ in range(LOCKOUT.failures_count + 1):
        tab.fill("#in [name=password]", "wrong")
        with tab.expect_response("**/login"):
            tab.click("#in button")
    tab.get_by_text("登录失败次数过多").wait_for()
    assert "分钟" in str(tab.locator("#said").text_content())


GOES = [
    ("/read", "/read"), ("//127.0.0.2/read", "/"), ("/\\127.0.0.2/read", "/"),
    ("/\t/127.0.0.2/read", "/"), ("https://127.0.0.2/read", "/"), ("javascript:alert(1)", "/"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "goes"),
    rest_long(GOES, [GOES[0], GOES[3]], names=2),
)  # fmt: skip
def test_after_log_in_one_is_where_one_was_going_and_never_elsewhere(
    tab: Page, asked: str, goes: str
) -> None:
    tab.goto(f"/login?next={quote(asked, safe='')}")
    tab.fill("#in [name=name]", "王芳")
    tab.fill("#in [name=password]", GOOD)
    with tab.expect_navigation():
        tab.click("#in button")
    assert urlsplit(tab.url).path == goes


def test_the_page_says_that_a_session_has_ended_and_speaks_one_language(
    store: Connection, tab: Page
) -> None:
    tab.goto("/login")
    assert "登录已结束" not in str(tab.locator("body").text_content())
    tab.fill("#in [name=name]", "王芳")
    tab.fill("#in [name=password]", GOOD)
    with tab.expect_navigation():
        tab.click("#in button")
    store.execute("UPDATE landwatch.session SET ends_at = now()")
    tab.goto("/login?next=/read")
    assert "登录已结束30 分钟没有操作，或满 12 小时，" in tab.locator(".msg.warn").text_content()
    tab.get_by_role("link", name="English").click()
    assert tab.locator("h2").first.text_content() == "Log in"
    told = str(tab.locator("main").inner_text()).replace("中文", "")
    assert not re.search("[一-鿿]", told), told
    assert "login%3Fnext%3D/read" in tab.get_by_role("link", name="中文").get_attribute("href")
