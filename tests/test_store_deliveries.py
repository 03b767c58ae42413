"""Deliveries into the store: versions, numbers, duplicates, replacing, and being cut short."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import shapely

from gis import fields
from gis.config import Config
from gis.errors import DeliveryError, UsageError
from gis.store import database, deliveries, records, statements

NO_ISSUES = pd.DataFrame(
    columns=["file", "row_no", "field", "code", "severity", "value", "message", "fix", "raw"]
)
FORK = multiprocessing.get_context("spawn")


def received(kind: str, mark: str, **more: Any) -> deliveries.Received:
    return deliveries.Received(
        f"{mark}.xlsx", kind, f"sha-{mark}", f"print-{mark}", {"原": "a"}, **more
    )


def supplies(*rows: dict[str, Any], file: str = "a.xlsx") -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    for name in frame.columns:
        kind = fields.KINDS["supplies"].columns[name].type if name != "geom" else ""
        if kind == "day":
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        elif kind == "money":
            frame[name] = frame[name].astype("Int64")
        elif kind in {"text", "code"}:
            frame[name] = frame[name].astype("str")
    return frame.assign(row_no=range(2, 2 + len(frame)), file=file)


def put(
    store: database.Connection, mark: str, rows: pd.DataFrame, **more: Any
) -> deliveries.Loaded:
    columns = [name for name in rows.columns if name not in {"row_no", "file", "source_epsg"}]
    issues = more.pop("issues", NO_ISSUES)
    return deliveries.put(store, received("supplies", mark), rows, issues, columns, **more)


def square(east: float, north: float, size: float = 0.001) -> shapely.Polygon:
    return shapely.box(east, north, east + size, north + size)


def rejected_row(row_no: int, raw: dict[str, Any], file: str = "a.xlsx") -> dict[str, Any]:
    return {
        "file": file, "row_no": row_no, "field": "area_m2", "code": "unreadable",
        "severity": "error", "value": "x", "message": "坏", "fix": "改", "raw": raw,
    }  # fmt: skip


def test_a_delivery_becomes_records_with_its_number_and_a_line_in_the_list(
    store: database.Connection,
) -> None:
    rows = supplies(
        {"supply_no": "A1", "area_m2": 100.0, "signed_on": "2015-03-01", "price_fen": 12345},
        {"supply_no": "A2", "area_m2": None, "signed_on": None, "price_fen": None},
    )
    loaded = put(store, "one", rows)
    assert (loaded.delivery, loaded.rows, loaded.accepted, loaded.rejected) == (1, 2, 2, 0)
    assert (loaded.unchanged, loaded.duplicates, loaded.is_repeat) == (0, 0, False)
    found = records.read(store, "supplies")
    assert found["key"].tolist() == ["A1"]
    assert found["area_m2"].tolist() == [100.0]
    assert found["price_fen"].tolist() == [12345]
    assert found["signed_on"].tolist() == [pd.Timestamp("2015-03-01")]
    assert records.read(store, "supplies", undated=True)["key"].tolist() == ["A2"]
    (line,) = deliveries.history(store).to_dict("records")
    assert (line["number"], line["name"], line["rows"]) == (1, "one.xlsx", 2)
    assert line["mapping"] == {"原": "a"}
    assert records.latest_delivery(store) == 1


def test_the_same_file_again_changes_nothing_and_names_the_earlier_delivery(
    store: database.Connection,
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    first = put(store, "one", rows, issues=pd.DataFrame([rejected_row(9, {"面积": "x"})]))
    again = put(store, "one", rows)
    assert again.is_repeat
    assert (again.delivery, again.rows, again.accepted) == (1, first.rows, first.accepted)
    assert again.unchanged == again.accepted
    assert again.issues == first.issues == {"unreadable": 1}
    assert records.latest_delivery(store) == 1


def test_equal_content_under_another_name_is_a_delivery_that_changes_no_record(
    store: database.Connection,
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    put(store, "one", rows)
    second = put(store, "two", rows)
    assert (second.delivery, second.accepted, second.unchanged) == (2, 1, 1)
    assert store.execute("SELECT count(*), max(from_delivery) FROM supplies").fetchone() == (1, 1)


def test_a_changed_record_keeps_its_earlier_version_for_those_who_ask_for_it(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 1.0}))
    put(store, "two", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 2.0}))
    assert records.read(store, "supplies", known_at=1)["area_m2"].tolist() == [1.0]
    assert records.read(store, "supplies", known_at=2)["area_m2"].tolist() == [2.0]
    assert records.read(store, "supplies")["from_delivery"].tolist() == [2]
    assert records.read(store, "supplies", known_at=0).empty


def test_a_register_and_a_layer_complete_each_other(store: database.Connection) -> None:
    register = supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 10.0})
    shape = square(110, 40)
    layer = supplies({"supply_no": "A1", "geom": shape}).assign(source_epsg=4527)
    put(store, "register", register)
    put(store, "layer", layer)
    (found,) = records.read(store, "supplies").to_dict("records")
    assert found["area_m2"] == 10.0
    assert found["effective_on"] == pd.Timestamp("2015-03-01")
    assert found["source_epsg"] == 4527
    assert found["geom"].equals(shape)
    put(store, "register2", register.assign(area_m2=11.0))
    (found,) = records.read(store, "supplies").to_dict("records")
    assert (found["area_m2"], found["geom"].equals(shape)) == (11.0, True)


def test_a_cell_the_file_has_and_leaves_empty_empties_the_record(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": "甲"}))
    put(store, "two", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": None}))
    assert records.read(store, "supplies")["holder"].isna().tolist() == [True]


def test_equal_rows_count_once_and_clashing_rows_not_at_all(store: database.Connection) -> None:
    day = "2015-03-01"
    rows = supplies(
        {"supply_no": "A1", "signed_on": day, "area_m2": 1.0, "approval_nos": ["x", "y"]},
        {"supply_no": "A1", "signed_on": day, "area_m2": 1.0, "approval_nos": ["x", "y"]},
        {"supply_no": "A2", "signed_on": day, "area_m2": 1.0, "approval_nos": None},
        {"supply_no": "A2", "signed_on": day, "area_m2": 2.0, "approval_nos": None},
        {"supply_no": "A3", "signed_on": day, "area_m2": None, "approval_nos": None},
        {"supply_no": "A3", "signed_on": day, "area_m2": None, "approval_nos": None},
        {"supply_no": None, "signed_on": day, "area_m2": 3.0, "approval_nos": None},
    )
    loaded = put(store, "one", rows, issues=pd.DataFrame([rejected_row(40, {"面积": "?"})]))
    # 7 rows here and 1 refused by intake: A1 and A3 kept, a copy of each, A2 twice, one keyless.
    assert (loaded.rows, loaded.accepted, loaded.rejected, loaded.duplicates) == (8, 2, 4, 2)
    assert loaded.rows == loaded.accepted + loaded.rejected + loaded.duplicates
    assert loaded.issues == {
        "duplicate_key": 2, "duplicate_row": 2, "missing_key": 1, "unreadable": 1,
    }  # fmt: skip
    assert records.read(store, "supplies")["key"].tolist() == ["A1", "A3"]
    told = deliveries.issues_of(store, 1).set_index("row_no")
    assert told.loc[4, "message"] == "编号 A2 在第 4、5 行重复而内容不同（面积），各行均未采用"
    assert told.loc[4, "raw"]["area_m2"] == 1.0
    assert told.loc[5, "raw"]["area_m2"] == 2.0
    assert told.loc[3, "severity"] == "note"
    assert told.loc[8, "raw"] == {
        "supply_no": None, "signed_on": "2015-03-01", "area_m2": 3.0, "approval_nos": None,
    }  # fmt: skip
    assert told.loc[40, "raw"] == {"面积": "?"}


def test_rows_that_differ_only_in_their_shape_clash(store: database.Connection) -> None:
    rows = supplies(
        {"supply_no": "A1", "signed_on": "2015-03-01", "geom": square(110, 40)},
        {"supply_no": "A1", "signed_on": "2015-03-01", "geom": square(111, 40)},
        {"supply_no": "A2", "signed_on": "2015-03-01", "geom": square(111, 40)},
        {"supply_no": "A2", "signed_on": "2015-03-01", "geom": square(111, 40)},
    ).assign(source_epsg=4490)
    loaded = put(store, "one", rows)
    assert (loaded.accepted, loaded.rejected, loaded.duplicates) == (1, 2, 1)
    raw = deliveries.issues_of(store, 1).loc[lambda f: f["code"] == "duplicate_key", "raw"]
    assert [shapely.from_wkt(row["geom"]).bounds[0] for row in raw] == [110, 111]


def test_the_key_falls_to_the_contract_and_keeps_the_phase() -> None:
    frame = pd.DataFrame(
        {"supply_no": ["S1", "S1", None, None], "phase": ["2", None, "1", None],
         "contract_no": ["C1", "C1", "C2", None]}
    )  # fmt: skip
    keys = deliveries.natural_keys(fields.KINDS["supplies"], frame)
    assert keys.tolist()[:3] == ["S1|2", "S1", "C2|1"]
    assert keys.isna().tolist() == [False, False, False, True]


def test_a_key_with_days_and_numbers_reads_like_the_paper() -> None:
    progress = pd.DataFrame(
        {"supply_no": ["S1"], "observed_on": pd.to_datetime(["2016-05-04"]), "source": ["patrol"]}
    )
    keys = deliveries.natural_keys(fields.KINDS["progress"], progress)
    assert keys.tolist() == ["S1||2016-05-04|patrol"]
    tasks = pd.DataFrame(
        {"year": pd.array([2024], "Int64"), "region_code": ["15"], "way": ["idle"]}
    )
    assert deliveries.natural_keys(fields.KINDS["tasks"], tasks).tolist() == ["2024|15|idle"]


def test_replacing_ends_what_the_file_lacks_within_the_scope_only(
    store: database.Connection,
) -> None:
    day = "2015-03-01"
    put(
        store, "one",
        supplies(
            {"supply_no": "A1", "signed_on": day, "region_code": "150602"},
            {"supply_no": "A2", "signed_on": day, "region_code": "150602"},
            {"supply_no": "A3", "signed_on": day, "region_code": "150602"},
            {"supply_no": "B1", "signed_on": day, "region_code": "150603"},
        ),
    )  # fmt: skip
    rows = supplies({"supply_no": "A1", "signed_on": day, "region_code": "150602"})
    loaded = put(
        store, "two", rows, mode="replace", scope={"region_code": "150602"}, refused_keys=["A3"]
    )
    assert (loaded.ended, loaded.unchanged) == (1, 1)
    assert records.read(store, "supplies")["key"].tolist() == ["A1", "A3", "B1"]
    assert records.read(store, "supplies", known_at=1)["key"].tolist() == ["A1", "A2", "A3", "B1"]
    assert put(store, "three", rows, mode="replace", scope={}).ended == 2


def test_replacing_spares_records_whose_rows_clash_in_the_file(store: database.Connection) -> None:
    day = "2015-03-01"
    put(store, "one", supplies({"supply_no": "A1", "signed_on": day, "area_m2": 1.0}))
    rows = supplies(
        {"supply_no": "A1", "signed_on": day, "area_m2": 2.0},
        {"supply_no": "A1", "signed_on": day, "area_m2": 3.0},
        {"supply_no": "A2", "signed_on": day, "area_m2": 3.0},
    )
    loaded = put(store, "two", rows, mode="replace", scope={})
    assert (loaded.accepted, loaded.rejected, loaded.ended) == (1, 2, 0)
    assert records.read(store, "supplies")["area_m2"].tolist() == [1.0, 3.0]


def test_a_replacing_file_of_which_nothing_is_accepted_is_refused_whole(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    rows = supplies({"supply_no": None, "signed_on": "2015-03-01"})
    with pytest.raises(DeliveryError, match="would end every record"):
        put(store, "two", rows, mode="replace", scope={})
    assert records.latest_delivery(store) == 1
    assert records.read(store, "supplies")["key"].tolist() == ["A1"]


def test_the_same_file_in_another_mode_is_another_delivery(store: database.Connection) -> None:
    day = "2015-03-01"
    put(store, "one", supplies({"supply_no": "A1", "signed_on": day}))
    rows = supplies({"supply_no": "A2", "signed_on": day})
    put(store, "two", rows)
    loaded = put(store, "two", rows, mode="replace", scope={})
    assert (loaded.delivery, loaded.is_repeat, loaded.ended) == (3, False, 1)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"mode": "merge"}, "is unknown"),
        ({"scope": {}}, "mode add ends none"),
        ({"mode": "replace"}, "needs a scope"),
        ({"mode": "replace", "scope": {"colour": "red"}}, "does not have"),
    ],
)
def test_a_mode_that_cannot_be_carried_out_is_refused(
    store: database.Connection, more: dict[str, Any], part: str
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    with pytest.raises(UsageError, match=part):
        put(store, "one", rows, **more)
    assert records.latest_delivery(store) == 0


def test_a_row_given_as_accepted_and_as_rejected_is_rejected(store: database.Connection) -> None:
    rows = supplies(
        {"supply_no": "A1", "signed_on": "2015-03-01"},
        {"supply_no": "A2", "signed_on": "2015-03-01"},
    )
    loaded = put(store, "one", rows, issues=pd.DataFrame([rejected_row(3, {"编号": "A2"})]))
    assert (loaded.rows, loaded.accepted, loaded.rejected) == (2, 1, 1)


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


def test_odd_text_survives_and_nul_in_a_faulty_value_is_shown(store: database.Connection) -> None:
    odd = "𠮷\t\\N \"引号\" 'x'\n换行|竖线"
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": odd})
    issue = rejected_row(7, {"值": "a\0b", "数": float("nan"), "日": date(2015, 1, 2)})
    put(store, "one", rows, issues=pd.DataFrame([issue | {"value": "a\0b"}]))
    assert records.read(store, "supplies")["holder"].tolist() == [odd]
    (told,) = deliveries.issues_of(store, 1).to_dict("records")
    assert told["value"] == "a␀b"
    assert told["raw"] == {"值": "a␀b", "数": None, "日": "2015-01-02"}


def _put_in_another_process(url: str, mark: str, count: int) -> None:
    rows = supplies(
        *({"supply_no": f"{mark}{i}", "signed_on": "2015-03-01"} for i in range(count)),
    )
    with database.connect(Config(Path("unused"), url)) as connection:
        put(connection, mark, rows)


def test_loads_at_the_same_time_get_consecutive_numbers(
    store_url: str, store: database.Connection
) -> None:
    loads = [
        FORK.Process(target=_put_in_another_process, args=(store_url, mark, 200)) for mark in "abcd"
    ]
    for load in loads:
        load.start()
    for load in loads:
        load.join(60)
    assert [load.exitcode for load in loads] == [0, 0, 0, 0]
    history = deliveries.history(store)
    assert history["number"].tolist() == [1, 2, 3, 4]
    assert sorted(history["name"]) == ["a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx"]
    assert store.execute("SELECT count(*) FROM supplies").fetchone() == (800,)


def _wait_for(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def test_a_load_killed_between_copy_and_commit_leaves_the_store_as_before(
    store_url: str, store: database.Connection
) -> None:
    put(store, "before", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    with psycopg.connect(store_url) as holder:
        holder.execute(statements.WAIT_FOR_TURN.format(statements.LOADS))
        load = FORK.Process(target=_put_in_another_process, args=(store_url, "killed", 5000))
        load.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        # It has copied its rows and stands in line for its number.
        _wait_for(lambda: store.execute(waiting).fetchone() == (1,))
        assert load.pid is not None
        os.kill(load.pid, signal.SIGKILL)
        load.join(10)
    assert load.exitcode == -signal.SIGKILL
    _wait_for(
        lambda: store.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE '%in transaction%'"
        ).fetchone() == (0,)
    )  # fmt: skip
    assert records.latest_delivery(store) == 1
    assert records.read(store, "supplies")["key"].tolist() == ["A1"]
    _put_in_another_process(store_url, "killed", 5000)
    assert records.latest_delivery(store) == 2
    assert len(records.read(store, "supplies")) == 5001


def test_a_load_killed_at_any_instant_leaves_the_store_as_before_or_as_after(
    store_url: str, store: database.Connection
) -> None:
    for number in range(6):
        before = records.latest_delivery(store)
        load = FORK.Process(target=_put_in_another_process, args=(store_url, f"k{number}-", 3000))
        load.start()
        _wait_for(
            lambda: store.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone() != (1,)
        )  # fmt: skip
        time.sleep(0.04 * number)
        load.kill()
        load.join(10)
        _wait_for(
            lambda: store.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            ).fetchone() == (0,)
        )  # fmt: skip
        after = records.latest_delivery(store)
        assert after in {before, before + 1}
        assert store.execute("SELECT count(*) FROM supplies").fetchone() == (3000 * after,)
    put(store, "next", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    numbers = deliveries.history(store)["number"].tolist()
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_first_large_load_leaves_every_index_in_its_place(
    store_url: str, store: database.Connection
) -> None:
    indexes = "SELECT array_agg(indexdef ORDER BY indexname) FROM pg_indexes WHERE tablename = %s"
    before = store.execute(indexes, ("supplies",)).fetchone()
    rows = supplies(
        *({"supply_no": f"A{i}", "signed_on": "2015-03-01"} for i in range(25_000)),
    )
    assert put(store, "one", rows).accepted == 25_000
    assert store.execute(indexes, ("supplies",)).fetchone() == before
    assert database.differences(Config(Path("unused"), store_url)) == []


def test_a_first_large_load_does_not_wait_for_one_who_reads(
    store_url: str, store: database.Connection
) -> None:
    rows = supplies(
        *({"supply_no": f"A{i}", "signed_on": "2015-03-01"} for i in range(25_000)),
    )
    with psycopg.connect(store_url) as reader:
        assert reader.execute("SELECT count(*) FROM landwatch.supplies").fetchone() == (0,)
        assert put(store, "one", rows).accepted == 25_000
    assert len(records.read(store, "supplies")) == 25_000


def test_issue_rows_are_json_that_other_programs_read(store: database.Connection) -> None:
    issue = rejected_row(7, {"面积": 1.5, "嵌套": {"列": [1, None]}})
    put(
        store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}),
        issues=pd.DataFrame([issue]),
    )  # fmt: skip
    row = store.execute("SELECT raw::text FROM issue").fetchone()
    assert row is not None
    assert json.loads(row[0]) == {"面积": 1.5, "嵌套": {"列": [1, None]}}
