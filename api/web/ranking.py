"""考核: parks of a year ranked, every score explained, and what offices enter for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Response

from api.shown import JudgedRun, Shown
from api.v1.outside import nobody
from api.web import frame, language, ranking_others
from api.web.table import Column, Table
from gis import recorded_law
from gis.assessment import ranking as of_year
from gis.assessment.ranking import Assessed
from gis.outputs.pictures.chart import Chart, Series
from gis.ranking import Indicator, Standing, choices, exact, firms, tiers, wording
from gis.ranking.scheme import DEFAULT, READINGS

# Of the groups of a scheme; the bonus has the last.
_COLOURS = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")
_MOST = 300
_MOST_FIRMS = 1_000_000
READING_WORDS = {"R1": "R1 名次递减至零", "R3": "R3 与第一名之比"}
router = APIRouter(tags=["pages 页面"], include_in_schema=False)

Year = Annotated[int | None, Query(ge=1900, le=2200)]
Scheme = Annotated[str, Query(max_length=60)]
Reading = Annotated[str | None, Query(max_length=10)]
Region = Annotated[str | None, Query(max_length=12)]
_COLUMNS = (
    Column("rank", "名次"),
    Column("name", "园区", "link", "address"),
    Column("total", "总分", "figure", is_optional=True),
)
_LAST = (
    Column("bonus", "加分", "figure", is_optional=True),
    Column("prize", "奖励（万元）", "figure", is_optional=True),
    Column("vetoes", "一票否决", "lines"),
    Column("open", "待定指标", "lines"),
)
_PARTS = (
    Column("group", "类别"),
    Column("title", "指标"),
    Column("points", "分值", "figure"),
    Column("score", "得分", "figure"),
    Column("explained", "算法"),
)
_MOVES = (Column("way", "方向"), Column("title", "指标"), Column("words", "只改这一项，数值须"))
_ENTERED = (
    Column("name", "园区"),
    Column("title", "事项"),
    Column("number", "数值", "figure", is_optional=True),
    Column("document", "依据文号"),
    Column("office", "评定单位"),
    Column("reason", "说明"),
    Column("person", "填报人"),
    Column("from_on", "文件日期", "day", is_optional=True),
    Column("delivery", "资料", "link", "address"),
)


@router.get("/ranking", response_class=Response)
def page(
    shown: JudgedRun,
    year: Year = None,
    scheme: Scheme = DEFAULT,
    reading: Reading = None,
    region: Region = None,
    start: Annotated[int, Query(ge=0, le=_MOST_FIRMS)] = 0,
) -> Response:
    """Return the ranking of a year: points by group, ranks, prizes, what is undetermined."""
    if reading in (READINGS if scheme in choices.OTHERS else firms.READINGS):
        reading = None  # the form still says how the scheme chosen before was read
    if scheme in choices.OTHERS:
        return ranking_others.page(shown, year, scheme, reading, start)
    tongue = language.of(shown.request)
    told, years = _told(shown, year, scheme, reading, region)
    groups = _groups(told, tongue)
    rows = [_row(told, one, groups, shown, tongue) for one in told.ranking.standings]
    columns = (*_COLUMNS, *(Column(f"g{n}", name, "figure", is_optional=True)
                            for n, name in enumerate(groups)), *_LAST)  # fmt: skip
    return frame.page(
        shown.request, shown.caller, "ranking.html.jinja", run=shown.run,
        **_asked(shown, told, years, tongue),
        ranked=Table(columns, rows, len(rows), empty=("没有园区", "交付开发区资料后再看")),
        chart=parts_chart(told, tongue), may_enter=shown.caller.may("record"),
    )  # fmt: skip


@router.get("/ranking/enter", response_class=Response)
def enter(
    shown: JudgedRun,
    year: Year = None,
    park: Annotated[str, Query(max_length=100)] = "",
    scheme: Scheme = DEFAULT,
) -> Response:
    """Return the form by which scores, titles and accidents are entered, and what was entered."""
    tongue = language.of(shown.request)
    told, years = _told(shown, year, scheme, None, None)
    own = told.own & {park} if park else told.own
    papers = of_year.papers_of(shown.connection, told.ranking.year, own)
    rows = [_paper(told, one, tongue) for one in papers.head(_MOST).to_dict("records")]
    return frame.page(
        shown.request, shown.caller, "ranking_enter.html.jinja", run=shown.run,
        **_asked(shown, told, years, tongue),
        own_parks={code: told.called(code) for code in sorted(told.own)}, park=park,
        things=[(one.name, _thing(told, one.name, tongue)) for one in told.ranking.scheme.entered],
        entered=Table(_ENTERED, rows, len(papers), empty=("还没有录入", "填左边的表录入")),
        may_enter=shown.caller.may("record"),
    )  # fmt: skip


@router.get("/ranking/park/{code:path}", response_class=Response)
def park(
    code: str, shown: JudgedRun, year: Year = None, scheme: Scheme = DEFAULT,
    reading: Reading = None, region: Region = None,
) -> Response:  # fmt: skip
    """Return why a park stands where it stands: each score, and what would move it one place."""
    if scheme == tiers.DEFAULT:
        return ranking_others.park(shown, year, code)
    tongue = language.of(shown.request)
    told, years = _told(shown, year, scheme, reading, region)
    if code not in told.own:
        raise nobody(code)
    why = of_year.why(told, code, tongue)
    parts = [
        row | {"points": exact.printed(part.indicator.points),
               "score": None if part.score is None else exact.printed(part.score)}
        for row, part in zip(
            why["parts"].to_dict("records"), told.ranking.parts_of(code), strict=True
        )
    ]  # fmt: skip
    moves = _moves(why["moves"], tongue)
    return frame.page(
        shown.request, shown.caller, "ranking_park.html.jinja", run=shown.run,
        **_asked(shown, told, years, tongue),
        code=code, name=told.called(code), standing=_standing(told, told.ranking.of(code), tongue),
        parts_table=Table(_PARTS, parts, len(parts)),
        moves=Table(_MOVES, moves, len(moves), empty=("没有名次可动", "只有一个园区，或一票否决")),
    )  # fmt: skip


def _moves(found: Sequence[dict[str, Any]], tongue: language.Language) -> list[dict[str, Any]]:
    """Return the moves that are possible, up first; what no single indicator can do in one row."""
    rows = []
    for way in ("up", "down"):
        own = [one for one in found if one["direction"] == way]
        can = [one for one in own if one["to"] is not None]
        head = {"way": wording.words(way, tongue)}
        rows += [one | head for one in can]
        if len(can) < len(own):
            names = language.said("其余各项", tongue) if can else language.said("任何一项", tongue)
            rows.append(head | {"title": names, "words": wording.words("no_value", tongue)})
    return rows


def _told(
    shown: Shown, year: int | None, scheme: str, reading: str | None, region: str | None
) -> tuple[Assessed, list[int]]:
    years = of_year.years(shown.connection, shown.run)
    known = of_year.year_or_newest(shown.connection, shown.run, year)
    told = of_year.assessed(
        shown.connection,
        shown.run,
        recorded_law.of(shown.connection, shown.run),
        known,
        scheme,
        reading or None,
        shown.scope,
        region or None,
    )
    return told, sorted({*years, known}, reverse=True)


def _asked(
    shown: Shown, told: Assessed, years: Sequence[int], tongue: language.Language
) -> dict[str, Any]:
    scheme = told.ranking.scheme
    return {
        "year": told.ranking.year, "years": years, "scheme": scheme, "reading": scheme.reading,
        "chosen": scheme.name, "schemes": ranking_others.schemes(shown, tongue),
        "readings": [(one, language.said(READING_WORDS[one], tongue)) for one in READINGS],
        "query": _query(shown, told), "region": shown.request.query_params.get("region", ""),
        "notes": [pair[tongue == "en"] for pair in of_year.words_of(told)],
    }  # fmt: skip


def _query(shown: Shown, told: Assessed) -> str:
    """Return what an address says of the ranking it belongs to."""
    scheme, region = told.ranking.scheme, shown.request.query_params.get("region")
    asked = {"year": told.ranking.year, "scheme": scheme.name, "reading": scheme.reading,
             "run": shown.run.id}  # fmt: skip
    return urlencode(asked | ({"region": region} if region else {}))


def _groups(told: Assessed, tongue: language.Language) -> list[str]:
    return [*dict.fromkeys(wording.group(one, tongue) for one in told.ranking.scheme.indicators)]


def _of_group(told: Assessed, park: str, name: str, tongue: language.Language) -> Any:
    """Return the points of a group of a park that are known, None where none is."""
    scores = [one for one in _scores(told, park, name, tongue) if one is not None]
    return sum(scores) if scores else None


def _said_of_group(told: Assessed, park: str, name: str, tongue: language.Language) -> str | None:
    """Return the points of a group as written: at least so many where a score is undetermined."""
    points = _of_group(told, park, name, tongue)
    if points is None:
        return None
    is_least = None in _scores(told, park, name, tongue)
    return f"{'≥ ' if is_least else ''}{exact.printed(points)}"


def _scores(told: Assessed, park: str, name: str, tongue: language.Language) -> list[Any]:
    return [
        one.score
        for one in told.ranking.parts_of(park)
        if wording.group(one.indicator, tongue) == name
    ]


def _row(
    told: Assessed, one: Standing, groups: Sequence[str], shown: Shown, tongue: language.Language
) -> dict[str, Any]:
    row: dict[str, Any] = {"rank": wording.rank(one) or "—"}
    if one.park not in told.own:
        return row | {"name": language.said("区域外园区", tongue), "address": None}
    row |= {f"g{n}": _said_of_group(told, one.park, name, tongue) for n, name in enumerate(groups)}
    return (
        row
        | _standing(told, one, tongue)
        | {
            "name": told.called(one.park),
            "address": f"/ranking/park/{quote(one.park, safe='')}?{_query(shown, told)}",
        }
    )


def _standing(told: Assessed, one: Standing, tongue: language.Language) -> dict[str, Any]:
    words = {
        entry.name: entry.en if tongue == "en" else entry.zh
        for entry in told.ranking.scheme.entries
    }
    return {
        "rank": wording.rank(one) or "—",
        "total": wording.total(one) or None,
        "bonus": exact.printed(one.bonus) if one.bonus else None,
        "titles": [words[name] for name in one.titles],
        "prize": f"{one.prize_wan:,}" if one.prize_wan else None,
        "vetoes": [words[name] for name in one.vetoes],
        "open": [
            wording.title(part.indicator, tongue)
            for part in told.ranking.parts_of(one.park)
            if part.score is None and not one.vetoes
        ],
    }


def parts_chart(told: Assessed, tongue: language.Language) -> Chart:
    """Return the known points of each park, put together of its groups and the bonus."""
    said = partial(language.said, language=tongue)
    groups = _groups(told, tongue)
    seen = [one for one in told.ranking.field if one.park in told.own]
    parts = [
        Series(
            name,
            [_float(_of_group(told, one.park, name, tongue)) for one in seen],
            _COLOURS[n % len(_COLOURS)],
        )
        for n, name in enumerate(groups)
    ]
    bonus = Series(said("加分"), [float(one.bonus) for one in seen], "s8")
    return Chart(
        kind="parts", title=said("各园区得分构成"), unit=said("分"),
        names=[told.called(one.park) for one in seen], series=[*parts, bonus],
        note=said("只画已知的得分；待定的不当作零"),
        partly=[not one.is_whole for one in seen],
    )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _thing(told: Assessed, name: str, tongue: language.Language) -> str:
    """Return what is entered, with its unit and how much it may be."""
    one = next(one for one in told.ranking.scheme.entered if one.name == name)
    words = one.en if tongue == "en" else one.zh
    if isinstance(one, Indicator):
        unit = wording.unit_of(one.unit, tongue)
        most = f"0–{float(one.points):g} " if one.found == "entered" else ""
        return f"{words} · {most}{unit}"
    return f"{words} · {wording.unit_of('万元', tongue)}" if one.kind == "amount" else words


def _paper(told: Assessed, row: dict[Any, Any], tongue: language.Language) -> dict[str, Any]:
    name = told.ranking.scheme.named(str(row["indicator"]))
    fen = row["amount_fen"]
    numbers = (row["score"], row["count"], None if fen is None or fen != fen else fen / 1_000_000)
    number = next((one for one in numbers if one is not None and one == one), None)
    return row | {
        "name": told.called(row["park_code"]),
        "title": _thing(told, name, tongue) if name else row["indicator"],
        "number": None if number is None else f"{float(number):g}",
        "from_on": None if row["from_on"] != row["from_on"] else str(row["from_on"])[:10],
        "delivery": f"{row['from_delivery']}", "address": f"/deliveries/{row['from_delivery']}",
    }  # fmt: skip
