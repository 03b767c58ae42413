"""Which way imports point: the rooms, what each may import, and the one room of each library."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("gis", "api", "maps")

# The ground floor knows nothing of land; words are the dictionaries and arithmetic all rooms share.
GROUND = {"gis", "gis.errors"}
WORDS = GROUND | {"gis.arrays", "gis.citation", "gis.contracts", "gis.crs", "gis.days"}
WORDS |= {"gis.fields", "gis.cell_names", "gis.geometry", "gis.identifiers", "gis.record_names"}
WORDS |= {"gis.frames", "gis.result_tables", "gis.units", "gis.magnitudes", "gis.industries"}
# What a disk refuses, what is half made, how files come to be there as a whole, what went wrong.
FILES = {"gis.files"}
# What every room of intake speaks of: rows, and what is wrong with them.
INTAKE = WORDS | FILES | {"gis.intake.codes", "gis.intake.file_names", "gis.intake.issues"}
INTAKE |= {"gis.intake.table"}
# Those who show a stored run to people: they judge nothing, so they cannot reach what judges.
READING = WORDS | FILES | {"gis.store", "gis.config", "gis.pipeline.counts"}

# room -> the rooms it may import (itself always). A module belongs to the longest name that fits.
MAY_IMPORT: dict[str, set[str]] = {
    "gis": set(),
    "gis.errors": {"gis"},
    "gis.arrays": {"gis"},
    "gis.citation": GROUND | {"gis.contracts"},
    "gis.cell_names": {"gis"},
    "gis.config": GROUND,
    "gis.contracts": GROUND,
    "gis.crs": GROUND | {"gis.arrays"},
    "gis.days": GROUND,
    "gis.fields": GROUND,
    "gis.files": GROUND | {"gis.config"},
    "gis.frames": GROUND | {"gis.fields"},
    "gis.identifiers": GROUND,
    # The kernel: shapes in, arrays out.
    "gis.geometry": GROUND | {"gis.arrays", "gis.crs"},
    "gis.units": GROUND,
    "gis.magnitudes": GROUND,
    "gis.industries": GROUND,
    "gis.result_tables": GROUND | {"gis.contracts"},
    "gis.record_names": GROUND | {"gis.fields", "gis.identifiers"},
    "gis.law": GROUND | {"gis.days"},
    # What the national system lists beside what we do: pure.
    "gis.national": WORDS,
    # What comes in: reads files, knows no store.
    "gis.intake.file_names": GROUND,
    "gis.intake.codes": WORDS,
    "gis.intake.issues": WORDS | {"gis.intake.codes", "gis.intake.file_names"},
    "gis.intake.table": WORDS,
    "gis.intake.source": INTAKE,
    "gis.intake.columns": INTAKE,
    "gis.intake.readers": INTAKE | {"gis.intake.source", "gis.intake.columns"},
    "gis.intake.checks": INTAKE | {"gis.intake.source"},
    "gis.intake": INTAKE
    | {"gis.intake.source", "gis.intake.columns", "gis.intake.readers", "gis.intake.checks"},
    "gis.intake.doctor": INTAKE
    | {"gis.intake", "gis.intake.source", "gis.intake.columns", "gis.intake.readers"}
    | {"gis.intake.checks"},
    "gis.store": WORDS | FILES | {"gis.config"},
    # Between the files and the store.
    "gis.intake.archive": INTAKE | {"gis.intake.source", "gis.store"},
    "gis.intake.correct": INTAKE | {"gis.intake", "gis.intake.columns", "gis.store"},
    "gis.intake.gate": INTAKE
    | {"gis.intake", "gis.intake.source", "gis.intake.readers", "gis.intake.doctor", "gis.store"},
    "gis.intake.load": INTAKE
    | {"gis.intake", "gis.intake.source", "gis.intake.columns", "gis.intake.doctor"}
    | {"gis.intake.archive", "gis.intake.gate", "gis.store"},
    # The law, with what a manager recorded of the choices it leaves open.
    "gis.recorded_law": WORDS | {"gis.law", "gis.store"},
    "gis.accounts": WORDS | FILES | {"gis.config", "gis.store"},
    "gis.facts": WORDS | {"gis.store", "gis.law"},
    # What judges: pure, frames in and frames out, no file and no database.
    "gis.clock": WORDS | {"gis.law"},
    "gis.approvals": WORDS | {"gis.law"},
    "gis.parks": WORDS,
    "gis.control": WORDS | {"gis.law"},
    "gis.indicators": WORDS,
    "gis.ranking": WORDS | {"gis.law"},
    "gis.targets": WORDS,
    "gis.leads": WORDS | {"gis.law", "gis.facts", "gis.approvals"},
    # What joins facts to rules and knows the order, from the store back to it.
    "gis.pipeline": WORDS
    | {"gis.config", "gis.law", "gis.store", "gis.facts", "gis.clock", "gis.approvals"}
    | {"gis.parks", "gis.indicators", "gis.leads", "gis.pipeline.counts", "gis.pipeline.engine"}
    | {"gis.pipeline.economy"}
    | {"gis.pipeline.program"},
    "gis.pipeline.counts": WORDS,
    # Firms on their land: a run and whoever tells of one join them alike.
    "gis.pipeline.economy": WORDS | {"gis.store", "gis.facts", "gis.indicators"},
    "gis.pipeline.engine": GROUND,
    # Which program this is, for whoever writes it down.
    "gis.pipeline.program": GROUND | {"gis.crs"},
    # What is told of a stored run when it is asked: reads the store, calls the pure rooms.
    "gis.assessment": WORDS
    | {"gis.law", "gis.store", "gis.control", "gis.ranking", "gis.targets"}
    | {"gis.indicators", "gis.pipeline.economy"},
    # Long work that waits for its worker; what it is stands at the door.
    "gis.jobs": WORDS
    | FILES
    | {"gis.config", "gis.store", "gis.accounts"}
    | {"gis.pipeline.program"},
    # What goes out.
    "gis.outputs": GROUND,
    "gis.outputs.ledger": WORDS,
    "gis.outputs.law_book": WORDS | {"gis.law", "gis.clock"},
    "gis.outputs.grounds": WORDS,
    # Charts without a browser: values in, a picture out.
    "gis.outputs.pictures": GROUND,
    # Pure: frames of a night in, what is told out.
    "gis.outputs.digest": WORDS,
    "gis.outputs.export": READING | {"gis.outputs.grounds", "gis.outputs.ledger"},
    "gis.outputs.report": READING
    | {"gis.outputs.export", "gis.outputs.grounds", "gis.outputs.ledger"},
    # What went out, read back and held against the store.
    "gis.outputs.proof": READING,
    # A stored run by squares of the map.
    "gis.tiles": WORDS | {"gis.store"},
    # What comes is judged anew, day after day.
    "gis.outputs.calendar": WORDS
    | {"gis.law", "gis.store", "gis.facts", "gis.clock", "gis.pipeline"},
    # Who is told, and the one room that opens addresses: those of its settings.
    "gis.notices": WORDS | FILES | {"gis.config", "gis.store", "gis.accounts"},
    # What a night tells whom: stored lines, chosen by land.
    "gis.night.told": READING | {"gis.accounts", "gis.notices", "gis.outputs.digest"},
    # The night: what the rooms above make of a day, in order.
    "gis.night": READING
    | {"gis.law", "gis.accounts", "gis.notices", "gis.pipeline", "gis.outputs.calendar"}
    | {"gis.outputs.digest", "gis.outputs.export", "gis.night.told"},
    "maps": READING | {"gis.outputs.export", "gis.outputs.ledger", "gis.outputs.proof"},
    "api": READING
    | {
        "maps",
        "gis.accounts",
        "gis.jobs",
        "gis.law",
        "gis.recorded_law",
        "gis.outputs.export",
        "gis.tiles",
    }
    # How an article is cited.
    | {"gis.clock"}
    | {"gis.national", "gis.night.told", "gis.outputs.digest", "gis.outputs.grounds"}
    | {"gis.outputs.pictures"}
    | {"gis.assessment", "gis.control", "gis.ranking", "gis.targets"},
    # The door opens on every room.
    "gis.cli": READING
    | {"gis.intake", "gis.intake.source", "gis.intake.doctor", "gis.intake.gate"}
    # The reader of 报部坐标 writes them too.
    | {"gis.intake.archive", "gis.intake.correct", "gis.intake.load", "gis.intake.readers"}
    | {"gis.law", "gis.recorded_law", "gis.facts", "gis.clock", "gis.approvals"}
    | {"gis.pipeline", "gis.pipeline.engine", "gis.pipeline.program", "gis.outputs.law_book"}
    | {"gis.outputs.calendar", "gis.outputs.export", "gis.outputs.grounds"}
    | {"gis.outputs.ledger", "gis.outputs.report", "gis.outputs.pictures"}
    | {"gis.accounts", "gis.jobs", "gis.outputs.proof", "gis.tiles", "maps", "api"}
    | {"gis.night", "gis.night.told", "gis.notices", "gis.outputs.digest"}
    # The headers of a file, mapped as a sender's earlier ones were.
    | {"gis.national", "gis.intake.columns", "gis.intake.issues"}
    | {"gis.assessment", "gis.control", "gis.ranking"},
}

# outside library -> the rooms it lives in. To change the library is to change that room.
LIVES_IN: dict[str, set[str]] = {
    "alembic": {"gis.store"},
    "argon2": {"gis.accounts"},
    "babel": {"api"},
    "branca": {"maps"},
    "distributed": {"gis.pipeline.engine"},
    "click": {"gis.cli"},
    "cryptography": {"gis.outputs.proof"},
    "fastapi": {"api"},
    "fiona": {"gis.outputs.export"},
    "folium": {"maps"},
    "geoalchemy2": {"gis.store"},
    "geopandas": {"gis.intake.doctor", "gis.outputs.export"},
    "itsdangerous": {"gis.accounts"},
    "jinja2": {"api", "maps", "gis.outputs.law_book", "gis.outputs.digest"},
    "markupsafe": {"api"},
    "pmtiles": {"gis.tiles"},
    "psycopg": {"gis.store"},
    "psycopg_pool": {"gis.store"},
    "pyarrow": {
        *("gis.intake.source", "gis.intake.columns", "gis.intake.readers"),
        *("gis.outputs.export", "gis.store"),
    },
    "pydantic": {"api"},
    "pyogrio": {"gis.intake.source", "gis.intake.readers"},
    "pyproj": {"gis.crs"},
    "python_calamine": {"gis.intake.readers"},
    "rasterio": {"gis.intake.source", "gis.intake.readers", "maps"},
    "resvg_py": {"gis.outputs.pictures"},
    "rich": {"gis.cli"},
    "sqlalchemy": {"gis.store"},
    "starlette": {"api"},
    "uvicorn": {"api"},
    "xlsxwriter": {"gis.outputs.report"},
}
# The material everything is made of.
EVERYWHERE = {"numpy", "pandas", "shapely"}

# The same for a few modules of Python's own: who may start programs, read settings, read TOML.
OWN_LIBRARY: dict[str, set[str]] = {
    # The cluster; and what reads a stranger's file for the server, apart from it.
    "subprocess": {"gis.store", "gis.cli"},
    "tomllib": {
        "gis.industries",
        "gis.magnitudes",
        "gis.accounts",
        "gis.contracts",
        "gis.fields",
        "gis.frames",
        "gis.result_tables",
        "gis.intake",
        "gis.intake.readers",
        "gis.intake.source",
        "gis.intake.load",
        "gis.jobs",
        "gis.law",
        "gis.national",
        "gis.notices",
        "gis.outputs.digest",
        "gis.tiles",
    },
    # Who opens addresses: those of its settings alone.
    "smtplib": {"gis.notices"},
    "ssl": {"gis.notices"},
    "sqlite3": {"gis.intake.readers", "gis.outputs.export"},
    "pickle": set(),
}


def module_name(path: Path, root: Path = ROOT) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str | None:
    """Return the longest room that the dotted `name` lies in; `gis` itself is only its front."""
    fitting = [room for room in MAY_IMPORT if name == room or name.startswith(room + ".")]
    room = max(fitting, key=len, default=None)
    return None if room == "gis" and name != "gis" else room


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, those inside functions included.

    `from gis import days` names gis.days when that is a room and gis otherwise.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = "." * node.level + (node.module or "")
            for alias in node.names:
                longer = f"{stem}.{alias.name}"
                yield node.lineno, longer if room_of(longer) not in {None, room_of(stem)} else stem


def faults_of(module: str, source: str) -> list[str]:
    """Return one line per import that the tables do not allow."""
    room = room_of(module)
    if room is None:
        return [f"{module} is in no room of the table: name its room, or put it in one"]
    faults = []
    for line, name in imported(source):
        top = name.split(".")[0]
        where = f"{module}:{line} imports {name}"
        if name.startswith("."):
            faults.append(f"{where}: relative imports hide the room")
        elif top in PACKAGES:
            target = room_of(name)
            if target is None:
                faults.append(f"{where}, which is in no room")
            elif target != room and target not in MAY_IMPORT[room]:
                faults.append(f"{where}: {room} may not import {target}")
        elif top in OWN_LIBRARY and room not in OWN_LIBRARY[top]:
            faults.append(f"{where}: {top} is for {sorted(OWN_LIBRARY[top]) or 'no room'}")
        elif top in sys.stdlib_module_names or top in EVERYWHERE:
            continue
        elif room not in LIVES_IN.get(top, OWN_LIBRARY.get(top, set())):
            faults.append(
                f"{where}: {top} lives in {sorted(LIVES_IN.get(top, set())) or 'no room'}"
            )
    return faults


def modules(root: Path = ROOT) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def test_every_import_goes_the_way_the_table_says() -> None:
    faults = [
        fault
        for path in modules()
        for fault in faults_of(module_name(path), path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_the_table_of_rooms_has_no_way_round() -> None:
    waiting = {room: allowed - {room} for room, allowed in MAY_IMPORT.items()}
    while waiting:
        free = {room for room, allowed in waiting.items() if not allowed & waiting.keys()}
        assert free, f"these rooms may import each other in a ring: {sorted(waiting)}"
        waiting = {room: allowed for room, allowed in waiting.items() if room not in free}


def test_every_room_of_the_table_is_there() -> None:
    names = {module_name(path) for path in modules()}
    assert set(MAY_IMPORT) <= names, f"gone: {sorted(set(MAY_IMPORT) - names)}"


@pytest.mark.parametrize(
    ("module", "source", "part"),
    [
        ("gis.clock.outcome", "from gis.store import runs", "gis.clock may not import gis.store"),
        ("gis.clock.outcome", "import gis.pipeline.run", "gis.clock may not import gis.pipeline"),
        ("gis.intake.read", "from gis.intake.load import load", "may not import gis.intake.load"),
        ("gis.intake.read", "from gis.intake import load", "may not import gis.intake.load"),
        ("gis.outputs.export.write", "from gis import facts", "may not import gis.facts"),
        ("maps.page", "def f():\n    import gis.pipeline.run", "maps may not import gis.pipeline"),
        ("gis.outputs.export.write", "import pyproj", "pyproj lives in ['gis.crs']"),
        ("gis.law.reader", "import requests", "requests lives in no room"),
        ("gis.law.reader", "from . import reader", "relative imports"),
        ("gis.facts.link", "import subprocess", "subprocess is for ['gis.cli', 'gis.store']"),
        ("gis.store.records", "import sqlite3", "sqlite3 is for"),
        ("gis.helpers", "", "is in no room of the table"),
        ("gis.pipeline.run", "import gis.helpers", "which is in no room"),
    ],
)
def test_an_import_the_wrong_way_is_found(module: str, source: str, part: str) -> None:
    (fault,) = faults_of(module, source)
    assert part in fault


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gis.intake.load", "from gis.intake import read\nfrom gis.store import records"),
        (
            "gis.outputs.export.write",
            "from gis import __version__, units\nfrom gis.files.atomic import pack",
        ),
        ("gis.crs.systems", "import math, pyproj\nfrom pyproj.crs import ProjectedCRS"),
        ("api.app", "import fastapi\nfrom maps import page"),
    ],
)
def test_an_import_the_right_way_passes(module: str, source: str) -> None:
    assert faults_of(module, source) == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_lists_the_rooms_there_are(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    listing = text[text.index("    gis/   ") :].split("\n    maps/")[0].splitlines()[1:]
    # A line is its rooms, then two spaces and what they are for.
    named = {name for line in listing for name in line.split() if re.fullmatch(r"[a-z_]+/", name)}
    ground = set(listing[0].strip().split("    ")[0].split())
    inside = [path for path in (ROOT / "gis").iterdir() if path.name[:1] != "_"]
    assert named == {f"{path.name}/" for path in inside if path.is_dir()}
    assert ground == {path.stem for path in inside if path.suffix == ".py"}


def test_a_server_that_starts_loads_no_library_of_gdal() -> None:
    """Each brings a GDAL of its own, 30 MB and more: they load with the first file, or not."""
    asked = "import sys; import api.app, gis.cli.served_work; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert {"pyogrio", "fiona", "rasterio"} & {*done.stdout.split()} == set()
    assert "gis.outputs.export.package" in done.stdout.split()


def test_who_reads_files_for_the_server_and_who_does_its_jobs_load_no_page() -> None:
    """Each is a process of its own, and whoever sends the first file waits for it to be there."""
    asked = "import sys; import gis.cli.served_uploads, gis.cli.work; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = {*done.stdout.split()}
    assert {
        "api.app",
        "api.v1.routes",
        "api.web.routes",
        "api.web.frame",
        "jinja2",
    } & loaded == set()
