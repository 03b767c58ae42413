"""A real server with nothing behind its doors, to try who may come in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from fastapi import APIRouter, Depends, FastAPI

from api import errors, identity, watch
from gis.accounts.audit_line import Line
from gis.accounts.caller import Caller
from gis.config import Config
from gis.store import database


def app_of(url: str, *routers: APIRouter, require_accounts: bool = False) -> FastAPI:
    """An application with /read, /accounts and POST /change beside the given routers."""
    app = FastAPI()
    app.state.connect = app.state.writing = lambda: database.connect(Config(Path("x"), url))
    app.state.require_accounts = require_accounts

    app.state.audit = Line(app.state.writing)
    errors.register(app)

    @app.get("/read")
    def read(known: Annotated[Caller, Depends(identity.requires("read"))]) -> dict[str, Any]:
        land = None if known.scope is None else [*known.scope.regions]
        return {"name": known.name, "via": known.via, "land": land, "address": known.address}

    @app.get("/accounts", dependencies=[Depends(identity.requires("accounts"))])
    def accounts() -> str:
        return "accounts"

    @app.post("/change", dependencies=[Depends(identity.requires("read"))])
    def change() -> str:
        return "changed"

    @app.get("/api/v1/{layer}")
    def listed(
        layer: str, known: Annotated[Caller, Depends(identity.requires("read"))]
    ) -> dict[str, Any]:
        land = None if known.scope is None else [*known.scope.regions]
        return {"count": 1, "rows": [{"subject": "S1", "name": "<b>甲</b>", "land": land}]}

    @app.get("/embed/map", dependencies=[Depends(identity.requires("read"))])
    def too_much() -> dict[str, Any]:
        told = {"run": 7, "as_of": "2026-06-30", "title": "", "bounds": None, "layers": []}
        return {**told, "too_many": 20_001}

    for router in routers:
        app.include_router(router)
    app.middleware("http")(watch.audited)
    app.middleware("http")(errors.answered)
    return app


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of a real server on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", proxy_headers=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
