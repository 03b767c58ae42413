"""Papers whose subject nobody has delivered, as leads: in every run until the subject arrives."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gis.facts.gather import is_within
from gis.store import orphans as store
from gis.store.database import Connection


def leads(
    connection: Connection, as_of: date, known_at: int, region: str | None = None
) -> pd.DataFrame:
    """Return one lead for each paper that counts on a day and whose subject is not known.

    `subjects` is the paper's key and the number it names; `detail` the kind of paper, what it
    names, and the known numbers that are near to it. With a region: those whose number begins with
    a code within it, and those whose number tells no region.
    """
    rows = store.orphans(connection, known_at, as_of)
    codes = rows["names"].astype("str").str.extract(r"^(\d{6})", expand=False)
    rows = rows.assign(region_code=codes)[codes.isna() | is_within(codes, region)]
    # One paper may name a number in several columns.
    rows = rows.assign(near=rows["near"].map(tuple))
    rows = rows.drop_duplicates(["kind", "key", "names", "near"])
    subjects = [*zip(rows["key"], rows["names"], strict=True)]
    detail = [
        {"paper": kind, "names": names} | ({"near": [*near]} if len(near) else {})
        for kind, names, near in zip(rows["kind"], rows["names"], rows["near"], strict=True)
    ]
    return pd.DataFrame(
        {
            "kind": "orphan_paper",
            "confidence": rows["kind"].isin(store.PAPERS).map({True: "high", False: "medium"}),
            "detail": pd.Series(detail, rows.index, object),
            "region_code": rows["region_code"],
            "subjects": pd.Series(subjects, rows.index, object),
        }
    )
