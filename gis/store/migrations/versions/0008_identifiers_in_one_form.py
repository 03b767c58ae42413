"""Identifiers in the form they are compared in, what came beside them.

Two records whose keys become one stay two, each under the key it had: which of them is right is for
people to say, and both are found by the numbers they carry.
"""

# ruff: noqa: S608 - the names in these statements are those of our own dictionary

from __future__ import annotations

import json
from typing import Any

import sqlalchemy
from alembic import op

from gis import identifiers
from gis.errors import StoreError
from gis.fields import KINDS, Kind

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JOINT = "|"


def upgrade() -> None:
    connection = op.get_bind()
    has_changed = False
    # A kind that came later has its one form from the beginning.
    tables = {*sqlalchemy.inspect(connection).get_table_names(schema="landwatch")}
    for kind in (kind for kind in KINDS.values() if kind.name in tables):
        op.execute(f"ALTER TABLE landwatch.{kind.name} ADD COLUMN as_came jsonb")
        there = _columns(connection, kind)
        changed: set[int] = set()
        keys = _keys(connection, kind, there)
        for name in there:
            changed |= _brought_to_one_form(connection, kind, name)
        if changed:
            has_changed = True
            _renamed(connection, kind, keys, _keys(connection, kind, there), changed)
        _corrections(connection, kind, there)
    if has_changed:
        # What was said under the former keys cannot be carried over.
        op.execute("UPDATE landwatch.run SET built_on = NULL")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "revision 0008 cannot be taken back: that would delete every identifier as it came",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )


def _columns(connection: sqlalchemy.Connection, kind: Kind) -> list[str]:
    found = connection.execute(
        sqlalchemy.text(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'landwatch' AND table_name = :name"
        ),
        {"name": kind.name},
    )
    there = {row[0] for row in found}
    return [c.name for c in kind.columns.values() if c.is_identifier and c.name in there]


def _brought_to_one_form(connection: sqlalchemy.Connection, kind: Kind, name: str) -> set[int]:
    """Bring a column to the one form; return the ids of the rows that had another."""
    found = connection.execute(
        sqlalchemy.text(
            f"SELECT DISTINCT {name} FROM landwatch.{kind.name} WHERE {name} IS NOT NULL"
        )
    )
    is_list = kind.columns[name].type == "texts"
    changed: set[int] = set()
    for (was,) in found.fetchall():
        form: Any = identifiers.keys_of(was) if is_list else identifiers.key(was)
        if form == was:
            continue
        rows = connection.execute(
            sqlalchemy.text(
                f"UPDATE landwatch.{kind.name} SET {name} = :form, as_came ="
                " coalesce(as_came, '{}') || jsonb_build_object(CAST(:name AS text),"
                f" CAST(:came AS text)) WHERE {name} = :was RETURNING id"
            ),
            {
                "form": form or None,
                "was": was,
                "name": name,
                "came": ";".join(was) if is_list else was,
            },
        )
        changed |= {row[0] for row in rows}
    return changed


def _keys(connection: sqlalchemy.Connection, kind: Kind, there: list[str]) -> dict[int, Any]:
    """Return id -> key and what the key's columns join to, of the records identifiers name."""
    inspector = sqlalchemy.inspect(connection)
    known = {one["name"] for one in inspector.get_columns(kind.name, schema="landwatch")}
    # What a key names that came later was no part of it yet.
    names = [name for name in kind.key if name in known]
    if not set(names) & set(there):
        return {}
    first = " || '|' || ".join(f"coalesce({name}::text, '')" for name in names)
    spare = [name for name in kind.key_else if name in known]
    other = " || '|' || ".join(f"coalesce({name}::text, '')" for name in spare) or "''"
    found = connection.execute(
        sqlalchemy.text(
            f"SELECT id, key, rtrim(CASE WHEN {names[0]} IS NULL THEN {other} ELSE {first} END,"
            f" '{_JOINT}') FROM landwatch.{kind.name}"
        )
    )
    return {row[0]: (row[1], row[2]) for row in found}


def _renamed(
    connection: sqlalchemy.Connection,
    kind: Kind,
    before: dict[int, Any],
    after: dict[int, Any],
    changed: set[int],
) -> None:
    """Give records whose key's columns changed the key these join to now, unless it is taken."""
    taken = {key for key, _ in before.values()}
    new = {
        before[at][0]: after[at][1]
        for at in sorted(changed & set(before))
        if before[at][0] == before[at][1] and after[at][1] != before[at][1]
    }
    for key, form in new.items():
        if not form or form in taken:
            continue
        taken.add(form)
        for table, condition in ((kind.name, ""), ("correction", f" AND kind = '{kind.name}'")):
            connection.execute(
                sqlalchemy.text(
                    f"UPDATE landwatch.{table} SET key = :form WHERE key = :key{condition}"
                ),
                {"form": form, "key": key},
            )


def _corrections(connection: sqlalchemy.Connection, kind: Kind, there: list[str]) -> None:
    """Bring the numbers people put right, and those they replaced, to the one form too."""
    found = connection.execute(
        sqlalchemy.text(
            "SELECT id, field, before, after FROM landwatch.correction"
            " WHERE kind = :kind AND field = ANY(:there)"
        ),
        {"kind": kind.name, "there": there},
    )
    for at, _, *values in found.fetchall():
        forms = [_form(value) for value in values]
        if forms != values:
            connection.execute(
                sqlalchemy.text(
                    "UPDATE landwatch.correction SET before = CAST(:before AS jsonb),"
                    " after = CAST(:after AS jsonb) WHERE id = :at"
                ),
                {
                    "at": at,
                    **{
                        name: None if form is None else json.dumps(form, ensure_ascii=False)
                        for name, form in zip(("before", "after"), forms, strict=True)
                    },
                },
            )


def _form(value: Any) -> Any:
    if isinstance(value, list):
        return identifiers.keys_of(value)
    return identifiers.key(value) if isinstance(value, str) else value
