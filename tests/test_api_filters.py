"""Findings asked for by what they are: filtered, or refused where a filter says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gis.config import Config
from gis.store import database, runs
from tests.conftest import Server
from tests.stores import copied
from tests.test_api import BLOCK, client_of, is_problem, kept_run


@pytest.fixture(scope="module")
def reading(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, runs.Run]]:
    """A client of a server, and the run of its store: for all that only ask."""
    with copied(server, pattern, "landwatch_api", tmp_path_factory.mktemp("api")) as made:
        settings = Config(Path("unused"), made.url)
        with database.connect(settings) as connection:
            run = kept_run(connection)
        for client in client_of(lambda: database.connect(settings)):
            yield client, run


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("rule=unsupplied", ["S4"]),
        ("outcome=candidate", ["S1", "S2"]),
        ("outcome=candidate&outcome=clear", ["S1", "S2", "S3"]),
        (f"block={BLOCK}&outcome=candidate", ["S1"]),
        ("block='; drop table finding; --", []),
        ("rule=idle_land&text=s2", ["S2"]),
        ("since_from=2022-06-01&since_until=2023-01-01", ["S0"]),
        ("area_from=2&area_until=3", ["S2", "S3"]),
    ],
)
def test_findings_are_filtered(
    reading: tuple[httpx.Client, runs.Run], query: str, subjects: list[str]
) -> None:
    client, run = reading
    collection = client.get(f"/api/v1/findings.geojson?{query}&run={run.id}").json()
    assert [one["properties"]["subject"] for one in collection["features"]] == subjects


@pytest.mark.parametrize(
    "query",
    [
        "outcome=idle",
        "rule=x",
        "outcom=clear",
        "limit=0",
        "limit=x",
        "offset=1",
        "run=x",
        "after=x",
        "since_from=2024-13-01",
        "region=x",
        "area_from=nan",
    ],
)
def test_a_parameter_that_says_nothing_is_refused(
    reading: tuple[httpx.Client, runs.Run], query: str
) -> None:
    client, _ = reading
    answer = client.get(f"/api/v1/findings.geojson?{query}")
    assert answer.status_code == 422
    assert is_problem(answer)
