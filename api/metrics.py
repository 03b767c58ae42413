"""/metrics: how the installation stands, as Prometheus reads it, for whoever runs it.

The figures are of all land and of the machine, so they are for an account of all land that has the
permission `system`: a key of it stands as a bearer token in the settings of Prometheus. What the
worker does is read from the store, so one address tells of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from starlette.responses import PlainTextResponse

from api import store
from api.identity import ForbiddenError, requires
from gis import config
from gis.accounts.caller import Caller
from gis.store import state as stand
from gis.store.database import Connection

router = APIRouter(tags=["system 系统"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Operator = Annotated[Caller, Depends(requires("system"))]
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTED = {
    "nights": "夜间运行 nights by state",
    "jobs": "任务 jobs by state",
    "notices": "通知 notices by state",
}
_PLAIN = {
    "oldest_queued_seconds": "排队最久的任务 age of the job that waits longest",
    "oldest_notice_seconds": "等候最久的通知 age of the notice that waits longest",
    "delivery_age_seconds": "最近一次资料 age of the newest delivery",
    "run_age_seconds": "最近一次运行 age of the newest run",
    "uploads_waiting_count": "等候采用的文件 files that wait to be accepted",
}


@router.get("/metrics", summary="系统指标 figures for Prometheus", response_class=PlainTextResponse)
def metrics(connection: OneConnection, caller: Operator) -> Response:
    """Nights, jobs, notices, ages, disk and versions, as text that Prometheus reads."""
    if caller.scope is not None:
        raise ForbiddenError(
            "指标是整个系统的，账号只限部分土地。 The figures are of the whole installation, the "
            "account may see a part.",
            "用不限范围的账号 use an account of all land",
        )
    told = stand.state(connection, config.read().home, datetime.now(UTC))
    return Response(text(told), media_type=MEDIA_TYPE)


def text(told: dict[str, Any]) -> str:
    """Return how an installation stands in the text format of Prometheus.

    What is not known has no line: an age of nothing is no zero.
    """
    return "\n".join([*_lines(told), ""])


def _lines(told: dict[str, Any]) -> Iterator[str]:
    names = ("version", "schema", "postgresql", "postgis")
    labels = ",".join(f'{name}="{_escaped(told[name])}"' for name in names)
    yield from _one("info", "版本 versions", f"{{{labels}}}", 1)
    night = told["night"]
    yield from _one("night_last_good_age_seconds", "最近成功的夜 age of the last good night", "",
                    night["last_good_age_seconds"])  # fmt: skip
    yield from _one("night_newest_failed", "最近一夜失败 whether the newest night failed", "",
                    None if night["newest_state"] is None else night["newest_state"] == "failed",
                    )  # fmt: skip
    for name, words in _COUNTED.items():
        yield from _head(name, words)
        for state, count in told[name].items():
            yield f'landwatch_{name}{{state="{_escaped(state)}"}} {count}'
    for name, words in _PLAIN.items():
        yield from _one(name, words, "", told[name])
    for name, value in told["disk"].items():
        yield from _one(f"disk_{name}", "字节 bytes", "", value)


def _one(name: str, words: str, labels: str, value: float | None) -> Iterator[str]:
    if value is not None:
        yield from _head(name, words)
        yield f"landwatch_{name}{labels} {int(value)}"


def _head(name: str, words: str) -> Iterator[str]:
    yield f"# HELP landwatch_{name} {words}"
    yield f"# TYPE landwatch_{name} gauge"


def _escaped(value: object) -> str:
    return str(value).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
