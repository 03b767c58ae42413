"""Two ways to one figure: what a supply draws on an approval by its papers, and by its shape."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.approvals.balance.register import draws
from gis.approvals.overlay import Overlay


def compared(overlay: Overlay, approvals: pd.DataFrame, supplies: pd.DataFrame) -> pd.DataFrame:
    """Return the supplies drawn on paper and on the ground, one row per approval they name.

    Tables as `of_approvals` takes them, and the supplies' granted_share. Columns: approval, supply,
    drawn_m2 (granted land of the shape within the approval, planar), registered_m2. Without a
    shape, or without an area for each of several approvals, there is no second way and no row.
    """
    papers = draws(approvals, supplies)
    is_shown = papers["has_geom"] & papers["approval"].isin(overlay.approvals["approval"])
    papers = papers[is_shown & (papers["area_m2"] > 0)]
    met = papers.merge(
        overlay.pairs[["approval", "supply", "area_planar_m2"]],
        on=["approval", "supply"],
        how="left",
    )
    granted = supplies.set_index("key")["granted_share"].reindex(met["supply"])
    shown = met["area_planar_m2"].fillna(0.0).to_numpy(np.float64) * granted.to_numpy(np.float64)
    return pd.DataFrame(
        {
            "approval": met["approval"],
            "supply": met["supply"],
            "drawn_m2": shown,
            "registered_m2": met["area_m2"].astype(np.float64),
        }
    )
