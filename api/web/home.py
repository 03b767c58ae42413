"""The first page: what is to be looked at in this period."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Response

from api.shown import JudgedRun, Shown
from api.web import frame
from gis.tiles.layers import BETWEEN, LAYERS
from gis.tiles.maker import Tiles

router = APIRouter(tags=["pages 页面"])

Sums = Mapping[str, tuple[int, float]]


@router.get("/", response_class=Response, include_in_schema=False)
def home(shown: JudgedRun) -> Response:
    """Return the page a person starts from: figures of the land they may see."""
    return frame.page(
        shown.request,
        shown.caller,
        "home.html.jinja",
        run=shown.run,
        sums=sums(shown, "idle_land"),
        unsupplied=sums(shown, "unsupplied"),
    )


def sums(shown: Shown, rule: str) -> Sums:
    """Return outcome -> how many findings of a rule, and their area in m2, on the day shown."""
    tiles: Tiles = shown.request.app.state.tiles
    whole = tiles.whole(shown.connection, shown.run, LAYERS["findings"], shown.day, shown.scope)
    told: dict[str, tuple[int, float]] = {}
    for state, of_state in whole.states.items():
        of_rule, _, outcome = state.partition(BETWEEN)
        if of_rule == rule:
            told[outcome] = of_state
    return told
