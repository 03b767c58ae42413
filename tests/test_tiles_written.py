"""The squares of a tile, written all at once: read back number by number, as the format has it."""

from __future__ import annotations

import numpy as np

from gis.tiles import mvt
from gis.tiles.address import Address, cells_of
from gis.tiles.grid import Cells
from gis.tiles.mvt import Squares
from tests import vector_tiles


def test_two_squares_are_the_bytes_worked_by_hand() -> None:
    """A square of side 128 at (256, 0) says a=300; one at (0, 128), a=300 and b=0.5.

    To go to (256, 0): 9, zigzag 512 = 0x80 0x04, 0. Three lines: 26, then 256 = 0x80 0x02, 0, 0,
    256, and -128 that is 255 = 0xff 0x01, 0; closed: 15. In all 1 + 3 + 1 + 9 + 1 = 15 bytes, and
    as many for (0, 128): 0, then zigzag 256 = 0x80 0x02. The first feature has 2 bytes of tags and
    2 before them, 2 for its kind, 2 + 15 for its shape: 23; the second 2 tags more: 25. Written:
    (2 + 23) + (2 + 25) = 52 bytes; the name 2 + 1, two keys 3 each, 300 as 0xac 0x02 in 2 + 3, the
    half in 2 + 9, the extent 3, the version 2: 3 + 52 + 6 + 5 + 11 + 3 + 2 = 82.
    """
    drawn = Squares(
        np.array([256, 0]),
        np.array([0, 128]),
        128,
        ["a", "b"],
        [300, 0.5],
        # In no order: what is said of a square comes in the order of the keys.
        of=np.array([1, 0, 1]),
        key=np.array([1, 0, 0]),
        value=np.array([1, 0, 0]),
    )
    first = bytes([0x12, 23, 0x12, 2, 0, 0, 0x18, 3, 0x22, 15, 9, 0x80, 0x04, 0])
    second = bytes([0x12, 25, 0x12, 4, 0, 0, 1, 1, 0x18, 3, 0x22, 15, 9, 0, 0x80, 0x02])
    lines = bytes([26, 0x80, 0x02, 0, 0, 0x80, 0x02, 0xFF, 0x01, 0, 15])
    told = b"\x1a\x01a\x1a\x01b\x22\x03\x20\xac\x02\x22\x09\x19" + bytes([0] * 6 + [0xE0, 0x3F])
    whole = b"\x0a\x01x" + first + lines + second + lines + told + b"\x28\x80\x20\x78\x02"
    assert mvt.squares("x", drawn) == b"\x1a" + bytes([82]) + whole


def test_what_is_said_of_many_squares_is_read_back_of_each() -> None:
    """20,000 squares with 70 keys: places of values of three bytes, tags longer than 127 bytes."""
    many, keys = 20_000, 70
    each = np.arange(many)
    drawn = Squares(
        each % 4096, each // 4096, 1, [f"{at}" for at in range(keys)], [*range(many)],
        of=np.concatenate([each, np.full(keys - 1, 16_384)]),
        key=np.concatenate([np.zeros_like(each), np.arange(1, keys)]),
        value=np.concatenate([each, np.full(keys - 1, 127)]),
    )  # fmt: skip
    layer = vector_tiles.read(mvt.squares("many", drawn))["many"]
    assert layer.extent == 4096
    for at, (number, kind, said, shape) in enumerate(layer.features):
        others = {f"{key}": 127 for key in range(1, keys)} if at == 16_384 else {}
        assert (number, kind, said) == (None, 3, {"0": at} | others)
        column, row = at % 4096, at // 4096
        assert vector_tiles.corners(shape)[:3] == [
            (column, row), (column + 1, row), (column + 1, row + 1)
        ]  # fmt: skip
    assert len(layer.features) == many


def test_a_point_says_each_value_once_and_a_truth_is_no_number() -> None:
    said = {"run": 1, "drawn": 1, "is_so": True, "share": 1.0, "day": "2024-07-01"}
    written = mvt.point("meta", 2048, 4096, said)
    (feature,) = vector_tiles.read(written)["meta"].features
    assert feature[1:3] == (1, said)
    assert [type(value) for value in feature[2].values()] == [int, int, bool, float, str]
    assert vector_tiles.corners(feature[3]) == [(2048, 4096)]
    assert written.count(b"\x22\x02\x20\x01") == 1


def test_rows_are_counted_where_they_lie_and_an_unknown_area_adds_nothing() -> None:
    """Of a tile of zoom 0 with two cells a side: three rows upper left, one lower right."""
    cells = Cells(Address(0, 0, 0), ["a", "b"], bits=1)
    places = cells_of(np.array([-90.0, -91.0, -90.0, 90.0]), np.array([45.0, 46.0, 45.0, -45.0]))
    cells.count(places, np.array([1, 0, 1, 1]), np.array([2.5, np.nan, 0.25, 7.0]))
    layer = vector_tiles.read(mvt.squares("x", cells.squares()))["x"]
    assert [(said, vector_tiles.corners(shape)[0]) for _, _, said, shape in layer.features] == [
        (
            {"count": 3, "area_m2": 2.75, "count:a": 1, "area_m2:a": 0.0, "count:b": 2,
             "area_m2:b": 2.75},
            (0, 0),
        ),
        ({"count": 1, "area_m2": 7.0, "count:b": 1, "area_m2:b": 7.0}, (2048, 2048)),
    ]  # fmt: skip
    assert mvt.squares("x", Cells(Address(0, 0, 0), ["a"]).squares()) == b""
