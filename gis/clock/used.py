"""The facts a trace rests on, as data and as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts
from gis.clock import wording
from gis.clock.known import FACT_COLUMNS
from gis.clock.wording import Line, said


def plain(row: pd.Series) -> dict[str, Any]:
    """Return a row as JSON can hold it: days as text, nothing as None."""
    return {str(name): plain_value(value) for name, value in row.items()}


def plain_value(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, list | tuple):
        return [plain_value(each) for each in value]
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def text_of(row: Mapping[Any, Any], name: str) -> str | None:
    """Return a cell of a row as text; None where there is no value, or no such column."""
    value = plain_value(row[name]) if name in row else None
    return None if value is None else str(value)


def facts_on_file(row: Mapping[Any, Any], as_of: date) -> list[dict[str, Any]]:
    """Return the facts on file of a subject's row, those dated after the day marked as not used."""
    found = []
    for name in wording.FACTS:
        if name not in row:
            continue
        value = plain_value(row[name])
        if value is None or value is False:
            continue
        document = text_of(row, wording.DOCUMENTS.get(name, ""))
        is_event = name in FACT_COLUMNS and not name.endswith(
            ("agreed_on", "due_on", "extended_on")
        )
        is_later = name.endswith("_on") and is_event and value > as_of.isoformat()
        is_later &= name != "not_started_on"
        delivery = text_of(row, wording.DELIVERIES.get(name, ""))
        proved_on = text_of(row, wording.PROVED.get(name, ""))
        if name == "not_started_on" and value > as_of.isoformat():
            proved_on = value
        found.append(
            {
                "name": name,
                "value": value,
                "document": document,
                "delivery": None if delivery is None else int(delivery),
                "is_later": is_later,
                "proved_on": proved_on,
                "seen_on": text_of(row, wording.SEEN.get(name, "")),
            }
        )
    return found


def fact_line(fact: dict[str, Any], language: str) -> str:
    """Return a fact (see `facts_on_file`) as a sentence, with the paper it comes from."""
    value = fact["value"]
    if fact["name"] in wording.WORDS:
        value = said(wording.WORDS[fact["name"]].get(value, (value, value)), language)
    elif fact["name"].endswith("_fen"):
        value = f"{value / 100:,.2f}"
    elif fact["name"].endswith("_m2"):
        value = f"{value:,.2f}"
    elif fact["name"].endswith("_grade"):
        value = contracts.label("evidence_grade", value, language)
    elif value is True:
        value = said(("是", "yes"), language)
    template = ("{name}：{value}", "{name}: {value}")
    name = said(wording.FACTS[fact["name"]], language)
    line = said(template, language, name=name, value=value)
    line += named_document(fact["document"], language)
    if fact["delivery"] is not None:
        came: Line = ("（第 {number} 次资料）", " (delivery {number})")
        line += said(came, language, number=fact["delivery"])
    if fact["seen_on"] is not None:
        seen: Line = ("，{day} 的资料", ", as of a paper of {day}")
        line += said(seen, language, day=fact["seen_on"])
    if fact["proved_on"] is not None:
        proof: Line = (
            "，后补证据：资料日期 {day}，证明判定日当时的情况",
            ", proved later: by a paper of {day}, for the day judged",
        )
        line += said(proof, language, day=fact["proved_on"])
    if fact["is_later"]:
        line += said(("，晚于判定日，未采用", ", after the day judged: not used"), language)
    return line


def named_document(document: str | None, language: str) -> str:
    """Return a document in brackets, '' for none."""
    return said(("（{d}）", " ({d})"), language, d=document) if document else ""
