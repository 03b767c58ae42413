"""Codes of industries (GB/T 4754-2017), and how to tell one of an older edition."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

EDITION = "2017"
_CODE = re.compile(r"(?P<section>[A-T])?(?P<digits>\d{2,4})")


@dataclass(frozen=True)
class Doubt:
    """Why a code is no code of 2017: the edition it is of (None: of none), and what it is now."""

    edition: str | None
    now: tuple[str, ...] = ()


def _read() -> Mapping[str, Any]:
    text = resources.files("gis").joinpath("industries.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


_TABLE = _read()
_SECTIONS: Mapping[str, Mapping[str, list[int]]] = {
    # An older edition has the sections of 2017 where its own are not given.
    edition: _TABLE["sections"][EDITION] | own
    for edition, own in _TABLE["sections"].items()
}
# Division of 2017 -> its name, then those older editions had for it.
DIVISIONS: Mapping[str, tuple[str, ...]] = {
    code: tuple(names) for code, *names in _TABLE["divisions"]
}
# Division of 2002 -> what it became by 2017.
OF_2002: Mapping[str, tuple[str, ...]] = {
    code: tuple(became) for code, *became in _TABLE["of_2002"]
}
LAST_DIVISION = max(last for _, last in _TABLE["sections"][EDITION].values())
_CHANGED = {one["code"]: one for one in _TABLE["changed"]}


def doubt(code: str, name: str | None = None) -> Doubt | None:
    """Return why a code is not one of GB/T 4754-2017, None where nothing speaks against it.

    The section (a letter), the division (two digits) and the classes known to have changed are
    looked at; whether every class there is exists is not.

    >>> doubt("2614"), doubt("C2614")
    (None, None)
    >>> doubt("2520")
    Doubt(edition='2011', now=('2521',))
    >>> doubt("4415", "太阳能发电"), doubt("4415", "风力发电")
    (Doubt(edition='2011', now=('4416',)), None)
    >>> doubt("D2614"), doubt("98")
    (Doubt(edition=None, now=()), Doubt(edition='2002', now=()))

    """
    found = _CODE.fullmatch(code.strip().upper())
    if found is None:
        return Doubt(None)
    digits = found["digits"]
    changed = _CHANGED.get(digits)
    if changed is not None:
        is_named = name is not None and name.strip() == changed["name"]
        if is_named or not changed.get("reused", False):
            return Doubt(changed["edition"], tuple(changed["now"]))
    division = int(digits[:2])
    for edition in sorted(_SECTIONS, reverse=True):
        if _has(edition, division, found["section"]):
            return None if edition == EDITION else Doubt(edition)
    return Doubt(None)


def _has(edition: str, division: int, section: str | None) -> bool:
    own = _SECTIONS[edition]
    asked = own.values() if section is None else [own[section]]
    return any(first <= division <= last for first, last in asked)
