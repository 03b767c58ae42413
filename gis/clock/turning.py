"""What would change the answer of rows 1 to 4: each fact put otherwise, and judged anew.

Every sentence is an answer of the rules themselves: the one fact it names is put as another paper
would put it, the subject is judged again, and only what then differs is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts, days
from gis.clock.judge import judge
from gis.clock.known import ClockFacts
from gis.clock.partial import area_due_m2
from gis.clock.settings import Settings
from gis.clock.wording import Line
from gis.law import Law

Change = dict[str, Any]
Answer = tuple[str, str | None]
_ROWS = ("1", "2", "3", "4a", "4b", "4c", "4d")
_NO_DAY = pd.NaT


@dataclass(frozen=True)
class Standing:
    """Where one subject stands: its position among the facts, the row of the law it fell under."""

    place: int
    row: str
    known: ClockFacts
    settings: Settings


def turning_lines(
    facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
    standing: Sequence[Standing],
) -> list[list[Line]]:
    """Return for each subject which fact, on which day, would move it to another answer.

    `facts` and `causes` are of all subjects; each is judged once as it is and once for every fact
    put otherwise, all of them together.
    """
    asked: list[tuple[int, Line | None, Change]] = []
    for number, each in enumerate(standing):
        if each.row not in _ROWS:
            continue
        own = facts.iloc[[each.place]]
        asked.append((number, None, {}))
        asked += [
            (number, line, change)
            for line, change in _changes(own, as_of, each.row, each.known, each.settings)
        ]
    lines: list[list[Line]] = [[] for _ in standing]
    now: Answer = ("", None)
    for (number, line, _), then in zip(
        asked, _answers(facts, causes, as_of, law, standing, asked), strict=True
    ):
        if line is None:
            now = then
        elif then != now:
            told = _told(then)
            lines[number].append((f"{line[0]}：{told[0]}", f"{line[1]}: {told[1]}"))
    return lines


def _answers(
    facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
    standing: Sequence[Standing],
    asked: Sequence[tuple[int, Line | None, Change]],
) -> list[Answer]:
    """Return what the rules say of each subject asked about, with its facts put as asked."""
    if not asked:
        return []
    rows = facts.iloc[[standing[number].place for number, _, _ in asked]].reset_index(drop=True)
    changed: dict[str, dict[int, Any]] = {}
    for place, (_, _, change) in enumerate(asked):
        for name, value in change.items():
            changed.setdefault(name, {})[place] = value
    for name, values in changed.items():
        column = rows[name].copy()
        column.iloc[[*values]] = pd.Series([*values.values()], dtype=column.dtype).array
        rows[name] = column
    # Every question is a subject of its own, with the causes of the one it is about.
    of = rows["subject"]
    rows["subject"] = [f"{subject}#{place:09d}" for place, subject in enumerate(of)]
    pairs = pd.DataFrame({"subject": of, "asked": rows["subject"]})
    causes = causes.merge(pairs, on="subject").drop(columns="subject")
    causes = causes.rename(columns={"asked": "subject"})
    found = judge(rows, causes, as_of, law).findings
    tracks = (track if isinstance(track, str) else None for track in found["track"])
    return [*zip(found["outcome"].astype(str), tracks, strict=True)]


def _told(answer: Answer) -> Line:
    outcome, track = answer
    words = [
        contracts.label("outcome", outcome, language)
        + (f"，{contracts.label('track', track, language)}" if track else "")
        for language in ("zh", "en")
    ]
    return words[0], words[1].replace("，", ", ")


def _changes(
    facts: pd.DataFrame, as_of: date, row: str, known: ClockFacts, settings: Settings
) -> Iterator[tuple[Line, Change]]:
    """Yield what another paper might say, and the facts as they then are."""
    if row == "1":
        ended = str(known.right_ended_on[0])
        yield (
            (
                f"如权利终止的文件（{ended}）撤销，或终止日在 {as_of} 以后",
                f"were the ending of the right ({ended}) revoked, or later than {as_of}",
            ),
            {"right_ended_on": _NO_DAY},
        )
    elif row == "2":
        yield from _without_a_clash(facts, known)
    else:
        yield from _of_the_start(as_of, row, known, settings)


def _without_a_clash(facts: pd.DataFrame, known: ClockFacts) -> Iterator[tuple[Line, Change]]:
    for name, title, word in (
        ("completed_on", "竣工日", "the completion"),
        ("stopped_on", "停工日", "the stop"),
        ("started_on", "动工日", "the start"),
        ("not_started_on", "未动工的核查", "the sighting of no start"),
    ):
        value = getattr(known, name)[0]
        if not np.isnat(value):
            yield (
                (f"如{title} {value} 有误、不采用", f"were {word} of {value} wrong and not used"),
                {name: _NO_DAY},
            )
    if known.is_extension_clash[0]:
        for value in facts.get("extensions_clashing", pd.Series([()], facts.index)).iloc[0]:
            yield (
                (
                    f"如只以动工日 {value} 的一份延期为准",
                    f"were only the extension to {value} good",
                ),
                {"is_extension_clash": False, "extension_start_due_on": pd.Timestamp(value)},
            )


def _of_the_start(
    as_of: date, row: str, known: ClockFacts, settings: Settings
) -> Iterator[tuple[Line, Change]]:
    """Yield what would tell otherwise of land that was started: rows 3 and 4."""
    today = np.datetime64(as_of, "D")
    nothing_built = {"started_on": _NO_DAY, "stopped_on": _NO_DAY, "completed_on": _NO_DAY}
    started = str(known.started_on[0])
    yield (
        (f"如动工（{started}）不实、实际未动工", f"had nothing been started (said: {started})"),
        {**nothing_built, "is_start_disputed": False},
    )
    years = settings.stop_years
    last_on = _latest_full(today, years)
    if row == "3":
        yield (
            (f"如核查自 {as_of} 起停工", f"were building found stopped from {as_of} on"),
            {"stopped_on": pd.Timestamp(as_of), "completed_on": _NO_DAY},
        )
    if row in ("3", "4a") and np.datetime64(last_on) >= known.started_on[0]:
        yield (
            (
                f"如证明自 {last_on} 或更早起一直停工（满 {years} 年）",
                f"had building stood still since {last_on} or before ({years} full year)",
            ),
            {"stopped_on": pd.Timestamp(last_on), "completed_on": _NO_DAY},
        )
    if row.startswith("4"):
        stopped = str(known.stopped_on[0])
        yield (
            (f"如 {stopped} 之后已复工", f"had building been resumed after {stopped}"),
            {"stopped_on": _NO_DAY},
        )
        yield from _of_the_shares(known, settings)


def _of_the_shares(known: ClockFacts, settings: Settings) -> Iterator[tuple[Line, Change]]:
    """Yield the two tests of art. 2(2), met and not met, with the figures that decide them."""
    area = float(area_due_m2(known, settings)[0])
    total = int(known.investment_total_fen[0])
    area_share, share = settings.area_share, settings.investment_share
    least_m2, least_fen = area * float(area_share), total * float(share)
    enough: Change = {}
    said, english = [], []
    if not np.isnan(area):
        enough["developed_area_m2"] = area
        said.append(f"已动工面积达到 {area:,.2f} × {area_share} ＝ {least_m2:,.2f} 平方米")
        english.append(f"{area:,.2f} x {area_share} = {least_m2:,.2f} m2 were developed")
        yield (
            (
                f"如已动工面积不足 {least_m2:,.2f} 平方米（{area_share}）",
                f"were less than {least_m2:,.2f} m2 ({area_share}) developed",
            ),
            {"developed_area_m2": 0.0},
        )
    if total > 0:
        enough["invested_fen"] = total
        said.append(f"投资达到 {total / 100:,.2f} × {share} ＝ {least_fen / 100:,.2f} 元")
        english.append(f"{total / 100:,.2f} x {share} = {least_fen / 100:,.2f} yuan were invested")
        yield (
            (
                f"如投资不足 {least_fen / 100:,.2f} 元（{share}）",
                f"were less than {least_fen / 100:,.2f} yuan ({share}) invested",
            ),
            {"invested_fen": 0},
        )
    if enough:
        yield (("如" + "，且".join(said), "if " + " and ".join(english)), enough)


def _latest_full(today: np.datetime64, years: int) -> str:
    """Return the latest day of a stop whose years have passed before `today`."""
    day = today - np.timedelta64(367 * years, "D")
    while days.add_years(np.array([day + days.ONE_DAY]), years)[0] < today:
        day += days.ONE_DAY
    return str(day)
