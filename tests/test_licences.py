"""The licences: ours, and a list of everybody else's that agrees with what is installed."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"\| ([@\w./-]+) \| ([\w. ]+) \| \**([^|*]+)\** \| ([^|]+) \|")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    place = importlib.util.spec_from_file_location("licence_list", ROOT / "scripts/licence_list.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def listed() -> dict[str, tuple[str, str, str]]:
    text = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    return {row[1]: (row[2], row[3].strip(), row[4]) for row in ROW.finditer(text)}


def test_landwatch_is_under_a_permissive_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "landwatch contributors" in text


def test_the_list_is_what_the_script_makes_of_what_is_installed(script: ModuleType) -> None:
    made = script.document()
    assert (ROOT / "docs/licences.md").read_text("utf-8") == made, "call scripts/licences"


def test_every_pinned_package_stands_in_the_list_with_its_version(
    listed: dict[str, tuple[str, str, str]],
) -> None:
    run, test = (
        dict(
            re.findall(
                r"^([a-z0-9][a-z0-9-]*)==([0-9][\w.]*)",
                (ROOT / "scripts" / name).read_text("utf-8"),
                re.MULTILINE,
            )
        )
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert len(test) > 80
    assert {name: listed[name][0] for name in test} == test
    assert {name for name in test if "to run" in listed[name][2]} == run.keys()
    lock = json.loads((ROOT / "scripts/web/package-lock.json").read_text("utf-8"))
    for name, entry in lock["packages"].items():
        if name:
            assert listed[name.removeprefix("node_modules/")][0] == entry["version"]


def test_every_debian_package_of_the_setup_stands_in_the_list(
    listed: dict[str, tuple[str, str, str]],
) -> None:
    setup = (ROOT / "scripts/setup").read_text(encoding="utf-8")
    body = setup[setup.index("missing_packages() {") : setup.index("install_packages() {")]
    asked = set(re.findall(r"echo ([a-z][a-z0-9-]+)", body))
    for printed in re.findall(r"printf '([^']+)'", body):
        asked |= set(printed.replace("\\n", " ").split())
    asked -= {"python3-venv"}  # a part of python3
    assert {"chromium", "postgresql-15-postgis-3"} <= asked
    assert asked <= listed.keys(), asked - listed.keys()


def test_every_copyleft_licence_is_explained(listed: dict[str, tuple[str, str, str]]) -> None:
    text = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    explained = text[text.index("## What copyleft") : text.index("## Python packages")]
    copyleft = {name for name, (_, told, _) in listed.items() if re.search("GPL|MPL", told)}
    assert {"psycopg", "certifi", "postgresql-15-postgis-3"} <= copyleft
    for name in copyleft - {"postgresql-15-postgis-3"}:
        assert name in explained, name
    assert "PostGIS" in explained
