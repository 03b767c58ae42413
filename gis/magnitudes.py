"""Yearly figures in another unit: found by their size against other years and the industry.

Nothing is corrected: a figure is doubted, its row told, and what it would count in undetermined.
The numbers stand in `magnitudes.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """How many times too large is doubted, and against how many others."""

    ratio: float
    years_min: int
    firms_min: int
    columns: tuple[str, ...]


def _read() -> Settings:
    text = resources.files("gis").joinpath("magnitudes.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    return Settings(**(found | {"columns": tuple(found["columns"])}))


SETTINGS = _read()


def doubtful(
    years: pd.DataFrame, division_of: pd.Series, settings: Settings = SETTINGS
) -> pd.DataFrame:
    """Return which figures are doubted: a flag for each row and each of `settings.columns`.

    years        enterprise_code, year, employees_count and the columns asked about
    division_of  enterprise_code -> the two digits of its industry

    Zero and nothing are never doubted. Of two years that differ so both are, unless the industry
    tells which.

    >>> rows = pd.DataFrame({"enterprise_code": "E", "year": [2021, 2022, 2023],
    ...     "output_fen": [8e9, 8.2e13, 7.9e9], "tax_fen": 0, "invested_total_fen": None,
    ...     "employees_count": None})
    >>> doubtful(rows, pd.Series(dtype=object))["output_fen"].tolist()
    [False, True, False]
    """
    firm = pd.factorize(years["enterprise_code"])[0]
    division = pd.factorize(years["enterprise_code"].map(division_of))[0]
    persons = np.asarray(years["employees_count"].astype("float64"), dtype=np.float64)
    return pd.DataFrame(
        {
            name: _doubted(
                np.asarray(years[name].astype("float64"), dtype=np.float64),
                persons,
                firm,
                division,
                settings,
            )
            for name in settings.columns
        },
        index=years.index,
    )


def _doubted(
    values: Numbers,
    persons: Numbers,
    firm: npt.NDArray[np.int64],
    division: npt.NDArray[np.int64],
    settings: Settings,
) -> Flags:
    limit = np.log10(settings.ratio)
    size = _log(values)
    middle, others = _other_median(size, firm)
    far = np.abs(size - middle) >= limit
    # Of two years neither is more than the other.
    by_years = far & ((others >= settings.years_min) | (others == 1))
    each = _log(values / np.where(persons > 0, persons, np.nan))
    industry, peers = _of_industry(each, firm, division)
    is_asked = peers >= settings.firms_min
    apart = np.abs(each - industry)
    by_industry = is_asked & (apart >= limit)
    is_cleared = is_asked & (apart < limit / 2)
    return np.asarray((by_years & ~is_cleared) | by_industry, dtype=bool)


def _log(values: Numbers) -> Numbers:
    known = np.where(values > 0, values, np.nan)
    return np.asarray(np.log10(known), dtype=np.float64)


def _of_industry(
    each: Numbers, firm: npt.NDArray[np.int64], division: npt.NDArray[np.int64]
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return of each row the median of the other firms of its industry, and how many there are."""
    rows = pd.DataFrame({"firm": firm, "division": division, "each": each})
    own = rows[rows["division"] >= 0].groupby("firm", as_index=False).agg(
        division=("division", "first"), each=("each", "median")
    )  # fmt: skip
    middle, others = _other_median(own["each"].to_numpy(), own["division"].to_numpy(np.int64))
    at = pd.Series(range(len(own)), own["firm"]).reindex(firm)
    place = at.fillna(-1).to_numpy(np.int64)
    found = np.append(middle, np.nan)[place]
    return found, np.append(others, 0)[place]


def _other_median(
    values: Numbers, groups: npt.NDArray[np.int64]
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return of each known value the median of the others of its group, and how many these are."""
    middle = np.full(len(values), np.nan)
    others = np.zeros(len(values), dtype=np.int64)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], groups[known]))]
    label, ranked = groups[order], values[order]
    starts = np.flatnonzero(np.diff(label, prepend=-2))
    counts = np.diff(np.append(starts, len(order)))
    start, count = np.repeat(starts, counts), np.repeat(counts, counts)
    rank = np.arange(len(order)) - start
    rest = count - 1
    low, high = (rest - 1) // 2, rest // 2
    has_others = rest > 0

    def without(place: npt.NDArray[np.int64]) -> Numbers:
        """Return the value at a place of the group's others, in order."""
        at = start + np.where(place < rank, place, place + 1)
        return ranked[np.where(has_others, at, 0)] if len(ranked) else ranked

    found = (without(low) + without(high)) / 2
    middle[order] = np.where(has_others, found, np.nan)
    others[order] = rest
    return middle, others
