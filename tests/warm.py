"""A process with the command's libraries loaded, which forks a child for every call of the command.

Half of a short call is spent on imports, where a kill can harm nothing. A child of this process
runs the same `main` in a process of its own, and is at work from its first millisecond.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

import gis.cli.load
import gis.cli.run  # noqa: F401 - loaded for the children
import maps.stored  # noqa: F401 - the same
from gis.cli import main


def serve() -> None:
    """Answer every order on stdin with two lines: the child's number, and later how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(json.loads(line))
        _answer(child)
        _, status = os.waitpid(child, 0)
        _answer(os.waitstatus_to_exitcode(status))


def _work(order: dict[str, Any]) -> NoReturn:
    """Be the command: its exit, or the traceback of a bug, is this process's own."""
    os.environ.update(order["environment"])
    outputs = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["stdout"], outputs), 1)
    os.dup2(os.open(order["stderr"], outputs), 2)
    main(order["arguments"])


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
