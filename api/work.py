"""What the server has done by the functions of the command: files written, papers taken in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from gis.store.comparisons import Comparison
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run

# The file of a job that tried a plan: what it would come to, as `[json.scenario_run]` says.
TRIED = "scenario.json"


@dataclass(frozen=True)
class Order:
    """Which list, in which format and system, of which land (None: all), which rows (None: all)."""

    what: str
    file_format: str
    epsg: int
    encoding: str
    within: Scope | None
    only: Collection[str] | None = None


@dataclass(frozen=True)
class Scan:
    """The scan of a paper, as it was sent: number of the upload, where it lies, its hash."""

    number: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class Paper:
    """One paper: its kind, column -> what it says, who records it, its scan."""

    kind: str
    values: Mapping[str, str]
    account: str
    scan: Scan | None = None


@dataclass(frozen=True)
class Correction:
    """One record put right: its kind and key, column -> value, who does it, why, by what paper."""

    kind: str
    key: str
    values: Mapping[str, str]
    account: str
    why: str
    document: str | None = None


@dataclass(frozen=True)
class Work:
    """`export` writes a list of a run and its signed manifest into a folder and returns the files
    (of some rows alone without a manifest: what was filtered cannot be written anew from it);
    `record` takes one paper in as a delivery of its own and returns what became of it;
    `preview` tells how a subject stood on a day with that paper, and stands without (paper,
    subject, day), and keeps nothing;
    `correct` puts a record right and returns the number of the delivery; `undo` takes a delivery
    back and returns what became of it; both within a land (None: anywhere), or not at all;
    `tell` gives what a night would tell of a run against an earlier one (`digest.COLUMNS`: what
    changed, what comes), `differ` how two runs differ (table `difference` with `LANDS`) and what
    could not be told of it; both judge anew, so they take their time;
    `book` writes what a rule found by region, park and outcome (rows and totals: region, park,
    outcome, count, hectares, mu, as printed) as a workbook into a folder;
    `beside` writes an export of the national system beside ours, row by row, as a workbook;
    `kept` opens the file a delivery came in, by hash and name, and gives it with the name it is
    handed out under, None where none is kept;
    `read` has a job with a file that was sent done by the reading process (check, accept,
    write_list, write_mended, compare), `close` ends that.
    """

    export: Callable[[Connection, Run, Order, Path], Sequence[Path]]
    record: Callable[[Connection, Paper], Mapping[str, Any]]
    preview: Callable[[Connection, Paper, str, date], Mapping[str, Any]]
    correct: Callable[[Connection, Correction, Scope | None], int]
    undo: Callable[[Connection, int, Scope | None], Mapping[str, Any]]
    tell: Callable[[Connection, Run, Run | None], pd.DataFrame]
    differ: Callable[[Connection, int, int], tuple[pd.DataFrame, str]]
    book: Callable[[Run, str, tuple[pd.DataFrame, pd.DataFrame], Path], Path]
    beside: Callable[[Comparison, pd.DataFrame, Path], Path]
    kept: Callable[[str, str], tuple[BinaryIO, str] | None]
    read: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    close: Callable[[], None]
