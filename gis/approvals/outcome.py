"""What the law makes of land that was approved and not supplied (批而未供), piece by piece.

The nine rows of the table, the first that fits (增存挂钩, 自然资规〔2018〕1号):

    1  too small or thin to supply                                        edge
    2  known to be built, unless the approval had lapsed before           used_unsupplied
    3  T <= approval day + lapse years                                    in_process
    4  compensation not carried out and nothing of it used by that day    lapsed
    5  the same, part of the approval used by that day                    to_supply
    6  supply impossible, ground still the old class                      to_withdraw
    7  supply impossible, ground changed                                  undetermined
    8  compensation done or not required, supply possible                 to_supply
    9  otherwise                                                          undetermined

A fact is missing only where it would decide: a piece is undetermined when the ways in which its
unknown facts may turn out lead to different outcomes, and exactly the facts that tell those ways
apart are named. A lapse is judged on the day the two years end, and is final.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import days
from gis.arrays import objects
from gis.frames import door

OUTCOMES = (
    "edge",
    "used_unsupplied",
    "in_process",
    "lapsed",
    "to_supply",
    "to_withdraw",
    "undetermined",
)
# The facts of rows 3 to 8, under the name `missing` gives each of them.
FACTS = ("approved_on", "compensation", "is_used", "is_supply_possible", "ground_class")
# Row 7 is undetermined with every fact known; this names it.
GROUND_CHANGED = "ground_changed"
# Row 2 holds where nobody knows when building began; this names what might tell otherwise.
BUILT_ON = "built_on"

_UNKNOWN = 2  # of a fact that is 0 = no, 1 = yes
_CARRIED_OUT = {"not_done": 0, "done": 1, "not_required": 1}
_EDGE, _USED, _IN_PROCESS, _LAPSED, _TO_SUPPLY, _TO_WITHDRAW, _UNDETERMINED = range(7)

Codes = npt.NDArray[np.int64]
Moment = np.datetime64 | days.Days


@dataclass(frozen=True)
class Settings:
    """The values of the law this table needs, and the articles it quotes.

    `lapse_reading`: the rule's "no land used *or* compensation not carried out". `and` is the
    table above (both must fail); with `or` an approval lapses when either does.
    """

    lapse_years: int
    articles: Mapping[str, str]  # outcome -> article
    lapse_reading: Literal["and", "or"] = "and"


@door(pieces="outcome.pieces", gives="outcome.findings")
def judge(pieces: pd.DataFrame, as_of: Moment, settings: Settings) -> pd.DataFrame:
    """Return one finding per piece, in the order and with the index of the input.

    `as_of`: the day asked about, one for all or one for each row. Taken, one row per unsupplied
    or edge piece:
      subject, area_m2, name, region_code, block_code, geom   carried over
      is_edge              flag
      is_built             flag, NA = not known to be built, which is the same to row 2
      approved_on          day
      compensation         done, not_done or not_required *by the lapse day*, None = unknown
      is_built_after       flag, optional: of built land, whether building began after the lapse
                           day; NA = unknown
      is_used              flag: any part of the approval was supplied or built on by the lapse day
      is_supply_possible   flag, NA = unknown
      is_class_unchanged   flag: the ground is still of the class before the approval
      has_location         flag, optional: False adds "location" to `missing`, it decides nothing

    Given: the columns of a finding (contracts.toml) with rule `unsupplied`. `since_on` is the
    approval day while in process, the day after the lapse day afterwards, and empty where the
    calendar plays no part (edge, used). `next_on` is the first later day on which the same facts
    give another outcome.
    """
    lapse_on = days.add_years(days.from_column(pieces["approved_on"]), settings.lapse_years)
    today = as_of.astype("datetime64[D]")
    facts = _facts(pieces, lapse_on, today)
    outcome, missing = _look_up(pieces, facts, settings)
    is_in_process = outcome == _IN_PROCESS
    # The day after the lapse day, nothing else having changed.
    after = facts.copy()
    after[is_in_process, 0] = 0
    following, _ = _look_up(pieces, after, settings)
    next_day = lapse_on + days.ONE_DAY
    next_on = np.where(is_in_process, next_day, days.UNKNOWN)
    since_on = np.where(np.isin(outcome, (_EDGE, _USED)), days.UNKNOWN, next_day)
    since_on = np.where(is_in_process, days.from_column(pieces["approved_on"]), since_on)
    words = np.array(OUTCOMES, dtype=object)
    if "has_location" in pieces:
        missing = _with_location(missing, pieces["has_location"])
    nothing = pd.Series(None, index=pieces.index, dtype=object)
    return pd.DataFrame(
        {
            "subject": pieces["subject"],
            "rule": "unsupplied",
            "outcome": words[outcome],
            "track": nothing,
            "evidence_grade": nothing,
            "start_state": nothing,
            "since_on": days.to_column(since_on, pieces.index),
            "next_on": days.to_column(next_on, pieces.index),
            "next_event": nothing.mask(pd.Series(is_in_process, pieces.index), words[following]),
            "area_m2": pieces["area_m2"],
            "fee_fen": pd.array([pd.NA] * len(pieces), dtype="Int64"),
            "fee_if_confirmed_fen": pd.array([pd.NA] * len(pieces), dtype="Int64"),
            "article": pd.Series(words[outcome], index=pieces.index).map(settings.articles),
            "missing": pd.Series(missing, index=pieces.index, dtype=object),
            "region_code": pieces["region_code"],
            "block_code": pieces["block_code"],
            "name": pieces["name"],
            "geom": pieces["geom"],
        },
        index=pieces.index,
    )


def _facts(pieces: pd.DataFrame, lapse_on: days.Days, today: Moment) -> Codes:
    """Return (rows, facts) of 0 no, 1 yes, 2 unknown, in the order of FACTS."""
    in_time: Codes = (today <= lapse_on).astype(np.int64)
    in_time[np.isnat(lapse_on)] = _UNKNOWN
    carried = pieces["compensation"].map(_CARRIED_OUT).fillna(_UNKNOWN)
    return np.column_stack(
        [
            in_time,
            np.asarray(carried, dtype=np.int64),
            _ternary(pieces["is_used"]),
            _ternary(pieces["is_supply_possible"]),
            _ternary(pieces["is_class_unchanged"]),
        ]
    )


def _ternary(flags: pd.Series) -> Codes:
    numbers = flags.astype("boolean").astype("Int64").fillna(_UNKNOWN)
    return np.asarray(numbers, dtype=np.int64)


def lapsed(approvals: pd.DataFrame, as_of: Moment, settings: Settings) -> pd.Series:
    """Return of each approval whether it has lapsed by a day: flag, NA = unknown.

    Taken: approved_on, compensation and is_used, as `judge` takes them.

    Approved on 2018-01-01, so the last day of the two years is 2020-01-01. Nothing of the first was
    used and its compensation not carried out; of the second nobody knows whether it was used.

    >>> approvals = pd.DataFrame(
    ...     {
    ...         "approved_on": pd.to_datetime(["2018-01-01", "2018-01-01"]),
    ...         "compensation": ["not_done", "not_done"],
    ...         "is_used": pd.array([False, None], dtype="boolean"),
    ...     }
    ... )
    >>> lapsed(approvals, np.datetime64("2020-01-02"), Settings(2, {})).tolist()
    [True, <NA>]
    >>> lapsed(approvals, np.datetime64("2020-01-01"), Settings(2, {})).tolist()
    [False, False]
    """
    lapse_on = days.add_years(days.from_column(approvals["approved_on"]), settings.lapse_years)
    is_over = pd.Series(as_of.astype("datetime64[D]") > lapse_on, approvals.index, dtype="boolean")
    is_over = is_over.mask(np.isnat(lapse_on))
    is_carried = approvals["compensation"].map(_CARRIED_OUT).astype("boolean")
    is_used = approvals["is_used"].astype("boolean")
    failed = ~is_carried | ~is_used if settings.lapse_reading == "or" else ~is_carried & ~is_used
    return is_over & failed


def _row(way: tuple[int, ...], is_either: bool) -> int:
    """Return the outcome of rows 3 to 8 with every fact known: one way they may turn out."""
    in_time, carried, used, possible, unchanged = way
    if in_time:
        return _IN_PROCESS
    if is_either and not (carried and used):
        return _LAPSED
    if not carried:
        return _TO_SUPPLY if used else _LAPSED
    if not possible:
        return _TO_WITHDRAW if unchanged else _UNDETERMINED
    return _TO_SUPPLY


def _row_built(way: tuple[int, ...], is_either: bool) -> int:
    """Return the same for land on which building began after the lapse day: rows 2 and 4."""
    return _LAPSED if _row(way, is_either) == _LAPSED else _USED


@cache
def _table(
    row: Callable[[tuple[int, ...], bool], int], is_either: bool
) -> tuple[Codes, npt.NDArray[np.object_]]:
    """Return outcome and missing facts for each of the 3^5 states of knowledge."""
    outcomes, named = [], []
    for state in product((0, 1, _UNKNOWN), repeat=len(FACTS)):
        ways = {
            way: row(way, is_either)
            for way in product(*((0, 1) if fact == _UNKNOWN else (fact,) for fact in state))
        }
        found = set(ways.values())
        outcomes.append(found.pop() if len(found) == 1 else _UNDETERMINED)
        telling = [
            name
            for place, name in enumerate(FACTS)
            if state[place] == _UNKNOWN
            and any(
                outcome != ways[(*way[:place], 1, *way[place + 1 :])]
                for way, outcome in ways.items()
            )
        ]
        if set(ways.values()) == {_UNDETERMINED}:
            telling = [GROUND_CHANGED]
        named.append(tuple(telling) if outcomes[-1] == _UNDETERMINED else None)
    return np.array(outcomes, dtype=np.int64), objects(named)


def _look_up(
    pieces: pd.DataFrame, facts: Codes, settings: Settings
) -> tuple[Codes, npt.NDArray[np.object_]]:
    is_either = settings.lapse_reading == "or"
    state = facts @ (3 ** np.arange(len(FACTS))[::-1])
    outcome, missing = _said(_table(_row, is_either), state)
    if_after, missing_after = _said(_table(_row_built, is_either), state)
    is_built = pieces["is_built"].astype("boolean").fillna(False).to_numpy(bool)
    is_edge = pieces["is_edge"].to_numpy(bool)
    nothing = pd.Series(False, index=pieces.index)
    after = _ternary(pieces.get("is_built_after", nothing))
    is_after = is_built & (after == 1)
    outcome = np.where(is_after, if_after, np.where(is_built, _USED, outcome))
    is_open = is_built & (after == _UNKNOWN) & (if_after != _USED)
    missing = np.where(is_after, missing_after, missing)
    missing[is_built & ~is_after] = None
    missing[is_open] = objects([(BUILT_ON,)])
    outcome[is_edge] = _EDGE
    missing[is_edge] = None
    return outcome, missing


def _said(
    table: tuple[Codes, npt.NDArray[np.object_]], state: Codes
) -> tuple[Codes, npt.NDArray[np.object_]]:
    outcomes, named = table
    return outcomes[state], named[state]


def _with_location(
    missing: npt.NDArray[np.object_], has_location: pd.Series
) -> npt.NDArray[np.object_]:
    """Return `missing` with "location" where an area without geometry lies in the approval."""
    known = has_location.astype("boolean").fillna(True).to_numpy(bool)
    lost = objects([(*(codes or ()), "location") for codes in missing])
    return np.where(known, missing, lost)
