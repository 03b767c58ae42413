"""One paper recorded from a subject's page: what it would change is seen before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.small import Small
from api.v1.papers import Kind, must_be_own
from api.v1.preview import Supposed, supposed
from api.web import frame, language, named
from api.web.language import Language
from gis import identifiers
from gis.accounts.caller import Caller
from gis.accounts.settings import UPLOAD
from gis.fields import KINDS, Column
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"], include_in_schema=False, route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
# The kinds of paper in the order they come in a file's life, and what each is called at the desk.
_KINDS: dict[Kind, str] = {
    "handovers": "交地确认书",
    "extensions": "延期",
    "causes": "免责原因",
    "progress": "巡查、进度",
    "decisions": "认定书等文书",
    "right_endings": "权利终止",
}
# What the numbers of a trace are called beside those of the finding.
_DAYS = {
    "start_due_on": "应动工日",
    "gross_days": "未动工天数（不扣除）",
    "excused_days": "扣除天数",
    "unexcused_days": "未动工天数（扣除后）",
    "first_net_1_on": "满一年日",
    "first_net_2_on": "满两年日",
    "completion_due_on": "应竣工日",
}
_MONEY = {"fee_fen": "闲置费", "fee_if_confirmed_fen": "闲置费（如核实）"}
_UNITS = {"area": "平方米", "money": "元"}


@dataclass(frozen=True)
class Input:
    """A field of a paper's form; `options`: what it may say -> what a person reads."""

    name: str
    title: str
    kind: str
    is_required: bool
    value: str
    options: dict[str, str]


@router.get("/subject/{subject:path}/record")
def form(
    subject: str,
    request: Request,
    connection: OneConnection,
    caller: Recorder,
    kind: Annotated[Kind, Query()] = "handovers",
) -> Response:
    """Return the form of a kind of paper about a subject; 404 for one outside the caller's land."""
    must_be_own(connection, caller, subject)
    tongue = language.of(request)
    run = named.newest(connection)
    return frame.page(
        request,
        caller,
        "record.html.jinja",
        run=run,
        subject=subject,
        finding=None if run is None else _finding(connection, run, subject, caller),
        kind=kind,
        kinds={one: language.said(words, tongue) for one, words in _KINDS.items()},
        inputs=inputs(kind, subject, tongue),
        most_mib=UPLOAD.most_scan_bytes // 2**20,
    )


@router.post("/record/preview")
def preview(
    asked: Supposed, request: Request, connection: OneConnection, caller: Recorder
) -> Response:
    """Return, as a part of the page, how the subject stands without the paper and with it."""
    told = supposed(asked, request, connection, caller)
    tongue = language.of(request)
    return frame.page(
        request,
        caller,
        "record_preview.html.jinja",
        told=told,
        rows=compared(told, tongue),
        issues=[
            {
                **one,
                "label": _issue(one, tongue),
                "field": named.field(asked.kind, one["field"], tongue),
            }
            for one in told["paper"]["issues"]
        ],
    )  # fmt: skip


def inputs(kind: Kind, subject: str, tongue: Language) -> list[Input]:
    """Return the fields of a kind's form, what must be said first."""
    number, _, phase = identifiers.key(subject).partition("|")
    known = {"supply_no": number, "phase": phase}
    columns = [one for one in KINDS[kind].columns.values() if one.month_of is None]
    columns.sort(key=lambda one: not one.required)
    return [_input(one, kind, known.get(one.name, ""), tongue) for one in columns]


def compared(told: dict[str, Any], tongue: Language) -> list[dict[str, Any]]:
    """Return what a person lays side by side: of the finding and of its days, changed or not."""
    before, after = told["before"], told["after"]
    rows: list[dict[str, Any]] = []

    def add(words: str, how: str, part: str, name: str) -> None:
        pair = [(one.get(part) or {}).get(name) for one in (before, after)]
        if pair != [None, None]:
            rows.append({"words": language.said(words, tongue), "how": how, "before": pair[0],
                         "after": pair[1], "is_changed": pair[0] != pair[1]})  # fmt: skip

    add("结论", "outcome", "finding", "outcome")
    add("处置方向", "track", "finding", "track")
    add("动工状态", "start_state", "finding", "start_state")
    add("证据", "evidence_grade", "finding", "evidence_grade")
    add("方向自", "day", "finding", "since_on")
    add("下一节点", "day", "finding", "next_on")
    for name, words in _DAYS.items():
        add(words, "count" if name.endswith("days") else "day", "trace", name)
    for name, words in _MONEY.items():
        add(words, "yuan", "finding", name)
    return rows


def _input(column: Column, kind: Kind, value: str, tongue: Language) -> Input:
    unit = _UNITS.get(column.type)
    title = named.field(kind, column.name, tongue)
    if unit and tongue == "zh":
        title = f"{title}（{unit}）"
    how = "day" if column.type.startswith("day") else "code" if column.codes else "text"
    options = {
        words[0]: words[0] if tongue == "zh" else code.replace("_", " ")
        for code, words in column.codes.items()
    }
    if column.type == "text" and column.name in {"plan", "result", "evidence"}:
        how = "long"
    return Input(column.name, title, how, column.required, value, options)


def _finding(
    connection: Connection, run: Any, subject: str, caller: Caller
) -> dict[str, Any] | None:
    asked = Asked(where={"subject": [subject]}, within=caller.scope, limit=1)
    found = results.read(connection, run, "finding", asked)
    return None if found.empty else {str(name): one for name, one in found.iloc[0].items()}


def _issue(issue: dict[str, Any], tongue: Language) -> str:
    return str(issue["message"]) if tongue == "zh" else language.label("issue", issue["code"], "en")
