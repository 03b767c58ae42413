"""The folder of the private cluster: its lock, its passwords, where its server listens."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from gis.errors import StoreError
from gis.store.cluster import faults, programs

ROLE = "landwatch"
SUPERUSER = "postgres"
_SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107


class Address(TypedDict):
    """The libpq parameters of one database, the password among them."""

    host: str
    port: int
    dbname: str
    user: str
    password: str


def has_socket(home: Path) -> bool:
    """True when a socket in `home` has a path PostgreSQL can use; else it listens on loopback."""
    path = str(home / "run" / ".s.PGSQL.5432")
    return len(os.fsencode(path)) < _SOCKET_PATH_LIMIT and not set(path) & set(",\"'\\")


def port_kept(home: Path) -> int:
    """Return the loopback port chosen at an earlier start, 0 when none was."""
    try:
        return int((home / "port").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return 0


def take_port(home: Path) -> int:
    """Return the loopback port of the cluster; at the first call a free one is chosen and kept."""
    if port_kept(home) == 0:
        with socket.create_server(("127.0.0.1", 0)) as free:
            (home / "port").write_text(str(free.getsockname()[1]), encoding="utf-8")
    return port_kept(home)


def passwords(home: Path) -> dict[str, str]:
    """Return the two passwords; StoreError where they are lost."""
    kept = passwords_kept(home)
    if kept is None:
        raise StoreError(
            f"{home / 'secrets.json'} 丢失或损坏。 The passwords of the private store are lost.",
            "重设 set them anew: landwatch db start",
        )
    return kept


def passwords_kept(home: Path) -> dict[str, str] | None:
    """Return the two passwords, None where the file is gone, cut short or not ours."""
    file = home / "secrets.json"
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    except PermissionError:
        raise StoreError(
            f"{file} 无权读取，数据库属于本机另一用户。 "
            "It may not be read: the store belongs to another user of this machine.",
            "以该用户运行 run as the user who made it, or set LANDWATCH_HOME to another folder",
        ) from None
    is_ours = isinstance(kept, dict) and all(
        isinstance(kept.get(role), str) and kept[role] for role in (SUPERUSER, ROLE)
    )
    return kept if is_ours else None


def new_passwords() -> dict[str, str]:
    """Return two passwords nobody has had."""
    return {name: secrets.token_urlsafe(24) for name in (SUPERUSER, ROLE)}


def keep_passwords(home: Path, new: dict[str, str]) -> None:
    """Keep two passwords; nobody else may read the file."""
    half = home / "secrets.half"
    with faults.explained():
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        half.write_text(json.dumps(new), encoding="utf-8")
        half.replace(home / "secrets.json")


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the lock of `home`, making the folder; the lock of a killed process falls by itself."""
    unwritable = "换一个可写的目录 set LANDWATCH_HOME to a folder that can be written"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "lock").open("w", encoding="utf-8")
    except OSError as fault:
        if faults.is_disk_full(fault):
            raise faults.disk_full() from fault
        raise StoreError(
            f"目录 {home} 不可写。 The folder {home} cannot be written: {fault.strerror}",
            unwritable,
        ) from fault
    with lock:
        closed = closed_to(home, programs.owner().pw_uid, programs.owner().pw_gid)
        if closed is not None:
            raise StoreError(
                f"数据库以用户 {programs.owner().pw_name} 运行，进不了 {closed}。 "
                f"The server runs as user `{programs.owner().pw_name}`, who cannot enter {closed}.",
                "换一个目录 set LANDWATCH_HOME to a folder that user can reach: /var/lib/landwatch",
            )
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def closed_to(home: Path, uid: int, gid: int) -> Path | None:
    """Return the first folder on the way to `home` that a user may not enter."""
    for folder in [*reversed(home.parents), home]:
        found = folder.stat()
        bit = 0o100 if found.st_uid == uid else 0o010 if found.st_gid == gid else 0o001
        if not found.st_mode & bit and uid != 0:
            return folder
    return None
