r"""Text from files and names, made safe for a terminal: what acts or hides is shown as a code.

A cell, a sheet or a file may be named so that a terminal obeys it (ESC and other control signs),
or so that it reads other than it is (marks that turn the direction of writing, breaks that begin a
line of their own). All that is printed goes through here; --json and CSV are data and keep it.
"""

from __future__ import annotations

import re

# C0 and C1 controls, marks of direction, breaks of lines, halves of a character (bytes of a file
# name that are no UTF-8).
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    r"""Return one line of text with every acting sign shown as its code: ESC as \x1b."""
    return _ACTING.sub(_code, text)


def visible_json(text: str) -> str:
    """Return JSON text with the same signs as JSON's own escapes: equal data, nothing acts."""
    return _ACTING.sub(lambda sign: sign[0] if sign[0] == "\n" else f"\\u{ord(sign[0]):04x}", text)


def _code(sign: re.Match[str]) -> str:
    number = ord(sign[0])
    return _SHORT.get(sign[0]) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
