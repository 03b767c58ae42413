"""What a night has to tell, read from the store: frames of stored results, and whose land it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from gis import result_tables
from gis.accounts import dismissals, uploads
from gis.arrays import objects
from gis.law import Law
from gis.night.due import SHANGHAI
from gis.night.trouble import trouble
from gis.outputs import calendar, digest
from gis.outputs.digest.settings import SETTINGS
from gis.pipeline.diff import Difference, between
from gis.store import pages, results
from gis.store.database import Connection
from gis.store.nights import GOOD, Night
from gis.store.pages import Wanted
from gis.store.results import Asked
from gis.store.runs import Run

_LANDS = result_tables.LANDS
_MOST = 1_000_000
_UPLOAD = ["id", "name", "kind", "received_on"]


def difference(
    connection: Connection, before: Night | None, run: Run, law: Law
) -> Difference | None:
    """Return how a run differs from that of the last good night, None for the first night."""
    if before is None or before.run is None:
        return None
    return between(connection, before.run, run.id, [law])


def gather(
    connection: Connection,
    run: Run,
    before: Night | None,
    changed: Difference | None,
    law: Law,
    tonight: Night,
    maps: Mapping[str, str],
) -> digest.Night:
    """Return what a night has to tell, up to what its run knew."""
    # The first night lists no delivery: all that ever came is what it begins with.
    since = before.delivery if before and before.delivery else run.delivery
    return digest.Night(
        day=run.as_of,
        run=run.id,
        before_on=before.as_of if before else None,
        before_run=before.run if before else None,
        difference=with_lands(connection, changed),
        coming=coming(connection, run, before, law),
        deliveries=_deliveries(connection, since, run.delivery),
        held=_held(connection, run.delivery),
        uploads=_uploads(connection),
        set_aside=results.read(connection, run, "set_aside"),
        trouble=trouble(connection, before, changed, tonight),
        maps=maps,
    )


def lines_between(connection: Connection, run: Run, before: Run | None, law: Law) -> pd.DataFrame:
    """Return what a night would tell of a run against an earlier one: `digest.COLUMNS`.

    What changed and why, what comes, and what came in between; nothing of the running itself.
    """
    earlier = None
    if before is not None:
        earlier = Night(
            before.as_of, GOOD, 1, before.started_at, run=before.id, delivery=before.delivery
        )
    return digest.lines(
        digest.Night(
            day=run.as_of,
            run=run.id,
            before_on=None if before is None else before.as_of,
            before_run=None if before is None else before.id,
            difference=with_lands(connection, difference(connection, earlier, run, law)),
            coming=coming(connection, run, earlier, law),
            deliveries=_deliveries(
                connection, run.delivery if before is None else before.delivery, run.delivery
            ),
            held=_held(connection, 0),
            uploads=pd.DataFrame(columns=_UPLOAD),
            set_aside=results.read(connection, run, "set_aside"),
            trouble=pd.DataFrame(columns=["zh", "en", "on", "link", "is_for_all"]),
        )
    )


def coming(connection: Connection, run: Run, before: Night | None, law: Law) -> pd.DataFrame:
    """Return table `calendar` with `last_on`, `matter` and the lands of each row.

    From the day after the last good night (the day itself, for the first) as far as one looks.
    """
    day = run.as_of
    # A step is told by the day after the last on which it can be met.
    far = day + timedelta(days=SETTINGS.horizons_days[-1] + 1)
    table = calendar.entries(connection, run, day + timedelta(days=1), far, law)
    first = before.as_of + timedelta(days=1) if before else day
    past = calendar.entries(connection, run, first, day, law)
    table, past = (
        rows.assign(last_on=calendar.last_days(rows), matter=calendar.matters(rows))
        for rows in (table, past)
    )
    # What a step brought is a change, and told as one; what fell due since is told as due.
    past = past[past["last_on"] >= pd.Timestamp(first)]
    table = pd.concat([rows for rows in (past, table) if len(rows)] or [table], ignore_index=True)
    return _of_land(table, _lands_of(connection, run, table["subject"]))


def with_lands(connection: Connection, changed: Difference | None) -> pd.DataFrame:
    """Return the rows of a difference, each with its lands."""
    names = result_tables.TABLES["difference"].names
    if changed is None:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in (*names, *_LANDS)})
    rows = changed.rows
    is_gone = (rows["change"] == "left").to_numpy(bool)
    tables = [
        _of_land(rows[is_there], _findings(connection, which, rows[is_there]))
        for which, is_there in ((changed.after, ~is_gone), (changed.before, is_gone))
    ]
    return pd.concat(tables).sort_index()


def _findings(connection: Connection, run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    asked = Asked({"subject": [*rows["subject"]]})
    found = results.read(connection, run, "finding", asked)
    return found.drop_duplicates("subject").set_index("subject")[[*_LANDS]]


def _lands_of(connection: Connection, run: Run, subjects: pd.Series) -> pd.DataFrame:
    """Return subject -> lands, of supplies by their findings, of approvals by their balances."""
    named = [*subjects.dropna().unique()]
    tables = [
        results.read(connection, run, name, Asked({column: named})).rename(
            columns={column: "subject"}
        )[["subject", *_LANDS]]
        for name, column in (("finding", "subject"), ("balance", "approval"))
    ]
    found = pd.concat([table for table in tables if len(table)] or tables[:1])
    return found.drop_duplicates("subject").set_index("subject")


def _of_land(rows: pd.DataFrame, lands: pd.DataFrame) -> pd.DataFrame:
    told = lands.reindex(rows["subject"])
    return rows.assign(**{name: objects([_listed(one) for one in told[name]]) for name in _LANDS})


def _listed(value: Any) -> list[str] | None:
    return None if value is None or not isinstance(value, Sequence) else [*value]


def _deliveries(connection: Connection, since: int, until: int) -> pd.DataFrame:
    wanted = Wanted({"number": [*range(since + 1, until + 1)]}, limit=_MOST)
    rows, _ = pages.of_deliveries(connection, wanted, None)
    at = pd.to_datetime(rows["loaded_at"], utc=True).dt.tz_convert(SHANGHAI)
    return rows.assign(loaded_at=at.dt.tz_localize(None).dt.normalize())


def _held(connection: Connection, until: int) -> pd.DataFrame:
    rows, _ = pages.of_held(connection, Wanted(limit=_MOST), None, dismissals.HELD)
    return rows[rows["delivery"] <= until].reset_index(drop=True)


def _uploads(connection: Connection) -> pd.DataFrame:
    waiting = uploads.read(connection, None, waiting=True)
    return pd.DataFrame(
        [
            (one.id, one.name, one.kind, pd.Timestamp(one.received_at.astimezone(SHANGHAI).date()))
            for one in waiting
        ],
        columns=_UPLOAD,
    )
