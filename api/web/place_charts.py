"""The charts of a block or a park, of figures its run has stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from api.web import language, written
from api.web.drawn.plan import Plan
from gis import contracts, units
from gis.assessment.park_values import Held
from gis.control import wording
from gis.outputs.pictures.chart import Chart, Series


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


# Approved land, each a part of the one before it (gis/parks/stages.py).
STAGES = ("approved_m2", "approved_supplied_m2", "approved_started_m2", "approved_built_m2")
_UNKNOWN = "approved_supplied_unknown_m2"
AREAS = (*STAGES, _UNKNOWN)


def of_stages(figures: Mapping[str, Mapping[str, Any]], tongue: language.Language) -> Chart | None:
    """Return how far the approved land of a place has come, in 公顷; None without approved land."""
    areas = [figures[name]["value"] for name in STAGES if name in figures]
    if len(areas) < len(STAGES) or not areas[0]:
        return None
    said = partial(language.said, language=tongue)
    unknown = figures[_UNKNOWN]["value"]
    return Chart(
        kind="funnel",
        title=said("从批准到建成"),
        unit=said("公顷"),
        names=[language.label("indicator", name, tongue) for name in STAGES],
        series=[Series(said("公顷"), [units.hectares(one) for one in areas])],
        note=said(
            "逐级为前者的一部分，百分比为占已批准的比例；其中 {} 公顷已供应、建设情况不明"
        ).format(written.hectares(unknown)),
        digits=4,
    )


# 亩均 of the firms of a place, in 万元/亩, each against the years.
_YEARLY = ("output_per_mu", "tax_per_mu", "invested_per_mu")


def of_years(
    rows: Sequence[Mapping[str, Any]], as_of: date, tongue: language.Language
) -> list[Chart]:
    """Return the 亩均 figures of a place over the years; a year that is unknown is a gap.

    rows    indicators of a place; a figure of less than two years is not drawn
    """
    charts = [of_year(rows, name, as_of, tongue) for name in _YEARLY]
    return [one for one in charts if one is not None]


def of_year(
    rows: Sequence[Mapping[str, Any]], name: str, as_of: date, tongue: language.Language
) -> Chart | None:
    """Return one yearly figure of a place over the years; None where less than two are known."""
    said = partial(language.said, language=tongue)
    own = [one for one in rows if one["name"] == name and one["year"] is not None]
    told = sorted((int(one["year"]), one["value"]) for one in own)
    unknown = [str(year) for year, value in told if written.is_unknown(value)]
    if len(told) - len(unknown) < 2:
        return None
    title = language.label("indicator", name, tongue)
    is_over_land = any(one["area_kind"] is not None for one in own)
    notes = [said("土地按 {} 的建成区").format(as_of)] if is_over_land else []
    if unknown:
        notes.append(said("{} 年有企业未报或者存疑，不明").format(" ".join(unknown)))
    unit = own[0]["unit"]
    return Chart(
        kind="trend", title=title,
        unit=language.label("unit", unit, tongue) if unit in contracts.CODES["unit"] else unit,
        names=[str(year) for year, _ in told],
        series=[Series(title, [value for _, value in told])],
        note=said("；").join(notes),
    )  # fmt: skip


def of_control(held: Sequence[Held], name: str, tongue: language.Language) -> Chart:
    """Return the figures of a park in percent of the least that is asked there.

    Each bar says its figure and the value it is held against.
    """
    said = partial(language.said, language=tongue)

    def told(one: Held) -> str:
        figure = language.label("indicator", one.figure, tongue)
        value = wording.amount(one.control, one.value, tongue) or said("不明")
        year = "" if one.year is None else f" {one.year}"
        return f"{figure}{year} {value} / {wording.bounds(one.control, one.least, None, tongue)}"

    papers = dict.fromkeys(one.document for one in held)
    return Chart(
        kind="bars",
        title=said("{} 与控制指标").format(name),
        unit="%",
        names=[told(one) for one in held],
        series=[
            Series(
                said("占控制值"),
                [None if one.value is None else 100 * one.value / one.least for one in held],
            )
        ],
        marks={said("控制值"): [100.0] * len(held)},
        note=said("；").join(papers),
    )


def of_places(
    values: Mapping[str, float | None],
    places: Mapping[str, str],
    name: str,
    tongue: language.Language,
) -> Chart:
    """Return one rate of several places side by side; `places`: code -> name, in order."""
    title = language.label("indicator", name, tongue)
    return Chart(
        kind="bars",
        title=title,
        unit="%",
        names=[*places.values()],
        series=[Series(title, [values.get(code) for code in places])],
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
