"""Slow references of the overlay: the answer cell by cell, on a grid of whole-metre squares.

Straight from the sentences of the rule book and nothing shared with the program: a cell asks
every shape, in order, whether its middle lies inside.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

CELL_M = 10
Box = tuple[int, int, int, int]  # in cells: west, south, east, north


def inside(box: Box, x: int, y: int) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def cells(box: Box) -> list[tuple[int, int]]:
    return [(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])]


def approval_words(
    approvals: list[dict[str, Any]],
    supplies: list[dict[str, Any]],
    withdrawals: list[dict[str, Any]],
) -> tuple[Counter[tuple[str, str, str | None]], Counter[str]]:
    """Return cells by (approval, word, supply), and the counted cells by word.

    What is left is called "rest": how it is graded depends on its shape, not on its cells.
    """
    found: Counter[tuple[str, str, str | None]] = Counter()
    counted: Counter[str] = Counter()
    for approval in approvals:
        for x, y in cells(approval["box"]):
            word, supply = _word(approval, approvals, supplies, withdrawals, x, y)
            found[approval["approval"], word, supply] += 1
            newer = [
                other
                for other in approvals
                if _is_newer(other, approval) and inside(other["box"], x, y)
            ]
            counted[word] += not newer
    return found, counted


def _is_newer(other: dict[str, Any], approval: dict[str, Any]) -> bool:
    if approval["approval"] in other["replaces"]:
        return True
    if other["approval"] in approval["replaces"]:
        return False
    return (other["approved_on"], other["approval"]) > (
        approval["approved_on"],
        approval["approval"],
    )


def _word(
    approval: dict[str, Any],
    approvals: list[dict[str, Any]],
    supplies: list[dict[str, Any]],
    withdrawals: list[dict[str, Any]],
    x: int,
    y: int,
) -> tuple[str, str | None]:
    for supply in sorted(supplies, key=lambda one: (one["signed_on"], one["key"])):
        if inside(supply["box"], x, y):
            return "supplied", supply["key"]
    for document in withdrawals:
        if document["approval_no"] == approval["approval"] and inside(document["box"], x, y):
            return "withdrawn", None
    for other in approvals:
        if approval["approval"] in other["replaces"] and inside(other["box"], x, y):
            return "exempt", None
    return "rest", None


def park_codes(
    park: Box,
    blocks: list[dict[str, Any]],
    approvals: list[Box],
    supplies: list[dict[str, Any]],
    surveyed: list[dict[str, Any]],
    readiness: list[dict[str, Any]],
) -> Counter[tuple[str | None, str, str, str, str]]:
    """Return the cells of a park by (block, approved, supplied, development, readiness)."""
    found: Counter[tuple[str | None, str, str, str, str]] = Counter()
    for x, y in cells(park):
        here = sorted(one["block_code"] for one in blocks if inside(one["box"], x, y))
        supply = [
            one
            for one in sorted(supplies, key=lambda one: (one["signed_on"], one["key"]))
            if inside(one["box"], x, y)
        ]
        survey = [one["is_built"] for one in surveyed if inside(one["box"], x, y)]
        ready = [one["readiness"] for one in readiness if inside(one["box"], x, y)]
        # The caller lays the newest survey first.
        if survey and survey[0]:
            development = "built"
        elif supply:
            development = supply[0]["development"]
        else:
            development = "none" if survey else "unknown"
        found[
            here[0] if here else None,
            "yes" if any(inside(box, x, y) for box in approvals) else "no",
            supply[0]["supplied"] if supply else "no",
            development,
            next((one for one in ("unbuildable", "ready", "not_ready") if one in ready), "unknown"),
        ] += 1
    return found


def account_build(supplied: str, development: str, readiness: str) -> str:
    if development == "built":
        return "A"
    if readiness == "unbuildable":
        return "C"
    if development == "unknown":
        return "unknown_development"
    if supplied != "no" or development == "building" or readiness == "ready":
        return "B21"
    return "B22" if readiness == "not_ready" else "unknown_development"


def account_supply(supplied: str, development: str, readiness: str) -> str:
    if supplied != "no":
        return "D1" if supplied == "allocated" else "D2"
    if readiness == "unbuildable" and development != "built":
        return "F"
    if development in ("built", "building") or readiness in ("ready", "not_ready"):
        return "E"
    # Built land on unbuildable ground is neither F nor unknown: it is built, so E.
    return "unknown_supply"


def state(approved: str, supplied: str, development: str, readiness: str) -> str:
    if supplied != "no":
        return {
            "built": "built",
            "building": "building",
            "none": "supplied_not_started",
            "unknown": "supplied_start_unknown",
        }[development]
    if development in ("built", "building"):
        return "built_without_supply"
    if readiness == "unbuildable":
        return "not_buildable"
    if approved == "yes":
        return "approved_not_supplied"
    return "unknown" if development == "unknown" else "not_approved"
