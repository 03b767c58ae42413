"""What was entered for a park: the newest paper of a thing counts, those of one day must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import pandas as pd

from gis.ranking import exact
from gis.ranking.scheme import Entry, Indicator, Scheme

_FEN_PER_YUAN = 100
CLASH = "clash"


@dataclass(frozen=True)
class Entered:
    """What papers say of one thing of a park: a number, or that it holds; by which documents.

    `missing`: `clash` where papers of the same day say different things, `no_number` where the
    newest says none.
    """

    value: Fraction | None
    documents: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True)
class Entries:
    """(park, name, year) -> what was entered; `unknown`: papers that name nothing of the scheme."""

    by_name: Mapping[tuple[str, str, int], Entered]
    unknown: tuple[tuple[str, str, str], ...]  # park, what it names, document


NOTHING = Entries({}, ())


def read(scheme: Scheme, papers: pd.DataFrame) -> Entries:
    """Return what papers say, by what the scheme calls it.

    papers: park_code, year, indicator, document, effective_on, and score, count and amount_fen, of
    which the one that fits is read: points, a number of things, money.
    """
    things = {one.name: one for one in scheme.entered}
    names = [scheme.named(str(text)) for text in papers["indicator"]]
    known = papers.assign(name=pd.Series(names, index=papers.index, dtype=object))
    strange = known[known["name"].isna()]
    found: dict[tuple[str, str, int], Entered] = {}
    for key, group in known[known["name"].notna()].groupby(
        ["park_code", "name", "year"], sort=True
    ):
        park, name, year = cast("tuple[str, str, int]", key)
        newest = group[group["effective_on"] == group["effective_on"].max()]
        newest = newest.sort_values("document", kind="stable")
        values = [_number(things[name], row) for row in newest.to_dict("records")]
        documents = tuple(map(str, newest["document"].dropna()))
        if len({*values}) > 1:
            found[park, name, int(year)] = Entered(None, documents, CLASH)
        else:
            missing = "no_number" if values[0] is None else ""
            found[park, name, int(year)] = Entered(values[0], documents, missing)
    return Entries(
        found,
        tuple(
            (str(row["park_code"]), str(row["indicator"]), str(row["document"]))
            for row in strange.to_dict("records")
        ),
    )


def _number(thing: Indicator | Entry, row: Mapping[Any, Any]) -> Fraction | None:
    """Return the number a paper says of a thing, 1 where to be named is enough."""
    if isinstance(thing, Indicator):
        told = row["count"] if thing.found == "counted" else row["score"]
    elif thing.kind == "amount":
        told = row["amount_fen"]
    else:
        told = 1 if pd.isna(row["count"]) else row["count"]
    if pd.isna(told):
        return None
    number = exact.of_entry(float(told))
    is_money = isinstance(thing, Entry) and thing.kind == "amount"
    return number / _FEN_PER_YUAN if is_money else number
