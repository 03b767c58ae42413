"""The ranking of parks of a year by what a stored run says and what was entered, as it knew it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from gis import ranking, result_tables
from gis.errors import ChoiceError, UsageError
from gis.law import Law
from gis.ranking import Indicator, Part, Ranking, Standing, entered, exact, wording
from gis.ranking.scheme import DEFAULT, Entry
from gis.store import records, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

_PAPERS = ("park_code", "year", "indicator", "score", "count", "amount_fen", "document")


@dataclass(frozen=True)
class Assessed:
    """A ranking, the words of its parks, and whom somebody may see of them (`own`).

    `strange`: papers (park, what it names, document) that name no indicator of the scheme or no
    park; `late_count`: papers of the year that came after the run.
    """

    run: Run
    ranking: Ranking
    names: Mapping[str, str]
    own: frozenset[str]
    strange: tuple[tuple[str, str, str], ...]
    late_count: int

    @property
    def is_whole(self) -> bool:
        """Return whether every park of it may be seen."""
        return self.own >= self.names.keys()

    def called(self, park: str) -> str:
        """Return the name of a park, its code where it has none."""
        return self.names[park] or park


def assessed(
    connection: Connection,
    run: Run,
    law: Law,
    year: int,
    scheme: str = DEFAULT,
    reading: str | None = None,
    scope: Scope | None = None,
    region: str | None = None,
) -> Assessed:
    """Return the ranking of the parks a run knew for a year, as somebody of a scope may see it.

    region: its parks alone are ranked, None: all the run knew; ChoiceError where it has none.
    """
    held = ranking.scheme_on(law, scheme, date(year, 12, 31)).by_reading(reading)
    parks = records.read(
        connection,
        "parks",
        run.delivery,
        run.as_of,
        region or run.region,
        columns=("park_code", "name"),
    )
    if region is not None and parks.empty:
        raise _no_park_in(connection, run, region, scope)
    names = {
        str(code): name if isinstance(name, str) else ""
        for code, name in zip(parks["park_code"], parks["name"], strict=True)
    }
    columns = ("from_delivery", *_PAPERS)
    papers = records.read(connection, "park_scores", run.delivery, run.as_of, columns=columns)
    is_known = papers["park_code"].isin([*names])
    entries = entered.read(held, papers[is_known])
    lost = tuple(
        (str(park), str(name), str(document))
        for park, name, document in zip(
            *(papers.loc[~is_known, name] for name in ("park_code", "indicator", "document")),
            strict=True,
        )
    )
    found = ranking.rank(held, [*names], _figures(connection, run, held, year), year, entries)
    own = parks_seen(connection, run, scope)
    return Assessed(
        run,
        found,
        names,
        own & frozenset(names),
        tuple(one for one in (*entries.unknown, *lost) if scope is None or one[0] in own),
        _late(connection, run, year, own if scope is not None else None),
    )


def years(connection: Connection, run: Run) -> list[int]:
    """Return the years a run has figures of parks for, the newest first."""
    asked = Asked(where={"place_kind": ["park"], "name": ["output_yuan"]})
    found = results.read(connection, run, "indicator", asked)["year"].dropna()
    return sorted({int(one) for one in found}, reverse=True)


def year_or_newest(connection: Connection, run: Run, year: int | None) -> int:
    """Return a year, where none is given the newest with figures, else the one before the run."""
    return year or next(iter(years(connection, run)), run.as_of.year - 1)


def newest_entered(connection: Connection, run: Run) -> int | None:
    """Return the newest year a run knew scores of, None where nothing was entered."""
    known = records.read(connection, "park_scores", run.delivery, run.as_of, columns=("year",))
    return None if known.empty else int(known["year"].max())


def papers_of(connection: Connection, year: int, own: frozenset[str]) -> pd.DataFrame:
    """Return what was entered for parks and a year, to this moment, the newest first."""
    columns = (*_PAPERS, "office", "reason", "person", "from_on", "from_delivery")
    found = records.read(connection, "park_scores", columns=columns)
    found = found[(found["year"] == year) & found["park_code"].isin([*own])]
    return found.sort_values(["from_delivery", "key"], ascending=[False, True], ignore_index=True)


def table(told: Assessed) -> pd.DataFrame:
    """Return table `ranking`, the best first; of whom nobody may see the place alone is told."""
    rows = [_row(told, one) for one in told.ranking.standings]
    return _whole_numbers(pd.DataFrame(rows, columns=result_tables.TABLES["ranking"].names))


def parts(told: Assessed, language: str = "zh") -> pd.DataFrame:
    """Return table `ranking_part`: every score of the parks that may be seen, in words."""
    rows = [
        _part(told, part, language)
        for one in told.ranking.standings
        if one.park in told.own
        for part in told.ranking.parts_of(one.park)
    ]
    return _whole_numbers(pd.DataFrame(rows, columns=result_tables.TABLES["ranking_part"].names))


def movements(told: Assessed, park: str, language: str = "zh") -> list[dict[str, Any]]:
    """Return what would move a park one place: indicator, direction, value, to, is_level, words."""
    return [
        {
            "indicator": one.indicator.name,
            "title": wording.title(one.indicator, language),
            "direction": one.direction,
            "value": _number(one.value, one.indicator.unit),
            "to": _number(one.to, one.indicator.unit),
            "is_level": one.is_level,
            "words": wording.move(one, language),
        }
        for one in ranking.moves(told.ranking, park)
    ]


def content(told: Assessed) -> dict[str, Any]:
    """Return what is said with every answer: which run, year, scheme and reading; what was told."""
    scheme = told.ranking.scheme
    return {
        "run": told.run.id,
        "as_of": told.run.as_of,
        "year": told.ranking.year,
        "scheme": scheme.name,
        "title": scheme.title,
        "reading": scheme.reading,
        "rated_count": scheme.rated_count,
        "unverified": [*scheme.unverified],
        "strange": [
            {"park_code": park, "indicator": name, "document": document}
            for park, name, document in told.strange
        ],
        "late_count": told.late_count,
        "count": len(told.ranking.standings),
    }


def words_of(told: Assessed) -> list[tuple[str, str]]:
    """Return, Chinese and English, what a reader of the ranking has to know besides its rows."""
    scheme, count = told.ranking.scheme, len(told.ranking.standings)
    special = sum(one.special_prizes for one in told.ranking.standings)
    lines = []
    if count != scheme.rated_count:
        lines.append(
            (
                f"方案所列考核单位 {scheme.rated_count} 个，本次 {count} 个",
                f"the scheme rates {scheme.rated_count} parks, here are {count}",
            )
        )
    if special > scheme.special_prizes_count and told.is_whole:
        lines.append(
            (
                f"专项奖只有 {scheme.special_prizes_count} 个，录入了 {special} 个",
                f"{special} special prizes were entered, there are {scheme.special_prizes_count}",
            )
        )
    if told.strange:
        named = "、".join(f"{park} {name}" for park, name, _ in told.strange[:5])
        lines.append(
            (
                f"{len(told.strange)} 份填报所指的指标或园区不在方案内，未计入：{named}",
                f"{len(told.strange)} papers name nothing of the scheme and do not count: {named}",
            )
        )
    if told.late_count:
        lines.append(
            (
                f"{told.late_count} 份填报在本次运行之后收到，下次运行后计入",
                f"{told.late_count} papers came after this run and count from the next one on",
            )
        )
    if any(not one.is_whole for one in told.ranking.field):
        lines.append(
            (
                "有待定的分数：总分写作“已知–至多”，名次按其余分数不变推算",
                "some scores are undetermined: totals are from known to at most, ranks what these"
                " leave open, all other scores as they are",
            )
        )
    if scheme.unverified:
        lines.append(
            (
                f"方案的 {len(scheme.unverified)} 项设定未与原文核对",
                f"{len(scheme.unverified)} settings of the scheme are not checked against its text",
            )
        )
    return lines


def _whole_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which a rank stays a whole number though others have none."""
    whole = {name for name in ("rank", "best", "worst", "place", "n", "prize_wan") if name in rows}
    return rows.astype(dict.fromkeys(whole, "Int64"))


def number_of(scheme: ranking.Scheme, thing: str, value: str | None) -> dict[str, str]:
    """Return the column of `park_scores` a number belongs to; UsageError where it cannot be."""
    name = scheme.named(thing)
    one = next((one for one in scheme.entered if one.name == name), None)
    if one is None:
        raise UsageError(
            f"方案里没有录入项 nothing is entered of {thing[:60]!r}",
            f"可用 choose one of: {', '.join(one.name for one in scheme.entered)}",
        )
    is_named = isinstance(one, Entry) and one.kind != "amount"
    if is_named and not value:
        return {}
    try:
        number = Fraction(value or "")
    except (ValueError, ZeroDivisionError):
        raise UsageError(
            f"“{value}”不是数。 {value!r} is no number.", "只填数字 a number"
        ) from None
    most = one.points if isinstance(one, Indicator) and one.found == "entered" else None
    if number < 0 or (most is not None and number > most):
        raise UsageError(
            f"{one.zh} {value} 超出范围 is outside its range",
            f"0 – {float(most):g}" if most is not None else "不小于零 not below zero",
        )
    if isinstance(one, Entry) and one.kind == "amount":
        # Papers recorded by hand are in 元; a person says 万元.
        return {"amount_fen": exact.printed(number * 10_000).replace(",", "")}
    if isinstance(one, Entry):
        return {"count": str(value)}
    return {"count" if one.found == "counted" else "score": str(value)}


def _figures(
    connection: Connection, run: Run, scheme: ranking.Scheme, year: int
) -> dict[tuple[str, str, int], Fraction | None]:
    names = {one.figure for one in scheme.indicators if one.figure}
    asked = Asked(where={"place_kind": ["park"], "name": sorted(names)})
    rows = results.read(connection, run, "indicator", asked)
    rows = rows[rows["year"].isin([year, year - 1])]
    return {
        (str(row["place_code"]), str(row["name"]), int(row["year"])): (
            None if pd.isna(row["value"]) else exact.of_figure(row["value"], str(row["unit"]))
        )
        for row in rows.to_dict("records")
    }


def parks_seen(connection: Connection, run: Run, scope: Scope | None) -> frozenset[str]:
    """Return the parks whose figures somebody may see."""
    if scope is None:
        parks = records.read(connection, "parks", run.delivery, run.as_of, columns=("park_code",))
        return frozenset(parks["park_code"])
    asked = Asked(where={"place_kind": ["park"]}, within=scope)
    return frozenset(results.read(connection, run, "indicator", asked)["place_code"])


def _no_park_in(connection: Connection, run: Run, region: str, scope: Scope | None) -> ChoiceError:
    """Return what is told of a region without parks: in which regions somebody's parks lie."""
    columns = ("park_code", "region_code")
    parks = records.read(connection, "parks", run.delivery, run.as_of, run.region, columns=columns)
    is_own = parks["park_code"].isin([*parks_seen(connection, run, scope)])
    there = sorted(parks.loc[is_own, "region_code"].dropna().unique())
    return ChoiceError(
        f"行政区 {region} 里没有园区。 There is no park in the region {region}.",
        f"可用 choose one of: {', '.join(there[:20]) or '—'}",
    )


def _late(connection: Connection, run: Run, year: int, own: frozenset[str] | None) -> int:
    now = records.read(connection, "park_scores", columns=("park_code", "year", "from_delivery"))
    is_late = (now["from_delivery"] > run.delivery) & (now["year"] == year)
    if own is not None:
        is_late &= now["park_code"].isin([*own])
    return int(is_late.sum())


def _row(told: Assessed, one: Standing) -> dict[str, Any]:
    ranks = {"rank": one.rank, "best": one.best, "worst": one.worst, "place": one.place}
    if one.park not in told.own:
        return (
            {"park_code": None, "name": None, "is_outside": True}
            | ranks
            | dict.fromkeys(
                ("total", "known", "most", "bonus", "titles", "vetoes", "prize_wan", "missing")
            )
        )
    is_ranked = not one.vetoes
    open_ones = [
        part.indicator.zh
        for part in told.ranking.parts_of(one.park)
        if part.score is None and is_ranked
    ]
    entries = {entry.name: entry.zh for entry in told.ranking.scheme.entries}
    return {
        "park_code": one.park,
        "name": told.called(one.park),
        "is_outside": False,
        **ranks,
        "total": float(one.known) if one.is_whole and is_ranked else None,
        "known": float(one.known) if is_ranked else None,
        "most": float(one.most) if is_ranked else None,
        "bonus": float(one.bonus),
        "titles": [entries[name] for name in one.titles] or None,
        "vetoes": [entries[name] for name in one.vetoes] or None,
        "prize_wan": one.prize_wan,
        "missing": open_ones or None,
    }


def _part(told: Assessed, part: Part, language: str) -> dict[str, Any]:
    scheme, indicator = told.ranking.scheme, part.indicator
    return {
        "park_code": part.park,
        "name": told.called(part.park),
        "indicator": indicator.name,
        "title": wording.title(indicator, language),
        "group": wording.group(indicator, language),
        "points": float(indicator.points),
        "value": _number(part.value, indicator.unit),
        "unit": wording.unit_of(indicator.unit, language),
        "rank": part.rank,
        "n": part.n,
        "leader": _number(part.leader, indicator.unit),
        "score": None if part.score is None else float(part.score),
        "explained": wording.explained(part, scheme, language),
        "documents": [*part.documents] or None,
        "missing": [*part.missing] or None,
    }


def _number(value: Fraction | None, unit: str) -> float | None:
    return None if value is None else float(wording.in_unit(value, unit))


def why(told: Assessed, park: str, language: str = "zh") -> dict[str, Any]:
    """Return why a park stands where it stands, and what would move it; UsageError for no park."""
    if park not in told.own:
        raise UsageError(
            f"没有园区 there is no park {park[:60]!r}",
            f"可用 known: {'、'.join(sorted(told.own)[:20]) or '—'}",
        )
    (standing,) = (row for row in table(told).to_dict("records") if row["park_code"] == park)
    scores = parts(told, language)
    return {
        **content(told),
        "standing": {str(name): value for name, value in standing.items()},
        "parts": scores[scores["park_code"] == park],
        "moves": movements(told, park, language),
    }
