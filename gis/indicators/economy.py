"""Yearly totals of blocks and parks: what their firms made, paid and invested, to the last fen.

A firm's figures are divided over the land it holds (`gis.indicators.firms`), so the blocks of a
park and what lies in none of them add up to it. A total is undetermined where a firm that ought to
have told a figure did not: its numerator still tells what is known of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import units
from gis.frames import door
from gis.indicators import figures
from gis.indicators.figures import Figure
from gis.indicators.firms import WHOLE, divided

# GB/T 4754: divisions of primary (A) and of industrial firms (B, C, D).
PRIMARY, INDUSTRIAL = range(1, 6), range(6, 47)
# So many firms are named that told nothing; how many more there are follows them.
MOST_NAMED = 5
KINDS = ("block", "park")
_SOURCE = ("enterprises", "enterprise_years")


class Total(NamedTuple):
    """A figure added up over firms: its column, whose it is, its unit, what it is called."""

    column: str
    of: str  # all | industrial | not_primary
    unit: str
    definition: str


TOTALS = {
    "output_yuan": Total("output_fen", "industrial", "元", "工业总产值，工业企业当年合计"),
    "tax_yuan": Total("tax_fen", "all", "元", "税收，全部企业当年合计"),
    "industrial_tax_yuan": Total("tax_fen", "industrial", "元", "税收，工业企业当年合计"),
    "general_tax_yuan": Total(
        "tax_fen", "not_primary", "元", "税收，二三产业企业当年合计（行业代码 01 至 05 的除外）"
    ),
    "investment_yuan": Total("investment_fen", "all", "元", "固定资产投资，全部企业当年完成合计"),
    "invested_yuan": Total("invested_total_fen", "all", "元", "固定资产投资，全部企业至当年末累计"),
    "industrial_invested_yuan": Total(
        "invested_total_fen", "industrial", "元", "固定资产投资，工业企业至当年末累计"
    ),
    "employees_count": Total("employees_count", "all", "人", "从业人员，全部企业年末合计"),
    "energy_tce": Total("energy_tce", "all", "吨标准煤", "综合能耗，全部企业当年合计"),
    "water_m3": Total("water_m3", "all", "m3", "用水量，全部企业当年合计"),
}
_COUNTS: dict[str, tuple[str | None, str]] = {
    "firms_count": (None, "企业数"),
    "above_scale_count": ("is_above_scale", "规上企业数，按企业登记的现状"),
    "high_tech_count": ("is_high_tech", "高新技术企业数，按企业登记的现状"),
}


@door(firms="economy.firms", years="economy.years", shares="firms.shares", gives="economy.placed")
def placed(firms: pd.DataFrame, years: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return every figure of every firm-year in the places it belongs to: the parts of the firms.

    firms   enterprise_code; park_code and block_code it states; is_industrial, is_above_scale,
            is_high_tech, industry_code, registered_on, is_closed
    years   enterprise_code, year and the columns of TOTALS (fen, persons, tce, m3)
    shares  of `gis.indicators.firms.shares`

    A firm without known land, or on land nobody drew, is in the block and park it states. One row
    a firm, place and year that anybody tells of: of a year in which a firm was there and
    told nothing too (`is_due`).
    """
    own = firms.drop_duplicates("enterprise_code")
    grid = own.merge(years[["year"]].drop_duplicates(), how="cross")
    grid = grid.merge(
        years.drop_duplicates(["enterprise_code", "year"]),
        on=["enterprise_code", "year"],
        how="left",
        indicator="told",
    )
    begins = grid["registered_on"].dt.year
    is_told = (grid["told"] == "both").to_numpy(bool)
    is_due = ~grid["is_closed"].to_numpy(bool) & (begins <= grid["year"]).to_numpy(bool)
    grid = grid.assign(is_told=is_told, is_due=is_due, **_sectors(grid)).drop(columns="told")
    grid = grid[is_told | is_due]
    # By place, not by piece: a person or a fen is rounded once a block.
    names = ["enterprise_code", "park_code", "block_code", "is_placed"]
    land = shares.groupby(names, dropna=False, as_index=False)["of_firm"].sum()
    spread = grid.merge(land, on="enterprise_code", how="left", suffixes=("_stated", ""))
    is_lost = ~spread["is_placed"].astype("boolean").fillna(False).to_numpy(bool)
    for name in ("park_code", "block_code"):
        spread[name] = spread[name].where(~is_lost, spread.pop(f"{name}_stated"))
    spread["of_firm"] = spread["of_firm"].fillna(WHOLE).astype(np.int64)
    spread = spread.sort_values(
        ["enterprise_code", "year", "park_code", "block_code"], ignore_index=True
    )
    whose = pd.Series(spread.groupby(["enterprise_code", "year"]).ngroup().to_numpy())
    for column in {total.column: None for total in TOTALS.values()}:
        spread[column] = _divided(spread[column], spread["of_firm"].to_numpy(np.int64), whose)
    found: pd.DataFrame = spread.drop(columns="is_placed")
    return found


def _divided(values: pd.Series, of_firm: np.ndarray, whose: pd.Series) -> pd.Series:
    if values.dtype.kind == "f" or values.dtype == "Float64":
        return values.astype("float64") * (of_firm / WHOLE)
    is_known = values.notna().to_numpy(bool)
    parts = np.zeros(len(values), dtype=np.int64)
    amounts = values[is_known].to_numpy(np.int64)
    parts[is_known] = divided(amounts, of_firm[is_known], whose[is_known])
    return pd.Series(pd.arrays.IntegerArray(parts, ~is_known), index=values.index)


def digits_of(codes: pd.Series) -> pd.Series:
    """Return the two to four digits of codes of GB/T 4754, empty where a code is none.

    >>> digits_of(pd.Series(["C2614", "26", "化工", None])).tolist()
    ['2614', '26', nan, nan]
    """
    # Each code once: there are few.
    labels, known = pd.factorize(codes)
    told = pd.Series(known, dtype="str").str.extract(r"^[A-T]?(\d{2,4})$", expand=False)
    found = pd.Series([*told, None], dtype="str").to_numpy()[labels]
    return pd.Series(found, index=codes.index, dtype="str")


def _sectors(firms: pd.DataFrame) -> dict[str, pd.Series]:
    """Return whether each firm is industrial, as it says or its industry, and whether primary."""
    division = pd.to_numeric(digits_of(firms["industry_code"]).str[:2])
    is_industrial = division.isin(INDUSTRIAL).astype("boolean").mask(division.isna())
    is_industrial = firms["is_industrial"].astype("boolean").fillna(is_industrial)
    return {"is_industrial": is_industrial, "is_primary": division.isin(PRIMARY)}


class Places(NamedTuple):
    """(place, year) of each part by its number, and what the numbers stand for, in order."""

    number: npt.NDArray[np.int64]
    labels: pd.Index

    def sums(self, values: npt.NDArray[np.generic]) -> pd.Series:
        """Return the sum of each place and year; whole numbers exactly."""
        found = np.zeros(len(self.labels), dtype=values.dtype)
        np.add.at(found, self.number, values)
        return pd.Series(found.astype(np.float64), self.labels)


def of_places(parts: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, Places]:
    """Return the parts that lie in a block or park, and in which."""
    here = parts.dropna(subset=[f"{kind}_code"]).reset_index(drop=True)
    groups = here.groupby([f"{kind}_code", "year"], sort=True)
    pairs = [(str(code), int(year)) for code, year in groups.size().index]
    # Pairs, not levels: a figure has one label for each of its values.
    labels = pd.Index(pairs, dtype=object, tupleize_cols=False)
    return here, Places(np.asarray(groups.ngroup(), dtype=np.int64), labels)


def total(parts: pd.DataFrame, place: Places, name: str) -> Figure:
    """Return one of TOTALS for every (place, year), in 元, persons or the unit it has.

    Undetermined where a firm that was there told nothing, and where it is not known whether a firm
    counts at all; the numerator is what is known.
    """
    meant = TOTALS[name]
    is_there = parts["is_due"].to_numpy(bool) | parts["is_told"].to_numpy(bool)
    is_whose, is_open = np.ones(len(parts), bool), np.zeros(len(parts), bool)
    if meant.of == "industrial":
        is_open = parts["is_industrial"].isna().to_numpy(bool)
        is_whose = parts["is_industrial"].astype("boolean").fillna(False).to_numpy(bool)
    elif meant.of == "not_primary":
        is_whose = ~parts["is_primary"].to_numpy(bool)
    values = parts[meant.column]
    is_told = values.notna().to_numpy(bool)
    kind = np.float64 if values.dtype.kind == "f" else np.int64
    known = place.sums(np.where(is_whose & is_told, values.fillna(0).to_numpy(kind), 0))
    if meant.unit == "元":
        known = units.yuan(known)
    lacking = _lacking(parts, place, is_there & (is_whose & ~is_told | is_open), meant.column)
    value = known.where(lacking.isna())
    return Figure(
        value,
        meant.unit,
        meant.definition,
        _SOURCE,
        numerator=known,
        missing=lacking,
        numerator_unit=meant.unit,
    )


def counts(parts: pd.DataFrame, place: Places) -> dict[str, Figure]:
    """Return how many firms are in every (place, year); a firm in two blocks counts in both."""
    firm = pd.factorize(parts["enterprise_code"])[0]
    once = ~pd.DataFrame({"place": place.number, "firm": firm}).duplicated().to_numpy(bool)
    found = {}
    for name, (column, definition) in _COUNTS.items():
        is_so = once if column is None else once & parts[column].fillna(False).to_numpy(bool)
        told = place.sums(is_so.astype(np.int64))
        found[name] = Figure(told, "家", definition, ("enterprises",))
    return found


def _lacking(
    parts: pd.DataFrame, place: Places, is_unknown: npt.NDArray[np.bool_], column: str
) -> figures.Missing:
    """Return of each (place, year) `COLUMN:FIRM` of the firms that told nothing."""
    told: npt.NDArray[np.object_] = np.full(len(place.labels), None, dtype=object)
    if not is_unknown.any():
        return pd.Series(told, place.labels, dtype=object)
    unknown = pd.DataFrame({"at": place.number, "firm": parts["enterprise_code"]})[is_unknown]
    by_place = unknown.drop_duplicates().groupby("at")["firm"].agg(sorted)
    for number, names in zip(by_place.index.to_numpy(np.int64), by_place, strict=True):
        more = [f"more:{len(names) - MOST_NAMED}"] if len(names) > MOST_NAMED else []
        told[number] = (*(f"{column}:{name}" for name in names[:MOST_NAMED]), *more)
    return pd.Series(told, place.labels, dtype=object)


def table(found: dict[str, Figure], kind: str) -> pd.DataFrame:
    """Return figures of one index of (place, year) as rows of table indicator, in its order."""
    labels = next(iter(found.values())).value.index
    # By number: pairs are slow to sort.
    numbered = {name: _numbered(one) for name, one in found.items()}
    rows = figures.table(numbered, kind)
    at = rows["place_code"].to_numpy(np.int64)
    places = pd.Series([place for place, _ in labels], dtype="str")
    years = pd.array([year for _, year in labels], dtype="Int64")
    return rows.assign(place_code=places.array.take(at), year=years.take(at))


def _numbered(one: Figure) -> Figure:
    numerator, denominator, missing = (
        None if series is None else series.reset_index(drop=True)
        for series in (one.numerator, one.denominator, one.missing)
    )
    return one._replace(
        value=one.value.reset_index(drop=True),
        numerator=numerator,
        denominator=denominator,
        missing=missing,
    )
