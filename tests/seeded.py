"""Stores that hold the deliveries of another seed, and what the command and the plan say of them.

The files of a seed are written, loaded by their manifest and judged by the real command on a real
PostGIS. LANDWATCH_LONG=1 tries many more seeds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from tests import stores
from tests.plan_land_reference import PlanLand
from tests.plan_reference import Row, Rows
from tests.stores import Store

sys.path.append(str(stores.ROOT / "scripts"))
from demo_data.plan import planned

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
SEEDS = [2718, *([31, *range(1, 41)] if IS_LONG else [])]
DAYS = [date(2026, 6, 30), date(2024, 2, 29), date(2020, 12, 31)]
TODAY = DAYS[0]
CASES = [
    # The last day and a day under the law of before, always; a leap day between them in the long.
    pytest.param(seed, on, marks=pytest.mark.long(str(DAYS[0])) if on == DAYS[1] else ())
    for seed in SEEDS
    for on in DAYS
]
NOT_ANSWERS = {"row_id", "run_series", "first_run", "last_run", "content"}
TO_ZONE_37 = pyproj.Transformer.from_crs(4490, 4546, always_xy=True)


@dataclass(frozen=True)
class Result:
    """One run as the command tells it and as it is stored; shapes in the plane of zone 37."""

    told: Row
    listed: list[Row]
    tables: dict[str, list[Row]]

    def of_rule(self, rule: str) -> dict[str, Row]:
        """Return the findings of a rule by subject."""
        return {row["subject"]: row for row in self.listed if row["rule"] == rule}

    @cached_property
    def pieces(self) -> dict[str, list[Row]]:
        """Return the pieces of every approval by its number."""
        found: dict[str, list[Row]] = {}
        for row in self.tables["piece"]:
            found.setdefault(row["approval"].split("|")[0], []).append(row)
        return found


@dataclass
class Seeded:
    """The plan of a seed and a store that holds its deliveries in the order of the manifest."""

    rows: Rows
    folder: Path
    store: Store
    results: dict[date, Result] = field(default_factory=dict)
    lands: dict[date, PlanLand] = field(default_factory=dict)

    def judged(self, on: date) -> Result:
        """Return the run of a day, made when first asked for."""
        if on not in self.results:
            self.results[on] = run(self.store, on)
        return self.results[on]

    def land(self, on: date) -> PlanLand:
        """Return what the plan says of the land on a day."""
        if on not in self.lands:
            self.lands[on] = PlanLand(self.rows, on)
        return self.lands[on]


def run(store: Store, on: date, *options: str) -> Result:
    """Run a day by the command, list it by the command, and read what it stored."""
    told = store.json("run", "--as-of", on.isoformat(), *options)
    return Result(told, listed(store, told["run"]), stored(store, told["run"]))


def listed(store: Store, run_id: int) -> list[Row]:
    def ask(command: str) -> list[Row]:
        rows: list[Row] = store.json(command, "--run", str(run_id))["rows"]
        return rows

    with ThreadPoolExecutor() as pool:
        return [row for rows in pool.map(ask, ("findings", "candidates")) for row in rows]


def stored(store: Store, run_id: int) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    with store.connect() as connection:
        for name in ("piece", "park_piece", "balance", "indicator"):
            cursor = connection.execute(
                f"SELECT t.* FROM landwatch.{name} t"
                " JOIN landwatch.run r ON r.run_series = t.run_series"
                f" WHERE r.id = %s AND r.id BETWEEN t.first_run AND t.last_run",
                (run_id,),
            )
            names = [column.name for column in cursor.description or ()]
            kept = [row for row in names if row not in NOT_ANSWERS]
            tables[name] = [
                {key: value for key, value in zip(names, row, strict=True) if key in kept}
                for row in cursor.fetchall()
            ]
    for name in ("piece", "park_piece"):
        for row in tables[name]:
            row["geom"] = shapely.transform(
                shapely.from_wkb(row["geom"]),
                lambda xy: np.column_stack(TO_ZONE_37.transform(*xy.T)),
            )
    return tables


Opened = Callable[[str], Store]
Load = Callable[[int], Seeded]
# Kept for the session: every test module has the fixtures anew, none needs new stores.
_MADE: dict[int, Seeded] = {}


@pytest.fixture(name="opened", scope="session")
def opened_fixture(
    server: Any, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Open fresh stores by name; all are dropped together."""
    with ExitStack() as stack:

        def open_store(name: str) -> Store:
            home = tmp_path_factory.mktemp("home")
            database = f"landwatch_seed_{name}_{os.getpid()}"
            return stack.enter_context(stores.copied(server, pattern, database, home))

        yield open_store


@pytest.fixture(name="seeded", scope="session")
def seeded_fixture(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], Seeded]:
    """Return the deliveries of a seed in a store of their own, loaded when first asked for."""

    def load(seed: int) -> Seeded:
        if seed not in _MADE:
            folder = tmp_path_factory.mktemp(f"seed-{seed}")
            command = [sys.executable, "scripts/make_deliveries", "--seed", str(seed)]
            subprocess.run([*command, "--out", str(folder)], cwd=stores.ROOT, check=True)
            store = opened(str(seed))
            loaded = store.json("load", "--manifest", str(folder / "deliveries.toml"))
            assert {entry["rejected"] for entry in loaded["deliveries"]} == {0}
            _MADE[seed] = Seeded(planned(seed).rows, folder, store)
        return _MADE[seed]

    return load
