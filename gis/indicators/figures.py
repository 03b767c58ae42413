"""What an indicator function returns, and how its figures become rows of table `indicator`.

A figure that cannot be told is NaN, never 0, and `missing` names the facts it lacks: a fact by its
code, or "zero:CODE" where the fact is known and nothing can be divided by it. Nothing is clamped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    every = list(figures.values())
    counts = [len(one.value) for one in every]

    def repeated(cells: Sequence[str | None], dtype: str = "object") -> pd.Series:
        return pd.Series(np.repeat(np.array(cells, dtype=object), counts), dtype=dtype)

    # A column at a time: a frame for each figure costs more than all that is in it.
    found = pd.DataFrame(
        {
            "place_kind": place_kind,
            "place_code": pd.Series(
                [code for one in every for code in one.value.index], dtype="str"
            ),
            "name": repeated(list(figures), "str"),
            "year": pd.array([year] * sum(counts), dtype="Int64"),
            "value": _joined([one.value for one in every], counts),
            "unit": repeated([one.unit for one in every], "str"),
            "numerator": _joined([one.numerator for one in every], counts),
            "numerator_unit": repeated([one.numerator_unit for one in every]),
            "denominator": _joined([one.denominator for one in every], counts),
            "denominator_unit": repeated([one.denominator_unit for one in every]),
            "area_kind": repeated([one.area_kind for one in every]),
            "missing": _cells([one.missing for one in every], counts),
            "source": _cells([[one.source] * len(one.value) for one in every], counts),
            "definition": repeated([one.definition for one in every], "str"),
        },
        columns=COLUMNS,
    )
    return found.sort_values("place_code", kind="stable", ignore_index=True)


def _joined(values: Sequence[pd.Series | None], counts: Sequence[int]) -> np.ndarray:
    """Return the numbers of all figures as one column, NaN for a figure that has none."""
    return np.concatenate(
        [
            np.full(count, np.nan) if one is None else one.to_numpy("float64")
            for one, count in zip(values, counts, strict=True)
        ]
    )


def _cells(values: Sequence[Iterable[object] | None], counts: Sequence[int]) -> np.ndarray:
    """Return the tuples of all figures as one column, None for a figure that has none."""
    cells = np.empty(sum(counts), dtype=object)
    cells[:] = [
        cell
        for one, count in zip(values, counts, strict=True)
        for cell in ([None] * count if one is None else one)
    ]
    return cells
