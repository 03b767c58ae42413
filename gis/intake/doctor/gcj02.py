"""The GCJ-02 shift (火星坐标) at a place, and its inverse.

Source: the offset model made public about 2013 with the open map-shift converters (the
"eviltransform" family) and used by every web-map converter since: two polynomials with sine terms
around 105 E, 35 N, on the Krassovsky 1940 ellipsoid. The official model is secret; the public one
meets the web maps to about a metre. Written anew from the published formula.
"""

from __future__ import annotations

import numpy as np

from gis.arrays import Numbers

# Krassovsky 1940, as the model has it.
_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_ORIGIN = (105.0, 35.0)
_ROUNDS = 12


def shift_degrees(lon_lat: Numbers) -> Numbers:
    """Return by how much GCJ-02 moves each true (lon, lat), (n, 2) degrees.

    At 110 E, 39.6 N the shift is some 490 m to the east and 115 m to the north. The model is
    meant for the mainland; elsewhere the numbers have no meaning.
    """
    degrees = np.asarray(lon_lat, np.float64)
    x, y = degrees[:, 0] - _ORIGIN[0], degrees[:, 1] - _ORIGIN[1]
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north_m = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
        + (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
        + (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    east_m = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
        + (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
        + (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    latitude = np.radians(degrees[:, 1])
    flattened = 1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / flattened**1.5
    parallel_m = _SEMI_MAJOR_M / np.sqrt(flattened) * np.cos(latitude)
    return np.column_stack([np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)])


def from_gcj02(lon_lat: Numbers) -> Numbers:
    """Return the true (lon, lat) of GCJ-02 ones, by iteration, to better than a millimetre.

    There and back, and how far off a web map shows a place in Ordos:

    >>> place = np.array([[109.78, 39.61]])
    >>> shown = place + shift_degrees(place)
    >>> bool(np.abs(from_gcj02(shown) - place).max() < 1e-8)
    True
    >>> bool(300 < np.hypot(*((shown - place)[0] * [85_900, 111_000])) < 800)
    True
    """
    shifted = np.asarray(lon_lat, np.float64)
    true = shifted - shift_degrees(shifted)
    for _ in range(_ROUNDS):
        true = shifted - shift_degrees(true)
    return np.asarray(true)
