"""Signings of which a paper names but the month: the records as if each were on its last day.

A month of signing stands in the store as its first day. What both days give holds; where they
differ the signing decides, and nobody knows it: docs/law.md (Readings of days).
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gis.facts import link
from gis.facts.gather import Records

FLAG = "signed_by_month"


def at_month_end(records: Records, refs: pd.DataFrame) -> Records | None:
    """Return the records of the supplies concerned with such signings at the end of the month.

    An extension then signed later than the records' day does not count yet. None where there is
    no such signing.
    """
    supplies, extensions = (records.dated[kind] for kind in ("supplies", "extensions"))
    spoken_of = link.join(extensions[_is_month(extensions)], refs)["subject"]
    concerned = _is_month(supplies) | supplies["key"].isin(spoken_of)
    if not concerned.any():
        return None
    # Whether a figure is of the whole supply or of a phase shows in all its phases.
    names = supplies["supply_no"].fillna(supplies["contract_no"])
    concerned |= names.isin(names[concerned].dropna())
    extensions = moved(extensions)
    extensions = extensions[extensions["signed_on"] <= pd.Timestamp(records.as_of)]
    own = {"supplies": moved(supplies[concerned]), "extensions": extensions}
    return replace(records, dated={**records.dated, **own})


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
