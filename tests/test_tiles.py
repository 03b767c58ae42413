"""Tiles: nothing is cut in silence, and every zoom adds up to what the lists say.

The reference is the slow and obvious way: the rows of a run made for the day itself, one by one.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import pytest
import shapely

from gis.accounts import keys, users
from gis.config import Config
from gis.store import database, runs
from gis.store.results import Scope
from gis.tiles import tile as tile_of_map
from gis.tiles.address import Address
from gis.tiles.layers import BOUNDS, LAYERS
from gis.tiles.maker import Tiles
from tests import vector_tiles
from tests.conftest import Server
from tests.sending import client_of
from tests.stores import copied
from tests.test_api_scope import by
from tests.vector_tiles import Layer
from tests.warm import DEMO_DAY, Desk, shared

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
# Before the day judged, the day itself, after it.
DAYS = ("2023-03-15", DEMO_DAY, "2027-02-01")
ZOOMS = range(5, 19) if IS_LONG else (5, 10, 11, 13)
SCOPES: dict[str, Scope | None] = {
    "everything": None,
    "a region": Scope(regions=("150699",)),
    "a block": Scope(blocks=("Y1",)),
}
_OPEN = 2**31 - 1


@pytest.fixture(scope="module")
def desk(
    server: Server, demo_pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """The demo, judged on three days; the run of the demo's day is the first."""
    home = tmp_path_factory.mktemp("tiles")
    with copied(server, demo_pattern, "landwatch_tiles", home) as store:
        desk = Desk(store, shared())
        for day in DAYS:
            assert desk.call("run", "--as-of", day).code == 0
        yield desk


@pytest.fixture(scope="module")
def rows(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """By day the findings of the run that judged it."""
    with desk.store.connect() as connection:
        found = {}
        for day in DAYS:
            told = connection.execute(
                "SELECT rule, outcome, area_m2, regions, parks, blocks, ST_AsBinary(geom), subject,"
                " subject_key FROM landwatch.finding JOIN landwatch.run AS own USING (run_series)"
                " WHERE own.as_of = %s AND first_run <= own.id AND last_run >= own.id",
                (day,),
            ).fetchall()
            names = ("rule", "outcome", "area_m2", "regions", "parks", "blocks", "geom", "subject",
                     "of")  # fmt: skip
            found[day] = [dict(zip(names, row, strict=True)) for row in told]
    assert len({len(each) for each in found.values()}) > 1
    return found


@pytest.fixture(scope="module")
def secrets(desk: Desk, rows: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    blocks = Counter(one for row in rows[DEMO_DAY] for one in row["blocks"] or ())
    regions = Counter(one for row in rows[DEMO_DAY] for one in row["regions"] or ())
    SCOPES["a block"] = Scope(blocks=(min(blocks, key=lambda one: (blocks[one], one)),))
    SCOPES["a region"] = Scope(regions=(max(one for one in regions if len(one) == 6),))
    found = {}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for name, scope in SCOPES.items():
            users.add(connection, name, ["viewer"], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


@pytest.fixture(scope="module")
def client(desk: Desk, secrets: dict[str, str]) -> Iterator[httpx.Client]:
    yield from client_of(desk)


def lies_in(row: dict[str, Any], scope: Scope | None) -> bool:
    if scope is None:
        return True
    for name in ("regions", "parks", "blocks"):
        if {*(row[name] or ())} & {*getattr(scope, name)}:
            return True
    return False


def totals(told: list[tuple[str, float | None]]) -> dict[str, tuple[int, float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for state, area_m2 in told:
        found[state].append(area_m2 or 0.0)
    return {state: (len(areas), round(sum(areas), 3)) for state, areas in found.items()}


def tiles_of(rows: list[dict[str, Any]], zoom: int) -> set[tuple[int, int]]:
    """Every tile in which the bounds of any shape of any day lie."""
    found = set()
    for row in rows:
        if row["geom"] is not None:
            west, south, east, north = shapely.from_wkb(row["geom"]).bounds
            first, top = vector_tiles.tile_of(zoom, west, north)
            last, bottom = vector_tiles.tile_of(zoom, east, south)
            found |= {(x, y) for x in range(first, last + 1) for y in range(top, bottom + 1)}
    return found


def counted(tile: dict[str, Layer], name: str) -> list[tuple[str, float | None]]:
    """What the cells of a tile say, a row for each that they count, the area on the first."""
    found = []
    for _, kind, said, shape in tile.get(f"{name}_grid", Layer()).features:
        assert kind == 3
        assert len(shape) == 11
        states = [key.partition(":")[2] for key in said if key.startswith("count:")]
        assert said["count"] == sum(said[f"count:{one}"] for one in states)
        assert said["area_m2"] == pytest.approx(sum(said[f"area_m2:{one}"] for one in states))
        for one in states:
            found.append((one, said[f"area_m2:{one}"]))
            found += [(one, 0.0)] * (said[f"count:{one}"] - 1)
    return found


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("name", SCOPES)
def test_the_tiles_of_every_zoom_add_up_to_the_findings_of_the_day(
    client: httpx.Client,
    secrets: dict[str, str],
    rows: dict[str, list[dict[str, Any]]],
    day: str,
    name: str,
) -> None:
    """By the papers of one run, against the run that judged the day; land left is told by area.

    The run is the one of the last day: of a paper dated later a run tells nothing before its day.
    """
    mine = [row for row in rows[day] if lies_in(row, SCOPES[name])]
    every = [row for each in rows.values() for row in each]
    run = DAYS.index(max(DAYS)) + 1
    asked = f"run={run}&as_of={day}"
    head = client.get(f"/tiles/findings.json?{asked}", headers=by(secrets[name])).json()
    supplied = [row for row in mine if row["rule"] != "unsupplied"]
    left = [row for row in mine if row["rule"] == "unsupplied"]
    wanted = totals([(f"{row['rule']}:{row['outcome']}", row["area_m2"]) for row in supplied])
    wanted_m2 = {
        state: area_m2
        for state, (_, area_m2) in totals(
            [(f"unsupplied:{row['outcome']}", row["area_m2"]) for row in left]
        ).items()
    }
    said = {one: (told["count"], round(told["area_m2"], 3)) for one, told in head["states"].items()}
    assert {one: told for one, told in said.items() if not one.startswith("unsupplied")} == wanted
    assert {one: told[1] for one, told in said.items() if one.startswith("unsup")} == wanted_m2
    for zoom in ZOOMS:
        met: list[tuple[str, float | None]] = []
        counts: Counter[str] = Counter()
        area_m2 = 0.0
        for x, y in sorted(tiles_of(every, zoom)):
            answer = client.get(
                f"/tiles/findings/{zoom}/{x}/{y}.mvt?{asked}", headers=by(secrets[name])
            )
            assert answer.status_code == 200, answer.text
            tile = vector_tiles.read(answer.content)
            ((_, kind, meta, _),) = tile["meta"].features
            assert kind == 1
            assert (meta["run"], meta["as_of"]) == (run, day)
            assert meta["total"] == meta["drawn"] + meta["merged"]
            assert len(answer.content) <= BOUNDS.most_bytes
            counts.update({one: meta[one] for one in ("total", "drawn", "merged", "unmeasured")})
            counts.update({one: of for one, of in meta.items() if ":" in one})
            area_m2 += meta["area_m2"]
            merged = counted(tile, "findings")
            assert len(merged) == meta["merged"]
            met += merged
        unplaced = head["unplaced"]
        assert counts["total"] == head["count"] - unplaced["count"]
        assert area_m2 == pytest.approx(head["area_m2"] - unplaced["area_m2"], abs=1e-3)
        assert (counts["drawn"] == 0) == (zoom <= 10 or not counts["total"])
        assert len(met) == counts["merged"]
        # By rule: what an agreement is about was supplied too, and lies there twice.
        by_rule = Counter(state.partition(":")[0] for state, _ in met)
        assert {rule: counts[f"merged:{rule}"] for rule in by_rule} == by_rule
        for one in ("total", "merged"):
            rules = [of for key, of in counts.items() if key.startswith(f"{one}:")]
            assert sum(rules) == counts[one]
    assert name == "a block" or head["count"] > 20


def test_what_the_command_lists_is_what_the_tiles_add_up_to(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """By outcome, findings and candidates together; what has no place is told beside."""
    listed = (
        desk.json("findings", "--run", "1")["rows"] + desk.json("candidates", "--run", "1")["rows"]
    )
    wanted = totals([(f"{row['rule']}:{row['outcome']}", row["area_m2"]) for row in listed])
    head = client.get("/tiles/findings.json?run=1", headers=by(secrets["everything"])).json()
    said = {one: (told["count"], round(told["area_m2"], 3)) for one, told in head["states"].items()}
    assert said == wanted
    assert head["count"] == len(listed)
    assert head["unplaced"]["count"] > 0
    assert head["states"]["idle_land:suspected_idle"]["zh"] == "疑似闲置"


def test_every_row_that_counts_in_a_tile_is_drawn_or_counted_in_it(
    client: httpx.Client, secrets: dict[str, str], rows: dict[str, list[dict[str, Any]]]
) -> None:
    """At zoom 11 a parcel of a few metres is smaller than a unit, and drawn as one."""
    drawn: set[int] = set()
    total = 0
    for x, y in sorted(tiles_of(rows[DEMO_DAY], 11)):
        answer = client.get(
            f"/tiles/findings/11/{x}/{y}.mvt?run=1", headers=by(secrets["everything"])
        )
        tile = vector_tiles.read(answer.content)
        total += tile["meta"].features[0][2]["total"]
        own = {number for number, *_ in tile["findings"].features if number is not None}
        assert len(own) >= tile["meta"].features[0][2]["drawn"] > 0
        drawn |= own
    assert len(drawn) == total == sum(row["geom"] is not None for row in rows[DEMO_DAY])


def test_gdal_reads_the_same_rows_and_their_chinese(
    client: httpx.Client,
    secrets: dict[str, str],
    rows: dict[str, list[dict[str, Any]]],
    tmp_path: Path,
) -> None:
    wanted = {row["subject"]: row for row in rows[DEMO_DAY] if row["geom"] is not None}
    met: dict[str, float] = {}
    for x, y in sorted(tiles_of(rows[DEMO_DAY], 13)):
        answer = client.get(
            f"/tiles/findings/13/{x}/{y}.mvt?run=1", headers=by(secrets["everything"])
        )
        place = tmp_path / f"{x}-{y}.mvt"
        place.write_bytes(answer.content)
        if "findings" in {name for name, _ in pyogrio.list_layers(place)}:
            read = pyogrio.read_dataframe(place, layer="findings")
            met |= dict(zip(read["subject"], read["area_m2"], strict=True))
    assert {*met} == {*wanted}
    assert any("演示" in subject for subject in met)
    for subject, area_m2 in met.items():
        assert area_m2 == wanted[subject]["area_m2"] or area_m2 != area_m2


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_says_in_its_tiles_what_its_head_says(
    client: httpx.Client, secrets: dict[str, str], layer: str
) -> None:
    """From the whole world down: a tile is the sum of the four beneath it."""
    headers = by(secrets["everything"])
    head = client.get(f"/tiles/{layer}.json?run=1", headers=headers).json()
    level = [(0, 0)]
    for zoom in range(13):
        totals_of, beneath = [], []
        for x, y in level:
            answer = client.get(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt?run=1", headers=headers)
            tile = vector_tiles.read(answer.content)
            meta = tile["meta"].features[0][2]
            totals_of.append(meta["total"])
            if meta["total"]:
                beneath += [(2 * x + i, 2 * y + j) for i in (0, 1) for j in (0, 1)]
        assert sum(totals_of) == head["count"] - head["unplaced"]["count"], zoom
        level = beneath
    assert head["count"] > 0


@pytest.mark.parametrize(
    ("address", "status", "part"),
    [
        ("findings/99/0/0.mvt", 404, "99"),
        ("findings/19/0/0.mvt", 404, "19"),
        ("findings/-1/0/0.mvt", 422, "z"),
        ("findings/5/32/0.mvt", 404, "5/32/0"),
        ("findings/5/0/32.mvt", 404, "5/0/32"),
        ("findings/5/-1/0.mvt", 422, "x"),
        ("findings/5/1e3/0.mvt", 422, "x"),
        (f"findings/5/{10**30}/0.mvt", 422, "x"),
        ("findings/5/1/1.mvt?as_of=1990-01-01", 404, "1990-01-01"),
        ("findings.json?as_of=1990-01-01", 404, "1990-01-01"),
        ("unsupplied/5/1/1.mvt?as_of=1950-01-01", 404, "1950-01-01"),
        ("parcels/5/1/1.mvt?as_of=1900-01-01", 404, "1900-01-01"),
        ("findings/5/1/1.mvt?as_of=2026-02-30", 422, "as_of"),
        ("findings/5/1/1.mvt?as_of=yesterday", 422, "as_of"),
        ("findings/5/1/1.mvt?run=77", 404, "77"),
        ("findings/5/1/1.mvt?run=0", 422, "run"),
        ("leads/5/1/1.mvt?run=1&as_of=2023-03-15", 404, DEMO_DAY),
        ("park_pieces.json?run=1&as_of=2023-03-15", 404, DEMO_DAY),
        ("finding/5/1/1.mvt", 404, "findings"),
        ("..%2fruns/5/1/1.mvt", 404, ""),
    ],
)
def test_an_address_that_is_no_tile_is_told_with_a_reason(
    client: httpx.Client, secrets: dict[str, str], address: str, status: int, part: str
) -> None:
    answer = client.get(f"/tiles/{address}", headers=by(secrets["everything"]))
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert part in told["detail"] + told["mend"]


def test_a_tile_is_kept_by_who_may_see_it_and_by_nobody_else(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    mine, other = by(secrets["everything"]), by(secrets["a block"])
    column, row = vector_tiles.tile_of(8, 109.9, 39.6)
    url = f"/tiles/findings/8/{column}/{row}.mvt?run=1"
    answer = client.get(url, headers=mine)
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get(url, headers=mine | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(url, headers=mine | tag).status_code == 304
    assert client.get(url, headers=other | tag).status_code == 200
    # A scope is never in the address.
    assert client.get(url + "&region=150699&scope=everything", headers=other).content == (
        client.get(url, headers=other).content
    )
    assert client.get(url).status_code == 401


def test_many_rows_are_drawn_by_size_and_the_rest_counted_within_the_bytes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bounds made small: 30 drawn, then the grid, then fewer and larger cells."""

    def made(**bounds: int) -> tuple[dict[str, Layer], int]:
        small = BOUNDS.__class__(**{**vars(BOUNDS), "least_side_pixels": 0.0, **bounds})
        monkeypatch.setattr(tile_of_map, "BOUNDS", small)
        with database.connect(Config(Path("unused"), desk.store.url)) as connection:
            run = runs.get(connection, 1)
            found = Tiles().tile(connection, run, LAYERS["findings"], run.as_of, None, address)
        return vector_tiles.read(found.raw), len(found.raw)

    with desk.store.connect() as connection:
        ((x, y),) = connection.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Centroid(ST_Collect(geom)) p"
            " FROM landwatch.finding WHERE first_run = 1) s"
        ).fetchall()
    # A zoom at which rows are drawn, of the tile with the most of them.
    address = Address(11, *vector_tiles.tile_of(11, x, y))
    whole, _ = made()
    meta = whole["meta"].features[0][2]
    assert meta["merged"] == 0
    assert meta["total"] > 60
    areas = sorted((said.get("area_m2", 0.0) for *_, said, _ in whole["findings"].features))
    some, _ = made(most_drawn=30)
    told = some["meta"].features[0][2]
    assert told["total"] == meta["total"]
    assert told["area_m2"] == meta["area_m2"]
    # Many parcels of the demo are as large as each other.
    assert len(some["findings"].features) == 30
    assert 0 < told["drawn"] <= 30
    least = min(said["area_m2"] for *_, said, _ in some["findings"].features)
    assert least >= areas[-30]
    assert len(counted(some, "findings")) == told["merged"]
    none, size = made(most_drawn=30, most_partly_drawn=60)
    assert "findings" not in none
    assert none["meta"].features[0][2]["merged"] == meta["total"]
    fewer, smaller = made(most_drawn=30, most_partly_drawn=60, most_bytes=size - 1)
    assert smaller < size
    assert len(fewer["findings_grid"].features) < len(none["findings_grid"].features)
    assert len(counted(fewer, "findings")) == meta["total"]
    short, length = made(most_drawn=10_000, most_bytes=size)
    assert length <= size
    assert short["meta"].features[0][2]["total"] == meta["total"]
    assert len(counted(short, "findings")) == short["meta"].features[0][2]["merged"] > 0


def test_a_day_without_a_run_is_told_by_the_papers_of_the_run_shown(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["everything"])
    told = client.get("/tiles/findings.json?as_of=2024-05-06", headers=headers).json()
    # What looks ahead of today is not shown unless asked for.
    assert (told["run"], told["as_of"]) == (1, "2024-05-06")
    assert told["tiles"][0].endswith("/{z}/{x}/{y}.mvt?run=1&as_of=2024-05-06")
    own = client.get("/tiles/findings.json?as_of=2023-03-15", headers=headers).json()
    assert own["run"] == 2
    assert date.fromisoformat(own["as_of"]) == date(2023, 3, 15)
