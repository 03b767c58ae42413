"""A connection for each request, and what was read of it as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from fastapi import Request, Response

from gis.store.database import Connection

Connect = Callable[[], Connection]


def connection(request: Request) -> Iterator[Connection]:
    """Give the request a read-only connection and close it afterwards."""
    connect: Connect = request.app.state.connect
    with connect() as opened:
        opened.execute("SET default_transaction_read_only TO on")
        yield opened


def json_response(content: Mapping[str, Any], status: int = 200) -> Response:
    """Return `content` as JSON; days as ISO text, Chinese as it is."""
    text = json.dumps(content, ensure_ascii=False, default=_iso)
    return Response(text, status_code=status, media_type="application/json")


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
