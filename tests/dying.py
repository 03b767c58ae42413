"""Work for the engine's tests, in a module other processes can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path

SQUARES = [number * number for number in range(12)]


def squared(number: int) -> int:
    return number * number


def dies_once(folder: str, number: int) -> int:
    """Kill its own process the first time it is asked for number 5."""
    mark = Path(folder) / "died"
    if number == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_dies(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def refuses(number: int) -> int:
    if number == 5:
        raise ValueError("no fives")
    return number * number
