"""What is known of each 标准地 or supervision agreement: days, control values, what was reached."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import units
from gis.facts import link
from gis.facts.gather import Records

# what a sighting calls the state of the works -> the stage it has reached
_STAGE_OF = {
    "not_started": "not_started",
    "started": "started",
    "stopped": "started",
    "resumed": "started",
    "completed": "completed",
    "producing": "producing",
    "at_capacity": "at_capacity",
}
_CONTROLS = "investment_yuan_per_m2 floor_ratio_min tax_yuan_per_m2 output_yuan_per_m2".split()
_DAYS = "start_due_on completion_due_on production_due_on capacity_due_on".split()
_DONE = "started_on completed_on produced_on at_capacity_on".split()
_TERMS = [*_DAYS, *_CONTROLS]


def assemble(records: Records, subjects: pd.DataFrame) -> pd.DataFrame:
    """Return one row per subject that has an agreement signed by the records' day.

    `subjects` are the facts of supplies (see facts.subjects, with area). A newer agreement replaces
    the older one term by term: what it does not speak of stays as agreed. Columns: subject,
    document (the newest), penalty_share_per_day, those `clock.agreement.judge` asks for, and of the
    subject right_ended_on, area_m2, price_fen.
    """
    refs = link.references(records.dated["supplies"])
    signed = link.join(records.dated["agreements"], refs)
    signed = signed.sort_values(["subject", "signed_on", "from_delivery", "document"])
    # Column by column on purpose: an agreement changes the terms it names and no others.
    terms = signed.groupby("subject")[["document", "penalty_share_per_day", *_TERMS]].last()
    own = subjects.set_index("subject").reindex(terms.index)
    seen = link.join(records.dated["progress"], refs)
    seen = seen[(seen["source"] != "imagery") & seen["milestone"].isin(_STAGE_OF)]
    seen = seen.sort_values(["subject", "observed_on", "from_delivery", "key"])
    last = seen.drop_duplicates("subject", keep="last").set_index("subject").reindex(terms.index)
    columns = ["started_on", "completed_on", "right_ended_on", "area_m2", "price_fen"]
    facts = terms.join(own[columns]).assign(
        produced_on=_first(seen, "producing", terms.index),
        at_capacity_on=_first(seen, "at_capacity", terms.index),
        seen_on=last["observed_on"],
        seen_stage=last["milestone"].map(_STAGE_OF),
    )
    produced = _produced(records, refs).reindex(terms.index)
    facts["produced_on"] = pd.concat([facts["produced_on"], produced], axis=1).min(axis=1)
    area_m2 = subjects.set_index("subject")["area_m2"]
    years = _years(records, refs, area_m2, facts["capacity_due_on"]).reindex(terms.index)
    actual = _actual(records, own, refs, years)
    first = ["subject", "document", "penalty_share_per_day"]
    of_land = ["area_m2", "price_fen", "right_ended_on"]
    names = [*first, *of_land, *_TERMS, *_DONE, "seen_on", "seen_stage", *actual.columns]
    return facts.join(actual).reset_index()[names]


def _first(seen: pd.DataFrame, milestone: str, index: pd.Index) -> pd.Series:
    rows = seen[seen["milestone"] == milestone]
    return rows.groupby("subject")["observed_on"].min().reindex(index)


def _produced(records: Records, refs: pd.DataFrame) -> pd.Series:
    """Return the day each subject's project went into production, by the project's own record."""
    projects = records.dated["projects"].dropna(subset=["produced_on", "supply_nos"])
    projects = projects[projects["produced_on"] <= pd.Timestamp(records.as_of)]
    rows = projects[["supply_nos", "produced_on"]].explode("supply_nos")
    rows = link.join(rows.rename(columns={"supply_nos": "supply_no"}), refs)
    return rows.groupby("subject")["produced_on"].min().astype("datetime64[s]")


def _actual(
    records: Records, own: pd.DataFrame, refs: pd.DataFrame, years: pd.DataFrame
) -> pd.DataFrame:
    """Return what was reached of each control value, per m2 of the subject's land.

    Investment: the newest cumulative figure. Floor ratio: the floor area of its buildings. Tax and
    output: see `_years`.
    """
    area = own["area_m2"].where(own["area_m2"] > 0)
    built = link.join(records.dated["buildings"].dropna(subset=["supply_no"]), refs)
    floors = built.groupby("subject")["floor_area_m2"].sum(min_count=1).reindex(own.index)
    values = (
        own["invested_fen"].astype("Float64").astype("float64") / units.FEN_PER_YUAN / area,
        floors / area,
        years["tax"],
        years["output"],
    )
    named = {f"actual_{name}": value for name, value in zip(_CONTROLS, values, strict=True)}
    return pd.DataFrame(named, index=own.index)


def _years(
    records: Records, refs: pd.DataFrame, area_m2: pd.Series, capacity_due_on: pd.Series
) -> pd.DataFrame:
    """Return tax and output in yuan per m2 of the newest year that began since the 达产 day.

    They are the enterprise's, so they are measured over all the land it holds (`area_m2` of every
    subject).
    """
    firms = records.dated["enterprises"].dropna(subset=["supply_nos"])
    rows = firms[["enterprise_code", "supply_nos"]].explode("supply_nos")
    held = link.join(rows.rename(columns={"supply_nos": "supply_no"}), refs)
    held["area_m2"] = area_m2.reindex(held["subject"]).to_numpy()
    # Land of the enterprise whose area is not known leaves its figures without a measure.
    land = held.groupby("enterprise_code")["area_m2"].agg(lambda areas: areas.sum(skipna=False))
    figures = held.merge(
        records.dated["enterprise_years"][["enterprise_code", "year", "tax_fen", "output_fen"]],
        on="enterprise_code",
    )
    begins = pd.to_datetime(figures["year"].astype("str") + "-01-01").to_numpy()
    since = capacity_due_on.reindex(figures["subject"]).to_numpy()
    figures = figures[begins >= since].sort_values(["subject", "year", "enterprise_code"])
    newest = figures.drop_duplicates("subject", keep="last").set_index("subject")
    whole = land.reindex(newest["enterprise_code"]).to_numpy()
    return pd.DataFrame(
        {
            name: newest[f"{name}_fen"].astype("Float64").astype("float64")
            / units.FEN_PER_YUAN
            / whole
            for name in ("tax", "output")
        },
        index=newest.index,
    ).replace([np.inf, -np.inf], np.nan)
