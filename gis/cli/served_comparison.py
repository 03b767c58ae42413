"""An export of the national system read, and laid beside what we list: for a server, or a command.

It stores no fact: neither a record nor a delivery comes of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis import config, contracts
from gis.accounts import land
from gis.fields import KINDS
from gis.intake.columns.header_profile import HeaderProfiles, Profile, empty_days_of
from gis.intake.issues import unread_cells
from gis.intake.read import Reading, read
from gis.national import compare, lists
from gis.national.compare import Export, Own
from gis.national.lists import Listing
from gis.record_names import JOINT, number_of
from gis.store import comparisons, database, profiles, records, results, runs, whose_land
from gis.store.database import Connection
from gis.store.records import region_start
from gis.store.results import Asked, Scope
from gis.store.runs import Run

# What of ours the national list of idle land answers to: not what waits to be verified.
IDLE = frozenset({"found_idle", "suspected_idle", "may_be_idle"})
_RULES = {"idle": "idle_land", "supplies": "idle_land", "unsupplied": "unsupplied"}
_OF_HOLDING = ("holder", "started_on")


@dataclass(frozen=True)
class How:
    """How an export is read: header -> column by hand, days that mean none, the sender whose
    headers are known.
    """

    layer: str | None = None
    encoding: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    empty_days: Sequence[str] = ()
    sender: str | None = None


@dataclass(frozen=True)
class Found:
    """What came of it: the rows of `compare`, which columns were compared, how it was read."""

    rows: pd.DataFrame
    compared: tuple[str, ...]
    mapping: Mapping[str, str]
    notes: list[str]

    def counts(self, area: str) -> dict[str, Any]:
        """Return by state how many rows, and the area known of each side (None: none is)."""
        told: dict[str, Any] = {}
        for state, of in self.rows.groupby("state"):
            told[str(state)] = {
                "rows": len(of),
                "theirs_m2": _sum(of["theirs"], area),
                "ours_m2": _sum(of["ours"], area),
            }
        return {state: told[state] for state in contracts.CODES["comparison"] if state in told}


def laid_beside(
    connection: Connection,
    run: Run,
    listing: Listing,
    path: Path,
    how: How,
    scope: Scope | None,
) -> Found:
    """Return an export beside what a run, and the records it knew, say of the land of a scope."""
    known = _remembered(connection, listing, how)
    reading = read(
        path, listing.kind, layer=how.layer, encoding=how.encoding, column_map=known,
        sender=how.sender,
    )  # fmt: skip
    export = _export(reading)
    own = _ours(connection, run, listing, scope)
    compared = tuple(one for one in listing.compared if one in export.has)
    whole = reading.issues[reading.issues["row_no"].isna()]
    notes = [*dict.fromkeys(_said(whole))]
    return Found(compare.compare(listing, export, own), compared, reading.mapping, notes)


def compare_file(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lay a file that was sent beside ours and keep what came of it; return its number.

    order: number, path, list, run, how, land (None: all of it), account, name, sha256, bytes.
    """
    listing, scope = lists.list_named(order["list"]), scope_of(order["land"])
    with database.connect(config.read()) as connection:
        run = runs.get(connection, int(order["run"]))
        found = laid_beside(
            connection, run, listing, Path(order["path"]), How(**order["how"]), scope
        )
        names = ("is_unscoped", "regions", "parks", "blocks")
        made = {
            "id": order["number"], "account": order["account"],
            **dict(zip(names, land.stored(scope), strict=True)),
            "list": listing.name, "name": order["name"], "sha256": order["sha256"],
            "bytes": order["bytes"], "run": run.id, "compared": [*found.compared],
            "mapping": dict(found.mapping), "counts": found.counts(listing.area),
            "notes": found.notes,
        }  # fmt: skip
        with connection.transaction():
            comparisons.expire(connection)
            comparisons.add(connection, made, found.rows)
    return {"id": order["number"]}


def scope_of(told: Mapping[str, Sequence[str]] | None) -> Scope | None:
    """Return the land an order speaks of, None for all of it."""
    return None if told is None else Scope(**{name: tuple(told[name]) for name in told})


def _remembered(connection: Connection, listing: Listing, how: How) -> HeaderProfiles:
    days = empty_days_of(how.empty_days)
    known: list[Profile] = []
    if how.sender is not None and listing.kind.name in KINDS:
        known = [
            Profile(frozenset(one["headers"]), one["mapping"], empty_days_of(one["empty_days"]))
            for one in profiles.read(connection, how.sender, listing.kind.name).to_dict("records")
        ]
    return HeaderProfiles(how.column_map, known, asked_days=days)


def _export(reading: Reading) -> Export:
    issues = reading.issues[reading.issues["row_no"].notna()]
    issues = issues.assign(message=_said(issues))
    refused = issues[issues["severity"] == "error"]
    cells = unread_cells(reading.issues)
    lost = issues.merge(cells[["row_no", "field"]], on=["row_no", "field"])
    return Export(
        reading.rows,
        frozenset(reading.mapping.values()),
        refused.assign(key=refused["value"].fillna("")),
        lost[["row_no", "message"]],
    )


def _said(issues: pd.DataFrame) -> pd.Series:
    """Return what an issue says, in both languages: its sentence is Chinese, its label both."""
    return pd.Series(
        [
            f"{message.rstrip('。')}。 {contracts.label('issue', code.partition(':')[0], 'en')}"
            for message, code in zip(issues["message"], issues["code"], strict=True)
        ],
        index=issues.index,
        dtype="str",
    )


def _ours(connection: Connection, run: Run, listing: Listing, scope: Scope | None) -> Own:
    if listing.name == "unsupplied":
        found = _approvals(connection, run, scope)
    else:
        found = _supplies(connection, run, listing, scope)
    starts = None
    if scope is not None:
        starts = frozenset(region_start(code) for code in scope.regions)
    return Own(found.reset_index(drop=True), starts)


def _judged(
    connection: Connection, run: Run, rule: str, columns: Sequence[str], scope: Scope | None
) -> pd.DataFrame:
    """Return what a run found by a rule, with `is_inside`: of the land of the scope."""
    asked = Asked(where={"rule": [rule]})
    found = results.read_columns(connection, run, "finding", columns, asked)
    if scope is None:
        return found.assign(is_inside=True)
    within = Asked(where={"rule": [rule]}, within=scope)
    own = results.read_columns(connection, run, "finding", ["subject"], within)
    return found.assign(is_inside=found["subject"].isin(own["subject"]))


def _records(
    connection: Connection, run: Run, kind: str, columns: Sequence[str], scope: Scope | None
) -> pd.DataFrame:
    """Return the records a run knew, dated or not, with `is_inside`: by what they say themselves.

    What they would be seen by is read for a scope alone.
    """
    asked = [] if scope is None else whose_land.asked_of(KINDS[kind])
    wanted = [*dict.fromkeys([*columns, *asked])]
    parts = [
        records.read(connection, kind, run.delivery, columns=wanted, undated=undated)
        for undated in (False, True)
    ]
    found = pd.concat([one for one in parts if len(one)] or parts[:1], ignore_index=True)
    if scope is None:
        return found.assign(is_inside=True)
    own = whose_land.land(connection, scope, run.delivery)
    told = whose_land.verdicts(connection, own, KINDS[kind], found)
    return found.assign(is_inside=told == whose_land.INSIDE)


def _supplies(
    connection: Connection, run: Run, listing: Listing, scope: Scope | None
) -> pd.DataFrame:
    columns = [one for one in listing.compared if one != "state"]
    names = ["supply_no", "contract_no", "phase", "project_name", "region_code", *columns]
    found = _records(connection, run, "supplies", [*dict.fromkeys(names)], scope)
    judged = _judged(
        connection, run, _RULES[listing.name], ["subject", "outcome", "since_on", "region_code"],
        scope,
    ).set_index("subject")  # fmt: skip
    at = found["key"]
    is_judged = at.isin(judged.index).to_numpy(dtype=bool)
    found["outcome"] = at.map(judged["outcome"])
    found["since_on"] = at.map(judged["since_on"])
    found["region_code"] = at.map(judged["region_code"]).fillna(found["region_code"])
    if scope is not None:
        inside = at.map(judged["is_inside"]).fillna(False).to_numpy(dtype=bool)
        found["is_inside"] = np.where(is_judged, inside, found["is_inside"])
    if listing.name == "idle":
        known = results.read_columns(
            connection, run, "holding", ["subject", *_OF_HOLDING]
        ).set_index("subject")
        for name in _OF_HOLDING:
            found[name] = at.map(known[name]).where(is_judged, found[name])
        found["state"] = found["outcome"].where(found["outcome"].isin(["found_idle"]),
                                                "suspected_idle")  # fmt: skip
        found["state"] = found["state"].where(found["outcome"].isin(IDLE), None)
        found["is_listed"] = found["outcome"].isin(IDLE)
    else:
        found["is_listed"] = True
    return found.rename(columns={"project_name": "name"})


def _approvals(connection: Connection, run: Run, scope: Scope | None) -> pd.DataFrame:
    columns = ["approval_no", "batch", "region_code", "approved_on", "total_area_m2"]
    parts = _records(connection, run, "approvals", columns, scope)
    parts["name"] = parts["batch"]
    number, batch = parts["approval_no"], parts["batch"]
    parts["key"] = number.where(batch.isna(), number + JOINT + batch.fillna(""))
    first = parts.groupby("key", sort=True)
    found = first[["region_code", "approved_on", "name"]].first()
    # Of parts that lie on both sides only the whole could be told.
    found["is_inside"] = first["is_inside"].all()
    found["total_area_m2"] = first["total_area_m2"].agg(lambda one: one.sum(skipna=False))
    balance = results.read_columns(
        connection, run, "balance",
        ["approval", "base_m2", "supplied_m2", "withdrawn_m2", "unsupplied_m2", "edge_m2"],
    ).set_index("approval")  # fmt: skip
    balance = balance[~balance.index.duplicated()]
    found["total_area_m2"] = found["total_area_m2"].fillna(balance["base_m2"])
    for name in ("supplied_m2", "withdrawn_m2"):
        found[name] = balance[name]
    found["unsupplied_m2"] = balance["unsupplied_m2"] + balance["edge_m2"]
    pieces = _judged(
        connection, run, "unsupplied", ["subject", "approval", "outcome", "since_on", "area_m2"],
        scope,
    ).sort_values("area_m2", ascending=False, kind="stable")  # fmt: skip
    of = pieces.groupby("approval", sort=False)
    found["outcome"] = of["outcome"].first()
    found["since_on"] = of["since_on"].min()
    if scope is not None:
        found["is_inside"] |= of["is_inside"].all().reindex(found.index, fill_value=False)
    left = found["unsupplied_m2"]
    found["is_listed"] = (left > 0) | (left.isna() & found["outcome"].notna())
    found["contract_no"] = pd.Series(None, index=found.index, dtype="str")
    return found.reset_index().assign(number=lambda one: one["key"].map(number_of))


def _sum(told: pd.Series, area: str) -> float | None:
    """Return the sum of the areas known, None where there is none: unlisted is not 0."""
    areas = [one[area] for one in told if isinstance(one, dict) and one.get(area) is not None]
    return math.fsum(areas) if areas else None
