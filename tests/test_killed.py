"""Loads and runs killed at any instant leave the store as before or as after, and go on working."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fiona
import psycopg
import pytest

from tests import killing, stores
from tests.conftest import Server, rest_long, url_of
from tests.killing import Content
from tests.stores import Store
from tests.warm import Ended, Warm, shared

PARCELS = stores.ROOT / "data/parcels"
AS_OF = "2026-06-30"
EARLIER = "2026-03-31"
KILLED = -signal.SIGKILL
SEED = 20260630
IS_LONG = bool(os.environ.get("LANDWATCH_LONG"))
# A few kills of each kind where a person waits for CI, as many as the bar asks in the long round.
KILLS = 100 if IS_LONG else 2
FILE_KILLS, RUN_KILLS = (40, 100) if IS_LONG else (1, 1)
# One delivery of every way in: drawings, coordinate text, registers; the more, the longer it takes.
DELIVERIES = [
    ("regions", "zone.gpkg", "行政区"),
    ("parks", "zone.gpkg", "开发区"),
    ("blocks", "zone.gpkg", "区块"),
    ("approvals", "approvals.gpkg", "批次用地"),
    ("approvals", "approval_A5.txt", None),
    ("approval_status", "approval_status.csv", None),
    ("parcels", "parcels.shp", None),
    ("supplies", "supplies_to_2022.xlsx", "供地"),
    ("extensions", "papers.xlsx", "延期"),
    ("causes", "causes.csv", None),
    ("progress", "patrols.csv", None),
]


@dataclass(frozen=True)
class Bench:
    """A store that can be laid back to what it was, and a warm process to call the command."""

    server: Server
    store: Store
    name: str
    warm: Warm

    def lay_back(self, kept: str) -> None:
        """Make the store equal to a database kept by `keep`, or to the empty pattern."""
        stores.copy(self.server, kept, self.name)

    def keep(self, kept: str) -> None:
        """Keep what the store holds now as database `kept`."""
        stores.copy(self.server, self.name, kept)

    def call(self, *arguments: str, kill_after: float | None = None) -> Ended:
        return self.warm.call(self.store, *arguments, kill_after=kill_after)

    def content(self) -> Content:
        return killing.settled(self.store)


@pytest.fixture(scope="module")
def bench(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    name = f"landwatch_killed_{os.getpid()}"
    folder = tmp_path_factory.mktemp("killed")
    with stores.copied(server, pattern, name, folder) as store:
        yield Bench(server, store, name, shared())


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments that load the deliveries above."""
    manifest = tmp_path_factory.mktemp("manifest") / "deliveries.toml"
    entries = [
        f'[[delivery]]\nkind = "{kind}"\nfile = "{PARCELS / file}"\n'
        + (f'layer = "{layer}"\n' if layer else "")
        for kind, file, layer in DELIVERIES
    ]
    manifest.write_text("\n".join(entries), encoding="utf-8")
    return ["load", "--manifest", str(manifest)]


@pytest.fixture(scope="module")
def prefixes(bench: Bench, pattern: str) -> list[Content]:
    """What the store holds after none, one, two ... of the deliveries, one load call each."""
    bench.lay_back(pattern)
    states = [bench.content()]
    for kind, file, layer in DELIVERIES:
        done = bench.call("load", kind, str(PARCELS / file), *(["--layer", layer] if layer else []))
        assert done.code == 0, done.stderr
        states.append(bench.content())
    return states


@pytest.fixture(scope="module")
def loaded(bench: Bench, prefixes: list[Content]) -> Iterator[str]:
    """A kept database that holds the deliveries and the run of an earlier day."""
    done = bench.call("run", "--as-of", EARLIER)
    assert done.code == 0, done.stderr
    kept = f"{bench.name}_loaded"
    bench.keep(kept)
    yield kept
    stores.drop(bench.server, kept)


def test_deliveries_are_numbered_without_a_gap(bench: Bench, prefixes: list[Content]) -> None:
    assert [state["delivery"][0] for state in prefixes] == list(range(len(DELIVERIES) + 1))
    with bench.store.connect() as connection:
        numbers = connection.execute("SELECT number FROM landwatch.delivery ORDER BY 1").fetchall()
    assert [number for (number,) in numbers] == list(range(1, len(DELIVERIES) + 1))


@pytest.mark.long("SELECT pg_advisory_lock(7105002)")
def test_a_load_killed_at_random_instants_leaves_whole_deliveries(
    bench: Bench, pattern: str, load: list[str], prefixes: list[Content]
) -> None:
    bench.lay_back(pattern)
    seconds = bench.call(*load).seconds
    draw = random.Random(SEED)
    kills, met = 0, set()
    # Kills that all fell before the first commit or after the last would prove nothing: where few
    # are asked for, a few more come until they fell between different deliveries.
    wanted = min(len(prefixes) // 3, max(2, KILLS // 2))
    while kills < KILLS or (len(met) < wanted and kills < KILLS + 8):
        bench.lay_back(pattern)
        share = (kills % 2 + draw.random()) / 2
        killed = bench.call(*load, kill_after=share * seconds)
        if killed.code != KILLED:
            assert killed.code == 0, killed.stderr
            seconds = killed.seconds
            continue
        kills += 1
        state = bench.content()
        assert state in prefixes, f"kill {kills}: neither as before nor as after a delivery"
        met.add(prefixes.index(state))
        again = bench.call(*load)
        assert again.code == 0, again.stderr
        assert bench.content() == prefixes[-1]
    assert len(met) >= wanted


@pytest.mark.long("LOCK TABLE landwatch.run IN EXCLUSIVE MODE")
def test_a_run_killed_at_random_instants_leaves_a_whole_run_or_none(
    bench: Bench, loaded: str
) -> None:
    run = ["run", "--as-of", AS_OF]
    bench.lay_back(loaded)
    before = bench.content()
    whole = bench.call(*run)
    assert whole.code == 0, whole.stderr
    after, seconds = bench.content(), whole.seconds
    assert after["run"][0] == before["run"][0] + 1
    draw = random.Random(SEED + 1)
    kills = 0
    while kills < RUN_KILLS:
        bench.lay_back(loaded)
        killed = bench.call(*run, kill_after=draw.uniform(0, seconds))
        if killed.code != KILLED:
            assert killed.code == 0, killed.stderr
            seconds = killed.seconds
            continue
        kills += 1
        assert bench.content() in (before, after), f"kill {kills}: half a run is stored"
        # The store is proved to be as before or after: that the next call works is tried often.
        if IS_LONG or kills % 3 == 0:
            again = bench.call(*run)
            assert again.code == 0, again.stderr
            assert bench.content() == after


# What the test holds, so that the call stops there: after its COPY, before its COMMIT.
LOAD_STOPS = ["SELECT pg_advisory_lock(7105002)", "LOCK TABLE landwatch.delivery IN EXCLUSIVE MODE"]
RUN_STOPS = [
    "SELECT pg_advisory_lock(7105003)",
    "LOCK TABLE landwatch.finding IN EXCLUSIVE MODE",
    "LOCK TABLE landwatch.indicator IN EXCLUSIVE MODE",
    "LOCK TABLE landwatch.run IN EXCLUSIVE MODE",
]


@pytest.mark.parametrize("stop", rest_long(LOAD_STOPS, LOAD_STOPS[:1]))
def test_a_load_killed_between_copy_and_commit_leaves_nothing(
    bench: Bench, pattern: str, load: list[str], prefixes: list[Content], stop: str
) -> None:
    bench.lay_back(pattern)
    first = bench.call("load", *_order(0))
    assert first.code == 0, first.stderr
    with _stopped(bench.store, stop):
        _kill_when_stopped(bench.store, "load", *_order(3))
    assert bench.content() == prefixes[1]
    again = bench.call(*load)
    assert again.code == 0, again.stderr
    assert bench.content() == prefixes[-1]


@pytest.mark.parametrize("stop", rest_long(RUN_STOPS, RUN_STOPS[-1:]))
def test_a_run_killed_between_copy_and_commit_leaves_nothing(
    bench: Bench, loaded: str, stop: str
) -> None:
    bench.lay_back(loaded)
    before = bench.content()
    with _stopped(bench.store, stop):
        _kill_when_stopped(bench.store, "run", "--as-of", AS_OF)
    assert bench.content() == before
    again = bench.call("run", "--as-of", AS_OF)
    assert again.code == 0, again.stderr
    assert bench.content()["run"][0] == before["run"][0] + 1


def test_the_next_load_waits_for_the_backend_of_a_killed_one_and_works(
    bench: Bench, pattern: str, prefixes: list[Content]
) -> None:
    bench.lay_back(pattern)
    with ThreadPoolExecutor() as pool:
        with _stopped(bench.store, LOAD_STOPS[0]):
            backend = _kill_when_stopped(bench.store, "load", *_order(0), frozen=True)
            try:
                following = pool.submit(bench.call, "load", *_order(0))
                killing.wait_until(
                    lambda: len(killing.backends(bench.store, waiting=True)) == 2,
                    "both stand in line",
                )
            finally:
                os.kill(backend, signal.SIGCONT)
        done = following.result(killing.PATIENCE_SECONDS)
    assert done.code == 0, done.stderr
    assert bench.content() == prefixes[1]


# A query that says nothing for longer than anybody waits: its server never learns from writing.
ASKS_ON = """
import sys
from pathlib import Path
from gis.config import Config
from gis.store import database
connection = database.connect(Config(Path("unused"), sys.argv[1]))
connection.execute("SELECT count(*) FROM generate_series(1, 100000000000)")
"""


def test_the_server_gives_up_the_query_of_a_killed_asker(bench: Bench) -> None:
    def asking() -> list[int]:
        with psycopg.connect(bench.store.url) as looker:
            rows = looker.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()",
                ("SELECT count(*) FROM generate_series%",),
            )
            return [row[0] for row in rows]

    command = [sys.executable, "-c", ASKS_ON, bench.store.url]
    with subprocess.Popen(command, cwd=stores.ROOT) as asker:
        killing.wait_until(lambda: bool(asking()), "the query runs")
        asker.kill()
    killing.wait_until(lambda: not asking(), "its server process has given up")


@pytest.mark.long("SELECT pg_advisory_lock(7105002)")
def test_a_load_whose_server_process_dies_says_so_and_can_be_done_again(
    short_folder: Path, tmp_path: Path
) -> None:
    """The server restarts all its processes when one dies: this store has a server of its own."""
    from gis.store.cluster import server as cluster_server

    home = short_folder / "dies"
    store = Store("", home)
    assert store.call("db", "start").code == 0
    try:
        store = Store(url_of(cluster_server.address(home)), home)
        with psycopg.connect(store.url) as holder:
            holder.execute(LOAD_STOPS[1])
            with killing.begun(store, "load", *_order(0)) as process:
                killing.wait_until(
                    lambda: bool(killing.backends(store, waiting=True)), "the load is stopped"
                )
                os.kill(killing.backends(store, waiting=True)[0], signal.SIGKILL)
                told, said = process.communicate(timeout=killing.PATIENCE_SECONDS)
            holder.close()
        assert process.returncode == 2
        assert told == ""
        assert said.startswith("错误 ")
        assert "Traceback" not in said
        assert said.count("→") == 1
        again = store.json("load", *_order(0))
        assert (again["delivery"], again["accepted"], again["is_repeat"]) == (1, 1, False)
    finally:
        cluster_server.stop(home)


@pytest.mark.long("LOCK TABLE landwatch.run IN EXCLUSIVE MODE")
def test_files_of_a_run_killed_while_writing_are_whole_or_absent(
    bench: Bench, loaded: str, tmp_path: Path
) -> None:
    bench.lay_back(loaded)
    wanted = tmp_path / "undisturbed"
    # Judged before: what is killed is the writing.
    whole = bench.call("run", "--as-of", EARLIER, "--out", str(wanted))
    assert whole.code == 0, whole.stderr
    names = _names(wanted)
    assert {"index.html", "土地监测.xlsx", "处置对象.shp"} <= set(names)
    seconds = whole.seconds
    draw = random.Random(SEED + 2)
    kills = 0
    while kills < FILE_KILLS:
        out = tmp_path / f"killed_{kills}"
        call = ["run", "--as-of", EARLIER, "--out", str(out)]
        killed = bench.call(*call, kill_after=draw.uniform(0, seconds))
        if killed.code != KILLED:
            seconds = killed.seconds
        else:
            kills += 1
        for name in _names(out):
            _assert_whole(out / name)
        again = bench.call(*call)
        assert again.code == 0, again.stderr
        assert _names(out) == names
        for name in names:
            assert (out / name).read_bytes() == (wanted / name).read_bytes(), name


def _order(position: int) -> list[str]:
    kind, file, layer = DELIVERIES[position]
    return [kind, str(PARCELS / file), *(["--layer", layer] if layer else [])]


@contextmanager
def _stopped(store: Store, stop: str) -> Iterator[None]:
    """Hold a lock on which a call will stop; it falls at the end of the block."""
    with psycopg.connect(store.url) as holder:
        holder.execute(stop)
        yield


def _kill_when_stopped(store: Store, *arguments: str, frozen: bool = False) -> int:
    """Kill a call that a lock has stopped; return its server process.

    Left to itself that one finds out within a second that nobody asks any more; `frozen`, once it
    goes on (SIGCONT).
    """
    with killing.begun(store, *arguments) as process:
        killing.wait_until(
            lambda: process.poll() is not None or bool(killing.backends(store, waiting=True)),
            f"{arguments} is stopped",
        )
        assert process.poll() is None, process.communicate()
        (backend,) = killing.backends(store, waiting=True)
        if frozen:
            os.kill(backend, signal.SIGSTOP)
        process.kill()
    assert process.returncode == KILLED
    return backend


def _names(folder: Path) -> list[str]:
    """Return the names of the files handed out; drafts (hidden, or .part) are nobody's to open."""
    if not folder.exists():
        return []
    return sorted(
        file.name
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(".") and file.suffix != ".part"
    )


def _assert_whole(file: Path) -> None:
    if file.suffix == ".html":
        assert file.read_text(encoding="utf-8").rstrip().endswith("</html>"), file
    elif file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
    elif file.suffix == ".shp":
        with fiona.open(file) as shapes:
            assert len(list(shapes)) == len(shapes) > 0
    else:
        assert file.stat().st_size > 0
