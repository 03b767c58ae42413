"""Bytes that are no character: carried through every reader, then told cell by cell and replaced.

One bad byte must not turn a file into garbage, nor go unseen. A reader decodes it to a sign of its
own, out of a plane that no text uses; where the rows are understood each such cell becomes an issue
that shows the byte, and the cell keeps its other characters.
"""

from __future__ import annotations

import codecs
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.table import Array

_FIRST_SIGN = 0xF0000  # the sign of byte 0; the next 255 stand for the other bytes
CUT = "\U000f0100"  # where a field ended within a character
_SIGNS = "[\U000f0000-\U000f0100]"
_SIGN = re.compile(_SIGNS)
_HANDLER = "landwatch.illegible"


def _signs(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return "".join(map(sign_of, fault.object[fault.start : fault.end])), fault.end


codecs.register_error(_HANDLER, _signs)


def sign_of(byte: int) -> str:
    """Return the sign that stands for a byte which is no character."""
    return chr(_FIRST_SIGN + byte)


def decoded(data: bytes, encoding: str) -> str:
    """Return the text of bytes, with a sign for each byte that has no meaning."""
    return data.decode(encoding, errors=_HANDLER)


def is_in(text: str) -> bool:
    """True when a text holds a sign."""
    return _SIGN.search(text) is not None


def counted(text: str) -> tuple[int, int]:
    """Return how many bytes of a text are no characters, and how many characters are not ASCII."""
    bad = len(_SIGN.findall(text)) - text.count(CUT)
    return bad, len(text) - len(text.encode("ascii", errors="ignore")) - bad


def shown(text: str) -> str:
    """Return a text with its bad bytes as people write them: 科技<FF>公司."""
    return _SIGN.sub(
        lambda found: "" if found[0] == CUT else f"<{ord(found[0]) - _FIRST_SIGN:02X}>", text
    )


def replaced(text: str) -> str:
    """Return a text with the replacement character for each bad byte.

    Half a character goes without a trace, and so does a NUL, with which programs fill up.
    """
    return _SIGN.sub(lambda found: "" if found[0] in (CUT, sign_of(0)) else "\ufffd", text)


def told(
    frame: pd.DataFrame,
    row_nos: Array,
    columns: dict[str, str],
    kind: Kind,
    issues: Issues,
) -> pd.DataFrame:
    """Return the rows with every sign replaced; each cell of a mapped column is an issue.

    `columns` gives the column of each mapped header. A row named by a number that cannot be read is
    rejected: it would become, or replace, another record.
    """
    frame = frame.copy(deep=False)
    naming = {kind.key[0], *kind.key_else[:1]}
    for header in frame.columns:
        cells = frame[header]
        at = _marked(cells)
        if not at.size:
            continue
        texts = [str(text) for text in cells.iloc[at]]
        cells = cells.astype(object)
        cells.iloc[at] = [replaced(text) for text in texts]
        frame[header] = cells
        column = kind.columns.get(columns.get(str(header), ""))
        if column is None:
            continue
        is_cut = np.array([text.endswith(CUT) and text.count(CUT) == 1 for text in texts])
        is_bad = np.array([_SIGN.search(text.replace(CUT, "")) is not None for text in texts])
        for code, chosen in (("cut_text", is_cut & ~is_bad), ("illegible_text", is_bad)):
            issues.add_rows(
                code,
                row_nos[at[chosen]],
                [shown(text) for text, mine in zip(texts, chosen, strict=True) if mine],
                field=column.name,
                title=column.title,
                severity="error" if column.name in naming and code == "illegible_text" else None,
            )
    return frame


def _marked(cells: pd.Series) -> Array:
    """Return the places of the cells that hold a sign."""
    if isinstance(cells.dtype, pd.StringDtype):
        found = compute.match_substring_regex(pa.array(cells, pa.large_string()), _SIGNS)
        return np.flatnonzero(found.fill_null(False).to_numpy(zero_copy_only=False))
    if cells.dtype != object:
        return np.empty(0, np.int64)
    return np.flatnonzero([isinstance(cell, str) and is_in(cell) for cell in cells])
