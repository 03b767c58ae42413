"""One mix of questions about features, asked of us, of tipg and of pygeoapi: the same answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple
from urllib.parse import quote

import numpy as np

from gis.store.database import Connection
from gis.store.runs import Run
from scripts.benchmarks import measure, service, tile_peers

_EACH, _PAGE = 20, 100
# Degrees.
_BOX = 0.02


class Kind(NamedTuple):
    """Questions of one kind: in our words, in tipg's and in pygeoapi's."""

    name: str
    ours: list[str]
    tipg: list[str]
    pygeoapi: list[str]


def made(store: Connection, run: Run) -> list[Kind]:
    """Return the questions, the same for the same land: numbers, places, names of outcomes."""
    draw = np.random.default_rng(1)
    rows = store.execute(
        "SELECT row_id, ST_X(at), ST_Y(at), subject FROM (SELECT row_id, subject,"
        " ST_PointOnSurface(geom) AS at FROM landwatch.finding WHERE run_series = %s"
        " AND first_run <= %s AND last_run >= %s AND row_id %% 5000 = 7) AS chosen ORDER BY row_id",
        (run.run_series, run.id, run.id),
    ).fetchall()
    some = [rows[at] for at in draw.choice(len(rows), _EACH, replace=False)]
    boxes = [f"{x:.5f},{y:.5f},{x + _BOX:.5f},{y + _BOX:.5f}" for _, x, y, _ in some]
    numbers, subjects = [row[0] for row in some], [quote(row[3], safe="") for row in some]
    ours, tipg, other = (
        "/ogc/collections/findings/items",
        "/collections/peers.findings/items",
        "/collections/findings/items",
    )

    def of(name: str, mine: Sequence[str], theirs: Sequence[str]) -> Kind:
        mark = [("&" if "?" in one else "?") + "f=json" for one in theirs]
        return Kind(
            name,
            [ours + one for one in mine],
            [tipg + one for one in theirs],
            [other + one + f for one, f in zip(theirs, mark, strict=True)],
        )

    def page(what: Sequence[str]) -> list[str]:
        return [f"?limit={_PAGE}&{one}" for one in what]

    return [
        of("single features", [f"/{n}" for n in numbers], [f"/{n}" for n in numbers]),
        of("pages of a box", page([f"bbox={box}" for box in boxes]),
           page([f"bbox={box}" for box in boxes])),
        of("pages of a subject", page([f"filter=subject%3D%27{one}%27" for one in subjects]),
           page([f"subject={one}" for one in subjects])),
        of("pages of a box and an outcome",
           page([f"bbox={box}&filter=outcome%3D%27candidate%27" for box in boxes]),
           page([f"bbox={box}&outcome=candidate" for box in boxes])),
    ]  # fmt: skip


def rows(kinds: Sequence[Kind], key: str, rounds: int) -> list[list[str]]:
    """Return the rows of the table; the three take turns. AssertionError where counts differ."""
    table = []
    ports = (service.PORT, tile_peers.TIPG_PORT, tile_peers.PYGEOAPI_PORT)
    whole = [0.0, 0.0, 0.0]
    for kind in kinds:
        took: list[list[float]] = [[], [], []]
        for _ in range(rounds):
            for addresses in zip(kind.ours, kind.tipg, kind.pygeoapi, strict=True):
                counts = []
                for at, (port, address) in enumerate(zip(ports, addresses, strict=True)):
                    ms, content = measure.asked(port, address, key if at == 0 else "")
                    took[at].append(ms)
                    counts.append(json.loads(content).get("numberMatched", 1))
                assert len({*counts}) == 1, (addresses, counts)
        mine, tipg, other = (median(each) for each in took)
        print(f"{kind.name}: {mine:.0f} ms, load {measure.load_average()}", file=sys.stderr)
        whole = [sum(each) for each in zip(whole, (mine, tipg, other), strict=True)]
        table.append(_row(kind.name, mine, tipg, other))
    return [*table, _row("one question of each kind", *whole)]


def _row(what: str, mine: float, tipg: float, other: float) -> list[str]:
    times = f"{min(tipg, other) / mine:.1f} x"
    return [what, "", "", f"{mine:.0f}", "", "", "", f"{tipg:.0f}", f"{other:.0f}", times]
