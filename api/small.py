"""Routes anybody may knock at: their bodies are short, so nobody fills the memory through them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from gis.accounts.settings import UPLOAD

_MOST_BYTES = 16_384


class Small(APIRoute):
    """A route that reads no more than 16 KiB, whatever is sent and whatever its length says."""

    most_bytes = _MOST_BYTES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a request whose body was read, and counted, first."""
        handle = super().get_route_handler()

        async def small(request: Request) -> Response:
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.most_bytes:
                    raise HTTPException(413, "请求太长 the request is too long")

            async def receive() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, receive))

        return small


class Wide(Small):
    """A route whose question may hold how every column of a wide register is to be read."""

    most_bytes = UPLOAD.most_how_bytes
