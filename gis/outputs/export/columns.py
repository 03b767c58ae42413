"""Findings as a person's table: Chinese words beside their codes, areas in three units, 元.

Machines get the columns of `contracts.toml` as they are (GeoJSON, Parquet, --json); people get this
(shapefile, GeoPackage, CSV, workbook). Both are made from the one contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from gis import contracts, result_tables, units
from gis.outputs import grounds

_SHARE_DIGITS = 4


@dataclass(frozen=True)
class Field:
    """One column people see: shapefile name (ASCII, at most 10), title, type, unit, code words."""

    short: str
    title: str
    type: str
    unit: str = ""
    decimals: int = 0
    words: Mapping[str, str] = field(default_factory=dict)


def _each(words: Callable[[str], str]) -> Callable[[Sequence[str]], str]:
    """Return what says each of several codes."""
    return lambda told: "、".join(words(code) for code in told)


def _title(name: str) -> str:
    titles = {column.name: column.zh for column in result_tables.TABLES["finding"].columns}
    return (
        titles.get(name, "图形")
        .removesuffix("代码")
        .removesuffix("（平方米）")
        .removesuffix("（分）")
    )


# (table, column) -> how its codes read; nobody asks a list on paper for these codes.
_WORDS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("lead", "detail"): grounds.in_words,
    ("difference", "fields"): _each(_title),
    ("difference", "reasons"): _each(lambda code: contracts.label("reason", code)),
}


@dataclass(frozen=True)
class Spread:
    """Fields in order; `table` has one column per field, named by its short name.

    `months` says by short name which of its days are known only by their month.
    """

    fields: tuple[Field, ...]
    table: pd.DataFrame
    months: Mapping[str, pd.Series[bool]] = field(default_factory=dict)

    def titled(self) -> pd.DataFrame:
        """Return the table under its Chinese titles; a day known by its month says so."""
        table = self.table
        for short, is_month in self.months.items():
            days = table[short].dt.strftime("%Y-%m-%d")
            months = table[short].dt.strftime("%Y-%m（仅到月）")
            table = table.assign(**{short: days.mask(is_month, months)})
        return table.rename(columns={one.short: one.title for one in self.fields})


def spread(findings: pd.DataFrame, run: int, as_of: date, name: str = "finding") -> Spread:
    """Return `findings` with words, units and the run they come from; row order is kept.

    The columns are those of table `name` of the contract.
    """
    told = worded(findings, name)
    days = pd.Series(pd.Timestamp(as_of), index=findings.index, dtype="datetime64[s]")
    numbers = pd.Series(run, index=findings.index, dtype="Int64")
    fields = (Field("JZRQ", "截止日期", "day"), Field("YXBH", "运行编号", "integer"))
    table = told.table.assign(JZRQ=days, YXBH=numbers)
    return Spread((*told.fields, *fields), table, told.months)


def worded(findings: pd.DataFrame, name: str) -> Spread:
    """Return the columns of table `name` of the contract with words beside codes, and units."""
    pairs: list[tuple[Field, pd.Series]] = []
    for column in result_tables.TABLES[name].columns:
        values = findings[column.name]
        if column.codes:
            pairs += _coded(column, values)
        elif column.name.startswith("missing") or column.name.endswith("missing"):
            pairs += _facts(column, values, contracts.facts)
        elif column.name.startswith("clashes"):
            pairs += _facts(column, values, contracts.clashes)
        elif (name, column.name) in _WORDS:
            said = values.map(_WORDS[name, column.name], na_action="ignore").astype("str")
            pairs.append((Field(column.short, column.zh.removesuffix("代码"), "text"), said))
        elif column.name == "by_month":
            told = values.map(result_tables.titles, na_action="ignore").astype("str")
            pairs.append((Field(column.short, column.zh, "text"), told))
        elif column.type == "area":
            pairs += _area(column, values)
        elif column.type == "money":
            pairs.append(_money(column, values))
        elif column.type == "share":
            shown = values.astype("float64").round(_SHARE_DIGITS)
            pairs.append((Field(column.short, column.zh, "number", "", _SHARE_DIGITS), shown))
        elif column.type == "texts":
            pairs.append((Field(column.short, column.zh, "text"), result_tables.listed(values)))
        else:
            pairs.append((Field(column.short, column.zh, column.type), values))
    fields = tuple(one for one, _ in pairs)
    table = pd.DataFrame({one.short: values for one, values in pairs}, index=findings.index)
    return Spread(fields, table, _months(findings, name))


def _months(findings: pd.DataFrame, name: str) -> dict[str, pd.Series[bool]]:
    """Return by short name which days are known only by their month, where there are any."""
    if "by_month" not in findings:
        return {}
    found = {
        column.short: result_tables.naming(findings["by_month"], column.name)
        for column in result_tables.TABLES[name].columns
        if column.type == "day"
    }
    return {short: is_month for short, is_month in found.items() if is_month.any()}


def _coded(column: result_tables.Column, values: pd.Series) -> list[tuple[Field, pd.Series]]:
    meaning = column.words
    stem, title = column.short.removesuffix("DM"), column.zh.removesuffix("代码")
    return [
        (Field(f"{stem}MC", title, "text"), values.map(meaning).fillna(values).astype("str")),
        (Field(column.short, f"{title}代码", "text", words=meaning), values),
    ]


def _facts(
    column: result_tables.Column, values: pd.Series, said: Callable[[Sequence[str] | None], str]
) -> list[tuple[Field, pd.Series]]:
    told = values.map(said).astype("str")
    return [
        (Field(f"{column.short}MC", column.zh, "text"), told.where(values.notna(), None)),
        (Field(column.short, f"{column.zh}代码", "text"), result_tables.listed(values)),
    ]


def _area(column: result_tables.Column, values: pd.Series) -> list[tuple[Field, pd.Series]]:
    title = column.zh.removesuffix("（平方米）")
    area = values.astype("float64")
    return [
        _figure(column.short, f"{title}（平方米）", "m2", area),
        _figure(f"{column.short}GQ", f"{title}（公顷）", "公顷", units.hectares(area)),
        _figure(f"{column.short}M", f"{title}（亩）", "亩", units.mu(area)),
    ]


def _money(column: result_tables.Column, values: pd.Series) -> tuple[Field, pd.Series]:
    title = column.zh.removesuffix("（分）")
    return _figure(f"{column.short}Y", f"{title}（元）", "元", units.yuan(values.astype("Float64")))


def _figure(short: str, title: str, unit: str, values: pd.Series) -> tuple[Field, pd.Series]:
    digits = units.DECIMALS[unit]
    return Field(short, title, "number", unit, digits), values.round(digits)
