"""What the workbook of a run tells of its projects and tasks: lists in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from gis import contracts
from gis.arrays import objects
from gis.assessment import control, quarterly, ranking
from gis.assessment import targets as of_year
from gis.control import quarter, wording
from gis.law import Law
from gis.ranking import wording as ranking_words
from gis.store.database import Connection
from gis.store.runs import Run


def tables(connection: Connection, run: Run, law: Law) -> dict[str, pd.DataFrame]:
    """Return the tables of tasks and projects, and those of the ranking of parks, of a run."""
    return _projects(connection, run, law) | _ranking(connection, run, law)


def _ranking(connection: Connection, run: Run, law: Law) -> dict[str, pd.DataFrame]:
    """Return ranking and ranking_part of the newest year scores were entered for; none without."""
    year = ranking.newest_entered(connection, run)
    if year is None:
        return {}
    found = ranking.assessed(connection, run, law, year)
    if not found.ranking.standings:
        return {}
    scheme = found.ranking.scheme
    notes = "；".join(chinese for chinese, _ in ranking.words_of(found))
    places = [ranking_words.rank(one) or "—" for one in found.ranking.standings]
    heading = f"{year} 年，{scheme.title}，排序法读法 {scheme.reading}。{notes}"
    rows = ranking.table(found).assign(place_words=places, heading=heading)
    return {"ranking": rows, "ranking_part": ranking.parts(found)}


def _projects(connection: Connection, run: Run, law: Law) -> dict[str, pd.DataFrame]:
    """Return target, control, low_efficiency, quarterly and quiet_block of a run.

    No target without tasks of the run's year, none of the others without projects.

    The quarter is that of the day judged, told by what this run knew alone: what other runs there
    are changes nothing in it.
    """
    tasks = _tasks(connection, run, law)
    found = control.judged(connection, run, law)
    if found.known.subjects.empty:
        return tasks
    asked = quarter.of(run.as_of)
    report = quarterly.report(connection, run, law, asked, is_alone=True)
    told = {
        "control": control.controls(found, law),
        "low_efficiency": control.low(connection, run, law, found),
        "quarterly": report.rows,
        "quiet_block": control.quiet_blocks(connection, run, law, found),
    }
    worded = {name: _in_words(rows.reset_index(drop=True)) for name, rows in told.items()}
    return tasks | worded


def _tasks(connection: Connection, run: Run, law: Law) -> dict[str, pd.DataFrame]:
    found = of_year.targets(connection, run, law, run.as_of.year, with_quota=False)
    if found.rows.empty:
        return {}
    words = [
        [contracts.label("task_missing", code) for code in codes] for codes in found.rows["missing"]
    ]
    return {"target": found.rows.assign(missing=pd.Series(words, dtype=object))}


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their lists of codes as lists of Chinese words."""
    words: dict[str, Callable[[dict[Any, Any]], str]] = {
        "missing": lambda row: contracts.facts(_listed(row["missing"])),
        "places": lambda row: "；".join(
            contracts.label("low_place", one) for one in _listed(row["places"]) or ()
        ),
        "others": lambda row: wording.others(row["indicator"], _listed(row["others"])),
    }
    given = rows.to_dict("records")
    return rows.assign(
        **{
            name: objects([[text] if (text := say(row)) else None for row in given])
            for name, say in words.items()
            if name in rows
        }
    )


def _listed(value: Any) -> Any:
    return value if isinstance(value, tuple | list) else None
