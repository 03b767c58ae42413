"""The audit: added to only, without a gap, and whatever is done to it behind its back is found."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import psycopg
import pytest

from gis.accounts import audit, audit_line
from gis.accounts.audit import Told
from gis.config import Config
from gis.errors import StoreError, UsageError
from gis.store import database
from gis.store.database import Connection


@pytest.fixture
def audited(store: Connection) -> Connection:
    """A store with five entries, which people with the database's own tools can reach."""
    for number in range(1, 6):
        assert audit.record(store, "王芳", "10.0.0.1", "GET /x", f"S{number}", "200") == number
    store.execute("ALTER TABLE landwatch.audit DISABLE TRIGGER USER")
    return store


def test_an_audit_nobody_touched_holds(audited: Connection) -> None:
    assert audit.prove(audited) is None
    assert audit.head(audited).number == 5


def test_an_empty_audit_holds(store: Connection) -> None:
    assert audit.prove(store) is None


def test_the_digest_is_the_one_anybody_can_work_out(store: Connection) -> None:
    audit.record(store, "王", "a", "b", "c", "d")
    (entry,) = audit.entries(store, 1)
    at = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    text = f'[1, "{at}", "\\u738b", "a", "b", "c", "d", "sha256", ""]'
    assert entry.digest == hashlib.sha256(text.encode()).hexdigest()


# What is done to the table -> the first entry that does not hold.
HARMS = [
    *(
        (f"UPDATE landwatch.audit SET {column} = {value} WHERE number = 3", 3)
        for column, value in (
            ("actor", "'李'"), ("address", "'::1'"), ("action", "'GET /y'"), ("object", "'S9'"),
            ("result", "'403'"), ("at", "at + interval '1 microsecond'"),
            ("algorithm", "'sm3'"), ("algorithm", "'md5'"), ("digest", "repeat('0', 64)"),
        )
    ),
    ("UPDATE landwatch.audit SET previous = '' WHERE number = 3", 3),
    ("DELETE FROM landwatch.audit WHERE number = 1", 1),
    ("DELETE FROM landwatch.audit WHERE number = 3", 3),
    ("DELETE FROM landwatch.audit WHERE number = 5", 5),
    ("DELETE FROM landwatch.audit", 1),
    # 2 and 4 change places.
    ("UPDATE landwatch.audit SET number = -number WHERE number IN (2, 4);"
     " UPDATE landwatch.audit SET number = 6 + number WHERE number < 0", 2),
    # Put in between, all behind it moved on by one.
    ("UPDATE landwatch.audit SET number = -number WHERE number > 2;"
     " UPDATE landwatch.audit SET number = 1 - number WHERE number < 0;"
     " INSERT INTO landwatch.audit SELECT 3, at, 'x', address, action, object, result,"
     " algorithm, digest, repeat('0', 64) FROM landwatch.audit WHERE number = 2;"
     " UPDATE landwatch.audit_head SET number = 6", 3),
    ("INSERT INTO landwatch.audit SELECT 6, at, 'x', address, action, object, result,"
     " algorithm, digest, repeat('0', 64) FROM landwatch.audit WHERE number = 5", 6),
    ("INSERT INTO landwatch.audit SELECT 0, at, 'x', address, action, object, result,"
     " algorithm, digest, '' FROM landwatch.audit WHERE number = 5", 0),
    ("UPDATE landwatch.audit_head SET digest = 'x'", 5),
]  # fmt: skip


def test_whatever_was_done_to_the_audit_is_found_where_it_was_done(audited: Connection) -> None:
    for harm, number in HARMS:
        with audited.transaction(force_rollback=True):
            for statement in harm.split("; "):
                audited.execute(statement)
            broken = audit.prove(audited)
            assert broken is not None, harm
            assert broken.number == number, harm
    assert audit.prove(audited) is None


def test_a_chain_made_anew_is_told_by_a_head_noted_before(audited: Connection) -> None:
    known = audit.head(audited)
    assert audit.prove(audited, known) is None
    audited.execute("DELETE FROM landwatch.audit")
    audited.execute("UPDATE landwatch.audit_head SET number = 0, digest = ''")
    for number in range(4):
        audit.record(audited, "李", "10.0.0.2", "GET /x", f"S{number}", "200")
    assert audit.prove(audited) is None
    broken = audit.prove(audited, known)
    assert broken is not None
    assert broken.number == 5
    audit.record(audited, "李", "10.0.0.2", "GET /x", "S5", "200")
    broken = audit.prove(audited, known)
    assert broken is not None
    assert broken.number == 5


def test_no_entry_can_be_changed_by_mistake(store: Connection) -> None:
    audit.record(store, "a", "b", "c", "d", "e")
    for harm in ("DELETE FROM landwatch.audit", "TRUNCATE landwatch.audit",
                 "UPDATE landwatch.audit SET actor = ''"):  # fmt: skip
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
            store.execute(harm)


def test_entries_of_many_at_once_have_no_gap_and_one_order(
    store: Connection, store_url: str
) -> None:
    def write(number: int) -> None:

        with database.connect(Config(Path("unused"), store_url)) as connection:
            for _ in range(20):
                audit.record(connection, f"u{number}", "b", "c", "d", "e")

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.prove(store) is None
    assert audit.head(store).number == 80


def test_entries_that_wait_together_are_written_together_and_each_knows_its_own(
    store: Connection, store_url: str
) -> None:
    line = audit_line.Line(lambda: database.connect(Config(Path("unused"), store_url)))
    numbers: dict[int, str] = {}

    def write(user: int) -> None:
        for turn in range(10):
            name = f"u{user}/{turn}"
            numbers[line.record(Told(name, "b", "c", "d", "e"))] = name

    threads = [threading.Thread(target=write, args=[user]) for user in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.prove(store) is None
    kept = {entry.number: entry.actor for entry in audit.entries(store, 120)}
    assert kept == numbers
    (instants,) = store.execute("SELECT count(DISTINCT at) FROM landwatch.audit").fetchall()[0]
    assert instants < 120  # one transaction, one instant


def test_who_cannot_be_written_down_is_told_so_and_the_next_one_is_not_harmed(
    store: Connection, store_url: str
) -> None:
    place = [Path("unused"), "postgresql://nobody@127.0.0.1:1/none"]
    line = audit_line.Line(lambda: database.connect(Config(*place)))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        line.record(Told("a", "b", "c", "d", "e"))
    place[1] = store_url
    assert line.record(Told("a", "b", "c", "d", "e")) == 1


def test_texts_of_any_kind_are_written_down(store: Connection) -> None:
    for text in ("a\0b", "\ud800", "😀𠮷ᠮ", "'; drop table x; --", "x" * 10_000):
        audit.record(store, text, text, text, text, text)
    assert audit.prove(store) is None
    assert max(len(entry.object) for entry in audit.entries(store, 9)) < 2_010


def test_the_national_hash_binds_as_well_and_may_take_over_in_the_middle(
    store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.record(store, "a", "b", "c", "d", "e")
    monkeypatch.setenv("LANDWATCH_AUDIT_DIGEST", "sm3")
    audit.record(store, "a", "b", "c", "d", "e")
    assert [entry.algorithm for entry in audit.entries(store, 9)] == ["sha256", "sm3"]
    assert audit.prove(store) is None
    monkeypatch.setenv("LANDWATCH_AUDIT_DIGEST", "md5")
    with pytest.raises(UsageError, match="LANDWATCH_AUDIT_DIGEST"):
        audit.record(store, "a", "b", "c", "d", "e")
