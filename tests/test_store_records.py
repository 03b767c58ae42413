"""Records read back: as known at a delivery, on a day, within a region."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from store_rows import NO_ISSUES, put, received, supplies

from gis.errors import UsageError
from gis.store import database, deliveries, record_filter, records
from gis.store.record_filter import RecordFilter


def test_a_delivery_can_be_dated_back_and_both_instants_are_kept(
    store: database.Connection,
) -> None:
    past = datetime(2020, 5, 1, 8, tzinfo=UTC)
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    dated = received("supplies", "old", received_at=past)
    deliveries.put(store, dated, rows, NO_ISSUES, ["supply_no", "signed_on"])
    put(store, "new", supplies({"supply_no": "A2", "signed_on": "2015-03-01"}))
    (line, _) = deliveries.history(store).to_dict("records")
    assert line["received_at"] == past
    assert line["loaded_at"] > past + timedelta(days=365)
    assert records.delivery_at(store, past - timedelta(seconds=1)) == 0
    assert records.delivery_at(store, past) == 1
    assert records.delivery_at(store, datetime.now(UTC)) == 2
    assert records.delivery_at(store, 1) == 1
    with pytest.raises(UsageError, match="the newest is 2"):
        records.delivery_at(store, 3)
    future = received("supplies", "f", received_at=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(UsageError, match="in the future"):
        deliveries.put(store, future, rows, NO_ISSUES, ["supply_no", "signed_on"])


def test_an_instant_before_a_load_dated_back_does_not_know_what_came_between(
    store: database.Connection,
) -> None:
    put(store, "new", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    past = received("supplies", "old", received_at=datetime(2020, 5, 1, tzinfo=UTC))
    rows = supplies({"supply_no": "A2", "signed_on": "2015-03-01"})
    deliveries.put(store, past, rows, NO_ISSUES, ["supply_no", "signed_on"])
    assert records.delivery_at(store, datetime(2021, 1, 1, tzinfo=UTC)) == 0


def test_the_digest_of_a_runs_inputs_changes_with_every_delivery_and_with_nothing_else(
    store: database.Connection,
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    put(store, "one", rows)
    first = records.input_digest(store, 1)
    put(store, "one", rows)
    put(store, "one", rows, mode="replace", scope={})
    assert records.input_digest(store, 1) == first
    assert len({records.input_digest(store, number) for number in range(3)}) == 3


def test_records_count_from_their_effective_day_and_within_their_region(
    store: database.Connection,
) -> None:
    put(
        store, "one",
        supplies(
            {"supply_no": "A1", "signed_on": "2015-03-01", "region_code": "150602"},
            {"supply_no": "A2", "signed_on": "2015-03-02", "region_code": "150603"},
            {"supply_no": "A3", "signed_on": "2015-03-01", "region_code": "150202"},
            {"supply_no": "A4", "signed_on": None, "region_code": "150602"},
        ),
    )  # fmt: skip

    def keys(**more: Any) -> list[str]:
        return records.read(store, "supplies", **more)["key"].tolist()

    assert keys(as_of=date(2015, 3, 1)) == ["A1", "A3"]
    assert keys(as_of=date(2015, 2, 28)) == []
    assert keys(region="150602") == ["A1"]
    assert keys(region="150600") == ["A1", "A2"]
    assert keys(region="150000") == ["A1", "A2", "A3"]
    assert keys(region="150600", undated=True) == ["A4"]
    found = records.read(store, "supplies", columns=["area_m2"])
    assert list(found.columns) == ["key", "effective_on", "area_m2"]
    with pytest.raises(UsageError, match="has no column colour"):
        records.read(store, "supplies", columns=["colour"])


def test_a_kind_without_region_is_read_whole(store: database.Connection) -> None:
    rows = pd.DataFrame(
        {"document": ["d1"], "supply_no": ["A1"], "kind": ["art8_1"],
         "starts_on": pd.to_datetime(["2015-01-01"]), "row_no": [2], "file": ["c.csv"]}
    )  # fmt: skip
    columns = ["document", "supply_no", "kind", "starts_on"]
    deliveries.put(store, received("causes", "c"), rows, NO_ISSUES, columns)
    assert records.read(store, "causes", region="150602")["key"].tolist() == ["d1"]


def test_records_are_found_by_name_whatever_the_name_holds(store: database.Connection) -> None:
    odd = ["A,B", 'C"D', "E\\F", "{G}", "NULL", " H", "M ", "I'J", "K%s", "L\nM", "批〔2015〕1号"]
    rows = [*odd, "other"]
    put(store, "one", supplies(
        *({"supply_no": f"S{place}", "contract_no": name, "signed_on": "2015-03-01",
           "approval_nos": [name, "x"]} for place, name in enumerate(rows)),
    ))  # fmt: skip
    for column in ("contract_no", "approval_nos"):
        for names in (odd, *([name] for name in odd)):
            only = RecordFilter(named={column: names})
            found = records.read(store, "supplies", columns=("contract_no",), only=only)
            assert sorted(found["contract_no"]) == sorted(names)
        assert records.read(store, "supplies", only=RecordFilter(named={column: [""]})).empty
        assert records.read(store, "supplies", only=RecordFilter(named={column: []})).empty


def test_one_walk_through_a_table_finds_what_looking_up_each_name_finds(
    store: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"supply_no": f"S{place}", "contract_no": f"C{place % 3}", "signed_on": "2015-03-01",
         "approval_nos": [f"P{place % 2}"]} for place in range(8)
    ]  # fmt: skip
    put(store, "one", supplies(*rows))
    asked = [
        RecordFilter(named={"supply_no": ["S1", "C2"], "contract_no": ["S1", "C2"]}),
        RecordFilter(named={"key": ["S4"], "approval_nos": ["P1", "P7"]}),
        RecordFilter(named={"contract_no": ["C0"], "supply_no": []}, keys=("S6", None)),
    ]

    def found() -> list[list[str]]:
        return [records.read(store, "supplies", only=only)["key"].to_list() for only in asked]

    looked_up = found()
    monkeypatch.setattr(record_filter, "_MANY", 1)
    assert found() == looked_up
    # C2: S2, S5; P1: the odd ones; C0: S0, S3, S6, and S7 by its key.
    assert looked_up == [
        ["S1", "S2", "S5"],
        ["S1", "S3", "S4", "S5", "S7"],
        ["S0", "S3", "S6", "S7"],
    ]
