"""What the store already knows, handed to the doctor as plain tables (intake knows no store)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes


@dataclass(frozen=True)
class Known:
    """Records in force, shapes in EPSG:4490; any of the tables may be empty.

    parcels: key, supply_no, geom; regions: region_code, name, geom; parks: park_code, name, geom.
    """

    parcels: pd.DataFrame
    regions: pd.DataFrame
    parks: pd.DataFrame

    @property
    def places(self) -> Shapes:
        """Return the shapes of all regions and parks that have one."""
        both = np.concatenate(
            [table["geom"].to_numpy(dtype=object) for table in (self.regions, self.parks)]
        )
        return np.asarray(both[~shapely.is_missing(both)], dtype=object)
