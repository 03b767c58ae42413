"""The index page and the block maps of a run, drawn once and kept."""

from __future__ import annotations

import hashlib
import html
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import HTMLResponse

from api import store
from api.errors import BadParameterError
from api.identity import ForbiddenError, requires
from api.traces import Traces
from api.v1 import outside
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.files import drafts
from gis.outputs.export import neighbours
from gis.store import results, runs, state
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from maps import basis, index, stored
from maps import block as block_map
from maps.basis import Reasons
from maps.block import Place

router = APIRouter()

_KEPT_PAGES = 200
_KEPT_RUNS = 2
_INDEX = "/"
_SHANGHAI = ZoneInfo("Asia/Shanghai")
# No code of a block begins so: under it the pages of reasons are kept.
BASIS = "\0basis"
_SCOPED = "\0within "
Basis = Callable[[Connection, Run, str], tuple[Reasons, str]]
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
RunNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@dataclass(frozen=True)
class Page:
    """One finished HTML page: its bytes, the policy it was sealed with, and its ETag."""

    content: bytes
    policy: str
    etag: str


class Pages:
    """Finished pages by run and name, and what they are drawn from; a run never changes.

    One page is drawn at a time: a second request for it waits and is served from here, while
    finished pages are given out at once.
    """

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[int, str], Page] = OrderedDict()
        self._stored: OrderedDict[int, stored.Stored] = OrderedDict()
        self._drawing = threading.Lock()
        self._keeping = threading.Lock()

    def index(self, connection: Connection, run: Run) -> Page:
        """Return the index page of a run."""

        def draw(out: Path) -> None:
            frames = self._frames(connection, run)
            entries = frames.entries(lambda place: f"maps/{place.code}")
            index.write(entries, out, frames.run.counts.get("unsupplied_total"))

        return self._page((run.id, ""), draw)

    def block(
        self, connection: Connection, run: Run, code: str, scope: Scope | None = None
    ) -> Page:
        """Return the map of a block; UsageError when the run knows no such block.

        For a scope it names nobody outside.
        """

        def draw(out: Path) -> None:
            frames = self._frames(connection, run)
            place = replace(
                frames.place(code), index_file=_INDEX, basis=f"/basis/{{subject}}?run={run.id}"
            )
            layers = frames.layers(place.code)
            if scope is not None:
                findings = layers["findings"]
                beside = neighbours.named_within(connection, run, scope, findings["adjoining"])
                layers["findings"] = findings.assign(adjoining=beside)
            block_map.draw(place, layers, out)

        return self._page((run.id, code if scope is None else f"{_SCOPED}{scope}/{code}"), draw)

    def basis(self, run: Run, subject: str, told: Callable[[], tuple[Reasons, str]]) -> Page:
        """Return the page of reasons of one subject as a run saw it."""

        def draw(out: Path) -> None:
            reasons, note = told()
            place = Place(BASIS, reasons.subject, "", run.as_of, run.id)
            basis.write(place, [reasons], out, note)

        return self._page((run.id, f"{BASIS}/{subject}"), draw)

    def _page(self, key: tuple[int, str], draw: Callable[[Path], None]) -> Page:
        page = self._kept(key)
        if page is None:
            with self._drawing:
                page = self._kept(key) or drawn(draw)
                self._keep(key, page)
        return page

    def _kept(self, key: tuple[int, str]) -> Page | None:
        with self._keeping:
            return self._pages.get(key)

    def _keep(self, key: tuple[int, str], page: Page) -> None:
        with self._keeping:
            self._pages[key] = page
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)

    def _frames(self, connection: Connection, run: Run) -> stored.Stored:
        if run.id not in self._stored:
            self._stored[run.id] = stored.read(connection, run)
            while len(self._stored) > _KEPT_RUNS:
                self._stored.popitem(last=False)
        return self._stored[run.id]


@router.get("/maps/", tags=["pages 页面"], response_class=HTMLResponse)
def index_page(
    request: Request, connection: OneConnection, caller: Reader, run: RunNumber = None
) -> Response:
    """Return the index page of a run, the newest by default: of the whole land, or not at all."""
    if caller.scope is not None:
        raise ForbiddenError(
            "首页是全部区块的总览，账号只限部分土地。 The index shows all land, the account "
            "may see a part.",
            "看本区块地图 see a block's map: /maps/BLOCK, or /api/v1/findings",
        )
    kept: Pages = request.app.state.pages
    found = runs.chosen(connection, run)
    wrong = state.night_trouble(connection, datetime.now(_SHANGHAI).date())
    return answer(request, _warning(kept.index(connection, found), wrong))


@router.get("/maps/{block_code:path}", tags=["pages 页面"], response_class=HTMLResponse)
def block_page(
    block_code: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: RunNumber = None,
) -> Response:
    """Return the map of one block as a run saw it, the newest by default."""
    kept: Pages = request.app.state.pages
    found = runs.chosen(connection, run)
    if caller.scope is not None and not _is_within(connection, found, caller, block_code):
        raise UsageError(f"没有区块 there is no block {block_code}", "核对代码 check the code")
    return answer(request, kept.block(connection, found, block_code, caller.scope))


@router.get("/basis/{subject:path}", tags=["pages 页面"], response_class=HTMLResponse)
def basis_page(
    subject: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: RunNumber = None,
) -> Response:
    """Return why one subject was judged so in a run, for a person to read and print."""
    if not subject:
        raise BadParameterError("没有给出对象 no subject is named", "从地图进入 start from a map")
    kept: Pages = request.app.state.pages
    found = runs.chosen(connection, run)
    ask: Basis = request.app.state.basis
    strangers: frozenset[str] = frozenset()
    if caller.scope is not None:
        traces: Traces = request.app.state.traces
        strangers = outside.strangers_of(connection, found, caller.scope, subject, traces)
    page = kept.basis(found, subject, lambda: ask(connection, found, subject))
    return answer(request, _without(page, strangers))


def _warning(page: Page, words: str | None) -> Page:
    """Return a page on top of which stands, in red, that the nights are not as they should."""
    if words is None:
        return page
    note = f'<main>\n<p class="note night-trouble" role="alert">{html.escape(words)}</p>'
    content = page.content.replace(b"<main>", note.encode(), 1)
    return Page(content, page.policy, _etag(content))


def _is_within(connection: Connection, run: Run, caller: Caller, block_code: str) -> bool:
    """Return whether a block lies in the caller's land: its pieces do, or what was found there."""
    asked = Asked(where={"block_code": [block_code]}, within=caller.scope)
    return any(results.count(connection, run, name, asked) for name in ("park_piece", "indicator"))


def _without(page: Page, strangers: frozenset[str]) -> Page:
    """Return a page that names none of the strangers."""
    if not strangers:
        return page
    told = {html.escape(name) for name in strangers}
    content = outside.hidden_in(page.content.decode("utf-8"), told).encode("utf-8")
    return Page(content, page.policy, _etag(content))


def answer(request: Request, page: Page) -> Response:
    """Return a page, or that whoever asks has it already."""
    headers = {"ETag": page.etag, "Content-Security-Policy": page.policy}
    # A packed answer may be told by a weak one: both name the same page.
    if page.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(page.content, media_type="text/html; charset=utf-8", headers=headers)


def drawn(draw: Callable[[Path], None]) -> Page:
    """Return the page that `draw` writes, with the policy it was sealed with."""
    with drafts.temporary() as folder:
        out = folder / "page.html"
        draw(out)
        content = out.read_bytes()
    sealed = _POLICY.search(content[:4096].decode("utf-8", errors="ignore"))
    if sealed is None:
        raise ValueError("a page without a policy was drawn")
    # In a header the policy also holds for framing, which a page cannot forbid by itself.
    policy = f"{sealed.group(1).replace('&#39;', chr(39))}; frame-ancestors 'none'"
    return Page(content, policy, _etag(content))


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
