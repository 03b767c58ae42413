"""What load holds back: a file that `check` would send back for where it lies or how much it is.

Samples of all its rows, stretch by stretch, are looked at as the doctor looks at all of them: a
column of areas in another unit, coordinates in feet, a shift of the whole against the store
(GCJ-02, another datum), a whole delivery outside its own region. Taken in, each of them would put
every row in the wrong place or size without a word; so nothing is taken in until a person names the
mend, or says that it is so. Where files were joined it may begin anywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely

from gis.crs import systems, transform
from gis.errors import DeliveryError
from gis.fields import Kind
from gis.geometry.soundness import unsound
from gis.intake.doctor import anchors, areas, places, zones
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known
from gis.intake.readers import limits
from gis.intake.source.file_format import refusal
from gis.record_names import are_official
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter

# What is held, each accepted by its code.
CODES = (*("area_unit", "feet_as_metres", "gcj02_shift", "datum_shift", "shifted", "out_of_place"),)


@dataclass
class Gate:
    """Looks at the rows of one delivery as they come, before they are handed to the store."""

    connection: Connection
    file: str
    kind: Kind
    units: dict[str, str]
    accepted: Collection[str]
    is_first: bool  # of its kind: there is nothing of it in the store to compare with
    seen_count: int = 0

    def look(self, rows: pd.DataFrame) -> None:
        """Raise DeliveryError for rows that are to be held, unless their code is accepted.

        `rows` are accepted rows in stored form, in their order; `geom` may be WKB.
        """
        if not self.kind.has_geometry or "geom" not in rows:
            return
        stretch = limits.gate().stretch_rows
        count = max(1, len(rows) // stretch)
        samples = max(1, limits.gate().sample_rows // count)
        ends = np.linspace(0, len(rows), count + 1).astype(int)
        there = np.flatnonzero(rows["geom"].notna().to_numpy())
        stretches = np.split(there, np.searchsorted(there, ends[1:-1]))
        chosen = [places[:: max(1, len(places) // samples)] for places in stretches]
        some = _decoded(rows.iloc[np.concatenate(chosen)])
        starts = np.cumsum([0, *map(len, chosen)]).tolist()
        for (first, last), seen_count in zip(pairwise(starts), np.diff(ends).tolist(), strict=True):
            self._look(some.iloc[first:last].reset_index(drop=True))
            self.seen_count += seen_count

    def _look(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        findings = Findings(self.file)
        areas.tell(rows, self.kind, self.units, findings)
        known, own = self._known(rows)
        if len(known.regions) or len(known.parcels):
            self._look_around(rows, own, known, findings)
        if findings.is_empty:
            return
        told = findings.frame()
        is_held = told["code"].isin(CODES) & ~told["code"].isin(self.accepted)
        held = told[is_held & told["row_no"].isna()]
        coded = own[are_official(self.kind, own)]
        held = held[(held["code"] != "shifted") | _is_far(coded, known)]
        if len(held):
            raise _held(self.file, held, int(rows["row_no"].iloc[0]) if self.seen_count else None)

    def _look_around(
        self, rows: pd.DataFrame, own: pd.DataFrame, known: Known, findings: Findings
    ) -> None:
        """Tell how rows lie to what the store knows of the place."""
        codes, counts = np.unique(rows["source_epsg"].to_numpy(np.int64), return_counts=True)
        system = systems.parse(int(codes[np.argmax(counts)]) or systems.STORE_EPSG)
        if len(known.regions):
            lost = places.tell(rows, known, findings)
            geoms = transform.between(
                rows["geom"].to_numpy(dtype=object), systems.STORE_EPSG, system
            )
            zones.tell_out_of_place(np.asarray(geoms), lost, system, known, findings)
        if len(known.parcels):
            anchors.tell(own, known, system, findings)

    def _known(self, rows: pd.DataFrame) -> tuple[Known, pd.DataFrame]:
        """Return the places the store knows with the parcels to compare, and the rows to compare.

        These are the rows whose key the store knows; where it knows none, a few, with all that lies
        around them.
        """
        parcels, own = self._no_parcels, rows.iloc[:0]
        if self.kind.name == "parcels" and not self.is_first:
            parcels = self._parcels(
                RecordFilter(named={"key": list(rows["key"].dropna().unique())})
            )
            own = rows[rows["key"].isin(parcels["key"])]
            if own.empty:
                own = rows.iloc[:: max(1, len(rows) // limits.gate().looked_around)]
                wide = limits.gate().reach_degrees * np.array([-1.0, -1.0, 1.0, 1.0])
                sides = shapely.bounds(own["geom"].to_numpy(dtype=object)) + wide
                boxes = tuple((w, s, e, n) for w, s, e, n in sides.tolist())
                parcels = self._parcels(RecordFilter(boxes))
        return Known(_sound(parcels) if len(parcels) else parcels, *self._places), own

    @cached_property
    def _places(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the regions and the parks the store knows."""
        named = {"regions": "region_code", "parks": "park_code"}
        regions, parks = (
            _sound(records.read(self.connection, kind, columns=[code, "name", "geom"]))
            for kind, code in named.items()
        )
        return regions, parks

    @cached_property
    def _no_parcels(self) -> pd.DataFrame:
        return self._parcels(RecordFilter())

    def _parcels(self, only: RecordFilter) -> pd.DataFrame:
        columns = ["supply_no", "geom"]
        return pd.concat(
            [
                records.read(
                    self.connection, "parcels", columns=columns, undated=undated, only=only
                )
                for undated in (False, True)
            ],
            ignore_index=True,
        )


def _sound(rows: pd.DataFrame) -> pd.DataFrame:
    sound: pd.DataFrame = rows[unsound(rows) == ""]
    return sound


def _decoded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a shape each, none of them as WKB."""
    geoms = rows["geom"].to_numpy(dtype=object, copy=True)
    is_wkb = np.array([isinstance(geom, bytes) for geom in geoms], dtype=bool)
    geoms[is_wkb] = shapely.from_wkb(geoms[is_wkb])
    return rows.assign(geom=geoms)


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


def _held(file: str, held: pd.DataFrame, from_row: int | None) -> DeliveryError:
    """Return the refusal; `from_row` tells where rows begin that are not as those before them."""
    first = held.iloc[0]
    messages = "；".join(held["message"].astype(str))
    mends = [str(first["fix"])]
    since, since_english = "", ""
    if from_row is not None:
        since, since_english = (
            f"（约从第 {from_row} 行起，之前的行没有）",
            f" from about row {from_row} on",
        )
        mends = ["把两部分分开报送，或请发送方统一后重新导出 send the two parts apart"]
    elif first["proposal"] == first["proposal"] and first["proposal"]:
        mends.append(f"改正 to mend it：landwatch load … {first['proposal']}")
    codes = " ".join(f"--accept {code}" for code in held["code"].unique())
    mends.append(f"核对属实 if it is so：{codes}")
    return refusal(
        file,
        f"整份暂缓入库{since}：{messages}",
        f"held as a whole{since_english}, nothing was taken in "
        f"({', '.join(held['code'].unique())})",
        "；".join(mends),
    )
