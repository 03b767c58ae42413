"""What went wrong in PostgreSQL or on its disk, told with the mend.

Only faults a person can mend become a StoreError; a wrong statement of ours stays a psycopg error,
because it is a bug and its traceback is needed.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from gis.errors import StoreError

_DISK_FULL = (
    "the disk that holds the store is full; nothing of this step was kept",
    "free space on that disk (or move the store to a larger one) and do the step again",
)
_UNREACHABLE = (
    "the connection to the PostgreSQL server was lost; nothing of this step was kept",
    "see whether the server runs (landwatch db status, landwatch db start) and do it again",
)
_BY_STATE = {
    "53100": _DISK_FULL,
    "53200": (
        "the PostgreSQL server ran out of memory",
        "close other programs or lower work_mem on the server, then do the step again",
    ),
    "53300": (
        "the PostgreSQL server takes no more connections",
        "close other programs that use it, or raise max_connections on the server",
    ),
    "53400": (
        "a limit set on the PostgreSQL server was reached (temp_file_limit or the like)",
        "have the server's administrator raise that limit, then do the step again",
    ),
    "58030": (
        "the PostgreSQL server could not read or write its files",
        "look at the server's log and its disk; nothing of this step was kept",
    ),
    "25006": (
        "the PostgreSQL server takes no writing (it is a read-only copy)",
        "point LANDWATCH_DATABASE_URL at the primary server",
    ),
}


def is_disk_full(fault: BaseException | str) -> bool:
    """True when an exception or the output of a PostgreSQL program says that the disk is full."""
    if isinstance(fault, OSError):
        return fault.errno in {errno.ENOSPC, errno.EDQUOT}
    if isinstance(fault, psycopg.Error) and fault.sqlstate == "53100":
        return True
    return "No space left on device" in str(fault)


def disk_full() -> StoreError:
    """Return the error for a full disk."""
    return StoreError(*_DISK_FULL)


def told(fault: psycopg.Error) -> StoreError | None:
    """Return the StoreError for a server fault a person can mend, None for a bug of ours."""
    state = fault.sqlstate or ""
    if state in _BY_STATE:
        found, mend = _BY_STATE[state]
        return StoreError(found, mend)
    if state == "42501":
        return StoreError(
            f"the database role lacks a right: {_first_line(fault)}",
            "have the database's administrator grant it, or use a role that has it",
        )
    is_connection_gone = state.startswith(("08", "57P")) or (
        not state and isinstance(fault, psycopg.OperationalError)
    )
    return StoreError(*_UNREACHABLE) if is_connection_gone else None


@contextmanager
def explained() -> Iterator[None]:
    """Run a block; faults of server and disk leave it as StoreError with the mend."""
    try:
        yield
    except psycopg.Error as fault:
        error = told(fault)
        if error is None:
            raise
        raise error from fault
    except OSError as fault:
        if not is_disk_full(fault):
            raise
        raise disk_full() from fault


def _first_line(fault: psycopg.Error) -> str:
    return str(fault).strip().splitlines()[0]
