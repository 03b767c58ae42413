"""Signings of which a paper names but the month: the records as if each were on its last day.

A month of signing stands in the store as its first day. What both days give holds; where they
differ the signing decides, and nobody knows it: docs/law.md (Readings of days).
"""

from __future__ import annotations

import pandas as pd

from gis.facts import link
from gis.facts.gather import Records

FLAG = "signed_by_month"


def is_by_month(supplies: pd.DataFrame, extensions: pd.DataFrame) -> pd.Series[bool]:
    """Return which supplies rest on such a signing: their own, or that of an extension that counts.

    supplies: key, signed_on; extensions: those of each `subject` signed by its day.
    """
    spoken_of = extensions.loc[_is_month(extensions), "subject"]
    found: pd.Series[bool] = _is_month(supplies) | supplies["key"].isin(spoken_of)
    return found


def phased_from(supplies: pd.DataFrame) -> pd.Series:
    """Return by number (supply, else contract) the day from which a second phase counts too."""
    number = supplies["supply_no"].fillna(supplies["contract_no"])
    # Of most supplies there is one row alone: they need not be put in order.
    signed = supplies[["effective_on"]].assign(number=number)[number.duplicated(keep=False)]
    signed = signed.dropna()
    signed = signed.sort_values("effective_on", kind="stable")
    second = signed[signed.groupby("number").cumcount() == 1]
    return second.set_index("number")["effective_on"]


def settling(records: Records, refs: pd.DataFrame) -> pd.DataFrame:
    """Return subject and `settles_on`: when an extension counts by both days that does not yet.

    That is the first day after the month the records' day lies in.
    """
    extensions = records.dated["extensions"]
    ends_on = moved(extensions)["signed_on"]
    pending = link.join(extensions[ends_on > pd.Timestamp(records.as_of)], refs)
    after_on = _month_end(pending["signed_on"]) + pd.Timedelta(days=1)
    table = pd.DataFrame({"subject": pending["subject"], "settles_on": after_on})
    return table.drop_duplicates("subject").astype({"settles_on": "datetime64[s]"})


def _is_month(papers: pd.DataFrame) -> pd.Series[bool]:
    return papers[FLAG].eq(True).fillna(False).astype(bool)


def moved(papers: pd.DataFrame) -> pd.DataFrame:
    """Return papers with each signing of which only the month is known on its last day."""
    last_on = papers["signed_on"].mask(_is_month(papers), _month_end(papers["signed_on"]))
    return papers.assign(signed_on=last_on.astype("datetime64[s]"))


def _month_end(days: pd.Series) -> pd.Series:
    return (days + pd.offsets.MonthEnd(0)).astype("datetime64[s]")
