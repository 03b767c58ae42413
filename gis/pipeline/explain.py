"""Why a subject stands where it stands: the trace of a supply, or of a piece of an approval."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gis import clock, identifiers
from gis.approvals.settings import settings_on
from gis.arrays import text_as_objects
from gis.clock import Trace, agreement, agreement_trace
from gis.clock.wording import Line, said
from gis.errors import UsageError
from gis.facts.approvals import name_of
from gis.facts.gather import Records, gather
from gis.facts.neighbourhood import Reader, Targets, numbers_of
from gis.facts.part import Part, gather_part
from gis.fields import KINDS
from gis.law import Law
from gis.pipeline import (
    agreements,
    approval_papers,
    approved_land,
    approved_land_trace,
    idle,
    months,
    same_day,
    undated,
)
from gis.pipeline import situations as pipeline_situations
from gis.pipeline.idle import Idle
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter

_NEAREST = 5
_WRITTEN = {
    "zh": "来文写法：「{title}」{text}（{file} 第 {row_no} 行）",
    "en": "as written: {title} {text} ({file}, row {row_no})",
}


@text_as_objects()
def explain(
    connection: Connection,
    subject: str,
    as_of: date,
    known_at: int,
    law: Law,
    language: str = "zh",
) -> Trace:
    """Return why `subject` was judged as it was on `as_of`, with what was known at a delivery.

    `subject` is a 电子监管号 or contract number (with phase), a piece of an approval, or an
    approval's number; of one without its own day it says what lacks. UsageError names the nearest
    subjects when there is none of that name.
    """
    read = Reader(connection, as_of, known_at)
    subject = _meant(read, subject)
    asked = _asked(read, subject)
    if len(asked.supplies):
        judged = _judged(connection, as_of, known_at, law, asked.supplies)
        trace = _of_supply(connection, subject, as_of, known_at, law, language, asked, judged)
        if trace is not None:
            return trace
    if len(asked.approvals):
        found = _of_approval(connection, subject, as_of, known_at, law, language, asked)
        if found is not None:
            return found
    if (lacking := undated.explain(read, subject, law, language)) is not None:
        return lacking
    names = _names(connection, as_of, known_at)
    near = [name for name in names if subject in name] or difflib.get_close_matches(subject, names)
    raise UsageError(
        f"没有监测对象 {subject}。 There is no subject {subject} as of {as_of}.",
        "相近的 nearest: " + ("、".join(near[:_NEAREST]) or "landwatch findings --limit 1000"),
    )


@text_as_objects()
def explain_supplies(
    connection: Connection, subjects: Sequence[str], as_of: date, known_at: int, law: Law
) -> dict[str, Trace]:
    """Return the traces of the subjects that each name one supply, as `explain` tells them.

    What speaks of them is read, and judged, once for all: the cost of many is little over that of
    one. The others are left out.
    """
    read = Reader(connection, as_of, known_at)
    keys = {subject: [subject, identifiers.key(subject)] for subject in subjects}
    wanted = [key for pair in keys.values() for key in pair]
    named = dict.fromkeys(("key", "supply_no", "contract_no"), wanted)
    supplies = read("supplies", RecordFilter(named=named), ("supply_no", "contract_no"))
    if supplies.empty:
        return {}
    judged = _judged(connection, as_of, known_at, law, pd.Index(supplies["key"]))
    has_name = {*supplies["key"], *supplies["supply_no"], *supplies["contract_no"]}
    told = {}
    for subject, (typed, form) in keys.items():
        name = typed if typed in set(supplies["key"]) else form
        if name not in has_name:
            continue
        own = supplies[supplies[["key", "supply_no", "contract_no"]].isin([name]).any(axis=1)]
        if len(own) == 1:
            asked = _mine(pd.Index([]), pd.Index(own["key"]))
            trace = _of_supply(connection, name, as_of, known_at, law, "zh", asked, judged)
            if trace is not None:
                told[subject] = trace
    return told


def _judged(
    connection: Connection, as_of: date, known_at: int, law: Law, keys: pd.Index
) -> tuple[Records, Idle]:
    own = Part(0, mine=_mine(pd.Index([]), keys), is_papers_alone=True)
    known, _ = gather_part(connection, as_of, known_at, None, own)
    return known, idle.judge(known, law)


def _of_supply(
    connection: Connection,
    subject: str,
    as_of: date,
    known_at: int,
    law: Law,
    language: str,
    asked: Targets,
    judged: tuple[Records, Idle],
) -> Trace | None:
    """Return the trace of a supply, from its own papers; None where the name is no one supply's."""
    known, supplied = judged
    row = _one(supplied.facts, subject)
    if row is None:
        return None
    papers = same_day.clashing(known, row)
    if len(papers):
        named: list[Any] = [[*papers["start_due_on"].dt.date.unique()]]
        row = row.assign(extensions_clashing=named)
    held = supplied.subjects
    trace = clock.explain(row, held.causes, as_of, law, language, held.late_facts)
    silent_years = _silent_years(trace, as_of, law)
    by_month = months.by_month(known)
    doubts = same_day.lines(papers) + months.lines(connection, by_month, row, silent_years)
    trace = _Agreements.of(known, supplied).added(_with_doubts(trace, doubts))
    return _as_came(trace, connection, known_at, asked)


def _of_approval(
    connection: Connection,
    subject: str,
    as_of: date,
    known_at: int,
    law: Law,
    language: str,
    asked: Targets,
) -> Trace | None:
    """Return the trace of a piece, or of an approval, judged with what meets it; else None."""
    known, mine = gather_part(connection, as_of, known_at, None, Part(0, mine=asked))
    supplied = idle.judge(known, law)
    settings = settings_on(law, as_of, None)
    approved = approved_land.judge(known, supplied, settings, mine.approvals)
    told = pipeline_situations.situations(known, approved, law)
    of = approval_papers.Papers.of(known)
    found = approved_land_trace.explain(approved, told, subject, as_of, law, settings, of, language)
    return None if found is None else _as_came(found, connection, known_at, mine)


def explain_run(
    connection: Connection, as_of: date, known_at: int, region: str | None, law: Law
) -> Iterator[Trace]:
    """Yield why every supply, and every piece left to supply, was judged as it was on `as_of`.

    All is read and judged once; each trace is the one `explain` gives.
    """
    known = gather(connection, as_of, known_at, region)
    supplied = idle.judge(known, law)
    by_month = months.by_month(known)
    has_month = months.subjects(by_month)
    agreed = _Agreements.of(known, supplied)
    written = _Written.read(connection, known_at)
    facts, causes = supplied.facts, supplied.subjects.causes
    clashing = facts["is_extension_clash"].fillna(False).to_numpy(dtype=bool)
    papers = [same_day.clashing(known, facts.iloc[at : at + 1]) if clashing[at] else None
              for at in range(len(facts))]  # fmt: skip
    if clashing.any():
        named: list[Any] = [
            () if one is None else [*one["start_due_on"].dt.date.unique()] for one in papers
        ]
        facts = facts.assign(extensions_clashing=pd.Series(named, index=facts.index, dtype=object))
    late_facts = supplied.subjects.late_facts
    traces = clock.explain_each(facts, causes, as_of, law, late_facts=late_facts)
    for place, trace in enumerate(traces):
        row, each = facts.iloc[place : place + 1], papers[place]
        subject = trace.content["subject"]
        lines = [] if each is None else same_day.lines(each)
        if subject in has_month:
            lines += months.lines(connection, by_month, row, _silent_years(trace, as_of, law))
        told = agreed.added(_with_doubts(trace, lines))
        yield written.added(told, [subject], [subject])
    if known.dated["approvals"].empty:
        return
    settings = settings_on(law, as_of, region)
    approved, of = approved_land.judge(known, supplied, settings), approval_papers.Papers.of(known)
    situations = pipeline_situations.situations(known, approved, law)
    approval_of = approved.reasons["approval"]
    for subject, approval in zip(approved.findings["subject"], approval_of, strict=True):
        found = approved_land_trace.explain(approved, situations, subject, as_of, law, settings, of)
        assert found is not None
        yield written.added(found, [], numbers_of([approval]))


def _silent_years(trace: Trace, as_of: date, law: Law) -> int:
    region = trace.content["finding"]["region_code"]
    return int(str(law.value("idle.silent_contract_years", as_of, region).amount))


def _with_doubts(trace: Trace, lines: list[Line]) -> Trace:
    """Return the trace with more to note."""
    sections = trace.content["sections"]
    told = [said(line, trace.content["language"]) for line in lines]
    doubts = [*sections["doubts"], *told]
    return Trace({**trace.content, "sections": {**sections, "doubts": doubts}})


def _meant(read: Reader, subject: str) -> str:
    """Return the name as it is stored: as typed, or in the form identifiers are compared in."""
    has_it = len(read("supplies", RecordFilter(named={"key": [subject]}), ())) > 0
    return subject if has_it else identifiers.key(subject)


def _as_came(trace: Trace, connection: Connection, known_at: int, mine: Targets) -> Trace:
    """Return the trace with the numbers that its papers write otherwise, as they came."""
    supplies, approvals = [*mine.supplies], numbers_of(mine.approvals)
    return _Written.read(connection, known_at, supplies, approvals).added(
        trace, supplies, approvals
    )


@dataclass(frozen=True)
class _Written:
    """Numbers that papers write otherwise than they are compared: (kind, name) -> rows."""

    rows: dict[tuple[str, str], list[dict[Any, Any]]]

    @classmethod
    def read(
        cls,
        connection: Connection,
        known_at: int,
        supplies: list[str] | None = None,
        approvals: list[str] | None = None,
    ) -> _Written:
        """Return those of the supplies and approvals named, or of all."""
        rows: dict[tuple[str, str], list[dict[Any, Any]]] = {}
        for kind, name, named in (
            ("supplies", "key", supplies),
            ("approvals", "approval_no", approvals),
        ):
            only = None if named is None else RecordFilter(named={name: named})
            columns = ("as_came", "file", "row_no", *([] if name == "key" else [name]))
            found = records.read(connection, kind, known_at, columns=columns, only=only)
            for row in found.dropna(subset=["as_came"]).to_dict("records"):
                rows.setdefault((kind, str(row[name])), []).append(row)
        return cls(rows)

    def added(self, trace: Trace, supplies: list[str], approvals: list[str]) -> Trace:
        """Return the trace with how the papers of its records write their numbers."""
        told = []
        for kind, names in (("supplies", supplies), ("approvals", approvals)):
            titles = {column.name: column.title for column in KINDS[kind].columns.values()}
            told += [
                _WRITTEN[trace.content["language"]].format(
                    title=titles[name], text=text, file=row["file"], row_no=row["row_no"]
                )
                for one in names
                for row in self.rows.get((kind, one), [])
                for name, text in row["as_came"].items()
            ]
        if not told:
            return trace
        sections = trace.content["sections"]
        facts = [*sections["facts"], *told]
        return Trace({**trace.content, "sections": {**sections, "facts": facts}})


def _asked(read: Reader, subject: str) -> Targets:
    """Return the supplies or the approvals a name may stand for; all else only meets them."""
    named = ("key", "supply_no", "contract_no")
    supplies = read("supplies", RecordFilter(named={name: [subject] for name in named}), ())
    numbers = numbers_of([subject, subject.rsplit("/", 1)[0]])
    approvals = read("approvals", RecordFilter(named={"approval_no": numbers}))
    return _mine(pd.Index(name_of(approvals).unique()), pd.Index(supplies["key"]))


def _mine(approvals: pd.Index, supplies: pd.Index) -> Targets:
    nothing = pd.Index([], dtype=object)
    parts = dict.fromkeys(("undated", "parcels", "former", "buildings", "parks"), nothing)
    return Targets(approvals=approvals, supplies=supplies, **parts)


def _names(connection: Connection, as_of: date, known_at: int) -> list[str]:
    """Return the name of every supply, and of every approval, that counts on the day."""
    supplies = records.read(connection, "supplies", known_at, as_of, columns=())
    columns = ("approval_no", "batch")
    approvals = records.read(connection, "approvals", known_at, as_of, columns=columns)
    return [*supplies["key"], *name_of(approvals).unique()]


@dataclass(frozen=True)
class _Agreements:
    """The supervision agreements known on a day, by subject."""

    facts: pd.DataFrame
    as_of: date

    @classmethod
    def of(cls, known: Records, supplied: Idle) -> _Agreements:
        """Return the agreements of the subjects judged."""
        if known.dated["agreements"].empty:
            return cls(pd.DataFrame({"subject": []}), known.as_of)
        return cls(agreements.facts_of(known, supplied), known.as_of)

    def added(self, trace: Trace) -> Trace:
        """Return the trace with what became of the subject's agreement, if it has one."""
        own = self.facts[self.facts["subject"] == trace.content["subject"]]
        told, lines = None, []
        if len(own):
            lines = agreement_trace.sentences(own, self.as_of, trace.content["language"])
            found = agreement.judge(own, self.as_of).iloc[0]
            told = {"document": own["document"].iloc[0], **clock.plain(found)}
        content = {**trace.content, "agreement": told}
        # The sections stay last: they are what a person reads.
        content["sections"] = {**content.pop("sections"), "agreement": lines}
        return Trace(content)


def _one(facts: pd.DataFrame, subject: str) -> pd.DataFrame | None:
    """Return the one row a name stands for: the subject itself, else its only phase."""
    same = facts[facts["subject"] == subject]
    if len(same) == 1:
        return same
    by_number = facts[(facts["supply_no"] == subject) | (facts["contract_no"] == subject)]
    if len(by_number) > 1:
        raise UsageError(
            f"{subject} 有 {len(by_number)} 期。 {subject} has {len(by_number)} phases.",
            "指明一期 name one: " + "、".join(by_number["subject"]),
        )
    return by_number if len(by_number) == 1 else None
