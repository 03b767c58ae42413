"""A digest as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.outputs.digest.settings import SETTINGS
from gis.outputs.digest.summary import COUNTED_ONLY, QUESTIONS, Digest
from gis.outputs.digest.texts import title

_TOLD = (
    *("subject", "name", "region_code", "block_code", "on", "from_on", "area_m2", "zh", "en"),
    *("article", "link"),
)


def content(told: Digest) -> dict[str, Any]:
    """Return a digest as what JSON can hold; of a long section the first lines, and its count."""
    return {
        "title": title(told),
        "as_of": told.day.isoformat(),
        "run": told.run,
        "delivery": told.delivery,
        "before": None if told.before_on is None else told.before_on.isoformat(),
        "before_run": told.before_run,
        "missed": [day.isoformat() for day in told.missed],
        "land": told.land,
        "questions": {code: {"zh": zh, "en": en} for code, (zh, en) in QUESTIONS.items()},
        "by_region": {region: dict(counts) for region, counts in told.by_region.items()},
        "sections": [
            {
                "section": one.code,
                "question": one.question,
                "zh": one.zh,
                "en": one.en,
                "count": one.count,
                "area_m2": one.area_m2,
                "rows": []
                if one.code in COUNTED_ONLY
                else [_row(row, told) for row in one.rows[: SETTINGS.most_page_lines]],
            }
            for one in told.sections
        ],
    }


def _row(row: Mapping[str, Any], told: Digest) -> dict[str, Any]:
    values = {name: row[name] for name in _TOLD}
    # A file in the folder of the night is of all land.
    file = row["file"] if told.is_whole else None
    values["place"] = told.place(row)
    days = {
        name: None if values[name] is None else f"{values[name]:%Y-%m-%d}"
        for name in ("on", "from_on")
    }
    return {**values, **days, "file": file}
