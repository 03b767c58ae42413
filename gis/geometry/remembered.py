"""What was found of shapes is kept while a part of the land is judged: nobody asks twice.

The same supplies meet the same approvals in the balance, on every day of a timeline and among the
leads. A shape never changes, so the very object is what an answer is kept under, and the answer is
the one that was given before, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.arrays import Flags, Shapes, objects
from gis.geometry.clean import Worked
from gis.geometry.face_answers import UNKNOWN, FaceAnswers

Indices = npt.NDArray[np.int64]
_NOBODY = -1


class _Kept:
    """Shapes in the planes of zones, each with a number, and what pairs of these were asked."""

    def __init__(self) -> None:
        # By zone and stored shape: that shape (or its name would go to another), the one in the
        # plane, and whether it was mended.
        self.planes: dict[int, dict[int, tuple[Any, Any, bool]]] = {}
        self.numbers: dict[int, int] = {}
        # By question and the numbers of two shapes.
        self.answers: dict[str, dict[int, Any]] = {}
        self.faces = FaceAnswers()

    def named(self, shapes: Shapes) -> Indices:
        """Return the number of each shape, _NOBODY where it is not kept."""
        names = map(self.numbers.get, map(id, shapes), repeat(_NOBODY))
        return np.fromiter(names, np.int64, len(shapes))

    def pairs(self, left: Shapes, right: Shapes, one: Indices, other: Indices) -> Indices:
        """Return a number for each pair, _NOBODY where one of its shapes is not kept."""
        first, second = self.named(left), self.named(right)
        numbers = (first[one] << 32) + second[other]
        return np.where((first[one] < 0) | (second[other] < 0), _NOBODY, numbers)


_KEPT: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Keep what is found of shapes within this."""
    token = _KEPT.set(_Kept())
    try:
        yield
    finally:
        _KEPT.reset(token)


def in_plane(geoms: Shapes, zone: int, move: Callable[[Shapes, int], Worked]) -> Worked:
    """Return what `move` gives for each shape of EPSG:4490 in the plane of a zone.

    Every row has a shape of its own: who prepares one must not meet another thread's.
    """
    kept = _KEPT.get()
    if kept is None:
        return move(geoms, zone)
    own = kept.planes.setdefault(zone, {})
    names = [id(shape) for shape in geoms]
    first = dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))
    is_again = np.array([first[name] != row for row, name in enumerate(names)], dtype=bool)
    is_new = np.array([name not in own for name in names], dtype=bool)
    asked = np.flatnonzero(is_new | is_again)
    moved = move(geoms[asked], zone)
    found = [own.get(name) for name in names]
    for row, shape, is_mended in zip(
        asked.tolist(), moved.geoms, moved.is_mended.tolist(), strict=True
    ):
        found[row] = told = (geoms[row], shape, is_mended)
        if is_new[row] and not is_again[row]:
            own[names[row]] = told
            kept.numbers[id(shape)] = len(kept.numbers)
    return Worked(
        objects([told[1] for told in found if told]),
        np.array([told[2] for told in found if told], dtype=bool),
    )


def faces(
    subjects: Shapes, is_alone: Flags, shapes: Shapes, subject: Indices, shape: Indices
) -> None:
    """Keep that shapes are faces of subjects: within them, and nowhere over one another.

    `subject`, `shape`: the rows of each; `is_alone`: the subject lies over no other one of these.
    """
    kept = _KEPT.get()
    if kept is not None:
        own = kept.named(subjects)
        kept.faces.keep(own, is_alone, own[subject], kept.named(shapes)[shape])


def flags(
    question: str,
    left: Shapes,
    right: Shapes,
    one: Indices,
    other: Indices,
    ask: Callable[[Indices], Flags],
) -> Flags:
    """Return the answer of each pair (rows `one` and `other`); `ask` gives those of some pairs."""
    kept = _KEPT.get()

    def ask_unless_faces(asked: Indices) -> Flags:
        if kept is None or not kept.faces.is_any:
            return ask(asked)
        numbers = kept.named(left)[one[asked]], kept.named(right)[other[asked]]
        said = kept.faces.answers(question, *numbers)
        found = np.asarray(said == 1, dtype=bool)
        rest = np.flatnonzero(said == UNKNOWN)
        if len(rest):
            found[rest] = ask(asked[rest])
        return found

    return np.asarray(_answered(question, left, right, one, other, ask_unless_faces), dtype=bool)


def shapes(
    question: str,
    left: Shapes,
    right: Shapes,
    one: Indices,
    other: Indices,
    ask: Callable[[Indices], Shapes],
) -> Shapes:
    """Return the same where an answer is a shape."""
    return _answered(question, left, right, one, other, ask)


def _answered(
    question: str,
    left: Shapes,
    right: Shapes,
    one: Indices,
    other: Indices,
    ask: Callable[[Indices], npt.NDArray[Any]],
) -> npt.NDArray[Any]:
    kept = _KEPT.get()
    if kept is None:
        return ask(np.arange(len(one)))
    numbers = kept.pairs(left, right, one, other)
    if not (numbers >= 0).any():
        return ask(np.arange(len(one)))
    answers, names = kept.answers.setdefault(question, {}), numbers.tolist()
    found = objects([answers.get(name) for name in names])
    asked = np.flatnonzero([name not in answers for name in names])
    if len(asked):
        found[asked] = new = ask(asked)
        answers.update(zip(numbers[asked].tolist(), new.tolist(), strict=True))
        # Of shapes that are not kept nothing is.
        answers.pop(_NOBODY, None)
    return found
