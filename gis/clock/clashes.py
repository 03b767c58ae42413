"""What a finding carries besides its outcome: a decision, a cause or a duty that does not fit."""

from __future__ import annotations

import numpy as np

from gis.clock.due import BASES, Due
from gis.clock.known import ClockFacts, Codes, Counts, Flags
from gis.clock.marks import Marks
from gis.clock.rows import OUTCOMES, ROW, TableRow, is_among
from gis.clock.settings import Settings
from gis.days import ONE_DAY, add_years

CLASHES_TOLD = ("decision_clash", "cause_clash", "found_before_start", "duty_before_signing")
"""In the order a finding names them."""
_BIT = {name: np.int8(1 << bit) for bit, name in enumerate(CLASHES_TOLD)}


def clashes_told(
    known: ClockFacts, due: Due, marks: Marks, now: TableRow, settings: Settings
) -> Codes:
    """Return one bit per entry of CLASHES_TOLD.

    A 认定书 binds until it is revoked: on a row that is not idle it contradicts the facts, and so
    does one served before the year it rests on was full. Where building started after that year
    (the wanted result) it is shown until a fee, a disposal or a revocation is on file.
    """
    bits = np.zeros(len(now.row), dtype=np.int8)
    # Few subjects have a 认定书: only they are looked at.
    found = np.flatnonzero(~np.isnat(known.found_on))
    bits[found] = _of_found(found, known, marks, now, settings)
    bits[is_duty_before_signing(known, due, now)] |= _BIT["duty_before_signing"]
    return bits


def _of_found(
    found: Counts, known: ClockFacts, marks: Marks, now: TableRow, settings: Settings
) -> Codes:
    """Return the bits a 认定书 gives, of the subjects at `found`, which have one."""
    row = now.row[found]
    is_open = ~known.is_found_disposed[found]
    is_printed = now.outcome[found] == OUTCOMES.index("found_idle")
    judged = is_among(row, ("3", "4a", "4b", "4c", "4d", "5", "6", "7", "7b", "8", "9", "10", "11"))
    # Works that went on after the finding may have stopped anew since.
    is_wanted = _is_wanted_result(found, known, marks, settings) & is_open & ~is_printed
    is_wanted &= (row == ROW["3"]) | (
        is_among(row, ("4a", "4b", "4c", "4d")) & (known.found_on[found] < known.stopped_on[found])
    )
    is_clash = (judged & is_open & ~is_printed & ~is_wanted) | (is_printed & (row == ROW["4c"]))
    bits = np.zeros(len(found), dtype=np.int8)
    bits[is_clash] |= _BIT["decision_clash"]
    # The track is a person's where the 认定书 names another cause than that of the facts.
    bits[now.track[found] != now.facts_track[found]] |= _BIT["cause_clash"]
    bits[is_wanted] |= _BIT["found_before_start"]
    return bits


def is_duty_before_signing(known: ClockFacts, due: Due, now: TableRow) -> Flags:
    """Return where the contract's start day, which the row rests on, lies before its signing."""
    of_contract = due.basis == BASES.index("contract")
    rests = is_among(now.row, ("5", "5b", "6", "7", "7b", "8", "9", "10", "11"))
    flags: Flags = of_contract & rests & (known.start_agreed_on < known.signed_on)
    return flags


def _is_wanted_result(found: Counts, known: ClockFacts, marks: Marks, settings: Settings) -> Flags:
    """Return where the works began, or went on, after the year the 认定书 rests on."""
    found_on, idle_from_on = known.found_on[found], marks.idle_from_on[found]
    began = (found_on >= idle_from_on) & (known.started_on[found] >= idle_from_on)
    anniversary_on = add_years(known.former_stopped_on[found], settings.stop_years)
    year_on = anniversary_on + (1 - settings.boundary_days) * ONE_DAY
    flags: Flags = began | ((found_on >= year_on) & (known.resumed_on[found] >= year_on))
    return flags
