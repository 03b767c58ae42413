"""Candidates and leads of a run, chosen and put in order in memory, for a server asked for many."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from gis.store import list_kept, results, triage
from gis.store.database import Connection
from gis.store.list_columns import Ints, Truths
from gis.store.memory import Memory, Peek
from gis.store.results import Asked
from gis.store.runs import Run
from gis.store.triage import Facts

# Enough for the candidates of 763,000 parcels and where they lie, and for the leads.
ROOM_BYTES = 48 * 2**20
Beside = Callable[[Connection, str, Callable[[Connection], object]], bool]
Read = Callable[[Connection], Facts]


class TriageKept:
    """Keeps what candidates and leads are chosen and put in order by, once it was read.

    `is_read_beside` says of a large list that a thread of its own reads it.
    """

    def __init__(self, is_read_beside: Beside) -> None:
        self._memory = Memory(ROOM_BYTES)
        self._is_read_beside = is_read_beside

    def read_ahead(self, connection: Connection, run: Run, name: str, columns: list[str]) -> None:
        """Read what rows are chosen and put in order by, before anybody asks."""
        key = _of_facts(run, name, columns)
        at_hand = partial(list_kept.facts, connection, run, name, columns)
        self._memory.get(key, lambda: triage.read(connection, run, name, columns), at_hand)

    def facts(
        self, connection: Connection, run: Run, name: str, columns: list[str]
    ) -> Facts | None:
        """Return what rows are chosen and put in order by; None while many are being read."""
        key = _of_facts(run, name, columns)
        at_hand = partial(list_kept.facts, connection, run, name, columns)
        return self._read(
            connection, key, name, lambda own: triage.read(own, run, name, columns), at_hand
        )

    def places(self, connection: Connection, run: Run, name: str) -> Facts | None:
        """Return about where rows lie; None while those of many are being read."""
        key = (*_of_run(run, name), "places")
        return self._read(connection, key, name, lambda own: triage.places(own, run, name))

    def chosen(
        self,
        connection: Connection,
        run: Run,
        name: str,
        asked: Asked,
        facts: Facts,
        by: str | None = None,
        *,
        is_falling: bool = False,
    ) -> Ints:
        """Return the numbers of all rows asked for in the order of `by`, whatever the page.

        `by`: a figure or column of the facts, the least first or the greatest (`is_falling`); what
        is unknown stands last, and rows alike by their numbers, as where there is no `by`.
        """
        which = facts.meeting(asked)
        lands = [*asked.places] if asked.within is None else [asked.within, *asked.places]
        parts = [replace(triage.of_kind(name), within=land) for land in lands]
        if asked.text is not None:
            text, searched = asked.text, tuple(asked.searched)
            parts.append(replace(triage.of_kind(name), text=text, searched=searched))
        for part in parts:
            which &= self._part(connection, run, name, part, facts)
        if by is None:
            return facts.row_ids[which]

        def order() -> npt.NDArray[np.int32]:
            return facts.order(by, is_falling=is_falling)

        kept = self._memory.get((*_of_run(run, name), "order", by, is_falling), order)
        whole = order() if kept is None else kept
        return facts.row_ids[whole[which[whole]]]

    def _part(
        self, connection: Connection, run: Run, name: str, part: Asked, facts: Facts
    ) -> Truths:
        """Return which rows the store says lie in a land or say a text; it is asked once."""

        def which() -> Truths:
            found = np.sort(results.which(connection, run, name, part))
            return np.isin(facts.row_ids, found, assume_unique=True)

        land = part.within and [[*one] for one in (part.within.regions, part.within.parks,
                                                   part.within.blocks)]  # fmt: skip
        key = (*_of_run(run, name), "part", f"{land}", part.text, *part.searched)
        kept = self._memory.get(key, which)
        return which() if kept is None else kept

    def _read(
        self,
        connection: Connection,
        key: Hashable,
        name: str,
        read: Read,
        at_hand: Callable[[], Facts | None] | None = None,
    ) -> Facts | None:
        found = Peek(self._memory).get(key, lambda: read(connection), at_hand)
        if found is not None:
            return found
        if self._is_read_beside(
            connection, name, lambda own: self._memory.get(key, lambda: read(own))
        ):
            return None
        kept = self._memory.get(key, lambda: read(connection))
        return read(connection) if kept is None else kept


def _of_facts(run: Run, name: str, columns: list[str]) -> tuple[Hashable, ...]:
    return (*_of_run(run, name), "facts", *columns)


def _of_run(run: Run, name: str) -> tuple[Hashable, ...]:
    return (name, run.id, run.finished_at, run.input_digest, run.code_digest)
