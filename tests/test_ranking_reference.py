"""Rankings drawn by chance against a slow, obvious reference; every move is tried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gis import law
from gis.ranking import Indicator, Move, Ranking, Scheme, moves, rank, scheme_on
from gis.ranking.entered import Entered, Entries
from tests.conftest import rest_long

YEAR = 2025
WHOLE = scheme_on(law.load(), "chifeng_2020", date(YEAR, 12, 31))
# Few values of little range: many are level, some are below zero.
RANGE = 6
TINY = Fraction(1, 10**9)
SEEDS = rest_long(range(150), range(20))
Drawn = dict[tuple[str, str], Fraction | None]


def drawn(seed: int) -> tuple[Scheme, list[str], Drawn]:
    """Some ranked, one entered and one counted indicator, and a value of each park, or none."""
    draw = np.random.default_rng(seed)
    ranked = [
        Indicator(f"x{n}", "", "", "", Fraction(int(draw.integers(1, 11))), "ranked", "", f"x{n}")
        for n in range(int(draw.integers(1, 4)))
    ]
    others = [
        Indicator("office", "办", "office", "", Fraction(5), "entered", "分"),
        Indicator("things", "家", "things", "", Fraction(3), "counted", "家", each=Fraction(1, 2)),
    ]
    parks = [f"P{n}" for n in range(int(draw.integers(1, 8)))]
    values: Drawn = {}
    for park in parks:
        for one in ranked:
            is_known = draw.random() > 0.1
            values[park, one.name] = (
                Fraction(int(draw.integers(-2, RANGE)), 2) if is_known else None
            )
        values[park, "office"] = Fraction(int(draw.integers(0, 6)))
        values[park, "things"] = Fraction(int(draw.integers(0, 9)))
    reading = ("R1", "R3")[seed % 2]
    return replace(WHOLE, indicators=(*ranked, *others), reading=reading), parks, values


def ranked(scheme: Scheme, parks: list[str], values: Drawn) -> Ranking:
    figures = {(park, name, YEAR): value for (park, name), value in values.items()}
    told = {
        (park, name, YEAR): Entered(values[park, name], ())
        for park in parks
        for name in ("office", "things")
    }
    return rank(scheme, parks, figures, YEAR, Entries(told, ()))


def reference(scheme: Scheme, parks: list[str], values: Drawn) -> dict[str, dict[str, Any]]:
    """Count whoever is better, one by one, as a clerk would on paper."""
    known: dict[str, Fraction] = {}
    most: dict[str, Fraction] = {}
    for park in parks:
        total, open_points = Fraction(0), Fraction(0)
        for one in scheme.indicators:
            own = values[park, one.name]
            if one.name == "office":
                total += own or 0
                continue
            if one.name == "things":
                total += min(Fraction(own or 0) / 2, Fraction(3))
                continue
            field = [x for x in (values[other, one.name] for other in parks) if x is not None]
            k = 1 + len([x for x in field if own is not None and x > own])
            if own is None:
                score = None
            elif scheme.reading == "R1":
                score = (
                    None if len(field) == 1 else one.points * (len(field) - k) / (len(field) - 1)
                )
            else:
                score = None if max(field) <= 0 else one.points * max(0, own) / max(field)
            if score is None:
                open_points += one.points
            else:
                total += score
        known[park], most[park] = total, total + open_points
    told = {}
    for park in parks:
        others = [other for other in parks if other != park]
        told[park] = {
            "known": known[park],
            "most": most[park],
            "place": 1 + len([other for other in others if known[other] > known[park]]),
            # The luckiest and the unluckiest end of what nobody knows.
            "best": 1 + len([other for other in others if known[other] > most[park]]),
            "worst": 1 + len([other for other in others if most[other] > known[park]]),
        }
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ranking_is_the_one_a_clerk_would_count(seed: int) -> None:
    scheme, parks, values = drawn(seed)
    expected = reference(scheme, parks, values)
    found = ranked(scheme, parks, values)
    for park in parks:
        one = found.of(park)
        assert {name: getattr(one, name) for name in expected[park]} == expected[park]


def place_at(
    scheme: Scheme, parks: list[str], values: Drawn, move: Move, value: Fraction
) -> int | None:
    """The place of a park whose value is another; None where its score would be undetermined."""
    told = reference(scheme, parks, values | {(move.park, move.indicator.name): value})
    return None if told[move.park]["known"] != told[move.park]["most"] else told[move.park]["place"]


def is_better(move: Move, place: int, before: int) -> bool:
    return place < before if move.direction == "up" else place > before


@pytest.mark.parametrize("seed", SEEDS)
def test_a_move_is_the_smallest_that_changes_the_place(seed: int) -> None:
    scheme, parks, values = drawn(seed + 1000)
    # Whole rankings: where something is undetermined the place is one by what is known.
    values = {key: Fraction(1) if value is None else value for key, value in values.items()}
    found = ranked(scheme, parks, values)
    before = {one.park: one.place or 0 for one in found.standings}
    if not all(one.is_whole for one in found.standings):
        return
    draw = np.random.default_rng(seed)
    for park in parks:
        for move in moves(found, park):
            step = Fraction(1) if move.indicator.found == "counted" else TINY
            way = step if move.direction == "up" else -step
            end = move.to
            if end is None:
                # As far as the value can go in this way, short of what changes what a score is.
                end = {"ranked": Fraction(100), "entered": Fraction(5), "counted": Fraction(20)}[
                    move.indicator.found
                ]
                end = end if move.direction == "up" else Fraction(0)
                if scheme.reading == "R1" and move.indicator.found == "ranked":
                    end = end if move.direction == "up" else Fraction(-100)
            else:
                arrived = end if move.is_level else end + way
                after = place_at(scheme, parks, values, move, arrived)
                assert after is None or is_better(move, after, before[park]), (move, after)
            # Nothing between the value and there tells: level values, the middle, and by chance.
            between = [
                move.value + (end - move.value) * Fraction(int(draw.integers(0, 1000)), 1000)
                for _ in range(8)
            ]
            near = [end - way] if move.is_level else [end]
            of_others = [values[other, move.indicator.name] or Fraction(0) for other in parks]
            low, high = sorted((move.value, end))
            for value in (*between, *near, *of_others, *(one + way for one in of_others)):
                if not low <= value <= high or (value == move.to and move.is_level):
                    continue
                if move.indicator.found == "counted" and value.denominator != 1:
                    continue
                after = place_at(scheme, parks, values, move, value)
                assert after is None or not is_better(move, after, before[park]), (move, value)
