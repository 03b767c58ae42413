"""The packed rows of a map, read back by a slow reader written here from the format's text."""

import base64
import datetime
import gzip
import json
import re

import folium
import numpy as np
import pandas as pd
import shapely

from maps import block
from maps.layers import LAYERS
from maps.packed import Column, pack

WEST, SOUTH = 109.8, 39.6
RING = shapely.Polygon(
    shapely.box(WEST, SOUTH, WEST + 0.003, SOUTH + 0.003).exterior,
    [shapely.box(WEST + 0.001, SOUTH + 0.001, WEST + 0.002, SOUTH + 0.002).exterior],
)
TWO = shapely.MultiPolygon(
    [shapely.box(WEST - 0.002, SOUTH, WEST - 0.001, SOUTH + 0.001), shapely.box(1, -2, 1.5, -1)]
)
COLUMNS = [Column("name"), Column("since_on", "day"), Column("area_m2", "number", 100)]


def unpacked(text: str) -> tuple[dict, list[list], list[list[list[list[tuple[float, float]]]]]]:
    data = iter(gzip.decompress(base64.b64decode(text)))

    def number() -> int:
        value, shift = 0, 0
        for byte in data:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
        raise AssertionError("the stream ends inside a number")

    def signed() -> int:
        value = number()
        return (value >> 1) ^ -(value & 1)

    head = json.loads(bytes(next(data) for _ in range(number())))
    columns = []
    for column in head["columns"]:
        raw = [number() for _ in range(head["rows"])]
        if column["kind"] == "text":
            columns.append([column["words"][value - 1] if value else None for value in raw])
        else:
            steps = [((value - 1) >> 1) ^ -((value - 1) & 1) if value else None for value in raw]
            columns.append([None if v is None else v / column["scale"] for v in steps])
    parts = [number() for _ in range(head["rows"])]
    rings = [number() for _ in range(sum(parts))]
    points = [number() for _ in range(sum(rings))]
    x = np.cumsum([signed() for _ in range(sum(points))]) / 1e6
    y = np.cumsum([signed() for _ in range(sum(points))]) / 1e6
    assert next(data, None) is None
    flat = iter(zip(x.tolist(), y.tolist(), strict=True))
    ring_sizes, ring_counts = iter(points), iter(rings)
    shapes = [
        [
            [[next(flat) for _ in range(next(ring_sizes))] for _ in range(next(ring_counts))]
            for _ in range(count)
        ]
        for count in parts
    ]
    return head, columns, shapes


def redrawn(parts: list) -> shapely.Geometry:
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in parts])


def test_rows_come_back_as_they_went_in() -> None:
    frame = pd.DataFrame(
        {
            "name": ["恒泰", None, "恒泰", '"</script>'],
            "since_on": pd.to_datetime(["1969-12-31", "2021-05-04", None, "2024-02-29"]),
            "area_m2": [13979.84, np.nan, 0.0, 1e10],
            "geom": [RING, TWO, None, shapely.Point(WEST, SOUTH)],
        }
    )
    head, columns, shapes = unpacked(pack(frame, COLUMNS, {"key": "idle"}))
    assert head["about"] == {"key": "idle"}
    assert columns[0] == ["恒泰", None, "恒泰", '"</script>']
    days = [datetime.date(1969, 12, 31), datetime.date(2021, 5, 4), datetime.date(2024, 2, 29)]
    since = [(day - datetime.date(1970, 1, 1)).days for day in days]
    assert columns[1] == [since[0], since[1], None, since[2]]
    assert columns[2] == [13979.84, None, 0.0, 1e10]
    assert redrawn(shapes[0]).symmetric_difference(RING).area < 1e-12
    assert redrawn(shapes[1]).symmetric_difference(TWO).area < 1e-12
    assert shapes[2] == []
    assert shapes[3] == []


def test_a_hole_turns_the_other_way_than_its_outer_ring() -> None:
    frame = pd.DataFrame({"geom": [shapely.reverse(RING), RING]})
    _, _, shapes = unpacked(pack(frame, [], {}))
    for (outer, hole), *rest in shapes:
        assert rest == []
        assert len(outer) == 4
        assert shapely.LinearRing(outer).is_ccw
        assert not shapely.LinearRing(hole).is_ccw


def test_money_beyond_32_bits_keeps_its_last_fen() -> None:
    frame = pd.DataFrame({"fee_fen": pd.array([379_600_000_01, None, 9_007_199_254], "Int64")})
    _, columns, _ = unpacked(pack(frame, [Column("fee_fen", "number")], {}))
    assert columns == [[379_600_000_01, None, 9_007_199_254]]


def test_collections_give_their_polygons_and_nothing_else() -> None:
    inner = shapely.GeometryCollection([TWO, shapely.LineString([(0, 0), (1, 1)])])
    frame = pd.DataFrame({"geom": [shapely.GeometryCollection([inner, RING]), shapely.Polygon()]})
    _, _, shapes = unpacked(pack(frame, [], {}))
    assert [len(parts) for parts in shapes] == [3, 0]


def test_a_frame_without_rows_columns_or_shapes_is_packed_too() -> None:
    for frame in (pd.DataFrame(), pd.DataFrame({"name": [], "geom": []})):
        head, _, shapes = unpacked(pack(frame, COLUMNS, {}))
        assert head["rows"] == 0
        assert shapes == []


def ten_thousand() -> pd.DataFrame:
    """10,000 parcels of five to nine corners in 100 rows, with the twelve columns of a finding."""
    random = np.random.default_rng(20231231)
    count = 10_000
    corners = random.integers(5, 10, count)
    angles = np.sort(random.random(corners.sum()) + np.repeat(np.arange(count) * 2.0, corners))
    angles = (angles % 1.0) * 2 * np.pi
    centres = np.stack([np.arange(count) % 100, np.arange(count) // 100], axis=1) * 0.001
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 0.0004
    points += np.repeat(centres + np.array([WEST, SOUTH]), corners, axis=0)
    rings = shapely.linearrings(points, indices=np.repeat(np.arange(count), corners))
    serial = np.arange(count)
    outcomes = np.array(["clear", "candidate", "suspected_idle", "overdue"])
    day = np.datetime64("2014-01-01", "s")
    return pd.DataFrame(
        {
            "subject": [f"150602{2012 + n % 10}B{n:05d}" for n in serial],
            "rule": "idle_land",
            "outcome": outcomes[random.integers(0, 4, count)],
            "track": np.array(["fee", "recovery", None], dtype=object)[
                random.integers(0, 3, count)
            ],
            "evidence_grade": "none",
            "start_state": "not_reported",
            "since_on": day + random.integers(0, 3000, count).astype("timedelta64[D]"),
            "next_on": day + random.integers(3000, 4000, count).astype("timedelta64[D]"),
            "next_event": "recovery",
            "area_m2": np.round(random.random(count) * 90_000 + 5_000, 2),
            "article": "《闲置土地处置办法》第十四条第一项",
            "name": [f"鄂尔多斯市第{n % 3777}号装备制造项目" for n in serial],
            "geom": shapely.polygons(rings),
        }
    )


def test_10000_parcels_take_a_fifth_of_what_foliums_own_layer_takes(tmp_path) -> None:
    frame = ten_thousand()
    place = block.Place("150602-01", "一区", "高新区", datetime.date(2023, 12, 31), 1)
    ours = block.draw(place, {"findings": frame}, tmp_path / "block.html").read_bytes()
    told = frame.drop(columns="geom").astype({"since_on": str, "next_on": str})
    features = [
        {"type": "Feature", "properties": row, "geometry": shape}
        for row, shape in zip(
            told.to_dict("records"), map(json.loads, shapely.to_geojson(frame["geom"])), strict=True
        )
    ]
    theirs = folium.Map(location=[SOUTH, WEST], tiles=None)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        popup=folium.GeoJsonPopup(fields=list(told.columns)),
    ).add_to(theirs)
    page = theirs.get_root().render().encode()
    assert len(ours) * 5 <= len(page), f"{len(ours):,} bytes against {len(page):,}"
    # The same attributes are in both pages.
    text = re.search(rb'id="packed_idle_rows">(.*?)</script>', ours)
    assert text
    packed, columns, shapes = unpacked(text.group(1).decode())
    names = [column["name"] for column in packed["columns"]]
    assert set(told.columns) - {"rule"} <= set(names)
    assert columns[names.index("name")] == told["name"].tolist()
    assert sum(map(len, shapes)) == 10_000


def test_each_layer_carries_the_columns_its_cards_read() -> None:
    for layer in LAYERS:
        carried = {column.name for column in layer.columns()}
        assert {line.column for line in layer.lines} <= carried
        assert {line.other for line in layer.lines if line.other} <= carried
        assert set(layer.title) <= carried
