"""Serving the application: on this machine's loopback address, beyond it only with accounts."""

from __future__ import annotations

import asyncio
import errno
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.app import LOOPBACK
from gis.accounts.settings import UPLOAD
from gis.errors import UsageError

HOST = "127.0.0.1"
PORT = 8000
# How long a request may take to say what it asks for, and a kept connection to ask again.
ASKING_SECONDS = 20
KEPT_OPEN_SECONDS = 15
ENDING_SECONDS = 3
AT_ONCE = 500
HEAD_BYTES = 64 * 1024


# Where a body is a file: as long as more of it comes in time it may take what it takes.
_FILES = ("/api/v1/uploads", "/api/v1/scans")


class Impatient(H11Protocol):
    """A connection that is closed when a request does not say in time all it has to say.

    A file may take longer, as long as enough more of it comes in each such time.
    """

    asking_seconds: float = ASKING_SECONDS
    least_bytes_per_second: float = UPLOAD.least_bytes_per_second

    _hurry: asyncio.TimerHandle | None = None
    _file: RequestResponseCycle | None = None
    _came_bytes = 0
    _were_behind = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._hurry = self.loop.call_later(self.asking_seconds, self._end)

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that is whole may take its time to be answered."""
        super().data_received(data)
        self._came_bytes += len(data)
        self._were_behind |= self.flow.read_paused
        # Until the first request is whole there is no cycle.
        cycle: RequestResponseCycle | None = self.cycle
        is_asked = cycle is not None and not (cycle.more_body or cycle.response_complete)
        if is_asked:
            self._wait_no_more()
        elif self._hurry is None or (self._brings_file() and self._file is not cycle):
            # A file has all of its time from its beginning.
            self._file = cycle
            self._wait_no_more()
            self._wait()

    def on_response_complete(self) -> None:
        """Let what comes next take as long as the first."""
        self._wait_no_more()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nobody who is gone."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _brings_file(self) -> bool:
        """Return whether a file comes right now: not the question after it, nor one about it."""
        cycle: RequestResponseCycle | None = self.cycle
        return (
            cycle is not None
            and cycle.more_body
            and not cycle.response_complete
            and self.scope["method"] == "POST"
            and str(self.scope["path"]) in _FILES
        )

    def _end(self) -> None:
        least_bytes = self.least_bytes_per_second * self.asking_seconds
        # Little comes while we ourselves do not listen: our disk is behind.
        is_coming = self._were_behind or self._came_bytes >= least_bytes
        if self._brings_file() and is_coming:
            self._wait()
        else:
            self.transport.close()

    def _wait(self) -> None:
        self._came_bytes, self._were_behind = 0, self.flow.read_paused
        self._hurry = self.loop.call_later(self.asking_seconds, self._end)

    def _wait_no_more(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None


def serve(app: FastAPI, host: str = HOST, port: int = PORT, require_accounts: bool = False) -> None:
    """Serve `app` until interrupted; UsageError as `check` raises it.

    Who sends nothing for a while is let go, and so is who asks for too many things at once.
    """
    check(host, port, require_accounts)
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=Impatient,
        log_level="warning",
        server_header=False,
        # A proxy's word on who asks is read in one place (api.identity), not here.
        proxy_headers=False,
        timeout_keep_alive=KEPT_OPEN_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
        limit_concurrency=AT_ONCE,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


def check(host: str, port: int, require_accounts: bool = False) -> None:
    """Raise UsageError when `host` may not be listened on or `port` cannot be had."""
    if host not in LOOPBACK and not require_accounts:
        raise UsageError(
            f"不在 {host} 上提供服务 without accounts this server does not listen on {host}",
            f"用本机地址 use {HOST} (from elsewhere: ssh -L {port}:{HOST}:{port}), or make accounts"
            " and give --require-accounts",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as fault:
            is_taken = isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE
            found = "已被占用 is in use" if is_taken else f"不能用 cannot be had: {fault}"
            raise UsageError(
                f"端口 port {port} {found}", "换一个 choose another: --port 8001"
            ) from fault
