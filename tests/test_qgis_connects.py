"""Debian's QGIS at the door of the server: it reads what the command lists, and draws the tiles."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from gis.config import Config
from gis.store import pool
from maps import style
from maps.basis import Reasons
from tests import stores
from tests.conftest import Server
from tests.doors import served
from tests.sending import secrets_of
from tests.warm import Desk, shared

DOCS = Path(__file__).parents[1] / "docs"
_MOST_PICTURE_BYTES = 300_000


@pytest.fixture(scope="module")
def desk(server: Server, demo_pattern: str, demo_home: Path) -> Iterator[Desk]:
    with stores.copied(server, demo_pattern, f"landwatch_qgis_{os.getpid()}", demo_home) as store:
        yield Desk(store, shared())


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    """As the server has it, who asks is looked up beside the connections that requests hold."""
    settings = Config(desk.store.home, desk.store.url)
    reading, knowing = (pool.Pool(settings, 8, is_read_only=True) for _ in range(2))
    writing = pool.Pool(settings, 4)
    app = create_app(
        reading.connection, lambda *_: {}, lambda *_: (Reasons("", "", []), ""),
        writing=writing.connection, knowing=knowing.connection,
    )  # fmt: skip
    with served(app) as made:
        yield made
    for each in (reading, knowing, writing):
        each.close()


def colours() -> dict[str, str]:
    """State of a finding -> the colour of our own maps."""
    return {
        f"{rule}:{code}": look.colour
        for rule, code_list in (("idle_land", "outcome"), ("unsupplied", "unsupplied"))
        for code, look in style.styles(code_list).items()
    }


@pytest.mark.long("GDAL of the same addresses")
def test_qgis_reads_what_the_command_lists_and_draws_the_tiles(
    desk: Desk, client: httpx.Client, tmp_path: Path
) -> None:
    """Features page by page with their Chinese, and tiles; the key lies in its own store."""
    secret, picture = secrets_of(desk)["viewer"], tmp_path / "qgis.png"
    at = str(client.base_url).rstrip("/")
    look = Path(__file__).with_name("qgis_connect.py")
    done = subprocess.run(
        ["/usr/bin/python3", look, at, secret, json.dumps(colours()), picture],
        capture_output=True, text=True, timeout=300, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen",
             "LANG": "C.UTF-8", "PYTHONFAULTHANDLER": "1", "QGIS_AUTH_DB_DIR_PATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["is_valid"] == [True, True]
    listed = desk.json("findings")["rows"] + desk.json("candidates")["rows"]
    shown = {row["subject"]: row for row in listed}
    assert told["count"] == len(told["rows"]) == len(listed) > 20
    for row in told["rows"]:
        own = shown[row["subject"]]
        assert (row["rule"], row["outcome"]) == (own["rule"], own["outcome"])
        assert row["name"] == own["name"]
        assert row["area_m2"] == own["area_m2"]
    assert any("演示" in (row["name"] or "") for row in told["rows"])
    assert told["undrawn"] == 0
    for code in ("suspected_idle", "candidate", "overdue", "clear"):
        assert told["drawn"].get(colours()[f"idle_land:{code}"], 0) > 50, code
    assert 5_000 < picture.stat().st_size < _MOST_PICTURE_BYTES
    if os.environ.get("LANDWATCH_PICTURES") == "1":
        (DOCS / "qgis.png").write_bytes(picture.read_bytes())
