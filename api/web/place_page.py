"""The page of a block or a park: what may be taken back and why, what comes next, all figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Literal, get_args
from urllib.parse import quote

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Response

from api import store
from api.shown import JudgedRun, Shown
from api.v1.asked import Findings
from api.v1.outside import nobody
from api.web import (
    cells,
    frame,
    language,
    overdue,
    place_areas,
    place_charts,
    place_figures,
    place_sums,
    places,
)
from api.web.blocks import SUSPECTED, known
from api.web.drawn import plan
from api.web.place_sums import Sums
from api.web.subject.place import LISTS, Drawn
from gis import contracts, identifiers
from gis.outputs.export.choose import held_back
from gis.store import pages, results
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope

router = APIRouter(tags=["pages 页面"])

Kind = Literal["block", "park"]
# What is printed: map, accounts, rates, what may be taken back and comes next; or all there is.
Sheet = Literal["short", "long"]
_PLAN_WIDTH, _PLAN_HEIGHTS = 470.0, (170.0, 330.0)
# The largest are drawn; of a list so many are shown, the whole of it stands in the lists.
_MOST_DRAWN, _MOST_LISTED, _NEXT = 1_500, 60, 20
_RECOVERY = "recovery"
_SHOWN = ("subject", "rule", "outcome", "name", "since_on", "next_on", "next_event", "area_m2",
          "start_state", "evidence_grade", "track", "missing", "clashes")  # fmt: skip
# What lies outside by less than this share of its area is the width of a drawn line.
_BEYOND_SHARE = 0.01
_AHEAD = timedelta(days=365)
# What blocks may be coloured by.
Figure = Literal["development_rate", "supply_rate", "built_rate", "development_intensity",
                 "idle_rate", "suspected_rate", "unsupplied_rate", "unknown_rate"]  # fmt: skip
RATES = get_args(Figure)
ACCOUNTS = (("A_m2", "B21_m2", "B22_m2", "C_m2", "unknown_development_m2"),
            ("D1_m2", "D2_m2", "E_m2", "F_m2", "unknown_supply_m2"))  # fmt: skip


@router.get("/block/{code:path}", response_class=Response, include_in_schema=False)
def block(code: str, shown: JudgedRun, sheet: Sheet = "short") -> Response:
    """Return the page of a block."""
    return _page(shown, "block", code, sheet)


@router.get("/park/{code:path}", response_class=Response, include_in_schema=False)
def park(
    code: str, shown: JudgedRun, figure: Figure = "built_rate", sheet: Sheet = "short"
) -> Response:
    """Return the page of a park, with its blocks, coloured by one figure."""
    return _page(shown, "park", code, sheet, figure)


def _page(
    shown: Shown, kind: Kind, code: str, sheet: Sheet, figure: Figure = "built_rate"
) -> Response:
    record = next((row for name in dict.fromkeys((code, identifiers.key(code)))
                   for row in known(shown, f"{kind}s", name)), None)  # fmt: skip
    if record is None:
        raise nobody(code)
    code = record[f"{kind}_code"]
    blocks = known(shown, "blocks", park=code) if kind == "park" else []
    counted = place_sums.found(shown)
    sums = (counted.blocks if kind == "block" else counted.parks).get(code, Sums())
    figures = _indicators(shown, kind, code)
    rates = {row["name"]: row for row in figures if row["year"] is None}
    taken, taken_count = _to_take_back(shown, kind, code)
    coming, coming_count, turning = _coming(shown, kind, code)
    found_idle, found_count = _found_idle(shown, kind, code)
    late = overdue.steps_of(shown, _asked(shown, kind, code).places)
    tongue = language.of(shown.request)
    intensity = place_figures.told(figures, {*RATES, *ACCOUNTS[0], *ACCOUNTS[1]}, tongue)
    return frame.page(
        shown.request, shown.caller, "place.html.jinja",
        run=shown.run, here="/blocks", kind=kind, code=code, record=record,
        name=record["name"] or code, sums=sums, suspected=SUSPECTED,
        taken=taken, taken_count=taken_count, coming=coming, coming_count=coming_count,
        turning=turning, late=late, found_idle=found_idle, found_count=found_count,
        early=_early, taken_off=place_sums.taken_off, is_early=is_early,
        held=[row for row in taken if row["is_held"]],
        partly={rule: _touching(shown, kind, code, rule) - sums.count(rule) for rule in LISTS},
        unsupplied_m2=place_sums.official_m2(shown, kind).get(code),
        rates=(told := [one for name in RATES if (one := rates.get(name))]),
        rates_chart=place_charts.of_rates(told, language.of(shown.request)),
        accounts=[[one for name in names if (one := rates.get(name))] for names in ACCOUNTS],
        stages=place_charts.of_stages(rates, language.of(shown.request)),
        intensity=intensity, lacking=place_figures.lacking(intensity),
        trends=place_charts.of_years(figures, shown.run.as_of, language.of(shown.request)),
        areas=place_areas.of_park(
            shown.connection, shown.run, shown.scope, code, figure, language.of(shown.request)
        ) if blocks else None,
        figure=figure, figures=RATES, sheet=sheet, language=language.of(shown.request),
        pictures=_pictures(shown, kind),
        lies=_lies(shown, kind, code),
        where=places.names_of(shown.connection, shown.run, record | {f"{kind}_code": None}),
        blocks=_with_sums(shown, blocks),
        quoted=quote(code, safe=""), event_of=event_list,
        lists=LISTS,
    )  # fmt: skip


def _pictures(shown: Shown, kind: Kind) -> list[tuple[str, str]]:
    """Return the charts of a place that are drawn for reports, and what each is called."""
    said = partial(language.said, language=language.of(shown.request))
    of_any = [("funnel", said("从批准到建成")), ("trend", said("历年亩均"))]
    of_park = [("blocks", said("区块")), ("park", said("控制指标"))]
    return of_any if kind == "block" else [*of_any, *of_park]


def event_list(rule: str, event: str) -> str:
    """Return the code list the next event of a finding is of."""
    lists = ("unsupplied",) if rule == "unsupplied" else ("track", "outcome", "agreement")
    return next(name for name in lists if event in contracts.CODES[name])


def _asked(shown: Shown, kind: Kind, code: str, **more: Any) -> Asked:
    land = Scope(blocks=[code]) if kind == "block" else Scope(parks=[code])
    return Asked(within=shown.scope, places=[land], **more)


def _touching(shown: Shown, kind: Kind, code: str, rule: str) -> int:
    """Return how much land of a rule lies in a place, also in part: what its list shows."""
    return _rows(shown, _asked(shown, kind, code, where={"rule": [rule]}, limit=1))[1]


def _rows(shown: Shown, asked: Asked) -> tuple[pd.DataFrame, int]:
    return store.lists(shown.request).of_run(
        shown.connection, shown.run, "finding", asked, Findings.columns()
    )


def _told(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return findings with what the page says of them."""
    return cells.rows_of(found[[*_SHOWN]])


def _to_take_back(shown: Shown, kind: Kind, code: str) -> tuple[list[dict[str, Any]], int]:
    """Return the land whose direction is 无偿收回, then what would be if confirmed, with why.

    And how many there are: so many are shown, what is certain first.
    """
    rows: list[dict[str, Any]] = []
    total = 0
    for outcomes in (["found_idle"], ["suspected_idle"], ["candidate"]):
        where = {"rule": ["idle_land"], "track": [_RECOVERY], "outcome": outcomes}
        room = max(_MOST_LISTED - len(rows), 1)
        found, count = _rows(shown, _asked(shown, kind, code, limit=room, where=where,
                                           sorted_by="since_on"))  # fmt: skip
        total += count
        if len(rows) < _MOST_LISTED:
            rows += [row | {"is_held": bool(is_held)} for row, is_held in
                     zip(_told(found), held_back(found), strict=True)]  # fmt: skip
    told = _holdings(shown, [row["subject"] for row in rows])
    return [told.get(row["subject"], {}) | row for row in rows], total


def _found_idle(shown: Shown, kind: Kind, code: str) -> tuple[list[dict[str, Any]], int]:
    """Return the land found idle by a 认定书, with that paper and what became of it; how much."""
    where = {"rule": ["idle_land"], "outcome": ["found_idle"]}
    found, count = _rows(shown, _asked(shown, kind, code, limit=_MOST_LISTED, where=where,
                                       sorted_by="since_on"))  # fmt: skip
    told = _holdings(shown, [*found["subject"]])
    return [told.get(row["subject"], {}) | row for row in _told(found)], count


def _early(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of suspected land whose newest sighting is older than what it should prove."""
    return [row for row in rows if row["outcome"] != "candidate" and is_early(row)]


def is_early(row: Mapping[str, Any]) -> bool:
    """Return whether a finding lacks a sighting from the day on which its years were full."""
    return any(str(one).startswith("evidence_after:") for one in row["missing"] or ())


def _with_sums(shown: Shown, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted, official = place_sums.found(shown), place_sums.official_m2(shown, "block")
    rows = [row | {"sums": counted.blocks.get(row["block_code"], Sums())} for row in blocks]
    return [row | {"unsupplied_m2": official.get(row["block_code"], row["sums"].area("unsupplied"))}
            for row in rows]  # fmt: skip


def _coming(
    shown: Shown, kind: Kind, code: str
) -> tuple[list[dict[str, Any]], int, dict[str, Any] | None]:
    """Return what changes next within a year if no fact does, the first day first, and how much.

    And the first of it that turns to 无偿收回, which may come behind what is listed.
    """
    day = shown.run.as_of
    asked = _asked(
        shown, kind, code, limit=_NEXT, sorted_by="next_on",
        ranges={"next_on": (day + timedelta(days=1), day + _AHEAD)},
    )  # fmt: skip
    found, count = _rows(shown, asked)
    rows = _told(found)
    turning = next((row for row in rows if row["next_event"] == _RECOVERY), None)
    if turning is None and count > len(rows):
        later = replace(asked, where={"next_event": [_RECOVERY]}, limit=1)
        rest = results.read(shown.connection, shown.run, "finding", later)
        turning = next(iter(_told(rest)), None)
    named = [*rows, *([turning] if turning else [])]
    told = _holdings(shown, [row["subject"] for row in named])
    rows = [told.get(row["subject"], {}) | row for row in rows]
    rows.sort(key=lambda row: (row["next_on"], row["next_event"] != _RECOVERY))
    return rows, count, told.get(turning["subject"], {}) | turning if turning else None


def _holdings(shown: Shown, subjects: list[str]) -> dict[str, dict[str, Any]]:
    if not subjects:
        return {}
    asked = Asked(where={"subject": subjects}, within=shown.scope)
    rows = results.read(shown.connection, shown.run, "holding", asked)
    kept = ["subject", "holder", "start_due_on", "two_years_on", "found_document", "found_on",
            "found_cause", "disposal_plan", "disposal_result"]  # fmt: skip
    return {row["subject"]: row for row in cells.rows_of(rows[kept])}


def _indicators(shown: Shown, kind: Kind, code: str) -> list[dict[str, Any]]:
    asked = Asked(where={"place_kind": [kind], "place_code": [code]}, within=shown.scope)
    return cells.rows_of(results.read(shown.connection, shown.run, "indicator", asked))


def _lies(shown: Shown, kind: Kind, code: str) -> dict[str, Any] | None:
    """Return the plan of a place: its findings by status, the largest, and its outlines."""
    outlines = _outlines(shown, kind, code)
    shapes = np.array([*outlines["geom"]], dtype=object)
    if not len(shapes):
        return None
    sheet = plan.fitted([shapes[0]], _PLAN_WIDTH, _PLAN_HEIGHTS, 0.06)
    rules = {"rule": [*LISTS]}
    found, count = _rows(shown, _asked(shown, kind, code, limit=_MOST_DRAWN, where=rules,
                                       sorted_by="area_m2", is_falling=True))  # fmt: skip
    paths = sheet.paths(found["geom"].to_numpy(dtype=object))
    drawn = [
        Drawn(path, LISTS[rule], outcome, subject)
        for path, rule, outcome, subject in zip(
            paths, found["rule"], found["outcome"], found["subject"], strict=True
        )
        if path
    ]
    # Of a park each block is called by its name; a block's own stands above.
    named = outlines[outlines["is_block"]] if kind == "park" else outlines[:0]
    at = sheet.points(named["geom"].to_numpy(dtype=object))
    return {"plan": sheet, "shapes": drawn, "outlines": sheet.paths(shapes),
            "names": [*zip(at, named["name"], strict=True)],
            "left": count - len(drawn), "beyond": _beyond(found["geom"], shapes[0]),
            "legend": _legend(drawn)}  # fmt: skip


def _legend(drawn: Sequence[Drawn]) -> list[tuple[str, str]]:
    """Return the codes drawn, with the list of each; what is called alike in two lists once."""
    named = {
        language.label(one.code_list, one.code, "zh", is_short=True): (one.code_list, one.code)
        for one in drawn
    }
    return [*named.values()]


def _beyond(shapes: pd.Series, outline: shapely.Geometry) -> int:
    """Return how many shapes reach beyond an outline, by more than their borders differ."""
    known = shapes[shapes.notna()].to_numpy(dtype=object)
    outside = shapely.area(shapely.difference(known, outline))
    return int((outside > _BEYOND_SHARE * shapely.area(known)).sum())


def _outlines(shown: Shown, kind: Kind, code: str) -> pd.DataFrame:
    """Return geom, name and whether it is a block of a place and, in a park, of its blocks."""
    own, _ = pages.of_records(shown.connection, shown.run, f"{kind}s",
                              Wanted({f"{kind}_code": [code]}, limit=1), shown.scope)  # fmt: skip
    frames = [own]
    if kind == "park":
        within, _ = pages.of_records(
            shown.connection,
            shown.run,
            "blocks",
            Wanted({"park_code": [code]}, limit=200),
            shown.scope,
        )
        frames.append(within)
    # What has no name is called by its code.
    codes = (f"{kind}_code", "block_code")
    told = pd.concat([
        pd.DataFrame({"geom": one["geom"], "name": one["name"].fillna(one[codes[at]]),
                      "is_block": bool(at)})
        for at, one in enumerate(frames)
    ])  # fmt: skip
    return told[told["geom"].notna()]
