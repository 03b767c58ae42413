"""An SVG as PNG, drawn with the fonts of this machine (resvg; the room of this library)."""

from __future__ import annotations

import functools

import resvg_py

from gis.outputs.pictures.strokes import FONTS

# Times the size of the drawing: 900 units wide are 2,700 points, 23 cm of paper at 300 dpi.
ZOOM = 3
_SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<text x="2" y="32" font-size="32" font-family="{}">{}</text></svg>'
)
# No font has a letter for it: what is drawn is what stands for a letter that lacks.
_NOBODYS = "\U0010fffd"


def of(svg: str) -> bytes:
    """Return a picture as PNG on white, ZOOM times the size of the SVG."""
    return _drawn(svg, ZOOM)


@functools.cache
def has_chinese() -> bool:
    """True where this machine has a font with Chinese letters: without one they are left blank."""
    families = ", ".join(FONTS)
    told, lacking = (_drawn(_SAMPLE.format(families, letter), 1) for letter in ("国", _NOBODYS))
    return told != lacking


def _drawn(svg: str, zoom: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, background="#ffffff"))
