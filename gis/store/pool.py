"""Connections kept open for a server that answers many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg_pool

from gis.config import Config
from gis.errors import StoreError
from gis.store import database
from gis.store.database import Connection

WAITED_SECONDS = 20.0
# So soon it is asked whether the store is there at all.
_FIRST_SECONDS = 1.0
# A connection nobody needed for so long is closed; one that lasted so long is opened anew.
_IDLE_SECONDS, _OLD_SECONDS = 300.0, 3_600.0


class Pool:
    """Up to `size` connections to the store, opened as they are needed, looked at before use.

    `is_read_only`: nothing can be written through them. `waited_seconds`: how long one is waited
    for. `lock_seconds`: how long a statement waits for what another holds, 0: as long as it takes.
    """

    def __init__(
        self,
        settings: Config,
        size: int,
        *,
        is_read_only: bool = False,
        waited_seconds: float = WAITED_SECONDS,
        lock_seconds: int = 0,
    ) -> None:
        self._settings, self._lock_seconds = settings, lock_seconds
        self._waited_seconds = waited_seconds
        self._is_read_only = is_read_only
        self._lent_at = 0.0
        self._pool: psycopg_pool.ConnectionPool[Connection] = psycopg_pool.ConnectionPool(
            kwargs=database.parameters(settings),
            min_size=0,
            max_size=size,
            timeout=waited_seconds,
            max_idle=_IDLE_SECONDS,
            max_lifetime=_OLD_SECONDS,
            reconnect_timeout=waited_seconds,
            configure=self._configure,
            check=psycopg_pool.ConnectionPool.check_connection,
            open=True,
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; StoreError where the store is away, or all are lent for too long."""
        lent = self._in_turn()
        try:
            yield lent
        finally:
            self._pool.putconn(lent)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _lent(self, waited_seconds: float) -> Connection | None:
        try:
            return self._pool.getconn(waited_seconds)
        except psycopg_pool.PoolTimeout:
            return None

    def _in_turn(self) -> Connection:
        """Wait for a connection; where nobody gets any, say what ails the store, or start it.

        While others get theirs it is they who keep it busy: one more would only add to that, and
        who asked anew would lose the place in the line.
        """
        lent = self._lent(min(_FIRST_SECONDS, self._waited_seconds))
        if lent is None:
            if time.monotonic() - self._lent_at > _FIRST_SECONDS:
                database.connect(self._settings).close()
            lent = self._lent(self._waited_seconds)
        if lent is None:
            database.connect(self._settings).close()
            raise StoreError(
                f"数据库连接都在用，等了 {self._waited_seconds:.0f} 秒。 "
                f"Every connection was in use for {self._waited_seconds:.0f} seconds.",
                "稍后再试 try again",
            )
        self._lent_at = time.monotonic()
        return lent

    def _configure(self, connection: Connection) -> None:
        database.prepare(connection)
        if self._lock_seconds:
            connection.execute(f"SET lock_timeout TO '{self._lock_seconds}s'")
        if self._is_read_only:
            connection.execute("SET default_transaction_read_only TO on")
