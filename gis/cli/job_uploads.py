"""What a worker does with a file that was sent: looked at, taken in; by the reading process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from api.uploads import folder, look, order_of
from gis.accounts import uploads
from gis.accounts.uploads import DecidedError, Upload
from gis.cli.reading import Reader
from gis.config import Config
from gis.files import incoming
from gis.jobs.work import Work

_ASKED_AGAIN_SECONDS = 0.5


def check(work: Work) -> Mapping[str, Any]:
    """Look at a file that waits, if nobody has; arguments: upload."""
    found = _found(work)
    if found.state == uploads.RECEIVED:
        found = _looked_at(work, found)
    return _of(found)


def load(work: Work) -> Mapping[str, Any]:
    """Take a file in that waits, as a delivery; arguments: upload, how (it was to be read).

    A worker that died may leave a reading process that ends what it does: that is waited for, and
    what it took in is not taken in again.
    """
    while True:
        found = _found(work)
        if found.state == uploads.ACCEPTED:
            work.say(
                f"已采用为第 {found.delivery} 次资料",
                f"it had been taken in as delivery {found.delivery}",
            )
            return _of(found)
        uploads.must_wait(found)
        if dict(found.how) != work.arguments["how"]:
            raise uploads.read_otherwise()
        if found.state == uploads.RECEIVED:
            found = _looked_at(work, found)
        if found.state == uploads.REFUSED:
            problem = (found.report or {}).get("problem") or {}
            raise DecidedError(
                problem.get("found") or "这份资料不能采用。 The file cannot be taken in.",
                problem.get("mend") or "",
            )
        if not _is_free(work, found):
            work.progress(None, None, "等候另一处处理", "waiting for who decides of it right now")
            time.sleep(_ASKED_AGAIN_SECONDS)
            continue
        told = _asked(work, "accept", order_of(found) | {"tells": True})
        incoming.let_go(folder(), found.id)
        return {"upload": found.id, "state": uploads.ACCEPTED, **told}


_READERS: dict[Config, Reader] = {}


def end_reading() -> None:
    """End the reading processes of this worker, which else live as long as it does."""
    while _READERS:
        _READERS.popitem()[1].close()


def _asked(work: Work, job: str, order: Mapping[str, Any]) -> Mapping[str, Any]:
    def tell(done: int, of: int | None) -> None:
        work.progress(done, of, "装载", "loading")

    reader = _READERS.setdefault(work.settings, Reader())
    with work.stopping(reader.stop):
        is_done = False
        try:
            told = reader.ask(job, order, tell)
            is_done = True
        finally:
            if not is_done:
                # Whatever it does yet is nobody's; the next answer is to be that of its question.
                reader.stop()
                reader.close()
        return told


def _looked_at(work: Work, found: Upload) -> Upload:
    work.progress(None, None, "体检", "looking at the file")
    state, report = look(lambda job, order: _asked(work, job, order), found)
    work.raise_if_cancelled()
    uploads.note_check(work.connection, found.id, state, dict(found.how), report)
    return _found(work)


def _found(work: Work) -> Upload:
    number = str(work.arguments["upload"])
    found = uploads.get(work.connection, number, work.scope)
    if found is None or found.kind == uploads.SCAN:
        raise uploads.nothing(number)
    return found


def _is_free(work: Work, found: Upload) -> bool:
    """Return whether nobody decides of a file right now."""
    try:
        with work.connection.transaction():
            uploads.get(work.connection, found.id, None, lock=True)
    except DecidedError:
        return False
    return True


def _of(found: Upload) -> dict[str, Any]:
    report = found.report or {}
    return {
        "upload": found.id,
        "state": found.state,
        "delivery": found.delivery,
        "grade": (report.get("check") or {}).get("grade"),
        "problem": report.get("problem"),
    }
