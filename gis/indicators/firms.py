"""Which land each firm holds: joined by code, supply number and parcel, in shares that sum to one.

Two shares are stated in parts of 1,000,000,000 (`WHOLE`), whole numbers that sum to it exactly:
`of_parcel`, a firm's part of one piece of land among all firms on it, and `of_firm`, the part of
the firm's figures that belongs to this piece. Money and persons are divided by them to the last
fen: every part is cut down, what is left over goes to the parts that lost most (largest
remainder), of equal ones to the first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.frames import door

WHOLE = 1_000_000_000
# What says that a firm is on a piece of land, the strongest first.
BASES = ("parcel", "supply", "code", "project")
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@door(
    firms="firms.firms",
    projects="firms.projects",
    holders="firms.holders",
    land="firms.land",
    gives="firms.claims",
)
def claims(
    firms: pd.DataFrame, projects: pd.DataFrame, holders: pd.DataFrame, land: pd.DataFrame
) -> pd.DataFrame:
    """Return what says that a firm is on a piece of land: one row for each number it is named by.

    firms     enterprise_code, with parcel_codes and supply_nos of its own
    projects  enterprise_code and the supply_nos of a project
    holders   enterprise_code of the newest holder of a supply, supply_no
    land      pieces of land: land_key, and the parcel_code, supply_no, contract_no it is known by

    `land_key` is empty where nobody delivered what the number names; a number of several pieces
    gives a row for each.
    """
    said = [
        _named(firms, "parcel_codes", "parcel"),
        _named(firms, "supply_nos", "supply"),
        holders.rename(columns={"supply_no": "number"}).assign(basis="code"),
        _named(projects, "supply_nos", "project"),
    ]
    names = pd.concat(said, ignore_index=True)[["enterprise_code", "number", "basis"]]
    names = names.dropna(subset=["enterprise_code", "number"]).drop_duplicates()
    known = [
        land[["land_key", column]].set_axis(["land_key", "number"], axis=1).assign(by=by)
        for column, by in (("parcel_code", 0), ("supply_no", 1), ("contract_no", 1))
    ]
    found = pd.concat(known, ignore_index=True).dropna(subset=["number"]).drop_duplicates()
    by = (names["basis"] != "parcel").astype(np.int64)
    joined = names.assign(by=by).merge(found, on=["number", "by"], how="left").drop(columns="by")
    rank = joined["basis"].map({name: place for place, name in enumerate(BASES)})
    order = joined.assign(rank=rank).sort_values(
        ["enterprise_code", "rank", "number", "land_key"], kind="stable"
    )
    return order.drop(columns="rank").reset_index(drop=True)


@door(claims="firms.claims", land="firms.land", firms="firms.firms", gives="firms.shares")
def shares(claims: pd.DataFrame, land: pd.DataFrame, firms: pd.DataFrame) -> pd.DataFrame:
    """Return each firm on each piece of land, with its share of both; by firm, then land.

    claims  as `claims` gives them
    land    land_key, area_m2, park_code, block_code; `is_placed`: whether anybody drew it
    firms   enterprise_code, land_area_m2 (the land the firm says it holds)

    Firms on one piece divide it as the land each says it holds is spread over its pieces by their
    area (`division` stated); where one of them says nothing, equally (equal): that is a guess, and
    says so. A firm's figures are divided by the area of its parts; where an area is unknown,
    equally (`is_even`).

    Two firms hold 15,000 and 5,000 m2 of a piece of 20,000:

    >>> land = pd.DataFrame({"land_key": ["L"], "area_m2": [20000.0], "parcel_code": ["P"],
    ...     "supply_no": [None], "contract_no": [None], "park_code": ["K"], "block_code": ["B"],
    ...     "is_placed": [True]})
    >>> own = pd.DataFrame({"enterprise_code": ["E", "F"], "land_area_m2": [15000.0, 5000.0]})
    >>> said = pd.DataFrame({"enterprise_code": ["E", "F"], "number": ["P", "P"],
    ...     "basis": ["parcel", "parcel"], "land_key": ["L", "L"]})
    >>> shares(said, land, own)[["enterprise_code", "of_parcel", "area_m2"]].values.tolist()
    [['E', 750000000, 15000.0], ['F', 250000000, 5000.0]]
    """
    held = claims.dropna(subset=["land_key"]).drop_duplicates(["enterprise_code", "land_key"])
    held = held.drop(columns="number").merge(
        land[["land_key", "area_m2", "park_code", "block_code", "is_placed"]], on="land_key"
    )
    held = held.sort_values(["land_key", "enterprise_code"], ignore_index=True)
    area = held["area_m2"].where(held["area_m2"] > 0)
    stated = firms.drop_duplicates("enterprise_code").set_index("enterprise_code")["land_area_m2"]
    said = held["enterprise_code"].map(stated).astype("float64")
    own = area.groupby(held["enterprise_code"])
    spread = (said * area / own.transform("sum")).where(
        (said > 0) & (own.transform("count") == own.transform("size"))
    )
    by_land = spread.groupby(held["land_key"])
    is_said = by_land.transform("count") == by_land.transform("size")
    is_alone = by_land.transform("size") == 1
    weights = spread.where(is_said & ~is_alone, 1.0).to_numpy(np.float64)
    of_parcel = _parts(weights, held["land_key"])
    held = held.assign(
        of_parcel=of_parcel,
        parcel_m2=area,
        area_m2=area * (of_parcel / WHOLE),
        division=np.select([is_alone, is_said], ["whole", "stated"], "equal").astype(object),
    ).sort_values(["enterprise_code", "land_key"], ignore_index=True)
    mine = held["area_m2"].groupby(held["enterprise_code"])
    is_even = (mine.transform("count") < mine.transform("size")) | ~(mine.transform("sum") > 0)
    parts = held["area_m2"].where(~is_even, 1.0).to_numpy(np.float64)
    columns = [
        "enterprise_code", "land_key", "basis", "park_code", "block_code", "is_placed", "parcel_m2",
        "area_m2", "of_parcel", "division", "of_firm", "is_even",
    ]  # fmt: skip
    return held.assign(of_firm=_parts(parts, held["enterprise_code"]), is_even=is_even)[columns]


def divided(amounts: Integers, of_firm: Integers, firms: pd.Series) -> Integers:
    """Return amounts in parts by shares of WHOLE: the parts of one firm sum to its amount exactly.

    amounts  of each part, the amount of its whole firm (fen, persons); rows of one firm together
    of_firm  shares that sum to WHOLE; what is not exact goes to the largest remainders

    >>> third = np.array([333333334, 333333333, 333333333])
    >>> divided(np.array([100, 100, 100]), third, pd.Series(["E", "E", "E"])).tolist()
    [34, 33, 33]
    """
    # amount x share would not fit 64 bits: the amount is taken apart first.
    whole, rest = np.divmod(amounts, WHOLE)
    low, remainder = np.divmod(rest * of_firm, WHOLE)
    return _topped_up(whole * of_firm + low, remainder, amounts, firms)


def _parts(weights: Numbers, groups: pd.Series) -> Integers:
    """Return weights as parts of WHOLE that sum to it in each group of rows that lie together."""
    total = pd.Series(weights).groupby(groups.to_numpy()).transform("sum").to_numpy()
    exact = weights / total * WHOLE
    down = np.floor(exact).astype(np.int64)
    return _topped_up(down, exact - down, np.full(len(down), WHOLE), groups)


def _topped_up(
    down: Integers, remainder: npt.NDArray[np.generic], totals: Integers, groups: pd.Series
) -> Integers:
    """Give what is left of each group's total, one each, to the largest remainders."""
    if not len(down):
        return down
    labels = pd.factorize(groups)[0]
    missing = totals - pd.Series(down).groupby(labels).transform("sum").to_numpy()
    order = np.lexsort((np.arange(len(down)), -remainder.astype(np.float64), labels))
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    rank = np.empty(len(down), dtype=np.int64)
    counts = np.diff(np.append(starts, len(down)))
    rank[order] = np.arange(len(down)) - np.repeat(starts, counts)
    return np.asarray(down + (rank < missing), dtype=np.int64)


def _named(rows: pd.DataFrame, column: str, basis: str) -> pd.DataFrame:
    named = rows[["enterprise_code", column]].explode(column)
    return named.rename(columns={column: "number"}).assign(basis=basis)
