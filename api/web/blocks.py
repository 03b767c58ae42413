"""Parks and blocks: what is found in each, in figures; searched, ordered, page by page."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from api.shown import JudgedRun, Shown
from api.web import cells, frame, place_sums, table
from api.web.place_sums import Sums
from api.web.table import Column, Table
from gis.pipeline import counts
from gis.store import pages, results
from gis.store.pages import Wanted
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"])

SUSPECTED = ("suspected_idle",)
_RATES = ("supply_rate", "built_rate", "unsupplied_rate")
_ROWS, _MOST = 100, 5_000
_COLUMNS = (
    Column("name", "名称", "link", "address", "name"),
    Column("code", "代码", sorted_by="code"),
    Column("park", "开发区"),
    Column("supplied", "供地（宗）", "count", sorted_by="supplied"),
    Column("found", "已认定闲置", "area", sorted_by="found"),
    Column("suspected", "疑似闲置", "area", sorted_by="suspected"),
    Column("candidates", "待核实（宗）", "count", sorted_by="candidates"),
    Column("unsupplied", "批而未供", "area", sorted_by="unsupplied"),
    Column("supply_rate", "土地供应率", "share"),
    Column("built_rate", "土地建成率", "share"),
    Column("unsupplied_rate", "批而未供率", "share"),
    Column("next_on", "下一节点", "day", sorted_by="next_on"),
)
_SORTS = Literal["name", "code", "supplied", "found", "suspected", "candidates", "unsupplied",
                 "next_on"]  # fmt: skip


@router.get("/blocks", response_class=Response, include_in_schema=False)
def page(
    shown: JudgedRun,
    text: Annotated[str | None, Query(max_length=100)] = None,
    park: Annotated[str | None, Query(max_length=100)] = None,
    sort: _SORTS = "code",
    falling: bool = False,
    start: Annotated[int, Query(ge=0, le=_MOST)] = 0,
) -> Response:
    """Return the parks and the blocks somebody may see, with what is found in each."""
    sums = place_sums.found(shown)
    parks, blocks = known(shown, "parks"), known(shown, "blocks")
    of_park = {row["park_code"]: row["name"] or row["park_code"] for row in parks}
    met = [
        row
        for row in blocks
        if (not park or row["park_code"] == park)
        and (not text or text.lower() in f"{row['block_code']} {row['name'] or ''}".lower())
    ]
    rows = [
        _row("block", row, sums.blocks.get(row["block_code"], Sums()))
        | {"park": of_park.get(row["park_code"], row["park_code"])}
        for row in met
    ]
    park_rows = [_row("park", row, sums.parks.get(row["park_code"], Sums())) for row in parks]
    for kind, listed in (("block", rows), ("park", park_rows)):
        official = place_sums.official_m2(shown, kind)
        for row in listed:
            row["unsupplied"] = official.get(row["code"], row["unsupplied"])
    rows.sort(key=lambda row: row["code"])
    rows = _sorted(rows, sort, is_falling=falling)
    page_rows = rows[start : start + _ROWS]
    _add_rates(shown, "block", page_rows)
    _add_rates(shown, "park", park_rows)
    more = start + _ROWS < len(rows)
    told = Table(
        _COLUMNS, page_rows, len(rows), _summed(rows), sorted_by=sort, is_falling=falling,
        next_address=table.address(shown.request, start=start + _ROWS) if more else None,
        empty=("没有符合条件的区块", "换一个名称或代码再找") if blocks else
        ("没有区块", "交付区块资料后再看"),
    )  # fmt: skip
    own = tuple(column for column in _COLUMNS if column.key != "park")
    return frame.page(
        shown.request, shown.caller, "blocks.html.jinja", run=shown.run,
        blocks=told, parks=Table(tuple(
            Column(one.key, one.title, one.kind, one.of) for one in own), park_rows,
            len(park_rows), empty=("没有开发区", "交付开发区资料后再看")),
        whole=sums.whole, outside=sums.outside, text=text or "", park=park or "",
        park_names=of_park, sort_address=lambda column: _sort_address(shown.request, column, sort,
                                                                      falling),
        has_approvals=counts.has_approvals(shown.run.counts.get("unsupplied_total")),
        suspected=SUSPECTED, unplaced_m2=_unplaced_m2(shown, sums.whole.area("unsupplied")),
    )  # fmt: skip


def _unplaced_m2(shown: Shown, pieces_m2: float) -> float:
    """Return by how much pieces exceed what is unsupplied: supplied or withdrawn without a place.

    Of the whole land alone, as the run counts it; 0 where nothing is to be told.
    """
    if shown.scope is not None:
        return 0.0
    asked = Asked(where={"place_kind": ["run"], "name": ["unsupplied_m2"]})
    found = results.read(shown.connection, shown.run, "indicator", asked)["value"].dropna()
    return max(pieces_m2 - float(found.iloc[0]), 0.0) if len(found) else 0.0


def known(
    shown: Shown, kind: str, code: str | None = None, park: str | None = None
) -> list[dict[str, Any]]:
    """Return the parks or blocks a run knew that somebody may see; the one of a code, of a park."""
    asked = {"key": code, "park_code": park}
    where = {name: [one] for name, one in asked.items() if one is not None}
    found, _ = pages.of_records(
        shown.connection, shown.run, kind, Wanted(where, limit=_MOST), shown.scope
    )
    return cells.rows_of(found)


def _row(kind: str, record: dict[str, Any], sums: Sums) -> dict[str, Any]:
    code = record[f"{kind}_code"]
    return {
        "code": code, "name": record["name"] or code, "address": f"/{kind}/{quote(code, safe='')}",
        "supplied": sums.count("idle_land"),
        "found": sums.area("idle_land", "found_idle"),
        "suspected": sums.area("idle_land", *SUSPECTED),
        "candidates": sums.count("idle_land", "candidate"),
        "unsupplied": sums.area("unsupplied"), "next_on": sums.next_on,
    }  # fmt: skip


def _sorted(rows: list[dict[str, Any]], by: str, *, is_falling: bool) -> list[dict[str, Any]]:
    """Return rows in an order, what is not known last either way."""
    unknown = [row for row in rows if row[by] is None]
    given = sorted((row for row in rows if row[by] is not None), key=lambda row: row[by],
                   reverse=is_falling)  # fmt: skip
    return [*given, *unknown]


def _add_rates(shown: Shown, kind: str, rows: list[dict[str, Any]]) -> None:
    codes = [row["code"] for row in rows]
    asked = Asked(where={"place_kind": [kind], "place_code": codes, "name": [*_RATES]},
                  within=shown.scope)  # fmt: skip
    found = results.read(shown.connection, shown.run, "indicator", asked) if codes else None
    told = {} if found is None else {
        (row["place_code"], row["name"]): row["value"] for row in cells.rows_of(found)
    }  # fmt: skip
    for row in rows:
        for name in _RATES:
            value = told.get((row["code"], name))
            row[name] = None if value is None else value / 100


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: sum(row[name] for row in rows)
            for name in ("supplied", "found", "suspected", "candidates", "unsupplied")}  # fmt: skip


def _sort_address(request: Request, column: Column, sort: str, is_falling: bool) -> str:
    falls = "true" if column.sorted_by == sort and not is_falling else None
    return table.address(request, sort=column.sorted_by, falling=falls, start=None)
