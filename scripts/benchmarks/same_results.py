"""What a store holds, table by table, to be laid beside what another program made of it.

    python -m scripts.benchmarks.same_results told OUT FOLDER|KIND=FILE [DAY]
    python -m scripts.benchmarks.same_results compared ONE OTHER

`told` loads a folder of deliveries (its manifest) or one file into a store of its own, judges a
day, and writes every row of every table under OUT. `compared` exits 1 where two such folders differ
in a row, a value or the last digit of an area; instants and the program's own digests are left out.
"""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from gis.store.cluster import server
from gis.store.tables import SCHEMA

_LANDWATCH = (sys.executable, "-m", "gis.cli")
_DAY = "2026-06-30"
# What differs with the program, and the numbers that rows get in the order they come.
_LEFT_OUT = {"id", "row_id", "code_digest", "code_version"}
# Told in the order they were found.
_IN_ORDER = ("issue",)


def told(out: Path, given: str, day: str = _DAY) -> None:
    """Load, judge, and write what the store holds then."""
    with tempfile.TemporaryDirectory(prefix="lw-", dir="/tmp") as home:
        Path(home).chmod(0o755)
        kind, _, file = given.partition("=")
        load = [kind, file] if file else ["--manifest", f"{given}/deliveries.toml"]
        _run(home, "db", "upgrade")
        try:
            # A file whose rows wait exits 1.
            (out / "said").mkdir(parents=True, exist_ok=True)
            said = _run(home, "load", *load, "--json", codes=(0, 1))
            (out / "said" / "load.json").write_text(said, encoding="utf-8")
            _run(home, "run", "--as-of", day)
            _write(Path(home), out)
        finally:
            _run(home, "db", "stop")


def compared(one: Path, other: Path) -> list[str]:
    """Return the tables in which two folders differ, or that only one of them has."""
    found = filecmp.dircmp(one, other)
    lacking = [*found.left_only, *found.right_only]
    names = [name for name in found.common_files if name.endswith(".csv")]
    _, differing, unread = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted([*lacking, *differing, *unread])


def _write(home: Path, out: Path) -> None:
    with psycopg.connect(**server.address(home, is_superuser=True)) as connection:
        columns: dict[str, list[str]] = {}
        for table, column, kind in connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY 1, ordinal_position",
            (SCHEMA,),
        ):
            if column not in _LEFT_OUT and not kind.startswith("timestamp"):
                columns.setdefault(str(table), []).append(str(column))
        for table, names in columns.items():
            listed = sql.SQL(", ").join(map(sql.Identifier, names))
            order = sql.SQL("id") if table in _IN_ORDER else sql.SQL("own::text")
            query = sql.SQL(
                "COPY (SELECT {} FROM (SELECT {} FROM {}) AS own ORDER BY {}) TO STDOUT"
                " (FORMAT CSV, HEADER)"
            ).format(
                listed,
                sql.SQL("id, {}").format(listed) if table in _IN_ORDER else listed,
                sql.Identifier(SCHEMA, table),
                order,
            )
            with (
                (out / f"{table}.csv").open("wb") as file,
                connection.cursor().copy(query) as copy,
            ):
                for part in copy:
                    file.write(part)


def _run(home: str, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    environment = {**os.environ, "LANDWATCH_HOME": home}
    environment.pop("LANDWATCH_DATABASE_URL", None)
    done = subprocess.run(  # noqa: S603 - the project's own command
        [*_LANDWATCH, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in codes:
        raise RuntimeError(f"{words}: {done.stderr}")
    return done.stdout


def main() -> None:
    """Do what the words ask for."""
    what, one, other, *more = sys.argv[1:]
    if what == "told":
        told(Path(one), other, *more)
    elif found := compared(Path(one), Path(other)):
        sys.exit(f"these differ: {', '.join(found)}")


if __name__ == "__main__":
    main()
