"""How far approved land has come: approved, of it supplied, of that started, of that built."""

from __future__ import annotations

import pandas as pd

# Each is a part of the one before it; what is unknown of supplied land is told apart.
STAGES = ("approved", "approved_supplied", "approved_started", "approved_built")
UNKNOWN = "approved_supplied_unknown"


def stages(pieces: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the approved land of each park or block (`by` its code column) by stage, m2.

    Columns: the code, one for each of STAGES and UNKNOWN with _m2, planar areas. Land started is
    supplied and building or built; supplied land of unknown development is in neither and stands
    in UNKNOWN. Land supplied or built without approval is in none.

    >>> land = [("yes", "paid", "built", 4.0), ("yes", "paid", "unknown", 2.0),
    ...         ("yes", "no", "built", 1.0), ("no", "paid", "built", 8.0)]
    >>> names = ["approved", "supplied", "development", "area_planar_m2"]
    >>> of_park = pd.DataFrame(land, columns=names).assign(park_code="P")
    >>> stages(of_park, "park_code").set_index("park_code").loc["P"].tolist()
    [7.0, 6.0, 4.0, 4.0, 2.0]
    """
    pieces = pieces.dropna(subset=by)
    development = pieces["development"]
    is_approved = pieces["approved"] == "yes"
    is_supplied = is_approved & (pieces["supplied"] != "no")
    chosen = {
        "approved": is_approved,
        "approved_supplied": is_supplied,
        "approved_started": is_supplied & development.isin(["building", "built"]),
        "approved_built": is_supplied & (development == "built"),
        UNKNOWN: is_supplied & (development == "unknown"),
    }
    areas = pd.DataFrame(
        {f"{name}_m2": pieces["area_planar_m2"].where(one, 0.0) for name, one in chosen.items()}
    )
    return areas.groupby(pieces[by]).sum().reset_index()
