"""Accounts and land rates of every block and park of a run, as rows of table indicator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from gis import parks
from gis.approvals import balance
from gis.approvals.settings import Settings
from gis.indicators import figures
from gis.indicators import land as rates
from gis.pipeline import built_figures
from gis.pipeline.approved_land import Land


@dataclass(frozen=True)
class BuiltLand:
    """What figures of built land and of cohorts are made of.

    built_use: rows of that table; approved_on: the day of each approval, by its name.
    """

    built_use: pd.DataFrame
    approved_on: pd.Series
    settings: built_figures.FigureSettings


KINDS = ("block", "park")
REGION = "region"
_IDLE = {"found_idle_m2": "found_idle", "suspected_idle_m2": "suspected_idle"}
_ACCOUNTS = (*parks.ACCOUNTS_BUILD, *parks.ACCOUNTS_SUPPLY)
_CODES = ["approved", "supplied", "development", "readiness"]


def lines_of(land: Land, settings: Settings) -> pd.DataFrame:
    """Return what each approval has in each block, park and region: `balance.lines`, place_kind."""
    # Where nothing is approved no place has any of it, of whatever kind.
    kinds = (*KINDS, REGION) if len(land.balances) else (REGION,)
    tables = [
        balance.lines(land.balances, land.overlay, kind, settings.balance).assign(place_kind=kind)
        for kind in kinds
    ]
    return pd.concat(tables, ignore_index=True)


def unsupplied_of(lines: pd.DataFrame) -> dict[str, float | int]:
    """Return the one figure of 批而未供 of a run, `area_m2`, and what stands behind it.

    The unsupplied land and the edges of the union of all approvals, whatever their outcome; slivers
    never. `unlocated_m2` is what is known by area alone and has been taken off; of
    `undetermined_count` approvals of `undetermined_m2` nobody can say: they are in no sum.
    """
    places = balance.summed(lines[lines["place_kind"] == REGION], REGION)
    left = places["unsupplied_m2"] + places["edge_m2"]
    taken = places["unlocated_m2"] + places["residual_m2"]
    return {
        "approvals_count": int(places["approvals_count"].sum()),
        "area_m2": round(math.fsum(left), 7),
        "approved_m2": round(math.fsum(places["approved_m2"]), 7),
        "unlocated_m2": round(math.fsum(taken), 7),
        "undetermined_count": int(places["undetermined_count"].sum()),
        "undetermined_m2": round(math.fsum(places["undetermined_m2"]), 7),
    }


def rates_of(
    lines: pd.DataFrame,
    park_pieces: pd.DataFrame,
    findings: pd.DataFrame,
    blocks: pd.DataFrame,
    settings: Settings,
    built: BuiltLand,
) -> pd.DataFrame:
    """Return the indicators of blocks and parks: accounts, rates, what stands there, cohorts.

    `lines` as `lines_of` gives them, of all approvals; of the findings rule, outcome, area_m2 and
    block_code are asked. G counts land with a recorded 认定书 alone; the suspected
    share is a line of its own. A subject counts in the block it lies in, and in that block's park.
    """
    park_of = blocks.set_index("block_code")["park_code"]
    idle = findings[findings["rule"] == "idle_land"]
    # One order whatever the parts: a sum of floats remembers the order of its terms.
    pieces = park_pieces.sort_values(["park_code", "block_code", *_CODES], ignore_index=True)
    places: dict[str, pd.Index] = {}
    where = {"block": idle["block_code"], "park": idle["block_code"].map(park_of)}
    tables = []
    for kind, place in where.items():
        here = pieces.dropna(subset=f"{kind}_code")
        if here.empty:
            continue
        accounts = parks.accounts(here, f"{kind}_code")
        accounts = accounts.rename(columns={f"{kind}_code": "place_code"})
        totals = balance.summed(lines[lines["place_kind"] == kind], kind)
        tables.append(_accounts(accounts, kind))
        tables.append(_stages(parks.stages(here, f"{kind}_code"), kind))
        tables.append(
            rates.land_indicators(
                accounts, _idle_areas(idle, place), totals, kind, settings.idle_letter
            )
        )
        places[kind] = pd.Index(sorted(accounts["place_code"]), dtype=object)
    tables += built_figures.of_land(built.built_use, places, built.settings)
    tables += built_figures.of_cohorts(lines, built.approved_on, places, built.settings)
    tables.append(_unsupplied(lines))
    return pd.concat(tables, ignore_index=True)


def _unsupplied(lines: pd.DataFrame) -> pd.DataFrame:
    """Return 批而未供 and its rate for the whole of the run, all regions together."""
    figure = unsupplied_of(lines)
    area_m2, approved_m2 = (
        pd.Series([figure[name]], ["全部"], dtype=float) for name in ("area_m2", "approved_m2")
    )
    rate = rates.unsupplied_rate(area_m2, approved_m2)
    area = figures.amount(
        area_m2, "m2", rate.definition, "unsupplied_m2", rate.source, area_kind=figures.PLANAR
    )
    return figures.table({"unsupplied_m2": area, "unsupplied_rate": rate}, "run")


def _idle_areas(idle: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    areas = pd.DataFrame(
        {
            name: idle["area_m2"].where(idle["outcome"] == outcome, 0.0).fillna(0.0)
            for name, outcome in _IDLE.items()
        }
    )
    # Summed exactly: then the order of the terms does not matter.
    return areas.groupby(place.rename("place_code")).agg(math.fsum).reset_index()


def _accounts(accounts: pd.DataFrame, kind: str) -> pd.DataFrame:
    areas = accounts.set_index("place_code")
    told = {
        f"{name}_m2": figures.amount(
            areas[f"{name}_m2"],
            "m2",
            "开发区土地账户（TD/T 1029）",
            f"{name}_m2",
            ("park_piece",),
            area_kind=figures.PLANAR,
        )
        for name in _ACCOUNTS
    }
    return figures.table(told, kind)


def _stages(stages: pd.DataFrame, kind: str) -> pd.DataFrame:
    areas = stages.set_index(f"{kind}_code").rename_axis("place_code")
    told = {
        f"{name}_m2": figures.amount(
            areas[f"{name}_m2"],
            "m2",
            "批准、其中已供、其中已动工、其中已建成，逐级为前者的一部分",
            f"{name}_m2",
            ("park_piece",),
            area_kind=figures.PLANAR,
        )
        for name in (*parks.STAGES, parks.UNKNOWN)
    }
    return figures.table(told, kind)
