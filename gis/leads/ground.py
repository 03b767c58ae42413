"""What leads are looked for in: the tables of a day, each with its shapes in EPSG:4490."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Ground:
    """Tables with geom (EPSG:4490); the columns each has are listed where they are used.

    `supplies` are those in force on the day, `held` also those whose right has ended. Where no
    drawing of an approval is known at all (`has_approvals`), nothing is said of land outside them.
    """

    supplies: pd.DataFrame
    held: pd.DataFrame
    approvals: pd.DataFrame
    parcels: pd.DataFrame
    former: pd.DataFrame
    buildings: pd.DataFrame
    surveyed: pd.DataFrame
    withdrawals: pd.DataFrame
    parks: pd.DataFrame
    regions: pd.DataFrame
    blocks: pd.DataFrame
    used: pd.DataFrame
    compared: pd.DataFrame
    supplied_late: pd.DataFrame
    built_late: pd.DataFrame
    has_approvals: bool
