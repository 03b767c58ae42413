"""What regions, parks and blocks are called, and where a row lies in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.runs import Run


@dataclass(frozen=True)
class Named:
    """A place: its kind (region, park, block), code and name; the code where it has no name."""

    kind: str
    code: str
    name: str


_KINDS = {"region": ("regions", "region_code", "name"), "park": ("parks", "park_code", "name"),
          "block": ("blocks", "block_code", "name")}  # fmt: skip


def names_of(connection: Connection, run: Run, row: Mapping[str, Any]) -> list[Named]:
    """Return the region, the park and the block a row says it lies in, those it names."""
    found = []
    for kind, (records_of, column, name) in _KINDS.items():
        code = row.get(column)
        if code is None:
            continue
        only = RecordFilter(named={column: [code]})
        # A place may be known without a day from which it is one.
        told = [
            records.read(connection, records_of, run.delivery, columns=(name,), undated=undated,
                         only=only)[name].dropna()
            for undated in (False, True)
        ]  # fmt: skip
        known = [*told[0], *told[1]]
        found.append(Named(kind, str(code), str(known[-1]) if known else str(code)))
    return found
