"""A connection lent to each request, and what was read of it as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from fastapi import Request, Response

from gis.assessment.firms_kept import FirmsKept
from gis.store.database import Connection
from gis.store.lists import Lists

Connect = Callable[[], AbstractContextManager[Connection]]


def connection(request: Request) -> Iterator[Connection]:
    """Lend the request a connection that writes nothing."""
    connect: Connect = request.app.state.connect
    with connect() as lent:
        lent.execute("SET default_transaction_read_only TO on")
        yield lent


def lists(request: Request) -> Lists:
    """Return what gives pages of large lists."""
    known: Lists = request.app.state.lists
    return known


def firms(request: Request) -> FirmsKept:
    """Return what gives the firms of a run, joined to their land."""
    known: FirmsKept = request.app.state.firms
    return known


def json_response(content: Mapping[str, Any], status: int = 200) -> Response:
    """Return `content` as JSON; days as ISO text, Chinese as it is."""
    text = json.dumps(content, ensure_ascii=False, default=_iso)
    return Response(text, status_code=status, media_type="application/json")


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
