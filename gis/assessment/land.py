"""Where a project lies, how much land it has, what stands on it, and what an acceptance found."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import objects
from gis.assessment import matched
from gis.crs.systems import zone_of
from gis.crs.transform import to_zone
from gis.geometry.areas import planar_area_m2
from gis.result_tables import LANDS
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.records import region_start
from gis.store.runs import Run

_CODES = ("region_code", "park_code", "block_code")
_ACCEPTED = (
    "land_m2", "floor_area_m2", "footprint_m2", "yard_m2", "office_land_m2", "office_floor_m2",
    "invested_with_price_fen",
)  # fmt: skip
_LEVELS = (2, 4, 6)


def placed(
    connection: Connection, run: Run, day: date, subjects: pd.DataFrame, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return the subjects with region, park and block, and all lands they touch (LANDS).

    What a project's own record says goes first, then where its supplies lie, if in one place.
    """
    by = pairs.groupby("subject")
    for column in _CODES:
        lies = by[column].agg(_only).reindex(subjects["subject"]).to_numpy()
        subjects[column] = subjects[column].fillna(pd.Series(lies, index=subjects.index))
    blocks = records.read(connection, "blocks", run.delivery, day, columns=("park_code",))
    parks = records.read(connection, "parks", run.delivery, day, columns=("region_code",))
    park_of = blocks.set_index("key")["park_code"]
    region_of = parks.set_index("key")["region_code"]
    for column, known in (("park_code", park_of), ("region_code", region_of)):
        by_place = matched.of(
            known, subjects["block_code" if column == "park_code" else "park_code"]
        )
        subjects[column] = subjects[column].fillna(by_place)
    own = {
        "regions": subjects["region_code"].map(ancestors, na_action="ignore"),
        "parks": subjects["park_code"].map(lambda code: {code}, na_action="ignore"),
        "blocks": subjects["block_code"].map(lambda code: {code}, na_action="ignore"),
    }
    for name in LANDS:
        met: dict[str, set[str]] = {}
        for subject, codes in zip(pairs["subject"], pairs[name], strict=True):
            met.setdefault(subject, set()).update(codes if isinstance(codes, list) else ())
        subjects[name] = objects(
            [
                sorted(met.get(subject, set()) | (codes if isinstance(codes, set) else set()))
                or None
                for subject, codes in zip(subjects["subject"], own[name], strict=True)
            ]
        )
    area = by["area_m2"].agg(_sum)
    of_supplies = matched.of(area, subjects["subject"]).astype("float64")
    return subjects.assign(land_m2=of_supplies.fillna(subjects["area_m2"].astype("float64")))


def built(
    connection: Connection, run: Run, day: date, subjects: pd.DataFrame, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return the subjects with the buildings on record of their supplies.

    floor_area_m2 (the known ones added up; is_floor_whole: all are known), footprint_m2 (of their
    shapes, laid together).
    """
    only = RecordFilter(named={"supply_no": {*pairs["ref"], *pairs["supply_no"].dropna()}})
    columns = ("supply_no", "floor_area_m2", "geom")
    rows = records.read(connection, "buildings", run.delivery, day, columns=columns, only=only)
    owner = pd.concat([pairs["supply_no"], pairs["ref"]]).dropna()
    names = pairs["subject"].reindex(owner.index)
    of = pd.DataFrame({"supply_no": owner, "subject": names}).drop_duplicates()
    rows = rows.merge(of, on="supply_no")
    by = rows.groupby("subject")
    floors = by["floor_area_m2"].sum(min_count=1)
    is_whole = by["floor_area_m2"].count() == by.size()
    footprints = by["geom"].agg(_footprint)
    asked = subjects["subject"]
    return subjects.assign(
        floor_area_m2=floors.reindex(asked).to_numpy(dtype="float64"),
        is_floor_whole=is_whole.reindex(asked, fill_value=True).to_numpy(dtype=bool),
        footprint_m2=footprints.reindex(asked).to_numpy(dtype="float64"),
    )


def accepted(
    connection: Connection, run: Run, day: date, subjects: pd.DataFrame, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return the subjects with what their newest acceptance found, above what was known."""
    rows = records.read(connection, "acceptances", run.delivery, day)
    rows = rows.sort_values(["checked_on", "document"])
    owner = pairs.dropna(subset=["supply_no"]).drop_duplicates("supply_no")
    by_supply = matched.of(owner.set_index("supply_no")["subject"], rows["supply_no"])
    subject = rows["project_code"].where(rows["project_code"].notna(), by_supply)
    by = rows.assign(subject=subject).groupby("subject")
    # Whose capacity is looked at has reached it, where nobody agreed on a day.
    first = matched.of(by["checked_on"].min(), subjects["subject"]).astype("datetime64[s]")
    subjects = subjects.assign(capacity_on=subjects["capacity_on"].fillna(first))
    found = by[[*_ACCEPTED]].last()
    found = found.reindex(pd.Index(subjects["subject"])).set_axis(subjects.index)
    found = found.astype("Float64")
    told = {
        name: found[name].astype("float64").fillna(
            subjects[name].astype("float64") if name in subjects else np.nan
        )
        for name in _ACCEPTED
    }  # fmt: skip
    is_whole = subjects["is_floor_whole"] | found["floor_area_m2"].notna()
    return subjects.assign(**told, is_floor_whole=is_whole)


def _footprint(shapes: pd.Series) -> float:
    """Return the ground that buildings cover together, in the plane of their zone."""
    whole = np.array([shapely.union_all(shapes.to_numpy(dtype=object))], dtype=object)
    return float(planar_area_m2(to_zone(whole, int(zone_of(whole)[0])))[0])


def _sum(areas: pd.Series) -> float:
    """Return the sum, unknown where one is: land is not smaller for not being known."""
    return float(areas.sum(skipna=False))


def _only(codes: pd.Series) -> Any:
    told = codes.dropna().unique()
    return told[0] if len(told) == 1 else np.nan


def ancestors(code: str) -> set[str]:
    """Return what the codes of a region and of those it belongs to begin with."""
    start = region_start(code)
    return {start, *(start[:length] for length in _LEVELS if length < len(start))}
