"""Which regions the rows of a delivery name: all of them, also those refused or unchanged.

A delivery is shown to, and its file given back to, whoever sees every region it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from psycopg import sql

from gis import identifiers
from gis.fields import KINDS, Kind
from gis.store import copy, records
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.statements import table

NOWHERE = ""
_COLUMN = "region_code"
_REFUSED = ("error",)
# A number that begins with the region's code, where the register says none.
BY_NUMBER = {"supplies": "supply_no", "parcels": "parcel_code"}
_DIGITS = r"^(\d{6})"


def regions_of(kind: str, rows: pd.DataFrame) -> pd.Series:
    """Return the region of each record: recorded, else the first six digits of its number."""
    codes = rows[_COLUMN]
    number = BY_NUMBER.get(kind)
    if number is None or number not in rows:
        return codes
    return codes.fillna(rows[number].astype("str").str.extract(_DIGITS, expand=False))


class NamedRegions:
    """What the rows seen so far say of their region: by their own code, or by whom they are about.

    A kind without a region of its own (an extension, a hand-over) lies where the supply or the
    approval does that it was made for.
    """

    def __init__(self, kind: Kind) -> None:
        """`kind`: of the delivery."""
        self._kind = kind.name
        self._is_own = _COLUMN in kind.columns
        self._column = _COLUMN if self._is_own else kind.about
        self._about = None if self._is_own or kind.about is None else KINDS[kind.names[kind.about]]
        self._said: set[str] = set()

    def see(self, rows: pd.DataFrame) -> None:
        """Take in what accepted rows say."""
        number = BY_NUMBER.get(self._kind)
        if self._is_own and len(rows) and (_COLUMN in rows or number in rows):
            said = regions_of(self._kind, rows.assign(**{_COLUMN: rows.get(_COLUMN)}))
            self._said |= {_text(value) for value in said.unique()}
            return
        if len(rows) and (self._column is None or self._column not in rows):
            self._said.add(NOWHERE)
        elif len(rows):
            self._said |= {_text(value) for value in rows[self._column].unique()}

    def see_refused(self, issues: pd.DataFrame, mapping: Mapping[str, str]) -> None:
        """Take in what refused rows say, as they came: of a row nobody can read, nothing."""
        if issues.empty:
            return
        refused = issues[issues["severity"].isin(_REFUSED) & issues["row_no"].notna()]
        heads = [header for header, column in mapping.items() if column == self._column]
        for raw in refused.drop_duplicates(["file", "row_no"])["raw"]:
            told = raw if isinstance(raw, Mapping) else {}
            said = [str(told[head]) for head in heads if told.get(head)]
            self._said.add(identifiers.key(said[0]) if said else NOWHERE)

    def see_versions(
        self, connection: Connection, kind: Kind, number: int, *, is_ended: bool = False
    ) -> None:
        """Take in what the versions say that a delivery brought or ended (or ended alone)."""
        if self._column is None:
            self._said.add(NOWHERE)
            return
        columns = [self._column]
        if self._is_own and kind.name in BY_NUMBER:
            columns.append(BY_NUMBER[kind.name])
        ways = [sql.SQL("to_delivery = {}").format(number)]
        if not is_ended:
            ways.append(sql.SQL("from_delivery = {}").format(number))
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), table(kind.name),
            sql.SQL(" OR ").join(ways),
        )  # fmt: skip
        self.see(copy.read(connection, query, dict.fromkeys(columns, "text")))

    def of(self, connection: Connection) -> list[str]:
        """Return the regions, `NOWHERE` among them where a row names none."""
        if self._about is None:
            return sorted(self._said if self._is_own else {NOWHERE} & self._said)
        wanted = self._said - {NOWHERE}
        known = self._regions_of(connection, self._about, sorted(wanted)) if wanted else {}
        return sorted({known.get(name, NOWHERE) for name in self._said})

    def _regions_of(
        self, connection: Connection, kind: Kind, names: Sequence[str]
    ) -> dict[str, str]:
        cited = tuple(dict.fromkeys(("key", *kind.cited_as)))
        told: dict[str, str] = {}
        own = tuple(name for name in cited if name != "key")
        for undated in (False, True):
            rows = records.read(
                connection, kind.name, columns=(*own, _COLUMN), undated=undated,
                only=RecordFilter(named=dict.fromkeys(cited, names)),
            )  # fmt: skip
            for column in cited:
                pairs = zip(rows[column], regions_of(kind.name, rows), strict=True)
                told |= {
                    name: code for name, code in pairs
                    if isinstance(name, str) and isinstance(code, str)
                }  # fmt: skip
        return told


def _text(value: Any) -> str:
    return value if isinstance(value, str) else NOWHERE
