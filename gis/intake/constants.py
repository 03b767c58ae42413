"""What a person says of a whole file because no row of it says so: the year, the ledger, the day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gis.errors import UsageError
from gis.fields import Kind
from gis.intake.mapping import index_of, readings
from gis.intake.table import Table


def named_constants(kind: Kind, constants: Mapping[str, str]) -> dict[str, str]:
    """Return column -> value; a column may be named by its contract name or any known title.

    Raises UsageError for what is no column of the kind.
    """
    index = index_of(kind)
    named = {}
    for standard, value in constants.items():
        column = kind.columns.get(standard) or next(
            (c for word, _ in readings(standard) for _, c in index.get(word, [])), None
        )
        if column is None:
            titles = "、".join(f"{c.title}({c.name})" for c in kind.columns.values())
            raise UsageError(
                f"--set：「{kind.title}」没有标准列「{standard}」。"
                f"--set: {kind.name} has no column {standard!r}.",
                f"可用的标准列：{titles}",
            )
        named[column.name] = value
    return named


def add_constants(table: Table, kind: Kind, named: Mapping[str, str]) -> None:
    """Give every row of a table the values said of the whole, each in a column of its own."""
    headers = {f"{kind.columns[name].title}={value}": name for name, value in named.items()}
    for header, name in headers.items():
        table.frame[header] = pd.Series([named[name]] * len(table.frame), dtype="str")
    table.constants = headers
