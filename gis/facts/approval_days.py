"""Approvals on many days: what each consisted of from when, and one copy of the facts for each day.

An approval on a day is a *moment*. It is given a number, and the number is put before every name
and number that speaks of it: so moments of one approval are told apart as approvals are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import days
from gis.days import Days
from gis.facts import link
from gis.facts.approvals import assembled, name_of

Numbers = npt.NDArray[np.int64]
# Stands in no name: a control sign (unit separator).
_MARK = "\x1f"


def versions(parts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per approval and stretch of days on which the same parts of it count.

    Columns: version (0, 1, ..., by name and day), name, from_on, until_on (the day after the last),
    and what `approvals.assemble` says of it but its name.
    """
    parts = parts.assign(name=name_of(parts))
    steps = parts[["name", "effective_on"]].drop_duplicates()
    steps = steps.sort_values(["name", "effective_on"], ignore_index=True)
    steps = steps.rename(columns={"effective_on": "from_on"}).rename_axis("version").reset_index()
    until = steps.groupby("name")["from_on"].shift(-1).fillna(pd.Timestamp(days.FAR))
    own = parts.merge(steps, on="name")
    own = own[own["effective_on"] <= own["from_on"]]
    told = assembled(own.assign(approval=own["version"].map("{:09d}".format)))
    return pd.concat(
        [steps.assign(until_on=until.astype("datetime64[s]")), told.drop(columns="approval")],
        axis=1,
    )


def related(table: pd.DataFrame) -> pd.DataFrame:
    """Return whom the facts of an approval ask for besides: name, other.

    Itself, those of its number, and those that replace it. `table`: see `versions`.
    """
    numbers = table.drop_duplicates("name")[["name", "approval_no"]]
    mates = numbers.merge(numbers.rename(columns={"name": "other"}), on="approval_no")
    cited = naming(table.assign(other=table["name"]), "replaces", numbers)
    both = pd.concat([mates[["name", "other"]], cited[["name", "other"]]])
    return both.drop_duplicates().sort_values(["name", "other"], ignore_index=True)


def naming(papers: pd.DataFrame, column: str, numbers: pd.DataFrame) -> pd.DataFrame:
    """Return papers with the `name` of each approval they name, by its name or its number.

    `column` holds a text or a list of texts; numbers: name, approval_no.
    """
    count = len(numbers)
    cited = papers[column].reset_index(drop=True).explode().dropna()
    called = pd.concat([numbers["name"], numbers["approval_no"]], ignore_index=True)
    at, of = link.meeting(cited, called)
    row, own = cited.index.to_numpy()[at], of % max(count, 1)
    # By name and by number at once, an approval is named once.
    _, first = np.unique(row * count + own, return_index=True)
    first.sort()
    return papers.take(row[first]).assign(name=numbers["name"].to_numpy()[own[first]])


def holding(table: pd.DataFrame, names: pd.Series, on: pd.Series) -> Numbers:
    """Return the version of each approval on a day, -1 where there is none yet."""
    code = pd.Series(np.arange(table["name"].nunique()), index=table["name"].unique())
    known = _key(code.reindex(table["name"]).to_numpy(), days.from_column(table["from_on"]))
    of = code.reindex(names).fillna(-1).to_numpy(dtype=np.int64)
    asked = _key(of, days.from_column(on))
    place = np.searchsorted(known, asked, side="right") - 1
    is_own = (place >= 0) & (of >= 0)
    is_own[is_own] &= table["name"].to_numpy()[place[is_own]] == names.to_numpy()[is_own]
    return np.where(is_own, place, -1)


def on_days(table: pd.DataFrame, moments: pd.DataFrame, relation: pd.DataFrame) -> pd.DataFrame:
    """Return the approvals of moments (moment, name, on) and those related, as `assemble` does.

    Besides: moment, name, number, version, as_of, is_own. What was not yet approved on the day is
    not among them.
    """
    asked = moments.merge(relation, on="name")
    at = holding(table, asked["other"], asked["on"])
    asked = asked[at >= 0].reset_index(drop=True)
    found = table.iloc[at[at >= 0]].reset_index(drop=True)
    moment = asked["moment"]
    return found.assign(
        moment=moment,
        as_of=asked["on"],
        is_own=asked["name"] == asked["other"],
        number=found["approval_no"],
        approval=marked(moment, found["name"]),
        approval_no=marked(moment, found["approval_no"]),
        replaces=each_marked(moment, found["replaces"]),
    )


def of_moments(papers: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Return papers (name, from_on, until_on) once for each moment of the name they count on."""
    met = moments.merge(papers, on="name")
    is_there = met["from_on"] <= met["on"]
    if "until_on" in met:
        is_there &= met["on"] < met["until_on"]
    return met[is_there].reset_index(drop=True)


def marked(moment: pd.Series, names: pd.Series) -> pd.Series:
    """Return names as those of a moment."""
    return _marks(moment) + names.astype("str")


def each_marked(moment: pd.Series, lists: pd.Series) -> pd.Series:
    """Return lists of names as those of a moment; a list that is unknown stays so."""
    values = lists.to_numpy(dtype=object)
    is_list = np.array([isinstance(each, list | tuple | np.ndarray) for each in values], dtype=bool)
    named = np.full(len(values), None, dtype=object)
    marks = _marks(moment[is_list]).to_numpy(dtype=object)
    for row, mark in zip(np.flatnonzero(is_list).tolist(), marks, strict=True):
        named[row] = [mark + str(name) for name in values[row]]
    return pd.Series(named, index=lists.index, dtype=object)


def moment_of(names: pd.Series) -> pd.Series:
    """Return the moment of each marked name."""
    marks = [int(name.partition(_MARK)[0]) for name in names.to_numpy(dtype=object)]
    return pd.Series(marks, names.index, dtype=np.int64)


def _marks(moment: pd.Series) -> pd.Series:
    return moment.map("{:09d}".format).astype("str") + _MARK


def _key(code: Numbers, on: Days) -> Numbers:
    key: Numbers = (code.astype(np.int64) << 32) + on.astype(np.int64)
    return key
