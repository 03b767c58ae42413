"""What Debian's QGIS reads of a server: run by the system's own Python, without a screen.

/usr/bin/python3 tests/qgis_connect.py SERVER KEY COLOURS PICTURE     prints JSON; draws the tiles

The key is kept as people keep it, in QGIS's own store of authentication; COLOURS: JSON, state of a
finding -> colour.
"""

import hashlib
import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsTileXYZ,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize, QVariant


def plain(value: object) -> object:
    """A value as JSON takes it."""
    return None if isinstance(value, QVariant) and value.isNull() else value


def style(state: str, colour: str) -> QgsVectorTileBasicRendererStyle:
    """How findings of a state are drawn."""
    made = QgsVectorTileBasicRendererStyle(state, "findings", QgsWkbTypes.PolygonGeometry)
    made.setFilterExpression(f"\"state\" = '{state}'")
    made.setSymbol(QgsFillSymbol.createSimple({"color": colour, "outline_color": "#404040",
                                               "outline_width": "0.2"}))  # fmt: skip
    return made


def main(server: str, key: str, colours: str, picture: str) -> None:
    """Read the features and the tiles, tell what came, and draw the tiles."""
    application = QgsApplication([], False)
    application.initQgis()
    keeper = QgsApplication.authManager()
    keeper.setMasterPassword("a-password-of-this-profile", True)
    known = QgsAuthMethodConfig("Basic")
    known.setName("landwatch")
    known.setConfig("username", "key")
    known.setConfig("password", key)
    keeper.storeAuthenticationConfig(known)
    features = QgsVectorLayer(
        f"url='{server}/ogc' typename='findings' authcfg='{known.id()}'"
        " version='OGC_API_FEATURES' pageSize='7'", "判定结果", "OAPIF",
    )  # fmt: skip
    tiles = QgsVectorTileLayer(
        f"type=xyz&url={server}/tiles/findings/{{z}}/{{x}}/{{y}}.mvt&zmin=0&zmax=18"
        f"&authcfg={known.id()}", "判定结果瓦片",
    )  # fmt: skip
    told = {
        "is_valid": [features.isValid(), tiles.isValid()],
        "count": features.featureCount(),
        "rows": [
            {name: plain(one[name]) for name in ("subject", "rule", "outcome", "area_m2", "name")}
            for one in features.getFeatures()
        ],
        "problem": [str(features.error().summary()), str(tiles.error().summary())],
    }
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style(*one) for one in json.loads(colours).items()])
    tiles.setRenderer(renderer)
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    extent = QgsCoordinateTransform(
        features.crs(), mercator, QgsProject.instance()
    ).transformBoundingBox(features.extent())
    extent.scale(1.15)
    settings = QgsMapSettings()
    settings.setLayers([tiles])
    settings.setDestinationCrs(mercator)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(1200, 800))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    told["drawn"] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            name = image.pixelColor(x, y).name()
            told["drawn"][name] = told["drawn"].get(name, 0) + 1
    raw = bytes(tiles.getRawTile(QgsTileXYZ(0, 0, 0)))
    told["world"] = hashlib.sha256(raw).hexdigest()
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # Taking QGIS apart in Python's order crashes it; there is nothing left to do.
    os._exit(0)


main(*sys.argv[1:])
