"""Tiles of a large land and of a hotspot, alone and twelve at once, beside tipg and pygeoapi.

    scripts/bench tiles --home PLACE          763,000 parcels, 965,000 findings

The land is that of `scripts/bench service`, kept under `--home`; nothing of it is changed. A
hotspot and the peers are put beside it when first asked for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from gis.store import runs
from gis.store.database import Connection
from gis.tiles import prebuilt
from gis.tiles.address import DEEPEST, NOWHERE, places_in
from gis.tiles.layers import BOUNDS
from scripts.benchmarks import changed_run, feature_queries, hotspot, measure, service, tile_peers
from scripts.benchmarks.engine import AS_OF, Land

HEADS = ["asked for", "fullest", "KB", "alone ms", "12 at once ms", "again ms", "bars ms",
         "tipg ms", "pygeoapi ms", "times"]  # fmt: skip
METHOD = (
    "Of every zoom the fullest tiles of the findings, each asked for the first time after the "
    "server has started: six one after the other, then twelve clients at once (where there are "
    "fewer, of other layers too), then the six again. `alone` and `again`: the slowest tile's "
    "median over the rounds, `12 at once`: the median of the slowest answer of each round, `KB`: "
    "the largest tile before it is packed; `times`: how many times as fast as the faster peer, in "
    "the median of the six. tipg reads the findings of the run as a table in EPSG:4326, draws all "
    "rows of a tile whatever it holds, from zoom 11 on; pygeoapi as well. The hotspot is 200,000 "
    "parcels on 11 x 3 km."
)
_LAYERS = ("findings", "parcels", "unsupplied", "leads", "approvals")
_ZOOMS, _PEER_ZOOMS = range(5, 19), range(11, 19)
_ALONE, _CLIENTS = 6, 12
_ALONE_MS, _AT_ONCE_MS, _AGAIN_MS = 300, 600, 50
_BUILD_SECONDS, _REBUILD_SECONDS, _LIMIT_MB = 90, 10, 500
_LIST_ROUNDS, _BETWEEN_SECONDS = 6, 10.0


class Tiles(NamedTuple):
    """Of a zoom: how many rows the fullest tile has, those asked for alone, those at once."""

    most: int
    alone: list[str]
    at_once: list[str]


class Took(NamedTuple):
    """Milliseconds of a round: of each tile alone and again, of the slowest at once; bytes."""

    alone: list[float]
    again: list[float]
    slowest: float
    most_bytes: int


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table; the land, the hotspot and the peers lie under `home`."""
    with service.kept(home / "service") as land:
        with land.connect() as store:
            table = _prepared(store)
            asked = _asked(store, _LAYERS)
        key = service.keys_of(land)["everything"]
        took, peak_mb = _rounds(land, key, asked, rounds, has_lists=True)
        peers = _peers(home, land, asked)
        table += _told("zoom", asked, took, peers)
        with land.connect() as store:
            run = runs.default(store)
            queries = feature_queries.made(store, run)
        with (
            service.served(land),
            tile_peers.served(home, land.home, run.run_series, run.id),
        ):
            table += feature_queries.rows(queries, key, rounds)
    over = " (too much)" if peak_mb > _LIMIT_MB else ""
    table.append(["server with its lists, MB", "", "", f"{peak_mb}{over}", *[""] * 6])
    with _hotspot(home) as land:
        with land.connect() as store:
            prebuilt.build(store, runs.default(store))
            asked = _asked(store, ("parcels",))
        key = service.keys_of(land)["everything"]
        took, _ = _rounds(land, key, asked, rounds, has_lists=False)
        table += _told("hotspot, zoom", asked, took, {})
    return table


def _prepared(store: Connection) -> list[list[str]]:
    """Return how long it takes to make what tiles are counted off, and after 1 % changed."""
    run = runs.default(store)
    table = [_once("prepared after a run, s", _seconds(lambda: prebuilt.build(store, run)),
                   _BUILD_SECONDS)]  # fmt: skip
    with store.transaction(force_rollback=True):
        changed = changed_run.write(store, run)
        seconds = _seconds(lambda: prebuilt.build(store, changed))
    return [*table, _once("prepared after 1 % changed, s", seconds, _REBUILD_SECONDS)]


def _once(what: str, seconds: float, bar: int) -> list[str]:
    print(f"{what}: {seconds:.1f}, load {measure.load_average()}", file=sys.stderr)
    over = " (too slow)" if seconds > bar else ""
    return [what, "", "", f"{seconds:.1f}{over}", "", "", str(bar), "", "", ""]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _hotspot(home: Path) -> Iterator[Land]:
    with hotspot.kept(home / "hotspot") as land:
        with land.connect() as store:
            is_judged = bool(runs.all_runs(store))
        if not is_judged:
            service.called(land, "run", "--as-of", f"{AS_OF}")
        yield land


def _asked(store: Connection, layers: Sequence[str]) -> dict[int, Tiles]:
    """Return by zoom which tiles are asked for, the fullest first; of the first layer alone."""
    run = runs.default(store)
    sources = {source.name: source for source in prebuilt.of_run(run)}
    cells = {}
    for layer in layers:
        found = prebuilt.rows(store, run, sources[layer]).index.cell
        cells[layer] = found[found != NOWHERE]
    asked = {}
    for zoom in _ZOOMS:
        every: list[tuple[str, int]] = []
        for layer in layers:
            own, counts = np.unique(cells[layer] >> 2 * (DEEPEST - zoom), return_counts=True)
            order = np.argsort(-counts, kind="stable")[: _ALONE + _CLIENTS]
            columns, down = places_in(own[order], zoom)
            each = zip(columns.tolist(), down.tolist(), counts[order].tolist(), strict=True)
            every += [(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt", count) for x, y, count in each]
        own_tiles = [one for one in every if one[0].startswith(f"/tiles/{layers[0]}/")]
        alone = [address for address, _ in own_tiles[:_ALONE]]
        others = [address for address, _ in every if address not in alone] or alone
        asked[zoom] = Tiles(own_tiles[0][1], alone, [*islice(cycle(others), _CLIENTS)])
    return asked


def _rounds(
    land: Land, key: str, asked: dict[int, Tiles], rounds: int, *, has_lists: bool
) -> tuple[dict[int, list[Took]], int]:
    """Ask a server that has just started, so often; return what it took and its most memory."""
    took: dict[int, list[Took]] = {zoom: [] for zoom in asked}
    peak_mb = 0
    for round_ in range(rounds):
        with service.served(land) as pid:
            if has_lists and round_ == rounds - 1:
                _ask_lists(land, key)
            for zoom, tiles in asked.items():
                took[zoom].append(_round(key, tiles))
            peak_mb = max(peak_mb, service.peak_mb(pid))
        print(f"round {round_ + 1}: {peak_mb} MB, load {measure.load_average()}", file=sys.stderr)
    return took, peak_mb


def _ask_lists(land: Land, key: str) -> None:
    """Let the server read all lists that it keeps, as its own benchmark does."""
    for _ in range(_LIST_ROUNDS):
        for kind in service.kinds_of(land):
            for address in kind.addresses[:2]:
                measure.asked(service.PORT, address, key)
        time.sleep(_BETWEEN_SECONDS)


def _round(key: str, tiles: Tiles) -> Took:
    alone = [measure.asked(service.PORT, address, key) for address in tiles.alone]
    with ThreadPoolExecutor(_CLIENTS) as clients:
        together = [*clients.map(lambda one: measure.asked(service.PORT, one, key), tiles.at_once)]
    again = [measure.asked(service.PORT, address, key) for address in tiles.alone]
    most = max(len(content) for _, content in [*alone, *together])
    assert most <= BOUNDS.most_bytes
    return Took(
        [ms for ms, _ in alone],
        [ms for ms, _ in again],
        max(ms for ms, _ in together),
        most,
    )


def _peers(home: Path, land: Land, asked: dict[int, Tiles]) -> dict[int, list[float]]:
    """Return by zoom how many milliseconds tipg took for each of the tiles asked for alone."""
    with land.connect() as store:
        run = runs.default(store)
    found: dict[int, list[float]] = {}
    with tile_peers.served(home, land.home, run.run_series, run.id):
        for zoom in _PEER_ZOOMS:
            found[zoom] = []
            for address in asked[zoom].alone:
                place = address.removeprefix("/tiles/findings/").removesuffix(".mvt")
                theirs = f"/collections/peers.findings/tiles/WebMercatorQuad/{place}"
                found[zoom].append(measure.asked(tile_peers.TIPG_PORT, theirs)[0])
    return found


def _told(
    what: str, asked: dict[int, Tiles], took: dict[int, list[Took]], peers: dict[int, list[float]]
) -> list[list[str]]:
    table = []
    both = [0.0, 0.0]
    for zoom, tiles in asked.items():
        alone = [median(one) for one in zip(*(each.alone for each in took[zoom]), strict=True)]
        again = [median(one) for one in zip(*(each.again for each in took[zoom]), strict=True)]
        at_once = median(each.slowest for each in took[zoom])
        theirs = median(peers[zoom]) if zoom in peers else None
        table.append([
            f"{what} {zoom}", f"{tiles.most:,}",
            f"{max(each.most_bytes for each in took[zoom]) / 1000:.0f}",
            _barred(max(alone), _ALONE_MS), _barred(at_once, _AT_ONCE_MS),
            _barred(max(again), _AGAIN_MS), f"{_ALONE_MS}, {_AT_ONCE_MS}, {_AGAIN_MS}",
            "" if theirs is None else f"{theirs:.0f}", "",
            "" if theirs is None else f"{theirs / median(alone):.1f} x",
        ])  # fmt: skip
        if zoom in peers:
            both = [both[0] + sum(alone), both[1] + sum(peers[zoom])]
    if peers:
        ours, theirs = both
        table.append(["tiles of these zooms, each once", "", "", f"{ours:.0f}", "", "", "",
                      f"{theirs:.0f}", "", f"{theirs / ours:.1f} x"])  # fmt: skip
    return table


def _barred(ms: float, bar: int) -> str:
    return f"{ms:.0f}{' (too slow)' if ms > bar else ''}"
