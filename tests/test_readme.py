"""The READMEs: what they point to is there, what they name exists, and both say the same."""

from __future__ import annotations

import re
import struct
from collections import Counter
from pathlib import Path

import click
import pytest

from gis.cli import landwatch
from scripts.benchmarks.chinese import in_chinese

ROOT = Path(__file__).parents[1]
READMES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
}
LINK = re.compile(r"\]\(([^)\s]+)\)")
TABLE = re.compile(r"<!-- bench:(\w+) -->\n(.*?)<!-- /bench:\1 -->", re.DOTALL)
# A command as it is called, alone on a line or between backticks, and the options it is given.
CALL = re.compile(r"(?:^ {4}(?:\.venv/bin/)?|`)landwatch ([a-z][^`\n#]*)", re.MULTILINE)
# What of a table's words is a name or a unit, the same in either language.
NAMES = re.compile(
    r"landwatch( map)?|"
    r"load|run|read_csv|drop_duplicates|ogr2ogr|COPY|EPSG|geopandas|GeoPandas|postgis|PostGIS|PostgreSQL|GEOS|GDAL|Dask|"
    r"AMD|EPYC|Intel|Xeon|Processor|GHz|tipg|pygeoapi|SedonaDB|sedonadb|Parquet|KB|"
    r"Python|pandas|pyogrio|shapely|psycopg|distributed|MB|GB|released|\d+e-\d+|x \d"
)


@pytest.mark.parametrize("name", READMES)
def test_every_link_leads_to_a_file_that_is_there(name: str) -> None:
    links = [link for link in LINK.findall(READMES[name]) if not link.startswith("#")]
    assert len(links) >= 4
    for link in links:
        assert not link.startswith("http"), "a closed network has no other server"
        assert (ROOT / link.split("#")[0]).is_file(), link


@pytest.mark.parametrize("name", READMES)
def test_every_command_and_option_named_exists(name: str) -> None:
    called = [match[1].split() for match in CALL.finditer(READMES[name])]
    assert len(called) > 15
    for words in called:
        command: click.Command | None = landwatch
        rest = words
        while isinstance(command, click.Group):
            with click.Context(command) as context:
                command = command.get_command(context, rest[0])
            assert command is not None, words
            rest = rest[1:]
        assert command is not None
        options = {one for parameter in command.params for one in parameter.opts}
        named = {word.strip("[]，。、；") for word in rest if word.startswith(("--", "[--"))}
        assert named <= options, words


@pytest.mark.parametrize("name", READMES)
def test_every_script_named_is_there(name: str) -> None:
    for script in re.findall(r"scripts/([a-z_]+)", READMES[name]):
        assert (ROOT / "scripts" / script).exists(), script


def test_nothing_is_claimed_that_is_not_so() -> None:
    for text in READMES.values():
        assert "landwatch[" not in text  # it stands in no index
    # "Every command that answers takes --json": all but the one that serves pages.
    lacking = set()

    def walk(group: click.Group, path: str) -> None:
        with click.Context(group) as context:
            for word in group.list_commands(context):
                command = group.get_command(context, word)
                assert command is not None
                if isinstance(command, click.Group):
                    walk(command, f"{path}{word} ")
                elif not any("--json" in one.opts for one in command.params):
                    lacking.add(path + word)

    walk(landwatch, "")
    assert lacking == {"serve"}


def test_the_tables_of_the_chinese_readme_are_those_of_the_other_in_chinese() -> None:
    english = dict(TABLE.findall(READMES["README.md"]))
    chinese = dict(TABLE.findall(READMES["README.zh.md"]))
    assert [*english] == [*chinese]
    assert len(english) >= 4
    for name, table in english.items():
        assert chinese[name] == in_chinese(table), f"run: scripts/bench {name} --write"
        assert rows(chinese[name]) == rows(table)
        left = re.findall(r"[A-Za-z]{2,}", NAMES.sub("", chinese[name]))
        assert left == [], f"not in Chinese: {left}"


def rows(table: str) -> list[Counter[str]]:
    """Return the figures of each row, the head and what is said below left out."""
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [Counter(re.findall(r"\d[\d,.]*\d|\d", line)) for line in lines]


def test_both_show_a_picture_of_the_map_of_a_reasonable_size() -> None:
    content = (ROOT / "docs/map.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert 1000 <= width <= 1600
    assert 600 <= height <= 1200
    assert len(content) < 400_000
    assert all("](docs/map.png)" in text for text in READMES.values())
