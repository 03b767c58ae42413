"""What tests do to a map in the browser: look at a colour, click at a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

Told = TypeVar("Told")


def patch(tab: Page, layer: str, at: tuple[float, float], size: int) -> npt.NDArray[np.int64]:
    """The dots of a layer's canvas about a place: size x size x red, green, blue, opacity."""
    dots = tab.evaluate(
        """([layer, lng, lat, size]) => {
            const canvas = document.querySelector(".sheet-" + layer);
            if (!canvas) return new Array(size * size * 4).fill(0);
            const sheet = canvas.getBoundingClientRect();
            const map = map_block.getContainer().getBoundingClientRect();
            const at = map_block.latLngToContainerPoint([lat, lng]);
            const density = canvas.width / sheet.width;
            const board = document.createElement("canvas"), half = Math.floor(size / 2);
            board.width = board.height = size;
            const dot = board.getContext("2d");
            dot.drawImage(canvas, half - Math.round((map.left + at.x - sheet.left) * density),
                half - Math.round((map.top + at.y - sheet.top) * density));
            return Array.from(dot.getImageData(0, 0, size, size).data);
        }""",
        [layer, *at, size],
    )
    return np.array(dots).reshape(size, size, 4)


def colour(tab: Page, layer: str, at: tuple[float, float]) -> str | None:
    """The colour a layer's canvas has at a longitude and latitude; None where it has none."""
    red, green, blue, opacity = patch(tab, layer, at, 1)[0, 0]
    return f"#{red:02x}{green:02x}{blue:02x}" if opacity == 255 else None


def click(tab: Page, at: tuple[float, float]) -> None:
    x, y = tab.evaluate(
        """([lng, lat]) => {
            const map = map_block.getContainer().getBoundingClientRect();
            const at = map_block.latLngToContainerPoint([lat, lng]);
            return [map.left + at.x, map.top + at.y];
        }""",
        list(at),
    )
    tab.mouse.click(x, y)


def in_time(tab: Page, tell: Callable[[], Told], is_wanted: Callable[[Told], bool]) -> Told:
    """What a screen tells once it is as wanted, or after twenty seconds as it is then."""
    told = tell()
    for _ in range(200):
        if is_wanted(told):
            break
        tab.wait_for_timeout(100)
        told = tell()
    return told


def address(tab: Page) -> str:
    """What stands in the address bar now, asked of the page: Playwright's `url` learns it later."""
    told: str = tab.evaluate("location.href")
    return told
