"""What a finding carries besides its outcome: a decision, a cause or a duty that does not fit."""

from __future__ import annotations

import numpy as np

from gis.clock.due import BASES, Due
from gis.clock.known import Codes, Flags, Known
from gis.clock.marks import Marks
from gis.clock.rows import OUTCOMES, ROW, Standing, is_among
from gis.clock.settings import Settings
from gis.days import ONE_DAY, add_years

CLASHES_TOLD = ("decision_clash", "cause_clash", "found_before_start", "duty_before_signing")
"""In the order a finding names them."""
_BIT = {name: np.int8(1 << bit) for bit, name in enumerate(CLASHES_TOLD)}


def clashes_told(known: Known, due: Due, marks: Marks, now: Standing, settings: Settings) -> Codes:
    """Return one bit per entry of CLASHES_TOLD.

    A 认定书 binds until it is revoked: on a row that is not idle it contradicts the facts, and so
    does one served before the year it rests on was full. Where building started after that year
    (the wanted result) it is shown until a fee, a disposal or a revocation is on file.
    """
    is_found = ~np.isnat(known.found_on) & ~known.is_found_disposed
    is_printed = now.outcome == OUTCOMES.index("found_idle")
    judged = is_among(now.row, ("4a", "4b", "4c", "4d", "5", "6", "7", "7b", "8", "9", "10", "11"))
    decision = is_found & judged & ~is_printed
    decision |= is_printed & (now.row == ROW["4c"])
    is_wanted = _is_wanted_result(known, marks, settings)
    # Works that went on after the finding may have stopped anew since.
    is_wanted &= (now.row == ROW["3"]) | (known.found_on < known.stopped_on)
    started = is_found & is_among(now.row, ("3", "4a", "4b", "4c", "4d")) & ~is_printed
    decision |= is_found & (now.row == ROW["3"])
    decision &= ~(started & is_wanted)
    bits = np.zeros(len(now.row), dtype=np.int8)
    bits[decision] |= _BIT["decision_clash"]
    bits[is_cause_clash(now)] |= _BIT["cause_clash"]
    bits[started & is_wanted] |= _BIT["found_before_start"]
    bits[is_duty_before_signing(known, due, now)] |= _BIT["duty_before_signing"]
    return bits


def is_cause_clash(now: Standing) -> Flags:
    """Return where the 认定书 names another cause than the track of the facts."""
    flags: Flags = now.track != now.facts_track
    return flags


def is_duty_before_signing(known: Known, due: Due, now: Standing) -> Flags:
    """Return where the contract's start day, which the row rests on, lies before its signing.

    A day within a month in which it was signed is not said to lie before it.
    """
    of_contract = due.basis == BASES.index("contract")
    rests = is_among(now.row, ("5", "5b", "6", "7", "7b", "8", "9", "10", "11"))
    flags: Flags = of_contract & rests & (known.start_agreed_on < known.signed_on)
    return flags


def _is_wanted_result(known: Known, marks: Marks, settings: Settings) -> Flags:
    """Return where the works began, or went on, after the year the 认定书 rests on."""
    began = (known.found_on >= marks.idle_from_on) & (known.started_on >= marks.idle_from_on)
    anniversary_on = add_years(known.former_stopped_on, settings.stop_years)
    year_on = anniversary_on + (1 - settings.boundary_days) * ONE_DAY
    flags: Flags = began | ((known.found_on >= year_on) & (known.resumed_on >= year_on))
    return flags
