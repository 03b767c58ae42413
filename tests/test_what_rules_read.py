"""Every rule says which kinds of record it reads: whatever it does not name can change nothing.

Held by evidence: of a town of every kind of record each result is the same when only the kinds are
known that it declares, and another one when one that it needs is kept from it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from town import build

from gis import frames, law, result_tables
from gis.arrays import text_as_objects
from gis.config import Config
from gis.contracts import CODES
from gis.facts import dependencies
from gis.facts.gather import Records, gather
from gis.facts.part import all_of
from gis.fields import KINDS
from gis.pipeline.judge_part import RunContext, judge_known
from gis.result_tables import EVERY_ROW_READS, FINDINGS, STORED, reads
from gis.store import database, records
from gis.store.orphans import LINKS
from tests.conftest import Server, rest_long
from tests.stores import copied

AS_OF = date(2025, 1, 1)
RULES = [
    name if [*table.rules] == [name] else f"{name}.{rule}"
    for name, table in STORED.items()
    for rule in table.rules
]
# What is made of all parts together, or of what no part meets.
OF_THE_RUN = {"indicator", "set_aside", "lead.orphan_paper"}
PARTS = [name for name in RULES if name not in OF_THE_RUN]
ALWAYS = {"finding.idle_land"}


def of_rules(*but: str) -> set[str]:
    """Return every kind some rule reads."""
    return {kind for name in RULES if name not in but for kind in reads(name)}


def test_every_rule_says_what_it_reads_and_names_kinds_and_results_there_are() -> None:
    assert set(FINDINGS) == set(CODES["rule"])
    for name, table in STORED.items():
        for rule, said in table.rules.items():
            assert said.reads or said.made_of, (name, rule)
            assert {*said.reads} <= set(KINDS), (name, rule)
            assert not {*said.reads} & EVERY_ROW_READS or name in {"lead", "set_aside"}, name
            for part in said.made_of:
                assert part.partition(".")[0] in STORED, (name, rule, part)
    for rule, said in FINDINGS.items():
        assert said.outcomes in CODES, rule
        keys = law.load().keys()
        for begins in said.law:
            assert any(key.startswith(begins) for key in keys), (rule, begins)


def test_every_kind_is_read_by_a_rule_or_says_why_by_none() -> None:
    read = of_rules("lead.orphan_paper")
    for name, kind in KINDS.items():
        assert (kind.unread is None) == (name in read), name
        assert kind.unread is None or len(kind.unread) > 10, name


def test_what_is_told_of_papers_and_shapes_is_told_of_every_kind_that_has_them() -> None:
    assert {*STORED["lead"].rules["orphan_paper"].reads} == {link.kind.name for link in LINKS}
    shaped = {
        name for name in of_rules("lead.orphan_paper", "set_aside") if KINDS[name].has_geometry
    }
    assert reads("set_aside") == shaped | {"projects"}


def test_what_is_kept_of_every_day_is_what_timelines_rest_on() -> None:
    """Worked out by hand before it was derived; a paper of supplies comes with the others."""
    assert {*dependencies.ON_TABLE} == {
        *("supplies", "buildings", "approvals", "withdrawals", "approval_status", "landclass"),
        *("extensions", "handovers", "right_endings", "causes", "progress", "decisions"),
        *("holders", "agreements", "ledgers", "projects", "enterprises", "enterprise_years"),
    }
    assert {*dependencies.OF_APPROVALS} == {
        *("approvals", "withdrawals", "approval_status", "landclass"),
    }
    assert {
        *("extensions", "handovers", "right_endings", "causes", "progress", "decisions"),
    } == dependencies.DECIDING_IDLE


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[database.Connection]:
    home = tmp_path_factory.mktemp("read")
    with (
        copied(server, pattern, f"landwatch_read_{os.getpid()}", home) as own,
        database.connect(Config(home, own.url)) as connection,
    ):
        build(connection, 4, supplies=60 if os.environ.get("LANDWATCH_LONG") else 20)
        yield connection


@pytest.fixture(scope="module")
def known(store: database.Connection) -> Records:
    with text_as_objects():
        return gather(store, AS_OF, records.latest_delivery(store))


@pytest.fixture(scope="module")
def whole(known: Records) -> dict[str, pd.DataFrame]:
    return judged(known)


def judged(known: Records) -> dict[str, pd.DataFrame]:
    task = RunContext(AS_OF, known.known_at, None, law.load(), has_approvals=True)
    # What passes the doors of the rooms is what `frames.toml` says, also where there is little.
    with text_as_objects(), frames.watched():
        return judge_known(known, all_of(known), task)


def less(known: Records, kinds: frozenset[str]) -> Records:
    """Return the records without those of other kinds than these."""

    def cut(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        return {kind: t if kind in kinds else t.iloc[:0] for kind, t in tables.items()}

    former = known.former_parcels
    return replace(
        known,
        dated=cut(dict(known.dated)),
        undated=cut(dict(known.undated)),
        on_table=cut(dict(known.on_table)),
        former_parcels=former if "parcels" in kinds else former.iloc[:0],
    )


def said(tables: dict[str, pd.DataFrame], name: str) -> list[str]:
    """Return the rows of a result, or of one rule of it, as they would be told apart."""
    table, _, rule = name.partition(".")
    rows = tables[table]
    if table == "finding":
        rows = rows[rows["rule"] == rule]
    own = [one.name for one in (*STORED[table].stored, *result_tables.EVERY_ROW)]
    columns = [name for name in (*own, "geom") if name in rows]
    return sorted(map(repr, rows[columns].astype(object).itertuples(index=False, name=None)))


@pytest.mark.parametrize("name", [*sorted(ALWAYS), *rest_long(sorted({*PARTS} - ALWAYS), ALWAYS)])
def test_a_result_is_the_same_when_only_what_it_reads_is_known(
    known: Records, whole: dict[str, pd.DataFrame], name: str
) -> None:
    rows = said(whole, name)
    assert rows, "a result without rows would prove nothing"
    assert said(judged(less(known, reads(name))), name) == rows


def test_a_kind_a_rule_needs_and_does_not_name_is_found_out(
    known: Records, whole: dict[str, pd.DataFrame]
) -> None:
    needed = reads("finding.idle_land") - {"decisions"}
    assert said(judged(less(known, needed)), "finding.idle_land") != said(
        whole, "finding.idle_land"
    )
