"""Why a subject was judged as it was: the facts, the days, the arithmetic, the article, what next.

A pure function of facts, law and day, made when asked for and never stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts
from gis.citation import choice, cited, without_keys
from gis.clock import wording
from gis.clock.arithmetic import Seen, Workings, is_over_by, workings
from gis.clock.judge import Judgement, judge
from gis.clock.known import causes_on, known_on
from gis.clock.parts import causes_of
from gis.clock.settings import settings_on
from gis.clock.turning import Standing, turning_lines
from gis.clock.two_readings import put_beside
from gis.clock.used import fact_line, facts_on_file, named_document, plain, plain_value, text_of
from gis.clock.wording import Line, said
from gis.errors import UsageError
from gis.law import Law

_LANGUAGES = ("zh", "en")
_LAW = "law"
# What an article says besides its number: the law leaves the value open.
_SETTING = "setting"
Sentence = tuple[str, str]
"""What is said, and the key by which the value of the law is looked up; else an empty text."""


@dataclass(frozen=True)
class Trace:
    """The reasons as data (`content`, JSON-able) and as `text` for a person to read."""

    content: dict[str, Any]

    @property
    def text(self) -> str:
        """Return the trace as lines under headings, in the language it was asked for."""
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """Return the lines of the text; a name may hold a break, and is one line all the same."""
        head = f"{self.content['subject']}  {self.content['as_of']}"
        lines = [head, self.content["name"]] if self.content["name"] else [head]
        for heading, sentences in self.chapters:
            told = (f"  {words}  [{key}]" if key else f"  {words}" for words, key in sentences)
            lines.extend(["", f"【{heading}】", *told])
        return lines

    @property
    def chapters(self) -> list[tuple[str, list[Sentence]]]:
        """Return the headings, each with its sentences; those with none are left out."""
        language, keys = self.content["language"], [one["key"] for one in self.content["law"]]
        return [
            (
                said(wording.HEADINGS[name], language),
                [*zip(sentences, keys if name == _LAW else [""] * len(sentences), strict=True)],
            )
            for name, sentences in self.content["sections"].items()
            if sentences
        ]


def explain(
    facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
    language: str = "zh",
    late_facts: pd.DataFrame | None = None,
) -> Trace:
    """Return why the one subject in `facts` stands where it stands on `as_of`.

    `facts` has one row (columns as for judge; `*_document` columns are shown where present);
    `causes` and `late_facts` (as `judge` takes them) may hold other subjects' too. `language` is zh
    or en. Raises UsageError for another number of rows or another language.
    """
    if len(facts) != 1:
        raise UsageError(
            f"依据一次只说明一个监测对象： a trace is of one subject, not of {len(facts)}",
            "只给它那一行 give its one row",
        )
    subject = facts["subject"].iloc[0]
    causes = causes[causes["subject"] == subject]
    late = None if late_facts is None else late_facts[late_facts["subject"] == subject]
    return next(explain_each(facts, causes, as_of, law, language, late))


def explain_each(
    facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
    language: str = "zh",
    late_facts: pd.DataFrame | None = None,
) -> Iterator[Trace]:
    """Yield the trace of every subject in `facts`, in their order, judged all at once."""
    if language not in _LANGUAGES:
        raise UsageError(
            f"没有 {language!r} 这种语言的依据： no trace in {language!r}",
            f"可用 one of {', '.join(_LANGUAGES)}",
        )
    judgement = judge(facts, causes, as_of, law, late_facts)
    first = judge(facts, causes, as_of, law) if judgement.is_open.any() else judgement
    late: dict[str, _Judged] = {}
    if late_facts is not None and len(late_facts):
        second = judge(late_facts, causes, as_of, law)
        late = {
            each[1]["subject"]: each
            for each in _judged(second, causes, as_of, law, is_turned=False)
        }
    for place, each in enumerate(_judged(first, causes, as_of, law)):
        finding = plain(judgement.findings.iloc[place])
        yield _told(each, late.get(finding["subject"]), finding, as_of, law, language)


_Judged = tuple[Seen, dict[str, Any], dict[str, Any]]
"""A subject as the clock sees it, its finding and its trace by one reading."""


def _judged(
    judgement: Judgement, causes: pd.DataFrame, as_of: date, law: Law, *, is_turned: bool = True
) -> Iterator[_Judged]:
    facts = judgement.facts
    known, all_causes = known_on(facts, as_of), causes_on(causes, facts, as_of)
    of_subject = dict(iter(causes.groupby("subject")))
    regions = judgement.findings["region_code"]
    settings = {code: settings_on(law, as_of, plain_value(code)) for code in regions.unique()}
    standing = [
        Standing(place, row, known.take(np.array([place])), settings[region])
        for place, (row, region) in enumerate(zip(judgement.trace["row"], regions, strict=True))
    ]
    turned = turning_lines(facts, causes, as_of, law, standing if is_turned else [])
    for place, subject in enumerate(facts["subject"]):
        at = np.array([place])
        seen = Seen(
            turned=turned[place] if is_turned else (),
            settings=settings[regions.iloc[place]],
            facts=facts.iloc[place : place + 1],
            causes=of_subject.get(subject, causes.iloc[:0]),
            known=standing[place].known,
            on_clock=causes_of(all_causes, at, len(facts)),
        )
        yield seen, plain(judgement.findings.iloc[place]), plain(judgement.trace.iloc[place])


def _told(
    first: _Judged,
    late: _Judged | None,
    finding: dict[str, Any],
    as_of: date,
    law: Law,
    language: str,
) -> Trace:
    seen, by_first, trace = first
    work = workings(seen, as_of, law, by_first, trace)
    if late is not None:
        put_beside(work, by_first, workings(late[0], as_of, law, *late[1:]), late[1])
    # Where two readings differ in outcome or track no row holds.
    is_open = finding["outcome"] != by_first["outcome"]
    row = seen.facts.iloc[0].to_dict()
    used = facts_on_file(row, as_of)
    sections = {
        "result": _result(finding, language),
        "basis": [] if is_open else _basis(finding, trace, law, as_of, language),
        "facts": [fact_line(fact, language) for fact in used],
        "intervals": [
            _interval_line(interval, trace["start_due_on"], language) for interval in work.intervals
        ],
        "arithmetic": [said(line, language) for line in work.steps],
        "next": _next(finding, language),
        "doubts": _doubts(trace, work, language, not np.isnat(seen.known.completed_on[0])),
        "open": [said(line, language) for line in _open(finding, trace, work, is_open)],
        "law": [law_line(value, language) for value in work.law],
    }
    return Trace(
        {
            "subject": row["subject"],
            "name": text_of(row, "project_name"),
            "as_of": as_of.isoformat(),
            "language": language,
            "law_digest": law.digest,
            "finding": finding,
            "trace": trace,
            "facts": used,
            "intervals": work.intervals,
            "law": [law_entry(value) for value in work.law],
            "sections": sections,
        }
    )


_TREATMENTS: dict[str, Line] = {
    "excused": ("免责，计 {days} 天", "excused, {days} days counted"),
    "own_class": ("单列，人工判定", "a class of its own, a person decides"),
    "not_counted": ("不计", "not counted"),
    "later": ("晚于判定日，未采用", "after the day judged: not used"),
}


_OVER: Line = (
    "；至应动工日已结束，计 0 天",
    "; over by the day the start was due: 0 days count",
)


def _interval_line(interval: dict[str, Any], due_on: str | None, language: str) -> str:
    until = interval["ends_on"] or said(("未结束", "no end yet"), language)
    since = interval["starts_on"] or said(("起始日不明", "no first day"), language)
    kind = said(wording.CAUSES[interval["kind"]], language)
    template = ("{kind}：{since} 至 {until}，", "{kind}: {since} – {until}, ")
    line = said(template, language, kind=kind, since=since, until=until)
    line += said(_TREATMENTS[interval["treatment"]], language, days=interval["counted_days"])
    if is_over_by(interval, due_on):
        line += said(_OVER, language)
    return line + named_document(interval["document"], language)


def _result(finding: dict[str, Any], language: str) -> list[str]:
    outcome = contracts.label("outcome", finding["outcome"], language)
    track = contracts.label("track", finding["track"], language)
    template: Line = ("{outcome}；处置方向：{track}", "{outcome}; {track}")
    if finding["outcome"] == "candidate":
        template = (
            "{outcome}；如核实未动工，处置方向：{track}",
            "{outcome}; if confirmed: {track}",
        )
    lines = [said(template, language, outcome=outcome, track=track) if track else outcome]
    if finding["since_on"]:
        lines.append(said(("自 {day} 起", "since {day}"), language, day=finding["since_on"]))
    state = contracts.label("start_state", finding["start_state"], language)
    grade = contracts.label("evidence_grade", finding["evidence_grade"], language)
    template = ("动工状态：{state}；证据：{grade}", "start: {state}; evidence: {grade}")
    lines.append(said(template, language, state=state, grade=grade))
    for name, line in _FEES.items():
        if finding[name] is not None:
            lines.append(said(line, language, yuan=f"{finding[name] / 100:,.2f}"))
    return lines


_FEES: dict[str, Line] = {
    "fee_fen": ("闲置费 {yuan} 元", "fee {yuan} yuan"),
    "fee_if_confirmed_fen": ("核实后闲置费 {yuan} 元", "fee if confirmed {yuan} yuan"),
}


def _basis(
    finding: dict[str, Any], trace: dict[str, Any], law: Law, as_of: date, language: str
) -> list[str]:
    value = law.value(f"idle.row.{trace['row']}", as_of, finding["region_code"])
    articles = [cited(finding["article"], language)] if finding["article"] else []
    return [*articles, value.wording(language)]


def _next(finding: dict[str, Any], language: str) -> list[str]:
    if finding["next_on"] is None:
        nothing = (
            "事实不变则无下一节点（或取决于未结束的期间）",
            "nothing more changes while the facts stay (or an interval without an end decides)",
        )
        return [said(nothing, language)]
    event = finding["next_event"]
    in_list = "track" if event in contracts.CODES["track"] else "outcome"
    return [f"{finding['next_on']}  {contracts.label(in_list, event, language)}"]


def _doubts(trace: dict[str, Any], work: Workings, language: str, is_completed: bool) -> list[str]:
    lines = [wording.FLAGS[flag] for flag in trace["extension_flags"] or ()]
    lines += [wording.CLASHES[clash] for clash in trace["clash"] or ()]
    if trace["is_boundary"]:
        lines.append(
            (
                "判定日正是期间的对应日，两种算法在这一天分歧",
                "the day judged is the corresponding day itself, where the two readings part",
            )
        )
    sentences = [said(line, language) for line in [*lines, *work.doubts]]
    due = trace["completion_due_on"]
    if due is not None:
        state = trace["completion_state"]
        # In time is what was completed, and what has not been due yet.
        is_ahead = state == "on_time" and not is_completed
        line = wording.COMPLETION["not_yet_due" if is_ahead else state]
        sentences.append(said(line, language, days=trace["completion_overdue_days"], due=due))
    return sentences


def _open(
    finding: dict[str, Any], trace: dict[str, Any], work: Workings, is_undecided: bool
) -> list[Line]:
    lines: list[Line] = []
    for code in finding["missing"] or ():
        kind, _, rest = code.partition(":")
        if kind == "evidence_after":
            lines.append(
                (
                    f"缺 {rest} 或以后仍未动工的核查证据（现有证据早于该日）",
                    f"evidence of no start dated {rest} or later is missing",
                )
            )
        elif kind in wording.MISSING:
            chinese, english = wording.MISSING[kind]
            lines.append((f"缺：{chinese}", f"missing: {english}"))
        elif kind in wording.CONTRADICTIONS:
            lines.append(wording.CONTRADICTIONS[kind])
    if is_undecided:
        return lines
    if trace["row"] in ("6", "7", "7b", "8", "9", "10", "11"):
        lines.append(
            ("如证明已动工开发：转为正常", "proof that building started: clear"),
        )
    if finding["outcome"] == "candidate":
        day = finding["since_on"]
        lines.append(
            (
                f"如 {day} 或以后现场核查仍未动工：转为疑似闲置",
                f"a sighting of no start on {day} or later: suspected idle",
            )
        )
    return [*lines, *work.open]


def law_entry(value: Any) -> dict[str, Any]:
    """Return a value of the law as data, with the key to look it up by."""
    return {
        "key": value.key,
        "value": value.said,
        "unit": value.unit,
        "title": value.title,
        "article": value.article,
        "source": value.source,
        "from": value.from_on.isoformat(),
        "verified": value.verified,
        "checked_on": value.checked_on.isoformat(),
    }


def law_line(value: Any, language: str) -> str:
    """Return title and article of a value, what it says in short, and what was chosen."""
    name = f"《{value.title}》{cited(value.article, language)}"
    words = without_keys(value.wording(language))
    told = said(("：{words}", ": {words}"), language, words=words) if words else ""
    chosen = ""
    if _SETTING in value.article:
        taken = choice(value.said, value.unit, language)
        chosen = said(("；取“{taken}”", "; chosen: {taken}"), language, taken=taken)
    mark = (
        "" if value.verified else said(("（未核对原文）", " (not yet read in the text)"), language)
    )
    return f"{name}{told}{chosen}{mark}"
