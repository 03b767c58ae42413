"""Of whom each row of a result speaks, and where that lies: what every stored row carries."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gis.facts.approvals import name_of, shapes_of
from gis.facts.gather import Records
from gis.pipeline.lands import lands, together
from gis.result_tables import LANDS, PLACE, STORED

_PLACES = [*PLACE]
_LANDS = [*LANDS]
# What is told of the subject of a finding lies where the finding does.
_OF_FINDINGS = tuple(
    name
    for name, table in STORED.items()
    if name != "finding" and "subject" in (column.name for column in table.stored)
)


def told(tables: Mapping[str, pd.DataFrame], known: Records) -> dict[str, pd.DataFrame]:
    """Return the tables of a part with subject_kind, subject_key and the places of every row.

    Findings, balances and leads come with their places, findings and leads with their subject too;
    what else is said of a supply, an approval or a park lies where that does.
    """
    places = {name: known.dated[name] for name in LANDS}
    parks = known.dated["parks"].drop_duplicates("park_code").set_index("park_code")
    placed = {name: rows.reset_index(drop=True) for name, rows in tables.items()}
    placed["finding"] = lands(tables["finding"], places)
    findings = placed["finding"].drop_duplicates("subject").set_index("subject")
    for name in _OF_FINDINGS:
        placed[name] = _joined(tables[name], "subject", findings[[*_PLACES, *_LANDS]])
    placed["land_timeline"] = _of_approvals(tables["land_timeline"], known, places)
    of_approval = tables["balance"].set_index("approval")[["region_code"]]
    placed["piece"] = lands(_joined(tables["piece"], "approval", of_approval), places)
    placed["balance"] = _of_pieces(tables["balance"], placed["piece"])
    park_pieces = _joined(tables["park_piece"], "park_code", parks[["region_code"]])
    placed["park_piece"] = lands(park_pieces, places)
    built = _joined(tables["built_use"], "park_code", parks[["region_code"]])
    placed["built_use"] = lands(built, places)
    placed["indicator"] = _joined(tables["indicator"], "place_code", findings[[*_PLACES, *_LANDS]])
    lines = _joined(tables["place_line"], "approval", of_approval)
    placed["place_line"] = lands(of_places(lines, known.dated["blocks"], None))
    placed["lead"] = lands(tables["lead"], places)
    return {name: _about(name, table) for name, table in placed.items()}


def of_places(rows: pd.DataFrame, blocks: pd.DataFrame, parks: pd.DataFrame | None) -> pd.DataFrame:
    """Return rows about a place (place_kind, place_code) with its block and park.

    blocks: block_code, park_code; parks: park_code, region_code, for the region the park lies in.
    """
    park_of = blocks.drop_duplicates("block_code").set_index("block_code")["park_code"]
    code = rows["place_code"].astype("str")
    block = code.where(rows["place_kind"] == "block")
    park = code.where(rows["place_kind"] == "park").fillna(block.map(park_of).astype("str"))
    rows = rows.assign(block_code=block, park_code=park)
    if parks is None:
        return rows
    region_of = parks.drop_duplicates("park_code").set_index("park_code")["region_code"]
    region = code.where(rows["place_kind"] == "region").fillna(park.map(region_of).astype("str"))
    return rows.assign(region_code=region)


def _of_pieces(balances: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    """Return balances that lie wherever a piece of the approval does, and where they say."""
    own = lands(balances)
    both = pd.concat([frame[["approval", *_LANDS]] for frame in (own, pieces)], ignore_index=True)
    found = together(both, "approval", own["approval"])
    return own.assign(**{name: found[name].to_numpy() for name in _LANDS})


def _of_approvals(
    rows: pd.DataFrame, known: Records, places: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return rows about approvals of any day, which lie where any part of the approval does."""
    parts = known.on_table["approvals"].sort_values("key")
    codes = parts.groupby(name_of(parts))["region_code"].first()
    there = pd.DataFrame({"region_code": codes, "geom": shapes_of(parts)})
    there = there[there.index.isin(rows["approval"])].rename_axis("approval").reset_index()
    own = lands(there, places).set_index("approval")
    return _joined(rows, "approval", own[["region_code", *_LANDS]])


def _joined(rows: pd.DataFrame, key: str, places: pd.DataFrame) -> pd.DataFrame:
    there = places.reindex(rows[key])
    return rows.assign(**{str(name): there[name].array for name in there}).reset_index(drop=True)


def _about(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    subject = STORED[name].subject
    if subject is None:
        return rows
    kind, column = subject
    return rows.assign(subject_kind=kind, subject_key=rows[column])
