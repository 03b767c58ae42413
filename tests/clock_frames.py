"""Facts and causes written down as dictionaries: as the frames the clock takes, and their years."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

EVENT_DAYS = (
    "handover_actual_on",
    "extension_on",
    "started_on",
    "completed_on",
    "stopped_on",
    "right_ended_on",
    "found_on",
    "found_disposed_on",
    "former_stopped_on",
    "resumed_on",
    "fee_decided_on",
)
DAY_COLUMNS = (
    *EVENT_DAYS,
    "not_started_on",
    "recovery_decided_on",
    "signed_on",
    "start_agreed_on",
    "handover_agreed_on",
    "completion_agreed_on",
    "completion_extended_on",
    "extension_start_due_on",
    "extension_before_due_on",
)
TEXT_COLUMNS = (
    "subject",
    "supply_no",
    "phase",
    "region_code",
    "supply_way",
    "extension_kind",
    "started_grade",
    "not_started_grade",
    "right_ended_kind",
    "found_cause",
    "found_document",
    "consent",
)
MONEY_COLUMNS = ("price_fen", "supplement_fen", "invested_fen", "investment_total_fen")
AREA_COLUMNS = ("area_m2", "parcel_total_m2", "developed_area_m2")
FLAG_COLUMNS = (
    "extension_has_approval",
    "is_extension_clash",
    "is_start_disputed",
    "is_revocation_open",
)


def frames(
    facts: list[dict[str, Any]], causes: list[dict[str, Any]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames the clock takes for facts and causes written as dictionaries."""

    def column(rows: list[dict[str, Any]], name: str, dtype: str) -> pd.Series:
        return pd.Series([row.get(name) for row in rows], dtype=dtype)

    def days(rows: list[dict[str, Any]], name: str) -> pd.Series:
        return pd.Series(pd.to_datetime([row.get(name) for row in rows])).astype("datetime64[s]")

    fact_columns = {name: column(facts, name, "str") for name in TEXT_COLUMNS}
    fact_columns |= {name: days(facts, name) for name in DAY_COLUMNS}
    fact_columns |= {name: column(facts, name, "Int64") for name in MONEY_COLUMNS}
    fact_columns |= {name: column(facts, name, "float64") for name in AREA_COLUMNS}
    fact_columns |= {name: column(facts, name, "boolean") for name in FLAG_COLUMNS}
    cause_columns = {name: column(causes, name, "str") for name in ("subject", "document", "kind")}
    cause_columns |= {name: days(causes, name) for name in ("starts_on", "ends_on")}
    return pd.DataFrame(fact_columns), pd.DataFrame(cause_columns)


@lru_cache(maxsize=200_000)
def years_later(on: date, years: int) -> date:
    """Return the corresponding day, or month's end: only 29 February lacks one."""
    if on.month == 2 and on.day == 29:
        march_first = date(on.year + years, 3, 1)
        return march_first - timedelta(days=1)
    return date(on.year + years, on.month, on.day)
