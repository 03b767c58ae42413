"""What went wrong in PostgreSQL or on its disk, told with the mend.

Only faults a person can mend become a StoreError; a wrong statement of ours stays a psycopg error,
because it is a bug and its traceback is needed.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from gis.errors import StoreError, StoreFullError

_DISK_FULL = (
    "数据库（及 LANDWATCH_HOME）所在磁盘已满，本步未保存。 "
    "The disk that holds the store is full; nothing of this step was kept.",
    "腾出空间后重做 free space on that disk and do the step again",
)
_DISK_FULL_STATE = "53100"
_UNREACHABLE = (
    "与数据库的连接中断，本步未保存。 "
    "The connection to the PostgreSQL server was lost; nothing of this step was kept.",
    "查看 see landwatch db status，启动 landwatch db start，然后重做 and do it again",
)
_BY_STATE = {
    "57014": (
        "数据库服务器中止了这一步：超过它的 statement_timeout，或被管理员取消。 The PostgreSQL "
        "server ended this step: it took longer than statement_timeout there, or was cancelled.",
        "请管理员为该用户放宽 have it raised for this role: ALTER ROLE … SET statement_timeout",
    ),
    "55P03": (
        "等不到表锁：另一程序占用着。 Another program holds the tables longer than lock_timeout.",
        "等它结束后重做 let it end and do it again, or have lock_timeout raised for this role",
    ),
    **dict.fromkeys(
        ("25P03", "25P04", "57P05"),
        (
            "数据库服务器嫌这一步停顿太久，断开了连接，本步未保存。 The PostgreSQL server cut the "
            "connection because it paused too long (idle_in_transaction_session_timeout, "
            "idle_session_timeout or transaction_timeout); nothing of this step was kept.",
            "请管理员为该用户放宽后重做 have that limit raised for this role and do it again",
        ),
    ),
    **dict.fromkeys(
        ("40P01", "40001"),
        (
            "与另一程序互相等待，本步未保存。 This step and another program waited for each other; "
            "nothing of this step was kept.",
            "重做一次 do it again",
        ),
    ),
    "57P04": (
        "数据库被删除了。 The database was dropped while it was used.",
        "改用别的数据库 point LANDWATCH_DATABASE_URL at another one",
    ),
    **dict.fromkeys(
        ("22P05", "22021"),
        (
            "数据库的编码存不下这个字符。 The encoding of the database cannot hold a character.",
            "改用 UTF8 编码的数据库 use a database made with ENCODING 'UTF8'",
        ),
    ),
    **dict.fromkeys(
        ("XX001", "XX002"),
        (
            "数据库文件损坏。 The files of the PostgreSQL server are damaged.",
            "停止使用，请管理员从备份恢复 stop, and have its administrator restore a backup",
        ),
    ),
    "58P01": (
        "数据库服务器缺少文件（PostGIS 与它不匹配？）。 The PostgreSQL server lacks a file it "
        "needs (is the PostGIS library of another version?).",
        "请管理员查看其日志 have its administrator look at its log",
    ),
    "53200": (
        "数据库服务器内存不足。 The PostgreSQL server ran out of memory.",
        "关闭其他程序后重做 close other programs or lower work_mem there, then do it again",
    ),
    "53300": (
        "数据库连接数已满。 The PostgreSQL server takes no more connections.",
        "关闭占用连接的程序 close other programs that use it, or raise max_connections there",
    ),
    "53400": (
        "超过数据库服务器的限额。 "
        "A limit set on the PostgreSQL server was reached (temp_file_limit or the like).",
        "请管理员放宽后重做 have its administrator raise that limit, then do it again",
    ),
    "58030": (
        "数据库服务器读写文件失败。 The PostgreSQL server could not read or write its files.",
        "查看其日志和磁盘 look at its log and its disk; nothing of this step was kept",
    ),
    "25006": (
        "数据库只读。 The PostgreSQL server takes no writing (it is a read-only copy).",
        "改用主库 point LANDWATCH_DATABASE_URL at the primary server",
    ),
}


def is_disk_full(fault: BaseException | str) -> bool:
    """True when an exception or the output of a PostgreSQL program says that the disk is full."""
    if isinstance(fault, OSError):
        return fault.errno in {errno.ENOSPC, errno.EDQUOT}
    if isinstance(fault, psycopg.Error) and fault.sqlstate == _DISK_FULL_STATE:
        return True
    return "No space left on device" in str(fault)


def disk_full() -> StoreError:
    """Return the error for a full disk."""
    return StoreFullError(*_DISK_FULL)


def as_store_error(fault: psycopg.Error) -> StoreError | None:
    """Return the StoreError for a server fault a person can mend, None for a bug of ours."""
    state = fault.sqlstate or ""
    if state == _DISK_FULL_STATE:
        return disk_full()
    if state in _BY_STATE:
        found, mend = _BY_STATE[state]
        return StoreError(found, mend)
    if state == "42501":
        return StoreError(
            f"数据库用户权限不足。 The database role lacks a right: {_first_line(fault)}",
            "请管理员授权 have the administrator grant it, or use a role that has it",
        )
    is_connection_gone = state.startswith(("08", "57P")) or (
        not state and isinstance(fault, psycopg.OperationalError)
    )
    return StoreError(*_UNREACHABLE) if is_connection_gone else None


def of_server(fault: BaseException) -> StoreError | None:
    """Return the StoreError for a fault that began in the server, however it was wrapped."""
    met: BaseException | None = fault
    while met is not None:
        if isinstance(met, psycopg.Error) and (error := as_store_error(met)) is not None:
            return error
        met = met.__cause__ or getattr(met, "orig", None) or met.__context__
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Run a block; faults of server and disk leave it as StoreError with the mend."""
    try:
        yield
    except psycopg.Error as fault:
        error = as_store_error(fault)
        if error is None:
            raise
        raise error from fault
    except OSError as fault:
        if not is_disk_full(fault):
            raise
        raise disk_full() from fault


def _first_line(fault: psycopg.Error) -> str:
    return str(fault).strip().splitlines()[0]
