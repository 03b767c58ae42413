"""All maps of a run at once: whoever draws them, however many, and whatever stops them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests import killing, stores
from tests.conftest import Server
from tests.stores import Store
from tests.warm import Desk

# The demo's three blocks, and each as often again.
TIMES = 8
_MORE = """
DO $$ DECLARE one text; wanted text; BEGIN
FOREACH one IN ARRAY ARRAY['finding', 'piece', 'park_piece'] LOOP
  SELECT string_agg(CASE column_name
    WHEN 'block_code' THEN 'block_code || ''-'' || n'
    WHEN 'content' THEN 'md5(content::text || n)::uuid'
    ELSE quote_ident(column_name) END, ', ' ORDER BY ordinal_position) INTO wanted
  FROM information_schema.columns
  WHERE table_schema = 'landwatch' AND table_name = one AND column_name <> 'row_id';
  EXECUTE format('INSERT INTO landwatch.%I (%s) SELECT %s FROM landwatch.%I,'
    ' generate_series(1, {times}) n WHERE block_code IS NOT NULL', one,
    (SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
     FROM information_schema.columns WHERE table_schema = 'landwatch' AND table_name = one
     AND column_name <> 'row_id'), wanted, one);
END LOOP;
INSERT INTO landwatch.blocks (key, from_delivery, row_no, file, effective_on, block_code, name,
  park_code, from_on, geom, source_epsg)
SELECT key || '-' || n, from_delivery, row_no, file, effective_on, block_code || '-' || n,
  name || n, park_code, from_on, geom, source_epsg
FROM landwatch.blocks, generate_series(1, {times}) n;
END $$
"""


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_how_many_processes_draw_changes_no_byte_and_no_order(demo: Desk, tmp_path: Path) -> None:
    told = {
        count: demo.json("map", "--all", "--workers", count, "--out", str(tmp_path / count))
        for count in ("1", "2")
    }
    assert files(tmp_path / "1") == files(tmp_path / "2")
    names = {count: [Path(file).name for file in one["files"]] for count, one in told.items()}
    assert names["1"] == names["2"]
    assert names["1"] == ["index.html", "YS-A.html", "YS-B.html", "YS-C.html", "未落入区块.html"]


@pytest.fixture(scope="module")
def many(
    server: Server, demo_pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    name = f"landwatch_many_blocks_{os.getpid()}"
    with stores.copied(server, demo_pattern, name, tmp_path_factory.mktemp("home")) as store:
        with store.connect() as connection:
            connection.execute(_MORE.format(times=TIMES))
        yield store


@pytest.mark.long("files of a run killed while writing, tests/test_killed.py")
def test_killed_half_way_nothing_is_there_and_the_next_call_has_all(
    many: Store, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    out.mkdir()
    (out / "index.html").write_text("what was there before", encoding="utf-8")
    with killing.begun(many, "map", "--all", "--workers", "2", "--out", str(out)) as process:
        killing.wait_until(
            lambda: len([*out.glob(".*/*.html")]) > 3 or process.poll() is not None, "maps are made"
        )
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
    assert [path.name for path in out.iterdir() if path.name[0] != "."] == ["index.html"]
    assert (out / "index.html").read_text(encoding="utf-8") == "what was there before"
    done = many.call("map", "--all", "--out", str(out))
    assert done.code == 0, done.stderr
    # Three blocks, twenty-four more, the land outside them, and the index; no draft is left.
    assert len(files(out)) == 3 + 3 * TIMES + 2
    assert "共 29 个文件" in done.stdout


@pytest.mark.long("test_how_many_processes_draw_changes_no_byte_and_no_order")
def test_a_terminal_shows_how_many_of_how_many_are_drawn(many: Store, tmp_path: Path) -> None:
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    words = ["map", "--all", "--workers", "1", "--out", str(tmp_path / "maps")]
    with os.fdopen(near, "rb", buffering=0) as screen:
        command = [sys.executable, "-m", "gis.cli", *words]
        done = subprocess.Popen(
            command, env=many.environment, cwd=stores.ROOT, stdout=subprocess.DEVNULL, stderr=far
        )
        os.close(far)
        seen = b""
        with suppress(OSError):  # the end of a terminal nobody writes to any more
            while part := screen.read(1 << 16):
                seen += part
        assert done.wait() == 0
    told = [int(count) for count in re.findall(r"drawing maps (\d+)/28", seen.decode())]
    assert told == sorted(told)
    assert len({*told}) > 5
    assert told[-1] <= 28
