"""What is said of the tiles of a layer: its fields, its totals, and what lies in no tile."""

from __future__ import annotations

from datetime import date
from typing import Any

from gis import contracts
from gis.store.runs import Run
from gis.tiles.address import MOST_ZOOM
from gis.tiles.layers import BETWEEN, Layer
from gis.tiles.maker import Whole

_COUNTED = {"total": "Number", "drawn": "Number", "merged": "Number", "area_m2": "Number"}
_LISTS = ("outcome", "unsupplied", "agreement", "lead", "state")


def head(layer: Layer, run: Run, day: date, whole: Whole) -> dict[str, Any]:
    """Return what TileJSON 3.0 says of a layer but for its addresses, and its totals beside."""
    count, area_m2 = whole.unplaced
    return {
        "name": layer.title[0],
        "description": f"{layer.title[0]} {layer.title[1]} · {day} · 运行 run {run.id}",
        "minzoom": 0,
        "maxzoom": MOST_ZOOM,
        "vector_layers": fields(layer),
        "run": run.id,
        "as_of": day.isoformat(),
        "count": whole.count,
        "area_m2": whole.area_m2,
        "unmeasured": whole.unmeasured,
        "unplaced": {"count": count, "area_m2": area_m2},
        "states": {
            word: {"count": number, "area_m2": own_m2, **words(word)}
            for word, (number, own_m2) in whole.states.items()
        },
    }


def fields(layer: Layer) -> list[dict[str, Any]]:
    """Return the layers in a tile: those that are drawn, counted and told, and what each says."""
    drawn = {"state": "状态", "area_m2": "面积（平方米）", **layer.titles()}
    drawn |= {"state_from_on": "状态自", "state_until_on": "状态至"}
    return [
        {"id": layer.name, "description": layer.title[1], "fields": drawn},
        {"id": f"{layer.name}_grid", "fields": {"count": "Number", "area_m2": "Number"}},
        {"id": "meta", "fields": _COUNTED},
    ]


def words(state: str) -> dict[str, str]:
    """Return what people read for a state: Chinese and English, where it is a code of ours.

    >>> words("idle_land:suspected_idle")["zh"]
    '疑似闲置'
    """
    code = state.rpartition(BETWEEN)[2]
    for name in _LISTS:
        if code in contracts.CODES[name]:
            zh, en = contracts.CODES[name][code]
            return {"zh": zh, "en": en}
    return {}
