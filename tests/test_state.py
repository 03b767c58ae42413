"""How the installation stands: told by the command, to Prometheus, and in red on the home page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pandas as pd
import pytest

from gis import contracts
from gis.accounts import keys, users
from gis.config import Config
from gis.night.told import digest_of
from gis.outputs import digest
from gis.store import database, nights
from gis.store.results import Scope
from tests import sending, told_nights
from tests.told_nights import FAILED, NIGHT
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
    page = get(client, "/maps/", secrets["administrator"])
    (note,) = re.findall(r'<p class="note night-trouble" role="alert">(.*?)</p>', page.text)
    assert f"{FAILED} 夜间运行失败" in note
    assert f"{NIGHT} 夜" in note
    assert "西旗的文件" not in page.text
    now = datetime.now(UTC)
    today = (now + timedelta(hours=8)).date()
    with connection.transaction(force_rollback=False):
        nights.begin(connection, today, now)
        nights.note_good(connection, today, 1, 1, None, 0, now)
    later = get(client, "/maps/", secrets["administrator"])
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
    content = json.loads(told.stdout)
    assert list(content) == list(contracts.JSON["status"])
    assert content["night"]["newest_state"] == "failed"
    assert content["night"]["last_good_on"] == str(NIGHT)


def test_the_command_makes_tonight_and_tells_of_rows_that_wait(
    desk: Desk, connection: database.Connection, tmp_path: Path
) -> None:
    """A parcel of 东 moves by 14 steps of 0.002 degrees, some 2.4 km: it waits for a person."""
    moved = sending.parcels(tmp_path, ("150602001001GB00001", "东", 15, "150602"))
    loaded = desk.call("load", "parcels", str(moved))
    assert loaded.code == 0, loaded.stderr
    done = desk.call("nightly", "--now", "--json")
    assert done.code == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == list(contracts.JSON["nightly"])
    assert told["is_made"]
    assert told["night"]["state"] == "good"
    sections = {one["section"]: one for one in told["digest"]["sections"]}
    (row,) = sections["held"]["rows"]
    assert row["subject"] == "150602001001GB00001"
    assert row["zh"].endswith("第 1 行：移位待核，搁置")
    assert row["link"] == "/api/v1/held"
    # The nights since the good one of the fixture: one that failed, then none at all.
    lines = [one["zh"] for one in sections["trouble"]["rows"]]
    assert lines[:2] == [f"{FAILED} 夜失败", "原因 the reason: 西旗的文件读不了"]
    assert re.fullmatch(r"2024-07-02 至 \S+ 共 \d+ 天没有夜间运行", lines[2])
    # Each land is told of the deliveries it sees.
    day = date.fromisoformat(told["digest"]["as_of"])
    seen = {}
    for code in ("150602", "150722"):
        night = nights.get(connection, day)
        assert night is not None
        own = digest.content(digest_of(connection, night, Scope((code,))))
        seen[code] = next(one["count"] for one in own["sections"] if one["section"] == "held")
    assert seen == {"150602": 1, "150722": 0}
    # Made once: asked again it says so and changes nothing.
    again = json.loads(desk.call("nightly", "--now", "--json").stdout)
    assert again["night"] == told["night"]
    assert desk.call("status").code == 0
    listed = desk.json("notices", "list")
    assert (list(listed), listed["count"]) == (list(contracts.JSON["notices_list"]), 0)


def test_what_a_digest_names_is_escaped_and_a_robot_gets_what_it_takes() -> None:
    rows = pd.DataFrame(
        [
            {"section": "appeared", "subject": f"<script>{n}</script>", "zh": "甲&乙" * 20,
             "en": "a", "region_code": "150602", "area_m2": 1.0, "is_for_all": False}
            for n in range(300)
        ]
    ).reindex(columns=[*digest.COLUMNS]).astype(object)  # fmt: skip
    told = digest.digest(
        rows.where(rows.notna(), None), day=date(2026, 6, 30), run=2, delivery=3, before_on=NIGHT,
        before_run=1, missed=nights.missed(NIGHT, date(2026, 6, 30)), land="全部", is_whole=True,
        names={"150602": "东<旗>"},
    )  # fmt: skip
    page = digest.html(told)
    assert "<script" not in page
    assert "&lt;script&gt;0&lt;/script&gt;" in page
    assert "甲&amp;乙" in page
    assert "东&lt;旗&gt; 150602" in page
    assert "另有 100 条" in page
    # 2024-07-01 to 2026-06-29: 184 + 365 + 180 days.
    assert "2024-07-01 至 to 2026-06-29（729 天 days）" in page
    assert "另有 280 条 280 more" in digest.text(told)
    short = digest.short(told, "https://land.example")
    assert len(short.encode()) <= 2_048
    assert short.startswith("土地监测夜报 2026-06-30：新列入 300")
    assert short.endswith("https://land.example/nights/2026-06-30")
