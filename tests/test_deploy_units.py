"""The units that are shipped: sound by systemd's own word, and their commands do what they say."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gis.cli import landwatch
from gis.jobs import queue
from gis.jobs.settings import JOBS
from gis.store.database import Connection

ROOT = Path(__file__).parents[1]
UNITS = ("landwatch.service", "landwatch-worker.service", "landwatch-store.service")
SHIPPED = "/usr/local/lib/landwatch/.venv/bin/landwatch"


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(ROOT / "scripts/deploy" / name, encoding="utf-8")
    return read


def words_of(name: str, key: str) -> list[str]:
    """The words of a command of a unit behind the program's own."""
    program, *words = shlex.split(unit(name)["Service"][key])
    assert program == SHIPPED
    return words


def test_systemd_finds_no_fault_in_the_units_that_are_shipped(tmp_path: Path) -> None:
    """Only the program's place is put into them, as whoever installs them does."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing; scripts/setup --test installs it"
    here = str(Path(sys.executable).with_name("landwatch"))
    for name in UNITS:
        text = (ROOT / "scripts/deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(SHIPPED, here), encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "landwatch" in line]
    assert (done.returncode, ours) == (0, [])
    # A fault would be told.
    broken = (tmp_path / UNITS[1]).read_text(encoding="utf-8").replace("Restart=", "Rstart=")
    (tmp_path / UNITS[1]).write_text(broken, encoding="utf-8")
    told = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / UNITS[1])], capture_output=True, text=True
    )
    assert "Rstart" in told.stderr


def test_the_units_are_hardened_alike_and_say_how_to_start_one_another() -> None:
    parts = {name: dict(unit(name)["Service"]) for name in UNITS}
    server = parts[UNITS[0]]
    hardened = [*server][[*server].index("StateDirectory") :]
    assert len(hardened) > 10
    for name, part in parts.items():
        assert {key: part[key] for key in hardened} == {key: server[key] for key in hardened}, name
        assert part["User"] == part["Group"] == "landwatch"
        assert part["Environment"] == server["Environment"]
    for name in UNITS[:2]:
        assert unit(name)["Unit"]["Wants"] == UNITS[2]
        assert UNITS[2] in unit(name)["Unit"]["After"]
    # The worker's unit does the jobs: the server starts no second one beside it.
    assert "--no-worker" in words_of(UNITS[0], "ExecStart")


@pytest.mark.parametrize(
    ("name", "key"), [(UNITS[1], "ExecStart"), (UNITS[2], "ExecStart"), (UNITS[2], "ExecStop")]
)
def test_the_commands_of_the_units_are_ours(name: str, key: str) -> None:
    command: object = landwatch
    for word in words_of(name, key):
        command = command.get_command(None, word)  # type: ignore[attr-defined]
        assert command is not None, word


def test_the_command_of_the_workers_unit_does_jobs_until_it_is_told_to_end(
    store: Connection,
) -> None:
    command = [sys.executable, "-m", "gis.cli", *words_of(UNITS[1], "ExecStart")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2):
            number = queue.submit(store, "maps", {}, owner="甲", scope=None)
            deadline = time.monotonic() + 60
            while not queue.get(store, number, None).is_finished:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.05)
            # There is no run yet, and the worker goes on after it has said so.
            assert "还没有运行" in str(queue.get(store, number, None).fault)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert str(process.returncode) == unit(UNITS[1])["Service"]["SuccessExitStatus"]
    assert "Traceback" not in said


@pytest.mark.long("test_the_command_of_the_workers_unit_does_jobs_until_it_is_told_to_end")
def test_the_commands_of_the_stores_unit_start_and_stop_it_and_a_worker_outlives_that(
    short_folder: Path,
) -> None:
    """A store that is stopped in the middle of a job costs it an attempt, and loses nothing."""
    home = short_folder / "unit"
    environment = {
        **{name: value for name, value in os.environ.items() if name[:10] != "LANDWATCH_"},
        "LANDWATCH_HOME": str(home),
    }  # fmt: skip

    def call(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gis.cli", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    start, stop = (words_of(UNITS[2], key) for key in ("ExecStart", "ExecStop"))
    call(*start)
    pid = unit(UNITS[2])["Service"]["PIDFile"].replace("/var/lib/landwatch", str(home))
    assert Path(pid).is_file()
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.job_samples"], cwd=ROOT, env=environment,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    submit = (
        "from gis import config; from gis.store import database; from gis.jobs import queue;"
        " c = database.connect(config.read());"
        " print(queue.submit(c, 'waits', {'seconds': 4}, owner='x', scope=None))"
    )
    try:
        subprocess.run([sys.executable, "-c", submit], cwd=ROOT, env=environment, check=True)
        deadline = time.monotonic() + 60
        while '"running"' not in call("jobs", "show", "1", "--json"):
            assert time.monotonic() < deadline
        call(*stop)
        time.sleep(2 * JOBS.looks_every_seconds)
        # Somebody stopped it, so no worker starts it again; it waits for whoever does.
        assert not Path(pid).exists()
        assert worker.poll() is None
        call(*start)
        while '"done"' not in (told := call("jobs", "show", "1", "--json")):
            assert time.monotonic() < deadline + 60
        assert '"attempt_count": 2' in told
        assert "中途死亡" in told
    finally:
        worker.terminate()
        _, said = worker.communicate(timeout=60)
        call(*stop)
    # It says so on a terminal or into the journal, each time it looks.
    assert "数据库已被停止" in said
    assert not re.search("Traceback", said)
