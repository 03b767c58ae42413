"""The tile matrix set of our tiles, as OGC 17-083 tells of one: WebMercatorQuad.

Matrix is zoom, row and column count from the north-west, as in `gis.tiles.address`. The set is
defined to zoom 24; we draw to zoom 18.
"""

from __future__ import annotations

from typing import Any

from gis.tiles.address import HALF_M, MOST_ZOOM

NAME = "WebMercatorQuad"
URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{NAME}"
CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_TITLE = "Google Maps Compatible for the World"
_DEEPEST, _TILE_PIXELS = 24, 256
# A pixel of the standard's own screen.
_PIXEL_M = 0.00028


def described() -> dict[str, Any]:
    """Return the definition of the set, each matrix with its scale and size.

    >>> zoom_10 = described()["tileMatrices"][10]
    >>> round(zoom_10["cellSize"], 6), zoom_10["matrixWidth"]
    (152.874057, 1024)
    """
    return {
        "id": NAME,
        "title": _TITLE,
        "uri": URI,
        "crs": CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(_DEEPEST + 1)],
    }


def limits() -> list[dict[str, Any]]:
    """Return which tiles of the set there are: all of every zoom that is drawn."""
    return [
        {
            "tileMatrix": str(zoom),
            "minTileRow": 0,
            "maxTileRow": (1 << zoom) - 1,
            "minTileCol": 0,
            "maxTileCol": (1 << zoom) - 1,
        }
        for zoom in range(MOST_ZOOM + 1)
    ]


def _matrix(zoom: int) -> dict[str, Any]:
    count = 1 << zoom
    cell_m = 2 * HALF_M / (_TILE_PIXELS * count)
    return {
        "id": str(zoom),
        "scaleDenominator": cell_m / _PIXEL_M,
        "cellSize": cell_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_M, HALF_M],
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": count,
        "matrixHeight": count,
    }
