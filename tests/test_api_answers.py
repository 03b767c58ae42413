"""The description of the API says every field that the addresses of a year answer with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sending import client_of
from tests.warm import Desk

ASKED = (
    "/ranking?year=2025", "/ranking?year=2025&park=YS", "/ranking/tiers?year=2025",
    "/ranking/tiers?year=2025&park=YS", "/ranking/firms?year=2025",
    "/ranking/firms?year=2025&firm=91150699YS00000001", "/targets?year=2026", "/control",
    "/control/check?on=2026-06-30&park=YS&land_m2=10000&floor_m2=9000&industry=26",
    "/low-efficiency", "/quarterly?quarter=2026Q2", "/firms?year=2025", "/projects?year=2025",
)  # fmt: skip
# Kinds of JSON by the type of a value.
KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array",
         dict: "object", type(None): "null"}  # fmt: skip


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def held(value: Any, schema: dict[str, Any], where: str) -> None:
    """Hold an answer against its schema: every field is described, and is of its type."""
    told = schema.get("type")
    if told is not None:
        kinds = [told] if isinstance(told, str) else told
        kind = KINDS[type(value)]
        assert kind in kinds or (kind == "integer" and "number" in kinds), (where, value, told)
    if "enum" in schema:
        assert value in schema["enum"], where
    if isinstance(value, dict) and "properties" in schema:
        members = schema["properties"]
        assert {*value} <= {*members}, (where, {*value} - {*members})
        assert {*schema.get("required", ())} <= {*value}, where
        for name, one in value.items():
            held(one, members[name], f"{where}.{name}")
    if isinstance(value, list) and schema.get("items"):
        for one in value:
            held(one, schema["items"], f"{where}[]")


def test_every_field_of_what_is_evaluated_is_described_and_is_of_its_type(
    client: httpx.Client,
) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for asked in ASKED:
        answer = client.get(f"/api/v1{asked}")
        assert answer.status_code == 200, (asked, answer.text)
        told = paths[f"/api/v1{asked.partition('?')[0]}"]["get"]["responses"]["200"]
        schema = told["content"]["application/json"]["schema"]
        assert schema["properties"], asked
        held(answer.json(), schema, asked)
    for name in ("/targets", "/firms", "/projects", "/quarterly"):
        told = paths[f"/api/v1{name}"]["get"]["responses"]["200"]["content"]["application/json"]
        for part, one in told["schema"]["properties"].items():
            if one.get("type") == "array" and one["items"].get("type") == "object":
                assert one["items"].get("properties"), (name, part)
