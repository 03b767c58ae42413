"""Jobs: each is done once and whole, by one worker, whatever happens to it; and told as it goes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gis import config
from gis.accounts import users
from gis.errors import StoreError, UsageError
from gis.jobs import queue, result_files, taking
from gis.jobs.job import Job
from gis.jobs.worker import Worker
from gis.store import database
from gis.store.database import Connection
from gis.store.results import Scope
from tests import disks
from tests.job_samples import KINDS
from tests.killing import wait_until
from tests.warm import ROOT


@pytest.fixture
def jobs(store: Connection) -> Connection:
    """A store with a table for what jobs do, each row of a job once."""
    store.execute("CREATE TABLE done_by_jobs (job bigint, n integer)")
    return store


def asked(jobs: Connection, kind: str, **arguments: Any) -> int:
    return queue.submit(jobs, kind, arguments, owner="甲", scope=None)


def worker() -> Worker:
    return Worker(config.read(), KINDS)


def of(jobs: Connection, number: int) -> Job:
    return queue.get(jobs, number, None)


def said(jobs: Connection, number: int) -> list[str]:
    return [line.zh for line in queue.lines(jobs, number)]


def rows_of(jobs: Connection) -> dict[int, list[int]]:
    """Return job -> the steps it has written, however often."""
    found: dict[int, list[int]] = {}
    for job, n in jobs.execute("SELECT job, n FROM done_by_jobs ORDER BY job, n"):
        found.setdefault(job, []).append(n)
    return found


@contextmanager
def working() -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the samples in a process of its own; it is dead afterwards."""
    with subprocess.Popen([sys.executable, "-m", "tests.job_samples"], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_job_is_done_told_and_its_file_is_kept_until_its_day(jobs: Connection) -> None:
    number = asked(jobs, "counts", steps=3)
    assert of(jobs, number).state == "queued"
    assert worker().work_off() == 1
    done = of(jobs, number)
    assert (done.state, done.attempt_count, done.result) == ("done", 1, {"rows": 3})
    assert (done.done_count, done.total_count, done.message_zh) == (3, 3, "写行")
    assert rows_of(jobs) == {number: [0, 1, 2]}
    # "3\n" is two bytes.
    (file,) = done.files
    assert (file["name"], file["bytes"]) == ("行.txt", 2)
    home = config.read().home
    place = result_files.of_name(home, done, "行.txt")
    assert place is not None
    assert place.read_text("utf-8") == "3\n"
    assert result_files.of_name(home, done, "../" + str(number) + "/行.txt") is None

    assert result_files.sweep(jobs, home) == []
    assert done.files_until is not None
    assert done.finished_at is not None
    kept = done.files_until - done.finished_at
    assert timedelta(days=7) <= kept < timedelta(days=7, seconds=1)
    jobs.execute("UPDATE landwatch.job SET files_until = now() - interval '1 s'")
    (home / "jobs" / "999").mkdir()  # of nobody
    assert result_files.sweep(jobs, home) == [number]
    swept = of(jobs, number)
    assert result_files.of_name(home, swept, "行.txt") is None
    assert [one["name"] for one in swept.files] == ["行.txt"]  # it is told that it was there
    assert swept.files_until is None
    assert [*(home / "jobs").iterdir()] == []


def test_under_one_key_a_job_is_queued_once(jobs: Connection) -> None:
    def submit(steps: int, owner: str = "甲") -> int:
        arguments = {"steps": steps}
        return queue.submit(jobs, "counts", arguments, owner=owner, scope=None, once_key="夜 1")

    number = submit(1)
    assert submit(1) == number
    for other in ({"steps": 2}, {"steps": 1, "owner": "乙"}):
        with pytest.raises(queue.QueuedOtherwiseError):
            submit(**other)  # type: ignore[arg-type]
    worker().work_off()
    assert submit(1) == number
    assert worker().work_off() == 0
    assert rows_of(jobs) == {number: [0]}


def test_whoever_has_other_land_sees_no_job_of_it(jobs: Connection) -> None:
    east, west = Scope(regions=("150602",)), Scope(regions=("150722",))
    city, park = Scope(regions=("150600",)), Scope(parks=("东园",))
    numbers = {
        name: queue.submit(jobs, "counts", {"steps": 1}, owner=name, scope=scope)
        for name, scope in {"东": east, "西": west, "园": park, "全": None}.items()
    }
    sees = {
        "东": (east, ["东"]), "西": (west, ["西"]), "市": (city, ["东"]), "园": (park, ["园"]),
        "全": (None, ["全", "园", "西", "东"]),
        "both": (Scope(("150602",), ("东园",)), ["园", "东"]),
    }  # fmt: skip
    for name, (scope, expected) in sees.items():
        found, count = queue.listed(jobs, scope)
        assert ([one.owner for one in found], count) == (expected, len(expected)), name
        for owner, number in numbers.items():
            if owner in expected:
                assert queue.get(jobs, number, scope).owner == owner
                continue
            for act in (queue.get, lambda *given: queue.cancel(*given, "贼")):
                with pytest.raises(UsageError, match="没有第"):
                    act(jobs, number, scope)


def test_many_workers_share_the_jobs_and_none_is_done_twice(jobs: Connection) -> None:
    numbers = [asked(jobs, "counts", steps=4, each_seconds=0.01) for _ in range(12)]
    workers = [threading.Thread(target=worker().work_off) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert rows_of(jobs) == {number: [0, 1, 2, 3] for number in numbers}
    assert {of(jobs, number).attempt_count for number in numbers} == {1}


def test_a_job_whose_worker_is_killed_is_done_again_whole_and_once(jobs: Connection) -> None:
    """20 steps of 0.05 s: killed in the middle, nothing of the first attempt is there."""
    numbers = [asked(jobs, "counts", steps=20, each_seconds=0.05), asked(jobs, "counts", steps=2)]
    with working() as first:
        wait_until(lambda: (of(jobs, numbers[0]).done_count or 0) > 0, "the job is under way")
        first.kill()
    assert worker().work_off() == 2
    assert rows_of(jobs) == {numbers[0]: [*range(20)], numbers[1]: [0, 1]}
    again = of(jobs, numbers[0])
    assert (again.state, again.attempt_count) == ("done", 2)
    assert said(jobs, again.id) == ["执行程序中途死亡"]


def test_a_job_that_kills_every_worker_fails_at_the_third_and_lets_the_others_be_done(
    jobs: Connection,
) -> None:
    killer, other = asked(jobs, "kills", times=9), asked(jobs, "counts", steps=1)
    # It was begun twice before.
    jobs.execute("UPDATE landwatch.job SET attempt_count = 2 WHERE id = %s", (killer,))
    with working() as process:
        assert process.wait() == -signal.SIGKILL
    assert worker().work_off() == 1
    failed = of(jobs, killer)
    assert (failed.state, failed.attempt_count) == ("failed", 3)
    assert failed.fault is not None
    assert "3 次中途死亡" in failed.fault
    assert said(jobs, killer) == ["执行程序中途死亡"]
    assert of(jobs, other).state == "done"


def test_a_worker_told_to_end_gives_its_job_back(jobs: Connection) -> None:
    number = asked(jobs, "counts", steps=40, each_seconds=0.05)
    with working() as process:
        wait_until(lambda: (of(jobs, number).done_count or 0) > 0, "the job is under way")
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
    given_back = of(jobs, number)
    assert (given_back.state, given_back.attempt_count) == ("queued", 0)
    assert "执行程序被停止" in said(jobs, number)[0]
    assert rows_of(jobs) == {}


def test_a_session_that_is_cut_off_costs_an_attempt_and_is_told(jobs: Connection) -> None:
    once, ever = asked(jobs, "is_cut_off", times=1), asked(jobs, "is_cut_off", times=9)
    doing = worker()
    for _ in range(4):  # the worker goes on with a session of its own, as `work` does
        with pytest.raises(StoreError):
            doing.work_off()
    assert doing.work_off() == 0
    assert (of(jobs, once).state, of(jobs, once).attempt_count) == ("done", 2)
    failed = of(jobs, ever)
    assert (failed.state, failed.attempt_count) == ("failed", 3)
    assert failed.fault is not None
    assert "连接中断" in failed.fault
    assert all("连接中断" in line for line in said(jobs, ever))


def test_what_is_refused_fails_at_once_with_its_reason_and_no_secret(jobs: Connection) -> None:
    numbers = {kind: asked(jobs, kind) for kind in ("refuses", "fails", "no_kind")}
    assert worker().work_off() == 3
    told = {kind: of(jobs, number) for kind, number in numbers.items()}
    assert {one.state for one in told.values()} == {"failed"}
    assert {one.attempt_count for one in told.values()} == {1}
    assert told["refuses"].fault == "没有这个区块。 There is no such block."
    assert told["refuses"].mend == "核对代码 check the code"
    assert "程序自身出错" in str(told["fails"].fault)
    assert "secret" not in str(told["fails"])
    assert "no_kind" in str(told["no_kind"].fault)
    reports = [*(config.read().home / "reports").iterdir()]
    assert len(reports) == 1


def test_a_full_disk_fails_the_job_with_its_reason_and_leaves_no_half_file(
    jobs: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disks.small(tmp_path / "disk", 512) as disk:
        monkeypatch.setenv("LANDWATCH_HOME", str(disk / "home"))
        full, other = asked(jobs, "fills"), asked(jobs, "counts", steps=1)
        assert worker().work_off() == 2
        failed = of(jobs, full)
        assert (failed.state, failed.attempt_count) == ("failed", 1)
        assert "已满" in str(failed.fault)
        assert [one["name"] for one in of(jobs, other).files] == ["行.txt"]
        left = sorted(path.name for path in (disk / "home/jobs").rglob("*"))
        assert [name for name in left if name != str(full)] == [str(other), "行.txt"]


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_runs_in_a_moment(
    jobs: Connection,
) -> None:
    stepping, waiting = (
        asked(jobs, "counts", steps=999, each_seconds=0.02),
        asked(jobs, "waits", seconds=60),
    )
    queued, last = asked(jobs, "counts", steps=1), asked(jobs, "counts", steps=1)
    assert queue.cancel(jobs, queued, None, "甲").state == "cancelled"
    doing = threading.Thread(target=worker().work_off)
    doing.start()
    for number in (stepping, waiting):
        wait_until(lambda: of(jobs, number).state == "running", "it runs")  # noqa: B023
        time.sleep(0.2)
        assert queue.cancel(jobs, number, None, "甲").state == "running"
    doing.join(timeout=30)
    assert not doing.is_alive()
    for number in (stepping, waiting, queued):
        found = of(jobs, number)
        assert (found.state, found.cancel_asked_by) == ("cancelled", "甲")
        with pytest.raises(queue.FinishedError):
            queue.cancel(jobs, number, None, "甲")
    assert rows_of(jobs) == {last: [0]}


def test_a_job_to_be_cancelled_whose_worker_died_is_not_done_again(jobs: Connection) -> None:
    number = asked(jobs, "counts", steps=1)
    with database.connect(config.read()) as dying:
        assert taking.take(dying) is not None
        queue.cancel(jobs, number, None, "甲")
    assert worker().work_off() == 0
    assert of(jobs, number).state == "cancelled"
    assert rows_of(jobs) == {}


def test_a_job_queued_by_another_program_is_done_by_this_one_and_says_so(jobs: Connection) -> None:
    number = asked(jobs, "counts", steps=1)
    jobs.execute("UPDATE landwatch.job SET code_digest = %s", ("ab" * 32,))
    worker().work_off()
    done = of(jobs, number)
    assert (done.state, done.has_code_changed) == ("done", True)
    (line,) = said(jobs, number)
    assert "程序已更换（abababababab" in line


def test_a_job_of_an_account_that_was_closed_or_moved_meanwhile_is_not_done(
    jobs: Connection,
) -> None:
    east = Scope(regions=("150602",))
    numbers = {}
    for name in ("在", "停", "调"):
        users.add(jobs, name, ["clerk"], east)
        numbers[name] = queue.submit(jobs, "counts", {"steps": 1}, owner=name, scope=east)
    users.disable(jobs, "停")
    users.give_scope(jobs, "调", Scope(regions=("150722",)))
    assert worker().work_off() == 3
    told = {name: of(jobs, number) for name, number in numbers.items()}
    states = {name: one.state for name, one in told.items()}
    assert states == {"在": "done", "停": "failed", "调": "failed"}
    assert "“停”的账号其后已停用" in str(told["停"].fault)
    assert [*rows_of(jobs)] == [numbers["在"]]


def test_a_worker_whose_program_was_replaced_does_no_more_jobs_and_the_next_one_does(
    jobs: Connection, tmp_path: Path
) -> None:
    for name in ("gis", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "tests.job_samples"]
    old = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        first = asked(jobs, "counts", steps=1)
        wait_until(lambda: of(jobs, first).state == "done", "the worker is there")
        with (tmp_path / "gis/days.py").open("a", encoding="utf-8") as source:
            source.write("# another program\n")
        second = asked(jobs, "counts", steps=1)
        _, told = old.communicate(timeout=60)
    finally:
        old.kill()
    assert old.returncode == 1
    assert "程序已更换" in told
    assert (of(jobs, second).state, of(jobs, second).attempt_count) == ("queued", 0)
    assert worker().work_off() == 1
    assert rows_of(jobs) == {first: [0], second: [0]}


def test_a_clock_set_back_or_forward_loses_no_job_and_does_none_twice(jobs: Connection) -> None:
    """What is due is queued under the key of its day: three days, told eight times."""

    def due(connection: Connection, now: datetime) -> None:
        day = f"{now:%Y-%m-%d}"
        queue.submit(connection, "counts", {"steps": 1, "day": day}, owner="夜", scope=None,
                     once_key=f"night:{day}")  # fmt: skip

    days = iter([1, 2, 1, 2, 9, 1, 9, 2])
    doing = Worker(
        config.read(), KINDS, due=due, clock=lambda: datetime(2026, 11, next(days), tzinfo=UTC)
    )
    earlier = asked(jobs, "counts", steps=1)
    jobs.execute("UPDATE landwatch.job SET queued_at = now() + interval '9 days'")
    done = 0
    while done < 4:
        done += doing.work_off()
    found, count = queue.listed(jobs, None, states=["done"])
    assert [one.arguments.get("day") for one in reversed(found)] == [
        None, "2026-11-01", "2026-11-02", "2026-11-09",
    ]  # fmt: skip
    assert found[-1].id == earlier
    assert count == 4
    assert all(len(rows) == 1 for rows in rows_of(jobs).values())


@pytest.mark.long("test_a_job_that_waits_is_cancelled_at_once_and_one_that_runs_in_a_moment")
def test_a_patient_job_lets_others_be_done_first_and_is_done_whole_afterwards(
    jobs: Connection,
) -> None:
    """One is begun, another comes: what it wrote is taken back, and it waits for the other."""
    patient = Worker(config.read(), KINDS, patient=("counts",))
    earlier = asked(jobs, "counts", steps=60, each_seconds=0.1)
    working_off = threading.Thread(target=patient.work_off)
    working_off.start()
    wait_until(lambda: of(jobs, earlier).state == "running", "it is begun")
    later = asked(jobs, "refuses")
    last = asked(jobs, "counts", steps=1)
    wait_until(lambda: of(jobs, later).state == "failed", "the other is done")
    assert not of(jobs, earlier).is_finished
    assert rows_of(jobs) == {}
    working_off.join()
    assert of(jobs, earlier).attempt_count == 1
    assert said(jobs, earlier) == ["让其他任务先做，重新排队"]
    assert rows_of(jobs) == {earlier: [*range(60)], last: [0]}


@pytest.mark.long("test_a_job_whose_worker_is_killed_is_done_again_whole_and_once")
def test_workers_killed_at_thirty_random_moments_lose_nothing_and_do_nothing_twice(
    jobs: Connection,
) -> None:
    draw = random.Random(20_261_129)
    numbers = [asked(jobs, "counts", steps=8, each_seconds=0.05) for _ in range(60)]
    # A worker that comes to nothing costs the first job that waits an attempt: so many are given.
    jobs.execute("UPDATE landwatch.job SET attempt_count = -30")
    for _ in range(30):
        with working() as process:
            time.sleep(draw.uniform(0.5, 4))
            process.send_signal(draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            process.wait()
    worker().work_off()
    assert {of(jobs, number).state for number in numbers} == {"done"}
    assert rows_of(jobs) == {number: [*range(8)] for number in numbers}
    assert sum(len(said(jobs, number)) for number in numbers) <= 30
    assert not [name for name in os.listdir(config.read().home / "jobs") if name[0] == "."]  # noqa: PTH208
