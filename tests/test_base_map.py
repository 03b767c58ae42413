"""The ground beneath the live map: a file of ours, tiles of another server, and what is refused."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.io import MemoryFile

from gis.errors import UsageError
from maps import base_map, ground_tiles
from maps import ground as ground_drawn
from maps.base_map import BaseMap
from tests.sending import client_of
from tests.vector_tiles import tile_of
from tests.warm import Desk

# A PNG knows no place, and need not.
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
RED, GREEN = (200, 10, 10), (10, 200, 10)
LON, LAT = 110.217, 39.742


def pixels(png: bytes) -> np.ndarray:
    with MemoryFile(png) as file, file.open(driver="PNG") as image:
        return image.read()


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    """A picture in zone 37 of CGCS2000 (EPSG:4525): its west half is red, its east half green."""
    place = tmp_path / "ground.tif"
    west, north, side = 37_430_000.0, 4_403_000.0, 6_000.0
    image = np.zeros((3, 300, 300), dtype=np.uint8)
    image[:, :, :150] = np.array(RED)[:, None, None]
    image[:, :, 150:] = np.array(GREEN)[:, None, None]
    with rasterio.open(
        place, "w", driver="GTiff", width=300, height=300, count=3, dtype="uint8",
        crs="EPSG:4525", transform=Affine(side / 300, 0, west, 0, -side / 300, north),
    ) as out:  # fmt: skip
        out.write(image)
    return place


def test_a_file_in_a_zone_lies_where_it_belongs(ground: Path) -> None:
    # Its middle, 37 433 000 E 4 400 000 N, is 110.2164 E 39.7312 N: red to the west, green to the
    # east of it, and see-through beyond three kilometres.
    for lon, colour in ((110.2164 - 0.01, RED), (110.2164 + 0.01, GREEN), (110.2164 + 0.1, None)):
        column, row = tile_of(17, lon, 39.7312)
        drawn = pixels(BaseMap("file", str(ground)).tile(17, column, row))
        assert drawn.shape == (4, 256, 256)
        if colour is None:
            assert not drawn[3].any()
        else:
            assert tuple(np.median(drawn[:3], axis=(1, 2)).astype(int)) == colour
            assert (drawn[3] == 255).all()


def test_a_large_file_is_read_by_its_smaller_copies(ground: Path) -> None:
    with rasterio.open(ground, "r+") as opened:
        opened.build_overviews([2, 4, 8])
    # A tile of zoom 13 has 14.7 m a pixel at 39.7 degrees north, the file 20 m; at zoom 10, 118 m.
    with rasterio.open(ground) as source:
        levels = {}
        for zoom in (13, 11, 10):
            row = tile_of(zoom, 110.2164, 39.7312)[1]
            side = 2 * ground_tiles.HALF_M / 2**zoom
            north = ground_tiles.HALF_M - row * side
            levels[zoom] = ground_drawn._overview(source, (0.0, north - side, side, north))
    assert levels == {13: None, 11: 0, 10: 1}
    drawn = pixels(BaseMap("file", str(ground)).tile(10, *tile_of(10, 110.2164, 39.7312)))
    assert drawn[3].any()


@contextmanager
def served(asked: list[str]) -> Iterator[str]:
    """Another server's tiles: column and row of each stand in its colour; of row 1 it has none."""

    class Tiles(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            z, x, y = (int(one) for one in self.path.partition("?")[0].strip("/").split("/"))
            if y == 1:
                self.send_error(404)
                return
            image = np.full((3, 256, 256), 7, dtype=np.uint8)
            image[0], image[1], image[2] = x % 256, y % 256, z
            with MemoryFile() as file:
                with file.open(driver="PNG", width=256, height=256, count=3, dtype="uint8",
                               transform=Affine(1, 0, 0, 0, -1, 256)) as out:  # fmt: skip
                    out.write(image)
                content = bytes(file.read())
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as own:
        thread = threading.Thread(target=own.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{own.server_port}"
        finally:
            own.shutdown()
            thread.join()


def test_square_tiles_come_as_they_are() -> None:
    asked: list[str] = []
    with served(asked) as at:
        ground = base_map.parsed(f"xyz:{at}/{{z}}/{{x}}/{{y}}?tk=SECRET")
        assert ground is not None
        column, row = tile_of(14, LON, LAT)
        drawn = pixels(ground.tile(14, column, row))
    assert tuple(drawn[:3, 128, 128]) == (column % 256, row % 256, 14)
    # Its neighbours at most, for the edge: not the many of a deeper level.
    assert len(asked) <= 9
    assert f"/14/{column}/{row}?tk=SECRET" in asked


def test_tiles_of_degrees_are_warped_to_square_ones() -> None:
    asked: list[str] = []
    with served(asked) as at:
        ground = base_map.parsed(f"c:{at}/{{z}}/{{x}}/{{y}}")
        assert ground is not None
        column, row = tile_of(14, LON, LAT)
        drawn = pixels(ground.tile(14, column, row))
    zooms = {int(path.split("/")[1]) for path in asked}
    assert zooms == {14}
    assert len(asked) <= 12
    zoom = 14
    # 天地图: at level z there are 2^z columns over 360 degrees, rows from 90 degrees down.
    side = 360 / 2**zoom
    wanted = (int((LON + 180) / side) % 256, int((90 - LAT) / side) % 256, zoom)
    x, y = ((LON + 180) / 360 * 2**14 - column) * 256, None
    north = 1 - np.arcsinh(np.tan(np.radians(LAT))) / np.pi
    y = (north / 2 * 2**14 - row) * 256
    assert tuple(drawn[:3, int(y), int(x)]) == wanted


@pytest.mark.parametrize(
    "told",
    ["nowhere.tif", "xyz:ftp://a/{z}/{x}/{y}", "xyz:https://a/{z}/{x}", "c:", "xyz:https:///{z}{x}{y}",
     "xyz:https://webst01.is.autonavi.com/{z}/{x}/{y}", "c:https://online1.map.bdimg.com/{z}{x}{y}"],
)  # fmt: skip
def test_what_is_no_ground_or_a_shifted_one_is_refused(told: str) -> None:
    with pytest.raises(UsageError, match="LANDWATCH_BASE_MAP"):
        base_map.parsed(told)


def test_a_server_that_does_not_answer_is_told_without_its_key() -> None:
    with pytest.raises(UsageError, match="没有取到底图") as fault:
        BaseMap("xyz", "http://127.0.0.1:9/{z}/{x}/{y}?tk=SECRET").tile(3, 6, 3)
    assert "SECRET" not in f"{fault.value.found}{fault.value.mend}"


def test_the_map_asks_this_server_for_its_ground(
    demo: Desk, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for client in client_of(demo):
        column, row = tile_of(15, 110.2064, 39.7312)
        path = f"/basemap/15/{column}/{row}.png"
        assert client.get(path).status_code == 404
        assert '"has_base_map": false' in client.get("/map").text
        monkeypatch.setenv("LANDWATCH_BASE_MAP", str(ground))
        answer = client.get(path)
        assert answer.headers["content-type"] == "image/png"
        assert tuple(np.median(pixels(answer.content)[:3], axis=(1, 2)).astype(int)) == RED
        assert '"has_base_map": true' in client.get("/map").text
        assert client.get("/basemap/99/0/0.png").status_code == 404
        assert isinstance(client, httpx.Client)
