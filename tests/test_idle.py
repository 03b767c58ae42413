"""From known records to findings of idle land: what a subject without a recorded area is given."""

from __future__ import annotations

from datetime import date

import pytest

from gis import law
from gis.crs import transform
from gis.pipeline import idle
from tests.delivered import CORNER_EPSG, square
from tests.test_facts import SUPPLY, records, seen

AS_OF = date(2026, 6, 30)
GROUND = transform.to_store([square(0, 0, 100, 90)], CORNER_EPSG).geoms[0]


def test_a_subject_without_a_recorded_area_is_measured_and_judged_by_that() -> None:
    # 100 m x 90 m = 9,000 m2; 2,999 developed are under a third of it, 3,001 are not.
    parcel = {
        "parcel_code": "宗1",
        "supply_no": "A1",
        "geom": GROUND,
        "registered_on": "2020-01-01",
    }
    for developed, outcome in ((2_999.0, "may_be_idle"), (3_001.0, "undetermined")):
        rows = [
            seen("2021-05-01", "started", started_on="2021-02-01"),
            seen("2024-05-01", "stopped", developed_area_m2=developed),
        ]
        known = records(AS_OF, supplies=[SUPPLY], parcels=[parcel], progress=rows)
        found = idle.judge(known, law.load()).findings.iloc[0]
        assert found["area_m2"] == pytest.approx(9_000.0, abs=0.01)
        assert found["outcome"] == outcome


def test_a_recorded_area_is_kept_whatever_was_drawn() -> None:
    parcel = {
        "parcel_code": "宗1",
        "supply_no": "A1",
        "geom": GROUND,
        "registered_on": "2020-01-01",
    }
    known = records(AS_OF, supplies=[SUPPLY | {"area_m2": 10_000.0}], parcels=[parcel])
    assert idle.judge(known, law.load()).findings["area_m2"].tolist() == [10_000.0]
