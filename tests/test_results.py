"""The door to stored results: filters, land one may see, pages, counts; held to a plain reading."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.errors import UsageError
from gis.pipeline.lands import lands
from gis.store import database, results, runs
from gis.store.results import Asked, Scope

REGIONS = ["150602", "150603", "150722", None]


def rows(seed: int, count: int) -> pd.DataFrame:
    """Findings of many rules and places; some names come twice, some lie nowhere."""
    draw = np.random.default_rng(seed)

    def any_of(*values: Any) -> list[Any]:
        return [values[n] for n in draw.integers(0, len(values), count)]

    return pd.DataFrame(
        {
            "subject": [f"监{n // 2:03d}" for n in range(count)],
            "rule": any_of("idle_land", "agreement", "unsupplied"),
            "outcome": any_of("clear", "overdue", "lapsed"),
            "track": any_of("fee", None),
            "area_m2": draw.random(count),
            "region_code": any_of(*REGIONS),
            "park_code": any_of("P1", "P2", None),
            "block_code": any_of("P1-1", "P2-7", None),
            "subject_kind": "supplies",
            "subject_key": [f"监{n // 2:03d}" for n in range(count)],
        }
    )


@pytest.fixture
def run(store: database.Connection) -> runs.Run:
    def kept(as_of: date, frame: pd.DataFrame) -> runs.Run:
        with store.transaction():
            begun = runs.begin(
                store, as_of=as_of, delivery=1, region=None, code_version="1", code_digest="c",
                law_digest="l", input_digest="i",
            )  # fmt: skip
            runs.keep(store, begun, "finding", lands(frame))
            return runs.finish(store, begun, {})

    kept(date(2024, 1, 1), rows(1, 60))
    return kept(date(2024, 2, 1), rows(2, 60))


def named(frame: pd.DataFrame) -> list[tuple[str, str, float]]:
    return [*zip(frame["rule"], frame["subject"], frame["area_m2"], strict=True)]


def wanted(is_asked: pd.Series) -> list[tuple[str, str, float]]:
    return sorted(named(rows(2, 60)[is_asked.to_numpy()]))


def test_a_filter_gives_the_rows_of_its_run_alone(
    store: database.Connection, run: runs.Run
) -> None:
    given = rows(2, 60)
    everything = results.read(store, run, "finding")
    assert sorted(named(everything)) == wanted(given["rule"].notna())
    assert everything["first_run"].eq(run.id).all()
    for where, is_asked in (
        ({"outcome": ["lapsed"]}, given["outcome"] == "lapsed"),
        ({"rule": ["agreement"], "track": ["fee"]},
         (given["rule"] == "agreement") & (given["track"] == "fee")),
        ({"block_code": ["P1-1", "P2-7"], "outcome": ["clear", "overdue"]},
         given["block_code"].notna() & (given["outcome"] != "lapsed")),
        ({"subject": ["没有"]}, given["subject"] == "没有"),
        ({"subject": []}, given["subject"] == "没有"),
    ):  # fmt: skip
        asked = Asked(where)
        assert sorted(named(results.read(store, run, "finding", asked))) == wanted(is_asked), where
        assert results.count(store, run, "finding", asked) == is_asked.sum(), where


@pytest.mark.parametrize(
    ("scope", "sees"),
    [
        # 150600 is the city of both banners; 150722 lies in another.
        (Scope(regions=["150600"]), lambda row: str(row["region_code"]).startswith("1506")),
        (Scope(regions=["150000"]), lambda row: isinstance(row["region_code"], str)),
        (Scope(regions=["150602"]), lambda row: row["region_code"] == "150602"),
        (Scope(parks=["P2"]), lambda row: row["park_code"] == "P2"),
        (Scope(blocks=["P1-1"], regions=["150722"]),
         lambda row: row["block_code"] == "P1-1" or row["region_code"] == "150722"),
        (Scope(), lambda _: False),
    ],
)  # fmt: skip
def test_nobody_sees_a_row_outside_the_land_given(
    store: database.Connection, run: runs.Run, scope: Scope, sees: Any
) -> None:
    is_seen = rows(2, 60).apply(sees, axis=1)
    asked = Asked(within=scope)
    assert sorted(named(results.read(store, run, "finding", asked))) == wanted(is_seen)
    assert results.count(store, run, "finding", asked) == is_seen.sum()


@pytest.mark.parametrize("limit", [1, 7, 60, 100])
def test_pages_hold_every_row_once_in_one_order(
    store: database.Connection, run: runs.Run, limit: int
) -> None:
    whole = results.read(store, run, "finding")
    found: list[pd.DataFrame] = []
    after = None
    while True:
        page = results.read(store, run, "finding", Asked(limit=limit, after=after))
        if page.empty:
            break
        assert len(page) <= limit
        found.append(page)
        after = results.place_at(store, run, "finding", page["content"].iloc[-1])
        assert results.count(store, run, "finding", Asked(after=after)) == len(whole)
    assert named(pd.concat(found)) == named(whole)
    assert [name[:2] for name in named(whole)] == sorted(name[:2] for name in named(whole))
    skipped = results.read(store, run, "finding", Asked(limit=limit, offset=3))
    assert named(skipped) == named(whole)[3 : 3 + limit]


def test_pages_of_a_table_whose_order_has_unknowns_lose_nothing(store: database.Connection) -> None:
    leads = pd.DataFrame(
        {
            "kind": ["orphan_paper", "supplied_twice", "orphan_paper", "orphan_paper"],
            "subjects": [["停1", "监1"], ["监1", "监2"], ["停2", "监1"], ["停3", "监9"]],
            "confidence": "high",
            "subject_kind": [None, "supplies", None, None],
            "subject_key": [None, "监1", None, None],
        }
    )
    with store.transaction():
        begun = runs.begin(
            store, as_of=date(2024, 1, 1), delivery=1, region=None, code_version="1",
            code_digest="c", law_digest="l", input_digest="i",
        )  # fmt: skip
        runs.keep(store, begun, "lead", leads)
        done = runs.finish(store, begun, {})
    seen, after = [], None
    while len(page := results.read(store, done, "lead", Asked(limit=1, after=after))):
        seen.append(tuple(page["subjects"][0]))
        after = results.place_at(store, done, "lead", page["content"].iloc[0])
    assert sorted(seen) == sorted(tuple(each) for each in leads["subjects"])
    assert seen[-1] == ("监1", "监2")


def test_what_cannot_be_asked_is_refused(store: database.Connection, run: runs.Run) -> None:
    with pytest.raises(ValueError, match="finding has no column 'owner'"):
        results.read(store, run, "finding", Asked({"owner": ["x"]}))
    with pytest.raises(ValueError, match="finding has no column 'area_m2'"):
        results.count(store, run, "finding", Asked({"area_m2": ["1"]}))
    with pytest.raises(ValueError, match="is ordered by rule, subject, content"):
        results.read(store, run, "finding", Asked(after=["x"]))
    with pytest.raises(UsageError, match="no region code"):
        results.read(store, run, "finding", Asked(within=Scope(regions=["15%"])))
    told = Asked({"subject": ["'; DROP TABLE finding; --"]})
    assert results.count(store, run, "finding", told) == 0
    with pytest.raises(UsageError, match="There is no run 9"):
        results.read(store, 9, "finding")
