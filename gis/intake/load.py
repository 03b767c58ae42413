"""One delivery from file to store: read, fingerprinted, taken in whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from gis.fields import KINDS
from gis.intake import archive
from gis.intake import manifest as orders
from gis.intake.background_writer import in_background
from gis.intake.batches import Batches, Source, Whole, in_batches
from gis.intake.columns.header_profile import HeaderProfiles, Profile, empty_days_of
from gis.intake.columns.mapping import header_meant, target_of
from gis.intake.doctor import mended
from gis.intake.gate import Gate
from gis.intake.issues import unread_cells
from gis.intake.read import Reading
from gis.intake.source import bounded
from gis.intake.source.completeness import marks_of, must_be_unchanged
from gis.store import deliveries, profiles
from gis.store.arrivals import Loaded, Received
from gis.store.database import Connection
from gis.store.named_regions import NamedRegions

# Goes into the fingerprint: a reader that reads differently must be able to read a file again.
READER_VERSION = "2"
Coming = Batches | Whole
Tell = Callable[[Coming], None]


@dataclass(frozen=True)
class LoadRequest:
    """What a person asked to load: the file, its kind, and how to read and take it."""

    kind: str
    path: Path
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    empty_days: Sequence[str] = ()  # that stand for no date in this register
    sender: str | None = None
    mode: str = "add"
    scope: Mapping[str, str] | None = None
    received_at: datetime | None = None
    # "moved", "copy": rows that waited, now decided; `gate.CODES`: a file that was held, and is so
    accepted: Sequence[str] = ()
    override_corrections: bool = False  # the sender's old value wins over a person's correction
    fixes: Sequence[str] = ()  # repairs a person has accepted, as `landwatch check` names them
    # Rows of a file that came before, now decided: what else is in it is not taken in once more.
    only_rows: Collection[int] = ()
    # Whose word it is, where that must not tell how anybody else's files of a sender are read.
    account: str | None = None
    is_remembered: bool = True

    @property
    def remembered_as(self) -> str | None:
        """Return under whom it is remembered how files like this are read; None: nowhere."""
        if self.sender is None or not self.is_remembered:
            return None
        own = [self.account, self.sender]
        return self.sender if self.account is None else json.dumps(own, ensure_ascii=False)


def silent(_: Coming) -> None:
    """Tell nobody."""


def load(
    connection: Connection,
    order: LoadRequest,
    home: Path | None,
    tell: Tell = silent,
    *,
    tells_all: bool = False,
    is_trial: bool = False,
) -> tuple[Reading, Loaded]:
    """Take one file into the store; return how it was read (without rows) and what became of it.

    The file as received is kept under `home` before the delivery is committed (an image is not: it
    stays where it lies; nor is anything with `home` None, for who looks what would be taken in and
    then takes the transaction back). `tell` hears before the first row how the columns are
    understood, then with each batch how many rows are done. `tells_all`: see `Loaded`; `is_trial`:
    see `deliveries.open_delivery`.
    DeliveryError when the file as a whole cannot be taken in; the store is then as before.
    """
    marks = marks_of(order.path)
    with (
        bounded.reading(order.path),
        _opened(connection, order) as batches,
        bounded.storing() as clock,
        connection.transaction(),
    ):
        tell(batches)
        source = batches.source
        received = Received(
            name=source.file,
            kind=order.kind,
            sha256=source.sha256,
            fingerprint=_fingerprint(order, source),
            mapping=source.mapping,
            received_at=order.received_at,
            sender=order.sender,
            series=source.series,
            empty_days=source.empty_days,
        )
        with deliveries.open_delivery(
            connection,
            received,
            order.mode,
            order.scope,
            # Who only looks keeps nobody from the records: no table is emptied of its indexes.
            expected_rows=0 if home is None else batches.expected_rows,
            tells_all=tells_all,
            is_trial=is_trial,
        ) as delivery:
            if isinstance(delivery, Loaded):
                return batches.reading, delivery
            at_gate = Gate(
                connection, source.file, source.kind, source.units, order.accepted,
                is_first=delivery.taking.number is not None,
            )  # fmt: skip

            named = NamedRegions(source.kind)

            def take(rows: pd.DataFrame, columns: Sequence[str]) -> None:
                at_gate.look(rows)
                named.see(rows)
                delivery.add(rows, columns)

            with in_background(take) as hand_on:
                for every in clock.reading(batches.frames()):
                    rows = _of_rows(order, every)
                    hand_on(rows.assign(sender_row=rows["key"]), batches.columns)
                    tell(batches)
            must_be_unchanged(order.path, marks)
            reading = replace(batches.reading, issues=_of_rows(order, batches.reading.issues))
            # The server makes its indexes meanwhile. An image may be too large to be there twice.
            named.see_refused(reading.issues, reading.mapping)
            with _kept(home, order.path, reading):
                loaded = delivery.finish(
                    reading.issues,
                    batches.columns,
                    refused_keys=reading.refused_keys,
                    unread=unread_cells(reading.issues),
                    override_corrections=order.override_corrections,
                    accepted=order.accepted,
                    regions=named.of(connection),
                )
        if not loaded.is_repeat:
            _remember(connection, order, reading, loaded.delivery)
    return reading, loaded


def _of_rows(order: LoadRequest, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, or the issues of rows, that are asked for."""
    if not order.only_rows or rows.empty:
        return rows
    asked: pd.DataFrame = rows[rows["row_no"].isin([*order.only_rows])]
    return asked


def _kept(home: Path | None, path: Path, reading: Reading) -> AbstractContextManager[None]:
    if home is None or reading.format == "raster":
        return nullcontext()
    return archive.keeping(home, path, reading.sha256)


@contextmanager
def _opened(connection: Connection, order: LoadRequest) -> Iterator[Coming]:
    column_map = _remembered(connection, order)
    if order.fixes:
        # A repair looks at all rows before it changes one.
        reading = mended.read(
            order.path,
            order.kind,
            fixes=order.fixes,
            layer=order.layer,
            crs=order.crs,
            encoding=order.encoding,
            column_map=column_map,
            constants=order.constants,
            sender=order.sender,
        )
        yield Whole(reading)
        return
    with in_batches(
        order.path,
        order.kind,
        layer=order.layer,
        crs=order.crs,
        encoding=order.encoding,
        column_map=column_map,
        constants=order.constants,
        sender=order.sender,
    ) as batches:
        yield batches


def _remembered(connection: Connection, order: LoadRequest) -> Mapping[str, str]:
    """Return the column map asked for, with what is remembered of the sender."""
    days = empty_days_of(order.empty_days)
    if order.remembered_as is None:
        return HeaderProfiles(order.column_map, asked_days=days)
    known = profiles.read(connection, order.remembered_as, order.kind)
    earlier = [
        Profile(frozenset(one["headers"]), one["mapping"], empty_days_of(one["empty_days"]))
        for one in known.to_dict("records")
    ]
    return HeaderProfiles(order.column_map, earlier, asked_days=days)


def _remember(connection: Connection, order: LoadRequest, reading: Reading, number: int) -> None:
    if order.remembered_as is None:
        return
    headers = [header for header in reading.columns_in_file if header not in reading.put_in]
    left_out = {header: "" for header, name in order.column_map.items() if not name}
    mapping = {h: n for h, n in reading.mapping.items() if h not in reading.put_in}
    mapping |= _with_units(order, mapping)
    profiles.save(
        connection, order.remembered_as, order.kind, headers, left_out | mapping,
        reading.empty_days, number,
    )  # fmt: skip


def _with_units(order: LoadRequest, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return header -> area_m2(公顷) for what a person mapped together with a unit."""
    units = {}
    for original, target in order.column_map.items():
        header = header_meant(original, mapping)
        unit = target_of(KINDS[order.kind], target, "--map")[1] if target else None
        if header is not None and unit:
            units[header] = f"{mapping[header]}({unit})"
    return units


def manifest(path: Path) -> list[LoadRequest]:
    """Return the orders of a manifest (TOML, [[delivery]] tables), files relative to it."""
    renamed = {"path": "file", "column_map": "map", "constants": "set"}
    ours = {"only_rows", "account", "is_remembered"}
    names = {
        renamed.get(each.name, each.name): each.name
        for each in fields(LoadRequest)
        if each.name not in ours
    }
    return [
        LoadRequest(**{names[name]: value for name, value in entry.items()})
        for entry in orders.entries(path, names)
    ]


def is_read_so(connection: Connection, order: LoadRequest, fingerprint: str) -> bool:
    """Return whether an order reads a file as the delivery of a fingerprint was read."""
    with bounded.reading(order.path), _opened(connection, order) as batches:
        return _fingerprint(order, batches.source) == fingerprint


def _fingerprint(order: LoadRequest, source: Source) -> str:
    how = {
        "reader": READER_VERSION,
        "file": source.sha256,
        "kind": order.kind,
        "layer": source.layer,
        "mapping": dict(source.mapping) | _with_units(order, source.mapping),
        "crs": order.crs,
        "encoding": order.encoding,
        "sender": order.sender,
        **({"override": True} if order.override_corrections else {}),
        **({"accepted": sorted(order.accepted)} if order.accepted else {}),
        **({"fixes": sorted(order.fixes)} if order.fixes else {}),
        **({"rows": sorted(order.only_rows)} if order.only_rows else {}),
        **({"empty_days": source.empty_days} if source.empty_days else {}),
    }
    return hashlib.sha256(json.dumps(how, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
