"""Records left out of what is judged: those that are unsound, and those a run could not judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gis.geometry import soundness

# A record by kind and key.
Record = tuple[str, str]
_AREAS = ("area_m2", "total_area_m2")
COLUMNS = ("kind", "key", "reason", "area_m2", "detail")


@dataclass
class SetAside:
    """Leaves records out, and remembers which and why.

    `given`: records left out whatever they hold, told by whoever named them.
    """

    given: frozenset[Record] = frozenset()
    _found: dict[Record, tuple[str, float]] = field(default_factory=dict)

    def __call__(
        self, kind: str, rows: pd.DataFrame, told: pd.Series[bool] | None = None
    ) -> pd.DataFrame:
        """Return the records of a kind without those left out; `told`: which to remember."""
        if rows.empty:
            return rows
        reasons = soundness.unsound(rows)
        is_left_out = reasons != ""
        is_told = is_left_out if told is None else is_left_out & told.to_numpy(dtype=bool)
        for at in np.flatnonzero(is_told):
            self._found.setdefault(
                (kind, rows["key"].iloc[at]), (reasons[at], _area(rows, int(at)))
            )
        keys = [key for given, key in self.given if given == kind]
        if keys:
            is_left_out |= rows["key"].isin(keys).to_numpy(dtype=bool)
        return rows[~is_left_out].reset_index(drop=True) if is_left_out.any() else rows

    @property
    def found(self) -> pd.DataFrame:
        """Return the unsound records met, columns as in COLUMNS."""
        return table(
            (kind, key, reason, area_m2, None)
            for (kind, key), (reason, area_m2) in self._found.items()
        )


def table(rows: Iterable[tuple[str, str, str, float, str | None]]) -> pd.DataFrame:
    """Return records set aside as a table, each once, in order."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    texts = ["kind", "key", "reason", "detail"]
    frame[texts] = frame[texts].astype("str")
    frame["area_m2"] = frame["area_m2"].astype("float64")
    return frame.drop_duplicates(["kind", "key"]).sort_values(["kind", "key"], ignore_index=True)


def area_of(rows: pd.DataFrame, key: str) -> float:
    """Return the recorded area of a record among these, NaN where none is known."""
    at = np.flatnonzero(rows["key"].to_numpy(dtype=object) == key)
    return _area(rows, int(at[0])) if len(at) else np.nan


def _area(rows: pd.DataFrame, at: int) -> float:
    for name in _AREAS:
        if name in rows and np.isfinite(area := float(rows[name].iloc[at])):
            return area
    return np.nan
