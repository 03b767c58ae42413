"""Files made to do harm, by the real command: none reads, asks, hangs, or takes a gigabyte."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import killing, stores
from tests.conftest import Server, rest_long
from tests.hostile import ENDURED, NOWHERE, REFUSED, SECRET, SOUND
from tests.intake_samples import CODES, write_all, write_workbook, write_xls
from tests.killing import Content
from tests.stores import Store
from tests.warm import Ended, Warm, shared

GIGABYTE = 1 << 30
IS_LONG = bool(os.environ.get("LANDWATCH_LONG"))
MUTATIONS = 320 if IS_LONG else 8
SEED = 20261128
PATIENCE_SECONDS = 600 if IS_LONG else 240


@dataclass
class Listener:
    """A server on the loopback address that nobody may ask; it keeps who did."""

    address: str
    asked: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(f"http://127.0.0.1:{server.getsockname()[1]}")

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(1)
                    found.asked.append(connection.recv(1000))

        threading.Thread(target=listen, daemon=True).start()
        yield found
        server.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Door:
    """A store with nothing in it, and the command."""

    store: Store
    warm: Warm
    empty: Content

    def call(self, *arguments: str) -> Ended:
        return self.warm.call(self.store, *arguments)


@pytest.fixture(scope="module")
def door(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    name = f"landwatch_hostile_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        yield Door(store, shared(), killing.content(store))


def kind_of(path: Path) -> list[str]:
    return ["imagery"] if path.suffix == ".tif" else ["parcels"]


def assert_one_sentence(done: Ended) -> None:
    assert done.code == 2, (done.code, done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("错误 ")
    assert done.stderr.count("错误 ") == done.stderr.count("→") == 1
    assert "Traceback" not in done.stderr
    assert "landwatch-" not in done.stderr  # a folder of ours is of no use to anybody


def left_behind() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("landwatch-*"))


# One of each way in; the siblings of each in the long round.
_ONE_OF_EACH_WAY = (
    *("vrt with <kml", "vrt in a zip", "vrt over the network", "raster vrt", "wms", "gml"),
    *("crs link", "crs in a file", "grid in a geopackage", "topojson", "outer entity"),
    *("virtual table", "endless view", "view that reaches out", "linked part", "link in a zip"),
    *("far cell", "far cell in .xlsb", "columns", "wide rows", "huge head"),
    *("parquet", "pipe", "pipe as .prj", "link as *-wal", "link in a circle", "no end"),
)


@pytest.mark.parametrize("name", rest_long(REFUSED, _ONE_OF_EACH_WAY))
def test_a_hostile_file_costs_one_sentence(
    door: Door, listener: Listener, tmp_path: Path, name: str
) -> None:
    path = REFUSED[name](tmp_path, listener.address)
    checked, loaded = (
        door.call(command, *kind_of(path), str(path)) for command in ("check", "load")
    )
    for done in (checked, loaded):
        assert_one_sentence(done)
        assert done.peak_bytes < GIGABYTE
        assert SECRET not in done.stderr
    assert checked.stderr == loaded.stderr
    assert listener.asked == []
    assert killing.settled(door.store) == door.empty


@pytest.mark.parametrize("name", NOWHERE)
def test_a_place_told_by_another_file_is_no_place(
    door: Door, listener: Listener, tmp_path: Path, name: str
) -> None:
    path = NOWHERE[name](tmp_path, listener.address)
    checked = door.call("check", "parcels", str(path), "--json")
    assert checked.code == 0, checked.stderr
    assert '"grade": "returned"' in checked.stdout
    assert_one_sentence(door.call("load", "parcels", str(path)))
    assert killing.settled(door.store) == door.empty


@pytest.mark.parametrize("name", rest_long(SOUND, [*[*SOUND][::6], "network link"]))
def test_a_sound_file_that_looks_bad_is_read_as_what_it_is(
    door: Door, shelf: Store, listener: Listener, tmp_path: Path, name: str
) -> None:
    path = SOUND[name](tmp_path, listener.address)
    done = door.call("check", "parcels", str(path), "--json")
    assert done.code == 0, done.stderr
    assert f'"sound": {1 if path.suffix == ".kml" else len(CODES)}' in done.stdout
    assert ("links_left_alone" in done.stdout) == (path.suffix == ".kml")
    assert done.peak_bytes < GIGABYTE
    assert_alike(done, shelf, path)
    assert listener.asked == []


def test_a_name_that_is_no_utf8_is_told_and_kept_in_its_own_code(
    server: Server, pattern: str, door: Door, listener: Listener, tmp_path: Path
) -> None:
    path = SOUND[f"named {'宗地'.encode('gbk') + b'.gpkg'!r}"](tmp_path, listener.address)
    name = f"landwatch_named_{os.getpid()}"
    with stores.copied(server, pattern, name, tmp_path / "home") as store:
        done = door.warm.call(store, "load", "parcels", str(path), "--json")
        assert done.code == 0, done.stderr
        with store.connect() as connection:
            named = connection.execute("SELECT name FROM landwatch.delivery").fetchall()
    assert named == [("宗地.gpkg",)]


@pytest.mark.parametrize("name", ENDURED)
def test_a_file_that_announces_more_than_it_holds_is_endured(
    door: Door, shelf: Store, listener: Listener, tmp_path: Path, name: str
) -> None:
    path = ENDURED[name](tmp_path, listener.address)
    done = door.call("check", *kind_of(path), str(path), "--json")
    assert done.code in {0, 2}
    assert "Traceback" not in done.stderr
    assert done.peak_bytes < GIGABYTE
    assert listener.asked == []
    assert_alike(done, shelf, path)


def assert_alike(checked: Ended, shelf: Store, path: Path) -> None:
    """What `check` says of a file `load` does: refused with the same words, or as many rows."""
    loaded = shelf.call("load", *kind_of(path), str(path), "--json")
    if checked.code == 2:
        assert checked.stderr == loaded.stderr
        return
    told = json.loads(checked.stdout)
    if loaded.code == 2:
        assert (told["grade"], told["sound"]) == ("returned", 0), (told, loaded.stderr)
        return
    took = json.loads(loaded.stdout)
    assert took["rows"] == told["rows"]
    assert took["rejected"] == told["rejected"]
    assert took["accepted"] + took["duplicates"] + took["held"] == told["sound"]


@pytest.fixture(scope="module")
def shelf(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that takes what is sound."""
    folder = tmp_path_factory.mktemp("shelf")
    with stores.copied(server, pattern, f"landwatch_shelf_{os.getpid()}", folder) as found:
        yield found


# --- what the process opens ------------------------------------------------------------------


def traced(log: Path, *command: str, environment: dict[str, str]) -> list[str]:
    """Run a command under strace and return the paths it opened and programs it started."""
    strace = shutil.which("strace")
    assert strace, "strace is missing; scripts/setup --test installs it"
    calls = "open,openat,openat2,creat,execve,connect"
    done = subprocess.run(
        [strace, "-f", "-qq", "-s", "500", "-e", f"trace={calls}", "-o", str(log), *command],
        env=environment, cwd=stores.ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    text = log.read_text(encoding="utf-8", errors="replace")
    assert text.count("openat(") > 100, f"nothing was traced: {done.stderr}"
    assert "AF_INET" not in text, "an internet socket was asked to connect"
    assert text.count("execve(") == 1, "a program was started"
    return re.findall(r'\b(?:open|openat|openat2|creat|execve)\([^"]*"((?:[^"\\]|\\.)*)"', text)


# What any Python program of this checkout opens.
_OWN = (
    "/usr/", "/lib/", "/lib64/", "/etc/ld.so", "/etc/localtime", "/etc/nsswitch.conf",
    "/etc/passwd", "/etc/group", "/etc/host", "/etc/resolv", "/etc/ssl", "/etc/gai.conf",
    "/etc/locale", "/etc/python", "/etc/mime", "/etc/timezone", "/etc/inputrc",
    "/proc/", "/sys/", "/dev/",
    str(stores.ROOT), sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"),
)  # fmt: skip


_TRACED_CHECKS = ("vrt with <kml", "grid in .prj", "virtual table")
_TRACED_LOADS = ("grid in a geopackage", "network link")
_SIBLINGS = (
    *("outer entity", "link in a zip", "vrt as geojson", "crs in a file", "plain view"),
    *("named 'http:a.gpkg'", "named 'a;b.gpkg'", "grid in wkt", "linked part", "linked folder"),
    *("init file", "raster vrt"),
)
_TRACED = (*_TRACED_CHECKS, *_TRACED_LOADS, *_SIBLINGS)
_TRACED_OF_LOADS = (
    *(*_TRACED_CHECKS, *_TRACED_LOADS),
    *("outer entity", "link in a zip", "plain view"),
)


@pytest.mark.parametrize("name", rest_long(_TRACED, _TRACED_CHECKS))
def test_the_reading_process_opens_the_delivery_and_no_other_file(
    door: Door, listener: Listener, tmp_path: Path, name: str
) -> None:
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    path = {**REFUSED, **NOWHERE, **SOUND}[name](delivered, listener.address)
    assert_only_its_own(door.store, tmp_path / "log", "check", path)


@pytest.mark.parametrize("name", rest_long(_TRACED_OF_LOADS, _TRACED_LOADS))
def test_a_load_opens_the_delivery_its_archive_and_no_other_file(
    stored: Store, listener: Listener, tmp_path: Path, name: str
) -> None:
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    path = {**REFUSED, **NOWHERE, **SOUND}[name](delivered, listener.address)
    assert_only_its_own(stored, tmp_path / "log", "load", path)
    assert listener.asked == []


@pytest.fixture(scope="module")
def stored(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("stored")
    with stores.copied(server, pattern, f"landwatch_traced_{os.getpid()}", folder) as found:
        yield found


def assert_only_its_own(store: Store, log: Path, command: str, path: Path) -> None:
    """Follow a command: what it opens is its own, the store's home, or the delivery at `path`."""
    line = (sys.executable, "-m", "gis.cli", command, *kind_of(path), str(path))
    opened = traced(log, *line, environment=store.environment)
    temporary = f"{tempfile.gettempdir()}/landwatch-"
    home, pgpass = str(store.home), str(Path.home())
    foreign = [
        one
        for one in opened
        if one.startswith("/")
        and not one.startswith((*_OWN, temporary, home, pgpass))
        and not one.startswith(str(path.with_suffix("")))
        and one not in {str(path.parent), "/", tempfile.gettempdir()}
        # Python tries whether the temporary folder can be written.
        and not re.fullmatch(rf"{tempfile.gettempdir()}/\w{{8}}", one)
    ]
    assert foreign == []
    assert not [one for one in opened if one.endswith(("other.csv", "elsewhere.dbf"))]


# --- mutated files ---------------------------------------------------------------------------


def test_mutated_files_are_read_or_refused(door: Door, tmp_path: Path) -> None:
    """Bytes flipped, cut, put in, blocks changed over, numbers of the head put to extremes."""
    draw = random.Random(SEED)
    samples = tmp_path / "samples"
    samples.mkdir()
    paths = write_all(samples)
    rows = [["宗地代码", "宗地面积"], *([code, 8_100] for code in CODES)]
    paths["xlsx"] = write_workbook(samples / "a.xlsx", 宗地=rows)
    paths["xls"] = write_xls(samples / "a.xls", rows)
    paths["csv"] = samples / "a.csv"
    paths["csv"].write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="gbk")
    paths["txt"] = samples / "a.txt"
    paths["txt"].write_bytes((stores.ROOT / "data/parcels/approval_A5.txt").read_bytes())
    forms = sorted(paths)
    for number in range(MUTATIONS):
        path = paths[forms[number % len(forms)]]
        folder = tmp_path / f"{number}"
        copied = _copied(path, folder)
        part = draw.choice(sorted(p for p in _parts(copied) if p.stat().st_size))
        way = draw.choice(_WAYS)
        part.write_bytes(way(part.read_bytes(), draw))
        kind = "approvals" if path.suffix == ".txt" else "parcels"
        began = time.monotonic()
        done = door.call("check", kind, str(copied))
        what = f"{number} {path.name} {part.name} {way.__name__}"
        assert time.monotonic() - began < PATIENCE_SECONDS, what
        assert done.code in {0, 2}, f"{what}\n{done.stderr}"
        assert "Traceback" not in done.stderr, what
        assert done.peak_bytes < GIGABYTE, what
        if done.code == 2:
            assert_one_sentence(done)
        shutil.rmtree(folder)


def _copied(path: Path, folder: Path) -> Path:
    folder.mkdir()
    if path.is_dir():
        return shutil.copytree(path, folder / path.name)
    for part in path.parent.glob(f"{path.stem}.*"):
        if part.is_file() and (path.suffix == ".shp" or part == path):
            shutil.copy(part, folder)
    return folder / path.name


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return [part for part in path.rglob("*") if part.is_file()]
    return list(path.parent.glob(f"{path.stem}.*")) if path.suffix == ".shp" else [path]


def _flipped(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 8, 64])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content))
    return content[:start] + content[start + draw.randrange(1, 200) :]


def _inserted(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + draw.randbytes(draw.randrange(1, 200)) + content[at:]


def _exchanged(content: bytes, draw: random.Random) -> bytes:
    size = max(1, len(content) // 8)
    a, b = sorted(draw.randrange(len(content)) for _ in range(2))
    one, other = content[a : a + size], content[b : b + size]
    return content[:a] + other + content[a + size : b] + one + content[b + size :]


def _extreme(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 2, 4])):
        at = draw.randrange(min(len(changed), 200))
        width = draw.choice([2, 4, 8])
        value = draw.choice([b"\xff", b"\x7f", b"\x00", b"\x80"]) * width
        changed[at : at + width] = value
    return bytes(changed[: len(content)])


_WAYS: list[Callable[[bytes, random.Random], bytes]] = [
    _flipped, _cut, _inserted, _exchanged, _extreme,
]  # fmt: skip
