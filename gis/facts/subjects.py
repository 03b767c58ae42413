"""One row per supplied subject with everything the clock may ask, as of a day.

Valid time: a fact counts from the day it names on, whatever the day of the paper that tells it (see
`works`); which papers are on the table is known time, and was decided when they were gathered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gis.facts import link, signings
from gis.facts.decisions import decided
from gis.facts.gather import Records, region_of
from gis.facts.holders import holders
from gis.facts.papers import beside, earliest, newest, once_of_nothing
from gis.facts.works import of_works
from gis.frames import door

CONTRACT = (
    "subject supply_no contract_no phase region_code project_name location holder use_text "
    "supply_way price_fen supplement_fen area_m2 parcel_total_m2 signed_on start_agreed_on "
    "handover_agreed_on completion_agreed_on started_on completed_on investment_total_fen "
    "approval_nos approval_areas_m2 delivery signed_until_on is_phased geom"
).split()

# What other papers than the contract change.
_TOLD_LATER = "holder handover_agreed_on started_on completed_on investment_total_fen".split()


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


@door(records="fields.*", gives="facts.*")
def assemble(records: Records) -> Subjects:
    """Return the facts of every subject of `records`, in the order of the subject's key."""
    supplies = _on(records, records.dated["supplies"], records.as_of)
    refs = link.references(supplies)
    events = link.join(records.dated["holders"], refs)
    facts, late_facts = (
        _holders(facts, events) for facts in _both_readings(supplies, refs, records)
    )
    late_facts = _settled(late_facts, records, refs)
    causes = link.join(records.dated["causes"], refs)
    causes = causes[["subject", "document", "kind", "starts_on", "ends_on"]]
    return Subjects(
        facts=facts,
        late_facts=late_facts,
        causes=causes.sort_values(["subject", "starts_on", "document"]).reset_index(drop=True),
        undated=records.undated["supplies"].rename(columns={"key": "subject"}),
    )


def held(records: Records) -> pd.DataFrame:
    """Return of every subject what the land asks: its contract, and when its right ended.

    These columns of the facts say the same in `assemble`.
    """
    supplies = _on(records, records.dated["supplies"], records.as_of)
    ended = link.counting(records.on_table["right_endings"], link.references(supplies))
    contract = _contract(supplies).drop(columns=[*_TOLD_LATER])
    return beside(contract, _endings(ended))


def on_days(
    records: Records, moments: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the facts of supplies on many days, those by the second reading, and the causes.

    moments: subject (a supply signed by the day), as_of. `subject` of all three is the place of the
    moment among these; facts come in that order, those by the second reading (see `Subjects`) of
    some alone. Causes are those begun by the day. Who holds the right is not among the facts.
    """
    supplies = records.on_table["supplies"].set_index("key").reindex(moments["subject"])
    supplies = supplies.reset_index(drop=True).assign(key=range(len(moments)))
    asked = _on(records, supplies, moments["as_of"].to_numpy())
    refs = link.references(asked)
    causes = link.counting(records.on_table["causes"], refs)
    return *_both_readings(asked, refs, records), causes


def _on(records: Records, supplies: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """Return supplies by key with the day each is asked about, and from when it has phases."""
    second = signings.phased_from(records.on_table["supplies"])
    own = supplies["supply_no"].fillna(supplies["contract_no"])
    on = pd.Series(as_of, index=supplies.index).astype("datetime64[s]")
    phased_from_on = second.reindex(own).to_numpy()
    supplies = supplies.assign(as_of=on, phased_from_on=phased_from_on)
    return supplies.sort_values("key").reset_index(drop=True)


def _both_readings(
    supplies: pd.DataFrame, refs: pd.DataFrame, records: Records
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the facts of supplies, and those of a signing by the month as if at its end."""
    extensions = link.counting(records.on_table["extensions"], refs)
    is_month = signings.is_by_month(supplies, extensions)
    if not is_month.any():
        facts = _facts(supplies, refs, extensions, records)
        return facts, facts.iloc[:0]
    # Both at once, by number: those of the second reading come after all of the first.
    count = len(supplies)
    both = pd.concat([supplies, signings.moved(supplies[is_month])], ignore_index=True)
    numbered = both.assign(key=range(len(both)))
    refs = link.references(numbered)
    extensions = link.counting(records.on_table["extensions"], refs)
    is_late = extensions["subject"] >= count
    extensions = pd.concat([extensions[~is_late], signings.moved(extensions[is_late])])
    facts = _facts(numbered, refs, extensions, records).assign(subject=both["key"])
    return facts.iloc[:count], facts.iloc[count:].reset_index(drop=True)


def _facts(
    supplies: pd.DataFrame, refs: pd.DataFrame, extensions: pd.DataFrame, records: Records
) -> pd.DataFrame:
    papers = records.on_table
    facts = _contract(supplies)
    # Moved to the end of its month, an extension may not be signed yet.
    extensions = extensions[extensions["signed_on"] <= extensions["as_of"]]
    decisions = link.join(papers["decisions"], refs)
    facts = beside(
        facts,
        _extensions(extensions),
        _handovers(link.counting(papers["handovers"], refs)),
        _endings(link.counting(papers["right_endings"], refs)),
        decided(decisions, extensions, decisions["as_of"]),
    )
    facts = of_works(facts, link.join(papers["progress"], refs))
    for flag in ("is_extension_clash", "is_revocation_open"):
        facts[flag] = facts[flag].eq(True)
    # The newest agreement on the hand-over counts.
    facts["handover_agreed_on"] = facts["handover_extended_on"].fillna(facts["handover_agreed_on"])
    return facts


def _contract(supplies: pd.DataFrame) -> pd.DataFrame:
    names = {"key": "subject", "from_delivery": "delivery"}
    facts = supplies.rename(columns=names)
    facts["region_code"] = region_of(supplies)
    # The last day on which it may have been signed: another where only the month is known.
    facts["signed_until_on"] = signings.moved(supplies)["signed_on"]
    for column in ("started_on", "completed_on"):
        facts[column] = facts[column].where(facts[column] <= facts["as_of"])
    facts["is_phased"] = facts["phased_from_on"] <= facts["as_of"]
    return facts[CONTRACT]


@once_of_nothing
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
    return table


@once_of_nothing
def _handovers(events: pd.DataFrame) -> pd.DataFrame:
    # Land handed over in parts is handed over when the last part is.
    last = newest(events, "handed_on")[["handed_on", "document"]]
    return last.set_axis(["handover_actual_on", "handover_document"], axis=1)


@once_of_nothing
def _endings(events: pd.DataFrame) -> pd.DataFrame:
    first = earliest(events, "ended_on")[["ended_on", "kind", "document"]]
    names = ["right_ended_on", "right_ended_kind", "right_ended_document"]
    return first.set_axis(names, axis=1)


@once_of_nothing
def _settled(late_facts: pd.DataFrame, records: Records, refs: pd.DataFrame) -> pd.DataFrame:
    return late_facts.merge(signings.settling(records, refs), on="subject", how="left")


@once_of_nothing
def _holders(facts: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    table = _changed_hands(events, facts)
    today = table["holder"].reindex(facts["subject"]).set_axis(facts.index)
    facts = beside(facts, table.drop(columns="holder"))
    facts["holder"] = today.fillna(facts["holder"])
    return facts


@once_of_nothing
def _changed_hands(events: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    return holders(facts, events)
