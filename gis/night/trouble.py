"""What went wrong in the running itself, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd

from gis.notices import outbox
from gis.pipeline.diff import Difference
from gis.store import nights
from gis.store.database import Connection
from gis.store.nights import Night


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong; `is_for_all`: it names no record, whoever is told may read it."""

    zh: str
    en: str
    on: date | None
    is_for_all: bool = True
    link: str | None = None


def trouble(
    connection: Connection, before: Night | None, changed: Difference | None, tonight: Night
) -> pd.DataFrame:
    """Return what went wrong since the last good night: zh, en, on, link, is_for_all."""
    told = [
        *_nights(connection, before, tonight),
        *_rules(changed),
        *_notices(connection, before),
    ]
    names = ["zh", "en", "on", "link", "is_for_all"]
    table = pd.DataFrame([asdict(one) for one in told], columns=names)
    return table.assign(on=pd.to_datetime(table["on"]))


def _nights(connection: Connection, before: Night | None, tonight: Night) -> Iterator[Trouble]:
    since = before.as_of if before else None
    day = tonight.as_of
    if tonight.reason is not None:
        yield Trouble(
            f"本夜先失败过，第 {tonight.attempts} 次做成",
            f"this night failed before; it came about at try {tonight.attempts}",
            day,
        )
        yield _reason(tonight)
    elif tonight.attempts > 1:
        yield Trouble(
            f"本夜中断过，整夜重做，第 {tonight.attempts} 次做成",
            f"this night was cut short; it was made anew as a whole, at try {tonight.attempts}",
            day,
        )
    gone: list[date] = []
    for missed in nights.missed(since, day):
        night = nights.get(connection, missed)
        if night is None:
            gone.append(missed)
            continue
        yield from _none(gone)
        gone = []
        if night.reason is None:
            yield Trouble(
                f"{missed} 夜中断，没有做完", f"the night of {missed} was cut short", missed
            )
        else:
            yield Trouble(f"{missed} 夜失败", f"the night of {missed} failed", missed)
            yield _reason(night)
    yield from _none(gone)


def _none(days: list[date]) -> Iterator[Trouble]:
    """Tell of days that follow one another and had no night at all."""
    if len(days) == 1:
        yield Trouble(f"{days[0]} 没有夜间运行", f"there was no night of {days[0]}", days[0])
    elif days:
        yield Trouble(
            f"{days[0]} 至 {days[-1]} 共 {len(days)} 天没有夜间运行",
            f"there was no night from {days[0]} to {days[-1]}, {len(days)} days",
            days[0],
        )


def _reason(night: Night) -> Trouble:
    words = f"原因 the reason: {night.reason}"
    return Trouble(words, words, night.as_of, is_for_all=False)


def _rules(changed: Difference | None) -> Iterator[Trouble]:
    if changed is None:
        return
    if changed.before.law_digest != changed.after.law_digest:
        yield Trouble(
            f"法律数据与上一夜不同，变化里有因此而来的。{changed.note}",
            "the law is another than that of the last night: some changes come of that",
            None,
        )
    if changed.before.code_digest != changed.after.code_digest:
        yield Trouble(
            "程序与上一夜不同，变化里可能有因此而来的",
            "the program is another than that of the last night: some changes may come of that",
            None,
        )


def _notices(connection: Connection, before: Night | None) -> Iterator[Trouble]:
    for notice in outbox.listed(connection, [outbox.GIVEN_UP]):
        if before is None or notice.night >= before.as_of:
            yield Trouble(
                f"给“{notice.recipient}”的通知（{notice.night} 夜）没有送到：{notice.fault}",
                f"the notice of {notice.night} to {notice.recipient} never arrived",
                notice.night,
                is_for_all=False,
                link=None,
            )
