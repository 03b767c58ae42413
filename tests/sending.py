"""Files sent to a server of a test's own: who sends them, what is sent, what came of it."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest

from api.app import create_app
from gis import law as rules_of
from gis.accounts import keys, users
from gis.cli import reasons, served_work
from gis.config import Config
from gis.outputs.calendar.of_subject import due_of, due_of_many
from gis.pipeline.explain import explain
from gis.store import database, pool
from gis.store.results import Scope
from gis.tiles import maker
from tests.doors import served
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

SCOPES = {
    "officer": ("officer", None),
    "clerk of 东": ("clerk", Scope(regions=("150602",))),
    "clerk of 西": ("clerk", Scope(regions=("150722",))),
    "clerk of 东园": ("clerk", Scope(parks=("东园",))),
    "officer of 东": ("officer", Scope(regions=("150602",))),
    "officer of 西": ("officer", Scope(regions=("150722",))),
    "viewer": ("viewer", None),
}


def secrets_of(desk: Desk) -> dict[str, str]:
    """A key for each of `SCOPES`."""
    found = {}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for name, (role, scope) in SCOPES.items():
            users.add(connection, name, [role], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


def client_of(desk: Desk) -> Iterator[httpx.Client]:
    """A client of a server that works on a store, and tells why as the command's own does."""
    settings, rules = Config(desk.store.home, desk.store.url), rules_of.load()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in desk.store.environment.items():
            if name.startswith("LANDWATCH_"):
                patch.setenv(name, value)
        # A page asks for six things at once, and each is lent one connection while it looks up
        # who asks by another: of one pool they would wait for each other.
        reading, knowing, writing, drawing = (
            pool.Pool(settings, 4, is_read_only=True),
            pool.Pool(settings, 2, is_read_only=True),
            pool.Pool(settings, 4, lock_seconds=3),
            pool.Pool(settings, maker.AT_ONCE, is_read_only=True),
        )

        def told(language: str):  # type: ignore[no-untyped-def]
            return lambda connection, run, subject: (
                explain(connection, subject, run.as_of, run.delivery, rules, language).content
            )

        work = served_work.work()
        app = create_app(
            reading.connection,
            told("zh"),
            lambda connection, run, subject: (
                reasons.of_one(connection, run, subject, rules), "",
            ),
            why_in_english=told("en"),
            due=lambda connection, run, subject: due_of(connection, run, subject, rules),
            due_many=lambda connection, run, all_of: due_of_many(connection, run, all_of, rules),
            writing=writing.connection, knowing=knowing.connection,
            drawing=drawing.connection, work=work,
        )  # fmt: skip
        with served(app) as client:
            yield client
        for each in (work, reading, knowing, writing, drawing):
            each.close()


def parcels(folder: Path, *rows: tuple[str, str, float, str | None]) -> Path:
    """A layer of parcels, zipped: code, side of the place, step, region."""
    frame = geopandas.GeoDataFrame(
        {"宗地代码": [code for code, *_ in rows], "行政区代码": [row[3] for row in rows],
         "登记日期": ["2022-06-01"] * len(rows)},
        geometry=[box(side, step) for _, side, step, _ in rows], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_file(folder / "宗地.gpkg")
    place = folder / "宗地.zip"
    with zipfile.ZipFile(place, "w") as packed:
        packed.write(folder / "宗地.gpkg", "宗地.gpkg")
    return place


def sent(client: httpx.Client, secret: str, place: Path | bytes, **more: str) -> httpx.Response:
    content = place if isinstance(place, bytes) else place.read_bytes()
    name = "宗地.zip" if isinstance(place, bytes) else place.name
    asked = {"kind": "parcels", "name": name} | more
    return client.post("/api/v1/uploads", params=asked, content=content, headers=by(secret))


def looked_at(client: httpx.Client, secret: str, number: str) -> dict[str, Any]:
    """What was found in a file that was sent, once somebody has looked."""
    deadline = time.monotonic() + 60
    while True:
        answer = client.get(f"/api/v1/uploads/{number}", headers=by(secret))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        if told["state"] != "received":
            return dict(told)
        assert time.monotonic() < deadline, "nobody looked at it"
        time.sleep(0.02)


def accepted(client: httpx.Client, secret: str, number: str) -> httpx.Response:
    return client.post(f"/api/v1/uploads/{number}/accept", headers=by(secret))


def left(desk: Desk) -> list[str]:
    """What lies in the folder of uploads, hidden or not."""
    folder = desk.store.home / "uploads"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
