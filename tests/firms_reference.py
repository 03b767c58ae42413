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
