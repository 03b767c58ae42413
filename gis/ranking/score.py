"""The ranking of a year: every score with what it was made of, totals, ranks, prizes.

A park with a veto is out of the field: it counts in no rank and in no n. A score nobody can know
is none, never zero: a total is then known from below (`known`) and above (`most`), and its rank is
what these leave open (`best` to `worst`), the scores of the others as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gis.ranking.entered import NOTHING, Entered, Entries
from gis.ranking.figures import Figures, Input, measured
from gis.ranking.readings import BY_NAME, Place
from gis.ranking.scheme import Indicator, Scheme

_ZERO = Fraction(0)


@dataclass(frozen=True)
class Part:
    """The score of one indicator of one park, and everything it was made of.

    `rank`, `n` and `leader` of ranked ones alone; `documents` of entered ones; `missing`: why
    there is no value or no score.
    """

    park: str
    indicator: Indicator
    value: Fraction | None
    score: Fraction | None
    rank: int | None = None
    n: int | None = None
    leader: Fraction | None = None
    inputs: tuple[Input, ...] = ()
    documents: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Where a park stands: points known and at most, ranks that leave open, prize in 万元.

    `place` is the rank by the known points alone. A park with `vetoes` has no place.
    """

    park: str
    known: Fraction
    most: Fraction
    bonus: Fraction
    titles: tuple[str, ...]
    vetoes: tuple[str, ...]
    place: int | None
    best: int | None
    worst: int | None
    prize_wan: int
    special_prizes: int

    @property
    def rank(self) -> int | None:
        """Return the rank where it is certain."""
        return self.best if self.best == self.worst else None

    @property
    def is_whole(self) -> bool:
        """Return whether every score of the park is known."""
        return self.known == self.most


@dataclass(frozen=True)
class Ranking:
    """A year's ranking by a scheme: parts park by park, standings the best first.

    `unknown`: papers (park, what it names, document) that name nothing of the scheme.
    """

    scheme: Scheme
    year: int
    parts: tuple[Part, ...]
    standings: tuple[Standing, ...]
    unknown: tuple[tuple[str, str, str], ...]

    @property
    def field(self) -> tuple[Standing, ...]:
        """Return the parks that are ranked: those without a veto."""
        return tuple(one for one in self.standings if not one.vetoes)

    def of(self, park: str) -> Standing:
        """Return where a park stands."""
        return next(one for one in self.standings if one.park == park)

    def parts_of(self, park: str) -> tuple[Part, ...]:
        """Return the scores of a park, in the order of the scheme."""
        return tuple(one for one in self.parts if one.park == park)


def rank(
    scheme: Scheme, parks: Sequence[str], figures: Figures, year: int, entries: Entries = NOTHING
) -> Ranking:
    """Return the ranking of parks for a year.

    figures: (park, figure, year) -> its value; amounts that were entered are figures too.
    """
    held = {**figures, **_amounts(scheme, entries)}
    vetoes = {park: _named(scheme, entries, "veto", park, year) for park in parks}
    field = [park for park in parks if not vetoes[park]]
    parts = [
        part
        for indicator in scheme.indicators
        for part in (
            _ranked(scheme, indicator, parks, {*field}, held, year)
            if indicator.found == "ranked"
            else [_entered(indicator, entries, park, year) for park in parks]
        )
    ]
    of_park: dict[str, list[Part]] = {park: [] for park in parks}
    for part in parts:
        of_park[part.park].append(part)
    raw = [_raw(scheme, park, of_park[park], vetoes[park], entries, year) for park in parks]
    return Ranking(
        scheme=scheme,
        year=year,
        parts=tuple(part for park in parks for part in of_park[park]),
        standings=tuple(_stood(scheme, raw)),
        unknown=entries.unknown,
    )


def _amounts(scheme: Scheme, entries: Entries) -> dict[tuple[str, str, int], Fraction | None]:
    amounts = {one.name for one in scheme.entries if one.kind == "amount"}
    return {key: told.value for key, told in entries.by_name.items() if key[1] in amounts}


def _named(scheme: Scheme, entries: Entries, kind: str, park: str, year: int) -> tuple[str, ...]:
    """Return what of a kind was entered for a park and holds; where papers differ, it does."""
    told = {
        one.name: entries.by_name.get((park, one.name, year), Entered(_ZERO, ()))
        for one in scheme.entries
        if one.kind == kind
    }
    return tuple(name for name, one in told.items() if one.missing or one.value)


def _ranked(
    scheme: Scheme,
    indicator: Indicator,
    parks: Sequence[str],
    field: set[str],
    figures: Figures,
    year: int,
) -> list[Part]:
    found = {park: measured(indicator, figures, park, year) for park in parks}
    own = [park for park in parks if park in field]
    placed = BY_NAME[scheme.reading]([found[park].value for park in own], indicator.points)
    places = dict(zip(own, placed, strict=True))
    parts = []
    for park, one in found.items():
        place = places.get(park, Place(None, len(own), None, None, "removed"))
        missing = (*one.missing, *((place.missing,) if place.missing else ()))
        parts.append(
            Part(
                park,
                indicator,
                one.value,
                place.score,
                place.rank,
                place.n,
                place.leader,
                one.inputs,
                (),
                missing,
            )
        )
    return parts


def _entered(indicator: Indicator, entries: Entries, park: str, year: int) -> Part:
    told = entries.by_name.get((park, indicator.name, year))
    if told is None or told.value is None:
        why = "not_entered" if told is None else told.missing
        documents = () if told is None else told.documents
        return Part(park, indicator, None, None, documents=documents, missing=(why,))
    value, documents = told.value, told.documents
    if value < 0 or (indicator.found == "entered" and value > indicator.points):
        return Part(park, indicator, value, None, documents=documents, missing=("out_of_range",))
    score = min(value * indicator.each, indicator.points) if indicator.each else value
    return Part(park, indicator, value, score, documents=documents)


def _raw(
    scheme: Scheme, park: str, parts: Iterable[Part], vetoes: tuple[str, ...], entries: Entries,
    year: int,
) -> Standing:  # fmt: skip
    own = [*parts]
    titles = _named(scheme, entries, "bonus", park, year)
    bonus = max((one.points for one in scheme.entries if one.name in titles), default=_ZERO)
    known = sum((one.score for one in own if one.score is not None), bonus)
    open_points = sum((one.indicator.points for one in own if one.score is None), _ZERO)
    prizes = _named(scheme, entries, "prize", park, year)
    return Standing(
        park, known, known + open_points, bonus, titles, vetoes, None, None, None, 0, len(prizes)
    )


def _stood(scheme: Scheme, raw: Sequence[Standing]) -> list[Standing]:
    field = [one for one in raw if not one.vetoes]
    stood = [
        _placed(
            scheme,
            one,
            place=1 + sum(other.known > one.known for other in field),
            best=1 + sum(other.known > one.most for other in field if other is not one),
            worst=1 + sum(other.most > one.known for other in field if other is not one),
            is_contest=len(field) > 1,
        )
        for one in field
    ]
    stood.sort(key=lambda one: (one.place, one.park))
    return [*stood, *sorted((one for one in raw if one.vetoes), key=lambda one: one.park)]


def _placed(
    scheme: Scheme, one: Standing, *, place: int, best: int, worst: int, is_contest: bool
) -> Standing:
    """Return a standing with its place; who is alone in the field has won nothing by it."""
    special = one.special_prizes * scheme.special_prize_wan
    is_won = is_contest and best == worst and best <= len(scheme.prizes_wan)
    prize = (scheme.prizes_wan[best - 1] if is_won else 0) + special
    return Standing(
        one.park, one.known, one.most, one.bonus, one.titles, one.vetoes, place, best, worst,
        prize, one.special_prizes,
    )  # fmt: skip
