"""Questions about lists, drawn at random: of values they have and of others."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pandas as pd

from api.v1.asked import OfRun
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

LANDS = ("regions", "parks", "blocks")


def lands_of(connection: Connection, run: Run) -> list[Scope | None]:
    """Return everything, and lands of all sizes down to one where nothing lies."""
    found = results.read(connection, run, "finding")
    codes = {name: sorted({one for row in found[name].dropna() for one in row}) for name in LANDS}
    assert all(codes.values())
    return [
        None,
        Scope(regions=("150000",)),
        *(Scope(regions=(code.ljust(6, "0"),)) for code in codes["regions"]),
        *(Scope(parks=(code,)) for code in codes["parks"][:3]),
        *(Scope(blocks=tuple(codes["blocks"][at:][:2])) for at in range(3)),
        Scope(regions=("990000",), parks=("nowhere",)),
    ]


def drawn(draw: random.Random, kind: type[OfRun], table: pd.DataFrame, lands: Any) -> Asked:
    """Return a question about a table, of values it has and of others."""
    where = {}
    for column in kind.WHERE.values():
        if column in kind.columns() and draw.random() < 0.3:
            known = [*table[column].dropna().unique(), "no code"]
            where[column] = draw.sample(known, draw.randint(0, min(3, len(known))))
    ranges: dict[str, tuple[Any, Any]] = {}
    for column in kind.RANGES:
        if draw.random() < 0.3:
            known = table[column].dropna()
            values = [draw.choice([None, *known]) for _ in range(2)]
            ranges[column] = tuple(
                one.date() + timedelta(draw.randint(-1, 1))
                if isinstance(one, pd.Timestamp)
                else one
                for one in values
            )  # type: ignore[assignment]
    text = None
    if draw.random() < 0.4:
        said = [str(one) for name in kind.SEARCHED for one in table[name].dropna()]
        word = draw.choice([*said, "没有"])
        start = draw.randint(0, len(word) - 1)
        text = draw.choice([str.upper, str.lower])(word[start : start + draw.randint(1, 6)])
    return Asked(
        where=where,
        ranges=ranges,
        text=text,
        searched=kind.SEARCHED,
        within=draw.choice(lands),
        places=draw.sample([one for one in lands if one is not None], draw.choice([0, 0, 1, 2])),
        limit=draw.choice([1, 3, 100]),
        sorted_by=draw.choice([None, *kind.RANGES]),
        is_falling=draw.random() < 0.5,
    )
