"""The map of some land of a run, for a page within another site: what its token shows, no more.

Who lies outside the land is not drawn, and named nowhere: beside a row inside it is 区域外地块.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gis.geometry import soundness
from gis.outputs import ledger
from gis.outputs.export import neighbours
from gis.store import pages, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from maps import tally
from maps.extent import bounds
from maps.layers import APPROVALS, BLOCK, IDLE, LEADS, PARCELS, UNSUPPLIED, Layer
from maps.packed_layer import packed

# List of the API -> the layers that show its rows, and the column each names a row by.
DRAWN: Mapping[str, Mapping[Layer, str]] = {
    "findings": {IDLE: "subject", UNSUPPLIED: "subject"},
    "unsupplied": {UNSUPPLIED: "subject"},
    "leads": {LEADS: "subjects"},
    "approvals": {APPROVALS: "approval_no"},
    "parcels": {PARCELS: "key"},
}
_BESIDE = ("holding", "unsupplied")
_PLACES = (("blocks", "block_code"), ("parks", "park_code"), ("regions", "region_code"))
_MOST_NAMED = 3
_UNKNOWN = {"zh": tally.UNKNOWN, "en": "unknown"}


def read(
    connection: Connection, run: Run, scope: Scope | None, lists: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return the frames of a map of a scope (None: all land) with the layers of some lists."""
    frames = {"block": _records(connection, run, "blocks", scope)}
    asked = Asked(within=scope)
    if {*lists} & {"findings", "unsupplied"}:
        found = results.read(connection, run, "finding", asked)
        beside = {name: results.read(connection, run, name, asked) for name in _BESIDE}
        told = ledger.joined(found, beside, run.as_of)
        frames["findings"] = _named(connection, run, scope, told, "adjoining")
    if "leads" in lists:
        leads = results.read(connection, run, "lead", asked)
        frames["leads"] = _named(connection, run, scope, leads, "subjects")
    for kind in ("approvals", "parcels"):
        if kind in lists:
            frames[kind] = _records(connection, run, kind, scope)
    return frames


def told(
    frames: Mapping[str, pd.DataFrame], run: Run, lists: Sequence[str], language: str
) -> dict[str, Any]:
    """Return the map as its page draws it: bounds, and each layer with its legend and its rows."""
    of_lists: dict[Layer, list[str]] = {}
    for name in lists:
        for layer in DRAWN.get(name, ()):
            of_lists.setdefault(layer, []).append(name)
    names = {layer: key for drawn in DRAWN.values() for layer, key in drawn.items()}
    order = [layer for layer in (*names, BLOCK) if layer in of_lists or layer == BLOCK]
    return {
        "bounds": bounds(frames, order),
        "layers": [
            {
                "key": layer.key,
                "name": layer.en if language == "en" else layer.zh,
                "lists": of_lists.get(layer, []),
                "named_by": names.get(layer, ""),
                "is_line": layer.is_outline,
                "is_shown": layer.is_shown or len(of_lists) == 1,
                **_legend(layer, frames, language),
                "rows": packed(layer, frames, run.as_of, language=language),
            }
            for layer in order
        ],
    }


def title(connection: Connection, run: Run, scope: Scope | None) -> str:
    """Return what the land of a scope is called: its blocks, parks or regions; empty for all."""
    if scope is None:
        return ""
    names: list[str] = []
    for kind, column in _PLACES:
        codes = [*getattr(scope, kind)]
        if not codes:
            continue
        rows = _records(connection, run, kind, Scope(**{kind: codes}))
        named = rows.set_index(column)["region_name" if kind == "regions" else "name"].dropna()
        names += [str(named.get(code, code)) for code in codes]
    more = "……" if len(names) > _MOST_NAMED else ""
    return "、".join(names[:_MOST_NAMED]) + more


def _legend(layer: Layer, frames: Mapping[str, pd.DataFrame], language: str) -> dict[str, Any]:
    counted = tally.count(layer, frames)

    def area(text: str) -> str:
        return _UNKNOWN[language] if text == tally.UNKNOWN else text

    return {
        "count": counted.count,
        "unmapped_count": counted.unmapped_count,
        "unknown_count": counted.unknown_count,
        "legend": [
            {
                "code": entry.style.code,
                "label": entry.style.en if language == "en" else entry.style.zh,
                "colour": entry.style.colour,
                "pattern": entry.style.pattern,
                "count": entry.count,
                "hectares": area(entry.hectares),
                "mu": area(entry.mu),
            }
            for entry in counted.entries
        ],
    }


def _records(connection: Connection, run: Run, kind: str, scope: Scope | None) -> pd.DataFrame:
    """Return the records of a kind in a scope that counted on the run's day and can be drawn."""
    rows = pages.all_records(connection, run, kind, scope)
    is_in_force = rows["effective_on"] <= pd.Timestamp(run.as_of)
    kept = rows.loc[np.asarray(is_in_force.fillna(False), dtype=bool)]
    is_sound = np.asarray(soundness.unsound(kept) == "", dtype=bool)
    return kept.loc[is_sound].reset_index(drop=True)


def _named(
    connection: Connection, run: Run, scope: Scope | None, rows: pd.DataFrame, column: str
) -> pd.DataFrame:
    if scope is None:
        return rows
    return rows.assign(**{column: neighbours.named_within(connection, run, scope, rows[column])})
