"""Pages within other sites: a token becomes a pass in one exchange, and shows what it fixes.

GET  /embed/{token}     sends on to the page with a code behind #, which no server is ever told
GET  /embed/page        the page; `#TOKEN` behind it does as well, and stands in no log at all
GET  /embed/map         what its map draws (api.embed_map)
GET  /embed/charts      what its charts draw (api.embed_charts)
POST /embed/exchange    a code, once, or a token, becomes the pass of this page

What the page asks for goes with the pass as Authorization: Embed; there is no cookie, and the
token stands in no address of its requests.
"""

from __future__ import annotations

from datetime import date
from importlib import resources

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from api import embed_words, identity, way
from api.identity import UnknownCallerError
from api.small import Small
from gis import config
from gis.accounts import audit, embeds
from gis.accounts.settings import EMBED
from maps import page as page_of

router = APIRouter(prefix="/embed", tags=["embed"], route_class=Small)

_FILES = {
    "embed.js": "text/javascript",
    "embed_charts.js": "text/javascript",
    "embed_map.js": "text/javascript",
    "embed.css": "text/css",
}
# The colours of the application.
_TOKENS = "tokens.css"
# The map is drawn as every map of ours is, by the same scripts.
_OF_MAPS = {
    "map.js": (
        *("vendor/leaflet/leaflet.js", "unpack.js", "sheet.js", "features.js", "graticule.js"),
        *("card.js", "interact.js"),
    ),
    "map.css": ("vendor/leaflet/leaflet.css", "card.css"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors "
)
_NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Shown(BaseModel):
    """A code, or a token."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    shown: str = Field(examples=["…"])


class Opened(BaseModel):
    """The pass of a page and what it may show; `origins`: the sites whose messages it hears.

    `names`, `titles` and `words`: what layers, their columns and their codes are called there.
    """

    shown: str = Field(alias="pass")
    seconds: int
    layers: list[str]
    as_of: date | None
    language: str
    origins: list[str]
    names: dict[str, str]
    titles: dict[str, dict[str, str]]
    words: dict[str, dict[str, dict[str, str]]]


@router.get("/page", include_in_schema=False)
def page() -> Response:
    """Return the page that stands within another site."""
    return _file("embed.html", "text/html")


@router.get("/files/{name}", include_in_schema=False)
def file(name: str) -> Response:
    """Return the script or the style of the page."""
    if name in _OF_MAPS:
        is_script = name.endswith(".js")
        text = (page_of.script if is_script else page_of.stylesheet)(*_OF_MAPS[name])
        return _answer(text.encode("utf-8"), "text/javascript" if is_script else "text/css")
    if name == _TOKENS:
        tokens = resources.files("api.web").joinpath("static", _TOKENS).read_bytes()
        return _answer(tokens, "text/css")
    if name not in _FILES:
        raise UnknownCallerError(
            "没有这个文件 there is no such file", "从令牌的地址进入 open the token"
        )
    return _file(name, _FILES[name])


@router.post("/exchange")
def exchange(given: Shown, request: Request, response: Response) -> Opened:
    """Return the pass for a code, which is taken once, or for a token; 401 for any other."""
    home = config.read().home
    with identity.lend_writing(request) as connection:
        identity.refuse_without_accounts(request, connection)
        try:
            shown, kept = embeds.exchange(connection, home, given.shown)
        except embeds.RefusedError as fault:
            raise UnknownCallerError(fault.found, fault.mend) from fault
        audit.record(
            connection,
            f"嵌入 embed: {kept.name}",
            way.address(request),
            "打开嵌入页 open embedded page",
            "、".join(kept.layers),
            "成功 ok",
        )
    response.headers.update(_NOT_KEPT)
    return Opened(
        **{"pass": shown},
        seconds=EMBED.pass_hours * 3_600,
        layers=[*kept.layers],
        as_of=kept.as_of,
        language=kept.language,
        origins=embeds.origins(),
        names={name: embed_words.name(name, kept.language) for name in kept.layers},
        titles={name: embed_words.titles(name, kept.language) for name in kept.layers},
        words={name: embed_words.words(name, kept.language) for name in kept.layers},
    )


@router.get("/{token}")
def enter(token: str, request: Request) -> Response:
    """Send on to the page with a code that is good once; 401 for a token that opens nothing."""
    with identity.lend(request) as connection:
        identity.refuse_without_accounts(request, connection)
        try:
            code = embeds.code_for(connection, config.read().home, token)
        except embeds.RefusedError as fault:
            raise UnknownCallerError(fault.found, fault.mend) from fault
    return RedirectResponse(f"/embed/page#{code}", 303, headers=_NOT_KEPT)


def _file(name: str, kind: str) -> Response:
    return _answer(resources.files("api").joinpath("static", name).read_bytes(), kind)


def _answer(content: bytes, kind: str) -> Response:
    headers = {"Content-Security-Policy": _POLICY + embeds.ancestors(), **_NOT_KEPT}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
