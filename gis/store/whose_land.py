"""Whose land the records of a delivery are about: inside a scope, outside it, or nobody can say.

A record is looked at in three ways: what its register says (region, park, block), where it lies,
and whom it names. One way that leads outside is enough to be outside; none that leads inside, too:
a person of some land alone writes nothing about any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from psycopg import sql

from gis import fields
from gis.store import copy, records, tables
from gis.store.database import Connection
from gis.store.named_regions import BY_NUMBER, regions_of
from gis.store.record_filter import RecordFilter, met_by
from gis.store.records import region_start
from gis.store.results import Scope
from gis.store.statements import listed, table

Verdicts = npt.NDArray[np.int8]
INSIDE, UNKNOWN, OUTSIDE = 1, 0, -1
_CODES = ("region_code", "park_code", "block_code")
_BETWEEN = re.compile(r"[\s，。；：、（）()「」“”《》;:,'\"→]+")
# Kinds whose records a sentence may name, and by which of their columns besides the key.
_PAPERS = (
    *("withdrawals", "extensions", "handovers", "right_endings", "causes", "decisions"),
    *("holders", "agreements"),
)
_NAMED_IN_WORDS: Mapping[str, tuple[str, ...]] = {
    "supplies": ("supply_no", "contract_no"),
    "parcels": ("supply_no", "parcel_code"),
    "approvals": ("approval_no", "batch"),
    "parks": ("park_code", "name"),
    "blocks": ("block_code", "name"),
    "regions": ("region_code", "name"),
    "projects": ("project_code", "name"),
    "enterprises": ("enterprise_code", "name"),
    **dict.fromkeys(_PAPERS, ("document",)),
}
PLACES = frozenset({"parks", "blocks", "regions"})


@dataclass(frozen=True)
class Land:
    """The land of a scope as the store knows it: what codes and which ground belong to it.

    `starts`: what the codes of its regions begin with; `homes`: of those its parks and blocks lie
    in; `shapeless`: regions of it whose shape nobody knows, and then `foreign`: the ground of
    those that are neither within it nor above it. `regions_of`: park or block -> what its region
    begins with; `park_of`: block -> park.
    """

    scope: Scope
    starts: frozenset[str]
    homes: frozenset[str]
    parks: frozenset[str]
    blocks: frozenset[str]
    home_parks: frozenset[str]
    ground: shapely.Geometry
    shapeless: frozenset[str]
    foreign: shapely.Geometry
    regions_of: Mapping[str, str]
    park_of: Mapping[str, str]


def land(connection: Connection, scope: Scope, known_at: int | None = None) -> Land:
    """Return the land of a scope as known at a delivery (None: now)."""
    known = {
        kind: records.read(
            connection, kind, known_at, columns=[*columns, "geom"], undated=False
        )
        for kind, columns in (
            ("regions", ("region_code",)),
            ("parks", ("park_code", "region_code")),
            ("blocks", ("block_code", "park_code")),
        )
    }  # fmt: skip
    regions, parks, blocks = known["regions"], known["parks"], known["blocks"]
    starts = frozenset(region_start(code) for code in scope.regions)
    region_of_park = {
        park: _start(code)
        for park, code in zip(parks["park_code"], parks["region_code"], strict=True)
        if isinstance(code, str)
    }
    park_of = {
        block: park
        for block, park in zip(blocks["block_code"], blocks["park_code"], strict=True)
        if isinstance(park, str)
    }
    own_blocks = {*scope.blocks, *(b for b, park in park_of.items() if park in scope.parks)}
    home_parks = {park_of[block] for block in scope.blocks if block in park_of}
    homes = {region_of_park[p] for p in {*scope.parks, *home_parks} if p in region_of_park}
    own_regions = regions["region_code"].map(lambda code: _begins(code, starts)).astype(bool)
    shapes = [
        *regions.loc[own_regions, "geom"],
        *parks.loc[parks["park_code"].isin([*scope.parks]), "geom"],
        *blocks.loc[blocks["block_code"].isin([*own_blocks]), "geom"],
    ]
    drawn = regions.loc[regions["geom"].notna(), ["region_code", "geom"]]
    drawn = drawn.assign(start=drawn["region_code"].map(_start))
    shapeless = starts - {*drawn["start"]}
    is_foreign = [
        not _begins(start, starts) and not any(own.startswith(start) for own in starts)
        for start in drawn["start"]
    ]
    regions_of = region_of_park | {
        block: region_of_park[park] for block, park in park_of.items() if park in region_of_park
    }
    return Land(
        scope=scope,
        starts=starts,
        homes=frozenset(homes),
        parks=frozenset(scope.parks),
        blocks=frozenset(own_blocks),
        home_parks=frozenset(home_parks),
        ground=shapely.union_all([one for one in shapes if one is not None]),
        shapeless=shapeless,
        foreign=shapely.union_all([*drawn.loc[is_foreign, "geom"]] if shapeless else []),
        regions_of=regions_of,
        park_of=park_of,
    )


def verdicts(
    connection: Connection,
    own: Land,
    kind: fields.Kind,
    rows: pd.DataFrame,
    *,
    is_followed: bool = True,
) -> Verdicts:
    """Return for each record INSIDE, OUTSIDE or UNKNOWN; `is_followed`: by whom it names too."""
    if "region_code" in rows:
        rows = rows.assign(region_code=regions_of(kind.name, rows))
    ways = [_by_register(own, rows), _by_place(own, rows)]
    if is_followed:
        ways += _by_names(connection, own, kind, rows)
    told = np.vstack(ways) if len(rows) else np.zeros((1, 0), dtype=np.int8)
    is_outside = (told == OUTSIDE).any(axis=0)
    is_inside = (told == INSIDE).any(axis=0)
    found = np.where(is_outside, OUTSIDE, np.where(is_inside, INSIDE, UNKNOWN)).astype(np.int8)
    if kind.name == "supplies" and "supply_no" in rows and (found == UNKNOWN).any():
        # A supply whose register does not say lies where its parcel does.
        lost = np.flatnonzero(found == UNKNOWN)
        numbers = rows["supply_no"].iloc[lost]
        where = _of_parcels(connection, own, {*numbers.dropna()})
        found[lost] = numbers.map(where).fillna(UNKNOWN).to_numpy(dtype=np.int8)
    return found


def is_own(own: Land, column: str, code: str) -> bool:
    """Return whether a column says by itself that a record is of the land."""
    return column in _CODES and _of_code(own, column, code) == INSIDE


def strangers(connection: Connection, scope: Scope, texts: Collection[str]) -> frozenset[str]:
    """Return the numbers and names in sentences that belong to somebody outside a scope.

    Or did: a sentence is kept, and who it speaks of may have ended since, or be called otherwise.
    """
    words = {word for text in texts for word in _BETWEEN.split(text) if len(word) > 1}
    if not words:
        return frozenset()
    own, whole = land(connection, scope), "\n".join(texts)
    found: set[str] = set()
    for name, columns in _NAMED_IN_WORDS.items():
        kind = fields.KINDS[name]
        held = [column for column in columns if column in kind.columns]
        calls = ("key", *held)
        # Places are few, and sentences run into their names.
        named = _called_in(connection, kind, calls, whole) if name in PLACES else words
        rows, ended = (
            in_force(connection, kind, calls, named),
            _ended(connection, kind, calls, named),
        )
        away = rows[verdicts(connection, own, kind, rows) != INSIDE]
        was_away = verdicts(connection, own, kind, ended) != INSIDE
        for column in calls:
            # Whom nobody is called so any more: who was last.
            is_last = ~ended[column].duplicated(keep="last") & ~ended[column].isin(rows[column])
            told = {*away[column].dropna(), *ended.loc[is_last & was_away, column].dropna()}
            found |= told & {*named}
    return frozenset(one for one in found if len(one) > 1)


def asked_of(kind: fields.Kind) -> list[str]:
    """Return the columns by which records of a kind are looked at."""
    told = [name for name in _CODES if name in kind.columns]
    told += [name for name in kind.names if name not in told]
    number = BY_NUMBER.get(kind.name)
    told += [number] if number is not None and number not in told else []
    return [*told, "geom"] if kind.has_geometry else told


def in_force(
    connection: Connection, kind: fields.Kind, columns: Sequence[str], words: Collection[str]
) -> pd.DataFrame:
    """Return the records in force that one of the columns calls by one of the words."""
    only = RecordFilter(named=dict.fromkeys(columns, words))
    wanted = dict.fromkeys([*(c for c in columns if c != "key"), *asked_of(kind)])
    parts = [
        records.read(connection, kind.name, columns=[*wanted], undated=undated, only=only)
        for undated in (False, True)
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _ended(
    connection: Connection, kind: fields.Kind, columns: Sequence[str], words: Collection[str]
) -> pd.DataFrame:
    """Return the versions that ended and that one of the columns called so, the newest last."""
    types = {"key": "text"} | {
        name: tables.own_types(kind.name)[name]
        for name in dict.fromkeys([*(c for c in columns if c != "key"), *asked_of(kind)])
    }
    only = RecordFilter(named=dict.fromkeys(columns, words))
    if only.is_nothing:
        return copy.nothing(types)
    query = sql.SQL(
        "SELECT {} FROM {} WHERE to_delivery IS NOT NULL AND {} ORDER BY to_delivery, id"
    ).format(listed([*types]), table(kind.name), met_by(kind.name, only))
    return copy.read(connection, query, types)


def _called_in(
    connection: Connection, kind: fields.Kind, columns: Sequence[str], text: str
) -> frozenset[str]:
    """Return what the columns ever called a record of a kind, of what stands in a text."""
    query = sql.SQL("SELECT DISTINCT {} FROM {}").format(listed([*columns]), table(kind.name))
    rows = copy.read(connection, query, dict.fromkeys(columns, "text"))
    return frozenset(
        one for column in columns for one in rows[column].dropna().unique() if one in text
    )


def _by_register(own: Land, rows: pd.DataFrame) -> Verdicts:
    told = [_of_codes(own, column, rows[column]) for column in _CODES if column in rows]
    if not told:
        return np.zeros(len(rows), dtype=np.int8)
    each = np.vstack(told)
    is_outside, is_inside = (each == OUTSIDE).any(axis=0), (each == INSIDE).any(axis=0)
    return np.where(is_outside, OUTSIDE, np.where(is_inside, INSIDE, UNKNOWN)).astype(np.int8)


def _of_codes(own: Land, column: str, codes: pd.Series) -> Verdicts:
    known = {code: _of_code(own, column, code) for code in codes.dropna().unique()}
    return codes.map(known).fillna(UNKNOWN).to_numpy(dtype=np.int8)


def _of_code(own: Land, column: str, code: str) -> int:
    """Return what one code says: of a place no scope names, that it lies elsewhere."""
    if column == "region_code":
        start = _start(code)
        if _begins(code, own.starts):
            return INSIDE
        is_home = any(start.startswith(home) or home.startswith(start) for home in own.homes)
        return UNKNOWN if is_home else OUTSIDE
    named = own.parks if column == "park_code" else own.blocks
    if code in named:
        return INSIDE
    region = own.regions_of.get(code)
    if region is not None and _begins(region, own.starts):
        return INSIDE
    if column == "park_code" and code in own.home_parks:
        return UNKNOWN
    # A place nobody knows yet lies nowhere: where the scope is a region, its own register tells.
    return UNKNOWN if region is None and own.starts else OUTSIDE


def _by_place(own: Land, rows: pd.DataFrame) -> Verdicts:
    told = np.zeros(len(rows), dtype=np.int8)
    if "geom" not in rows:
        return told
    shapes = rows["geom"].to_numpy(dtype=object)
    at = np.flatnonzero(~shapely.is_missing(shapes))
    if not len(at):
        return told
    shapely.prepare(own.ground)
    is_covered = shapely.covers(own.ground, shapes[at])
    told[at[is_covered]] = INSIDE
    rest = at[~is_covered]
    measured = shapely.make_valid(shapes[rest])
    whole, away = shapely.area(measured), shapely.area(shapely.difference(measured, own.ground))
    share = np.divide(away, whole, out=np.ones(len(rest)), where=whole > 0)
    # A line or a point across the border has no area: it lies inside if any of it does.
    is_met = shapely.intersects(own.ground, measured)
    is_in = np.where(whole > 0, share <= fields.IDENTITY.across_share, is_met)
    told[rest] = np.where(is_in, INSIDE, OUTSIDE)
    if own.shapeless and "region_code" in rows:
        codes = rows["region_code"].map(lambda code: _begins(code, own.shapeless)).astype(bool)
        lost = np.flatnonzero(codes.to_numpy() & (told == OUTSIDE))
        elsewhere = shapely.make_valid(shapes[lost])
        told[lost[~_lies_on(own.foreign, elsewhere)]] = UNKNOWN
    return told


def _lies_on(ground: shapely.Geometry, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which shapes lie on a ground with more of themselves than two hands differ by."""
    whole, shared = shapely.area(shapes), shapely.area(shapely.intersection(shapes, ground))
    most = whole * fields.IDENTITY.across_share
    return np.where(whole > 0, shared > most, shapely.intersects(shapes, ground)).astype(bool)


def _by_names(
    connection: Connection, own: Land, kind: fields.Kind, rows: pd.DataFrame
) -> list[Verdicts]:
    told = []
    for column, target in kind.names.items():
        if column not in rows or column in _CODES or not len(rows):
            continue
        lists = rows[column].map(_listed)
        named = {one for names in lists for one in names}
        known = _of_named(connection, own, fields.KINDS[target], named) if named else {}
        verdict = lists.map(lambda names: _worst([known.get(one, UNKNOWN) for one in names]))  # noqa: B023
        told.append(verdict.to_numpy(dtype=np.int8))
    return told


def _of_named(
    connection: Connection, own: Land, kind: fields.Kind, named: Collection[str]
) -> dict[str, int]:
    """Return what is known of those of the names that records in force bear."""
    cited = tuple(dict.fromkeys(("key", *kind.cited_as)))
    rows = in_force(connection, kind, cited, named)
    found = verdicts(connection, own, kind, rows, is_followed=False)
    known: dict[str, list[int]] = {}
    for column in cited:
        for name, verdict in zip(rows[column], found, strict=True):
            if name in named:
                known.setdefault(name, []).append(int(verdict))
    told = {name: _worst(each) for name, each in known.items()}
    if kind.name == "supplies":
        told |= _of_parcels(connection, own, {name for name in named if name not in told})
    return told


def _of_parcels(connection: Connection, own: Land, numbers: Collection[str]) -> dict[str, int]:
    """Return where the parcels of supplies lie, of those that have one."""
    parcels = fields.KINDS["parcels"]
    drawn = in_force(connection, parcels, ("supply_no",), numbers) if numbers else pd.DataFrame()
    where = verdicts(connection, own, parcels, drawn, is_followed=False) if len(drawn) else ()
    told: dict[str, list[int]] = {}
    for number, verdict in zip(drawn.get("supply_no", ()), where, strict=True):
        told.setdefault(number, []).append(int(verdict))
    return {number: _worst(each) for number, each in told.items()}


def _worst(each: Sequence[int]) -> int:
    if OUTSIDE in each:
        return OUTSIDE
    return INSIDE if INSIDE in each else UNKNOWN


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [*value] if isinstance(value, list | tuple | np.ndarray) else []


def _begins(code: object, starts: Collection[str]) -> bool:
    return isinstance(code, str) and any(code.startswith(start) for start in starts)


def _start(code: str) -> str:
    return region_start(code) if code.isdigit() else code
