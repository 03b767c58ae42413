"""What load holds back: a file that `check` would send back for where it lies or how much it is.

A sample of the first rows is looked at as the doctor looks at all of them: a column of areas in
another unit, coordinates in feet, a shift of the whole against the store (GCJ-02, another datum), a
whole delivery outside its own region. Taken in, each of them would put every row in the wrong place
or size without a word; so nothing is taken in until a person names the mend, or says that it is so.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import shapely

from gis import crs
from gis.errors import DeliveryError
from gis.fields import Kind
from gis.intake import limits
from gis.intake.doctor import anchors, areas, places, zones
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known
from gis.intake.forms import refusal
from gis.record_names import are_official
from gis.soundness import unsound
from gis.store import records
from gis.store.database import Connection
from gis.store.only import Only

# What is held, each accepted by its code.
CODES = (*("area_unit", "feet_as_metres", "gcj02_shift", "datum_shift", "shifted", "out_of_place"),)


def look(
    connection: Connection,
    file: str,
    kind: Kind,
    rows: pd.DataFrame,
    units: dict[str, str],
    accepted: Collection[str],
) -> None:
    """Raise DeliveryError for rows of a file that is to be held, unless its code is accepted.

    `rows` are the first accepted rows of a delivery, in stored form; `geom` may be WKB.
    """
    if not kind.has_geometry or "geom" not in rows:
        return
    rows = _sample(rows)
    if rows.empty:
        return
    findings = Findings(file)
    areas.tell(rows, kind, units, findings)
    known, own = _known(connection, kind, rows)
    system = crs.parse(int(rows["source_epsg"].mode()[0]) or crs.STORE_EPSG)
    if len(known.regions):
        lost = places.tell(rows, known, findings)
        geoms = crs.between(rows["geom"].to_numpy(dtype=object), crs.STORE_EPSG, system)
        zones.tell_out_of_place(np.asarray(geoms), lost, system, known, findings)
    if len(known.parcels):
        anchors.tell(own, known, system, findings)
    told = findings.frame()
    held = told[told["code"].isin(CODES) & told["row_no"].isna() & ~told["code"].isin(accepted)]
    coded = own[are_official(kind, own)]
    held = held[(held["code"] != "shifted") | _is_far(coded, known)]
    if len(held):
        raise _held(file, held)


def _sample(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows evenly out of those with a shape, as many as `shapes.toml` says, decoded."""
    there = np.flatnonzero(rows["geom"].notna().to_numpy())
    step = max(1, len(there) // limits.gate().sample_rows)
    some = rows.iloc[there[::step]].reset_index(drop=True)
    geoms = some["geom"].to_numpy(dtype=object).copy()
    is_wkb = np.array([isinstance(geom, bytes) for geom in geoms], dtype=bool)
    geoms[is_wkb] = shapely.from_wkb(geoms[is_wkb])
    return some.assign(geom=geoms)


def _known(connection: Connection, kind: Kind, rows: pd.DataFrame) -> tuple[Known, pd.DataFrame]:
    """Return the places the store knows with the parcels to compare, and the rows to compare.

    These are the rows whose key the store knows; where it knows none, a few, with all that lies
    around them.
    """
    regions = records.read(connection, "regions", columns=["region_code", "name", "geom"])
    parks = records.read(connection, "parks", columns=["park_code", "name", "geom"])
    parcels, own = _parcels(connection, Only()), rows.iloc[:0]
    if kind.name == "parcels":
        parcels = _parcels(connection, Only(named={"key": list(rows["key"].dropna().unique())}))
        own = rows[rows["key"].isin(parcels["key"])]
        if own.empty:
            own = rows.iloc[:: max(1, len(rows) // limits.gate().looked_around)]
            wide = limits.gate().reach_degrees * np.array([-1.0, -1.0, 1.0, 1.0])
            sides = shapely.bounds(own["geom"].to_numpy(dtype=object)) + wide
            boxes = tuple((w, s, e, n) for w, s, e, n in sides.tolist())
            parcels = _parcels(connection, Only(boxes))
    known = Known(*(table[unsound(table) == ""] for table in (parcels, regions, parks)))
    return known, own


def _parcels(connection: Connection, only: Only) -> pd.DataFrame:
    columns = ["supply_no", "geom"]
    return pd.concat(
        [
            records.read(connection, "parcels", columns=columns, undated=undated, only=only)
            for undated in (False, True)
        ],
        ignore_index=True,
    )


def _is_far(rows: pd.DataFrame, known: Known) -> bool:
    """True when parcels of known codes lie farther off than a new survey explains, all alike.

    Without a known cause the forms of shapes prove nothing: in a regular town every block has them.
    Nor do the numbers of a sender, which another gives to other land.
    """
    shift = anchors.shift_of(rows, known)
    return (
        shift is not None
        and shift.is_by_key
        and shift.rows >= limits.gate().shift_rows
        and float(np.hypot(*shift.vector_m)) >= limits.gate().shift_m
    )


def _held(file: str, held: pd.DataFrame) -> DeliveryError:
    first = held.iloc[0]
    messages = "；".join(held["message"].astype(str))
    mends = [str(first["fix"])]
    if first["proposal"] == first["proposal"] and first["proposal"]:
        mends.append(f"改正 to mend it：landwatch load … {first['proposal']}")
    codes = " ".join(f"--accept {code}" for code in held["code"].unique())
    mends.append(f"核对属实 if it is so：{codes}")
    return refusal(
        file,
        f"整份暂缓入库：{messages}",
        f"held as a whole, nothing was taken in ({', '.join(held['code'].unique())})",
        "；".join(mends),
    )
