"""The same file again, and deliveries taken back: in force, known, and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Server
from store_rows import put, supplies

from gis import fields
from gis.errors import UsageError
from gis.store import corrections, database, deliveries, records, undoing
from gis.store.corrections import Author
from tests import stores
from tests.warm import Desk, shared

DAY = "2015-03-01"
HEADER = "电子监管号,面积(公顷),合同签订日期,受让人"


@pytest.fixture
def shop(server: Server, pattern: str, tmp_path: Path) -> Iterator[Desk]:
    with stores.copied(server, pattern, f"{pattern}_undo", tmp_path / "home") as store:
        yield Desk(store, shared())


def holders(store: database.Connection, known_at: int | None = None) -> dict[str, str]:
    found = records.read(store, "supplies", known_at=known_at, columns=["holder"])
    return dict(zip(found["key"], found["holder"], strict=True))


def take(store: database.Connection, mark: str, **more: Any) -> deliveries.Loaded:
    """Load a file by its mark: each holder is named by its number, A1=甲 as ("A1", "甲")."""
    named = more.pop("named")
    rows = supplies(*({"supply_no": k, "signed_on": DAY, "holder": v} for k, v in named.items()))
    return put(store, mark, rows, **more)


def test_a_file_again_after_another_touched_its_records_is_applied(
    shop: Desk, tmp_path: Path
) -> None:
    files = {}
    for name, holder in (("A", "甲公司"), ("B", "乙公司")):
        files[name] = tmp_path / f"{name}.csv"
        files[name].write_text(f"{HEADER}\nABA1,1.5,2013-02-28,{holder}\n", encoding="utf-8")
    told = [shop.json("load", "supplies", str(files[name])) for name in "ABAABB"]
    assert [one["delivery"] for one in told] == [1, 2, 3, 3, 4, 4]
    assert [one["is_repeat"] for one in told] == [False, False, False, True, False, True]
    assert [one["added"] for one in told] == [1, 0, 0, 0, 0, 0]
    assert [one["replaced"] for one in told] == [0, 1, 1, 0, 1, 0]


def test_a_file_again_after_a_replacement_ended_its_records_is_applied(
    store: database.Connection,
) -> None:
    take(store, "one", named={"A1": "甲", "A2": "甲"})
    take(store, "two", named={"A1": "甲"}, mode="replace", scope={})
    again = take(store, "one", named={"A1": "甲", "A2": "甲"})
    assert (again.delivery, again.added, again.unchanged) == (3, 1, 1)
    assert sorted(holders(store)) == ["A1", "A2"]
    replaced = take(store, "two", named={"A1": "甲"}, mode="replace", scope={})
    assert (replaced.delivery, replaced.ended, replaced.ended_keys) == (4, 1, ("A2",))


def test_a_file_again_whose_records_nobody_touched_changes_nothing(
    store: database.Connection,
) -> None:
    take(store, "one", named={"A1": "甲"})
    take(store, "other", named={"B1": "乙"})
    again = take(store, "one", named={"A1": "甲"})
    assert (again.is_repeat, again.delivery, again.unchanged) == (True, 1, 1)
    assert records.latest_delivery(store) == 2


def test_a_delivery_is_taken_back_as_a_delivery_and_what_was_known_stays(
    store: database.Connection,
) -> None:
    take(store, "one", named={"A1": "甲", "A2": "甲", "A3": "甲"})
    # Two changes a holder, ends A3 and adds A4.
    take(store, "two", named={"A1": "乙", "A2": "甲", "A4": "乙"}, mode="replace", scope={})
    done = undoing.undo(store, 2)
    assert (done.delivery, done.restored, done.ended, done.revived, done.kept) == (3, 1, 1, 1, 0)
    assert holders(store) == {"A1": "甲", "A2": "甲", "A3": "甲"}
    assert holders(store, 2) == {"A1": "乙", "A2": "甲", "A4": "乙"}
    assert holders(store, 1) == holders(store, 3)
    line = deliveries.history(store).to_dict("records")[-1]
    assert (line["mode"], line["mapping"], line["replaced"], line["ended"], line["added"]) == (
        "undo", {"undone": 2}, 1, 1, 1,
    )  # fmt: skip
    # The taking back is taken back, and again.
    undoing.undo(store, 3)
    assert holders(store) == holders(store, 2)
    undoing.undo(store, 4)
    assert holders(store) == holders(store, 1)
    assert holders(store, 2) == {"A1": "乙", "A2": "甲", "A4": "乙"}
    with pytest.raises(UsageError, match="delivery 3"):
        undoing.undo(store, 2)


def test_the_undone_file_again_is_applied(store: database.Connection) -> None:
    take(store, "one", named={"A1": "甲"})
    take(store, "two", named={"A1": "乙"})
    undoing.undo(store, 2)
    assert take(store, "two", named={"A1": "乙"}).replaced == 1
    assert holders(store) == {"A1": "乙"}


def test_what_was_touched_since_stays_and_is_told(store: database.Connection) -> None:
    take(store, "one", named={"A1": "甲", "A2": "甲"})
    take(store, "two", named={"A1": "乙", "A2": "乙"})
    take(store, "three", named={"A2": "丙"})
    done = undoing.undo(store, 2)
    assert (done.restored, done.kept) == (1, 1)
    assert holders(store) == {"A1": "甲", "A2": "丙"}
    (issue,) = deliveries.issues_of(store, done.delivery).to_dict("records")
    assert (issue["code"], issue["value"]) == ("undo_kept", "A2")
    assert "第 3 次" in issue["message"]


def test_a_correction_in_between_is_not_lost(store: database.Connection) -> None:
    author = Author("张三", "合同原件")
    supply = fields.KINDS["supplies"]
    value = supplies({"holder": "正"})[["holder"]]
    take(store, "one", named={"A1": "甲", "A2": "甲"})
    take(store, "two", named={"A1": "乙", "A2": "乙"})
    corrections.correct(store, supply, "A1", value, author)
    done = undoing.undo(store, 2)
    assert (done.restored, done.kept) == (1, 1)
    assert holders(store) == {"A1": "正", "A2": "甲"}
    # A correction that a delivery ended is in force again when the delivery is taken back.
    take(store, "four", named={"A1": "丁"})
    assert corrections.read(store)["taken_back_by"].notna().tolist() == [True]
    undoing.undo(store, 5)
    assert holders(store)["A1"] == "正"
    assert corrections.read(store)["taken_back_by"].isna().tolist() == [False, True]
    held = take(store, "five", named={"A1": "乙"})
    assert held.issues == {"contradicts_correction": 1}
    # And ended again when the taking back is.
    undoing.undo(store, 6)
    assert holders(store)["A1"] == "丁"
    assert corrections.read(store)["taken_back_by"].notna().all()


def test_a_correction_taken_back_as_a_delivery_is_in_force_no_more(
    store: database.Connection,
) -> None:
    take(store, "one", named={"A1": "甲"})
    value = supplies({"holder": "正"})[["holder"]]
    corrections.correct(store, fields.KINDS["supplies"], "A1", value, Author("张三", "误"))
    undoing.undo(store, 2)
    assert holders(store) == {"A1": "甲"}
    assert corrections.read(store)["taken_back_by"].tolist() == [3]


def test_nothing_to_take_back_is_said(store: database.Connection) -> None:
    take(store, "one", named={"A1": "甲"})
    take(store, "same", named={"A1": "甲"})
    with pytest.raises(UsageError, match="changed no record"):
        undoing.undo(store, 2)
    with pytest.raises(UsageError, match="no delivery 9"):
        undoing.undo(store, 9)
    assert records.latest_delivery(store) == 2


def test_the_command_takes_back_and_says_what_it_did(shop: Desk, tmp_path: Path) -> None:
    for n, holder in enumerate(("甲", "乙")):
        path = tmp_path / f"{n}.csv"
        path.write_text(f"{HEADER}\nA1,1.5,2013-02-28,{holder}\nA2,1,2013-02-28,{holder}\n")
        shop.json("load", "supplies", str(path))
    path.write_text(f"{HEADER}\nA2,1,2013-02-28,丙\n")
    shop.json("load", "supplies", str(path))
    done = shop.call("undo", "2", "--json")
    assert done.code == 1  # a record was set aside
    told = json.loads(done.stdout)
    assert (told["delivery"], told["restored"], told["kept"]) == (4, 1, 1)
    assert told["rows"][0]["value"] == "A2"
    assert shop.call("undo", "2").code == 2
    listed = shop.call("deliveries")
    assert "撤销" in listed.stdout


def test_an_undo_killed_on_the_way_leaves_nothing_half_done(shop: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for holder in ("甲", "乙"):
        rows = "\n".join(f"A{n},1,2013-02-28,{holder}" for n in range(3_000))
        path.write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
        shop.json("load", "supplies", str(path))
    query = "SELECT holder, count(*) FROM landwatch.supplies WHERE to_delivery IS NULL GROUP BY 1"
    latest = "SELECT max(number) FROM landwatch.delivery"
    for step in range(12):
        ended = shop.warm.call(shop.store, "undo", "2", kill_after=0.03 * step)
        with shop.store.connect() as connection:
            number = connection.execute(latest).fetchone()
            found = connection.execute(query).fetchall()
        assert (found, number) in [([("乙", 3000)], (2,)), ([("甲", 3000)], (3,))]
        if ended.code == 0:
            break
