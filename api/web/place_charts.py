"""The charts of a block or a park, of figures its run has stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from api.web import language
from api.web.chart import Chart, Series


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
