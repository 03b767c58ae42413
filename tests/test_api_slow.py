"""Who asks without end is let go: half a head, half a body, a kept connection that begins again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

from api.serve import Impatient

PATIENCE_SECONDS = 0.5


class _Hasty(Impatient):
    asking_seconds = PATIENCE_SECONDS
    least_bytes_per_second = 4 / PATIENCE_SECONDS / 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.post("/told")
    async def told(request: Request) -> int:
        return len(await request.body())

    @app.post("/api/v1/uploads")
    async def sent(request: Request) -> int:
        return len(await request.body())

    @app.get("/slow")
    def slow() -> str:
        time.sleep(3 * PATIENCE_SECONDS)
        return "answered"

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", http=_Hasty))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def said(port: int, *parts: bytes) -> tuple[bytes, float]:
    """What the server answers before it lets go, and how long that took from the last part."""
    with socket.create_connection(("127.0.0.1", port), timeout=10 * PATIENCE_SECONDS) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(0.1)
        began, answer = time.perf_counter(), b""
        while piece := line.recv(4096):
            answer += piece
        return answer, time.perf_counter() - began


@pytest.mark.parametrize(
    "parts",
    [
        (b"GET /slow HTTP/1.1\r\nHost: x\r\n",),
        (b"POST /told HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", b"a", b"b"),
        (b"",),
    ],
    ids=["half a head", "half a body", "nothing"],
)
def test_who_does_not_say_all_in_time_is_let_go(port: int, parts: tuple[bytes, ...]) -> None:
    answer, seconds = said(port, *parts)
    assert answer == b""
    assert seconds < 4 * PATIENCE_SECONDS


def test_an_answer_may_take_longer_than_the_question(port: int) -> None:
    ask = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer, seconds = said(port, ask)
    assert b"answered" in answer
    assert seconds > 2 * PATIENCE_SECONDS


def test_a_whole_body_is_taken_and_a_second_question_has_its_own_time(port: int) -> None:
    whole = b"POST /told HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    answer, _ = said(port, whole, b"GET /sl")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.endswith(b"3")


def test_a_file_may_take_its_time_while_more_of_it_comes_and_is_let_go_when_none_does(
    port: int,
) -> None:
    """Ten pieces, a tenth of a second apart, take twice what a question may."""
    head = b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer, _ = said(port, head + b"Content-Length: 10\r\n\r\n", *[b"x"] * 10)
    assert answer.endswith(b"10")
    cut, seconds = said(port, head + b"Content-Length: 10\r\n\r\n", b"x")
    assert (cut, seconds < 4 * PATIENCE_SECONDS) == (b"", True)


def dripped(port: int, began: bytes, piece: bytes, seconds: float) -> float:
    """How long a connection lives on which a piece comes every so often after a beginning."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        line.sendall(began)
        since = time.perf_counter()
        while (lasted := time.perf_counter() - since) < 10 * PATIENCE_SECONDS:
            try:
                line.sendall(piece)
                if not line.recv(4096):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return lasted


HEAD = b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    ("began", "seconds"),
    [
        (b"POST /api/v1/uploads" + HEAD, 0.7 * PATIENCE_SECONDS),
        (b"POST /api/v1/uploads/0f/check" + HEAD, 0.1),
        (b"GET /api/v1/uploads" + HEAD, 0.1),
        (b"POST /api/v1/uploadsx" + HEAD, 0.1),
        (b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /x", 0.1),
    ],
    ids=["too slow a file", "a question about one", "no file", "another way", "the next head"],
)
def test_who_drips_is_let_go(port: int, began: bytes, seconds: float) -> None:
    assert dripped(port, began, b"x", seconds) < 6 * PATIENCE_SECONDS
