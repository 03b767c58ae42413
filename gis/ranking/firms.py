"""亩均 evaluation of firms: points by ratio to a benchmark or by min-max; classes A to D.

Both schemes are settings of a bureau; nothing of them is law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from gis.errors import ChoiceError, LawError
from gis.law import Law

NAME: Final = "per_mu"
READINGS: Final = ("ratio", "min_max")
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Measure:
    """One measure of firms: its figure, the points it may bring, and whether less of it is better.

    `benchmark`: the value that brings all points, None for the mean of the field.
    """

    name: str
    zh: str
    en: str
    points: Fraction
    unit: str
    is_less_better: bool
    benchmark: Fraction | None


@dataclass(frozen=True)
class FirmScheme:
    """How firms are evaluated: by which measures, into which classes.

    `most_ratio`: the ratio to the benchmark above which no more points are given.
    `classes`: (letter, share of the firms from the best down to its last), the last one 1.
    """

    reading: str
    measures: tuple[Measure, ...]
    most_ratio: Fraction
    classes: tuple[tuple[str, Fraction], ...]
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class FirmPart:
    """The score of one measure of a firm: its value, benchmark or least and most, points."""

    measure: Measure
    value: Fraction | None
    low: Fraction | None
    high: Fraction | None
    score: Fraction | None
    missing: str = ""


@dataclass(frozen=True)
class FirmStanding:
    """A firm's total, rank among those with one, and class; None where a part is undetermined."""

    firm: str
    parts: tuple[FirmPart, ...]
    total: Fraction | None
    rank: int | None
    letter: str | None


def scheme_on(law: Law, on: date, reading: str | None = None) -> FirmScheme:
    """Return the evaluation of firms as it held on a day, read by ratio or min_max."""
    values = {
        part: law.value(f"ranking.firms.{part}", on)
        for part in ("measures", "reading", "most_ratio", "classes")
    }
    held: dict[str, Any] = {part: value.amount for part, value in values.items()}
    chosen = reading or held["reading"]
    if chosen not in READINGS:
        raise ChoiceError(
            f"没有读法 {chosen[:40]} there is no reading {chosen[:40]!r}",
            f"可用 choose one of: {', '.join(READINGS)}",
        )
    classes = tuple((letter, Fraction(share)) for letter, share in held["classes"])
    shares = [share for _, share in classes]
    if shares != sorted(shares) or shares[-1:] != [_ONE]:
        raise LawError(
            f"分级份额须递增至 1： the shares {', '.join(map(str, shares))} do not rise to 1",
            "改正 mend ranking.firms.classes",
        )
    return FirmScheme(
        chosen,
        tuple(_measure(dict(row)) for row in held["measures"]),
        held["most_ratio"],
        classes,
        tuple(value.key for value in values.values() if not value.verified),
    )


def _measure(row: dict[str, Any]) -> Measure:
    benchmark = row.get("benchmark", "")
    return Measure(
        row["name"], row["zh"], row["en"], Fraction(row["points"]), row["unit"],
        bool(row.get("is_less_better", False)), Fraction(benchmark) if benchmark else None,
    )  # fmt: skip


def evaluate(
    scheme: FirmScheme, values: Mapping[str, Mapping[str, Fraction | None]]
) -> list[FirmStanding]:
    """Return where each firm stands, the best first; `values`: firm -> measure -> its value.

    A firm one of whose measures is undetermined has no total, no rank and no class, and is listed.
    """
    firms = sorted(values)
    by_firm: dict[str, list[FirmPart]] = {firm: [] for firm in firms}
    for measure in scheme.measures:
        told = [values[firm].get(measure.name) for firm in firms]
        low, high = spread(scheme, measure, [one for one in told if one is not None])
        for firm, value in zip(firms, told, strict=True):
            by_firm[firm].append(part(scheme, measure, value, low, high))
    totals = {firm: _total(parts) for firm, parts in by_firm.items()}
    order = sorted((-total, firm) for firm, total in totals.items() if total is not None)
    ranks: dict[str, int] = {}
    for n, (total, firm) in enumerate(order):
        before = order[n - 1] if n else None
        ranks[firm] = ranks[before[1]] if before and before[0] == total else n + 1
    letters = {firm: letter_of(scheme, rank, len(order)) for firm, rank in ranks.items()}
    found = [
        FirmStanding(firm, tuple(parts), totals[firm], ranks.get(firm), letters.get(firm))
        for firm, parts in by_firm.items()
    ]
    return sorted(found, key=lambda one: (one.rank is None, one.rank or 0, one.firm))


def _total(parts: Sequence[FirmPart]) -> Fraction | None:
    scores = [part.score for part in parts]
    return None if None in scores else sum((one for one in scores if one is not None), _ZERO)


def spread(
    scheme: FirmScheme, measure: Measure, known: Sequence[Fraction]
) -> tuple[Fraction | None, Fraction | None]:
    """Return what values of a measure are held against: nothing and the benchmark, or the range."""
    if scheme.reading == "min_max":
        return (min(known), max(known)) if known else (None, None)
    if measure.benchmark is not None:
        return None, measure.benchmark
    return None, sum(known, _ZERO) / len(known) if known else None


def part(
    scheme: FirmScheme,
    measure: Measure,
    value: Fraction | None,
    low: Fraction | None,
    high: Fraction | None,
) -> FirmPart:
    """Return the score of a value against what `spread` says.

    ratio: points x value / benchmark, not above `most_ratio`, not below 0. min_max: points x
    (value - least) / (most - least); where all are alike undetermined.
    """
    if value is None or high is None:
        return FirmPart(measure, value, low, high, None, "figure")
    if scheme.reading == "min_max":
        assert low is not None
        if low == high:
            return FirmPart(measure, value, low, high, None, "all_alike")
        gained = high - value if measure.is_less_better else value - low
        return FirmPart(measure, value, low, high, measure.points * gained / (high - low))
    divisor, dividend = (value, high) if measure.is_less_better else (high, value)
    if high <= 0 or divisor <= 0:
        return FirmPart(measure, value, low, high, None, "benchmark_not_positive")
    ratio = min(max(dividend / divisor, _ZERO), scheme.most_ratio)
    return FirmPart(measure, value, low, high, measure.points * ratio)


def letter_of(scheme: FirmScheme, rank: int, n: int) -> str:
    """Return the class of a rank: of n firms the first share are A, and so on; level ones alike."""
    return next(letter for letter, share in scheme.classes if Fraction(rank, n) <= share)
