"""What the built land of a park is used for, A1 to A6, and which buildings stand on it.

The survey's newest word on a place says the use (变更调查地类); where that is not a built class, or
there is no survey, the use the land was supplied for. Neither known: the use is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.crs.systems import zone_of
from gis.frames import door
from gis.geometry.allocation import Claims, allocate
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.clean import mend, origin_of, shift
from gis.geometry.pairs import ROUNDOFF_M2, Indices, Meeting, Pairs, about_left, meeting, shared

USES = ("A1", "A2", "A3", "A4", "A5", "A6")
_LAND = ["park_code", "block_code", "use"]
_MET = pd.DataFrame({"land": [], "building": [], "on_m2": [], "share": []}).astype(
    {"land": "int64", "building": "int64"}
)


@dataclass(frozen=True)
class Built:
    """Built land by use, and the buildings on it.

    lands  park_code, block_code, use (A1 ... A6, None: unknown), area_m2 in the plane
    met    one row per land and building that share an area: their row numbers (land, building),
           on_m2 and share of the building's footprint that lies there
    """

    lands: pd.DataFrame
    met: pd.DataFrame


@door(
    parks="parks.parks",
    pieces="uses.pieces",
    surveyed="uses.surveyed",
    supplies="uses.supplies",
    buildings="uses.buildings",
    gives="uses.*",
)
def built_land(
    parks: pd.DataFrame,
    pieces: pd.DataFrame,
    surveyed: pd.DataFrame,
    supplies: pd.DataFrame,
    buildings: pd.DataFrame,
    threads: int = 1,
) -> Built:
    """Return the built land of parks by use, and which of the buildings stand on it.

    Shapes in EPSG:4490. parks: park_code; pieces: park_code, block_code, account_build
    (`park_pieces`); surveyed: use (None: it says the land is not built), the newest first;
    supplies: use (None: unknown), the earlier first; buildings: any columns. Each park is worked on
    in the zone of its centroid, as its pieces are.
    """
    built = pieces[pieces["account_build"] == "A"].reset_index(drop=True)
    zone = pd.Series(zone_of(parks["geom"].to_numpy()), parks["park_code"].to_numpy())
    zones = built["park_code"].map(zone[~zone.index.duplicated()]).to_numpy()
    lands = [pd.DataFrame(columns=[*_LAND, "area_m2"]).astype({"area_m2": "float64"})]
    met = [_MET.copy()]
    count = 0
    for each in np.unique(zones):
        mine = built[zones == each]
        here, near, rows = into_zone(mine, int(each))[0], [], np.empty(0, np.int64)
        for table in (surveyed, supplies, buildings):
            rows = near_enough(table["geom"].to_numpy(), mine["geom"].to_numpy())
            near.append(into_zone(table.iloc[rows].set_axis(rows), int(each))[0])
        found = plane_uses(here, near[0], near[1], threads)
        there = plane_met(found, near[2], threads)
        rows = near[2].index.to_numpy(np.int64)
        there["building"] = rows[there["building"]]
        met.append(there.assign(land=there["land"] + count))
        lands.append(found.drop(columns="geom"))
        count += len(found)
    return Built(
        pd.concat(lands[1:] or lands, ignore_index=True),
        pd.concat(met[1:] or met, ignore_index=True),
    )


def plane_uses(
    pieces: pd.DataFrame, surveyed: pd.DataFrame, supplies: pd.DataFrame, threads: int = 1
) -> pd.DataFrame:
    """Return park_code, block_code, use (A1 ... A6, None), area_m2 and geom of the built land.

    Tables as `built_land` takes them, in one plane in metres.
    """
    built = pieces[pieces["account_build"] == "A"].reset_index(drop=True)
    subjects = built["geom"].to_numpy(dtype=object)
    by_survey, rest = _shared(built, subjects, surveyed, threads)
    is_told = by_survey["use"].notna()
    # What the survey calls unbuilt was built since: its supply says for what.
    left = pd.concat([by_survey[~is_told], rest], ignore_index=True)
    by_supply, unknown = _shared(left, left["geom"].to_numpy(dtype=object), supplies, threads)
    told = [one for one in (by_survey[is_told], by_supply, unknown) if len(one)]
    found = pd.concat(told or [by_survey], ignore_index=True)
    area_m2 = planar_area_m2(found["geom"].to_numpy(dtype=object))
    found = found.assign(area_m2=area_m2)[area_m2 > ROUNDOFF_M2]
    return found[[*_LAND, "area_m2", "geom"]].reset_index(drop=True)


def plane_met(lands: pd.DataFrame, buildings: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
    """Return which buildings stand on which land, in one plane: `Built.met`.

    A building of 10 m x 10 m, a fifth of it on the land:

    >>> land = pd.DataFrame({"geom": [shapely.box(0, 0, 50, 50)]})
    >>> house = pd.DataFrame({"geom": [shapely.box(48, 0, 58, 10)]})
    >>> plane_met(land, house)[["on_m2", "share"]].to_numpy().tolist()
    [[20.0, 0.2]]
    """
    grounds = lands["geom"].to_numpy(dtype=object)
    shapes = buildings["geom"].to_numpy(dtype=object)
    met = meeting(grounds, shapes, threads)
    whole_m2 = planar_area_m2(shapes)[met.right]
    # A footprint that lies wholly inside is all there, to the last digit.
    on_m2 = whole_m2.copy()
    cut = shared(grounds, shapes, met.kept(~met.is_whole), threads)
    on_m2[~met.is_whole] = 0.0
    on_m2[np.searchsorted(_numbers(met, shapes), _numbers(cut, shapes))] = cut.area_m2
    found = {"land": met.left, "building": met.right, "on_m2": on_m2, "share": on_m2 / whole_m2}
    return pd.DataFrame(found)[on_m2 > ROUNDOFF_M2].reset_index(drop=True)


def _numbers(met: Meeting | Pairs, right: Shapes) -> Indices:
    """Return a number for each pair, in their order."""
    return met.left * len(right) + met.right


def _shared(
    lands: pd.DataFrame, subjects: Shapes, layer: pd.DataFrame, threads: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each land by the uses of a layer, of overlapping ones the first, and what is left.

    Nothing is cut where nobody claims the land, or one shape alone that is drawn just like it.
    """
    place = lands[["park_code", "block_code"]]
    shapes = layer["geom"].to_numpy(dtype=object)
    met = meeting(subjects, shapes, threads)
    is_same = np.bincount(met.left, minlength=len(subjects))[met.left] == 1
    is_same[is_same] = shapely.equals_identical(
        subjects[met.left[is_same]], shapes[met.right[is_same]]
    )
    same, cut = met.kept(is_same), shared(subjects, shapes, met.kept(~is_same), threads)
    asked, row = np.unique(cut.left, return_inverse=True)
    origins = origin_of(subjects)
    claims = Claims(row, about_left(cut, shapes, origins), cut.geoms)
    shares = allocate(subjects[asked], claims, threads)
    geoms, rest = shapes[cut.right], subjects.copy()
    # Put back in their place shapes may have a hair, and what meets them next would fail on it.
    moved = np.flatnonzero(~cut.is_whole | shares.is_cut)
    geoms[moved] = mend(shift(shares.won[moved], origins[cut.left[moved]])).geoms
    rest[asked] = mend(shift(shares.rest, origins[asked])).geoms
    rest[same.left] = shapely.Polygon()
    left, right = (
        np.concatenate(both) for both in ((same.left, cut.left), (same.right, cut.right))
    )
    order = np.argsort(left, kind="stable")
    won = place.iloc[left[order]].assign(
        use=layer["use"].to_numpy(dtype=object)[right[order]],
        geom=np.concatenate([shapes[same.right], geoms])[order],
    )
    return _land(won), _land(place.assign(use=None, geom=rest).astype({"use": object}))


def _land(rows: pd.DataFrame) -> pd.DataFrame:
    is_land = ~shapely.is_empty(rows["geom"].to_numpy(dtype=object))
    return rows[is_land].reset_index(drop=True)
