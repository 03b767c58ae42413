"""A plan tried out: taken in as deliveries, judged beside what is known, and taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

from gis import contracts, recorded_law
from gis.assessment.scenario import compared
from gis.cli.own_land import OutsideError
from gis.config import Config
from gis.errors import UsageError
from gis.fields import KINDS
from gis.intake import load as intake
from gis.intake.read import Reading
from gis.law import Law
from gis.pipeline import run as line
from gis.recorded_law import Supposed
from gis.store import land_written, records, runs, trial
from gis.store.arrivals import Loaded
from gis.store.database import Connection
from gis.store.results import Scope


@dataclass(frozen=True)
class Scenario:
    """A named plan: the deliveries it would be, and the day it is judged on.

    `as_of`: None for the day of the run that is shown, or the later one on which a reading holds.
    `readings`: how the law would be read besides where it leaves a choice; `recorded_law.checked`
    took them.
    """

    name: str
    as_of: date | None
    orders: Sequence[intake.LoadRequest] = ()
    readings: Sequence[Supposed] = ()


def silent(_: str) -> None:
    """Tell nobody."""


def tried(
    settings: Config,
    plan: Scenario,
    scope: Scope | None = None,
    tell: Callable[[str], None] = silent,
    most_seconds: float | None = None,
    stopping: trial.Stopping = lambda _: nullcontext(),
) -> Mapping[str, Any]:
    """Return what a plan would come to on its day, as `[json.scenario_run]` says; nothing stays.

    Both runs and what the plan says live in one transaction of a session of their own, which is
    taken back whatever happens, also by the store itself where this process is killed; it is in
    nobody's way (`store.trial`, also for `stopping`). UsageError where nothing of the plan would
    change a record, or where it takes longer than `most_seconds`; OutsideError where
    it is about other land than that of the scope.
    """
    told = _within(tell, most_seconds)

    def again(attempt: int) -> None:
        told("试算 trying" if attempt == 1 else "让开装载和判定后重试 trying again, after others")

    def judged(connection: Connection) -> Mapping[str, Any]:
        return _judged(connection, plan, scope, told)

    return trial.taken_back(settings, judged, again, stopping)


def _judged(
    connection: Connection, plan: Scenario, scope: Scope | None, tell: Callable[[str], None]
) -> Mapping[str, Any]:
    """Judge the day of a plan without it and with it, in the caller's transaction."""
    law, planned_law = (
        recorded_law.at(connection),
        recorded_law.with_more(connection, plan.readings),
    )
    days = [one.from_on for one in plan.readings]
    as_of = plan.as_of or max([runs.default(connection).as_of, *days])
    known_at = records.latest_delivery(connection)

    def judge(by: Law) -> runs.Run:
        return line.run(connection, as_of, by, tell=tell, purpose=runs.WHAT_IF, is_trial=True)

    stored = judge(law)
    changes = [_taken_in(connection, order, as_of, scope) for order in plan.orders]
    if plan.orders and not any(one["accepted"] - one["unchanged"] for one in changes):
        issues = [issue["message"] for one in changes for issue in one["issues"][:3]]
        raise UsageError(
            f"方案没有改变任何记录。 The plan changes no record. {'；'.join(issues)}",
            "按提示改正方案 mend the plan as its issues say",
        )
    planned = judge(planned_law)
    tell("比较 comparing")
    return {
        "name": plan.name,
        "as_of": as_of,
        "known_at": known_at,
        "run": stored.id if stored.is_repeat else None,
        "changes": changes,
        "readings": [
            {
                "key": one.key,
                "region": one.region,
                "from_on": one.from_on,
                **{
                    side: of.value(one.key, one.from_on, one.region or None).said
                    for side, of in (("before", law), ("after", planned_law))
                },
            }
            for one in plan.readings
        ],
        **compared(connection, stored, planned, law, as_of.year, scope),
    }


def _within(tell: Callable[[str], None], most_seconds: float | None) -> Callable[[str], None]:
    """Return what tells a step, and ends a trial with a UsageError that takes too long."""
    began = time.monotonic()

    def told(step: str) -> None:
        if most_seconds is not None and time.monotonic() - began > most_seconds:
            raise UsageError(
                f"试算超过 {most_seconds / 60:g} 分钟还没有做完，已停止：土地太多。 "
                f"The trial took more than {most_seconds / 60:g} minutes and was ended: there is "
                "too much land to judge it twice.",
                "夜间再试，或在服务器上用命令试算 try at night, or by the command at the server",
            )
        tell(step)

    return told


def _taken_in(
    connection: Connection, order: intake.LoadRequest, as_of: date, scope: Scope | None
) -> dict[str, Any]:
    reading, loaded = intake.load(connection, order, None, is_trial=True)
    kind = KINDS[order.kind]
    number = None if loaded.is_repeat else loaded.delivery
    if scope is not None and len(land_written.outside(connection, kind, number, scope)):
        raise OutsideError(
            f"方案里的{kind.title}不都在账号的管辖范围内。 "
            "The plan is about other land than that of the account.",
            "只写本辖区的宗地和批文 name land of your own alone",
        )
    later = 0
    if number is not None:
        own = records.read(connection, order.kind, number, columns=("from_delivery",))
        later = int(
            ((own["from_delivery"] == number) & (own["effective_on"].dt.date > as_of)).sum()
        )
    return {
        "kind": order.kind,
        "file": reading.file,
        **{
            name: getattr(loaded, name)
            for name in ("rows", "accepted", "rejected", "held", "unchanged")
        },
        "after_the_day": later,
        "issues": _issues(reading, loaded, is_whole=scope is None),
    }


def _issues(reading: Reading, loaded: Loaded, *, is_whole: bool) -> list[dict[Any, Any]]:
    """Return what is wrong; to who sees some land alone by its code: a message may name others."""
    told = reading.issues if loaded.is_repeat else loaded.told
    if not is_whole:
        words = [contracts.CODES["issue"].get(code, (code, code)) for code in told["code"]]
        told = told.assign(message=[" ".join(one) for one in words], fix=None)
    names = ["row_no", "field", "code", "severity", "message", "fix"]
    issues = told.reindex(columns=names).astype(object)
    return issues.where(issues.notna(), None).to_dict("records")
