"""The one seam between a run and who works on it: processes here, or workers of Dask.

A part is a small description; whoever works on it reads its own rows and hands back its results,
which are given on as they come. How many parts there are, who works on them and in which order
they come back changes nothing in a result.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gis.errors import UsageError, WorkerError

P = TypeVar("P")
T = TypeVar("T")

# A part whose worker died is tried again; one that kills every worker is not tried for ever.
TRIES = 3
# What a part of the usual size takes at its peak, with room for what is handed back.
_WORKER_BYTES = 1_500_000_000
# Finished parts wait in memory until they are stored: no more than this many for each worker.
_AHEAD = 2
# A scheduler is there or not: it is not waited for.
_ANSWERS_SECONDS: float = 5


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def suited(parts: int) -> int:
    """Return how many processes suit so many parts: as cores and free memory carry, or one alone.

    A process takes a while to start: fewer than two parts for each are not worth it.
    """
    carried = _available_bytes() // _WORKER_BYTES
    return max(1, min(parts // 2, cores(), carried))


def _available_bytes() -> int:
    """Return what memory a new process finds, as Linux counts it."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


class Client(Protocol):
    """What is asked of a client of Dask."""

    def submit(self, work: Any, *arguments: Any, **options: Any) -> Any:
        """Hand a call over; its future comes back."""

    def ncores(self) -> Any:
        """Return the cores of each worker."""


def run(
    work: Callable[[P], T], parts: Sequence[P], workers: int = 1, client: Client | None = None
) -> Iterator[T]:
    """Yield what `work` gives for each part, in the order in which the parts are done.

    `work` must be a function other processes can import. What it raises is raised here; a worker
    that dies has its part done by another, up to TRIES times, then WorkerError.
    """
    if client is not None:
        yield from _on_dask(work, parts, client)
    elif workers > 1:
        yield from _in_processes(work, parts, workers)
    else:
        yield from map(work, parts)


@contextmanager
def dask(address: str) -> Iterator[Client]:
    """Give a client of the Dask scheduler at an address; UsageError when there is none."""
    try:
        from distributed import Client as DaskClient
    except ImportError:
        raise UsageError(
            "没有安装 Dask。 Dask is not installed.", "装上它 install it: pip install distributed"
        ) from None
    try:
        client = DaskClient(address, timeout=f"{_ANSWERS_SECONDS}s")
    except (OSError, ValueError) as fault:
        raise UsageError(
            f"连不上 Dask 调度器 {address}。 No Dask scheduler answers at {address}: {fault}",
            "写成 write it like --dask tcp://10.0.0.5:8786",
        ) from fault
    with client:
        yield client


def _in_processes(work: Callable[[P], T], parts: Sequence[P], workers: int) -> Iterator[T]:
    waiting = [(place, 1) for place in reversed(range(len(parts)))]
    while waiting:
        # Started anew, not forked: a fork would share the driver's connection to the store.
        spawned = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, spawned, initializer=_end_with_the_driver)
        running: dict[Future[T], tuple[int, int]] = {}
        is_broken = False
        try:
            while (waiting and not is_broken) or running:
                while waiting and not is_broken and len(running) < workers * _AHEAD:
                    place, tries = waiting.pop()
                    try:
                        running[pool.submit(work, parts[place])] = (place, tries)
                    except BrokenProcessPool:
                        waiting.append((place, tries))
                        is_broken = True
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    place, tries = running.pop(future)
                    fault = future.exception()
                    if isinstance(fault, BrokenProcessPool):
                        is_broken = True
                        waiting.append((place, _once_more(parts[place], tries)))
                    elif fault is not None:
                        raise fault
                    else:
                        yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_the_driver() -> None:
    """Let a worker end when its driver is killed: otherwise it would wait for work for ever."""
    driver = multiprocessing.parent_process()
    assert driver is not None

    def watch() -> None:
        driver.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _once_more(part: object, tries: int) -> int:
    if tries == TRIES:
        raise WorkerError(
            f"执行端在第 {tries} 次处理 {part} 时又中断。 Workers died {tries} times over {part}.",
            "内存不足？分得更细 short of memory? use more parts, or fewer --workers",
        )
    return tries + 1


def _on_dask(work: Callable[[P], T], parts: Sequence[P], client: Client) -> Iterator[T]:
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting = list(reversed(parts))
    ahead = max(1, sum(client.ncores().values())) * _AHEAD

    def hand_over() -> Any:
        # Not pure: the same call on another day reads another store.
        return client.submit(work, waiting.pop(), pure=False)

    running = as_completed([hand_over() for _ in range(min(ahead, len(waiting)))])
    for future in running:
        try:
            result = future.result()
        except KilledWorker as fault:
            raise WorkerError(
                f"Dask 的执行端反复中断。 Workers of Dask died again and again: {fault}",
                "内存不足？ short of memory? see the workers' logs",
            ) from fault
        future.release()
        if waiting:
            running.add(hand_over())
        yield result
