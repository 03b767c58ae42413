"""What every reader hands over: rows with the headers of the file, and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]


@dataclass
class Table:
    """One layer or sheet as it came, before any header is understood.

    `frame` has one column per header (unique) and one row per record; `row_nos` are the numbers
    people see (the Excel row, the feature's number from 1); `row_ids` the sender's own row ids;
    `geoms` shapely objects in `crs`, or None where the file has no shapes.
    """

    frame: pd.DataFrame
    row_nos: Array
    layer: str | None = None
    row_ids: Array | None = None
    geoms: Array | None = None
    crs: str | None = None
    units: tuple[str, ...] = ()  # written once for the whole sheet: "单位：公顷、万元"
    wkb: Array | None = None  # the shapes as they came, little-endian WKB
    series: str | None = None  # the project the head of a 报部坐标 names
    is_cut_header: bool = False  # field names end after ten bytes, as dBASE has it
    has_signs: bool = False  # there may be bytes in it that are no character (`illegible`)
    aliases: Mapping[str, str] = field(default_factory=dict)  # header -> the name people see
    has_unread: bool = False  # some cells are `Unread`: the file has no value to give for them
    constants: Mapping[str, str] = field(default_factory=dict)  # header put in by hand -> column
