"""The officer's task by keyboard alone: what of a block may be taken back, why, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.sending import client_of
from tests.warm import Desk

MOST_STEPS = 60
NUMBER = re.compile(r"\d{10}B\d{5}")


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def go(tab: Page, wanted: str) -> None:
    """Step from part to part until one says what is wanted, and open it."""
    for _ in range(MOST_STEPS):
        tab.keyboard.press("Tab")
        said = tab.evaluate("() => document.activeElement.textContent.trim()")
        if re.fullmatch(wanted, said):
            tab.keyboard.press("Enter")
            return
    raise AssertionError(f"{wanted} is not reached in {MOST_STEPS} steps")


def test_an_officer_finds_what_may_be_taken_back_why_and_what_comes_next(
    client: httpx.Client, demo: Desk, browser: Browser
) -> None:
    context = browser.new_context(base_url=str(client.base_url).rstrip("/"))
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.goto("/")
    go(tab, "区块园区")
    tab.wait_for_url("**/blocks")
    go(tab, ".*A区块.*")
    tab.wait_for_url("**/block/YS-A*")
    # What the page answers is what the command says of the block.
    rows = demo.json("findings")["rows"] + demo.json("candidates")["rows"]
    own = [row for row in rows if row["block_code"] == "YS-A" and row["rule"] == "idle_land"]
    taken = {row["subject"] for row in own if row["track"] == "recovery"}
    card = tab.locator("section.card", has=tab.get_by_role("heading", name="无偿收回"))
    assert set(NUMBER.findall(card.inner_text())) == taken
    coming = sorted(
        (row["next_on"], row["subject"]) for row in own if row["next_event"] == "recovery"
    )
    answer = tab.locator(".lead3").inner_text()
    assert coming[0][0] in answer
    assert NUMBER.findall(answer)[0] in {who for day, who in coming if day == coming[0][0]}
    assert "应动工" in card.inner_text()
    assert "满两年" in card.inner_text()
    # From there to one parcel's reasons.
    go(tab, NUMBER.pattern)
    tab.wait_for_url("**/subject/*")
    reasons = tab.locator(".trace").inner_text()
    assert "《闲置土地处置办法》" in reasons
    context.close()
