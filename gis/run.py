"""The order of the line: known records -> what is said of each part -> rates -> a stored run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

import pandas as pd

from gis import __version__, config, counts, engine, land, rates
from gis.errors import UsageError, WorkerError
from gis.facts import plan
from gis.facts.gather import must_be_known
from gis.facts.part import Part
from gis.judged import Judged, Task, judged
from gis.law import Law
from gis.store import database, records, runs
from gis.store.database import Connection
from gis.store.runs import Run

Tell = Callable[[str], None]
# What the driver keeps of each part once its rows are stored: no shape is among it.
_TOLD = {
    "finding": ["subject", "rule", "outcome", "track", "missing", "area_m2", "block_code"],
    "park_piece": [
        *("park_code", "block_code", "approved", "supplied", "development", "readiness"),
        *("account_build", "account_supply", "area_planar_m2"),
    ],
}


def run(
    connection: Connection,
    as_of: date,
    law: Law,
    known_at: int | datetime | None = None,
    region: str | None = None,
    tell: Tell = print,
    *,
    parts: int | None = None,
    workers: int = 1,
    client: engine.Client | None = None,
) -> Run:
    """Judge everything known at a delivery as of a day, store it, and return the run.

    A run with the same day, delivery, region, code, law and inputs is returned as it is stored.
    UsageError when nothing was delivered by then, or nothing is known of the region.
    The whole is one transaction: a run that is killed leaves nothing behind. `tell` hears the
    name of each step as it begins.

    `parts`: into about how many parts the land is split (None: by the number of records);
    `workers`: processes that work on them here, `client`: workers of Dask instead. Neither changes
    anything in the results. Workers find the store by their own environment.
    """
    with connection.transaction():
        delivery = (
            records.latest_delivery(connection)
            if known_at is None
            else records.delivery_at(connection, known_at)
        )
        if delivery == 0:
            raise UsageError(
                "到此为止没有收到任何资料。 Nothing had been delivered by then.",
                "先装载 load first: landwatch load KIND FILE",
            )
        begun = runs.begin(
            connection,
            as_of=as_of,
            delivery=delivery,
            region=region,
            code_version=__version__,
            law_digest=law.digest,
            input_digest=records.input_digest(connection, delivery),
        )
        if begun.is_repeat:
            return begun
        task = Task(
            as_of,
            delivery,
            region,
            law,
            records.has_shapes(connection, "approvals", delivery, as_of, region),
        )
        planned = plan.parts(connection, delivery, parts)
        if region is not None:
            must_be_known(connection, as_of, delivery, region)
        if workers > 1 or client is not None:
            found = engine.run(partial(_apart, __version__, task), planned, workers, client)
        else:
            found = (judged(connection, task, part) for part in planned)
        told: dict[str, list[pd.DataFrame]] = {name: [] for name in _TOLD}
        lines = []
        tell(f"判定 judging 0/{len(planned)}")
        for done, part in enumerate(found, start=1):
            for name, table in part.tables.items():
                runs.keep(connection, begun, name, table)
                if name in told:
                    told[name].append(table[_TOLD[name]])
            lines.append(part.lines)
            tell(f"判定 judging {done}/{len(planned)}")
        tell("保存 storing")
        findings, park_pieces = (pd.concat(told[name], ignore_index=True) for name in _TOLD)
        settings = land.settings_on(law, as_of, region)
        blocks = records.read(
            connection, "blocks", delivery, as_of, columns=("block_code", "park_code")
        )
        indicators = rates.rates_of(
            pd.concat(lines, ignore_index=True), park_pieces, findings, blocks, settings
        )
        runs.keep(connection, begun, "indicator", indicators)
        return runs.finish(connection, begun, counts.count(findings))


def _apart(version: str, task: Task, part: Part) -> Judged:
    """Work on a part in another process, on a connection of its own."""
    if version != __version__:
        raise WorkerError(
            f"执行端的程序是 {__version__}，主程序是 {version}。"
            f" The worker runs landwatch {__version__}, the driver {version}.",
            "各机装同一版本 install one version everywhere",
        )
    with database.connect(config.read()) as connection:
        return judged(connection, task, part)
