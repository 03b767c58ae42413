"""Who holds the right of each subject on the day: letters go to them, duties pass on to them."""

from __future__ import annotations

import pandas as pd

# Another name of the same person is no transfer.
_RENAMED = "renamed"
_BETWEEN = "、"


def holders(contract: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return today's holder of each subject that changed hands or name, and how it came to be.

    contract: subject, holder (of the contract). events: transfers signed by the day (kind
    `holders`), one row per subject. Given by subject: holder (today's; several where parcels of it
    went to several), holder_document, holder_since_on and former_holder of the last transfer (a new
    name is none), holder_chain (every change in words: day, way, holder).
    """
    if events.empty:
        empty = {name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()}
        return pd.DataFrame(empty, index=pd.Index([], dtype="str", name="subject"))
    order = ["subject", "signed_on", "from_delivery", "document"]
    events = events.sort_values(order).reset_index(drop=True)
    first = contract.set_index("subject")["holder"]
    before = (
        events.groupby("subject")["holder"]
        .shift()
        .fillna(first.reindex(events["subject"]).set_axis(events.index))
    )
    events = events.assign(former=events["former_holder"].fillna(before))
    moved = events[events["kind"] != _RENAMED]
    last = moved.drop_duplicates("subject", keep="last").set_index("subject")
    last = last[["document", "signed_on", "former"]]
    last.columns = ["holder_document", "holder_since_on", "former_holder"]
    words = events["signed_on"].dt.strftime("%Y-%m-%d") + " " + events["holder"]
    table = pd.DataFrame(
        {
            "holder": _today(events, first),
            "holder_chain": words.groupby(events["subject"]).agg(" → ".join),
        }
    )
    return table.join(last)[[*_COLUMNS]]


_COLUMNS = {
    "holder": "str",
    "holder_document": "str",
    "holder_since_on": "datetime64[s]",
    "former_holder": "str",
    "holder_chain": "str",
}


def _today(events: pd.DataFrame, first: pd.Series) -> pd.Series:
    """Return the newest holder of the whole, and of each parcel that went its own way since.

    A record that names no parcel speaks of the whole and ends what parcels had before it; while
    parcels alone have moved, the contract's holder keeps the rest.
    """
    contract = pd.DataFrame({"subject": first.index, "holder": first, "parcel_code": None})
    contract = contract[contract["subject"].isin(events["subject"])].dropna(subset=["holder"])
    rows = pd.concat([contract, events], ignore_index=True)
    rows["part"] = rows["parcel_code"].fillna("")
    whole_on = rows["signed_on"].where(rows["part"] == "").groupby(rows["subject"]).transform("max")
    rows = rows[(rows["part"] == "") | ~(rows["signed_on"] < whole_on)]
    newest = rows.drop_duplicates(["subject", "part"], keep="last").sort_values(["subject", "part"])
    names = newest.drop_duplicates(["subject", "holder"])
    return names.groupby("subject")["holder"].agg(_BETWEEN.join)
