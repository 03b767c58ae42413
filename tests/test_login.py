"""Logging in through a real server: what lets people in, what keeps others out, what is left."""

from __future__ import annotations

import json
import logging
import re
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api import login as door
from gis.accounts import audit, keys, passwords, users
from gis.accounts.settings import LOCKOUT, PASSWORD, SESSION
from gis.store import statements, turns
from gis.store.database import Connection
from gis.store.results import Scope
from tests.doors import app_of, served
from tests.warm import ROOT

GOOD, OTHER = "Caoyuan-2026-zao", "Shamo+Hongliu-77"


@pytest.fixture
def client(store: Connection, store_url: str) -> Iterator[httpx.Client]:
    users.add(store, "王芳", ["officer"], Scope(regions=("150624",)))
    passwords.give(store, "王芳", GOOD, must_change=False)
    with served(app_of(store_url, door.router)) as client:
        yield client


def log_in(client: httpx.Client, name: str = "王芳", password: str = GOOD, **more: Any) -> Any:
    return client.post("/login", json={"name": name, "password": password}, **more)


def test_who_knows_the_password_comes_in_and_what_is_kept_or_logged_opens_nothing(
    client: httpx.Client, store: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = log_in(client)
    assert said.status_code == 200
    assert said.json()["land"] == {"regions": ["150624"], "parks": [], "blocks": []}
    cookie = said.headers["set-cookie"]
    assert re.fullmatch(r"landwatch-session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    assert client.get("/read").json()["via"] == "session"
    token, csrf = client.cookies["landwatch-session"], said.json()["csrf"]
    assert client.get("/login/me").json()["csrf"] == csrf
    for table in ("account", "session", "audit", "login_failure"):
        kept = str(store.execute(f"SELECT t::text FROM landwatch.{table} AS t").fetchall())
        assert not any(secret in kept for secret in (GOOD, token, csrf)), table
    logged = "\n".join(
        record.getMessage() for record in caplog.records if "http" not in record.name
    )
    assert not any(secret in logged for secret in (GOOD, token, csrf))
    (hash_,) = store.execute("SELECT password_hash FROM landwatch.account").fetchall()[0]
    assert hash_.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_people_come_in_whatever_is_at_work_in_the_store(
    client: httpx.Client, store: Connection
) -> None:
    """A night, a load, a run each hold their turn for minutes; the door has one of its own."""
    for turn in (statements.LOADS, statements.RUNS, turns.NIGHT, turns.NOTICES):
        store.execute("SELECT pg_advisory_lock(%s)", (turn,))
    try:
        assert log_in(client, timeout=10).status_code == 200
    finally:
        store.execute("SELECT pg_advisory_unlock_all()")
    # And no two turns in the program have one number.
    numbers = [
        number
        for path in (ROOT / "gis").rglob("*.py")
        for number in re.findall(r"= (7_105_\d{3})\b", path.read_text(encoding="utf-8"))
    ]
    assert len(numbers) > 5
    assert len({*numbers}) == len(numbers)


def test_a_cookie_opens_nothing_after_log_out(client: httpx.Client) -> None:
    csrf = log_in(client).json()["csrf"]
    stolen = {"Cookie": f"landwatch-session={client.cookies['landwatch-session']}"}
    assert client.get("/read").status_code == 200
    assert client.post("/login/out").status_code == 403  # another site could send that
    assert client.post("/login/out", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert "landwatch-session" not in client.cookies
    assert client.get("/read", headers=stolen).status_code == 401
    assert client.post("/login/out").status_code == 204


def test_a_cookie_put_there_by_another_is_never_taken_over(client: httpx.Client) -> None:
    """A session is not fixed: log-in gives a token of its own and ends the one that came along."""
    fixed = {"Cookie": "landwatch-session=chosen-by-somebody-else"}
    log_in(client, headers=fixed)
    first = client.cookies["landwatch-session"]
    assert first != "chosen-by-somebody-else"
    assert client.get("/read", headers=fixed).status_code == 401
    log_in(client)
    assert client.cookies["landwatch-session"] != first
    client.cookies.clear()
    old = {"Cookie": f"landwatch-session={first}"}
    assert client.get("/read", headers=old).status_code == 401


def test_a_change_needs_the_token_of_its_own_session(
    client: httpx.Client, store: Connection
) -> None:
    csrf = log_in(client).json()["csrf"]
    with httpx.Client(base_url=client.base_url) as second:
        foreign = log_in(second).json()["csrf"]
    for shown in ({}, *({"X-CSRF-Token": one} for one in ("", "x", foreign, csrf.upper()))):
        assert client.post("/change", headers=shown).status_code == 403, shown
    assert client.post("/change", headers={"X-CSRF-Token": csrf}).status_code == 200
    # Looking needs none, and a key, which no browser sends by itself, never.
    assert client.get("/read").status_code == 200
    key, _ = keys.create(store, "gis", "王芳")
    client.cookies.clear()
    shown = {"Authorization": f"Bearer {key}"}
    assert client.post("/change", headers=shown).status_code == 200


def test_a_log_in_from_another_site_is_refused(client: httpx.Client) -> None:
    for site in ("cross-site", "same-site"):
        assert log_in(client, headers={"Sec-Fetch-Site": site}).status_code == 403
    form = {"name": "王芳", "password": GOOD}
    assert client.post("/login", data=form).status_code == 422
    text = json.dumps(form)
    plain = {"Content-Type": "text/plain"}
    assert client.post("/login", content=text.encode(), headers=plain).status_code == 422


def test_wrong_names_and_wrong_passwords_get_one_answer(
    client: httpx.Client, store: Connection
) -> None:
    users.add(store, "无密码", ["viewer"], None)
    users.add(store, "停用", ["viewer"], None)
    passwords.give(store, "停用", GOOD, must_change=False)
    users.disable(store, "停用")
    odd = ("a\0b", "x" * 10_000, "'; drop table landwatch.account; --", "😀", "", "ᠮᠣᠩᠭᠣᠯ", "𠮷")
    answers = {
        (answer.status_code, answer.text)
        for answer in (
            log_in(client, "王芳", "wrong"),
            log_in(client, "王芳", ""),
            log_in(client, "王芳", GOOD + "x" * 9_000),
            log_in(client, "无密码", ""),
            log_in(client, "停用", GOOD),
            *(log_in(client, name, GOOD) for name in odd),
        )
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 401
    assert log_in(client).status_code == 200


def test_a_name_nobody_has_takes_as_long_as_one_somebody_has(
    client: httpx.Client, store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bool] = []
    real = passwords.fits

    def counted(password: str, known: str | None) -> bool:
        began = time.perf_counter()
        answer = real(password, known)
        took[known is None].append(time.perf_counter() - began)
        calls.append(known is None)
        return answer

    took: dict[bool, list[float]] = {True: [], False: []}
    monkeypatch.setattr(passwords, "fits", counted)
    for number in range(LOCKOUT.failures_count - 1):
        for name in ("王芳", f"nobody{number}"):
            assert log_in(client, name, "wrong").status_code == 401
    assert calls == [False, True] * (LOCKOUT.failures_count - 1)
    unknown, known = (statistics.median(took[one]) for one in (True, False))
    assert 0.4 < unknown / known < 2.5


def test_after_too_many_failures_an_account_waits_and_so_does_a_name_nobody_has(
    client: httpx.Client, store: Connection
) -> None:
    said = {}
    for name in ("王芳", "nobody"):
        for _ in range(LOCKOUT.failures_count):
            assert log_in(client, name, "wrong").status_code == 401
        locked = log_in(client, name, GOOD)
        assert locked.status_code == 429
        said[name] = locked.text
    assert said["王芳"] == said["nobody"]
    # Knocking on does not put the end off; with it the right password lets in again.
    log_in(client)
    store.execute("UPDATE landwatch.login_failure SET failed_at = failed_at - interval '15 min'")
    assert log_in(client).status_code == 200
    log_in(client, "王芳", "wrong")
    assert log_in(client).status_code == 200
    results = [entry.result for entry in audit.entries(store, 99)]
    assert results.count("锁定 locked") == 3
    assert audit.prove(store) is None


@pytest.mark.long("test_after_too_many_failures_an_account_waits_and_so_does_a_name_nobody_has")
def test_an_address_waits_whatever_names_it_tries(client: httpx.Client) -> None:
    most = LOCKOUT.address_failures_count
    codes = [log_in(client, f"n{number}", "wrong").status_code for number in range(most + 1)]
    assert codes == [401] * most + [429]
    assert log_in(client, headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429


def test_of_many_tries_at_once_only_so_many_are_looked_at(client: httpx.Client) -> None:
    codes: list[int] = []

    def knock() -> None:
        with httpx.Client(base_url=client.base_url, timeout=30) as own:
            codes.append(log_in(own, "王芳", "wrong").status_code)

    threads = [threading.Thread(target=knock) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [401] * LOCKOUT.failures_count + [429] * (12 - LOCKOUT.failures_count)


def test_what_people_type_for_a_name_is_written_down_nowhere(
    client: httpx.Client, store: Connection
) -> None:
    log_in(client, GOOD, "王芳")
    for table in ("audit", "login_failure"):
        assert GOOD.casefold() not in str(
            store.execute(f"SELECT t::text FROM landwatch.{table} AS t").fetchall()
        )


def test_a_first_password_is_changed_before_anything_else(
    client: httpx.Client, store: Connection
) -> None:
    passwords.give(store, "王芳", OTHER, must_change=True)
    me = log_in(client, password=OTHER).json()
    assert me["must_change_password"] is True
    assert client.get("/read").status_code == 403
    headers = {"X-CSRF-Token": me["csrf"]}

    def change(old: str, new: str) -> httpx.Response:
        return client.post("/login/password", json={"old": old, "new": new}, headers=headers)

    for old, new, status in (
        ("wrong", GOOD, 401), (OTHER, "short", 422), (OTHER, OTHER, 422), (OTHER, GOOD, 200),
    ):  # fmt: skip
        assert change(old, new).status_code == status, new
    assert client.get("/read").status_code == 200
    assert change(GOOD, OTHER).status_code == 403  # the token of the session that is gone
    assert log_in(client, password=OTHER).status_code == 401


def test_an_old_password_is_changed_before_anything_else(
    client: httpx.Client, store: Connection
) -> None:
    old = f"UPDATE landwatch.account SET password_set_at = now() - interval '{PASSWORD.lasts_days}"
    store.execute(f"{old} days' + interval '1 hour'")
    assert log_in(client).json()["must_change_password"] is False
    store.execute(f"{old} days'")
    assert client.get("/read").status_code == 403
    me = log_in(client).json()
    assert me["must_change_password"] is True
    content = {"old": GOOD, "new": OTHER}
    said = client.post("/login/password", json=content, headers={"X-CSRF-Token": me["csrf"]})
    assert said.json()["must_change_password"] is False
    assert client.get("/read").status_code == 200


def test_a_new_password_ends_every_other_session(client: httpx.Client) -> None:
    csrf = log_in(client).json()["csrf"]
    with httpx.Client(base_url=client.base_url) as second:
        log_in(second)
        said = client.post(
            "/login/password", json={"old": GOOD, "new": OTHER}, headers={"X-CSRF-Token": csrf}
        )
        assert said.status_code == 200
        assert second.get("/read").status_code == 401
    assert client.get("/read").status_code == 200
    assert client.post("/change", headers={"X-CSRF-Token": said.json()["csrf"]}).status_code == 200


def test_a_session_ends_when_idle_when_old_and_with_its_account(
    client: httpx.Client, store: Connection
) -> None:
    for harm in (
        f"UPDATE landwatch.session SET seen_at = now() - interval '{SESSION.idle_minutes} min'",
        "UPDATE landwatch.session SET ends_at = now()",
        "UPDATE landwatch.session SET revoked_at = now()",
    ):
        log_in(client)
        assert client.get("/read").status_code == 200
        store.execute(harm)
        assert client.get("/read").status_code == 401
    log_in(client)
    users.disable(store, "王芳")
    assert client.get("/read").status_code == 401
    users.disable(store, "王芳", is_disabled=False)
    assert client.get("/read").status_code == 401  # opened again, but not its sessions


def test_use_puts_the_idle_end_off_but_never_the_whole_end(
    client: httpx.Client, store: Connection
) -> None:
    log_in(client)
    store.execute("UPDATE landwatch.session SET seen_at = now() - interval '29 min'")
    assert client.get("/read").status_code == 200
    row = store.execute(
        "SELECT now() - seen_at < interval '1 min',"
        " ends_at - created_at = make_interval(hours => %s) FROM landwatch.session",
        (SESSION.whole_hours,),
    ).fetchone()
    assert row == (True, True)


def test_other_land_and_other_roles_hold_with_the_next_request(
    client: httpx.Client, store: Connection
) -> None:
    log_in(client)
    assert client.get("/read").json()["land"] == ["150624"]
    users.give_scope(store, "王芳", Scope(regions=("150722",)))
    assert client.get("/read").json()["land"] == ["150722"]
    assert client.get("/accounts").status_code == 403
    users.give_roles(store, "王芳", ["administrator"])
    assert client.get("/accounts").status_code == 200


def test_two_first_log_ins_at_once_are_two_sessions(client: httpx.Client) -> None:
    tokens: list[str] = []

    def come() -> None:
        with httpx.Client(base_url=client.base_url, timeout=30) as own:
            assert log_in(own).status_code == 200
            assert own.get("/read").status_code == 200
            tokens.append(own.cookies["landwatch-session"])

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*tokens}) == 2


def test_nonsense_at_the_door_is_refused_with_a_reason(client: httpx.Client) -> None:
    for content in (b"", b"x", b"[]", b"{}", b'{"name": 1, "password": 2}', b'{"name":"\\ud800"}',
                    b'{"name": "a", "password": "b", "roles": ["administrator"]}', b"\xff",
                    b'{"name": null, "password": null}', b"[" * 9_000):  # fmt: skip
        json_ = {"Content-Type": "application/json"}
        answer = client.post("/login", content=content, headers=json_)
        assert answer.status_code in {400, 422}, content[:40]
    huge = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    assert client.post("/login", content=huge).status_code == 413
    half = b'{"name": "a", "password": "\\ud800"}'
    answer = client.post("/login", content=half, headers={"Content-Type": "application/json"})
    assert answer.status_code in {401, 422}
    assert client.get("/login/../../pyproject.toml").status_code == 404
    assert client.get("/login/%2e%2e%2fidentity.py").status_code == 404


def test_without_accounts_nobody_need_log_in(store: Connection, store_url: str) -> None:
    with served(app_of(store_url, door.router)) as client:
        answer = log_in(client)
        assert answer.status_code == 503
        assert "不用登录" in answer.text
        assert log_in(client, headers={"Via": "1.1 x"}).status_code == 403
        assert client.get("/login/me").json()["via"] == "desk"
