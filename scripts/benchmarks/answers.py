"""Every row a run says of some lands, to lay those of two versions of the program side by side.

    .venv/bin/python -m scripts.benchmarks.answers --home HOME --write BEFORE
    .venv/bin/python -m scripts.benchmarks.answers --home HOME --against BEFORE

The lands are the demo, two seeds nobody looked at, and made-up towns whose edges match or not; each
is judged on several days, of a region, in parts, and built on the run of the day before. Their
stores are kept in HOME and filled when first asked for. A row is compared as the server writes it:
every column, areas to the last digit, shapes to the last bit. Exit 1 where a row differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import sql

from gis import recorded_law
from gis.config import Config
from gis.pipeline import run as line
from gis.store import database, tables
from gis.store.cluster import server
from gis.store.runs import Run
from gis.store.statements import listed, table
from scripts.benchmarks import filled

_ROOT = Path(__file__).parents[2]
# A seed; or a town of so many approvals, whose supplies lie edge on edge, or are off by up to 5 cm.
_LANDS = {
    "demo": (53, None), "seed 54": (54, None), "seed 55": (55, None),
    "town": (400, False), "moved town": (400, True),
}  # fmt: skip
_REGION = "150699"
_DAYS = (date(2020, 12, 31), date(2026, 6, 30))
_CHANGED_SHARE = 0.05
Answers = dict[str, list[str]]


def main() -> None:
    """Write what is said of all lands, or compare it with what was written."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, required=True, help="where the stores are kept")
    options.add_argument("--write", type=Path, help="folder to write the answers to")
    options.add_argument("--against", type=Path, help="folder to compare them with")
    options.add_argument("--only", action="append", default=[], help="runs that begin so")
    asked = options.parse_args()
    code = 0
    for run, said in answers(asked.home, asked.only):
        if asked.write:
            asked.write.mkdir(exist_ok=True)
            with gzip.open(asked.write / f"{run}.gz", "wt", 1, encoding="utf-8") as file:
                json.dump(said, file)
        if asked.against:
            with gzip.open(asked.against / f"{run}.gz", "rt", encoding="utf-8") as file:
                code |= _differences(run, json.load(file), said)
    sys.exit(code)


def answers(home: Path, only: Sequence[str]) -> Iterator[tuple[str, Answers]]:
    """Yield the name of each run and all it said: table -> its rows, in order.

    only: what the names of the runs begin with; nothing: all.
    """
    for land, (size, is_moved) in _LANDS.items():
        if only and not any(f"{land} ".startswith(one) or one.startswith(land) for one in only):
            continue
        with _opened(home / land.replace(" ", "-"), size, is_moved) as store:
            for said, ask in _runs(store, is_moved is not None).items():
                name = f"{land} {said}"
                if not only or name.startswith(tuple(only)):
                    yield name, ask()


def _runs(store: database.Connection, is_town: bool) -> dict[str, Callable[[], Answers]]:
    """Return what is asked of a land by how it is called."""
    last = _DAYS[-1]
    if not is_town:
        return {
            **{f"on {on}": partial(_said, store, on) for on in _DAYS},
            **{f"on {on} in 7 parts": partial(_said, store, on, parts=7) for on in _DAYS},
            "of a region": partial(_said, store, last, region=_REGION),
        }
    return {
        **{f"in {count} parts": partial(_said, store, last, parts=count) for count in (1, 3)},
        **{
            f"after {change}, {'full' if is_full else 'built'}": partial(
                _said, store, last + timedelta(days=1), change, is_full=is_full
            )
            for change in filled.CHANGES
            for is_full in (False, True)
        },
    }


def _said(store: database.Connection, on: date, change: str | None = None, **how: Any) -> Answers:
    """Return the rows of every table of a run that is taken back.

    `change`: of `filled.CHANGES`, made after a run of the day before.
    """
    with store.transaction(force_rollback=True):
        if change is not None:
            line.run(store, _DAYS[-1], recorded_law.at(store, None), tell=lambda _: None)
            filled.change(store, _CHANGED_SHARE, change)
        done = line.run(store, on, recorded_law.at(store, None), tell=lambda _: None, **how)
        assert not done.is_repeat
        said = {name: _rows(store, name, done) for name in tables.RESULTS}
        return {**said, "counts": [json.dumps(done.counts, sort_keys=True)]}


def _rows(store: database.Connection, name: str, done: Run) -> list[str]:
    own = listed([*tables.own_types(name)])
    query = sql.SQL(
        "SELECT ROW({})::text FROM {} WHERE run_series = %s AND %s BETWEEN first_run AND last_run"
    ).format(own, table(name))
    return sorted(row[0] for row in store.execute(query, (done.run_series, done.id)))


def _differences(run: str, then: Answers, now: Answers) -> int:
    """Tell which rows are there before or after alone; return 1 where there are any."""
    code = 0
    for name in {**then, **now}:
        old, new = Counter(then.get(name, [])), Counter(now.get(name, []))
        gone, come = old - new, new - old
        if gone or come:
            code = 1
            print(f"{run}, {name}: {gone.total()} gone, {come.total()} new")
            for mark, rows in (("-", gone), ("+", come)):
                for row in sorted(rows)[:2]:
                    print(f"  {mark} {row[:400]}")
    count = sum(len(rows) for rows in now.values())
    print(f"{run}: {count:,} rows, {'NOT the same' if code else 'the same'}", flush=True)
    return code


@contextmanager
def _opened(home: Path, size: int, is_moved: bool | None = None) -> Iterator[database.Connection]:
    """Give a connection to a store, filled when first asked for, and stop its server afterwards.

    With `is_moved` a town of `size` approvals; else the deliveries of the seed `size`.
    """
    own = Config(home, None)
    is_new = not home.exists()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    try:
        with database.connect(own, make=True) as store:
            if is_new and is_moved is not None:
                filled.fill(store, size, is_moved=is_moved)
            elif is_new:
                _load(home, size)
            yield store
    finally:
        server.stop(home)


def _load(home: Path, seed: int) -> None:
    """Load the deliveries of a seed by the command."""
    files = home / "deliveries"
    for command in (
        ["scripts/make_deliveries", "--seed", str(seed), "--out", str(files)],
        ["-m", "gis.cli", "load", "--manifest", str(files / "deliveries.toml")],
    ):
        environment = {"LANDWATCH_HOME": str(home), "PATH": "/usr/bin:/bin"}
        subprocess.run([sys.executable, *command], cwd=_ROOT, env=environment, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
