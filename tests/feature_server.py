"""A FeatureServer asked by hand: where it is, what is asked of it, what comes."""

from __future__ import annotations

from typing import Any

import httpx

from gis.tiles.layers import LAYERS

SERVER = "/arcgis/rest/services/landwatch/FeatureServer"
FINDINGS, UNSUPPLIED, LEADS, PIECES, PARCELS, APPROVALS, PARKS, BLOCKS = range(len(LAYERS))


def addresses(path: str) -> list[str]:
    """An address of the document for every layer, a query for all of their columns."""
    of_service = path.replace("{service}", "landwatch")
    found = [of_service.replace("{number}", str(number)) for number in range(len(LAYERS))]
    return [one + "?outFields=*" * one.endswith("query") for one in dict.fromkeys(found)]


def asked(client: httpx.Client, secret: str, layer: int, **given: str) -> Any:
    """What a query of a layer is answered with."""
    answer = client.get(
        f"{SERVER}/{layer}/query", params=given, headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(client: httpx.Client, secret: str, layer: int, column: str, **given: str) -> list[Any]:
    """What the features of a query say in a column, in their order."""
    told = asked(client, secret, layer, **{"outFields": "*", "returnGeometry": "false"} | given)
    assert "features" in told, told
    return [one["attributes"][column] for one in told["features"]]
