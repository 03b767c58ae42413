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
    near = rows["near"].map("、".join).astype("str")
    detail = "paper=" + rows["kind"] + "; names=" + rows["names"]
    leads = pd.DataFrame(
        {
            "kind": "orphan_paper",
            "key": rows["key"],
            "names": rows["names"],
            "confidence": rows["kind"].isin(store.PAPERS).map({True: "high", False: "medium"}),
            "detail": (detail + ("; near=" + near).where(near != "", "")).astype("str"),
            "region_code": rows["region_code"],
        }
    ).drop_duplicates()
    subjects = pd.Series([*zip(leads["key"], leads["names"], strict=True)], leads.index, object)
    return leads.drop(columns=["key", "names"]).assign(subjects=subjects)
