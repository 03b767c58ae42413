"""What came and what became of it: the line of a delivery, and the same file again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import pandas as pd
from psycopg.types.json import Jsonb

from gis.errors import UsageError
from gis.fields import KINDS
from gis.store import issue_log, record_identity
from gis.store.database import Connection
from gis.store.named_regions import NamedRegions


@dataclass(frozen=True)
class Received:
    """What came: name, kind, hash of the file, fingerprint (file, layer, mapping, reader), mapping.

    `received_at` is the instant it came in, with its zone; None means now. `sender` and `series`
    (the stem of the name, when None) say whose numbers the rows are named by. `empty_days`
    (2999-12-31) are what a person said stands for no date in it. `regions`: which regions its rows
    name, "" for a row that names none; None where nobody looked.
    """

    name: str
    kind: str
    sha256: str
    fingerprint: str
    mapping: Mapping[str, Any]
    received_at: datetime | None = None
    sender: str | None = None
    series: str | None = None
    empty_days: tuple[str, ...] = ()
    regions: Sequence[str] | None = None

    @property
    def named_in(self) -> str:
        """Return the sender and file series whose numbers these are."""
        return record_identity.series_of(self.sender, self.series or PurePath(self.name).stem)


@dataclass(frozen=True)
class Loaded:
    """What became of a delivery, its issues counted by code.

    rows = accepted + rejected + held + duplicates; accepted = added + replaced + unchanged.
    `ended` counts the records it ended: a replacing file left them out, or an accepted row took
    their place; `ended_keys` names them. `is_repeat`: the same file came before as `delivery`,
    nothing changed. `told` are the issue rows themselves, empty for a repeat. `unchanged_rows`
    (file, row_no, key) and `waiting_rows` (`held_rows.take_out`): for who asks to be told all.
    """

    delivery: int
    name: str
    kind: str
    rows: int
    accepted: int
    rejected: int
    unchanged: int
    duplicates: int
    ended: int
    is_repeat: bool
    issues: dict[str, int]
    added: int = 0
    replaced: int = 0
    held: int = 0
    ended_keys: tuple[str, ...] = ()
    told: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)
    unchanged_rows: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)
    waiting_rows: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)


def untouched(
    connection: Connection, received: Received, mode: str, scope: Mapping[str, str] | None
) -> Loaded | None:
    """Return what `earlier` does, but None when a later delivery of the kind may have changed it.

    Then the file is laid beside the records again: it may have something to say.
    """
    found = earlier(connection, received, mode, scope)
    if found is None:
        return None
    later = connection.execute(
        "SELECT EXISTS (SELECT FROM landwatch.delivery WHERE kind = %s AND number > %s"
        " AND added + replaced + ended > 0)",
        (received.kind, found.delivery),
    ).fetchone()
    return None if later is not None and later[0] else found


def earlier(
    connection: Connection,
    received: Received,
    mode: str,
    scope: Mapping[str, str] | None,
    before: int | None = None,
) -> Loaded | None:
    """Return what became of this very file before, None if it is new."""
    row = connection.execute(
        """
        SELECT number, name, kind, rows, accepted, rejected, duplicates, held
        FROM landwatch.delivery
        WHERE fingerprint = %s AND kind = %s AND mode = %s AND scope IS NOT DISTINCT FROM %s
            AND (%s::int4 IS NULL OR number < %s)
        ORDER BY number DESC LIMIT 1
        """,
        (received.fingerprint, received.kind, mode, _json(scope), before, before),
    ).fetchone()
    if row is None:
        return None
    number, name, kind, count, accepted, rejected, duplicates, held = row
    issues = connection.execute(
        "SELECT code, count(*) FROM landwatch.issue WHERE delivery = %s GROUP BY code ORDER BY 1",
        (number,),
    ).fetchall()
    return Loaded(
        delivery=number,
        name=name,
        kind=kind,
        rows=count,
        accepted=accepted,
        rejected=rejected,
        unchanged=accepted,
        duplicates=duplicates,
        ended=0,
        is_repeat=True,
        issues=dict(issues),
        held=held,
    )


def _json(scope: Mapping[str, str] | None) -> Jsonb | None:
    """Return a scope as the list of deliveries holds it."""
    return None if scope is None else Jsonb(dict(scope))


def write_down(
    connection: Connection,
    received: Received,
    loaded: Loaded,
    mode: str,
    scope: Mapping[str, str] | None,
) -> None:
    """Write a delivery into the list of them; UsageError when it is dated into the future."""
    if received.received_at is not None and received.received_at > datetime.now(UTC):
        raise UsageError(
            f"{received.name}：收件时间 {received.received_at} 在将来。 "
            "A file cannot have been received in the future.",
            "补记过去的时刻 give --received-at a past instant",
        )
    regions = received.regions
    named = NamedRegions(KINDS[received.kind])
    if regions is None:
        named.see_versions(connection, KINDS[received.kind], loaded.delivery)
        # What is put in by no file has no row that changed nothing.
        regions = named.of(connection) if loaded.unchanged == 0 else None
    elif loaded.replaced or loaded.ended:
        # Whom a file takes a record from, or whose it ends, no row of it need say.
        named.see_versions(connection, KINDS[received.kind], loaded.delivery, is_ended=True)
        regions = sorted({*regions, *named.of(connection)})
    connection.execute(
        """
        INSERT INTO landwatch.delivery (number, sha256, name, kind, mode, scope, received_at,
            loaded_at, rows, accepted, rejected, unchanged, duplicates, fingerprint, mapping,
            added, replaced, ended, held, empty_days, regions)
        VALUES (%s, %s, %s, %s, %s, %s, coalesce(%s, now()), now(), %s, %s, %s, %s, %s, %s, %s,
            %s, %s, %s, %s, %s, %s)
        """,
        (
            loaded.delivery, received.sha256, received.name, received.kind, mode, _json(scope),
            received.received_at, loaded.rows, loaded.accepted, loaded.rejected, loaded.unchanged,
            loaded.duplicates, received.fingerprint, Jsonb(issue_log.plain(dict(received.mapping))),
            loaded.added, loaded.replaced, loaded.ended, loaded.held, list(received.empty_days),
            None if regions is None else [*regions],
        ),
    )  # fmt: skip
