"""The settings of the overlay: where an edge begins, where a sliver, what 代征 counts as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """Limits by which what remains of an approval is graded; filled from the law's data.

    Mean width is 2 x area / perimeter. `parcel_difference` says what 宗地总面积 less
    出让宗地面积 is: exempt from supply (代征), still unsupplied, or supplied with the rest.
    """

    edge_area_m2: float
    edge_width_m: float
    sliver_width_m: float
    parcel_difference: Literal["exempt", "unsupplied", "supplied"] = "exempt"
