"""Words of papers told by groups: which one of several things a text speaks of."""

from __future__ import annotations

import pandas as pd

# Each begins with the name of the group, then the words that mean it.
Groups = tuple[tuple[str, ...], ...]


def groups_of(texts: pd.Series, groups: Groups) -> pd.Series:
    """Return the group each text has a word of; None where it has words of none, or of several.

    >>> words = (("i", "工业"), ("c", "商业"), ("r", "住宅"))
    >>> groups_of(pd.Series(["工业用地", "商业、住宅"]), words)
    0       i
    1    None
    dtype: object
    """
    names = pd.Series(texts.unique())
    plain = names.fillna("")
    has = {name: plain.map(lambda text, w=words: any(each in text for each in w))
           for name, *words in groups}  # fmt: skip
    table = pd.DataFrame(has, index=names.index).astype(bool)
    group = table.idxmax(axis=1).astype(object) if len(table.columns) else plain
    found = dict(zip(names, group.where(table.sum(axis=1) == 1, None), strict=True))
    return pd.Series([found[text] for text in texts], index=texts.index, dtype=object)
