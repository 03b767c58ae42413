"""The files of a job: there as a whole when it is done, until they are swept."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gis.files import atomic, drafts
from gis.jobs.job import Job
from gis.store.cluster import faults
from gis.store.database import Connection

_OWN = re.compile("[0-9]+")


def place(home: Path, number: int) -> Path:
    """Return the folder of the files of a job."""
    return home / "jobs" / str(number)


@contextmanager
def filling(home: Path, number: int) -> Iterator[Path]:
    """Give an empty folder whose files become those of a job when the block succeeds.

    What an attempt before left is gone first.
    """
    remove(home, number)
    with atomic.filling(place(home, number)) as folder:
        yield folder


def told(home: Path, number: int) -> list[dict[str, Any]]:
    """Return name, bytes and sha256 of each file of a job."""
    folder = place(home, number)
    found = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        found.append({"name": file.name, "bytes": file.stat().st_size, "sha256": digest})
    if not found:
        remove(home, number)
    return found


def of_name(home: Path, job: Job, name: str) -> Path | None:
    """Return where a file of a job lies, None where the job has none of that name, or no more."""
    if name not in {str(one["name"]) for one in job.files}:
        return None
    file = place(home, job.id) / name
    return file if file.is_file() else None


def remove(home: Path, number: int) -> None:
    """Remove the files of a job."""
    shutil.rmtree(place(home, number), ignore_errors=True)


def sweep(connection: Connection, home: Path) -> list[int]:
    """Remove files whose time is past, and folders no job has; return the jobs that lost theirs."""
    with faults.explained():
        rows = connection.execute(
            "UPDATE landwatch.job SET files_until = NULL"
            " WHERE files_until < clock_timestamp() RETURNING id"
        ).fetchall()
        kept = connection.execute(
            "SELECT id FROM landwatch.job WHERE files_until IS NOT NULL OR state = 'running'"
        ).fetchall()
    swept = [int(number) for (number,) in rows]
    known = {str(number) for (number,) in kept}
    folder = home / "jobs"
    if folder.is_dir():
        for entry in folder.iterdir():
            if _OWN.fullmatch(entry.name) and entry.name not in known:
                remove(home, int(entry.name))
        drafts.sweep(folder)
    return swept
