"""The order of the line: known records -> facts -> clock, overlay, rules, rates -> a stored run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd

from gis import __version__, agreements, counts, idle, land, leads, rates
from gis.errors import UsageError
from gis.facts.gather import gather
from gis.law import Law
from gis.store import records, runs
from gis.store.database import Connection
from gis.store.runs import Run

Tell = Callable[[str], None]


def run(
    connection: Connection,
    as_of: date,
    law: Law,
    known_at: int | datetime | None = None,
    region: str | None = None,
    tell: Tell = print,
) -> Run:
    """Judge everything known at a delivery as of a day, store it, and return the run.

    A run with the same day, delivery, region, code, law and inputs is returned as it is stored.
    UsageError when nothing was delivered by then, or nothing is known of the region.
    The whole is one transaction: a run that is killed leaves nothing behind. `tell` hears the
    name of each step as it begins.
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
        tell("读取资料 reading")
        known = gather(connection, as_of, delivery, region)
        tell("判定闲置 judging idle land")
        idle_land = idle.judge(known, law)
        tell("叠加批文 overlaying approvals")
        settings = land.settings_on(law, as_of, region)
        approved = land.judge(known, idle_land, settings)
        agreed = agreements.judge(known, idle_land)
        findings = pd.concat([idle_land.findings, approved.findings, agreed], ignore_index=True)
        tell("查找线索 looking for leads")
        limits = leads.settings_on(law, as_of, region)
        tell("保存 storing")
        for name, table in {
            "finding": findings,
            "piece": approved.pieces,
            "balance": approved.balances,
            "park_piece": approved.park_pieces,
            "lead": leads.find(leads.assemble(known, idle_land, approved, limits), limits),
            "indicator": rates.rates_of(approved, findings, known.dated["blocks"], settings),
        }.items():
            runs.keep(connection, begun, name, table)
        return runs.finish(connection, begun, counts.count(findings))
