"""The log of what runs for days, as lines of JSON: without secrets, rotated, its owner's alone.

Several processes may write one log: a line is written, and the file turned over, under a lock.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gis.files import fault_report

FOLDER = "logs"
_MOST_BYTES = 10 * 2**20
_KEPT_COUNT = 5
_MOST_LETTERS = 4_000


class LogLines(logging.Handler):
    """Writes each record as one line of JSON: at, level, logger, process, message.

    A full file becomes NAME.1, that NAME.2, and so on; the last is let go. A disk that refuses a
    line costs the line and nothing else.
    """

    def __init__(
        self, home: Path, name: str, most_bytes: int = _MOST_BYTES, kept_count: int = _KEPT_COUNT
    ) -> None:
        """`name`: what the file is called, NAME.jsonl in `logs` under `home`."""
        super().__init__()
        self._home, self._place = home, home / FOLDER / f"{name}.jsonl"
        self._most_bytes, self._kept_count = most_bytes, kept_count

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        line = self._line(record)
        with suppress(OSError):
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._place.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._turn_over(len(line))
                log = os.open(self._place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(log, line)
                finally:
                    os.close(log)
            finally:
                os.close(lock)

    def _line(self, record: logging.LogRecord) -> bytes:
        said = record.getMessage()
        if record.exc_info:
            said += "\n" + logging.Formatter().formatException(record.exc_info)
        said = fault_report.without_secrets(said, self._home)
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": said[:_MOST_LETTERS],
        }
        text = json.dumps(told, ensure_ascii=False) + "\n"
        return text.encode("utf-8", "backslashreplace")

    def _turn_over(self, coming_bytes: int) -> None:
        if not self._place.exists():
            return
        if self._place.stat().st_size + coming_bytes <= self._most_bytes:
            return
        places = [self._place, *(self._numbered(n) for n in range(1, self._kept_count + 1))]
        for older, newer in reversed([*zip(places[1:], places, strict=False)]):
            if newer.exists():
                newer.replace(older)

    def _numbered(self, number: int) -> Path:
        return self._place.with_name(f"{self._place.name}.{number}")
