"""How far a map reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import shapely

from maps.layers import Layer
from maps.packed import polygons

_LEAST_DEGREES = 0.0005  # about 50 m


def bounds(frames: Mapping[str, pd.DataFrame], shown: Iterable[Layer]) -> list[list[float]] | None:
    """Return [[south, west], [north, east]] of the block, else of what is shown; or None.

    Where there is no block, that is what is shown at first; failing this, of all layers `shown`.
    """
    layers = [*shown]
    at_first = [layer.frame for layer in layers if layer.is_shown]
    for keys in (["block"], at_first, [layer.frame for layer in layers]):
        parts = [polygons(frames[key])[0] for key in keys if key in frames]
        shapes = np.concatenate(parts) if parts else np.array([])
        extent = shapely.total_bounds(shapes) if len(shapes) else np.array([np.nan])
        if np.isfinite(extent).all():
            # What has no extent to speak of has no scale either.
            lacking = np.maximum(_LEAST_DEGREES - (extent[2:] - extent[:2]), 0.0) / 2
            extent = np.concatenate([extent[:2] - lacking, extent[2:] + lacking])
            west, south, east, north = extent.round(6).tolist()
            return [[south, west], [north, east]]
    return None
