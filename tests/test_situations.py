"""The seven situations of the region, against sentences written one by one; ages and neighbours."""

from __future__ import annotations

from datetime import date
from itertools import product
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from gis import contracts, law
from gis.facts.approvals import newest_status
from gis.outputs.export.choose import unsupplied
from gis.pipeline.situations import COLUMNS, situations

AS_OF = date(2026, 6, 30)
LAW = law.load()
REASONS = {
    None: None,
    "规划调整": "replanned",
    "因国土空间规划调整暂不能供应": "replanned",
    "未完成征地拆迁": "expropriation",
    "项目取消": "no_user",
    "无意向": "no_user",
    "未编制实施方案且不再使用": "no_plan",
    "正在履行供地程序": "in_procedure",
    "规划调整，征地未完成": None,  # words of two: it says neither
    "其他": None,
}


def told(
    status: list[dict[str, Any]],
    *pieces: dict[str, Any],
    of: str = "150602",
    rules: law.Law = LAW,
) -> pd.DataFrame:
    """Return the situations of pieces of approvals A|1, A|2 ... by the records of their status."""
    columns = ["approval_no", "observed_on", "compensation", "implementation_plan_on"]
    records = pd.DataFrame(status, columns=[*columns, "is_supply_possible", "obstacle", "office"])
    records["observed_on"] = pd.to_datetime(records["observed_on"])
    table = pd.DataFrame(pieces)
    names = table.get("approval", pd.Series("A", index=table.index))
    rows = pd.DataFrame({"approval": names, "approved_on": pd.Timestamp("2020-01-01"),
                         "region_code": of})  # fmt: skip
    findings = pd.DataFrame(
        {"subject": [f"{name}/{n:03d}" for n, name in enumerate(names)],
         "outcome": table.get("outcome", "to_supply")}
    )  # fmt: skip
    neighbours = pd.DataFrame({"id": findings["subject"].iloc[:1], "adjoining": [("S1", "S2")]})
    approved: Any = SimpleNamespace(
        reasons=rows, findings=findings, overlay=SimpleNamespace(pieces=neighbours)
    )
    known: Any = SimpleNamespace(as_of=AS_OF, dated={"approval_status": records})
    return situations(known, approved, rules)


def by_sentences(
    outcome: str, reason: str | None, compensation: str | None, plan: str | None, is_possible: Any
) -> tuple[str, str | None]:
    """Return situation and missing facts, one sentence of the table after the other."""
    if outcome == "edge":
        return "edge", None
    if outcome == "used_unsupplied":
        return "used", None
    if REASONS[reason] is not None:
        return str(REASONS[reason]), None
    if compensation == "not_done":
        return "expropriation", None
    if plan is not None and is_possible is True:
        return "in_procedure", None
    missing = []
    if compensation is None:
        missing.append("compensation")
    if plan is None:
        missing.append("implementation_plan_on")
    if is_possible is None:
        missing.append("is_supply_possible")
    if is_possible is False:
        missing.append("obstacle")
    return "undetermined", tuple(missing) or None


def test_every_state_of_knowledge_has_the_situation_the_sentences_give() -> None:
    states = list(
        product(
            ("edge", "used_unsupplied", "to_supply", "lapsed"),
            REASONS,
            (None, "done", "not_done", "not_required"),
            (None, "2021-05-01"),
            (None, True, False),
        )
    )
    status = [
        {"approval_no": f"A{n}", "observed_on": "2022-01-01", "compensation": compensation,
         "implementation_plan_on": plan, "is_supply_possible": is_possible, "obstacle": reason}
        for n, (_, reason, compensation, plan, is_possible) in enumerate(states)
    ]  # fmt: skip
    pieces = [{"approval": f"A{n}", "outcome": state[0]} for n, state in enumerate(states)]
    found = told(status, *pieces)
    assert found.columns.tolist() == COLUMNS
    found = found.astype(object).where(found.notna(), None)
    for state, situation, missing in zip(
        states, found["situation"], found["situation_missing"], strict=True
    ):
        assert (situation, missing) == by_sentences(*state), state
    assert set(found["situation"]) == set(contracts.CODES["situation"])


def test_an_approval_nobody_reported_on_wants_every_fact() -> None:
    (row,) = told([], {"approval": "A"}).to_dict("records")
    assert row["situation"] == "undetermined"
    assert row["situation_missing"] == (
        "compensation", "implementation_plan_on", "is_supply_possible",
    )  # fmt: skip
    assert row["adjoining"] == ("S1", "S2")


def test_a_reason_ends_with_a_later_answer_and_a_batch_is_known_by_its_number() -> None:
    status = [
        {"approval_no": "A", "observed_on": "2022-01-01", "is_supply_possible": False,
         "obstacle": "规划调整"},
        {"approval_no": "A", "observed_on": "2023-01-01", "compensation": "done"},
    ]  # fmt: skip
    assert told(status, {"approval": "A|第二批"})["situation"].tolist() == ["replanned"]
    status.append({"approval_no": "A", "observed_on": "2024-01-01", "is_supply_possible": True})
    found = told(status, {"approval": "A|第二批"})
    assert found["situation"].tolist() == ["undetermined"]
    assert found["situation_missing"].tolist() == [("implementation_plan_on",)]


def test_a_region_without_a_list_has_no_situation() -> None:
    found = told([], {"approval": "A"}, of="440106")
    assert found[["situation", "situation_missing"]].isna().all(axis=None)


def test_the_newest_word_counts_question_by_question() -> None:
    rows = pd.DataFrame(
        {
            "approval_no": ["A", "A"],
            "observed_on": pd.to_datetime(["2021-01-01", "2020-01-01"]),
            "compensation": [None, "not_done"],
            "implementation_plan_on": pd.to_datetime(["2020-12-01", None]),
            "is_supply_possible": [None, False],
            "obstacle": [None, "规划调整"],
            "office": [None, None],
        }
    )
    found = newest_status(rows, pd.Series(["A"])).loc["A"]
    assert found["compensation"] == "not_done"
    assert found["implementation_plan_on"] == pd.Timestamp("2020-12-01")
    assert found["obstacle"] == "规划调整"


@pytest.mark.parametrize(("as_of", "days"), [(date(2020, 1, 1), 0), (date(2021, 1, 1), 366)])
def test_the_age_of_an_approval_is_counted_to_the_day_of_the_list(as_of: date, days: int) -> None:
    findings = pd.DataFrame(
        {"subject": ["A/001", "S"], "rule": ["unsupplied", "idle_land"], "outcome": "to_supply",
         "missing": [("location",), None]}
    )  # fmt: skip
    stored = told([], {"approval": "A"}).assign(subject="A/001")
    (row,) = unsupplied(findings, stored, as_of).to_dict("records")
    assert (row["age_days"], row["missing"]) == (days, ("location",))
    assert row["situation_missing"] == (
        "compensation", "implementation_plan_on", "is_supply_possible",
    )  # fmt: skip
