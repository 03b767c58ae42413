"""What a sent file may do beyond its rows: decide what waits, say how others' files are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Server
from tests.sending import accepted, client_of, looked_at, parcels, secrets_of, sent
from tests.test_api_scope import by
from tests.two_banners import judged
from tests.warm import Desk

MOVED = "150602001001GB00002"
HEAD = "文号,电子监管号,签订日期,延期后开工时间\n"


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("upload_roles")
    with judged(server, pattern, "landwatch_upload_roles", home) as desk:
        yield desk


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[str, str]:
    return secrets_of(desk)


@pytest.fixture(scope="module")
def client(desk: Desk, secrets: dict[str, str]) -> Iterator[httpx.Client]:
    yield from client_of(desk)


def read_as(client: httpx.Client, secret: str, number: str, how: dict[str, Any]) -> httpx.Response:
    return client.post(f"/api/v1/uploads/{number}/check", json=how, headers=by(secret))


def register(client: httpx.Client, secret: str, text: str, **more: str) -> str:
    answer = sent(client, secret, text.encode(), kind="extensions", name="延期.csv", **more)
    return str(answer.json()["id"])


def test_what_waits_is_taken_with_a_file_only_by_who_may_accept(
    client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """东2 is put elsewhere: a clerk may not say that it moved, nor take in what an officer said."""
    clerk, officer = secrets["clerk of 东"], secrets["officer of 东"]
    number = sent(client, clerk, parcels(tmp_path, (MOVED, "东", 6, "150602"))).json()["id"]
    assert looked_at(client, clerk, number)["report"]["outcome"]["held"] == 1
    decided: list[dict[str, Any]] = [
        {"accepted": [f"moved:{MOVED}"]}, {"accepted": ["moved"]}, {"accepted": ["copy"]},
        {"accepted": ["out_of_place"]}, {"override_corrections": True},
    ]  # fmt: skip
    for how in decided:
        refused = read_as(client, clerk, number, how)
        assert (refused.status_code, "accept" in refused.json()["detail"]) == (403, True), how
    assert looked_at(client, clerk, number)["how"] == {}
    assert read_as(client, officer, number, decided[0]).status_code == 202
    assert looked_at(client, officer, number)["report"]["outcome"]["replaced"] == 1
    assert accepted(client, clerk, number).status_code == 403
    assert accepted(client, officer, number).json()["replaced"] == 1


def test_how_one_land_has_a_file_read_says_nothing_of_another(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """东's clerk has a file of 测绘院 read with its two days exchanged: that is remembered for
    this clerk alone. 西's next file of 测绘院 is read by its titles, an officer's paper by ours.
    """
    west, east, turned = secrets["officer of 西"], secrets["clerk of 东"], {
        "签订日期": "start_due_on", "延期后开工时间": "signed_on",
    }  # fmt: skip
    own: dict[str, Any]
    for sender, row in (("测绘院", "东新延1,东监2"), ("officer of 西", "东新延2,东监4")):
        own = {"sender": sender}
        number = register(client, east, HEAD + row + ",2024-01-01,2020-12-01\n", **own)
        looked_at(client, east, number)
        read_as(client, east, number, {"map": turned, **own})
        assert looked_at(client, east, number)["state"] == "checked"
        assert accepted(client, east, number).json()["added"] == 1
    own = {"sender": "测绘院"}
    for secret, row in (
        (west, "西新延1,西监2,2020-12-01,2024-01-01\n"),
        (east, "东新延3,东监1,2024-01-01,2020-12-01\n"),
    ):
        number = register(client, secret, HEAD + row, **own)
        assert looked_at(client, secret, number)["state"] == "checked"
        assert accepted(client, secret, number).json()["added"] == 1
    paper = {"document": "西新延2", "supply_no": "西监4", "signed_on": "2020-12-01",
             "start_due_on": "2024-01-01"}  # fmt: skip
    answer = client.post("/api/v1/papers/extensions", json={"values": paper}, headers=by(west))
    assert answer.status_code == 201, answer.text
    with desk.store.connect() as connection:
        told = connection.execute(
            "SELECT document, signed_on::text, start_due_on::text FROM landwatch.extensions"
            " WHERE document LIKE '%新延%' ORDER BY document"
        ).fetchall()
    assert told == [(name, "2020-12-01", "2024-01-01") for name in sorted(
        ("东新延1", "东新延2", "东新延3", "西新延1", "西新延2"))]  # fmt: skip
