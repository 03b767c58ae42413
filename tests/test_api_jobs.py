"""Jobs over HTTP: asked for, watched as they go, cancelled; each within the land of who asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from gis import config
from gis.accounts import audit, keys, passwords, users
from gis.jobs.settings import JOBS
from gis.store import database
from gis.store.results import Scope
from tests.sending import sent
from tests.test_api_scope import by
from tests.warm import Desk

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
CLIENTS, JOBS_OF_ALL = (10, 50) if IS_LONG else (3, 6)
FINDINGS = {"kind": "export", "what": "findings", "format": "csv"}


def asked(client: httpx.Client, secret: str, body: dict[str, Any], **more: str) -> httpx.Response:
    return client.post("/api/v1/jobs", json=body, headers=by(secret) | more)


def events(client: httpx.Client, secret: str, number: int) -> Iterator[dict[str, Any]]:
    """Yield what a stream of events tells, until it ends."""
    address = client.base_url.join(f"/api/v1/jobs/{number}/events")
    with httpx.stream("GET", address, headers=by(secret), timeout=90) as stream:
        assert stream.status_code == 200, stream.read()
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_a_job_is_watched_to_its_end_and_its_files_hold_the_land_of_who_asked(
    client: httpx.Client, secrets: dict[str, str], working: None
) -> None:
    clerk = secrets["clerk of 东"]
    answer = asked(client, clerk, FINDINGS)
    assert answer.status_code == 202, answer.text
    number = answer.json()["id"]
    assert answer.headers["location"] == f"/api/v1/jobs/{number}"
    told = [*events(client, clerk, number)]
    states = [one["state"] for one in told]
    assert states == sorted(states, key=["queued", "running", "done"].index)
    assert states[-1] == "done"
    last = client.get(f"/api/v1/jobs/{number}", headers=by(clerk)).json()
    assert last == told[-1]
    assert last["result"]["run"] == 1
    names = {one["name"] for one in last["files"]}
    assert "manifest.json" in names
    text = ""
    for one in last["files"]:
        address = f"/api/v1/jobs/{number}/files/{one['name']}"
        file = client.get(address, headers=by(clerk))
        assert (file.status_code, len(file.content)) == (200, one["bytes"])
        text += file.content.decode("utf-8")
        for stranger in ("clerk of 西", "officer of 西", "clerk of 东园"):
            assert client.get(address, headers=by(secrets[stranger])).status_code == 404
        assert client.get(address, headers=by(secrets["viewer"])).status_code == 403
    assert "东监1" in text
    assert "西" not in text
    assert client.get(f"/api/v1/jobs/{number}/files/x", headers=by(clerk)).status_code == 404
    up = f"/api/v1/jobs/{number}/files/..%2F{number}%2Fmanifest.json"
    assert client.get(up, headers=by(clerk)).status_code == 404


def test_a_job_is_not_there_for_whoever_has_other_land(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    numbers = {
        name: asked(client, secrets[name], FINDINGS).json()["id"]
        for name in ("clerk of 东", "clerk of 西", "officer")
    }
    for name, others in {
        "clerk of 东": {"clerk of 西", "officer"}, "clerk of 西": {"clerk of 东", "officer"},
        "officer": set(), "clerk of 东园": {*numbers},
    }.items():  # fmt: skip
        headers = by(secrets[name])
        listed = client.get("/api/v1/jobs?limit=1000", headers=headers).json()
        seen = {row["id"] for row in listed["rows"]}
        assert seen & {*numbers.values()} == {numbers[one] for one in {*numbers} - others}, name
        for other in others:
            for method, end in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
                answer = client.request(
                    method, f"/api/v1/jobs/{numbers[other]}{end}", headers=headers
                )
                nothing = client.request(method, f"/api/v1/jobs/999999{end}", headers=headers)
                assert (answer.status_code, nothing.status_code) == (404, 404), (name, other)
                assert answer.json()["mend"] == nothing.json()["mend"]
    # One's own is cancelled; that of somebody else by who may have days judged.
    east = numbers["clerk of 东"]
    refused = client.delete(f"/api/v1/jobs/{east}", headers=by(secrets["viewer"]))
    assert refused.status_code == 403
    for number in numbers.values():
        answer = client.delete(f"/api/v1/jobs/{number}", headers=by(secrets["officer"]))
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        again = client.delete(f"/api/v1/jobs/{number}", headers=by(secrets["officer"]))
        assert again.status_code == 409
    told = [*events(client, secrets["clerk of 东"], east)]
    assert [one["state"] for one in told] == ["cancelled"]
    assert told[0]["cancel_asked_by"] == "officer"


def test_pages_of_jobs_follow_one_another_and_count_them_all(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])
    for who in ("officer", "clerk of 东", "officer"):
        number = asked(client, secrets[who], FINDINGS).json()["id"]
        client.delete(f"/api/v1/jobs/{number}", headers=headers)
    whole = client.get("/api/v1/jobs", headers=headers).json()
    address, found = "/api/v1/jobs?limit=2", []
    while address:
        page = client.get(address, headers=headers).json()
        assert page["count"] == whole["count"] == len(whole["rows"])
        found += page["rows"]
        address = page["next"]
    assert found == whole["rows"]
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    own = client.get("/api/v1/jobs?own=true&state=cancelled", headers=headers).json()
    assert {row["owner"] for row in own["rows"]} == {"officer"}
    for wrong in ("after=W10", "state=x", "limit=0", "after=WyJhIl0"):
        assert client.get(f"/api/v1/jobs?{wrong}", headers=headers).status_code == 422, wrong


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("viewer", FINDINGS, 403),
        ("clerk of 东", {"kind": "run", "as_of": "2024-06-30"}, 403),
        ("officer of 东", {"kind": "run", "as_of": "2024-06-30"}, 403),
        ("officer of 东", {"kind": "run", "as_of": "2024-06-30", "region": "150722"}, 403),
        ("officer of 东", {"kind": "run", "as_of": "2024-06-30", "region": "150600"}, 403),
        ("officer of 东", {"kind": "report"}, 403),
        ("officer of 东", {"kind": "maps"}, 403),
        ("officer of 东", {"kind": "calendar"}, 403),
        ("officer of 东", {"kind": "tiles"}, 403),
        ("viewer", {"kind": "tiles"}, 403),
        ("officer", {"kind": "tiles", "run": 0}, 422),
        ("clerk of 东", {"kind": "load", "upload": "0" * 32}, 404),
        ("officer", {"kind": "nightly"}, 422),
        ("officer", {"kind": ["run"]}, 422),
        ("officer", {"kind": "run"}, 422),
        ("officer", {"kind": "run", "as_of": "2024-02-30"}, 422),
        ("officer", {"kind": "export", "what": "findings", "out": "/etc/passwd"}, 422),
        ("officer", {"kind": "calendar", "block": "\0"}, 422),
    ],
)
def test_what_may_not_be_asked_for_is_refused_and_not_queued(
    client: httpx.Client, secrets: dict[str, str], who: str, body: dict[str, Any], status: int
) -> None:
    before = client.get("/api/v1/jobs", headers=by(secrets["officer"])).json()["count"]
    answer = asked(client, secrets[who], body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    after = client.get("/api/v1/jobs", headers=by(secrets["officer"])).json()["count"]
    assert after == before


def test_with_a_key_whoever_asks_twice_gets_the_same_job(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    key = {"Idempotency-Key": "morning-1"}
    numbers = [asked(client, secrets["officer"], FINDINGS, **key).json()["id"] for _ in range(2)]
    assert len({*numbers}) == 1
    other = asked(client, secrets["officer"], {"kind": "maps"}, **key)
    assert other.status_code == 409
    # The key of somebody else is another one.
    east = asked(client, secrets["clerk of 东"], FINDINGS, **key)
    assert east.json()["id"] not in numbers
    for number in {*numbers, east.json()["id"]}:
        client.delete(f"/api/v1/jobs/{number}", headers=by(secrets["officer"]))


def test_a_page_asks_for_a_job_only_with_the_token_of_its_session(client: httpx.Client) -> None:
    with database.connect(config.read()) as connection:
        users.add(connection, "页", ["clerk"], Scope(regions=("150602",)))
        passwords.give(connection, "页", "Caoyuan-2026-zao", must_change=False)
    with httpx.Client(base_url=client.base_url, timeout=60) as page:
        told = page.post("/login", json={"name": "页", "password": "Caoyuan-2026-zao"}).json()
        assert page.post("/api/v1/jobs", json=FINDINGS).status_code == 403
        csrf = {"X-CSRF-Token": told["csrf"]}
        answer = page.post("/api/v1/jobs", json=FINDINGS, headers=csrf)
        assert answer.status_code == 202
        address = answer.headers["location"]
        assert page.delete(address).status_code == 403
        assert page.delete(address, headers=csrf).json()["state"] == "cancelled"


def test_no_account_fills_the_queue(desk: Desk, client: httpx.Client) -> None:
    with database.connect(config.read()) as connection:
        users.add(connection, "急", ["clerk"], Scope(regions=("150602",)))
        secret, _ = keys.create(connection, "急的密钥", "急")
        connection.execute(
            "INSERT INTO landwatch.job (kind, arguments, owner, is_unscoped, regions, parks,"
            " blocks, state, attempt_count, code_digest, queued_at, files)"
            " SELECT 'export', '{}', '急', false, '{150602}', '{}', '{}', 'queued', 0, '', now(),"
            " '[]' FROM generate_series(1, %s)",
            (JOBS.most_unfinished_count,),
        )
        answer = asked(client, secret, FINDINGS)
        connection.execute("DELETE FROM landwatch.job WHERE owner = '急'")
    assert answer.status_code == 429
    assert str(JOBS.most_unfinished_count) in answer.json()["detail"]


def test_a_stream_ends_when_the_key_it_was_opened_with_is_revoked(
    desk: Desk, client: httpx.Client
) -> None:
    with database.connect(config.read()) as connection:
        users.add(connection, "离", ["clerk"], Scope(regions=("150602",)))
        secret, key = keys.create(connection, "离的密钥", "离")
        number = asked(client, secret, FINDINGS).json()["id"]
        stream = events(client, secret, number)
        assert next(stream)["state"] == "queued"
        keys.revoke(connection, key.name)
        connection.execute(
            "UPDATE landwatch.job SET message_zh = '秘密', state = 'cancelled' WHERE id = %s",
            (number,),
        )
    assert [*stream] == []


def test_a_file_that_was_sent_is_taken_in_by_a_job_once(
    client: httpx.Client, secrets: dict[str, str], working: None, tmp_path: Path
) -> None:
    """One supply of 东: one row, one added; the second job for it is refused."""
    place = tmp_path / "supplies.csv"
    place.write_text(
        "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,约定开工时间,合同签订日期\n"
        "东监77,150602,东项目77,3.8,出让,2021-01-01,2020-05-01\n",
        encoding="utf-8",
    )
    clerk = secrets["clerk of 东"]
    upload = sent(client, clerk, place, kind="supplies").json()["id"]
    body = {"kind": "load", "upload": upload}
    assert asked(client, secrets["viewer"], body).status_code == 403
    assert asked(client, secrets["clerk of 西"], body).status_code == 404
    first, second = (asked(client, clerk, body).json()["id"] for _ in range(2))
    told = [[*events(client, clerk, number)][-1] for number in (first, second)]
    assert [one["state"] for one in told] == ["done", "done"]
    assert (told[0]["result"]["added"], told[0]["result"]["rows"]) == (1, 1)
    assert told[0]["result"]["delivery"] == told[1]["result"]["delivery"]
    assert "已采用为第" in told[1]["log"][0]["zh"]
    assert asked(client, clerk, body).status_code == 409
    with database.connect(config.read()) as connection:
        written = [
            (one.action, one.object.partition(" ")[2], one.result)
            for one in audit.newest(connection, None, "clerk of 东", "job", 9)
            if one.object.startswith(f"{first} ")
        ]
    asked_for = json.dumps({"upload": upload, "how": {}})
    assert written == [
        ("任务结束 job ended", "load", "done"),
        ("提交任务 submit job", f"load {asked_for}", "queued"),
    ]
    listed = client.get("/api/v1/uploads", headers=by(clerk)).json()["rows"]
    assert upload not in [row["id"] for row in listed]


@pytest.mark.long("test_a_job_is_watched_to_its_end_and_its_files_hold_the_land_of_who_asked")
def test_jobs_of_many_clients_all_finish_and_everybody_sees_each_of_theirs(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], working: None
) -> None:
    """Each client asks for its share of lists and runs, and watches all of them at once."""
    each = JOBS_OF_ALL // CLIENTS
    bodies = [
        FINDINGS if n % 5 else {"kind": "run", "as_of": f"2024-07-{n % 28 + 1:02}"}
        for n in range(JOBS_OF_ALL)
    ]

    def watched(n: int) -> list[list[dict[str, Any]]]:
        own = bodies[n * each : (n + 1) * each]
        numbers = [asked(client, secrets["officer"], body).json()["id"] for body in own]
        with ThreadPoolExecutor(each) as watching:
            return [
                *watching.map(lambda number: [*events(client, secrets["officer"], number)], numbers)
            ]

    with ThreadPoolExecutor(CLIENTS) as clients:
        told = [one for many in clients.map(watched, range(CLIENTS)) for one in many]
    assert len(told) == len({one[0]["id"] for one in told}) == JOBS_OF_ALL
    assert {one[-1]["state"] for one in told} == {"done"}
    assert all(one[0]["state"] in ("queued", "running", "done") for one in told)
    assert {one[-1]["attempt_count"] for one in told} == {1}
    # A run told how far it was.
    (judged, *_) = [one for one in told if one[-1]["kind"] == "run"]
    assert judged[-1]["progress"]["zh"]
    assert judged[-1]["result"]["as_of"] == judged[-1]["arguments"]["as_of"]
    done = desk.json("jobs", "list", "--state", "done", "--limit", "1000")
    assert {one[0]["id"] for one in told} <= {row["id"] for row in done["rows"]}
