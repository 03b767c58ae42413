"""What is asked below /arcgis: in the address or a form, each parameter once, the token apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from api.errors import BadParameterError
from gis.accounts import desktop_tokens

FORM = "application/x-www-form-urlencoded"
JSON, GEOJSON = "application/json", "application/geo+json"
TOKEN_HEADER = "x-esri-authorization"  # noqa: S105
_TOKEN, _FORMAT, _PASSWORD = "token", "f", "password"
_FORMATS = {"json": JSON, "pjson": JSON}
# A shape of some ten thousand points, written as text.
_MOST_BYTES = 1_000_000
_MOST_PARAMETERS = 100


class Form(APIRoute):
    """A route that finds what is asked in `request.state.asked`, the token taken out of it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a request whose form was read, and counted, first."""
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            pairs = request.query_params.multi_items()
            token = shown(request, dict(pairs).get(_TOKEN, ""))
            request.state.desktop_token = token or None
            asked = _once(pairs)
            if request.method == "POST":
                if _PASSWORD in asked:
                    raise _in_address()
                asked = _once([*pairs, *await _form(request)])
                token = shown(request, asked.get(_TOKEN, ""))
            asked.pop(_TOKEN, None)
            request.state.desktop_token = token or None
            request.state.asked = {name: value for name, value in asked.items() if value.strip()}
            return await handle(request)

        return read


def of(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """Return what is asked, but for `f`; BadParameterError for a parameter nobody knows."""
    asked: dict[str, str] = request.state.asked
    strange = sorted({*asked} - {*known, _FORMAT})
    if strange:
        raise BadParameterError(
            f"不认识的参数 {strange[0][:60]}。 There is no parameter {strange[0][:60]!r} here.",
            f"可用 use: {', '.join(sorted(known))}",
        )
    return asked


def format_of(request: Request, more: Mapping[str, str] | None = None) -> str:
    """Return the form of the answer: json, pjson or one of `more`; BadParameterError for others."""
    asked = str(request.state.asked.get(_FORMAT, "json")).lower()
    known = {**_FORMATS, **(more or {})}
    if asked not in known:
        raise BadParameterError(
            f"不提供 f={asked[:20]}。 There is no answer in the form f={asked[:20]!r}.",
            f"可用 use: {', '.join(f'f={one}' for one in known)}",
        )
    return asked


def shown(request: Request, parameter: str) -> str:
    """Return the token of a request: of its address or form, or of a header; empty for none."""
    kind, _, value = request.headers.get(TOKEN_HEADER, "").strip().partition(" ")
    of_header = value.strip() if kind.lower() == "bearer" else ""
    kind, _, value = request.headers.get("authorization", "").strip().partition(" ")
    if kind.lower() == "bearer" and desktop_tokens.is_one(value.strip()):
        of_header = value.strip()
    return parameter or of_header


async def _form(request: Request) -> list[tuple[str, str]]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "请求太长 the request is too long")
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if body and kind != FORM:
        raise HTTPException(415, f"表单须为 {FORM} a form is sent as {FORM}")
    try:
        # A sign that is no ASCII stands escaped in a form.
        return parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as fault:
        raise BadParameterError(
            "表单读不出。 The form cannot be read.",
            f"UTF-8，至多 {_MOST_PARAMETERS} 个参数 no more than so many parameters",
        ) from fault


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in name + value:
            raise BadParameterError("参数含空字符。 A parameter holds a NUL.", "去掉 leave it out")
        if asked.setdefault(name, value) != value:
            raise BadParameterError(
                f"参数 {name[:60]} 给了两次。 The parameter {name[:60]!r} is given twice.",
                "只给一次 give it once",
            )
    return asked


def _in_address() -> BadParameterError:
    return BadParameterError(
        "密码不能写在地址里。 A password does not stand in an address.",
        "用 POST 表单，已写过的密码请更换"
        " send it as a form, and change the password that was written",
    )
