"""What offices write of land beside the law: use, owner, reason, plan, result, who is responsible.

It stands in registers of approvals, in reports on their state and in the offices' own ledgers
(台账). Nothing is judged by it; ledgers and letters show it. Where papers of one day say different
things all of them are shown, and a newer day ends what an older one said.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis import fields
from gis.arrays import objects
from gis.facts import link
from gis.facts.approvals import name_of, newest_status
from gis.facts.gather import NOTES, Records

BETWEEN = "；"
OF_APPROVAL = ["batch", "planned_use_text", "ownership", "reason", "office", "by_month"]
FROM_LEDGER = "（据台账）"
_WORDS = (
    *("name", "use_text", "location", "ownership", "reason", "office", "way", "result"),
    *("published_on", "published_by_month", "state", "closed_on"),
)


def of_approvals(records: Records, approvals: pd.Series) -> pd.DataFrame:
    """Return what is noted of each approval of these names, by name: OF_APPROVAL.

    Batch, use, owner and office are those of the register of approvals, else of the newest ledger
    批而未供 (which a use says); the reason is that of the newest report on its state, else the
    ledger's; an office of such a report is newer than the register's. `by_month` names the days
    of which only the month is known.
    """
    names = pd.Index(approvals.unique())
    parts = records.dated["approvals"]
    parts = parts.assign(approval=name_of(parts))
    parts = parts[parts["approval"].isin(names)].sort_values("key")
    own = _each(parts, "approval", ["batch", "use_text", "ownership", "office"]).reindex(names)
    status = newest_status(records.dated["approval_status"], names.to_series()).reindex(names)
    noted = _newest(_of_approvals(records, parts), "approval").reindex(names)
    is_month = parts["approved_by_month"].eq(True).fillna(False).astype(bool)
    is_by_month = names.isin(parts.loc[is_month, "approval"])
    used = noted["use_text"].where(own["use_text"].isna()) + FROM_LEDGER
    told = pd.DataFrame(
        {
            "batch": own["batch"].fillna(noted["name"]),
            "planned_use_text": own["use_text"].fillna(used),
            "ownership": own["ownership"].fillna(noted["ownership"]),
            "reason": status["obstacle"].fillna(noted["reason"]),
            "office": status["office"].fillna(noted["office"]).fillna(own["office"]),
        }
    ).astype("str")
    months = objects([("approved_on",) if month else None for month in is_by_month])
    return told.assign(by_month=months)[OF_APPROVAL]


def of_supplies(records: Records) -> pd.DataFrame:
    """Return what the newest ledger 闲置土地 says of each supply, by subject: _WORDS."""
    rows = records.dated[NOTES]
    rows = rows[rows["ledger"] == "idle"]
    return _newest(link.join(rows, link.references(records.dated["supplies"])), "subject")


def of_parcels(records: Records, facts: pd.DataFrame) -> pd.DataFrame:
    """Return `use_text` and `location` of the parcels of the supplies `facts`, by subject.

    The parcels are those that name the supply, else those that name none and lie under it: they
    cover most of it, or it covers most of them. The words say which parcel they are of.
    """
    parcels = records.dated["parcels"]
    met = link.join(parcels, link.references(records.dated["supplies"]))
    met = met[met["subject"].isin(facts["subject"])]
    under = _under(facts[~facts["subject"].isin(met["subject"])], parcels)
    met = pd.concat([met, under]).sort_values(["subject", "key"])
    met = met.assign(number=met["parcel_code"].fillna(met["key"]))
    told = {name: _of_numbers(met, name) for name in ("use_text", "location")}
    return pd.concat(told, axis=1)


def _of_numbers(met: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return what the parcels of each subject say, each text once with the parcels that say it."""
    groups = met.dropna(subset=[name]).groupby(["subject", name], sort=False)["number"]
    told = groups.agg("、".join).reset_index()
    told["words"] = told[name] + "（据宗地 " + told["number"] + "）"
    return told.groupby("subject")["words"].agg(BETWEEN.join).astype("str")


def _under(facts: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return the parcels that name no supply and lie under one of these, with its `subject`."""
    own = facts[facts["geom"].notna()]
    says = parcels["use_text"].notna() | parcels["location"].notna()
    bare = parcels[parcels["supply_no"].isna() & says & parcels["geom"].notna()]
    of, by = (rows["geom"].to_numpy(dtype=object) for rows in (own, bare))
    place, other = shapely.STRtree(by).query(of, predicate="intersects")
    common = shapely.area(shapely.intersection(of[place], by[other]))
    least = np.minimum(shapely.area(of[place]), shapely.area(by[other]))
    is_under = common >= fields.IDENTITY.same_share * least
    under: pd.DataFrame = bare.iloc[other[is_under]]
    return under.assign(subject=own["subject"].to_numpy()[place[is_under]])


def _of_approvals(records: Records, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the ledger 批而未供 with the `approval` each speaks of.

    A row speaks of every batch of its number, unless its name is that of one of them.
    """
    rows = records.dated[NOTES]
    rows = rows[rows["ledger"] == "unsupplied"]
    own = parts[["approval", "approval_no", "batch"]].drop_duplicates()
    cited = [own.rename(columns={"approval_no": "cited"})[["approval", "cited", "batch"]]]
    cited += [own.assign(cited=own["approval"])[["approval", "cited", "batch"]]]
    pairs = pd.concat(cited).drop_duplicates(["approval", "cited"])
    met = rows.merge(pairs, left_on="approval_no", right_on="cited")
    is_named = (met["name"] == met["batch"]).fillna(False).astype(bool)
    knows_one = is_named.groupby(met["key"]).transform("any").astype(bool)
    return met[is_named | ~knows_one]


def _newest(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the words of the rows of each subject's newest day; undated rows are the oldest."""
    if rows.empty:
        return _each(rows, by, [*_WORDS])
    newest_on = rows.groupby(by)["effective_on"].transform("max")
    of_day = (rows["effective_on"] == newest_on) | newest_on.isna()
    return _each(rows[of_day].sort_values([by, "key"]), by, [*_WORDS])


def _each(rows: pd.DataFrame, by: str, names: list[str]) -> pd.DataFrame:
    """Return each column of the rows of one subject: the texts told, once each; the last day."""
    if rows.empty:
        return rows.set_index(by)[names].rename_axis(None)
    table = {}
    for name in names:
        told = rows[[by, name]].dropna().drop_duplicates()
        if not told[by].duplicated().any():
            table[name] = told.set_index(by)[name]
            continue
        values: Any = told.groupby(by)[name]
        table[name] = values.agg(BETWEEN.join) if _is_text(rows[name]) else values.last()
    return pd.DataFrame(table, index=pd.Index(rows[by].unique()))


def _is_text(values: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(values) or values.dtype == object
