"""The timeline of a subject as rows to draw: what was agreed, what held, what was excused, seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np

from api.web.drawn.timeline import Arrow, Mark, Row, Span
from api.web.language import Language, label, said
from gis import days
from gis.store.of_subject import Paper

_DAY = timedelta(days=1)
_AGREED = (
    ("signed_on", "签订"),
    ("handover_agreed_on", "约定交地"),
    ("handover_actual_on", "交地"),
    ("start_agreed_on", "约定动工"),
    ("extension_start_due_on", "延期后动工"),
    ("completion_agreed_on", "约定竣工"),
    ("completion_extended_on", "延期后竣工"),
)
_BUILT = (("started_on", "动工"), ("stopped_on", "停工"), ("completed_on", "竣工"))
_LATER, _PAPER, _PROOF = "{}（晚于判定日，未采用）", "文件", "后补证据"
_FORMS = {"patrol": "circle", "imagery": "triangle"}
_PAPERS = ("extensions", "handovers", "causes", "decisions", "right_endings")
Said = Callable[[str], str]


def rows_of(
    holding: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
    trace: Mapping[str, Any],
    papers: Sequence[Paper],
    day: date,
    tongue: Language,
    proving: Collection[int] = (),
) -> list[Row]:
    """Return the rows of a supply: `changes` are its rows of `timeline`, of all rules, by day.

    `proving`: which papers, by their place, are dated after the day and count all the same.
    """
    _ = partial(said, language=tongue)
    step = trace.get("trace") or {}
    rows = [
        Row(_("约定"), _marks(holding, _AGREED, _)),
        Row(_("状态"), spans=_spans(changes, "idle_land", "outcome", day, tongue)),
        Row(_("处置方向"), spans=_spans(changes, "idle_land", "track", day, tongue)),
        Row(_("履约"), spans=_spans(changes, "agreement", "agreement", day, tongue)),
        Row(_("免责"), spans=_causes(trace, day, _)),
        _milestones(step, trace, _),
        Row(_("建设"), _marks(holding, _BUILT, _, day)),
        Row(_("证据"), _seen(papers, day, _, proving)),
    ]
    return [row for row in rows if row.marks or row.spans]


def rows_of_piece(
    piece: Mapping[str, Any], finding: Mapping[str, Any], day: date, tongue: Language
) -> list[Row]:
    """Return the rows of a piece of an approval: its approval, what it is, what comes."""
    _ = partial(said, language=tongue)
    marks, spans = [], []
    if piece.get("approved_on"):
        marks.append(Mark(piece["approved_on"], "dot", _("批准"), str(piece["approved_on"])))
    since, next_on = finding["since_on"], finding["next_on"]
    if since:
        until = None if next_on is None else next_on - _DAY
        words = label("unsupplied", finding["outcome"], tongue)
        now_until = day if until is None or until > day else until
        spans.append(Span(since, now_until, "unsupplied", finding["outcome"], words))
        if now_until != until:
            ahead = Span(day + _DAY, until, "unsupplied", finding["outcome"], "", is_ahead=True)
            spans.append(ahead)
    steps = []
    if next_on:
        event = finding["next_event"]
        words = label("unsupplied", event, tongue)
        spans.append(Span(next_on, None, "unsupplied", event, words, is_ahead=True))
        steps.append(Mark(next_on, "diamond", words, str(next_on)))
    rows = [Row(_("批准"), marks), Row(_("状态"), spans=spans), Row(_("法定节点"), steps)]
    return [row for row in rows if row.marks or row.spans]


def told(rows: Sequence[Row], tongue: Language) -> list[tuple[str, str, str]]:
    """Return all that is drawn in words: days, row, what; by day."""
    _ = partial(said, language=tongue)
    lines = []
    for row in rows:
        lines += [(str(mark.on), row.title, mark.words or _("见相关文件")) for mark in row.marks]
        for span in row.spans:
            until = _("起") if span.until_on is None else f"– {span.until_on}"
            ahead = _("（事实不变时）") if span.is_ahead else ""
            lines.append((f"{span.from_on} {until}", row.title, span.words + ahead))
        lines += [(f"{one.from_on} – {one.to_on}", row.title, one.words) for one in row.arrows]
    return sorted(lines)


def _marks(
    holding: Mapping[str, Any], names: Sequence[tuple[str, str]], _: Said, day: date | None = None
) -> list[Mark]:
    """Return the days told; given the day judged, what lies after it is hollow and counts not."""
    marks = []
    for name, words in names:
        on = holding.get(name)
        if on is not None and (day is None or on <= day):
            marks.append(Mark(on, "dot", _(words), str(on)))
        elif on is not None:
            marks.append(Mark(on, "hollow", _(_LATER).format(_(words)), str(on)))
    return marks


def _spans(
    changes: Sequence[Mapping[str, Any]], rule: str, code_list: str, day: date, tongue: Language
) -> list[Span]:
    """Return what held from which day to which; what is to come apart from what has been."""
    own = [one for one in changes if one["rule"] == rule]
    column = "track" if code_list == "track" else "outcome"
    spans: list[Span] = []
    for number, change in enumerate(own):
        code, from_on = change[column], change["from_on"]
        until = own[number + 1]["from_on"] - _DAY if number + 1 < len(own) else None
        if code is None:
            continue
        words = label(code_list, code, tongue, is_short=True)
        last = spans[-1] if spans else None
        if last and last.code == code and last.until_on == from_on - _DAY and not last.is_ahead:
            from_on = spans.pop().from_on
        if from_on <= day and (until is None or until > day):
            spans.append(Span(from_on, day, code_list, code, words))
            from_on, words = day + _DAY, ""
        spans.append(Span(from_on, until, code_list, code, words, is_ahead=from_on > day))
    return spans


def _causes(trace: Mapping[str, Any], day: date, _: Said) -> list[Span]:
    """Return the causes on file with the days each counts, as their treatment is drawn."""
    spans = []
    lines = trace["sections"].get("intervals", ())
    for one, line in zip(trace.get("intervals", ()), lines, strict=False):
        if one["starts_on"] is None or one["treatment"] == "later":
            continue
        is_excused = one["treatment"] == "excused"
        words = _("扣除 {} 天").format(one["counted_days"]) if is_excused else ""
        until = None if one["ends_on"] is None else date.fromisoformat(one["ends_on"])
        kind = line.split("：")[0].split(": ")[0]
        shown = f"{kind} {words}".strip()
        fill = "excused" if is_excused else "held"
        from_on = date.fromisoformat(one["starts_on"])
        if until is None and from_on <= day:
            spans.append(Span(from_on, day, "", fill, shown))
            spans.append(Span(day + _DAY, None, "", fill, "", is_ahead=True))
        elif until is None or until >= from_on:
            spans.append(Span(from_on, until, "", fill, shown))
    return sorted(spans, key=lambda span: span.from_on)


def _milestones(step: Mapping[str, Any], trace: Mapping[str, Any], _: Said) -> Row:
    """Return the anniversaries: hollow by the calendar, filled after what is deducted."""
    marks, arrows = [], []
    pairs = (("first_gross_1_on", "first_net_1_on", "日历满一年", "扣除后满一年", "满一年"),
             ("", "first_net_2_on", "日历满两年", "扣除后满两年", "满两年"))  # fmt: skip
    for gross_name, net_name, calendar, after, plain in pairs:
        gross = step.get(gross_name) if gross_name else _calendar_second(step, trace)
        net = step.get(net_name)
        gross_on = date.fromisoformat(gross) if gross else None
        net_on = date.fromisoformat(net) if net else None
        if gross_on is not None and gross_on != net_on:
            marks.append(Mark(gross_on, "hollow", _(calendar), str(gross_on)))
        if net_on is not None:
            words = plain if gross_on in {None, net_on} else after
            marks.append(Mark(net_on, "diamond", _(words), str(net_on)))
        if gross_on is not None and net_on is not None and net_on > gross_on:
            arrows.append(Arrow(gross_on, net_on, _("＋{} 天").format((net_on - gross_on).days)))
    return Row(_("法定节点"), marks, arrows=arrows)


def _calendar_second(step: Mapping[str, Any], trace: Mapping[str, Any]) -> str | None:
    """Return the day from which the second period is full by the calendar.

    Counted as the first was (its last day, or the day after): the years are those of the law used.
    """
    years = {one["key"]: one["value"] for one in trace.get("law", ()) if isinstance(one, Mapping)}
    first, second = (years.get(f"idle.{name}") for name in ("years_to_idle", "years_to_recovery"))
    due, full = step.get("start_due_on"), step.get("first_gross_1_on")
    if None in {first, second, due, full}:
        return None
    due_on = np.array([due], dtype="datetime64[D]")
    beyond = (np.datetime64(str(full)) - days.add_years(due_on, int(str(first))))[0]
    return str(days.add_years(due_on, int(str(second)))[0] + np.timedelta64(beyond, "D"))


def _seen(papers: Sequence[Paper], day: date, _: Said, proving: Collection[int]) -> list[Mark]:
    """Return the papers by day; those after the day judged that do not count are hollow."""
    marks = []
    for at, paper in enumerate(papers):
        if paper.effective_on is None:
            continue
        if at in proving:
            form = _FORMS.get(str(paper.says.get("source")), "square")
            marks.append(Mark(paper.effective_on, form, _(_PROOF), str(paper.effective_on)))
        elif paper.effective_on > day:
            if paper.kind in {"progress", *_PAPERS}:
                words = _(_LATER).format(_(_PAPER))
                marks.append(Mark(paper.effective_on, "hollow", words, str(paper.effective_on)))
        elif paper.kind == "progress":
            form = _FORMS.get(str(paper.says.get("source")), "square")
            marks.append(Mark(paper.effective_on, form))
        elif paper.kind in _PAPERS:
            marks.append(Mark(paper.effective_on, "square"))
    return marks
