"""How shapes are read: the limits of `shapes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Curves:
    """How finely an arc is drawn as chords: their distance from it, and how many at most."""

    tolerance_m: float
    most_chords: int


@cache
def curves() -> Curves:
    """Return how finely arcs are drawn."""
    found = _content()["curves"]
    return Curves(float(found["tolerance_m"]), int(found["most_chords"]))


@dataclass(frozen=True)
class Gate:
    """How much of a delivery is looked at before it is taken in, and how far it may be off."""

    sample_rows: int
    stretch_rows: int
    looked_around: int
    reach_degrees: float
    shift_m: float
    shift_rows: int


@cache
def gate() -> Gate:
    """Return how a delivery is looked at before it is taken in."""
    found = _content()["gate"]
    return Gate(
        sample_rows=int(found["sample_rows"]),
        stretch_rows=int(found["stretch_rows"]),
        shift_rows=int(found["shift_rows"]),
        looked_around=int(found["looked_around"]),
        reach_degrees=float(found["reach_degrees"]),
        shift_m=float(found["shift_m"]),
    )


@cache
def _content() -> dict[str, dict[str, float]]:
    with Path(__file__).with_name("shapes.toml").open("rb") as stream:
        return tomllib.load(stream)
