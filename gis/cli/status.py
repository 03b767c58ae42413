"""`landwatch status`: nights, jobs, notices, ages, disk and versions in one look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gis import config, contracts
from gis.cli import screen, usage
from gis.night.due import are_kept, is_late
from gis.notices import settings as nightly
from gis.store import database, nights
from gis.store import state as stand

_GIBIBYTE = 2**30
_HOUR = 3_600


@usage.command()
@screen.json_option
def status(as_json: bool) -> int:
    """系统状态 How it stands: nights, jobs, notices, ages, disk, versions.

    最近一夜失败或过时，退出码为 1。 Exit 1 where the newest night failed or is late.
    """
    now, settings = datetime.now(UTC), config.read()
    with database.connect(settings) as connection:
        told = stand.state(connection, settings.home, now)
        newest = nights.listed_nights(connection, 1)
        told["night"]["is_kept"] = are_kept(connection, nightly.read())
        late = bool(newest) and is_late(connection, now, nightly.read())
    told["night"] |= {"is_late": late, "reason": newest[0].reason if newest else None}
    is_wrong = late or told["night"]["newest_state"] == nights.FAILED
    if as_json:
        screen.say_json(told)
        return int(is_wrong)
    _show(told)
    return int(is_wrong)


def _show(told: Mapping[str, Any]) -> None:
    night, room = told["night"], told["disk"]
    if night["newest_on"] is None and not night["is_kept"]:
        screen.say(
            "夜间运行 nights: 没有账号也没有 nightly.toml，不自动做 "
            "none is made by itself, for there is no account and no nightly.toml"
        )
    elif night["newest_on"] is None:
        screen.say("夜间运行 nights: 还没有过 none yet")
    else:
        state = contracts.CODES["night_state"][night["newest_state"]]
        late = "，已过时 late" if night["is_late"] else ""
        screen.say(
            f"夜间运行 nights: 最近 newest {night['newest_on']} {state[0]} {state[1]}{late}；"
            f"最近成功 last good {night['last_good_on'] or '—'}"
            f"（运行 run {night['last_good_run'] or '—'}）"
        )
        if night["reason"] and night["newest_state"] == nights.FAILED:
            screen.say(f"  原因 reason: {night['reason']}")
    for name, title in (("jobs", "任务 jobs"), ("notices", "通知 notices")):
        codes = contracts.CODES["job_state" if name == "jobs" else "notice_state"]
        words = [f"{codes[one][0]} {codes[one][1]} {count}" for one, count in told[name].items()]
        screen.say(f"{title}: {'，'.join(words)}")
    screen.say(
        f"资料 deliveries: 最近第 {told['delivery'] or '—'} 次，"
        f"{_ago(told['delivery_age_seconds'])}；"
        f"运行 runs: 最近 {told['run'] or '—'}，{_ago(told['run_age_seconds'])}；"
        f"等候采用的文件 uploads waiting {told['uploads_waiting_count']}",
        f"磁盘 disk: 可用 free {room['free_bytes'] / _GIBIBYTE:.1f} / "
        f"{room['total_bytes'] / _GIBIBYTE:.1f} GiB，数据库 database "
        f"{room['database_bytes'] / _GIBIBYTE:.2f} GiB",
        f"版本 versions: landwatch {told['version']}，表 tables {told['schema']}，"
        f"PostgreSQL {told['postgresql']}，PostGIS {told['postgis']}",
    )


def _ago(seconds: int | None) -> str:
    return "—" if seconds is None else f"{seconds / _HOUR:.1f} 小时前 hours ago"
