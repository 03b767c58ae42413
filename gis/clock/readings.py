"""Two readings of one subject laid side by side: what both give holds, the rest is undetermined.

A signing of which only the month is known may have been on any day of it. Its first and its last
day are judged; where outcome or track differ the signing decides, and nobody knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from gis import days
from gis.arrays import objects
from gis.clock.ahead import ahead
from gis.clock.clashes import CLASHES_TOLD
from gis.clock.decision import MISSING
from gis.clock.known import Codes
from gis.clock.rows import TRACKS
from gis.days import Days
from gis.law import Law

SIGNING = "signed_on"
"""What `missing` names where the day of a signing decides."""
_EVIDENCE = "evidence_after:"
_EMPTIED = "track since_on fee_fen fee_if_confirmed_fen article clashes missing".split()
_HORIZON = timedelta(days=36_525)
_TRACKS = set(TRACKS)
_Step = tuple[pd.Timestamp, str]


@dataclass(frozen=True)
class Reading:
    """Facts and findings by one reading, row by row, and the first day of the full year of each."""

    facts: pd.DataFrame
    findings: pd.DataFrame
    idle_from_on: Days

    def of(self, subjects: pd.Series[str]) -> Reading:
        """Return the reading of these subjects, in their order."""
        at = pd.Index(self.findings["subject"]).get_indexer(pd.Index(subjects))
        facts, findings = (t.iloc[at].reset_index(drop=True) for t in (self.facts, self.findings))
        return Reading(facts, findings, self.idle_from_on[at])


def settled(
    first: Reading, late: Reading, causes: pd.DataFrame, as_of: date, law: Law
) -> pd.DataFrame:
    """Return the findings by the first reading with what the second contradicts taken back.

    `late` has some of the subjects; its facts have `settles_on`, the day from which the first
    reading holds for certain (NaT: no such day). Where outcome or track differ the finding is
    undetermined and `missing` names the signing; where only clashes, missing facts or the fee
    differ, both are told and no fee is due.
    """
    subjects = late.findings["subject"]
    one, two = first.of(subjects), late.of(subjects)
    differs = _differs(one, two, "outcome") | _differs(one, two, "track")
    told = _doubted(one, two, differs)
    for name in _EMPTIED:
        told[name] = told[name].mask(differs)
    told["outcome"] = told["outcome"].mask(differs, "undetermined")
    told["missing"] = told["missing"].mask(differs, _each_of((SIGNING,), told.index))
    coming = _coming(one, two, differs, causes, as_of, law)
    told["next_on"] = pd.Series([on for on, _ in coming], told.index, told["next_on"].dtype)
    told["next_event"] = pd.Series([event for _, event in coming], told.index, dtype="str")
    table = first.findings.copy()
    at = pd.Index(table["subject"]).get_indexer(pd.Index(subjects))
    for name in told.columns:
        column = table[name].copy()
        column.iloc[at] = told[name].to_numpy()
        table[name] = column.astype(first.findings[name].dtype)
    return table


def _doubted(one: Reading, two: Reading, differs: pd.Series[bool]) -> pd.DataFrame:
    """Return the findings with what only one reading says told, and no fee due where it matters."""
    told, other = one.findings.copy(), two.findings
    doubtful = [_differs(one, two, name) for name in ("clashes", "missing", "fee_fen")]
    is_doubtful = pd.concat(doubtful, axis=1).any(axis=1) & ~differs
    for name, more in (("missing", (SIGNING,)), ("clashes", None)):
        both = [
            _joined(each, beside, more) if doubted else each
            for each, beside, doubted in zip(told[name], other[name], is_doubtful, strict=True)
        ]
        told[name] = pd.Series(objects(both), told.index)
    amounts = ("fee_if_confirmed_fen", "fee_fen")
    fee = pd.concat([table[name] for table in (told, other) for name in amounts], axis=1)
    fen = fee.max(axis=1).astype("Int64")
    told["fee_if_confirmed_fen"] = told["fee_if_confirmed_fen"].mask(is_doubtful, fen)
    told["fee_fen"] = told["fee_fen"].mask(is_doubtful, pd.NA)
    # Of two first days the later one favours the holder.
    since = pd.concat([told["since_on"], other["since_on"]], axis=1).max(axis=1)
    told["since_on"] = since.astype(told["since_on"].dtype)
    return told


def _differs(one: Reading, two: Reading, name: str) -> pd.Series[bool]:
    left, right = one.findings[name], two.findings[name]
    is_same = left.eq(right).fillna(False) | (left.isna() & right.isna())
    return ~is_same.astype(bool)


def _state(findings: pd.DataFrame, row: int) -> str:
    track = findings["track"].iloc[row]
    return str(findings["outcome"].iloc[row] if pd.isna(track) else track)


def _each_of(words: tuple[str, ...], index: pd.Index) -> pd.Series[Any]:
    """Return a column that says the same list in every row."""
    return pd.Series(objects([words] * len(index)), index)


def _joined(*lists: Any) -> tuple[str, ...] | None:
    """Return the words of lists, each once, in the order findings name them; None of none.

    Of two days after which evidence is missing the later one.
    """
    words = {word for each in lists if isinstance(each, tuple) for word in each}
    after = sorted(word for word in words if word.startswith(_EVIDENCE))
    order = {name: place for place, name in enumerate([*MISSING, *CLASHES_TOLD])}
    told = sorted(words - {*after}, key=lambda word: order[word])
    return (*told, *after[-1:]) or None


def _coming(
    one: Reading,
    two: Reading,
    differs: pd.Series[bool],
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
) -> list[tuple[pd.Timestamp | None, str | None]]:
    """Return the next day and event of each subject, see `_next`."""
    chains = [_chains(each.facts, causes, as_of, law) for each in (one, two)]
    is_proved_alike = _proof(one) == _proof(two)
    settles_on = two.facts["settles_on"]
    found = []
    for row, subject in enumerate(one.findings["subject"]):
        steps = [
            [(pd.Timestamp(as_of), _state(each.findings, row)), *chain.get(subject, [])]
            for each, chain in zip((one, two), chains, strict=True)
        ]
        found.append(
            _next(
                *steps,
                is_open=bool(differs[row]),
                settles_on=None if pd.isna(settles_on[row]) else settles_on[row],
                is_proved_alike=bool(is_proved_alike[row]),
            )
        )
    return found


def _chains(
    facts: pd.DataFrame, causes: pd.DataFrame, as_of: date, law: Law
) -> dict[str, list[_Step]]:
    """Return by subject the days on which track or outcome changes if no fact changes."""
    steps = ahead(facts, causes, as_of, as_of + _HORIZON, law).dropna(subset=["event"])
    chains: dict[str, list[_Step]] = {}
    for place, on, event in zip(steps["place"], steps["on"], steps["event"], strict=True):
        chains.setdefault(facts["subject"].iloc[place], []).append((on, event))
    return chains


def _proof(reading: Reading) -> Codes:
    """Return what makes land idle: 2 a 认定书, 1 a sighting, 0 neither, or nothing can any more."""
    found_on, seen_on = (
        days.from_column(reading.facts[name]) for name in ("found_on", "not_started_on")
    )
    proof = (seen_on >= reading.idle_from_on).astype(np.int8)
    proof[found_on >= reading.idle_from_on] = 2
    proof[(reading.findings["start_state"] == "started").to_numpy(dtype=bool)] = 0
    return proof


def _next(
    one: list[_Step],
    two: list[_Step],
    *,
    is_open: bool,
    settles_on: pd.Timestamp | None,
    is_proved_alike: bool,
) -> tuple[pd.Timestamp | None, str | None]:
    """Return the first day after the first step on which what both give changes, and to what."""
    before = "" if is_open else one[0][1]
    turns = {day for day, _ in (*one[1:], *two[1:])}
    turns |= set() if settles_on is None else {settles_on}
    for on in sorted(turns):
        is_settled = settles_on is not None and on >= settles_on
        states = {_on(one, on), _on(one if is_settled else two, on)}
        is_same = len(states) == 1 and (is_settled or is_proved_alike or not states & _TRACKS)
        state = states.pop() if is_same else ""
        if state != before:
            return on, state or "undetermined"
    return None, None


def _on(steps: list[_Step], on: pd.Timestamp) -> str:
    return [event for day, event in steps if day <= on][-1]
