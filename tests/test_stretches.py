"""A register without shapes is judged stretch of keys by stretch: what one number names is met."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from store_rows import put, supplies

from gis import law
from gis.facts import partition
from gis.pipeline import run as line
from gis.store import database, deliveries, records, results
from tests.store_rows import NO_ISSUES, received

# Eight boxes would have shapes; without any, their four stretches of keys alone are judged.
MANY = 8


def register(store: database.Connection) -> None:
    """Twelve supplies, in stretches A B, C D E, F G P1, P2 Q R S; C is Q by contract."""
    rows: list[dict[str, Any]] = [
        {"supply_no": number, "phase": None, "contract_no": None} for number in "ABDEFGRS"
    ]
    rows += [
        {"supply_no": "P", "phase": "1", "contract_no": None},
        {"supply_no": "P", "phase": "2", "contract_no": None},
        {"supply_no": "C", "phase": None, "contract_no": "Q"},
        {"supply_no": "Q", "phase": None, "contract_no": None},
    ]
    dated = [
        row | {"signed_on": "2015-03-01", "start_agreed_on": "2016-03-01", "area_m2": 100.0}
        for row in rows
    ]
    put(store, "register", supplies(*dated))
    seen = pd.DataFrame(
        {
            "supply_no": ["P", "Q"],
            "observed_on": pd.to_datetime(["2020-01-01", "2020-01-01"]),
            "source": ["patrol", "patrol"],
            "milestone": ["started", "not_started"],
            "started_on": pd.to_datetime(["2019-01-01", None]),
            "invested_fen": pd.array([500, None], dtype="Int64"),
        }
    ).assign(row_no=[2, 3], file="b.xlsx")
    columns = [name for name in seen if name not in {"row_no", "file"}]
    deliveries.put(store, received("progress", "seen"), seen, NO_ISSUES, columns)


def test_supplies_of_one_number_meet_across_stretches(store: database.Connection) -> None:
    register(store)
    by_key = sorted(records.read(store, "supplies")["key"])
    one, two = by_key[7:9]

    shared = records.of_one_number(store, 2)
    assert sorted(shared["key"]) == ["C", one, two, "Q"]

    def beyond(first: str, end: str | None) -> list[str]:
        return sorted(partition.beyond(shared, (first, end))["key"])

    assert beyond("D", "E") == []
    # The number of Q is the contract of C.
    assert beyond("C", "D") == ["Q"]
    assert beyond(two, None) == ["C", one]
    with store.transaction(force_rollback=True):
        done = line.run(store, date(2026, 6, 30), law.load(), tell=str, parts=MANY)
        held = results.read(store, done, "holding").set_index("subject")
    assert sorted(held.index) == by_key
    # What was spent on all of P is not what was spent on a phase, though each is judged alone.
    assert held["invested_fen"].isna().all()
