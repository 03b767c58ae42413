"""Which rows of tiles a run does not have from an earlier run of its series, by their numbers.

A row that both runs gave is stored once, so what both have is the same in every column. What
changed is its old row gone and its new row come.
"""

from __future__ import annotations

from psycopg import sql

from gis.store import copy, pages, results
from gis.store.database import Connection
from gis.store.runs import Run
from gis.store.statements import table
from gis.store.tile_rows import Ints


def of_result(connection: Connection, run: Run, before: Run, name: str) -> tuple[Ints, Ints]:
    """Return the numbers of the rows of a result table that went, and of those that came."""
    return copy.read_ids(connection, _went(run, before, name)), copy.read_ids(
        connection, _came(run, before, name)
    )


def of_findings(connection: Connection, run: Run, before: Run) -> tuple[Ints, Ints]:
    """Return the same of findings; a finding whose timeline changed came as well."""
    told = sql.SQL(
        "SELECT row_id::int8 FROM {finding} WHERE {given} AND (subject, rule) IN"
        " (SELECT subject, rule FROM {timeline} WHERE {came} UNION"
        " SELECT subject, rule FROM {timeline} WHERE {went})"
    ).format(
        finding=table("finding"),
        timeline=table("timeline"),
        given=results.condition(run, "finding", results.EVERYTHING),
        came=_is_new(run, before),
        went=_is_gone(run, before),
    )
    return copy.read_ids(connection, _went(run, before, "finding")), copy.read_ids(
        connection, sql.SQL("{} UNION {}").format(_came(run, before, "finding"), told)
    )


def of_approved(connection: Connection, run: Run, before: Run) -> tuple[Ints, Ints]:
    """Return the same of balances; one whose approval, or its land timeline, changed came too."""
    told = sql.SQL(
        "SELECT row_id::int8 FROM {balance} WHERE {given} AND approval IN"
        " (SELECT approval FROM {land_timeline} WHERE {came} UNION"
        " SELECT approval FROM {land_timeline} WHERE {went} UNION"
        " SELECT {own} FROM {approvals} WHERE {known} AND {unknown} UNION"
        " SELECT {own} FROM {approvals} WHERE {was_known} AND {is_unknown})"
    ).format(
        balance=table("balance"),
        land_timeline=table("land_timeline"),
        approvals=table("approvals"),
        own=sql.SQL(pages.APPROVAL_NAME),
        given=results.condition(run, "balance", results.EVERYTHING),
        came=_is_new(run, before),
        went=_is_gone(run, before),
        known=pages.known_in(run),
        unknown=_unknown_in(before),
        was_known=pages.known_in(before),
        is_unknown=_unknown_in(run),
    )
    return copy.read_ids(connection, _went(run, before, "balance")), copy.read_ids(
        connection, sql.SQL("{} UNION {}").format(_came(run, before, "balance"), told)
    )


def of_records(connection: Connection, run: Run, before: Run, kind: str) -> tuple[Ints, Ints]:
    """Return the numbers of the records of a kind that a run knew no more, and those it knew new.

    A run may know less than one before it.
    """

    def only(known: Run, unknown: Run) -> Ints:
        query = sql.SQL("SELECT id::int8 FROM {} WHERE {} AND {}").format(
            table(kind), pages.known_in(known), _unknown_in(unknown)
        )
        return copy.read_ids(connection, query)

    return only(before, run), only(run, before)


def _went(run: Run, before: Run, name: str) -> sql.Composable:
    return sql.SQL("SELECT row_id::int8 FROM {} WHERE {}").format(
        table(name), _is_gone(run, before)
    )


def _came(run: Run, before: Run, name: str) -> sql.Composable:
    return sql.SQL("SELECT row_id::int8 FROM {} WHERE {}").format(table(name), _is_new(run, before))


def _is_new(run: Run, before: Run) -> sql.Composable:
    return sql.SQL(
        "run_series = {} AND first_run > {} AND first_run <= {} AND last_run >= {}"
    ).format(run.run_series, before.id, run.id, run.id)


def _is_gone(run: Run, before: Run) -> sql.Composable:
    return sql.SQL(
        "run_series = {} AND first_run <= {} AND last_run >= {} AND last_run < {}"
    ).format(run.run_series, before.id, before.id, run.id)


def _unknown_in(run: Run) -> sql.Composable:
    return sql.SQL("(from_delivery > {0} OR to_delivery <= {0})").format(run.delivery)
