"""The server over a large land: single requests, fifty users at once, a thousand requests and more.

    scripts/bench service                                                    763,000 parcels
    .venv/bin/python -m scripts.benchmarks.service --approvals 1000 --requests 100000

The land is filled in and judged once, its tiles and lists prepared as by a worker, and kept under
`--home`; a land of another size is made anew.

The server is the command `landwatch serve` on loopback, with accounts, a key for who sees all and
a key for who sees one park. What asks runs in processes of its own on the same cores.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from threading import Thread
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd

from gis.cli import tile_work
from gis.config import Config
from gis.store import database, records, runs
from gis.store.cluster import server
from gis.store.kept_arrays import OF_LISTS, OF_TILES
from scripts.benchmarks import filled, measure
from scripts.benchmarks.engine import AS_OF, Land, filled_store
from scripts.benchmarks.towns import APPROVALS

HEADS = [
    "what is asked",
    "of",
    "first ms",
    "median ms",
    "p95 ms",
    "bar ms",
    "requests/s",
    "server MB",
]
METHOD = (
    "Each request is made over loopback on a kept connection, its answer read to the end; subjects "
    "and filters change with every request. The fifty users ask without a pause, each on a "
    "connection of its own; `server MB` is the most memory the server has held until then. The "
    "first request of each kind comes when the server has just started and reads what was prepared "
    "of its list; the others come a minute later. The bar for memory is 500 MB."
)
PORT = 8765
_USERS, _SECONDS = 50, 60.0
_REQUESTS = 1_000
_EACH = 100  # requests of a kind, one after the other
_LIST_MS, _WHY_MS = 200, 300
_LIMIT_MB = 500
_PATIENCE_SECONDS = 60.0
# One list is read at a time, as it is asked for.
_ROUNDS, _BETWEEN_SECONDS = 6, 10.0


class Asked(NamedTuple):
    """A kind of request: its name, its addresses, and the bar its slowest twentieth has to meet."""

    name: str
    addresses: list[str]
    bar_ms: int


class Told(NamedTuple):
    """How long every request took, and how many answers came of each status."""

    seconds: list[float]
    statuses: Counter[int]


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table; the land lies in a store of its own under `home`."""
    del rounds
    with kept(home / "service") as land:
        return measured(land, _REQUESTS)


def measured(land: Land, requests: int) -> list[list[str]]:
    """Return the rows for a land."""
    keys = keys_of(land)
    kinds = kinds_of(land)
    with served(land) as pid:
        first = {
            (who, kind.name): _one_by_one(key, kind.addresses[:1]).seconds[0]
            for who, key in keys.items()
            for kind in kinds
        }
        for _ in range(_ROUNDS):
            time.sleep(_BETWEEN_SECONDS)
            for kind, key in product(kinds, keys.values()):
                _one_by_one(key, kind.addresses[:1])
        table = []
        for who, key in keys.items():
            for kind in kinds:
                told = _one_by_one(key, kind.addresses)
                table.append(_row(pid, kind, who, first[who, kind.name], told))
        mixed = [one for kind in kinds for one in kind.addresses]
        for what, limits in (
            (f"{_USERS} users for a minute", (_SECONDS, None)),
            (f"{requests:,} requests", (None, requests // _USERS)),
        ):
            began = time.perf_counter()
            told = _many(keys, mixed, *limits)
            table.append(_mixed(pid, what, told, time.perf_counter() - began))
    return table


@contextmanager
def kept(home: Path) -> Iterator[Land]:
    """Give the land kept in a store, filled and judged first where nothing is."""
    home.mkdir(parents=True, exist_ok=True)
    try:
        with database.connect(Config(home, None), make=True) as store:
            known = runs.all_runs(store)
            count = records.count(store, "supplies", records.latest_delivery(store))
            count = count if known else filled.fill(store, APPROVALS, 1)
        land = Land(home, count)
        if not known:
            _judge(land)
        _prepare(land)
        yield land
    finally:
        server.stop(home)


def _judge(land: Land) -> None:
    _parcels(land)
    called(land, "run", "--as-of", f"{AS_OF}", "--workers", str(os.cpu_count() or 1))


def _prepare(land: Land) -> None:
    """Prepare tiles and lists, as a worker does after every run."""
    with land.connect() as store:
        run = runs.default(store)
        if not all(shelf.is_there(store, run) for shelf in (OF_LISTS, OF_TILES)):
            tile_work.prepare(store, run)


def _parcels(land: Land) -> None:
    """Deliver a parcel for each supply."""
    with land.connect() as store:
        known = records.read(store, "supplies", columns=("supply_no", "geom"))
        count = len(known)
        codes = pd.Series(np.arange(count)).astype("str").str.zfill(7)
        filled.put(store, "parcels", "parcels", pd.DataFrame({
            "parcel_code": "150602001001GB" + codes.str[-5:] + codes.str[:2],
            "supply_no": known["supply_no"].to_numpy(),
            "region_code": "150602",
            "geom": known["geom"].to_numpy(),
        }))  # fmt: skip


def keys_of(land: Land) -> dict[str, str]:
    """Make the accounts of who sees all and of who sees one park; return their keys."""
    found = {}
    for who, role, scope in (
        ("everything", "administrator", "--everywhere"),
        ("one park of 100", "viewer", "--park=P00-0000005"),
    ):
        name = f"{who.replace(' ', '-')}-{os.getpid()}"
        password = f"Quiet-Meadow-{os.getpid()}"
        called(land, "user", "add", name, "--role", role, scope, "--password-stdin",
                 told=password)  # fmt: skip
        made = called(land, "key", "create", f"key-{name}", "--account", name, "--json")
        found[who] = json.loads(made)["secret"]
    return found


def kinds_of(land: Land) -> list[Asked]:
    """Return the requests of each kind, the same for the same land."""
    draw = np.random.default_rng(1)
    with land.connect() as store:
        numbers = records.read(store, "supplies", columns=("supply_no",))["supply_no"]
        parks = [
            row[0] for row in store.execute("SELECT park_code FROM landwatch.parks").fetchall()
        ]
        inside = [row[0] for row in store.execute(
            "SELECT subject_key FROM landwatch.finding WHERE parks @> '{P00-0000005}'"
            " AND subject_kind = 'supplies' ORDER BY 1"
        ).fetchall()]  # fmt: skip
    some = [*draw.choice(numbers.to_numpy(), _EACH), *draw.choice(inside, _EACH)]
    draw.shuffle(some)
    some = [quote(one) for one in some[:_EACH]]
    park = [quote(one) for one in draw.choice(parks, _EACH)]
    days = [f"{2010 + n % 15}-{1 + n % 12:02d}-01" for n in range(_EACH)]

    def of(name: str, template: str, bar_ms: int = _LIST_MS) -> Asked:
        values = zip(some, park, days, strict=True)
        return Asked(
            name, [template.format(subject=s, park=p, day=d) for s, p, d in values], bar_ms
        )

    return [
        of(
            "findings of an outcome, with count",
            "/api/v1/findings?outcome=candidate&since_from={day}",
        ),
        of("findings of a park", "/api/v1/findings?park={park}"),
        of("findings by text", "/api/v1/findings?text={subject}"),
        of("unsupplied land of a park", "/api/v1/unsupplied?park={park}"),
        of("balances", "/api/v1/balances?approved_from={day}"),
        of("indicators", "/api/v1/indicators?park={park}"),
        of("what changes in 90 days", "/api/v1/findings?next_within_days=90"),
        of("timeline of a subject", "/api/v1/timeline?subject={subject}"),
        of("parcels, a page with count", "/api/v1/parcels?region=150602"),
        of("supplies by text", "/api/v1/supplies?text={subject}"),
        of("one supply", "/api/v1/supplies/{subject}"),
        of("one subject", "/api/v1/subjects/{subject}"),
        of("why", "/api/v1/why/{subject}", _WHY_MS),
    ]


@contextmanager
def served(land: Land) -> Iterator[int]:
    """Give the process of a server of the land."""
    command = [sys.executable, "-m", "gis.cli", "serve", "--port", str(PORT), "--require-accounts"]
    command.append("--no-worker")  # what is measured is the server alone
    with subprocess.Popen(command, env=land.environment) as running:  # noqa: S603 - our own command
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with_it = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
                with_it.request("GET", "/health")
                assert with_it.getresponse().status == 200
                break
            except OSError:
                if time.monotonic() > deadline or running.poll() is not None:
                    raise
                time.sleep(0.2)
        try:
            yield running.pid
        finally:
            running.terminate()
            running.wait()


def _one_by_one(key: str, addresses: Sequence[str]) -> Told:
    """Ask one after the other on one connection."""
    told = Told([], Counter())
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=_PATIENCE_SECONDS)
    for address in addresses:
        began = time.perf_counter()
        connection.request("GET", address, headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        answer.read()
        told.seconds.append(time.perf_counter() - began)
        told.statuses[answer.status] += 1
    return told


def _many(
    keys: dict[str, str], addresses: list[str], seconds: float | None, each: int | None
) -> Told:
    """Ask as so many users at once, for so long or so often each."""
    halves = os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(halves) as pool:
        found = pool.starmap(
            _users,
            [(half, halves, [*keys.values()], addresses, seconds, each) for half in range(halves)],
        )
    told = Told([], Counter())
    for one in found:
        told.seconds.extend(one.seconds)
        told.statuses.update(one.statuses)
    return told


def _users(
    first: int,
    step: int,
    keys: list[str],
    addresses: list[str],
    seconds: float | None,
    each: int | None,
) -> Told:
    """Be every so-manieth of the users, each in a thread of its own."""
    told = Told([], Counter())
    until = None if seconds is None else time.perf_counter() + seconds

    def ask(user: int) -> None:
        draw = np.random.default_rng(user)
        key = keys[user % len(keys)]
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=_PATIENCE_SECONDS)
        count = 0
        while (until is None or time.perf_counter() < until) and (each is None or count < each):
            count += 1
            began = time.perf_counter()
            try:
                address = addresses[int(draw.integers(len(addresses)))]
                connection.request("GET", address, headers={"Authorization": f"Bearer {key}"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                status = 0
                connection.close()
            told.seconds.append(time.perf_counter() - began)
            told.statuses[status] += 1

    asking = [Thread(target=ask, args=(user,)) for user in range(first, _USERS, step)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    return told


def _row(pid: int, kind: Asked, who: str, first: float, told: Told) -> list[str]:
    # A subject outside the park is not found, and that is an answer.
    _sound(kind.name, told)
    p95 = _p95(told)
    over = " (too slow)" if p95 > kind.bar_ms else ""
    middle = median(told.seconds) * 1000
    return [kind.name, who, f"{first * 1000:.0f}", f"{middle:.0f}", f"{p95:.0f}{over}",
            str(kind.bar_ms), "", f"{peak_mb(pid)}"]  # fmt: skip


def _mixed(pid: int, what: str, told: Told, seconds: float) -> list[str]:
    _sound(what, told)
    peak = peak_mb(pid)
    over = " (too much)" if peak > _LIMIT_MB else ""
    middle, slow = median(told.seconds) * 1000, _p95(told)
    return [what, "both, all kinds", "", f"{middle:.0f}", f"{slow:.0f}", "",
            f"{len(told.seconds) / seconds:.0f}", f"{peak}{over}"]  # fmt: skip


def _sound(what: str, told: Told) -> None:
    print(f"{what}: {dict(told.statuses)}, load {measure.load_average()}", file=sys.stderr)
    wrong = {status for status in told.statuses if status not in (200, 404)}
    if wrong or not told.statuses[200]:
        raise SystemExit(f"{what}: answers {dict(told.statuses)}")


def _p95(told: Told) -> float:
    return float(np.percentile(told.seconds, 95)) * 1000


def peak_mb(pid: int) -> int:
    """Return the most memory a process has held so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="ignore")
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(peak[1]) // 1024 if peak else 0


def called(land: Land, *words: str, told: str | None = None) -> str:
    """Call the command on a land; return what it told, RuntimeError with its words if it fails."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "gis.cli", *words], env=land.environment, input=told,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"landwatch {words[0]} failed:\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Print the table for a land of another size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--approvals", type=int, default=APPROVALS)
    parser.add_argument("--requests", type=int, default=_REQUESTS)
    asked = parser.parse_args()
    with filled_store(asked.approvals, 1) as land:
        _judge(land)
        table = measured(land, asked.requests)
    lines = [
        HEADS,
        ["-", "-", *["-:"] * (len(HEADS) - 2)],
        *table,
    ]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))


if __name__ == "__main__":
    main()
