"""Which of several papers on one thing counts: one whole paper, never the best of each column.

Among papers of one day the one delivered later counts, then the one whose document (or key) sorts
last; what is told of a subject then comes from that one row.
"""

from __future__ import annotations

import pandas as pd

Table = pd.DataFrame


def newest(papers: Table, *by: str) -> Table:
    """Return the last paper of each subject by the columns given, indexed by subject.

    Of two papers of one day the one delivered later counts, whole:

    >>> rows = [("S", 5, 2, "a", "x"), ("S", 5, 1, "b", "y")]
    >>> papers = pd.DataFrame(rows, columns=["subject", "on", "from_delivery", "key", "says"])
    >>> newest(papers, "on")["says"].tolist()
    ['x']
    """
    return _ordered(papers, by).drop_duplicates("subject", keep="last").set_index("subject")


def earliest(papers: Table, day: str) -> Table:
    """Return the paper of each subject with the first `day`, indexed by subject.

    Of several of that day the one delivered last.
    """
    first = papers[papers[day] == papers.groupby("subject")[day].transform("min")]
    return newest(first, day)


def _ordered(papers: Table, by: tuple[str, ...]) -> Table:
    if len(papers) < 2:
        return papers
    last = "document" if "document" in papers else "key"
    return papers.sort_values(["subject", *by, "from_delivery", last], kind="stable")
