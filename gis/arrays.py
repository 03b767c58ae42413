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


def objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    """Return values as an array of one dimension, also where they are lists of one length.

    >>> objects([("a", "b"), ("c", "d")]).shape
    (2,)
    """
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@contextmanager
def text_as_objects() -> Iterator[None]:
    """Keep the text of new frames as Python objects, not as Arrow's, within this.

    Who judges takes some thousand steps over tables of a part, which are short: a step over text of
    Arrow's costs a fifth more, and its memory is no less. Who loads handles columns as wholes.
    """
    with pd.option_context("mode.string_storage", "python"):
        yield
