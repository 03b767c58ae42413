"""Work that can wait does so while anybody is being answered, and not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.quiet import Counted, Quiet

HTTP: Scope = {"type": "http"}


async def _nothing() -> Message:
    return {"type": "http.request"}


async def _nowhere(message: Message) -> None:
    del message


def done(work: Coroutine[Any, Any, None]) -> None:
    """Have work done by a thread of its own: a browser of the tests may hold the loop of ours."""
    with ThreadPoolExecutor(1) as one:
        one.submit(asyncio.run, work).result()


def test_work_begins_when_nobody_has_waited_for_a_moment() -> None:
    quiet, is_done = Quiet(), Event()
    quiet.began()
    quiet.began()

    def work() -> None:
        quiet.wait(Event(), quiet_seconds=0.2, patience_seconds=60)
        is_done.set()

    Thread(target=work, daemon=True).start()
    quiet.answered()
    # One of the two still waits.
    assert not is_done.wait(0.4)
    began = time.monotonic()
    quiet.answered()
    assert is_done.wait(20)
    assert time.monotonic() - began >= 0.2


def test_work_does_not_wait_for_ever_nor_for_what_is_over() -> None:
    quiet, over = Quiet(), Event()
    quiet.began()
    quiet.wait(over, quiet_seconds=60, patience_seconds=0.1)
    over.set()
    began = time.monotonic()
    quiet.wait(over, quiet_seconds=60, patience_seconds=60)
    assert time.monotonic() - began < 30
    assert quiet.seconds() == 0


def test_a_request_counts_until_its_answer_begins() -> None:
    quiet, seen = Quiet(), []

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        seen.append(quiet.seconds())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        # What tells of a job goes on for hours: nobody waits for that.
        await asyncio.sleep(0.01)
        seen.append(quiet.seconds())
        await send({"type": "http.response.body", "body": b""})

    async def fault(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        raise ValueError("told")

    done(Counted(stream, quiet)(HTTP, _nothing, _nowhere))
    assert seen[0] == 0 < seen[1]
    with pytest.raises(ValueError, match="told"):
        done(Counted(fault, quiet)(HTTP, _nothing, _nowhere))
    done(Counted(stream, quiet)({"type": "lifespan"}, _nothing, _nowhere))
    assert seen[2] > 0
    assert quiet.seconds() > 0
