"""Tokens of desktop programs: whom they let read, from where, until when, and where they stand."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gis.accounts import audit, passwords, users
from gis.accounts.settings import ARCGIS, LOCKOUT
from gis.config import Config
from gis.store import database
from gis.store.database import Connection
from gis.store.results import Scope
from tests.sending import client_of
from tests.warm import Desk

GENERATE = "/arcgis/tokens/generateToken"
SERVICES = "/arcgis/rest/services"
QUERY = f"{SERVICES}/landwatch/FeatureServer/0/query"
GOOD, OTHER = "Caoyuan-2026-zao", "Shamo+Hongliu-77"


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    yield from client_of(desk)


@pytest.fixture(scope="module")
def store(desk: Desk) -> Iterator[Connection]:
    with database.connect(Config(desk.store.home, desk.store.url)) as connection:
        yield connection


@pytest.fixture
def name(store: Connection, request: pytest.FixtureRequest) -> str:
    """An account of a test's own: an officer of 东, who may change much elsewhere."""
    made = f"王芳 {abs(hash(request.node.name)) % 10**9}"
    users.add(store, made, ["officer"], Scope(regions=("150602",)))
    passwords.give(store, made, GOOD, must_change=False)
    store.commit()
    return made


def given(client: httpx.Client, name: str, password: str = GOOD, **more: str) -> Any:
    form = {"username": name, "password": password, "f": "json", "client": "requestip"} | more
    answer = client.post(GENERATE, data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(client: httpx.Client, token: str, url: str = SERVICES, **headers: str) -> int:
    """200 where a token lets read, else the code of the fault."""
    answer = client.get(url, params={"f": "json"} | ({"token": token} if token else {}),
                        headers=headers)  # fmt: skip
    assert answer.status_code == 200, answer.text
    return int(answer.json().get("error", {}).get("code", 200))


def test_a_program_is_told_how_to_come_in_and_comes_in(client: httpx.Client, name: str) -> None:
    told = client.get("/arcgis/rest/info?f=json").json()["authInfo"]
    assert told["isTokenBasedSecurity"] is True
    assert told["tokenServicesUrl"] == f"{str(client.base_url).rstrip('/')}{GENERATE}"
    assert code(client, "") == 499
    began = time.time()
    made = given(client, name)
    lasts = made["expires"] / 1_000 - began
    assert lasts == pytest.approx(60 * ARCGIS.default_minutes, abs=30)
    token = made["token"]
    assert code(client, token) == 200
    for header in ("X-Esri-Authorization", "Authorization"):
        assert code(client, "", **{header: f"Bearer {token}"}) == 200
    posted = client.post(QUERY, data={"where": "1=1", "outFields": "subject", "token": token})
    subjects = [one["attributes"]["subject"] for one in posted.json()["features"]]
    # The land of the account.
    assert len(subjects) > 4
    assert not any("西" in one for one in subjects)


def test_how_long_a_token_lasts_is_bounded_and_told(client: httpx.Client, name: str) -> None:
    for asked, minutes in (("5", 5), ("60", 60), ("1000000", ARCGIS.most_minutes)):
        made = given(client, name, expiration=asked)
        assert made["expires"] / 1_000 - time.time() == pytest.approx(60 * minutes, abs=30)
    for asked in ("0", "-1", "x", "1.5", "١"):
        assert given(client, name, expiration=asked)["error"]["code"] == 400, asked


def test_a_token_reads_below_its_own_address_and_nothing_else(
    client: httpx.Client, name: str
) -> None:
    token = given(client, name)["token"]
    as_bearer = {"Authorization": f"Bearer {token}"}
    for url in ("/api/v1/findings", "/ogc", "/tiles", "/login/me"):
        assert client.get(url, params={"token": token}).status_code in {400, 401, 422}, url
        assert client.get(url, headers=as_bearer).status_code == 401, url
        stolen = {"Cookie": f"landwatch-session={token}"}
        assert client.get(url, headers=stolen).status_code in {401, 422}, url
    made = client.post("/api/v1/keys", json={"name": "x", "account": name}, headers=as_bearer)
    assert made.status_code == 401
    # What else came along is not passed over.
    assert code(client, token, Authorization="Bearer lwk_nobody") == 498
    assert code(client, "lwk_nobody") == 498
    assert code(client, token + "x") == 498
    assert code(client, "\ud7ff地") == 498


def test_what_ends_an_account_ends_its_tokens(
    client: httpx.Client, store: Connection, name: str
) -> None:
    token = given(client, name)["token"]
    users.disable(store, name)
    assert code(client, token) == 498
    assert given(client, name)["error"]["code"] == 400
    users.disable(store, name, is_disabled=False)
    assert code(client, token) == 498
    token = given(client, name)["token"]
    logged_in = client.post("/login", json={"name": name, "password": GOOD})
    changed = client.post(
        "/login/password", json={"old": GOOD, "new": OTHER},
        headers={"X-CSRF-Token": logged_in.json()["csrf"]},
    )  # fmt: skip
    client.cookies.clear()
    assert changed.status_code == 200
    assert code(client, token) == 498
    token = given(client, name, OTHER)["token"]
    assert code(client, token) == 200
    store.execute("UPDATE landwatch.session SET ends_at = now() WHERE account = %s", (name,))
    assert code(client, token) == 498
    token = given(client, name, OTHER)["token"]
    store.execute("UPDATE landwatch.session SET address = '192.0.2.7' WHERE account = %s", (name,))
    assert code(client, token) == 498
    passwords.give(store, name, GOOD, must_change=True)
    assert given(client, name)["error"]["code"] == 403


def test_too_many_failures_lock_and_stand_in_the_audit(
    client: httpx.Client, store: Connection, name: str
) -> None:
    codes = [given(client, name, "wrong")["error"]["code"] for _ in range(LOCKOUT.failures_count)]
    assert codes == [400] * LOCKOUT.failures_count
    assert given(client, name)["error"]["code"] == 429
    entries = audit.newest(store, None, name, None, 100)[::-1]
    assert [one.action.split()[0] for one in entries] == ["取令牌"] * (LOCKOUT.failures_count + 1)
    assert entries[-1].result.startswith("锁定")
    store.execute("DELETE FROM landwatch.login_failure")


def test_neither_token_nor_password_stands_in_any_log(
    client: httpx.Client, store: Connection, desk: Desk, name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    token = given(client, name)["token"]
    told = [
        client.get(GENERATE, params={"username": name, "password": GOOD}),
        client.post(GENERATE, params={"username": name, "password": GOOD}),
        client.post(GENERATE, params={"PassWord": GOOD}, data={"username": name}),
        client.get(f"{QUERY}?where=a%20b&%74oken={token}"),
        client.get(QUERY, params={"token": token, "where": "nothing"}),
        client.get(QUERY, params={"Token": token}),
        client.get(f"/arcgis/rest/{token}", params={"token": token}),
        client.get("/api/v1/findings", params={"token": token}),
        client.post(
            QUERY, data={"token": token, "where": f"subject = '{token}'", "outFields": "x"}
        ),
    ]
    for answer in told:
        assert token not in answer.text
        assert GOOD not in answer.text
    assert [answer.json()["error"]["code"] for answer in told[:3]] == [405, 400, 400]
    assert told[0].json()["error"]["details"] == ["用 use POST"]
    kept = str([store.execute(f"SELECT t::text FROM landwatch.{table} AS t").fetchall()
                for table in ("account", "session", "audit", "login_failure")])  # fmt: skip
    assert "generateToken" in kept
    # A fault told in the body is written down by its code.
    assert any(one.result == "400" for one in audit.newest(store, None, name, "/query", 9))
    said = "\n".join(one.getMessage() for one in caplog.records if "http" not in one.name)
    reports = "".join(one.read_text("utf-8") for one in desk.store.home.glob("reports/*"))
    for text in (kept, said, reports):
        assert token not in text
        assert GOOD not in text


def test_what_is_no_log_in_is_refused_with_a_reason(client: httpx.Client, name: str) -> None:
    for form in (
        {"username": name, "password": GOOD, "ip": "192.0.2.7"},
        {"username": name, "password": GOOD, "encrypted": "true"},
        {"username": name, "password": GOOD, "f": "html"},
        {"username": name, "password": GOOD, "strange": "1"},
        {"username": name}, {"password": GOOD}, {},
        {"username": "x" * 10_000, "password": "y" * 100_000},
    ):  # fmt: skip
        fault = client.post(GENERATE, data=form).json()["error"]
        assert fault["code"] == 400, form
        assert fault["details"]
    twice = client.post(GENERATE, content=b"username=a&username=b", headers={
        "Content-Type": "application/x-www-form-urlencoded"}).json()  # fmt: skip
    assert twice["error"]["code"] == 400


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("/arcgis", 404), ("/arcgis/rest", 404), ("/arcgis/rest/services/landwatch", 404),
        ("/arcgis/rest/services/landwatch/MapServer", 404), ("/arcgis/rest/info?x=1", 400),
        ("/arcgis/rest/info?f=html", 400), ("/arcgis/rest/info?where=%00", 400),
        (f"{SERVICES}/landwatch/FeatureServer", 499), (QUERY, 499),
        (f"{SERVICES}/landwatch/FeatureServer/layers", 499),
        (f"{SERVICES}/landwatch/FeatureServer/0", 499),
    ],
)  # fmt: skip
def test_who_is_unknown_is_told_as_arcgis_programs_expect_it(
    client: httpx.Client, name: str, url: str, wanted: int
) -> None:
    answer = client.get(url)
    fault = answer.json()["error"]
    assert (answer.status_code, fault["code"]) == (200, wanted)
    assert fault["message"]
    assert json.dumps(fault).count("\\u") > 0  # in Chinese too
