"""Two extensions of one day that name different days: both told, for neither can be preferred."""

from __future__ import annotations

import pandas as pd

from gis.clock.wording import Line
from gis.facts import link
from gis.facts.gather import Records


def clashing(known: Records, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the newest extensions of the one subject in `facts` where they clash, else none.

    Columns of the kind `extensions`, one row a paper, in the order of the days they name.
    """
    extensions = known.dated["extensions"]
    if not facts["is_extension_clash"].eq(True).any():
        return extensions.iloc[:0]
    own = link.join(extensions, link.references(known.dated["supplies"]))
    own = own[(own["subject"] == facts["subject"].iloc[0]) & own["start_due_on"].notna()]
    newest: pd.DataFrame = own[own["signed_on"] == own["signed_on"].max()]
    clash = newest["start_due_on"].nunique() > 1
    found: pd.DataFrame = newest.sort_values(["start_due_on", "document"])
    return found if clash else found.iloc[:0]


def lines(papers: pd.DataFrame) -> list[Line]:
    """Return a sentence for each of the papers that clash."""
    found: list[Line] = []
    for row in papers.to_dict("records"):
        signed_on, due_on = row["signed_on"].date(), row["start_due_on"].date()
        document = row["document"] if isinstance(row["document"], str) else "—"
        by = row["approved_by"] if isinstance(row["approved_by"], str) else None
        approved: Line = (
            (f"，批准机关 {by}", f", approved by {by}")
            if by
            else ("，没有批准机关记录", ", no approval on file")
        )
        number = row["from_delivery"]
        found.append(
            (
                f"同日延期：{document}，{signed_on} 签订，动工日延至 {due_on}{approved[0]}"
                f"（第 {number} 次资料，{row['file']} 第 {row['row_no']} 行）",
                f"extension of the same day: {document}, signed {signed_on}, start extended to "
                f"{due_on}{approved[1]} (delivery {number}, {row['file']}, row {row['row_no']})",
            )
        )
    return found
