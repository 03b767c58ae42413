"""Which of several papers on one thing counts: one whole paper, never the best of each column.

Among papers of one day the one delivered later counts, then the one whose document (or key) sorts
last; what is told of a subject then comes from that one row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import pandas as pd

Table = pd.DataFrame
Rest = ParamSpec("Rest")


def once_of_nothing(
    step: Callable[Concatenate[Table, Rest], Table],
) -> Callable[Concatenate[Table, Rest], Table]:
    """Return a step from papers (or facts) to a table that without a row is worked out but once.

    What no paper tells is always the same empty table, and of most subjects most kinds tell
    nothing: who asks why of one of them would wait for a hundred steps over no rows.
    """
    made: dict[Any, Table] = {}

    @wraps(step)
    def of_papers(papers: Table, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Table:
        if len(papers):
            return step(papers, *args, **kwargs)
        # The types too: text is kept otherwise where one subject is asked for.
        columns = (*papers.columns, *papers.dtypes)
        if columns not in made:
            made[columns] = step(papers, *args, **kwargs)
        return made[columns].copy(deep=False)

    return of_papers


def beside(facts: Table, *tables: Table) -> Table:
    """Return facts, one row per `subject`, with what each table (by subject, each once) says of it.

    >>> facts = pd.DataFrame({"subject": ["B", "A"]})
    >>> beside(facts, pd.DataFrame({"says": [1.5]}, index=["A"]))["says"].tolist()
    [nan, 1.5]
    """
    said = (table.reindex(facts["subject"]).set_axis(facts.index) for table in tables)
    return pd.concat([facts, *said], axis=1)


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
