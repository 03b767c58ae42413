"""A file's name as text, whatever bytes it is made of."""

from __future__ import annotations

import os


def told_name(name: str) -> str:
    """Return a name as people read it: one whose bytes are no UTF-8 was written in GBK.

    >>> told_name(os.fsdecode("宗地.shp".encode("gb18030")))
    '宗地.shp'
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name
