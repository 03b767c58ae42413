"""Control values as stated: what contracts agreed, what a bureau loaded, what the law says."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gis.control import industries, values
from gis.law import Law
from gis.store import records
from gis.store.database import Connection

# A term of an agreement -> the control value it is.
TERMS = {
    "floor_ratio_min": values.FLOOR_RATIO,
    values.INVESTMENT: values.INVESTMENT,
    values.TAX: values.TAX,
    values.OUTPUT: values.OUTPUT,
}
# What the nation asks of every industry; its table by industry is loaded by a bureau.
_OF_LAW = (
    ("indicators.site_coverage_min", values.SITE_COVERAGE, "least"),
    ("indicators.office_land_max", values.OFFICE_LAND, "most"),
    ("indicators.office_floor_max", values.OFFICE_FLOOR, "most"),
)
_COLUMNS = [
    "level", "place", "industry", "name", "least", "most", "unit", "document", "from_on",
    "until_on", "is_verified", "fault",
]  # fmt: skip


def stated(
    connection: Connection, delivery: int, law: Law, as_of: date, agreed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return every control value known at a delivery, with what keeps one from being used.

    `agreed`: subject, document, signed_on and `TERMS` of those under agreement, a row for each
    agreement of a subject. Faults: those of `values.in_stored_units`; industry_unknown (no code
    of GB/T 4754), edition_unknown (a code nobody can follow), place_unknown, agreements_differ.
    """
    parts = [_loaded(connection, delivery, law, as_of), _of_the_law(law, as_of)]
    if agreed is not None:
        parts.append(_agreed(agreed))
    told = pd.concat(parts, ignore_index=True)
    days = {"from_on": "datetime64[s]", "until_on": "datetime64[s]", "is_verified": "bool"}
    told = told.reindex(columns=_COLUMNS).astype(days)
    found = values.in_stored_units(told)
    fault = told["fault"].astype("object").where(told["fault"].notna(), found["fault"])
    is_sound = fault.isna()
    return found.assign(
        fault=fault.where(~is_sound, None),
        least=found["least"].where(is_sound),
        most=found["most"].where(is_sound),
    )


def _loaded(connection: Connection, delivery: int, law: Law, as_of: date) -> pd.DataFrame:
    rows = records.read(connection, "control_values", delivery, as_of)
    known = industries.industries_on(law, as_of)
    code = rows["industry_code"].map(industries.stated_code, na_action=None)
    followed = industries.possible(
        known, code.fillna(""), rows["industry_edition"], pd.Series("", index=rows.index)
    )
    is_any, is_one = code == "", followed.map(lambda one: one is not None and len(one) == 1)
    has_park, has_region = rows["park_code"].notna(), rows["region_code"].notna()
    fault = pd.Series(None, index=rows.index, dtype="object")
    fault[~is_any & ~is_one] = "edition_unknown"
    fault[code.isna()] = "industry_unknown"
    return pd.DataFrame(
        {
            # Neither park nor region: it holds everywhere, as the tables of the nation do.
            "level": (
                pd.Series("nation", index=rows.index)
                .mask(has_region, "region")
                .mask(has_park, "park")
            ),
            "place": rows["park_code"].fillna(rows["region_code"]).fillna(""),
            "industry": [one[0] if one and len(one) == 1 else "" for one in followed],
            "name": rows["indicator"],
            "least": rows["least"],
            "most": rows["most"],
            "unit": rows["unit"],
            "document": rows["document"],
            "from_on": rows["from_on"],
            "until_on": rows["until_on"],
            # Whoever loads it names the paper it stands in.
            "is_verified": True,
            "fault": fault,
        }
    )


def _of_the_law(law: Law, as_of: date) -> pd.DataFrame:
    rows = []
    for key, name, end in _OF_LAW:
        for value in law.every_value():
            if value.key != key or value.from_on > as_of:
                continue
            rows.append(
                {
                    "level": "region" if value.region else "nation",
                    "place": value.region,
                    "industry": "",
                    "name": name,
                    end: float(value.amount),  # type: ignore[arg-type]
                    "unit": "ratio",
                    "document": f"{value.source} {value.article}",
                    "from_on": pd.Timestamp(value.from_on),
                    "until_on": pd.NaT if value.until_on is None else pd.Timestamp(value.until_on),
                    "is_verified": value.verified,
                }
            )
    return pd.DataFrame(rows)


def _agreed(agreed: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for term, name in TERMS.items():
        rows = agreed.dropna(subset=[term]).drop_duplicates(["subject", term])
        parts.append(
            pd.DataFrame(
                {
                    "level": "agreement",
                    "place": rows["subject"],
                    "industry": "",
                    "name": name,
                    "least": rows[term].astype("float64"),
                    "unit": "ratio" if name == values.FLOOR_RATIO else "yuan_per_m2",
                    "document": rows["document"],
                    "from_on": rows["signed_on"],
                    "is_verified": True,
                    # Two agreements of one project that say different things: a person decides.
                    "fault": ["agreements_differ" if one else None
                              for one in rows.duplicated("subject", keep=False)],
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
