"""The wheel, in an environment of its own: an editable install hides a forgotten TOML or SQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Server, url_of

ROOT = Path(__file__).parents[1]
PACKAGES = ("gis", "api", "maps")


def run(*words: str | Path, cwd: Path, **settings: str) -> str:
    """Run a program away from the checkout, and return what it prints."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**kept, "HOME": str(cwd), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    words = ("-m", "build", "--no-isolation", "--wheel", "--outdir", place, ROOT)
    run(sys.executable, *words, cwd=place)
    (made,) = place.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new environment that holds the wheel; the libraries it needs are lent by a path.

    Only the folder itself is lent: a .pth file inside a lent folder is not read, so the editable
    install of this checkout stays out.
    """
    place = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=place.parent)
    python = place / "bin" / "python"
    words = ("install", "--no-index", "--no-deps", "--quiet", wheel)
    run(sys.executable, "-m", "pip", "--python", python, *words, cwd=place.parent)
    (own,) = place.glob("lib/python*/site-packages")
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return place


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted
    endings = {Path(name).suffix for name in held}
    assert {".py", ".toml", ".sql", ".jinja", ".js", ".css"} <= endings


def test_the_installed_wheel_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import gis, api, maps; print(*(room.__file__ for room in (gis, api, maps)), sep='\\n')"
    places = run(installed / "bin" / "python", "-c", code, cwd=tmp_path).splitlines()
    assert len(places) == len(PACKAGES)
    assert all(Path(place).is_relative_to(installed) for place in places)


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    """The address, as the program's own role, of a database in which no one has made a table."""
    name = f"landwatch_wheel_{os.getpid()}"
    made, role = sql.Identifier(name), sql.Identifier(str(server.role["user"]))
    with psycopg.connect(**server.admin, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(made, role))
        with psycopg.connect(**{**server.admin, "dbname": name}, autocommit=True) as inside:
            inside.execute("CREATE EXTENSION postgis")
        yield url_of({**server.role, "dbname": name})
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


def test_the_installed_wheel_migrates_loads_and_judges(
    installed: Path, empty_database: str, tmp_path: Path
) -> None:
    """The SQL, the migrations, the dictionaries and the law are all read from the wheel."""
    register = tmp_path / "行政区.csv"
    lines = ("行政区代码,行政区名称,启用日期", "150600,鄂尔多斯市,2001-09-01", ",无代码,2001-09-01")
    register.write_text("\n".join(lines) + "\n", encoding="gb18030")

    def landwatch(*words: str | Path) -> dict[str, Any]:
        command = installed / "bin" / "landwatch"
        settings = {"LANDWATCH_DATABASE_URL": empty_database, "LANDWATCH_HOME": str(tmp_path)}
        answer = run(command, *words, "--json", cwd=tmp_path, **settings)
        return cast(dict[str, Any], json.loads(answer))

    landwatch("db", "upgrade")
    loaded = landwatch("load", "regions", register)
    assert (loaded["rows"], loaded["accepted"], loaded["rejected"]) == (2, 1, 1)
    book = landwatch("law", "book", "--out", tmp_path / "law.html", "--as-of", "2026-06-30")
    assert book["values"] > 100  # its page, the cases and the sources that ask came along
    judged = landwatch("run", "--as-of", "2026-06-30")
    assert (judged["as_of"], judged["delivery"]) == ("2026-06-30", 1)
    with psycopg.connect(empty_database) as connection:
        stored = connection.execute("SELECT key, name FROM landwatch.regions").fetchall()
    assert stored == [("150600", "鄂尔多斯市")]
