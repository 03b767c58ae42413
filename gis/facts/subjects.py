"""One row per supplied subject with everything the clock may ask, as of a day.

Valid time: a fact counts from the day it names on, whatever the day of the paper that tells it (see
`works`); which papers are on the table is known time, and was decided when they were gathered.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gis.facts import link, signings
from gis.facts.decisions import decided
from gis.facts.gather import Records, region_of
from gis.facts.holders import holders
from gis.facts.papers import earliest, newest
from gis.facts.works import of_works

CONTRACT = (
    "subject supply_no contract_no phase region_code project_name location holder use_text way "
    "price_fen supplement_fen area_m2 parcel_total_m2 signed_on start_agreed_on handover_agreed_on "
    "completion_agreed_on started_on completed_on investment_total_fen approval_nos "
    "approval_areas_m2 delivery signed_until_on geom"
).split()


@dataclass(frozen=True)
class Subjects:
    """Facts (one row per subject), causes (long), and the subjects that carry no day.

    `late_facts`: of the subjects with a signing of which only the month is known, the same facts
    with it on the last day of that month (in `facts` it is on the first), and `settles_on`.
    """

    facts: pd.DataFrame
    late_facts: pd.DataFrame
    causes: pd.DataFrame
    undated: pd.DataFrame
    orphans: pd.DataFrame


def assemble(records: Records) -> Subjects:
    """Return the facts of every subject of `records`, in the order of the subject's key."""
    supplies = records.dated["supplies"]
    refs = link.references(supplies)
    facts = _facts(records)
    late = signings.at_month_end(records, refs)
    late_facts = facts.iloc[:0]
    if late is not None:
        late_facts = _facts(late).merge(signings.settling(records, refs), on="subject", how="left")
    causes = _events(records, "causes", refs)
    causes = causes[["subject", "document", "kind", "starts_on", "ends_on"]]
    unknown = [
        link.orphans(records.dated[kind], refs).assign(kind_of_record=kind)
        for kind in ("extensions", "handovers", "right_endings", "causes", "progress", "decisions")
    ]
    orphans = pd.concat([rows[["kind_of_record", "key", "supply_no"]] for rows in unknown])
    return Subjects(
        facts=facts,
        late_facts=late_facts,
        causes=causes.sort_values(["subject", "starts_on", "document"]).reset_index(drop=True),
        undated=records.undated["supplies"].rename(columns={"key": "subject"}),
        orphans=orphans.reset_index(drop=True),
    )


def _facts(records: Records) -> pd.DataFrame:
    supplies = records.dated["supplies"].sort_values("key").reset_index(drop=True)
    refs = link.references(supplies)
    day = pd.Timestamp(records.as_of)
    facts = _contract(supplies, day)
    extensions = _events(records, "extensions", refs)
    for part in (
        _extensions(extensions),
        _handovers(_events(records, "handovers", refs)),
        _endings(_events(records, "right_endings", refs)),
        decided(link.join(records.on_table["decisions"], refs), extensions, day),
    ):
        facts = facts.merge(part, on="subject", how="left")
    facts = of_works(facts, link.join(records.on_table["progress"], refs), day)
    for flag in ("is_extension_clash", "is_revocation_open"):
        facts[flag] = facts[flag].eq(True)
    # The newest agreement on the hand-over counts.
    facts["handover_agreed_on"] = facts["handover_extended_on"].fillna(facts["handover_agreed_on"])
    return _holders(facts, _events(records, "holders", refs))


def _events(records: Records, kind: str, refs: pd.DataFrame) -> pd.DataFrame:
    return link.join(records.dated[kind], refs)


def _until(days: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    return days.where(days <= as_of)


def _contract(supplies: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    names = {"key": "subject", "supply_way": "way", "from_delivery": "delivery"}
    facts = supplies.rename(columns=names)
    facts["region_code"] = region_of(supplies)
    # The last day on which it may have been signed: another where only the month is known.
    facts["signed_until_on"] = signings.moved(supplies)["signed_on"]
    for column in ("started_on", "completed_on"):
        facts[column] = _until(facts[column], as_of)
    return facts[CONTRACT]


def _extensions(events: pd.DataFrame) -> pd.DataFrame:
    starts = events[events["start_due_on"].notna()]
    newest_on = starts.groupby("subject")["signed_on"].transform("max")
    of_newest_day = starts[starts["signed_on"] == newest_on]
    clash = of_newest_day.groupby("subject")["start_due_on"].nunique() > 1
    earlier = newest(starts[starts["signed_on"] < newest_on], "signed_on")
    last = newest(of_newest_day, "signed_on")
    table = pd.DataFrame(
        {
            "extension_on": last["signed_on"],
            "extension_kind": last["kind"],
            "extension_document": last["document"],
            "extension_start_due_on": last["start_due_on"],
            "extension_has_approval": last["approved_by"].notna().astype("boolean"),
            "extension_before_due_on": earlier["start_due_on"].reindex(last.index),
            "is_extension_clash": clash,
        }
    )
    for name, column in (
        ("completion_due_on", "completion_extended_on"),
        ("handover_agreed_on", "handover_extended_on"),
    ):
        told = newest(events[events[name].notna()], "signed_on")
        table = table.join(told[name].rename(column), how="outer")
    return table.rename_axis("subject").reset_index()


def _handovers(events: pd.DataFrame) -> pd.DataFrame:
    # Land handed over in parts is handed over when the last part is.
    last = newest(events, "handed_on")[["handed_on", "document"]]
    return last.set_axis(["handover_actual_on", "handover_document"], axis=1).reset_index()


def _endings(events: pd.DataFrame) -> pd.DataFrame:
    first = earliest(events, "ended_on")[["ended_on", "kind", "document"]]
    names = ["right_ended_on", "right_ended_kind", "right_ended_document"]
    return first.set_axis(names, axis=1).reset_index()


def _holders(facts: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    table = holders(facts, events).rename(columns={"holder": "holder_today"})
    facts = facts.merge(table, on="subject", how="left")
    facts["holder"] = facts["holder_today"].fillna(facts["holder"])
    return facts.drop(columns="holder_today")
