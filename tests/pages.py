"""What tests do to a map in the browser: look at a colour, click at a place."""

from __future__ import annotations

from playwright.sync_api import Page


def colour(tab: Page, layer: str, at: tuple[float, float]) -> str | None:
    """The colour a layer's canvas has at a longitude and latitude; None where it has none."""
    red, green, blue, opacity = tab.evaluate(
        """([layer, lng, lat]) => {
            const canvas = document.querySelector(".sheet-" + layer);
            if (!canvas) return [0, 0, 0, 0];
            const sheet = canvas.getBoundingClientRect();
            const map = map_block.getContainer().getBoundingClientRect();
            const at = map_block.latLngToContainerPoint([lat, lng]);
            const density = canvas.width / sheet.width;
            const dot = document.createElement("canvas").getContext("2d");
            dot.drawImage(canvas, -Math.round((map.left + at.x - sheet.left) * density),
                -Math.round((map.top + at.y - sheet.top) * density));
            return Array.from(dot.getImageData(0, 0, 1, 1).data);
        }""",
        [layer, *at],
    )
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
