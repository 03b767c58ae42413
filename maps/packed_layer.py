"""One layer of a map as it travels: its rows packed, with what the page has to know of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
import pandas as pd

from gis import result_tables
from gis.citation import cited
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
    rows = _told(layer.rows(frames), layer, language)
    about = layer.about(language)
    if basis and layer.frame == "findings":
        about["basis"] = basis
    about["as_of"] = int(np.datetime64(as_of, "D").astype(np.int64))
    looks = layer.looks(layer.codes(rows))
    about["styles"] = [look.as_dict() for look in looks.values()]
    return pack(rows, layer.columns(), about)


def _told(rows: pd.DataFrame, layer: Layer, language: str) -> pd.DataFrame:
    """Return rows with articles as cited, and lists as one text the card takes apart again."""
    of = {line.column: line.kind for line in layer.lines if line.column in rows}
    lists = {name: result_tables.listed(rows[name]) for name in of if of[name] == "codes"}
    articles = {
        name: rows[name].map(lambda one: cited(one, language), na_action="ignore")
        for name in of
        if of[name] == "article"
    }
    return rows.assign(**lists, **articles)
