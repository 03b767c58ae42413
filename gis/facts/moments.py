"""The days on which something of a supplied subject becomes a fact, by the papers on the table.

Up to the day of the records: what is dated later has not come to pass, whatever is on the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from gis import fields
from gis.facts import link, signings
from gis.facts.dependencies import DECIDING_IDLE
from gis.facts.gather import Records

_TELLING = tuple(sorted(DECIDING_IDLE))
# Days agreed bind whatever the day asked about: they are no facts that come to pass. A cause is
# known from its first day on, and the clock itself counts until its last.
_AGREED = ("agreed_on", "due_on", "ends_on")


def fact_days(records: Records, subjects: pd.Index) -> pd.DataFrame:
    """Return the days from the signing on on which the facts of each subject may change.

    Columns: subject, as_of; each once, in order. From one of these days until the day before the
    next, or the day of the records, `subjects.on_days` gives the same facts. The first is the day
    the subject counts from; what is signed after the day of the records has none.
    """
    table = records.on_table["supplies"]
    own = table[table["key"].isin(subjects)]
    return _in_order(_days(records, own), own, records)


def agreement_days(records: Records, found: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Return the same for the facts of the agreements of those subjects that have one.

    `found`: what `fact_days` gives of the subjects; `standing`: the buildings on their land, as
    `agreements.assemble` takes them.
    """
    table = records.on_table["supplies"]
    own = table[table["key"].isin(found["subject"])]
    signed = link.join(records.on_table["agreements"], link.references(own))
    own = own[own["key"].isin(signed["subject"])]
    if own.empty:
        return pd.DataFrame({"subject": own["key"], "as_of": own["effective_on"]})
    of_facts = found[found["subject"].isin(own["key"])]
    return _in_order([of_facts, *_of_agreements(records, own, standing)], own, records)


def _in_order(said: Iterable[pd.DataFrame], own: pd.DataFrame, records: Records) -> pd.DataFrame:
    # Each key is put in order once; its many days go by its place in that order.
    own = own[["key", "effective_on"]].sort_values("key", ignore_index=True)
    told = pd.concat(said, ignore_index=True)
    found = told[["as_of"]].assign(place=pd.Index(own["key"]).get_indexer(told["subject"]))
    begun_on = own["effective_on"].to_numpy()[found["place"]]
    is_fact = (found["as_of"] <= pd.Timestamp(records.as_of)) & (found["as_of"] >= begun_on)
    found = found[is_fact].drop_duplicates().sort_values(["place", "as_of"], ignore_index=True)
    subject = own["key"].take(found["place"].to_numpy()).reset_index(drop=True)
    return pd.DataFrame({"subject": subject, "as_of": found["as_of"].astype("datetime64[s]")})


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
        if papers.empty:
            continue
        for name in ("effective_on", *_told(kind)):
            yield _named(papers, name)
        if kind == "extensions":
            yield _named(signings.moved(papers), "signed_on")


def _of_agreements(
    records: Records, own: pd.DataFrame, standing: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield when agreements, projects, buildings and the figures of enterprises come to count."""
    papers, refs = records.on_table, link.references(own)
    yield _named(link.join(papers["agreements"], refs), "effective_on")
    stands = standing[standing["subject"].isin(own["key"])]
    yield _named(stands, "effective_on")
    yield _named(stands, "until_on")
    projects = papers["projects"][["supply_nos", "produced_on", "effective_on"]]
    told = link.join(_each_supply(projects), refs)
    yield _named(told, "effective_on")
    yield _named(told, "produced_on")
    firms = _each_supply(papers["enterprises"][["enterprise_code", "supply_nos", "effective_on"]])
    held = link.join(firms, refs)
    yield _named(held, "effective_on")
    held = held[["subject", "enterprise_code"]].drop_duplicates()
    years = papers["enterprise_years"][["enterprise_code", "effective_on"]]
    yield _named(held.merge(years, on="enterprise_code"), "effective_on")
    # The figures are measured over all the land the enterprise holds.
    table = papers["supplies"]
    land = link.join(firms[["enterprise_code", "supply_no"]], link.references(table))
    land["as_of"] = table.set_index("key")["effective_on"].reindex(land["subject"]).to_numpy()
    yield held.merge(land[["enterprise_code", "as_of"]], on="enterprise_code")[["subject", "as_of"]]


def _each_supply(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.dropna(subset=["supply_nos"]).explode("supply_nos")
    return rows.rename(columns={"supply_nos": "supply_no"})


def _told(kind: str) -> list[str]:
    """Return the columns of a kind that name a day on which something came to pass."""
    columns = fields.KINDS[kind].columns.values()
    named = [column.name for column in columns if column.type in {"day", "day_end"}]
    return [name for name in named if not name.endswith(_AGREED)]


def _named(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    # Most registers leave most of their days empty.
    rows = rows[rows[name].notna()]
    return pd.DataFrame({"subject": rows["subject"], "as_of": rows[name]})
