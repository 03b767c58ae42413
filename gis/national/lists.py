"""The lists of the national system: as which kind their rows are read, what of them is compared."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from gis import contracts
from gis.errors import UsageError
from gis.fields import KINDS, Kind, kind_of


@dataclass(frozen=True)
class Listing:
    """One list: how its rows are read, the columns compared, the area summed.

    `share`: areas are unlike that differ by more than this part of ours (and by more than 1 m2).
    """

    name: str
    kind: Kind
    compared: tuple[str, ...]
    area: str
    share: float


def _listing(name: str, entry: Mapping[str, Any]) -> Listing:
    kind = KINDS[entry["kind"]] if "kind" in entry else kind_of(name, entry)
    compared = tuple(entry["compared"])
    strange = {*compared, entry["area"]} - {*kind.columns}
    if strange:
        raise ValueError(f"lists.toml: {name} compares {sorted(strange)}, columns unknown")
    return Listing(name, kind, compared, entry["area"], float(entry["share"]))


def _read() -> dict[str, Listing]:
    text = resources.files("gis.national").joinpath("lists.toml").read_text(encoding="utf-8")
    return {name: _listing(name, entry) for name, entry in tomllib.loads(text).items()}


LISTS: Mapping[str, Listing] = _read()


def list_named(name: str) -> Listing:
    """Return the list of a name; UsageError names all there are."""
    if name not in LISTS:
        known = "、".join(f"{one}（{contracts.label('national_list', one)}）" for one in LISTS)
        raise UsageError(f"没有这种清单 there is no list {name[:40]!r}", f"可用 one of: {known}")
    return LISTS[name]
