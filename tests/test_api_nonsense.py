"""Nonsense in every parameter and body of the API: a reason, never a 5xx, all as its document says.

Asked by hand, sign by sign that has hurt others, and by schemathesis, from the document alone.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

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

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
REQUESTS, BY_DOCUMENT = (10_000, 10_000) if IS_LONG else (300, 700)
# The client sends no longer one.
LONGEST_ADDRESS = 65_000
load_all_checks()
# No 5xx; no status, content type, header or body that the document does not tell of.
KEPT = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
)
# They would end what the test asks with.
APART = {"/login/out", "/login/password"}
# It does not end while a job waits, and here nobody does one: held in tests/test_api_jobs.py.
ENDLESS = {"/api/v1/jobs/{number}/events"}
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
        own = Config(store.home, store.url)
        reading, writing = pool.Pool(own, 4, is_read_only=True), pool.Pool(own, 2)
        work = served_work.work()
        app = create_app(reading.connection, why, basis, writing=writing.connection, work=work)
        with database.connect(own) as connection:
            users.add(connection, "甲", ["administrator"], None)
            secret, _ = keys.create(connection, "甲的密钥", "甲")
        with served(app) as client:
            client.headers["Authorization"] = f"Bearer {secret}"
            yield client
        work.close()
        reading.close()
        writing.close()


def operations(client: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return [
        (method.upper(), path, operation)
        for path, entry in paths.items()
        for method, operation in entry.items()
        if path not in ENDLESS
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
            if path == "/wfs":
                assert "ExceptionReport" in answer.text
                continue
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
    address = (path + (f"?{urlencode(query)}" if query else ""))[:LONGEST_ADDRESS]
    return address, sent


def test_every_address_tells_its_faults_as_problems_and_its_answers_with_an_example(
    client: httpx.Client,
) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                where = (method, path, status)
                if status >= "4":
                    told_as = "text/xml" if path == "/wfs" else "application/problem+json"
                    assert [*content] == [told_as], where
                elif "application/json" in content:
                    told = content["application/json"]
                    assert told["schema"], where
                    if path.startswith("/api/v1"):
                        assert "example" in told, where


# The pool of the server draws its waits by `random` in a thread beside, at any moment.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_what_the_api_answers_is_what_its_document_says(client: httpx.Client) -> None:
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    checks = CHECKS.get_by_names(KEPT)
    at, key = str(client.base_url).rstrip("/"), client.headers["Authorization"]
    operations = [one.ok() for one in schema.get_all_operations()]
    asked = [one for one in operations if one.path not in APART | ENDLESS]
    assert len(asked) == len(operations) - len(APART | ENDLESS) > 60
    assert {one.path.split("/")[1] for one in asked} >= {"api", "arcgis", "ogc", "tiles"}
    met: Counter[int] = Counter()
    for operation in asked:
        # Of an odd number of requests the sound ones are one more.
        for mode, rounded in (
            (GenerationMode.POSITIVE, math.ceil),
            (GenerationMode.NEGATIVE, math.floor),
        ):
            count = max(1, rounded(BY_DOCUMENT / len(asked) / 2))

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=count,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def asks(case: schemathesis.Case) -> None:
                answer = case.call(
                    base_url=at, headers={"Authorization": key}, allow_redirects=False
                )
                met[answer.status_code] += 1
                case.validate_response(answer, checks=checks)

            asks()
    assert sum(met.values()) >= 0.9 * BY_DOCUMENT, met
    assert {200, 401, 404, 422} <= set(met), met
