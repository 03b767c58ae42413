"""Rows of the layer of findings chosen by what lists are filtered by: direction, text, approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gis.store import tile_rows
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run
from gis.tiles.index import Ints

SUPPLIED = "idle_land"


@dataclass(frozen=True)
class Chosen:
    """Findings that say `text`, of the approval whose keys are `of`; supplied land by direction.

    A direction is of supplied land alone: it leaves what is unsupplied as it is, as in the lists.
    """

    track: tuple[str, ...] | None = None
    text: str | None = None
    searched: tuple[str, ...] = ()
    of: tuple[str, ...] | None = None

    def asked(self, rules: Sequence[str]) -> list[Asked]:
        """Return what the findings of these rules are asked for, one by one."""
        whole = Asked(text=self.text, searched=self.searched, of=self.of)
        return [
            replace(
                whole,
                where={"rule": [rule]}
                | ({} if self.track is None or rule != SUPPLIED else {"track": [*self.track]}),
            )
            for rule in rules
        ]


def findings(connection: Connection, run: Run, chosen: Chosen, rules: Sequence[str]) -> Ints:
    """Return the numbers of the findings chosen."""
    return np.concatenate(
        [tile_rows.numbers_of(connection, run, one) for one in chosen.asked(rules)]
    )


def approvals(connection: Connection, run: Run, chosen: Chosen) -> Ints:
    """Return the numbers of the balances of approvals that have a finding chosen."""
    (asked,) = chosen.asked(["unsupplied"])
    return tile_rows.numbers_of_approvals(connection, run, asked)
