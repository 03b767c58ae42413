"""A delivery read batch by batch, so that a large layer never lies in memory whole."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.fields import KINDS, Kind
from gis.intake import read as door
from gis.intake.columns.constants import add_constants, named_constants
from gis.intake.columns.header_profile import written
from gis.intake.issues import Issues
from gis.intake.read import Reading, Taken, Understanding
from gis.intake.readers.shapes_in_text import take_shapes
from gis.intake.source.completeness import sha256 as digest_of
from gis.intake.source.file_format import Opened, is_raster
from gis.intake.source.opening import opened
from gis.intake.source.reachable import must_be_readable
from gis.intake.table import Array, Table

if TYPE_CHECKING:
    # GDAL loads for large files alone.
    from gis.intake.readers.vector import Layer

ROWS_AT_ONCE = 50_000
_SMALL_BYTES = 1 << 21  # cannot hold a batch and a half: not opened twice
_LITTLE_ENDIAN = 1  # the first byte of WKB
_WHOLE = frozenset({"excel", "csv", "coordinates", "parquet", "dbf"})  # formats read in one piece


@dataclass(frozen=True)
class Source:
    """How a delivery is understood: name, hash, layer, header -> column, column -> unit."""

    kind: Kind
    file: str
    sha256: str
    layer: str | None
    mapping: dict[str, str]
    units: dict[str, str]
    series: str | None = None  # the project a 报部坐标 names: its numbers count within it
    empty_days: tuple[str, ...] = ()  # that a person named as standing for no date in it


@dataclass
class Whole:
    """A delivery read already, given as one batch: what `Batches` offers."""

    reading: Reading
    is_given: bool = False

    @property
    def source(self) -> Source:
        """Return what is known of the delivery besides its rows."""
        read = self.reading
        return Source(
            read.kind, read.file, read.sha256, read.layer, read.mapping, read.units, read.series,
            read.empty_days,
        )  # fmt: skip

    @property
    def row_count(self) -> int:
        """Return how many rows were read."""
        return self.reading.row_count if self.is_given else 0

    @property
    def expected_rows(self) -> int:
        """Return how many rows are taken in at most."""
        return len(self.reading.rows)

    @property
    def columns(self) -> list[str]:
        """Return the kind's columns the file speaks of; all others keep what is known."""
        # A cell like "A(1.2公顷);B(0.8公顷)" fills a column no header stands for.
        rows, kind = self.reading.rows, self.reading.kind
        named = {*self.reading.mapping.values()}
        named |= {str(name) for name in rows if rows[name].notna().any()}
        return kind.spoken_of(named)

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the accepted rows."""
        self.is_given = True
        yield self.reading.rows


@dataclass
class Batches:
    """A delivery being read: the first batch is there, `frames` gives the accepted rows of each.

    `expected_rows` is what the file announces. `geom` of a frame holds shapes, or the WKB of those
    stored as they came; then `shape` holds the shapes.
    """

    first: Taken
    further: Iterator[Table]
    understanding: Understanding
    expected_rows: int
    _filled: set[str] = field(default_factory=set)

    @property
    def source(self) -> Source:
        """Return what is known of the delivery before its rows are read."""
        mapped, layer = self.understanding.mapped, self.first.table.layer
        units = {name: unit for name, unit in mapped.units.items() if unit}
        kind, file = self.understanding.kind, self.understanding.file
        series, headers = self.first.table.series, dict(mapped.headers)
        days = tuple(written(mapped.empty_days))
        return Source(kind, file, self.first.sha256, layer, headers, units, series, days)

    @property
    def row_count(self) -> int:
        """Return how many rows were read so far."""
        return self.understanding.row_count

    @property
    def reading(self) -> Reading:
        """Return how the delivery is understood and what was found so far, without the rows."""
        return self.understanding.reading(self.first, pd.DataFrame())

    @property
    def columns(self) -> list[str]:
        """Return the kind's columns the file has spoken of so far, and `geom` if it had shapes."""
        named = {*self.understanding.mapped.headers.values()} | self._filled
        return self.understanding.kind.spoken_of(named)

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the accepted rows of each batch."""
        table: Table | None = self.first.table
        # The rows of a batch are let go with it.
        self.first = replace(self.first, table=_emptied(self.first.table))
        while table is not None:
            came = table.geoms
            rows = self.understanding.rows_of(table)
            if table.wkb is not None and came is not None:
                rows["shape"] = rows["geom"]
                accepted = np.isin(table.row_nos, rows["row_no"]) if len(rows) < len(came) else ...
                rows["geom"] = _as_they_came(rows["geom"], came[accepted], table.wkb[accepted])
            asked = {*rows.columns} - {"shape", *self._filled}
            self._filled |= {name for name in asked if rows[name].notna().any()}
            yield rows
            table = next(self.further, None)


@contextmanager
def in_batches(
    path: Path,
    kind: str | Kind,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    sender: str | None = None,
) -> Iterator[Batches]:
    """Give a delivery to be read; arguments and errors as for `read`, which reads it whole.

    Layers of more than ROWS_AT_ONCE rows come in batches, everything else in one. Where the
    coordinate system contradicts the numbers the first batch decides.
    """
    found = KINDS[kind] if isinstance(kind, str) and kind in KINDS else kind
    with _large(path, found, layer, column_map, encoding) as large:
        if large is None:
            taken = door.take(
                path,
                kind,
                layer=layer,
                crs=crs,
                encoding=encoding,
                column_map=column_map,
                constants=constants,
            )
            further: Iterator[Table] = iter(())
            expected = len(taken.table.frame)
        else:
            further = _with_constants(large, constants or {})
            first = next(further)
            if large.source.format == "filegdb":
                from gis.intake.readers.aliases import aliases_of

                first.aliases = aliases_of(large.source.path, first.layer)
            taken = Taken(
                first, large.kind, path, large.source.format, digest_of(path), large.issues
            )
            expected = large.entry.count
        understanding = door.begin(taken, crs=crs, column_map=column_map, sender=sender)
        yield Batches(taken, further, understanding, expected)


@dataclass(frozen=True)
class _Large:
    source: Opened
    kind: Kind
    entry: Layer
    issues: Issues


@contextmanager
def _large(
    path: Path,
    kind: str | Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    encoding: str | None,
) -> Iterator[_Large | None]:
    """Give the layer meant, open, when it is too large to be read at once; else None."""
    if isinstance(kind, Kind):
        must_be_readable(path)
    if not isinstance(kind, Kind) or _is_small(path) or is_raster(path):
        yield None
        return
    with opened(path, layer) as source:
        if source.format in _WHOLE:
            yield None
            return
        issues = door.issues_of(path, source)
        inner = layer if layer != source.stem else None
        from gis.intake.readers.vector import find_layer

        entry = find_layer(source, kind, inner, column_map, encoding, issues)
        yield _Large(source, kind, entry, issues) if entry.count > ROWS_AT_ONCE else None


def _is_small(path: Path) -> bool:
    is_plain = path.is_file() and path.suffix.lower() != ".zip"
    return is_plain and path.stat().st_size < _SMALL_BYTES


def _with_constants(large: _Large, constants: Mapping[str, str]) -> Iterator[Table]:
    from gis.intake.readers.vector import read_batches

    named = named_constants(large.kind, constants)
    for table in read_batches(large.source, large.entry, large.issues, ROWS_AT_ONCE):
        if table.geoms is None and large.kind.has_geometry:
            take_shapes(table, large.issues)
        add_constants(table, large.kind, named)
        yield table


def _emptied(table: Table) -> Table:
    nothing = np.empty(0, dtype=np.int64)
    return replace(table, frame=pd.DataFrame(), row_nos=nothing, row_ids=None, geoms=None, wkb=None)


def _as_they_came(shapes: pd.Series, came: Array, wkb: Array) -> Array:
    """Return the WKB a shape came as wherever it is still the very shape that was read."""
    now = shapes.to_numpy(dtype=object, copy=True)
    is_same = np.fromiter(map(operator.is_, now, came), bool, len(now)) & ~shapely.is_missing(now)
    orders = map(operator.itemgetter(0), wkb[is_same])
    is_same[is_same] = np.fromiter(orders, np.uint8, int(is_same.sum())) == _LITTLE_ENDIAN
    now[is_same] = wkb[is_same]
    return now
