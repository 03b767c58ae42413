"""Every request that names data is written in the audit: who, from where, what, what came of it."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from api import way
from api.errors import Next
from gis.accounts.audit import Told
from gis.accounts.audit_line import Line

# What carries no data of anybody.
_SILENT = frozenset({"/health", "/api/v1/openapi.json", "/api/docs"})
NOBODY = "—"
V1 = "/api/v1"


async def audited(request: Request, call_next: Next) -> Response:
    """Return the answer to a request, once it stands in the audit.

    What cannot be written down is not given out.
    """
    response = await call_next(request)
    if request.url.path in _SILENT or request.url.path.startswith("/static/"):
        return response
    if not getattr(request.app.state, "has_accounts", False):
        return response
    # A fault told in the body of an answer, as ArcGIS programs read it, is written down as one.
    status = getattr(request.state, "told_status", response.status_code)
    await run_in_threadpool(_write, request, status)
    return response


def _write(request: Request, status: int) -> None:
    route = request.scope.get("route")
    template = getattr(route, "path", "—")
    if request.url.path.startswith(V1) and not template.startswith(V1):
        template = V1 + template  # a route knows what its own router knows
    caller = getattr(request.state, "caller", None)
    name = NOBODY if caller is None else caller.name
    line: Line = request.app.state.audit
    action = f"{request.method} {template}"
    said = getattr(request.state, "said", None)
    told = way.told(request) + (f" 意见 words: {said}" if said else "")
    line.record(Told(name, way.address(request), action, told, str(status)))
