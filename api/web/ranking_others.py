"""考核 by the other schemes: parks in tiers of output, firms by 亩均 figures with classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Response

from api.errors import BadParameterError
from api.shown import JudgedRun, Shown
from api.v1.outside import nobody
from api.web import frame, language
from api.web.language import Language
from api.web.table import Column, Table, address, rows_of
from api.web.written import decimal, wan
from gis import contracts, recorded_law
from gis.assessment import evaluation
from gis.assessment import ranking as of_year
from gis.assessment import tiers as of_parks
from gis.assessment.evaluation import Evaluated
from gis.assessment.tiers import Tiered
from gis.outputs.pictures.chart import Chart, Series
from gis.ranking import choices, firms
from gis.ranking import wording_of_others as wording

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

# Of so many firms the chart can still be read.
_MOST_DRAWN = 30
_ROWS = 100
_PARKS = (
    Column("rank", "名次", "figure", is_optional=True),
    Column("name", "园区", "link", "address"),
    Column("output", "总产值（万元）", "figure"),
    Column("tier_words", "梯队"),
    Column("to_next", "距上一梯队（万元）", "figure", is_optional=True),
    Column("times_words", "亩均产值为对比年的倍数", "figure", is_optional=True),
    Column("needed", "应达倍数", "figure", is_optional=True),
    Column("pace", "是否达到", is_optional=True),
    Column("reward", "是否奖励"),
    Column("open", "缺少", "lines"),
)
_FIRMS = (
    Column("rank", "名次", "figure", is_optional=True),
    Column("name", "企业", "link", "address"),
    Column("enterprise_code", "信用代码"),
    Column("park_code", "园区", is_optional=True),
    Column("letter", "等级", is_optional=True),
    Column("points", "总分", "figure", is_optional=True),
    Column("explained", "算法", "lines"),
)
_MOVES = (
    Column("becomes", "会怎样"),
    Column("title", "指标"),
    Column("words", "只改这一项，数值须"),
)


def schemes(shown: Shown, tongue: Language) -> list[tuple[str, str]]:
    """Return the schemes one may choose, each with what it is called."""
    rules = recorded_law.of(shown.connection, shown.run)
    return [(one, called(one, tongue)) for one in choices.schemes(rules)]


def page(shown: Shown, year: int | None, scheme: str, reading: str | None, start: int) -> Response:
    """Return what another scheme says of a year: parks in tiers, or firms with their classes."""
    tongue = language.of(shown.request)
    if scheme == firms.NAME:
        found = _firms(shown, year, reading)
        rows = [_firm(found, row, shown) for row in rows_of(evaluation.table(found, tongue))]
        head, chart = evaluation.content(found), firms_chart(found, tongue)
        told = Table(
            _FIRMS, rows[start : start + _ROWS], len(rows),
            empty=("没有企业", "交付企业资料后再看"),
            next_address=address(shown.request, start=start + _ROWS)
            if start + _ROWS < len(rows) else None,
        )  # fmt: skip
        title = "企业亩均评价"
    else:
        parks = _parks(shown, year)
        rows = [_park(row, parks, shown, tongue) for row in rows_of(of_parks.table(parks))]
        head, chart = of_parks.content(parks), tiers_chart(parks, tongue)
        told = Table(_PARKS, rows, len(rows), empty=("没有园区", "交付开发区资料后再看"))
        title = "园区梯队"
    return frame.page(
        shown.request, shown.caller, "ranking_others.html.jinja", run=shown.run,
        title=language.said(title, tongue), table=told, chart=chart,
        **_asked(shown, head, tongue),
    )  # fmt: skip


def park(shown: Shown, year: int | None, code: str) -> Response:
    """Return where a park stands in the tiers, and what would move it."""
    told = _parks(shown, year)
    if code not in told.own:
        raise nobody(code)
    tongue = language.of(shown.request)
    why = of_parks.why(told, code, tongue)
    one = _park(why["standing"], told, shown, tongue)
    figures = [("名次", one["rank"]), ("梯队", one["tier_words"]),
               ("总产值（万元）", one["output"]),
               ("距上一梯队（万元）", one["to_next"] or "—"),
               ("亩均产值为对比年的倍数", one["times_words"] or "—"),
               ("应达倍数", one["needed"] or "—"), ("是否奖励", one["reward"])]  # fmt: skip
    return _why(
        shown, why, one["name"], code, f"/park/{quote(code, safe='')}", figures, one["open"]
    )


@router.get("/ranking/firm/{code:path}", response_class=Response)
def firm(
    code: str,
    shown: JudgedRun,
    year: Annotated[int | None, Query(ge=1900, le=2200)] = None,
    reading: Annotated[str | None, Query(max_length=10)] = None,
    scheme: Annotated[str, Query(max_length=60)] = firms.NAME,
) -> Response:
    """Return why a firm has its class, and what would move it one place or one class."""
    if scheme != firms.NAME:
        raise BadParameterError(
            "企业只按亩均评价。 Firms have this scheme alone.",
            f"用 scheme={firms.NAME}。 Use scheme={firms.NAME}.",
        )
    told = _firms(shown, year, reading)
    if code not in told.own or code not in told.values:
        raise nobody(code)
    tongue = language.of(shown.request)
    why = evaluation.why(told, code, tongue)
    one = _firm(told, why["standing"], shown)
    figures = [("名次", one["rank"]), ("等级", one["letter"]), ("总分", one["points"])]
    place = f"/firms?text={quote(code)}"
    return _why(shown, why, one["name"], code, place, figures, why["parts"])


def _why(
    shown: Shown, why: Mapping[str, Any], name: str, code: str, place: str,
    figures: Sequence[tuple[str, Any]], lines: Sequence[str],
) -> Response:  # fmt: skip
    tongue = language.of(shown.request)
    moves = Table(_MOVES, why["moves"], len(why["moves"]),
                  empty=("没有可动的", "缺少数值，或只此一家"))  # fmt: skip
    return frame.page(
        shown.request, shown.caller, "ranking_other.html.jinja", run=shown.run, name=name,
        code=code, address=f"{place}{'&' if '?' in place else '?'}run={shown.run.id}",
        figures=[(language.said(words, tongue), value) for words, value in figures], lines=lines,
        moves=moves, **_asked(shown, why, tongue),
    )  # fmt: skip


def _asked(shown: Shown, head: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    said = partial(language.said, language=tongue)
    reading, unverified = head.get("reading"), len(head["unverified"])
    years = {*of_year.years(shown.connection, shown.run), head["year"]}
    notes = [said("名次在全部 {} 个中排，只列本账号可见的").format(head["ranked_count"])]
    if unverified:
        notes.append(said("{} 项设定未与原文核对").format(unverified))
    if "ordered_by" in head:
        ordered = contracts.CODES["indicator"][head["ordered_by"]][tongue == "en"]
        notes.append(said("前 {} 名奖励，按{}排").format(head["rewarded_count"], ordered))
    if "classes" in head:
        shares = "，".join(f"{one} {share:.0%}" for one, share in head["classes"].items())
        notes.append(said("等级按名次占全部企业的比例，从高到低累计：{}").format(shares))
    return {
        "year": head["year"], "years": sorted(years, reverse=True), "chosen": head["scheme"],
        "schemes": schemes(shown, tongue), "reading": reading, "region": None, "notes": notes,
        "scheme_words": called(head["scheme"], tongue),
        "readings": [(one, contracts.CODES["firm_reading"][one][tongue == "en"])
                     for one in firms.READINGS] if reading else [],
        "query": _query(shown, head),
    }  # fmt: skip


def called(scheme: str, tongue: Language) -> str:
    """Return what a scheme is called; a bureau's own by its name."""
    return contracts.CODES["ranking_scheme"].get(scheme, (scheme, scheme))[tongue == "en"]


def _query(shown: Shown, head: Mapping[str, Any]) -> str:
    asked = {"year": head["year"], "scheme": head["scheme"], "run": shown.run.id}
    return urlencode(asked | ({"reading": head["reading"]} if head.get("reading") else {}))


def _year(shown: Shown, year: int | None) -> int:
    return of_year.year_or_newest(shown.connection, shown.run, year)


def _parks(shown: Shown, year: int | None) -> Tiered:
    rules = recorded_law.of(shown.connection, shown.run)
    return of_parks.tiered(shown.connection, shown.run, rules, _year(shown, year), shown.scope)


def _firms(shown: Shown, year: int | None, reading: str | None) -> Evaluated:
    return evaluation.evaluated(
        shown.connection, shown.run, recorded_law.of(shown.connection, shown.run),
        _year(shown, year), reading or None, shown.scope,
    )  # fmt: skip


def _park(row: Mapping[str, Any], told: Tiered, shown: Shown, tongue: Language) -> dict[str, Any]:
    said = partial(language.said, language=tongue)
    yes_no = {True: said("是"), False: said("否"), None: said("待定")}
    tier = row["tier"]
    yuan = None if not tier else told.tiers.tiers_yuan[tier - 1] / 100_000_000
    words = None if tier is None else said("未入梯队")
    query = _query(shown, of_parks.content(told))
    return {
        "rank": row["rank"],
        "name": row["name"] or row["park_code"],
        "address": f"/ranking/park/{quote(row['park_code'], safe='')}?{query}",
        "output": wan(row["output_yuan"]),
        "tier_words": said("{} 亿元梯队").format(f"{float(yuan):g}") if yuan else words,
        "to_next": wan(row["to_next_yuan"]),
        "times_words": None if row["times"] is None else f"{row['times']:.4f}",
        "needed": decimal(row["needed_times"]),
        "pace": None if row["needed_times"] is None else yes_no[row["is_on_pace"]],
        "reward": yes_no[row["is_rewarded"]],
        "open": [wording.missing(one, tongue) for one in row["missing"] or ()],
    }


def _firm(told: Evaluated, row: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    query = _query(shown, evaluation.content(told))
    return {
        **row,
        "name": row["name"] or row["enterprise_code"],
        "address": f"/ranking/firm/{quote(row['enterprise_code'], safe='')}?{query}",
        "points": decimal(row["total"]),
    }


def tiers_chart(told: Tiered, tongue: Language) -> Chart:
    """Return 亩均产值 of each park, beside what its pace asks."""
    said = partial(language.said, language=tongue)
    seen = [one for one in told.standings if one.park in told.own]

    def of(park: str, year: int) -> float | None:
        value = told.figures.get((park, "output_per_mu", year))
        return None if value is None else float(value)

    pace = next((one for one in told.tiers.paces if one.year == told.year), None)
    needed = {} if pace is None else {said("应达到"): [
        None if (then := of(one.park, pace.against)) is None else then * float(pace.times)
        for one in seen
    ]}  # fmt: skip
    return Chart(
        kind="bars", title=said("亩均产值"), unit=said("万元/亩"),
        names=[told.names[one.park] or one.park for one in seen],
        series=[Series(said("亩均产值"), [of(one.park, told.year) for one in seen], "s1")],
        marks=needed,
    )  # fmt: skip


def firms_chart(told: Evaluated, tongue: Language) -> Chart:
    """Return the points of the best firms that may be seen, put together of their measures."""
    said = partial(language.said, language=tongue)
    seen = [one for one in told.standings if one.firm in told.own and one.rank][:_MOST_DRAWN]
    return Chart(
        kind="parts", title=said("得分构成"), unit=said("分"),
        names=[str(told.known.at[one.firm, "name"] or one.firm) for one in seen],
        series=[
            Series(wording.measure(measure, tongue),
                   [float(one.parts[n].score or 0) for one in seen], f"s{n + 1}")
            for n, measure in enumerate(told.scheme.measures)
        ],
        note=said("只画有名次的前 {} 家").format(_MOST_DRAWN),
    )  # fmt: skip
