"""The page that describes the API, in a real browser: from our own files, under its own policy."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser

from gis.config import Config
from gis.store import database
from tests.test_api import client_of

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"


def test_the_api_is_described_on_a_page_that_asks_nobody_else(
    store_url: str, browser: Browser
) -> None:
    for client in client_of(lambda: database.connect(Config(Path("unused"), store_url))):
        home = str(client.base_url).rstrip("/")
        page = browser.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda fault, said=said: said.append(str(fault)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{home}/api/docs")
        page.locator(".opblock-tag").first.wait_for()
        paths = client.get("/api/v1/openapi.json").json()["paths"]
        wanted = Counter(
            tag
            for entry in paths.values()
            for told in entry.values()
            for tag in dict.fromkeys(told.get("tags", ["default"]))
        )
        groups = page.locator(".opblock-tag").all()
        names = [str(group.get_attribute("data-tag")) for group in groups]
        assert sorted(names) == sorted(wanted)
        # A group opens, shows its addresses, and is closed again: each of them in the long round.
        opened = names if IS_LONG else sorted(names, key=wanted.__getitem__)[:2]
        shown: Counter[str] = Counter()
        for group, name in zip(groups, names, strict=True):
            if name not in opened:
                continue
            group.click()
            page.locator(".opblock").nth(wanted[name] - 1).wait_for()
            shown[name] = page.locator(".opblock").count()
            group.click()
            page.wait_for_function("() => !document.querySelector('.opblock')")
        assert shown == {name: wanted[name] for name in opened}
        assert "只读已保存的运行和资料" in page.inner_text("body")
        assert said == []
        assert all(url.startswith((home, "data:")) for url in asked), asked
        page.close()
