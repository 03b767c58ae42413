"""Evaluation of parks and firms: figures and entered scores in; scores, ranks and reasons out."""

from __future__ import annotations

from gis.ranking.scheme import Indicator, Scheme, names_of, scheme_on
from gis.ranking.score import Part, Ranking, Standing, rank
from gis.ranking.sensitivity import Move, moves

__all__ = [
    "Indicator",
    "Move",
    "Part",
    "Ranking",
    "Scheme",
    "Standing",
    "moves",
    "names_of",
    "rank",
    "scheme_on",
]
