"""Who may come in: the desk while there is no account, accounts everywhere once there is one."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gis.accounts import keys, users
from gis.store.database import Connection
from gis.store.results import Scope
from tests.doors import app_of, served


@pytest.fixture
def client(store: Connection, store_url: str) -> Iterator[httpx.Client]:
    with served(app_of(store_url)) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_accounts_the_desk_may_do_everything(client: httpx.Client) -> None:
    assert client.get("/read").json()["via"] == "desk"
    assert client.get("/accounts").status_code == 200
    assert client.post("/change").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "Via",
     "X-Forwarded-Anything"],
)  # fmt: skip
def test_without_accounts_what_a_proxy_passes_on_is_refused(
    client: httpx.Client, header: str
) -> None:
    for value in ("127.0.0.1", "for=127.0.0.1", ""):
        answer = client.get("/read", headers={header: value})
        assert answer.status_code == 403
        assert "代理" in answer.text


def test_accounts_hold_with_the_very_next_request_after_another_process_made_one(
    client: httpx.Client, store: Connection
) -> None:
    assert client.get("/accounts").status_code == 200
    users.add(store, "王芳", ["viewer"], None)
    assert client.get("/accounts").status_code == 401
    users.disable(store, "王芳")
    assert client.get("/read").status_code == 401


def test_where_accounts_are_required_and_none_is_there_nobody_comes_in(
    store: Connection, store_url: str
) -> None:
    with served(app_of(store_url, require_accounts=True)) as client:
        for headers in ({}, {"X-Forwarded-For": "10.0.0.1"}, bearer("lwk_x")):
            answer = client.get("/read", headers=headers)
            assert answer.status_code == 503
            assert "landwatch user add" in answer.text
        users.add(store, "王芳", ["viewer"], None)
        assert client.get("/read").status_code == 401


def test_a_key_comes_as_bearer_or_as_the_password_of_basic(
    client: httpx.Client, store: Connection
) -> None:
    users.add(store, "王芳", ["officer"], Scope(regions=("150624",)))
    key, _ = keys.create(store, "gis", "王芳")
    for options in ({"headers": bearer(key)}, {"auth": ("anything", key)}, {"auth": ("", key)}):
        said = client.get("/read", **options).json()  # type: ignore[arg-type]
        assert (said["name"], said["via"], said["land"]) == ("王芳", "key", ["150624"])
    # No cookie, so nothing another site could make a browser send.
    assert client.post("/change", headers=bearer(key)).status_code == 200
    assert client.get("/accounts", headers=bearer(key)).status_code == 403
    users.give_scope(store, "王芳", Scope(regions=("150722",)))
    assert client.get("/read", headers=bearer(key)).json()["land"] == ["150722"]
    users.disable(store, "王芳")
    assert client.get("/read", headers=bearer(key)).status_code == 401


def test_credentials_that_are_none_let_nobody_in(client: httpx.Client, store: Connection) -> None:
    users.add(store, "王芳", ["viewer"], None)
    for shown in (
        *("Bearer", "Bearer x", "Basic", "Basic !!!", "Basic Og==", "Basic /////w=="),
        *("Digest a", "Embed x", "Negotiate", "Bearer " + "x" * 10_000, "bearer null"),
    ):
        assert client.get("/read", headers={"Authorization": shown}).status_code == 401, shown
    assert client.get("/read", headers={"Cookie": "landwatch-session=x"}).status_code == 401


@pytest.mark.parametrize(
    ("require_accounts", "told", "address"),
    [
        (False, "10.1.1.1", "127.0.0.1"),
        # Only what the proxy beside us wrote last counts, whatever its client sent it.
        (True, "127.0.0.1, 10.1.1.1", "10.1.1.1"),
        (True, "nonsense", "127.0.0.1"),
        (True, "10.1.1.1, <img>", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_from_our_own_proxy_only(
    store: Connection, store_url: str, require_accounts: bool, told: str, address: str
) -> None:
    users.add(store, "王芳", ["viewer"], None)
    key, _ = keys.create(store, "gis", "王芳")
    with served(app_of(store_url, require_accounts=require_accounts)) as client:
        headers = {**bearer(key), "X-Forwarded-For": told}
        assert client.get("/read", headers=headers).json()["address"] == address
