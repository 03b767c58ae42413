"""The application: routes, errors and headers put together.

/                      index page of the newest run
/maps/{block_code}     map of one block, sealed: it asks nothing of any server
/runs/latest           the newest run and its counts
/findings.geojson      findings of a run, filtered and paged
/why/{subject}         the trace of one subject
/basis/{subject}       the same as a page to read and print
/health                whether the store answers
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api import errors, findings, pages, store
from api.store import Connect
from api.traces import Traces, Why, WhyMany
from gis import __version__, result_tables
from gis.store import database, results, runs
from gis.store.database import Connection

# Another name in the Host header means that a foreign page reached us through its own DNS.
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Nothing leaves this server, whatever the environment says of collectors.
_NO_TELEMETRY = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)

OneConnection = Annotated[Connection, Depends(store.connection)]


def create_app(
    connect: Connect, why: Why, basis: pages.Basis, why_many: WhyMany | None = None
) -> FastAPI:
    """Return the application; `connect` lends a connection to the store.

    `why` gives the trace of a subject, `basis` the same in sentences, with a note where program or
    law have changed since;
    `why_many` the traces of many subjects that can be told together, the others left out.

    Every request is lent a connection of its own, read-only, until the answer is made.
    """
    app = FastAPI(
        title="landwatch",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.state.connect = connect
    app.state.traces = Traces(why, why_many)
    app.state.basis = basis
    app.state.pages = pages.Pages()
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"])
    errors.register(app)
    app.include_router(pages.router)
    app.include_router(findings.router)
    app.add_api_route("/health", health)
    app.add_api_route("/runs/latest", latest_run)
    app.add_api_route("/why/{subject:path}", why_subject)
    app.middleware("http")(errors.answered)
    return app


def health(connection: OneConnection) -> dict[str, object]:
    """Return whether the store answers, and the revision of its tables."""
    return {"status": "ok", "version": __version__, "schema": database.revision(connection)}


def latest_run(connection: OneConnection) -> dict[str, object]:
    """Return the newest run, as `landwatch run --json` tells it."""
    run = runs.default(connection)
    names = result_tables.TABLES["set_aside"].names
    left_out = results.read(connection, run.id, "set_aside")[names]
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "delivery": run.delivery,
        "region": run.region,
        "is_repeat": run.is_repeat,
        "purpose": run.purpose,
        "code_version": run.code_version,
        "code_digest": run.code_digest,
        "law_digest": run.law_digest,
        "counts": dict(run.counts),
        "set_aside": left_out.astype(object).where(left_out.notna(), None).to_dict("records"),
    }


def why_subject(
    subject: str, request: Request, connection: OneConnection, run: pages.RunNumber = None
) -> Response:
    """Return the trace of one subject in a run: days, evidence, articles, what would change it."""
    found = runs.chosen(connection, run)
    traces: Traces = request.app.state.traces
    return store.json_response(traces.of(connection, found, subject))
