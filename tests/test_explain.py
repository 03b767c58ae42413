"""Why a subject stands where it stands is told from its own surroundings, as the run told it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from town import kept

from gis import law
from gis.config import Config
from gis.errors import UsageError
from gis.facts import part
from gis.pipeline import explain
from gis.pipeline import run as line
from gis.store import database, results, runs
from tests.conftest import Server, url_of
from tests.seeded import IS_LONG

AS_OF = date(2025, 1, 1)
# Of all subjects every so many-th is asked.
EVERY = 1 if IS_LONG else 9


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[database.Connection]:
    """A connection to a town; nothing here writes to it but the run."""
    home = tmp_path_factory.mktemp("home")
    with (
        kept(server, pattern, home, 8, supplies=60) as name,
        database.connect(Config(home, url_of({**server.role, "dbname": name}))) as connection,
    ):
        yield connection


@pytest.fixture(scope="module")
def town(store: database.Connection) -> runs.Run:
    return line.run(store, AS_OF, law.load(), tell=str)


def test_a_trace_says_what_the_run_found(store: database.Connection, town: runs.Run) -> None:
    findings = results.read(store, town.id, "finding").set_index("subject")
    idle = findings[
        (findings["rule"] == "idle_land")
        & findings["missing"].map(lambda told: told != ["signed_on"])
    ]
    for subject, row in idle.iloc[::EVERY].iterrows():
        trace = explain.explain(store, str(subject), AS_OF, town.delivery, law.load())
        told = trace.content["finding"]
        assert told["outcome"] == row["outcome"], subject
        # Areas that clash decide nothing, so no article speaks; nor does one of land given back.
        article = None if pd.isna(row["article"]) else row["article"]
        assert told["article"] == article or row["outcome"] == "closed", subject


def test_a_piece_is_told_with_its_situation_and_its_neighbours(
    store: database.Connection, town: runs.Run
) -> None:
    stored = results.read(store, town.id, "unsupplied").set_index("subject")
    findings = results.read(store, town.id, "finding").set_index("subject")
    pieces = findings[findings["rule"] == "unsupplied"]
    assert len(pieces) == len(stored)
    assert stored["adjoining"].notna().any()
    for subject, row in pieces.iloc[::EVERY].iterrows():
        trace = explain.explain(store, str(subject), AS_OF, town.delivery, law.load())
        (told,) = trace.content["findings"]
        assert "nan" not in trace.text
        assert told["outcome"] == row["outcome"], subject
        assert told["area_m2"] == row["area_m2"] or pd.isna(row["area_m2"]), subject
        (line_,) = trace.content["sections"]["situation"]
        adjoining = stored.loc[subject, "adjoining"]
        assert ("毗邻供地" in line_) == isinstance(adjoining, list)
        assert all(key in line_ for key in (adjoining or []))


def test_an_approval_is_told_whole_by_its_number(
    store: database.Connection, town: runs.Run
) -> None:
    stored = results.read(store, town.id, "unsupplied")
    name = stored["approval"].iloc[0]
    trace = explain.explain(store, name, AS_OF, town.delivery, law.load())
    told = [row["subject"] for row in trace.content["findings"]]
    assert told == stored.loc[stored["approval"] == name, "subject"].tolist()


def test_only_the_surroundings_are_read(
    store: database.Connection, town: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    gathered = part.gather_part

    def counted(*asked: object) -> object:
        known, mine = gathered(*asked)  # type: ignore[arg-type]
        read.append(len(known.dated["supplies"]))
        return known, mine

    monkeypatch.setattr(explain, "gather_part", counted)
    subjects = results.read(store, town.id, "finding")
    idle = subjects.loc[subjects["rule"] == "idle_land", "subject"].iloc[0]
    explain.explain(store, idle, AS_OF, town.delivery, law.load())
    assert 0 < read[0] < 40


def test_a_name_nobody_has_is_answered_with_the_nearest(
    store: database.Connection, town: runs.Run
) -> None:
    with pytest.raises(UsageError, match="nearest"):
        explain.explain(store, "批〔2009〕99号", AS_OF, town.delivery, law.load())
