"""What has to be judged anew since an earlier run: what changed, and whatever that may touch.

A record changed if a version of it came or ended, or a day it names has passed. It touches the
supplies and approvals it speaks of, and all that meets its shape, old or new, or theirs. What is
not touched reads the same records as before (see `around`), and is said to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely

from gis import fields
from gis.crs import Shapes
from gis.facts import around
from gis.facts.approvals import name_of
from gis.facts.around import EVENTS, GROUND, Mine, Reader, cited, numbers_of, of_one_holder
from gis.overlay.zones import reach
from gis.store import records
from gis.store.database import Connection
from gis.store.only import Box, Only
from gis.store.records import Known

_KINDS = (
    *("parcels", "supplies", "approvals", "withdrawals", "approval_status", "buildings"),
    *("blocks", "parks", *GROUND, *sorted(EVENTS), *sorted(around.WHOLE)),
)
_NAMES = (
    *("supply_no", "contract_no", "supply_nos", "approval_no", "approval_nos", "batch"),
    *("replaces", "park_code", "enterprise_code"),
)
_Changes = dict[str, pd.DataFrame]


def changed(
    connection: Connection,
    before: Known,
    now: Known,
    due_supplies: pd.Series,
    due_approvals: pd.Series,
) -> Mine | None:
    """Return all that must be judged anew at `now`, given what was judged at `before`.

    What is due is what the calendar alone changes: of that, neighbours see nothing. None:
    everything must be judged anew (a region's boundary changed).
    """
    met = {kind: _changes(connection, kind, before, now) for kind in _KINDS}
    if len(met["regions"]):
        return None
    read = Reader(connection, now.as_of, now.delivery)
    numbers = _supply_numbers(read, met)
    keys = met["supplies"]["key"]
    touched = read("supplies", _named(supply_no=numbers, contract_no=numbers, key=keys))
    lent = read("parcels", _named(supply_no=[*numbers, *cited(touched)]))
    sheets = met["approvals"]["approval_no"]
    redrawn = read("approvals", _named(approval_no=sheets))
    drawn = [*(table["geom"] for table in met.values() if "geom" in table), touched["geom"],
             lent["geom"], redrawn["geom"]]  # fmt: skip
    boxes = _reached(pd.concat(drawn).dropna().to_numpy(dtype=object))
    # Supplies that draw on a changed approval, and the other approvals these draw on.
    names = numbers_of([*sheets, *name_of(met["approvals"]), *name_of(redrawn)])
    citing = read("supplies", _named(approval_nos=names), ("approval_nos",))
    approvals = _approvals(read, met, [touched, citing], boxes, due_approvals)
    parcels = read("parcels", Only(boxes), ("supply_no",))
    there = [*parcels["supply_no"].dropna(), *of_one_holder(read, [*numbers, *cited(touched)])]
    lying = Only(boxes, {"supply_no": there, "contract_no": there})
    return Mine(
        approvals=approvals,
        supplies=_all(keys, touched["key"], citing["key"], read("supplies", lying, ())["key"],
                      due_supplies),
        undated=_all(keys),
        parcels=_all(met["parcels"]["key"], parcels["key"]),
        former=_all(met["parcels"]["key"], read.former(Only(boxes))["key"]),
        buildings=_all(met["buildings"]["key"], read("buildings", Only(boxes), ())["key"]),
        parks=_parks(read, met, approvals, boxes),
    )  # fmt: skip


def _changes(connection: Connection, kind: str, before: Known, now: Known) -> pd.DataFrame:
    own = fields.KINDS[kind]
    columns = [name for name in _NAMES if name in own.columns]
    shape = ["geom"] if own.has_geometry else []
    return records.changed(connection, kind, before, now, [*columns, *shape])


def _supply_numbers(read: Reader, met: _Changes) -> list[str]:
    """Return every number by which a changed record is or names a supply."""
    codes = met["enterprise_years"]["enterprise_code"]
    firms = read("enterprises", _named(enterprise_code=codes), ("supply_nos",))
    found = [
        table[name]
        for table in met.values()
        for name in ("supply_no", "contract_no")
        if name in table
    ]
    several = [table["supply_nos"] for table in (*met.values(), firms) if "supply_nos" in table]
    return sorted({*pd.concat(found).dropna(), *_members(*several)})


def _approvals(
    read: Reader,
    met: _Changes,
    supplies: list[pd.DataFrame],
    boxes: tuple[Box, ...],
    due: pd.Series,
) -> pd.Index:
    """Return the names of the approvals to judge anew."""
    told = [met[kind]["approval_no"] for kind in ("approvals", "approval_status", "withdrawals")]
    lists = [met["approvals"]["replaces"], met["supplies"]["approval_nos"]]
    lists += [table["approval_nos"] for table in supplies]
    sheets = numbers_of([*pd.concat(told).dropna(), *_members(*lists)])
    near = read("approvals", Only(boxes, {"approval_no": sheets}), ("approval_no", "batch"))
    return _all(name_of(met["approvals"]), name_of(near), due)


def _parks(read: Reader, met: _Changes, approvals: pd.Index, boxes: tuple[Box, ...]) -> pd.Index:
    """Return the parks to judge anew; all on an approval tells what a withdrawal left of it."""
    own = [met["parks"]["park_code"], met["blocks"]["park_code"].dropna()]
    there = numbers_of([*approvals])
    cut = read("withdrawals", _named(approval_no=there), ("approval_no",))["approval_no"]
    sheets = numbers_of([*cut, *met["withdrawals"]["approval_no"]])
    shapes = read("approvals", _named(approval_no=sheets), ("geom",))["geom"].dropna()
    around_cut = _reached(shapes.to_numpy(dtype=object))
    near = read("parks", Only((*boxes, *around_cut)), ("park_code",))["park_code"]
    return _all(*own, near)


def _reached(shapes: Shapes) -> tuple[Box, ...]:
    """Return the boxes (EPSG:4490) of all that each shape may meet, each once."""
    sides = np.unique(reach(shapes[~shapely.is_empty(shapes)]), axis=0)
    return tuple((west, south, east, north) for west, south, east, north in sides.tolist())


def _named(**named: Iterable[str]) -> Only:
    return Only(named={name: [*values] for name, values in named.items()})


def _members(*lists: pd.Series) -> set[str]:
    return {name for each in lists for names in each.dropna() for name in names}


def _all(*keys: pd.Series | pd.Index) -> pd.Index:
    together = {key for each in keys for key in each if isinstance(key, str)}
    found: pd.Index = pd.Index(sorted(together), dtype=object)
    return found
