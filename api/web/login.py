"""The page people log in at, and change a password at: first passwords before anything else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import identity, way
from api.identity import ForbiddenError, NoAccountsError, UnknownCallerError
from api.web import frame
from gis.accounts.caller import Caller
from gis.accounts.settings import PASSWORD, SESSION

router = APIRouter(include_in_schema=False)


@router.get("/login")
def page(
    request: Request, asked: Annotated[str, Query(alias="next", max_length=2_000)] = "/"
) -> Response:
    """Return the page; who is logged in already goes on to where it was going."""
    going = way.own_address(asked)
    known = _known(request)
    must_change = known is not None and known.must_change_password
    if known is not None and known.via == "session" and going != "/" and not must_change:
        return RedirectResponse(going, 303)
    # A cookie that opens nothing any more: its session has ended.
    has_ended = known is None and way.cookie_name(request) in request.cookies
    return frame.page(
        request,
        known,
        "login.html.jinja",
        going=going,
        must_change=must_change,
        has_ended=has_ended,
        rule=PASSWORD,
        session=SESSION,
    )


def _known(request: Request) -> Caller | None:
    """Return who comes, None for who is not known yet, or may not come this way."""
    try:
        return identity.caller(request)
    except (UnknownCallerError, ForbiddenError, NoAccountsError):
        return None
