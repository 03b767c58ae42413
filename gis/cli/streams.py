"""Where the command speaks: stdout and stderr made to bear any text and a reader who has gone."""

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from gis import config
from gis.cli.visible import visible
from gis.files.log_lines import LogLines


def prepare() -> None:
    """Make both streams write what their encoding lacks as codes, and end quietly in a cut pipe.

    `landwatch findings | head` takes what it wants and goes: the command ends as if all were read.
    """
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:  # closed by the caller: >&-
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8"))
        elif stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):
                stream.flush()
                raw = _Pipe(stream.fileno(), "w", closefd=False)
                setattr(
                    sys,
                    name,
                    io.TextIOWrapper(
                        io.BufferedWriter(raw),
                        encoding=stream.encoding,
                        errors="backslashreplace",
                        line_buffering=name == "stderr" or raw.isatty(),
                    ),
                )


def flush() -> None:
    """Bring what was said to its reader; OSError names stdout when its disk is full."""
    sys.stdout.flush()


def log_to_stderr(level: int) -> None:
    """Send the log to stderr, one line a message."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.setLevel(level)
    logging.basicConfig(level=level, handlers=[handler])


def log_to_file(name: str) -> None:
    """Keep the log of what runs by itself too: logs/NAME.jsonl under LANDWATCH_HOME."""
    handler = LogLines(config.read().home, name)
    for room in ("gis", "api"):
        logger = logging.getLogger(room)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)


class _Pipe(io.FileIO):
    """A stream that may fail once: what is written after that goes nowhere.

    A reader who went took what he wanted; any other fault is raised, with the name of the stream.
    """

    _is_gone = False

    def write(self, data: Any, /) -> int:
        if not self._is_gone:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._is_gone = True
            except OSError as fault:
                self._is_gone = True
                raise OSError(fault.errno, fault.strerror, "标准输出 stdout") from fault
        return memoryview(data).nbytes


class _OneLine(logging.Formatter):
    """Log lines as a terminal may have them; a traceback has its place in a report."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))
