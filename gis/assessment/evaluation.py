"""Firms of a year by 亩均 figures with classes A to D: all are evaluated, those of a scope told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from gis import result_tables
from gis.assessment.firms import firms
from gis.errors import UsageError
from gis.law import Law
from gis.ranking import exact, firm_moves
from gis.ranking import wording_of_others as wording
from gis.ranking.firms import FirmScheme, FirmStanding, evaluate, scheme_on
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run


@dataclass(frozen=True)
class Evaluated:
    """Firms of a run and year: the scheme, firm -> measure -> value, where each stands.

    `known`: of each firm name and park; `own`: those somebody may see.
    """

    run: Run
    year: int
    scheme: FirmScheme
    values: Mapping[str, Mapping[str, Fraction | None]]
    standings: tuple[FirmStanding, ...]
    known: pd.DataFrame
    own: frozenset[str]

    def of(self, firm: str) -> FirmStanding:
        """Return where a firm stands; UsageError where there is none to be seen."""
        found = next((one for one in self.standings if one.firm == firm), None)
        if found is None or firm not in self.own:
            raise UsageError(
                f"没有企业 there is no firm {firm[:60]!r}", "见 see GET /api/v1/ranking/firms"
            )
        return found


def evaluated(
    connection: Connection,
    run: Run,
    law: Law,
    year: int,
    reading: str | None = None,
    scope: Scope | None = None,
) -> Evaluated:
    """Return the evaluation of all firms of a run, as somebody of a scope may see it."""
    scheme = scheme_on(law, date(year, 12, 31), reading)
    told = firms(connection, run, law, None, year).rows.set_index("enterprise_code")
    units = {one.name: one.unit for one in scheme.measures}
    values = {
        str(code): {
            name: None if pd.isna(row[name]) else exact.of_figure(float(row[name]), unit)
            for name, unit in units.items()
        }
        for code, row in told[[*units]].iterrows()
    }
    seen = told.index if scope is None else _seen(connection, run, law, scope, year)
    own = frozenset(map(str, seen))
    found = tuple(evaluate(scheme, values))
    return Evaluated(run, year, scheme, values, found, told[["name", "park_code"]], own)


def _seen(connection: Connection, run: Run, law: Law, scope: Scope, year: int) -> pd.Series[Any]:
    return firms(connection, run, law, scope, year).rows["enterprise_code"]


def table(told: Evaluated, language: str = "zh") -> pd.DataFrame:
    """Return table `firm_evaluation` of the firms that may be seen, the best first."""
    rows = [_row(told, one, language) for one in told.standings if one.firm in told.own]
    names = result_tables.TABLES["firm_evaluation"].names
    return pd.DataFrame(rows, columns=names).astype({"rank": "Int64"})


def content(told: Evaluated) -> dict[str, Any]:
    """Return what is said with every answer: run, year, reading, classes, how many there are."""
    return {
        "run": told.run.id,
        "as_of": told.run.as_of,
        "year": told.year,
        "scheme": "per_mu",
        "reading": told.scheme.reading,
        "classes": {letter: float(share) for letter, share in told.scheme.classes},
        "ranked_count": sum(one.rank is not None for one in told.standings),
        "unverified": [*told.scheme.unverified],
        "count": len(told.own),
    }


def why(told: Evaluated, firm: str, language: str = "zh") -> dict[str, Any]:
    """Return why a firm has its class, and what would move it; UsageError for none to be seen."""
    row = _row(told, told.of(firm), language)
    return {
        **content(told),
        "standing": {**row, "explained": None},
        "parts": row["explained"],
        "moves": [
            {
                "what": one.what,
                "direction": one.direction,
                "measure": one.measure.name,
                "title": wording.measure(one.measure, language),
                "value": float(one.value),
                "to": None if one.to is None else float(one.to),
                "reaches": one.reaches or None,
                "becomes": wording.what(one, language),
                "words": wording.firm_move(one, language),
            }
            for one in firm_moves.moves(told.scheme, told.values, told.standings, firm)
        ],
    }


def _row(told: Evaluated, one: FirmStanding, language: str) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "letter": one.letter,
        "enterprise_code": one.firm,
        "name": told.known.at[one.firm, "name"],
        "park_code": told.known.at[one.firm, "park_code"],
        "total": None if one.total is None else float(one.total),
        "explained": [wording.explained(told.scheme, part, language) for part in one.parts],
        "missing": [f"{part.missing}:{part.measure.name}" for part in one.parts if part.missing]
        or None,
    }
