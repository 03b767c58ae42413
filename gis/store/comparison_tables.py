"""The tables of exports of the national system that were laid beside ours: no records."""

from __future__ import annotations

from gis.store.tables import LAND

COMPARISONS: dict[str, dict[str, str]] = {
    "comparison": {
        "id": "text!",
        "account": "text!",
        **LAND,
        "list": "text!",
        "name": "text!",
        "sha256": "text!",
        "bytes": "bigint!",
        "run": "integer!",
        "at": "instant!",
        "compared": "texts!",
        "mapping": "json!",
        "counts": "json!",
        "notes": "texts!",
    },
    "comparison_row": {
        "comparison": "text!",
        "place": "integer!",
        "state": "text!",
        "why": "text",
        "key": "text!",
        "row_no": "integer",
        "name": "text",
        "region_code": "text",
        "outcome": "text",
        "since_on": "day",
        "fields": "texts!",
        "theirs": "json",
        "ours": "json",
        "near": "texts!",
        "same_row": "integer",
        "notes": "texts!",
    },
}
