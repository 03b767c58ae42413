"""A delivery taken back, as a delivery of its own: what was in force before it is so again.

Nothing is deleted: the versions it brought end, and the ones it ended come again, from the new
delivery on. So a run that knows less than the new delivery stays as it was. A record that a later
delivery, or a person, has touched since stays as it is, and is told.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pandas as pd
from psycopg import sql

from gis import fields
from gis.errors import UsageError
from gis.store import arrivals, issue_log, staging, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.planner_statistics import add_row_estimate
from gis.store.statements import LOADS, WAIT_FOR_TURN, listed, statement, table

KEPT = "undo_kept"


@dataclass(frozen=True)
class Undone:
    """What taking a delivery back did: how many records came, changed, ended, and stayed.

    `restored` records have the version from before it, `ended` ones had none, `revived` ones it
    had ended; `kept` were touched since. `told` has an issue row for each of these.
    """

    delivery: int
    undone: int
    kind: str
    restored: int
    ended: int
    revived: int
    kept: int
    told: pd.DataFrame


def undo(connection: Connection, undone: int) -> Undone:
    """Take delivery `undone` back, whole or not at all.

    UsageError when there is no such delivery, it changed no record, or all were touched since.
    """
    with faults.explained(), connection.transaction():
        connection.execute(WAIT_FOR_TURN.format(LOADS))
        kind, name = _line(connection, undone)
        number = staging.next_number(connection)
        parts: dict[str, sql.Composable] = {
            "table": table(kind.name),
            "undone": sql.Literal(undone),
            "number": sql.Literal(number),
        }
        connection.execute(statement("undo_touched", **parts))
        kept = connection.execute(
            "SELECT key, since, file, row_no FROM undone WHERE since IS NOT NULL ORDER BY key"
        ).fetchall()
        columns = list(tables.own_types(kind.name))
        if kind.named_by == "sender":
            columns += list(tables.NAMED)
        gone = connection.execute(statement("undo_end", **parts)).rowcount
        parts |= {"columns": listed(columns), "known": listed(columns, "old")}
        back = connection.execute(statement("undo_restore", **parts)).rowcount
        if gone + back == 0:
            raise _nothing_to_undo(undone, [row[1] for row in kept])
        restored = _both(connection)
        _corrections(connection, kind, undone, number)
        connection.execute("DROP TABLE undone")
        told = pd.DataFrame([_issue(kind, *row) for row in kept])
        done = Undone(
            number, undone, kind.name, restored, gone - restored, back - restored, len(kept), told
        )
        _write_down(connection, name, done)
        issue_log.write(connection, number, told)
        add_row_estimate(connection, table(kind.name), gone + back)
    return done


def _line(connection: Connection, undone: int) -> tuple[fields.Kind, str]:
    row = connection.execute(
        "SELECT kind, name FROM landwatch.delivery WHERE number = %s", (undone,)
    ).fetchone()
    if row is None:
        raise UsageError(
            f"没有第 {undone} 次资料。 There is no delivery {undone}.",
            "查看清单 see the list: landwatch deliveries",
        )
    return fields.KINDS[row[0]], str(row[1])


def _nothing_to_undo(undone: int, since: list[int]) -> UsageError:
    if not since:
        return UsageError(
            f"第 {undone} 次资料没有改动任何记录，无可撤销。 "
            f"Delivery {undone} changed no record: there is nothing to take back.",
            "查看清单 see the list: landwatch deliveries",
        )
    later = "、".join(map(str, sorted(set(since))[:5]))
    return UsageError(
        f"第 {undone} 次资料的 {len(since)} 条记录其后都被第 {later} 次资料改动过，未撤销。 "
        f"All its records were touched since, by delivery {later}.",
        f"先撤销后来的 first take back the later: landwatch undo {max(since)}",
    )


def _both(connection: Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM undone WHERE since IS NULL AND came AND went"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _corrections(connection: Connection, kind: fields.Kind, undone: int, number: int) -> None:
    """End the corrections it made, and put those it ended in force again, as its own."""
    again = connection.execute(
        "SELECT id FROM landwatch.correction WHERE taken_back_by = %s AND delivery <> %s"
        " AND kind = %s AND key IN (SELECT key FROM undone WHERE since IS NULL)",
        (undone, undone, kind.name),
    ).fetchall()
    connection.execute(
        "UPDATE landwatch.correction SET taken_back_by = %s WHERE taken_back_by IS NULL"
        " AND delivery = %s AND kind = %s AND key IN (SELECT key FROM undone WHERE since IS NULL)",
        (number, undone, kind.name),
    )
    connection.execute(
        """
        INSERT INTO landwatch.correction (delivery, kind, key, field, before, after, who, why,
            document, at)
        SELECT %s, kind, key, field, before, after, who, why, document, now()
        FROM landwatch.correction WHERE id = ANY (%s) ORDER BY id
        """,
        (number, [row[0] for row in again]),
    )


def _issue(kind: fields.Kind, key: str, since: int, file: str, row_no: int) -> dict[str, object]:
    return {
        "file": file,
        "row_no": row_no,
        "field": kind.key[0],
        "code": KEPT,
        "severity": "warning",
        "value": key,
        "message": f"记录 {key} 其后被第 {since} 次资料改动过，未撤销，保持现状。"
        f" Delivery {since} changed the record {key} since: it stays as it is",
        "fix": f"要一并撤销，先 landwatch undo {since}，再重做本次撤销"
        f" to undo it too, first landwatch undo {since}",
        "raw": None,
    }


def _write_down(connection: Connection, name: str, done: Undone) -> None:
    digest = hashlib.sha256(json.dumps(["undo", done.delivery, done.undone]).encode()).hexdigest()
    received = arrivals.Received(name, done.kind, digest, digest, {"undone": done.undone})
    count = done.restored + done.revived + done.ended
    loaded = arrivals.Loaded(
        delivery=done.delivery,
        name=name,
        kind=done.kind,
        rows=count,
        accepted=count,
        rejected=0,
        unchanged=0,
        duplicates=0,
        ended=done.ended,
        is_repeat=False,
        issues=issue_log.counted(done.told),
        added=done.revived,
        replaced=done.restored,
    )
    arrivals.write_down(connection, received, loaded, "undo", None)
