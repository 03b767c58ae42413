"""How long the yearly figures of blocks and parks take: 100,000 firm-years over 2,000 blocks.

The records lie in memory: joined to their land, divided over it, added up, doubted, over land.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from gis import magnitudes
from gis.indicators import economy, firms, intensity, leading
from scripts.benchmarks import measure

FIRMS, YEARS, BLOCKS, BLOCKS_A_PARK = 20_000, range(2021, 2026), 2_000, 20
TARGET_S = 2.0
HEADS = ["firm-years", "blocks", "elapsed s", "processor s", "figures", "at most s"]
METHOD = "Seconds of one thread; figures are the rows of blocks and parks, none of them zero."


def records(seed: int = 20260630) -> dict[str, pd.DataFrame]:
    """Return firms, years and land: two pieces a firm, of which one in ten is another's too."""
    draw = np.random.default_rng(seed)
    codes = "E" + pd.Series(np.arange(FIRMS)).astype("str").str.zfill(6)
    count = FIRMS * 2
    block = draw.integers(0, BLOCKS, count)
    keys = "P" + pd.Series(np.arange(count)).astype("str").str.zfill(6)
    land = pd.DataFrame(
        {
            "land_key": keys,
            "parcel_code": keys,
            "supply_no": pd.Series([None] * count, dtype="str"),
            "contract_no": pd.Series([None] * count, dtype="str"),
            "area_m2": draw.uniform(1_000, 90_000, count).round(2),
            "block_code": "B" + pd.Series(block).astype("str").str.zfill(4),
            "park_code": "K" + pd.Series(block // BLOCKS_A_PARK).astype("str").str.zfill(3),
            "is_placed": True,
        }
    )
    shared = np.where(draw.random(FIRMS) < 0.1, draw.integers(0, count, FIRMS), np.arange(FIRMS))
    own = pd.DataFrame(
        {
            "enterprise_code": codes,
            "parcel_codes": [[keys[a], keys[b]] for a, b in zip(shared, range(FIRMS, count))],  # noqa: B905
            "supply_nos": None,
            "land_area_m2": draw.uniform(1_000, 90_000, FIRMS),
            "park_code": None,
            "block_code": None,
            "industry_code": pd.Series(draw.choice(["2614", "3825", "1441", "3110"], FIRMS)),
            "is_industrial": pd.array([None] * FIRMS, dtype="boolean"),
            "is_above_scale": pd.array(draw.random(FIRMS) < 0.3, dtype="boolean"),
            "is_high_tech": pd.array(draw.random(FIRMS) < 0.1, dtype="boolean"),
            "registered_on": np.datetime64("2015-01-01", "s"),
            "is_closed": False,
        }
    )
    own["registered_on"] = pd.to_datetime(own["registered_on"])
    years = pd.DataFrame(
        {"enterprise_code": np.repeat(codes, len(YEARS)), "year": [*YEARS] * FIRMS}
    ).reset_index(drop=True)
    for name in dict.fromkeys(total.column for total in economy.TOTALS.values()):
        money = draw.integers(1, 10**12, len(years))
        years[name] = pd.array(money, dtype="Int64") if name[-4:] == "_fen" else money / 1e6
    years["employees_count"] = pd.array(draw.integers(1, 900, len(years)), dtype="Int64")
    return {"own": own, "years": years, "land": land}


def figures(own: pd.DataFrame, years: pd.DataFrame, land: pd.DataFrame) -> pd.DataFrame:
    """Return all yearly figures of the blocks and parks."""
    nobody = pd.DataFrame({"enterprise_code": [], "supply_nos": [], "supply_no": []}, dtype="str")
    said = firms.claims(own, nobody, nobody[["enterprise_code", "supply_no"]], land)
    held = firms.shares(said, land, own)
    division = own.set_index("enterprise_code")["industry_code"].str[:2]
    flags = magnitudes.doubtful(years, division)
    known = years.assign(**{str(name): years[name].mask(flags[name]) for name in flags})
    parts = economy.placed(own, known, held)
    tables = []
    for kind in economy.KINDS:
        here, place = economy.of_places(parts, kind)
        totals = {name: economy.total(here, place, name) for name in economy.TOTALS}
        areas = land.groupby(f"{kind}_code")["area_m2"].sum()
        found = totals | economy.counts(here, place) | intensity.over_land(totals, areas, areas)
        found |= leading.leading_share(here, place, {"K000": ("26",)})
        tables.append(economy.table(found, kind))
    return pd.concat(tables, ignore_index=True)


def rows(_home: Path, rounds: int) -> list[list[str]]:
    """Return the one row of the table."""
    known = records()
    elapsed, busy, count = [], [], 0
    for _ in range(rounds):
        began, began_busy = time.perf_counter(), time.process_time()
        found = figures(**known)
        elapsed.append(time.perf_counter() - began)
        busy.append(time.process_time() - began_busy)
        count = len(found)
        took = f"{elapsed[-1]:.2f} s, {busy[-1]:.2f} s of them busy"
        print(f"{took}, load {measure.load_average()}", file=sys.stderr)
    return [
        [
            f"{FIRMS * len(YEARS):,}",
            f"{BLOCKS:,}",
            f"{statistics.median(elapsed):.2f}",
            f"{statistics.median(busy):.2f}",
            f"{count:,}",
            f"{TARGET_S:.0f}",
        ]
    ]
