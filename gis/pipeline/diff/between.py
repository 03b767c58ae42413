"""What appeared, left or changed between two runs, and why: time, facts, law, program or region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gis.approvals.settings import settings_on
from gis.arrays import text_as_objects
from gis.facts.gather import Records, gather
from gis.law import Law
from gis.pipeline import agreements, approved_land, idle, program
from gis.pipeline.diff.steps import follow
from gis.pipeline.diff.table import LAW, PROGRAM, REGION, Pair, Reasons, judging, rows_of
from gis.pipeline.diff.versions import Fact, versions
from gis.store import results, runs
from gis.store.database import Connection
from gis.store.runs import Run


@dataclass(frozen=True)
class Difference:
    """`rows` is the table `difference`; `facts` has the records behind each of its rows.

    `law` lists the values findings are judged by that differ (before, after); `note` says, where
    the law of a run is not at hand, what could not be told.
    """

    before: Run
    after: Run
    rows: pd.DataFrame
    facts: Sequence[Sequence[Fact]]
    law: Sequence[Pair]
    note: str


@text_as_objects()
def between(connection: Connection, before: int, after: int, laws: Sequence[Law]) -> Difference:
    """Return how run `after` differs from run `before`; UsageError where there is no such run.

    The reasons are found by judging anew with one thing changed at a time: what run `before` knew,
    under the law of run `after`; then on the day of `after`; then with what `after` knew. `laws`
    are the laws at hand, today's first; the law of a run is the one with its digest.
    """
    one, two = runs.get(connection, before), runs.get(connection, after)
    stored = [results.read(connection, run.id, "finding") for run in (one, two)]
    at_hand = {law.digest: law for law in laws}
    law = at_hand.get(two.law_digest) or at_hand.get(one.law_digest) or laws[0]
    own = at_hand.get(one.law_digest)
    values = [] if own is None else judging(own.changes(one.as_of, law, two.as_of))
    rules = {
        LAW: own is None or bool(values),
        PROGRAM: one.code_digest != program.code_digest(),
        REGION: one.region != two.region,
    }
    line = _Line(connection, law.as_on(two.as_of), two.region)
    is_told_again = law.digest != two.law_digest or two.code_digest != program.code_digest()
    # What lies between the runs, and what is known and judged once it is behind us.
    path = [
        ("rules", any(rules.values()), (one.delivery, one.as_of)),
        ("time", one.as_of != two.as_of, (one.delivery, two.as_of)),
        ("facts", one.delivery != two.delivery, (two.delivery, two.as_of)),
        ("rules", is_told_again, (two.delivery, two.as_of)),
    ]
    taken = [entry for entry in path if entry[1]] or path[:1]
    middle = [line.judged(*reached) for _, _, reached in taken[:-1]]
    followed = follow([stored[0], *middle, stored[1]], [step for step, _, _ in taken])
    changed = {
        step: versions(line.known(*since), line.known(*reached))
        for step, since, reached in (
            ("time", (one.delivery, one.as_of), (one.delivery, two.as_of)),
            ("facts", (one.delivery, two.as_of), (two.delivery, two.as_of)),
        )
        if since != reached
    }
    if law.digest != two.law_digest:
        rules[LAW] = True
    if two.code_digest != program.code_digest():
        rules[PROGRAM] = True
    note = _note([run for run in (one, two) if run.law_digest not in at_hand])
    reasons = Reasons(
        rules=[code for code, holds in rules.items() if holds],
        law=values,
        days=(one.as_of, two.as_of),
        note=note,
        versions=changed,
    )
    rows, facts = rows_of(stored[0], stored[1], followed, reasons)
    return Difference(one, two, rows, facts, values, note)


class _Line:
    """Gathers and judges what was known at a delivery on a day, each once."""

    def __init__(self, connection: Connection, law: Law, region: str | None) -> None:
        self._connection, self._law, self._region = connection, law, region
        self._known: dict[tuple[int, date], Records] = {}

    def known(self, delivery: int, day: date) -> Records:
        if (delivery, day) not in self._known:
            self._known[delivery, day] = gather(self._connection, day, delivery, self._region)
        return self._known[delivery, day]

    def judged(self, delivery: int, day: date) -> pd.DataFrame:
        known = self.known(delivery, day)
        supplied = idle.judge(known, self._law)
        settings = settings_on(self._law, day, self._region)
        approved = approved_land.judge(known, supplied, settings)
        agreed = agreements.judge(known, supplied)
        return pd.concat([supplied.findings, approved.findings, agreed], ignore_index=True)


def _note(without_law: Sequence[Run]) -> str:
    if not without_law:
        return ""
    told = "、".join(f"运行 {run.id}（摘要 {run.law_digest[:12]}）" for run in without_law)
    return (
        f"{told}所用的法律不在手边，不能指出是哪一项不同；用 --law-dir 指明当时的 gis/law 目录。"
        " Their law is not at hand: name its directory with --law-dir."
    )
