"""Shapes that a register carries in a column of its own, as text: WKT, or WKB in hexadecimal."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import shapely

from gis.intake.issues import Issues
from gis.intake.table import Array, Table

_HEADERS = frozenset({"wkt", "geometry", "geom", "thegeom", "几何", "图形", "wkbgeometry"})
_HEXADECIMAL = re.compile(r"(?:\\x|0x)?((?:00|01)[0-9a-f]{8,})", re.IGNORECASE)
_WITH_SRID = re.compile(r"SRID=(\d{4,6});(.*)", re.IGNORECASE | re.DOTALL)
# A collection within a collection, thousands deep, is no shape of land, and takes hours to read.
_NESTED, _MOST_NESTED = "GEOMETRYCOLLECTION", 100
_SHOWN = 40  # characters of a text that may be as long as a district's border


def wkt_header(headers: Sequence[str]) -> str | None:
    """Return the header under which a register carries shapes as text, None if it does not."""
    return next((h for h in headers if re.sub(r"[_\s]", "", h).lower() in _HEADERS), None)


def take_shapes(table: Table, issues: Issues) -> None:
    """Give a table the shapes it carries as text; a text that is no shape is told."""
    header = wkt_header([str(name) for name in table.frame.columns])
    if header is None:
        return
    cells = table.frame[header].astype(object)
    texts = np.empty(len(cells), dtype=object)
    texts[:] = [None if cell is None or cell != cell else str(cell).strip() for cell in cells]
    texts[texts == ""] = None
    is_text = np.array([text is not None for text in texts], bool)
    words, systems = texts.copy(), set()
    for at in np.flatnonzero(is_text):
        if texts[at].upper().count(_NESTED) > _MOST_NESTED:
            words[at] = None
        elif found := _HEXADECIMAL.fullmatch(texts[at]):
            words[at] = found[1]
        elif found := _WITH_SRID.fullmatch(texts[at]):
            words[at] = found[2]
            systems.add(found[1])
    is_hexadecimal = np.array([text is not None and text[:1] in "01" for text in words], bool)
    geoms = np.empty(len(words), dtype=object)
    geoms[~is_hexadecimal] = _read(shapely.from_wkt, words[~is_hexadecimal])
    geoms[is_hexadecimal] = _read(shapely.from_wkb, words[is_hexadecimal])
    lost = np.flatnonzero(is_text & shapely.is_missing(geoms))
    issues.add_rows(
        "unreadable_shape",
        table.row_nos[lost],
        [f"{texts[at][:_SHOWN]}…共 {len(texts[at])} 字" for at in lost],
    )
    table.geoms = geoms
    if table.crs is None and len(systems) == 1:
        table.crs = f"EPSG:{systems.pop()}"


def _read(form: Callable[..., Array], words: Array) -> Array:
    try:
        return form(words, on_invalid="ignore")
    except NotImplementedError:  # a curve among them: the others are looked at one by one
        shapes = np.empty(len(words), dtype=object)
        for at, word in enumerate(words):
            with suppress(NotImplementedError):
                shapes[at] = form(word, on_invalid="ignore")
        return shapes
