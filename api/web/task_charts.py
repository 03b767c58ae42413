"""The chart of tasks: what the records show and what was confirmed, each beside the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from api.web import language
from gis import units
from gis.outputs.pictures.chart import Chart, Series
from gis.targets import quota

# Of so many tasks the chart can still be read.
_MOST = 20


def of_tasks(
    rows: Sequence[Mapping[str, Any]], decides: str, year: int, tongue: language.Language
) -> Chart | None:
    """Return the tasks of a year in 公顷, each way of each place; None where there is none.

    rows: those of table target. Tasks of several years are left to the table, as are those beyond
    the first 20.
    """
    said, label = (partial(one, language=tongue) for one in (language.said, language.label))
    own = [one for one in rows if one["way"] in quota.WAYS and one["until_year"] is None]
    seen = own[:_MOST]
    if not seen:
        return None

    def series(name: str, colour: str) -> Series:
        values = [_hectares(one[f"{name}_m2"]) for one in seen]
        return Series(label("done_stage", name), values, colour)

    left_out = len(own) - len(seen)
    return Chart(
        kind="bars",
        title=said("{} 年任务与完成").format(year),
        unit=said("公顷"),
        names=[f"{one['name'] or one['place_code']} {label('task_way', one['way'])}"
               for one in seen],
        series=[series("recorded", "s3"), series(decides, "s1")],
        marks={said("任务"): [_hectares(one["target_m2"]) for one in seen]},
        note=said("其余 {} 项见表").format(left_out) if left_out else said("不明的不当作零"),
        digits=4,
    )  # fmt: skip


def _hectares(area_m2: float | None) -> float | None:
    return None if area_m2 is None else units.hectares(area_m2)
