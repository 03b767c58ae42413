"""Servers of our own on this machine: one takes mail, one the messages of robots."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@dataclass
class MailServer:
    """What came by mail; `refuses`: the code with which it refuses all, 0 for none."""

    port: int
    came: list[EmailMessage] = field(default_factory=list)
    logged_in: list[str] = field(default_factory=list)
    refuses: int = 0


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """Take mail as SMTP has it: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT."""
    told = MailServer(0)

    class Taker(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(220, "ready")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"EHLO":
                    self.wfile.write(b"250-here\r\n250 AUTH PLAIN\r\n")
                elif word == b"AUTH":
                    told.logged_in.append(line.decode().split()[-1])
                    self._say(235, "known")
                elif word == b"QUIT":
                    self._say(221, "bye")
                    return
                elif told.refuses and word == b"MAIL":
                    self._say(told.refuses, "no")
                elif word == b"DATA":
                    self._say(354, "go on")
                    self._take()
                else:
                    self._say(250, "ok")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line[1:] if line[:2] == b".." else line)
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            told.came.append(cast("EmailMessage", mail))
            self._say(250, "kept")

        def _say(self, code: int, words: str) -> None:
            self.wfile.write(f"{code} {words}\r\n".encode())

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), Taker) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()


@dataclass
class Robots:
    """What came by HTTP: (path with query, body); `answers` path -> (status, body, headers)."""

    address: str
    came: list[tuple[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)


@contextmanager
def robots() -> Iterator[Robots]:
    """Take what is posted; answered as a robot answers that is content."""
    told = Robots("")

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.came.append((self.path, json.loads(body)))
            fine = (200, b'{"errcode":0,"errmsg":"ok"}', {})
            status, content, headers = told.answers.get(self.path.split("?")[0], fine)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        told.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
