"""The worker that comes with a server: started again when it dies, gone when its server is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from gis.jobs import queue
from gis.store.database import Connection
from tests.killing import wait_until
from tests.warm import ROOT

_SERVER = """
import sys
from gis.cli.own_worker import OwnWorker
worker = OwnWorker()
sys.stdin.readline()
"""


def workers_of(server: int) -> list[int]:
    """The processes a server has started that do jobs, whichever of its threads did."""
    found = []
    for children in Path(f"/proc/{server}/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                found += [pid] if b"--under-server" in words else []
    return found


def test_a_worker_that_dies_is_started_again_and_ends_with_its_server_that_is_killed(
    store: Connection,
) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with server:
        wait_until(lambda: len(workers_of(server.pid)) == 1, "a worker is there")
        (first,) = workers_of(server.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: workers_of(server.pid) not in ([first], []), "the next is there")
        (second,) = workers_of(server.pid)
        number = queue.submit(store, "maps", {}, owner="甲", scope=None)
        wait_until(lambda: queue.get(store, number, None).is_finished, "it does a job")
        server.kill()
    wait_until(lambda: not Path(f"/proc/{second}").exists(), "the worker ended with its server")
