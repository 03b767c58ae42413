"""The facts of a subject, each with the paper that says it; what is not known, with why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.web import written
from api.web.language import Language, label, said
from gis.fields import KINDS
from gis.result_tables import TABLES
from gis.store.of_subject import Paper
from maps.layers import english

# Fact of a trace -> what the column of a paper that says it is called there.
_ALSO: Mapping[str, Sequence[str]] = {
    "handover_actual_on": ("handed_on",),
    "not_started_on": ("observed_on",),
    "found_on": ("served_on",),
    "found_cause": ("cause",),
    "fee_decided_on": ("served_on",),
    "extension_on": ("signed_on",),
    "extension_start_due_on": ("start_due_on",),
    "right_ended_on": ("ended_on",),
    "former_stopped_on": ("stopped_on",),
}
# What every supply should say, in the order it is read, and why it may not be known.
_EXPECTED: Mapping[str, tuple[str, str]] = {
    "signed_on": ("不明", "供地结果未填签订日"),
    "handover_agreed_on": ("不明", "供地结果未填约定交地日"),
    "handover_actual_on": ("不明", "未收到交地确认书"),
    "start_agreed_on": ("不明", "供地结果未填约定动工日"),
    "completion_agreed_on": ("不明", "供地结果未填约定竣工日"),
    "started_on": ("未报", "供地结果和进度资料均未载动工日"),
    "price_fen": ("不明", "供地结果未填价款"),
    "area_m2": ("不明", "供地结果未填面积"),
}
# The unit behind a title.
_UNIT = re.compile(r"（[^）]*）$| \([^)]*\)$")
_NAMES = frozenset({"supply_no", "phase", "holder"})
# Of these a register writes 0 where it knows none.
_PRICES = frozenset({"price_fen"})
_LAST = ("area_m2", "price_fen", "supplement_fen", "parcel_total_m2")


@dataclass(frozen=True)
class Fact:
    """One fact: its title, its value or None with the word and the reason, the papers it is from.

    `papers`: numbers of the papers, by their place in the list; `note`: what is said beside.
    """

    title: str
    value: str | None
    unknown: str = ""
    reason: str = ""
    papers: Sequence[int] = ()
    note: str = ""


def facts_of(trace: Mapping[str, Any], papers: Sequence[Paper], tongue: Language) -> list[Fact]:
    """Return the facts a trace of a supply rests on, and those it should have and has not."""
    told = {fact["name"]: (fact, sentence) for fact, sentence in
            zip(trace["facts"], trace["sections"]["facts"], strict=False)}  # fmt: skip
    names = [*_EXPECTED, *(name for name in told if name not in _EXPECTED and name not in _NAMES)]
    names.sort(key=lambda name: (name in _LAST, [*_EXPECTED, *told].index(name)))
    found = []
    for name in names:
        if name in told:
            found.append(_known(*told[name], papers, tongue))
        else:
            word, reason = _EXPECTED[name]
            found.append(Fact(title_of(name, tongue), None, said(word, tongue),
                              said(reason, tongue)))  # fmt: skip
    written_so = trace["sections"]["facts"][len(trace["facts"]) :]
    return [*found, *(Fact(said("来文写法", tongue), one) for one in written_so)]


def proving(trace: Mapping[str, Any], papers: Sequence[Paper]) -> frozenset[int]:
    """Return which papers, by their place, are dated after the day judged and yet prove it.

    Land that is seen untouched later was untouched on the day.
    """
    days = {str(fact["proved_on"]) for fact in trace.get("facts", ()) if fact["proved_on"]}
    return frozenset(
        at for at, paper in enumerate(papers)
        if paper.kind == "progress" and str(paper.effective_on) in days
    )  # fmt: skip


def title_of(name: str, tongue: Language) -> str:
    """Return what a column of the holding is called."""
    if tongue == "en":
        return english(name)
    titles = {column.name: column.zh for column in TABLES["holding"].columns}
    titles["area_m2"] = said("供应面积", tongue)
    return _UNIT.sub("", titles[name])


def kind_of(kind: str, tongue: Language) -> str:
    """Return what a kind of paper is called."""
    return KINDS[kind].title if tongue == "zh" else english(kind)


def _known(
    fact: Mapping[str, Any], sentence: str, papers: Sequence[Paper], tongue: Language
) -> Fact:
    mark = "：" if tongue == "zh" else ": "
    title, _, rest = sentence.partition(mark)
    name, value = fact["name"], fact["value"]
    title = _UNIT.sub("", title)
    text = str(value) if name.endswith("_on") else rest
    if name.endswith("_fen"):
        if name in _PRICES and not value:
            word, _ = _EXPECTED[name]
            return Fact(title, None, said(word, tongue), said("供地结果所填价款为 0", tongue))
        text = f"{written.yuan(value)} {said('元', tongue)}"
    elif name.endswith("_m2"):
        text = f"{written.hectares(value)} {said('公顷', tongue)}"
    elif name.endswith("_grade"):
        text = label("evidence_grade", value, tongue)
    notes = []
    if fact["is_later"]:
        notes.append(said("晚于判定日，未采用", tongue))
    if fact["proved_on"]:
        notes.append(said("后补证据，资料日期 {}", tongue).format(fact["proved_on"]))
    note = ("；" if tongue == "zh" else "; ").join(notes)
    return Fact(title, text, papers=_sources(fact, papers), note=note)


def _sources(fact: Mapping[str, Any], papers: Sequence[Paper]) -> list[int]:
    """Return which papers say a fact: those of its document, else those with the same value."""
    if fact["document"] is not None:
        own = [at for at, paper in enumerate(papers) if paper.document == fact["document"]]
        if own:
            return own
    columns = (fact["name"], *_ALSO.get(fact["name"], ()))
    value = str(fact["value"])
    says = [at for at, paper in enumerate(papers)
            if any(str(paper.says.get(column)) == value for column in columns)]  # fmt: skip
    if fact["delivery"] is not None:
        says = [at for at in says if papers[at].delivery == fact["delivery"]] or says
    if fact["name"] == "not_started_on":
        says = [at for at in says if papers[at].says.get("milestone") == "not_started"]
    return says[:3]
