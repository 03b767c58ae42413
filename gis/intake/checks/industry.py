"""Codes of industries that are of another edition of GB/T 4754, or of none."""

from __future__ import annotations

import pandas as pd

from gis import industries
from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.table import Array

_COLUMN, _NAME = "industry_code", "industry"


def tell_industries(data: pd.DataFrame, kind: Kind, row_nos: Array, issues: Issues) -> None:
    """Add an issue for each code of an industry that is no code of the edition of 2017.

    The value stays as it came: whoever needs it by industry decides what it cannot know.
    """
    if _COLUMN not in data or _COLUMN not in kind.columns:
        return
    names = data[_NAME] if _NAME in data else pd.Series(None, data.index, dtype=object)
    known = data[_COLUMN].notna().to_numpy(bool)
    pairs = zip(data[_COLUMN][known], names[known], row_nos[known], strict=True)
    for code, name, row_no in pairs:
        doubt = industries.doubt(str(code), name if isinstance(name, str) else None)
        if doubt is None:
            continue
        now = f"，2017 版为 {'、'.join(doubt.now)}" if doubt.now else ""
        issues.add(
            "unknown_industry" if doubt.edition is None else "other_edition",
            row_no=int(row_no),
            field=_COLUMN,
            title=kind.columns[_COLUMN].title,
            value=code,
            detail=f"{doubt.edition} 版的{now}" if doubt.edition else "",
        )
