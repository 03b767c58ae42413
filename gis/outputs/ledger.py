"""A finding and what was known of its land, side by side: a row of the ledger."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gis import result_tables

Tables = Mapping[str, pd.DataFrame]
_IDLE_LAND, _UNSUPPLIED = "idle_land", "unsupplied"
# Days that follow from a start that is still due; once works began they say nothing.
_OF_NO_START = ("year_on", "two_years_on")
_BEGUN = ("started", "disputed")
UNDATED = "undated"
_OF_BALANCE = ("approved_m2", "supplied_m2", "withdrawn_m2", "unsupplied_m2")


def joined(findings: pd.DataFrame, tables: Tables, as_of: object) -> pd.DataFrame:
    """Return the findings with the columns of `holding` and `approved`, with their index.

    `tables` are the stored results of the run: holding, and of unsupplied land unsupplied and
    balance where there are any. `not_started_days` counts from the start day that binds to `as_of`,
    where nothing was started; shares are of the subject's area and of its total investment. What is
    of no concern to a rule is empty: a piece knows of no supply, a supply of no approval's areas.
    """
    holdings = tables["holding"]
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
    rows = _beneath(rows, tables, as_of)
    order = [
        name
        for table in ("holding", "approved")
        for name in result_tables.TABLES[table].names
        if name in rows and name not in findings
    ]
    return rows[[*findings.columns, *order]]


def pieces(findings: pd.DataFrame, told: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return findings of unsupplied land with what is told of each, with their index.

    `told` is the stored table `unsupplied`; the age of the approval is counted to `as_of`.
    """
    own = told.set_index("subject").reindex(findings["subject"]).set_axis(findings.index)
    age = (pd.Timestamp(str(as_of)) - own["approved_on"]).dt.days.astype("Int64")
    own = own.assign(age_days=age)
    # A run made before these were told says nothing of them.
    wanted = [name for name in result_tables.TABLES["unsupplied"].names if name not in findings]
    return findings.join(own.reindex(columns=wanted))


def dated(balances: pd.DataFrame) -> pd.DataFrame:
    """Return the balances that were struck: all but the lines of approvals without their day."""
    return balances[balances["method"] != UNDATED]


def _beneath(rows: pd.DataFrame, tables: Tables, as_of: object) -> pd.DataFrame:
    """Add what is known of the approval beneath each piece of unsupplied land."""
    if _UNSUPPLIED not in tables:
        return rows
    is_piece = rows["rule"] == _UNSUPPLIED
    bare = rows.loc[is_piece, [*result_tables.TABLES["finding"].names, "approval"]]
    told = pieces(bare, tables[_UNSUPPLIED], as_of)
    if "balance" in tables:
        areas = dated(tables["balance"]).set_index("approval")[[*_OF_BALANCE]]
        told = told.join(areas, on="approval")
    for name in result_tables.TABLES["approved"].names:
        if name in told:
            rows[name] = told[name].reindex(rows.index)
    for name in ("office", "by_month"):
        if name in rows and name in told:
            rows[name] = rows[name].where(~is_piece, told[name].reindex(rows.index))
    return rows
