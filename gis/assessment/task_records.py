"""The records of tasks a run knew, and what the run shows of the land their base names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.record_names import number_of
from gis.store import records, results
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run
from gis.targets.against import within

_TASKS = ("year", "until_year", "region_code", "park_code", "way", "target_m2")
_BASE = (
    *("year", "region_code", "way", "item_no", "supply_no", "approval_no", "park_code", "area_m2"),
)
_DONE = (
    *("year", "region_code", "park_code", "way", "stage", "item_no", "supply_no", "approval_no"),
    *("area_m2", "document", "done_on", "rate_percent"),
)
_LEDGER = (
    *("ledger", "year", "region_code", "park_code", "item_no", "supply_no", "approval_no"),
    *("reported_m2", "system_m2", "recognised_m2", "from_on"),
)
_STAGE_OF = {"reported_m2": "reported", "system_m2": "filed", "recognised_m2": "confirmed"}
_NAMED = ["item_no", "supply_no", "approval_no"]


@dataclass(frozen=True)
class TaskRecords:
    """Tasks, base, results (papers and ledgers), figures of sheets; places and their names."""

    tasks: pd.DataFrame
    base: pd.DataFrame
    done: pd.DataFrame
    sheets: pd.DataFrame
    parks: pd.DataFrame
    regions: pd.DataFrame
    later_count: int


def tasks_of(connection: Connection, run: Run, year: int) -> pd.DataFrame:
    """Return the tasks a run knew that hold a year, those of several years among them."""
    tasks = records.read(connection, "tasks", run.delivery, run.as_of, run.region, _TASKS)
    tasks = tasks.assign(until_year=tasks["until_year"].astype(float))
    last = tasks["until_year"].fillna(tasks["year"])
    return tasks[(tasks["year"] <= year) & (year <= last)]


def of_year(connection: Connection, run: Run, year: int) -> TaskRecords:
    """Return the records of the tasks of a year that a run knew, effective by its day."""

    def read(kind: str, columns: Sequence[str]) -> pd.DataFrame:
        return records.read(connection, kind, run.delivery, run.as_of, run.region, columns)

    tasks = tasks_of(connection, run, year)
    last = tasks["until_year"].fillna(tasks["year"])
    years = (tasks["year"].min(), last.max()) if len(tasks) else (year, year)
    base = read("base", _BASE)
    base = base[base["year"].between(*years)]
    done = read("done", _DONE)
    done = done[done["year"].between(*years)].rename(columns={"rate_percent": "printed_percent"})
    names_item = done[_NAMED].notna().any(axis=1)
    ledgers = _of_ledgers(read("ledgers", _LEDGER), base)
    papers = done[names_item].assign(is_ledger=False)
    both = [one for one in (papers, ledgers) if len(one)] or [papers]
    return TaskRecords(
        tasks.reset_index(drop=True),
        base.reset_index(drop=True),
        pd.concat(both, ignore_index=True),
        done[~names_item & (done["year"] == year)].reset_index(drop=True),
        read("parks", ("park_code", "region_code", "name")),
        read("regions", ("region_code", "name")),
        records.count_later(connection, ("tasks", "base", "done"), run.delivery),
    )


def _of_ledgers(ledgers: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Return the three columns of the ledgers as results, each of the item it stands for.

    A ledger without a year is that of the newest base which has the item.
    """
    own = ledgers[ledgers["ledger"].isin(["unsupplied", "idle"])].rename(columns={"ledger": "way"})
    newest = base.groupby(["region_code", "way", "item_no"])["year"].max()
    years = [
        year if pd.notna(year) else newest.get((region, way, item), np.nan)
        for year, region, way, item in own[["year", "region_code", "way", "item_no"]].itertuples(
            index=False
        )
    ]
    own = own.assign(year=np.array(years, float), document=None, is_ledger=True)
    rows = [
        own.assign(area_m2=own[column], stage=stage, done_on=own["from_on"])
        for column, stage in _STAGE_OF.items()
    ]
    told = pd.concat(rows, ignore_index=True)
    told = told[told["area_m2"].notna() & told["year"].notna()]
    return told.reindex(columns=["key", *_DONE[:-1], "is_ledger"])


def shown_by(
    connection: Connection, run: Run, items: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a run says of the land items name: supplies (outcome), approvals (what is left).

    A supply may be named by its contract.
    """
    supplies = [*items.loc[items["way"] == "idle", "supply_no"].dropna().unique()]
    approvals = [*items.loc[items["way"] == "unsupplied", "approval_no"].dropna().unique()]
    found = _findings(connection, run, supplies)
    lacking = sorted({*supplies} - {*found["supply_no"]})
    if lacking:
        held = results.read(connection, run, "holding", Asked({"contract_no": lacking}))
        by_contract = dict(zip(held["subject"], held["contract_no"], strict=True))
        more = _findings(connection, run, [*map(number_of, by_contract)])
        more = more.assign(supply_no=more["subject"].map(by_contract)).dropna(subset=["supply_no"])
        found = pd.concat([found, more], ignore_index=True)
    left = results.read(connection, run, "balance", Asked(of=approvals))
    return found, pd.DataFrame(
        {
            "approval_no": left["approval"].map(number_of),
            "left_m2": left["unsupplied_m2"] + left["edge_m2"],
        }
    )


def _findings(connection: Connection, run: Run, numbers: Sequence[str]) -> pd.DataFrame:
    asked = Asked({"rule": ["idle_land"]}, of=numbers)
    found = results.read(connection, run, "finding", asked)[["subject", "outcome"]]
    return found.assign(supply_no=found["subject"].map(number_of))


def approvals_of(connection: Connection, run: Run, region: str) -> pd.DataFrame:
    """Return the approvals of a region: `year` they were given, approved_m2, supplied_m2.

    Land approved twice counts once, with the newest approval.
    """
    lines = results.read(connection, run, "place_line", Asked({"place_kind": ["region"]}))
    lines = lines[within(lines["place_code"], region)]
    days = results.read(connection, run, "balance").set_index("approval")["approved_on"]
    approved = pd.to_datetime(lines["approval"].map(days.to_dict()))
    return pd.DataFrame(
        {
            "year": approved.dt.year,
            "approved_m2": lines["approved_m2"],
            "supplied_m2": lines["supplied_m2"],
        }
    )
