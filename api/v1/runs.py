"""Runs: which there are, what each rests on, what it counted in the caller's land."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.inside import inside
from gis import result_tables
from gis.accounts.caller import Caller
from gis.pipeline import counts
from gis.store import results
from gis.store import runs as stored
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

router = APIRouter(tags=["runs 运行"], dependencies=[Depends(requires("read"))])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_LISTED = (
    *("id", "as_of", "delivery", "region", "purpose", "code_version", "code_digest"),
    *("law_digest", "started_at", "finished_at", "built_on"),
)
# As `landwatch run --json` tells it.
_TOLD = (
    *("as_of", "delivery", "region", "is_repeat", "purpose", "code_version", "code_digest"),
    "law_digest",
)


@router.get("/runs", summary="历次运行 runs")
def runs(connection: OneConnection) -> Response:
    """Every run, the one shown when nobody says which first."""
    rows = [_row(run) for run in stored.all_runs(connection)]
    return pages.answer({"count": len(rows), "rows": rows, "next": None})


@router.get("/runs/latest", summary="默认显示的运行 the run shown by default")
def latest(request: Request, connection: OneConnection, caller: Reader) -> Response:
    """The run shown by default, as `landwatch run --json` tells it, in the caller's land."""
    return _told(request, connection, caller, stored.default(connection))


@router.get("/runs/{number}", summary="一次运行 one run")
def run(
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    request: Request,
    connection: OneConnection,
    caller: Reader,
) -> Response:
    """One run by its number, in the caller's land."""
    return _told(request, connection, caller, stored.get(connection, number))


def _told(request: Request, connection: Connection, caller: Caller, run: Run) -> Response:

    def made() -> Response:
        names = result_tables.TABLES["set_aside"].names
        asked = Asked(within=caller.scope)
        left_out = results.read(connection, run, "set_aside", asked)
        told = {
            "run": run.id,
            **{name: pages.plain(getattr(run, name)) for name in _TOLD},
            "counts": _counts(connection, run, caller),
            "set_aside": pages.rows_of(left_out, names),
        }
        return pages.answer(told)

    return pages.once(request, caller, run, made)


def _row(run: Run) -> dict[str, Any]:
    return {name: pages.plain(getattr(run, name)) for name in _LISTED}


def _counts(connection: Connection, run: Run, caller: Caller) -> dict[str, Any]:
    """Return what a run counted; for a caller of some land what lies there, by the area inside.

    What is unsupplied in a place is asked of its indicators.
    """
    if caller.scope is None:
        return dict(run.counts)
    asked = Asked(within=caller.scope)
    findings, left_out, balances = (
        results.read(connection, run, name, asked) for name in ("finding", "set_aside", "balance")
    )
    own = inside(connection, run, caller.scope, findings)
    return dict(counts.count(own, left_out, balances[balances["method"] == "undated"]))
