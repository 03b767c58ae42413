"""The frame every page stands in: who looks, at which run and day, in which language.

A page is a template of `templates/` with what its module gathered. Nothing a page holds runs or
styles by itself: scripts and styles are files of our own, and the policy lets no others in.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from api import identity, way
from api.web import language, written
from api.web.language import LANGUAGES, Language
from gis import contracts
from gis.accounts.caller import Caller
from gis.citation import cited
from gis.errors import LandwatchError
from gis.outputs import grounds
from gis.store.runs import Run
from maps import style

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
# Where programs ask, by how the address begins.
_FOR_PROGRAMS = frozenset(
    {"api", "tiles", "ogc", "arcgis", "wfs", "embed", "metrics", "health", "static"}
)
# A header scripts of pages send (static/frame.js), and no program.
_OF_PAGE = "landwatch-page"
# Where the office is; and days after which a day judged is no longer that of people who look.
HERE = ZoneInfo("Asia/Shanghai")
OLD_DAYS = 3
# Code lists that have looks, by how a template asks for them.
LOOKS = {
    name: style.styles(name)
    for name in ("outcome", "unsupplied", "state", "confidence", "track", "disposition")
}


@dataclass(frozen=True)
class Place:
    """An entry of the bar: its address, its Chinese words, and what one must be allowed to, any.

    `menu`: the words of the menu it stands in with its neighbours, where they share one.
    """

    address: str
    words: str
    permissions: tuple[str, ...] = ("read",)
    menu: str = ""

    def opens_to(self, caller: Caller | None) -> bool:
        """Return whether somebody may open it."""
        return caller is not None and any(map(caller.may, self.permissions))


PLACES = (
    Place("/", "本期要看"),
    Place("/map", "地图"),
    Place("/lists", "清单"),
    Place("/triage", "待核实"),
    Place("/blocks", "区块园区"),
    Place("/firms", "企业", menu="绩效"),
    Place("/control", "控制指标", menu="绩效"),
    Place("/ranking", "园区考核", menu="绩效"),
    Place("/targets", "任务与完成", menu="绩效"),
    Place("/deliveries", "交付"),
    Place("/calendar", "日历"),
    Place("/runs", "运行"),
    Place("/law", "法规"),
    Place("/admin", "管理", ("accounts", "audit", "embed")),
)

# Pages that stand below an entry of the bar without its address.
_ROOMS = {
    "compare": "/deliveries", "corrections": "/deliveries", "scenario": "/targets",
    "block": "/blocks", "park": "/blocks", "pivot": "/", "patrol": "/triage", "embeds": "/admin",
}  # fmt: skip


def page(
    request: Request,
    caller: Caller | None,
    template: str,
    *,
    run: Run | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page, its bar with what the caller may open; a part of one for htmx that asks.

    caller: None where nobody is known yet, who logs in.
    `values`: what the template shows besides. A template `x.html.jinja` may have a block `part`:
    a request of htmx that aims at it gets that block alone.
    """
    found = environment(language.of(request)).get_template(template)
    context = {**_bar(request, caller, run), **values}
    whole = request.headers.get("hx-request-type") != "partial" or "part" not in found.blocks
    if whole:
        text = found.render(context)
    else:
        text = "".join(found.blocks["part"](found.new_context(context)))
    return _html(text, status)


def fault(request: Request, status: int, detail: str, mend: str) -> Response:
    """Return the page of a fault: what happened, and what to do; to log in where that is needed.

    It asks the store nothing, which may be what is at fault, but of who is at no page at all.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None and status == HTTPStatus.NOT_FOUND:
        with suppress(LandwatchError):
            caller = identity.caller(request)
    must_change = caller is not None and caller.must_change_password
    is_sent = status == HTTPStatus.UNAUTHORIZED or (must_change and status == HTTPStatus.FORBIDDEN)
    if is_sent and "hx-request" not in request.headers:
        return RedirectResponse(f"/login?next={quote(_address(request), safe='')}", 303)
    tongue = language.of(request)
    text = environment(tongue).get_template(_fault_template(request)).render(
        **_bar(request, caller, None) | {"here": ""},
        status=status,
        detail=language.one_of(detail, tongue),
        mend=language.one_of(mend, tongue),
    )  # fmt: skip
    return _html(text, status)


def said_to(request: Request, text: str) -> str:
    """Return what a fault says: to a script of a page in its language, to a program in both."""
    is_page = _OF_PAGE in request.headers
    return language.one_of(text, language.of(request)) if is_page else text


def _bar(request: Request, caller: Caller | None, run: Run | None) -> dict[str, Any]:
    """Return what every page shows: who looks, in which language, where one may go."""
    tongue = language.of(request)
    return {
        "request": request,
        "language": tongue,
        "who": caller,
        "run": run,
        "age_days": 0 if run is None else (datetime.now(HERE).date() - run.as_of).days,
        "old_days": OLD_DAYS,
        "places": [one for one in PLACES if one.opens_to(caller)],
        "here": _ROOMS.get(room := request.url.path.split("/")[1], f"/{room}"),
        "csrf": way.csrf_of(request) if caller is not None and caller.via == "session" else "",
        "back": quote(_address(request)),
        "land": "" if caller is None else land(caller, tongue),
    }


def _fault_template(request: Request) -> str:
    """Return what tells a fault: a page, or for a part of one a message in its place."""
    is_part = request.headers.get("hx-request-type") == "partial"
    return "fault_part.html.jinja" if is_part else "fault.html.jinja"


def land(caller: Caller, tongue: Language) -> str:
    """Return the land a caller may see, in words."""
    if caller.scope is None:
        return language.said("全部土地", tongue)
    codes = [*caller.scope.regions, *caller.scope.parks, *caller.scope.blocks]
    more = f" +{len(codes) - 2}" if len(codes) > 2 else ""
    return "、".join(codes[:2]) + more


@cache
def environment(tongue: Language) -> jinja2.Environment:
    """Return what renders templates in a language; an unknown name in one is a fault."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("api.web", "templates"),
        # A server goes on with the templates it began with while a newer version is laid over it.
        auto_reload=False,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    known = language.translations(tongue)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: language.Words(known.gettext(text)), known.ngettext, newstyle=False
    )
    # What a script reads out of a page: `tojson` lets no tag stand in it.
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "default": str}
    made.filters.update(
        hectares=written.hectares,
        mu=written.mu,
        yuan=written.yuan,
        count=written.count,
        share=written.share,
        breadth=written.breadth,
        whole_days=written.whole_days,
        one_tongue=partial(language.one_of, language=tongue),
        cited=partial(_cited, tongue=tongue),
    )
    made.globals.update(
        label=partial(language.label, language=tongue),
        short=partial(language.label, language=tongue, is_short=True),
        event=partial(language.event, language=tongue),
        facts=partial(contracts.facts, language=tongue),
        clashes=partial(contracts.clashes, language=tongue),
        grounds=partial(grounds.in_words, language=tongue),
        left=partial(written.left, language=tongue),
        is_unknown=written.is_unknown,
        is_chinese=language.is_chinese,
        looks=LOOKS,
        languages=LANGUAGES,
        policy=POLICY,
    )
    return made


def _cited(article: str | None, tongue: Language) -> str | None:
    return None if article is None else cited(article, tongue)


def asks_for_page(request: Request) -> bool:
    """Return whether a person asks, by a browser, and not a program for what it can read."""
    first = request.url.path.split("/")[1]
    is_for_programs = first in {
        "api",
        "tiles",
        "ogc",
        "arcgis",
        "wfs",
        "embed",
        "metrics",
        "static",
    }
    return not is_for_programs and (
        "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    )


def _address(request: Request) -> str:
    """Return the address of the page a request belongs to, within this server."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _html(text: str, status: int) -> Response:
    headers = {"Content-Security-Policy": POLICY, "Vary": "Authorization, Cookie, HX-Request-Type"}
    return HTMLResponse(text, status, headers)
