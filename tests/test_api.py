"""The server on loopback: it shows stored runs, refuses nonsense, and lets nothing slip out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import shapely

from api import serve
from api.app import create_app
from gis import contracts, result_tables
from gis.config import Config
from gis.errors import StoreError, UsageError
from gis.pipeline.lands import lands
from gis.store import arrivals, database, deliveries, results, runs
from maps.basis import Reasons
from tests.doors import served

AS_OF = date(2024, 6, 30)
BLOCK = "150627/A-01"  # a code may hold a stroke
TRAP = "<img src=x onerror=alert(1)>"
ISSUE_COLUMNS = ["file", "row_no", "field", "code", "severity", "value", "message", "fix", "raw"]


def square(n: int) -> shapely.Polygon:
    return shapely.box(109.8 + n / 100, 39.6, 109.801 + n / 100, 39.602)


def deliver(store: database.Connection, kind: str, **columns: list[object]) -> None:
    rows = pd.DataFrame(columns)
    rows = rows.assign(row_no=range(1, len(rows) + 1), file="x.gpkg", source_epsg=4490)
    received = arrivals.Received("x.gpkg", kind, "0" * 64, kind, {})
    deliveries.put(store, received, rows, pd.DataFrame(columns=ISSUE_COLUMNS), list(columns))


def findings() -> pd.DataFrame:
    count = 5
    table = pd.DataFrame(
        {
            "subject": [f"S{n}" for n in range(count)],
            "rule": ["idle_land"] * 4 + ["unsupplied"],
            "outcome": ["suspected_idle", "candidate", "candidate", "clear", "lapsed"],
            "track": ["fee", "fee", "recovery", None, None],
            "since_on": pd.to_datetime(["2023-01-01", None, None, None, "2022-01-01"]),
            "area_m2": [46_993.8, 1.0, 2.0, 3.0, None],
            "fee_fen": pd.array([46_523_400, None, None, None, None], dtype="Int64"),
            "article": ["《闲置土地处置办法》第十四条第（一）项"] * count,
            "block_code": [BLOCK, BLOCK, None, BLOCK, BLOCK],
            "name": ["甲" * 90, TRAP, None, "丙", "丁"],
            "geom": [square(n) for n in range(4)] + [None],
            "subject_kind": ["supplies"] * 4 + ["approvals"],
            "subject_key": [f"S{n}" for n in range(count)],
        }
    )
    for column in result_tables.TABLES["finding"].columns:
        if column.name not in table:
            table[column.name] = None
    return table


@pytest.fixture
def run(store: database.Connection) -> runs.Run:
    return kept_run(store)


def kept_run(store: database.Connection) -> runs.Run:
    """Store a run over one park of two blocks."""
    blocks = {
        "block_code": [BLOCK, "B-02"],
        "name": ["一区块", None],
        "park_code": ["K1", "K1"],
        "geom": [shapely.box(109.79, 39.59, 109.85, 39.61), shapely.box(110, 39.5, 110.1, 39.6)],
    }
    days = pd.to_datetime(["2020-01-01"]).astype("datetime64[s]")
    deliver(store, "blocks", **blocks, from_on=list(days.repeat(2)))
    park = {"park_code": ["K1"], "name": ["圣圆产业园"], "geom": [shapely.box(109, 39, 111, 40)]}
    deliver(store, "parks", **park, from_on=list(days))
    with store.transaction():
        begun = runs.begin(
            store,
            as_of=AS_OF,
            delivery=2,
            region=None,
            code_version="0.1.0",
            code_digest="c",
            law_digest="ab" * 32,
            input_digest="cd" * 32,
        )
        runs.keep(store, begun, "finding", lands(findings()))
        return runs.finish(store, begun, {"idle": {}, "unsupplied": {}})


def trace(_: database.Connection, run: runs.Run, subject: str) -> dict[str, Any]:
    if subject == "broken/1":
        raise ZeroDivisionError("a secret of the inside")
    if not subject.startswith("S"):
        raise UsageError(f"no subject {subject}", "landwatch findings lists them")
    return {"subject": subject, "run": run.id, "start_due": AS_OF, "依据": "第十四条"}


def in_sentences(
    connection: database.Connection, run: runs.Run, subject: str
) -> tuple[Reasons, str]:
    told = trace(connection, run, subject)
    return Reasons(subject, "<b>项目</b>", [("结论", [(told["依据"], "idle.years_to_fee")])]), ""


def client_of(connect: Any, why: Any = trace) -> Iterator[httpx.Client]:
    """A client of a real server on a free port of this machine."""
    with served(create_app(connect, why, in_sentences)) as client:
        yield client


@pytest.fixture
def client(store_url: str) -> Iterator[httpx.Client]:
    yield from client_of(lambda: database.connect(Config(Path("unused"), store_url)))


def is_problem(answer: httpx.Response) -> bool:
    """Whether an answer is a problem of RFC 9457 with the mend."""
    told = answer.json()
    members = {"type", "title", "status", "detail", "mend", "instance"}
    return (
        answer.headers["content-type"] == "application/problem+json"
        and members <= set(told) <= members | {"errors"}
        and told["status"] == answer.status_code
        and told["instance"] == answer.url.path
    )


def test_health_names_the_version_and_the_schema(client: httpx.Client) -> None:
    said = client.get("/health").json()
    assert said["status"] == "ok"
    assert said["schema"] == database.revisions()[-1]


def test_without_a_run_every_page_says_how_to_make_one(client: httpx.Client) -> None:
    for path in (
        "/maps/",
        "/api/v1/runs/latest",
        "/api/v1/findings.geojson",
        "/maps/B-02",
        "/api/v1/why/S1",
        "/basis/S1",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "landwatch run" in answer.json()["mend"]


def test_the_latest_run_has_the_shape_of_the_contract(client: httpx.Client, run: runs.Run) -> None:
    said = client.get("/api/v1/runs/latest").json()
    assert set(said) == set(contracts.JSON["run"])
    assert (said["run"], said["as_of"], said["delivery"]) == (run.id, "2024-06-30", 2)


def test_findings_are_geojson_with_chinese_intact(client: httpx.Client, run: runs.Run) -> None:
    answer = client.get("/api/v1/findings.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert (collection["numberMatched"], collection["numberReturned"]) == (5, 5)
    assert (collection["run"], collection["as_of"]) == (run.id, "2024-06-30")
    first, *_, last = collection["features"]
    assert first["properties"]["name"] == "甲" * 90
    assert first["properties"]["since_on"] == "2023-01-01"
    assert first["properties"]["fee_fen"] == 46_523_400
    assert list(first["properties"]) == result_tables.TABLES["finding"].names
    assert first["geometry"]["type"] == "Polygon"
    assert last["geometry"] is None


@pytest.mark.usefixtures("run")
def test_following_the_next_link_meets_every_finding_once(client: httpx.Client) -> None:
    met, url = [], "/api/v1/findings.geojson?limit=2"
    while url:
        collection = client.get(url).json()
        met += [one["properties"]["subject"] for one in collection["features"]]
        assert collection["numberMatched"] == 5
        url = next((one["href"] for one in collection["links"] if one["rel"] == "next"), "")
    assert met == ["S0", "S1", "S2", "S3", "S4"]


@pytest.mark.usefixtures("run")
def test_what_is_not_there_is_404_with_the_mend(client: httpx.Client) -> None:
    for path in (
        "/api/v1/findings.geojson?run=99",
        "/maps/nowhere",
        "/nowhere",
        "/api/v1/why/Z",
        "/basis/Z",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert is_problem(answer)
    assert client.post("/health").status_code == 405


def test_the_index_page_leads_to_a_map_of_each_block(client: httpx.Client, run: runs.Run) -> None:
    page = client.get("/maps/")
    assert page.status_code == 200
    assert "圣圆产业园" in page.text
    hrefs = set(re.findall(r'href="(maps/[^"]+)"', page.text))
    # S2 lies in no block.
    assert hrefs == {"maps/150627/A-01", "maps/B-02", "maps/~"}
    for href in hrefs:
        answer = client.get(f"/{href}")
        assert answer.status_code == 200
        assert f"{run.id}" in answer.text


@pytest.mark.usefixtures("run")
def test_pages_ask_nothing_of_any_server_and_hold_no_live_markup(client: httpx.Client) -> None:
    for path in ("/maps/", f"/maps/{BLOCK}"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert policy.endswith("frame-ancestors 'none'")
        assert TRAP not in answer.text
        assert not re.search(r'(src=|url\()["\']?(https?:)?//', answer.text)


@pytest.mark.usefixtures("run")
def test_a_map_is_drawn_once_and_not_sent_again_unchanged(client: httpx.Client) -> None:
    first = client.get(f"/maps/{BLOCK}")
    again = client.get(f"/maps/{BLOCK}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_reasons_of_a_subject_are_a_sealed_page_to_read(
    client: httpx.Client, run: runs.Run
) -> None:
    answer = client.get(f"/basis/S1|二期?run={run.id}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "第十四条" in answer.text
    assert "&lt;b&gt;项目" in answer.text
    # The key to look the value up by stands beside the words.
    assert "<code>idle.years_to_fee</code>" in answer.text
    assert client.get("/basis/%00").status_code == 400


def test_the_trace_comes_from_the_function_given(client: httpx.Client, run: runs.Run) -> None:
    answer = client.get("/api/v1/why/S1|二期")
    assert answer.json() == {
        "subject": "S1|二期",
        "run": run.id,
        "start_due": "2024-06-30",
        "依据": "第十四条",
    }
    assert "第十四条" in answer.text


@pytest.mark.usefixtures("run")
def test_a_fault_inside_tells_the_caller_nothing_of_the_inside(client: httpx.Client) -> None:
    answer = client.get("/api/v1/why/broken/1")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("run")
def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in (
        "/maps/",
        "/health",
        "/nowhere",
        "/api/v1/findings.geojson?limit=x",
        "/api/v1/openapi.json",
    ):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_a_foreign_host_name_is_refused_and_no_page_of_documents_is_served(
    client: httpx.Client,
) -> None:
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_a_request_cannot_write(store_url: str, store: database.Connection, run: runs.Run) -> None:
    def meddling(connection: database.Connection, _: runs.Run, __: str) -> dict[str, Any]:
        connection.execute("DELETE FROM landwatch.finding")
        return {}

    for client in client_of(lambda: database.connect(Config(Path("unused"), store_url)), meddling):
        assert client.get("/api/v1/why/S1").status_code == 500
    assert len(results.read(store, run.id, "finding")) == 5


def test_a_store_that_does_not_answer_is_503() -> None:
    def closed() -> database.Connection:
        raise StoreError("no server at x", "start it")

    for client in client_of(closed):
        answer = client.get("/health")
        assert answer.status_code == 503
        assert answer.json()["mend"] == "start it"


def test_another_host_than_loopback_is_refused() -> None:
    for host in ("192.168.1.5", "::", "example.com"):
        with pytest.raises(UsageError, match="does not listen"):
            serve.check(host, 8000)


def test_a_taken_port_is_told_with_the_mend(client: httpx.Client) -> None:
    port = client.base_url.port
    assert port is not None
    with pytest.raises(UsageError, match="in use"):
        serve.check("127.0.0.1", port)
    with pytest.raises(UsageError, match="cannot be had"):
        serve.check("127.0.0.1", 70_000)


def test_the_api_document_names_every_route(client: httpx.Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    named = {
        "/maps/",
        "/maps/{block_code}",
        "/api/v1/runs/latest",
        "/api/v1/findings.geojson",
        "/health",
    }
    assert named <= set(paths)


def test_the_token_of_an_embedded_page_stands_in_no_report_of_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDWATCH_HOME", str(tmp_path))

    def broken() -> Any:
        raise ZeroDivisionError("inside")

    for client in client_of(broken):
        assert client.get("/embed/a-token-of-somebody").status_code == 500
    reports = [
        place.read_text(encoding="utf-8") for place in tmp_path.rglob("*") if place.is_file()
    ]
    assert any("/embed/…" in report for report in reports)
    assert not any("a-token-of-somebody" in report for report in reports)
