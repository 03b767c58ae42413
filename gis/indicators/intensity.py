"""Yearly figures over land: 亩均产值, 亩均税收, 投入强度, 地均税收, 人口密度, 主导产业 share.

Functions of totals by (place, year) (`gis.indicators.economy`) and of areas by place, in m2, of
the day of the run: the land of earlier years is not on record, and every definition says so.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gis.frames import door
from gis.indicators import economy, figures
from gis.indicators.figures import Figure

# 元/m2 is 万元/公顷; 1 亩 is 2000/3 m2, so 1 万元/亩 is 15 元/m2.
_WAN_PER_MU, _WAN_PER_HA, _PER_HA = 1 / 15, 1.0, 10_000.0
_DAY = "，土地面积为截止日的账户面积"
# name -> total, land, unit, factor, definition
_OVER_LAND = {
    "output_per_mu": (
        "output_yuan", "A", "万元/亩", _WAN_PER_MU,
        "园区层面亩均产值 = 工业总产值/建成区(A)亩数",
    ),
    "tax_per_mu": (
        "tax_yuan", "A", "万元/亩", _WAN_PER_MU, "园区层面亩均税收 = 税收/建成区(A)亩数"
    ),
    "invested_per_mu": (
        "invested_yuan", "A", "万元/亩", _WAN_PER_MU,
        "园区层面亩均固定资产投资 = 累计固定资产投资/建成区(A)亩数",
    ),
    "investment_per_mu": (
        "investment_yuan", "A", "万元/亩", _WAN_PER_MU,
        "园区层面亩均当年固定资产投资 = 当年固定资产投资/建成区(A)亩数",
    ),
    "industrial_investment_intensity": (
        "industrial_invested_yuan", "A2", "万元/公顷", _WAN_PER_HA,
        "工业用地固定资产投入强度 = 工业企业累计固定资产投资（含地价）/工矿仓储用地(A2)",
    ),
    "industrial_tax_intensity": (
        "industrial_tax_yuan", "A2", "万元/公顷", _WAN_PER_HA,
        "工业用地地均税收 = 工业企业税收/工矿仓储用地(A2)",
    ),
    "general_tax_intensity": (
        "general_tax_yuan", "A", "万元/公顷", _WAN_PER_HA,
        "综合地均税收 = 二三产业税收/建成区(A)",
    ),
    "general_tax_intensity_over_A2": (
        "general_tax_yuan", "A2", "万元/公顷", _WAN_PER_HA,
        "综合地均税收（另一口径）= 二三产业税收/工矿仓储用地(A2)",
    ),
}  # fmt: skip
_FACT = {"A": "built_m2", "A2": "A2_m2"}


def over_land(
    totals: Mapping[str, Figure], built_m2: pd.Series, industrial_m2: pd.Series
) -> dict[str, Figure]:
    """Return each total of `economy.TOTALS` over the land of its place, as (place, year) figures.

    built_m2       A by place code
    industrial_m2  A2 (工业和仓储) by place code; unknown where nobody knows the use of built land

    24,000,000 元 of output on 2 公顷 (30 亩) are 80 万元/亩:

    >>> index = pd.Index([("P", 2025)], tupleize_cols=False)
    >>> total = figures.amount(pd.Series([24e6], index), "元", "", "output_fen", ())
    >>> both = {one[0]: total for one in _OVER_LAND.values()}
    >>> found = over_land(both, pd.Series({"P": 2e4}), pd.Series({"P": 1e4}))
    >>> found["output_per_mu"].value.tolist()
    [80.0]
    """
    areas = {"A": built_m2, "A2": industrial_m2}
    found = {}
    for name, (total, letter, unit, factor, definition) in _OVER_LAND.items():
        of = totals[total]
        assert of.numerator is not None or of.missing is not None
        known = of.value if of.numerator is None else of.numerator
        found[name] = figures.quotient(
            known,
            _spread(areas[letter], known.index),
            unit,
            definition + _DAY,
            (total, _FACT[letter]),
            (*of.source, "park_piece"),
            factor=factor,
            of_units=("元", "m2"),
            missing=of.missing,
        )
    return found


@door(residents="economy.residents", blocks="economy.blocks", gives="indicators.rates")
def population(
    residents: pd.DataFrame, blocks: pd.DataFrame, built_m2: pd.Series, kind: str
) -> pd.DataFrame:
    """Return 常住人口 and 人口密度 (人/公顷 of A) of every block or park and year on record.

    residents  place_code, year, residents_count
    blocks     block_code, park_code
    A park has what is told of itself; else the sum of its blocks, unknown where one lacks.
    """
    own = residents.dropna(subset=["residents_count"]).drop_duplicates(["place_code", "year"])
    told = own.set_index(["place_code", "year"])["residents_count"].astype("float64")
    years = sorted({*residents["year"]})
    codes = sorted({*blocks[f"{kind}_code"].dropna()})
    labels = pd.Index(
        [(code, int(year)) for code in codes for year in years], dtype=object, tupleize_cols=False
    )
    if not len(labels):
        return economy.table(
            {"residents_count": _count(pd.Series(dtype=float, index=labels))}, kind
        )
    counts = told.reindex(pd.MultiIndex.from_tuples([*labels])).to_numpy()
    if kind == "park":
        each = blocks.merge(pd.DataFrame({"year": years}), how="cross")
        there = told.reindex(pd.MultiIndex.from_frame(each[["block_code", "year"]])).to_numpy()
        sums = each.assign(count=there).groupby(["park_code", "year"])["count"]
        summed = sums.sum().where(sums.count() == sums.size())
        besides = summed.reindex(pd.MultiIndex.from_tuples([*labels])).to_numpy()
        counts = pd.Series(counts).fillna(pd.Series(besides)).to_numpy()
    known = _count(pd.Series(counts, labels))
    density = figures.quotient(
        known.value,
        _spread(built_m2, labels),
        "人/公顷",
        "人口密度 = 常住人口/建成区(A)" + _DAY,
        ("residents_count", "built_m2"),
        ("residents", "park_piece"),
        factor=_PER_HA,
        of_units=("人", "m2"),
    )
    return economy.table({"residents_count": known, "residents_per_ha": density}, kind)


def _count(value: pd.Series) -> Figure:
    return figures.amount(
        value, "人", "常住人口，年末；开发区未报的为各区块之和", "residents_count", ("residents",)
    )


def _spread(areas: pd.Series, labels: pd.Index) -> pd.Series:
    """Return the area of the place of each (place, year)."""
    return pd.Series(areas.reindex([place for place, _ in labels]).to_numpy("float64"), labels)
