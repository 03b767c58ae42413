"""The blocks of a park coloured by one indicator."""

from __future__ import annotations

import pandas as pd

from api.shown import Shown
from api.web import language, place_charts
from api.web.chart import Chart
from api.web.drawn import plan
from gis.store import pages, results
from gis.store.pages import Wanted
from gis.store.results import Asked

_PLAN = (640.0, 300.0)
# More would be too small to be told apart.
MOST = 400


def of_park(shown: Shown, park_code: str, name: str) -> Chart | None:
    """Return the blocks of a park by an indicator of the run; None where no block has a shape."""
    blocks, _ = pages.of_records(
        shown.connection,
        shown.run,
        "blocks",
        Wanted({"park_code": [park_code]}, limit=MOST),
        shown.scope,
    )
    shapes = blocks["geom"].dropna().to_numpy(dtype=object)
    if not len(shapes):
        return None
    figures = _figures(shown, [*blocks["block_code"]], name)
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
        language.of(shown.request),
    )


def _figures(shown: Shown, codes: list[str], name: str) -> pd.DataFrame:
    where = {"place_kind": ["block"], "place_code": codes, "name": [name]}
    return results.read(
        shown.connection, shown.run, "indicator", Asked(where=where, within=shown.scope)
    )
