"""A real server whose store stops, whose disk fills, who is killed: all or nothing, and it is told.

The server is `landwatch serve` in a process of its own, its store a cluster of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gis.config import Config
from gis.store import database
from gis.store.cluster import server as cluster
from gis.store.statements import LOADS
from tests.disks import fill, small
from tests.killing import wait_until
from tests.office import Office, register, sent, state_of
from tests.test_deploy import free_port

PAPER = {
    "values": {
        "document": "延1", "supply_no": "S1", "signed_on": "2020-12-01",
        "start_due_on": "2024-01-01",
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def office(short_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    cluster_home = short_folder / "cut"
    cluster.make(cluster_home)
    cluster.start(cluster_home)
    with small(tmp_path_factory.mktemp("disk") / "small", 6_000) as disk:
        office = Office(cluster_home, disk / "home", free_port())
        database.upgrade(Config(office.home, office.url))
        try:
            yield office
        finally:
            office.kill()
            cluster.stop(cluster_home)


@pytest.fixture(scope="module")
def first(office: Office) -> httpx.Client:
    """The server, started once for all that need not kill it."""
    return office.client or office.serve()


class Asking(threading.Thread):
    """A request that is under way; what came of it, None where nothing did."""

    def __init__(self, client: httpx.Client, url: str, body: Any = None) -> None:
        super().__init__()
        self._url, self._body, self.answer = f"{client.base_url}{url}", body, None
        self.start()

    def run(self) -> None:
        try:
            self.answer = httpx.post(self._url, json=self._body, timeout=60)
        except httpx.TransportError:
            self.answer = None

    def come(self) -> httpx.Response | None:
        self.join(60)
        assert not self.is_alive()
        return self.answer


def stands_in_line(office: Office) -> bool:
    waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(office.asked(waits))


def is_told(answer: httpx.Response | None, status: int) -> dict[str, Any]:
    assert answer is not None
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"]
    assert told["mend"]
    return dict(told)


@pytest.mark.long("test_the_store_stops_in_the_middle_and_the_server_goes_on_when_it_is_back")
def test_a_full_disk_takes_nothing_half_and_is_told(office: Office, first: httpx.Client) -> None:
    """An upload finds the disk full, then the archive does; both go when there is room."""
    before = office.left()
    filler = fill(office.home.parent, 200)
    is_told(sent(first, register("满") + b"#" * 400_000), 507)
    assert office.left() == before
    assert first.get("/api/v1/uploads").json()["count"] == 0
    filler.unlink()
    number = sent(first, register("满")).json()["id"]
    assert state_of(first, number)["state"] == "checked"
    filler = fill(office.home.parent)
    is_told(first.post(f"/api/v1/uploads/{number}/accept"), 507)
    is_told(first.post("/api/v1/papers/extensions", json=PAPER), 507)
    assert (office.deliveries(), state_of(first, number)["state"]) == (0, "checked")
    filler.unlink()
    assert first.post(f"/api/v1/uploads/{number}/accept").status_code == 200
    assert (office.deliveries(), office.left()) == (1, before)


def test_the_store_stops_in_the_middle_and_the_server_goes_on_when_it_is_back(
    office: Office, first: httpx.Client
) -> None:
    """An accept stands in line for a load when the store stops: 503, and it is done once later."""
    before = office.deliveries()
    number = sent(first, register("停")).json()["id"]
    assert state_of(first, number)["state"] == "checked"
    with psycopg.connect(office.url, autocommit=True) as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        taking = Asking(first, f"/api/v1/uploads/{number}/accept")
        recording = Asking(first, "/api/v1/papers/extensions", PAPER)
        waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: len(office.asked(waits)) == 2, "both stand in line")
        assert cluster.stop(office.cluster_home)
        for one in (taking, recording):
            assert "数据库" in is_told(one.come(), 503)["detail"]
    # Each waits for the store to come back before it says so: all at once.
    with ThreadPoolExecutor() as asking:
        paths = "/health", "/api/v1/uploads", f"/api/v1/uploads/{number}", "/api/v1/runs"
        asked = [asking.submit(first.get, path) for path in paths]
        asked.append(asking.submit(sent, first, register("不在")))
        asked.append(asking.submit(first.post, "/api/v1/papers/extensions", json=PAPER))
    for one in asked:
        is_told(one.result(), 503)
    assert office.left() == [number], "what could not be written down is not kept"
    cluster.start(office.cluster_home)
    assert first.get("/health").json()["status"] == "ok"
    assert (office.deliveries(), state_of(first, number)["state"]) == (before, "checked")
    done = first.post(f"/api/v1/uploads/{number}/accept")
    assert (done.status_code, office.deliveries()) == (200, before + 1)
    assert first.post("/api/v1/papers/extensions", json=PAPER).status_code == 201


def test_a_server_killed_while_it_takes_a_file_in_takes_it_once(
    office: Office, first: httpx.Client
) -> None:
    before = office.deliveries()
    number = sent(first, register("杀")).json()["id"]
    assert state_of(first, number)["state"] == "checked"
    with psycopg.connect(office.url, autocommit=True) as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        taking = Asking(first, f"/api/v1/uploads/{number}/accept")
        wait_until(lambda: stands_in_line(office), "it stands in line")
        office.kill()
        assert taking.come() is None
        client = office.serve()
        # Who reads for the server that is gone may still be at it: nobody takes it in beside.
        told = client.post(f"/api/v1/uploads/{number}/accept")
        is_told(told, 409)
        assert office.deliveries() == before
    wait_until(lambda: not stands_in_line(office), "the load has ended")
    end = f"SELECT state FROM landwatch.upload WHERE id = '{number}'"
    wait_until(lambda: office.asked(end) == [("accepted",)], "it is taken in")
    assert office.deliveries() == before + 1
    is_told(client.post(f"/api/v1/uploads/{number}/accept"), 409)
    assert client.get(f"/api/v1/uploads/{number}").json()["delivery"] is not None
    assert office.deliveries() == before + 1


@pytest.mark.long("test_a_server_killed_while_it_takes_a_file_in_takes_it_once")
def test_a_server_killed_while_a_file_comes_keeps_nothing_of_it(office: Office) -> None:
    office.kill()
    client = office.serve()
    before = office.left()
    with socket.create_connection(("127.0.0.1", office.port)) as line:
        line.sendall(
            b"POST /api/v1/uploads?kind=extensions&name=a.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: 3000000\r\n\r\n" + b"x" * 1_500_000
        )
        wait_until(lambda: len(office.left()) > len(before), "some of it lies there")
        office.kill()
    client = office.serve()
    assert office.left() == before
    assert client.get("/api/v1/uploads").json()["count"] == 0


@pytest.mark.long("test_a_server_killed_while_it_takes_a_file_in_takes_it_once")
def test_a_server_killed_while_it_records_a_paper_records_it_once(office: Office) -> None:
    office.kill()
    client, before = office.serve(), office.deliveries()
    paper = {"values": PAPER["values"] | {"document": "延9"}}
    with psycopg.connect(office.url, autocommit=True) as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        recording = Asking(client, "/api/v1/papers/extensions", paper)
        wait_until(lambda: stands_in_line(office), "it stands in line")
        office.kill()
        assert recording.come() is None
    wait_until(lambda: not stands_in_line(office), "the store has noticed")
    client = office.serve()
    assert office.deliveries() == before
    assert client.post("/api/v1/papers/extensions", json=paper).status_code == 201
    assert office.deliveries() == before + 1


@pytest.mark.long("test_the_store_stops_in_the_middle_and_the_server_goes_on_when_it_is_back")
def test_a_look_is_taken_up_again_after_a_kill(office: Office) -> None:
    office.kill()
    client = office.serve()
    number = sent(client, register("再")).json()["id"]
    office.kill()
    client = office.serve()
    assert state_of(client, number)["state"] == "checked"
    assert client.post(f"/api/v1/uploads/{number}/accept").status_code == 200


@pytest.mark.long("test_the_store_stops_in_the_middle_and_the_server_goes_on_when_it_is_back")
def test_a_server_ends_in_order_when_it_is_asked_to(office: Office) -> None:
    office.kill()
    client = office.serve()
    number = sent(client, register("止")).json()["id"]
    assert state_of(client, number)["state"] == "checked"
    assert office.process is not None
    office.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    office.process.wait(30)
    assert time.monotonic() - began < 20
    office.ended()
    client = office.serve()
    assert state_of(client, number)["state"] == "checked"


def worker_of(office: Office) -> int:
    """The process that does the jobs of the server."""
    found: list[int] = []

    def is_there() -> bool:
        assert office.process is not None
        # Of the thread that started it: the first, or that which starts it again.
        for children in Path(f"/proc/{office.process.pid}/task").glob("*/children"):
            for pid in map(int, children.read_text().split()):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                found[:] = [pid] if b"work" in words else found
        return bool(found)

    wait_until(is_there, "the worker is there")
    return found[0]


def waiting(client: httpx.Client, mark: str) -> str:
    """A file that was looked at and can be taken in."""
    number = str(sent(client, register(mark)).json()["id"])
    assert state_of(client, number)["state"] == "checked"
    return number


def loading(office: Office, client: httpx.Client, number: str) -> int:
    """A job that is to take a file in, under way: it stands in line for a load of another."""
    job = client.post("/api/v1/jobs", json={"kind": "load", "upload": number}).json()["id"]
    wait_until(lambda: stands_in_line(office), "the load of the job stands in line")
    return int(job)


def ended(client: httpx.Client, job: int) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def is_finished() -> bool:
        told.update(client.get(f"/api/v1/jobs/{job}").json())
        return told["finished_at"] is not None

    wait_until(is_finished, "the job is finished")
    return told


@pytest.mark.long("test_a_server_killed_while_it_takes_a_file_in_takes_it_once")
def test_a_worker_killed_while_it_takes_a_file_in_takes_it_once_and_ends_with_its_server(
    office: Office,
) -> None:
    office.kill()
    client, before = office.serve(has_worker=True), office.deliveries()
    number = waiting(client, "活")
    with psycopg.connect(office.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        job = loading(office, client, number)
        first = worker_of(office)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{first}/fd/0").exists(), "it is gone")
        begun = f"SELECT attempt_count FROM landwatch.job WHERE id = {job}"
        wait_until(lambda: office.asked(begun) == [(2,)], "the next worker has it")
    told = ended(client, job)
    assert (told["state"], office.deliveries()) == ("done", before + 1)
    assert told["result"]["delivery"] is not None
    assert told["log"][0]["zh"] == "执行程序中途死亡"
    second = worker_of(office)
    office.kill()
    wait_until(lambda: not Path(f"/proc/{second}").exists(), "it ends with its server")


@pytest.mark.long("test_the_store_stops_in_the_middle_and_the_server_goes_on_when_it_is_back")
def test_a_job_outlives_a_store_that_stops_and_fails_on_a_full_disk_with_its_reason(
    office: Office,
) -> None:
    office.kill()
    client, before = office.serve(has_worker=True), office.deliveries()
    number = waiting(client, "断")
    with psycopg.connect(office.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        job = loading(office, client, number)
        assert cluster.stop(office.cluster_home)
    time.sleep(3)
    cluster.start(office.cluster_home)
    told = ended(client, job)
    assert (told["state"], told["attempt_count"], office.deliveries()) == ("done", 2, before + 1)

    number = waiting(client, "盘")
    filler = fill(office.home.parent)
    job = client.post("/api/v1/jobs", json={"kind": "load", "upload": number}).json()["id"]
    told = ended(client, job)
    assert (told["state"], told["attempt_count"], office.deliveries()) == ("failed", 1, before + 1)
    assert "已满" in told["fault"]["found"]
    filler.unlink()
    job = client.post("/api/v1/jobs", json={"kind": "load", "upload": number}).json()["id"]
    assert ended(client, job)["state"] == "done"
    assert office.deliveries() == before + 2
