"""What speaks of one supply: its own papers, the land it is drawn on, and nothing that lies around.

What the clock says of a supply rests on its papers; its neighbours are no part of the answer. What
an agreement asks is reached by buildings, and these may be those of other land in the same place.
"""

from __future__ import annotations

import pandas as pd

from gis.facts.dependencies import PAPERS_OF_SUPPLIES
from gis.facts.gather import DATED, Records, effective_by
from gis.facts.neighbourhood import Reader, cited, of_one_holder, search_boxes, whole_on_table
from gis.store.record_filter import RecordFilter


def papers_of(read: Reader, keys: pd.Index) -> Records:
    """Return the records that speak of the supplies of these keys, and of those held with them.

    What an enterprise pays is measured over all the land it holds, so its other supplies count.
    """
    own = cited(read("supplies", RecordFilter(named={"key": keys})))
    refs = [*own, *of_one_holder(read, own)]
    asked = RecordFilter(named={"supply_no": refs, "contract_no": refs, "key": keys})
    supplies = read.on_table("supplies", asked)
    named = RecordFilter(named={"supply_no": cited(supplies)})
    parcels = read("parcels", named)
    shapes = pd.concat([supplies["geom"], parcels["geom"]]).dropna().to_numpy(dtype=object)
    on_table = read.each_on_table(sorted(PAPERS_OF_SUPPLIES), named)
    near = RecordFilter(search_boxes(shapes), {"supply_no": cited(supplies)})
    # They are asked for by agreements alone.
    has_agreement = not on_table["agreements"].empty
    buildings = read.on_table("buildings", near if has_agreement else RecordFilter())
    if has_agreement:
        supplies = _with_those_there(read, supplies, near)
        named = RecordFilter(named={"supply_no": cited(supplies)})
        parcels = read("parcels", named)
        on_table |= read.each_on_table(["agreements", "right_endings"], named)
    on_table |= {"supplies": supplies, "buildings": buildings, **whole_on_table(read)}
    dated = {
        "parcels": parcels,
        "blocks": read("blocks", RecordFilter(search_boxes(shapes))),
        **{kind: effective_by(table, read.as_of) for kind, table in on_table.items()},
        "regions": read("regions", RecordFilter(keys=("", None))),
    }
    nothing = {kind: read(kind, RecordFilter()) for kind in DATED if kind not in dated}
    undated = {kind: read.undated(kind, RecordFilter()) for kind in ("supplies", "approvals")}
    former = read.former(RecordFilter())
    return Records(read.as_of, read.known_at, None, {**dated, **nothing}, undated, former, on_table)


def _with_those_there(read: Reader, supplies: pd.DataFrame, near: RecordFilter) -> pd.DataFrame:
    """Return the supplies with all that may lie where they lie: land may be supplied twice."""
    there = RecordFilter(near.boxes)
    lent = read("parcels", there, ("supply_no",))["supply_no"].dropna()
    either = {"supply_no": lent, "contract_no": lent}
    met = read.on_table("supplies", RecordFilter(near.boxes, either))
    both = pd.concat([supplies, met]).drop_duplicates("key")
    return both.sort_values("key", ignore_index=True)
