"""What an indicator function returns, and how its figures become rows of table `indicator`.

A figure that cannot be told is NaN, never 0, and `missing` names the facts it lacks: a fact by its
code, or "zero:CODE" where the fact is known and nothing can be divided by it. Nothing is clamped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

# The kinds of area a figure may be made of; MIXED where papers tell one of two and none is drawn.
PLANAR = "planar"
ELLIPSOIDAL = "ellipsoidal"
MIXED = "mixed"
# The columns of table `indicator` in the order in which they are handed out.
COLUMNS = [
    "place_kind", "place_code", "name", "year", "value", "unit", "numerator", "numerator_unit",
    "denominator", "denominator_unit", "area_kind", "missing", "source", "definition",
]  # fmt: skip
Missing = pd.Series  # of tuples of codes, None where nothing is missing


class Figure(NamedTuple):
    """One indicator of many places (the index of every Series).

    `numerator` and `denominator` are None for a figure that is no quotient, and have units of their
    own (None where they are None: 24,000,000 元 over 20,000 m2 are 80 万元/亩); `missing` tuples of
    codes (contracts.toml, None where nothing is missing); `area_kind` one of the kinds above, None
    where no area is in it; `source` the kinds of record (fields.toml) and results (results.toml) it
    is made of.
    """

    value: pd.Series
    unit: str
    definition: str
    source: tuple[str, ...]
    numerator: pd.Series | None = None
    denominator: pd.Series | None = None
    missing: Missing | None = None
    area_kind: str | None = None
    numerator_unit: str | None = None
    denominator_unit: str | None = None


def quotient(
    numerator: pd.Series,
    denominator: pd.Series,
    unit: str,
    definition: str,
    facts: tuple[str, str],
    source: tuple[str, ...],
    *,
    factor: float = 1.0,
    of_units: tuple[str, str] = ("m2", "m2"),
    area_kind: str | None = PLANAR,
    missing: Missing | None = None,
) -> Figure:
    """Return factor x numerator / denominator, undetermined where a fact lacks or divides by zero.

    `facts` are the codes of what numerator and denominator are, `of_units` the units these Series
    are in; `missing` what lacks besides: a place with any has no value. Both share one index.

    >>> land = pd.Series([30000.0, 100.0], index=["P", "Q"])
    >>> over = pd.Series([40000.0, 0.0], index=["P", "Q"])
    >>> found = quotient(land, over, "%", "A/D", ("built_m2", "supplied_m2"), ("park_piece",))
    >>> found.value.tolist(), found.missing.tolist()
    ([0.75, nan], [None, ('zero:supplied_m2',)])
    """
    of, by = facts
    lacking = gathered(
        {
            of: numerator.isna(),
            by: denominator.isna(),
            f"zero:{by}": denominator == 0,
            f"negative:{by}": denominator < 0,
        },
        missing,
    )
    value = factor * numerator / denominator.where(denominator > 0, np.nan)
    value = value.where(lacking.isna())
    return Figure(
        value, unit, definition, source, numerator, denominator, lacking, area_kind, *of_units
    )


def amount(
    value: pd.Series,
    unit: str,
    definition: str,
    fact: str,
    source: tuple[str, ...],
    *,
    area_kind: str | None = None,
    missing: Missing | None = None,
) -> Figure:
    """Return a sum as it stands; unknown, it names `fact`; a place with `missing` has none.

    >>> found = amount(pd.Series([7.0, np.nan]), "人", "年末", "residents_count", ("residents",))
    >>> found.missing.tolist()
    [None, ('residents_count',)]
    """
    lacking = gathered({fact: value.isna()}, missing)
    known = value.where(lacking.isna())
    return Figure(known, unit, definition, source, None, None, lacking, area_kind)


def gathered(lacks: Mapping[str, pd.Series], besides: Missing | None = None) -> Missing:
    """Return of each row the codes whose flag is set, in the order given, None where none is.

    >>> lacks = {"price": pd.Series([True, False]), "area_m2": pd.Series([True, False])}
    >>> gathered(lacks).tolist(), gathered(lacks, pd.Series([None, ("area_m2",)])).tolist()
    ([('price', 'area_m2'), None], [('price', 'area_m2'), ('area_m2',)])
    """
    index = next(iter(lacks.values())).index
    told: list[tuple[str, ...]] = [()] * len(index) if besides is None else [
        one if isinstance(one, tuple) else () for one in besides.reindex(index)
    ]  # fmt: skip
    for code, flag in lacks.items():
        for place in np.flatnonzero(flag.to_numpy(bool)):
            if code not in told[place]:
                told[place] = (*told[place], code)
    rows = np.empty(len(index), dtype=object)
    rows[:] = [one or None for one in told]
    return pd.Series(rows, index, dtype=object)


def table(figures: Mapping[str, Figure], place_kind: str, year: int | None = None) -> pd.DataFrame:
    """Return figures as rows of table `indicator` (COLUMNS), places in order, each in that given.

    `year`: the year they speak of; None: the day of the run.
    """
    rows = [
        pd.DataFrame(
            {
                "place_kind": place_kind,
                "place_code": one.value.index,
                "name": name,
                "year": pd.array([year] * len(one.value), dtype="Int64"),
                "value": one.value.to_numpy("float64"),
                "unit": one.unit,
                "numerator": _numbers(one.numerator, len(one.value)),
                "numerator_unit": one.numerator_unit,
                "denominator": _numbers(one.denominator, len(one.value)),
                "denominator_unit": one.denominator_unit,
                "area_kind": one.area_kind,
                "missing": _cells(one.missing, len(one.value)),
                "source": _cells([one.source] * len(one.value), len(one.value)),
                "definition": one.definition,
            }
        )
        for name, one in figures.items()
    ]
    found = pd.concat(rows, ignore_index=True)[COLUMNS]
    return found.sort_values("place_code", kind="stable", ignore_index=True)


def _numbers(values: pd.Series | None, count: int) -> np.ndarray:
    return np.full(count, np.nan) if values is None else values.to_numpy("float64")


def _cells(values: object, count: int) -> np.ndarray:
    cells = np.empty(count, dtype=object)
    cells[:] = [None] * count if values is None else [*values]  # type: ignore[misc]
    return cells
