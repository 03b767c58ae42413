"""Zones, transforms, rounding and areas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest
import shapely

from gis import arrays
from gis.crs import systems, transform
from gis.errors import GeometryError
from gis.geometry import areas, clean

GEOD = pyproj.Geod(a=areas.SEMI_MAJOR_M, rf=areas.INVERSE_FLATTENING)


def shapes(*geoms: shapely.Geometry | None) -> arrays.Shapes:
    return np.array(geoms, dtype=object)


def test_a_zone_holds_its_western_limit_and_not_its_eastern_one() -> None:
    longitudes = np.array([106.5, 108.0, 109.4999, 109.5, 111.0, 75.0, -180.0, 179.9])
    assert systems.zone_of_longitude(longitudes).tolist() == [36, 36, 36, 37, 37, 25, 60, 60]


def test_a_shape_has_the_zone_of_its_centroid() -> None:
    across = shapely.box(109.3, 39.0, 109.6, 39.1)
    assert systems.zone_of(shapes(across, shapely.box(111, 39, 112, 40))).tolist() == [36, 37]
    with pytest.raises(GeometryError, match="1 of 2 shapes are missing or empty"):
        systems.zone_of(shapes(across, None))


@pytest.mark.parametrize(
    ("datum", "degrees", "zone", "has_prefix", "epsg"),
    [
        ("cgcs2000", 3, 36, True, 4524),  # 4488 + 36
        ("cgcs2000", 3, 36, False, 4545),  # 4509 + 36
        ("cgcs2000", 6, 19, True, 4497),  # 4478 + 19
        ("cgcs2000", 6, 19, False, 4508),  # 4489 + 19
        ("xian1980", 3, 36, True, 2360),
        ("xian1980", 6, 19, False, 2344),
        ("beijing1954", 3, 37, False, 2434),
        ("beijing1954", 6, 19, True, 21419),
    ],
)
def test_a_zone_that_a_survey_file_names_has_its_code(
    datum: str, degrees: int, zone: int, has_prefix: bool, epsg: int
) -> None:
    assert systems.gauss_kruger(datum, degrees, zone, has_prefix).epsg == epsg


def test_every_coded_zone_has_the_meridian_and_the_prefix_it_is_asked_for() -> None:
    for datum in ("cgcs2000", "xian1980", "beijing1954"):
        for degrees, zones in ((3, range(25, 46)), (6, range(13, 24))):
            for zone in zones:
                for has_prefix in (True, False):
                    found = systems.gauss_kruger(datum, degrees, zone, has_prefix)
                    assert found.central_meridian == (3 * zone if degrees == 3 else 6 * zone - 3)
                    assert found.false_easting_m == zone * 1e6 * has_prefix + 500_000.0


@pytest.mark.parametrize(
    ("datum", "degrees", "zone"), [("cgcs2000", 3, 46), ("cgcs2000", 6, 12), ("wgs", 3, 36)]
)
def test_a_zone_outside_the_codes_is_refused(datum: str, degrees: int, zone: int) -> None:
    with pytest.raises(GeometryError):
        systems.gauss_kruger(datum, degrees, zone, True)


@pytest.mark.parametrize("epsg", [4490, 4524, 4545, 4497, 4610, 2385, 4326])
def test_a_prj_of_esri_finds_its_code(epsg: int) -> None:
    prj = pyproj.CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")
    assert systems.parse(prj).epsg == epsg
    assert systems.parse(f"EPSG:{epsg}") == systems.parse(epsg)


def test_a_system_without_a_code_is_taken_by_its_definition() -> None:
    local = pyproj.CRS.from_epsg(4545).to_wkt("WKT1_ESRI").replace("108.0", "109.25")
    found = systems.parse(local)
    assert (found.epsg, found.central_meridian) == (0, 109.25)
    placed = transform.to_store(shapes(shapely.Point(500_000, 4_320_000)), found)
    assert shapely.get_x(placed.geoms[0]) == pytest.approx(109.25, abs=1e-12)


@pytest.mark.parametrize("text", ["", "nonsense", 'LOCAL_CS["x",UNIT["m",1]]', "EPSG:5773"])
def test_what_names_no_place_on_earth_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(GeometryError, match="--crs 4524"):
        systems.parse(text)


def test_feet_are_told_from_metres() -> None:
    assert systems.parse(2272).metres_per_unit == pytest.approx(1200 / 3937)
    assert systems.parse(4524).metres_per_unit == 1.0
    assert systems.parse(4490).metres_per_unit is None


def test_there_and_back_moves_a_point_by_less_than_a_ten_millionth_of_a_millimetre() -> None:
    places = np.random.default_rng(1).uniform((104, 37), (112, 45), (2_000, 2))
    points = shapely.points(places)
    for zone in (35, 36, 37):
        back = transform.from_zone(transform.to_zone(points, zone), zone)
        moved = np.abs(shapely.get_coordinates(back) - places)
        assert moved.max() * 111_000 < 1e-8


def test_delivered_digits_come_back_after_a_stay_in_the_store() -> None:
    drawn = shapes(shapely.box(500_000.1234, 4_320_000.5678, 500_100.4321, 4_320_100.8765))
    kept = transform.to_store(drawn, 4545)
    assert kept.accuracy_m == 0.0
    again = clean.work_on(transform.to_zone(kept.geoms, 36)).geoms
    assert (shapely.get_coordinates(again) == shapely.get_coordinates(drawn)).all()


def test_a_way_between_datums_that_nobody_published_is_called_a_guess() -> None:
    ordos, tongliao = shapes(shapely.Point(108, 39), None), shapes(shapely.Point(122, 43.6))
    assert transform.to_store(ordos, 4610).accuracy_m is None
    # For Beijing 1954 there is one for the Ordos basin, and none for the east.
    assert transform.to_store(tongliao, 4214).accuracy_m is None
    assert transform.to_store(ordos, 4490) == (ordos, 0.0, "")
    assert transform.to_store(ordos, 4490).geoms[1] is None


SHIFT_M = (11.911, -154.833, -80.079)


def test_beijing_1954_in_the_ordos_basin_goes_the_published_way() -> None:
    """EPSG:15936 (Beijing 1954 to WGS 84 (6)): 11.911, -154.833, -80.079 m geocentric.

    A point on the ellipsoid of Krassowsky (a = 6378245 m, f = 1/298.3), 110 E 39.5 N, height 0:
    N = a / sqrt(1 - e2 sin2(39.5)), e2 = 2 f - f2; X = N cos(B) cos(L), Y = N cos(B) sin(L),
    Z = N (1 - e2) sin(B); add the shift; back to degrees on WGS 84. Below the same, step by step.
    """
    flattening, major_m = 1 / 298.3, 6_378_245.0
    squared = 2 * flattening - flattening**2
    lat, lon = np.radians(39.5), np.radians(110.0)
    radius = major_m / np.sqrt(1 - squared * np.sin(lat) ** 2)
    x = radius * np.cos(lat) * np.cos(lon) + SHIFT_M[0]
    y = radius * np.cos(lat) * np.sin(lon) + SHIFT_M[1]
    z = radius * (1 - squared) * np.sin(lat) + SHIFT_M[2]
    flattening, major_m = 1 / 298.257223563, 6_378_137.0
    squared, there = 2 * flattening - flattening**2, lat
    for _ in range(20):
        radius = major_m / np.sqrt(1 - squared * np.sin(there) ** 2)
        height = np.hypot(x, y) / np.cos(there) - radius
        there = np.arctan2(z, np.hypot(x, y) * (1 - squared * radius / (radius + height)))
    kept = transform.to_store(shapes(shapely.Point(110, 39.5)), 4214)
    assert kept.accuracy_m == 2.0  # 1 m of the operation, 1 m for WGS 84 instead of CGCS2000
    wanted = np.degrees([np.arctan2(y, x), there])
    assert shapely.get_coordinates(kept.geoms)[0] == pytest.approx(wanted, abs=1e-9)
    # Some 40 m east and 35 m north of what equal degrees would say.
    assert shapely.get_coordinates(kept.geoms)[0] - (110, 39.5) == pytest.approx(
        [0.00049, 0.00032], abs=2e-5
    )


def test_batches_of_a_delivery_go_the_way_of_the_first() -> None:
    ordos, east = shapes(shapely.Point(110, 39.5)), shapes(shapely.Point(122, 43.6))
    system = transform.placed(systems.parse("EPSG:4214"), ordos)
    assert system.place == (110, 39, 111, 40)
    assert transform.to_store(east, system).accuracy_m == 2.0
    assert transform.placed(systems.parse("EPSG:4525"), ordos) == systems.parse("EPSG:4525")


def test_a_y_with_the_zone_in_front_has_no_place_in_a_system_without_it() -> None:
    with pytest.raises(GeometryError, match="1 of 2 coordinates have no place"):
        transform.to_store(shapely.points([(500_000, 4_320_000), (36_500_000, 4_320_000)]), 4545)


def test_heights_are_dropped() -> None:
    solid = shapely.from_wkt("POLYGON Z((108 39 5,108.1 39 5,108.1 39.1 5,108 39 5))")
    assert not shapely.has_z(transform.to_store(shapes(solid), 4490).geoms).any()


def test_places_abroad_get_a_plane_of_their_own() -> None:
    dutch = shapes(shapely.box(5.9, 52.0, 6.0, 52.1))
    plane = transform.to_zone(dutch, int(systems.zone_of(dutch)[0]))
    assert shapely.bounds(plane)[0][2] == pytest.approx(500_000.0, abs=1e-6)
    with pytest.raises(GeometryError, match="no 3-degree zone 61"):
        transform.to_zone(dutch, 61)


def test_rounding_is_to_a_tenth_of_a_millimetre_and_leaves_no_precision_model() -> None:
    snapped = shapely.set_precision(shapely.box(0, 0, 10, 10), 0.5)
    worked = clean.work_on(shapes(snapped, shapely.box(0.00004, 0, 1.00006, 1), None))
    assert shapely.get_precision(worked.geoms[0]) == 0
    assert shapely.bounds(worked.geoms[1]).tolist() == [0.0, 0.0, 1.0001, 1.0]
    assert worked.geoms[2] is None
    assert not worked.is_mended.any()


def test_what_rounding_made_invalid_is_mended_and_named() -> None:
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    hair = shapely.Polygon([(0, 0), (10, 0), (10, 0.00001), (0, 0.00001)])
    worked = clean.work_on(shapes(bow_tie, hair, shapely.box(0, 0, 1, 1)))
    assert worked.is_mended.tolist() == [True, True, False]
    assert shapely.is_valid(worked.geoms).all()
    assert areas.planar_area_m2(worked.geoms).tolist() == [50.0, 0.0, 1.0]


def test_only_areas_of_a_mixed_shape_are_kept() -> None:
    mixed = shapely.from_wkt(
        "GEOMETRYCOLLECTION(POINT(9 9),POLYGON((0 0,2 0,2 2,0 0)),LINESTRING(0 0,5 5))"
    )
    found = clean.polygonal(shapes(mixed, shapely.Point(1, 1), shapely.box(0, 0, 1, 1), None))
    assert areas.planar_area_m2(found).tolist() == [2.0, 0.0, 1.0, 0.0]
    assert set(shapely.get_type_id(found[:3])) <= {3, 6}


def test_a_move_to_a_local_origin_loses_nothing() -> None:
    drawn = shapes(shapely.box(536_789.1234, 4_321_987.6543, 536_999.1, 4_322_100.2))
    origins = clean.origin_of(drawn)
    assert origins.tolist() == [[536_000.0, 4_321_000.0]]
    back = clean.shift(clean.shift(drawn, -origins), origins)
    assert (shapely.get_coordinates(back) == shapely.get_coordinates(drawn)).all()


def test_ellipsoidal_areas_agree_with_geodesics_within_five_in_a_hundred_thousand() -> None:
    random = np.random.default_rng(2)
    corner = random.uniform((97, 37), (126, 53), (200, 2))
    turn = np.sort(random.uniform(0, 2 * np.pi, (200, 8)), axis=1)
    rings = corner[:, None, :] + 0.001 * np.stack([np.cos(turn), np.sin(turn)], axis=2)
    parcels = shapely.polygons(rings)
    geodesic = np.array([abs(GEOD.geometry_area_perimeter(parcel)[0]) for parcel in parcels])
    found = areas.ellipsoidal_area_m2(parcels)
    assert np.abs(found / geodesic - 1).max() < 5e-5


def test_the_cell_of_a_degree_has_the_area_between_its_parallels() -> None:
    # Edges along meridians and parallels: the trapezoid formula is exact for these, and so is
    # a geodesic polygon once its parallels are cut into short steps.
    cell = shapely.box(108, 39, 109, 40)
    fine = shapely.segmentize(cell, 1 / 4_000)
    geodesic = abs(GEOD.geometry_area_perimeter(fine)[0])
    assert areas.ellipsoidal_area_m2(shapes(cell))[0] == pytest.approx(geodesic, rel=1e-9)


def test_holes_are_taken_off_and_parts_added_whichever_way_their_rings_run() -> None:
    outer, inner = (
        shapely.box(108, 39, 108.01, 39.01),
        shapely.box(108.002, 39.002, 108.004, 39.004),
    )
    far = shapely.box(108.02, 39, 108.03, 39.01)
    holed = shapely.Polygon(outer.exterior, [inner.exterior])
    one, hole, two = areas.ellipsoidal_area_m2(shapes(outer, inner, far))
    found = areas.ellipsoidal_area_m2(
        shapes(holed, holed.reverse(), shapely.MultiPolygon([holed, far]), None, shapely.Polygon())
    )
    assert found == pytest.approx([one - hole, one - hole, one - hole + two, 0, 0], abs=1e-6)


def test_the_plane_exceeds_the_ellipsoid_by_four_in_ten_thousand_at_the_edge_of_a_zone() -> None:
    at_edge = transform.from_zone(
        transform.to_zone(shapes(shapely.box(109.44, 39, 109.45, 39.01)), 36), 36
    )
    planar = areas.planar_area_m2(transform.to_zone(at_edge, 36))[0]
    ratio = planar / areas.ellipsoidal_area_m2(at_edge)[0] - 1
    # (L cos B)^2 in radians: (1.445 x pi/180 x cos 39)^2 = 3.84e-4
    assert ratio == pytest.approx(3.84e-4, rel=0.01)


def test_many_threads_get_the_same_answer() -> None:
    parcels = shapely.box(
        107 + np.arange(500) / 1000, 39.0, 107.001 + np.arange(500) / 1000, 39.001
    )
    alone = shapely.to_wkb(transform.to_zone(parcels, 36))
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(lambda _: shapely.to_wkb(transform.to_zone(parcels, 36)), range(16))
        )
    assert all((each == alone).all() for each in together)
