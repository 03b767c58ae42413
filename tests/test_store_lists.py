"""Lists of codes that an older store holds in one text come up as arrays."""

from __future__ import annotations

import pandas as pd
from old_stores import moved_to, settings
from store_rows import run_of, square

from gis.store import database, results


def test_lists_of_codes_come_up_as_arrays_and_the_next_run_finds_every_row_the_same(
    store_url: str, store: database.Connection
) -> None:
    """A supply's number may hold the sign between codes: they part where a code begins."""
    listed = {
        "finding": pd.DataFrame(
            {
                "missing": [["price", "evidence_after:2026-04-01"], None, ["location"]],
                "clashes": [["cause_clash", "duty_before_signing"], None, None],
                "subject": ["S1", "S2", "批1/001"],
                "rule": ["idle_land", "idle_land", "unsupplied"],
                "outcome": ["suspected_idle", "clear", "undetermined"],
                "area_m2": [0.1 + 0.2, None, 1e-7],
                "since_on": pd.to_datetime(["2015-01-01", None, None]),
                "subject_kind": ["supplies", "supplies", "approvals"],
                "subject_key": ["S1", "S2", "批1"],
                "geom": [square(110, 40), None, None],
            }
        ),
        "balance": pd.DataFrame(
            {
                "approval": ["批1", "批2"],
                "missing": [["area_clash", "area:甲;2号", "split:乙"], None],
                "subject_kind": "approvals",
                "subject_key": ["批1", "批2"],
            }
        ),
        "unsupplied": pd.DataFrame(
            {
                "subject": ["批1/001"],
                "approval": ["批1"],
                "situation_missing": [["compensation", "obstacle"]],
                "by_month": [["approved_on"]],
                "subject_kind": "approvals",
                "subject_key": ["批1"],
            }
        ),
        "holding": pd.DataFrame(
            {
                "subject": ["S1"],
                "by_month": [["signed_on", "start_agreed_on"]],
                "subject_kind": "supplies",
                "subject_key": ["S1"],
            }
        ),
    }
    first = run_of(store, "2016-12-31", listed)
    moved_to("0028", store, store_url)
    texts = {
        "finding": "SELECT missing, clashes FROM finding ORDER BY subject",
        "balance": "SELECT missing FROM balance ORDER BY approval",
        "unsupplied": "SELECT situation_missing, by_month FROM unsupplied",
        "holding": "SELECT by_month FROM holding",
    }
    assert [store.execute(query).fetchall() for query in texts.values()] == [
        [("price;evidence_after:2026-04-01", "cause_clash;duty_before_signing"), (None, None),
         ("location", None)],
        [("area_clash;area:甲;2号;split:乙",), (None,)],
        [("compensation;obstacle", "approved_on")],
        [("signed_on;start_agreed_on",)],
    ]  # fmt: skip
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    assert store.execute(texts["balance"]).fetchall() == [
        (["area_clash", "area:甲;2号", "split:乙"],),
        (None,),
    ]
    again = run_of(store, "2017-01-01", listed)
    for name, frame in listed.items():
        rows = results.read(store, again, name)
        assert rows["first_run"].tolist() == [first.id] * len(frame), name
        (count,) = store.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
        assert count == len(frame), name


def test_what_a_lead_rests_on_comes_up_as_facts_and_the_next_run_finds_every_row_the_same(
    store_url: str, store: database.Connection
) -> None:
    """A number of a paper may hold what parted facts: they part where a known name begins."""
    facts: list[dict[str, object] | None] = [
        {"approved_on": ["2015-01-01", None]},
        {"names": "甲; 乙=1", "near": ["乙1", "乙2"], "paper": "causes"},
        {"recorded_m2": 10000.0, "drawn_m2": 9999.5},
        {"source": "survey", "lapse_on": "2020-01-01"},
        {"use": "工业用地", "surveyed": ["0601", "0508"]},
        None,
    ]
    kinds = "approvals_overlap orphan_paper supply_area_differs built_after_lapse other_use".split()
    leads = pd.DataFrame(
        {
            "kind": [*kinds, "park_exceeded"],
            "subjects": [
                ("批1", "批2"),
                ("因1", "甲; 乙=1"),
                ("S1",),
                ("批1/001",),
                ("S2",),
                ("P",),
            ],
            "confidence": "high",
            "detail": facts,
            "subject_kind": "supplies",
            "subject_key": [str(place) for place in range(6)],
        }
    )
    first = run_of(store, "2016-12-31", {"lead": leads})
    moved_to("0031", store, store_url)
    assert store.execute("SELECT detail FROM lead ORDER BY subject_key").fetchall() == [
        ("approved_on=2015-01-01; approved_on=",),
        ("paper=causes; names=甲; 乙=1; near=乙1、乙2",),
        ("recorded=10000.00; drawn=9999.50",),
        ("lapse_on=2020-01-01; source=survey",),
        ("use=工业用地; surveyed=0601;0508",),
        (None,),
    ]
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    again = run_of(store, "2017-01-01", {"lead": leads})
    rows = results.read(store, again, "lead").sort_values("subject_key")
    assert rows["detail"].tolist() == facts
    assert rows["first_run"].tolist() == [first.id] * 6
