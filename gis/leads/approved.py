"""Leads about approvals: one over another, papers against shapes, land used after a lapse."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.approvals.claims import named
from gis.geometry.areas import planar_area_m2
from gis.leads.plane import COLUMNS, confidence, facts_of, shared, subjects_of, substantial
from gis.leads.settings import Settings
from gis.leads.table import measured, rows_of


def overlapping(
    approvals: pd.DataFrame, others: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return land approved twice where neither approval replaces the other, one lead a pair.

    Both tables: approval, approval_no, approved_on, replaces, region_code, geom; `others` holds
    the approvals themselves too. The pair is found by its smaller name.
    """
    # Compared as numbers: texts would be, for every two neighbours.
    names = pd.concat([approvals["approval"], others["approval"]])
    rank = pd.factorize(names, sort=True)[0]
    met = shared(approvals, others, lambda one, other: rank[one] < rank[other + len(approvals)])
    replacing = pd.MultiIndex.from_arrays(
        [
            names["approval"].to_numpy()[rows]
            for names, rows in zip(
                (others, approvals), named(others, approvals["replaces"]), strict=True
            )
        ]
    )
    pair = pd.MultiIndex.from_arrays(
        [approvals["approval"].to_numpy()[met.left], others["approval"].to_numpy()[met.right]]
    )
    backwards = pd.MultiIndex.from_arrays(
        [
            names["approval"].to_numpy()[rows]
            for names, rows in zip(
                (approvals, others), named(approvals, others["replaces"]), strict=True
            )
        ]
    )
    is_free = ~pair.isin(backwards) & ~pair.swaplevel().isin(replacing)
    met = met.kept(is_free)
    one = approvals.iloc[met.left].reset_index(drop=True)
    other = others.iloc[met.right].reset_index(drop=True)
    land = substantial(met.geoms, settings)
    smaller_m2 = np.minimum(
        planar_area_m2(one["geom"].to_numpy()), planar_area_m2(other["geom"].to_numpy())
    )
    return [
        rows_of(
            "approvals_overlap",
            one,
            subjects_of(one["approval"], other["approval"]),
            land,
            confidence(planar_area_m2(land) / smaller_m2, settings),
            facts_of(approved_on=(one["approved_on"], other["approved_on"])),
        )
    ]


def recorded(approvals: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return approvals whose drawing has not the area the paper names."""
    areas = approvals[["total_area_m2"]].to_numpy(dtype=np.float64)
    return [
        measured(
            "approval_area_differs", approvals, subjects_of(approvals["approval"]), areas, settings
        )
    ]


def drawn_on(
    compared: pd.DataFrame, approvals: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return supplies whose shape takes another area of an approval than their papers charge to it.

    `compared`: approval, supply, drawn_m2, registered_m2 (see `balance.compared`). `area_m2` of the
    lead is the difference, its land the whole approval: papers do not say where.
    """
    drawn_m2, registered_m2 = (
        compared[name].to_numpy(np.float64) for name in ("drawn_m2", "registered_m2")
    )
    off_m2 = np.abs(drawn_m2 - registered_m2)
    limit = np.maximum(settings.area_tolerance_m2, settings.area_share * registered_m2)
    rows = np.flatnonzero(off_m2 > limit)
    found = compared.iloc[rows]
    of = approvals.drop_duplicates("approval").set_index("approval").reindex(found["approval"])
    return [
        pd.DataFrame(
            {
                "kind": "supply_draws_differently",
                "subjects": subjects_of(found["approval"], found["supply"]).to_numpy(),
                "area_m2": off_m2[rows],
                "confidence": confidence(off_m2[rows] / registered_m2[rows], settings),
                "detail": facts_of(registered_m2=registered_m2[rows], drawn_m2=drawn_m2[rows]),
                "region_code": of["region_code"].to_numpy(dtype=object),
                "geom": of["geom"].to_numpy(dtype=object),
            },
            columns=COLUMNS,
        )
    ]


def after_lapse(late: pd.DataFrame, built: pd.DataFrame) -> list[pd.DataFrame]:
    """Return 失效后供地 and 失效后用地: what was supplied of a lapsed approval, and built on it.

    late: see `pipeline.lapse.late`; built: subject, approval, area_m2, lapse_on, region_code,
    geom.
    """
    return [
        pd.DataFrame(
            {
                "kind": kind,
                "subjects": subjects.to_numpy(),
                "area_m2": rows["area_m2"],
                "confidence": certain,
                "detail": detail,
                "region_code": rows["region_code"],
                "geom": rows["geom"],
                # The land of the approval is where either is found.
                "subject_kind": "approvals",
                "subject_key": rows["approval"],
            }
        )
        for kind, rows, subjects, certain, detail in (
            ("supplied_after_lapse", late, subjects_of(late["supply"], late["approval"]),
             "high", facts_of(lapse_on=late["lapse_on"], signed_on=late["signed_on"])),
            ("built_after_lapse", built, subjects_of(built["subject"]), "medium",
             facts_of(source=["survey"] * len(built), lapse_on=built["lapse_on"])),
        )
        if len(rows)
    ]  # fmt: skip
