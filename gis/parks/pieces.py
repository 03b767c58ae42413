"""Every square metre of a park under four codes: approved, supplied, developed, ready.

Four independent questions, each asked of the whole park. A building's footprint alone never
makes land built: that takes a completed parcel or surveyed land use.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Numbers, Shapes
from gis.crs.systems import zone_of
from gis.crs.transform import from_zone
from gis.frames import door, nothing
from gis.geometry.allocation import Claims, allocate
from gis.geometry.areas import ellipsoidal_area_m2, planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.clean import mend, origin_of, shift
from gis.geometry.groups import united_apart
from gis.geometry.noding import node
from gis.geometry.pairs import ROUNDOFF_M2, Indices, pairs, solid
from gis.parks.accounts import CODES, account_build, account_supply, state

# Later layers of one question give way to earlier ones.
_READINESS = ("unbuildable", "ready", "not_ready")


@door(
    parks="parks.parks",
    blocks="parks.blocks",
    approvals="parks.approvals",
    supplies="parks.supplies",
    surveyed="parks.surveyed",
    readiness="parks.readiness",
    gives="parks.pieces",
)
def park_pieces(
    parks: pd.DataFrame,
    blocks: pd.DataFrame,
    approvals: pd.DataFrame,
    supplies: pd.DataFrame,
    surveyed: pd.DataFrame,
    readiness: pd.DataFrame,
    reach_m: float,
    threads: int = 1,
) -> pd.DataFrame:
    """Return every park cut into pieces of one block and one answer to each question.

    Shapes in EPSG:4490, columns besides geom:
      parks      park_code
      blocks     block_code, park_code; where blocks overlap the smaller code has the land, land
                 in no block has block_code None
      approvals  nothing else; all that count on the day
      supplies   key, signed_on, supplied (allocated | paid), development (built | building |
                 none | unknown); those in force, the earlier signed wins
      surveyed   is_built: the land survey, where records overlap the earlier row has the land
      readiness  readiness (unbuildable | ready | not_ready), in this order of precedence

    Columns given: those of a park_piece (contracts.toml) and geom, one row per park, block and
    combination of codes. Each park is worked on in the zone of its centroid; areas sum to the
    park's own in the plane, and on the ellipsoid to the noded ring's. `reach_m` is the width of
    a sliver (`gis.geometry.noding`).
    """
    if parks.empty:
        return nothing("parks.pieces")
    parks = parks.sort_values("park_code", ignore_index=True)
    zones = zone_of(parks["geom"].to_numpy())
    found = []
    for zone in np.unique(zones):
        mine = parks[zones == zone]
        subjects, _ = into_zone(mine, int(zone))
        others = [
            into_zone(table.iloc[_meeting(table, mine)], int(zone))[0]
            for table in (blocks, approvals, supplies, surveyed, readiness)
        ]
        plane = plane_pieces(subjects, *others, reach_m=reach_m, threads=threads)
        geoms = mend(from_zone(plane["geom"].to_numpy(), int(zone))).geoms
        found.append(plane.assign(geom=geoms, area_ellipsoidal_m2=ellipsoidal_area_m2(geoms)))
    return pd.concat(found, ignore_index=True).sort_values(
        ["park_code", "block_code", *CODES], ignore_index=True
    )


def plane_pieces(
    parks: pd.DataFrame,
    blocks: pd.DataFrame,
    approvals: pd.DataFrame,
    supplies: pd.DataFrame,
    surveyed: pd.DataFrame,
    readiness: pd.DataFrame,
    *,
    reach_m: float,
    threads: int = 1,
) -> pd.DataFrame:
    """Return the pieces of parks in one plane: tables as `park_pieces` takes them, in metres."""
    subjects = parks["geom"].to_numpy()
    origins = origin_of(subjects)
    table = pd.DataFrame({"row": np.arange(len(parks)), "geom": shift(subjects, -origins)})
    supplies = supplies.sort_values(["signed_on", "key"])
    supplies = supplies.assign(code=supplies["supplied"] + "|" + supplies["development"])
    built = surveyed.assign(code=np.where(surveyed["is_built"], "built", "none"))
    rank = {code: place for place, code in enumerate(_READINESS)}
    readiness = readiness.sort_values("readiness", key=lambda codes: codes.map(rank))
    layers = {
        "block_code": blocks.sort_values("block_code")[["block_code", "park_code", "geom"]],
        "approved": approvals.assign(code="yes"),
        "supply": supplies,
        "survey": built,
        "readiness": readiness.assign(code=readiness["readiness"]),
    }
    layers["block_code"] = layers["block_code"].assign(code=layers["block_code"]["block_code"])
    for question, layer in layers.items():
        table = _answered(table, question, layer, parks, subjects, origins, threads)
    table = _coded(table)
    by = ["row", "block_code", *CODES]
    # One row per combination: several answers of the survey may come to the same code.
    numbers: Indices = np.asarray(table.groupby(by, dropna=False).ngroup(), dtype=np.int64)
    places = origins[table["row"].to_numpy()]
    geoms = united_apart(table["geom"].to_numpy(), numbers, _count(numbers), places)
    table = table.assign(number=numbers).drop_duplicates("number").sort_values("number")
    table = table.drop(columns=["geom", "number"]).reset_index(drop=True)
    owner = table.pop("row").to_numpy()
    area_m2 = planar_area_m2(geoms)
    may_have_hair = np.ones(len(geoms), dtype=bool)
    noded, _, _ = node(
        geoms, owner, may_have_hair, shift(subjects, -origins), origins, reach_m, threads
    )
    table.insert(0, "park_code", parks["park_code"].to_numpy()[owner])
    table["account_build"] = account_build(table)
    table["account_supply"] = account_supply(table)
    table["state"] = state(table)
    return table.assign(area_planar_m2=area_m2, geom=mend(shift(noded, origins[owner])).geoms)


def _answered(
    table: pd.DataFrame,
    question: str,
    layer: pd.DataFrame,
    parks: pd.DataFrame,
    subjects: Shapes,
    origins: Numbers,
    threads: int,
) -> pd.DataFrame:
    """Return the pieces split by the answers of one layer; None where it says nothing.

    The layer is first shared out within each park, so that of overlapping answers the earlier
    row has the land; then each piece meets the answers of its own park.
    """
    met = pairs(subjects, layer["geom"].to_numpy(), threads)
    if question == "block_code":
        own = parks["park_code"].to_numpy()[met.left]
        met = met.kept(own == layer["park_code"].to_numpy()[met.right])
    local = shift(layer["geom"].to_numpy()[met.right], -origins[met.left])
    shares = allocate(subjects, Claims(met.left, local, met.geoms), threads)
    answers = pd.DataFrame(
        {
            "row": np.concatenate([met.left, np.arange(len(subjects))]),
            "code": np.concatenate(
                [layer["code"].to_numpy(object)[met.right], np.full(len(subjects), None)]
            ),
        }
    )
    by_answer = answers.groupby(["row", "code"], dropna=False)
    numbers: Indices = np.asarray(by_answer.ngroup(), dtype=np.int64)
    places = origins[answers["row"].to_numpy()]
    land = np.concatenate([shares.won, shares.rest])
    regions = united_apart(land, numbers, _count(numbers), places)
    answers = answers.assign(number=numbers).drop_duplicates("number").sort_values("number")
    answers = answers.assign(region=regions).drop(columns="number")
    answers = answers[planar_area_m2(regions) > ROUNDOFF_M2]
    answers["answers"] = answers.groupby("row")["region"].transform("size")
    split = table.merge(answers, on="row")
    shapes = split["geom"].to_numpy(dtype=object).copy()
    # A park of one answer keeps its pieces as they are, to the last digit.
    cut = np.flatnonzero(split["answers"] > 1)
    shapes[cut] = solid(shapely.intersection(shapes[cut], split["region"].to_numpy()[cut]))
    split = split.assign(geom=shapes, **{question: split["code"]})
    split = split.drop(columns=["code", "region", "answers"])
    return split[planar_area_m2(shapes) > ROUNDOFF_M2].reset_index(drop=True)


def _coded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the four codes from the answers of the layers.

    Built is a completed parcel or built land of the survey; elsewhere a supply's own record goes
    before the survey, which may be older than the supply.
    """
    supply = table["supply"].astype(object)
    parts = supply.where(supply.notna(), "no|").astype(str).str.split("|").str
    survey = table["survey"].astype(object)
    recorded = parts[1].where(parts[0] != "no", survey)
    development = recorded.mask(survey == "built", "built").fillna("unknown")
    return table.drop(columns=["supply", "survey"]).assign(
        approved=table["approved"].fillna("no"),
        supplied=parts[0],
        development=development,
        readiness=table["readiness"].fillna("unknown"),
    )


def _meeting(table: pd.DataFrame, parks: pd.DataFrame) -> Indices:
    return near_enough(table["geom"].to_numpy(), parks["geom"].to_numpy())


def _count(numbers: Indices) -> int:
    return int(numbers.max(initial=-1)) + 1
