"""A trace as numbered sentences, each with where it comes from; the last is the conclusion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from api.web.choices import choice, without_keys
from api.web.language import said
from gis.store.of_subject import Paper

# The key and the value of the law behind its words: for programs.
_KEY = re.compile(r"\s*\[[a-z_.0-9]+ = [^\]]*\]")


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


def articles_of(trace: Mapping[str, Any]) -> list[str]:
    """Return the values of the law a trace goes by, as people read them, with what was chosen."""
    language = trace.get("language", "zh")
    entries = trace["law"] if isinstance(trace.get("law"), list) else []
    told = []
    for line, entry in zip_longest(trace["sections"]["law"], entries):
        if line is None:
            break
        words = without_keys(_KEY.sub("", line))
        value, unit = (str((entry or {}).get(name, "")) for name in ("value", "unit"))
        chosen = choice(value, unit, language)
        is_chosen = chosen != value
        told.append(said("{}；取“{}”", language).format(words, chosen) if is_chosen else words)
    return told


def _rests_on(
    line: str, trace: Mapping[str, Any], papers: Sequence[Paper]
) -> tuple[str, int | None]:
    """Return the article a step of the arithmetic goes by, or the paper it reads a day from."""
    step = trace.get("trace") or {}
    due_on = step.get("start_due_on")
    cited = {entry["key"]: text for entry, text in
             zip(trace["law"] if isinstance(trace.get("law"), list) else [], articles_of(trace),
                 strict=False)}  # fmt: skip
    article = {key: re.split("[：:]", text, maxsplit=1)[0] for key, text in cited.items()}
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
