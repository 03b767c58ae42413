"""The grade of a delivery: may it be loaded, with reservations, or does it go back."""

from __future__ import annotations

import pandas as pd

# Of rows refused, a delivery with more goes back as a whole (ours, R).
_MOST_REFUSED = 0.1


def grade(findings: pd.DataFrame, row_count: int) -> str:
    """Return returned (退回), conditional (有条件入库) or ready (可入库).

    An error of the file as a whole, or more than a tenth of its rows refused, sends it back; any
    other error or warning asks for a look at the list.
    """
    is_error = findings["severity"] == "error"
    if (is_error & findings["row_no"].isna()).any():
        return "returned"
    if len(refused_rows(findings)) > _MOST_REFUSED * row_count:
        return "returned"
    return "conditional" if findings["severity"].isin(["error", "warning"]).any() else "ready"


def refused_rows(findings: pd.DataFrame) -> set[int]:
    """Return the numbers of the rows that carry an error."""
    numbers = findings.loc[findings["severity"] == "error", "row_no"].dropna()
    return {int(number) for number in numbers}
