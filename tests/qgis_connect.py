"""What Debian's QGIS reads of a server: run by the system's own Python, without a screen.

/usr/bin/python3 tests/qgis_connect.py SERVER KEY COLOURS PICTURE     prints JSON; draws the tiles

The key is kept as people keep it, in QGIS's own store of authentication; COLOURS: JSON, state of a
finding -> colour.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPalLayerSettings,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QEventLoop, QSize, QVariant
from qgis.PyQt.QtGui import QImage

_TIMES = 3


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


def label(layer: QgsVectorLayer) -> None:
    """Write the names of features, and draw nothing else of them."""
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_style": "no"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    how = QgsPalLayerSettings()
    how.fieldName = "name"
    text = QgsTextFormat()
    text.setSize(6)
    how.setFormat(text)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(how))
    layer.setLabelsEnabled(True)


def fullest(layer: QgsVectorLayer) -> QgsRectangle:
    """Return the bounds of the block in which most features lie."""
    found: dict = {}
    for one in layer.getFeatures():
        found.setdefault(one["block_code"], []).append(one.geometry().boundingBox())
    bounds = QgsRectangle()
    bounds.setMinimal()
    for one in max((boxes for code, boxes in found.items() if plain(code)), key=len):
        bounds.combineExtentWith(one)
    return bounds


def drawn(view: QgsMapSettings, *layers: QgsMapLayer) -> QImage:
    """Return layers as the map shows it; what it asks for comes while events are heard."""
    view.setLayers([*layers])
    job, waiting = QgsMapRendererParallelJob(view), QEventLoop()
    job.finished.connect(waiting.quit)
    job.start()
    waiting.exec_()
    return job.renderedImage()


def whole(
    view: QgsMapSettings,
    tiles: QgsVectorTileLayer,
    features: QgsVectorLayer,
    turned: QgsCoordinateTransform,
) -> int:
    """Return how many features no tile draws.

    A tile that did not come is not asked for again until the map is moved: so it is drawn again.
    """
    at = view.mapToPixel()
    inside = []
    for one in features.getFeatures():
        if one.geometry().isNull():
            continue
        point = turned.transform(one.geometry().pointOnSurface().asPoint())
        if view.extent().contains(point):
            pixel = at.transform(point)
            inside.append((int(pixel.x()), int(pixel.y())))
    for _ in range(_TIMES):
        image = drawn(view, tiles)
        undrawn = sum(image.pixelColor(*pixel).name() == "#ffffff" for pixel in inside)
        if not undrawn:
            break
    return undrawn


def main(server: str, key: str, colours: str, picture: str) -> None:
    """Read the features and the tiles, tell what came, and draw the tiles."""
    # The provider shows a box while it reads, for which there has to be a screen, be it none.
    application = QgsApplication([], True)
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
        " version='OGC_API_FEATURES' pageSize='7' hideDownloadProgressDialog='1'",
        "判定结果", "OAPIF",
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
    }
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style(*one) for one in json.loads(colours).items()])
    tiles.setRenderer(renderer)
    view = QgsMapSettings()
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    turned = QgsCoordinateTransform(features.crs(), mercator, QgsProject.instance())
    extent = turned.transformBoundingBox(fullest(features))
    extent.scale(1.05)
    view.setDestinationCrs(mercator)
    view.setExtent(extent)
    view.setOutputSize(QSize(1200, 520))
    told["undrawn"] = whole(view, tiles, features, turned)
    label(features)
    image = drawn(view, features, tiles)
    image.save(picture)
    told["drawn"] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            name = image.pixelColor(x, y).name()
            told["drawn"][name] = told["drawn"].get(name, 0) + 1
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # Taking QGIS apart in Python's order crashes it; there is nothing left to do.
    os._exit(0)


main(*sys.argv[1:])
