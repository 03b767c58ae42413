"""People at pages: accounts with passwords, tabs that are logged in, axe-core over a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from gis.accounts import passwords, users
from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests.warm import Desk
from tests.web_pages import serious

GOOD = "Caoyuan-2026-zao"
# What is said by the browser of answers that are no 200, and of what was cleared.
_NOTED = ("Failed to load resource", "Cleared data types")


def person(desk: Desk, name: str, role: str, scope: Scope | None = None) -> None:
    """Make an account that may log in."""
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        users.add(connection, name, [role], scope)
        passwords.give(connection, name, GOOD, must_change=False)


@contextmanager
def session_of(client: httpx.Client, name: str) -> Iterator[httpx.Client]:
    """A client of its own that is logged in, and asks as a browser does."""
    with httpx.Client(base_url=client.base_url, timeout=60) as own:
        own.headers["Accept"] = "text/html"
        said = own.post("/login", json={"name": name, "password": GOOD}).json()
        own.headers["X-CSRF-Token"] = said["csrf"]
        yield own


@contextmanager
def tab_of(
    browser: Browser, client: httpx.Client, name: str | None,
    noted: tuple[str, ...] = _NOTED, **options: Any,
) -> Iterator[Page]:  # fmt: skip
    """A tab of somebody who is logged in, in which nothing is blocked, thrown or asked outside.

    Without a name nobody is logged in yet. `noted`: what the browser may say.
    """
    cookies: list[Any] = []
    if name is not None:
        with session_of(client, name) as own:
            cookies = [{"name": one, "value": value, "url": str(client.base_url)}
                       for one, value in own.cookies.items()]  # fmt: skip
    wanted = {"viewport": {"width": 1366, "height": 768}, "base_url": str(client.base_url)}
    context = browser.new_context(**wanted | options)
    context.add_cookies(cookies)
    said: list[str] = []
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    yield tab
    context.close()
    told = [text for text in said if not any(words in text for words in noted)]
    assert not told, told
    own_host = (str(client.base_url), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own_host)] == []


def keep(tab: Page, name: str) -> None:
    """Keep a picture of what is seen, for the guide, where LANDWATCH_PICTURES says."""
    told = os.environ.get("LANDWATCH_PICTURES")
    if told:
        tab.screenshot(path=Path(told) / f"{name}.png")


def faults_of_axe(tab: Page) -> list[str]:
    """What axe-core finds serious or worse on a page, in words."""
    return [f"{rule}: {where} {words}" for rule, where, words in serious(tab)]
