"""A delivery is read by a child of the command, within bounds; the parent tells how it ended.

    landwatch load ... (parent) ── watches, tells of a death in one sentence
        └── the command itself (child): reads, checks, stores in one transaction

Whatever a file makes a library do - take all memory, run or wait for ever, crash - happens to the
child.
Its transaction falls with it, so the store is as before; its private folders are swept. It dies
with its parent. `bounds.toml` says how much a file may cost. Asked outside such a child (in tests),
`reading` bounds nothing.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import resource
import selectors
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar

from gis.errors import DeliveryError, LandwatchError
from gis.files import drafts
from gis.intake.source.sockets import close_sockets

T = TypeVar("T")

_MEGABYTE = 1 << 20
_PR_SET_PDEATHSIG = 1
_MOST_NOISE = 4_000  # bytes a library said last
_WORDS_OF_MEMORY = ("memory", "bad_alloc")
# GDAL, Arrow and the BLAS take address space by the gigabyte unasked; a bound must see real use.
_SPARING = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
# No settings or drivers but those that came with it.
_ALONE = {"GDAL_DRIVER_PATH": "disable", "GDAL_CONFIG_FILE": os.devnull, "PROJ_NETWORK": "OFF"}

_teller: int | None = None  # in the child: where it tells its parent what it reads


@dataclass(frozen=True)
class Bounds:
    """What reading one delivery may cost: bytes of memory and unpacked, seconds, cells, columns.

    `seconds` are of processor; `waited_seconds` pass on the clock, waiting for the store left out.
    """

    memory_bytes: int
    seconds: float
    waited_seconds: float
    unpacked_bytes: int
    members: int
    cells: int
    columns: int


def bounds_of(path: Path) -> Bounds:
    """Return the bounds of a delivery by the size it came in."""
    size = _size_of(path)
    told = _settings()
    memory, time, unpacked, cells = (told[n] for n in ("memory", "time", "unpacked", "cells"))
    return Bounds(
        memory_bytes=int(memory["base_mb"] * _MEGABYTE + memory["per_byte"] * size),
        seconds=time["base_seconds"] + time["seconds_per_mb"] * size / _MEGABYTE,
        waited_seconds=time["waited_base_seconds"]
        + time["waited_seconds_per_mb"] * size / _MEGABYTE,
        unpacked_bytes=int(unpacked["base_mb"] * _MEGABYTE + unpacked["per_byte"] * size),
        members=int(unpacked["members"]),
        cells=int(cells["base"] + cells["per_byte"] * size),
        columns=int(told["columns"]["most"]),
    )


@dataclass(frozen=True)
class Watched:
    """The child of this process that does its work."""

    child: int
    reader: int
    noise: int

    def exit_code(self) -> int:
        """Wait for the child's end and return its exit code.

        Raises a LandwatchError that says what it died of when it did not end by itself.
        """
        said, heard = _listen(self.reader, self.noise)
        _, status = os.waitpid(self.child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return code
        drafts.sweep(Path(tempfile.gettempdir()))
        raise _told_death(-code, said, heard)


def go_on_as_child() -> Watched | None:
    """Return None in a child of this process, and in the parent the child to be watched."""
    parent = os.getpid()
    reader, writer = os.pipe()
    noise, noisy = os.pipe()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.close(noise)
        _begin(parent, writer, noisy)
        return None
    os.close(writer)
    os.close(noisy)
    # The child says that it was interrupted, and ends in order: Ctrl-C reaches both of themselves.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda which, _: os.kill(child, which))
    return Watched(child, reader, noise)


@contextmanager
def reading(path: Path) -> Iterator[Bounds]:
    """Bound what the block may cost, which reads this delivery; DeliveryError when memory ends."""
    bounds = bounds_of(path)
    if _teller is None:
        yield bounds
        return
    close_sockets()
    if not gc.isenabled():
        gc.freeze()  # the libraries stay: nothing of them is looked through for garbage again
        gc.enable()
    line = {
        "file": path.name,
        "memory": bounds.memory_bytes,
        "seconds": bounds.seconds,
        "waited": bounds.waited_seconds,
    }
    os.write(_teller, json.dumps(line).encode("ascii") + b"\n")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _limit(resource.RLIMIT_CPU, int(used + bounds.seconds) + 1)
    _limit(resource.RLIMIT_DATA, _data_bytes() + bounds.memory_bytes)
    signal.setitimer(signal.ITIMER_REAL, bounds.waited_seconds)
    try:
        yield bounds
    except MemoryError as fault:
        _limit(resource.RLIMIT_DATA, resource.RLIM_INFINITY)
        raise _too_much_memory(path.name, bounds.memory_bytes) from fault
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _limit(resource.RLIMIT_DATA, resource.RLIM_INFINITY)
        _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)


@dataclass
class Clock:
    """Seconds that reading may still take, waiting included; 0 where nothing is bounded."""

    left: float

    def reading(self, batches: Iterator[T]) -> Iterator[T]:
        """Yield what is read, the clock running only while it is."""
        while True:
            signal.setitimer(signal.ITIMER_REAL, self.left)
            batch = next(batches, None)
            self.stop()
            if batch is None:
                return
            yield batch

    def stop(self) -> None:
        """Stop the clock and keep what is left."""
        self.left, _ = signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def storing() -> Iterator[Clock]:
    """Stop the clock of `reading` for the block: it waits for the store, which others keep busy."""
    clock = Clock(0.0)
    clock.stop()
    try:
        yield clock
    finally:
        signal.setitimer(signal.ITIMER_REAL, clock.left)


def _begin(parent: int, writer: int, noisy: int) -> None:
    """Be the child: die with the parent, leave no core, and what libraries say goes to it."""
    global _teller
    gc.disable()  # libraries load, which leave no garbage; `reading` turns it on again
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, value in _SPARING.items():
        os.environ.setdefault(name, value)
    os.environ.update(_ALONE)
    if sys.stderr is not None:
        told = io.TextIOWrapper(
            os.fdopen(os.dup(2), "wb"),
            sys.stderr.encoding,
            errors="backslashreplace",
            line_buffering=True,
        )
        vars(sys).update(stderr=told, __stderr__=told)
        os.dup2(noisy, 2)
    os.close(noisy)
    _teller = writer


def _listen(reader: int, noise: int) -> tuple[bytes, bytes]:
    """Return the last line the child told, and the end of what its libraries said."""
    said = {reader: b"", noise: b""}
    with selectors.DefaultSelector() as waiting:
        for pipe in said:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select():
                block = os.read(key.fd, 1 << 16)
                said[key.fd] = (said[key.fd] + block)[-_MOST_NOISE:]
                # A server started by the child may hold its end of the noise for ever.
                if not block:
                    waiting.unregister(key.fd)
            if reader not in waiting.get_map():
                break
    os.set_blocking(noise, False)
    with suppress(BlockingIOError):
        said[noise] = (said[noise] + os.read(noise, 1 << 16))[-_MOST_NOISE:]
    lines = [line for line in said[reader].split(b"\n") if line]
    return (lines[-1] if lines else b""), said[noise]


def _told_death(number: int, said: bytes, heard: bytes) -> LandwatchError:
    name = signal.Signals(number).name
    if not said:
        return LandwatchError(
            f"程序被系统中止（{name}），未作改动。 "
            f"The program was ended ({name}); nothing changed.",
            "重新执行 do it again",
        )
    line = json.loads(said)
    file = str(line["file"])
    words = heard.decode("utf-8", errors="replace").lower()
    if number == signal.SIGXCPU:
        return _refused(
            file,
            f"读取所用的处理器时间超过 {line['seconds']:.0f} 秒的限额，已中止，库未改动",
            f"reading it took more than the {line['seconds']:.0f} s of processor time allowed; "
            "it was ended and the store is as before",
        )
    if number == signal.SIGALRM:
        return _refused(
            file,
            f"读取等候超过 {line['waited']:.0f} 秒的限额，已中止，库未改动",
            f"reading it took longer than the {line['waited']:.0f} s allowed on the clock; "
            "it was ended and the store is as before",
            "把文件复制到本机磁盘后重做；确是很大的文件就放宽 bounds.toml "
            "copy it to a disk of this machine and do it again, or widen bounds.toml",
        )
    if any(word in words for word in _WORDS_OF_MEMORY):
        return _too_much_memory(file, int(line["memory"]))
    if number in {signal.SIGKILL, signal.SIGTERM}:
        return _refused(
            file,
            f"读取时被系统或他人中止（{name}），库未改动",
            f"the process that read it was ended from outside ({name}); the store is as before",
            "查看系统内存后重做 look at the memory of the machine and do it again",
        )
    return _refused(
        file,
        f"读取时程序崩溃（{name}），文件已损坏或有意构造，库未改动",
        f"a reader crashed on it ({name}): the file is broken or made to do harm; "
        "the store is as before",
    )


def _too_much_memory(file: str, allowed: int) -> DeliveryError:
    megabytes = allowed // _MEGABYTE
    return _refused(
        file,
        f"读取所需内存超过 {megabytes} MB 的限额，已中止，库未改动",
        f"reading it takes more than the {megabytes} MB of memory allowed for a file of this size; "
        "it was ended and the store is as before",
    )


_MEND = (
    "请发送方重新导出；确是正常的大文件就分批报送，"
    "或放宽 bounds.toml have it exported anew, sent in parts, or widen bounds.toml"
)


def _refused(file: str, chinese: str, english: str, mend: str = _MEND) -> DeliveryError:
    return DeliveryError(f"{file}：{chinese}。{file}: {english}.", mend)


def _size_of(path: Path) -> int:
    """Return the bytes of a delivery as it came: of a shapefile, all that bear its name."""
    try:
        if path.is_dir():
            return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
        if path.suffix.lower() == ".shp":
            parts = [part for part in path.parent.iterdir() if part.stem == path.stem]
            return sum(part.stat().st_size for part in parts if part.is_file())
        return path.stat().st_size
    except (OSError, ValueError):
        return 0  # not there, or not to be looked at: whoever opens it says so


def _data_bytes() -> int:
    """Return how much memory of its own this process has taken, the yardstick of RLIMIT_DATA."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()


def _limit(what: int, value: int) -> None:
    _, most = resource.getrlimit(what)
    resource.setrlimit(what, (value if most == resource.RLIM_INFINITY else min(value, most), most))


@cache
def _settings() -> dict[str, dict[str, float]]:
    text = resources.files("gis.intake.source").joinpath("bounds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
