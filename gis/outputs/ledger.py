"""A finding of supplied land and what was known of it, side by side: a row of the ledger."""

from __future__ import annotations

import pandas as pd

from gis import result_tables

_IDLE_LAND = "idle_land"
# Days that follow from a start that is still due; once works began they say nothing.
_OF_NO_START = ("year_on", "two_years_on")
_BEGUN = ("started", "disputed")


def joined(findings: pd.DataFrame, holdings: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return the findings with the columns of `holding`, in their order and with their index.

    `not_started_days` counts from the start day that binds to `as_of`, where nothing was started;
    shares are of the subject's area and of its total investment. Findings of other rules know of no
    supply: their columns are empty.
    """
    names = [name for name in result_tables.TABLES["holding"].names if name in holdings]
    own = holdings.set_index("subject")[names]
    is_supply = findings["rule"] == _IDLE_LAND
    rows = own.reindex(findings["subject"].where(is_supply)).set_axis(findings.index)
    rows = pd.concat([findings, rows], axis=1)
    is_open = is_supply & ~findings["start_state"].isin(_BEGUN) & (findings["outcome"] != "closed")
    late = (pd.Timestamp(str(as_of)) - rows["start_due_on"]).dt.days
    area_m2, total = rows["area_m2"], rows["investment_total_fen"].astype("Float64")
    rows = rows.assign(
        not_started_days=late.where(is_open & (late > 0)).astype("Int64"),
        developed_share=rows["developed_area_m2"] / area_m2.where(area_m2 > 0),
        invested_share=(rows["invested_fen"].astype("Float64") / total.where(total > 0)).astype(
            "float64"
        ),
    )
    for name in _OF_NO_START:
        rows[name] = rows[name].where(is_open)
    order = [name for name in result_tables.TABLES["holding"].names if name in rows]
    return rows[[*findings.columns, *order]]
