"""What `landwatch serve` does by the functions of the command: exports, papers, corrections."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from api.v1.outside import nobody
from api.work import Correction, Order, Paper, Work
from gis import config, recorded_law
from gis.accounts import uploads
from gis.accounts.settings import PREVIEW, UPLOAD
from gis.accounts.uploads import DecidedError
from gis.cli import deliver
from gis.cli.own_land import OutsideError
from gis.cli.reading import Reader
from gis.errors import UsageError
from gis.fields import KINDS
from gis.files import drafts
from gis.intake import archive
from gis.intake import correct as corrected
from gis.intake import load as intake
from gis.intake.read import Reading
from gis.national import lists
from gis.night import sources
from gis.outputs.proof import folder as folders
from gis.outputs.proof import manifest, signature
from gis.outputs.report import comparison, workbook
from gis.pipeline import diff as differences
from gis.pipeline import program
from gis.pipeline.explain import explain
from gis.store import land_written, records, runs, undoing
from gis.store.arrivals import Loaded
from gis.store.cluster import faults
from gis.store.comparisons import Comparison
from gis.store.corrections import Author
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run

_LOOKING = frozenset({"check", "write_list", "write_mended", "compare"})
# A value of a register stands in these units; a paper of the API says what its column is named by.
_UNITS = {"area": "平方米", "money": "元", "intensity": None}


def work() -> Work:
    """Return what the server does by the functions of the command."""
    # A large file that is looked at keeps nobody from deciding of another.
    looks = Reader()
    deciding = Reader(UPLOAD.most_deciding_count, UPLOAD.deciding_waits_seconds)

    def read(job: str, order: Mapping[str, Any]) -> Mapping[str, Any]:
        return (looks if job in _LOOKING else deciding).ask(job, order)

    def close() -> None:
        for each in (looks, deciding):
            each.close()

    return Work(
        export,
        _record,
        _preview,
        _correct,
        _undo,
        _tell,
        _differ,
        _book,
        _beside,
        _kept,
        read,
        close,
    )


def export(connection: Connection, run: Run, order: Order, folder: Path) -> Sequence[Path]:
    """Write a list of a run and its signed manifest into a folder; return the files."""
    within = order.within
    listed = {
        "what": order.what,
        "format": order.file_format,
        "epsg": order.epsg,
        "encoding": order.encoding,
        **{
            name: None if within is None else [*getattr(within, name)]
            for name in ("regions", "parks", "blocks")
        },
    }
    files = deliver.write_listed(connection, run, listed, folder, order.only)
    if order.only is not None:
        return files
    groups = [
        one
        for file in sorted(files)
        for one in folders.groups_of(file, file.relative_to(folder).as_posix(), deliver.READERS)
    ]
    signer, code = signature.signer(config.read().home), program.code_digest()
    told = manifest.write(run, groups, files, folder / manifest.NAME, code, signer, listed)
    return [*files, told]


def _record(connection: Connection, paper: Paper) -> Mapping[str, Any]:
    """Take a paper in as a register of one row, read as any register is, with its scan or not."""
    home = config.read().home
    with _as_register(paper) as order, connection.transaction():
        reading, loaded = intake.load(connection, order, home)
        if paper.scan is not None and loaded.accepted:
            found = uploads.get(connection, paper.scan.number, None, lock=True)
            if found is None:
                raise UsageError("没有这份扫描件 there is no such scan", "先上传 send it first")
            uploads.must_wait(found)
            number = loaded.delivery
            known = uploads.scan_of(connection, number)
            if known is not None and known.sha256 != paper.scan.sha256:
                raise DecidedError(
                    f"第 {number} 次资料已有另一份扫描件（{known.name}），没有替换。 The paper of "
                    f"delivery {number} has another scan, which was not replaced.",
                    "先核对 look at that first: GET /api/v1/deliveries/NUMBER/scan",
                )
            archive.keep(home, paper.scan.path, paper.scan.sha256)
            uploads.note_decision(connection, paper.scan.number, uploads.ACCEPTED, number)
    return _became(reading, loaded)


# A preview waits for no load of hours, and no statement of it takes longer than this.
_PREVIEW_WAITS = (
    f"SET LOCAL lock_timeout TO '{PREVIEW.lock_seconds}s';"
    f" SET LOCAL statement_timeout TO '{PREVIEW.statement_seconds}s'"
)


def _preview(connection: Connection, paper: Paper, subject: str, day: date) -> Mapping[str, Any]:
    """Return why a subject is judged so on a day, without a paper and with it.

    The paper is recorded and judged in a transaction that is taken back, whatever happens.
    """
    with (
        _as_register(paper) as order,
        faults.explained(),
        connection.transaction(force_rollback=True),
    ):
        connection.execute(_PREVIEW_WAITS)
        known_at = records.latest_delivery(connection)
        rules = recorded_law.at(connection, known_at)
        before = explain(connection, subject, day, known_at, rules)
        reading, loaded = intake.load(connection, order, None)
        after = before
        if loaded.accepted and not loaded.is_repeat:
            after = explain(connection, subject, day, loaded.delivery, rules)
    told = dict(_became(reading, loaded))
    # It has no number: nothing was kept.
    del told["delivery"]
    return {
        "known_at": known_at,
        "paper": told | {"is_known": loaded.is_repeat},
        "before": before.content,
        "after": after.content,
    }


@contextmanager
def _as_register(paper: Paper) -> Iterator[intake.LoadRequest]:
    """Give a paper as a register of one row, to be loaded."""
    columns = KINDS[paper.kind].columns
    heads = [_head(columns[name].title, columns[name].type) for name in paper.values]
    with drafts.temporary() as folder:
        place = folder / f"{paper.kind}.csv"
        with place.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heads, [*paper.values.values()]])
        # Its titles are ours: nothing that was said of a register is said of it, nor the reverse.
        yield intake.LoadRequest(
            paper.kind, place, sender=paper.account, crs=None, encoding="utf-8",
            is_remembered=False,
        )  # fmt: skip


def _became(reading: Reading, loaded: Loaded) -> Mapping[str, Any]:
    issues = reading.issues[["field", "code", "severity", "message", "fix"]].astype(object)
    return {
        "delivery": loaded.delivery,
        "accepted": loaded.accepted,
        "rejected": loaded.rejected,
        "held": loaded.held,
        "unchanged": loaded.unchanged,
        "issues": issues.where(issues.notna(), None).to_dict("records"),
    }


def _head(title: str, kind: str) -> str:
    unit = _UNITS.get(kind)
    return f"{title}({unit})" if unit else title


def _correct(connection: Connection, order: Correction, scope: Scope | None) -> int:
    author = Author(order.account, order.why, order.document)
    with connection.transaction():
        number = corrected.correct(connection, order.kind, order.key, dict(order.values), author)
        if scope is not None:
            found = land_written.outside(connection, KINDS[order.kind], number, scope)
            if found["is_ended"].any():
                # As it was it is no record of the land: it is not there.
                raise nobody(order.key)
            if len(found):
                raise OutsideError(
                    f"{order.key}：更正后的记录不在账号的管辖范围内，"
                    "或无法认定在范围内，未作更正。 "
                    "As corrected, the record is not, or cannot be told to be, of the land of the "
                    "account: nothing was corrected.",
                    "由管辖该处的账号更正 have it corrected by an account of that land",
                )
    return number


def _undo(connection: Connection, number: int, scope: Scope | None) -> Mapping[str, Any]:
    with connection.transaction():
        done = undoing.undo(connection, number)
        if scope is not None and len(
            land_written.outside(connection, KINDS[done.kind], done.delivery, scope)
        ):
            raise UsageError(
                f"没有第 {number} 次资料 there is no delivery {number}", "见 deliveries"
            )
    told = asdict(done)
    return {name: told[name] for name in ("delivery", "undone", "restored", "ended", "kept")}


def _tell(connection: Connection, run: Run, before: Run | None) -> pd.DataFrame:
    return sources.lines_between(connection, run, before, recorded_law.of(connection, run))


def _differ(connection: Connection, before: int, after: int) -> tuple[pd.DataFrame, str]:
    of = [runs.get(connection, one) for one in (before, after)]
    laws = [recorded_law.at(connection), *(recorded_law.of(connection, one) for one in of)]
    found = differences.between(connection, before, after, laws)
    return sources.with_lands(connection, found), found.note


def _book(run: Run, rule: str, told: tuple[pd.DataFrame, pd.DataFrame], folder: Path) -> Path:
    return workbook.pivot(run, rule, *told, folder / "pivot.xlsx")


def _beside(made: Comparison, rows: pd.DataFrame, folder: Path) -> Path:
    listing = lists.list_named(made.list)
    return comparison.write(made, rows, listing.kind, folder / "comparison.xlsx")


def _kept(sha256: str, name: str) -> tuple[BinaryIO, str] | None:
    place = archive.kept(config.read().home, sha256)
    return None if place is None else (place.open("rb"), archive.name_for(name, place))
