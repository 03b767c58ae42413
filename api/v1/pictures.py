"""GET /api/v1/charts: a chart of a run as SVG or PNG, drawn here, for a report or a wall."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from api.shown import JudgedRun
from api.small import Small
from api.v1 import drawn as pictures
from api.web.language import Language
from gis import recorded_law
from gis.outputs.pictures.chart import Form, Name

router = APIRouter(tags=["indicators 指标"], route_class=Small)

Code = Annotated[str | None, Query(max_length=100)]


@router.get(
    "/charts/{name}.{form}",
    summary="图（SVG、PNG）charts as pictures",
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in pictures.TYPES.values()}},
    },
)
def picture(
    shown: JudgedRun,
    name: Annotated[Name, Path(description="图 which chart")],
    form: Annotated[Form, Path(description="格式 form of the file")],
    park: Code = None,
    block: Code = None,
    figure: Annotated[str | None, Query(max_length=60, description="指标代码 a figure")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2200)] = None,
    scheme: Annotated[str | None, Query(max_length=60, description="考核方案 scheme")] = None,
    reading: Annotated[str | None, Query(max_length=10, description="读法 reading")] = None,
    region: Annotated[str | None, Query(max_length=12, description="行政区 a region")] = None,
    language: Language = "zh",
) -> Response:
    """Draw a chart: a park against its control values, a trend, a ranking, a funnel, the blocks.

    Every figure in it is the one the tables have; of an SVG the text can be searched and edited.
    """

    def made() -> Response:
        law = recorded_law.of(shown.connection, shown.run)
        wished = pictures.Wished(name, park, block, figure, year, scheme, reading, region, language)
        chart = pictures.chart_of(shown.connection, shown.run, law, shown.scope, wished)
        file = quote(f"{chart.title}.{form}", safe="")
        return Response(
            pictures.drawn(chart, form, language),
            media_type=pictures.TYPES[form],
            headers={"Content-Disposition": f"inline; filename*=UTF-8''{file}"},
        )

    return shown.once(made)
