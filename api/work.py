"""What the server has done by the functions of the command: files written, papers taken in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run


@dataclass(frozen=True)
class Order:
    """Which list, in which format and system, of which land (None: all)."""

    what: str
    file_format: str
    epsg: int
    encoding: str
    within: Scope | None


@dataclass(frozen=True)
class Paper:
    """One paper: its kind, column -> what it says, who records it."""

    kind: str
    values: Mapping[str, str]
    account: str


@dataclass(frozen=True)
class Work:
    """`export` writes a list of a run and its signed manifest into a folder and returns the files;
    `record` takes one paper in as a delivery of its own and returns what became of it;
    `correct` puts a record right (kind, key, column -> value, who, why, document) and returns the
    number of the delivery; `undo` takes a delivery back and returns what became of it;
    `read` has a job with a file that was sent done by the reading process (check, accept), `close`
    ends that.
    """

    export: Callable[[Connection, Run, Order, Path], Sequence[Path]]
    record: Callable[[Connection, Paper], Mapping[str, Any]]
    correct: Callable[[Connection, str, str, Mapping[str, str], tuple[str, str, str | None]], int]
    undo: Callable[[Connection, int], Mapping[str, Any]]
    read: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    close: Callable[[], None]
