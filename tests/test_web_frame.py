"""The frame of the pages: policy, language, faults, who is sent to log in, the files they use."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Response

from api import errors
from api.errors import FaultPages
from api.web import files, frame
from gis.accounts import passwords, users
from gis.config import Config
from gis.store import database
from tests.doors import served
from tests.warm import Desk

AS_BROWSER = {"Accept": "text/html,application/xhtml+xml"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def as_viewer(secrets: dict[str, str], **more: str) -> dict[str, str]:
    return AS_BROWSER | {"Authorization": f"Bearer {secrets['viewer']}"} | more


def test_who_is_not_known_is_sent_to_log_in_and_back_again(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    assert secrets
    answer = client.get("/?run=1", headers=AS_BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2F%3Frun%3D1"
    # A program is told in its own way, and is sent nowhere.
    assert client.get("/").status_code == 401
    assert client.get("/api/v1/runs", headers=AS_BROWSER).status_code == 401


def test_who_must_change_a_password_is_sent_to_do_so(
    client: httpx.Client, desk: Desk, secrets: dict[str, str]
) -> None:
    assert secrets
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        users.add(connection, "新来的", ["viewer"], None)
        passwords.give(connection, "新来的", "Caoyuan-2026-zao", must_change=True)
    name = {"name": "新来的", "password": "Caoyuan-2026-zao"}
    with httpx.Client(base_url=client.base_url) as own:
        assert own.post("/login", json=name).json()["must_change_password"] is True
        answer = own.get("/?run=1", headers=AS_BROWSER)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2F%3Frun%3D1"
        page = own.get("/login?next=%2F%3Frun%3D1", headers=AS_BROWSER).text
        assert re.search(r'<form id="change" class="form" method="post">', page)


def test_a_fault_is_told_to_the_script_of_a_page_in_its_language(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    asked = {"Authorization": f"Bearer {secrets['viewer']}"}
    both = client.get("/api/v1/runs/99", headers=asked).json()
    assert CHINESE.search(both["detail"])
    assert re.search("[a-z]{4}", both["detail"])
    page = asked | {"Landwatch-Page": "1"}
    chinese = client.get("/api/v1/runs/99", headers=page).json()
    assert CHINESE.search(chinese["detail"])
    assert not re.search("[a-z]{4}", chinese["detail"])
    english = client.get("/api/v1/runs/99", headers=page | {"Cookie": "landwatch-language=en"})
    assert not CHINESE.search(english.json()["detail"])


def test_a_page_lets_in_nothing_but_files_of_this_server(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    answer = client.get("/", headers=as_viewer(secrets))
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy == frame.POLICY
    assert "unsafe" not in policy
    asked = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert len(asked) > 6
    assert all(one.startswith("/") and not one.startswith("//") for one in asked if one != "data:,")
    # Nothing runs or styles from within the page.
    assert not re.search(r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)", answer.text)


def test_a_page_speaks_one_language(client: httpx.Client, secrets: dict[str, str]) -> None:
    chinese = client.get("/", headers=as_viewer(secrets)).text
    assert 'lang="zh-CN"' in chinese
    english = client.get("/", headers=as_viewer(secrets, Cookie="landwatch-language=en")).text
    body = english.partition("<body")[2].replace("中文", "")
    assert not CHINESE.search(body), CHINESE.findall(body)
    assert "suspected idle" in body


@pytest.mark.parametrize(
    ("back", "goes"),
    [("/map?run=1", "/map?run=1"), ("//evil.example", "/"), ("https://evil.example", "/"),
     ("/\\evil.example", "/"), ("/%0d%0aSet-Cookie: a=b", "/%0d%0aSet-Cookie:%20a=b")],
)  # fmt: skip
def test_the_switch_of_languages_leads_back_and_nowhere_else(
    client: httpx.Client, back: str, goes: str
) -> None:
    answer = client.get("/language/en", params={"back": back})
    assert answer.status_code == 303
    assert answer.headers["location"] == goes
    assert answer.headers["set-cookie"].startswith("landwatch-language=en;")
    client.cookies.clear()
    assert client.get("/language/de").status_code == 404


def test_a_fault_is_a_page_for_a_person_and_a_problem_for_a_program(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    page = client.get("/?run=99", headers=as_viewer(secrets))
    assert page.status_code == 404
    assert "没有第 99 次运行" in page.text
    assert "There is no run" not in page.text
    english = client.get("/?run=99", headers=as_viewer(secrets, Cookie="landwatch-language=en"))
    assert "There is no run 99" in english.text
    as_program = as_viewer(secrets, Accept="application/json")
    problem = client.get("/?run=99", headers=as_program)
    assert problem.headers["content-type"] == "application/problem+json"
    nowhere = client.get("/no-such-page<script>alert(1)</script>", headers=as_viewer(secrets))
    assert nowhere.status_code == 404
    assert "<script>alert" not in nowhere.text


def test_where_even_the_page_of_a_fault_fails_its_words_are_there() -> None:
    def fails(*_: object) -> Response:
        raise LookupError("a template of another version")

    app = FastAPI()
    app.state.fault_pages = FaultPages(lambda _: True, fails, lambda _, text: text)
    errors.register(app)
    with served(app) as alone:
        answer = alone.get("/nowhere", headers=AS_BROWSER)
    assert answer.status_code == 404
    assert answer.text.startswith("没有这个页面 there is no such page\n")
    assert "没有改动任何数据" in answer.text


def test_every_page_says_how_long_ago_its_day_is_and_where_the_other_language_is(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    past = (datetime.now(frame.HERE).date() - date(2024, 6, 30)).days
    for path in ("/", "/blocks", "/lists/supplied", "/calendar"):
        page = client.get(path, headers=as_viewer(secrets)).text
        assert f"{past:,} 天前" in page, path
        assert ">English</a>" in page, path
    nowhere = client.get("/no-such-page", headers=as_viewer(secrets)).text
    assert "未登录" not in nowhere
    assert 'href="/calendar"' in nowhere


def test_the_files_of_pages_are_served_and_no_others(client: httpx.Client) -> None:
    for name in ("tokens.css", "status.css", "parts.css", "frame.js"):
        answer = client.get(f"/static/app/{name}")
        assert answer.status_code == 200, name
        tag = {"If-None-Match": answer.headers["etag"]}
        assert client.get(f"/static/app/{name}", headers=tag).status_code == 304
    for name in sorted(files._OF_OTHERS):
        assert client.get(f"/static/vendor/{name}").status_code == 200, name
    for path in ("app/..%2Fframe.py", "app/none.css", "vendor/leaflet/LICENSE", "vendor/../x"):
        assert client.get(f"/static/{path}").status_code == 404, path
