"""The idle fee in integer fen: due, due if confirmed, or not to be said for want of a fact."""

from __future__ import annotations

import numpy as np

from gis.clock.known import WAYS, ClockFacts, Counts, Flags
from gis.clock.rows import OUTCOMES, TRACKS, TableRow
from gis.clock.settings import Settings

NO_FEE = np.int64(-1)


def fees(
    known: ClockFacts, now: TableRow, is_unsure: Flags, settings: Settings
) -> tuple[Counts, Counts, Flags, Flags, Flags]:
    """Return fee_fen, fee_if_confirmed_fen (NO_FEE = empty) and where price, basis or way lack.

    fee = share of the grant or allocation price (办法 14(1)), halves of a fen rounded up. Due only
    on found_idle, and on suspected_idle whose evidence is not older than the track, with track fee;
    `is_unsure` (a cause without a first day, a duty before the signing, a 认定书 of another cause)
    holds it back to "if confirmed", and so does a law that names but a ceiling. Recovery shows it
    if confirmed, or as the setting says. A fee decision on file empties both.
    """
    fee, recovery = (now.facts_track == TRACKS.index(name) for name in ("fee", "recovery"))
    if settings.fee_with_recovery == "none":
        recovery = np.zeros_like(recovery)
    asked = (fee | recovery) & ~known.is_fee_decided
    # The last entry is for a way that is not known (-1).
    is_priced = np.array([way in settings.fee_ways for way in (*WAYS, None)])[known.supply_way]
    lacks_way = asked & (known.supply_way < 0)
    lacks_basis = asked & (known.supply_way >= 0) & ~is_priced
    lacks_price = asked & is_priced & (known.price_fen <= 0)

    share = settings.fee_share
    payable = np.flatnonzero(asked & is_priced & (known.price_fen > 0))
    doubled = base_fen(known, settings)[payable] * share.numerator * 2
    amount = np.full(len(asked), NO_FEE)
    amount[payable] = (doubled + share.denominator) // (share.denominator * 2)

    proved = now.outcome == OUTCOMES.index("found_idle")
    proved |= (now.outcome == OUTCOMES.index("suspected_idle")) & ~now.is_evidence_old
    is_due = (fee | (settings.fee_with_recovery == "both")) & proved & ~is_unsure
    is_due &= settings.fee_is_certain
    return (
        np.where(is_due, amount, NO_FEE),
        np.where(is_due, NO_FEE, amount),
        lacks_price,
        lacks_basis,
        lacks_way,
    )


def base_fen(known: ClockFacts, settings: Settings) -> Counts:
    """Return what the fee is a share of: the price, by the setting with its supplements.

    A supplement of 0 or less is none. Of use only where there is a price: a supplement is no price.
    """
    if settings.fee_base == "contract_price":
        return known.price_fen
    return known.price_fen + np.maximum(known.supplement_fen, 0)
