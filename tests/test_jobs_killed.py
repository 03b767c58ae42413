"""Real jobs whose workers are killed at random moments: every run once, every file whole."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gis.config import Config
from gis.jobs import queue, result_files
from gis.store import database
from tests.killing import wait_until
from tests.warm import ROOT, Desk


@contextmanager
def working(desk: Desk) -> Iterator[subprocess.Popen[bytes]]:
    """`landwatch work` in a process of its own; it is dead afterwards."""
    command = [sys.executable, "-m", "gis.cli", "work"]
    with subprocess.Popen(
        command, cwd=ROOT, env=desk.store.environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


KILLS, DAYS = 30, [f"2024-09-{n:02}" for n in range(1, 21)]


@pytest.mark.long("tests/test_jobs.py: a worker of samples is killed always")
def test_runs_and_lists_whose_workers_are_killed_are_there_once_and_whole(desk: Desk) -> None:
    """A run a day and a list of each; a night may begin by itself meanwhile."""
    draw = random.Random(20_261_129)
    settings = Config(desk.store.home, desk.store.url)
    with database.connect(settings) as connection:
        runs, lists = [], []
        for day in DAYS:
            asked = {"as_of": day, "files": False}
            runs.append(queue.submit(connection, "run", asked, owner="甲", scope=None))
            listed = {"what": "findings", "format": "gpkg", "epsg": 4490, "encoding": "utf-8"}
            lists.append(
                queue.submit(connection, "export", listed | {"as_of": day}, owner="甲", scope=None)
            )
        # Of so many kills several meet one job.
        connection.execute(
            "UPDATE landwatch.job SET attempt_count = -30 WHERE id >= %s", (runs[0],)
        )
        count = "SELECT count(*) FROM landwatch.job WHERE state = ANY (%s)"

        def are(*states: str) -> int:
            return int((connection.execute(count, ([*states],)).fetchone() or (0,))[0])

        for _ in range(KILLS):
            if not are("queued", "running"):
                break
            with working(desk) as process:
                wait_until(lambda: are("running") or not are("queued"), "one is begun")
                time.sleep(draw.uniform(0, 3))
                process.send_signal(draw.choice([signal.SIGKILL, signal.SIGTERM]))
        assert desk.call("work", "--once").code == 0
        found = {one: queue.get(connection, one, None) for one in (*runs, *lists)}
        assert {one.state for one in found.values()} == {"done"}
        made = [found[one].result["run"] for one in runs]  # type: ignore[index]
        numbers = connection.execute(
            "SELECT id, as_of::text FROM landwatch.run WHERE as_of::text = ANY (%s) ORDER BY id",
            (DAYS,),
        ).fetchall()
        assert numbers == [*zip(made, DAYS, strict=True)]
        for day, one in zip(DAYS, lists, strict=True):
            assert (found[one].result or {})["as_of"] == day
            place = result_files.place(settings.home, one)
            assert {file.name for file in place.iterdir()} == {
                str(file["name"]) for file in found[one].files
            }
            manifest = json.loads((place / "manifest.json").read_text("utf-8"))
            assert manifest
        verified = desk.call("verify", str(result_files.place(settings.home, lists[-1])))
        assert verified.code == 0, verified.stdout + verified.stderr
