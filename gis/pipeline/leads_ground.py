"""The tables of a day that leads are looked for in, from its records and what was judged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.facts import approvals as approval_facts
from gis.facts import ground, link
from gis.facts.gather import Records, is_within, region_of
from gis.leads import Ground, Settings
from gis.leads.table import with_ellipsoidal
from gis.pipeline import withdrawn
from gis.pipeline.approved_land import Land
from gis.pipeline.idle import Idle

SURFACE = "surface"


def assemble(
    known: Records, supplied: Idle, land: Land, settings: Settings, has_approvals: bool
) -> Ground:
    """Return the tables of a day from its records, its idle-land facts and its overlay."""
    approvals = approval_facts.assemble(known)
    parcels = known.dated["parcels"]
    own = is_within(parcels["region_code"], known.region)
    former = known.former_parcels
    held = _supplies(known, supplied, approvals, parcels, settings)
    used = land.findings[land.findings["outcome"] == "used_unsupplied"]
    return Ground(
        supplies=with_ellipsoidal(held[held["right_ended_on"].isna()].reset_index(drop=True)),
        held=held[["key", "geom"]],
        approvals=with_ellipsoidal(approvals),
        parcels=with_ellipsoidal(
            parcels[own]
            .assign(has_county=parcels["region_code"].isin(_drawn(known.dated["regions"])))
            .reset_index(drop=True)
        ),
        former=former[is_within(former["region_code"], known.region)].reset_index(drop=True),
        buildings=known.dated["buildings"].assign(region_code=None),
        surveyed=ground.newest_first(land.surveyed),
        withdrawals=withdrawn.of_approvals(approvals, known.dated["withdrawals"])[["geom"]],
        parks=known.dated["parks"],
        regions=known.dated["regions"],
        blocks=known.dated["blocks"],
        used=used[["subject", "approval", "area_m2", "region_code", "geom"]].dropna(
            subset=["geom"]
        ),
        compared=land.compared,
        supplied_late=land.late,
        built_late=land.built_late,
        has_approvals=has_approvals,
    )


def _drawn(regions: pd.DataFrame) -> pd.Series:
    return regions.loc[regions["geom"].notna(), "region_code"]


def _supplies(
    known: Records,
    supplied: Idle,
    approvals: pd.DataFrame,
    parcels: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    # Leads are land: what has no shape is none of them.
    facts = supplied.facts[supplied.facts["geom"].notna()].rename(columns={"subject": "key"})
    own = known.dated["supplies"].set_index("key")
    states = supplied.findings.set_index("subject")["start_state"]
    undrawn = approvals.loc[approvals["geom"].isna(), "approval_no"]
    undrawn = undrawn[~undrawn.isin(approvals.loc[approvals["geom"].notna(), "approval_no"])]
    numbers = facts["approval_nos"].explode()
    return facts.assign(
        source_area_m2=own["source_area_m2"].reindex(facts["key"]).to_numpy(),
        start_state=states.reindex(facts["key"]).to_numpy(),
        has_undrawn_approval=numbers.isin(undrawn).groupby(level=0).any(),
        layer=_layers(facts, parcels, settings),
        region_code=region_of(facts),
    )


def _layers(facts: pd.DataFrame, parcels: pd.DataFrame, settings: Settings) -> np.ndarray:
    """Return the layer of each right: the mark of its parcel's code, else the words of its papers.

    宗地代码: the 14th sign tells rights on the surface (B) from those above (S) and below (X).
    """
    mark = parcels["parcel_code"].astype("str").str.slice(13, 14)
    coded = parcels.assign(mark=mark)[
        mark.isin(settings.layer_marks) & parcels["supply_no"].notna()
    ]
    met = link.join(coded[["supply_no", "phase", "mark"]], link.references(facts))
    by_subject = met.groupby("subject")["mark"].min()
    layer = by_subject.reindex(facts["key"]).to_numpy(dtype=object)
    # Joined column by column: applied row by row, a store without supplies gives no text at all.
    use, project, place = (
        facts[name].astype("str").fillna("") for name in ("use_text", "project_name", "location")
    )
    said = use + " " + project + " " + place
    for word in settings.layer_words:
        layer = np.where(pd.isna(layer) & said.str.contains(word, regex=False), word, layer)
    return np.where(pd.isna(layer), SURFACE, layer)
