"""One delivery from file to store: read, fingerprinted, taken in whole or not at all."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from gis.errors import UsageError
from gis.intake.doctor import mended
from gis.intake.read import Reading
from gis.store import deliveries
from gis.store.database import Connection
from gis.store.deliveries import Loaded, Received

# Goes into the fingerprint: a reader that reads differently must be able to read a file again.
READER_VERSION = "1"


@dataclass(frozen=True)
class Order:
    """What a person asked to load: the file, its kind, and how to read and take it."""

    kind: str
    path: Path
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sender: str | None = None
    mode: str = "add"
    scope: Mapping[str, str] | None = None
    received_at: datetime | None = None
    fixes: Sequence[str] = ()  # repairs a person has accepted, as `landwatch check` names them


def load(connection: Connection, order: Order) -> tuple[Reading, Loaded]:
    """Take one file into the store; return how it was read and what became of it.

    DeliveryError when the file as a whole cannot be taken in; the store is then as before.
    """
    reading = mended.read(
        order.path,
        order.kind,
        fixes=order.fixes,
        layer=order.layer,
        crs=order.crs,
        encoding=order.encoding,
        column_map=order.column_map or None,
        constants=order.constants,
        sender=order.sender,
    )
    received = Received(
        name=reading.file,
        kind=order.kind,
        sha256=reading.sha256,
        fingerprint=_fingerprint(order, reading),
        mapping=reading.mapping,
        received_at=order.received_at,
    )
    rows = reading.rows.assign(file=reading.file, sender_row=reading.rows["key"])
    loaded = deliveries.put(
        connection,
        received,
        rows,
        reading.issues,
        columns_in(reading),
        mode=order.mode,
        scope=order.scope,
        refused_keys=reading.refused_keys,
    )
    return reading, loaded


def columns_in(reading: Reading) -> list[str]:
    """Return the kind's columns the file speaks of; all others keep what is known of a record."""
    named = set(reading.mapping.values())
    # A cell like "A(1.2公顷);B(0.8公顷)" fills a column no header stands for.
    filled = {
        name
        for name in reading.kind.columns
        if name not in named and reading.rows[name].notna().any()
    }
    columns = [name for name in reading.kind.columns if name in named | filled]
    has_shapes = reading.kind.has_geometry and reading.rows["geom"].notna().any()
    return [*columns, "geom"] if has_shapes else columns


def manifest(path: Path) -> list[Order]:
    """Return the orders of a manifest (TOML, [[delivery]] tables), files relative to it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"没有清单文件 {path}。 There is no manifest {path}.", "检查路径 check the path"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(
            f"清单 {path} 读不懂：{fault}。 The manifest cannot be read.",
            "按 TOML 改正 mend the TOML",
        ) from None
    return [_order(path, entry) for entry in content.get("delivery", [])]


def _order(manifest_path: Path, entry: Mapping[str, Any]) -> Order:
    known = {each.name for each in fields(Order)} - {"path", "column_map", "constants"}
    known |= {"file", "map", "set"}
    unknown = sorted(set(entry) - known)
    if unknown or "kind" not in entry or "file" not in entry:
        raise UsageError(
            f"{manifest_path}: a [[delivery]] needs kind and file; unknown: {unknown or 'none'}",
            f"known entries: {', '.join(sorted(known))}",
        )
    options = {name: entry[name] for name in entry if name not in {"file", "map", "set"}}
    return Order(
        path=manifest_path.parent / entry["file"],
        column_map=entry.get("map", {}),
        constants={name: str(value) for name, value in entry.get("set", {}).items()},
        **options,
    )


def _fingerprint(order: Order, reading: Reading) -> str:
    how = {
        "reader": READER_VERSION,
        "file": reading.sha256,
        "kind": order.kind,
        "layer": reading.layer,
        "mapping": reading.mapping,
        "crs": order.crs,
        "encoding": order.encoding,
        "sender": order.sender,
        **({"fixes": sorted(order.fixes)} if order.fixes else {}),
    }
    return hashlib.sha256(json.dumps(how, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
