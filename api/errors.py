"""Faults told to the caller as {message, mend}; what happened inside stays in the log.

400  an address in which no text can stand: NUL, no UTF-8, far too long (asked.fault)
422  a parameter that says nothing (BadParameterError, or FastAPI's own check)
404  a run, a block, a subject or a page that is not there (UsageError)
503  the store does not answer (StoreError)
500  anything else; a report of it is written (gis.files.fault_report)
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import asked, store
from gis.errors import DiskError, LandwatchError, StoreError, UsageError
from gis.files import fault_report

Next = Callable[[Request], Awaitable[Response]]

_LOG = logging.getLogger(__name__)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    # A page that needs more brings a policy of its own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_MEND_ADDRESS = "改正地址 mend the address"
_SEE_LOG = "详情见服务器日志 the server's log says more"
_SAID = {
    404: ("没有这个页面 there is no such page", "从首页进入 start from /"),
    405: ("此地址只可读取 this address can only be read", "用 GET use GET"),
}


class BadParameterError(UsageError):
    """A parameter of the address that says nothing this server knows."""


def register(app: FastAPI) -> None:
    """Let every fault of `app` leave as JSON with a message and the mend."""
    app.add_exception_handler(LandwatchError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def harden(response: Response) -> Response:
    """Return the response with the security headers it does not set itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _told(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, LandwatchError)
    if isinstance(fault, BadParameterError):
        return _answer(422, fault.found, fault.mend)
    if isinstance(fault, UsageError) and not isinstance(fault, DiskError):
        return _answer(404, fault.found, fault.mend)
    _LOG.error("%s", fault)
    if isinstance(fault, StoreError):
        return _answer(503, f"数据库不可用 the store does not answer: {fault.found}", fault.mend)
    return _answer(500, fault.found, fault.mend)


def _invalid(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    said = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in fault.errors())
    return _answer(
        422, f"参数不对 a parameter is wrong: {said}", "改正后再试 mend it and try again"
    )


def _http(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    found, mend = _SAID.get(fault.status_code, (str(fault.detail), _SEE_LOG))
    return _answer(fault.status_code, found, mend)


async def answered(request: Request, call_next: Next) -> Response:
    """Return the answer to a request, hardened; a fault nobody foresaw is reported and told."""
    if unreadable := asked.fault(request.scope):
        return _answer(400, f"地址不能用 the address cannot be used: {unreadable}", _MEND_ADDRESS)
    door = _LastDoor(request)
    with door:
        return harden(await call_next(request))
    return door.answer


class _LastDoor:
    """What no handler took is reported here; the server's log gets one line."""

    def __init__(self, request: Request) -> None:
        self._asked = [request.method, request.url.path]
        self.answer = Response()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        place, text = fault_report.report(fault, self._asked)
        told = fault_report.in_one_line(fault)
        _LOG.error("unforeseen fault: %s; report: %s", told, text if place is None else place)
        self.answer = _answer(500, "服务器出错 the server failed", _SEE_LOG)
        return True


def _answer(status: int, message: str, mend: str) -> Response:
    return harden(store.json_response({"message": message, "mend": mend}, status))
