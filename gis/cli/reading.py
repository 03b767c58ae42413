"""The process that reads what strangers send to the server: one file at a time, in a child of it.

    the server ── orders and answers, a line of JSON each
        └── this process: has the libraries loaded, watches, tells of a death in one sentence
                └── a child for each file (gis.intake.source.bounded): reads, checks, stores

So a file can neither take the server's memory nor end it; and a server that was killed leaves a
child that ends its one transaction or does not begin it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any

from gis.accounts.dismissals import DismissedError
from gis.accounts.uploads import DecidedError, TooManyWaitError
from gis.errors import (
    DeliveryError,
    DiskError,
    GeometryError,
    LandwatchError,
    LawError,
    StoreError,
    StoreFullError,
    UsageError,
)
from gis.files import disk, fault_report
from gis.intake.source import bounded
from gis.store.cluster import faults

_ENDING_SECONDS = 20
_LOG = logging.getLogger(__name__)
_KINDS: Mapping[str, type[LandwatchError]] = {
    one.__name__: one
    for one in (
        *(DeliveryError, DiskError, StoreFullError, StoreError, DecidedError, DismissedError),
        *(UsageError, GeometryError, LawError),
        LandwatchError,
    )
}
# As for the command's own child: a bound must see real use, and what forks has no threads.
_SPARING = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
_SPARING |= {"OMP_NUM_THREADS": "1"}


Progress = Callable[[int, int | None], None]


def _silent(_: int, __: int | None) -> None:
    pass


class Reader:
    """Has one order at a time done by a reading process, which begins with the first."""

    def __init__(self, most_waiting_count: int | None = None, waits_seconds: float = -1) -> None:
        """`most_waiting_count`: so many orders may be there, done or waiting (None: any); each
        waits so long for its turn (-1: as long as it takes).
        """
        self._turn, self._waits_seconds = threading.Lock(), waits_seconds
        self._waiting = None if most_waiting_count is None else _Places(most_waiting_count)
        self._process: subprocess.Popen[bytes] | None = None

    def ask(
        self, job: str, order: Mapping[str, Any], tell: Progress = _silent
    ) -> Mapping[str, Any]:
        """Return what a job of `served_uploads` gives; what it raises is raised here.

        `tell` hears how many rows are done, and how many there are as far as is known.
        TooManyWaitError where there is no place to wait in, or the turn does not come in time.
        """
        with nullcontext() if self._waiting is None else self._waiting:
            if not self._turn.acquire(timeout=self._waits_seconds):
                raise _too_many()
            try:
                answer = self._asked({"job": job, **order}, tell)
            finally:
                self._turn.release()
        if "fault" not in answer:
            return dict(answer["told"])
        fault = answer["fault"]
        raise _KINDS[fault["kind"]](fault["found"], fault["mend"])

    def close(self) -> None:
        """Let the process end when it has done what it does."""
        process, self._process = self._process, None
        if process is not None:
            # What is being stored is stored, though nobody waits for it any more.
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_ENDING_SECONDS)
            if process.stdout is not None:
                process.stdout.close()

    def stop(self) -> None:
        """End what is being done at once: nothing of it is kept."""
        process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)

    def _asked(self, order: Mapping[str, Any], tell: Progress) -> Mapping[str, Any]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gis.cli.reading"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **_SPARING},
                # Ctrl-C is for the server: what is being stored is stored.
                start_new_session=True,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order).encode("ascii") + b"\n")
            process.stdin.flush()
            # A child that died may have left half a line.
            for line in process.stdout:
                if line.startswith(b"{") and line.endswith(b"}\n"):
                    told = dict(json.loads(line))
                    if "done" not in told:
                        return told
                    tell(told["done"], told["of"])
        except OSError as fault:
            if fault.errno != errno.EPIPE:
                raise
        if self._process is not process:
            # The server ends; nothing is wrong with the file.
            raise StoreError("服务正在停止。 The server is ending.", "稍后重做 do it again later")
        self.close()
        raise DeliveryError(
            "读取进程意外结束，没有保留结果。 The process that reads files ended unexpectedly.",
            "重做一次 do it again",
        )


class _Places:
    """Places to be in; TooManyWaitError where all are taken."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def __enter__(self) -> None:
        if not self._free.acquire(blocking=False):
            raise _too_many()

    def __exit__(self, *_: object) -> None:
        self._free.release()


def _too_many() -> TooManyWaitError:
    return TooManyWaitError(
        "正在处理别的资料，没有轮到。 Other files are being worked on; nothing was done.",
        "稍后重做 do it again in a moment",
    )


def serve() -> None:
    """Answer each order on stdin with a line on stdout."""
    from gis.cli import served_uploads

    for line in sys.stdin.buffer:
        order = json.loads(line)
        watched = bounded.go_on_as_child()
        if watched is None:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _answer(_done(served_uploads.JOBS[order.pop("job")], order))
            os._exit(0)
        try:
            watched.exit_code()
        except LandwatchError as fault:
            sys.stdout.buffer.write(b"\n")
            _answer(_told(fault))
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)


class _LastDoor:
    """What a job raises becomes the answer to its order; of a fault of ours a report is written."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> bool:
        if isinstance(fault, Exception):
            self.answer = _told(_known(fault) or _unforeseen(fault))
        return isinstance(fault, Exception)


def _done(job: Any, order: dict[str, Any]) -> dict[str, Any]:
    door = _LastDoor()
    with door:
        return {"told": job(order)}
    return door.answer


def _known(fault: Exception) -> LandwatchError | None:
    """Return the error a person can mend, None for what nobody foresaw."""
    if isinstance(fault, LandwatchError):
        return fault
    if isinstance(fault, OSError) and disk.is_known(fault):
        return disk.as_disk_error(fault.filename or "磁盘 disk", fault)
    return faults.of_server(fault)


def _unforeseen(fault: Exception) -> LandwatchError:
    place, text = fault_report.report(fault, ["reading"])
    report = text if place is None else place
    _LOG.error("unforeseen fault: %s; report: %s", fault_report.in_one_line(fault), report)
    return LandwatchError(
        "程序自身出错，没有保留结果。 The program itself failed; nothing was kept.",
        "详情见服务器日志 the server's log says more",
    )


def _told(fault: LandwatchError) -> dict[str, Any]:
    kind = next(name for name, one in _KINDS.items() if isinstance(fault, one))
    return {"fault": {"kind": kind, "found": fault.found, "mend": fault.mend}}


def tell(done: int, of: int | None) -> None:
    """Tell who asked how far a job is, from within it."""
    _answer({"done": done, "of": of})


def _answer(content: Mapping[str, Any]) -> None:
    # A program reads this, not a person: bytes, in which all beyond ASCII is written out.
    sys.stdout.buffer.write(json.dumps(content, default=str).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
