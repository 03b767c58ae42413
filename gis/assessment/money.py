"""What a project cost, what its firm makes of its land, and whether the firm still works."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import units
from gis.assessment import matched
from gis.control.values import OUTPUT, TAX
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.runs import Run

_YEARS = ("enterprise_code", "year", "output_fen", "tax_fen", "land_area_m2")


def counted(
    connection: Connection,
    run: Run,
    day: date,
    subjects: pd.DataFrame,
    pairs: pd.DataFrame,
    firms: pd.DataFrame,
    held: pd.DataFrame,
) -> pd.DataFrame:
    """Return the subjects with price_fen, enterprise_code, enterprise_state, output and tax.

    Output and tax are those of the newest whole year that began since the 达产 day, of the firm and
    over all the land it holds: a firm's figures are not a project's.
    """
    price = pairs["price_fen"].astype("Float64") + pairs["supplement_fen"].fillna(0)
    price = price.where(price > 0).groupby(pairs["subject"]).agg(lambda one: one.sum(skipna=False))
    code = subjects["enterprise_code"].fillna(_by_supply(subjects, pairs, firms))
    of_firm = firms.drop_duplicates("enterprise_code").set_index("enterprise_code")
    figures = _figures(connection, run, day, subjects.assign(enterprise_code=code), firms, held)
    return subjects.assign(
        price_fen=price.reindex(subjects["subject"]).to_numpy(dtype="float64", na_value=np.nan),
        enterprise_code=code,
        enterprise_state=of_firm["state"].reindex(code).to_numpy(),
        **figures,
    )


def _by_supply(subjects: pd.DataFrame, pairs: pd.DataFrame, firms: pd.DataFrame) -> pd.Series:
    """Return the one firm that names a supply of each subject, unknown where several do."""
    named = firms[["enterprise_code", "supply_nos"]].explode("supply_nos").dropna()
    refs = pd.concat([pairs["ref"], pairs["supply_no"]]).dropna()
    whose = pairs["subject"].reindex(refs.index)
    both = pd.DataFrame({"supply_nos": refs, "subject": whose}).merge(named, on="supply_nos")
    only = both.groupby("subject")["enterprise_code"].agg(
        lambda codes: codes.iloc[0] if codes.nunique() == 1 else np.nan
    )
    return matched.of(only, subjects["subject"])


def _figures(
    connection: Connection,
    run: Run,
    day: date,
    subjects: pd.DataFrame,
    firms: pd.DataFrame,
    held: pd.DataFrame,
) -> dict[str, Any]:
    only = RecordFilter(named={"enterprise_code": {*subjects["enterprise_code"].dropna()}})
    years = records.read(
        connection, "enterprise_years", run.delivery, day, columns=_YEARS, only=only
    ).drop(columns=["key", "effective_on"])  # fmt: skip
    rows = subjects[["subject", "enterprise_code", "capacity_on"]].merge(
        years, on="enterprise_code"
    )
    begins = pd.to_datetime(rows["year"].astype("str") + "-01-01", errors="coerce")
    rows = rows[(begins >= rows["capacity_on"]).to_numpy(dtype=bool)]
    newest = rows.sort_values("year").drop_duplicates("subject", keep="last")
    newest = newest.set_index("subject")
    land = _land_of(firms, held)
    whole = matched.of(land, newest["enterprise_code"]).astype("float64")
    # Where its supplies do not tell, what the firm itself says of its land that year.
    whole = whole.fillna(newest["land_area_m2"].astype("float64"))
    whole = whole.where(whole > 0)
    return {
        name: (units.yuan(newest[column].astype("Float64").astype("float64")) / whole)
        .reindex(subjects["subject"])
        .to_numpy(dtype="float64")
        for name, column in ((OUTPUT, "output_fen"), (TAX, "tax_fen"))
    } | {"figures_year": newest["year"].reindex(subjects["subject"]).to_numpy()}


def _land_of(firms: pd.DataFrame, held: pd.DataFrame) -> pd.Series:
    """Return the land of each firm by the supplies it names; unknown where one of them is."""
    named = firms[["enterprise_code", "supply_nos"]].explode("supply_nos").dropna()
    refs = pd.concat([held.assign(ref=held[one]) for one in ("supply_no", "contract_no")])
    refs = refs.dropna(subset=["ref"]).drop_duplicates(["ref", "subject"])
    both = named.merge(refs, left_on="supply_nos", right_on="ref", how="left")
    both = both.drop_duplicates(["enterprise_code", "supply_nos", "subject"])
    found: pd.Series = both.groupby("enterprise_code")["area_m2"].agg(
        lambda areas: areas.sum(skipna=False)
    )
    return found
