"""The page of a subject, and its brief on one sheet of paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import shapely
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api.shown import JudgedRun, Shown
from api.traces import Traces
from api.v1.outside import without_neighbours
from api.v1.subjects import told_of
from api.web import cells, frame, language, place_figures, places
from api.web.drawn import timeline
from api.web.language import Language
from api.web.subject import facts, place, reasons, spans, steps
from api.web.subject.traced import trace_of
from gis.errors import UsageError
from gis.outputs.export.neighbours import OUTSIDE
from gis.record_names import JOINT
from gis.result_tables import TABLES
from gis.store import of_subject, results
from gis.store.of_subject import OF_APPROVALS, OF_SUPPLIES, Paper
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"])

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_PLAN = (316.0, 200.0)
# On one sheet the plan takes what the reasons leave: in pixels, less for each beyond so many.
_PLAN_ON_PAPER, _REASONS, _LESS, _LEAST = (680.0, 158.0), 5, 24.0, 60.0
# Outcomes of which what falls due is looked up: the procedure runs on no other land.
_IN_PROCEDURE = frozenset({"suspected_idle", "may_be_idle", "found_idle"})
_MOST_STANDINGS = 12


@router.get("/subject/{subject:path}", response_class=Response, include_in_schema=False)
def page(subject: str, shown: JudgedRun, brief: bool = Query(False)) -> Response:
    """Return the page of a supply or a piece of an approval; of an approval it leads to its own."""
    connection, run, scope = shown.connection, shown.run, shown.scope
    try:
        rows = told_of(connection, run, subject, scope)
    except UsageError:
        return _to_whom_is_meant(shown, subject)
    if rows["finding"].empty:
        approval = str(rows["balance"]["approval"].iloc[0]) if len(rows["balance"]) else subject
        return _sent_on(shown.request, "approval", approval)
    tongue = language.of(shown.request)
    findings = cells.rows_of(rows["finding"])
    main = next((one for one in findings if one["rule"] != "agreement"), findings[0])
    name = main["subject"]
    trace = trace_of(shown, name, tongue)
    is_supply = main["rule"] != "unsupplied"
    papers = _papers(shown, main, is_supply)
    holding = _first("holding", cells.rows_of(rows["holding"]))
    piece = _first("unsupplied", _of_piece(shown, rows))
    changes = sorted(cells.rows_of(rows["timeline"]), key=lambda one: one["from_on"])
    proving = facts.proving(trace, papers)
    drawn_rows = (spans.rows_of(holding, changes, trace, papers, run.as_of, tongue, proving)
                  if is_supply
                  else spans.rows_of_piece(piece, main, run.as_of, tongue))  # fmt: skip
    sentences = reasons.sentences_of(trace, papers)
    size = _size(len(sentences)) if brief else _PLAN
    lies = place.place_of(connection, run, scope, name, _shapes(rows), size)
    due = _due(shown, main, name)
    words = language.said("今天" if run.as_of == _today() else "截至", tongue)
    return frame.page(
        shown.request, shown.caller, "brief.html.jinja" if brief else "subject.html.jinja",
        run=run, outside=OUTSIDE, subject=name, finding=main, agreement=_agreement(findings),
        list_name=place.LISTS.get(main["rule"], main["rule"]), holding=holding, piece=piece,
        step=steps.step_of(main, due, run.as_of, tongue, piece.get("situation")), due=due,
        follows=steps.follows_of(main, tongue), trace=trace,
        facts_known=facts.facts_of(trace, papers, tongue) if is_supply else [],
        papers=papers, proving=proving, kind_of=lambda kind: facts.kind_of(kind, tongue),
        sentences=sentences, articles=trace["sections"]["law"],
        line=timeline.draw(drawn_rows, run.as_of, f"{words} {run.as_of}",
                           timeline.WIDTH_ON_PAPER if brief else timeline.WIDTH),
        day_words=f"{words} {run.as_of}", may_record=is_supply and shown.caller.may("record"),
        told=spans.told(drawn_rows, tongue), place=lies, near_metres=place.NEAR_METRES,
        where=places.names_of(connection, run, main),
        built=_built(shown, name, tongue) if is_supply else [],
        standings=of_subject.standings(connection, name, scope)[:_MOST_STANDINGS],
        versions=of_subject.versions(connection, run, papers)[:30],
        issues=cells.rows_of(of_subject.issues(connection, papers, scope)),
        corrections=cells.rows_of(of_subject.corrections(connection, papers, scope)),
        address=f"/subject/{quote(name)}", quoted=quote(name, safe=""),
    )  # fmt: skip


def _built(shown: Shown, subject: str, tongue: Language) -> list[dict[str, Any]]:
    """Return how densely a supply is built, by the buildings on record there."""
    where = {"place_kind": ["supply"], "place_code": [subject]}
    asked = Asked(where=where, within=shown.scope)
    rows = cells.rows_of(results.read(shown.connection, shown.run, "indicator", asked))
    return place_figures.told(rows, (), tongue, place_figures.SQUARE_METRES)


def _to_whom_is_meant(shown: Shown, subject: str) -> Response:
    """Lead to the subject that a contract number or another way of writing stands for."""
    meant = str(trace_of(shown, subject, "zh")["subject"])
    told_of(shown.connection, shown.run, meant, shown.scope)
    return _sent_on(shown.request, "subject", meant)


def _sent_on(request: Request, page_name: str, subject: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{page_name}/{quote(subject)}{query}", 303)


def _papers(shown: Shown, finding: Mapping[str, Any], is_supply: bool) -> list[Paper]:
    """Return the papers of a subject: of a supply, else of the approval it is a piece of."""
    connection, run = shown.connection, shown.run
    if not is_supply:
        number = str(finding["approval"]).partition(JOINT)[0]
        own = of_subject.papers(connection, run, ["approvals", *OF_APPROVALS], "approval_no",
                                [number])  # fmt: skip
        batch = str(finding["approval"]).partition(JOINT)[2]
        return [one for one in own if not batch or one.says.get("batch") in {None, batch}]
    supplies = of_subject.papers(connection, run, ["supplies"], "key", [finding["subject"]])
    numbers = [one.says[name] for one in supplies for name in ("supply_no", "contract_no")
               if name in one.says]  # fmt: skip
    phase = next((one.says.get("phase") for one in supplies), None)
    others = [kind for kind in OF_SUPPLIES if kind != "supplies"]
    return [*supplies,
            *of_subject.papers(connection, run, others, "supply_no", numbers, phase)]  # fmt: skip


def _of_piece(shown: Shown, rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = cells.rows_of(rows["unsupplied"])
    return without_neighbours(shown.connection, shown.run, shown.scope, told)


def _first(table: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first row, with all the columns of its table; without a row nothing is known."""
    return dict.fromkeys(TABLES[table].names) | dict(next(iter(rows), {}))


def _shapes(rows: Mapping[str, Any]) -> list[shapely.Geometry]:
    return [*rows["finding"]["geom"].dropna()]


def _due(shown: Shown, finding: Mapping[str, Any], subject: str) -> Sequence[Mapping[str, Any]]:
    ask: Traces | None = shown.request.app.state.due
    if ask is None or finding["rule"] != "idle_land" or finding["outcome"] not in _IN_PROCEDURE:
        return []
    due: Sequence[Mapping[str, Any]] = ask.of(shown.connection, shown.run, subject)["due"]
    return due


def _size(reason_count: int) -> tuple[float, float]:
    """Return the size of the plan on the sheet beneath so many reasons."""
    width, height = _PLAN_ON_PAPER
    return width, max(height - _LESS * max(reason_count - _REASONS, 0), _LEAST)


def _agreement(findings: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in findings if one["rule"] == "agreement"), None)


def _today() -> object:
    return datetime.now(_SHANGHAI).date()
