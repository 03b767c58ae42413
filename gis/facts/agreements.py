"""What is known of each 标准地 or supervision agreement: days, control values, what was reached."""

from __future__ import annotations

from collections.abc import Mapping

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


def assemble(records: Records, subjects: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Return one row per subject that has an agreement signed by the records' day.

    `subjects` are the facts of supplies (see facts.subjects, with area); `standing` what stands on
    their land: subject, floor_m2 of each building there (its share of it, NaN where its floors or
    its place are unknown) from effective_on to before until_on. A newer agreement replaces
    the older one term by term: what it does not speak of stays as agreed. Columns: subject,
    document (the newest), penalty_share_per_day, those `clock.agreement.judge` asks for, and of the
    subject right_ended_on, area_m2, price_fen.
    """
    supplies = records.dated["supplies"]
    area_m2 = subjects.set_index("subject")["area_m2"].reindex(supplies["key"])
    asked = supplies.assign(as_of=pd.Timestamp(records.as_of))
    land = supplies.assign(area_m2=area_m2.to_numpy())
    return _on(records.dated, asked, subjects, land, standing)


def on_days(
    records: Records,
    moments: pd.DataFrame,
    subjects: pd.DataFrame,
    area_m2: pd.Series,
    standing: pd.DataFrame,
) -> pd.DataFrame:
    """Return the facts of agreements on many days, as `assemble` does.

    moments: subject, as_of; `subjects`: the facts of each, see `facts.subjects.on_days`; `subject`
    of the answer is the place of the moment too. `area_m2`: of every supply on the table, by key.
    """
    land = records.on_table["supplies"].set_index("key", drop=False)
    land["area_m2"] = area_m2
    asked = land.reindex(moments["subject"]).reset_index(drop=True)
    asked = asked.assign(key=range(len(moments)), as_of=moments["as_of"].to_numpy())
    places = moments[["subject"]].assign(place=range(len(moments)))
    there = standing.merge(places, on="subject").drop(columns="subject")
    there = there.rename(columns={"place": "subject"})
    return _on(records.on_table, asked, subjects, land.reset_index(drop=True), there)


def _on(
    papers: Mapping[str, pd.DataFrame],
    asked: pd.DataFrame,
    subjects: pd.DataFrame,
    land: pd.DataFrame,
    standing: pd.DataFrame,
) -> pd.DataFrame:
    """Return the facts of the supplies `asked` on their days.

    `land`: every supply an enterprise may hold (key, effective_on, its numbers, area_m2);
    `standing`: as `assemble` has it, by the keys of `asked`.
    """
    refs = link.references(asked)
    signed = link.counting(papers["agreements"], refs)
    signed = signed.sort_values(["subject", "signed_on", "from_delivery", "document"])
    # Column by column on purpose: an agreement changes the terms it names and no others.
    terms = signed.groupby("subject")[["document", "penalty_share_per_day", *_TERMS]].last()
    refs = refs[refs["subject"].isin(terms.index)]
    own = subjects.set_index("subject").reindex(terms.index)
    seen = link.counting(papers["progress"], refs)
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
    produced = _produced(papers["projects"], refs).reindex(terms.index)
    facts["produced_on"] = pd.concat([facts["produced_on"], produced], axis=1).min(axis=1)
    years = _years(papers, refs, land, facts["capacity_due_on"]).reindex(terms.index)
    as_of = asked.set_index("key")["as_of"].reindex(standing["subject"]).to_numpy()
    is_there = (standing["effective_on"] <= as_of) & (standing["until_on"] > as_of)
    there = standing[is_there.to_numpy(bool)]
    actual = _actual(there, own, years)
    # A high storey counts twice: what doubling may lift to what was agreed does not surely miss it.
    ratio, least = actual["actual_floor_ratio_min"], facts["floor_ratio_min"]
    actual["actual_floor_ratio_min"] = ratio.mask((ratio < least) & (2 * ratio >= least))
    first = ["subject", "document", "penalty_share_per_day"]
    of_land = ["area_m2", "price_fen", "right_ended_on"]
    names = [*first, *of_land, *_TERMS, *_DONE, "seen_on", "seen_stage", *actual.columns]
    return facts.join(actual).reset_index()[names]


def _first(seen: pd.DataFrame, milestone: str, index: pd.Index) -> pd.Series:
    rows = seen[seen["milestone"] == milestone]
    return rows.groupby("subject")["observed_on"].min().reindex(index)


def _produced(projects: pd.DataFrame, refs: pd.DataFrame) -> pd.Series:
    """Return the day each subject's project went into production, by the project's own record."""
    projects = projects.dropna(subset=["produced_on", "supply_nos"])
    rows = projects[["supply_nos", "produced_on", "effective_on"]].explode("supply_nos")
    rows = link.counting(rows.rename(columns={"supply_nos": "supply_no"}), refs)
    rows = rows[rows["produced_on"] <= rows["as_of"]]
    return rows.groupby("subject")["produced_on"].min().astype("datetime64[s]")


def _actual(standing: pd.DataFrame, own: pd.DataFrame, years: pd.DataFrame) -> pd.DataFrame:
    """Return what was reached of each control value, per m2 of the subject's land.

    Investment: the newest cumulative figure; with the land price as well, for the intensity
    includes it and the figure does not say (0 is no price). Floor ratio: the floor area of its
    buildings, unknown where that of one is. Tax and output: see `_years`.
    """
    area = own["area_m2"].where(own["area_m2"] > 0)
    floors = standing.groupby("subject")["floor_m2"].agg(lambda one: one.sum(skipna=False))
    floors = floors.reindex(own.index).astype("float64")
    invested, price = (
        own[name].astype("Float64").astype("float64") / units.FEN_PER_YUAN
        for name in ("invested_fen", "price_fen")
    )
    values = (
        invested / area,
        floors / area,
        years["tax"],
        years["output"],
    )
    named = {f"actual_{name}": value for name, value in zip(_CONTROLS, values, strict=True)}
    named["investment_with_price_yuan_per_m2"] = (invested + price.where(price > 0)) / area
    return pd.DataFrame(named, index=own.index)


def _years(
    papers: Mapping[str, pd.DataFrame],
    refs: pd.DataFrame,
    land: pd.DataFrame,
    capacity_due_on: pd.Series,
) -> pd.DataFrame:
    """Return tax and output in yuan per m2 of the newest year that began since the 达产 day.

    They are the enterprise's, so they are measured over all the land it holds (`land`).
    """
    firms = papers["enterprises"].dropna(subset=["supply_nos"])
    rows = firms[["enterprise_code", "supply_nos", "effective_on"]].explode("supply_nos")
    rows = rows.rename(columns={"supply_nos": "supply_no"})
    held = link.counting(rows, refs)[["subject", "enterprise_code", "as_of"]]
    years = papers["enterprise_years"]
    years = years[["enterprise_code", "year", "tax_fen", "output_fen", "effective_on"]]
    figures = held.merge(years, on="enterprise_code")
    begins = pd.to_datetime(figures["year"].astype("str") + "-01-01").to_numpy()
    since = capacity_due_on.reindex(figures["subject"]).to_numpy()
    counts = (begins >= since) & (figures["effective_on"] <= figures["as_of"]).to_numpy(bool)
    figures = figures[counts].sort_values(["subject", "year", "enterprise_code"])
    newest = figures.drop_duplicates("subject", keep="last").set_index("subject")
    whole = _land_of(newest.reset_index(), rows, land).reindex(newest.index).to_numpy()
    return pd.DataFrame(
        {
            name: newest[f"{name}_fen"].astype("Float64").astype("float64")
            / units.FEN_PER_YUAN
            / whole
            for name in ("tax", "output")
        },
        index=newest.index,
    ).replace([np.inf, -np.inf], np.nan)


def _land_of(asked: pd.DataFrame, rows: pd.DataFrame, land: pd.DataFrame) -> pd.Series:
    """Return the area of all the land that the enterprise of each subject holds on its day.

    Land of which the area is not known leaves the whole unknown.
    """
    held = link.join(rows.drop(columns="effective_on"), link.references(land))
    of = land.set_index("key")[["effective_on", "area_m2"]].reindex(held["subject"])
    held = held[["enterprise_code"]].assign(
        signed_on=of["effective_on"].to_numpy(), area_m2=of["area_m2"].to_numpy()
    )
    both = asked[["subject", "enterprise_code", "as_of"]].merge(held, on="enterprise_code")
    both = both[both["signed_on"] <= both["as_of"]]
    by_subject = both.groupby("subject")["area_m2"]
    return by_subject.sum().mask(by_subject.count() < by_subject.size())
