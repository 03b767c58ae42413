"""Findings of a run as GeoJSON, filtered by rule, outcome and block, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.errors import BadParameterError
from gis import contracts, identifiers
from gis.outputs.export import features
from gis.store import results, runs
from gis.store.database import Connection

router = APIRouter()

LIMIT = 1_000
MOST = 10_000
_OUTCOMES = frozenset(
    code for name in ("outcome", "unsupplied", "agreement") for code in contracts.CODES[name]
)
_KNOWN = frozenset({"run", "rule", "outcome", "block", "limit", "offset"})


@router.get("/findings.geojson")
def findings(
    request: Request,
    connection: Annotated[Connection, Depends(store.connection)],
    run: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    rule: str | None = None,
    outcome: Annotated[list[str] | None, Query()] = None,
    block: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """Return one page of findings with numberMatched, numberReturned and a link to the next.

    `outcome` may be given several times. A parameter nobody knows is refused: a misspelt filter
    would otherwise answer with everything.
    """
    _check(request, rule, outcome)
    found = runs.chosen(connection, run)
    given = {
        "rule": None if rule is None else [rule],
        "outcome": outcome,
        "block_code": None if block is None else [block, identifiers.key(block)],
    }
    where = {column: values for column, values in given.items() if values}
    asked = results.Asked(where, limit=limit, offset=offset)
    matched = results.count(connection, found, "finding", asked)
    page = results.read(connection, found, "finding", asked)
    links = [{"rel": "self", "href": str(request.url)}]
    if offset + len(page) < matched:
        onward = request.url.include_query_params(offset=offset + len(page), run=found.id)
        links.append({"rel": "next", "href": str(onward)})
    members = {
        "run": found.id,
        "as_of": found.as_of.isoformat(),
        "numberMatched": matched,
        "numberReturned": len(page),
        "links": links,
    }
    text = features.feature_collection(page, members)
    return Response(text, media_type="application/geo+json")


def _check(request: Request, rule: str | None, outcome: list[str] | None) -> None:
    unknown = sorted(set(request.query_params) - _KNOWN)
    if unknown:
        raise BadParameterError(
            f"不认识的参数 unknown parameter {', '.join(unknown)}",
            f"可用 known: {', '.join(sorted(_KNOWN))}",
        )
    for name, given, known in (
        ("rule", [rule] if rule is not None else [], frozenset(contracts.CODES["rule"])),
        ("outcome", outcome or [], _OUTCOMES),
    ):
        strange = sorted(set(given) - known)
        if strange:
            raise BadParameterError(
                f"{name}: 不认识的代码 unknown code {', '.join(strange)}",
                f"可用 known: {', '.join(sorted(known))}",
            )
