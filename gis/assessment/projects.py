"""Projects, and supplies under agreement that are no project's, with all that is known on a day.

A project lies on the supplies it names: their land, price, days, agreements and buildings are its
own. What it says of itself stands where its supplies say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis.assessment import land, matched, money
from gis.assessment.values import TERMS
from gis.control import industries
from gis.law import Law
from gis.result_tables import LANDS, PLACE
from gis.store import records, results
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.results import Asked
from gis.store.runs import Run

PROJECT, SUPPLY = "project", "supply"
_DUE = ("completion_due_on", "production_due_on", "capacity_due_on")
_UNBUILT = frozenset({"planned", "building", "stopped"})
_OF_PROJECT = (
    "project_code", "name", "kind", "enterprise_code", "industry", "industry_code",
    "industry_edition", "region_code", "park_code", "block_code", "supply_nos", "area_m2",
    "invested_fen", "state", "started_on", "completed_on", "produced_on", "from_on",
)  # fmt: skip
_OF_HOLDING = (
    "subject", "supply_no", "contract_no", "signed_on", "price_fen", "supplement_fen",
    "completion_agreed_on", "completion_extended_on", "completed_on", "holder",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known on a day.

    `subjects`: `control.subjects`, `control.facts` and `control.projects` of each, with kind, name,
    place, LANDS; `agreed`: their agreements; `pairs`: which supply is whose.
    """

    subjects: pd.DataFrame
    agreed: pd.DataFrame
    pairs: pd.DataFrame


def known(connection: Connection, run: Run, law: Law, as_of: date) -> Known:
    """Return the projects of a run's land and what its records say of them by a day.

    A project that ended is none any more, nor is a supply of which the right has ended.
    """
    day = as_of
    projects = records.read(
        connection, "projects", run.delivery, day, run.region, columns=_OF_PROJECT
    )
    agreements = records.read(connection, "agreements", run.delivery, day)
    projects = projects[projects["state"] != "ended"].reset_index(drop=True)
    firms = _on_land(records.read(connection, "enterprises", run.delivery, day), projects)
    numbers = _numbers(projects["supply_nos"]) | {*agreements["supply_no"].dropna()}
    held = _holdings(connection, run, numbers | _numbers(firms["supply_nos"]))
    pairs = _pairs(projects, agreements, held)
    agreed = _agreed(agreements, pairs)
    subjects = _subjects(projects, pairs)
    subjects = land.placed(connection, run, day, subjects, pairs)
    subjects = _dated(subjects, pairs, agreed, _seen(connection, run, day, pairs))
    high_m: Any = law.value("indicators.double_storey_height_m", day, run.region).amount
    subjects = land.built(connection, run, day, subjects, pairs, float(high_m))
    subjects = land.accepted(connection, run, day, subjects, pairs)
    subjects = money.counted(connection, run, day, subjects, pairs, firms, held)
    subjects["industries"] = _industries(connection, run, law, day, subjects, pairs, firms)
    is_unbuilt = subjects["state"].isin(_UNBUILT) & subjects["completed_on"].isna()
    subjects["is_unbuilt"] = is_unbuilt & subjects["produced_on"].isna()
    by_day = str(law.value("control.values_of_day", day, run.region).amount)
    subjects["values_on"] = pd.Timestamp(day) if by_day == "as_of" else subjects["signed_on"]
    return Known(subjects, agreed, pairs)


def _on_land(firms: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """Return the firms with the supplies they name; one that names none has those of its projects.

    So it is told everywhere whose land a firm's year is divided by (`gis.indicators.firms.claims`).
    """
    of = projects[["enterprise_code", "supply_nos"]].dropna().explode("supply_nos")
    lists = of.groupby("enterprise_code")["supply_nos"].agg(lambda one: [*dict.fromkeys(one)])
    by_project = matched.of(lists, firms["enterprise_code"])
    return firms.assign(
        supply_nos=firms["supply_nos"].where(firms["supply_nos"].notna(), by_project)
    )


def _numbers(lists: pd.Series) -> set[str]:
    return {number for names in lists.dropna() for number in names}


def _holdings(connection: Connection, run: Run, numbers: set[str]) -> pd.DataFrame:
    """Return what the run knows of the supplies named, with area and lands, by either number."""
    asked = [*numbers]
    parts = [
        results.read(connection, run, "holding", Asked(where={column: asked}))
        for column in ("supply_no", "contract_no")
    ] if asked else [results.read(connection, run, "holding", Asked(limit=0))]  # fmt: skip
    held = pd.concat(parts, ignore_index=True).drop_duplicates("subject")[[*_OF_HOLDING]]
    subjects = {"subject": [*held["subject"]], "rule": ["idle_land"]}
    found = results.read(connection, run, "finding", Asked(where=subjects))
    place = ["subject", "outcome", "area_m2", *PLACE, *LANDS, "geom"]
    return held.merge(found[place], on="subject", how="left")


def _pairs(projects: pd.DataFrame, agreements: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each supply of each subject: subject, kind, ref, and the holding."""
    named = projects[["project_code", "supply_nos"]].explode("supply_nos")
    named = named.set_axis(["subject", "ref"], axis=1).dropna(subset=["ref"])
    named = named.assign(kind=PROJECT)
    refs = pd.concat(
        [held.assign(ref=held[column]) for column in ("supply_no", "contract_no")]
    ).dropna(subset=["ref"]).drop_duplicates(["ref", "subject"])  # fmt: skip
    refs = refs.rename(columns={"subject": "supply"})
    own = named.merge(refs, on="ref", how="left")
    alone = refs[refs["ref"].isin(agreements["supply_no"]) & ~refs["supply"].isin(own["supply"])]
    alone = alone[alone["outcome"] != "closed"].drop_duplicates("supply")
    pairs = pd.concat([own, alone.assign(subject=alone["supply"], kind=SUPPLY)], ignore_index=True)
    # A project may name one supply by both of its numbers.
    is_again = pairs["supply"].notna() & pairs.duplicated(["subject", "supply"])
    return pairs[~is_again].reset_index(drop=True)


def _agreed(agreements: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the agreements of each supply of a subject, term by term the newest."""
    signed = agreements.sort_values(["supply_no", "signed_on", "key"])
    terms = signed.groupby("supply_no")[["document", "signed_on", *_DUE, *TERMS]].last()
    by_number = pairs["supply_no"].where(pairs["supply_no"].isin(terms.index), pairs["ref"])
    found = terms.reindex(by_number).set_axis(pairs.index)
    agreed = pairs[["subject"]].join(found)
    return agreed.dropna(subset=["document"]).reset_index(drop=True)


def _subjects(projects: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    own = projects.rename(columns={"project_code": "subject", "kind": "project_kind"})
    own = own.drop(columns=["key", "effective_on", "supply_nos"]).assign(kind=PROJECT)
    alone = pairs[pairs["kind"] == SUPPLY]
    names = alone["holder"].where(alone["holder"].notna(), alone["subject"])
    supplies = pd.DataFrame({"subject": alone["subject"], "name": names, "kind": SUPPLY})
    both = pd.concat([own, supplies.reindex(columns=own.columns)], ignore_index=True)
    types = {name: own[name].dtype for name in own if own[name].dtype.kind == "M"}
    return both.astype(types)


def _seen(connection: Connection, run: Run, day: date, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return what was seen of the supplies' works: ref, milestone, observed_on."""
    only = RecordFilter(named={"supply_no": {*pairs["ref"], *pairs["supply_no"].dropna()}})
    columns = ("supply_no", "milestone", "observed_on", "source")
    seen = records.read(connection, "progress", run.delivery, day, columns=columns, only=only)
    return seen[seen["source"] != "imagery"]


def _dated(
    subjects: pd.DataFrame, pairs: pd.DataFrame, agreed: pd.DataFrame, seen: pd.DataFrame
) -> pd.DataFrame:
    """Return the subjects with their days: those agreed (the last of each), those reached."""
    due = agreed.groupby("subject")[[*_DUE]].max()
    extended = pairs["completion_extended_on"].fillna(pairs["completion_agreed_on"])
    by_contract = extended.groupby(pairs["subject"]).max()
    done = pairs["completed_on"].groupby(pairs["subject"])
    is_done = done.count() == done.size()
    reached = {
        milestone: _first_seen(seen[seen["milestone"] == milestone], pairs)
        for milestone in ("completed", "producing", "at_capacity")
    }
    signed_on = pairs["signed_on"].groupby(pairs["subject"]).min()

    def of(days: pd.Series) -> pd.Series:
        return matched.of(days, subjects["subject"]).astype("datetime64[s]")

    return subjects.assign(
        completion_due_on=of(due["completion_due_on"]).fillna(of(by_contract)),
        production_due_on=of(due["production_due_on"]),
        capacity_on=of(due["capacity_due_on"]).fillna(of(reached["at_capacity"])),
        completed_on=subjects["completed_on"]
        .fillna(of(done.max().where(is_done)))
        .fillna(of(reached["completed"])),
        produced_on=subjects["produced_on"].fillna(of(reached["producing"])),
        signed_on=of(signed_on).fillna(subjects["from_on"]),
    )


def _first_seen(seen: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Return the day a milestone was first seen on all supplies of a subject."""
    first = seen.groupby("supply_no")["observed_on"].min()
    own = matched.of(first, pairs["supply_no"].where(pairs["supply_no"].notna(), pairs["ref"]))
    by = own.groupby(pairs["subject"])
    return by.max().where(by.count() == by.size()).astype("datetime64[s]")


def _industries(
    connection: Connection,
    run: Run,
    law: Law,
    day: date,
    subjects: pd.DataFrame,
    pairs: pd.DataFrame,
    firms: pd.DataFrame,
) -> pd.Series:
    """Return the industries each may be of: by its own record, its firm's, its supplies'."""
    classes = industries.industries_on(law, day)
    own = industries.possible(
        classes, subjects["industry_code"], subjects["industry_edition"], subjects["industry"]
    )
    code = subjects["enterprise_code"]
    firm = firms.drop_duplicates("enterprise_code").set_index("enterprise_code").reindex(code)
    none = pd.Series(None, index=subjects.index, dtype="object")
    editions = firm.get("industry_edition", none)
    by_firm = industries.possible(
        classes,
        *(pd.Series(texts.to_numpy(dtype=object), index=subjects.index)
          for texts in (firm["industry_code"], editions, firm["industry"])),
    )  # fmt: skip
    only = RecordFilter(named={"key": {*pairs["supply"].dropna()}})
    named = records.read(
        connection, "supplies", run.delivery, day, columns=("industry",), only=only
    ).set_index("key")["industry"]  # fmt: skip
    texts = matched.of(named, pairs["supply"]).groupby(pairs["subject"]).agg(_one)
    blank = pd.Series("", index=subjects.index)
    by_supply = industries.possible(classes, blank, blank, matched.of(texts, subjects["subject"]))
    found = [
        next((one for one in each if one is not None), None)
        for each in zip(own, by_firm, by_supply, strict=True)
    ]
    return pd.Series(found, index=subjects.index, dtype="object")


def _one(texts: pd.Series) -> Any:
    """Return what all texts that say something say; None where they differ or none does."""
    told = texts.dropna().unique()
    return told[0] if len(told) == 1 else np.nan
