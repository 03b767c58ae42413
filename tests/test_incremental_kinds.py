"""A run built on the one before equals a full one after each kind of paper changed in each way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from test_incremental import AS_OF, SAID_ANEW, both, sample
from town import Draw, build, put

from gis import fields, law
from gis.pipeline import run as line
from gis.store import database, records, tables

# What a new version of a record says, of the kinds of which the rounds by chance say it elsewhere.
ANEW: dict[str, dict[str, Any]] = {
    **SAID_ANEW,
    "regions": {"name": "改名区"},
    "parks": {"grade": "national"},
    "blocks": {"name": "改名区块"},
    "parcels": {"area_m2": 7_700.0, "phase": None},
    "approvals": {"total_area_m2": 70_000.0, "exempt_area_m2": 700.0, "use_text": "工业用地"},
    "approval_status": {"compensation": "not_done", "is_supply_possible": False},
    "withdrawals": {"area_m2": 700.0, "extent": None},
    "supplies": {"area_m2": 7_700.0, "use_text": "工业用地", "price_fen": 77_000_00},
    "extensions": {"completion_due_on": pd.Timestamp("2024-07-07")},
    "right_endings": {"ended_on": pd.Timestamp("2024-07-07")},
    "causes": {"ends_on": pd.Timestamp("2024-07-07")},
    "progress": {"milestone": "completed", "invested_fen": 77_000_00},
    "decisions": {"cause": "government"},
    "landclass": {"class_code": "0602"},
    "serviced": {"services_count": 2, "is_levelled": False},
    "buildings": {"storeys_count": 3.0, "height_m": 30.0, "kind": "building"},
    "agreements": {"floor_ratio_min": 0.9, "tax_yuan_per_m2": 70.0, "kind": "supervision"},
    "projects": {"state": "stopped", "produced_on": None, "enterprise_code": "91150602MA00000001"},
    "enterprises": {"is_industrial": False, "park_code": "P1", "industry_code": "2614"},
    "enterprise_years": {"output_fen": 777_00, "tax_fen": 7_00, "employees_count": 7},
}
# What says whose it is: a paper that comes to speak of other land, another firm, another place.
LINKS = ("supply_no", "supply_nos", "enterprise_code", "place_code", "park_code", "project_code")
FUTURE = AS_OF + pd.Timedelta(days=40)


def ways(store: database.Connection, draw: Draw, kind: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield how records of a kind change, and what is delivered of it then."""
    own = fields.KINDS[kind]
    some = sample(store, draw, kind, 2)
    yield "said anew", some.assign(**ANEW.get(kind, {}))
    if own.has_geometry and some["geom"].notna().any():
        some = sample(store, draw, kind, 2)
        yield "moved", some.assign(geom=[draw.box(2, 6) for _ in some.index])
    for name in LINKS:
        if name in own.columns:
            some, other = sample(store, draw, kind, 1), sample(store, draw, _of(name, kind), 1)
            value = other[_column(name, _of(name, kind))].iloc[0]
            told = [value] if name == "supply_nos" and isinstance(value, str) else value
            yield f"another {name}", some.assign(**{name: pd.Series([told], dtype=object)})


def _of(link: str, kind: str) -> str:
    """Return the kind of which a link is a name."""
    named = {"enterprise_code": "enterprises", "place_code": "parks", "park_code": "parks"}
    return {**named, "project_code": "projects"}.get(link, "supplies")


def _column(link: str, of: str) -> str:
    return {"supplies": "supply_no", "parks": "park_code"}.get(of, link)


def leave_out(store: database.Connection, draw: Draw, kind: str, count: int) -> None:
    """Deliver the kind as a whole without some of its records, which ends these."""
    table = pd.concat(
        [records.read(store, kind), records.read(store, kind, undated=True)], ignore_index=True
    )
    gone = draw.random.choice(len(table), min(count, len(table) - 1), replace=False)
    own = [name for name in tables.own_types(kind) if name != "source_epsg"]
    put(store, kind, table.drop(index=gone)[own], f"without-{kind}", mode="replace", scope={})


@pytest.mark.long("the rounds of test_incremental, which change every kind by chance")
@pytest.mark.parametrize("kind", fields.KINDS)
def test_a_change_of_a_kind_ends_where_a_full_run_ends(
    store: database.Connection, kind: str
) -> None:
    build(store, 8, supplies=16)
    rules, draw = law.load(), Draw(17)
    before = line.run(store, AS_OF, rules, tell=str)
    for way, rows in ways(store, draw, kind):
        put(store, kind, rows, way)
        _, done = both(store, AS_OF, rules)
        assert kind == "regions" or done.built_on == before.id, way
        before = done
    leave_out(store, draw, kind, 2)
    both(store, AS_OF, rules)
