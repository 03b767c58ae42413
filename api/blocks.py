"""What the maps of a run are drawn from: its stored results, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gis.errors import UsageError
from gis.store import records, runs
from gis.store.database import Connection
from maps.block import Place

INDEX = "/"
_OF_SUPPLY = ["holder", "location", "use_text"]


@dataclass(frozen=True)
class Atlas:
    """The results of one run, the blocks they lie in, and the parks these belong to."""

    run: int
    as_of: date
    blocks: pd.DataFrame
    park_names: Mapping[str, str]
    frames: Mapping[str, pd.DataFrame]

    def places(self) -> list[Place]:
        """Return every block of the run, by code."""
        return [self.place(code) for code in self.blocks.index]

    def place(self, code: str) -> Place:
        """Return what a map says of its block; UsageError when there is none of that code."""
        if code not in self.blocks.index:
            raise UsageError(
                f"运行 {self.run} 中没有区块 {code!r} run {self.run} knows no such block",
                f"已知区块 known: {', '.join(self.blocks.index[:20]) or '无 none'}",
            )
        row = self.blocks.loc[code]
        park = _text(row["park_code"], "")
        return Place(
            code=code,
            name=_text(row["name"], code),
            park_name=self.park_names.get(park, park),
            as_of=self.as_of,
            run=self.run,
            index_file=INDEX,
        )

    def layers(self, code: str) -> dict[str, pd.DataFrame]:
        """Return the frames a block's map is drawn from."""
        layers = {
            name: frame[frame["block_code"] == code].reset_index(drop=True)
            for name, frame in self.frames.items()
        }
        layers["block"] = self.blocks.loc[[code]].reset_index()
        return layers


def read(connection: Connection, run: runs.Run) -> Atlas:
    """Return the atlas of a run: results as stored, places as known at the run's delivery."""

    def known(kind: str, columns: list[str] | None = None) -> pd.DataFrame:
        return records.read(connection, kind, run.delivery, run.as_of, columns=columns)

    blocks = known("blocks")
    parks = known("parks", ["park_code", "name"])
    supplies = known("supplies", _OF_SUPPLY)
    approvals = known("approvals")
    balance = runs.read(connection, run.id, "balance")
    named = supplies.set_index("key")[_OF_SUPPLY]
    of_block = balance.drop_duplicates("approval").set_index("approval")["block_code"]
    frames = {
        "findings": runs.read(connection, run.id, "finding").join(named, on="subject"),
        "pieces": runs.read(connection, run.id, "piece"),
        "park_pieces": runs.read(connection, run.id, "park_piece"),
        "approvals": approvals.join(of_block, on="key"),
    }
    names = parks.dropna(subset=["name"]).set_index("park_code")["name"]
    return Atlas(
        run=run.id,
        as_of=run.as_of,
        blocks=blocks.set_index("block_code").sort_index(),
        park_names={str(code): str(name) for code, name in names.items()},
        frames=frames,
    )


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise
