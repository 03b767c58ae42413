"""A night of two banners as rows: a line by land, by upload and by delivery for each side."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd

from gis.outputs.digest import COLUMNS
from gis.store import nights
from gis.store.database import Connection
from tests.two_banners import SIDES

NIGHT, FAILED = date(2024, 6, 30), date(2024, 7, 1)
NOW = datetime(2024, 6, 30, 18, 0, tzinfo=UTC)


def put(connection: Connection, uploads: dict[str, str | None], delivery: int) -> None:
    """Store a good night and one that failed; `delivery` names regions of both sides."""
    rows = []
    for side, (code, _) in SIDES.items():
        told = {"zh": f"{side}旗疑似闲置", "en": side, "link": f"/basis/{side}监1"}
        land = {"regions": ["150000", code[:4] + "00", code], "parks": [f"{side}园"]}
        rows.append({"section": "appeared", "subject": f"{side}监1", "region_code": code,
                     "blocks": [f"{side}块"], **told, **land})  # fmt: skip
        rows += [{"section": "upload", "subject": f"{side}.csv", "upload": number, **told}
                 for number, of in uploads.items() if of == code]  # fmt: skip
        rows.append({"section": "delivery", "subject": "两旗", "delivery": delivery, **told})
        rows.append({"section": "trouble", **told})
    rows.append({"section": "trouble", "zh": "昨夜失败", "en": "failed", "is_for_all": True})
    table = pd.DataFrame(rows).reindex(columns=[*COLUMNS]).astype(object)
    table["is_for_all"] = table["is_for_all"].eq(True)
    with connection.transaction():
        for day in (NIGHT, FAILED):
            nights.begin(connection, day, NOW)
        nights.note_good(connection, NIGHT, 1, delivery, None, 0, NOW)
        nights.keep_lines(connection, NIGHT, table.where(table.notna(), None))
        nights.note_failed(connection, FAILED, "西旗的文件读不了", NOW)
