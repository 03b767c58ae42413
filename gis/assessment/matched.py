"""Values looked up by key, row by row: of the type they have, also where no row is."""

from __future__ import annotations

import pandas as pd


def of(values: pd.Series, keys: pd.Series) -> pd.Series:
    """Return the value of each key (`values` is indexed by them), unknown where there is none.

    >>> of(pd.Series([1.0], index=["a"]), pd.Series(["a", "b"], index=[7, 9])).to_dict()
    {7: 1.0, 9: nan}
    """
    found: pd.Series = values.reindex(pd.Index(keys)).set_axis(keys.index)
    return found
