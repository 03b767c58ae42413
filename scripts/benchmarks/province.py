"""A province's parcels with shapes, from its files to the maps of all blocks, command by command.

scripts/bench province                                            4,200 approvals
.venv/bin/python -m scripts.benchmarks.province 200               so many

Its delivery is a manifest: approvals, supplies, parks and blocks in GeoPackages, and a table of
what patrols saw. What is loaded is what is judged, and what is judged is what is drawn.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np

from gis.geometry import areas
from scripts.benchmarks import filled, measure, register
from scripts.benchmarks.measure import Round
from scripts.benchmarks.register import DAY, LANDWATCH
from scripts.benchmarks.towns import town

APPROVALS = 4_200
HEADS = [
    "a province's land with shapes", "by",
    "wall s", "CPU s client", "CPU s server", "peak MB", "at most s",
]  # fmt: skip
METHOD = (
    "Each step is the command in a process of its own, from the files of a delivery to the folder "
    "of maps; client is the command with all processes it starts, peak that of its largest."
)
_BAR_S = 60
_SELF = "scripts.benchmarks.province"
_MANIFEST = "deliveries.toml"


def rows(home: Path, rounds: int, approvals: int = APPROVALS) -> list[list[str]]:
    """Return the rows of the table: each command, and all together."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made: list[str | Path] = [sys.executable, "-m", _SELF, "write", folder, f"{approvals}"]
        supplies = int(measure.timed(made, os.environ, os.getpid()).output)
        took = [_round(home / "province", folder, supplies) for _ in range(rounds)]
    loads, runs, maps = zip(*took, strict=True)
    blocks = _taken(loads[-1])["blocks"]["accepted"]
    what = f"{supplies:,} supplies, {approvals:,} approvals"
    return [
        _told(f"{what}, loaded, all checks", "landwatch load", loads),
        _told(f"judged, {DAY}", "landwatch run", runs),
        _told(f"maps of {blocks} blocks", "landwatch map", maps),
        _told("**all together**", "", [measure.summed(each) for each in took], f"{_BAR_S}"),
    ]


def write(folder: Path, approvals: int) -> int:
    """Write the delivery of such a land and its manifest; return how many supplies it has."""
    frames = filled.delivered(town(approvals))
    supplies = frames["supplies"]
    area_m2 = areas.ellipsoidal_area_m2(supplies["geom"].to_numpy())
    frames["supplies"] = supplies.assign(area_m2=np.round(area_m2, 2))
    lines = []
    for kind, frame in frames.items():
        file = f"{kind}.gpkg" if "geom" in frame else f"{kind}.csv"
        if "geom" in frame:
            shapes = geopandas.GeoDataFrame(frame, geometry="geom", crs="EPSG:4490")
            shapes.to_file(folder / file, layer=kind, engine="pyogrio")
        else:
            frame.to_csv(folder / file, index=False)
        lines.append(f'[[delivery]]\nkind = "{kind}"\nfile = "{file}"\n')
    (folder / _MANIFEST).write_text("\n".join(lines), encoding="utf-8")
    return len(supplies)


def _round(home: Path, folder: Path, supplies: int) -> tuple[Round, Round, Round]:
    """Load, judge and draw in a new store; RuntimeError where not every row came through."""
    with (
        register.new_store(home) as (environment, pid),
        tempfile.TemporaryDirectory() as out,
    ):
        took = tuple(
            measure.timed([*LANDWATCH, *words, "--json"], environment, pid)
            for words in (
                ("load", "--manifest", folder / _MANIFEST),
                ("run", "--as-of", DAY),
                ("map", "--all", "--out", Path(out) / "maps"),
            )
        )
    loaded, judged, drawn = took
    told = _taken(loaded)
    lost = {kind: one for kind, one in told.items() if one["rejected"] or one["held"]}
    if lost or told["supplies"]["accepted"] != supplies:
        raise RuntimeError(f"not every row was taken: {told}")
    if not json.loads(judged.output)["counts"]["idle"]:
        raise RuntimeError(f"nothing was judged: {judged.output}")
    print("load, run, maps:", *(f"{one.wall_seconds:.1f} s," for one in took),
          "load", measure.load_average(), file=sys.stderr)  # fmt: skip
    return loaded, judged, drawn


def _taken(loaded: Round) -> dict[str, Any]:
    """Return what a load said of each kind."""
    return {one["kind"]: one for one in json.loads(loaded.output)["deliveries"]}


def _told(what: str, by: str, took: Sequence[Round], most: str = "") -> list[str]:
    return [what, by, *measure.figures(measure.middle(took)), most]


if __name__ == "__main__":
    if sys.argv[1] == "write":
        print(write(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        from scripts.benchmarks.__main__ import circumstances, markdown

        table = markdown(HEADS, rows(Path(".bench").absolute(), 1, int(sys.argv[1])))
        print(f"{table}\n\n{circumstances(1, METHOD)}")
