"""A process with the command's libraries loaded, which forks a child for every call of the command.

Most of a short call is spent on imports, where a kill can harm nothing. A child of this process
runs the same `main` in a process of its own, and is at work from its first millisecond. A worker
of the tests has one such process for all its stores.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from tests.stores import Store

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data/parcels"
DEMO_DAY = "2026-06-30"
PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Ended:
    """How a call ended: exit code (-9 killed), how long it took, what it said, its peak memory."""

    code: int
    seconds: float
    stdout: str
    stderr: str
    peak_bytes: int


class Warm:
    """A warm process (tests/warm.py) that calls the command on one store, one call at a time."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._one_at_a_time = threading.Lock()

    def call(self, store: Store, *arguments: str, kill_after: float | None = None) -> Ended:
        """Call the command; SIGKILL it `kill_after` seconds from its start, if it still runs."""
        with self._one_at_a_time:
            return self._call(store, arguments, kill_after)

    def _call(self, store: Store, arguments: tuple[str, ...], kill_after: float | None) -> Ended:
        said = {name: self._folder / name for name in ("stdout", "stderr")}
        order = {
            "arguments": arguments,
            "environment": store.environment,
            **{name: str(path) for name, path in said.items()},
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.perf_counter()
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(max(0.0, began + kill_after - time.perf_counter()))
            _kill(child)
        hanging = threading.Timer(PATIENCE_SECONDS, _kill, [child])
        hanging.start()
        code, peak_kilobytes = map(int, self._process.stdout.readline().split())
        hanging.cancel()
        seconds = time.perf_counter() - began
        texts = {name: path.read_text(encoding="utf-8") for name, path in said.items()}
        return Ended(code, seconds, **texts, peak_bytes=peak_kilobytes * 1024)


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


_OPEN = ExitStack()


@cache
def shared() -> Warm:
    """Return the warm process of this worker, started when first asked for."""
    folder = _OPEN.enter_context(tempfile.TemporaryDirectory(prefix="landwatch-said-"))
    return _OPEN.enter_context(warm(Path(folder)))


def end() -> None:
    """End the warm process of this worker, if it was ever started."""
    _OPEN.close()


@contextmanager
def warm(folder: Path) -> Iterator[Warm]:
    """Give a warm process that keeps what its children say in `folder`; it is ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm"],
        cwd=ROOT,
        # A process that will fork must not have threads of a library.
        env={
            **{name: value for name, value in os.environ.items() if name[:10] != "LANDWATCH_"},
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",  # as in the command's own child
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Warm(process, folder)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True)
class Desk:
    """A store and the command that works on it."""

    store: Store
    warm: Warm

    def call(self, *arguments: str) -> Ended:
        return self.warm.call(self.store, *arguments)

    def json(self, *arguments: str) -> Any:
        """Call the command with --json; stdout is one JSON object and nothing is on stderr."""
        done = self.call(*arguments, "--json")
        assert done.code == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)


def serve() -> None:
    """Answer every order on stdin with two lines: the child's number, and later how it ended."""
    from gis import law
    from gis.cli import landwatch
    from gis.pipeline import program

    with click.Context(landwatch) as context:
        for name in landwatch.list_commands(context):
            landwatch.get_command(context, name)
    importlib.import_module("maps.stored")
    # What every child would read anew.
    law.load()
    program.code_digest()
    # Else the first collection in every child would copy all the memory it shares with this one.
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(json.loads(line))
        _answer(child)
        # The peak is that of the child or of its own child, which read the file, if that was more.
        _, status, used = os.wait4(child, 0)
        _answer(os.waitstatus_to_exitcode(status), used.ru_maxrss)


def _work(order: dict[str, Any]) -> NoReturn:
    """Be the command: its exit, or the traceback of a bug, is this process's own."""
    from gis.cli import main

    os.environ.update(order["environment"])
    outputs = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["stdout"], outputs), 1)
    os.dup2(os.open(order["stderr"], outputs), 2)
    try:
        main(order["arguments"])
    except SystemExit as end:
        _leave(end)


def _leave(end: SystemExit) -> NoReturn:
    """End as Python does, but for taking all it holds apart: that would copy what is shared."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    assert isinstance(end.code, int | None)
    os._exit(end.code or 0)


def _answer(*numbers: int) -> None:
    sys.stdout.write(" ".join(map(str, numbers)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
