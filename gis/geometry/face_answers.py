"""What faces tell of shapes unasked: each lies in its subject, and over no other face of it.

Shapes go by numbers. What is told here is what GEOS would say: faces share edges, corner by corner.
"""

from __future__ import annotations

from itertools import repeat

import numpy as np
import numpy.typing as npt

from gis.arrays import Flags

Indices = npt.NDArray[np.int64]

NO, YES, UNKNOWN = 0, 1, -1


class FaceAnswers:
    """Which shapes are faces of which subjects, and which subjects lie over no other."""

    def __init__(self) -> None:
        self._home: dict[int, int] = {}  # of a face its subject
        self._told: dict[int, int] = {}  # of a subject the last call that spoke of it
        self._alone: set[int] = set()  # subjects that lie over no other one of that call
        self._calls = 0

    @property
    def is_any(self) -> bool:
        """Return whether anything is known."""
        return bool(self._home)

    def keep(self, subjects: Indices, is_alone: Flags, subject: Indices, face: Indices) -> None:
        """Keep the faces of subjects; `is_alone`: it lies over no other one of `subjects`.

        What has no number (below 0) is left out.
        """
        self._calls += 1
        self._told.update((number, self._calls) for number in subjects.tolist() if number >= 0)
        self._alone.difference_update(subjects.tolist())
        self._alone.update(subjects[is_alone].tolist())
        both = (face >= 0) & (subject >= 0)
        self._home.update(zip(face[both].tolist(), subject[both].tolist(), strict=True))

    def answers(self, question: str, left: Indices, right: Indices) -> Indices:
        """Return YES, NO or UNKNOWN for each pair: does left cover right, or share an area with it?

        `question`: covered or overlapping.
        """
        one, other = (_found(self._home, each, each) for each in (left, right))
        told, told_2 = (_found(self._told, each, repeat(UNKNOWN)) for each in (one, other))
        is_known = (left >= 0) & (right >= 0) & (left != right) & (told >= 0) & (told == told_2)
        is_alone = np.array([each in self._alone for each in one.tolist()], dtype=bool)
        is_apart, is_one = (one != other) & is_alone, one == other
        is_outer, is_outer_2 = one == left, other == right
        if question == "covered":
            said = np.where(is_one & is_outer & ~is_outer_2, YES, UNKNOWN)
        else:
            said = np.where(is_one, np.where(is_outer | is_outer_2, YES, NO), UNKNOWN)
        return np.where(is_known, np.where(is_apart, NO, said), UNKNOWN)


def _found(kept: dict[int, int], of: Indices, otherwise: Indices | repeat[int]) -> Indices:
    default = otherwise.tolist() if isinstance(otherwise, np.ndarray) else otherwise
    return np.fromiter(map(kept.get, of.tolist(), default), np.int64, len(of))
