"""A part that cannot be judged tried again, record by record, until the culprits are known.

First the part's own subjects are halved until one that fails stands alone; then, of the records
around it, those are sought whose absence lets it be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as fields_of

import numpy as np
import pandas as pd
import shapely

from gis.errors import GeometryError
from gis.facts.neighbourhood import Targets
from gis.facts.part import Part, gather_part
from gis.facts.set_aside import Record, SetAside, area_of, table
from gis.pipeline.judge_part import RunContext, judge_part
from gis.record_names import number_of
from gis.store.database import Connection

# What the shape or a value of a record may raise, in GEOS, in numbers or in tables. What the
# program says on purpose, a fault of the server and want of memory are none of these.
RECORDS_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError),
    *(TypeError, ValueError, shapely.errors.ShapelyError, GeometryError),
)
# Culprits of one part beyond which something else is wrong than a record.
_MOST = 200
_UNJUDGEABLE = "not_judged"
_KIND_OF = {"undated": "supplies", "former": "parcels"}


def judge_or_isolate(
    connection: Connection, task: RunContext, part: Part
) -> Mapping[str, pd.DataFrame]:
    """Return what `judge_part` gives, or only `blamed`: the records that keep the part from it.

    Only RECORDS_FAULTS are gone after; one that no record can be found for is raised as it is.
    """
    try:
        return judge_part(connection, task, part)
    except RECORDS_FAULTS as fault:
        return {"blamed": _Search(connection, task).culprits(part, fault)}


@dataclass
class _Search:
    connection: Connection
    task: RunContext
    # By the part's identity and what is left out: halving asks for the same again and again. The
    # part is kept beside its fault, so that no other is ever of the same identity.
    _tried: dict[tuple[int, frozenset[Record]], tuple[Part, Exception | None]] = field(
        default_factory=dict
    )

    def culprits(self, part: Part, fault: Exception) -> pd.DataFrame:
        blamed: dict[Record, tuple[float, str]] = {}
        while (found := self._fault(part, frozenset(blamed))) is not None:
            likeliest = self._likeliest(part, frozenset(blamed))
            if not likeliest or len(blamed) >= _MOST:
                raise fault
            record = likeliest[0]
            blamed[record] = (self._area(part, record), _words(found))
        # A record may have been blamed only because the culprit was read through it.
        for record in list(blamed):
            others = frozenset(blamed) - {record}
            if self._fault(part, others) is None:
                del blamed[record]
        return table(
            (kind, key, _UNJUDGEABLE, area_m2, words)
            for (kind, key), (area_m2, words) in blamed.items()
        )

    def _likeliest(self, part: Part, left_out: frozenset[Record]) -> list[Record]:
        """Return the records to blame for a part that fails, the likeliest first; maybe none.

        Between a subject and what is around it the fault itself does not choose: of those whose
        absence alone lets the whole part be judged, the shape that is invalid is blamed first.
        """
        subject = self._failing(part, left_out) or part
        found = self._around(subject, left_out)
        known = self._known(subject, left_out)
        own = set() if subject.mine is None else _records_of(subject.mine, known)
        either = sorted({*found, *own})
        enough = [
            record for record in either if self._fault(part, left_out | {record}) is None
        ]  # fmt: skip
        return sorted(enough or found, key=lambda record: (*_rank(record, known), record))

    def _failing(self, part: Part, left_out: frozenset[Record]) -> Part | None:
        """Return a part of one subject that fails by itself, the first in order; None for none."""
        mine = self._gathered(part, left_out)[1]
        names = [
            (each.name, key)
            for each in fields_of(Targets)
            for key in sorted(getattr(mine, each.name))
        ]
        waiting = [names] if names else []
        while waiting:
            some = waiting.pop()
            own = _part_of(some)
            if self._fault(own, left_out) is None:
                continue
            if len(some) == 1:
                return own
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
        return None

    def _around(self, part: Part, left_out: frozenset[Record]) -> list[Record]:
        """Return the fewest records whose absence lets a part be judged; its own subject last."""
        known = self._known(part, left_out)
        records = [(kind, key) for kind, rows in known.items() for key in sorted(set(rows["key"]))]
        own = set() if part.mine is None else _records_of(part.mine, known)
        others = [record for record in records if record not in own]
        if others and self._fault(part, left_out | {*others}) is None:
            return self._least(part, left_out, others)
        if own and self._fault(part, left_out | own) is None:
            return self._least(part, left_out, sorted(own))
        return self._least(part, left_out, records)

    def _least(
        self, part: Part, left_out: frozenset[Record], suspects: list[Record]
    ) -> list[Record]:
        if self._fault(part, left_out | {*suspects}) is not None:
            return []
        if len(suspects) <= 1:
            return suspects
        half = len(suspects) // 2
        one, other = suspects[:half], suspects[half:]
        for some in (one, other):
            if self._fault(part, left_out | {*some}) is None:
                return self._least(part, left_out, some)
        kept = self._least(part, left_out | {*other}, one)
        return [*kept, *self._least(part, left_out | {*kept}, other)]

    def _fault(self, part: Part, left_out: frozenset[Record]) -> Exception | None:
        asked = (id(part), left_out)
        if asked not in self._tried:
            self._tried[asked] = (part, self._tried_anew(part, left_out))
        return self._tried[asked][1]

    def _tried_anew(self, part: Part, left_out: frozenset[Record]) -> Exception | None:
        try:
            judge_part(self.connection, self._task(left_out), part)
        except RECORDS_FAULTS as fault:
            return fault
        return None

    def _gathered(
        self, part: Part, left_out: frozenset[Record]
    ) -> tuple[dict[str, pd.DataFrame], Targets]:
        task = self._task(left_out)
        known, mine = gather_part(
            self.connection, task.as_of, task.delivery, task.region, part, SetAside(task.aside)
        )
        # Timelines rest on what is yet to come as well.
        tables = {**known.dated, **known.on_table}
        for kind, rows in known.undated.items():
            tables[kind] = pd.concat([tables[kind], rows], ignore_index=True)
        former = known.former_parcels
        gone = former[~former["key"].isin(tables["parcels"]["key"])]
        tables["parcels"] = pd.concat([tables["parcels"], gone], ignore_index=True)
        return tables, mine

    def _known(self, part: Part, left_out: frozenset[Record]) -> dict[str, pd.DataFrame]:
        return self._gathered(part, left_out)[0]

    def _task(self, left_out: frozenset[Record]) -> RunContext:
        task = self.task
        return RunContext(
            task.as_of, task.delivery, task.region, task.law, task.has_approvals,
            task.aside | left_out,
        )  # fmt: skip

    def _area(self, part: Part, record: Record) -> float:
        return area_of(self._known(part, frozenset())[record[0]], record[1])


def _part_of(names: list[tuple[str, str]]) -> Part:
    keys: dict[str, list[str]] = {each.name: [] for each in fields_of(Targets)}
    for name, key in names:
        keys[name].append(key)
    return Part(
        0, mine=Targets(**{name: pd.Index(own, dtype=object) for name, own in keys.items()})
    )


def _records_of(mine: Targets, known: Mapping[str, pd.DataFrame]) -> set[Record]:
    """Return the records that a part's own names stand for."""
    found: set[Record] = set()
    for each in fields_of(Targets):
        kind = _KIND_OF.get(each.name, each.name)
        names = getattr(mine, each.name)
        rows = known[kind]
        named = rows["key"].isin(names)
        if kind == "approvals":
            named |= rows["approval_no"].isin([number_of(str(name)) for name in names])
        elif kind == "parks":
            named |= rows["park_code"].isin(names)
        found |= {(kind, key) for key in rows.loc[named, "key"]}
    return found


def _rank(record: Record, known: Mapping[str, pd.DataFrame]) -> tuple[bool, float]:
    """Of records equally to blame an invalid shape comes first, then the smaller one."""
    rows = known.get(record[0])
    geoms = np.empty(0, dtype=object)
    if rows is not None and "geom" in rows:
        geoms = rows.loc[rows["key"] == record[1], "geom"].to_numpy(dtype=object)
    there = geoms[~shapely.is_missing(geoms)]
    is_valid = bool(shapely.is_valid(there).all())
    return is_valid, float(shapely.area(there).sum()) if len(there) else np.inf


def _words(fault: Exception) -> str:
    said = " ".join(str(fault).split())
    return f"{type(fault).__name__}: {said}"[:300]
