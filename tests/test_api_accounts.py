"""Accounts, keys, tokens and the audit over HTTP: for administrators, never beyond their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from gis import config
from gis.accounts import audit, embeds, keys, users
from gis.config import Config
from gis.store import database
from gis.store.database import Connection
from gis.store.results import Scope
from maps.basis import Reasons
from tests.conftest import rest_long
from tests.doors import served

GOOD = "Caoyuan-2026-zao"
CITY, BANNER = Scope(regions=("150600",)), Scope(regions=("150624",))
LAND = {"regions": ["150624"], "parks": [], "blocks": []}
API = "/api/v1"


@pytest.fixture
def client(store: Connection, store_url: str) -> Iterator[httpx.Client]:
    app = create_app(
        lambda: database.connect(Config(Path("unused"), store_url)),
        lambda *_: {}, lambda *_: (Reasons("", "", []), ""),
    )  # fmt: skip
    with served(app) as client:
        yield client


def by(store: Connection, name: str, roles: list[str], scope: Scope | None) -> dict[str, str]:
    """An account with a key of its own."""
    users.add(store, name, roles, scope)
    return {"Authorization": f"Bearer {keys.create(store, f'key {name}', name)[0]}"}


def new(name: str = "王芳", **more: Any) -> dict[str, Any]:
    return {"name": name, "roles": ["officer"], "land": LAND, "password": GOOD, **more}


def test_an_account_is_made_changed_and_closed_and_every_change_is_audited(
    client: httpx.Client, store: Connection
) -> None:
    chief = by(store, "管理", ["administrator"], None)
    made = client.post(f"{API}/accounts", json=new(), headers=chief)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["name"], told["roles"], told["land"]) == ("王芳", ["officer"], LAND)
    assert (told["has_password"], told["must_change_password"]) == (True, True)
    assert GOOD not in made.text
    logged = client.post("/login", json={"name": "王芳", "password": GOOD})
    assert logged.json()["must_change_password"] is True
    for place, content, wanted in (
        ("roles", {"roles": ["viewer"]}, {"roles": ["viewer"]}),
        ("land", {"land": None}, {"land": None}),
        ("password", {"password": GOOD + "2"}, {"must_change_password": True}),
        ("closed", {"is_disabled": True}, {"is_disabled": True}),
    ):
        answer = client.put(f"{API}/accounts/王芳/{place}", json=content, headers=chief)
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= wanted.items()
    # The password set anew ended the session; a closed account cannot come in.
    assert client.get("/login/me").status_code == 401
    listed = client.get(f"{API}/accounts", headers=chief).json()
    assert [row["name"] for row in listed["rows"]] == ["王芳", "管理"]
    actions = [one.action for one in audit.entries(store, 99) if one.actor == "管理"]
    for words in ("建账号", "改角色", "改范围", "重设密码", "停用账号"):
        assert sum(words in action for action in actions) == 1, actions
    assert GOOD not in str(store.execute("SELECT a::text FROM landwatch.audit AS a").fetchall())
    again = client.post(f"{API}/accounts", json=new(), headers=chief)
    assert (again.status_code, "已有" in again.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("more", "status"),
    rest_long(
        [
            ({"password": "short"}, 422),
            ({"name": "a:b"}, 422),
            ({"roles": ["king"]}, 422),
            ({"roles": []}, 422),
            ({"roles": ["audit_administrator"]}, 422),
            ({"land": {}}, 422),
            ({"land": {"regions": ["x"]}}, 422),
            ({"more": 1}, 422),
            ({"land": None}, 403),
            ({"land": {"regions": ["150722"]}}, 403),
            ({"land": {"parks": ["东园"]}}, 403),
        ],
        [
            ({"password": "short"}, 422),
            ({"roles": ["audit_administrator"]}, 422),
            ({"land": {}}, 422),
            ({"land": None}, 403),
            ({"land": {"regions": ["150722"]}}, 403),
        ],
        names=2,
    ),
)
def test_nonsense_and_more_land_than_ones_own_make_no_account(
    client: httpx.Client, store: Connection, more: dict[str, Any], status: int
) -> None:
    chief = by(store, "市管理", ["administrator"], CITY)
    answer = client.post(f"{API}/accounts", json=new(**more), headers=chief)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(users.every(store)) == 1


def test_nobody_reaches_beyond_their_own_land_or_changes_the_account_they_have(
    client: httpx.Client, store: Connection
) -> None:
    whole = by(store, "总管理", ["administrator"], None)
    city = by(store, "市管理", ["administrator"], CITY)
    users.add(store, "别市", ["viewer"], Scope(regions=("150722",)))
    users.add(store, "旗里", ["viewer"], BANNER)
    listed = client.get(f"{API}/accounts", headers=city).json()["rows"]
    assert [row["name"] for row in listed] == ["市管理", "旗里"]
    for name, place, content in (
        ("别市", "roles", {"roles": ["viewer"]}), ("总管理", "password", {"password": GOOD}),
        ("总管理", "closed", {"is_disabled": True}), ("旗里", "land", {"land": None}),
        ("市管理", "land", {"land": None}), ("市管理", "roles", {"roles": ["administrator"]}),
        ("市管理", "password", {"password": GOOD}), ("市管理", "closed", {"is_disabled": False}),
    ):  # fmt: skip
        answer = client.put(f"{API}/accounts/{name}/{place}", json=content, headers=city)
        assert answer.status_code == 403, (name, place, answer.text)
    assert users.get(store, "旗里").scope == BANNER
    gone = client.put(f"{API}/accounts/无人/closed", json={"is_disabled": True}, headers=whole)
    assert gone.status_code == 404
    # The audit is of all land.
    assert client.get(f"{API}/audit", headers=city).status_code == 403
    assert client.get(f"{API}/audit", headers=whole).status_code == 200


def test_without_the_permission_nothing_of_it_is_seen_or_done(
    client: httpx.Client, store: Connection
) -> None:
    officer = by(store, "承办", ["officer"], None)
    manager = by(store, "负责", ["manager"], None)
    for headers in (officer, manager):
        for path in ("accounts", "keys", "audit"):
            assert client.get(f"{API}/{path}", headers=headers).status_code == 403, path
        assert client.post(f"{API}/accounts", json=new(), headers=headers).status_code == 403
        assert client.delete(f"{API}/keys/key 承办", headers=headers).status_code == 403
    assert client.get(f"{API}/embeds", headers=officer).status_code == 403
    assert client.get(f"{API}/embeds", headers=manager).status_code == 200


def test_three_administrators_stay_three(
    client: httpx.Client, store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The security administrator gives working roles, none of the three; nor touches the others."""
    monkeypatch.setenv("LANDWATCH_SEPARATE_ADMINISTRATORS", "1")
    security = by(store, "安全", ["security_administrator"], None)
    auditor = by(store, "审计", ["audit_administrator"], None)
    system = by(store, "系统", ["system_administrator"], None)
    assert client.post(f"{API}/accounts", json=new(), headers=security).status_code == 201
    for role in ("system_administrator", "audit_administrator", "security_administrator"):
        answer = client.post(f"{API}/accounts", json=new("x", roles=[role]), headers=security)
        assert answer.status_code == 403, role
    together = client.post(
        f"{API}/accounts", json=new("x", roles=["viewer", "audit_administrator"]), headers=security
    )
    assert together.status_code == 422
    for place, content in (("password", {"password": GOOD}), ("closed", {"is_disabled": True}),
                           ("roles", {"roles": ["viewer"]})):  # fmt: skip
        answer = client.put(f"{API}/accounts/审计/{place}", json=content, headers=security)
        assert answer.status_code == 403
    key = {"name": "k", "account": "审计"}
    assert client.post(f"{API}/keys", json=key, headers=security).status_code == 403
    assert client.get(f"{API}/audit", headers=security).status_code == 403
    assert client.get(f"{API}/audit", headers=auditor).status_code == 200
    for headers in (auditor, system):
        assert client.get(f"{API}/accounts", headers=headers).status_code == 403
    assert client.get(f"{API}/audit", headers=system).status_code == 403


def test_keys_and_tokens_are_shown_once_and_reach_no_further_than_who_makes_them(
    client: httpx.Client, store: Connection
) -> None:
    city = by(store, "市管理", ["administrator"], CITY)
    users.add(store, "旗里", ["manager"], BANNER)
    users.add(store, "全区", ["manager"], None)
    made = client.post(f"{API}/keys", json={"name": "gis", "account": "旗里"}, headers=city)
    assert made.status_code == 201, made.text
    own = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert client.get(f"{API}/embeds", headers=own).status_code == 200
    listed = client.get(f"{API}/keys", headers=city)
    assert made.json()["secret"] not in listed.text
    assert [row["name"] for row in listed.json()["rows"]] == ["gis", "key 市管理"]
    for name, asked, status in (
        ("of all", {"account": "全区"}, 403),
        ("more", {"account": "旗里", "roles": ["administrator"]}, 403),
        ("wide", {"account": "旗里", "land": {"regions": ["150600"]}}, 403),
        ("wide2", {"account": "市管理", "land": {"regions": ["15"]}}, 403),
        ("long", {"account": "旗里", "days": 367}, 422),
        ("gis", {"account": "旗里"}, 409),
        ("of none", {"account": "无人"}, 404),
    ):
        answer = client.post(f"{API}/keys", json={"name": name, **asked}, headers=city)
        assert answer.status_code == status, (name, answer.text)
    token = {"name": "门户", "account": "旗里", "land": LAND, "layers": ["findings"]}
    shown = client.post(f"{API}/embeds", json=token, headers=own | {})
    assert shown.status_code == 201, shown.text
    # No record has come of that banner yet.
    assert (made.json()["unknown_land"], shown.json()["unknown_land"]) == ([], ["150624"])
    opened = client.post("/embed/exchange", json={"shown": shown.json()["token"]})
    assert opened.json()["layers"] == ["findings"]
    for more, status in (
        ({"land": None}, 403), ({"account": "全区"}, 403), ({"layers": ["accounts"]}, 404),
    ):  # fmt: skip
        answer = client.post(f"{API}/embeds", json=token | {"name": "x"} | more, headers=own)
        assert answer.status_code in {status, 422}, (more, answer.text)
    assert client.delete(f"{API}/embeds/门户", headers=own).json()["revoked_at"] is not None
    assert embeds.get(store, "门户").revoked_at is not None
    assert client.delete(f"{API}/keys/gis", headers=city).status_code == 200
    assert client.get(f"{API}/embeds", headers=own).status_code == 401
    assert config.read().home is not None


def test_a_key_narrower_than_its_account_makes_no_wider_one(
    client: httpx.Client, store: Connection
) -> None:
    users.add(store, "总管理", ["administrator", "viewer"], None)
    secret, _ = keys.create(store, "narrow", "总管理", roles=["administrator"], scope=CITY)
    narrow = {"Authorization": f"Bearer {secret}"}
    for asked in ({}, {"roles": ["viewer"]}, {"roles": ["administrator"], "land": None}):
        key = {"name": "wider", "account": "总管理", **asked}
        answer = client.post(f"{API}/keys", json=key, headers=narrow)
        assert answer.status_code == 403, (asked, answer.text)


def test_a_session_changes_nothing_without_its_token_and_the_first_account_is_made_at_the_server(
    client: httpx.Client, store: Connection
) -> None:
    first = client.post(f"{API}/accounts", json=new())
    assert (first.status_code, "服务器" in first.json()["detail"]) == (403, True)
    assert users.every(store) == []
    chief = by(store, "管理", ["administrator"], None)
    client.post(f"{API}/accounts", json=new(roles=["administrator"], land=None), headers=chief)
    client.post("/login", json={"name": "王芳", "password": GOOD})
    token = client.get("/login/me").json()["csrf"]
    change = {"old": GOOD, "new": GOOD + "3"}
    me = client.post("/login/password", json=change, headers={"X-CSRF-Token": token}).json()
    other = new("另一")
    assert client.post(f"{API}/accounts", json=other).status_code == 403
    done = client.post(f"{API}/accounts", json=other, headers={"X-CSRF-Token": me["csrf"]})
    assert done.status_code == 201, done.text


def test_the_audit_is_read_page_by_page(client: httpx.Client, store: Connection) -> None:
    chief = by(store, "管理", ["administrator"], None)
    for _ in range(3):
        client.get(f"{API}/accounts", headers=chief)
    met, url = [], f"{API}/audit?limit=2&actor=管理&action=GET /api/v1/accounts"
    while url:
        page = client.get(url, headers=chief).json()
        met += [row["number"] for row in page["rows"]]
        url = page["next"]
    assert len(met) == 3
    assert met == sorted(met, reverse=True)
    head = audit.head(store)
    assert client.get(f"{API}/audit", headers=chief).json()["number"] <= head.number + 1
    assert client.get(f"{API}/audit?nobody=1", headers=chief).status_code == 422
