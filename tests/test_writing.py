"""Whatever a command writes is there as a whole or not at all, and what forbade it is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from psycopg import conninfo

from gis.errors import UsageError
from gis.files import atomic, drafts
from tests import disks, stores
from tests.conftest import rest_long
from tests.warm import DEMO, DEMO_DAY, Desk, Ended

PARCELS = str(DEMO / "parcels.shp")
# Every command that writes, with {out} the file or folder it is told to write.
WRITING = {
    "findings": ["findings", "--csv", "{out}.csv"],
    "candidates": ["candidates", "--csv", "{out}.csv"],
    "unsupplied": ["unsupplied", "--csv", "{out}.csv"],
    "balance": ["balance", "--csv", "{out}.csv"],
    "leads": ["leads", "--csv", "{out}.csv"],
    "indicators": ["indicators", "--csv", "{out}.csv"],
    "targets": ["targets", "--csv", "{out}.csv"],
    "calendar csv": ["calendar", "--to", "2030-12-31", "--csv", "{out}.csv"],
    "calendar ics": ["calendar", "--to", "2030-12-31", "--ics", "{out}.ics"],
    "diff": ["diff", "1", "1", "--csv", "{out}.csv"],
    "export shp": ["export", "findings", "--format", "shp", "--out", "{out}.shp"],
    "export zip": ["export", "findings", "--format", "shp", "--out", "{out}.zip"],
    "export gpkg": ["export", "findings", "--format", "gpkg", "--out", "{out}.gpkg"],
    "export geojson": ["export", "findings", "--format", "geojson", "--out", "{out}.geojson"],
    "export parquet": ["export", "findings", "--format", "parquet", "--out", "{out}.parquet"],
    "export csv": ["export", "findings", "--format", "csv", "--out", "{out}.csv"],
    "export xlsx": ["export", "findings", "--format", "xlsx", "--out", "{out}.xlsx"],
    "map block": ["map", "--block", "YS-A", "--out", "{out}"],
    "map all": ["map", "--all", "--out", "{out}"],
    "run": ["run", "--as-of", DEMO_DAY, "--out", "{out}"],
    "check list": ["check", "parcels", PARCELS, "--list", "{out}.xlsx"],
    "check mended": ["check", "parcels", PARCELS, "--mended", "{out}.gpkg"],
    "deliveries": ["deliveries", "--out", "{out}.csv"],
    "issues csv": ["deliveries", "--issues", "29", "--out", "{out}.csv"],
    "issues xlsx": ["deliveries", "--issues", "29", "--out", "{out}.xlsx"],
    "file": ["deliveries", "--file", "1", "--out", "{out}.gpkg"],
}
OLD = "what was there before"


def call(desk: Desk, name: str, out: Path) -> Ended:
    return desk.call(*(word.format(out=out) for word in WRITING[name]))


def assert_told(done: Ended, *parts: str) -> None:
    """One sentence with a mend, exit 2, and no traceback of anybody's."""
    assert done.code == 2, (done.code, done.stdout, done.stderr)
    assert done.stderr.startswith("错误 ")
    assert done.stderr.count("→") == 1
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "filler"
    }


def place_of(name: str, folder: Path) -> tuple[Path, Path]:
    """Return the name to write to, and the old file that lies there or in that folder."""
    out = folder / "out"
    written = WRITING[name][-1].format(out=out)
    if written == str(out):
        out.mkdir()
        return out, out / "index.html"
    return out, Path(written)


# A disk that fills up half-way: one command of each way of writing, all of them in the long round.
_OF_EACH_WAY = (
    *("findings", "calendar ics", "export shp", "export zip", "export gpkg", "export geojson"),
    *("export parquet", "export xlsx", "map all", "check mended", "file"),
)
_DISKS = [(name, free) for free in (0, 16) for name in WRITING]
_ALWAYS = [*((name, 16) for name in _OF_EACH_WAY[::2]), *((name, 0) for name in _OF_EACH_WAY[1::2])]


@pytest.mark.parametrize("disk", rest_long(_DISKS, _ALWAYS))
def test_a_full_disk_is_told_and_what_was_there_stays(
    demo: Desk, tmp_path: Path, disk: tuple[str, int]
) -> None:
    name, free_kilobytes = disk
    with disks.small(tmp_path / "disk", 400) as folder:
        out, old = place_of(name, folder)
        old.write_text(OLD, encoding="utf-8")
        disks.fill(folder, free_kilobytes)
        before = content(folder)
        done = call(demo, name, out)
        if done.code == 0 and free_kilobytes:
            assert content(folder) != before  # it was small enough
            return
        assert_told(done, str(out), "磁盘已满", "disk is full")
        assert "store" not in done.stderr.split("→")[0]
        assert ".landwatch-" not in done.stderr
        assert content(folder) == before
        assert [path.name for path in folder.rglob(".*")] == []


@pytest.mark.parametrize("name", rest_long(WRITING, _OF_EACH_WAY))
def test_every_writing_command_writes_where_there_is_room(
    demo: Desk, tmp_path: Path, name: str
) -> None:
    out, old = place_of(name, tmp_path)
    old.write_text(OLD, encoding="utf-8")
    old.chmod(0o640)
    done = call(demo, name, out)
    # What is left out of a list may be told on stderr; a fault may not.
    assert (done.code, "错误" in done.stderr) == (0, False), done.stderr
    is_kept = name == "map block"  # it writes YS-A.html beside the index
    assert (old.read_bytes() == OLD.encode()) == is_kept
    assert [path.name for path in tmp_path.rglob(".*")] == []


@pytest.mark.parametrize("name", ["findings", "export shp", "export xlsx", "map all", "run"])
def test_a_read_only_disk_is_told(demo: Desk, tmp_path: Path, name: str) -> None:
    with disks.small(tmp_path / "disk", 400) as folder:
        out, old = place_of(name, folder)
        old.write_text(OLD, encoding="utf-8")
        disks.set_read_only(folder)
        assert_told(call(demo, name, out), str(folder), "只读", "read-only")
        assert content(folder) == {str(old.relative_to(folder)): OLD.encode()}


def test_a_place_where_no_file_can_be_is_told_by_its_kind(demo: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(OLD, encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "round.csv").symlink_to(tmp_path / "round.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    for place, part in {
        "folder.csv": "是目录",
        "file/below.csv": "一段是文件",
        "x" * 300 + ".csv": "名称太长",
        "round.csv": "绕成了圈",
        "pipe.csv": "不是普通文件",
    }.items():
        assert_told(demo.call("findings", "--csv", str(tmp_path / place)), str(tmp_path), part)
    assert_told(demo.call("map", "--all", "--out", str(tmp_path / "file")), "不是目录")
    assert (tmp_path / "file").read_text(encoding="utf-8") == OLD
    assert_told(demo.call("findings", "--csv", "/dev/null"), "不是普通文件")
    assert Path("/dev/null").is_char_device()


def test_a_missing_folder_is_made_and_a_link_is_followed(demo: Desk, tmp_path: Path) -> None:
    done = demo.call("findings", "--csv", str(tmp_path / "新/目录/a.csv"))
    assert done.code == 0, done.stderr
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text(OLD, encoding="utf-8")
    link.symlink_to(real)
    assert demo.call("findings", "--csv", str(link)).code == 0
    assert link.is_symlink()
    assert real.read_bytes() == (tmp_path / "新/目录/a.csv").read_bytes()


def test_a_name_that_is_no_utf_8_is_written_and_told_visibly(demo: Desk, tmp_path: Path) -> None:
    for ending, call in {
        "csv": ["findings", "--csv"],
        "gpkg": ["export", "findings", "--format", "gpkg", "--out"],
        "shp": ["export", "findings", "--format", "shp", "--out"],
        "parquet": ["export", "findings", "--format", "parquet", "--out"],
    }.items():
        name = os.fsdecode(b"\xcd\xbc." + ending.encode())  # 图 in GBK
        # What it says is read as UTF-8.
        done = demo.call(*call, str(tmp_path / name))
        assert done.code == 0, done.stderr
        assert (tmp_path / name).stat().st_size > 100


def test_a_file_is_not_written_over_what_the_call_reads_or_writes(
    demo: Desk, tmp_path: Path
) -> None:
    source = tmp_path / "a.xlsx"
    source.write_bytes((DEMO / "supplies_to_2022.xlsx").read_bytes())
    link = tmp_path / "b.xlsx"
    os.link(source, link)
    before = source.read_bytes()
    for out in (source, link):
        assert_told(demo.call("check", "supplies", str(source), "--list", str(out)), "另一个文件")
    assert source.read_bytes() == before
    both = str(tmp_path / "both.csv")
    assert_told(demo.call("calendar", "--csv", both, "--ics", both), "另一个文件")


@pytest.mark.long("test_what_cannot_be_read_is_told_at_once")
def test_what_is_closed_to_us_is_told_in_both_directions(demo: Desk, tmp_path: Path) -> None:
    closed, secret = tmp_path / "closed", tmp_path / "secret.csv"
    secret.write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    secret.chmod(0)
    (closed / "within").mkdir(parents=True)
    (closed / "within/a.csv").write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    closed.chmod(0o444)
    # The store's socket belongs to its server's user; a powerless root must be let through.
    Path(str(conninfo.conninfo_to_dict(demo.store.url)["host"])).chmod(0o711)
    for arguments, place in [
        (["findings", "--csv", str(closed / "a.csv")], closed),
        (["map", "--all", "--out", str(closed)], closed),
        (["export", "findings", "--format", "shp", "--out", str(closed / "a.shp")], closed),
        (["load", "supplies", str(secret)], secret),
        (["load", "supplies", str(closed)], closed),
        (["check", "supplies", str(closed / "within/a.csv")], closed / "within/a.csv"),
        (["load", "--manifest", str(secret)], secret),
        (["verify", str(secret)], secret),
    ]:
        done = subprocess.run(
            [*disks.POWERLESS, sys.executable, "-m", "gis.cli", *arguments],
            env=demo.store.environment, cwd=stores.ROOT, capture_output=True, text=True,
        )  # fmt: skip
        told = Ended(done.returncode, 0, done.stdout, done.stderr, peak_bytes=0)
        assert_told(told, "权限", str(place))
    closed.chmod(0o755)
    assert [path.name for path in closed.iterdir()] == ["within"]


def test_a_set_of_files_comes_whole_and_in_order(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with atomic.filling(out, last=("index.html", "manifest.json")) as drafts_folder:
        for name in ("manifest.json", "a.html", "index.html"):
            (drafts_folder / name).write_text("1", encoding="utf-8")
        assert list(out.glob("[!.]*")) == []
    assert sorted(path.name for path in out.iterdir()) == ["a.html", "index.html", "manifest.json"]
    with pytest.raises(IndexError):
        _fill_again(out, stops=True)
    assert (out / "a.html").read_text(encoding="utf-8") == "1"
    (out / "b.html").mkdir()
    with pytest.raises(UsageError, match="是目录"):
        _fill_again(out)
    assert (out / "a.html").read_text(encoding="utf-8") == "1"


def _fill_again(out: Path, stops: bool = False) -> None:
    with atomic.filling(out) as folder:
        for name in ("a.html", "b.html"):
            (folder / name).write_text("2", encoding="utf-8")
        if stops:
            raise IndexError


HOLDER = """
import sys, time
from pathlib import Path
from gis.files import drafts
with drafts.held(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "half").write_text("half")
    print(folder, flush=True)
    time.sleep(120)
"""


@pytest.mark.parametrize("prefix", ["landwatch-", ".landwatch-"])
def test_what_dead_processes_left_is_swept_and_what_the_living_hold_is_not(
    tmp_path: Path, prefix: str
) -> None:
    folders, processes = [], []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), prefix],
            cwd=stores.ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        folders.append(Path(process.stdout.readline().strip()))
        processes.append(process)
    dead, living = folders
    processes[0].send_signal(signal.SIGKILL)
    processes[0].wait()
    mine = tmp_path / f"{prefix}projects"  # somebody's own folder that only begins alike
    mine.mkdir()
    assert dead.exists()
    drafts.sweep(tmp_path)
    assert (dead.exists(), living.exists(), mine.exists()) == (False, True, True)
    processes[1].kill()
    processes[1].wait()
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    with drafts.held(tmp_path, prefix):  # the next who makes one there sweeps
        assert not living.exists()
    assert list(tmp_path.iterdir()) == [mine]


def test_the_folder_of_another_user_is_left(tmp_path: Path) -> None:
    theirs = tmp_path / "landwatch-1-0123456789abcdef"
    theirs.mkdir()
    disks.as_root("chown", "65534:65534", str(theirs))
    drafts.sweep(tmp_path)
    assert theirs.exists()


def test_a_full_temporary_disk_is_told_as_that(demo: Desk, tmp_path: Path) -> None:
    archive = tmp_path / "parcels.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in DEMO.glob("parcels.*"):
            packed.write(part, part.name)
    with disks.small(tmp_path / "disk", 64) as folder:
        disks.fill(folder, 8)
        done = subprocess.run(
            [sys.executable, "-m", "gis.cli", "check", "parcels", str(archive)],
            env={**demo.store.environment, "TMPDIR": str(folder)},
            cwd=stores.ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 2
        assert "临时目录" in done.stderr
        assert str(folder) in done.stderr
        assert "截断" not in done.stderr
        assert "Traceback" not in done.stderr
        assert [path.name for path in folder.iterdir()] == ["filler"]


def test_what_cannot_be_read_is_told_at_once(demo: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket may not be long
        listener.bind("socket.csv")
        os.chdir(here)
    (tmp_path / "nowhere.csv").symlink_to("gone/away.csv")
    (tmp_path / "round.csv").symlink_to("round.csv")
    (tmp_path / "part.shp").write_bytes((DEMO / "parcels.shp").read_bytes())
    os.mkfifo(tmp_path / "part.dbf")
    began = time.monotonic()
    for name, part in {
        "pipe.csv": "管道",
        "socket.csv": "套接字",
        "nowhere.csv": "gone/away.csv",
        "round.csv": "绕成了圈",
        "part.shp": "管道",
        "missing.csv": "文件不存在",
        "x" * 300: "太长",
    }.items():
        for command in ("check", "load"):
            assert_told(demo.call(command, "supplies", str(tmp_path / name)), part)
    assert_told(demo.call("load", "supplies", "/dev/zero"), "设备")
    assert time.monotonic() - began < 60
