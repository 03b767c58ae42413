"""How much of one approval stood in which state from which day on, by the papers on the table.

Land is not cut once for all days: what remains of an approval is 边角地 or land to supply by the
shape of all that is left on the day, and that merges and parts with every supply. So the approval
is judged anew, as a run judges it, on every day on which a record that meets or names it comes to
count, on which the law or the calendar may change an outcome; between two of them nothing does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import shapely

from gis.approvals.settings import settings_on
from gis.arrays import Shapes
from gis.errors import LawError
from gis.facts import signings
from gis.facts.approvals import name_of
from gis.facts.gather import Records, effective_by
from gis.facts.neighbourhood import Reader, Targets, numbers_of
from gis.facts.part import Part, gather_part
from gis.law import Law
from gis.pipeline import approved_land, idle
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter

COLUMNS = ["approval", "from_on", "state", "area_m2"]
# What a finding says of a piece is said of these by its outcome.
_LEFT = ("unsupplied", "edge")
# Areas measured twice differ by less than this.
_SAME_M2 = 1e-6
_States = dict[str, float]


def of_approvals(connection: Connection, subject: str, known_at: int, law: Law) -> pd.DataFrame:
    """Return the land timelines of the approvals of a name or number: COLUMNS; empty without any.

    `state` is a word of the pieces (supplied, withdrawn, exempt, sliver), of what is left the
    outcome of its findings. A day has a row for each state there is from it on; NaN = not known.
    """
    read = Reader(connection, date.max, known_at)
    parts = read("approvals", RecordFilter(named={"approval_no": numbers_of([subject])}))
    names = name_of(parts)
    asked = sorted({*names[(names == subject) | (parts["approval_no"] == subject)]})
    found = [_of_approval(connection, name, known_at, law) for name in asked]
    return pd.concat([pd.DataFrame(columns=COLUMNS), *found], ignore_index=True)


def _of_approval(connection: Connection, name: str, known_at: int, law: Law) -> pd.DataFrame:
    nobody: pd.Index = pd.Index([], dtype=object)
    mine = Targets(pd.Index([name]), *[nobody] * 6)
    known, _ = gather_part(connection, date.max, known_at, None, Part(0, mine=mine))
    waiting = {*_record_days(known, name), *_law_days(law)}
    rows: list[dict[str, object]] = []
    before: _States = {}
    while waiting:
        on = min(waiting)
        waiting.remove(on)
        states, coming = _on(known, name, on, law)
        waiting |= {day for day in coming if day > on}
        if not _is_same(states, before):
            rows += [
                {"approval": name, "from_on": pd.Timestamp(on), "state": state, "area_m2": area_m2}
                for state, area_m2 in sorted(states.items())
            ]
        before = states
    return pd.DataFrame(rows, columns=COLUMNS)


def _on(known: Records, name: str, on: date, law: Law) -> tuple[_States, set[date]]:
    """Return the area of each state on a day, and the days the calendar changes an outcome."""
    dated = {
        kind: table if kind == "parcels" else effective_by(table, on)
        for kind, table in known.dated.items()
    }
    of_day = replace(known, as_of=on, dated=dated)
    if name not in set(name_of(dated["approvals"])):
        return {}, set()
    try:
        settings = settings_on(law, on, None)
    except LawError:
        return {}, set()
    land = approved_land.judge(of_day, idle.land_of(of_day), settings, pd.Index([name]))
    pieces = land.pieces[~land.pieces["disposition"].isin(_LEFT)]
    said = pd.concat(
        [
            pieces[["disposition", "area_planar_m2"]].set_axis(["state", "area_m2"], axis=1),
            land.findings[["outcome", "area_m2"]].set_axis(["state", "area_m2"], axis=1),
        ]
    )
    states = {str(state): math.fsum(rows) for state, rows in said.groupby("state")["area_m2"]}
    return states, {day.date() for day in land.findings["next_on"].dropna()}


def _is_same(one: _States, other: _States) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(area_m2, other[state], rel_tol=0.0, abs_tol=_SAME_M2)
        or (math.isnan(area_m2) and math.isnan(other[state]))
        for state, area_m2 in one.items()
    )


def _record_days(known: Records, name: str) -> Iterator[date]:
    """Yield the days on which records that meet or name the approval come to count."""
    approvals = known.dated["approvals"]
    own = approvals.loc[name_of(approvals) == name, "geom"].to_numpy(dtype=object)
    meets = _Near(own)
    parcels = known.dated["parcels"]
    lent = parcels.loc[meets(parcels["geom"]), "supply_no"].dropna()
    supplies = known.dated["supplies"]
    names = {*numbers_of([name])}
    cites = [not names.isdisjoint(_listed(numbers)) for numbers in supplies["approval_nos"]]
    is_lent = supplies["supply_no"].isin(lent) | supplies["contract_no"].isin(lent)
    met = supplies[meets(supplies["geom"]) | np.array(cites, dtype=bool) | is_lent.to_numpy(bool)]
    ended = known.dated["right_endings"]
    is_ended = ended["supply_no"].isin([*met["supply_no"].dropna(), *met["contract_no"].dropna()])
    surveyed = known.dated["landclass"]
    days = [
        approvals["effective_on"],
        known.dated["withdrawals"]["effective_on"],
        known.dated["approval_status"]["effective_on"],
        surveyed.loc[meets(surveyed["geom"]), "effective_on"],
        met["effective_on"],
        signings.moved(met)["signed_on"],
        ended.loc[is_ended, "effective_on"],
    ]
    for each in days:
        yield from (day.date() for day in each.dropna())


class _Near:
    """Whether shapes lie in the window of others."""

    def __init__(self, shapes: Shapes) -> None:
        present = shapes[~shapely.is_missing(shapes)]
        self._window = shapely.box(*shapely.total_bounds(present)) if len(present) else None

    def __call__(self, geoms: pd.Series) -> np.ndarray:
        if self._window is None:
            return np.zeros(len(geoms), dtype=bool)
        found: np.ndarray = shapely.intersects(
            shapely.envelope(geoms.to_numpy(dtype=object)), self._window
        )
        return found


def _listed(numbers: object) -> list[str]:
    return [*numbers] if isinstance(numbers, list | tuple | np.ndarray) else []


def _law_days(law: Law) -> Iterator[date]:
    """Yield the days on which what approved land is judged by changes."""
    before = None
    for on in law.turns:
        try:
            settings = settings_on(law, on, None)
        except LawError:
            continue
        if settings != before:
            yield on
        before = settings
