"""Whether anybody is being answered right now: for work that can wait until nobody is."""

from __future__ import annotations

import time
from threading import Event, Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages ask for one thing after another: so long nothing was asked, and no page is being drawn.
QUIET_SECONDS = 1.0
# A server that is never quiet does its own work in the end.
PATIENCE_SECONDS = 30.0
_LOOKS_SECONDS = 0.05


class Quiet:
    """Counts the requests that wait for their answer to begin."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting = 0
        self._since = time.monotonic()

    def began(self) -> None:
        """Take note that somebody asks."""
        with self._lock:
            self._waiting += 1

    def answered(self) -> None:
        """Take note that the answer to one of them begins, or there is none."""
        with self._lock:
            self._waiting -= 1
            self._since = time.monotonic()

    def seconds(self) -> float:
        """Return for how long nobody has waited."""
        with self._lock:
            return 0.0 if self._waiting else time.monotonic() - self._since

    def wait(
        self,
        is_over: Event,
        quiet_seconds: float = QUIET_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Return once nobody has waited for a moment, patience is at its end, or all is over."""
        until = time.monotonic() + patience_seconds
        while self.seconds() < quiet_seconds and time.monotonic() < until:
            if is_over.wait(_LOOKS_SECONDS):
                return


class Counted:
    """An application whose requests are counted until their answers begin: some never end."""

    def __init__(self, app: ASGIApp, quiet: Quiet) -> None:
        self._app, self._quiet = app, quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_waiting = True

        def answered() -> None:
            nonlocal is_waiting
            if is_waiting:
                is_waiting = False
                self._quiet.answered()

        async def told(message: Message) -> None:
            answered()
            await send(message)

        self._quiet.began()
        try:
            await self._app(scope, receive, told)
        finally:
            answered()
