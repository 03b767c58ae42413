"""The tables of the store: made by migrations, equal to the model, guarded against drift."""

from __future__ import annotations

import pandas as pd
import psycopg
import pytest
import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from old_stores import alembic, made_at, moved_to, settings
from store_rows import NO_ISSUES, put, square, supplies

from gis import fields, result_tables
from gis.errors import StoreError
from gis.store import arrivals, database, deliveries, records, tables


def test_migrations_make_exactly_the_tables_of_the_model(store_url: str) -> None:
    assert database.differences(settings(store_url)) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE landwatch.supplies DROP COLUMN project_name",
        "ALTER TABLE landwatch.supplies ALTER COLUMN area_m2 TYPE integer",
        "DROP INDEX landwatch.parcels_geom",
        "DROP TABLE landwatch.balance",
    ],
)
def test_a_change_behind_the_migrations_back_is_noticed(
    store_url: str, store: database.Connection, change: str
) -> None:
    store.execute(change)
    assert database.differences(settings(store_url)) != []


def test_every_kind_of_the_dictionary_has_its_table_with_its_columns(
    store: database.Connection,
) -> None:
    for name, kind in fields.KINDS.items():
        row = store.execute(f"SELECT * FROM {name}").description
        columns = [column.name for column in row or []]
        # What identifiers came as, and whose numbers they are, was added later: it stands behind
        # what was there then.
        first = [column for column in tables.RECORD if column != "as_came"]
        assert columns[1 : 1 + len(first)] == first
        named = list(tables.NAMED) if kind.named_by == "sender" else []
        later = ["as_came", *named]
        assert [column for column in columns[1 + len(first) :] if column in later] == later
        assert set(kind.columns) <= set(columns)
        assert ("geom" in columns) == kind.has_geometry


def test_tables_and_columns_say_in_the_store_what_they_are(store: database.Connection) -> None:
    told = dict(
        store.execute(
            "SELECT c.relname || coalesce('.' || a.attname, ''), d.description"
            " FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid"
            " LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid"
            " AND d.objsubid > 0 WHERE c.relnamespace = 'landwatch'::regnamespace"
        ).fetchall()
    )
    assert told["supplies"] == fields.KINDS["supplies"].title
    assert told["supplies.start_agreed_on"] == "约定开工时间"
    assert told["finding"].startswith("判定结果")
    assert told["finding.fee_fen"] == "闲置费（分）"
    for kind in fields.KINDS.values():
        assert {f"{kind.name}.{name}" for name in kind.columns} <= told.keys(), kind.name
    for name, table in result_tables.STORED.items():
        assert {f"{name}.{column.name}" for column in table.stored} <= told.keys(), name


def test_the_program_knows_the_same_newest_revision_as_alembic() -> None:
    scripts = ScriptDirectory.from_config(alembic())
    assert scripts.get_current_head() == database.revisions()[-1]
    assert len(list(scripts.walk_revisions())) == len(database.revisions())


def test_an_upgrade_of_a_store_that_is_up_to_date_changes_nothing(store_url: str) -> None:
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]


def test_a_store_of_the_first_tables_comes_up_with_all_it_holds(
    store_url: str, store: database.Connection
) -> None:
    made_at("0001", store, store_url)
    store.execute(
        """
        INSERT INTO landwatch.delivery VALUES (1, 'sha-one', 'one.xlsx', 'supplies', 'add', NULL,
            now(), now(), 3, 2, 1, 0, 0, 'print-one', '{"原": "supply_no"}');
        INSERT INTO landwatch.issue (delivery, file, row_no, code, severity, message)
            VALUES (1, 'one.xlsx', 4, 'missing_value', 'error', '缺');
        INSERT INTO landwatch.supplies (key, from_delivery, to_delivery, row_no, file,
            effective_on, content, supply_no, area_m2, approval_nos, signed_on, geom, source_epsg)
        VALUES
            ('A1', 1, NULL, 2, 'one.xlsx', '2015-03-01', 'x', 'A1', 10.5, '{甲,乙}', '2015-03-01',
             ST_GeomFromText('POLYGON((110 40,110.1 40,110.1 40.1,110 40))', 4490), 4527),
            ('A2', 1, 2, 3, 'one.xlsx', NULL, 'y', 'A2', NULL, NULL, NULL, NULL, NULL);
        INSERT INTO landwatch.tasks (key, from_delivery, row_no, file, content, year)
            VALUES ('2024|15|idle', 1, 2, 't.csv', 'z', 2024);
        """
    )
    with pytest.raises(StoreError, match="landwatch db upgrade"):
        database.connect(settings(store_url))
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    with database.connect(settings(store_url)) as connection:
        (found,) = records.read(connection, "supplies").to_dict("records")
        assert (found["key"], found["area_m2"], found["source_epsg"]) == ("A1", 10.5, 4527)
        assert found["approval_nos"] == ["甲", "乙"]
        assert found["geom"].area == pytest.approx(0.005)
        assert deliveries.history(connection)["number"].tolist() == [1]
        assert deliveries.issues_of(connection, 1)["code"].tolist() == ["missing_value"]
        # A task without a day is now of its year; the same supply again is still unchanged.
        assert records.read(connection, "tasks")["effective_on"].tolist() == [
            pd.Timestamp("2024-01-01")
        ]
        again = supplies({"supply_no": "A1", "area_m2": 10.5, "signed_on": "2015-03-01"})
        assert put(connection, "two", again).unchanged == 1


def test_results_of_an_older_store_come_up_with_whom_they_speak_of(
    store_url: str, store: database.Connection
) -> None:
    made_at("0014", store, store_url)
    store.execute(
        """
        INSERT INTO landwatch.finding (lane, first_run, last_run, content, subject, rule, outcome)
        VALUES ('*/forward', 1, 9, 'a', '批1号|甲批/001', 'unsupplied', 'lapsed'),
            ('*/forward', 1, 9, 'b', '监1/2', 'idle_land', 'clear');
        INSERT INTO landwatch.unsupplied (lane, first_run, last_run, content, subject, approval,
            missing, adjoining)
        VALUES ('*/forward', 1, 9, 'c', '批1号|甲批/001', '批1号|甲批', 'obstacle', 'S1;S2');
        INSERT INTO landwatch.lead (lane, first_run, last_run, content, kind, subjects, confidence)
        VALUES ('*/forward', 1, 9, 'd', 'supplied_twice', 'S1;S2', 'high'),
            ('*/forward', 1, 9, 'e', 'built_unsupplied', 'B7;', 'low');
        """
    )
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    # A supply's number may end like a piece: only the piece has an approval.
    assert store.execute(
        "SELECT subject, approval, subject_kind, subject_key FROM landwatch.finding ORDER BY rule"
    ).fetchall() == [
        ("监1/2", None, "supplies", "监1/2"),
        ("批1号|甲批/001", "批1号|甲批", "approvals", "批1号|甲批"),
    ]
    assert store.execute(
        "SELECT subject_key, situation_missing, adjoining FROM landwatch.unsupplied"
    ).fetchall() == [("批1号|甲批", ["obstacle"], ["S1", "S2"])]
    assert store.execute("SELECT subjects FROM landwatch.lead ORDER BY kind DESC").fetchall() == [
        (["S1", "S2"],),
        (["B7"],),
    ]


def test_figures_of_an_older_store_come_up_with_what_they_lack_and_are_made_of(
    store_url: str, store: database.Connection
) -> None:
    made_at("0034", store, store_url)
    store.execute(
        """
        INSERT INTO landwatch.indicator (run_series, first_run, last_run, content, place_kind,
            place_code, name, value, unit, numerator, denominator, definition)
        VALUES ('*/forward', 1, 9, 'a', 'park', 'P', 'A_m2', 5, 'm2', 'NaN', 'NaN', '账户'),
            ('*/forward', 1, 9, 'b', 'park', 'P', 'built_rate', 'NaN', '%', 5, 0, 'A/D'),
            ('*/forward', 1, 9, 'c', 'park', 'P', 'idle_rate', 'NaN', '%', 0, 0, 'G/A，G 仅含'),
            ('*/forward', 1, 9, 'd', 'run', '全部', 'unsupplied_rate', NULL, '%', NULL, NULL, '批');
        """
    )
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    own = ", ".join(tables.own_types("indicator"))
    found = store.execute(
        "SELECT name, year, area_kind, missing, source, numerator_unit, denominator_unit,"
        f" content = md5(ROW({own})::text) FROM landwatch.indicator ORDER BY row_id"
    ).fetchall()
    assert found == [
        ("A_m2", None, "planar", None, ["park_piece"], None, None, True),
        ("built_rate", None, "planar", ["zero:supplied_m2"], ["park_piece"], "m2", "m2", True),
        (
            "idle_rate",
            None,
            "mixed",
            ["zero:built_m2"],
            ["finding", "park_piece"],
            "m2",
            "m2",
            True,
        ),
        ("unsupplied_rate", None, "planar", ["approved_m2"], ["place_line"], None, None, True),
    ]


def test_identifiers_of_an_older_store_come_into_one_form_with_their_keys(
    store_url: str, store: database.Connection
) -> None:
    made_at("0007", store, store_url)
    store.execute(
        """
        INSERT INTO landwatch.supplies (key, from_delivery, to_delivery, row_no, file, supply_no,
            phase, approval_nos)
        VALUES ('b1|一期', 1, 2, 2, 'a.csv', 'b1', '一期', '{内政⼟发(2023)1号,乙}'),
            ('b1|一期', 2, NULL, 3, 'b.csv', 'b1', '一期', NULL),
            ('C-1', 1, NULL, 4, 'a.csv', 'C-1', NULL, NULL),
            ('C—1', 1, NULL, 5, 'a.csv', 'C—1', NULL, NULL),
            ('D1', 1, NULL, 6, 'a.csv', 'D1', NULL, NULL);
        INSERT INTO landwatch.parcels (key, from_delivery, row_no, file, supply_no)
            VALUES ('sender/layer#7', 1, 7, 'p.shp', 'd1');
        INSERT INTO landwatch.correction (delivery, kind, key, field, before, after, who, why, at)
            VALUES (3, 'supplies', 'b1|一期', 'contract_no', '"ht(2020)1"', NULL, 'w', 'y', now());
        """
    )
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    columns = "key, supply_no, approval_nos, as_came"
    query = f"SELECT {columns} FROM landwatch.supplies ORDER BY row_no"
    assert store.execute(query).fetchall() == [
        (
            "B1|一期",
            "B1",
            ["内政土发〔2023〕1号", "乙"],
            {"supply_no": "b1", "approval_nos": "内政⼟发(2023)1号;乙"},
        ),
        ("B1|一期", "B1", None, {"supply_no": "b1"}),
        ("C-1", "C-1", None, None),
        # Its key is another record's: both stay, under the key they had.
        ("C—1", "C-1", None, {"supply_no": "C—1"}),
        ("D1", "D1", None, None),
    ]
    query = "SELECT key, supply_no FROM landwatch.parcels"
    assert store.execute(query).fetchall() == [("sender/layer#7", "D1")]
    query = "SELECT key, before FROM landwatch.correction"
    assert store.execute(query).fetchall() == [("B1|一期", "HT〔2020〕1")]


def test_records_named_by_a_row_or_number_come_up_under_their_keys_and_are_not_doubled(
    store_url: str, store: database.Connection
) -> None:
    made_at("0008", store, store_url)
    store.execute(
        """
        INSERT INTO landwatch.delivery (number, sha256, name, kind, mode, received_at, loaded_at,
            rows, accepted, rejected, unchanged, duplicates, fingerprint, mapping)
        SELECT n, 's', 'a.gpkg', 'parcels', 'add', now(), now(), 3, 3, 0, 0, 0, 'p' || n, '{}'
        FROM generate_series(1, 2) AS n;
        INSERT INTO landwatch.parcels (key, from_delivery, to_delivery, row_no, file, parcel_code,
            location, geom, source_epsg)
        SELECT key, came, gone, 2, 'a.gpkg', code, location,
            ST_MakeEnvelope(x, 40, x + 0.001, 40.001, 4490), 4490
        FROM (VALUES ('1', 1, 2, '1', '旧', 110.0), ('1', 2, NULL, '1', '新', 110.0),
            ('甲/宗地#7', 1, NULL, NULL, '行', 110.1), ('2', 1, 2, '2', '终', 110.2))
            AS rows (key, came, gone, code, location, x);
        """
    )
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    with database.connect(settings(store_url)) as connection:
        lines = deliveries.history(connection)[["added", "replaced", "ended", "held"]]
        # The first brought 1, the row and 2; the second changed 1 and ended 2.
        assert lines.to_numpy().tolist() == [[3, 0, 0, 0], [0, 1, 1, 0]]
        rows = pd.DataFrame(
            {
                "parcel_code": pd.Series(["1", None, "3"], dtype="str"),
                "sender_row": pd.Series([None, "甲/宗地#7", None], dtype="str"),
                "location": pd.Series(["再", "行", "三"], dtype="str"),
                "geom": [square(110.0, 40), square(110.1, 40), square(110.3, 40)],
                "row_no": [2, 3, 4],
            }
        ).assign(file="b.gpkg", source_epsg=4490)
        received = arrivals.Received("b.gpkg", "parcels", "s", "b", {}, sender="甲")
        columns = ["parcel_code", "location", "geom"]
        loaded = deliveries.put(connection, received, rows, NO_ISSUES, columns)
        # The land of 1 and of the row is the same, its ring goes the other way round: new versions.
        assert (loaded.added, loaded.replaced, loaded.unchanged, loaded.held) == (1, 2, 0, 0)
        found = connection.execute(
            "SELECT key, named_in FROM parcels WHERE to_delivery IS NULL ORDER BY row_no"
        ).fetchall()
        assert found == [("1", "甲|b"), ("甲/宗地#7", "甲|b"), ("3", "甲|b")]


@pytest.mark.parametrize(
    ("before", "row"),
    [
        ("0040", "park_scores (key, from_delivery, row_no, file) VALUES ('k', 1, 2, 'a')"),
        ("0039", "tasks (key, from_delivery, row_no, file, until_year) VALUES ('k', 1, 2, 'a', 9)"),
        ("0036", "projects (key, from_delivery, row_no, file, planned_tax_fen)"
         " VALUES ('k', 1, 2, 'a', 9)"),
    ],
)  # fmt: skip
def test_going_back_is_refused_where_it_would_delete_what_came_and_nowhere_else(
    store_url: str, store: database.Connection, before: str, row: str
) -> None:
    store.execute(f"INSERT INTO landwatch.{row}")
    with pytest.raises(StoreError, match="不能撤回"):
        moved_to(before, store, store_url)
    assert database.differences(settings(store_url)) == []
    store.execute(f"DELETE FROM landwatch.{row.partition(' ')[0]}")
    moved_to(before, store, store_url)
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []


def test_going_back_before_the_first_tables_is_refused_and_leaves_them(
    store_url: str, store: database.Connection
) -> None:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(store_url),
        poolclass=sqlalchemy.NullPool,
    )
    config = alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(StoreError, match="would delete every"):
            command.downgrade(config, "base")
    assert database.revision(store) == database.revisions()[-1]
    assert store.execute("SELECT count(*) FROM supplies").fetchone() == (0,)


def test_a_store_newer_than_the_program_is_left_alone(
    store_url: str, store: database.Connection
) -> None:
    store.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="the program is older than the store"):
        database.connect(settings(store_url))
    with pytest.raises(StoreError, match="the program is older than the store"):
        database.upgrade(settings(store_url))


def test_a_store_older_than_the_program_asks_for_the_upgrade(
    store_url: str, store: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = database.revisions()
    monkeypatch.setattr(database, "revisions", lambda: [*known, "9998"])
    assert database.revision(store) == known[-1]
    with pytest.raises(StoreError, match="landwatch db upgrade"):
        database.connect(settings(store_url))


def test_a_database_without_tables_asks_for_the_upgrade_or_gets_it_with_make(
    store_url: str, store: database.Connection
) -> None:
    store.execute("DROP SCHEMA landwatch CASCADE")
    with pytest.raises(StoreError, match="no landwatch tables yet"):
        database.connect(settings(store_url))
    with database.connect(settings(store_url), make=True) as connection:
        assert database.revision(connection) == database.revisions()[-1]
