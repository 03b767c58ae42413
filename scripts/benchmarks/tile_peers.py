"""tipg and pygeoapi beside us: the same findings in a table of their own, on the same machine.

Neither reads EPSG:4490 (tipg has no such tiles, pygeoapi would transform each row), and what a run
gave is no table of its own: so they are given a plain table in EPSG:4326, with the same numbers.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from gis.store.cluster import server
from gis.store.cluster.home import Address

TIPG_PORT, PYGEOAPI_PORT = 8873, 8874
_PATIENCE_SECONDS = 120.0
_WANTED = Path(__file__).with_name("peers.txt")
_TABLE = """
CREATE SCHEMA IF NOT EXISTS peers;
DROP TABLE IF EXISTS peers.findings;
CREATE TABLE peers.findings AS SELECT row_id::int4 AS id, subject, rule, outcome, name, region_code,
    block_code, track, evidence_grade, start_state, since_on, next_on, next_event, area_m2,
    ST_SetSRID(geom, 4326)::geometry(Geometry, 4326) AS geom
FROM landwatch.finding WHERE run_series = %(series)s AND first_run <= %(run)s
    AND last_run >= %(run)s AND geom IS NOT NULL;
ALTER TABLE peers.findings ADD PRIMARY KEY (id);
CREATE INDEX ON peers.findings USING gist (geom);
CREATE INDEX ON peers.findings (outcome);
ANALYZE peers.findings
"""


def installed(home: Path) -> Path:
    """Return the commands of the peers, put into a folder of their own where they are not there."""
    place = home / "peers"
    if not (place / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)  # noqa: S603
        pip = [str(place / "bin" / "pip"), "install", "--quiet", "--requirement", str(_WANTED)]
        subprocess.run(pip, check=True)  # noqa: S603 - by the names of our own list
        (place / "done").touch()
    return place / "bin"


@contextmanager
def served(home: Path, store_home: Path, series: str, run: int) -> Iterator[tuple[int, int]]:
    """Give the processes of both, serving the findings of a run; their table is taken away again.

    `home`: where they are put; `store_home`: whose store they read.
    """
    commands = installed(home)
    place = server.address(store_home, is_superuser=True)
    with psycopg.connect(**place, autocommit=True) as connection:
        for statement in _TABLE.split(";"):
            connection.execute(statement, {"series": series, "run": run})
        try:
            with (
                _running(_tipg(commands, place), TIPG_PORT, "/healthz") as tipg,
                _running(_pygeoapi(commands, home, place), PYGEOAPI_PORT, "/") as pygeoapi,
            ):
                yield tipg, pygeoapi
        finally:
            connection.execute("DROP SCHEMA peers CASCADE")


Started = tuple[list[str], dict[str, str]]


def _tipg(commands: Path, place: Address) -> Started:
    # A socket is a folder, which stands for the host.
    name, word, host = (
        quote(one, safe="") for one in (place["user"], place["password"], place["host"])
    )
    environment = {
        "DATABASE_URL": f"postgresql://{name}:{word}@{host}:{place['port']}/{place['dbname']}",
        "TIPG_DB_SCHEMAS": '["peers"]',
        # Else it would cut the tiles of this land silently at 10,000 rows.
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
    }
    command = [commands / "uvicorn", "tipg.main:app", "--port", TIPG_PORT, "--log-level", "error"]
    return [*map(str, command)], environment


def _pygeoapi(commands: Path, home: Path, place: Address) -> Started:
    config, api = home / "pygeoapi.json", home / "openapi.json"
    config.write_text(json.dumps(_configured(place)), encoding="utf-8")
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(api)}
    subprocess.run(  # noqa: S603 - the command just installed
        [commands / "pygeoapi", "openapi", "generate", config, "--output-file", api],
        env=os.environ | environment, check=True, capture_output=True,
    )  # fmt: skip
    return [str(commands / "pygeoapi"), "serve"], environment


def _configured(place: Address) -> dict[str, Any]:
    url = f"http://127.0.0.1:{PYGEOAPI_PORT}"
    told = {"title": "findings", "description": "findings", "keywords": ["land"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": PYGEOAPI_PORT},
            "url": url, "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8",
            "gzip": False, "languages": ["en-US"], "pretty_print": False,
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**told, "keywords_type": "theme", "terms_of_service": "",
                               "url": url},
            "license": {"name": "", "url": url},
            "provider": {"name": "", "url": url},
            "contact": {"name": "", "email": ""},
        },
        "resources": {"findings": {
            "type": "collection", **told, "links": [],
            "extents": {"spatial": {"bbox": [97, 37, 127, 54]}},
            "providers": [{
                "type": "feature", "name": "PostgreSQL", "id_field": "id", "table": "findings",
                "geom_field": "geom",
                "data": {"host": place["host"], "port": place["port"], "dbname": place["dbname"],
                         "user": place["user"], "password": place["password"],
                         "search_path": ["peers", "public"]},
            }],
        }},
    }  # fmt: skip


@contextmanager
def _running(started: Started, port: int, path: str) -> Iterator[int]:
    command, environment = started
    with subprocess.Popen(  # noqa: S603 - the commands just installed
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            _wait(running, port, path)
            yield running.pid
        finally:
            running.terminate()
            running.wait()


def _wait(running: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", path)
            if asked.getresponse().status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > deadline or running.poll() is not None:
            raise RuntimeError(f"no peer answers on port {port}")
        time.sleep(0.3)
