"""Which supply a later document speaks of: by 电子监管号 or contract number, and by phase."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Rows = npt.NDArray[np.int64]


def references(supplies: pd.DataFrame) -> pd.DataFrame:
    """Return every name a supply may be cited by: columns ref, subject, subject_phase.

    Where the supplies have the day each is asked about, that too: as_of.
    """
    number, contract = supplies["supply_no"], supplies["contract_no"]
    # The contract's number may be that of the supply again.
    is_other = contract.notna() & ~(number == contract)
    rows = [np.flatnonzero(each.to_numpy(dtype=bool)) for each in (number.notna(), is_other)]
    names = {"key": "subject", "phase": "subject_phase", "as_of": "as_of"}
    refs = pd.concat([number.iloc[rows[0]], contract.iloc[rows[1]]], ignore_index=True)
    told = {
        new: supplies[name].array.take(np.concatenate(rows))
        for name, new in names.items()
        if name in supplies
    }
    table = pd.DataFrame({"ref": refs, **told})
    if supplies["key"].is_unique:
        return table
    return table[~table.duplicated(["ref", "subject"])]


def join(events: pd.DataFrame, refs: pd.DataFrame) -> pd.DataFrame:
    """Return the events with a `subject` column, one row per subject an event speaks of.

    An event that names a phase speaks of that phase alone; one that names none speaks of every
    phase of the supply. Events of unknown supplies are left out here: see `facts.orphans`.
    """
    return _joined(events, refs, *_speaking(events, refs))


def counting(events: pd.DataFrame, refs: pd.DataFrame) -> pd.DataFrame:
    """Return the events, see `join`, that count on the day (as_of) each subject is asked about."""
    event, ref = _speaking(events, refs)
    if not len(event):
        return _joined(events, refs, event, ref)
    counts = events["effective_on"].to_numpy()[event] <= refs["as_of"].to_numpy()[ref]
    return _joined(events, refs, event[counts], ref[counts])


def _speaking(events: pd.DataFrame, refs: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return which event speaks of which of the references, in the order of the events."""
    event, ref = meeting(events["supply_no"], refs["ref"])
    if "phase" not in events:
        return event, ref
    own, asked = (
        rows[name].to_numpy(dtype=object)[at]
        for rows, name, at in ((events, "phase", event), (refs, "subject_phase", ref))
    )
    speaks = pd.isna(own) | (own == asked)
    return event[speaks], ref[speaks]


def meeting(cited: pd.Series, called: pd.Series) -> tuple[Rows, Rows]:
    """Return the places at which two columns of texts are the same, in the order of both.

    >>> cited, called = pd.Series(["b", None, "a"]), pd.Series(["a", "b", "a", None])
    >>> [places.tolist() for places in meeting(cited, called)]
    [[0, 2, 2], [1, 0, 2]]
    """
    if cited.empty or called.empty:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    code, names = pd.factorize(called)
    asked = pd.Index(names).get_indexer(cited)
    (known,) = np.nonzero(asked >= 0)
    # What has no name is of no code: it comes before all others.
    count = np.bincount(code + 1, minlength=len(names) + 1)
    first = np.cumsum(count)[asked[known]]
    of_each = count[asked[known] + 1]
    one = np.repeat(known, of_each)
    step = np.arange(len(one)) - np.repeat(np.cumsum(of_each) - of_each, of_each)
    return one, np.argsort(code, kind="stable")[np.repeat(first, of_each) + step]


def _joined(events: pd.DataFrame, refs: pd.DataFrame, event: Rows, ref: Rows) -> pd.DataFrame:
    if not len(event):
        return pd.concat([events.iloc[:0], refs.iloc[:0]], axis=1)
    both = (rows.take(at).reset_index(drop=True) for rows, at in ((events, event), (refs, ref)))
    return pd.concat(both, axis=1)
