"""Control values: who meets them, 疑似低效, the quarterly report, a project before it enters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query, Response
from pydantic import ValidationError

from api.assessed import Assessed, within
from api.shown import JudgedRun, Shown
from api.v1.control import Proposal
from api.web import frame, language, table
from api.web.language import Language
from api.web.table import Column, Table
from gis import contracts, recorded_law
from gis.arrays import text_as_objects
from gis.assessment import control as assessed
from gis.assessment import entry, quarterly
from gis.control import quarter as quarters
from gis.control import wording
from gis.control.values import OUTPUT

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

_ROWS, _MOST = 100, 10**6
_VERDICTS = ("below", "undetermined", "not_yet_due", "met")
Verdict = Literal["below", "undetermined", "not_yet_due", "met"]
Start = Annotated[int, Query(ge=0, le=_MOST)]
Code = Annotated[str | None, Query(max_length=100)]

_PROJECT = (Column("subject", "项目"), Column("title", "名称", is_optional=True))
_CONTROLS = (
    *_PROJECT,
    Column("indicator", "指标", "code", "control_value"),
    Column("force", "效力", "code", "control_force"),
    Column("reached", "实际", "figure"),
    Column("asked", "控制值", "figure"),
    Column("verdict", "结论", "code", "control_verdict"),
    Column("distance", "差", "figure", is_optional=True),
    Column("level", "层级", "code", "control_level"),
    Column("source", "依据", is_optional=True),
    Column("others", "其他层级", is_optional=True),
    Column("capacity_on", "达产日", "day", is_optional=True),
    Column("missing", "缺少", "facts"),
)
_LOW = (
    *_PROJECT,
    Column("status", "状态", "code", "low_status"),
    Column("reason", "原因"),
    Column("since_on", "自", "day", is_optional=True),
    Column("distance", "差", "figure", is_optional=True),
    Column("land_m2", "用地（公顷）", "hectares"),
    Column("places", "区块园区", is_optional=True),
    Column("missing", "缺少", "facts"),
    Column("basis", "依据", is_optional=True),
)
_QUARTER = (
    Column("class", "类别", "code", "quarter_class"),
    *_PROJECT,
    Column("reason", "原因"),
    Column("change", "较上季度", "code", "quarter_change"),
    Column("detail", "手续", is_optional=True),
    Column("office", "办理部门", is_optional=True),
    Column("since_on", "自", "day", is_optional=True),
    Column("distance", "差", "figure", is_optional=True),
    Column("missing", "缺少", "facts"),
)
_COUNTS = (
    Column("class", "类别", "code", "quarter_class"),
    Column("count", "本季度", "count"),
    Column("before", "上季度", "count"),
    Column("came", "新增", "count"),
    Column("left", "退出", "count"),
    Column("undetermined", "待定", "count"),
)
_BLOCKS = (
    Column("block_code", "区块"),
    Column("park_code", "开发区"),
    Column("verdict", "结论", "code", "block_verdict"),
    Column("counts", "各年新增投资项目", "lines"),
    Column("missing", "缺少", "facts"),
)
_ENTRY = (
    Column("indicator", "指标", "code", "control_value"),
    Column("force", "效力", "code", "control_force"),
    Column("reached", "拟建", "figure"),
    Column("asked", "控制值", "figure", is_optional=True),
    Column("verdict", "结论", "code", "entry_verdict"),
    Column("distance", "差", "figure", is_optional=True),
    Column("level", "层级", "code", "control_level"),
    Column("source", "依据", is_optional=True),
    Column("others", "其他层级", is_optional=True),
    Column("missing", "缺少", "facts"),
)


@router.get("/control")
def page(
    shown: JudgedRun,
    verdict: Verdict | Literal[""] = "",
    park: Code = None,
    text: Code = None,
    start: Start = 0,
) -> Response:
    """Return each project against each value; what is below first."""
    own = _assessed(shown).controls(shown.connection, shown.run)
    rows = within(own, shown.scope)
    parks = sorted(rows["park_code"].dropna().unique())
    rows = rows if not park else rows[rows["park_code"] == park]
    rows = _saying(rows, text)
    counts = {code: int((rows["verdict"] == code).sum()) for code in _VERDICTS}
    rows = rows[rows["verdict"] == verdict] if verdict else rows
    order = {code: place for place, code in enumerate(_VERDICTS)}
    rows = rows.sort_values("verdict", key=lambda codes: codes.map(order), kind="stable")
    tongue = language.of(shown.request)
    told = _page(shown, rows, start, _CONTROLS, lambda row: _of_value(row, tongue))
    return frame.page(
        shown.request, shown.caller, "control.html.jinja", run=shown.run, tab="control",
        table=told, counts=counts, verdict=verdict, park=park or "", parks=parks,
        text=text or "", unused=_unused(shown), verdicts=_VERDICTS,
    )  # fmt: skip


@router.get("/control/low")
def low(
    shown: JudgedRun,
    status: Literal["all", "clearance"] | None = None,
    text: Code = None,
    start: Start = 0,
) -> Response:
    """Return who is 疑似低效 and why, the quiet blocks, the last places."""
    kept = _assessed(shown)
    every = within(kept.low(shown.connection, shown.run), shown.scope)
    by_status = every.drop_duplicates("subject")["status"].value_counts()
    counts = {code: int(by_status.get(code, 0)) for code in contracts.CODES["low_status"]}
    rows = every[every["is_clearance"]] if status == "clearance" else every
    rows = rows if status == "all" else rows[rows["is_certain"]]
    rows = _saying(rows, text)
    tongue = language.of(shown.request)
    blocks = within(kept.quiet_blocks(shown.connection, shown.run), shown.scope)
    last = within(assessed.last_places(shown.connection, shown.run), shown.scope)
    return frame.page(
        shown.request, shown.caller, "control_low.html.jinja", run=shown.run, tab="low",
        table=_page(shown, rows, start, _LOW, lambda row: _of_reason(row, tongue)),
        counts=counts, which=status or "", text=text or "",
        blocks=Table(_BLOCKS, table.rows_of(blocks), len(blocks),
                     empty=("没有区块", "交付区块资料后再看")),
        last=table.rows_of(last), unused=_unused(shown),
    )  # fmt: skip


@router.get("/control/quarterly")
def quarter(
    shown: JudgedRun,
    quarter: Annotated[str | None, Query(pattern=r"^\d{4}[Qq][1-4]$")] = None,
    start: Start = 0,
) -> Response:
    """Return the report of a quarter: the four classes, who came, stayed and left."""
    asked = quarter or quarters.of(shown.run.as_of)
    report = _assessed(shown).quarter(shown.connection, shown.run, asked)
    rows = within(report.rows, shown.scope)
    counts = quarterly.counts(rows)
    tongue = language.of(shown.request)
    told = _page(shown, rows, start, _QUARTER, lambda row: _of_class(row, tongue))
    return frame.page(
        shown.request, shown.caller, "control_quarter.html.jinja", run=shown.run, tab="quarterly",
        report=report, table=told,
        counts=Table(_COUNTS, table.rows_of(counts), len(counts)), unused=_unused(shown),
        latest=quarters.of(shown.run.as_of),
    )  # fmt: skip


@router.get("/control/check")
def check(shown: JudgedRun) -> Response:
    """Return the form of a proposed project and, once filled in, each value with a verdict."""
    given = {
        name: value
        for name, value in shown.request.query_params.items()
        if name not in ("run", "as_of") and value.strip()
    }
    told, fault = None, ""
    if given:
        try:
            asked = Proposal.model_validate(given | {"on": shown.run.as_of.isoformat()})
        except ValidationError as wrong:
            fault = "、".join(str(one["loc"][0])[:40] for one in wrong.errors())
        else:
            told = _proposed(shown, asked)
    return frame.page(
        shown.request, shown.caller, "control_check.html.jinja", run=shown.run, tab="check",
        given=given, table=told, fault=fault,
    )  # fmt: skip


def _proposed(shown: Shown, asked: Proposal) -> Table:
    with text_as_objects():
        rows, _ = entry.check(
            shown.connection, recorded_law.at(shown.connection), asked.row(), asked.on
        )
    tongue = language.of(shown.request)
    told = [_of_value(row, tongue) for row in table.rows_of(rows)]
    return Table(_ENTRY, told, len(told))


def _assessed(shown: Shown) -> Assessed:
    kept: Assessed = shown.request.app.state.assessed
    return kept


def _unused(shown: Shown) -> list[dict[str, Any]]:
    values = _assessed(shown).judged(shown.connection, shown.run).values
    return assessed.unused(values, is_whole=shown.scope is None)


def _saying(rows: pd.DataFrame, text: str | None) -> pd.DataFrame:
    if not text:
        return rows
    said = rows["subject"].astype("str") + " " + rows["name"].astype("object").fillna("")
    return rows[said.str.lower().str.contains(text.lower(), regex=False)]


def _page(shown: Shown, rows: pd.DataFrame, start: int, columns: Any, cells: Any) -> Table:
    part = [cells(row) for row in table.rows_of(rows.iloc[start : start + _ROWS])]
    more = start + _ROWS < len(rows)
    return Table(
        columns, part, len(rows),
        next_address=table.address(shown.request, start=start + _ROWS) if more else None,
        empty=("没有符合条件的项目", "放宽筛选条件，或先交付项目与控制指标资料"),
    )  # fmt: skip


def _of_value(row: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    name = row["indicator"]
    source = row["document"] or ""
    if source and not row["is_verified"]:
        source += language.said("（未核对）", tongue)
    return {
        **row,
        "title": row["name"],
        "reached": wording.reached(name, row["low"], row["high"], tongue),
        "asked": wording.bounds(name, row["least"], row["most"], tongue),
        "distance": wording.amount(name, row["distance"], tongue),
        "level": row["level"] or None,
        "source": source,
        "others": wording.others(name, row["others"], tongue),
    }


def _of_reason(row: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    name = row["indicator"]
    value = "" if name is None else language.label("control_value", name, tongue)
    colon = "：" if tongue == "zh" else ": "
    reason = language.label("low_reason", row["reason"], tongue)
    if not row["is_certain"]:
        reason = f"{language.label('low_status', 'undetermined', tongue)}{colon}{reason}"
    return {
        **row,
        "title": row["name"],
        "reason": f"{reason}{colon}{value}" if value else reason,
        "distance": "" if name is None else wording.amount(name, row["distance"], tongue),
        "places": ("；" if tongue == "zh" else "; ").join(
            language.label("low_place", one, tongue) for one in row["places"] or ()
        ),
        "missing": None if row["is_certain"] else row["missing"],
    }


def _of_class(row: Mapping[str, Any], tongue: Language) -> dict[str, Any]:
    reason = language.label("quarter_reason", row["reason"], tongue)
    if not row["is_certain"]:
        colon = "：" if tongue == "zh" else ": "
        reason = f"{language.label('low_status', 'undetermined', tongue)}{colon}{reason}"
    return {
        **row,
        "title": row["name"],
        "reason": reason,
        "distance": wording.amount(OUTPUT, row["distance"], tongue),
    }
