"""Programs timed side by side: wall clock, processor time of client and server, memory."""

from __future__ import annotations

import http.client
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Round:
    """One program run once; processor seconds count all its processes and the server's."""

    wall_seconds: float
    client_cpu_seconds: float
    server_cpu_seconds: float
    peak_bytes: int
    output: str


def timed(command: Sequence[str | Path], environment: Mapping[str, str], server_pid: int) -> Round:
    """Run a program to its end; RuntimeError with its words when it fails."""
    server_before = children_seconds(server_pid)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the benchmarks' own commands
        [str(word) for word in command],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        output = running.stdout.read() if running.stdout else ""
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if running.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{output}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    time.sleep(0.5)  # the server takes leave of its processes
    server = children_seconds(server_pid) - server_before
    return Round(wall, client, server, used.ru_maxrss * 1024, output)


def figures(one: Round) -> list[str]:
    """Return what a round took as cells: wall, processor of client and server in s, peak in MB."""
    return [
        f"{one.wall_seconds:.1f}",
        f"{one.client_cpu_seconds:.1f}",
        f"{one.server_cpu_seconds:.1f}",
        f"{one.peak_bytes / 1e6:.0f}",
    ]


def middle(rounds: Sequence[Round]) -> Round:
    """Return the medians of rounds, each figure by itself."""
    return Round(
        median(r.wall_seconds for r in rounds),
        median(r.client_cpu_seconds for r in rounds),
        median(r.server_cpu_seconds for r in rounds),
        max(r.peak_bytes for r in rounds),
        rounds[-1].output,
    )


def summed(rounds: Sequence[Round]) -> Round:
    """Return what programs run one after the other took together, and the most any one held."""
    return Round(
        sum(r.wall_seconds for r in rounds),
        sum(r.client_cpu_seconds for r in rounds),
        sum(r.server_cpu_seconds for r in rounds),
        max(r.peak_bytes for r in rounds),
        "",
    )


def peak_bytes() -> int:
    """Return the most memory that this program, or any one program it has waited for, has held."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in whose) * 1024


def asked(port: int, address: str, key: str = "") -> tuple[float, bytes]:
    """Return how many milliseconds an answer took on a connection of its own, and its content."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    began = time.perf_counter()
    connection.request("GET", address, headers={"Authorization": f"Bearer {key}"} if key else {})
    answer = connection.getresponse()
    content = answer.read()
    took_ms = (time.perf_counter() - began) * 1000
    connection.close()
    if answer.status not in (200, 204):
        raise RuntimeError(f"{address}: {answer.status} {content[:200]!r}")
    return took_ms, content


def load_average() -> str:
    """Return how busy the machine was over the last minute and five."""
    one, five, _ = os.getloadavg()
    return f"{one:.1f} / {five:.1f}"


def additions_seconds() -> float:
    """Return what ten million additions take, the median of five.

    It tells how fast the machine is just now: a lent one may run at half its speed, and no load
    average says so.
    """
    return median(_added() for _ in range(5))


def _added() -> float:
    began, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - began


def children_seconds(pid: int) -> float:
    """Return the processor seconds of a process's ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
