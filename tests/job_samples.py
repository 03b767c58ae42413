"""Kinds of job for the tests of the worker, and a worker of them in a process of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from gis import config
from gis.errors import UsageError
from gis.jobs.work import Work
from gis.jobs.worker import Worker


def counts(work: Work) -> Mapping[str, Any]:
    """Write a row for each step in one transaction, and then a file; arguments: steps."""
    steps = int(work.arguments["steps"])
    with work.connection.transaction():
        for n in range(steps):
            work.connection.execute("INSERT INTO done_by_jobs VALUES (%s, %s)", (work.number, n))
            work.progress(n + 1, steps, "写行", "writing rows")
            time.sleep(float(work.arguments.get("each_seconds", 0)))
    (work.folder / "行.txt").write_text(f"{steps}\n", encoding="utf-8")
    return {"rows": steps}


def kills(work: Work) -> None:
    """Kill its worker, outright: in its first so many attempts; arguments: times."""
    if work.job.attempt_count <= int(work.arguments["times"]):
        os.kill(os.getpid(), 9)


def waits(work: Work) -> None:
    """Let the server wait; arguments: seconds."""
    work.say("开始等", "it begins to wait")
    work.connection.execute("SELECT pg_sleep(%s)", (work.arguments["seconds"],))


def is_cut_off(work: Work) -> None:
    """Lose its session in its first so many attempts; arguments: times."""
    if work.job.attempt_count <= int(work.arguments["times"]):
        work.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def refuses(_: Work) -> None:
    """Say that it cannot be done."""
    raise UsageError("没有这个区块。 There is no such block.", "核对代码 check the code")


def fails(_: Work) -> None:
    """Fail as nobody foresaw."""
    raise ZeroDivisionError("a secret at /root")


def fills(work: Work) -> None:
    """Write more than the disk takes; arguments: file."""
    with Path(work.folder / "大.bin").open("wb") as file:
        while True:
            file.write(bytes(1 << 16))


NAMES = ("counts", "kills", "waits", "is_cut_off", "refuses", "fails", "fills")
KINDS = {name: f"tests.job_samples:{name}" for name in NAMES}


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # Told to end, it ends as the command does.
    signal.signal(signal.SIGTERM, _end)
    Worker(config.read(), KINDS).work()
