"""The one door to stored results: which rows of a run, in which order, how many there are.

Whatever is shown of a run comes through it: lists of the command, exports, maps, the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg import sql

from gis.record_names import JOINT
from gis.result_tables import LANDS, STORED
from gis.store import copy, runs, tables
from gis.store.database import Connection
from gis.store.records import region_start
from gis.store.runs import Run
from gis.store.statements import listed, table

# What a row is told by when all else is the same.
_LAST = "content"
Ids = npt.NDArray[np.int64]
_FIGURES = frozenset({"float8", "int8", "int4"})


@dataclass(frozen=True)
class Scope:
    """The land somebody may see: a row that lies, also in part, in one of these.

    A region holds all whose code begins with its own, less the zeros that end it. A row that lies
    nowhere is in no scope.
    """

    regions: Sequence[str] = ()
    parks: Sequence[str] = ()
    blocks: Sequence[str] = ()


@dataclass(frozen=True)
class Asked:
    """Which rows: `where` has column -> the values a row may have there (one of them).

    `ranges` has column -> (least, most), both included, None for no bound; what is unknown lies in
    no range. `text`: a part of what one of the columns `searched` says, in any case.
    `of`: keys of subjects, of which the phases are shown too (NUMBER|PHASE).
    `within`: the land that may be seen (None: all of it); `places`: lands asked for, in all of
    which a row lies. `limit` rows at most, in the table's order:
    those behind `after` (`place_at` of the row before), or less the first `offset`.
    `sorted_by`: a column of days or figures by which the rows stand first, the other way round
    where `is_falling`; what is unknown there stands last either way.
    """

    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[date | float | None, date | float | None]] = field(
        default_factory=dict
    )
    text: str | None = None
    searched: Sequence[str] = ()
    of: Sequence[str] | None = None
    within: Scope | None = None
    places: Sequence[Scope] = ()
    limit: int | None = None
    offset: int = 0
    after: Sequence[str | None] | None = None
    sorted_by: str | None = None
    is_falling: bool = False


EVERYTHING = Asked()


def read(
    connection: Connection, run: Run | int, name: str, asked: Asked = EVERYTHING
) -> pd.DataFrame:
    """Return rows a run gave for a result table, with `first_run`, `last_run` and `content`.

    `last_run` is the newest run of the series that gave the row so far. Rows come in the order of
    the table, then of their content, so the same content reads the same. UsageError when there is
    no such run; ValueError for a column the table has not.
    """
    run = runs.get(connection, run) if isinstance(run, int) else run
    met = sql.SQL("{} WHERE {} {}").format(
        table(name), condition(run, name, asked), _page(name, asked)
    )
    return _rows(connection, run, name, met)


def read_columns(
    connection: Connection,
    run: Run,
    name: str,
    columns: Sequence[str],
    asked: Asked = EVERYTHING,
) -> pd.DataFrame:
    """Return only some columns of the rows `read` returns; ValueError for one it has not."""
    known = tables.own_types(name)
    strange = [one for one in columns if one not in known]
    if strange:
        raise ValueError(f"{name} has no column {', '.join(strange)}")
    query = sql.SQL("SELECT {} FROM {} WHERE {} {}").format(
        listed([*columns]), table(name), condition(run, name, asked), _page(name, asked)
    )
    return copy.read(connection, query, {one: known[one] for one in columns})


def contents_of(
    connection: Connection, run: Run, name: str, row_ids: Sequence[int]
) -> frozenset[str]:
    """Return the contents (digests) of the rows of a run with these numbers."""
    query = sql.SQL("SELECT {} FROM {} WHERE {} AND row_id = ANY ({}::int8[])").format(
        sql.Identifier(_LAST), table(name), condition(run, name, EVERYTHING), [*map(int, row_ids)]
    )
    return frozenset(copy.read(connection, query, {_LAST: "text"})[_LAST])


def contents_asked(connection: Connection, run: Run, name: str, asked: Asked) -> frozenset[str]:
    """Return the contents (digests) of the rows asked for, on whatever page they are."""
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.Identifier(_LAST), table(name), condition(run, name, asked, is_whole=True)
    )
    return frozenset(copy.read(connection, query, {_LAST: "text"})[_LAST])


def read_rows(connection: Connection, run: Run, name: str, row_ids: Sequence[int]) -> pd.DataFrame:
    """Return the rows of a result table with these numbers, in their order, as `read` does."""
    met = sql.SQL(
        "{} JOIN unnest({}::int8[]) WITH ORDINALITY AS chosen (row_id, place) USING (row_id)"
        " ORDER BY place"
    ).format(table(name), [*map(int, row_ids)])
    return _rows(connection, run, name, met)


def _rows(connection: Connection, run: Run, name: str, met: sql.Composable) -> pd.DataFrame:
    types = tables.own_types(name)
    newest = sql.SQL("(SELECT max(id) FROM {} WHERE run_series = {})").format(
        table("run"), run.run_series
    )
    query = sql.SQL("SELECT {}, first_run, least(last_run, {}), {} FROM {}").format(
        listed([*types]), newest, sql.Identifier(_LAST), met
    )
    extra = {"first_run": "int4", "last_run": "int4", _LAST: "text"}
    return copy.read(connection, query, types | extra)


def count(connection: Connection, run: Run, name: str, asked: Asked = EVERYTHING) -> int:
    """Return how many rows there are, whatever the page."""
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        table(name), condition(run, name, asked, is_whole=True)
    )
    row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])


def row_ids(connection: Connection, run: Run, name: str, asked: Asked) -> Ids:
    """Return the numbers of all rows asked for, in their order, whatever the page."""
    query = sql.SQL("SELECT row_id::int8 FROM {} WHERE {} ORDER BY {}").format(
        table(name),
        condition(run, name, asked, is_whole=True),
        order_by(name, asked.sorted_by, is_falling=asked.is_falling),
    )
    return copy.read_ids(connection, query)


def which(connection: Connection, run: Run, name: str, asked: Asked) -> Ids:
    """Return the numbers of all rows asked for, in no order, which takes less than `row_ids`."""
    query = sql.SQL("SELECT row_id::int8 FROM {} WHERE {}").format(
        table(name), condition(run, name, asked, is_whole=True)
    )
    return copy.read_ids(connection, query)


def sums(
    connection: Connection, run: Run, name: str, columns: Sequence[str], asked: Asked = EVERYTHING
) -> tuple[int, dict[str, tuple[float, int]]]:
    """Return how many rows there are, and of each column the sum and how many know none.

    Whatever the page. ValueError for a column that is no figure.
    """
    known = tables.own_types(name)
    strange = [one for one in columns if known.get(one) not in _FIGURES]
    if strange:
        raise ValueError(f"{name} has no figures in {', '.join(strange)}")
    parts = [
        sql.SQL("coalesce(sum({0}), 0)::float8, (count(*) - count({0}))::int8").format(
            sql.Identifier(one)
        )
        for one in columns
    ]
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *parts]),
        table(name),
        condition(run, name, asked, is_whole=True),
    )
    row = connection.execute(query).fetchone()
    assert row is not None
    pairs = zip(row[1::2], row[2::2], strict=True)
    return int(row[0]), {
        one: (float(total), int(unknown))
        for one, (total, unknown) in zip(columns, pairs, strict=True)
    }


def grouped(
    connection: Connection, run: Run, name: str, by: Sequence[str], asked: Asked = EVERYTHING
) -> pd.DataFrame:
    """Return how many rows there are, and of what area, of each group of rows.

    Columns: those of `by`, count, area_m2 (the sum of what is known), unknown_count (rows whose
    area nobody knows); in the order of `by`.
    """
    known = tables.own_types(name)
    columns = sql.SQL(", ").join(map(sql.Identifier, by))
    query = sql.SQL(
        "SELECT {0}, count(*)::int8 AS count, coalesce(sum(area_m2), 0)::float8 AS area_m2,"
        " (count(*) - count(area_m2))::int8 AS unknown_count FROM {1} WHERE {2}"
        " GROUP BY {0} ORDER BY {3}"
    ).format(
        columns,
        table(name),
        condition(run, name, asked, is_whole=True),
        sql.SQL(", ").join(_ordered(name, one) for one in by),
    )
    figures = {"count": "int8", "area_m2": "float8", "unknown_count": "int8"}
    return copy.read(connection, query, {one: known[one] for one in by} | figures)


def order_of(name: str, sorted_by: str | None = None) -> tuple[str, ...]:
    """Return the columns a table is ordered by, the content of the row last."""
    first = () if sorted_by is None else (sorted_by,)
    return (*first, *STORED[name].order, _LAST)


def place_at(
    connection: Connection, run: Run, name: str, content: str, sorted_by: str | None = None
) -> tuple[str | None, ...] | None:
    """Return where the row of a digest (`content`) stands in a run's table, None where none is.

    So a page can be continued by a digest, which tells nobody whom the row before names.
    """
    columns = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(column)) for column in order_of(name, sorted_by)
    )
    row = connection.execute(_of_content(run, name, columns, content)).fetchone()
    return None if row is None else tuple(row)


def row_id_of(connection: Connection, run: Run, name: str, content: str) -> int | None:
    """Return the number of the row of a digest in a run's table, None where none is."""
    row = connection.execute(_of_content(run, name, sql.SQL("row_id"), content)).fetchone()
    return None if row is None else int(row[0])


def _of_content(run: Run, name: str, columns: sql.Composable, content: str) -> sql.Composed:
    # Rows that still hold and rows that ended have an index each.
    return sql.SQL(
        "SELECT {columns} FROM {name} WHERE {known} AND (({last} = {content} AND last_run = {open})"
        " OR ({last} = {content} AND last_run < {open})) LIMIT 1"
    ).format(
        columns=columns,
        name=table(name),
        known=condition(run, name, EVERYTHING),
        last=sql.Identifier(_LAST),
        content=content,
        open=sql.Literal(tables.OPEN_END),
    )


def condition(run: Run, name: str, asked: Asked, *, is_whole: bool = False) -> sql.Composable:
    """Return the condition of the rows asked for; `is_whole`: on whatever page they are."""
    known = tables.own_types(name)
    parts: list[sql.Composable] = [
        sql.SQL("run_series = {} AND first_run <= {} AND last_run >= {}").format(
            run.run_series, run.id, run.id
        )
    ]
    for column, values in asked.where.items():
        if known.get(column) != "text":
            raise ValueError(f"{name} has no column {column!r} to be asked by")
        parts.append(sql.SQL("{} = ANY ({})").format(sql.Identifier(column), [*values]))
        told = STORED[name].subject
        if told is not None and told[1] == column:
            # The key of whom a row speaks is the same, and has an index; rows of old runs lack it.
            own = sql.SQL("(subject_key = ANY ({}) OR subject_key IS NULL)")
            parts.append(own.format([*values]))
    parts += _in_ranges(name, asked)
    if asked.text is not None:
        parts.append(_says(name, asked.text, asked.searched))
    if asked.of is not None:
        keys, phases = [*asked.of], [f"{key}{JOINT}" for key in asked.of]
        named = sql.SQL("(subject_key = ANY ({}) OR subject_key ^@ ANY ({}))")
        parts.append(named.format(keys, phases))
    lands = [*asked.places] if asked.within is None else [asked.within, *asked.places]
    parts += [lies_within(scope) for scope in lands]
    if asked.after is not None and not is_whole:
        parts.append(_behind(name, asked))
    return sql.SQL(" AND ").join(parts)


def _in_ranges(name: str, asked: Asked) -> list[sql.Composable]:
    known = tables.own_types(name)
    parts: list[sql.Composable] = []
    for column, (least, most) in asked.ranges.items():
        if known.get(column) not in {"date", *_FIGURES}:
            raise ValueError(f"{name} has no column {column!r} with a range")
        for bound, way in ((least, sql.SQL(">=")), (most, sql.SQL("<="))):
            if bound is not None:
                parts.append(sql.SQL("{} {} {}").format(sql.Identifier(column), way, bound))
    return parts


def _says(name: str, text: str, searched: Sequence[str]) -> sql.Composable:
    known = tables.own_types(name)
    if not searched or any(known.get(column) not in {"text", "jsonb"} for column in searched):
        raise ValueError(f"{name} cannot be searched in {', '.join(searched)}")
    ways = [
        sql.SQL("strpos(lower({}::text), lower({})) > 0").format(sql.Identifier(column), text)
        for column in searched
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways))


def lies_within(scope: Scope) -> sql.Composable:
    """Return the condition of the rows that lie in a scope."""
    codes = [[region_start(code) for code in scope.regions], [*scope.parks], [*scope.blocks]]
    shared = [
        sql.SQL("{} && {}::text[]").format(sql.Identifier(column), known)
        for column, known in zip(LANDS, codes, strict=True)
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(shared))


def _behind(name: str, asked: Asked) -> sql.Composable:
    """Return the condition of the rows behind a place; what is unknown stands last."""
    columns, after = order_of(name, asked.sorted_by), asked.after or ()
    if len(after) != len(columns):
        raise ValueError(f"{name} is ordered by {', '.join(columns)}")
    ways = []
    for place, (column, value) in enumerate(zip(columns, after, strict=True)):
        alike = [
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(before), was)
            for before, was in zip(columns[:place], after[:place], strict=True)
        ]
        if value is not None:
            is_falling = asked.is_falling and asked.sorted_by is not None and place == 0
            later = sql.SQL("({0} {1} {2} OR {3} IS NULL)").format(
                _ordered(name, column),
                sql.SQL("<" if is_falling else ">"),
                value,
                sql.Identifier(column),
            )
            ways.append(sql.SQL(" AND ").join([*alike, later]))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways))


def _ordered(name: str, column: str) -> sql.Composable:
    """Return a column as it is ordered by: names by their signs, days as days."""
    is_name = column == _LAST or tables.own_types(name)[column] == "text"
    return sql.SQL('{} COLLATE "C"' if is_name else "{}").format(sql.Identifier(column))


def order_by(
    name: str, sorted_by: str | None = None, *, is_falling: bool = False
) -> sql.Composable:
    """Return what the rows of a table are ordered by; ValueError for what cannot come first."""
    own = [_ordered(name, column) for column in order_of(name)]
    if sorted_by is None:
        return sql.SQL(", ").join(own)
    if tables.own_types(name).get(sorted_by) not in {"date", *_FIGURES}:
        raise ValueError(f"{name} cannot be sorted by {sorted_by!r}")
    way = sql.SQL("{} DESC NULLS LAST" if is_falling else "{} ASC NULLS LAST")
    return sql.SQL(", ").join([way.format(sql.Identifier(sorted_by)), *own])


def _page(name: str, asked: Asked) -> sql.Composable:
    page = sql.SQL("ORDER BY {}").format(
        order_by(name, asked.sorted_by, is_falling=asked.is_falling)
    )
    if asked.limit is not None:
        page += sql.SQL(" LIMIT {}").format(asked.limit)
    return page + sql.SQL(" OFFSET {}").format(asked.offset) if asked.offset else page
