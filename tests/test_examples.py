"""The examples in the docstrings: they run, and no room of pure functions is without one."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = re.compile(r"^\s*>>> ", re.MULTILINE)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for room in ("gis", "api", "maps")
    for path in (ROOT / room).rglob("*.py")
    if EXAMPLE.search(path.read_text(encoding="utf-8"))
)
# Where a reader looks for what a pure function does: each of these shows it, none loses it.
SHOWN = {
    *("gis.cell_names", "gis.contracts", "gis.days", "gis.fields", "gis.identifiers"),
    *("gis.record_names", "gis.units", "gis.crs.systems", "gis.crs.transform", "gis.files.disk"),
    *("gis.geometry.allocation", "gis.geometry.areas", "gis.geometry.clean"),
    *("gis.geometry.groups", "gis.geometry.pairs", "gis.geometry.places"),
    *("gis.law", "gis.law.reader", "gis.law.workdays", "gis.facts.papers"),
    *("gis.clock.agreement", "gis.citation", "gis.clock.intervals", "gis.clock.rows"),
    *("gis.approvals.balance.approvals", "gis.approvals.claims", "gis.approvals.outcome"),
    *("gis.approvals.remainder", "gis.parks.accounts", "gis.indicators.land", "gis.leads.plane"),
    *("gis.intake.columns.amounts", "gis.intake.columns.cells", "gis.intake.columns.ids"),
    *("gis.intake.file_names", "gis.outputs.calendar.icalendar", "maps.packed", "maps.tally"),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    module = importlib.import_module(name)
    found = doctest.testmod(module, optionflags=doctest.FAIL_FAST)
    assert found.attempted > 0, "its examples stand where nothing runs them"
    assert found.failed == 0


def test_no_module_that_shows_what_it_does_has_lost_its_examples() -> None:
    assert SHOWN - {*MODULES} == set()
    pure = {name for name in MODULES if name.split(".")[:2] != ["gis", "store"]}
    rooms = {".".join(name.split(".")[:2]) for name in pure}
    asked = {"clock", "approvals", "parks", "indicators", "leads", "geometry", "crs", "law"}
    asked |= {"targets"}
    assert {f"gis.{room}" for room in asked | {"days", "units", "files"}} <= rooms
