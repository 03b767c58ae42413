"""Rows that wait for a person: neither accepted nor rejected, kept with what they would change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg import sql

from gis import fields, identifiers
from gis.store import copy, keys, tables
from gis.store.database import Connection
from gis.store.statements import listed

MOVED, COPIED, NOT_WAITING = "held_moved", "held_copied", "not_waiting"
# What a person says to have the rows applied -> the issue they waited with.
ACCEPTED = {"moved": MOVED, "copy": COPIED}
SEVERITY = "held"
_OF_ONE = ":"  # "moved:150602…": that number alone


class Accepted:
    """What a person has decided of rows that wait: all that wait for a reason, or single numbers.

    `words`: "moved", "copy", or either with a number behind it ("moved:1"); others say nothing.
    """

    def __init__(self, words: Collection[str]) -> None:
        """See the class."""
        self._all = {word for word in words if word in ACCEPTED}
        self._numbers: dict[str, dict[str, str]] = {word: {} for word in ACCEPTED}
        for word in words:
            reason, _, number = word.partition(_OF_ONE)
            if number and reason in ACCEPTED:
                self._numbers[reason][identifiers.key(number)] = word
        self._used: set[str] = set()

    def of(self, reason: str, numbers: pd.Series[Any]) -> npt.NDArray[np.bool_]:
        """Return which rows with these numbers a person has decided to take."""
        given = self._numbers[reason]
        words = [given.get(identifiers.key(str(number))) for number in numbers]
        self._used.update(word for word in words if word is not None)
        is_one = np.array([word is not None for word in words], dtype=bool)
        return is_one | (reason in self._all)

    def unused(self) -> pd.DataFrame:
        """Return an issue row for each single number for which no row waited."""
        given = [word for own in self._numbers.values() for word in own.values()]
        return pd.DataFrame(
            [
                {
                    "file": "",
                    "row_no": None,
                    "field": None,
                    "code": NOT_WAITING,
                    "severity": "warning",
                    "value": word,
                    "message": f"--accept {word}：没有这个号的行在等候，未起作用。"
                    f" No row of that number waits: --accept {word} changed nothing.",
                    "fix": "核对号码 look at the number: landwatch deliveries --issues N",
                    "raw": None,
                }
                for word in given
                if word not in self._used
            ]
        )


@dataclass(frozen=True)
class Held:
    """One row that waits: why, its number, the record in force it would move or copy.

    `share` is the land in common, of the larger of the two; `moved_m` how far it would move, None
    where the two overlap or touch.
    """

    file: str
    row_no: int
    code: str
    number: str
    other: str
    share: float
    moved_m: float | None = None


def of(rows: pd.DataFrame, code: str) -> list[Held]:
    """Return the rows of a frame with the columns of `Held` as what waits with a code."""
    names = [name for name in ("moved_m",) if name in rows]
    return [
        Held(
            file=str(row["file"]),
            row_no=int(row["row_no"]),
            code=code,
            number=str(row["number"]),
            other=str(row["other"]),
            share=float(row["share"]),
            **{name: row[name] for name in names},
        )
        for row in rows.to_dict("records")
    ]


def take_out(
    connection: Connection,
    into: sql.Identifier,
    kind: fields.Kind,
    held: Sequence[Held],
    columns: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the rows that wait out of where they lie; return an issue row of each, with the row.

    Then the rows themselves: file, row_no, number, and their columns in stored form.
    """
    if not held:
        return pd.DataFrame(), pd.DataFrame()
    files, row_nos = [each.file for each in held], [int(each.row_no) for each in held]
    own = tables.own_types(kind.name)
    types = {"file": "text", "row_no": "int4"} | {name: own[name] for name in columns}
    query = sql.SQL(
        "SELECT {} FROM {} AS rows JOIN unnest({}::text[], {}::int4[]) AS held (file, row_no)"
        " USING (file, row_no)"
    ).format(listed(list(types)), into, sql.Literal(files), sql.Literal(row_nos))
    rows = copy.read(connection, query, types)
    raw = {
        (row["file"], row["row_no"]): keys.raw_row(row, columns) for row in rows.to_dict("records")
    }
    connection.execute(
        sql.SQL(
            "DELETE FROM {} AS rows USING unnest(%s::text[], %s::int4[]) AS held (file, row_no)"
            " WHERE rows.file = held.file AND rows.row_no = held.row_no"
        ).format(into),
        (files, row_nos),
    )
    numbers = {(each.file, int(each.row_no)): each.number for each in held}
    named = [numbers[place] for place in zip(rows["file"], rows["row_no"], strict=True)]
    issues = pd.DataFrame([_issue(kind, each, raw[each.file, each.row_no]) for each in held])
    return issues, rows.assign(number=named)


def _issue(kind: fields.Kind, held: Held, raw: dict[str, Any]) -> dict[str, Any]:
    word = "moved" if held.code == MOVED else "copy"
    return {
        "file": held.file,
        "row_no": held.row_no,
        "field": kind.key[0],
        "code": held.code,
        "severity": SEVERITY,
        "value": held.number,
        "message": _message(held),
        "fix": f"核对：属实的，用 --accept {word}:{held.number} 把同一文件再装载一次"
        f"（全部属实用 --accept {word}）；不实的，请报送方改正"
        f" If it is so, load the file again with --accept {word}:{held.number} (all of them: "
        f"--accept {word}); else have the sender mend it",
        "raw": raw,
    }


def _message(held: Held) -> str:
    if held.code == COPIED:
        return (
            f"编号 {held.number} 的图形与生效记录 {held.other} 重叠 {held.share:.2%}，"
            "疑为同一块地换号重报，本行搁置，原记录不变。"
            f" The shape overlaps that of {held.other}, in force, by {held.share:.2%}: the same "
            "land under another number? The row waits."
        )
    if held.moved_m is None:
        how = f"只重叠 {held.share:.2%}" if held.share > 0 else "只相接、不重叠"
        met = f"overlaps it by only {held.share:.2%}" if held.share > 0 else "only touches it"
        return (
            f"编号 {held.number} 的图形与生效记录 {held.other} {how}，本行搁置，原记录不变。"
            f" The shape {met}: the row waits, the record in force stays."
        )
    far = "一度以上" if held.moved_m == float("inf") else f" {held.moved_m:,.0f} 米"
    away = "over a degree" if held.moved_m == float("inf") else f"{held.moved_m:,.0f} m"
    return (
        f"编号 {held.number} 的图形离生效记录的位置{far}，且无重叠，本行搁置，原记录不变。"
        f" The shape lies {away} off the record in force: the row waits, the record stays."
    )
