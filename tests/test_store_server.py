"""The private cluster: made, started, stopped, killed; and every fault told with its mend."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from psycopg import sql

from gis.config import Config
from gis.errors import StoreError
from gis.store import arrivals, copy, database, deliveries, records
from gis.store.cluster import home, programs
from gis.store.cluster.server import make, start, status, stop

SPAWN = multiprocessing.get_context("spawn")
IS_LONG = bool(os.environ.get("LANDWATCH_LONG"))


@pytest.fixture
def place(short_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home for one cluster of this test alone; its server is stopped at the end."""
    folder = short_folder / f"own{abs(hash(request.node.name)) % 10**6}"
    yield folder
    stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def filled(short_folder: Path) -> Iterator[Path]:
    """A home whose cluster a first connection made, started and filled."""
    folder = short_folder / "filled"
    database.connect(embedded(folder), make=True).close()
    yield folder
    stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own(filled: Path, place: Path) -> Path:
    """A copy of it for this test alone, whose server stands still."""
    stop(filled)
    # With the owner of each file.
    subprocess.run(["cp", "-a", str(filled), str(place)], check=True)
    return place


def embedded(folder: Path) -> Config:
    return Config(folder, None)


def mentions(fault: StoreError, *parts: str) -> bool:
    return all(part in str(fault) for part in parts)


def test_a_first_connection_makes_starts_and_fills_the_cluster(filled: Path) -> None:
    shown = status(filled)
    assert (shown.is_made, shown.is_running) == (True, True)
    with database.connect(embedded(filled)) as connection:
        row = connection.execute(
            "SELECT current_setting('fsync'), current_setting('server_encoding'),"
            " (SELECT datcollate FROM pg_database WHERE datname = current_database()),"
            " (SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles"
            "  WHERE rolname = current_user), current_user"
        ).fetchone()
        assert row == ("on", "UTF8", "C", False, "landwatch")
        version = connection.execute("SELECT postgis_lib_version()").fetchone()
        assert version is not None
        assert version[0] >= "3"
        assert records.latest_delivery(connection) == 0
    assert stat.S_IMODE((filled / "secrets.json").stat().st_mode) == 0o600


def test_making_starting_and_stopping_twice_is_the_same_as_once(place: Path) -> None:
    assert stop(place) is False
    assert status(place).is_made is False
    assert (make(place), make(place)) == (True, False)
    assert status(place).is_running is False
    assert (start(place), start(place)) == (True, False)
    pid = status(place).pid
    assert status(place).is_running
    assert status(place).pid == pid
    assert (stop(place), stop(place)) == (True, False)
    assert status(place).is_running is False


def test_nothing_is_made_unless_asked(place: Path) -> None:
    with pytest.raises(StoreError, match="There is no store under"):
        database.connect(embedded(place))
    assert not (place / "cluster").exists()


def _connect(folder: Path) -> None:
    database.connect(embedded(folder), make=True).close()


@pytest.mark.long("test_making_killed_at_any_instant_can_be_done_again")
def test_many_processes_may_make_the_cluster_at_once(place: Path) -> None:
    each = [SPAWN.Process(target=_connect, args=(place,)) for _ in range(3)]
    for process in each:
        process.start()
    for process in each:
        process.join(120)
    assert [process.exitcode for process in each] == [0, 0, 0]
    with database.connect(embedded(place)) as connection:
        assert database.revision(connection) == database.revisions()[-1]


def test_making_killed_at_any_instant_can_be_done_again(place: Path) -> None:
    for seconds in (0.2, 0.6, 1.2) if IS_LONG else (0.6,):
        child = SPAWN.Process(target=_connect, args=(place,))
        child.start()
        deadline = time.monotonic() + 60
        while not (place / "lock").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(seconds)
        child.kill()
        child.join()
    with database.connect(embedded(place), make=True) as connection:
        assert records.latest_delivery(connection) == 0


def test_a_server_killed_outright_is_started_again_with_all_it_had_committed(own: Path) -> None:
    connection = database.connect(embedded(own))
    connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    pid = status(own).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while status(own).is_running:
        time.sleep(0.01)
    with database.connect(embedded(own)) as again:
        assert again.execute("SELECT one FROM kept").fetchone() == (1,)
    with connection, pytest.raises(StoreError, match="connection to the PostgreSQL server was"):
        records.latest_delivery(connection)
    assert status(own).pid != pid


def test_a_process_number_left_behind_and_taken_by_a_stranger_is_seen_through(own: Path) -> None:
    start(own)
    file = own / "cluster" / "postmaster.pid"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    stop(own)
    file.write_text("".join([f"{os.getpid()}\n", *lines[1:]]), encoding="utf-8")
    owner = (own / "cluster").stat()
    os.chown(file, owner.st_uid, owner.st_gid)
    assert status(own).is_running is False
    assert start(own) is True


def test_a_long_path_means_a_loopback_port_and_a_taken_port_is_told(short_folder: Path) -> None:
    folder = short_folder / ("x" * 90)
    settings = embedded(folder)
    try:
        with database.connect(settings, make=True) as connection:
            assert connection.info.host == "127.0.0.1"
        stop(folder)
        port = home.port_kept(folder)
        with (
            socket.create_server(("127.0.0.1", port)),
            pytest.raises(StoreError) as caught,
        ):
            database.connect(settings)
        assert mentions(caught.value, f"Port {port}", "another program", str(folder / "port"))
        database.connect(settings).close()
    finally:
        stop(folder)


def test_the_version_that_made_the_store_is_the_one_asked_for(own: Path) -> None:
    version = own / "cluster" / "PG_VERSION"
    kept = version.read_text(encoding="utf-8")
    version.write_text("99\n", encoding="utf-8")
    with pytest.raises(StoreError, match="postgresql-99-postgis-3"):
        start(own)
    version.write_text(kept, encoding="utf-8")


def test_a_server_that_does_not_start_says_why(own: Path) -> None:
    settings = own / "cluster" / "postgresql.conf"
    settings.write_text("no_such_setting = 1\n", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        start(own)
    assert mentions(caught.value, "does not start", str(own / "log" / "postgres.log"))


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        database.connect(embedded(tmp_path / "file" / "home"), make=True)
    assert mentions(caught.value, "LANDWATCH_HOME")


def test_the_store_of_another_user_is_left_alone(tmp_path: Path) -> None:
    # The root folder belongs to root; the server never runs as root.
    (tmp_path / "cluster").symlink_to("/")
    for step in (status, make, start, stop):
        with pytest.raises(StoreError, match="belongs to another user"):
            step(tmp_path)


def test_a_folder_the_servers_user_cannot_enter_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "home"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    stranger = inner.stat().st_uid + 12_345
    closed = home.closed_to(inner, stranger, stranger)
    assert closed is not None
    assert closed in inner.parents
    assert home.closed_to(inner, inner.stat().st_uid, inner.stat().st_gid) is None


def test_a_machine_without_postgresql_is_told_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError) as caught:
        programs.folder()
    assert mentions(
        caught.value, "no PostgreSQL server", "postgresql-15", "postgresql-15-postgis-3"
    )


@pytest.fixture
def without_postgis(short_folder: Path) -> Path:
    """A PostgreSQL of its own without PostGIS; it finds its files beside where it lies."""
    version = programs.folder().parent.name
    lib, share = Path("lib/postgresql") / version, Path("share/postgresql") / version
    root = short_folder / "bare"
    (root / lib / "bin").mkdir(parents=True)
    (root / lib / "lib").mkdir()
    for name in ("initdb", "postgres", "pg_ctl"):
        shutil.copy2(Path("/usr") / lib / "bin" / name, root / lib / "bin" / name)
    for file in (Path("/usr") / lib / "lib").glob("*.so"):
        if not file.name.startswith(("postgis", "llvm", "address")):
            shutil.copy2(file, root / lib / "lib" / file.name)
    shutil.copytree(
        Path("/usr") / share, root / share, symlinks=False,
        ignore=shutil.ignore_patterns("postgis*", "address*", "man", "contrib"),
        ignore_dangling_symlinks=True,
    )  # fmt: skip
    return root / lib / "bin"


def test_a_postgresql_without_postgis_is_told_the_package(
    place: Path, without_postgis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", f"{without_postgis}:{os.environ['PATH']}")
    assert programs.folder() == without_postgis.resolve()
    with pytest.raises(StoreError) as caught:
        database.connect(embedded(place), make=True)
    assert mentions(caught.value, "without PostGIS", "postgis-3")
    assert not (place / "cluster").exists()


def test_a_full_disk_under_the_server_is_told_and_the_store_stays_as_before(own: Path) -> None:
    with database.connect(embedded(own)) as connection:
        row = connection.execute("SELECT pg_relation_filepath('supplies')").fetchone()
    assert row is not None
    stop(own)
    # Every write to this device fails as on a full disk: the table can be read and cannot grow.
    file = own / "cluster" / row[0]
    file.rename(file.with_suffix(".kept"))
    file.symlink_to("/dev/full")
    rows = pd.DataFrame({"supply_no": ["A1"], "row_no": [2], "file": ["a.xlsx"]})
    received = arrivals.Received("a.xlsx", "supplies", "s", "p", {})
    with database.connect(embedded(own)) as connection:
        with pytest.raises(StoreError, match="disk that holds the store is full"):
            deliveries.put(connection, received, rows, pd.DataFrame(), ["supply_no"])
        assert records.latest_delivery(connection) == 0
    stop(own)
    file.unlink()
    file.with_suffix(".kept").rename(file)
    with database.connect(embedded(own)) as connection:
        loaded = deliveries.put(connection, received, rows, pd.DataFrame(), ["supply_no"])
        assert (loaded.delivery, loaded.accepted) == (1, 1)


def test_a_connection_cut_in_the_middle_of_a_load_is_told(
    store_url: str, store: database.Connection
) -> None:
    with psycopg.connect(store_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (store.info.backend_pid,))
    with pytest.raises(StoreError, match="connection to the PostgreSQL server was lost"):
        copy.write(store, sql.Identifier("regions"), pd.DataFrame({"key": ["a"]}), {"key": "text"})


def test_the_server_is_not_stopped_by_a_ctrl_c_meant_for_the_program(own: Path) -> None:
    start(own)
    pid = status(own).pid
    assert pid is not None
    assert os.getpgid(pid) != os.getpgid(0)
