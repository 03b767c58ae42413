"""A stored run as the maps want it: the frames of each block, read once, cut block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import identifiers
from gis.errors import UsageError
from gis.geometry import soundness
from gis.outputs import ledger
from gis.store import records, results, runs
from gis.store.database import Connection
from gis.store.runs import Run
from maps import index
from maps.block import OUTSIDE, Place

INDEX = "index.html"
_RESULTS = {"findings": "finding", "pieces": "piece", "park_pieces": "park_piece"}


@dataclass(frozen=True)
class Stored:
    """A run's result tables and the places and approvals known to it."""

    run: Run
    frames: dict[str, pd.DataFrame]
    blocks: pd.DataFrame
    parks: pd.DataFrame
    approvals: pd.DataFrame

    def place(self, code: str) -> Place:
        """Return the heading of a block's map; UsageError names the blocks there are."""
        if code == OUTSIDE and self.has_outside:
            words = runs.left_out_words(self.run.counts)
            return Place(
                *(OUTSIDE, "未落入任何区块", "", self.run.as_of, self.run.id, INDEX, words),
            )
        codes = self.blocks["block_code"]
        found = self.blocks[codes.isin([code, identifiers.key(code)])]
        if found.empty:
            raise UsageError(
                f"没有区块 {code}。 There is no block {code} in run {self.run.id}.",
                "区块 / blocks: " + "、".join(self.blocks["block_code"]),
            )
        row = found.iloc[0]
        names = self.parks.dropna(subset=["name"]).set_index("park_code")["name"]
        return Place(
            code=str(row["block_code"]),
            name=row["name"] if isinstance(row["name"], str) else str(row["block_code"]),
            park_name=str(names.get(row["park_code"], row["park_code"])),
            as_of=self.run.as_of,
            run=self.run.id,
            index_file=INDEX,
            left_out=runs.left_out_words(self.run.counts),
        )

    @property
    def has_outside(self) -> bool:
        """True where something found lies in no block."""
        return any(frame["block_code"].isna().any() for frame in self._told)

    @property
    def _told(self) -> list[pd.DataFrame]:
        return [self.frames["findings"], self.frames["park_pieces"]]

    @property
    def codes(self) -> list[str]:
        """Return the code of every block, and last what stands for the land in none."""
        return [*self.blocks["block_code"], *([OUTSIDE] if self.has_outside else [])]

    def layers(self, code: str) -> dict[str, pd.DataFrame]:
        """Return the frames of one block's map: its results, approvals that reach into it."""
        if code == OUTSIDE:
            return self._outside()
        own = self.blocks[self.blocks["block_code"] == code]
        boundary = own["geom"].iloc[0]
        shapes = self.approvals["geom"].to_numpy(dtype=object)
        reaching = np.sort(self._approvals_near.query(boundary, predicate="intersects"))
        # A border shared is no land shared: who may see the block need not see what lies beside it.
        reaching = reaching[~np.asarray(shapely.touches(shapes[reaching], boundary))]
        cut = {
            name: frame.iloc[self._rows_of[name].get(code, [])].reset_index(drop=True)
            for name, frame in self.frames.items()
        }
        return {**cut, "approvals": self.approvals.iloc[reaching], "block": own}

    @cached_property
    def _rows_of(self) -> dict[str, dict[str, npt.NDArray[np.intp]]]:
        """Return, for each frame, the rows of each block: looked for once, not once a block."""
        return {
            name: {str(code): np.asarray(rows) for code, rows in by_code.items()}
            for name, frame in self.frames.items()
            for by_code in [frame.groupby("block_code").indices]
        }

    @cached_property
    def _approvals_near(self) -> shapely.STRtree:
        return shapely.STRtree(self.approvals["geom"].to_numpy(dtype=object))

    def _outside(self) -> dict[str, pd.DataFrame]:
        """Return the frames of the map of all that lies in no block, or not wholly in blocks."""
        cut = {
            name: frame[frame["block_code"].isna()].reset_index(drop=True)
            for name, frame in self.frames.items()
        }
        within = shapely.union_all(self.blocks["geom"].to_numpy(dtype=object))
        shapes = self.approvals["geom"].to_numpy(dtype=object)
        return {**cut, "approvals": self.approvals[~np.asarray(shapely.covered_by(shapes, within))]}

    def entries(
        self, map_of: Callable[[Place], str] = lambda place: place.file_name
    ) -> list[index.Block]:
        """Return the index's entries: every block, and last the land that lies in none.

        `map_of` says where the map of a block lies, seen from the index page.
        """
        return [
            index.Block.of(place, self.layers(place.code), map_of(place))
            for place in map(self.place, self.codes)
        ]


def read(connection: Connection, run: Run) -> Stored:
    """Return what the maps show of a run, places and approvals as known to that run."""
    known = {
        kind: records.read(connection, kind, run.delivery, run.as_of, run.region)
        for kind in ("blocks", "parks", "approvals")
    }
    # What the run set aside for its shape cannot be drawn either.
    known = {kind: rows[soundness.unsound(rows) == ""] for kind, rows in known.items()}
    frames = {name: results.read(connection, run.id, table) for name, table in _RESULTS.items()}
    # Findings carry what was known of the supply they judge.
    told = {name: results.read(connection, run.id, name) for name in ("holding", "unsupplied")}
    frames["findings"] = ledger.joined(frames["findings"], told, run.as_of)
    return Stored(
        run=run,
        frames=frames,
        blocks=known["blocks"].sort_values("block_code").reset_index(drop=True),
        parks=known["parks"],
        approvals=known["approvals"],
    )
