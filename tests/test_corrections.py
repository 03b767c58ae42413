"""Corrections by people: who and why kept, taken back, and not undone by the sender's old value."""

from __future__ import annotations

from typing import Any

import pytest
from store_rows import put, supplies

from gis.errors import UsageError
from gis.intake.correct import correct
from gis.store import arrivals, corrections, database, deliveries, records
from gis.store.corrections import Author

ZHANG = Author("张三", "合同原件", "鄂合〔2015〕3号")
DAY = "2015-03-01"


def first(store: database.Connection) -> None:
    put(store, "one", supplies(
        {"supply_no": "A1", "signed_on": DAY, "area_m2": 100.0, "holder": "甲"},
        {"supply_no": "A2", "signed_on": DAY, "area_m2": 200.0, "holder": "乙"},
    ))  # fmt: skip


def again(store: database.Connection, mark: str, area_m2: float, **more: Any) -> arrivals.Loaded:
    rows = supplies({"supply_no": "A1", "signed_on": DAY, "area_m2": area_m2, "holder": "甲"})
    return put(store, mark, rows, **more)


def area(store: database.Connection, known_at: int | None = None) -> float:
    rows = records.read(store, "supplies", known_at=known_at)
    return float(rows.set_index("key").loc["A1", "area_m2"])


def test_a_correction_is_a_delivery_of_its_own_with_who_and_why(
    store: database.Connection,
) -> None:
    first(store)
    assert correct(store, "supplies", "A1", {"面积": "2.5公顷", "holder": "丙"}, ZHANG) == 2
    found = records.read(store, "supplies").set_index("key")
    assert found.loc["A1", ["area_m2", "holder"]].tolist() == [25_000.0, "丙"]
    assert found.loc["A2", ["area_m2", "holder"]].tolist() == [200.0, "乙"]
    assert area(store, known_at=1) == 100.0
    line = deliveries.history(store).to_dict("records")[1]
    assert (line["mode"], line["name"], line["rows"], line["accepted"]) == ("correct", "A1", 1, 1)
    told = corrections.read(store).set_index("field")
    assert told.loc["area_m2", ["before", "after"]].tolist() == [100.0, 25_000.0]
    assert told.loc["holder", ["before", "after"]].tolist() == ["甲", "丙"]
    assert told["who"].tolist() == ["张三", "张三"]
    assert told["why"].tolist() == ["合同原件", "合同原件"]
    assert told["document"].tolist() == ["鄂合〔2015〕3号"] * 2
    assert told["taken_back_by"].isna().all()


@pytest.mark.parametrize(
    ("column", "text", "stored"),
    [
        ("约定开工时间", "2016年8月28日", "2016-08-28"),
        ("price_fen", "1,898万元", 1_898_000_000),
        ("供地方式", "划拨", "allocation"),
        ("approval_nos", "甲〔2013〕1号、乙〔2014〕2号", ["甲〔2013〕1号", "乙〔2014〕2号"]),
        ("holder", "", None),
    ],
)
def test_a_value_is_read_as_in_a_register(
    store: database.Connection, column: str, text: str, stored: object
) -> None:
    first(store)
    correct(store, "supplies", "A1", {column: text}, ZHANG)
    assert corrections.read(store)["after"].tolist() == [stored]


@pytest.mark.parametrize(
    ("key", "values", "part"),
    [
        ("A9", {"面积": "1"}, "没有编号为“A9”的记录"),
        ("A1", {"颜色": "红"}, "没有标准列「颜色」"),
        ("A1", {"面积": "很大"}, "读不成数"),
        ("A1", {"签订日期": "2013年2月30日"}, "不存在"),
        ("A1", {"供地方式": "抢"}, "不在代码表内"),
        ("A1", {"电子监管号": "B1"}, "是编号的一部分"),
        ("A1", {"holder": "甲"}, "本来就是这样"),
        ("A1", {"holder": "无"}, ""),
        ("A1", {}, "没有写明要更正的列"),
    ],
)
def test_a_correction_that_cannot_be_made_changes_nothing(
    store: database.Connection, key: str, values: dict[str, str], part: str
) -> None:
    first(store)
    if part:
        with pytest.raises(UsageError, match=part):
            correct(store, "supplies", key, values, ZHANG)
        assert records.latest_delivery(store) == 1
        assert corrections.read(store).empty
    with pytest.raises(UsageError, match="--why"):
        correct(store, "supplies", "A1", {"holder": "丁"}, Author("张三", " "))


def test_the_old_wrong_value_does_not_come_back_and_is_named(store: database.Connection) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    loaded = again(store, "three", 100.0)
    assert (loaded.delivery, loaded.accepted, loaded.unchanged) == (3, 1, 1)
    assert loaded.issues == {"contradicts_correction": 1}
    assert area(store) == 120.0
    (issue,) = deliveries.issues_of(store, 3).to_dict("records")
    assert (issue["field"], issue["row_no"], issue["severity"]) == ("area_m2", 2, "warning")
    assert issue["message"] == "「面积」报送为 100，与人工更正（120）不符，保留更正值"
    # The sender has put it right: nothing to say.
    assert again(store, "four", 120.0).issues == {}


def test_a_value_of_neither_kind_is_the_senders_own_and_ends_the_correction(
    store: database.Connection,
) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    assert again(store, "three", 130.0).issues == {"replaces_correction": 1}
    assert area(store) == 130.0
    assert corrections.read(store)["taken_back_by"].tolist() == [3]
    assert again(store, "four", 100.0).issues == {}
    assert area(store) == 100.0


def test_the_person_who_loads_may_let_the_sender_win(store: database.Connection) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    loaded = again(store, "three", 100.0, override_corrections=True)
    assert loaded.issues == {"overrides_correction": 1}
    assert area(store) == 100.0
    assert corrections.read(store)["taken_back_by"].tolist() == [3]


def test_a_correction_taken_back_gives_the_value_before_it(store: database.Connection) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    again(store, "three", 100.0)
    assert corrections.take_back(store, 2, Author("李四", "原件看错了")) == 4
    assert area(store) == 100.0
    assert area(store, known_at=3) == 120.0
    told = corrections.read(store)
    assert told["who"].tolist() == ["张三", "李四"]
    assert told["taken_back_by"].tolist() == [4, 4]
    assert told["after"].tolist() == [120.0, 100.0]
    assert again(store, "five", 100.0).issues == {}
    with pytest.raises(UsageError, match="已由第 4 次资料撤回"):
        corrections.take_back(store, 2, ZHANG)
    with pytest.raises(UsageError, match="没有生效中的更正"):
        corrections.take_back(store, 9, ZHANG)


def test_corrections_of_one_field_are_taken_back_in_turn(store: database.Connection) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    correct(store, "supplies", "A1", {"面积": "0.014公顷"}, ZHANG)
    # What the first correction had replaced stays out as well.
    assert again(store, "four", 100.0).issues == {"contradicts_correction": 1}
    assert area(store) == 140.0
    with pytest.raises(UsageError, match="--take-back 3"):
        corrections.take_back(store, 2, ZHANG)
    corrections.take_back(store, 3, ZHANG)
    assert area(store) == 120.0
    corrections.take_back(store, 2, ZHANG)
    assert area(store) == 100.0


def test_a_correction_outlives_its_record_and_holds_when_it_comes_back(
    store: database.Connection,
) -> None:
    first(store)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    other = supplies({"supply_no": "A2", "signed_on": DAY, "area_m2": 200.0, "holder": "乙"})
    put(store, "three", other, mode="replace", scope={})
    assert records.read(store, "supplies")["key"].tolist() == ["A2"]
    assert again(store, "four", 100.0).issues == {"contradicts_correction": 1}
    assert area(store) == 120.0
    put(store, "five", other, mode="replace", scope={"holder": "甲"})
    assert corrections.take_back(store, 2, ZHANG) == 6
    # Taking back gives no life to a record that has ended.
    assert records.read(store, "supplies")["key"].tolist() == ["A2"]


def test_two_corrections_differ_in_what_a_run_takes_them_for(store: database.Connection) -> None:
    first(store)
    before = records.input_digest(store, 1)
    correct(store, "supplies", "A1", {"面积": "0.012公顷"}, ZHANG)
    assert records.input_digest(store, 2) != before
    prints = deliveries.history(store)["fingerprint"].tolist()
    assert len(set(prints)) == 2
