"""Faults as ArcGIS programs read them: HTTP 200, and the code, in words, in the body.

498 stands for a token that has ended or was never given, 499 for none at all: the program then asks
for name and password. What is our own fault keeps its status, for whoever watches the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Request, Response

from api import store

PREFIX = "/arcgis"
INVALID_TOKEN, TOKEN_REQUIRED = 498, 499


def is_asked(request: Request) -> bool:
    """Return whether a request is for what stands below /arcgis."""
    path = request.url.path
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(request: Request, status: int, said: Sequence[str]) -> Response:
    """Return a fault: what was found, then what to do; the audit is told the code."""
    code = status
    if status == HTTPStatus.UNAUTHORIZED:
        is_shown = getattr(request.state, "desktop_token", None) is not None
        code = INVALID_TOKEN if is_shown else TOKEN_REQUIRED
    elif status == HTTPStatus.UNPROCESSABLE_ENTITY:
        code = int(HTTPStatus.BAD_REQUEST)
    request.state.told_status = code
    content = {"error": {"code": code, "message": said[0], "details": [*said[1:]]}}
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return store.json_response(content, status if is_ours else HTTPStatus.OK)
