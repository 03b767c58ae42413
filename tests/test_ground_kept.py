"""The ground that was fetched once stays on the disk: after a restart, no longer than it may."""

from __future__ import annotations

import http.server
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from api.web import base_map
from gis.errors import UsageError
from gis.files.kept_files import KeptFiles
from gis.tiles.kept import Kept
from maps.base_map import BaseMap
from maps.ground import nothing
from tests import disks
from tests.sending import client_of
from tests.test_base_map import LAT, LON, pixels, served
from tests.vector_tiles import tile_of
from tests.warm import Desk

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
DAY_SECONDS = 86_400
COLUMN, ROW = tile_of(14, LON, LAT)
PATH = f"/basemap/14/{COLUMN}/{ROW}.png"


@pytest.fixture
def client(demo: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    for one in client_of(demo):
        monkeypatch.setenv("LANDWATCH_HOME", str(tmp_path / "home"))
        restart(monkeypatch)
        yield one


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what a server holds in memory."""
    monkeypatch.setattr(base_map, "_KEPT", Kept(2**20))
    base_map._on_disk.cache_clear()


def files_in(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def test_a_tile_outlives_the_server_that_fetched_it_and_the_one_it_came_from(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    with served(asked) as at:
        monkeypatch.setenv("LANDWATCH_BASE_MAP", f"xyz:{at}/{{z}}/{{x}}/{{y}}?tk=SECRET")
        first = client.get(PATH)
        assert first.status_code == 200, first.text
        # Where there is no ground nothing is kept.
        assert client.get(f"/basemap/14/{COLUMN}/1.png").content == nothing()
    assert asked == [f"/14/{COLUMN}/{row}?tk=SECRET" for row in (ROW, 1)]
    restart(monkeypatch)
    again = client.get(PATH)
    assert (again.status_code, again.content) == (200, first.content)
    # Another key is another ground: what was seen by the one is not given to the other.
    monkeypatch.setenv("LANDWATCH_BASE_MAP", f"xyz:{at}/{{z}}/{{x}}/{{y}}?tk=OTHER")
    assert client.get(PATH).status_code == 404
    (kept,) = files_in(tmp_path)
    assert kept.is_relative_to(tmp_path / "home" / "base-map")
    assert (tmp_path / "home" / "base-map").stat().st_mode & 0o777 == 0o700
    assert "SECRET" not in str(kept)
    assert b"SECRET" not in kept.read_bytes()
    # Fetched 31 days ago, it is too old to be shown.
    monkeypatch.setenv("LANDWATCH_BASE_MAP", f"xyz:{at}/{{z}}/{{x}}/{{y}}?tk=SECRET")
    then = time.time() - 31 * DAY_SECONDS
    os.utime(kept, (then, then))
    restart(monkeypatch)
    answer = client.get(PATH)
    assert answer.status_code == 404
    assert "没有取到底图（连不上对方）" in answer.text
    assert "SECRET" not in answer.text


def test_on_a_full_disk_the_ground_is_shown_and_what_is_not_kept_is_told_once(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING)
    with disks.small(tmp_path / "disk", 64) as full, served([]) as at:
        disks.fill(full)
        monkeypatch.setenv("LANDWATCH_HOME", str(full))
        monkeypatch.setenv("LANDWATCH_BASE_MAP", f"xyz:{at}/{{z}}/{{x}}/{{y}}")
        for row in (ROW, ROW + 1):
            answer = client.get(f"/basemap/14/{COLUMN}/{row}.png")
            assert answer.status_code == 200
            assert pixels(answer.content)[1, 9, 9] == row % 256
        assert files_in(full) == [full / "filler"]
    said = [one.getMessage() for one in caplog.records if "暂不缓存" in one.getMessage()]
    assert len(said) == 1
    assert f"{full}" in said[0]


def test_a_ground_that_sends_us_elsewhere_is_not_followed() -> None:
    """The other address is never opened, and no other tile than the one that was wanted."""
    elsewhere: list[str] = []
    asked: list[str] = []
    with served(elsewhere) as other:

        class Sends(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(302)
                self.send_header("Location", f"{other}/14/{COLUMN}/{ROW}")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sends) as own:
            threading.Thread(target=own.serve_forever).start()
            at = f"http://127.0.0.1:{own.server_port}/{{z}}/{{x}}/{{y}}"
            with pytest.raises(UsageError, match="HTTP 302"):
                BaseMap("xyz", at).tile(14, COLUMN, ROW)
            own.shutdown()
    assert (len(asked), elsewhere) == (1, [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'<GDAL_WMS><Service name="TMS"></Service></GDAL_WMS>', "不是图片"),
        (b"<VRTDataset/>", "不是图片"),
        (b"\x89PNG\r\n\x1a\n", "不是图片"),
        (b"x" * (4 * 2**20 + 1), "太大"),
    ],
)
def test_what_is_no_picture_is_no_ground(content: bytes, told: str) -> None:
    class Says(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Says) as own:
        threading.Thread(target=own.serve_forever).start()
        with pytest.raises(UsageError, match=told):
            BaseMap("c", f"http://127.0.0.1:{own.server_port}/{{z}}/{{x}}/{{y}}").tile(3, 6, 3)
        own.shutdown()


def test_the_oldest_go_first_and_no_more_room_is_taken_than_given(tmp_path: Path) -> None:
    """Six contents of 4,000 bytes take a block of 4,096 each: five fit in 20,480 bytes.

    The sixth makes room for a tenth besides: 20,480 x 0.9 - 4,000 = 14,432, so that three stay.
    """
    kept = KeptFiles(tmp_path / "kept", 20_480, most_days=30, spare_bytes=0)
    for number in range(5):
        kept.put(f"{number}", bytes([number]) * 4_000)
        for place in files_in(tmp_path):
            os.utime(place, (place.stat().st_mtime - 60,) * 2)
    assert len(files_in(tmp_path)) == 5
    kept.put("5", b"5" * 4_000)
    assert [kept.get(f"{number}") is not None for number in range(6)] == [False] * 2 + [True] * 4
    kept.put("large", bytes(20_481))
    assert kept.get("large") is None
    assert kept.get("5") == b"5" * 4_000
    # Whoever comes next finds what the last one kept, and counts it.
    after = KeptFiles(tmp_path / "kept", 20_480, most_days=30, spare_bytes=0)
    after.put("6", b"6" * 4_000)
    after.put("7", b"7" * 4_000)
    assert after.get("2") is None
    assert sum(one.stat().st_size for one in files_in(tmp_path)) <= 20_480


def test_links_names_from_outside_and_a_clock_set_back_give_nothing_away(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path / "kept", 2**20, most_days=30, spare_bytes=0)
    kept.put("../../etc/x\0", b"mine")
    (place,) = files_in(tmp_path)
    assert place.parent.parent == tmp_path / "kept"
    assert set(place.name) <= set("0123456789abcdef")
    now = place.stat().st_mtime
    for days in (-31, 2):
        os.utime(place, (now + days * DAY_SECONDS,) * 2)
        assert kept.get("../../etc/x\0") is None
    secret = tmp_path / "secret"
    secret.write_bytes(b"not mine")
    place.unlink()
    place.symlink_to(secret)
    assert kept.get("../../etc/x\0") is None
    place.unlink()
    os.mkfifo(place)
    assert kept.get("../../etc/x\0") is None
    assert secret.read_bytes() == b"not mine"


def test_a_disk_that_fills_up_or_is_closed_leaves_nothing_half_and_fails_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = np.arange(5_000, dtype=np.int64).tobytes()
    with disks.small(tmp_path / "disk", 128) as place:
        kept = KeptFiles(place / "kept", 2**20, most_days=30, spare_bytes=0)
        kept.put("a", content)
        filler = disks.fill(place)
        kept.put("b", content)
        kept.put("b", content)
        assert (kept.get("a"), kept.get("b")) == (content, None)
        assert len(files_in(place)) == 2
        assert len(caplog.records) == 1
        assert "暂不缓存" in caplog.text
        filler.unlink()
        kept.put("b", content)
        assert kept.get("b") == content
        disks.set_read_only(place)
        kept.put("c", content)
        assert (kept.get("b"), kept.get("c")) == (content, None)
        assert len(caplog.records) == 2
        assert "只读" in caplog.text
