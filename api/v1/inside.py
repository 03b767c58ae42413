"""How much of each finding lies in the land of a caller: totals count the area inside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.geometry import areas, clean
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.records import region_start
from gis.store.results import Scope
from gis.store.runs import Run


def inside(connection: Connection, run: Run, scope: Scope, findings: pd.DataFrame) -> pd.DataFrame:
    """Return findings with the part of `area_m2` that lies in the scope.

    The registered area is shared out as the shape lies. What has no shape counts whole, and so
    does what a region without a shape of its own holds.
    """
    ground, shapeless = _ground(connection, run, scope)
    shapes = findings["geom"].to_numpy(dtype=object)
    is_whole = shapely.is_missing(shapes) | _held_by(findings, shapeless)
    at = np.flatnonzero(~is_whole)
    if not len(at):
        return findings
    shapely.prepare(ground)
    is_cut = ~shapely.covers(ground, shapes[at])
    cut = at[is_cut]
    met = clean.polygonal(shapely.intersection(shapes[cut], ground))
    share = np.ones(len(findings))
    share[cut] = areas.ellipsoidal_area_m2(met) / areas.ellipsoidal_area_m2(shapes[cut])
    return findings.assign(area_m2=findings["area_m2"] * share)


def _ground(
    connection: Connection, run: Run, scope: Scope
) -> tuple[shapely.Geometry, frozenset[str]]:
    """Return the land of a scope as one shape, and what its regions without a shape begin with."""
    shapes: list[shapely.Geometry] = []
    for kind, column, codes in (
        ("parks", "park_code", scope.parks),
        ("blocks", "block_code", scope.blocks),
    ):
        only = RecordFilter(named={column: [*codes]})
        found = records.read(
            connection, kind, run.delivery, run.as_of, columns=(column, "geom"), only=only
        )
        shapes += [*found["geom"].dropna()]
    starts = frozenset(region_start(code) for code in scope.regions)
    shapeless = set(starts)
    if starts:
        known = records.read(
            connection, "regions", run.delivery, run.as_of, columns=("region_code", "geom")
        ).dropna(subset=["geom"])
        for start in starts:
            own = known.loc[known["region_code"].map(region_start) == start, "geom"]
            shapes += [*own]
            shapeless -= {start} if len(own) else set()
    return shapely.union_all(shapes), frozenset(shapeless)


def _held_by(findings: pd.DataFrame, starts: frozenset[str]) -> np.ndarray:
    if not starts:
        return np.zeros(len(findings), dtype=bool)
    told = findings["regions"].map(lambda codes: bool(starts & {*(codes or ())}))
    return told.to_numpy(dtype=bool)
