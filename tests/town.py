"""A made-up town over the border of two zones (109.5 E), of everything a run can meet.

Nothing fits together: supplies overlap, stick out of their approvals or have no shape, approvals
lie over one another, parcels were divided, some days are missing. The same for the same seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from store_rows import NO_ISSUES, received

from gis import fields
from gis.config import Config
from gis.store import database, deliveries
from tests.conftest import Server
from tests.stores import copied

WEST, SOUTH, STEP = 109.47, 39.6, 0.001
WIDE, HIGH = 60, 30  # steps
CODES = ["150602", "150603"]


class Draw:
    """Random boxes and days of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def box(self, least: int, most: int) -> shapely.Polygon:
        """A box of whole steps, every third one moved by a few centimetres to metres."""
        width, height = self.random.integers(least, most + 1, 2)
        x = self.random.integers(0, WIDE - width)
        y = self.random.integers(0, HIGH - height)
        off = self.random.normal(0, 1e-5) if self.random.random() < 0.3 else 0.0
        return shapely.box(
            *(WEST + off + STEP * x, SOUTH + STEP * y),
            *(WEST + off + STEP * (x + width), SOUTH + STEP * (y + height)),
        )

    def day(self, first: str, last: str, missing: float = 0.0) -> pd.Timestamp | None:
        if self.random.random() < missing:
            return None
        span = (pd.Timestamp(last) - pd.Timestamp(first)).days
        return pd.Timestamp(first) + pd.Timedelta(days=int(self.random.integers(0, span)))

    def one(self, *choices: Any) -> Any:
        return choices[self.random.integers(0, len(choices))]


def put(
    store: database.Connection,
    kind: str,
    rows: list[dict[str, Any]] | pd.DataFrame,
    mark: str,
    **more: Any,
) -> None:
    """Deliver rows of a kind."""
    frame = pd.DataFrame(rows)
    for name in frame.columns.intersection(list(fields.KINDS[kind].columns)):
        type_ = fields.KINDS[kind].columns[name].type
        if type_ in {"day", "day_end"}:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        elif type_ in {"text", "code"}:
            frame[name] = frame[name].astype("str")
        elif type_ in {"money", "integer"}:
            frame[name] = frame[name].astype("Int64")
        elif type_ == "area":
            frame[name] = frame[name].astype("float64")
    columns = list(frame.columns)
    if "geom" in frame:
        frame["source_epsg"] = 4490
    frame = frame.assign(row_no=range(2, 2 + len(frame)), file=f"{mark}.xlsx")
    deliveries.put(store, received(kind, f"{kind}-{mark}"), frame, NO_ISSUES, columns, **more)


@contextmanager
def kept(server: Server, pattern: str, home: Path, seed: int, supplies: int) -> Iterator[str]:
    """Give the name of a database that holds such a town, to be copied."""
    name = f"landwatch_town_{os.getpid()}_{seed}_{supplies}"
    with copied(server, pattern, name, home) as town:
        with database.connect(Config(home, town.url)) as store:
            build(store, seed, supplies)
        yield name


def build(store: database.Connection, seed: int, supplies: int = 120) -> None:
    """Deliver a town of so many supplies, and what belongs to them."""
    draw = Draw(seed)
    whole = shapely.box(WEST, SOUTH, WEST + STEP * WIDE, SOUTH + STEP * HIGH)
    put(store, "regions", [{"region_code": code, "name": code, "from_on": "2000-01-01",
                            "geom": draw.box(20, 29)} for code in CODES], "1")  # fmt: skip
    put(store, "parks", [{"park_code": f"P{n}", "region_code": CODES[n], "from_on": "2001-01-01",
                          "geom": draw.box(12, 25)} for n in range(2)], "1")  # fmt: skip
    put(store, "blocks", [{"block_code": f"P{n % 2}-{n}", "park_code": f"P{n % 2}",
                           "from_on": "2001-01-01", "geom": draw.box(8, 14)}
                          for n in range(5)], "1")  # fmt: skip
    names = [f"批〔{2008 + n % 9}〕{n:02d}号" for n in range(supplies // 4)]
    approvals = [
        {"approval_no": name, "batch": draw.one(None, "甲批"), "part": part,
         "approved_on": draw.day("2008-01-01", "2018-01-01", 0.03),
         "total_area_m2": draw.one(None, 50_000.0), "exempt_area_m2": draw.one(None, None, 900.0),
         "replaces": draw.one(None, None, [names[0], names[3]]), "region_code": draw.one(*CODES),
         "geom": None if n % 9 == 0 else draw.box(2, 7)}
        for n, name in enumerate(names)
        for part in (["1", "2"] if n % 6 == 0 else ["1"])
    ]  # fmt: skip
    put(store, "approvals", approvals, "1")
    put(store, "withdrawals", [{"document": f"撤{n}", "approval_no": draw.one(*names),
                                "decided_on": draw.day("2015-01-01", "2020-01-01"),
                                "area_m2": 5000.0, "geom": draw.one(None, draw.box(2, 5))}
                               for n in range(8)], "1")  # fmt: skip
    put(store, "approval_status", [{"approval_no": name,
                                    "compensation": draw.one("done", "not_done"),
                                    "observed_on": draw.day("2012-01-01", "2024-01-01"),
                                    "is_supply_possible": draw.one(True, False)}
                                   for name in names[::2]], "1")  # fmt: skip
    # Every eleventh has a contract alone; later documents cite whichever there is.
    numbers = [f"15060{2 + n % 2}20{n:04d}" if n % 11 else f"C{n}" for n in range(supplies)]
    put(store, "supplies", [
        {"supply_no": number if n % 11 else None, "contract_no": f"C{n}", "phase": phase,
         "signed_on": draw.day("2009-01-01", "2024-01-01", 0.04), "supply_way": "grant",
         "area_m2": draw.one(None, 12_000.0), "parcel_total_m2": draw.one(None, None, 15_000.0),
         "use_text": draw.one("工业用地", "商业用地", "地下车库", None),
         "start_agreed_on": draw.day("2011-01-01", "2025-01-01", 0.1),
         "started_on": draw.day("2012-01-01", "2026-01-01", 0.8),
         "approval_nos": draw.one(None, [draw.one(*names)], [draw.one(*names), draw.one(*names)]),
         "geom": draw.box(1, 3) if n % 3 else None}
        for n, number in enumerate(numbers)
        for phase in (["一期", "二期"] if n % 17 == 0 else [None])
    ], "1")  # fmt: skip
    parcels = [{"parcel_code": f"150602001001G{draw.one('B', 'B', 'X')}{n:05d}",
                "geom": draw.box(1, 3), "area_m2": 11_000.0,
                "supply_no": numbers[n % supplies] if n % 4 else None,
                "phase": draw.one(None, None, "一期"), "region_code": draw.one(*CODES),
                "registered_on": draw.day("2010-01-01", "2024-01-01", 0.1)}
               for n in range(supplies)]  # fmt: skip
    put(store, "parcels", parcels, "1")
    halves = []
    for n, parcel in enumerate(parcels[:6]):
        west, south, east, north = parcel["geom"].bounds
        middle = (west + east) / 2
        halves.append(parcel | {"geom": shapely.box(west, south, middle, north)})
        halves.append(parcel | {"geom": shapely.box(middle, south, east, north),
                                "parcel_code": f"new{n}"})  # fmt: skip
    put(store, "parcels", halves, "2")
    put(store, "progress", [{"supply_no": number,
                             "source": draw.one("patrol", "imagery", "document"),
                             "observed_on": draw.day("2015-01-01", "2026-01-01"),
                             "milestone": draw.one("not_started", "started", "stopped")}
                            for number in numbers[::2]], "1")  # fmt: skip
    put(store, "right_endings", [{"document": f"收{n}", "supply_no": number, "kind": "recovered",
                                  "ended_on": draw.day("2018-01-01", "2027-01-01")}
                                 for n, number in enumerate(numbers[::13])], "1")  # fmt: skip
    put(store, "causes", [{"document": f"因{n}", "supply_no": number, "kind": "art8_1",
                           "starts_on": draw.day("2014-01-01", "2020-01-01"),
                           "ends_on": draw.day("2021-01-01", "2023-01-01", 0.5)}
                          for n, number in enumerate(numbers[::9])], "1")  # fmt: skip
    put(store, "landclass", [{"parcel_no": f"T{n}",
                              "class_code": draw.one("0601", "0701", "1101", "0401"),
                              "from_on": draw.day("2009-12-31", "2024-12-31"),
                              "geom": draw.one(draw.box(2, 8), whole if n == 0 else draw.box(3, 5))}
                             for n in range(40)], "1")  # fmt: skip
    put(store, "plans", [{"code": f"G{n}", "kind": "urban_boundary", "from_on": "2010-01-01",
                          "geom": draw.box(3, 6)} for n in range(4)], "1")  # fmt: skip
    put(store, "serviced", [{"code": f"S{n}", "services_count": 5, "is_levelled": True,
                             "is_expropriated": True, "from_on": "2010-01-01",
                             "geom": draw.box(3, 6)} for n in range(5)], "1")  # fmt: skip
    put(store, "buildings", [{"code": f"B{n}", "geom": draw.box(1, 2),
                              "from_on": draw.day("2008-01-01", "2024-01-01", 0.2)}
                             for n in range(supplies // 2)], "1")  # fmt: skip
    _papers(store, draw, numbers)


def _papers(store: database.Connection, draw: Draw, numbers: list[str]) -> None:
    """Deliver what contracts are followed by, and the enterprises that hold the land."""
    put(store, "extensions", [{"document": f"延{n}", "supply_no": number, "kind": "contract",
                               "signed_on": draw.day("2012-01-01", "2020-01-01"),
                               "start_due_on": draw.day("2016-01-01", "2027-01-01"),
                               "approved_by": draw.one(None, "旗政府")}
                              for n, number in enumerate(numbers[::7])], "1")  # fmt: skip
    put(store, "handovers", [{"document": f"交{n}", "supply_no": number,
                              "handed_on": draw.day("2010-01-01", "2026-01-01")}
                             for n, number in enumerate(numbers[::5])], "1")  # fmt: skip
    put(store, "decisions", [{"document": f"认{n}", "supply_no": number, "kind": "finding",
                              "cause": draw.one("enterprise", "government"),
                              "served_on": draw.day("2016-01-01", "2027-01-01")}
                             for n, number in enumerate(numbers[::6])], "1")  # fmt: skip
    put(store, "agreements", [{"document": f"协{n}", "supply_no": number, "kind": "standard_land",
                               "signed_on": draw.day("2012-01-01", "2020-01-01"),
                               "start_due_on": draw.day("2016-01-01", "2025-01-01"),
                               "completion_due_on": draw.day("2018-01-01", "2027-01-01", 0.2),
                               "capacity_due_on": draw.day("2018-01-01", "2022-01-01", 0.2),
                               "tax_yuan_per_m2": 3.0}
                              for n, number in enumerate(numbers[::3])], "1")  # fmt: skip
    put(store, "holders", [{"document": f"转{n}", "supply_no": number, "holder": f"受让{n}公司",
                            "signed_on": draw.day("2015-01-01", "2026-01-01")}
                           for n, number in enumerate(numbers[::8])], "1")  # fmt: skip
    put(store, "ledgers", [{"ledger": "idle", "region_code": CODES[0], "item_no": f"{n}",
                            "supply_no": number, "name": f"项目{n}",
                            "from_on": draw.day("2020-01-01", "2026-01-01")}
                           for n, number in enumerate(numbers[::9])], "1")  # fmt: skip
    # What no rule asks: a change of it changes nothing.
    put(store, "tasks", [{"year": 2024, "region_code": code, "way": "idle", "target_m2": 60_000.0}
                         for code in CODES], "1")  # fmt: skip
    put(store, "base", [{"year": 2024, "region_code": CODES[0], "way": "idle", "item_no": f"{n}",
                         "supply_no": number, "area_m2": 5_000.0}
                        for n, number in enumerate(numbers[::9])], "1")  # fmt: skip
    put(store, "done", [{"document": "某文〔2024〕1号", "year": 2024, "region_code": CODES[0],
                         "way": "idle", "stage": "filed", "item_no": f"{n}", "supply_no": number,
                         "area_m2": 4_000.0, "done_on": pd.Timestamp("2024-11-30")}
                        for n, number in enumerate(numbers[::9])], "1")  # fmt: skip
    put(store, "formalities", [{"project_code": f"XM{n}", "formality": "环评", "state": "granted",
                                "from_on": "2022-01-01"} for n in range(3)], "1")  # fmt: skip
    put(store, "control_values", [{"indicator": "floor_ratio", "region_code": code, "least": 0.8,
                                   "document": "控1", "from_on": "2020-01-01"}
                                  for code in CODES], "1")  # fmt: skip
    put(store, "acceptances", [{"document": f"复{n}", "supply_no": number, "yard_m2": 100.0,
                                "checked_on": "2023-05-01"}
                               for n, number in enumerate(numbers[::12])], "1")  # fmt: skip
    put(store, "residents", [{"place_code": f"P{n}", "year": 2023, "residents_count": 100 + n}
                             for n in range(2)], "1")  # fmt: skip
    put(store, "park_scores", [{"park_code": f"P{n}", "year": 2023, "indicator": "GREEN_1",
                                "document": f"考{n}", "score": 1.5} for n in range(2)],
        "1")  # fmt: skip
    put(store, "imagery", [{"path": f"{n}.tif", "taken_on": "2023-06-01", "sensor": "卫星",
                            "geom": draw.box(4, 9)} for n in range(3)], "1")  # fmt: skip
    # Every enterprise holds land all over the town.
    firms = [f"91150602MA{n:08d}" for n in range(len(numbers) // 8)]
    put(store, "enterprises", [{"enterprise_code": code, "name": code, "from_on": "2010-01-01",
                                "supply_nos": numbers[n :: len(firms)]}
                               for n, code in enumerate(firms)], "1")  # fmt: skip
    put(store, "enterprise_years", [{"enterprise_code": code, "year": year,
                                     "tax_fen": int(draw.random.integers(1, 10**8))}
                                    for code in firms for year in (2021, 2023, 2024)],
        "1")  # fmt: skip
    put(store, "projects", [{"project_code": f"XM{n}", "from_on": "2012-01-01",
                             "supply_nos": [number],
                             "produced_on": draw.day("2016-01-01", "2026-01-01", 0.2)}
                            for n, number in enumerate(numbers[::10])], "1")  # fmt: skip
