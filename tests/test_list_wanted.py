"""What a job writes of a filtered list is what the list lets through, and old jobs go at night."""

from __future__ import annotations

import httpx
import pytest
from starlette.datastructures import QueryParams

from api.web import list_wanted
from gis.errors import UsageError
from gis.jobs import queue
from gis.store import runs
from gis.store.results import Scope
from tests.sending import client_of
from tests.warm import Desk


@pytest.mark.parametrize("query", ["", "track=recovery&limit=50", "outcome=overdue&text=演示"])
def test_a_job_takes_the_rows_a_list_lets_through(demo: Desk, query: str) -> None:
    asked = {**dict(QueryParams(query)), "rule": "idle_land", "limit": "1000"}
    for client in client_of(demo):
        count = _count(client, asked)
    with demo.store.connect() as connection:
        run = runs.default(connection)
        found = list_wanted.of(connection, run, "supplied", "findings", query, None)
        assert len(found) == count > 0
        # Of land of nobody there is nothing.
        nobody = Scope(regions=("999999",))
        assert not list_wanted.of(connection, run, "supplied", "findings", query, nobody)
        for what, wrong in (("unsupplied", ""), ("findings", "track=none"), ("findings", "x=1")):
            with pytest.raises(UsageError):
                list_wanted.of(connection, run, "supplied", what, wrong, None)


def _count(client: httpx.Client, asked: dict[str, str]) -> int:
    return int(client.get("/api/v1/findings", params=asked).json()["count"])


def test_jobs_finished_long_ago_are_removed_with_what_they_said_and_no_other(demo: Desk) -> None:
    """Two are old, finished and without files; one is young, one open, one has files."""
    with demo.store.connect() as connection, connection.transaction(force_rollback=True):
        old, young, waits, filed, failed = (
            queue.submit(connection, "tiles", {}, owner="甲", scope=None) for _ in range(5)
        )
        for number, state, days, kept in (
            (old, "done", 181, None), (young, "done", 179, None), (filed, "done", 400, 1),
            (failed, "failed", 200, None),
        ):  # fmt: skip
            connection.execute(
                "UPDATE landwatch.job SET state = %s, finished_at = clock_timestamp()"
                " - make_interval(days => %s), files_until = clock_timestamp()"
                " + make_interval(days => %s) WHERE id = %s",
                (state, days, kept, number),
            )
        connection.execute(
            "INSERT INTO landwatch.job_line (job, at, zh, en) SELECT n, clock_timestamp(), '', ''"
            " FROM unnest(%s::bigint[]) AS n",
            ([old, young],),
        )
        assert queue.prune(connection, 180) == 2
        left = {one.id for one in queue.listed(connection, None)[0]}
        assert {old, failed} & left == set()
        assert {young, waits, filed} <= left
        assert queue.lines(connection, old) == []
        assert len(queue.lines(connection, young)) == 1
