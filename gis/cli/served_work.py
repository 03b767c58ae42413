"""What `landwatch serve` does by the functions of the command: exports, papers, corrections."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api.work import Order, Paper, Work
from gis import config
from gis.cli import deliver
from gis.cli.reading import Reader
from gis.fields import KINDS
from gis.files import drafts
from gis.intake import correct as corrected
from gis.intake import load as intake
from gis.outputs.proof import folder as folders
from gis.outputs.proof import manifest, signature
from gis.pipeline import program
from gis.store import undoing
from gis.store.corrections import Author
from gis.store.database import Connection
from gis.store.runs import Run

# A value of a register stands in these units; a paper of the API says what its column is named by.
_UNITS = {"area": "平方米", "money": "元", "intensity": None}


def work() -> Work:
    """Return what the server does by the functions of the command."""
    reader = Reader()
    return Work(_export, _record, _correct, _undo, reader.ask, reader.close)


def _export(connection: Connection, run: Run, order: Order, folder: Path) -> Sequence[Path]:
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
    files = deliver.write_listed(connection, run, listed, folder)
    groups = [
        one
        for file in sorted(files)
        for one in folders.groups_of(file, file.relative_to(folder).as_posix(), deliver.READERS)
    ]
    signer, code = signature.signer(config.read().home), program.code_digest()
    told = manifest.write(run, groups, files, folder / manifest.NAME, code, signer, listed)
    return [*files, told]


def _record(connection: Connection, paper: Paper) -> Mapping[str, Any]:
    """Take a paper in as a register of one row, read as any register is."""
    columns = KINDS[paper.kind].columns
    heads = [_head(columns[name].title, columns[name].type) for name in paper.values]
    with drafts.temporary() as folder:
        place = folder / f"{paper.kind}.csv"
        with place.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heads, [*paper.values.values()]])
        order = intake.LoadRequest(
            paper.kind, place, sender=paper.account, crs=None, encoding="utf-8"
        )
        reading, loaded = intake.load(connection, order, config.read().home)
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


def _correct(
    connection: Connection,
    kind: str,
    key: str,
    values: Mapping[str, str],
    author: tuple[str, str, str | None],
) -> int:
    return corrected.correct(connection, kind, key, dict(values), Author(*author))


def _undo(connection: Connection, number: int) -> Mapping[str, Any]:
    done = undoing.undo(connection, number)
    told = asdict(done)
    return {name: told[name] for name in ("delivery", "undone", "restored", "ended", "kept")}
