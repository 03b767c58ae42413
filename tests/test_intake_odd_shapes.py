"""Shapes GEOS has no name for, and shapes with nothing in them."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from shapely import Polygon

from gis.intake.read import read
from gis.intake.readers import limits
from gis.intake.readers.curves import UnreadableShapeError, chords, drawn
from tests.odd_shapes import (
    CIRCLE,
    SQUARE,
    at,
    codes,
    geopackage,
    geoparquet,
    line,
    planar_m2,
    ring,
    told,
    wkb,
)

NOTHING_HIGH = struct.pack("<BII", 1, 1003, 0)

# A circle of 100 m: pi 100^2 = 31,415.927 m2. A chord of angle a lies r (1 - cos a/2) from its arc:
# 0.001 = 100 (1 - cos a/2) -> a/2 = 0.0044721, so 2 pi / 0.0089443 = 702.5 chords. Each half takes
# 352: 704 triangles of 100^2 sin(2 pi / 704) / 2 = 31,415.509 m2, 0.417 m2 short of the circle; and
# two thirds of 1 mm along 628.3 m are 0.419 m2, the most there can be.
CIRCLE_M2 = 704 / 2 * 100.0**2 * math.sin(2 * math.pi / 704)


@pytest.mark.parametrize("write", [geopackage, geoparquet])
@pytest.mark.parametrize(
    ("shape", "area_m2", "arc_count"),
    [
        (wkb(10, line(8, CIRCLE)), CIRCLE_M2, 2),
        (wkb(12, wkb(10, line(8, CIRCLE))), CIRCLE_M2, 2),
        (wkb(7, wkb(10, line(8, CIRCLE))), CIRCLE_M2, 2),
        # One whole circle: three points, the first again the last, the middle opposite.
        (wkb(10, line(8, at((0, 100), (200, 100), (0, 100)))), CIRCLE_M2, 1),
        # A square of 200 m whose hole is the circle: 40,000 - 31,415.51.
        (
            wkb(10, line(2, at((0, 0), (200, 0), (200, 200), (0, 200), (0, 0))), line(8, CIRCLE)),
            40_000 - CIRCLE_M2, 2,
        ),
        # A half circle on a straight base, one ring of two pieces: half of it.
        (
            wkb(10, wkb(9, line(8, at((0, 100), (100, 200), (200, 100))),
                        line(2, at((200, 100), (0, 100))))),
            CIRCLE_M2 / 2, 1,
        ),
        # Three points on a line are that line: the square stays a square.
        (wkb(10, wkb(9, line(8, at((0, 0), (50, 0), (100, 0))),
                     line(2, at((100, 0), (100, 100), (0, 100), (0, 0))))), 10_000.0, 1),
    ],
)  # fmt: skip
def test_arcs_are_drawn_as_chords_within_a_millimetre_and_told(
    write: object, shape: bytes, area_m2: float, arc_count: int, tmp_path: Path
) -> None:
    plain = wkb(3, ring(SQUARE))
    assert callable(write)
    suffix = "gpkg" if write is geopackage else "parquet"
    reading = read(write(tmp_path / f"parcels.{suffix}", [plain, shape]), "parcels")
    assert planar_m2(reading, 1) == pytest.approx(10_000.0, abs=1e-3)
    assert planar_m2(reading, 2) == pytest.approx(area_m2, abs=2e-3)
    (note,) = told(reading, "arcs_as_chords").to_dict("records")
    assert (note["row_no"], note["severity"], note["value"]) == (2, "note", str(arc_count))
    assert "1 毫米" in note["message"]
    assert reading.issues[reading.issues["row_no"] == 1].empty


@pytest.mark.parametrize("offset", [1000, 2000, 3000, 0x80000000])
def test_heights_and_measures_of_a_curve_are_left_out(offset: int, tmp_path: Path) -> None:
    wide = [(x, y, *((7.0, 8.0) if offset == 3000 else (7.0,))) for x, y in CIRCLE]
    shape = wkb(10 + offset, line(8 + offset, wide))
    reading = read(geopackage(tmp_path / "parcels.gpkg", [shape]), "parcels")
    assert planar_m2(reading, 1) == pytest.approx(CIRCLE_M2, abs=2e-3)
    assert ("flattened_geometry" in codes(reading)) == (offset != 2000)


def test_an_arc_in_degrees_is_drawn_as_finely() -> None:
    # 0.001 degrees are 111 m: 1 mm of tolerance asks for as many chords as in metres.
    found = drawn(wkb(10, line(8, [(110, 39.5), (110.001, 39.501), (110.002, 39.5),
                                   (110.001, 39.499), (110, 39.5)])))  # fmt: skip
    assert 700 < shapely.get_num_coordinates(found.geom) < 800
    assert shapely.area(found.geom) == pytest.approx(math.pi * 1e-6, rel=2e-5)


def test_neighbours_go_on_sharing_an_arc_whichever_way_it_runs() -> None:
    first, middle, last = (np.array(p) for p in at((0, 0), (30, 40), (100, 0)))
    there, back = chords(first, middle, last), chords(last, middle, first)
    assert np.array_equal(there, back[::-1])
    assert np.array_equal(there[[0, -1]], [first, last])


def test_no_chord_lies_farther_from_its_arc_than_the_tolerance() -> None:
    for radius in (0.5, 1.0, 37.0, 5_000.0, 80_000.0):
        xy = chords(*(np.array(p) * radius for p in ((0.0, 1000.0), (1.0, 1001.0), (2.0, 1000.0))))
        middles = (xy[1:] + xy[:-1]) / 2 - np.array([radius, 1000.0 * radius])
        assert (radius - np.hypot(*middles.T)).max() <= limits.curves().tolerance_m * (1 + 1e-6)


def test_an_arc_no_boundary_has_is_refused() -> None:
    with pytest.raises(UnreadableShapeError, match="radius 2000000"):
        chords(*(np.array(p) * 2e6 for p in ((0.0, 1000.0), (1.0, 1001.0), (2.0, 1000.0))))


@pytest.mark.parametrize(
    ("shape", "area_m2"),
    [
        # Two triangles, each half of 100 x 100, seen from above: 10,000 m2; upright ones: nothing.
        (wkb(1015, NOTHING_HIGH, NOTHING_HIGH), None),
        (
            wkb(16, wkb(17, ring(at((0, 0), (100, 0), (100, 100), (0, 0)))),
                wkb(17, ring(at((0, 0), (100, 100), (0, 100), (0, 0)))),
                wkb(17, ring(at((0, 0), (50, 0), (100, 0), (0, 0))))), 10_000.0,
        ),
        (wkb(15, wkb(3, ring(SQUARE))), 10_000.0),
        (wkb(17, ring(at((0, 0), (100, 0), (0, 100), (0, 0)))), 5_000.0),
    ],
)  # fmt: skip
def test_a_surface_in_space_is_read_as_what_it_covers(
    shape: bytes, area_m2: float | None, tmp_path: Path
) -> None:
    reading = read(geoparquet(tmp_path / "parcels.parquet", [shape]), "parcels")
    if area_m2 is None:
        assert "missing_geometry" in codes(reading)
        return
    assert planar_m2(reading, 1) == pytest.approx(area_m2, abs=1e-3)
    assert "surface_as_area" in codes(reading)


@pytest.mark.parametrize(
    "shape", [b"", b"\x01", b"\x05" * 30, wkb(99), wkb(10, line(8, CIRCLE[:4])),
              struct.pack("<BII", 1, 12, 2**32 - 1), wkb(7) [:5] + b"\xff\xff\xff\x7f"],
)  # fmt: skip
def test_what_is_no_shape_is_told_row_by_row_and_the_rest_is_taken(
    shape: bytes, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableShapeError):
        drawn(shape)
    shapes = [wkb(3, ring(SQUARE)), shape]
    reading = read(geoparquet(tmp_path / "parcels.parquet", shapes), "parcels")
    assert reading.rows["row_no"].tolist() == [1]
    assert {"unreadable_shape", "missing_geometry"} <= codes(reading)


@pytest.mark.parametrize(
    "declared", ["GEOMETRY", "CURVEPOLYGON", "MULTISURFACE", "SURFACE", "GEOMETRYCOLLECTION"]
)
@pytest.mark.parametrize("z_and_m", [(0, 0), (1, 0), (0, 1), (1, 1), (2, 2)])
def test_a_layer_of_any_declared_type_is_read(
    declared: str, z_and_m: tuple[int, int], tmp_path: Path
) -> None:
    path = geopackage(tmp_path / "parcels.gpkg", [wkb(3, ring(SQUARE))], declared)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE gpkg_geometry_columns SET z = ?, m = ?", z_and_m)
    connection.close()
    reading = read(path, "parcels")
    assert planar_m2(reading, 1) == pytest.approx(10_000.0, abs=1e-3)


def test_a_property_named_as_the_row_number_stays_a_column(tmp_path: Path) -> None:
    coordinates = [[[110.0, 39.5], [110.001, 39.5], [110.001, 39.501], [110.0, 39.5]]]
    for name in ("id", "fid", "OGC_FID", "ogc_fid", "geometry", "geom", "wkb_geometry"):
        feature = {
            "type": "Feature", "id": 77, "properties": {name: "150699001001GB00009"},
            "geometry": {"type": "Polygon", "coordinates": coordinates},
        }  # fmt: skip
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        reading = read(path, "parcels", column_map={name: "宗地代码"})
        assert reading.rows["key"].tolist() == ["150699001001GB00009"], name
        assert reading.rows["geom"].notna().all(), name


@pytest.mark.parametrize("suffix", ["shp", "fgb", "gpkg"])
@pytest.mark.parametrize("name", ["OGC_FID", "ogc_fid", "fid", "id", "FID"])
def test_the_same_in_other_formats(name: str, suffix: str, tmp_path: Path) -> None:
    if suffix == "gpkg" and name.lower() == "fid":
        name = "fid_"  # SQLite has one column of that name: the row's number itself
    frame = geopandas.GeoDataFrame(
        {name: ["150699001001GB00009"]}, geometry=[Polygon(SQUARE)], crs="EPSG:4525"
    )
    path = tmp_path / f"parcels.{suffix}"
    pyogrio.write_dataframe(frame, path)
    reading = read(path, "parcels", column_map={name: "宗地代码"})
    assert reading.rows["key"].tolist() == ["150699001001GB00009"]


NOTHING = struct.pack("<BII", 1, 3, 0)


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        (wkb(6, wkb(3, ring(SQUARE)), NOTHING), 1),
        (wkb(6, NOTHING, wkb(3, ring(SQUARE)), NOTHING), 2),
        (wkb(3, ring(SQUARE), ring([])), 1),
        (wkb(6, wkb(3, ring(SQUARE), ring([]))), 1),
        (wkb(7, wkb(3, ring(SQUARE)), NOTHING), 1),
    ],
)
def test_empty_parts_and_empty_holes_go_and_the_area_stays(
    shape: bytes, count: int, tmp_path: Path
) -> None:
    reading = read(geopackage(tmp_path / "parcels.gpkg", [shape]), "parcels")
    assert planar_m2(reading, 1) == pytest.approx(10_000.0, abs=1e-3)
    geom = reading.rows["geom"][0]
    assert geom.geom_type == "Polygon"
    assert len(geom.interiors) == 0
    (note,) = told(reading, "empty_parts").to_dict("records")
    assert f"有 {count} 个空" in note["message"]


def test_a_shape_of_empty_parts_alone_is_missing(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "parcels.gpkg", [wkb(6, NOTHING, NOTHING), wkb(3, ring(SQUARE))])
    assert read(path, "parcels").rows["row_no"].tolist() == [2]


@pytest.mark.parametrize("width_m", [0.000_03, 0.000_01])
def test_a_shape_that_vanishes_at_a_tenth_of_a_millimetre_is_refused(
    width_m: float, tmp_path: Path
) -> None:
    hair = at((200, 0), (200 + width_m, 0), (200 + width_m, 100), (200, 100), (200, 0))
    path = geopackage(tmp_path / "p.gpkg", [wkb(3, ring(SQUARE)), wkb(3, ring(hair))])
    reading = read(path, "parcels")
    assert reading.rows["row_no"].tolist() == [1]
    assert told(reading, "vanishing_shape")["row_no"].tolist() == [2]


def test_a_narrow_shape_that_does_not_vanish_is_taken(tmp_path: Path) -> None:
    # 1 mm by 100 m: 0.1 m2.
    strip = at((200, 0), (200.001, 0), (200.001, 100), (200, 100), (200, 0))
    path = geopackage(tmp_path / "p.gpkg", [wkb(3, ring(strip))])
    assert planar_m2(read(path, "parcels"), 1) == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_vertex_that_is_no_number_is_refused(value: float, tmp_path: Path) -> None:
    broken = [*SQUARE[:2], (value, SQUARE[2][1]), *SQUARE[3:]]
    shapes = [
        wkb(3, ring(broken)),
        wkb(6, wkb(3, ring(SQUARE)), wkb(3, ring(broken))),
        wkb(3, ring(SQUARE)),
        wkb(10, line(8, [*CIRCLE[:1], (value, 0.0), *CIRCLE[2:]])),
    ]
    reading = read(geoparquet(tmp_path / "p.parquet", shapes), "parcels")
    assert reading.rows["row_no"].tolist() == [3]


def test_a_collection_gives_its_areas_and_tells_what_it_lost(tmp_path: Path) -> None:
    point, stray = shapely.Point(at((5, 5))[0]), shapely.LineString(at((0, 0), (9, 9)))
    shapes = [
        shapely.to_wkb(shapely.GeometryCollection([Polygon(SQUARE), point, stray])),
        shapely.to_wkb(shapely.GeometryCollection([point, stray])),
        shapely.to_wkb(point),
    ]
    reading = read(geopackage(tmp_path / "p.gpkg", shapes), "parcels")
    assert reading.rows["row_no"].tolist() == [1]
    assert planar_m2(reading, 1) == pytest.approx(10_000.0, abs=1e-3)
    assert told(reading, "mixed_geometry")["row_no"].tolist() == [1]
    assert told(reading, "wrong_geometry")["row_no"].tolist() == [2, 3]
