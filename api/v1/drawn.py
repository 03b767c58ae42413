"""The charts of a run by name, and their pictures, for whoever asks: an address, the command."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from api.errors import BadParameterError
from api.v1.outside import nobody
from api.web import cells, language, place_areas, place_charts, ranking_picture
from gis import contracts
from gis.assessment import park_values
from gis.errors import UsageError
from gis.law import Law
from gis.outputs.pictures import png, svg
from gis.outputs.pictures.chart import Chart, Form, Name
from gis.ranking.scheme import DEFAULT
from gis.store import pages, results
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run

TYPES: dict[Form, str] = {"svg": "image/svg+xml", "png": "image/png"}
NO_FONT = (
    "这台机器没有中文字体，PNG 里的中文画不出来：安装中文字体（如 fonts-noto-cjk），或者用 SVG。"
    " No Chinese font on this machine, a PNG would have blanks: install one"
    " (fonts-noto-cjk), or take the SVG."
)


class Wished(NamedTuple):
    """Which chart, and what it is of: see `_TAKES`."""

    name: Name
    park: str | None = None
    block: str | None = None
    figure: str | None = None
    year: int | None = None
    scheme: str | None = None
    reading: str | None = None
    region: str | None = None
    tongue: language.Language = "zh"


# What each chart may be asked with.
_TAKES: dict[Name, frozenset[str]] = {
    "park": frozenset({"park", "year"}),
    "trend": frozenset({"park", "block", "figure"}),
    "ranking": frozenset({"year", "scheme", "reading", "region"}),
    "funnel": frozenset({"park", "block"}),
    "blocks": frozenset({"park", "figure"}),
}
_OPTIONS = ("park", "block", "figure", "year", "scheme", "reading", "region")


def chart_of(
    connection: Connection, run: Run, law: Law, scope: Scope | None, wished: Wished
) -> Chart:
    """Return a chart of a run; UsageError where it lacks what it is drawn of.

    A place outside the land of the scope is not found; BadParameterError for a figure nobody knows,
    a chart without its place, and one asked with what it does not know.
    """
    _must_know(wished)
    if wished.name == "ranking":
        choice = ranking_picture.Choice(
            wished.year, wished.scheme or DEFAULT, wished.reading, wished.region
        )
        return _known(ranking_picture.of_choice(connection, run, law, scope, choice, wished.tongue))
    if wished.figure is not None and wished.figure not in contracts.CODES["indicator"]:
        raise BadParameterError(
            f"没有指标 {wished.figure}。 There is no figure {wished.figure}.",
            "看 see: landwatch indicators --json",
        )
    kind, code, name = _place(connection, run, scope, wished)
    if wished.name == "park":
        held = park_values.of_park(connection, run, law, code, wished.year)
        return _known(place_charts.of_control(held, name, wished.tongue))
    if wished.name == "blocks":
        drawn = place_areas.of_park(
            connection, run, scope, code, wished.figure or "built_rate", wished.tongue
        )
        return _titled(drawn, name)
    asked = Asked(where={"place_kind": [kind], "place_code": [code]}, within=scope)
    rows = cells.rows_of(results.read(connection, run, "indicator", asked))
    if wished.name == "trend":
        figure = wished.figure or "output_per_mu"
        return _titled(place_charts.of_year(rows, figure, run.as_of, wished.tongue), name)
    of_day = {row["name"]: row for row in rows if row["year"] is None}
    return _titled(place_charts.of_stages(of_day, wished.tongue), name)


def drawn(chart: Chart, form: Form, tongue: language.Language) -> bytes:
    """Return a chart as a picture; UsageError for a PNG where no font has Chinese letters."""
    picture = svg.drawn(chart, language.said("不明", tongue))
    if form == "svg":
        return picture.encode()
    if not png.has_chinese():
        raise UsageError(NO_FONT, "安装字体 install it: sudo apt-get install fonts-noto-cjk")
    return png.of(picture)


def _must_know(wished: Wished) -> None:
    """Raise BadParameterError where a chart is asked with what says nothing of it."""
    given = [name for name in _OPTIONS if getattr(wished, name) is not None]
    takes = _TAKES[wished.name]
    if needless := [name for name in given if name not in takes]:
        raise BadParameterError(
            f"图 {wished.name} 不用 {'、'.join(needless)}。"
            f" The chart {wished.name} takes no {', '.join(needless)}.",
            f"可用 it takes: {', '.join(name for name in _OPTIONS if name in takes)}",
        )


def _place(
    connection: Connection, run: Run, scope: Scope | None, wished: Wished
) -> tuple[str, str, str]:
    """Return kind, code and name of the one place asked for."""
    is_of_park = wished.name in ("park", "blocks")
    given = [
        (kind, code) for kind, code in (("park", wished.park), ("block", wished.block)) if code
    ]
    if len(given) != 1 or (is_of_park and wished.park is None):
        option = "--park" if is_of_park else "--park / --block"
        raise BadParameterError(
            f"图 {wished.name} 要指明一个{'园区' if is_of_park else '园区或者区块'}。"
            f" The chart {wished.name} is of one {'park' if is_of_park else 'park or block'}.",
            f"加 add {option}",
        )
    kind, code = given[0][0], str(given[0][1])
    wanted = Wanted({f"{kind}_code": [code]}, limit=1)
    found, _ = pages.of_records(connection, run, f"{kind}s", wanted, scope)
    if found.empty:
        raise nobody(code)
    name = found["name"].iloc[0]
    return kind, code, name if isinstance(name, str) else code


def _titled(chart: Chart | None, of: str) -> Chart:
    """Return a chart with whose it is before its title: it stands alone in a report."""
    told = _known(chart)
    return replace(told, title=f"{of} {told.title}")


def _known(chart: Chart | None) -> Chart:
    if chart is None or chart.is_empty:
        raise UsageError(
            "没有可画的数值。 Nothing is known that could be drawn.",
            "缺什么看指标 what lacks: landwatch indicators",
        )
    return chart
