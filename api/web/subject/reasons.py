"""A trace as numbered sentences, each with where it comes from; the last is the conclusion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gis.citation import cited
from gis.store.of_subject import Paper


@dataclass(frozen=True)
class Sentence:
    """One sentence; `cite`: the article it rests on, `paper`: the place of its paper in the list.

    `is_named`: the sentence names the number of that paper itself.
    """

    text: str
    cite: str = ""
    paper: int | None = None
    is_named: bool = False


def sentences_of(trace: Mapping[str, Any], papers: Sequence[Paper]) -> list[Sentence]:
    """Return the intervals, the arithmetic and the conclusion of a trace, in this order."""
    sections = trace["sections"]
    told = [
        Sentence(line, paper=_paper_of(interval.get("document"), papers), is_named=True)
        for interval, line in zip(
            trace.get("intervals", ()), sections.get("intervals", ()), strict=False
        )
    ]
    due = [Sentence(line, *_rests_on(line, trace, papers)) for line in sections["arithmetic"]]
    # What is due comes first: the intervals are counted from there.
    told = [*due[:1], *told, *due[1:]]
    # Of whom it is told stands above, once.
    named = re.compile(rf"^{re.escape(str(trace['subject']))}\s+")
    told += [Sentence(named.sub("", line)) for line in sections.get("situation", ())]
    result, basis = [named.sub("", line) for line in sections["result"]], sections["basis"]
    mark = "；" if trace.get("language", "zh") == "zh" else "; "
    reason = basis[1:] if len(basis) > 1 else []
    told += [Sentence(line, basis[0] if basis else "") for line in reason]
    return [*told, Sentence(mark.join(result[:2]), basis[0] if basis else "")]


def _rests_on(
    line: str, trace: Mapping[str, Any], papers: Sequence[Paper]
) -> tuple[str, int | None]:
    """Return the article a step of the arithmetic goes by, or the paper it reads a day from."""
    step = trace.get("trace") or {}
    due_on = step.get("start_due_on")
    language = trace.get("language", "zh")
    article = {
        one["key"]: f"《{one['title']}》{cited(one['article'], language)}" for one in trace["law"]
    }
    if due_on and f"{due_on} + " in line:
        return article.get("period.boundary", ""), None
    for name, key in (("first_net_2_on", "idle.years_to_recovery"),
                      ("first_net_1_on", "idle.years_to_fee")):  # fmt: skip
        if step.get(name) and re.search(rf"{step[name]}(\W\w)?$", line):
            return article.get(key, ""), None
    if " × " in line:
        return article.get("idle.fee_share", ""), None
    if due_on and due_on in line:
        agreed = ("start_due_on", "start_agreed_on")
        for at in reversed(range(len(papers))):
            if any(str(papers[at].says.get(column)) == due_on for column in agreed):
                return "", at
    return "", None


def _paper_of(document: str | None, papers: Sequence[Paper]) -> int | None:
    return next((at for at, paper in enumerate(papers)
                 if document is not None and paper.document == document), None)  # fmt: skip
