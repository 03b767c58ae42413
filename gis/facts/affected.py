"""What has to be judged anew since an earlier run: what changed, and whatever that may touch.

A record changed if a version of it came or ended, or a day it names has passed. It touches the
supplies and approvals it speaks of, and all that meets its shape, old or new, or theirs. What is
not touched reads the same records as before (see `read_neighbourhood`), and is said to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gis import fields
from gis.facts import dependencies
from gis.facts.approvals import name_of, shapes_of
from gis.facts.changed_shapes import ChangedShapes, moved, present, reached
from gis.facts.dependencies import NAMING
from gis.facts.neighbourhood import Reader, Targets, cited, numbers_of, of_one_holder
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import Box, RecordFilter
from gis.store.records import KnownAt

# What tells of a record besides who it names.
_NAMES = (*NAMING, "batch", "region_code")
# What is asked of records that a change may touch.
_OF_SUPPLY = ("supply_no", "contract_no", "approval_nos", "geom")
_OF_APPROVAL = ("approval_no", "batch", "replaces", "geom")
_Changes = dict[str, pd.DataFrame]


def affected(
    connection: Connection,
    before: KnownAt,
    now: KnownAt,
    due_supplies: pd.Series,
    due_approvals: pd.Series,
) -> Targets | None:
    """Return all that must be judged anew at `now`, given what was judged at `before`.

    What is due is what the calendar alone changes: of that, neighbours see nothing. None:
    everything must be judged anew (a region's boundary changed).
    """
    met = {kind: _changes(connection, kind, before, now) for kind in dependencies.REACHING}
    if any(len(met[kind]) for kind in dependencies.REACHING_ALL):
        return None
    read = Reader(connection, now.as_of, now.delivery)
    is_older = _is_older(met["supplies"], read, before)
    older = met["supplies"].loc[is_older, "key"]
    met["supplies"] = met["supplies"][~is_older]
    land = {kind: met[kind] for kind in dependencies.REACHING_LAND}
    keys = met["supplies"]["key"]
    numbers = _supply_numbers(read, land)
    spoken = _supply_numbers(read, {kind: met[kind] for kind in dependencies.REACHING_PAPERS})
    touched, lent = _held(read, numbers, keys)
    told, told_lent = _held(read, spoken, older)
    sheets = met["approvals"]["approval_no"]
    redrawn = read.on_table("approvals", _named(approval_no=sheets), _OF_APPROVAL)
    freed = pd.concat([met["right_endings"]["supply_no"], met["parcels"]["supply_no"]])
    # Who may see what lies on a block is told by the park it names, wherever that one lies.
    of_parks = read("blocks", _named(park_code=met["parks"]["park_code"].dropna()), ("geom",))
    drawn = ChangedShapes(
        [table["geom"] for table in land.values() if "geom" in table]
        + [touched["geom"], lent["geom"], redrawn["geom"], of_parks["geom"]],
        [moved(met["supplies"], touched, freed, before), met["parcels"]["geom"], lent["geom"]],
    )
    # Supplies that draw on a changed approval, and the other approvals these draw on.
    names = numbers_of([*sheets, *name_of(met["approvals"]), *name_of(redrawn)])
    citing = read.on_table("supplies", _named(approval_nos=names), ("approval_nos",))
    # An approval of several parts replaces what any of its parts says, changed or not.
    lists = [met["approvals"]["replaces"], redrawn["replaces"], met["supplies"]["approval_nos"]]
    lists += [touched["approval_nos"], citing["approval_nos"]]
    approvals = _approvals(read, met, lists, drawn, due_approvals)
    parcels = read("parcels", RecordFilter(drawn.boxes), ("supply_no",))
    of_holders = of_one_holder(read, [*numbers, *spoken, *cited(touched), *cited(told)])
    there = [*parcels["supply_no"].dropna(), *of_holders]
    seen = reached(present([told["geom"], told_lent["geom"]]))
    built = read("buildings", RecordFilter(drawn.boxes), ())
    return Targets(
        approvals=approvals,
        supplies=_all(keys, touched["key"], told["key"], citing["key"],
                      _supplies(read, drawn, there), due_supplies),
        undated=_all(keys),
        parcels=_all(met["parcels"]["key"], parcels["key"]),
        former=_all(met["parcels"]["key"], read.former(RecordFilter(drawn.boxes))["key"]),
        buildings=_all(met["buildings"]["key"], built["key"]),
        parks=_parks(read, met, approvals, (*drawn.boxes, *seen)),
    )  # fmt: skip


def _is_older(met: pd.DataFrame, read: Reader, before: KnownAt) -> pd.Series[bool]:
    """Return which versions of supplies have only grown older: they counted, and still do."""
    counted = (met["from_delivery"] <= before.delivery) & (
        met["effective_on"] <= pd.Timestamp(before.as_of)
    )
    asked = met.loc[counted & ~met["key"].duplicated(keep=False), "key"]
    still = read("supplies", _named(key=asked), ("from_delivery",))
    return met["key"].isin(still.loc[still["from_delivery"] <= before.delivery, "key"])


def _held(
    read: Reader, numbers: Iterable[str], keys: Iterable[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the supplies of these numbers or keys, and the parcels that may lend them a shape."""
    named = _named(supply_no=numbers, contract_no=numbers, key=keys)
    supplies = read.on_table("supplies", named, _OF_SUPPLY)
    return supplies, read("parcels", _named(supply_no=[*numbers, *cited(supplies)]), ("geom",))


def _changes(connection: Connection, kind: str, before: KnownAt, now: KnownAt) -> pd.DataFrame:
    own = fields.KINDS[kind]
    columns = [name for name in _NAMES if name in own.columns]
    shape = ["geom"] if own.has_geometry else []
    return records.changed(connection, kind, before, now, ["from_delivery", *columns, *shape])


def _supply_numbers(read: Reader, met: _Changes) -> list[str]:
    """Return every number by which a changed record is or names a supply."""
    found = [
        table[name]
        for table in met.values()
        for name in ("supply_no", "contract_no")
        if name in table
    ]
    several = [table["supply_nos"] for table in met.values() if "supply_nos" in table]
    if "enterprise_years" in met:
        codes = met["enterprise_years"]["enterprise_code"]
        firms = read.on_table("enterprises", _named(enterprise_code=codes))
        several.append(firms["supply_nos"])
    return sorted({*pd.concat(found).dropna(), *_members(*several)})


def _supplies(read: Reader, drawn: ChangedShapes, there: Iterable[str]) -> pd.Series:
    """Return the keys of the supplies that meet what changed, and of those of these numbers."""
    named = _named(supply_no=there, contract_no=there).named
    near = read.on_table("supplies", RecordFilter(drawn.boxes, named), _OF_SUPPLY)
    is_named = near["supply_no"].isin(there) | near["contract_no"].isin(there)
    return near.loc[is_named | drawn.meets(near["geom"].mask(is_named, None)), "key"]


def _approvals(
    read: Reader,
    met: _Changes,
    lists: list[pd.Series],
    drawn: ChangedShapes,
    due: pd.Series,
) -> pd.Index:
    """Return the names of the approvals to judge anew; `lists` are columns of lists of numbers."""
    told = [table["approval_no"] for table in met.values() if "approval_no" in table]
    sheets = numbers_of([*pd.concat(told).dropna(), *_members(*lists)])
    here = RecordFilter(drawn.boxes, {"approval_no": sheets})
    near = read.on_table("approvals", here, ("approval_no",))
    whole = read.on_table("approvals", _named(approval_no=near["approval_no"]), _OF_APPROVAL)
    shapes = shapes_of(whole)
    is_told = whole.groupby(name_of(whole))["approval_no"].first().isin(sheets)
    is_met = pd.Series(drawn.meets(shapes.mask(is_told, None)), shapes.index)
    return _all(name_of(met["approvals"]), shapes.index[is_told | is_met], due)


def _parks(read: Reader, met: _Changes, approvals: pd.Index, boxes: tuple[Box, ...]) -> pd.Index:
    """Return the parks to judge anew; all on an approval tells what a withdrawal left of it."""
    own = [met["parks"]["park_code"], met["blocks"]["park_code"].dropna()]
    there = numbers_of([*approvals])
    cut = read("withdrawals", _named(approval_no=there), ("approval_no",))["approval_no"]
    sheets = numbers_of([*cut, *met["withdrawals"]["approval_no"]])
    shapes = read("approvals", _named(approval_no=sheets), ("geom",))["geom"]
    around_cut = reached(present([shapes]))
    near = read("parks", RecordFilter((*boxes, *around_cut)), ("park_code",))["park_code"]
    return _all(*own, near)


def _named(**named: Iterable[str]) -> RecordFilter:
    return RecordFilter(named={name: [*values] for name, values in named.items()})


def _members(*lists: pd.Series) -> set[str]:
    return {name for each in lists for names in each.dropna() for name in names}


def _all(*keys: pd.Series | pd.Index) -> pd.Index:
    together = {key for each in keys for key in each if isinstance(key, str)}
    found: pd.Index = pd.Index(sorted(together), dtype=object)
    return found
