"""A piece of land by docs/law.md (What must become of a piece, Parks): outcome, accounts, state."""

from __future__ import annotations

from itertools import product

LAPSE_YEARS = 2


def outcome_of(
    is_edge: bool,
    is_built: bool,
    in_time: bool,
    carried: bool | None,
    is_used: bool | None,
    possible: bool | None,
    unchanged: bool | None,
    is_built_after: bool | None = False,
) -> str:
    """Return the first row that fits; undetermined where unknown facts lead apart.

    `is_built_after`: building began after the end of the two years; unknown, row 2 holds.
    """
    if is_edge:
        return "edge"
    if is_built and not is_built_after:
        return "used_unsupplied"
    ways = {
        _rows_three_to_nine(in_time, one, used, two, three)
        for one, used, two, three in product(
            _ways(carried), _ways(is_used), _ways(possible), _ways(unchanged)
        )
    }
    if is_built:
        ways = {way if way == "lapsed" else "used_unsupplied" for way in ways}
    return ways.pop() if len(ways) == 1 else "undetermined"


def _rows_three_to_nine(
    in_time: bool, carried: bool, is_used: bool, possible: bool, unchanged: bool
) -> str:
    if in_time:
        return "in_process"
    if not carried and not is_used:
        return "lapsed"
    if not carried:
        return "to_supply"
    if not possible and unchanged:
        return "to_withdraw"
    if not possible:
        return "undetermined"
    return "to_supply"


def _ways(fact: bool | None) -> tuple[bool, ...]:
    return (True, False) if fact is None else (fact,)


def account_build(supplied: str, development: str, readiness: str) -> str:
    """Return the account of development as docs/law.md (Parks) words it."""
    if development == "built":
        return "A"
    if readiness == "unbuildable":
        return "C"
    if development == "unknown":
        return "unknown_development"
    if supplied != "no" or development == "building" or readiness == "ready":
        return "B21"
    if readiness == "not_ready":
        return "B22"
    return "unknown_development"


def account_supply(supplied: str, development: str, readiness: str) -> str:
    """Return the account of supply as docs/law.md (Parks) words it."""
    if supplied != "no":
        return {"allocated": "D1", "paid": "D2"}[supplied]
    if readiness == "unbuildable" and development != "built":
        return "F"
    if development in {"built", "building"} or readiness in {"ready", "not_ready"}:
        return "E"
    return "unknown_supply"


def state(approved: str, supplied: str, development: str, readiness: str) -> str:
    """Return the state shown as docs/law.md (Parks) words it."""
    if supplied != "no":
        by_development = {"none": "supplied_not_started", "unknown": "supplied_start_unknown"}
        return by_development.get(development, development)
    if development in {"built", "building"}:
        return "built_without_supply"
    if readiness == "unbuildable":
        return "not_buildable"
    if approved == "yes":
        return "approved_not_supplied"
    return "unknown" if development == "unknown" else "not_approved"
