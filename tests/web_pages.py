"""What tests ask of every page: nothing serious in it for those who cannot see or point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "scripts/web/node_modules/axe-core/axe.min.js"
_BAD = ("serious", "critical")


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
