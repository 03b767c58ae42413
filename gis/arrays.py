"""What the arrays of shapes, numbers and flags are called in signatures, and how text is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Shapes = npt.NDArray[np.object_]  # shapely objects, None = no geometry
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Zones = npt.NDArray[np.int64]  # numbers of 3-degree zones
Small = npt.NDArray[Any]  # whole numbers in as few bytes as hold them all


def objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    """Return values as an array of one dimension, also where they are lists of one length.

    >>> objects([("a", "b"), ("c", "d")]).shape
    (2,)
    """
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def small(numbers: npt.NDArray[Any]) -> Small:
    """Return whole numbers in as few bytes as hold them all, below nothing too.

    >>> small(np.array([-1, 127])).dtype, small(np.array([0, 128])).dtype
    (dtype('int8'), dtype('int16'))
    """
    least, most = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    kinds = (np.int8, np.int16, np.int32, np.int64)
    held = (kind for kind in kinds if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max)
    return numbers.astype(next(held))


def values_of(rows: npt.NDArray[np.int64], values: Any, count: int) -> npt.NDArray[np.object_]:
    """Return the different values of each of the rows 0..count-1, sorted, as a tuple; () of none.

    Rows that have the same values share one tuple: there are few different ones.

    >>> values_of(np.array([2, 0, 2, 2]), ["b", "a", "a", "b"], 3).tolist()
    [('a',), (), ('a', 'b')]
    """
    found = np.empty(count, dtype=object)
    found.fill(())
    if (np.diff(rows) > 0).all():
        labels, names = pd.factorize(objects(values), use_na_sentinel=False)
        found[rows] = objects([(name,) for name in names])[labels]
        return found
    labels, names = pd.factorize(objects(values), sort=True, use_na_sentinel=False)
    width = max(len(names), 1)
    row, label = np.divmod(np.unique(rows * width + labels), width)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    ends = np.append(starts, len(row))[1:]
    shared: dict[bytes, tuple[Any, ...]] = {}
    for at, start, end in zip(row[starts].tolist(), starts.tolist(), ends.tolist(), strict=True):
        own = label[start:end].tobytes()
        told = shared.get(own)
        if told is None:
            told = shared[own] = tuple(names[label[start:end]])
        found[at] = told
    return found


@contextmanager
def text_as_objects() -> Iterator[None]:
    """Keep the text of new frames as Python objects, not as Arrow's, within this.

    Who judges takes some thousand steps over tables of a part, which are short: a step over text of
    Arrow's costs a fifth more, and its memory is no less. Who loads handles columns as wholes.
    """
    with pd.option_context("mode.string_storage", "python"):
        yield
