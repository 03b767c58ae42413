"""Whose record a row is, at random: as one record after another, the slow and obvious way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.intake import load as intake
from gis.store import database
from tests.intake_samples import EXAMPLES
from tests.test_whose_records import X0, Y0, text

# What the slow, obvious way makes of the same deliveries: one record after another.
Plot = tuple[str, int, int]


def share(one: tuple[int, int], other: tuple[int, int]) -> float:
    wide = max(0, 100 - abs(one[0] - other[0])) * max(0, 100 - abs(one[1] - other[1]))
    return wide / 10_000


def touches(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] - other[0]) <= 100 and abs(one[1] - other[1]) <= 100


Held = dict[str, tuple[str, tuple[int, int]]]  # key -> firm and corner of its record in force


def taken(records: Held, firm: str, plots: Sequence[Plot]) -> set[int]:
    """Take one firm's plots into `records`; return the rows that wait."""
    before, waiting = dict(records), set()
    named: dict[int, str] = {}
    for row, (number, x, y) in enumerate(plots, 1):
        for serial in itertools.count(1):
            key = number if serial == 1 else f"{number}~{serial}"
            if key not in before:
                break
            owner, place = before[key]
            if owner == firm and (share(place, (x, y)) >= 0.5 or touches(place, (x, y))):
                break
        if key in before and share(before[key][1], (x, y)) < 0.5:
            waiting.add(row)
        else:
            named[row] = key
    for row, key in named.items():
        place = plots[row - 1][1:]
        others = [at for other, (_, at) in before.items() if other not in named.values()]
        is_still = key in before and before[key][1] == place
        if not is_still and any(share(at, place) >= 0.98 for at in others):
            waiting.add(row)
        else:
            records[key] = (firm, place)
    return waiting


STEPS = st.sampled_from([0, 1, 2, 49, 50, 51, 99, 100, 101, 150, 201])
PLOTS = st.lists(
    st.tuples(st.sampled_from("123"), STEPS, st.sampled_from([0, 0, 0, 300])),
    min_size=1, max_size=3, unique_by=lambda plot: plot[0],
)  # fmt: skip


@settings(
    EXAMPLES,
    max_examples=EXAMPLES.max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(["甲", "乙"]), PLOTS), min_size=2, max_size=4))
def test_deliveries_in_any_order_come_out_as_one_record_after_another_would(
    store: database.Connection, tmp_path: Path, steps: list[tuple[str, list[Plot]]]
) -> None:
    store.execute("TRUNCATE parcels, delivery, issue, profile")
    records: Held = {}
    for firm, plots in steps:
        before = dict(records)
        waiting = taken(records, firm, plots)
        order = intake.LoadRequest("parcels", text(tmp_path / "plots.txt", *plots), sender=firm)
        _, loaded = intake.load(store, order, tmp_path / "home")
        rows = store.execute(
            "SELECT key, ST_XMin(ST_Transform(geom, 4525)), ST_YMin(ST_Transform(geom, 4525))"
            " FROM parcels WHERE to_delivery IS NULL"
        ).fetchall()
        found = {key: (round(x - X0), round(y - Y0)) for key, x, y in rows}
        assert found == {key: place for key, (_, place) in records.items()}
        if loaded.is_repeat:
            assert records == before
            continue
        assert loaded.held == len(waiting)
        # No record disappears without being counted as replaced or ended.
        changed = [key for key in before if before[key][1] != found.get(key)]
        assert len(changed) == loaded.replaced + loaded.ended
        assert loaded.added == len(found) - len(before)
