"""One layer of a map as it travels: its rows packed, with what the page has to know of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
import pandas as pd

from gis import result_tables
from maps.layers import Layer
from maps.packed import pack


def packed(
    layer: Layer,
    frames: Mapping[str, pd.DataFrame],
    as_of: datetime.date,
    *,
    basis: str = "",
    language: str = "zh",
) -> str:
    """Return the rows of a layer as one text (`packed.pack`), told as of a day.

    `basis`: where the reasons of a subject are read, {subject} standing for it.
    """
    rows = _without_lists(layer.rows(frames), layer)
    about = layer.about(language)
    if basis and layer.frame == "findings":
        about["basis"] = basis
    about["as_of"] = int(np.datetime64(as_of, "D").astype(np.int64))
    looks = layer.looks(layer.codes(rows))
    about["styles"] = [look.as_dict() for look in looks.values()]
    return pack(rows, layer.columns(), about)


def _without_lists(rows: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Return rows in which a list is one text, which the card takes apart again."""
    lists = [line.column for line in layer.lines if line.kind == "codes" and line.column in rows]
    return rows.assign(**{name: result_tables.listed(rows[name]) for name in lists})
