"""Nobody gets anything outside their land: all routes as each role and scope, by guessing too.

Two banners, 150602 and 150722, with a park and a block each; what lies in one says 东 or 西 in
every name and number, so whatever of the other side reaches an answer is found in its text.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app
from gis import law
from gis.accounts import keys, uploads, users
from gis.cli import served_work
from gis.config import Config
from gis.jobs import queue
from gis.outputs.pictures.chart import Name
from gis.pipeline import explain
from gis.store import database, pool, runs
from gis.store.results import Scope
from gis.tiles.layers import LAYERS
from maps.basis import Reasons
from tests import feature_server, told_nights
from tests.conftest import Server
from tests.doors import served
from tests.two_banners import NEIGHBOUR, SIDES, box, judged
from tests.unquoted import unquoted
from tests.vector_tiles import layer_addresses
from tests.warm import Desk

SCOPES: dict[str, Scope | None] = {
    "everything": None,
    "the banner of 东": Scope(regions=("150602",)),
    "the city of 东": Scope(regions=("150600",)),
    "the park of 东": Scope(parks=("东园",)),
    "the block of 东": Scope(blocks=("东块",)),
    "nothing there is": Scope(parks=("南园",)),
}
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
WALKED = [*SCOPES] if IS_LONG else ["everything", "the park of 东"]
# Held elsewhere: tests/test_login.py, test_embed.py, test_api_writing.py.
APART = ("/login", "/embed", "/api/v1/exports")
NOWHERE = {"leads": 2}  # a paper about nobody lies nowhere: only who sees everything sees it
# Sent by somebody of each side, and by who sees everything.
UPLOADS = {"a" * 32: "150602", "b" * 32: "150722", "c" * 32: None}
ROLES = ("viewer", "clerk", "officer", "manager", "administrator")


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with judged(server, pattern, "landwatch_scope", tmp_path_factory.mktemp("scope")) as desk:
        yield desk


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[tuple[str, str], str]:
    """A key for each role and scope."""
    found = {}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for role in ROLES:
            for name, scope in SCOPES.items():
                account = f"{role} {name}"
                users.add(connection, account, [role], scope)
                found[role, name], _ = keys.create(connection, f"key of {account}", account)
        for number, code in UPLOADS.items():
            side = "东" if code == "150602" else "西"
            land = None if code is None else Scope(regions=(code,))
            uploads.add(
                connection, number, f"{side}甲", land, "supplies", f"{side}.csv", number, 1,
                {"sender": side},
            )  # fmt: skip
            told = {"what": f"{side}清单"}
            queue.submit(connection, "export", told, owner=f"{side}甲", scope=land)
        connection.execute("UPDATE landwatch.job SET state = 'done', finished_at = now()")
        told_nights.put(connection, UPLOADS, delivery=1)
    return found


@pytest.fixture(scope="module")
def client(desk: Desk, secrets: dict[tuple[str, str], str]) -> Iterator[httpx.Client]:
    settings = Config(Path("unused"), desk.store.url)
    rules = law.load()

    reading, writing = pool.Pool(settings, 4, is_read_only=True), pool.Pool(settings, 2)
    knowing = pool.Pool(settings, 2, is_read_only=True)

    def why(connection: database.Connection, run: runs.Run, subject: str) -> Any:
        return explain.explain(connection, subject, run.as_of, run.delivery, rules).content

    def basis(connection: database.Connection, run: runs.Run, subject: str) -> tuple[Reasons, str]:
        told = why(connection, run, subject)
        chapters = [
            (head, [(one, "") for one in told["sections"][head]]) for head in told["sections"]
        ]
        return Reasons(subject, told["name"], chapters), ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDWATCH_HOME", str(desk.store.home))
        patch.setenv("LANDWATCH_DATABASE_URL", desk.store.url)
        work = served_work.work()
        app = create_app(
            reading.connection, why, basis, writing=writing.connection,
            knowing=knowing.connection, work=work,
        )  # fmt: skip
        with served(app) as client:
            yield client
        for each in (work, reading, writing, knowing):
            each.close()


def by(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def every_address(client: httpx.Client, secret: str) -> list[str]:
    """Every GET address of the document, each name in it filled with what both sides hold."""
    paths = client.get("/api/v1/openapi.json", headers=by(secret)).json()["paths"]
    subjects = [
        *(f"{side}监{n}" for side in SIDES for n in (1, 2, 4, 9)),
        *(f"{side}批〔2020〕1号|{side}批次" for side in SIDES),
        *(f"{side}批〔2020〕1号|{side}批次/001" for side in SIDES),
    ]
    filled = {
        "subject": subjects,
        "key": [*subjects, *(f"{code}001001GB00001" for code, _ in SIDES.values()),
                *(f"{side}{kind}" for side in SIDES for kind in ("园", "块"))],
        "block_code": [f"{side}块" for side in SIDES] + ["~"],
        "day": [str(told_nights.NIGHT), str(told_nights.FAILED)],
        "number": [*(str(n) for n in range(1, 12)), *UPLOADS],
    }  # fmt: skip
    addresses = []
    for path, operations in paths.items():
        if "get" not in operations or path.startswith(APART):
            continue
        name, *_ = re.findall(r"\{(\w+)", path) or [""]
        if path == "/api/v1/law/{key}":
            addresses.append("/api/v1/law/idle.years_to_fee?on=2024-01-01")
        elif name in {"layer", "collectionId", "tileMatrixSetId"}:
            addresses += layer_addresses(path, [box(side, 10).centroid for side in SIDES])
        elif path == "/wfs":
            addresses += [f"/wfs?request=GetFeature&typenames={name}" for name in LAYERS]
        elif path == "/api/v1/charts/{name}.{form}":
            ours = [f"?park={side}园" for side in SIDES] + [f"?block={side}块" for side in SIDES]
            addresses += [
                path.format(name=name, form="svg") + place
                for name in get_args(Name)
                for place in ("", *ours)
            ]
        elif "{service}" in path:
            addresses += feature_server.addresses(path)
        elif name:
            addresses += [re.sub(r"\{.*?\}", quote(value), path) for value in filled[name]]
        else:
            addresses.append(path + ("?on=2024-01-01" if path == "/api/v1/law" else ""))
    return addresses


VARIANTS = ("", "text=西", "region=150722", "park=西园", "block=西块", "shapes=true")


def test_no_route_tells_a_scope_of_what_lies_outside(
    client: httpx.Client,
    secrets: dict[tuple[str, str], str],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """Of all answers to whoever sees 东 alone, none says 西; whoever sees all meets both."""
    every = every_address(client, secrets["administrator", "everything"])
    met: dict[str, int] = {}
    walked: Counter[tuple[str, str]] = Counter()
    for role, name in product(ROLES if IS_LONG else ROLES[:1], WALKED):
        secret, scope = secrets[role, name], SCOPES[name]
        for address in every:
            lists = address.startswith("/api/v1/") and "?" not in address
            # Who sees everything is asked to prove that there is something to see.
            lists &= IS_LONG or scope is not None
            for variant in VARIANTS if lists and address.count("/") == 3 else ("",):
                url = f"{address}?{variant}" if variant else address
                answer = client.get(url, headers=by(secret))
                assert answer.status_code in {200, 403, 404, 422}, (url, answer.text)
                walked[role, name] += 1
                text = unquoted(answer, url)
                met[name] = met.get(name, 0) + ("西" in text)
                if scope is not None:
                    assert "西" not in text, (name, url, text[:2_000])
                    assert "150722" not in text, (name, url, text[:2_000])
                if name == "nothing there is":
                    assert "东" not in text, (url, text[:2_000])
    assert met["everything"] > 20
    record_testsuite_property("roles and scopes walked", len(walked))
    record_testsuite_property("addresses walked", len(every))
    record_testsuite_property("requests of the walk", walked.total())


@pytest.mark.long("test_no_route_tells_a_scope_of_what_lies_outside")
def test_every_page_of_a_list_counts_and_gives_the_rows_of_the_scope_alone(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    everything = by(secrets["viewer", "everything"])
    for path in (
        *("findings", "supplies", "parcels", "approvals", "balances", "timeline", "timeline/land"),
        "leads",
    ):
        counted = {}
        for name in ("everything", "the banner of 东", "nothing there is"):
            headers = by(secrets["viewer", name])
            met, url = [], f"/api/v1/{path}?limit=1"
            while url:
                page = client.get(url, headers=headers).json()
                met += [json.dumps(row, sort_keys=True) for row in page["rows"]]
                assert page["count"] >= len(met)
                url = page["next"]
            assert len(met) == page["count"] == len({*met}), (path, name)
            counted[name] = page["count"]
        assert counted["nothing there is"] == 0, path
        # The two sides are the same but for their names.
        both = 2 * counted["the banner of 东"] + NOWHERE.get(path, 0)
        assert counted["everything"] == both > 0, (path, counted)
    assert client.get("/api/v1/findings", headers=everything).json()["count"] > 0


def test_the_list_of_unsupplied_land_says_what_the_command_says(
    desk: Desk, client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    headers = by(secrets["viewer", "everything"])
    told = client.get("/api/v1/unsupplied", headers=headers).json()["rows"]
    wanted = desk.json("unsupplied")["rows"]
    assert sorted(told, key=str) == sorted(wanted, key=str)
    assert {row["outcome"] for row in told} != {None}


def test_totals_count_the_area_inside_the_land_of_the_caller(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    """Five supplies of 3.8 公顷; half of 东监8 lies in the park: 4.5 x 38,000 = 171,000 m2.

    The block (0 to 10) holds three whole: 3 x 38,000 = 114,000 m2 (the neighbour's border is no
    land); the banner all five: 190,000 m2.
    """
    for name, count, area_m2 in (
        ("the park of 东", 5, 171_000.0), ("the block of 东", 3, 114_000.0),
        ("the banner of 东", 5, 190_000.0), ("the city of 东", 5, 190_000.0),
        ("nothing there is", 0, 0.0), ("everything", 10, 380_000.0),
    ):  # fmt: skip
        told = client.get("/api/v1/runs/latest", headers=by(secrets["viewer", name])).json()
        lines = [line for tracks in told["counts"]["idle"].values() for line in tracks.values()]
        assert sum(line["count"] for line in lines) == count, name
        assert sum(line["area_m2"] for line in lines) == pytest.approx(area_m2, abs=0.5), name


def test_a_place_in_a_list_opens_nothing_for_another(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    """`next` of whoever sees all, handed on to whoever sees 东 alone, gives 东 alone."""
    page = client.get("/api/v1/supplies?limit=1", headers=by(secrets["viewer", "everything"]))
    url = page.json()["next"]
    while url:
        answer = client.get(url, headers=by(secrets["viewer", "the banner of 东"])).json()
        assert "西" not in json.dumps(answer["rows"], ensure_ascii=False)
        url = answer["next"]


def test_more_who_ask_at_once_than_there_are_connections_are_all_answered(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    """A request holds a connection while it is looked up who asks: nobody waits for himself."""
    headers = by(secrets["viewer", "everything"])
    statuses: list[int] = []

    def ask() -> None:
        answer = httpx.get(f"{client.base_url}/api/v1/findings", headers=headers, timeout=60)
        statuses.append(answer.status_code)

    asking = [threading.Thread(target=ask) for _ in range(40)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert statuses == [200] * 40


def test_a_neighbour_in_the_next_block_has_no_number_and_no_name(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    """A piece of the approval across the border lies in 东块, beside a supply of the next block."""
    whole, block = (by(secrets["viewer", name]) for name in ("everything", "the block of 东"))
    pieces = client.get("/api/v1/unsupplied?block=东块", headers=whole).json()["rows"]
    (piece,) = [row for row in pieces if NEIGHBOUR in (row["adjoining"] or ())]
    addresses = [
        "/api/v1/unsupplied", "/api/v1/findings", "/api/v1/timeline",
        "/api/v1/supplies", "/api/v1/parcels", "/maps/东块", f"/api/v1/supplies/{NEIGHBOUR}",
        *(f"/{door}/{quote(piece['subject'])}"
          for door in ("api/v1/why", "api/v1/subjects", "basis")),
        f"/api/v1/why/{NEIGHBOUR}", f"/basis/{NEIGHBOUR}",
    ]  # fmt: skip
    for address in addresses:
        if not address.startswith("/maps"):
            assert NEIGHBOUR in client.get(address, headers=whole).text, address
        told = client.get(address, headers=block)
        rest = unquoted(told, address).replace("毗邻", "")
        assert "邻" not in rest, (address, re.findall(".{80}邻.{40}", rest))
    rows = client.get("/api/v1/unsupplied", headers=block).json()["rows"]
    (own,) = [row for row in rows if row["subject"] == piece["subject"]]
    assert own == piece | {"adjoining": own["adjoining"]}  # no day or figure is touched
    assert "区域外地块" in own["adjoining"]


def test_neighbours_inside_the_land_of_the_caller_keep_their_numbers(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    """All of 东 is seen by its banner: its rows are those of whoever sees everything."""
    whole, banner = (
        client.get("/api/v1/unsupplied", headers=by(secrets["viewer", name])).json()["rows"]
        for name in ("everything", "the banner of 东")
    )
    own = [row for row in whole if "东" in row["subject"]]
    assert banner == own
    assert ["东监1", "东监2", "东监4"] in [row["adjoining"] for row in own]


def test_an_etag_of_another_scope_is_no_answer(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    whole = client.get("/api/v1/findings", headers=by(secrets["viewer", "everything"]))
    tag = {"If-None-Match": whole.headers["etag"]}
    again = client.get("/api/v1/findings", headers=by(secrets["viewer", "everything"]) | tag)
    assert (again.status_code, again.content) == (304, b"")
    strong = {"If-None-Match": whole.headers["etag"].removeprefix("W/")}
    assert (
        client.get(
            "/api/v1/findings", headers=by(secrets["viewer", "everything"]) | strong
        ).status_code
        == 304
    )
    other = client.get("/api/v1/findings", headers=by(secrets["viewer", "the banner of 东"]) | tag)
    assert other.status_code == 200


def test_without_a_key_nothing_is_told_once_there_are_accounts(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    for address in every_address(client, secrets["viewer", "everything"]):
        if address in {"/health", "/api/docs", "/api/v1/openapi.json", "/arcgis/rest/info"}:
            continue
        answer = client.get(address)
        if address.startswith("/arcgis"):
            assert answer.json()["error"]["code"] == 499, address
            continue
        assert answer.status_code == 401, address
        assert "Bearer" in answer.headers["www-authenticate"]


def test_head_and_packed_answers_are_as_get_gives_them(
    client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    headers = by(secrets["viewer", "everything"])
    for path in ("/api/v1/findings", "/health", "/api/v1/why/%E4%B8%9C%E7%9B%911"):
        got, head = client.get(path, headers=headers), client.head(path, headers=headers)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers.get("etag") == got.headers.get("etag")
    packed = client.get("/api/v1/findings", headers=headers | {"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"


def test_what_was_seen_stands_in_the_audit(
    desk: Desk, client: httpx.Client, secrets: dict[tuple[str, str], str]
) -> None:
    url = "/api/v1/why/%E8%A5%BF%E7%9B%911"
    assert client.get(url, headers=by(secrets["officer", "the banner of 东"])).status_code == 404
    with desk.store.connect() as connection:
        row = connection.execute(
            "SELECT actor, action, object, result FROM landwatch.audit ORDER BY number DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert row[1:] == ("GET /api/v1/why/{subject:path}", "/api/v1/why/西监1", "404")
    assert "officer the banner of 东" in row[0]
