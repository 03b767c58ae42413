"""企业: who makes what on which land, a year over its land, and what does not join."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

import pandas as pd
from fastapi import APIRouter, Query, Response

from api import store
from api.shown import JudgedRun, Shown
from api.web import frame, language, table
from api.web.language import Language
from api.web.table import Column, Table
from api.web.written import decimal, wan
from gis import recorded_law
from gis.assessment.firms import Firms

router = APIRouter(tags=["pages 页面"])

_ROWS, _MOST = 100, 100_000
_FIRMS = (
    Column("name", "企业", sorted_by="name"),
    Column("enterprise_code", "信用代码"),
    Column("industry_told", "行业"),
    Column("block_code", "区块", is_optional=True),
    Column("land_m2", "用地（亩）", "mu", sorted_by="land_m2"),
    Column("output", "产值（万元）", "figure", sorted_by="output_yuan"),
    Column("tax", "税收（万元）", "figure", sorted_by="tax_yuan"),
    Column("invested", "累计投资（万元）", "figure", sorted_by="invested_yuan"),
    Column("output_mu", "亩均产值", "figure", sorted_by="output_per_mu"),
    Column("tax_mu", "亩均税收", "figure", sorted_by="tax_per_mu"),
    Column("invested_mu", "亩均投资", "figure", sorted_by="invested_per_mu"),
    Column("join", "用地对应", "code", "firm_join"),
    Column("doubt", "存疑", is_optional=True),
)
_PROJECTS = (
    Column("name", "项目"),
    Column("project_code", "项目代码"),
    Column("industry", "行业"),
    Column("land_m2", "用地（亩）", "mu"),
    Column("invested", "已投资（万元，不含地价）", "figure"),
    Column("invested_mu", "亩均投资", "figure"),
    Column("without", "投资强度（万元/公顷，不含地价）", "figure"),
    Column("with_price", "投资强度（万元/公顷，含地价）", "figure"),
    Column("output_mu", "亩均产值", "figure"),
    Column("tax_mu", "亩均税收", "figure"),
    Column("missing", "缺少事实", "facts"),
)
_JOINS = (
    Column("name", "企业"),
    Column("land", "用地", "link", "address", is_optional=True),
    Column("basis", "依据", "code", "firm_basis"),
    Column("division", "与他人分用", "code", "firm_division"),
    Column("area_m2", "面积（亩）", "mu"),
    Column("of_parcel", "占该地", "share"),
    Column("of_firm", "占该企业", "share"),
)
# On the page of one supply: who is on it, and with which share.
_HERE = tuple(one for one in _JOINS if one.key != "land")
_LOST = (
    Column("name", "企业"),
    Column("number", "编号"),
    Column("basis", "依据", "code", "firm_basis"),
)
_BARE = (
    Column("parcel_code", "宗地代码"),
    Column("supply", "电子监管号", "link", "address", is_optional=True),
    Column("holder", "权利人"),
    Column("area_m2", "面积（亩）", "mu"),
)
_SORTS = Literal["name", "land_m2", "output_yuan", "tax_yuan", "invested_yuan", "output_per_mu",
                 "tax_per_mu", "invested_per_mu"]  # fmt: skip


@router.get("/firms", response_class=Response, include_in_schema=False)
def page(
    shown: JudgedRun,
    year: Annotated[int | None, Query(ge=1, le=9999)] = None,
    text: Annotated[str | None, Query(max_length=100)] = None,
    park: Annotated[str | None, Query(max_length=100)] = None,
    block: Annotated[str | None, Query(max_length=100)] = None,
    subject: Annotated[str | None, Query(max_length=300)] = None,
    sort: _SORTS = "name",
    falling: bool = False,
    start: Annotated[int, Query(ge=0, le=_MOST)] = 0,
) -> Response:
    """Return the firms somebody may see, of a place or of one supply, with what joins none."""
    run, law = shown.run, recorded_law.of(shown.connection, shown.run)
    found = store.firms(shown.request).of(shown.connection, run, law, shown.scope, year)
    tongue = language.of(shown.request)
    is_chosen = _chosen(found, {"park_code": park, "block_code": block}, subject, text)
    rows = found.rows[is_chosen]
    rows = rows.sort_values([sort, "enterprise_code"], ascending=not falling, na_position="last")
    shown_rows = rows.iloc[start : start + _ROWS]
    told = Table(
        _FIRMS, [_firm(row, tongue) for row in table.rows_of(shown_rows)], len(rows),
        sorted_by=sort, is_falling=falling,
        next_address=table.address(shown.request, start=start + _ROWS)
        if start + _ROWS < len(rows) else None,
        empty=("没有企业", "交付企业资料后再看，或放宽筛选条件"),
    )  # fmt: skip
    joins = found.joins[found.joins["enterprise_code"].isin(shown_rows["enterprise_code"])]
    is_part = shown.request.headers.get("hx-request-type") == "partial"
    if is_part and subject:
        joins = of_supply(joins[joins["supply_no"] == subject.partition("|")[0]])
    lost = found.lost
    if not is_chosen.all():
        lost = lost[lost["enterprise_code"].isin(rows["enterprise_code"])]
    lost_count, lost = len(lost), lost.head(_ROWS)
    named = {*shown_rows["enterprise_code"], *lost["enterprise_code"]}
    told_names = found.rows.loc[found.rows["enterprise_code"].isin(named)]
    names = dict(zip(told_names["enterprise_code"], told_names["name"], strict=True))
    projects = found.projects
    for column, wanted in (("park_code", park), ("block_code", block)):
        projects = projects[projects[column] == wanted] if wanted else projects
    project_count, projects = len(projects), projects.head(_ROWS)
    return frame.page(
        shown.request, shown.caller, "firms.html.jinja", run=shown.run,
        found=found, firms=told, year=found.year, text=text or "", park=park, block=block,
        subject=subject, start=start,
        joins=Table(_HERE if is_part else _JOINS,
                    [_join(row, names, shown) for row in table.rows_of(joins)],
                    len(joins), empty=("没有对上的用地", "核对企业所报的编号")),
        lost=Table(_LOST, [row | {"name": names[row["enterprise_code"]]}
                           for row in table.rows_of(lost)], lost_count,
                   empty=("没有对不上的编号", "企业所报的编号都对上了")),
        projects=Table(_PROJECTS, [_project(row) for row in table.rows_of(projects)],
                       project_count, empty=("没有项目", "交付项目资料后再看")),
        bare=Table(_BARE, [_bare(row, shown) for row in table.rows_of(found.bare)],
                   found.bare_count, empty=("没有无企业的宗地", "每宗地都有企业")),
        sort_address=lambda column: table.address(
            shown.request, sort=column.sorted_by, start=None,
            falling="false" if sort == column.sorted_by and falling else "true"),
    )  # fmt: skip


def of_supply(joins: pd.DataFrame) -> pd.DataFrame:
    """Return each firm on a supply once, also where it stands on several of its parcels.

    `joins` are rows of `Firms.joins` on one supply; `of_parcel` becomes the share of all its land
    on which a firm stands.

    >>> rows = {"enterprise_code": ["E", "E"], "land_key": ["parcel:1", "parcel:2"],
    ...         "supply_no": "S", "basis": "supply_no", "division": "alone",
    ...         "area_m2": [300.0, 100.0], "of_parcel": [1.0, 0.5], "of_firm": [0.75, 0.25]}
    >>> of_supply(pd.DataFrame(rows))[["area_m2", "of_parcel", "of_firm"]].values.tolist()
    [[400.0, 0.8, 1.0]]
    """
    if joins["land_key"].nunique() < 2:
        return joins
    lands = (joins["area_m2"] / joins["of_parcel"]).groupby(joins["land_key"]).first()
    named = ["enterprise_code", "supply_no", "basis", "division"]
    each = joins.groupby(named, as_index=False, sort=False, dropna=False)
    told = each[["area_m2", "of_firm"]].sum(min_count=1)
    return told.assign(land_key=None, of_parcel=told["area_m2"] / lands.sum())


def _chosen(
    found: Firms, places: Mapping[str, str | None], subject: str | None, text: str | None
) -> pd.Series[bool]:
    """Return which firms lie in the places, on a supply, and are called so."""
    rows, joins = found.rows, found.joins
    is_chosen = pd.Series(True, rows.index)

    def on(pieces: pd.Series[bool]) -> pd.Series[bool]:
        codes = joins.loc[pieces.fillna(False).astype(bool), "enterprise_code"]
        return rows["enterprise_code"].isin(codes)

    for column, wanted in places.items():
        if wanted:
            is_chosen &= (rows[column] == wanted).fillna(False) | on(joins[column] == wanted)
    if subject:
        is_chosen &= on(joins["supply_no"] == subject.partition("|")[0])
    if text:
        said = rows["name"].fillna("") + " " + rows["enterprise_code"]
        is_chosen &= said.str.contains(text, case=False, regex=False)
    return is_chosen.astype(bool)


def _firm(row: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    titles = [language.label("missing", one, tongue) for one in row["doubted"] or []]
    industry = " ".join(one for one in (row["industry_code"], row["industry"]) if one)
    return {
        **row,
        "name": row["name"] or row["enterprise_code"],
        "industry_told": industry,
        **{name: wan(row[f"{name}_yuan"]) for name in ("output", "tax", "invested")},
        **{f"{name}_mu": decimal(row[f"{name}_per_mu"]) for name in ("output", "tax", "invested")},
        "doubt": "；".join(titles) if tongue == "zh" else "; ".join(titles),
    }


def _project(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "invested": wan(row["invested_without_price_yuan"]),
        **{f"{name}_mu": decimal(row[f"{name}_per_mu"]) for name in ("output", "tax", "invested")},
        "without": decimal(row["intensity_without_price"]),
        "with_price": decimal(row["intensity_with_price"]),
    }


def _join(row: Mapping[str, Any], names: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    land = (row["land_key"] or "").partition(":")[2] or None
    return {**row, "name": names[row["enterprise_code"]], "land": land,
            "address": _subject(row["supply_no"], shown) if land else None}  # fmt: skip


def _bare(row: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    return {**row, "supply": row["supply_no"], "address": _subject(row["supply_no"], shown)}


def _subject(number: str | None, shown: Shown) -> str | None:
    return f"/subject/{quote(number, safe='')}?run={shown.run.id}" if number else None
