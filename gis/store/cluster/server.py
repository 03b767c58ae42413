"""The private PostGIS cluster under LANDWATCH_HOME: made, started, stopped, looked at.

    home/lock            held while the cluster is made, started or stopped
    home/secrets.json    the two passwords (0600)
    home/cluster/        PostgreSQL's data
    home/run/            its socket, when the path is short enough
    home/log/            its log
    home/port            its loopback port, when the path is too long for a socket

Every step may be killed at any instant: a cluster is made under another name and renamed when it is
whole, and a server that died without tidying up is found out by looking at its process.
"""

from __future__ import annotations

import logging
import os
import secrets
import shlex
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from gis.errors import StoreError
from gis.store.cluster import faults, programs
from gis.store.cluster.home import (
    ROLE,
    SUPERUSER,
    Address,
    has_socket,
    keep_passwords,
    locked,
    new_passwords,
    passwords,
    passwords_kept,
    port_kept,
    take_port,
)

DATABASE = "landwatch"
_LOG = logging.getLogger(__name__)
_NO_PROCESS = 2**31 - 1  # above the largest process id Linux gives
_SETTINGS = """
max_connections = 60
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
client_connection_check_interval = '1s'
"""
_ACCESS = """
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Status:
    """What `landwatch db status` shows: is it made, does it run, as which process, where."""

    is_made: bool
    is_running: bool
    pid: int | None
    data: Path
    where: str


def status(home: Path) -> Status:
    """Return the state of the cluster under `home` without changing anything."""
    _must_be_ours(home)
    data = home / "cluster"
    pid = _server(data)
    where = str(home / "run") if has_socket(home) else f"127.0.0.1:{port_kept(home) or '-'}"
    return Status(_is_made(home), pid is not None, pid, data, where)


def make(home: Path) -> bool:
    """Make the cluster, its role and its database with PostGIS; False when it is there already."""
    _must_be_ours(home)
    with locked(home):
        return _make(home)


def start(home: Path) -> bool:
    """Start the server and wait until it answers; False when it runs already."""
    _must_be_ours(home)
    if _is_ready(home) and passwords_kept(home) is not None:
        return False
    with locked(home):
        if _is_made(home) and passwords_kept(home) is None:
            _set_passwords_anew(home)
        return _start(home)


def revive(home: Path) -> None:
    """Start the server again if it died; StoreError where somebody stopped it, to start it again.

    For a program that waits in the background: what a person stops stays stopped.
    """
    _must_be_ours(home)
    if _is_ready(home):
        return
    with locked(home):
        # What dies leaves its number behind.
        if _is_made(home) and not (home / "cluster" / "postmaster.pid").exists():
            raise StoreError(
                "数据库已被停止。 The store was stopped.", "启动 start it: landwatch db start"
            )
        _start(home)


def stop(home: Path) -> bool:
    """Stop the server, ending its connections; False when it does not run."""
    _must_be_ours(home)
    if not (home / "cluster").exists():
        return False
    with locked(home):
        data = home / "cluster"
        if _server(data) is None:
            return False
        _stop(data)
        if _server(data) is not None:
            raise StoreError(
                f"{home} 的数据库停不下来。 The server under {home} does not stop.",
                f"查看 see {home / 'log'}",
            )
        return True


def _stop(data: Path) -> None:
    pg_ctl = str(programs.folder(_version(data)) / "pg_ctl")
    programs.run([pg_ctl, "stop", "-D", str(data), "-m", "fast", "-w", "-t", "60"])


def address(home: Path, *, is_superuser: bool = False) -> Address:
    """Return the libpq parameters of the application's database (or of its superuser)."""
    role = SUPERUSER if is_superuser else ROLE
    host = str(home / "run") if has_socket(home) else "127.0.0.1"
    return {
        "host": host,
        "port": 5432 if has_socket(home) else port_kept(home),
        "dbname": DATABASE,
        "user": role,
        "password": passwords(home)[role],
    }


def _must_be_ours(home: Path) -> None:
    data = home / "cluster"
    if data.exists() and data.stat().st_uid != programs.owner().pw_uid:
        raise StoreError(
            f"{home} 的数据库属于本机另一用户。 "
            f"The store under {home} belongs to another user of this machine.",
            "以该用户运行 run as the user who made it, or set LANDWATCH_HOME to another folder",
        )


def _make(home: Path) -> bool:
    data = home / "cluster"
    if _is_made(home):
        return False
    # A name of its own: the initdb of a process killed here may still be writing to another one.
    half = home / f"cluster.half-{secrets.token_hex(4)}"
    programs_folder = programs.folder()
    secret = passwords_kept(home)
    if secret is None:
        secret = new_passwords()
        keep_passwords(home, secret)
    with faults.explained():
        for left_behind in home.glob("cluster.half-*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        for folder in (half, home / "run", home / "log"):
            folder.mkdir(mode=0o700, exist_ok=True)
            os.chown(folder, programs.owner().pw_uid, programs.owner().pw_gid)
    initdb = [str(programs_folder / "initdb"), "-D", str(half), "-U", SUPERUSER]
    plain = ["--encoding=UTF8", "--locale=C", "--auth=reject", "--no-sync", "--no-instructions"]
    done = programs.run([*initdb, *plain])
    if done.returncode:
        raise _not_made(home, done.stdout)
    with faults.explained():
        with (half / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)
        (half / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
    # Single-user mode: no server runs on a half-made cluster, so none can be left behind on one.
    alone = [str(programs_folder / "postgres"), "--single", "-D", str(half), "-c", "fsync=off"]
    first = f"""ALTER ROLE {SUPERUSER} PASSWORD '{secret[SUPERUSER]}';
CREATE ROLE {ROLE} LOGIN PASSWORD '{secret[ROLE]}';
CREATE DATABASE {DATABASE} OWNER {ROLE};
"""
    for database, statements in ((SUPERUSER, first), (DATABASE, "CREATE EXTENSION postgis;\n")):
        said = programs.run([*alone, database], stdin=statements).stdout
        if 'extension "postgis" is not available' in said:
            raise programs.postgis_missing(_version(half))
        if "ERROR:" in said or "FATAL:" in said or "PANIC:" in said:
            raise _not_made(home, said)
    done = programs.run([*initdb, "--sync-only"])
    if done.returncode:
        raise _not_made(home, done.stdout)
    half.rename(data)
    return True


def _set_passwords_anew(home: Path) -> None:
    """Give both roles new passwords: whoever owns the cluster's files may, without the old ones.

    The server stands still meanwhile, for no running one would let us in; who is connected to it
    is cut off, as nobody else could connect any more. Killed in between, this is done again.
    """
    data = home / "cluster"
    _LOG.warning(
        "密码文件 %s 丢失或损坏，已重设密码 the store's passwords were lost and are set anew",
        home / "secrets.json",
    )
    if _server(data) is not None:
        _stop(data)
    _forget_dead_server(home)
    secret = new_passwords()
    alone = [str(programs.folder(_version(data)) / "postgres"), "--single", "-D", str(data)]
    statements = "".join(f"ALTER ROLE {name} PASSWORD '{secret[name]}';\n" for name in secret)
    said = programs.run([*alone, SUPERUSER], stdin=statements).stdout
    if "ERROR:" in said or "FATAL:" in said or "PANIC:" in said:
        raise StoreError(
            f"{home} 的密码丢失，也重设不了。 The passwords of the store under {home} are lost "
            f"and cannot be set anew: {_last_fault(said)}",
            "停掉其他 landwatch 后重试 stop every other landwatch and call landwatch db start",
        )
    keep_passwords(home, secret)


def _start(home: Path) -> bool:
    data = home / "cluster"
    if _is_ready(home):
        return False
    if not _is_made(home):
        raise StoreError(
            f"{home} 还没有数据库。 There is no store under {home} yet.",
            "新建 make one: landwatch db start",
        )
    if _server(data) is not None and _has_lost_socket(home):
        _stop(data)
    _forget_dead_server(home)
    log = home / "log" / "postgres.log"
    pg_ctl = str(programs.folder(_version(data)) / "pg_ctl")
    command = [pg_ctl, "start", "-D", str(data), "-l", str(log), "-w", "-t", "120"]
    deadline = time.monotonic() + 20
    while True:
        known = log.stat().st_size if log.exists() else 0
        done = programs.run([*command, "-s", "-o", _place_options(home)])
        if not done.returncode:
            return True
        said = done.stdout
        if log.exists():
            said += log.read_bytes()[known:].decode("utf-8", "replace")
        # The children of a server killed outright need a moment to notice.
        if "pre-existing shared memory" not in said or time.monotonic() > deadline:
            raise _start_fault(home, said)
        time.sleep(0.2)


def _not_made(home: Path, said: str) -> StoreError:
    return StoreError(
        f"{home} 下建不成数据库。 The cluster cannot be made under {home}: {_last_fault(said)}",
        "改正后重试 mend that and try again, or set LANDWATCH_HOME to another folder",
    )


def _start_fault(home: Path, said: str) -> StoreError:
    if faults.is_disk_full(said):
        return faults.disk_full()
    if "Address already in use" in said or "could not create any TCP/IP" in said:
        return StoreError(
            f"本机端口 {port_kept(home)} 已被其他程序占用。 "
            f"Port {port_kept(home)} of this machine, where the store's server listens, is used "
            "by another program.",
            f"停掉它，或删除 {home / 'port'}。 "
            f"Stop it, or delete {home / 'port'}; the next start takes a free port.",
        )
    if ".s.PGSQL." in said and "already exists" in said:
        return StoreError(
            f"另一个 PostgreSQL 占用了 {home / 'run'}。 "
            f"Another PostgreSQL server holds the socket in {home / 'run'}.",
            "停掉它 stop that server, or set LANDWATCH_HOME to another folder",
        )
    return StoreError(
        f"数据库启动失败。 The store's server does not start: {_last_fault(said)}",
        f"查看日志末尾 see the end of {home / 'log' / 'postgres.log'}",
    )


def _place_options(home: Path) -> str:
    if has_socket(home):
        places = {"listen_addresses": "", "unix_socket_directories": str(home / "run")}
    else:
        places = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": str(take_port(home)),
        }
    return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in places.items())


def _server(data: Path) -> int | None:
    """Return the process id of the server that runs on `data`, None when none does."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None
    # A dead process not yet reaped has no command line; a stranger who got its number has another.
    return pid if os.fsencode(data) in command.split(b"\0") else None


def _is_ready(home: Path) -> bool:
    data = home / "cluster"
    if _server(data) is None or _has_lost_socket(home):
        return False
    lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return len(lines) > 7 and lines[7].strip() == "ready"


def _has_lost_socket(home: Path) -> bool:
    """True where the socket was swept away (cleaners of /tmp do): nobody can reach the server."""
    return has_socket(home) and not (home / "run" / ".s.PGSQL.5432").exists()


def _forget_dead_server(home: Path) -> None:
    """Let PostgreSQL see that the server named in its lock files is dead, if it is.

    PostgreSQL only asks whether that process number lives. postmaster.pid stays, for its last line
    guards against children of the dead server that still write.
    """
    data = home / "cluster"
    if _server(data) is not None:
        return
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (home / "run" / name).unlink(missing_ok=True)
    file = data / "postmaster.pid"
    if not file.exists():
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    if len(lines) < 6:  # killed while writing it: nothing was open yet
        file.unlink()
        return
    file.write_text("".join([f"{_NO_PROCESS}\n", *lines[1:]]), encoding="utf-8")


def _is_made(home: Path) -> bool:
    return (home / "cluster" / "PG_VERSION").exists()


def _version(data: Path) -> int:
    return int((data / "PG_VERSION").read_text(encoding="utf-8"))


def _last_fault(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faulty = [line for line in lines if any(w in line for w in ("FATAL:", "ERROR:", "error:"))]
    return (faulty or lines or ["no reason given"])[-1]
