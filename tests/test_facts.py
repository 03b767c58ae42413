"""One row per subject from records written by hand: what counts, from when, and for whom."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

from gis import fields
from gis.facts import link
from gis.facts.dependencies import ON_TABLE
from gis.facts.gather import Records, region_of
from gis.facts.subjects import Subjects, assemble

AS_OF = date(2026, 6, 30)
_DTYPES = {"text": "str", "code": "str", "money": "Int64", "integer": "Int64", "flag": "boolean"}
_DTYPES |= {"area": "float64", "number": "float64", "intensity": "float64"}
SUPPLY = {"supply_no": "A1", "signed_on": "2020-01-31", "start_agreed_on": "2021-01-31"}


def table(kind: str, rows: list[dict[str, Any]], as_of: date | None = AS_OF) -> pd.DataFrame:
    """Records as the store gives them: every column, `key` and day, only what counts by then."""
    return _typed(kind, rows, as_of) if rows else _nothing(kind).copy()


@cache
def _nothing(kind: str) -> pd.DataFrame:
    return _typed(kind, [], None)


def _typed(kind: str, rows: list[dict[str, Any]], as_of: date | None) -> pd.DataFrame:
    entry = fields.KINDS[kind]
    frame = pd.DataFrame({"key": [key_of(entry, row) for row in rows]}, dtype="str")
    for name, column in entry.columns.items():
        values = [row.get(name) for row in rows]
        if column.type in {"day", "day_end"}:
            frame[name] = pd.Series(pd.to_datetime(values)).astype("datetime64[s]")
        else:
            frame[name] = pd.Series(values, dtype=_DTYPES.get(column.type, "object"))
    frame["from_delivery"] = pd.Series([row.get("delivery", 1) for row in rows], dtype="Int64")
    if entry.has_geometry:
        frame["geom"] = pd.Series([row.get("geom") for row in rows], dtype="object")
    frame["effective_on"] = frame[entry.effective]
    if as_of is None:
        return frame
    return frame[frame[entry.effective] <= pd.Timestamp(as_of)].reset_index(drop=True)


def key_of(entry: fields.Kind, row: dict[str, Any]) -> str:
    names = entry.key if row.get(entry.key[0]) is not None else entry.key_else or entry.key
    return "|".join(str(row.get(name) or "") for name in names).rstrip("|")


def records(as_of: date = AS_OF, **kinds: list[dict[str, Any]]) -> Records:
    """What would have been gathered on the day had these records been delivered."""
    dated = {kind: table(kind, kinds.get(kind, []), as_of) for kind in fields.KINDS}
    undated = {
        kind: table(kind, [row for row in kinds.get(kind, []) if not row.get(day)], None)
        for kind, day in (("supplies", "signed_on"), ("approvals", "approved_on"))
    }
    former = pd.DataFrame({"key": [], "to_delivery": [], "region_code": [], "geom": []})
    on_table = {kind: table(kind, kinds.get(kind, []), None) for kind in ON_TABLE}
    return Records(as_of, 1, None, dated, undated, former, on_table)


def assembled(as_of: date = AS_OF, **kinds: list[dict[str, Any]]) -> Subjects:
    return assemble(records(as_of, **kinds))


def fact(name: str, as_of: date = AS_OF, **kinds: list[dict[str, Any]]) -> Any:
    """One fact of the one subject there is."""
    (value,) = assembled(as_of, **{"supplies": [SUPPLY], **kinds}).facts[name]
    return plain(value)


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [*value]
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def seen(on: str, milestone: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"supply_no": "A1", "observed_on": on, "source": "patrol", "milestone": milestone}
    return given | more


def extension(document: str, signed: str, start: str | None, **more: Any) -> dict[str, Any]:
    given = {"document": document, "supply_no": "A1", "signed_on": signed, "start_due_on": start}
    return {"kind": "contract", **given, **more}


def test_a_contract_is_a_fact_from_its_signing_on() -> None:
    assert len(assembled(date(2020, 1, 30), supplies=[SUPPLY]).facts) == 0
    assert len(assembled(date(2020, 1, 31), supplies=[SUPPLY]).facts) == 1
    assert fact("start_agreed_on") == date(2021, 1, 31)


def test_a_supply_without_a_signing_day_stands_apart_and_in_no_row() -> None:
    found = assembled(supplies=[SUPPLY, {"supply_no": "A2", "start_agreed_on": "2021-01-31"}])
    assert list(found.facts["subject"]) == ["A1"]
    assert list(found.undated["subject"]) == ["A2"]


def test_phases_are_subjects_of_their_own_with_days_of_their_own() -> None:
    first = SUPPLY | {"phase": "一期"}
    second = SUPPLY | {"phase": "二期", "start_agreed_on": "2023-01-31"}
    found = assembled(
        supplies=[first, second],
        progress=[seen("2024-05-01", "started", phase="一期")],
        handovers=[{"document": "交1", "supply_no": "A1", "handed_on": "2020-03-01"}],
    ).facts.set_index("subject")
    assert found["start_agreed_on"].dt.year.to_dict() == {"A1|一期": 2021, "A1|二期": 2023}
    # Who names a phase speaks of it alone, who names none of every phase.
    assert found["started_on"].notna().to_dict() == {"A1|一期": True, "A1|二期": False}
    assert found["handover_actual_on"].notna().all()


def test_amounts_given_for_the_whole_of_several_phases_are_no_phases_own() -> None:
    phases = [SUPPLY | {"phase": "一期"}, SUPPLY | {"phase": "二期"}]
    rows = [
        seen("2024-05-01", developed_area_m2=900.0, invested_fen=50),
        seen("2024-06-01", developed_area_m2=400.0, phase="二期"),
    ]
    found = assembled(supplies=phases, progress=rows).facts.set_index("subject")
    assert {k: plain(v) for k, v in found["developed_area_m2"].items()} == {
        "A1|一期": None,
        "A1|二期": 400.0,
    }
    assert found["invested_fen"].isna().all()
    whole = assembled(supplies=[SUPPLY], progress=rows[:1]).facts
    assert whole["developed_area_m2"].tolist() == [900.0]


def test_a_document_may_name_the_contract_instead_of_the_supply() -> None:
    paper = {"document": "交1", "supply_no": "HT-7", "handed_on": "2020-03-01"}
    supply = SUPPLY | {"contract_no": "HT-7"}
    assert fact("handover_actual_on", supplies=[supply], handovers=[paper]) == date(2020, 3, 1)
    without = {"contract_no": "HT-7", "signed_on": "2020-01-31"}
    found = assembled(supplies=[without], handovers=[paper]).facts
    assert found["subject"].tolist() == ["HT-7"]
    assert found["handover_document"].tolist() == ["交1"]


def test_the_county_is_in_the_number_where_two_tables_call_their_rows_the_same() -> None:
    numbers = [None, "1502012020B00017", "150 2012020B00017", "15020"]
    own = pd.DataFrame({"region_code": ["150105", None, None, None], "supply_no": numbers})
    both = region_of(pd.concat([own, own]))
    assert both.index.tolist() == [0, 1, 2, 3] * 2
    assert [plain(code) for code in both.iloc[4:]] == ["150105", "150201", None, None]


def test_a_supply_is_cited_once_by_each_name_it_has() -> None:
    own = pd.DataFrame(
        [("K", None, "S1", "S1"), ("L", 1.0, "S2", "C2"), ("M", 2.0, None, "S2")],
        columns=["key", "phase", "supply_no", "contract_no"],
    )
    # Also where a key comes twice.
    for supplies in (own, pd.concat([own, own.iloc[:1]], ignore_index=True)):
        found = link.references(supplies)
        pairs = sorted(zip(found["ref"], found["subject"], strict=True))
        assert pairs == [("C2", "L"), ("S1", "K"), ("S2", "L"), ("S2", "M")]


def test_documents_of_no_known_supply_say_nothing_of_others() -> None:
    papers = [{"document": "因1", "supply_no": "B9", "kind": "art8_2", "starts_on": "2021-01-01"}]
    found = assembled(supplies=[SUPPLY], causes=papers, progress=[seen("2024-01-01")])
    assert found.causes.empty


def test_the_newest_extension_counts_and_says_what_it_replaces() -> None:
    rows = [
        extension("延1", "2020-12-01", "2021-07-31", approved_by="自然资源局"),
        extension("延2", "2021-06-01", "2022-01-31", kind="disposal"),
    ]
    found = assembled(supplies=[SUPPLY], extensions=rows).facts.iloc[0]
    assert (found["extension_document"], found["extension_kind"]) == ("延2", "disposal")
    assert plain(found["extension_start_due_on"]) == date(2022, 1, 31)
    assert plain(found["extension_before_due_on"]) == date(2021, 7, 31)
    assert not found["extension_has_approval"]
    assert not found["is_extension_clash"]
    # Before the second was signed the first was the newest.
    earlier = assembled(date(2021, 5, 31), supplies=[SUPPLY], extensions=rows).facts.iloc[0]
    assert earlier["extension_document"] == "延1"
    assert earlier["extension_has_approval"]
    assert pd.isna(earlier["extension_before_due_on"])


def test_two_newest_extensions_of_one_day_clash_only_where_their_days_differ() -> None:
    rows = [extension("延1", "2021-06-01", "2022-01-31"), extension("延2", "2021-06-01", None)]
    assert not fact("is_extension_clash", extensions=rows)
    rows[1] = extension("延2", "2021-06-01", "2022-01-31")
    assert not fact("is_extension_clash", extensions=rows)
    rows[1] = extension("延2", "2021-06-01", "2022-06-30")
    assert fact("is_extension_clash", extensions=rows)


def test_an_extension_of_the_completion_alone_leaves_the_start() -> None:
    rows = [
        extension("延1", "2020-12-01", "2021-07-31"),
        extension("延2", "2021-06-01", None, completion_due_on="2024-12-31"),
    ]
    assert fact("extension_document", extensions=rows) == "延1"
    assert fact("completion_extended_on", extensions=rows) == date(2024, 12, 31)


def test_land_handed_over_in_parts_is_handed_over_with_the_last() -> None:
    rows = [
        {"document": "交2", "supply_no": "A1", "handed_on": "2020-09-30"},
        {"document": "交1", "supply_no": "A1", "handed_on": "2020-03-31"},
    ]
    assert fact("handover_actual_on", handovers=rows) == date(2020, 9, 30)
    assert fact("handover_document", handovers=rows) == "交2"
    assert fact("handover_actual_on", date(2020, 6, 30), handovers=rows) == date(2020, 3, 31)


def test_a_start_in_the_register_is_reported_and_a_document_grades_higher() -> None:
    supply = SUPPLY | {"started_on": "2021-03-01"}
    assert fact("started_grade", supplies=[supply]) == "reported"
    paper = seen("2021-05-01", "started", source="document", started_on="2021-02-20")
    assert fact("started_grade", supplies=[supply], progress=[paper]) == "document"
    assert fact("started_on", supplies=[supply], progress=[paper]) == date(2021, 2, 20)
    # On the last day of February the register's start lay ahead; the document of May proves that of
    # the 20th, and says so.
    end_of_february = date(2021, 2, 28)
    assert fact("started_on", end_of_february, supplies=[supply]) is None
    known_now = {"supplies": [supply], "progress": [paper]}
    assert fact("started_on", end_of_february, **known_now) == date(2021, 2, 20)
    assert fact("started_proved_on", end_of_february, **known_now) == date(2021, 5, 1)
    assert fact("started_on", date(2021, 2, 19), **known_now) is None


def test_imagery_gives_a_grade_and_never_a_state() -> None:
    above = seen("2021-05-01", "started", source="imagery", started_on="2021-02-20")
    assert fact("started_on", progress=[above]) is None
    assert fact("not_started_on", progress=[above | {"milestone": "not_started"}]) is None
    # It shows a start: evidence for one, never that nothing was started.
    assert fact("imagery_started_on", progress=[above]) == date(2021, 2, 20)
    assert fact("not_started_grade", progress=[above]) is None
    bare = above | {"milestone": "not_started", "started_on": None}
    assert fact("imagery_started_on", progress=[bare]) is None
    patrolled = [above, seen("2021-06-01", "not_started")]
    assert fact("not_started_grade", progress=patrolled) == "patrol"


def test_the_latest_sighting_that_nothing_was_started_counts_with_its_grade() -> None:
    rows = [
        seen("2022-03-01", "not_started", source="reported"),
        seen("2022-02-01", "not_started"),
        seen("2022-03-01", "not_started"),
    ]
    assert fact("not_started_on", progress=rows) == date(2022, 3, 1)
    assert fact("not_started_grade", progress=rows) == "patrol"


def test_what_was_paid_on_top_of_the_price_and_the_whole_parcel_are_facts_of_the_supply() -> None:
    supply = SUPPLY | {"supplement_fen": 500, "parcel_total_m2": 1200.0}
    assert fact("supplement_fen", supplies=[supply]) == 500
    assert fact("parcel_total_m2", supplies=[supply]) == 1200.0
    assert fact("supplement_fen") is None


def test_what_has_no_document_names_the_delivery_it_came_with() -> None:
    rows = [
        seen("2021-05-01", "started", delivery=4),
        seen("2022-05-01", "stopped", delivery=5),
        seen("2020-05-01", "not_started", delivery=3),
    ]
    found = assembled(supplies=[SUPPLY | {"delivery": 2}], progress=rows).facts.iloc[0]
    assert found["delivery"] == 2
    assert found["started_delivery"] == 4
    assert found["stopped_delivery"] == 5
    assert found["not_started_delivery"] == 3
    # A start the register itself gives came with the register.
    register = SUPPLY | {"started_on": "2021-03-01"}
    assert fact("started_delivery", supplies=[register], progress=rows) is None


def test_papers_served_by_the_day_are_known_and_the_latest_finding_counts() -> None:
    def paper(document: str, kind: str, on: str, **more: Any) -> dict[str, Any]:
        return {"document": document, "supply_no": "A1", "kind": kind, "served_on": on, **more}

    rows = [
        paper("认1", "finding", "2023-01-10", cause="government"),
        paper("认2", "finding", "2024-01-10", cause="enterprise"),
        paper("费1", "fee", "2024-03-01"),
        paper("费2", "fee", "2025-03-01"),
        paper("收1", "recovery", "2026-09-01"),
    ]
    found = assembled(supplies=[SUPPLY], decisions=rows).facts.iloc[0]
    assert (found["found_document"], found["found_cause"]) == ("认2", "enterprise")
    assert plain(found["fee_decided_on"]) == date(2024, 3, 1)
    assert plain(found["recovery_decided_on"]) is None


def test_the_first_end_of_the_right_counts() -> None:
    rows = [
        {"document": "终2", "supply_no": "A1", "ended_on": "2024-05-01", "kind": "resupplied"},
        {"document": "终1", "supply_no": "A1", "ended_on": "2023-05-01", "kind": "recovered"},
    ]
    assert fact("right_ended_on", right_endings=rows) == date(2023, 5, 1)
    assert fact("right_ended_kind", right_endings=rows) == "recovered"


def test_the_county_comes_from_the_number_where_nobody_wrote_it_down() -> None:
    assert fact("region_code", supplies=[SUPPLY | {"supply_no": "1506022020B00017"}]) == "150602"


def moved(document: str, on: str, holder: str, **more: Any) -> dict[str, Any]:
    return {
        "document": document, "supply_no": "A1", "signed_on": on, "holder": holder,
        "kind": "transfer", **more,
    }  # fmt: skip


HELD = SUPPLY | {"holder": "甲公司"}


def test_letters_go_to_the_holder_of_the_day() -> None:
    rows = [moved("转1", "2022-05-01", "乙公司"), moved("拍1", "2026-09-01", "丙公司")]
    found = assembled(supplies=[HELD], holders=rows).facts.iloc[0]
    assert (found["holder"], found["former_holder"]) == ("乙公司", "甲公司")
    assert plain(found["holder_since_on"]) == date(2022, 5, 1)
    assert found["holder_document"] == "转1"
    assert fact("holder", date(2022, 4, 30), supplies=[HELD], holders=rows) == "甲公司"
    assert fact("holder", supplies=[HELD]) == "甲公司"


def test_a_new_name_is_no_new_holder() -> None:
    rows = [
        moved("转1", "2022-05-01", "乙公司"),
        moved("名1", "2024-05-01", "乙集团", kind="renamed"),
    ]
    found = assembled(supplies=[HELD], holders=rows).facts.iloc[0]
    assert (found["holder"], found["former_holder"]) == ("乙集团", "甲公司")
    assert found["holder_document"] == "转1"
    assert found["holder_chain"] == "2022-05-01 乙公司 → 2024-05-01 乙集团"


@pytest.mark.parametrize(
    ("rows", "holder"),
    [
        ([moved("割1", "2022-05-01", "乙公司", parcel_code="P1")], "甲公司、乙公司"),
        (
            [
                moved("割1", "2022-05-01", "乙公司", parcel_code="P1"),
                moved("割2", "2023-05-01", "丙公司", parcel_code="P1"),
                moved("割3", "2023-05-01", "丁公司", parcel_code="P2"),
            ],
            "甲公司、丙公司、丁公司",
        ),
        (
            [
                moved("割1", "2022-05-01", "乙公司", parcel_code="P1"),
                moved("合1", "2024-05-01", "戊公司", kind="merger"),
            ],
            "戊公司",
        ),
    ],
)
def test_parcels_that_went_their_own_way_have_holders_of_their_own(
    rows: list[dict[str, Any]], holder: str
) -> None:
    assert fact("holder", supplies=[HELD], holders=rows) == holder


def test_no_supplies_give_no_subjects() -> None:
    found = assembled(progress=[seen("2022-05-01", "started")])
    assert found.facts.empty


def test_what_is_worked_out_once_of_nothing_is_the_same_with_subjects_that_have_papers() -> None:
    papers = {
        "progress": [seen("2022-05-01", "stopped", supply_no="A2")],
        "decisions": [
            {"supply_no": "A2", "kind": "finding", "served_on": "2023-01-05", "document": "认1"}
        ],
    }
    silent, told = SUPPLY, {**SUPPLY, "supply_no": "A2"}
    alone = assembled(supplies=[silent]).facts
    beside_another = assembled(supplies=[silent, told], **papers).facts
    pd.testing.assert_frame_equal(
        alone.dropna(axis=1, how="all"), beside_another[:1].dropna(axis=1, how="all")
    )
    # Whoever changes a table that is kept changes no answer to come.
    alone["found_on"] = pd.Timestamp("2020-01-01")
    assert assembled(supplies=[silent]).facts["found_on"].isna().all()
    assert beside_another["found_document"].tolist()[1] == "认1"
