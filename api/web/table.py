"""A table of a page: its columns, how their cells are written, and where its next page is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import pandas as pd
from fastapi import Request

from gis import contracts

Kind = Literal[
    "text", "day", "count", "hectares", "mu", "yuan", "share", "status", "code", "track", "left",
    "link", "facts", "clashes", "lines", "check", "severity", "end", "grounds", "said",
    "figure", "area",
]  # fmt: skip
# A figure comes as it is to be read.
NUMBERS = frozenset({"count", "hectares", "mu", "yuan", "share", "figure", "area"})


@dataclass(frozen=True)
class Column:
    """One column: the key of its cells in a row, its Chinese title, and how cells are written.

    `of`: for `status` and `code` the list of contracts.toml, or the key of the cell that names it;
    for `link` the key of the cell with the address. `sorted_by`: what the address says to have the
    table ordered by this column, None where it cannot be. `is_optional`: where a row has no such
    value, there is none to be known.
    """

    key: str
    title: str
    kind: Kind = "text"
    of: str = ""
    sorted_by: str | None = None
    is_optional: bool = False

    def list_of(self, row: Mapping[str, Any]) -> str:
        """Return the list its code in a row is of."""
        return self.of if self.of in contracts.CODES else str(row[self.of])

    @property
    def is_number(self) -> bool:
        """Whether its cells stand to the right."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Table:
    """Rows with their columns; `total`: of how many these are a page, None: not counted.

    `sums`: the cells of the last line, of *all* rows; `partly`: those of them to which some row
    adds what nobody knows. `sorted_by`: the column in whose order the
    rows stand, `is_falling` the other way round. `next_address`: where the next page is. `row_key`:
    the cell by which a row is known, to be chosen. `empty`: what is said where there is no row.
    """

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    total: int | None
    sums: Mapping[str, Any] | None = None
    partly: frozenset[str] = frozenset()
    sorted_by: str | None = None
    is_falling: bool = False
    next_address: str | None = None
    row_key: str = ""
    empty: tuple[str, str] = ("没有符合条件的记录", "放宽筛选条件再看")


def address(request: Request, **changed: Any) -> str:
    """Return the address of a request with other values of its query; None takes one away."""
    kept = [(name, value) for name, value in request.query_params.multi_items()
            if name not in changed]  # fmt: skip
    given = [
        (name, one)
        for name, value in changed.items()
        if value is not None
        for one in (value if isinstance(value, list | tuple) else [value])
    ]
    query = urlencode([*kept, *given])
    return request.url.path + (f"?{query}" if query else "")


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame: days as days, what is not known as None."""
    told = frame.astype(object)
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in told.where(told.notna(), None).to_dict("records")
    ]


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value
