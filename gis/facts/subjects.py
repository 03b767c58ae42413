"""One row per supplied subject with everything the clock may ask, as of a day.

Only what had happened by the day counts: a start, a stop or a completion recorded later in the
same row is masked, so that a replay of a past day sees what was true then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gis.facts import link
from gis.facts.gather import Records, region_of
from gis.facts.holders import holders

# From the strongest to the weakest; imagery never changes a state (law.md 1), only the grade.
GRADES = ("document", "patrol", "reported", "imagery")
CONTRACT = (
    "subject supply_no contract_no phase region_code project_name location holder use_text way "
    "price_fen supplement_fen area_m2 parcel_total_m2 signed_on start_agreed_on handover_agreed_on "
    "completion_agreed_on started_on completed_on investment_total_fen approval_nos "
    "approval_areas_m2 delivery geom"
).split()
# Nobody stops, resumes or produces on what never began.
WORKED = frozenset({"stopped", "resumed", "producing", "at_capacity"})
STARTED = WORKED | {"started", "completed"}


@dataclass(frozen=True)
class Subjects:
    """Facts (one row per subject), causes (long), and the subjects that carry no day."""

    facts: pd.DataFrame
    causes: pd.DataFrame
    undated: pd.DataFrame
    orphans: pd.DataFrame


def assemble(records: Records) -> Subjects:
    """Return the facts of every subject of `records`, in the order of the subject's key."""
    supplies = records.dated["supplies"].sort_values("key").reset_index(drop=True)
    refs = link.references(supplies)
    day = pd.Timestamp(records.as_of)
    facts = _contract(supplies, day)
    for part in (
        _extensions(_events(records, "extensions", refs)),
        _handovers(_events(records, "handovers", refs)),
        _endings(_events(records, "right_endings", refs)),
        _decisions(_events(records, "decisions", refs)),
    ):
        facts = facts.merge(part, on="subject", how="left")
    facts = _progress(facts, _events(records, "progress", refs), day)
    facts["is_extension_clash"] = facts["is_extension_clash"].eq(True)
    facts = _holders(facts, _events(records, "holders", refs))
    causes = _events(records, "causes", refs)
    causes = causes[["subject", "document", "kind", "starts_on", "ends_on"]]
    unknown = [
        link.orphans(records.dated[kind], refs).assign(kind_of_record=kind)
        for kind in ("extensions", "handovers", "right_endings", "causes", "progress", "decisions")
    ]
    orphans = pd.concat([rows[["kind_of_record", "key", "supply_no"]] for rows in unknown])
    return Subjects(
        facts=facts,
        causes=causes.sort_values(["subject", "starts_on", "document"]).reset_index(drop=True),
        undated=records.undated["supplies"].rename(columns={"key": "subject"}),
        orphans=orphans.reset_index(drop=True),
    )


def _events(records: Records, kind: str, refs: pd.DataFrame) -> pd.DataFrame:
    return link.join(records.dated[kind], refs)


def _until(days: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    return days.where(days <= as_of)


def _contract(supplies: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    names = {"key": "subject", "supply_way": "way", "from_delivery": "delivery"}
    facts = supplies.rename(columns=names)
    facts["region_code"] = region_of(supplies)
    for column in ("started_on", "completed_on"):
        facts[column] = _until(facts[column], as_of)
    return facts[CONTRACT]


def _extensions(events: pd.DataFrame) -> pd.DataFrame:
    events = events.sort_values(["subject", "signed_on", "document"])
    starts = events[events["start_due_on"].notna()]
    newest_on = starts.groupby("subject")["signed_on"].transform("max")
    of_newest_day = starts[starts["signed_on"] == newest_on]
    clash = of_newest_day.groupby("subject")["start_due_on"].nunique() > 1
    earlier = starts[starts["signed_on"] < newest_on].groupby("subject").last()
    newest = of_newest_day.groupby("subject").last()
    table = pd.DataFrame(
        {
            "extension_on": newest["signed_on"],
            "extension_kind": newest["kind"],
            "extension_document": newest["document"],
            "extension_start_due_on": newest["start_due_on"],
            "extension_has_approval": newest["approved_by"].notna().astype("boolean"),
            "extension_before_due_on": earlier["start_due_on"].reindex(newest.index),
            "is_extension_clash": clash,
        }
    )
    completions = events[events["completion_due_on"].notna()].groupby("subject").last()
    table = table.join(
        completions["completion_due_on"].rename("completion_extended_on"), how="outer"
    )
    return table.rename_axis("subject").reset_index()


def _handovers(events: pd.DataFrame) -> pd.DataFrame:
    # Land handed over in parts is handed over when the last part is.
    last = events.sort_values(["subject", "handed_on", "document"]).groupby("subject").last()
    table = last[["handed_on", "document"]]
    table.columns = ["handover_actual_on", "handover_document"]
    return table.reset_index()


def _endings(events: pd.DataFrame) -> pd.DataFrame:
    first = events.sort_values(["subject", "ended_on", "document"]).groupby("subject").first()
    table = first[["ended_on", "kind", "document"]]
    table.columns = ["right_ended_on", "right_ended_kind", "right_ended_document"]
    return table.reset_index()


def _decisions(events: pd.DataFrame) -> pd.DataFrame:
    events = events.sort_values(["subject", "served_on", "document"])
    found = events[events["kind"] == "finding"].groupby("subject").last()
    table = found[["served_on", "cause", "document"]]
    table.columns = ["found_on", "found_cause", "found_document"]
    for kind in ("fee", "recovery"):
        served = events[events["kind"] == kind].groupby("subject")["served_on"].first()
        table = table.join(served.rename(f"{kind}_decided_on"), how="outer")
    return table.rename_axis("subject").reset_index()


def _holders(facts: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    table = holders(facts, events).rename(columns={"holder": "holder_today"})
    facts = facts.merge(table, on="subject", how="left")
    facts["holder"] = facts["holder_today"].fillna(facts["holder"])
    return facts.drop(columns="holder_today")


def _progress(facts: pd.DataFrame, events: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    rank = events["source"].map({grade: n for n, grade in enumerate(GRADES)})
    # A row without a source is somebody's report.
    events = events.assign(source=events["source"].fillna("reported"), rank=rank.fillna(2))
    events = events.sort_values(["subject", "observed_on", "rank"], ascending=[True, True, False])
    for column in ("started_on", "stopped_on", "completed_on"):
        events[column] = _until(events[column], as_of)
    events["is_imagery"] = events["source"] == "imagery"
    seen = _amounts_of_one_phase(events[~events["is_imagery"]], facts)
    facts = _starts(facts, seen)
    facts = facts.merge(_last_state(seen), on="subject", how="left")
    facts["is_start_disputed"] = facts["is_start_disputed"].eq(True)
    facts = facts.merge(_not_started(seen), on="subject", how="left")
    latest = seen.groupby("subject")[["developed_area_m2", "invested_fen"]].last()
    facts = facts.merge(latest.reset_index(), on="subject", how="left")
    total = seen.groupby("subject")["investment_total_fen"].last()
    facts["investment_total_fen"] = (
        _at(facts, total).fillna(facts["investment_total_fen"]).astype("Int64")
    )
    # Seen from above alone: that is a grade, never a state.
    is_imaged = facts["subject"].isin(events.loc[events["is_imagery"], "subject"])
    alone = is_imaged & facts["not_started_grade"].isna() & facts["started_grade"].isna()
    facts["not_started_grade"] = facts["not_started_grade"].mask(alone, "imagery")
    return facts


def _amounts_of_one_phase(seen: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Blank the amounts a row gives for a whole supply of several phases: no phase's own figure."""
    number = facts["supply_no"].fillna(facts["contract_no"])
    is_phased = facts["subject"][number.duplicated(keep=False) & number.notna()]
    is_whole = seen["phase"].isna() & seen["subject"].isin(is_phased)
    amounts = ["developed_area_m2", "invested_fen", "investment_total_fen"]
    return seen.assign(**{name: seen[name].mask(is_whole) for name in amounts})


def _at(facts: pd.DataFrame, by_subject: pd.Series[Any]) -> pd.Series[Any]:
    """Return each subject's value (Series.map refuses an empty series of days)."""
    return by_subject.reindex(facts["subject"]).set_axis(facts.index)


def _starts(facts: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The earliest start and completion named by the register or by any observation.

    Where no start is named, works that went on (WORKED) had begun by then.
    """
    tells = seen[seen["milestone"].isin(STARTED)]
    named = tells["started_on"].fillna(tells["observed_on"].where(tells["milestone"] == "started"))
    worked = tells["stopped_on"].fillna(tells["observed_on"])
    worked = worked.where(tells["milestone"].isin(WORKED))
    starts = tells.assign(day=named.fillna(worked)).dropna(subset=["day"])
    completed = tells["completed_on"].fillna(
        tells["observed_on"].where(tells["milestone"] == "completed")
    )
    first_named = _at(facts, named.groupby(tells["subject"]).min())
    first_worked = _at(facts, worked.groupby(tells["subject"]).min())
    best = starts.sort_values(["subject", "rank"]).groupby("subject")["source"].first()
    earliest = starts.sort_values(["subject", "day"]).groupby("subject")["from_delivery"].first()
    first_completion = _at(facts, completed.groupby(tells["subject"]).min())
    has_reported = facts["started_on"].notna() | facts["completed_on"].notna()
    grade = _at(facts, best)
    return facts.assign(
        started_grade=grade.where(grade.notna() | ~has_reported, "reported"),
        started_delivery=_at(facts, earliest).where(~(facts["started_on"] <= first_named)),
        started_on=pd.concat([facts["started_on"], first_named], axis=1)
        .min(axis=1)
        .fillna(first_worked),
        completed_on=pd.concat([facts["completed_on"], first_completion], axis=1).min(axis=1),
    )


def _last_state(seen: pd.DataFrame) -> pd.DataFrame:
    """A stop or a dispute holds until a later observation says otherwise."""
    last = seen[seen["milestone"].notna()].groupby("subject").last()
    stopped = last["milestone"] == "stopped"
    table = pd.DataFrame(
        {
            "stopped_on": last["stopped_on"].fillna(last["observed_on"]).where(stopped),
            "stopped_delivery": last["from_delivery"].where(stopped),
            "is_start_disputed": last["milestone"] == "disputed",
        }
    )
    return table.rename_axis("subject").reset_index()


def _not_started(seen: pd.DataFrame) -> pd.DataFrame:
    last = seen[seen["milestone"] == "not_started"].groupby("subject").last()
    table = last[["observed_on", "source", "from_delivery"]]
    table.columns = ["not_started_on", "not_started_grade", "not_started_delivery"]
    return table.reset_index()
