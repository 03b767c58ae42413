"""Where there is nothing to judge, what is said has the columns and types it has otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from town import build

from gis import law
from gis.approvals import balance
from gis.approvals.settings import settings_on
from gis.config import Config
from gis.facts import approvals, link, notes
from gis.facts.gather import Records, gather
from gis.pipeline import agreements, approved_land, idle, indicators, lapse
from gis.pipeline.idle import Idle
from gis.store import database
from tests.conftest import Server
from tests.stores import copied

AS_OF = date(2025, 1, 1)
LAW = law.load()
SETTINGS = settings_on(LAW, AS_OF, None)
OF_SUPPLIES = "extensions handovers right_endings progress decisions agreements".split()


@pytest.fixture(scope="module")
def known(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Records]:
    """All a town of every kind knows."""
    home = tmp_path_factory.mktemp("home")
    with (
        copied(server, pattern, "landwatch_nothing_to_judge", home) as store,
        database.connect(Config(home, store.url)) as connection,
    ):
        build(connection, 8, supplies=24)
        yield gather(connection, AS_OF, 1_000)


@pytest.fixture(scope="module")
def supplied(known: Records) -> Idle:
    return idle.judge(known, LAW)


def emptied(known: Records, *kinds: str) -> Records:
    """The same without a record of these kinds."""
    dated = {
        kind: table.iloc[:0] if kind in kinds else table for kind, table in known.dated.items()
    }
    return Records(**{**vars(known), "dated": dated})


@pytest.mark.parametrize("kind", OF_SUPPLIES)
def test_papers_of_nobody_are_joined_as_papers_of_somebody(known: Records, kind: str) -> None:
    papers, refs = known.on_table[kind], link.references(known.dated["supplies"])
    some = link.join(papers, refs)
    assert len(some) > 0
    assert_frame_equal(link.join(papers.iloc[:0], refs), some.iloc[:0])
    assert_frame_equal(link.join(papers, refs.iloc[:0]), some.iloc[:0])


def test_notes_of_nobody_have_the_columns_of_notes_of_somebody(known: Records) -> None:
    some = notes.of_supplies(known)
    assert len(some) > 0
    assert_frame_equal(notes.of_supplies(emptied(known, "ledgers")), some.iloc[:0])


def test_without_an_agreement_its_findings_are_those_of_one_less(
    known: Records, supplied: Idle
) -> None:
    some = agreements.judge(known, supplied)
    assert len(some) > 0
    nothing = agreements.judge(emptied(known, "agreements"), supplied)
    assert_frame_equal(nothing, some.iloc[:0])


def test_without_an_ended_right_nothing_was_given_once(known: Records, supplied: Idle) -> None:
    own = approvals.assemble(known)
    everybody = pd.Series(True, index=own.index)
    facts = supplied.facts
    nobody = approved_land.prepared(facts.iloc[:0])
    long_way = lapse.given_once(own, everybody, nobody, SETTINGS).rows
    short = lapse.SuppliedLand(long_way).nothing().rows
    assert short.columns.tolist() == long_way.columns.tolist()
    # Either stands after what is given now, and says nothing else (of names it is text or object).
    now = approved_land.judge(known, supplied, SETTINGS).given
    both = [pd.concat([now, none], ignore_index=True) for none in (long_way, short)]
    assert_frame_equal(*both, check_dtype=False)
    days = ["area_m2", "signed_on", "signed_until_on"]
    assert_frame_equal(*(table[days] for table in both))


def test_without_an_approval_no_place_has_a_line_of_whatever_kind(
    known: Records, supplied: Idle
) -> None:
    none = "approvals", "withdrawals", "approval_status"
    land = approved_land.judge(emptied(known, *none), supplied, SETTINGS)
    assert land.balances.empty
    lines = indicators.lines_of(land, SETTINGS)
    long_way = [
        balance.lines(land.balances, land.overlay, kind, SETTINGS.balance).assign(place_kind=kind)
        for kind in ("block", "park", "region")
    ]
    assert_frame_equal(lines, pd.concat(long_way, ignore_index=True))


def test_the_land_asks_of_supplies_what_their_facts_say(known: Records) -> None:
    whole, asked = idle.facts_of(known)[1], idle.land_of(known).facts
    assert_frame_equal(asked, whole[asked.columns])
