"""Where what a person types lies: a number, a name, a holder, a block, a park, or coordinates."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from api import store
from api.shown import Shown
from api.v1.asked import Findings
from api.web import cells
from gis.crs import transform
from gis.store import in_view, pages, results
from gis.store.pages import Wanted
from gis.store.results import Asked

_MOST, _MOST_PLACES = 20, 5
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_PAIR = re.compile(rf"\s*({_NUMBER})\s*[,，;；\s]\s*({_NUMBER})\s*")
_SIXTIETHS = re.compile(
    r"(\d{1,3})\s*[°度]\s*(?:(\d{1,2})\s*[′'分]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*[″\"秒]\s*)?"
)
# A coordinate of a 3-degree zone of China: northing, and easting with the zone in front.
_LEAST_NORTHING_M, _MOST_NORTHING_M = 1_900_000, 6_000_000
_ZONES = range(25, 46)


def found(shown: Shown, text: str) -> list[dict[str, Any]]:
    """Return up to twenty places with their words, and bounds in degrees where they are known."""
    point = coordinates(text)
    if point is not None:
        lon, lat = point
        return [{"words": f"{lon:.7f}, {lat:.7f}", "bounds": [lon, lat, lon, lat]}]
    places = _places(shown, text)
    asked = Asked(text=text, searched=Findings.SEARCHED, within=shown.scope, limit=_MOST)
    lists = store.lists(shown.request)
    rows = lists.page_of_run(shown.connection, shown.run, "finding", asked, Findings.columns())
    held = Asked(text=text, searched=("holder",), within=shown.scope, limit=_MOST)
    holders = results.read(shown.connection, shown.run, "holding", held)
    names = dict(zip(rows["subject"], rows["name"], strict=True))
    names |= dict(zip(holders["subject"], holders["holder"], strict=True))
    subjects = [*dict.fromkeys([*rows["subject"], *holders["subject"]])][:_MOST]
    of = Asked(where={"subject": subjects}, within=shown.scope)
    boxes = in_view.places(shown.connection, shown.run, of) if subjects else {}
    return places + [
        {
            "subject": subject,
            "words": "　".join(
                one for one in (subject, names.get(subject)) if isinstance(one, str)
            ),
            "bounds": boxes.get(subject),
        }
        for subject in subjects
    ]


def _places(shown: Shown, text: str) -> list[dict[str, Any]]:
    """Return the blocks and parks that have a text in their code or name, the blocks first."""
    told = []
    for kind in ("block", "park"):
        wanted = Wanted(text=text, searched=(f"{kind}_code", "name"), limit=_MOST_PLACES)
        rows, _ = pages.of_records(shown.connection, shown.run, f"{kind}s", wanted, shown.scope)
        for row, shape in zip(cells.rows_of(rows), rows["geom"], strict=True):
            code = row[f"{kind}_code"]
            told.append({
                "place": kind,
                "words": code if row["name"] is None else f"{code}　{row['name']}",
                "bounds": None if shape is None else shapely.bounds(shape).tolist(),
            })  # fmt: skip
    return told


def coordinates(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude, None where a text is no pair of coordinates.

    Degrees (either first), degrees with minutes and seconds, or metres of a 3-degree zone of
    CGCS2000 with its number in front of the easting (either first).

    >>> coordinates("39.742, 110.217"), coordinates("110°13′01.2″ 39°44′31.2″")
    ((110.217, 39.742), (110.217, 39.742))
    """
    sixtieths = _SIXTIETHS.findall(text)
    if len(sixtieths) == 2 and not _SIXTIETHS.sub("", text).strip(" ,，;；东北EN"):
        first, second = (
            round(int(d) + int(m or 0) / 60 + float(s or 0) / 3600, 9) for d, m, s in sixtieths
        )
        return _in_degrees(first, second)
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return None
    first, second = (float(one) for one in pair.groups())
    return _in_degrees(first, second) or _in_zone(first, second) or _in_zone(second, first)


def _in_degrees(first: float, second: float) -> tuple[float, float] | None:
    """Return a pair of China's degrees: the larger of them is the longitude."""
    lat, lon = sorted((first, second))
    return (lon, lat) if 3 <= lat <= 54 and 73 <= lon <= 136 else None


def _in_zone(northing: float, easting: float) -> tuple[float, float] | None:
    zone, own_m = divmod(easting, 1_000_000)
    if int(zone) not in _ZONES or not _LEAST_NORTHING_M <= northing <= _MOST_NORTHING_M:
        return None
    (point,) = transform.from_zone(np.array([shapely.Point(own_m, northing)]), int(zone))
    return float(point.x), float(point.y)
