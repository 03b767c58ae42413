"""Nonsense in every parameter and body of the described API: a reason, and never a 5xx."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from api.app import create_app
from gis import law
from gis.accounts import keys, users
from gis.cli import served_work
from gis.config import Config
from gis.pipeline import explain
from gis.store import database, pool, runs
from maps.basis import Reasons
from tests.conftest import Server
from tests.doors import served
from tests.two_banners import judged

REQUESTS = 10_000 if os.environ.get("LANDWATCH_LONG") == "1" else 1_000
NONSENSE: tuple[Any, ...] = (
    *("", " ", "x", "\0", "a\0b", "\ufeff", "\u202e", "'; drop table landwatch.run; --", "%", "_"),
    *("<img src=x onerror=alert(1)>", "{{7*7}}", "..", "../../etc/passwd", "\\", '"', "|", "/"),
    *("𠀀𪚥", "🏗️", "ᠮᠣᠩᠭᠣᠯ", "地" * 3_000, "x" * 10_000, "é", "e\u0301", "\x1b[31m"),
    *(0, -1, 1, 7, 2**31, 2**63, 10**40, -(10**40), 1.5, "1e309", "NaN", "Infinity", "-0"),
    *("null", "true", "2024-02-30", "0000-01-01", "9999-12-31", "2024-01-01", "10000-01-01"),
    *("150602", "15", "东监1", "东园", "idle_land", "candidate", "supplies", "W10", "WzFd", "e30"),
    *("WyJhIiwiYiIsImMiXQ", "W1tbW11dXV0", "[]", "{}"),
)


@pytest.fixture(scope="module")
def client(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("nonsense")
    rules = law.load()

    def why(connection: database.Connection, run: runs.Run, subject: str) -> Any:
        return explain.explain(connection, subject, run.as_of, run.delivery, rules).content

    def basis(connection: database.Connection, run: runs.Run, subject: str) -> tuple[Reasons, str]:
        return Reasons(subject, why(connection, run, subject)["name"], []), ""

    with (
        judged(server, pattern, "landwatch_nonsense", home) as desk,
        pytest.MonkeyPatch.context() as patch,
    ):
        store = desk.store
        for name, value in store.environment.items():
            if name.startswith("LANDWATCH_"):
                patch.setenv(name, value)
        settings = Config(store.home, store.url)
        reading, writing = pool.Pool(settings, 4, is_read_only=True), pool.Pool(settings, 2)
        app = create_app(
            reading.connection, why, basis, writing=writing.connection, work=served_work.work()
        )
        with database.connect(settings) as connection:
            users.add(connection, "甲", ["administrator"], None)
            secret, _ = keys.create(connection, "甲的密钥", "甲")
        with served(app) as client:
            client.headers["Authorization"] = f"Bearer {secret}"
            yield client
        reading.close()
        writing.close()


def operations(client: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return [
        (method.upper(), path, operation)
        for path, entry in paths.items()
        for method, operation in entry.items()
    ]


def test_nonsense_is_answered_with_a_reason_and_never_with_a_fault_of_ours(
    client: httpx.Client,
) -> None:
    draw = random.Random(20_241_128)
    known = operations(client)
    met: dict[int, int] = {}
    for _ in range(REQUESTS):
        method, path, operation = draw.choice(known)
        url, sent = filled(draw, path, operation)
        answer = client.request(method, url, **sent)
        met[answer.status_code] = met.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, (method, url[:300], sent, answer.text[:300])
        if answer.status_code >= 400:
            told = answer.json()
            assert told["status"] == answer.status_code
            assert told["detail"], (method, url[:300])
            assert answer.headers["content-type"] == "application/problem+json"
    assert {200, 400, 404, 422} <= set(met), met


def filled(draw: random.Random, path: str, operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An address with nonsense in some of its parameters, and a body where one is taken."""
    query: list[tuple[str, str]] = []
    for parameter in operation.get("parameters", ()):
        value = str(draw.choice(NONSENSE))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(value, safe=""))
        elif draw.random() < 0.3:
            query.append((parameter["name"], value))
    if draw.random() < 0.05:
        query.append((str(draw.choice(NONSENSE)), str(draw.choice(NONSENSE))))
    sent: dict[str, Any] = {}
    if "requestBody" in operation:
        sent = {
            "content": draw.choice([
                b"", b"{", b"\xff\xfe", b"null", b"[" * 2_000,
                b'{"values": {"document": "\\ud800"}}',
                json.dumps({"values": {"document": str(draw.choice(NONSENSE))}}).encode(),
                json.dumps({str(draw.choice(NONSENSE)): draw.choice(NONSENSE)}).encode(),
                json.dumps({"kind": "supplies", "key": str(draw.choice(NONSENSE)),
                            "values": {"面积": str(draw.choice(NONSENSE))}, "why": "x"}).encode(),
            ]),
            "headers": {"Content-Type": "application/json"},
        }  # fmt: skip
    address = path + (f"?{urlencode(query)}" if query else "")
    return address, sent
