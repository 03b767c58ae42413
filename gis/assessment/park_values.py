"""A park's own figures beside the control values that hold there for every industry."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from gis.assessment.values import stated
from gis.control import applicable
from gis.control.values import FLOOR_RATIO, INVESTMENT, OUTPUT, SITE_COVERAGE, TAX
from gis.law import Law
from gis.store import records, results
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

# control value -> the figure of a park that is held against it, and one of its units as stored
# (1 万元/亩 is 15 元/m2, 1 万元/公顷 is 1).
FIGURES = {
    INVESTMENT: ("industrial_investment_intensity", 1.0),
    OUTPUT: ("output_per_mu", 15.0),
    TAX: ("tax_per_mu", 15.0),
    FLOOR_RATIO: ("industrial_floor_ratio", 1.0),
    SITE_COVERAGE: ("site_coverage", 0.01),
}


class Held(NamedTuple):
    """A figure of a park and what is asked of it, both in stored units (None: unknown, or none).

    `year` is None for a figure of the day of the run.
    """

    control: str
    figure: str
    year: int | None
    value: float | None
    least: float
    document: str


def of_park(
    connection: Connection, run: Run, law: Law, park_code: str, year: int | None = None
) -> list[Held]:
    """Return the figures of a park for which a least value holds there on the day of the run.

    Values of single industries are none of a park's. year: of the yearly figures, None: the newest
    of each that is known.
    """
    parks = records.read(
        connection, "parks", run.delivery, run.as_of, columns=("park_code", "region_code")
    )
    region = parks.loc[parks["park_code"] == park_code, "region_code"]
    subject: dict[str, Any] = {
        "subject": park_code,
        "park_code": park_code,
        "region_code": next(iter(region), None),
        "industries": ("",),
        "values_on": pd.Timestamp(run.as_of),
        "capacity_on": pd.NaT,
        "is_unbuilt": False,
    }
    days = {"values_on": "datetime64[s]", "capacity_on": "datetime64[s]"}
    subjects = pd.DataFrame([subject]).astype(days)
    asked = applicable.applicable(subjects, stated(connection, run.delivery, law, run.as_of))
    where = {
        "place_kind": ["park"],
        "place_code": [park_code],
        "name": [figure for figure, _ in FIGURES.values()],
    }
    rows = results.read(connection, run, "indicator", Asked(where=where))
    return [
        Held(
            one["name"],
            figure,
            *_newest(rows, figure, in_stored, year),
            one["least"],
            one["document"],
        )
        for one in asked.to_dict("records")
        if one["name"] in FIGURES and one["least"] == one["least"]
        for figure, in_stored in [FIGURES[one["name"]]]
    ]


def _newest(
    rows: pd.DataFrame, name: str, in_stored: float, year: int | None
) -> tuple[int | None, float | None]:
    """Return the year and the value of a figure; its newest known one where no year is asked."""
    own = rows[rows["name"] == name].sort_values("year", na_position="first")
    if year is not None:
        own = own[own["year"].isna() | (own["year"] == year)]
    known = own.dropna(subset=["value"])
    last = (known if len(known) else own).tail(1).to_dict("records")
    if not last:
        return year, None
    told, value = last[0]["year"], last[0]["value"]
    return (
        None if pd.isna(told) else int(told),
        None if pd.isna(value) else float(value) * in_stored,
    )
