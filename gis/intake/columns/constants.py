"""What a person says of a whole file because no row says so: the year, the ledger, the day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gis.fields import Kind
from gis.intake.columns.header_profile import HeaderProfiles
from gis.intake.columns.mapping import column_named
from gis.intake.table import Table


def named_constants(kind: Kind, constants: Mapping[str, str]) -> dict[str, str]:
    """Return column -> value; a column may be named by its contract name or any known title.

    Raises UsageError for what is no column of the kind.
    """
    return {column_named(kind, word, "--set").name: value for word, value in constants.items()}


def add_constants(table: Table, kind: Kind, named: Mapping[str, str]) -> None:
    """Give every row of a table the values said of the whole, each in a column of its own."""
    headers = {f"{kind.columns[name].title}={value}": name for name, value in named.items()}
    for header, name in headers.items():
        table.frame[header] = pd.Series([named[name]] * len(table.frame), dtype="str")
    table.constants = headers


def with_constants(
    column_map: Mapping[str, str] | None, constants: Mapping[str, str]
) -> Mapping[str, str]:
    """Return a column map that also holds the columns put in by hand."""
    if isinstance(column_map, HeaderProfiles):
        return column_map.with_constants(constants)
    return {**(column_map or {}), **constants}
