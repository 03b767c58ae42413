"""容积率 and 建筑系数 of supplied land, by the buildings on it, as rows of table `indicator`."""

from __future__ import annotations

import pandas as pd

from gis.facts import link
from gis.facts.gather import Records
from gis.indicators import figures, plots
from gis.pipeline.idle import Idle


def of_supplies(
    known: Records, supplied: Idle, mine: pd.Index, double_height_m: float, threads: int = 1
) -> pd.DataFrame:
    """Return the figures of the supplies of `mine` that have a building, or that one names.

    A supply of which the right has ended has none. The contract's area counts, and where there is
    none that of the shape: `area_kind` says which.
    """
    facts, registered = supplied.facts, known.dated["supplies"]
    standing = known.dated["buildings"]
    if standing.empty:
        facts, registered = facts.iloc[:0], registered.iloc[:0]
    # With the neighbours: a building may stand on land that is another's as well.
    facts = facts[facts["right_ended_on"].isna()]
    facts = facts.sort_values("subject", ignore_index=True)
    # One order whatever the parts: a sum of floats remembers the order of its terms.
    standing = standing.sort_values("key", ignore_index=True)
    records = registered.set_index("key")
    refs = link.references(records[records.index.isin(facts["subject"])].reset_index())
    numbers = standing[["supply_no"]].assign(building=standing.index).dropna(subset=["supply_no"])
    named = link.join(numbers, refs)
    number_of = pd.Series(facts.index, facts["subject"])
    named = pd.DataFrame(
        {
            "land": number_of.reindex(named["subject"]).to_numpy("int64"),
            "building": named["building"].to_numpy("int64"),
        }
    )
    found = plots.plots(
        facts["geom"].to_numpy(dtype=object), standing, named, double_height_m, threads
    )
    land = found.assign(area_m2=facts["area_m2"].reindex(found.index))
    land.index = pd.Index(facts["subject"].reindex(found.index))
    land = land[land.index.isin(mine)]
    is_registered = records["area_m2"].reindex(land.index).notna().to_numpy(bool)
    rows = pd.concat(
        [
            figures.table(plots.figures_of(land[own], kind, double_height_m), plots.SUPPLY)
            for kind, own in (("registered", is_registered), ("planar", ~is_registered))
        ],
        ignore_index=True,
    )
    return rows.assign(subject_kind="supplies", subject_key=rows["place_code"])
