"""The charts of a block or a park, of figures its run has stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from api.web import language
from api.web.chart import Chart, Series
from api.web.drawn.plan import Plan


def of_rates(rates: Sequence[Mapping[str, Any]], tongue: language.Language) -> Chart:
    """Return the rates of a place side by side, in percent."""
    said = partial(language.said, language=tongue)
    return Chart(
        kind="bars",
        title=said("土地利用各率"),
        unit="%",
        names=[language.label("indicator", one["name"], tongue) for one in rates],
        series=[Series(said("百分比"), [one["value"] for one in rates])],
        note=said("未供先建、未备先供的地方可以超过 100%，照实画出"),
    )


def of_blocks(
    blocks: Sequence[Mapping[str, Any]],
    values: Mapping[str, float | None],
    name: str,
    unit: str,
    sheet: Plan,
    tongue: language.Language,
) -> Chart:
    """Return blocks coloured by one indicator, the darker the more.

    blocks  block_code, name and geom of each, in EPSG:4490; `sheet` the plan they are drawn on
    values  block_code -> the value in `unit`; a block not in it is unknown
    """
    drawn = [one for one in blocks if one["geom"] is not None]
    shapes = np.array([one["geom"] for one in drawn], dtype=object)
    left = len(blocks) - len(drawn)
    return Chart(
        kind="areas",
        title=language.label("indicator", name, tongue),
        unit=unit,
        names=[one["name"] or one["block_code"] for one in drawn],
        series=[
            Series(
                language.label("indicator", name, tongue),
                [values.get(one["block_code"]) for one in drawn],
            )
        ],
        note=language.said("另有 {} 个区块没有图形，没有画出", tongue).format(left) if left else "",
        shapes=sheet.polygons(shapes),
    )
