"""Where a project lies, how much land it has, what stands on it, and what an acceptance found."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import objects
from gis.assessment import matched
from gis.geometry.by_zone import reach
from gis.indicators import plots
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
    connection: Connection,
    run: Run,
    day: date,
    subjects: pd.DataFrame,
    pairs: pd.DataFrame,
    double_height_m: float,
) -> pd.DataFrame:
    """Return the subjects with the buildings on their land, as `plots.plots` finds them.

    floor_area_m2 (the known ones added up; is_floor_whole: all are known, and none of their numbers
    lies elsewhere), counted_least_m2 and counted_most_m2 (a high storey counted twice),
    footprint_m2, yard_m2 (of the yards and structures on record).
    """
    lands = {name: _together(own) for name, own in pairs.groupby("subject")["geom"]}
    shapes = objects([lands.get(name) for name in subjects["subject"]])
    is_drawn = ~shapely.is_missing(shapes)
    numbers = pd.concat([pairs["supply_no"], pairs["ref"]]).dropna()
    boxes = reach(shapes[is_drawn]) if is_drawn.any() else np.empty((0, 4))
    only = RecordFilter(
        tuple((w, s, e, n) for w, s, e, n in np.unique(boxes, axis=0).tolist()),
        {"supply_no": {*numbers}},
    )
    columns = ("supply_no", "kind", "storeys_count", "height_m", "floor_area_m2", "geom")
    rows = records.read(connection, "buildings", run.delivery, day, columns=columns, only=only)
    rows = rows.sort_values("key", ignore_index=True)
    owner = pd.DataFrame({"supply_no": numbers, "subject": pairs["subject"].reindex(numbers.index)})
    told = rows[["supply_no"]].assign(building=rows.index).dropna(subset=["supply_no"])
    told = told.merge(owner.drop_duplicates(), on="supply_no")
    place = pd.Series(np.arange(len(subjects)), subjects["subject"])
    told = told.assign(land=place.reindex(told["subject"]).to_numpy())
    named = told.dropna(subset=["land"])[["land", "building"]].astype("int64")
    found = plots.plots(shapes, rows, named, double_height_m).reindex(range(len(subjects)))
    has_building = found["buildings_count"].fillna(0).to_numpy() > 0
    is_whole = (found["no_floor_count"].fillna(0) + found["elsewhere_count"].fillna(0)) == 0

    def of(name: str, is_known: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
        return found[name].where(is_known).to_numpy(dtype="float64")

    return subjects.assign(
        floor_area_m2=of("floor_m2", has_building),
        counted_least_m2=of("counted_least_m2", has_building),
        counted_most_m2=of("counted_most_m2", has_building),
        is_floor_whole=is_whole.to_numpy(dtype=bool),
        footprint_m2=of("footprint_m2", has_building),
        yard_m2=of("open_m2", found["open_count"].fillna(0).to_numpy() > 0),
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
    # What was found at the acceptance is the area as it counts.
    is_found = found["floor_area_m2"].notna().to_numpy()
    counted = {
        name: subjects[name].mask(is_found, told["floor_area_m2"])
        for name in ("counted_least_m2", "counted_most_m2")
    }
    return subjects.assign(**told, **counted, is_floor_whole=subjects["is_floor_whole"] | is_found)


def _together(shapes: pd.Series) -> Any:
    """Return the land of several supplies as one shape, None without any."""
    drawn = shapes.dropna().to_numpy(dtype=object)
    return shapely.union_all(drawn) if len(drawn) > 1 else next(iter(drawn), None)


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
