"""Serving the application: on this machine's loopback address, and nowhere else yet."""

from __future__ import annotations

import errno
import socket

import uvicorn
from fastapi import FastAPI

from api.app import LOOPBACK
from gis.errors import UsageError

HOST = "127.0.0.1"
PORT = 8000


def serve(app: FastAPI, host: str = HOST, port: int = PORT) -> None:
    """Serve `app` until interrupted; UsageError for another host than loopback or a taken port."""
    check(host, port)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        # Who is believed of a proxy is decided in api.identity, and nowhere else.
        proxy_headers=False,
    )


def check(host: str, port: int) -> None:
    """Raise UsageError when `host` is not this machine's own or `port` cannot be had."""
    if host not in LOOPBACK:
        raise UsageError(
            f"不在 {host} 上提供服务 without accounts this server does not listen on {host}",
            f"只用本机地址 use {HOST}; reach it from elsewhere through ssh -L {port}:{HOST}:{port}",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as fault:
            is_taken = isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE
            found = "已被占用 is in use" if is_taken else f"不能用 cannot be had: {fault}"
            raise UsageError(
                f"端口 port {port} {found}", "换一个 choose another: --port 8001"
            ) from fault
