"""GDAL cut down to what a delivery needs: one driver for each format, no address, no link.

GDAL decides by a file's content who reads it, and among its readers are some that open whatever
the content names: other files, addresses, databases. While a delivery is open, all but the driver
of the format we recognised are out of the list, in the copies of GDAL pyogrio and rasterio bring.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# What we recognise -> the one driver that may read it.
VECTOR = {
    "shapefile": "ESRI Shapefile",
    "filegdb": "OpenFileGDB",
    "geopackage": "GPKG",
    "flatgeobuf": "FlatGeobuf",
    "geojson": "GeoJSON",
    "kml": "LIBKML",
}
RASTER = "GTiff"
# No address passes, in whatever field of a file it stands; no grid is fetched.
_CLOSED = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "CPL_ALLOW_VSISTDIN": "NO",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTPS_PROXY": "127.0.0.1:9",
    "PROJ_NETWORK": "OFF",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "ALLOW_VIRTUAL_OGR_FROM_TRIGGER_AND_VIEW": "NO",
}
_MOST_DRIVERS = 1_000


@contextmanager
def only(form: str) -> Iterator[None]:
    """Leave pyogrio's GDAL the one driver of a format for the block, and no way to the network."""
    import pyogrio
    from pyogrio import _ogr

    pyogrio.set_gdal_config_options(_CLOSED)
    with _only(_ogr.__file__, VECTOR[form]):
        yield


@contextmanager
def only_tiff() -> Iterator[None]:
    """Leave rasterio's GDAL the driver of TIFF files for the block, and no way to the network."""
    from rasterio import _base, env

    # Entered for the first time, it registers all drivers.
    with env.Env(**_CLOSED), _only(_base.__file__, RASTER):
        yield


@contextmanager
def _only(library: str, name: str) -> Iterator[None]:
    """Take every driver but one out of the GDAL that an extension module is linked to."""
    os.environ["PROJ_NETWORK"] = "OFF"
    gdal = _gdal(library)
    count = gdal.GDALGetDriverCount()
    assert 0 < count < _MOST_DRIVERS, f"GDAL names {count} drivers"
    drivers = [gdal.GDALGetDriver(place) for place in range(count)]
    others = [one for one in drivers if gdal.GDALGetDescription(one) != name.encode("ascii")]
    for driver in others:
        gdal.GDALDeregisterDriver(driver)
    try:
        assert gdal.GDALGetDriverCount() == 1, f"GDAL has no driver {name}, or keeps others"
        yield
    finally:
        for driver in others:
            gdal.GDALRegisterDriver(driver)


@cache
def _gdal(library: str) -> ctypes.CDLL:
    gdal = ctypes.CDLL(library)
    gdal.GDALGetDriver.restype = ctypes.c_void_p
    gdal.GDALGetDescription.restype = ctypes.c_char_p
    for function in (
        gdal.GDALGetDescription,
        gdal.GDALDeregisterDriver,
        gdal.GDALRegisterDriver,
    ):
        function.argtypes = [ctypes.c_void_p]
    return gdal
