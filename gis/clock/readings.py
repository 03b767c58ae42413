"""Two readings of one subject laid side by side: what both give holds, the rest is undetermined.

A signing of which only the month is known may have been on any day of it. Its first and its last
day are judged; where outcome or track differ the signing decides, and nobody knows it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from gis.clock.ahead import ahead
from gis.clock.decision import MISSING
from gis.law import Law

SIGNING = "signed_on"
"""What `missing` names where the day of a signing decides."""
_EMPTIED = "track since_on fee_fen fee_if_confirmed_fen article clashes missing".split()
_HORIZON = timedelta(days=36_525)
_Step = tuple[pd.Timestamp, str]


def settled(
    findings: pd.DataFrame,
    facts: pd.DataFrame,
    late: pd.DataFrame,
    late_facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
) -> pd.DataFrame:
    """Return the findings by the first reading with what the second contradicts taken back.

    `late` and `late_facts`: findings and facts by the second reading, of some of the subjects;
    `late_facts` has `settles_on`, the day from which the first reading holds for certain (NaT: no
    such day). Where outcome or track differ the finding is undetermined and `missing` names the
    signing; where only clashes, missing facts or the fee differ, both are told and no fee is due.
    """
    index = pd.Index(findings["subject"]).get_indexer(pd.Index(late["subject"]))
    first = findings.iloc[index]
    one, two = first.reset_index(drop=True), late.reset_index(drop=True)
    differs = _differs(one, two, "outcome") | _differs(one, two, "track")
    doubtful = _differs(one, two, "clashes") | _differs(one, two, "missing")
    doubtful = (doubtful | _differs(one, two, "fee_fen")) & ~differs
    told = one.copy()
    for row in one.index[doubtful]:
        told.loc[row, "missing"] = _joined(one["missing"][row], two["missing"][row], SIGNING)
        told.loc[row, "clashes"] = _joined(one["clashes"][row], two["clashes"][row])
    both = pd.concat([one["fee_fen"], two["fee_fen"]], axis=1)
    confirmed = pd.concat([one["fee_if_confirmed_fen"], two["fee_if_confirmed_fen"]], axis=1)
    fee = confirmed.max(axis=1).fillna(both.max(axis=1)).astype("Int64")
    told["fee_if_confirmed_fen"] = told["fee_if_confirmed_fen"].mask(doubtful, fee)
    told["fee_fen"] = told["fee_fen"].mask(doubtful, pd.NA)
    # Of two first days the later one favours the holder.
    since = pd.concat([one["since_on"], two["since_on"]], axis=1).max(axis=1)
    told["since_on"] = since.astype(one["since_on"].dtype)
    for name in _EMPTIED:
        told[name] = told[name].mask(differs)
    told["outcome"] = told["outcome"].mask(differs, "undetermined")
    told.loc[differs, "missing"] = SIGNING
    parts = (facts.iloc[index], late_facts)
    chains = [_chains(part, causes, as_of, law) for part in parts]
    next_on, event = [], []
    for row, subject in enumerate(one["subject"]):
        steps = [
            [(pd.Timestamp(as_of), _state(part, row)), *chain.get(subject, [])]
            for part, chain in zip((one, two), chains, strict=True)
        ]
        settles_on = late_facts["settles_on"].iloc[row]
        known_on = None if pd.isna(settles_on) else settles_on
        on, what = _next(*steps, is_open=bool(differs[row]), settles_on=known_on)
        next_on.append(on)
        event.append(what)
    told["next_on"] = pd.Series(next_on, index=told.index, dtype=one["next_on"].dtype)
    told["next_event"] = pd.Series(event, index=told.index, dtype="str")
    table = findings.copy()
    for name in told.columns:
        column = table[name].copy()
        column.iloc[index] = told[name].to_numpy()
        table[name] = column.astype(findings[name].dtype)
    return table


def _differs(one: pd.DataFrame, two: pd.DataFrame, name: str) -> pd.Series[bool]:
    is_same = one[name].eq(two[name]).fillna(False) | (one[name].isna() & two[name].isna())
    return ~is_same.astype(bool)


def _state(findings: pd.DataFrame, row: int) -> str:
    track = findings["track"].iloc[row]
    return str(findings["outcome"].iloc[row] if pd.isna(track) else track)


def _joined(*lists: Any) -> str | None:
    """Return the words of lists divided by ';', each once, in the order findings name them."""
    words = dict.fromkeys(word for each in lists if not pd.isna(each) for word in each.split(";"))
    order = {name: place for place, name in enumerate(MISSING)}
    return ";".join(sorted(words, key=lambda word: order.get(word, len(order)))) or None


def _chains(
    facts: pd.DataFrame, causes: pd.DataFrame, as_of: date, law: Law
) -> dict[str, list[_Step]]:
    """Return by subject the days on which track or outcome changes if no fact changes."""
    facts = facts.reset_index(drop=True)
    steps = ahead(facts, causes, as_of, as_of + _HORIZON, law).dropna(subset=["event"])
    chains: dict[str, list[_Step]] = {}
    for place, on, event in zip(steps["place"], steps["on"], steps["event"], strict=True):
        chains.setdefault(facts["subject"].iloc[place], []).append((on, event))
    return chains


def _next(
    one: list[_Step], two: list[_Step], *, is_open: bool, settles_on: pd.Timestamp | None
) -> tuple[pd.Timestamp | None, str | None]:
    """Return the first day after the first step on which what both give changes, and to what."""
    if is_open and one[0][1] == two[0][1]:
        return None, None  # the two differ in what proves it, which no day changes
    before = "" if is_open else one[0][1]
    turns = {day for day, _ in (*one[1:], *two[1:])}
    turns |= set() if settles_on is None else {settles_on}
    for on in sorted(turns):
        now = two if settles_on is None or on < settles_on else one
        states = {_on(one, on), _on(now, on)}
        state = states.pop() if len(states) == 1 else ""
        if state != before:
            return on, state or "undetermined"
    return None, None


def _on(steps: list[_Step], on: pd.Timestamp) -> str:
    return [event for day, event in steps if day <= on][-1]
