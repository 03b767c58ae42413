"""Whatever stands in an address, the server answers as of a wrong address, and never fails."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from gis import law
from gis.config import Config
from gis.pipeline import explain
from gis.store import database, results, runs
from tests.conftest import rest_long
from tests.test_api import client_of, is_problem
from tests.warm import Desk

SUPPLY, APPROVAL = "1506992024B00007", "演示批〔2017〕07号|演示市2017年度第三批次"
# As they stand in an address. The first group holds what no text in the store can hold.
NO_TEXT = ["%00", "a%00b", "%ED%A0%80", "%ED%BF%BF", "%FF", "%C0%80", "%F5%80%80%80", "%E4%BD"]
STRANGE = [
    *("%E2%80%AE", "a%E2%80%8Fb", "%E2%81%A6x%E2%81%A9", "%EF%BB%BF", "%1B[31m", "%0A", "%7F"),
    *("-1", "0", "9" * 40, "-" + "9" * 40, "1e309", "NaN", "null", "true", "%F0%9F%8F%97"),
    *("'", '"', "%3B--", "%25", "%5C", "%2F", "..%2F..%2Fetc%2Fpasswd", "%2E%2E", "*", "$1", "{}"),
    *("x" * 300, "%E5%9C%B0" * 300, "|", "/", "%7C", "+", "%20", "％", "｛"),
]
EVERYWHERE = ["/health?x={}", "/api/v1/runs/latest?{}", "/api/v1/openapi.json?{}=1"]
PATHS = ["/api/v1/why/{}", "/maps/{}"]
PARAMETERS = ["run", "rule", "outcome", "block", "limit", "after", "{}"]
QUERIES = [
    *(f"/api/v1/findings.geojson?{name}={{}}" for name in PARAMETERS[:-1]),
    "/api/v1/findings.geojson?{}=1",
    "/?run={}",
    "/maps/YS-A?run={}",
    f"/api/v1/why/{SUPPLY}?run={{}}",
]


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    settings = Config(Path("unused"), demo.store.url)
    rules = law.load()

    def why(connection: database.Connection, run: runs.Run, subject: str) -> Any:
        return explain.explain(connection, subject, run.as_of, run.delivery, rules).content

    yield from client_of(lambda: database.connect(settings), why)


def asked(client: httpx.Client, address: str) -> httpx.Response:
    """Ask for an address exactly as it is written."""
    url = httpx.URL(client.base_url)
    return client.get(url.copy_with(raw_path=address.encode("utf-8")))


@pytest.mark.parametrize("form", [*PATHS, *QUERIES])
def test_an_address_in_which_no_text_can_stand_is_400(client: httpx.Client, form: str) -> None:
    for part in NO_TEXT:
        answer = asked(client, form.format(part))
        assert answer.status_code == 400, (form, part, answer.text)
        assert is_problem(answer)
        assert answer.headers["x-content-type-options"] == "nosniff"
    for form_, part in product(EVERYWHERE, NO_TEXT):
        assert asked(client, form_.format(part)).status_code == 400


@pytest.mark.parametrize("form", rest_long([*PATHS, *QUERIES], [PATHS[0], QUERIES[-1]]))
def test_no_other_address_makes_the_server_fail(client: httpx.Client, form: str) -> None:
    for part in STRANGE:
        address = form.format(part).encode("utf-8").decode("utf-8")
        quoted = "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode())
                         for c in address)  # fmt: skip
        answer = asked(client, quoted)
        assert answer.status_code in {200, 307, 404, 422}, (quoted, answer.text)


def test_an_address_without_end_is_refused_and_not_searched_for(client: httpx.Client) -> None:
    for form in [*PATHS, *QUERIES]:
        assert asked(client, form.format("y" * 20_000)).status_code == 400


def test_a_trace_is_told_over_the_api_as_the_command_tells_it(
    client: httpx.Client, demo: Desk
) -> None:
    for subject in (SUPPLY, APPROVAL):
        told = client.get("/api/v1/why/" + subject).json()
        by_command = demo.json("why", subject)
        assert told["sections"] == by_command["sections"]
        assert client.get("/api/v1/why/" + subject).json() == told


@pytest.mark.long("test_a_trace_is_told_over_the_api_as_the_command_tells_it")
def test_many_subjects_told_together_are_told_as_each_alone(demo: Desk) -> None:
    """Among them one by its contract, one nobody knows, a piece, and one typed in small letters."""
    with database.connect(Config(Path("unused"), demo.store.url)) as connection:
        run, rules = runs.default(connection), law.load()
        rows = results.read(connection, run.id, "finding")
        subjects = [*rows.loc[rows["rule"] == "idle_land", "subject"].iloc[::9]]
        assert len(subjects) > 15
        strangers = ["没有这一宗", APPROVAL, "", "x" * 300]
        small = SUPPLY.lower()
        together = explain.explain_supplies(
            connection, [*subjects, *strangers, small], run.as_of, run.delivery, rules
        )
        assert {*together} == {*subjects, small}
        for subject in [*subjects[::4], small]:
            alone = explain.explain(connection, subject, run.as_of, run.delivery, rules)
            assert together[subject].content == alone.content


def test_many_who_ask_at_once_are_all_answered_and_no_subject_is_told_twice(demo: Desk) -> None:
    """Twenty ask for the same three subjects: each is worked out once, all get the same."""
    settings = Config(Path("unused"), demo.store.url)
    rules, worked = law.load(), []

    def why(connection: database.Connection, run: runs.Run, subject: str) -> Any:
        worked.append(subject)
        return explain.explain(connection, subject, run.as_of, run.delivery, rules).content

    subjects = [SUPPLY, "1506992023B00044", "没有这一宗"]
    answers: list[tuple[str, int, str, float]] = []
    for client in client_of(lambda: database.connect(settings), why):
        url = str(client.base_url)

        def ask(n: int, url: str = url) -> None:
            began = time.perf_counter()
            answer = httpx.get(f"{url}/api/v1/why/{subjects[n % 3]}", timeout=60)
            seconds = time.perf_counter() - began
            answers.append((subjects[n % 3], answer.status_code, answer.text, seconds))

        clients = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
    assert len(answers) == 20
    assert {(subject, code) for subject, code, _, _ in answers} == {
        (SUPPLY, 200), ("1506992023B00044", 200), ("没有这一宗", 404),
    }  # fmt: skip
    assert len({text for subject, _, text, _ in answers if subject == SUPPLY}) == 1
    assert worked.count(SUPPLY) == 1
    assert statistics.median(seconds for *_, seconds in answers) < 20
