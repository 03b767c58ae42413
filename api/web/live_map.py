"""The map page: what it shows at first; everything it asks for later is beside (live_map_parts).

The address says all of it: run, as_of, what is filtered (the names of /api/v1), subject, colour,
compare (a second day), layers, and where the map stands (lon, lat, zoom).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from api.shown import Shown, ToldDay
from api.v1.asked import Name, Narrowed, coded
from api.web import base_map, frame, language, written
from gis import contracts
from gis.tiles.layers import BETWEEN, LAYERS
from gis.tiles.maker import Tiles
from maps import style

router = APIRouter(tags=["pages 页面"])

SUPPLIED, UNSUPPLIED = "idle_land", "unsupplied"
# What a state of the layer of findings is drawn as: rule -> the list of its looks.
LISTS = {SUPPLIED: "outcome", UNSUPPLIED: "unsupplied"}


class Filters(Narrowed):
    """What a map and its list are filtered by; the same names as in /api/v1/findings."""

    model_config = ConfigDict(extra="ignore")

    outcome: coded("outcome", "unsupplied") | None = None  # type: ignore[valid-type]
    unsupplied: coded("unsupplied") | None = None  # type: ignore[valid-type]
    subject: Name | None = None
    colour: Literal["status", "track"] = "status"
    compare: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None


Filtered = Annotated[Filters, Query()]


@router.get("/map", response_class=Response, include_in_schema=False)
def page(shown: ToldDay, filters: Filtered) -> Response:
    """Return the map page; what is drawn comes as tiles."""
    tongue = language.of(shown.request)
    counted = counts(shown, filters)
    places = filters.narrowed()
    tiles: Tiles = shown.request.app.state.tiles
    layer = LAYERS["findings"]
    bounds = tiles.bounds(shown.connection, shown.run, layer, shown.day, shown.scope, places)
    given = given_of(shown, filters, tongue) | {
        "bounds": bounds,
        "has_base_map": base_map.is_set(),
    }
    return frame.page(
        shown.request,
        shown.caller,
        "map.html.jinja",
        run=shown.run,
        day=shown.day,
        filters=filters,
        directions=[language.label("track", one, tongue) for one in filters.track or ()],
        counted=counted,
        legend=LEGEND,
        given=given,
    )


def given_of(shown: Shown, filters: Filters, tongue: language.Language) -> dict[str, Any]:
    """Return what the scripts of a map are given: run, days, looks and words."""
    return {
        "run": shown.run.id,
        "as_of": shown.day.isoformat(),
        "judged_on": shown.run.as_of.isoformat(),
        "subject": filters.subject,
        "colour": filters.colour,
        "place": {
            name: getattr(filters, name)
            for name in ("region", "park", "block", "track", "text", "approval")
        },
        "looks": _looks(tongue),
        "words": {key: language.said(text, tongue) for key, text in _WORDS.items()},
    }


def counts(shown: Shown, filters: Filters) -> dict[str, dict[str, Any]]:
    """Return list of looks -> code and `total` -> how many, and their area as it is written."""
    tiles: Tiles = shown.request.app.state.tiles
    whole = tiles.whole(
        shown.connection, shown.run, LAYERS["findings"], shown.day, shown.scope, filters.narrowed()
    )
    told: dict[str, dict[str, Any]] = {}
    for rule, name in LISTS.items():
        own = {
            code: whole.states.get(f"{rule}{BETWEEN}{code}", (0, 0.0))
            for code in contracts.CODES[name]
        }
        total = sum(number for number, _ in own.values()), sum(area for _, area in own.values())
        lost = sum(
            number
            for word, number in whole.unplaced_states.items()
            if word.partition(BETWEEN)[0] == rule
        )
        told[name] = {
            code: {"count": written.count(number), "ha": written.hectares(m2), "mu": written.mu(m2)}
            for code, (number, m2) in {**own, "total": total}.items()
        }
        # What has no shape is counted and listed, and on no map: that is told beside the sum.
        told[name]["unplaced"] = {"count": written.count(lost), "is_any": lost > 0}
    return told


def _looks(tongue: language.Language) -> dict[str, Any]:
    return {
        name: [
            {"code": look.code, "colour": look.colour, "pattern": look.pattern,
             "words": language.label(name, look.code, tongue, is_short=True)}
            for look in style.styles(name).values()
        ]
        for name in ("outcome", "unsupplied", "track", "state", "confidence")
    }  # fmt: skip


# The lists of a legend in its order, with the unit of what is counted.
LEGEND = (("outcome", "已供宗地", "宗"), ("unsupplied", "批而未供地块", "块"))
# What the scripts of the page say.
_WORDS = {
    "no_webgl": "这台电脑的浏览器不能绘制活动地图（需要 WebGL 2）。请用区块地图。",
    "no_worker": "地图的绘制程序没有载入。请核对网络后刷新；仍不行时请用区块地图。",
    "slow": "地图没有在 15 秒内出现。请刷新；仍不行时请用区块地图。",
    "block_maps": "打开区块地图", "fault": "地图的一部分没有取到，请刷新。",
    "counted": "视野内 {total} 处，其中 {merged} 处按格网计数",
    "all_drawn": "{total} 处，全部绘出",
    "east": "东", "north": "北", "zone": "CGCS2000 三度带",
    "metres": "米", "kilometres": "公里", "ha": "公顷", "mu": "亩",
    "measure": "在图上逐点点击，双击结束；Esc 取消", "length": "长度", "area": "面积",
    "ellipsoid": "椭球面积", "plane": "投影面积",
    "next_change": "下一节点 {day}，{count} 处变化", "no_change": "此后没有已知的变化",
    "no_base_map": "底图没有取到，宗地不受影响",
    "no_shape": "{subject} 没有图形，图上没有它的位置",
    "nothing_found": "没有找到", "coordinates": "坐标",
}  # fmt: skip
