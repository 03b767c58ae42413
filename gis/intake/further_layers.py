"""Whether a file holds more than the one layer a delivery was read from: others, hidden sheets."""

from __future__ import annotations

from pathlib import Path

from gis.errors import DeliveryError
from gis.intake.issues import Issues
from gis.intake.readers.workbook import sheets_of
from gis.intake.source import bounded
from gis.intake.source.opening import opened

_OF_ONE = frozenset({"csv", "dbf", "coordinates", "parquet"})
_HIDDEN = "hidden_sheets"


def are_in(path: Path) -> bool:
    """Return whether more than one layer or sheet with content lies in a file, seen or hidden.

    What cannot be told is taken to hold more.
    """
    issues = Issues(path.name)
    try:
        with bounded.reading(path), opened(path) as source:
            if source.format in _OF_ONE:
                return False
            if source.format != "excel":
                from gis.intake.readers.vector import layer_count  # GDAL loads for these alone

                return layer_count(source, issues) > 1
            sheets = sheets_of(source, None, issues)
            filled = [one for one in sheets if any(cell not in ("", None) for row in one.grid
                                                   for cell in row)]  # fmt: skip
            return len(filled) > 1 or _HIDDEN in set(issues.frame()["code"])
    except DeliveryError:
        return True
