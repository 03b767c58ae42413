"""What the arrays of shapes, numbers and flags are called in signatures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Shapes = npt.NDArray[np.object_]  # shapely objects, None = no geometry
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Zones = npt.NDArray[np.int64]  # numbers of 3-degree zones
