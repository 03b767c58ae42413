"""The sheet of a block on paper: two pages in short, all of it by choice; keys meet it first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.sending import client_of
from tests.warm import Desk


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def test_the_block_is_printed_on_two_pages_and_all_of_it_by_choice(
    client: httpx.Client, browser: Browser
) -> None:
    context = browser.new_context(base_url=str(client.base_url))
    page = context.new_page()
    count: dict[str, int] = {}
    for sheet in ("short", "long"):
        page.goto(f"/block/YS-A?sheet={sheet}")
        content = page.pdf(prefer_css_page_size=True)
        count[sheet] = len(re.findall(rb"/Type\s*/Page\b", content))
    context.close()
    assert count["short"] <= 2
    assert count["long"] > count["short"]


def test_keys_meet_what_is_to_be_done_before_what_lies_beside_it(client: httpx.Client) -> None:
    page = client.get("/block/YS-A").text
    order = [page.index(f"<h2>{one}") for one in
             ("已逾期的程序", "无偿收回", "接下来的日期", "宗地状态", "土地利用指标")]  # fmt: skip
    assert order == sorted(order)
    assert client.get("/block/YS-A", params={"sheet": "huge"}).status_code in {400, 422}
