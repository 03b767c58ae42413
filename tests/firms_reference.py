"""Firms on their land and their yearly totals once more: plain, slow, in fractions."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
WHOLE = 1_000_000_000


def shares(firms: list[Row], land: list[Row]) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """Return (firm, piece) -> share of the piece, share of the firm."""
    held: dict[str, list[Row]] = {}
    for firm in firms:
        held[firm["enterprise_code"]] = [
            piece
            for piece in land
            if piece["parcel_code"] in firm["parcel_codes"]
            or (piece["supply_no"] is not None and piece["supply_no"] in firm["supply_nos"])
        ]
    on: dict[str, list[Row]] = defaultdict(list)
    for firm in firms:
        for piece in held[firm["enterprise_code"]]:
            on[piece["land_key"]].append(firm)
    of_parcel: dict[tuple[str, str], Fraction] = {}
    for piece in land:
        there = on[piece["land_key"]]
        weights = [_spread(firm, piece, held[firm["enterprise_code"]]) for firm in there]
        if any(weight is None for weight in weights) or len(there) == 1:
            weights = [Fraction(1)] * len(there)
        for firm, weight in zip(there, weights, strict=True):
            of_parcel[firm["enterprise_code"], piece["land_key"]] = weight / sum(weights)  # type: ignore[arg-type, operator]
    found = {}
    for code, pieces in held.items():
        parts = {
            piece["land_key"]: Fraction(piece["area_m2"]) * of_parcel[code, piece["land_key"]]
            for piece in pieces
        }
        for key, part in parts.items():
            found[code, key] = (of_parcel[code, key], part / sum(parts.values()))
    return found


def _spread(firm: Row, piece: Row, held: list[Row]) -> Fraction | None:
    said = firm["land_area_m2"]
    if said is None or said != said:
        return None
    whole = sum(Fraction(one["area_m2"]) for one in held)
    return Fraction(said) * Fraction(piece["area_m2"]) / whole


def divided(amount: int, of_firm: list[int]) -> list[int]:
    """Return an amount in whole parts: cut down, then one more to the largest remainders."""
    exact = [Fraction(amount) * share / WHOLE for share in of_firm]
    parts = [part.__floor__() for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_loss[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def totals(
    firms: list[Row], years: list[Row], places: dict[str, list[tuple[str | None, int]]], column: str
) -> dict[tuple[str, int], tuple[int, set[str]]]:
    """Return (place, year) -> the sum of what was told, and the firms due that told nothing.

    places  firm -> (place, share of WHOLE) of its land, in the order of places
    """
    told = {(row["enterprise_code"], row["year"]): row for row in years}
    every = sorted({row["year"] for row in years})
    sums: dict[tuple[str, int], int] = defaultdict(int)
    silent: dict[tuple[str, int], set[str]] = defaultdict(set)
    for firm in firms:
        code = firm["enterprise_code"]
        own = places.get(code) or [(firm["block_code"], WHOLE)]
        for year in every:
            row = told.get((code, year))
            is_due = not firm["is_closed"] and firm["registered_on"].year <= year
            if row is None and not is_due:
                continue
            value = row and row[column]
            parts = [0] * len(own) if value is None else divided(value, [part for _, part in own])
            for (place, _), part in zip(own, parts, strict=True):
                if place is None:
                    continue
                sums[place, year] += part
                if value is None:
                    silent[place, year].add(code)
    return {label: (total, silent[label]) for label, total in sums.items()}
