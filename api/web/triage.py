"""Candidates and leads to be looked at: the most urgent first, the near ones together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field as Parameter
from starlette.responses import RedirectResponse

from api import store
from api.identity import requires
from api.shown import Shown
from api.v1.asked import Findings, Leads, OfRun
from api.v1.outside import must_be_seen
from api.web import asking, frame, language, list_rows
from api.web.list_asked import given
from api.web.list_kinds import LISTS, Field, Listed
from api.web.lists import codes_of
from api.web.table import Column, Table, address
from gis.accounts import dismissals
from gis.accounts.caller import Caller
from gis.crs import systems, transform
from gis.outputs.export.neighbours import seen
from gis.store import results
from gis.store.database import Connection
from gis.store.list_columns import DAY_ZERO, Ints
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.triage import Facts, Figures

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
ROWS = 50
Sort = Literal["age", "area", "price", "evidence", "distance"]
_Page = Annotated[int, Parameter(ge=1, le=100_000)]
_NEAR = Annotated[str | None, Parameter(min_length=1, max_length=300)]


class Candidates(Findings):
    """Which candidates, in which order; `near`: the one distances are told from."""

    what: Literal["candidates"] = "candidates"
    sort: Sort = "age"
    near: _NEAR = None
    page: _Page = 1

    def _where(self) -> dict[str, list[str]]:
        return {**super()._where(), "rule": ["idle_land"], "outcome": ["candidate"]}


class ToLookAt(Leads):
    """Which leads, in which order; `near`: the one distances are told from."""

    what: Literal["leads"] = "leads"
    sort: Literal["area", "distance"] = "area"
    near: _NEAR = None
    page: _Page = 1


@dataclass(frozen=True)
class Kind:
    """What is triaged: its table, what it is asked by, its columns, orders and filters."""

    name: str
    title: str
    unit: str
    model: type[Candidates] | type[ToLookAt]
    columns: Sequence[Column]
    sorts: Mapping[str, str]
    fields: Sequence[Field]

    @property
    def listed(self) -> Listed:
        """The list its rows are rows of."""
        return LISTS["supplied" if self.name == "candidates" else "leads"]


# The oldest day, the strongest evidence first; the largest area, the highest price first.
_SORTED_BY = {
    "age": ("due", False),
    "evidence": ("evidence", False),
    "area": ("area_m2", True),
    "price": ("price_fen", True),
}
_OWN = {"outcome", "track", "next_within_days", "next_from", "next_until"}
KINDS: Mapping[str, Kind] = {
    "candidates": Kind(
        "candidates", "未报动工，待核实", "宗", Candidates,
        (Column("subjects", "选中", "check", of="subject"),
         Column("name", "名称", "link", of="address"), Column("holder", "使用权人", "text"),
         Column("block_name", "区块", "text", is_optional=True),
         Column("area_m2", "公顷", "hectares"), Column("area_mu", "亩", "mu"),
         Column("start_due_on", "约定动工日", "day"),
         Column("due_days", "未动工天数", "count", is_optional=True),
         Column("price_fen", "价款（元）", "yuan"), Column("track", "处置方向", "track"),
         Column("evidence_grade", "证据", "code", of="evidence_grade"),
         Column("distance_km", "距离（公里）", "text", is_optional=True),
         Column("near_word", "就近", "link", of="near_address"),
         Column("record_word", "核实", "link", of="record_address")),
        {"age": "逾期最久", "area": "面积最大", "price": "价款最高", "evidence": "证据最强",
         "distance": "距离最近"},
        [one for one in LISTS["supplied"].fields if one.name not in _OWN - {"track"}],
    ),
    "leads": Kind(
        "leads", "疑点线索", "条", ToLookAt,
        (Column("chosen", "选中", "check", of="row_key"),
         Column("kind", "线索类型", "code", of="lead"),
         Column("confidence", "可信度", "code", of="confidence"),
         Column("subject_key", "对象", "link", of="address"),
         Column("subjects", "涉及对象", "lines"),
         Column("block_name", "区块", "text", is_optional=True),
         Column("area_m2", "公顷", "hectares"), Column("area_mu", "亩", "mu"),
         Column("detail", "依据", "grounds"),
         Column("distance_km", "距离（公里）", "text", is_optional=True),
         Column("near_word", "就近", "link", of="near_address")),
        {"area": "面积最大", "distance": "距离最近"},
        LISTS["leads"].fields,
    ),
}  # fmt: skip


@router.get("/triage")
def triage(request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return what waits to be looked at, less what somebody found to be nothing."""
    if (shorter := asking.without_empty(request)) is not None:
        return RedirectResponse(shorter, 303)
    kind = KINDS.get(request.query_params.get("what", "candidates"), KINDS["candidates"])
    asked = asking.read(request, kind.model)
    run = asked.found(connection)
    shown = Shown(request, connection, caller, run, run.as_of)
    kept = store.lists(request).triage
    facts = kept.facts(connection, run, asked.TABLE, asked.columns())
    is_near = asked.near is not None or asked.sort == "distance"
    spots = kept.places(connection, run, asked.TABLE) if facts and is_near else None
    if facts is None or (is_near and spots is None):
        # Of hundreds of thousands what they are put in order by is read once, beside the requests.
        return frame.page(request, caller, "triage_waits.html.jinja", run=run, kind=kind)
    gone = _dismissed(connection, run, caller.scope, kind)
    row_ids, distance = _ordered(shown, kind, asked, facts, spots, gone)
    first = (asked.page - 1) * ROWS
    here = slice(first, first + ROWS)
    found = results.read_rows(connection, run, asked.TABLE, row_ids[here].tolist())
    names = {
        field: list_rows.names_of_places(shown, of)
        for field, of in (("region", "regions"), ("park", "parks"), ("block", "blocks"))
    }
    rows = list_rows.rows(shown, kind.listed, found, names["block"])
    _beside(shown, kind, rows, facts, row_ids[here], distance[here])
    area = facts.of("area_m2", row_ids)
    sums = {"area_m2": float(np.nansum(area)), "area_mu": float(np.nansum(area))}
    is_more = len(row_ids) > first + ROWS
    table = Table(
        kind.columns,
        rows,
        len(row_ids),
        sums=sums,
        partly=frozenset(sums) if np.isnan(area).any() else frozenset(),
        next_address=address(request, page=asked.page + 1, run=run.id) if is_more else None,
        row_key="subject" if kind.name == "candidates" else "row_key",
        empty=_nothing(asked, gone),
    )
    return frame.page(
        request, caller, "triage.html.jinja", run=run, kind=kind, kinds=KINDS.values(), table=table,
        asked=asked, filters=given(asked).keys() - {"what", "near", "page"}, sums=sums,
        choices=codes_of(kind.fields, language.of(request)) | names, gone=gone, day=run.as_of,
        sort_address=lambda sort: address(request, sort=sort, page=None),
    )  # fmt: skip


def _ordered(
    shown: Shown,
    kind: Kind,
    asked: Any,
    facts: Facts,
    spots: Facts | None,
    gone: Sequence[Mapping[str, Any]],
) -> tuple[Any, Figures]:
    """Return the numbers of the rows in the order asked for, and how far each is, in metres."""
    connection, run = shown.connection, shown.run
    wanted = asked.asked(connection, run, shown.scope)
    kept = store.lists(shown.request).triage
    by, is_falling = _SORTED_BY.get(asked.sort, (None, False))
    row_ids = kept.chosen(connection, run, asked.TABLE, wanted, facts, by, is_falling=is_falling)
    for rule in sorted({one["rule"] for one in gone}):
        keys = [one["subject"] for one in gone if one["rule"] == rule]
        column = "rule" if kind.name == "candidates" else "kind"
        of = Asked(where={"subject_key": keys, column: [rule]})
        row_ids = row_ids[~np.isin(row_ids, results.which(connection, run, asked.TABLE, of))]
    distance = np.full(len(row_ids), np.nan)
    if asked.near is not None and spots is not None:
        distance = _distances(shown, asked, spots.of("lon", row_ids), spots.of("lat", row_ids))
    if asked.sort != "distance":
        return row_ids, distance
    order = np.argsort(distance, kind="stable")
    return row_ids[order], distance[order]


def _distances(shown: Shown, asked: OfRun, lon: Figures, lat: Figures) -> Figures:
    """Return how far rows lie from the one named `near`, in the plane of its zone, in metres."""
    near = str(getattr(asked, "near", ""))
    if shown.scope is not None:
        must_be_seen(shown.connection, shown.run, shown.scope, near)
    of = Asked(where={"subject_key": [near]}, within=shown.scope)
    found = results.read(shown.connection, shown.run, asked.TABLE, of)
    shapes = [one for one in found["geom"] if one is not None and not one.is_empty]
    if not shapes:
        return np.full(len(lon), np.nan)
    west, south, east, north = shapes[0].bounds
    here = np.array([shapely.Point((west + east) / 2, (south + north) / 2)], dtype=object)
    zone = int(systems.zone_of(here)[0])
    is_placed = ~np.isnan(lon)
    told = np.full(len(lon), np.nan)
    there = np.atleast_1d(np.asarray(shapely.points(lon[is_placed], lat[is_placed]), dtype=object))
    points = transform.to_zone(there, zone)
    told[is_placed] = shapely.distance(points, transform.to_zone(here, zone)[0])
    return told


def _beside(
    shown: Shown, kind: Kind, rows: list_rows.Rows, facts: Facts, row_ids: Ints, distance: Figures
) -> None:
    """Put beside each row what it is in order by, and the ways on from it."""
    tongue = language.of(shown.request)
    dues, prices = (
        (facts.of(name, row_ids) for name in ("due", "price_fen"))
        if kind.name == "candidates"
        else (distance, distance)
    )
    for at, row in enumerate(rows):
        own = str(row["subject"] if kind.name == "candidates" else row["subject_key"] or "")
        if not np.isnan(distance[at]):
            row["distance_km"] = f"{distance[at] / 1_000:,.2f}"
        row["near_word"] = language.said("由此排近", tongue)
        row["near_address"] = address(shown.request, near=own, sort="distance", page=None)
        if kind.name == "leads":
            row["row_key"] = f"{own}\t{row['kind']}"
            room = "approval" if row["subject_kind"] == "approvals" else "subject"
            row["address"] = f"/{room}/{quote(own, safe='')}?run={shown.run.id}"
            continue
        due, price = dues[at], prices[at]
        if not np.isnan(due):
            row["start_due_on"] = DAY_ZERO + timedelta(days=int(due))
            row["due_days"] = max((shown.run.as_of - row["start_due_on"]).days, 0)
        row["price_fen"] = None if np.isnan(price) else float(price)
        if shown.caller.may("record"):
            row["record_word"] = language.said("记巡查", tongue)
            row["record_address"] = f"/subject/{quote(own, safe='')}/record"


def _dismissed(
    connection: Connection, run: Run, scope: Scope | None, kind: Kind
) -> list[dict[str, Any]]:
    """Return what was dismissed and lies in the land, the newest first."""
    wanted = dismissals.CANDIDATE if kind.name == "candidates" else dismissals.LEAD
    rows = [row for row in dismissals.read(connection) if row["kind"] == wanted]
    if scope is not None and rows:
        own = seen(connection, run, scope, [row["subject"] for row in rows])
        rows = [row for row in rows if row["subject"] in own]
    return rows[::-1]


def _nothing(asked: Any, gone: Sequence[Any]) -> tuple[str, str]:
    if given(asked).keys() - {"what", "near", "page"}:
        return "没有符合条件的记录", "放宽或清除筛选条件再看。"
    if gone:
        return "都核实过了", "已排除的列在下面，可以撤回。"
    return "没有待核实的", "本人可见的土地上没有要核实的，这是好消息。"
