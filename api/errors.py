"""Faults told to the caller as application/problem+json; what happened inside stays in the log.

Below /arcgis and at /wfs they are told as the programs that ask there expect them
(api.faults_of_arcgis, api.faults_of_wfs).

400  an address in which no text can stand: NUL, no UTF-8, far too long (asked.fault)
401  nobody we know: no credentials, or wrong or ended ones
403  somebody who may not do this, or a way nobody may come
404  a run, a block, a subject or a page that is not there, or not in the caller's land (UsageError)
409  a number that is taken, or what is done already
413  more than may be sent (api.small, incoming.TooLargeError)
415  a file in a wrapping we do not undo
429  too many failures to log in, too many who log in at once, or too many files or jobs that wait
422  a parameter that says nothing (BadParameterError, ChoiceError, FilterError, FastAPI's own)
503  the store does not answer (StoreError), or accounts are required and there is none
507  a disk is full (DiskError, StoreFullError)
500  anything else; a report of it is written (gis.files.fault_report)
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from api import asked, faults_of_arcgis, faults_of_wfs, store, way
from api.identity import (
    CHALLENGE,
    ForbiddenError,
    NoAccountsError,
    TooManyFailuresError,
    UnknownCallerError,
)
from gis.accounts.dismissals import DismissedError
from gis.accounts.saved_filters import TooManyFiltersError
from gis.accounts.uploads import DecidedError, TooManyWaitError
from gis.accounts.users import BeyondError, NameTakenError
from gis.errors import (
    ChoiceError,
    DeliveryError,
    DiskError,
    FilterError,
    GeometryError,
    LandwatchError,
    LawError,
    StoreError,
    StoreFullError,
    UsageError,
)
from gis.files import disk, fault_report
from gis.files.incoming import CutOffError, TooLargeError
from gis.jobs.queue import FinishedError, QueuedOtherwiseError, TooManyJobsError
from gis.store.cluster import faults

Next = Callable[[Request], Awaitable[Response]]

_LOG = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    # What is told depends on who asks.
    "Vary": "Authorization, Cookie",
    # A page that needs more brings a policy of its own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_MEND_ADDRESS = "改正地址 mend the address"
_NOTHING_CHANGED = "没有改动任何数据。 Nothing was changed."
_READ_ONLY = "25006"
_OGC = "/ogc"
_SEE_LOG = "详情见服务器日志 the server's log says more"
_SAID = {
    404: ("没有这个页面 there is no such page", "从首页进入 start from /"),
    405: ("此地址不能这样用 this address is not used so", "用 GET use GET"),
    413: ("请求太长 the request is too long", "分几次问，每次少写 ask for less at a time"),
}


@dataclass(frozen=True)
class FaultPages:
    """How a fault is told to a person: whether one asks, and the page of status, fault and mend.

    `said`: what is told to the script of a page, in the language of that page.
    """

    asks: Callable[[Request], bool]
    fault: Callable[[Request, int, str, str], Response]
    said: Callable[[Request, str], str]


class BadParameterError(UsageError):
    """A parameter of the address that says nothing this server knows."""


class NotDoneError(UsageError):
    """A job whose result is not there yet."""


class TakenError(UsageError):
    """A number that names something else already."""


# The first class that fits tells the status.
_STATUS: tuple[tuple[type[LandwatchError], int], ...] = (
    (BadParameterError, 422),
    (ChoiceError, 422),
    (FilterError, 422),
    (TakenError, 409),
    (NotDoneError, 409),
    (DeliveryError, 422),
    (UnknownCallerError, 401),
    (ForbiddenError, 403),
    (TooManyFailuresError, 429),
    (NoAccountsError, 503),
    (DismissedError, 409),
    (NameTakenError, 409),
    (BeyondError, 403),
    (DecidedError, 409),
    (TooManyFiltersError, 409),
    (TooManyWaitError, 429),
    (TooManyJobsError, 429),
    (FinishedError, 409),
    (QueuedOtherwiseError, 409),
    (TooLargeError, 413),
    (CutOffError, 422),
    (GeometryError, 422),
    (DiskError, 507),
    (UsageError, 404),
    (LawError, 404),
    (StoreFullError, 507),
    (StoreError, 503),
)


def register(app: FastAPI) -> None:
    """Let every fault of `app` leave as a problem with a title, what was found and the mend."""
    app.add_exception_handler(LandwatchError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def harden(response: Response) -> Response:
    """Return the response with the security headers it does not set itself."""
    policy = response.headers.get("Content-Security-Policy", "frame-ancestors 'none'")
    is_framed = not policy.rstrip().endswith("frame-ancestors 'none'")
    for name, value in _HEADERS.items():
        # The old header knows no list of sites: where a page may stand in one, the policy says it.
        if not (is_framed and name == "X-Frame-Options"):
            response.headers.setdefault(name, value)
    return response


def problem(request: Request, status: int, detail: str, mend: str, **more: Any) -> Response:
    """Return a problem (RFC 9457) with the mend beside it; a page of it for who sits at one."""
    pages: FaultPages | None = getattr(request.app.state, "fault_pages", None)
    if pages is not None and not pages.asks(request):
        detail, mend = pages.said(request, detail), pages.said(request, mend)
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "mend": mend,
        "instance": request.url.path,
        **more,
    }
    if faults_of_arcgis.is_asked(request):
        said = [detail, mend, *(f"{one['where']}: {one['what']}" for one in more.get("errors", ()))]
        return harden(faults_of_arcgis.answer(request, status, said))
    if pages is not None and pages.asks(request):
        return harden(_page_of(pages, request, status, detail, mend))
    challenge = CHALLENGE
    if faults_of_wfs.is_asked(request):
        answer = harden(faults_of_wfs.answer(status, (detail, mend)))
        challenge = f"{CHALLENGE}, {faults_of_wfs.CHALLENGE}"
    else:
        answer = harden(store.json_response(content, status))
        answer.headers["Content-Type"] = PROBLEM
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = challenge
    return answer


def _page_of(pages: FaultPages, request: Request, status: int, detail: str, mend: str) -> Response:
    """Return the page of a fault; where even that fails, its words alone."""
    with suppress(Exception):
        return pages.fault(request, status, detail, mend)
    _LOG.error("the page of a fault could not be made: %s", way.told(request))
    return PlainTextResponse(f"{detail}\n{mend}\n{_NOTHING_CHANGED}\n", status)


def _told(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, LandwatchError)
    status = next((status for kind, status in _STATUS if isinstance(fault, kind)), 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("%s", fault)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and isinstance(fault, StoreError):
        found = f"数据库不可用 the store does not answer: {fault.found}"
        return problem(request, status, found, fault.mend)
    answer = problem(request, _as_asked(request, status), fault.found, fault.mend)
    if isinstance(fault, TooManyFailuresError):
        answer.headers["Retry-After"] = str(fault.wait_seconds)
    return answer


def _invalid(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    wrong = [
        {"where": ".".join(map(str, error["loc"])), "what": error["msg"]}
        for error in fault.errors()
    ]
    said = "; ".join(f"{one['where'].rpartition('.')[2]}: {one['what']}" for one in wrong)
    detail = f"参数不对 a parameter is wrong: {said}"
    status = _as_asked(request, 422)
    return problem(request, status, detail, "改正后再试 mend it and try again", errors=wrong)


def _as_asked(request: Request, status: int) -> int:
    """Return the status of a fault: the OGC asks for 400 where a parameter is wrong."""
    return 400 if status == 422 and request.url.path.startswith(_OGC) else status


def _http(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    found, mend = _SAID.get(fault.status_code, (str(fault.detail), _SEE_LOG))
    if ways := (fault.headers or {}).get("Allow"):
        mend = f"用 use {ways}"
    answer = problem(request, fault.status_code, found, mend)
    for name, value in (fault.headers or {}).items():
        answer.headers[name] = value
    return answer


async def answered(request: Request, call_next: Next) -> Response:
    """Return the answer to a request, hardened; a fault nobody foresaw is reported and told."""
    if unreadable := asked.fault(request.scope):
        found = f"地址不能用 the address cannot be used: {unreadable}"
        return problem(request, 400, found, _MEND_ADDRESS)
    door = _LastDoor(request)
    with door:
        return harden(await call_next(request))
    return door.answer


def _known(fault: Exception) -> LandwatchError | None:
    """Return what of a fault no route met can be mended: the store went away, say."""
    if isinstance(fault, LandwatchError):
        return fault
    if isinstance(fault, OSError) and disk.is_known(fault):
        return disk.as_disk_error(str(fault.filename or "磁盘 disk"), fault)
    # A request that reads is lent nothing it could write with: one that tries is a fault of ours.
    return None if getattr(fault, "sqlstate", None) == _READ_ONLY else faults.of_server(fault)


class _LastDoor:
    """What no handler took is reported here; the server's log gets one line."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.answer = Response()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        if (known := _known(fault)) is not None:
            self.answer = _told(self._request, known)
            return True
        place, text = fault_report.report(fault, [self._request.method, way.told(self._request)])
        told = fault_report.in_one_line(fault)
        _LOG.error("unforeseen fault: %s; report: %s", told, text if place is None else place)
        self.answer = problem(self._request, 500, "服务器出错 the server failed", _SEE_LOG)
        return True
