"""What Debian's QGIS makes of a GeoPackage: run by the system's own Python, without a screen.

/usr/bin/python3 tests/qgis_look.py FILE LAYER PICTURE     prints JSON; draws the layer
"""

import json
import os
import sys

from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize


def main(file: str, layer_name: str, picture: str) -> None:
    """Load the layer as a person would by dragging it in, tell its renderer, and draw it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer(f"{file}|layername={layer_name}", layer_name, "ogr")
    renderer = layer.renderer()
    told = {
        "is_valid": layer.isValid(),
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type(),
        "attribute": getattr(renderer, "classAttribute", str)(),
        "categories": [
            [str(one.value() or ""), one.label(), one.symbol().color().name()]
            for one in getattr(renderer, "categories", list)()
        ],
        "styles": sorted(layer.listStylesInDatabase()[2]),
        "problem": renderer.dump() if not layer.isValid() else "",
    }
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    extent = layer.extent()
    extent.scale(1.1)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(1200, 900))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    colours = {}
    for x in range(0, image.width(), 2):
        for y in range(0, image.height(), 2):
            name = image.pixelColor(x, y).name()
            colours[name] = colours.get(name, 0) + 1
    told["drawn"] = colours
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # Taking QGIS apart in Python's order crashes it; there is nothing left to do.
    os._exit(0)


main(*sys.argv[1:])
