"""The private server is found again when the socket it listens on was swept away."""

from __future__ import annotations

from pathlib import Path

import psycopg

from gis.store.cluster import server


def test_a_server_whose_socket_was_swept_away_is_started_anew(short_folder: Path) -> None:
    home = short_folder / "swept"
    server.make(home)
    server.start(home)
    try:
        (home / "run" / ".s.PGSQL.5432").unlink()
        assert server.start(home)
        with psycopg.connect(**server.address(home)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop(home)
