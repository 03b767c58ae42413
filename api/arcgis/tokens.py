"""How a program comes in: what the server says of itself, and a token for a name and a password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from api import faults_of_arcgis, identity, login, way
from api.arcgis import asked
from api.arcgis.asked import FORM, Form
from api.errors import BadParameterError
from api.identity import ForbiddenError, UnknownCallerError
from api.v1 import pages
from gis.accounts import desktop_tokens
from gis.accounts import login as logging_in
from gis.accounts.caller import Caller
from gis.accounts.desktop_tokens import Given
from gis.accounts.settings import ARCGIS

VERSION = 11.2
_GENERATE = f"{faults_of_arcgis.PREFIX}/tokens/generateToken"
_ASKED = ("username", "password", "expiration", "client", "referer", "ip", "encrypted")
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {
                        **{name: {"type": "string"} for name in (*_ASKED, "f")},
                        "expiration": {"type": "string", "description": "分钟 minutes"},
                    },
                }
            }
        },
    }
}
router = APIRouter(route_class=Form)


@router.get("/rest/info", summary="怎样登录 how one comes in")
def info(request: Request) -> Response:
    """What a program asks before it has a name: that it needs a token, and where it gets one."""
    asked.format_of(request)
    asked.of(request, ())
    with identity.lend(request) as connection:
        needs_token = identity.have_accounts(request, connection)
    told: dict[str, object] = {"isTokenBasedSecurity": needs_token}
    if needs_token:
        told["tokenServicesUrl"] = f"{way.base(request)}{_GENERATE}"
        told["shortLivedTokenValidity"] = ARCGIS.most_minutes
    return pages.answer({"currentVersion": VERSION, "fullVersion": str(VERSION), "authInfo": told})


@router.get("/rest/services", summary="有哪些服务 which services there are")
def services(
    request: Request, caller: Annotated[Caller, Depends(identity.requires("read"))]
) -> Response:
    """Which services there are: one."""
    del caller
    asked.format_of(request)
    asked.of(request, ())
    named = [{"name": "landwatch", "type": "FeatureServer"}]
    return pages.answer({"currentVersion": VERSION, "folders": [], "services": named})


@router.get("/tokens/generateToken", include_in_schema=False)
def generate_by_address() -> Response:
    """Refuse a password that stands in an address."""
    raise HTTPException(405, headers={"Allow": "POST"})


@router.post("/tokens/generateToken", summary="取令牌 get a token", openapi_extra=_FORM)
async def generate(request: Request) -> Response:
    """Give a token that reads, for name and password of a form, for so many minutes at most.

    `expires` says when it really ends. It holds from the address it was asked from alone.
    """
    asked.format_of(request)
    given = asked.of(request, _ASKED)
    # Whatever else it carries: a wrong password is no ended token.
    request.state.desktop_token = None
    minutes = _minutes(given.get("expiration"))
    if given.get("encrypted", "false").lower() != "false":
        raise BadParameterError(
            "不接受 encrypted。 Encrypted words are not read.", "用 HTTPS use TLS"
        )
    address = way.address(request)
    if given.get("ip", address) != address:
        raise BadParameterError(
            f"令牌只供取它的地址 {address} 使用。 A token holds from the address it is asked from.",
            "从用它的机器上取 ask from the machine that uses it, or leave out ip",
        )
    name, password = given.get("username", ""), given.get("password", "")

    def give() -> Given:
        with identity.lend_writing(request) as connection:
            identity.refuse_without_accounts(request, connection)
            made = logging_in.give_token(connection, name, password, address, minutes)
            found = desktop_tokens.find(connection, made.token, address)
            if found is None or found.must_change_password:
                raise ForbiddenError(
                    "须先改密码。 The password is to be changed first.", "在 at /login"
                )
            return made

    try:
        made = await login.in_turn(give)
    except UnknownCallerError as fault:
        # With a code that speaks of tokens a program would ask for one without end.
        raise BadParameterError(fault.found, fault.mend) from fault
    expires = int(made.ends_at.timestamp() * 1_000)
    told = {"token": made.token, "expires": expires, "ssl": way.is_secure(request)}
    return pages.answer(told)


def _minutes(text: str | None) -> int:
    if text is None:
        return ARCGIS.default_minutes
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise BadParameterError(
            f"expiration：{text[:20]} 不是分钟数。 {text[:20]!r} is no number of minutes.",
            f"1 至 to {ARCGIS.most_minutes}",
        )
    return min(int(text[:9]), ARCGIS.most_minutes)
