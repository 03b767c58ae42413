"""The page of an approval: what became of its land, in figures that add up, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from api.shown import JudgedRun, Shown
from api.v1.outside import nobody, without_neighbours
from api.web import cells, frame, language, places
from api.web.drawn import areas, plan
from api.web.subject import facts
from api.web.subject.place import Drawn
from gis import contracts, identifiers, units
from gis.outputs.export import neighbours
from gis.record_names import JOINT
from gis.store import of_subject, records, results
from gis.store.of_subject import OF_APPROVALS, Paper
from gis.store.record_filter import RecordFilter
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"])

# What the land of an approval divides into, in the order it is told.
PARTS = ("supplied", "withdrawn", "exempt", "unsupplied", "edge", "sliver")
_PLAN = (430.0, 320.0)
_MOST_PIECES = 400
_TOO_LITTLE_M2 = 0.005


@dataclass(frozen=True)
class Line:
    """A line of the account: its code, its area in m2, 公顷 and 亩, rounded so that they close."""

    code: str
    m2: float
    hectares: float
    mu: float


@router.get("/approval/{approval:path}", response_class=Response, include_in_schema=False)
def page(approval: str, shown: JudgedRun) -> Response:
    """Return the page of an approval, by its number, or by number and batch."""
    connection, run, scope = shown.connection, shown.run, shown.scope
    names = [approval, identifiers.key(approval)]
    balance = _first(shown, "balance", names)
    if balance is None:
        return _to_its_batch(shown, approval)
    name = str(balance["approval"])
    own = Asked(where={"approval": [name]}, within=scope)
    pieces = results.read(connection, run, "piece", own)
    findings = results.read(connection, run, "finding",
                            Asked(where={"approval": [name], "rule": ["unsupplied"]},
                                  within=scope))  # fmt: skip
    told = results.read(connection, run, "unsupplied", own)
    steps = areas.steps_of(cells.rows_of(results.read(connection, run, "land_timeline", own)))
    tongue = language.of(shown.request)
    words = f"{language.said('截至', tongue)} {run.as_of}"
    papers = _papers(shown, name)
    states = _order(steps)
    return frame.page(
        shown.request, shown.caller, "approval.html.jinja",
        run=run, outside=neighbours.OUTSIDE, approval=name, balance=balance,
        account=account(balance),
        unsupplied=_unsupplied(shown, findings, told),
        pieces_m2=float(findings["area_m2"].sum()) if findings["area_m2"].notna().all() else None,
        pieces=_pieces(shown, pieces), pieces_count=len(pieces),
        lies=_lies(shown, pieces, name), line=areas.draw(steps, states, run.as_of, words),
        steps=steps, states=states, list_of=list_of, day_words=words,
        papers=papers, kind_of=lambda kind: facts.kind_of(kind, tongue),
        where=places.names_of(connection, run, balance),
    )  # fmt: skip


def account(balance: Mapping[str, Any]) -> list[Line] | None:
    """Return the parts of a balance and last the whole, None where it was not struck.

    Each unit is rounded so that the parts printed add up to the whole printed; what the parts leave
    of the whole is a line of its own.

    >>> made = account({"approved_m2": 10.004, "supplied_m2": 3.333, "withdrawn_m2": 3.333,
    ...     "exempt_m2": 0.0, "unsupplied_m2": 3.338, "edge_m2": 0.0, "sliver_m2": 0.0})
    >>> [line.m2 for line in made], round(sum(line.m2 for line in made[:-1]), 2)
    ([3.33, 3.33, 0.0, 3.34, 0.0, 0.0, 10.0], 10.0)
    """
    whole, parts = balance["approved_m2"], [balance[f"{name}_m2"] for name in PARTS]
    if whole is None or None in parts:
        return None
    left = whole - sum(parts)
    names = [*PARTS, *(["residual"] if abs(left) >= _TOO_LITTLE_M2 else [])]
    given = np.array([[*parts, *([left] if len(names) > len(PARTS) else [])]])
    told = []
    all_m2 = np.array([float(whole)])
    for unit, areas_of, total in (
        ("m2", given, all_m2),
        ("公顷", units.hectares(given), units.hectares(all_m2)),
        ("亩", units.mu(given), units.mu(all_m2)),
    ):
        decimals = units.DECIMALS[unit]
        rounded = units.close(areas_of, total, decimals)[0]
        told.append([*rounded.tolist(), round(float(total[0]), decimals)])
    return [Line(*one) for one in zip([*names, "approved"], *told, strict=True)]


def list_of(state: str) -> str:
    """Return the code list a state of the land timeline is of."""
    return "disposition" if state in contracts.CODES["disposition"] and state != "edge" else (
        "unsupplied"
    )  # fmt: skip


def _order(steps: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[str]:
    """Return the states that occur: what was done with the land below, what is left above."""
    known = [*contracts.CODES["disposition"], *contracts.CODES["unsupplied"]]
    found = {state for _, areas_of in steps for state in areas_of}
    return sorted(found, key=known.index)


def _first(shown: Shown, table: str, names: Sequence[str]) -> dict[str, Any] | None:
    rows = results.read(shown.connection, shown.run, table,
                        Asked(where={"approval": [*names]}, within=shown.scope))  # fmt: skip
    return next(iter(cells.rows_of(rows)), None)


def _to_its_batch(shown: Shown, approval: str) -> Response:
    """Lead from the number of an approval alone to its one batch; UsageError where none is."""
    only = RecordFilter(named={"approval_no": [approval, identifiers.key(approval)]})
    known = records.read(shown.connection, "approvals", shown.run.delivery, shown.run.as_of,
                         columns=("approval_no", "batch"), only=only)  # fmt: skip
    for row in cells.rows_of(known):
        name = JOINT.join(filter(None, (row["approval_no"], row["batch"])))
        if name != approval and _first(shown, "balance", [name]) is not None:
            query = f"?{shown.request.url.query}" if shown.request.url.query else ""
            return RedirectResponse(f"/approval/{quote(name)}{query}", 303)
    raise nobody(approval)


def _unsupplied(shown: Shown, findings: pd.DataFrame, told: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the findings of what is left to supply, with situation and neighbours of each."""
    beside = {row["subject"]: row for row in without_neighbours(
        shown.connection, shown.run, shown.scope, cells.rows_of(told))}  # fmt: skip
    return [beside.get(row["subject"], {}) | row for row in cells.rows_of(findings)]


def _pieces(shown: Shown, pieces: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the largest pieces, whoever lies outside without a number."""
    rows = cells.rows_of(pieces.nlargest(_MOST_PIECES, "area_planar_m2"))
    if shown.scope is None:
        return rows
    named = {row["supply"] for row in rows if row["supply"]}
    own = neighbours.seen(shown.connection, shown.run, shown.scope, named)
    return [row | {"supply": row["supply"] if row["supply"] in own else
                   neighbours.OUTSIDE if row["supply"] else None} for row in rows]  # fmt: skip


def _lies(shown: Shown, pieces: pd.DataFrame, name: str) -> dict[str, Any] | None:
    """Return the plan of the pieces by what became of them, with the outline of the approval."""
    drawn = pieces.dropna(subset=["geom"]).nlargest(_MOST_PIECES, "area_planar_m2")
    if drawn.empty:
        return None
    shapes = drawn["geom"].to_numpy(dtype=object)
    sheet = plan.around([*shapes], _PLAN, 0.06)
    number = name.partition(JOINT)[0]
    own = records.read(shown.connection, "approvals", shown.run.delivery, shown.run.as_of,
                       columns=("approval_no", "batch", "geom"),
                       only=RecordFilter(named={"approval_no": [number]}))  # fmt: skip
    batch = name.partition(JOINT)[2]
    own = own[(own["batch"].fillna("") == batch) | (batch == "")]
    outline = own["geom"].dropna().to_numpy(dtype=object) if shown.scope is None else shapes[:0]
    told = [Drawn(path, "disposition", code, piece)
            for path, code, piece in zip(sheet.paths(shapes), drawn["disposition"], drawn["id"],
                                         strict=True) if path]  # fmt: skip
    return {"plan": sheet, "shapes": told, "outlines": sheet.paths(outline),
            "codes": [code for code in contracts.CODES["disposition"]
                      if code in set(drawn["disposition"])],
            "is_cut": len(pieces.dropna(subset=["geom"])) > _MOST_PIECES}  # fmt: skip


def _papers(shown: Shown, name: str) -> list[Paper]:
    number, _, batch = name.partition(JOINT)
    found = of_subject.papers(shown.connection, shown.run, ["approvals", *OF_APPROVALS],
                              "approval_no", [number])  # fmt: skip
    return [one for one in found if not batch or one.says.get("batch") in {None, batch}]
