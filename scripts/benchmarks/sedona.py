"""SedonaDB as a peer of the overlay: from GeoParquet to Parquet, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from scripts.benchmarks.peers import Answer
from scripts.benchmarks.towns import Town

_WANTED = Path(__file__).with_name("overlay_peers.txt")
_WORKER = Path(__file__).with_name("sedona_worker.py")


class Sedona:
    """A town in files, and the process that answers of it."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder, self._process = folder, process

    def fill(self, made: Town) -> None:
        """Write the town."""
        for name, geoms in made._asdict().items():
            numbers = pd.DataFrame({"number": np.arange(len(geoms), dtype=np.int32)})
            table = geopandas.GeoDataFrame(numbers, geometry=geoms).rename_geometry("geom")
            table.to_parquet(self.folder / f"{name}.parquet")

    def read(self) -> Town:
        """Return the town as it is read from its files."""
        tables = (geopandas.read_parquet(self.folder / f"{name}.parquet") for name in Town._fields)
        return Town(*(table["geom"].to_numpy(dtype=object) for table in tables))

    def write(self, answer: Answer) -> None:
        """Write an answer of ours."""
        answer.pairs.to_parquet(self.folder / "our_pairs.parquet")
        rest = answer.balances.assign(geom=shapely.to_wkb(answer.balances["geom"].to_numpy()))
        rest.to_parquet(self.folder / "our_rest.parquet")

    def ask(self) -> tuple[float, float]:
        """Answer once; return its seconds by the clock, and of the processors."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("SedonaDB ended before it answered")
        elapsed_s, busy_s = json.loads(line)
        return elapsed_s, busy_s

    def answer(self) -> Answer:
        """Return what it wrote, in the form of the others."""
        pairs = pd.read_parquet(self.folder / "pairs.parquet")
        rest = pd.read_parquet(self.folder / "rest.parquet").sort_values("approval")
        return Answer(
            pairs,
            pd.DataFrame(
                {
                    "approval": rest["approval"],
                    "approved_m2": rest["approved_m2"],
                    "supplied_m2": rest["approved_m2"] - rest["left_m2"],
                    "unsupplied_m2": rest["left_m2"],
                    "geom": shapely.from_wkb(rest["geom"].to_numpy()),
                }
            ),
        )


@contextmanager
def started(folder: Path) -> Iterator[Sedona]:
    """Give SedonaDB at work in a folder, where it is installed first."""
    python = _installed(folder) / "python"
    process = subprocess.Popen(  # noqa: S603 - our own script
        [python, _WORKER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield Sedona(folder, process)
    finally:
        process.kill()
        process.wait()


def _installed(folder: Path) -> Path:
    place = folder / "peers"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)  # noqa: S603
    pip = [str(place / "bin" / "pip"), "install", "--quiet", "--requirement", str(_WANTED)]
    subprocess.run(pip, check=True)  # noqa: S603 - by the names of our own list
    return place / "bin"
