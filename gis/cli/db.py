"""`landwatch db`: the private PostGIS cluster and its schema."""

from __future__ import annotations

from gis import config, contracts
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.store import database
from gis.store.cluster import server


@usage.group()
def db() -> None:
    """启动、停止、查看、升级数据库 Start, stop, inspect and upgrade the store."""


@db.command()
@screen.json_option
def start(as_json: bool) -> None:
    """启动（首次使用时新建） Start the private cluster, making it when there is none."""
    database.connect(config.read(), make=True).close()
    _tell(as_json)


@db.command()
@screen.json_option
def stop(as_json: bool) -> None:
    """停止 Stop the private cluster."""
    settings = config.read()
    if not settings.is_embedded:
        raise UsageError(
            "LANDWATCH_DATABASE_URL 指向别处的数据库，本程序不停它；什么都没有停。 The store is "
            "the one LANDWATCH_DATABASE_URL names, which is not ours to stop; nothing was stopped.",
            "要停本机自带的数据库 to stop the private one: env -u LANDWATCH_DATABASE_URL "
            "landwatch db stop",
        )
    server.stop(settings.home)
    _tell(as_json)


@db.command()
@screen.json_option
def status(as_json: bool) -> None:
    """状态 Say whether the store runs and which schema it holds."""
    _tell(as_json)


@db.command()
@screen.json_option
def upgrade(as_json: bool) -> None:
    """升级表结构 Bring the schema up to this program's."""
    database.upgrade(config.read())
    _tell(as_json)


_NAMES = {
    **{"is_embedded": "本机自带", "is_made": "已建", "is_running": "运行中", "pid": "进程"},
    **{"data": "数据目录", "where": "地址", "revision": "表结构版本"},
    "program_revision": "本程序所需版本",
}


def _tell(as_json: bool) -> None:
    settings = config.read()
    content: dict[str, object] = dict.fromkeys(contracts.JSON["db"])
    content |= {"is_embedded": settings.is_embedded, "program_revision": database.revisions()[-1]}
    if settings.is_embedded:
        content |= vars(server.status(settings.home))
    if not settings.is_embedded or content["is_running"]:
        with database.connect(settings, is_checked=False) as connection:
            content |= {"is_made": True, "is_running": True}
            content["where"] = content["where"] or f"{connection.info.host}:{connection.info.port}"
            content["revision"] = database.revision(connection)
    screen.tell(content, as_json, "数据库 Store", _NAMES)
