"""Parts change nothing: how many there are, who works on them, who dies over them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from distributed import LocalCluster
from dying import SQUARES, always_dies, dies_once, refuses, squared
from hypothesis import given, settings
from hypothesis import strategies as st
from town import build, kept, put

from gis import law
from gis.config import Config
from gis.errors import StoreError, UsageError, WorkerError
from gis.facts import partition
from gis.facts.neighbourhood import search_boxes
from gis.facts.part import anchors
from gis.pipeline import engine
from gis.pipeline import run as line
from gis.pipeline.judge_part import RunContext, judge_part
from gis.store import database, records, tables
from tests import stores
from tests.conftest import Server
from tests.killing import wait_until
from tests.warm import Desk

AS_OF = date(2026, 6, 30)
TABLES = ("finding", "piece", "balance", "park_piece", "lead", "indicator")
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
SEEDS = range(1, 20)
COUNTS = [2, 7, 40] if IS_LONG else [3]


@contextmanager
def workers_of_dask() -> Iterator[engine.Client]:
    """Two workers with this moment's environment, asked by the address of their scheduler."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        engine.dask(local.scheduler_address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def town(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with kept(
        server, pattern, tmp_path_factory.mktemp("town"), 8, supplies=40 if IS_LONG else 24
    ) as name:
        yield name


@pytest.fixture
def of_town(
    server: Server, town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[database.Connection]:
    """A connection to a town of its own, which workers find by their environment."""
    with stores.copied(server, town, f"landwatch_engine_{os.getpid()}", tmp_path) as store:
        monkeypatch.setenv("LANDWATCH_DATABASE_URL", store.url)
        monkeypatch.setenv("LANDWATCH_HOME", str(store.home))
        with database.connect(Config(store.home, store.url)) as connection:
            yield connection


@pytest.fixture(scope="module")
def cluster() -> Iterator[engine.Client]:
    with workers_of_dask() as client:
        yield client


def answers(
    store: database.Connection, tell: Callable[[str], None] = str, **how: Any
) -> tuple[Any, dict[str, list[str]]]:
    """Run, and return the counts and the content of every result table; nothing is kept."""
    with store.transaction(force_rollback=True):
        done = line.run(store, AS_OF, law.load(), tell=tell, **how)
        assert not done.is_repeat
        return done.counts, {
            name: [
                row[0]
                for row in store.execute(
                    f"SELECT content FROM landwatch.{name}"
                    " WHERE run_series = %s AND first_run <= %s AND last_run >= %s ORDER BY 1",
                    (done.run_series, done.id, done.id),
                )
            ]
            for name in TABLES
        }


@pytest.mark.long("test_processes_and_dask_give_what_one_process_gives")
@pytest.mark.parametrize("seed", SEEDS)
def test_any_number_of_parts_gives_the_same_rows_to_the_last_bit(
    store: database.Connection, seed: int
) -> None:
    build(store, seed, supplies=120)
    counts, whole = answers(store, parts=1)
    assert all(whole[name] for name in TABLES)
    assert len(whole["lead"]) > 100
    for count in COUNTS:
        assert answers(store, parts=count) == (counts, whole), count


def test_processes_and_dask_give_what_one_process_gives(of_town: database.Connection) -> None:
    of_region = answers(of_town, region="150602", parts=1)
    if IS_LONG:  # processes are compared always below, where one is killed
        alone = answers(of_town, parts=1)
        assert answers(of_town, parts=3, workers=2) == alone
        assert answers(of_town, parts=4, workers=None) == alone
    with workers_of_dask() as client:
        if IS_LONG:
            assert answers(of_town, parts=3, client=client) == alone
        assert answers(of_town, region="150602", parts=3, client=client) == of_region


def test_processes_judge_what_changed_as_a_full_run_does(
    of_town: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.run(of_town, AS_OF, law.load(), tell=str)
    own = [name for name in tables.own_types("supplies") if name != "source_epsg"]
    some = records.read(of_town, "supplies").iloc[:6][own]
    put(of_town, "supplies", some.assign(signed_on=pd.Timestamp("2015-03-01")), "again")
    monkeypatch.setattr(partition, "CHANGES_OF_A_PART", 3)
    told: list[str] = []
    full = answers(of_town, is_full=True, parts=1)
    assert answers(of_town, tell=told.append, workers=2) == full
    # In several parts, which a full run of so little land is not.
    of = next(one.rpartition("/")[2] for one in told if "judging 0/" in one)
    assert int(of) > 1


@pytest.mark.parametrize(
    ("parts", "cores", "free_bytes", "many"),
    [
        (1, 8, 64e9, 1),  # nothing to share
        (3, 8, 64e9, 1),  # a second process would start for less than a part
        (13, 2, 64e9, 2),
        (13, 8, 64e9, 6),
        (100, 8, 7e9, 4),  # four times 1.5 GB
        (100, 8, 1e9, 1),
    ],
)
def test_as_many_processes_suit_as_parts_cores_and_memory_carry(
    monkeypatch: pytest.MonkeyPatch, parts: int, cores: int, free_bytes: float, many: int
) -> None:
    monkeypatch.setattr(engine, "cores", lambda: cores)
    monkeypatch.setattr(engine, "_available_bytes", lambda: int(free_bytes))

    assert engine.suited(parts) == many


def test_the_memory_a_process_finds_is_read() -> None:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    assert 0 < engine._available_bytes() <= total


def test_garbage_is_looked_for_again_after_a_part_that_fails(of_town: database.Connection) -> None:
    task = RunContext(AS_OF, 1, None, law.load(), has_approvals=True)
    part = partition.parts(of_town, 1, None)[0]
    of_town.close()

    with pytest.raises(StoreError):
        judge_part(of_town, task, part)

    assert gc.isenabled()


@pytest.mark.long("test_processes_and_dask_give_what_one_process_gives")
def test_parts_change_nothing_of_the_demo(demo: Desk) -> None:
    # Of a region the shared store was not judged for yet, so that there is something to do.
    with database.connect(Config(demo.store.home, demo.store.url)) as store:
        of = {"region": "150600"}
        counts, whole = answers(store, **of, parts=1)
        assert all(whole[name] for name in TABLES)
        for count in COUNTS:
            assert answers(store, **of, parts=count) == (counts, whole), count


def test_a_region_nothing_is_known_of_is_refused_in_parts_too(of_town: database.Connection) -> None:
    with pytest.raises(UsageError, match="990000"):
        answers(of_town, region="990000", parts=5)


def test_every_part_is_worked_on_once(cluster: engine.Client) -> None:
    numbers = list(range(12))
    assert list(engine.run(squared, numbers)) == SQUARES
    assert sorted(engine.run(squared, numbers, workers=2)) == SQUARES
    assert sorted(engine.run(squared, numbers, client=cluster)) == SQUARES
    assert list(engine.run(squared, [], workers=2)) == []
    assert list(engine.run(squared, [], client=cluster)) == []


def test_the_part_of_a_worker_that_dies_is_done_by_another(
    tmp_path: Path, cluster: engine.Client
) -> None:
    for name, how in {"here": {"workers": 2}, "dask": {"client": cluster}}.items():
        (tmp_path / name).mkdir()
        work = partial(dies_once, str(tmp_path / name))
        assert sorted(engine.run(work, range(12), **how)) == SQUARES
        assert (tmp_path / name / "died").exists()


@pytest.mark.long("test_the_part_of_a_worker_that_dies_is_done_by_another")
def test_a_run_goes_on_when_a_worker_is_killed(of_town: database.Connection) -> None:
    alone = answers(of_town, parts=1)
    killed: list[int] = []

    def kill_one(told: str) -> None:
        if "1/" in told and not killed:
            worker = multiprocessing.active_children()[0]
            os.kill(worker.pid or 0, signal.SIGKILL)
            # The pool waits for it in a thread of its own; whoever comes first learns how it ended.
            wait_until(lambda: worker.exitcode is not None, "the worker has ended")
            killed.append(worker.exitcode or 0)

    assert answers(of_town, tell=kill_one, parts=3, workers=2) == alone
    assert killed == [-signal.SIGKILL]


def test_a_run_that_is_killed_leaves_neither_rows_nor_workers(
    of_town: database.Connection, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "gis.cli", "run", "--as-of", f"{AS_OF}"]
    with subprocess.Popen(
        [*command, "--workers", "2", "--parts", "12"], stdout=PIPE, stderr=PIPE, cwd=stores.ROOT
    ) as driver:
        workers: list[int] = []
        wait_until(lambda: bool(workers.extend(_children(driver.pid)) or workers), "workers start")
        driver.kill()
        driver.communicate()
    wait_until(lambda: not any(_is_alive(pid) for pid in workers), "its workers have ended")
    for name in ("run", *TABLES):
        assert of_town.execute(f"SELECT count(*) FROM landwatch.{name}").fetchone() == (0,)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and ") Z " not in status.read_text(encoding="ascii")


def test_a_part_that_kills_every_worker_ends_the_run() -> None:
    with pytest.raises(WorkerError, match="died 3 times"):
        list(engine.run(always_dies, range(12), workers=2))


def test_what_a_part_raises_is_raised(cluster: engine.Client) -> None:
    for how in ({}, {"workers": 2}, {"client": cluster}):
        with pytest.raises(ValueError, match="no fives"):
            list(engine.run(refuses, range(12), **how))


@pytest.mark.long("test_a_run_that_is_killed_leaves_neither_rows_nor_workers")
def test_a_run_whose_worker_fails_leaves_nothing(
    of_town: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Workers find the store by their environment; here it names one that does not answer.
    monkeypatch.setenv("LANDWATCH_DATABASE_URL", "postgresql://landwatch:x@127.0.0.1:9/none")
    with pytest.raises(StoreError, match="127"):
        line.run(of_town, AS_OF, law.load(), tell=str, parts=3, workers=2)
    monkeypatch.undo()
    for name in ("run", *TABLES):
        assert of_town.execute(f"SELECT count(*) FROM landwatch.{name}").fetchone() == (0,)


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_ANSWERS_SECONDS", 0.5)
    with pytest.raises(UsageError, match="No Dask scheduler"), engine.dask("tcp://127.0.0.1:9"):
        pass


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=60),
    st.integers(1, 12),
)
def test_boxes_hold_every_point_once(places: list[tuple[int, int]], count: int) -> None:
    points = np.array(places, dtype=np.float64).reshape(-1, 2)
    boxes = partition.halved(points, (-1000.0, -1000.0, 1000.0, 1000.0), count)
    assert len(boxes) <= count
    for x, y in points:
        held = [w <= x < e and s <= y < n for w, s, e, n in boxes]
        assert sum(held) == 1


def test_a_window_holds_the_shape_and_a_margin() -> None:
    small, wide = shapely.box(109, 39, 109.01, 39.01), shapely.box(110, 40, 111, 40.1)
    found = search_boxes(np.array([small, wide], dtype=object))
    assert found == (
        pytest.approx((108.999799, 38.999799, 109.010201, 39.010201), abs=1e-12),
        pytest.approx((109.9898, 39.9898, 111.0102, 40.1102), abs=1e-12),
    )
    within = shapely.box(109.002, 39.002, 109.003, 39.003)
    assert search_boxes(np.array([small, wide, within], dtype=object)) == found
    assert len(search_boxes(np.array([small, shapely.box(109.01, 39, 109.02, 39.01)]))) == 1
    assert search_boxes(np.array([], dtype=object)) == ()
    assert anchors(np.array([wide], dtype=object)).tolist() == [[110.5, 40.05]]
