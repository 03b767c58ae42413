"""Firms and projects of a run: their land, their year over it, and what does not join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis import magnitudes, units
from gis.indicators.firms import WHOLE, divided
from gis.indicators.projects import WAN, of_projects
from gis.law import Law
from gis.pipeline import economy
from gis.store import pages, records, results
from gis.store.database import Connection
from gis.store.firm_doubts import division_of
from gis.store.record_filter import RecordFilter
from gis.store.results import Scope
from gis.store.runs import Run

_FIGURES = {
    "output_yuan": "output_fen",
    "tax_yuan": "tax_fen",
    "investment_yuan": "investment_fen",
    "invested_yuan": "invested_total_fen",
    "employees_count": "employees_count",
    "energy_tce": "energy_tce",
    "water_m3": "water_m3",
}
_FIRM = (
    "enterprise_code", "name", "industry", "industry_code", "park_code", "block_code", "state",
    "is_industrial", "is_above_scale", "is_high_tech",
)  # fmt: skip
_PROJECT = ("project_code", "name", "enterprise_code", "industry", "park_code", "block_code",
            "state", "supply_nos")  # fmt: skip
_PARCEL = ("key", "parcel_code", "supply_no", "project_name", "holder", "area_m2")
# What tells whether a figure may be in another unit.
_RAW = ("enterprise_code", "year", "employees_count", *magnitudes.SETTINGS.columns)
# So many parcels without a firm are listed; how many there are is told.
MOST_LISTED = 100


@dataclass(frozen=True)
class Firms:
    """What is known of the firms somebody may see, in a year.

    `rows`: a firm each, with its figures, its land and over it; `joins`: on which pieces, by what,
    in which shares; `lost`: numbers that join nothing; `projects`: their figures over their land;
    `bare`: parcels of the parks that no firm is on, the first of them, and `bare_count`.
    """

    year: int | None
    years: list[int]
    rows: pd.DataFrame
    joins: pd.DataFrame
    lost: pd.DataFrame
    projects: pd.DataFrame
    bare: pd.DataFrame
    bare_count: int


def firms(
    connection: Connection, run: Run, law: Law, scope: Scope | None, year: int | None = None
) -> Firms:
    """Return the firms of a run in a year (None: the last on record), within a scope.

    Of a firm that holds land inside and outside, its shares of both are told, and nothing that
    names the land outside.
    """
    left_out = results.read(connection, run, "set_aside")
    known = economy.known(connection, run.delivery, run.as_of, left_out)
    seen = _seen(connection, run, "enterprises", scope)
    own = known.firms[known.firms["key"].isin(seen)].reset_index(drop=True)
    years = sorted({*known.years["year"].astype(int)}, reverse=True)
    chosen = year if year is not None else next(iter(years), None)
    joins = known.shares[known.shares["enterprise_code"].isin(own["enterprise_code"])]
    joins = joins.assign(is_inside=_inside(joins, scope))
    joins = joins.merge(known.land[["land_key", "supply_no"]], on="land_key", how="left")
    lost = known.claims[known.claims["land_key"].isna()]
    lost = lost[lost["enterprise_code"].isin(own["enterprise_code"])]
    raw = records.read(connection, "enterprise_years", run.delivery, run.as_of, columns=_RAW)
    rows = _rows(own, known, raw, joins, lost, chosen)
    bare, count = _bare(connection, run, known.shares, scope)
    shares = {name: joins[name] / WHOLE for name in ("of_parcel", "of_firm")}
    hidden = {name: joins[name].where(joins["is_inside"]) for name in
              ("land_key", "supply_no", "park_code", "block_code", "parcel_m2")}  # fmt: skip
    projects = _projects(connection, run, law, scope, known, chosen)
    return Firms(
        chosen, years, rows, joins.assign(**hidden, **shares), lost.reset_index(drop=True)[
            ["enterprise_code", "number", "basis"]
        ], projects, bare, count,
    )  # fmt: skip


def _seen(connection: Connection, run: Run, kind: str, scope: Scope | None) -> set[str]:
    return {*pages.all_records(connection, run, kind, scope)["key"]}


def _inside(joins: pd.DataFrame, scope: Scope | None) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return whether a piece lies in the parks or blocks of a scope; of regions all do."""
    if scope is None or scope.regions:
        return np.ones(len(joins), dtype=bool)
    is_in = joins["park_code"].isin([*scope.parks]) | joins["block_code"].isin([*scope.blocks])
    return np.asarray(is_in, dtype=bool)


def _rows(
    own: pd.DataFrame,
    known: economy.Known,
    raw: pd.DataFrame,
    joins: pd.DataFrame,
    lost: pd.DataFrame,
    year: int | None,
) -> pd.DataFrame:
    """Return a row a firm: who it is, its land, its year and over it."""
    code = own["enterprise_code"]
    held = joins.groupby("enterprise_code")
    # Of a firm with a piece of unknown area the land is unknown.
    is_whole = joins["area_m2"].notna().groupby(joins["enterprise_code"]).all()
    land = held["area_m2"].sum().where(is_whole).reindex(code).to_numpy(float)
    pieces = held.size().reindex(code).fillna(0).astype(int).to_numpy()
    names_lost = lost.groupby("enterprise_code")["number"].agg(list).reindex(code)
    joined = np.where(pieces > 0, np.where(names_lost.notna(), "partly", "joined"),
                      np.where(names_lost.notna(), "unknown_number", "no_number"))  # fmt: skip
    found = own[[*_FIRM]].assign(
        year=year, stated_m2=own["land_area_m2"], land_m2=land, pieces_count=pieces,
        join=joined, lost_numbers=names_lost.to_numpy(),
    )  # fmt: skip
    of_year = known.years[known.years["year"] == year].drop_duplicates("enterprise_code")
    told = of_year.set_index("enterprise_code").reindex(code)
    for name, column in _FIGURES.items():
        figures = told[column].astype("Float64").astype("float64").to_numpy()
        found[name] = units.yuan(figures) if column.endswith("_fen") else figures
    mu = units.mu(np.where(land > 0, land, np.nan))
    for name in ("output", "tax", "invested"):
        found[f"{name}_per_mu"] = found[f"{name}_yuan"] / WAN / mu
    return found.assign(doubted=_doubted(raw, own, year).reindex(code).to_numpy())


def _doubted(raw: pd.DataFrame, own: pd.DataFrame, year: int | None) -> pd.Series:
    """Return of each firm the figures of the year that may be in another unit: a list."""
    flags = magnitudes.doubtful(raw, division_of(own)).set_axis(raw["enterprise_code"])
    flags = flags[(raw["year"] == year).to_numpy(bool, na_value=False)]
    flags = flags[flags.any(axis=1) & ~flags.index.duplicated()]
    names = np.array([str(name) for name in flags], dtype=object)
    named = [names[row].tolist() for row in flags.to_numpy(bool)]
    return pd.Series(named, index=flags.index, dtype=object)


def _projects(
    connection: Connection,
    run: Run,
    law: Law,
    scope: Scope | None,
    known: economy.Known,
    year: int | None,
) -> pd.DataFrame:
    seen = pages.all_records(connection, run, "projects", scope)
    seen = seen[seen["effective_on"] <= pd.Timestamp(run.as_of)].reset_index(drop=True)
    numbers = {*seen["supply_nos"].explode().dropna()}
    supplies = records.read(
        connection, "supplies", run.delivery, run.as_of,
        columns=("supply_no", "area_m2", "price_fen", "supplement_fen"),
        only=RecordFilter(named={"supply_no": numbers}),
    )  # fmt: skip
    is_price = bool(law.value("indicators.is_price_invested", run.as_of, run.region).amount)
    years = _on_projects(seen, known, year)
    figures = of_projects(seen, supplies, years, is_price_invested=is_price)
    return pd.concat([seen[[*_PROJECT]], figures.drop(columns="project_code")], axis=1)


def _on_projects(projects: pd.DataFrame, known: economy.Known, year: int | None) -> pd.DataFrame:
    """Return the part of each firm's year that lies on the land of its project."""
    named = projects[["project_code", "enterprise_code", "supply_nos"]].explode("supply_nos")
    land = known.land[["land_key", "supply_no"]].dropna()
    on = named.merge(land, left_on="supply_nos", right_on="supply_no")
    on = on.merge(known.shares[["enterprise_code", "land_key", "of_firm"]],
                  on=["enterprise_code", "land_key"])  # fmt: skip
    share = on.groupby(["project_code", "enterprise_code"], as_index=False)["of_firm"].sum()
    of_year = known.years[known.years["year"] == year].drop_duplicates("enterprise_code")
    both = share.merge(of_year, on="enterprise_code").sort_values("project_code", kind="stable")
    both = both.reset_index(drop=True)
    parts = {}
    for name in ("output_fen", "tax_fen"):
        is_known = both[name].notna().to_numpy(bool)
        # The rest of a firm's year lies on no project: it is divided beside it.
        amounts = both.loc[is_known, name].astype("int64").to_numpy()
        own = both.loc[is_known, "of_firm"].to_numpy(np.int64)
        pair = np.column_stack([own, WHOLE - own]).ravel()
        whose = pd.Series(np.repeat(np.arange(len(own)), 2))
        told = np.zeros(len(both), dtype=np.int64)
        told[is_known] = divided(np.repeat(amounts, 2), pair, whose)[::2]
        parts[name] = pd.arrays.IntegerArray(told, ~is_known)
    found: pd.DataFrame = both[["project_code"]].assign(**parts)
    return found


def _bare(
    connection: Connection, run: Run, shares: pd.DataFrame, scope: Scope | None
) -> tuple[pd.DataFrame, int]:
    """Return the first parcels that no firm is on, by key, and how many there are."""
    held = {key.removeprefix("parcels:") for key in shares["land_key"] if key[:8] == "parcels:"}
    found, count = pages.of_records(
        connection, run, "parcels", pages.Wanted(limit=MOST_LISTED + len(held)), scope
    )
    bare = found[~found["key"].isin(held)].head(MOST_LISTED)[[*_PARCEL]].reset_index(drop=True)
    if not held:
        return bare, count
    own = pages.Wanted({"key": sorted(held)}, limit=1)
    return bare, count - pages.of_records(connection, run, "parcels", own, scope)[1]
