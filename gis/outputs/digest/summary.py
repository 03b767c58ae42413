"""The lines of one land as a digest: three questions, their sections, and the figures of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gis import contracts
from gis.outputs.digest.lines import sections_ahead
from gis.outputs.digest.wording import sentence

# What a person asks -> the sections that answer.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "new": ("新情况", "What is new"),
    "due": ("到期要办", "What must be done, and by which day"),
    "wrong": ("出了什么问题", "What went wrong or waits"),
}
_ANSWERED_BY = {
    "new": ("appeared", "left", "track", "other", "delivery"),
    "due": ("due_now", "due_first", "due_second", "due_third"),
    "wrong": ("held", "upload", "set_aside", "trouble"),
}
# Their lines are counted; the difference of the runs has them all.
COUNTED_ONLY = frozenset({"other"})


@dataclass(frozen=True)
class Section:
    """One section: its titles, its lines (`lines.COLUMNS`), the area of all it has.

    `unmeasured`: how many of the lines have no area, and are not in it.
    """

    code: str
    question: str
    zh: str
    en: str
    rows: Sequence[Mapping[str, Any]]
    area_m2: float
    unmeasured: int = 0

    @property
    def count(self) -> int:
        """Return how many lines it has."""
        return len(self.rows)


@dataclass(frozen=True)
class Digest:
    """What a night tells of one land.

    day, run: the day judged and the number of its run; before_on, before_run: the last good night,
    None for the first. delivery: the newest known to the run. missed: days between without a good
    night. land: the land it is of, in words. is_whole: it is of all land. by_region: region ->
    section -> count, of the sections that name a region. names: code of a region or block -> name.
    """

    day: date
    run: int
    delivery: int
    before_on: date | None
    before_run: int | None
    missed: Sequence[date]
    land: str
    is_whole: bool
    sections: Sequence[Section]
    by_region: Mapping[str, Mapping[str, int]]
    names: Mapping[str, str]

    def place(self, row: Mapping[str, Any]) -> str:
        """Return where a line lies, by name and code; empty where that is not known."""
        codes = [row[name] for name in ("region_code", "block_code") if row[name]]
        return " · ".join(f"{self.names.get(code, '')} {code}".strip() for code in codes)

    def of(self, question: str) -> list[Section]:
        """Return the sections that answer a question."""
        return [one for one in self.sections if one.question == question]

    def count(self, code: str) -> int:
        """Return how many lines a section has."""
        return next(one.count for one in self.sections if one.code == code)


def digest(
    rows: pd.DataFrame,
    *,
    day: date,
    run: int,
    delivery: int,
    before_on: date | None,
    before_run: int | None,
    missed: Sequence[date],
    land: str,
    is_whole: bool,
    names: Mapping[str, str],
) -> Digest:
    """Return the digest that lines make: those of one land, in the order they are told.

    `zh` and `en` of its rows are the whole sentence, as it is said on the day.
    """
    sections = []
    for question, codes in _ANSWERED_BY.items():
        for code in codes:
            own = rows[rows["section"] == code]
            areas = own["area_m2"].astype("Float64").dropna()
            area, unmeasured = float(areas.sum()), len(own) - len(areas)
            plain = own.astype(object).where(own.notna(), None).to_dict("records")
            told = [
                {str(name): value for name, value in row.items()}
                | {language: sentence(row, language, day) for language in ("zh", "en")}
                for row in plain
            ]
            sections.append(Section(code, question, *_titles(code), told, area, unmeasured))
    regions = rows[rows["region_code"].notna() & ~rows["section"].isin(COUNTED_ONLY)]
    counted = regions.groupby(["region_code", "section"]).size()
    by_region: dict[str, dict[str, int]] = {}
    for region, section, count in counted.reset_index(name="count").itertuples(index=False):
        by_region.setdefault(str(region), {})[str(section)] = int(count)
    return Digest(
        day=day,
        run=run,
        delivery=delivery,
        before_on=before_on,
        before_run=before_run,
        missed=missed,
        land=land,
        is_whole=is_whole,
        sections=sections,
        by_region=by_region,
        names=names,
    )


def _titles(code: str) -> tuple[str, str]:
    for name, least, most in sections_ahead():
        if name == code and most:
            begins = f"{least} 至 {most} 天内" if least > 1 else f"{most} 天内"
            ends = f"in {least} to {most} days" if least > 1 else f"within {most} days"
            return begins, ends
    chinese, english = contracts.CODES["digest"][code]
    return chinese, english
