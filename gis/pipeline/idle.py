"""Idle land from known records to findings: facts, the clock's judgement, shape, block and name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gis import arrays, clock, days
from gis.crs import systems, transform
from gis.facts import shapes, subjects
from gis.facts.gather import Records
from gis.facts.subjects import Subjects
from gis.geometry import areas as geometry_areas
from gis.geometry import clean
from gis.law import Law
from gis.pipeline.counts import UNDATED


@dataclass(frozen=True)
class Idle:
    """Findings of every subject, and the facts (with shape) they were judged on.

    `findings` ends with the subjects that carry no day: undetermined, `missing` says so, and
    they are counted in no total (design, decision 4). `marks` goes with `facts`, row by row: the
    start day that binds, and the first days on which one and, after excused days, two full years
    have passed since (start_due_on, year_on, two_years_on).
    """

    findings: pd.DataFrame
    subjects: Subjects
    facts: pd.DataFrame
    marks: pd.DataFrame


def judge(known: Records, law: Law) -> Idle:
    """Return what the law says of every supplied subject on the records' day."""
    held, facts = facts_of(known)
    shape = facts["geom"].to_numpy(dtype=object)
    late = held.late_facts
    if len(late):
        area_m2 = facts.set_index("subject")["area_m2"].reindex(late["subject"]).to_numpy()
        late = late.assign(area_m2=area_m2)
    judged = clock.judge(facts, held.causes, known.as_of, law, late)
    places = shapes.places_of(shape, known.dated["blocks"], known.dated["parks"])
    findings = judged.findings.assign(
        block_code=places["block_code"].to_numpy(),
        park_code=places["park_code"].to_numpy(),
        name=facts["project_name"],
        geom=shape,
    )
    undated = _undated(held.undated, findings)
    found = judged.decision
    marks = pd.DataFrame(
        {
            "start_due_on": days.to_column(found.start_due_on, facts.index),
            "year_on": days.to_column(found.first_gross_1_on, facts.index),
            "two_years_on": days.to_column(found.first_net_2_on, facts.index),
        }
    )
    marks[judged.is_open] = pd.NaT
    findings = pd.concat([findings, undated], ignore_index=True)
    return Idle(findings, replace(held, late_facts=late), facts, marks)


def facts_of(known: Records) -> tuple[Subjects, pd.DataFrame]:
    """Return what is known of every supplied subject, and its facts with shape and area.

    The contract's area counts; a subject that came without one is measured.
    """
    held = subjects.assemble(known)
    return held, _measured(held.facts, known)


def land_of(known: Records) -> Idle:
    """Return what the land asks of every supplied subject (`subjects.held`); no judgement."""
    held = subjects.held(known)
    nobody = held.iloc[:0]
    asked = Subjects(held, nobody, nobody, nobody)
    return Idle(pd.DataFrame(), asked, _measured(held, known), pd.DataFrame())


def _measured(facts: pd.DataFrame, known: Records) -> pd.DataFrame:
    """Return the facts with shapes, and with the area of the shape where the contract has none."""
    shape = shapes.of_subjects(facts, known.dated["parcels"])
    facts = facts.assign(geom=shape)
    is_open = facts["area_m2"].isna().to_numpy(dtype=bool)
    facts.loc[is_open, "area_m2"] = planar_area_m2(shape[is_open])
    return facts


def planar_area_m2(shape: arrays.Shapes) -> np.ndarray:
    """Return the planar area of each shape (EPSG:4490) in its own zone; NaN without a shape."""
    areas = np.full(len(shape), np.nan)
    present = np.flatnonzero([each is not None for each in shape])
    zones = systems.zone_of(shape[present])
    for zone in np.unique(zones):
        here = present[zones == zone]
        areas[here] = geometry_areas.planar_area_m2(
            clean.work_on(transform.to_zone(shape[here], int(zone))).geoms
        )
    return areas


def _undated(supplies: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    if supplies.empty:
        return like.iloc[:0]
    rows = pd.DataFrame(
        {
            "subject": supplies["subject"],
            "rule": "idle_land",
            "outcome": "undetermined",
            "missing": pd.Series(arrays.objects([(UNDATED,)] * len(supplies)), supplies.index),
            "area_m2": supplies["area_m2"],
            "name": supplies["project_name"],
        }
    )
    return rows.reindex(columns=like.columns).astype(like.dtypes.to_dict())
