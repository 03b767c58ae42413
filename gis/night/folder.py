"""What a night is handed out as: a folder named by its day, beside the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd

from gis.accounts import audit
from gis.files import dated
from gis.law import Law
from gis.outputs import digest
from gis.outputs.export import delimited
from gis.pipeline.diff import Difference
from gis.store.database import Connection
from gis.store.runs import Run

FOLDER = "nights"
CHANGES, COMING, AUDIT, DIGEST = "变化.csv", "今后节点.csv", "审计.jsonl", "夜报"
# What the run is handed out as lies here, signed by its manifest.
RESULTS = "成果"
WriteOut = Callable[[Connection, Run, Law, Path], Sequence[Path]]
"""Writes everything a run is handed out as into a folder; returns the files."""


def place(home: Path, day: date) -> Path:
    """Return where the folder of a night lies."""
    return home / FOLDER / day.isoformat()


def write_tables(folder: Path, changed: Difference | None, coming: pd.DataFrame) -> None:
    """Write what changed and what comes beside the maps, as the command writes them."""
    if changed is not None:
        delimited.write(changed.rows, "difference", folder / CHANGES)
    delimited.write(coming, "calendar", folder / COMING)


def write_audit(connection: Connection, folder: Path, after: int | None) -> int:
    """Write the entries of the audit behind a number, one JSON object a line; return the newest.

    So there is a copy outside the store, against which `verify audit --noted` holds it.
    """
    newest = audit.head(connection).number
    with (folder / AUDIT).open("w", encoding="utf-8") as file:
        for entry in audit.entries(connection, newest, after or 0):
            told = {**asdict(entry), "at": entry.at.isoformat()}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    return newest


def write_digest(folder: Path, told: digest.Digest, service: str) -> None:
    """Write the digest of all land as text, page and JSON."""
    (folder / f"{DIGEST}.txt").write_text(digest.text(told, service), encoding="utf-8")
    (folder / f"{DIGEST}.html").write_text(digest.html(told, service), encoding="utf-8")
    content = json.dumps(digest.content(told), ensure_ascii=False, indent=1)
    (folder / f"{DIGEST}.json").write_text(content + "\n", encoding="utf-8")


def sweep(home: Path, before: date) -> list[date]:
    """Remove the folders of nights before a day; return their days."""
    return dated.sweep(home / FOLDER, before)
