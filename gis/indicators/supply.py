"""供地率: how much of what was approved in a cohort of years has been supplied."""

from __future__ import annotations

import pandas as pd

from gis.indicators.figures import Figure, gathered, quotient


def cohort_rate(
    lines: pd.DataFrame, places: pd.Index, first_year: int, last_year: int | None
) -> Figure:
    """Return 供地率 = supplied / approved of the approvals of the years, percent, of each place.

    lines: place_code, approved_on, approved_m2, supplied_m2, one per approval and place. The day of
    approval tells the cohort, never the name of the batch; `last_year` None: until the day of the
    run. An approval without its day may be of any cohort, one whose supply is unknown leaves the
    sum unknown: undetermined, and what is known of it is told.

    >>> days = pd.to_datetime(["2009-05-01", "2019-05-01"])
    >>> lines = pd.DataFrame({"place_code": "P", "approved_on": days, "approved_m2": [100.0, 100.0],
    ...                       "supplied_m2": [60.0, 100.0]})
    >>> cohort_rate(lines, pd.Index(["P"]), 2009, 2018).value.tolist()
    [60.0]
    """
    year = lines["approved_on"].dt.year
    is_in = (year >= first_year) & (year <= (last_year or year.max()))
    own = lines[is_in]

    def has(rows: pd.DataFrame) -> pd.Series:
        return pd.Series(places.isin(rows["place_code"]), places)

    lacking = gathered(
        {
            "approved_on": has(lines[year.isna()]),
            "approved_m2": has(own[own["approved_m2"].isna()]),
            "supplied_m2": has(own[own["supplied_m2"].isna()]),
        }
    )
    sums = own.groupby("place_code")[["supplied_m2", "approved_m2"]].sum()
    sums = sums.reindex(places, fill_value=0.0)
    until = "至今" if last_year is None else f"—{last_year}"
    return quotient(
        sums["supplied_m2"],
        sums["approved_m2"],
        "%",
        f"供地率 = 已供/批准，{first_year}{until} 年批准的批次，按批准日",
        ("supplied_m2", "approved_m2"),
        ("place_line", "balance"),
        factor=100.0,
        missing=lacking,
    )
