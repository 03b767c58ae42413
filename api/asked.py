"""What an address asks for, refused where no text can stand: NUL, and bytes that are no UTF-8.

PostgreSQL holds no NUL and no half of a character, so nothing can be called so; every other sign a
name may hold is looked for as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

MOST_LETTERS = 2_000


def fault(scope: Mapping[str, Any]) -> str:
    """Return what cannot be asked for in an address, in words; empty where all of it can."""
    for name, part in (
        ("路径 the path", scope.get("raw_path") or b""),
        ("参数 the parameters", scope.get("query_string") or b""),
    ):
        if len(part) > 3 * MOST_LETTERS:
            return f"{name} 太长 is too long: {len(part):,} > {3 * MOST_LETTERS:,}"
        asked = unquote_to_bytes(part.replace(b"+", b" "))
        if b"\0" in asked:
            return f"{name} 含空字符 holds a NUL"
        try:
            asked.decode("utf-8")
        except UnicodeDecodeError:
            return f"{name} 不是 UTF-8 is no UTF-8"
    return ""
