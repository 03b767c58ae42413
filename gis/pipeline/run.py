"""The order of the line: known records -> what is said of each part -> rates -> a stored run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial

import pandas as pd

from gis import __version__, config, fields, result_tables
from gis.approvals.settings import settings_on
from gis.arrays import text_as_objects
from gis.errors import UsageError, WorkerError
from gis.facts import orphans, partition, set_aside, undated_approvals
from gis.facts.affected import affected
from gis.facts.dependencies import ON_TABLE
from gis.facts.gather import must_be_known
from gis.facts.neighbourhood import Targets
from gis.facts.part import Part
from gis.law import Law
from gis.pipeline import built_figures, counts, economy, engine, program, scope
from gis.pipeline.blame import RECORDS_FAULTS, judge_or_isolate
from gis.pipeline.indicators import BuiltLand, rates_of, unsupplied_of
from gis.pipeline.judge_part import RunContext
from gis.pipeline.lands import lands
from gis.store import copy, database, incremental, pending_results, records, result_rows, runs
from gis.store.database import Connection
from gis.store.records import KnownAt
from gis.store.runs import Run

Tell = Callable[[str], None]
# A record blamed may have hidden another: so often all is judged once more.
_ROUNDS = 20
# Records of which all parts are heard before anything is made of them.
_TOGETHER = ("set_aside", "blamed")
# Rows of result tables in the bytes the store takes, and each of _TOGETHER, in a list if there.
_Said = tuple[Mapping[str, copy.Encoded], Mapping[str, list[pd.DataFrame]]]
# Values the calendar asks for whenever it is printed: no stored result rests on them, and the days
# off of every new year would else have all the land judged anew each New Year's night.
_OF_CALENDAR = {"period.days_off", "period.days_worked", "period.letters_move_off_holidays"}
# What the rates and the counts are made of: no shape is among it.
_OF_FINDING = ("rule", "outcome", "track", "start_state", "missing", "block_code")
_OF_PIECE = (
    *("park_code", "block_code", "approved", "supplied", "development", "readiness"),
    *("account_build", "account_supply", "area_planar_m2"),
)
_OF_RESIDENTS = ("place_code", "year", "residents_count")
_OF_BUILT = (
    *("park_code", "block_code"),
    *(column.name for column in result_tables.STORED["built_use"].stored),
)
_OF_LINE = tuple(column.name for column in result_tables.STORED["place_line"].stored)


@text_as_objects()
def run(
    connection: Connection,
    as_of: date,
    law: Law,
    known_at: int | datetime | None = None,
    region: str | None = None,
    tell: Tell = print,
    *,
    parts: int | None = None,
    workers: int | None = 1,
    client: engine.Client | None = None,
    is_full: bool = False,
    purpose: str = runs.ROUTINE,
    is_trial: bool = False,
) -> Run:
    """Judge everything known at a delivery as of a day, store it, and return the run.

    A run with the same day, delivery, region, code, law and inputs is returned as it is stored.
    UsageError when nothing was delivered by then, or nothing is known of the region.
    The whole is one transaction: a run that is killed leaves nothing behind. `tell` hears the
    name of each step as it begins.

    `parts`: into about how many parts the land is split (None: by the number of records);
    `workers`: processes that work on them here (None: as many as suit, `engine.suited`; they see
    what is committed alone), `client`: workers of Dask instead. Neither changes anything in the
    results. Workers find the store by their own environment. `purpose`: who looks
    at the run, see `store.runs.Run`. `is_trial`: the caller takes it back, see `store.runs.begin`.

    Where the last run of the series was made by the same code and law, only what changed since
    is judged anew, and the results are the same as those of a run that judges all (`is_full`).
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
            code_digest=program.code_digest(),
            law_digest=law.digest,
            input_digest=records.input_digest(connection, delivery),
            purpose=purpose,
            is_trial=is_trial,
        )
        if begun.is_repeat:
            return begun
        has_approvals = _has_approvals(connection, begun)
        task = RunContext(as_of, delivery, region, law, has_approvals)
        if region is not None:
            must_be_known(connection, as_of, delivery, region)
        left_out = _nowhere(connection, task)
        basis = None if is_full or len(left_out) else runs.basis(connection, begun)
        anew = None if basis is None else _anew(connection, basis, begun, law)
        if basis is not None and anew is not None:
            built = runs.build(connection, begun, basis, vars(anew))
            found = _judged(
                connection, built, task, partition.parts_of(anew), workers, client, tell
            )
            # What cannot be judged may lie in what others were judged by: then all is judged anew.
            begun = built if found.empty else begun
        if begun.built_on == begun.id:
            runs.forget(connection, begun)
            found = _judged(
                connection,
                begun,
                task,
                partition.parts(connection, delivery, parts),
                workers,
                client,
                tell,
            )
            left_out = pd.concat([left_out, found], ignore_index=True)
        left_out = _set_aside(connection, begun, left_out)
        tell("保存 storing")
        findings = pending_results.areas(connection, begun, _OF_FINDING)
        park_pieces = pending_results.read(connection, begun, "park_piece", _OF_PIECE)
        lines = pending_results.read(connection, begun, "place_line", _OF_LINE)
        settings = settings_on(law, as_of, region)
        blocks = records.read(
            connection, "blocks", delivery, as_of, columns=("block_code", "park_code")
        )
        parks = records.read(
            connection, "parks", delivery, as_of, columns=("park_code", "region_code")
        )
        balances = pending_results.read(connection, begun, "balance", ("approval", "approved_on"))
        of_built = BuiltLand(
            built_use=pending_results.read(connection, begun, "built_use", _OF_BUILT),
            approved_on=balances.drop_duplicates("approval").set_index("approval")["approved_on"],
            settings=built_figures.settings_on(law, as_of, region),
        )
        indicators = rates_of(lines, park_pieces, findings, blocks, settings, of_built)
        residents = records.read(connection, "residents", delivery, as_of, columns=_OF_RESIDENTS)
        yearly = economy.rates_of(
            economy.known(connection, delivery, as_of, left_out), residents, blocks, indicators,
            settings.leading_industries,
        )  # fmt: skip
        standard = economy.standard_land(connection, begun, blocks, indicators, as_of)
        indicators = pd.concat([indicators, yearly, standard], ignore_index=True)
        runs.keep(connection, begun, "indicator", lands(scope.of_places(indicators, blocks, parks)))
        papers = orphans.leads(connection, as_of, delivery, region)
        runs.keep(connection, begun, "lead", lands(papers))
        undated = undated_approvals.lines(connection, delivery, region, left_out)
        runs.keep(connection, begun, "balance", lands(undated))
        total = {"unsupplied_total": unsupplied_of(lines)}
        counted = counts.count(findings, left_out, undated)
        # Which readings it knew, of those a person recorded; none says nothing.
        known = {"readings": [*law.recorded]} if law.recorded else {}
        return runs.finish(connection, begun, counted | total | known)


def _judged(
    connection: Connection,
    begun: Run,
    task: RunContext,
    planned: list[Part],
    workers: int | None,
    client: engine.Client | None,
    tell: Tell,
) -> pd.DataFrame:
    """Hand in what the parts say; return the records left out (`aside.COLUMNS`).

    Records that keep a part from being judged are left out by all parts, which are then judged
    once more: so it makes no difference which part met them first.
    """
    many = workers or (1 if client else engine.suited(len(planned)))
    # One part at a time takes all cores, parts side by side share them.
    task = replace(task, threads=1 if client else max(1, engine.cores() // many))
    blamed = set_aside.table([])
    for _ in range(_ROUNDS):
        own = replace(task, aside=frozenset(zip(blamed["kind"], blamed["key"], strict=True)))
        if many > 1 or client is not None:
            found = engine.run(partial(_apart, program.code_digest(), own), planned, many, client)
        else:
            found = (_encoded(judge_or_isolate(connection, own, part)) for part in planned)
        tell(f"判定 judging 0/{len(planned)}")
        unsound, more = [], []
        for done, (rows, notes) in enumerate(found, start=1):
            unsound += notes["set_aside"]
            more += notes["blamed"]
            for name, handed_in in rows.items():
                if not more:
                    runs.keep(connection, begun, name, handed_in)
            tell(f"判定 judging {done}/{len(planned)}")
        if not more:
            return pd.concat([blamed, *unsound], ignore_index=True)
        runs.forget(connection, begun)
        blamed = pd.concat([blamed, *more], ignore_index=True)
        tell("有记录无法判定，搁置后重算 setting records aside, judging once more")
    raise WorkerError(
        f"搁置 {len(blamed)} 条记录后仍无法判定。 {len(blamed)} records were set aside,"
        " and more cannot be judged.",
        "核对最近的资料 look at the newest deliveries: landwatch deliveries",
    )


def _nowhere(connection: Connection, task: RunContext) -> pd.DataFrame:
    """Return the records that lie nowhere, so that no part would meet them.

    Timelines rest on those of days to come too.
    """
    sound = set_aside.SetAside()
    for kind, own in fields.KINDS.items():
        if kind in result_tables.reads("set_aside"):
            areas = [name for name in ("area_m2", "total_area_m2") if name in own.columns]
            day = date.max if kind in (*ON_TABLE, "parcels") else task.as_of
            sound(kind, records.without_place(connection, kind, task.delivery, day, areas))
    return sound.found


def _set_aside(connection: Connection, begun: Run, left_out: pd.DataFrame) -> pd.DataFrame:
    """Hand in the records left out, each once, with where they came from; return them."""
    once = left_out.drop_duplicates(["kind", "key"]).sort_values(["kind", "key"])
    told = [
        rows.merge(
            records.origin(connection, str(kind), begun.delivery, rows["key"].to_list()),
            on="key",
            how="left",
        )
        for kind, rows in once.groupby("kind")
    ]
    if told:
        runs.keep(connection, begun, "set_aside", lands(pd.concat(told, ignore_index=True)))
    return once.reset_index(drop=True)


def _anew(connection: Connection, basis: Run, begun: Run, law: Law) -> Targets | None:
    """Return what must be judged anew since an earlier run; None: everything."""
    if is_judged_otherwise(law, basis.as_of, begun.as_of):
        return None
    if _has_approvals(connection, basis) != _has_approvals(connection, begun):
        return None
    now = KnownAt(begun.as_of, begun.delivery)
    due = incremental.due(connection, begun.run_series, begun.as_of)
    try:
        return affected(connection, KnownAt(basis.as_of, basis.delivery), now, *due)
    except RECORDS_FAULTS:
        return None  # a record that cannot be worked on: judging everything finds it


def is_judged_otherwise(law: Law, before: date, now: date) -> bool:
    """Return whether a value of the law that results rest on differs between two days."""
    changes = law.changes(before, law, now)
    keys = {value.key for pair in changes for value in pair if value is not None}
    return not keys <= _OF_CALENDAR


def _has_approvals(connection: Connection, run: Run) -> bool:
    return records.has_shapes(connection, "approvals", run.delivery, run.as_of, run.region)


def _encoded(said: Mapping[str, pd.DataFrame]) -> _Said:
    """Return what a part says as the driver takes it."""
    rows = {
        name: result_rows.encoded(name, table)
        for name, table in said.items()
        if name not in _TOGETHER
    }
    return rows, {name: [said[name]] if name in said else [] for name in _TOGETHER}


def _apart(driver: str, task: RunContext, part: Part) -> _Said:
    """Work on a part in another process, on a connection of its own.

    Rows of results come in the bytes the store takes: of what they say the driver asks nothing.
    """
    own = program.code_digest()
    if driver != own:
        raise WorkerError(
            f"执行端的程序（摘要 {own[:12]}）与主程序（{driver[:12]}）不同。"
            f" The worker runs other code or libraries ({own[:12]}) than the driver.",
            "各机装同一份程序和依赖并重启 install the same everywhere, restart the workers",
        )
    with database.connect(config.read()) as connection:
        rows, notes = _encoded(judge_or_isolate(connection, task, part))
        return {name: each.listed() for name, each in rows.items()}, notes
