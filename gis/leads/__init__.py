"""Contradictions to look at: shapes against shapes, papers and the ground; a lead decides nothing.

settings    tolerances and lists of words, filled from the law's data
ground      the tables of a day leads are looked for in
plane       land two sets share, or one has alone, in the plane of its zone
table       leads as rows
supplied    未批先供, 一地多供, built though not started, other use
approved    approvals over one another, papers against shapes, land used after a lapse
buildings   未供即用, 违规占用
parcels     beyond park or county, divided and joined
"""

from __future__ import annotations

import pandas as pd

from gis.facts.neighbourhood import Targets
from gis.facts.shapes import places_of
from gis.frames import door
from gis.leads import approved, buildings, parcels, supplied
from gis.leads.ground import Ground
from gis.leads.plane import by_zone, facts_of, subjects_of
from gis.leads.settings import Settings, settings_on

__all__ = ["Ground", "Settings", "find", "settings_on"]


@door(ground="leads.*", gives="leads.leads")
def find(ground: Ground, settings: Settings, mine: Targets) -> pd.DataFrame:
    """Return the leads of a day: kind, subjects, area_m2, confidence, detail, places, geom.

    Leads are looked for about what is `mine`; the other rows of the tables only meet it, and a
    pair is found where its smaller key is. `subjects` are the keys concerned, the chief one
    first; subject_kind and subject_key tell with whom the lead is looked for again. Areas are
    planar, in the zone of the chief subject. Sorted by kind, subjects and area.
    """

    def of_supplies(*tables: pd.DataFrame) -> list[pd.DataFrame]:
        own, approvals, others, built, surveyed = tables
        return [
            *(supplied.approved(own, approvals, settings) if ground.has_approvals else []),
            *supplied.twice(own, others, settings),
            *supplied.built(own, built, settings),
            *supplied.used(own, surveyed, settings),
            *supplied.recorded(own, settings),
        ]

    def of_approvals(own: pd.DataFrame, others: pd.DataFrame) -> list[pd.DataFrame]:
        return [
            *approved.overlapping(own, others, settings),
            *approved.recorded(own, settings),
        ]

    def of_parcels(*tables: pd.DataFrame) -> list[pd.DataFrame]:
        own, former, parks, regions = tables
        return [
            *parcels.united(own, former, settings),
            *parcels.beyond_park(own, parks, settings),
            *parcels.beyond_region(own, regions, settings),
            *parcels.recorded(own, settings),
        ]

    def of_buildings(*tables: pd.DataFrame) -> list[pd.DataFrame]:
        own, held, approvals, withdrawals, parks = tables
        return buildings.unsupplied(own, held, approvals, withdrawals, parks, settings)

    def of_former(own: pd.DataFrame, now: pd.DataFrame) -> list[pd.DataFrame]:
        return parcels.divided(own, now, settings)

    of = ground
    supplies = of.supplies[of.supplies["key"].isin(mine.supplies)]
    approvals = of.approvals[of.approvals["approval"].isin(mine.approvals)]
    own_parcels = of.parcels[of.parcels["key"].isin(mine.parcels)]
    built = of.buildings[of.buildings["key"].isin(mine.buildings)]
    former = of.former[of.former["key"].isin(mine.former)]
    found = [
        _about(
            "supplies",
            by_zone(supplies, [of.approvals, of.supplies, of.buildings, of.surveyed], of_supplies),
        ),
        _about("approvals", by_zone(approvals, [of.approvals], of_approvals)),
        _about("parcels", by_zone(own_parcels, [of.former, of.parks, of.regions], of_parcels)),
        _about(
            "buildings",
            by_zone(built, [of.held, of.approvals, of.withdrawals, of.parks], of_buildings),
        ),
        _about("former", by_zone(former, [of.parcels], of_former)),
        _built_by_survey(of.used),
        *(
            _about("approvals", leads)
            for leads in approved.drawn_on(of.compared, approvals, settings)
        ),
        *approved.after_lapse(of.supplied_late, of.built_late),
    ]
    leads = pd.concat(found, ignore_index=True)
    places = places_of(leads["geom"].to_numpy(), of.blocks, of.parks)
    leads = leads.assign(**{str(name): places[name].to_numpy() for name in places})
    order = leads.assign(names=leads["subjects"].map(";".join))
    order = order.sort_values(["kind", "names", "area_m2"], kind="stable")
    return leads.loc[order.index].reset_index(drop=True)


def _about(kind: str, leads: pd.DataFrame) -> pd.DataFrame:
    """Return leads that are looked for again whenever their chief subject is judged."""
    return leads.assign(subject_kind=kind, subject_key=leads["subjects"].str[0])


def _built_by_survey(used: pd.DataFrame) -> pd.DataFrame:
    """Return the pieces the survey shows built: 未供即用, found by the rules on unsupplied land."""
    return pd.DataFrame(
        {
            "kind": "built_unsupplied",
            "subjects": subjects_of(used["subject"]).to_numpy(),
            "area_m2": used["area_m2"],
            "confidence": "medium",
            "detail": facts_of(source=["survey"] * len(used)),
            "region_code": used["region_code"],
            "geom": used["geom"],
            "subject_kind": "approvals",
            "subject_key": used["approval"],
        }
    )
