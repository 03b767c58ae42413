"""How the installation stands: told by the command, to Prometheus, and in red on the home page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gis.accounts import keys, users
from gis.config import Config
from gis.store import database, nights
from gis.store.results import Scope
from tests import told_nights
from tests.told_nights import FAILED, NIGHT, NOW
from tests.warm import Desk

_LINE = re.compile(r'landwatch_[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? -?\d+')
KEYS = {
    "administrator": ("administrator", None), "of 东": ("administrator", Scope(("150602",))),
    "viewer": ("viewer", None), "viewer of 东": ("viewer", Scope(("150602",))),
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(desk: Desk) -> Iterator[database.Connection]:
    with database.connect(Config(Path("unused"), desk.store.url)) as opened:
        told_nights.put(opened, {}, delivery=1)
        yield opened


@pytest.fixture(scope="module")
def secrets(connection: database.Connection) -> dict[str, str]:
    found = {}
    for name, (role, scope) in KEYS.items():
        users.add(connection, name, [role], scope)
        found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


def get(client: httpx.Client, path: str, secret: str) -> httpx.Response:
    return client.get(path, headers={"Authorization": f"Bearer {secret}"})


def test_prometheus_is_told_by_whoever_runs_the_system_and_nobody_else(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    answer = get(client, "/metrics", secrets["administrator"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    figures = [line for line in lines if not line.startswith("# ")]
    assert all(_LINE.fullmatch(line) for line in figures), figures
    assert 'landwatch_nights{state="failed"} 1' in figures
    assert 'landwatch_nights{state="good"} 1' in figures
    assert "landwatch_night_newest_failed 1" in figures
    # Each figure is said what it is once, before it.
    named = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert sorted(named) == sorted({line.split("{")[0].split()[0] for line in figures})
    for name in ("of 东", "viewer", "viewer of 东"):
        assert get(client, "/metrics", secrets[name]).status_code == 403
    assert client.get("/metrics").status_code == 401


def test_a_failed_night_is_red_on_the_home_page(
    client: httpx.Client, connection: database.Connection, secrets: dict[str, str]
) -> None:
    page = get(client, "/", secrets["administrator"])
    (note,) = re.findall(r'<p class="note night-trouble" role="alert">(.*?)</p>', page.text)
    assert f"{FAILED} 夜间运行失败" in note
    assert f"{NIGHT} 夜" in note
    assert "西旗的文件" not in page.text
    now = datetime.now(UTC)
    today = (now + timedelta(hours=8)).date()
    with connection.transaction(force_rollback=False):
        nights.begin(connection, today, now)
        nights.note_good(connection, today, 1, 1, None, 0, now)
    later = get(client, "/", secrets["administrator"])
    assert 'night-trouble"' not in later.text
    assert later.headers["etag"] != page.headers["etag"]
    connection.execute("DELETE FROM landwatch.night WHERE as_of = %s", (today,))


def test_why_a_night_failed_is_for_whoever_sees_everything(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    for name, is_told in (("viewer", True), ("viewer of 东", False)):
        rows = get(client, "/api/v1/nights", secrets[name]).json()["rows"]
        assert [row["as_of"] for row in rows] == [str(FAILED), str(NIGHT)]
        assert (rows[0]["reason"] is not None) == is_told
        page = get(client, f"/nights/{NIGHT}", secrets[name])
        assert page.status_code == 200
        assert "东旗疑似闲置" in page.text
        assert ("西旗疑似闲置" in page.text) == is_told
        assert "style-src" in page.headers["content-security-policy"]
    assert get(client, f"/nights/{FAILED}", secrets["viewer"]).status_code == 404


def test_the_command_tells_how_it_stands_and_that_a_night_failed(
    desk: Desk, connection: database.Connection
) -> None:
    done = desk.call("status")
    assert done.code == 1
    assert f"最近 newest {FAILED} 失败 failed" in done.stdout
    assert "原因 reason: 西旗的文件读不了" in done.stdout
    told = desk.store.call("status", "--json")
    assert told.code == 1
    assert '"newest_state": "failed"' in told.stdout
    assert NOW.year == 2024
    assert connection.info.status.name == "OK"
