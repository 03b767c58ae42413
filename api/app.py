"""The application: routes, errors and headers put together.

/                      what is to be looked at, and the other pages of the application (api.web)
/maps/                 index page of a run
/maps/{block_code}     map of one block, sealed: it asks nothing of any server
/tiles/{layer}/...     vector tiles of a run on a day, and their TileJSON
/nights/{day}          what a night tells
/ogc/...               the same as features (OGC API)
/arcgis/...            the same as a FeatureServer (ArcGIS)
/wfs                   the same as a WFS 2.0
/basis/{subject}       why a subject is judged so, to read and print
/api/v1/...            everything as JSON (api.v1), described at /api/docs
/login, /embed         who comes in (api.login, api.embed)
/health                whether the store answers
/metrics               how the installation stands, for Prometheus
"""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api import (
    arcgis,
    docs,
    embed,
    embed_charts,
    embed_map,
    errors,
    login,
    metrics,
    nights,
    ogc,
    pages,
    store,
    tiles,
    watch,
    wfs,
)
from api.assessed import Assessed
from api.events import News
from api.head import Head
from api.quiet import Counted, Quiet
from api.store import Connect
from api.told import Told
from api.traces import Traces, Why, WhyMany
from api.uploads import Looks
from api.v1 import routes as api_routes
from api.web import frame, place_sums
from api.web import routes as page_routes
from api.work import Work
from gis import __version__
from gis.accounts.audit_line import Line
from gis.assessment.firms_kept import FirmsKept
from gis.store import database
from gis.store.database import Connection
from gis.store.lists import Lists
from gis.tiles.kept import Kept
from gis.tiles.maker import Tiles

# Another name in the Host header means that a foreign page reached us through its own DNS.
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Nothing leaves this server, whatever the environment says of collectors.
_NO_TELEMETRY = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
# What is shorter than this gains nothing by being packed.
_PACKED_FROM_BYTES = 1_000
# Enough for the lists of 763,000 parcels.
LISTS_BYTES = 128 * 2**20

OneConnection = Annotated[Connection, Depends(store.connection)]


def create_app(
    connect: Connect,
    why: Why,
    basis: pages.Basis,
    why_many: WhyMany | None = None,
    *,
    why_in_english: Why | None = None,
    due: Why | None = None,
    due_many: WhyMany | None = None,
    writing: Connect | None = None,
    knowing: Connect | None = None,
    hearing: Connect | None = None,
    drawing: Connect | None = None,
    work: Work | None = None,
    names: tuple[str, ...] = (),
    require_accounts: bool = False,
    lists_bytes: int = LISTS_BYTES,
) -> FastAPI:
    """Return the application; `connect` lends a connection to the store that reads.

    `why` gives the trace of a subject, `basis` the same in sentences, with a note where program or
    law have changed since;
    `why_many` the traces of many subjects that can be told together, the others left out.
    `why_in_english` gives a trace for pages in English; `due` what falls due for a supply,
    `due_many` for many together.
    `work`: what is done by the functions of the command, files and papers.
    `knowing` lends a connection to look up who asks, of another pool than `connect` where there
    is one: a request holds one of those meanwhile. `writing` lends a connection that writes: the
    audit, accounts, papers. `hearing` lends one that hears what jobs tell, kept as long as
    anybody watches one. `drawing` lends one that makes tiles, of a pool of few.
    `names`: what this server is called besides this machine's own names.
    `require_accounts`: without an account in the store nothing is answered. `lists_bytes`: how much
    memory the lists may take that are asked for again and again.

    Every request is lent a connection of its own until the answer is made.
    """
    app = FastAPI(
        title="landwatch",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.state.started = time.time_ns()
    app.state.connect = connect
    app.state.writing = writing or connect
    app.state.knowing = knowing or connect
    app.state.audit = Line(app.state.writing)
    app.state.news = News(hearing or app.state.knowing)
    app.state.work = work
    app.state.looks = None if work is None else Looks(work.read, app.state.writing)
    app.state.require_accounts = require_accounts
    app.state.traces = Traces(why, why_many)
    app.state.english_traces = Traces(why_in_english or why)
    app.state.due = None if due is None else Traces(due, due_many)
    app.state.basis = basis
    app.state.told = Told(work)
    app.state.assessed = Assessed()
    app.state.lists = Lists(lists_bytes, connect)
    app.state.firms = FirmsKept()
    app.state.quiet = Quiet()
    app.state.tiles = Tiles(drawing=drawing)
    app.state.place_sums = Kept(place_sums.ROOM_BYTES)
    app.state.pages = pages.Pages()
    app.state.embedded_maps = embed_map.Maps()
    app.state.fault_pages = errors.FaultPages(frame.asks_for_page, frame.fault, frame.said_to)
    errors.register(app)
    for router in (
        login.router,
        embed_map.router,
        embed_charts.router,
        embed.router,
        docs.router,
        api_routes.router,
        tiles.router,
        ogc.router,
        arcgis.router,
        wfs.router,
        page_routes.router,
        pages.router,
        nights.router,
        metrics.router,
    ):
        app.include_router(router)
    app.add_api_route("/health", health, summary="服务与数据库 whether the store answers")
    # The last one added is the first to meet a request.
    app.middleware("http")(watch.audited)
    app.middleware("http")(errors.answered)
    app.add_middleware(GZipMiddleware, minimum_size=_PACKED_FROM_BYTES)
    app.add_middleware(Head)
    app.add_middleware(Counted, quiet=app.state.quiet)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]", *names])
    return app


def health(connection: OneConnection) -> dict[str, object]:
    """Return whether the store answers, and the revision of its tables."""
    return {"status": "ok", "version": __version__, "schema": database.revision(connection)}
