"""Files that were sent: where they lie, and the looking at them that goes on beside requests."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from gis import config
from gis.accounts import uploads
from gis.accounts.settings import UPLOAD
from gis.accounts.uploads import TooManyWaitError, Upload
from gis.errors import LandwatchError, StoreError, UsageError
from gis.files import incoming
from gis.store.database import Connection
from gis.store.results import Scope

Read = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
_LOG = logging.getLogger(__name__)


def folder() -> Path:
    """Return where files lie that were sent and wait."""
    return config.read().home / "uploads"


def tidy(connection: Connection) -> None:
    """Let go of what nobody decided in time, and of files nobody knows: when a server starts."""
    for number in uploads.expire(connection):
        incoming.let_go(folder(), number)
    incoming.sweep(folder(), uploads.known(connection))


def order_of(found: Upload) -> dict[str, Any]:
    """Return what the reading process is told of an upload."""
    place = incoming.kept(folder(), found.id)
    if place is None:
        raise UsageError(
            f"{found.name}：文件已不在服务器上。 The file is no longer on the server.",
            "重新上传 send it again",
        )
    return {
        "number": found.id,
        "path": str(place),
        "kind": found.kind,
        "how": dict(found.how),
        "land": land_of(found.scope),
        "account": None if found.scope is None else found.account,
    }


def land_of(scope: Scope | None) -> dict[str, list[str]] | None:
    """Return a scope as an order carries it."""
    if scope is None:
        return None
    return {name: [*getattr(scope, name)] for name in ("regions", "parks", "blocks")}


class Looks:
    """Looks at files that were sent, each once at a time; what is found is written down.

    A server that ends leaves a file as one that was not looked at: whoever asks for it next has
    it looked at again.
    """

    def __init__(self, read: Read, lend: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`read`: has a job done by the reading process; `lend`: a connection that writes."""
        self._read, self._lend = read, lend
        self._looking: set[str] = set()
        self._turn = threading.Lock()
        self._coming: Counter[str] = Counter()

    @contextmanager
    def slot(self, account: str) -> Iterator[None]:
        """Hold a place for a file that comes; TooManyWaitError where none is free."""
        with self._turn:
            is_full = self._coming.total() >= UPLOAD.at_once_count
            if is_full or self._coming[account] >= UPLOAD.at_once_per_account_count:
                raise TooManyWaitError(
                    "正在接收的文件太多。 Too many files are being sent at once.",
                    "稍后再传 send it again in a moment",
                )
            self._coming[account] += 1
        try:
            yield
        finally:
            with self._turn:
                self._coming[account] -= 1

    def begin(self, found: Upload) -> None:
        """Begin to look at a file, unless somebody does."""
        with self._turn:
            if found.id in self._looking:
                return
            self._looking.add(found.id)
        threading.Thread(target=self._look, args=(found,), daemon=True).start()

    def _look(self, found: Upload) -> None:
        try:
            state, report = look(self._read, found)
            with self._lend() as connection:
                uploads.note_check(connection, found.id, state, dict(found.how), report)
        except LandwatchError as fault:
            _LOG.error("%s", fault)
        finally:
            with self._turn:
                self._looking.discard(found.id)


def look(read: Read, found: Upload) -> tuple[str, Mapping[str, Any]]:
    """Return what a look at a file has found: its state now, and the report."""
    try:
        told = read("check", order_of(found))
    except StoreError:
        raise
    except LandwatchError as fault:
        problem = {"found": fault.found, "mend": fault.mend}
        told = {"check": None, "outcome": None, "problem": problem, "outside": [], "lines": []}
    return (uploads.CHECKED if told["problem"] is None else uploads.REFUSED), told
