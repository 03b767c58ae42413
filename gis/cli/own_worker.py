"""The worker that comes with a server: a process of its own, started again when it dies."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from contextlib import suppress

from gis.jobs.settings import JOBS

_LOG = logging.getLogger(__name__)
# A worker that lasted so long did its work: the next one is started at once when it dies.
_LASTED_SECONDS = 60.0
_ENDING_SECONDS = 20


class OwnWorker:
    """Keeps `landwatch work` running until it is closed; however this process ends, it ends too.

    Its standard input is a pipe from here: when that closes, it ends by itself.
    """

    def __init__(self) -> None:
        """Start it."""
        self._is_closed = threading.Event()
        self._turn = threading.Lock()
        self._process = _started()
        self._keeping = threading.Thread(target=self._keep, daemon=True)
        self._keeping.start()

    def close(self) -> None:
        """Let it end: a job it does waits for the next worker."""
        self._is_closed.set()
        with self._turn:
            process = self._process
        process.terminate()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        self._keeping.join(_ENDING_SECONDS)

    def _keep(self) -> None:
        waits = JOBS.waits_least_seconds
        while True:
            began = time.monotonic()
            code = self._process.wait()
            _close(self._process)
            if time.monotonic() - began >= _LASTED_SECONDS:
                waits = JOBS.waits_least_seconds
            if not self._is_closed.is_set():
                _LOG.warning(
                    "执行程序结束（%s），%s 秒后重启 the worker ended, it is started again",
                    code,
                    waits,
                )
            if self._is_closed.wait(waits):
                return
            waits = min(2 * waits, JOBS.waits_most_seconds)
            with self._turn:
                if self._is_closed.is_set():
                    return
                self._process = _started()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gis.cli", "work", "--under-server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # Ctrl+C is for the server, which ends it in order.
        start_new_session=True,
    )


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
