"""A server in a process of its own, on a cluster that can be stopped, its files on a small disk."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from gis.store.cluster import server as cluster
from tests.conftest import url_of
from tests.killing import wait_until
from tests.warm import ROOT

HEAD = "文号,电子监管号,签订日期,延期后开工时间\n"


def register(mark: str) -> bytes:
    return (HEAD + f"{mark},S-{mark},2020-12-01,2024-01-01\n").encode()


@dataclass
class Office:
    """A cluster that can be stopped, and a server that can be killed; files lie on a small disk."""

    cluster_home: Path
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client | None = None

    @property
    def url(self) -> str:
        return url_of({**cluster.address(self.cluster_home)})

    def serve(self, *, has_worker: bool = False) -> httpx.Client:
        """Start the server and wait until it answers; no job, and no night, begins beside it."""
        places = {"LANDWATCH_DATABASE_URL": self.url, "LANDWATCH_HOME": str(self.home)}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gis.cli", "serve", "--port", str(self.port)),
                *(() if has_worker else ("--no-worker",)),
            ],
            cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, **places},
        )  # fmt: skip
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        wait_until(self._listens, "the server listens")
        return self.client

    def kill(self) -> None:
        """End the server as the machine would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.ended()

    def ended(self) -> None:
        """Forget the server that is gone."""
        if self.client is not None:
            self.client.close()
        self.process = self.client = None

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the server ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def deliveries(self) -> int:
        return len(self.asked("SELECT number FROM landwatch.delivery"))

    def left(self) -> list[str]:
        folder = self.home / "uploads"
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def sent(client: httpx.Client, content: bytes, name: str = "延期.csv") -> httpx.Response:
    asked = {"kind": "extensions", "name": name}
    return client.post("/api/v1/uploads", params=asked, content=content)


def state_of(client: httpx.Client, number: str) -> dict[str, Any]:
    """What is told of an upload, once somebody has looked at it."""
    found: dict[str, Any] = {}

    def is_looked_at() -> bool:
        found.update(client.get(f"/api/v1/uploads/{number}").json())
        return bool(found["state"] != "received")

    wait_until(is_looked_at, "it is looked at")
    return found
