"""Which supply a later document speaks of: by 电子监管号 or contract number, and by phase."""

from __future__ import annotations

import numpy as np
import pandas as pd


def references(supplies: pd.DataFrame) -> pd.DataFrame:
    """Return every name a supply may be cited by: columns ref, subject, subject_phase.

    Where the supplies have the day each is asked about, that too: as_of.
    """
    kept = ["as_of"] if "as_of" in supplies else []
    own = supplies[["key", "phase", *kept]].set_axis(["subject", "subject_phase", *kept], axis=1)
    table = pd.concat([own, own], ignore_index=True)
    names = [supplies[column] for column in ("supply_no", "contract_no")]
    table.insert(0, "ref", pd.concat(names, ignore_index=True))
    return table[table["ref"].notna() & ~_is_again(table, supplies, *names)]


def _is_again(
    table: pd.DataFrame, supplies: pd.DataFrame, number: pd.Series, contract: pd.Series
) -> pd.Series[bool]:
    """Return which rows of the table name a subject as a row before does."""
    if not supplies["key"].is_unique:
        return table.duplicated(["ref", "subject"])
    # One row each: only the contract's number may be that of the supply again.
    is_same = (number == contract).eq(True).to_numpy(dtype=bool)
    return pd.Series(np.concatenate([np.zeros(len(supplies), dtype=bool), is_same]), table.index)


def join(events: pd.DataFrame, refs: pd.DataFrame) -> pd.DataFrame:
    """Return the events with a `subject` column, one row per subject an event speaks of.

    An event that names a phase speaks of that phase alone; one that names none speaks of every
    phase of the supply. Events of unknown supplies are left out here: see `facts.orphans`.
    """
    if events.empty or refs.empty:
        return pd.concat([events.iloc[:0], refs.iloc[:0]], axis=1)
    joined = events.merge(refs, left_on="supply_no", right_on="ref", how="inner")
    if "phase" not in joined:
        return joined
    speaks = joined["phase"].isna() | (joined["phase"] == joined["subject_phase"])
    return joined[speaks].reset_index(drop=True)


def counting(events: pd.DataFrame, refs: pd.DataFrame) -> pd.DataFrame:
    """Return the events, see `join`, that count on the day (as_of) each subject is asked about."""
    joined = join(events, refs)
    if joined.empty:
        return joined
    return joined[joined["effective_on"] <= joined["as_of"]].reset_index(drop=True)
