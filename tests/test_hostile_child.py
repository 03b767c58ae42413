"""The child that reads a delivery: what it may cost, and how its end is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gis.intake.source import bounded
from tests import killing, stores
from tests.conftest import Server, rest_long
from tests.stores import Store
from tests.test_hostile_files import assert_one_sentence, left_behind
from tests.warm import Ended


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("child")
    with stores.copied(server, pattern, f"landwatch_child_{os.getpid()}", folder) as found:
        yield found


@contextmanager
def held_load(server: Server, pattern: str, folder: Path) -> Iterator[tuple[Store, int, int]]:
    """Give a load that stands before its COMMIT: the store, the command and its child."""
    import psycopg

    from tests.test_killed import LOAD_STOPS, PARCELS

    name = f"landwatch_held_{os.getpid()}"
    with (
        stores.copied(server, pattern, name, folder) as store,
        psycopg.connect(store.url) as holder,
        killing.begun(store, "load", "parcels", str(PARCELS / "parcels.shp")) as process,
    ):
        holder.execute(LOAD_STOPS[1])
        killing.wait_until(
            lambda: process.poll() is not None or bool(killing.backends(store, waiting=True)),
            "the load is stopped",
        )
        (child,) = children_of(process.pid)
        yield store, process.pid, child
        holder.rollback()
        holder.close()
        process.wait(timeout=killing.PATIENCE_SECONDS)
        assert process.returncode in {2, -signal.SIGKILL}
        if process.returncode == 2:
            assert process.stderr is not None
            said = process.stderr.read()
            assert said.startswith("错误 parcels.shp：")
            assert said.count("→") == 1
        with store.connect() as connection:
            count = connection.execute("SELECT count(*) FROM landwatch.delivery").fetchone()
        assert count == (0,)


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


@pytest.mark.parametrize(
    "number",
    rest_long(
        [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGXCPU],
        [signal.SIGKILL, signal.SIGSEGV],
    ),
)
def test_a_child_that_dies_leaves_one_sentence_and_nothing_else(
    server: Server, pattern: str, tmp_path: Path, number: signal.Signals
) -> None:
    before = left_behind()
    with held_load(server, pattern, tmp_path) as (_, _, child):
        os.kill(child, number)
    assert not [folder for folder in left_behind() - before if f"-{child}-" in folder.name]


def test_a_child_dies_with_its_parent(server: Server, pattern: str, tmp_path: Path) -> None:
    with held_load(server, pattern, tmp_path) as (_, parent, child):
        os.kill(parent, signal.SIGKILL)
        killing.wait_until(lambda: not Path(f"/proc/{child}").exists(), "the child is gone")


def test_bounds_grow_with_the_size_of_the_file(tmp_path: Path) -> None:
    """bounds.toml: 448 MB + 64 a byte, 20 s + 15 s a MB, 4,000,000 cells + 3 a byte.

    On the clock 600 s + 60 s a MB.
    """
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    nothing = bounded.bounds_of(path)
    assert (nothing.memory_bytes, nothing.seconds, nothing.cells) == (448 << 20, 20.0, 4_000_000)
    assert nothing.waited_seconds == 600
    os.truncate(path, 100 << 20)
    large = bounded.bounds_of(path)
    assert large.memory_bytes == (448 + 6400) << 20
    assert large.seconds == 20 + 1500
    assert large.waited_seconds == 600 + 6000
    assert large.cells == 4_000_000 + 3 * (100 << 20)


# A bound of one second on the clock, and a reader of sheets that waits before it reads.
_SLOW = """
import sys, time
from gis.intake.source import bounded
from gis.intake.readers import registers
bounded._settings()["time"].update(waited_base_seconds=1.0, waited_seconds_per_mb=0.0)
read_rows = registers.read_rows
def wait(*all):
    time.sleep(float(sys.argv[1]))
    return read_rows(*all)
registers.read_rows = wait
from gis.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("command", rest_long(["check", "load"], ["load"]))
def test_a_reader_that_waits_for_ever_is_ended(store: Store, tmp_path: Path, command: str) -> None:
    path = tmp_path / "供地.csv"
    path.write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _SLOW, "100", command, "supplies", str(path)],
        env=store.environment, cwd=stores.ROOT, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert time.monotonic() - began < 60
    assert_one_sentence(Ended(done.returncode, 0.0, done.stdout, done.stderr, 0))
    assert "读取等候超过 1 秒的限额" in done.stderr
    assert "longer than the 1 s allowed on the clock" in done.stderr
    assert "bounds.toml" in done.stderr
    with store.connect() as connection:
        count = connection.execute("SELECT count(*) FROM landwatch.delivery").fetchone()
    assert count == (0,)


# What becomes of a file once its rows are read, while the command still works on them.
_TOUCHED = """
import os, sys
from gis.intake.readers import registers
read_rows = registers.read_rows
def touched(source, *rest):
    rows = read_rows(source, *rest)
    way, path = sys.argv[1], sys.argv[-1]
    if way == "grows":
        open(path, "a").write("A2,2\\n")
    elif way == "replaced":
        open(path + ".new", "w").write(open(path).read())
        os.replace(path + ".new", path)
    else:
        os.unlink(path)
    return rows
registers.read_rows = touched
from gis.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("command", "way"),
    rest_long(
        [("load", "grows"), ("load", "replaced"), ("load", "vanishes"), ("check", "replaced")],
        [("load", "replaced"), ("load", "vanishes")],
        names=2,
    ),
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    store: Store, tmp_path: Path, command: str, way: str
) -> None:
    path = tmp_path / "供地.csv"
    path.write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _TOUCHED, way, command, "supplies", str(path)],
        env=store.environment, cwd=stores.ROOT, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert_one_sentence(Ended(done.returncode, 0.0, done.stdout, done.stderr, 0))
    assert "读取期间文件被改动" in done.stderr
    with store.connect() as connection:
        count = connection.execute("SELECT count(*) FROM landwatch.delivery").fetchone()
    assert count == (0,)


def test_waiting_for_the_store_is_no_waiting_for_the_file(store: Store, tmp_path: Path) -> None:
    """A load that stands two seconds before its COMMIT, with one second for reading."""
    import psycopg

    from tests.test_killed import LOAD_STOPS

    path = tmp_path / "供地.csv"
    path.write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    with psycopg.connect(store.url) as holder:
        holder.execute(LOAD_STOPS[1])
        with subprocess.Popen(
            [sys.executable, "-c", _SLOW, "0", "load", "supplies", str(path), "--json"],
            env=store.environment, cwd=stores.ROOT, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            killing.wait_until(
                lambda: process.poll() is not None or bool(killing.backends(store, waiting=True)),
                "the load is stopped",
            )
            time.sleep(2)
            holder.rollback()
            holder.close()
            assert process.wait(timeout=killing.PATIENCE_SECONDS) == 0
