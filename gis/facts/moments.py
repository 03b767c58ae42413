"""The days on which something of a supplied subject becomes a fact, by the papers on the table."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gis import fields
from gis.facts import link, signings
from gis.facts.gather import EVENTS, Records

# Who holds the right and what a supervision agreement says decide nothing of idle land.
_TELLING = tuple(sorted(EVENTS - {"holders", "agreements", "formalities"}))
# Days agreed bind whatever the day asked about: they are no facts that come to pass. A cause is
# known from its first day on, and the clock itself counts until its last.
_AGREED = ("agreed_on", "due_on", "ends_on")


def fact_days(records: Records, subjects: pd.Index) -> pd.DataFrame:
    """Return the days from the signing on on which the facts of each subject may change.

    Columns: subject, as_of; each once, in order. From one of these days until the day before the
    next `subjects.on_days` gives the same facts. The first is the day the subject counts from.
    """
    table = records.on_table["supplies"]
    own = table[table["key"].isin(subjects)]
    begin = own.set_index("key")["effective_on"]
    found = pd.concat(_days(records, own), ignore_index=True).dropna(subset=["as_of"])
    found = found[(found["as_of"] >= begin.reindex(found["subject"]).to_numpy()).to_numpy(bool)]
    found = found.drop_duplicates().sort_values(["subject", "as_of"], ignore_index=True)
    return found.astype({"as_of": "datetime64[s]"})


def _days(records: Records, own: pd.DataFrame) -> Iterator[pd.DataFrame]:
    own = own.rename(columns={"key": "subject"})
    for name in ("effective_on", *_told("supplies")):
        yield _named(own, name)
    phased = signings.phased_from(records.on_table["supplies"])
    number = own["supply_no"].fillna(own["contract_no"])
    yield _named(own.assign(phased_from_on=phased.reindex(number).to_numpy()), "phased_from_on")
    refs = link.references(own.rename(columns={"subject": "key"}))
    for kind in _TELLING:
        papers = link.join(records.on_table[kind], refs)
        for name in ("effective_on", *_told(kind)):
            yield _named(papers, name)
        if kind == "extensions":
            yield _named(signings.moved(papers), "signed_on")


def _told(kind: str) -> list[str]:
    """Return the columns of a kind that name a day on which something came to pass."""
    columns = fields.KINDS[kind].columns.values()
    named = [column.name for column in columns if column.type in {"day", "day_end"}]
    return [name for name in named if not name.endswith(_AGREED)]


def _named(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows[["subject", name]].rename(columns={name: "as_of"})
