"""What Debian's QGIS reads at the door of OGC API: run by the system's own Python, no screen.

/usr/bin/python3 tests/qgis_features.py URL SECRET FILTER     prints JSON
"""

import json
import os
import sys

from qgis.core import QgsApplication, QgsVectorLayer


def main(url: str, secret: str, subset: str) -> None:
    """Read the findings as a person would who adds the layer, then those of a filter."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QgsApplication([], False)
    application.initQgis()
    source = (
        f"url='{url}' typename='findings' username='key' password='{secret}'"
        " version='OGC_API_FEATURES' pageSize='5'"
    )
    layer = QgsVectorLayer(source, "findings", "OAPIF")
    names = ("subject", "name", "area_m2", "fee_if_confirmed_fen")
    rows = [[str(one[name]) for name in names] for one in layer.getFeatures()]
    is_filtered = layer.setSubsetString(subset)
    told = {
        "crs": layer.crs().authid(),
        "rows": rows,
        "is_filtered": is_filtered,
        "filtered": [one["subject"] for one in layer.getFeatures()],
    }
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # Taking QGIS apart in Python's order crashes it; there is nothing left to do.
    os._exit(0)


main(*sys.argv[1:])
