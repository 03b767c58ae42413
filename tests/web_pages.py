"""What tests ask of every page: nothing serious in it for those who cannot see or point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request

AXE = Path(__file__).parents[1] / "scripts/web/node_modules/axe-core/axe.min.js"
_BAD = ("serious", "critical")
# A part that comes later: asked for, or here and not yet in its place.
_COMING = "document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
_QUIET_MILLISECONDS = 50


def serious(tab: Page) -> list[Any]:
    """Return what axe-core finds serious or critical on a page: the rule, and where.

    A page with a policy of its own, as a file from disk has, must be opened with `bypass_csp`.
    """
    # What is still fading in has not the colours people will see.
    tab.evaluate(
        "async () => { for (const one of document.getAnimations())"
        " await one.finished.catch(() => null); }"
    )
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    told = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:5], one["help"])
        for one in told["violations"]
        if one["impact"] in _BAD
    ]


def awaited(tab: Page) -> set[Request]:
    """Return what a tab has asked for and not got yet, kept up to date."""
    under_way: set[Request] = set()
    tab.on("request", lambda request: under_way.add(request))
    tab.on("requestfinished", lambda request: under_way.discard(request))
    tab.on("requestfailed", lambda request: under_way.discard(request))
    return under_way


def settle(tab: Page, under_way: set[Request]) -> None:
    """Wait until a page asks for nothing more and every part of it stands in its place.

    `networkidle` of Playwright waits for half a second in which nothing is asked for.
    """
    quiet = 0
    while quiet < 2:
        tab.wait_for_timeout(_QUIET_MILLISECONDS)
        is_coming = under_way or tab.evaluate(f"{_COMING} !== null")
        quiet = 0 if is_coming else quiet + 1
