"""Firms of a run: who is on which land, and their yearly totals as rows of table indicator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from gis import magnitudes
from gis.arrays import Numbers, Shapes
from gis.crs import systems, transform
from gis.facts.set_aside import Record, SetAside
from gis.facts.shapes import places_of
from gis.geometry.areas import planar_area_m2
from gis.indicators import economy, firms, intensity, leading
from gis.indicators.economy import TOTALS
from gis.indicators.standard_land import standard_share
from gis.store import pending_results, records
from gis.store.database import Connection
from gis.store.firm_doubts import division_of
from gis.store.record_filter import RecordFilter
from gis.store.runs import Run

_FIRM = (
    *("enterprise_code", "name", "park_code", "block_code", "industry", "industry_code"),
    *("supply_nos", "parcel_codes", "land_area_m2", "is_industrial", "is_above_scale"),
    *("is_high_tech", "state"),
)
_YEAR = ("enterprise_code", "year", *dict.fromkeys(total.column for total in TOTALS.values()))
_CLOSED, _STANDARD = "closed", "standard_land"
_OF_HOLDING = ("subject", "supply_no", "phase", "use_text", "signed_on")
_OF_FINDING = ("subject", "rule", "block_code", "area_m2")


@dataclass(frozen=True)
class Known:
    """What a day knows of firms: themselves, their years, what claims land for them, and whose."""

    firms: pd.DataFrame
    years: pd.DataFrame
    claims: pd.DataFrame
    land: pd.DataFrame
    shares: pd.DataFrame


def known(
    connection: Connection, delivery: int, as_of: date, left_out: pd.DataFrame | None = None
) -> Known:
    """Return the firms known at a delivery as of a day, joined to the land they hold.

    Land of a right that has ended is nobody's any more: a number of it joins nothing. No more does
    one of land that cannot be worked on, or that a run `left_out`: kind and key of its set_aside.
    """
    aside = SetAside(_named(left_out))

    def read(kind: str, *columns: str, only: RecordFilter | None = None) -> pd.DataFrame:
        rows = records.read(connection, kind, delivery, as_of, columns=columns, only=only)
        return aside(kind, rows) if "geom" in columns else rows

    blocks = read("blocks", "block_code", "park_code", "geom")
    own = _registered(read("enterprises", *_FIRM), blocks)
    years = _undoubted(read("enterprise_years", *_YEAR), own)
    projects = read("projects", "enterprise_code", "supply_nos")
    holders = _newest(read("holders", "supply_no", "holder_code"), own)
    numbers = {*own["supply_nos"].explode().dropna(), *holders["supply_no"].dropna()}
    numbers |= {*projects["supply_nos"].explode().dropna()}
    parcel_codes = {*own["parcel_codes"].explode().dropna()}
    cited = RecordFilter(named={"supply_no": numbers, "contract_no": numbers})
    there = RecordFilter(named={"supply_no": numbers, "parcel_code": parcel_codes})
    land = _pieces(
        read("parcels", "parcel_code", "supply_no", "phase", "area_m2", "geom", only=there),
        read("supplies", "supply_no", "contract_no", "phase", "area_m2", "geom", only=cited),
        read("right_endings", "supply_no", "phase"),
    )
    places = places_of(
        land["geom"].to_numpy(dtype=object), blocks, read("parks", "park_code", "geom")
    )
    land = pd.concat([land.drop(columns="geom"), places], axis=1)
    said = firms.claims(own, projects, holders, land)
    return Known(own, years, said, land, firms.shares(said, land, own))


def rates_of(
    told: Known,
    residents: pd.DataFrame,
    blocks: pd.DataFrame,
    indicators: pd.DataFrame,
    leading_industries: Mapping[str, Collection[str]],
) -> pd.DataFrame:
    """Return the yearly figures of the blocks and parks that have land figures in `indicators`.

    residents: place_code, year, residents_count; blocks: block_code, park_code.
    """
    parts = economy.placed(told.firms, told.years, told.shares)
    tables = [indicators.iloc[:0]]
    for kind in economy.KINDS:
        areas = indicators[indicators["place_kind"] == kind]
        if areas.empty:
            continue
        built, industrial = (_areas(areas, name) for name in ("A_m2", "A2_m2"))
        here, place = economy.of_places(parts[parts[f"{kind}_code"].isin(built.index)], kind)
        totals = {name: economy.total(here, place, name) for name in TOTALS}
        found = totals | economy.counts(here, place)
        found |= intensity.over_land(totals, built, industrial)
        found |= leading.leading_share(here, place, leading_industries)
        tables.append(economy.table(found, kind))
        known_blocks = blocks[blocks[f"{kind}_code"].isin(built.index)]
        tables.append(intensity.population(residents, known_blocks, built, kind))
    return pd.concat(tables, ignore_index=True)


def standard_land(
    connection: Connection, begun: Run, blocks: pd.DataFrame, indicators: pd.DataFrame, day: date
) -> pd.DataFrame:
    """Return 标准地占比 of the blocks and parks with land figures, and of each year of signing.

    Where no agreement of 标准地 is on record at all there is none: nobody has sent any.
    """
    papers = records.read(
        connection, "agreements", begun.delivery, day, columns=("supply_no", "phase", "kind")
    )
    papers = papers[papers["kind"] == _STANDARD]
    if papers.empty:
        return indicators.iloc[:0]
    held = pending_results.read(connection, begun, "holding", _OF_HOLDING)
    found = pending_results.read(connection, begun, "finding", _OF_FINDING)
    found = found[found["rule"] == "idle_land"].drop(columns="rule")
    rows = held.merge(found, on="subject").sort_values("subject", ignore_index=True)
    named = {*zip(papers["supply_no"], papers["phase"].fillna(""), strict=True)}
    pairs = zip(rows["supply_no"], rows["phase"].fillna(""), strict=True)
    is_standard = [one in named or (one[0], "") in named for one in pairs]
    park_of = blocks.drop_duplicates("block_code").set_index("block_code")["park_code"]
    rows = rows.assign(
        year=rows["signed_on"].dt.year.astype("Int64"),
        is_standard=np.array(is_standard, dtype=bool),
        park_code=rows["block_code"].map(park_of).astype("str"),
    )
    tables = []
    for kind in economy.KINDS:
        codes = indicators.loc[indicators["place_kind"] == kind, "place_code"]
        here = rows[rows[f"{kind}_code"].isin(codes)]
        here = here.rename(columns={f"{kind}_code": "place_code"})
        tables.append(standard_share(here, kind))
    return pd.concat(tables, ignore_index=True)


def _named(left_out: pd.DataFrame | None) -> frozenset[Record]:
    if left_out is None:
        return frozenset()
    return frozenset(zip(left_out["kind"], left_out["key"], strict=True))


def _registered(rows: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """Return firms with the day they were registered on, and the park of the block they state."""
    park_of = blocks.drop_duplicates("block_code").set_index("block_code")["park_code"]
    park = rows["block_code"].map(park_of).astype("str").fillna(rows["park_code"])
    is_closed = (rows["state"] == _CLOSED).fillna(False).astype(bool)
    return rows.assign(park_code=park, is_closed=is_closed, registered_on=rows["effective_on"])


def _undoubted(years: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the years without the figures that may be in another unit: they are unknown."""
    flags = magnitudes.doubtful(years, division_of(own))
    kept = {str(name): years[name].mask(flags[name]) for name in flags}
    return years.assign(**kept).drop(columns=["key", "effective_on"])


def _newest(holders: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the newest holder of each supply by its code, of those that are firms."""
    newest = holders.sort_values(["supply_no", "effective_on", "key"], kind="stable")
    newest = newest.drop_duplicates("supply_no", keep="last")
    newest = newest.rename(columns={"holder_code": "enterprise_code"})
    is_firm = newest["enterprise_code"].isin(own["enterprise_code"])
    return newest.loc[is_firm, ["enterprise_code", "supply_no"]].reset_index(drop=True)


def _pieces(parcels: pd.DataFrame, supplies: pd.DataFrame, endings: pd.DataFrame) -> pd.DataFrame:
    """Return the pieces of land: parcels, and supplies of which there are none."""
    ended = {*zip(endings["supply_no"], endings["phase"].fillna(""), strict=True)}

    def in_force(rows: pd.DataFrame) -> pd.DataFrame:
        named = zip(rows["supply_no"], rows["phase"].fillna(""), strict=True)
        kept = [one not in ended and (one[0], "") not in ended for one in named]
        return rows[np.array(kept, dtype=bool)]

    supplies = in_force(supplies)
    contracts = supplies.dropna(subset=["supply_no"]).drop_duplicates("supply_no")
    contract_of = contracts.set_index("supply_no")["contract_no"]
    parcels = in_force(parcels)
    parcels = parcels.assign(contract_no=parcels["supply_no"].map(contract_of).astype("str"))
    bare = supplies[~supplies["supply_no"].isin(parcels["supply_no"].dropna())]
    both = pd.concat(
        [
            parcels.assign(land_key="parcels:" + parcels["key"]),
            bare.assign(land_key="supplies:" + bare["key"], parcel_code=None),
        ],
        ignore_index=True,
    )
    shapes = both["geom"].to_numpy(dtype=object, copy=True)
    shapes[pd.isna(shapes)] = None
    drawn = _drawn_m2(shapes)
    registered = both["area_m2"].to_numpy(np.float64)
    area_m2 = np.where(registered > 0, registered, np.where(drawn > 0, drawn, np.nan))
    kept = ["land_key", "parcel_code", "supply_no", "contract_no"]
    names = both[kept].astype("str")
    return names.assign(
        area_m2=area_m2, is_placed=drawn > 0, geom=pd.Series([*shapes], dtype=object)
    )


def _drawn_m2(shapes: Shapes) -> Numbers:
    """Return the area of each shape in the plane of its zone, to 0.01 m2; 0 where there is none."""
    found = np.zeros(len(shapes))
    there = np.flatnonzero([shape is not None for shape in shapes])
    zones = systems.zone_of(shapes[there])
    for zone in np.unique(zones):
        at = there[zones == zone]
        found[at] = planar_area_m2(transform.to_zone(shapes[at], int(zone))).round(2)
    return found


def _areas(indicators: pd.DataFrame, name: str) -> pd.Series:
    rows = indicators[indicators["name"] == name]
    found = rows.set_index("place_code")["value"].astype("float64")
    codes = indicators["place_code"].drop_duplicates()
    return found.reindex(codes) if name != "A_m2" else found
