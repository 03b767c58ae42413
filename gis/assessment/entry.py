"""A proposed project held against the control values it would have to meet (准入).

Whoever proposes it says what it plans: land, floors, footprints, yards, offices, investment with
the price of the land, output and tax of a year at capacity. What is not said is not guessed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import units
from gis.assessment import matched
from gis.assessment.control import published
from gis.assessment.values import stated
from gis.control import applicable, industries, judge, measured
from gis.control.values import OUTPUT, TAX
from gis.law import Law
from gis.store import records
from gis.store.database import Connection

# What a proposal says -> the fact it is (`control.facts`).
_PLANNED = {
    "area_m2": "land_m2",
    "planned_floor_m2": "floor_area_m2",
    "planned_footprint_m2": "footprint_m2",
    "planned_yard_m2": "yard_m2",
    "planned_office_land_m2": "office_land_m2",
    "planned_office_floor_m2": "office_floor_m2",
    "planned_investment_fen": "invested_with_price_fen",
}
_PER_LAND = {OUTPUT: "planned_output_fen", TAX: "planned_tax_fen"}
TEXTS = ("project_code", "name", "region_code", "park_code", "industry", "industry_code",
         "industry_edition")  # fmt: skip
FIGURES = (*_PLANNED, *_PER_LAND.values())


def check(
    connection: Connection, law: Law, proposed: pd.DataFrame, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return table `entry` (a row per proposal and value), and the control values known.

    `proposed`: rows of the kind `projects` (row_no, `TEXTS`, `FIGURES`; what a row lacks is
    unknown), each held against the values in force on a day.
    """
    delivery = records.latest_delivery(connection)
    rows = proposed.reindex(columns=["row_no", *TEXTS, *FIGURES]).reset_index(drop=True)
    # A row is known by its place: two may bear one number, and one none.
    rows["subject"] = [f"{n}" for n in range(len(rows))]
    rows["region_code"] = rows["region_code"].fillna(_regions(connection, delivery, as_of, rows))
    subjects = _subjects(rows, law, as_of)
    values = stated(connection, delivery, law, as_of)
    applied = applicable.applicable(subjects, values)
    found = published(judge.against(applied, measured.measured(_facts(rows), "yes")), law, as_of)
    # Without a number a proposal goes by its name, without either by its row.
    numbers = rows["project_code"].fillna(rows["name"])
    rows["project_code"] = numbers.fillna(rows["row_no"].map("第 {} 行 row".format))
    own = rows[["subject", "row_no", "project_code", "name", "region_code", "park_code"]]
    found = found.merge(own, on="subject")
    return found.drop(columns="subject").rename(columns={"project_code": "subject"}), values


def _regions(connection: Connection, delivery: int, as_of: date, rows: pd.DataFrame) -> pd.Series:
    """Return the region of the park each proposes to enter."""
    parks = records.read(connection, "parks", delivery, as_of, columns=("region_code",))
    return matched.of(parks.set_index("key")["region_code"], rows["park_code"])


def _subjects(rows: pd.DataFrame, law: Law, as_of: date) -> pd.DataFrame:
    classes = industries.industries_on(law, as_of)
    return pd.DataFrame(
        {
            "subject": rows["subject"],
            "park_code": rows["park_code"],
            "region_code": rows["region_code"],
            "industries": industries.possible(
                classes, rows["industry_code"], rows["industry_edition"], rows["industry"]
            ),
            "values_on": pd.Series(pd.Timestamp(as_of), index=rows.index).astype("datetime64[s]"),
            "is_unbuilt": True,
            "capacity_on": pd.Series(pd.NaT, index=rows.index).astype("datetime64[s]"),
        }
    )


def _facts(rows: pd.DataFrame) -> pd.DataFrame:
    land = _numbers(rows["area_m2"])
    facts: dict[str, Any] = {fact: _numbers(rows[name]) for name, fact in _PLANNED.items()}
    for name, column in _PER_LAND.items():
        facts[name] = units.yuan(_numbers(rows[column])) / land.where(land > 0)
    # Whoever plans says how its floors count.
    for name in ("counted_least_m2", "counted_most_m2"):
        facts[name] = facts["floor_area_m2"]
    unknown = dict.fromkeys(("invested_fen", "price_fen"), np.nan)
    return pd.DataFrame({"subject": rows["subject"], "is_floor_whole": True, **facts, **unknown})


def _numbers(values: pd.Series) -> pd.Series:
    return values.astype("Float64").astype("float64")
