"""The blocks of a park coloured by one indicator."""

from __future__ import annotations

from api.web import language, place_charts
from api.web.drawn import plan
from gis.outputs.pictures.chart import Chart
from gis.store import pages, results
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run

_PLAN = (640.0, 300.0)
# More would be too small to be told apart.
MOST = 400


def of_park(
    connection: Connection,
    run: Run,
    scope: Scope | None,
    park_code: str,
    name: str,
    tongue: language.Language,
) -> Chart | None:
    """Return the blocks of a park by an indicator of the run; None where no block has a shape."""
    wanted = Wanted({"park_code": [park_code]}, limit=MOST)
    blocks, _ = pages.of_records(connection, run, "blocks", wanted, scope)
    shapes = blocks["geom"].dropna().to_numpy(dtype=object)
    if not len(shapes):
        return None
    where = {"place_kind": ["block"], "place_code": [*blocks["block_code"]], "name": [name]}
    figures = results.read(connection, run, "indicator", Asked(where=where, within=scope))
    # Of a yearly figure the newest.
    figures = figures.sort_values("year", na_position="last").drop_duplicates(
        "place_code", keep="last"
    )
    # A block without a name is called by its code.
    kept = blocks[["block_code", "name", "geom"]]
    kept = kept.assign(name=kept["name"].fillna(kept["block_code"]))
    rows = [{str(key): value for key, value in row.items()} for row in kept.to_dict("records")]
    unit = next(iter(figures["unit"]), "%")
    return place_charts.of_blocks(
        rows,
        dict(zip(figures["place_code"], figures["value"], strict=True)),
        name,
        unit,
        plan.around([*shapes], _PLAN, 0.03),
        tongue,
    )
