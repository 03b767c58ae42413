"""Files as they come: piece by piece to the disk, for whoever may send one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api import identity
from api.errors import BadParameterError
from api.uploads import Looks, folder
from gis.accounts import uploads
from gis.accounts.caller import Caller
from gis.accounts.uploads import Upload
from gis.errors import UsageError
from gis.files import incoming
from gis.files.incoming import Incoming
from gis.store.database import Connection

Kept = Callable[[Connection, str, str, Incoming], None]
# A file as the whole of a body, as OpenAPI describes it.
BODY = {
    "requestBody": {
        "required": True,
        "description": "文件本身，不加包装 the file itself, in no form",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_AT_ONCE_BYTES = 1 << 20


async def received(
    request: Request,
    caller: Caller,
    name: str,
    most_bytes: int,
    sha256: str | None,
    write_down: Kept,
) -> Upload:
    """Take in the body of a request as a file; it is there whole, and written down, or not at all.

    `write_down(connection, number, sha256, file)` makes its row.
    """
    try:
        name = incoming.checked_name(name)
    except UsageError as fault:
        raise BadParameterError(fault.found, fault.mend) from None
    announced = _announced(request, most_bytes)
    looks: Looks = request.app.state.looks
    with looks.slot(caller.name):
        await run_in_threadpool(_make_room, request, caller)
        with Incoming(folder(), name, most_bytes) as coming:
            await _taken_in(request, coming)
            return await run_in_threadpool(
                _kept, request, caller, coming, (sha256, announced), write_down
            )


async def passed(
    request: Request,
    caller: Caller,
    name: str,
    most_bytes: int,
    use: Callable[[Path, str, int], None],
) -> None:
    """Take in the body of a request as a file that is used once, `use(file, sha256, bytes)`.

    Nothing of it stays on the disk.
    """
    try:
        name = incoming.checked_name(name)
    except UsageError as fault:
        raise BadParameterError(fault.found, fault.mend) from None
    announced = _announced(request, most_bytes)
    looks: Looks = request.app.state.looks
    with looks.slot(caller.name), Incoming(folder(), name, most_bytes) as coming:
        await _taken_in(request, coming)
        place, sha256 = await run_in_threadpool(coming.whole, None, announced)
        await run_in_threadpool(use, place, sha256, coming.bytes)


def expire(writing: Connection) -> None:
    """Let go of what nobody has decided in time."""
    for number in uploads.expire(writing):
        incoming.let_go(folder(), number)


async def _taken_in(request: Request, coming: Incoming) -> None:
    try:
        async for piece in _pieces(request):
            await run_in_threadpool(coming.add, piece)
    except ClientDisconnect:
        raise incoming.CutOffError(
            "传送中断，没有保留。 The sending broke off; nothing was kept.",
            "重新上传 send it again",
        ) from None


def _announced(request: Request, most_bytes: int) -> int | None:
    """Return how many bytes are announced, None where they come in chunks."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise HTTPException(415, "直接传文件本身，不用表单 send the file itself, not as a form")
    length = request.headers.get("content-length", "")
    size = int(length) if length.isascii() and length.isdecimal() else None
    if size is not None and size > most_bytes:
        raise incoming.too_large(most_bytes)
    return size


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in pieces worth a way to the disk."""
    waiting: list[bytes] = []
    size = 0
    async for piece in request.stream():
        waiting.append(piece)
        size += len(piece)
        if size >= _AT_ONCE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _make_room(request: Request, caller: Caller) -> None:
    with identity.lend_writing(request) as writing:
        expire(writing)
        uploads.must_have_room(writing, caller.name)


def _kept(
    request: Request,
    caller: Caller,
    coming: Incoming,
    announced: tuple[str | None, int | None],
    write_down: Kept,
) -> Upload:
    number = uploads.new_id()
    sha256 = coming.keep(number, *announced)
    try:
        with identity.lend_writing(request) as writing:
            write_down(writing, number, sha256, coming)
            found = uploads.get(writing, number, caller.scope)
    except BaseException:
        incoming.let_go(folder(), number)
        raise
    assert found is not None
    return found
