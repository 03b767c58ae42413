"""What the command says of itself: both languages everywhere, choices in any case, its doors."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from gis import contracts, errors, fields
from gis.cli import landwatch
from tests import stores
from tests.conftest import Server
from tests.intake_samples import write_shapefile
from tests.warm import DEMO_DAY, Desk

CHINESE, ENGLISH = re.compile("[一-鿿]"), re.compile("[A-Za-z]{2}")


def commands(
    group: click.Group = landwatch, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))
            else:
                yield (*path, name), command


COMMANDS = {" ".join(path): command for path, command in commands()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_paragraph_and_option_of_the_help_is_in_both_languages(name: str) -> None:
    command = COMMANDS[name]
    with click.Context(command, info_name=name, help_option_names=["-h", "--help"]) as context:
        for heading in re.findall(r"^\S.*:$", command.get_help(context), re.MULTILINE):
            assert is_in_both(heading), heading
        paragraphs = (command.help or "").split("\n\n")
        assert is_in_both(paragraphs[0]), paragraphs[0]
        for option in command.get_params(context):
            if isinstance(option, click.Option):
                assert is_in_both(option.help or ""), (name, option.opts)
            if isinstance(option.type, click.Choice):
                assert not option.type.case_sensitive, (name, option.opts)


def is_in_both(text: str) -> bool:
    return bool(CHINESE.search(text) and ENGLISH.search(text))


def texts(node: ast.AST) -> str:
    parts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return " ".join(part for part in parts if isinstance(part, str))


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Yield where an error of the program is made, with the call that makes it."""
    family = {name for name, one in vars(errors).items() if isinstance(one, type)}
    family |= {"BadParameterError", "UnknownCallerError", "ForbiddenError", "NoAccountsError"}
    for room in ("gis", "api", "maps"):
        for file in sorted((stores.ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in family:
                        yield f"{file.relative_to(stores.ROOT)}:{node.lineno}", node


def test_no_error_is_told_in_english_alone_nor_in_chinese_alone() -> None:
    """Words put together elsewhere are left out; they are refusals, tested by their own doors."""
    seen = 0
    for where, call in raised():
        for part in call.args:
            words = texts(part)
            if CHINESE.search(words) or ENGLISH.search(words):
                assert CHINESE.search(words), f"{where}: {words}"
                seen += 1
        if is_spoken(call.args[:1]):
            assert ENGLISH.search(texts(call.args[0])), f"{where}: {texts(call.args[0])}"
    assert seen > 200


def is_spoken(parts: list[ast.expr]) -> bool:
    """True where the first words stand in the call itself, not in a name that is handed on."""
    return bool(parts) and bool(CHINESE.search(texts(parts[0])))


def test_what_is_held_or_kept_by_an_undo_is_told_in_both_languages() -> None:
    for name in ("held_rows", "undoing"):
        tree = ast.parse((stores.ROOT / f"gis/store/{name}.py").read_text(encoding="utf-8"))
        spoken = [
            texts(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr) and len(CHINESE.findall(texts(node))) > 8
        ]
        assert len(spoken) >= 2
        assert all(map(is_in_both, spoken)), spoken


def test_every_published_word_is_in_both_languages() -> None:
    for name, entries in contracts.CODES.items():
        for code, (chinese, english) in entries.items():
            assert CHINESE.search(chinese) or chinese.isascii(), (name, code)
            assert english.strip(), (name, code)


def test_the_command_alone_shows_its_help_and_is_no_fault(demo: Desk) -> None:
    for words in ([], ["law"], ["db"]):
        done = demo.call(*words)
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout == demo.call(*words, "--help").stdout
        assert "命令 Commands:" in done.stdout


CHOICES = [
    ["export", "TARGETS", "--format", "SHP", "--encoding", "GBK", "--out", "{folder}/a.shp"],
    ["export", "Findings", "--format", "XLSX", "--out", "{folder}/a.xlsx"],
    ["export", "unsupplied", "--format", "GeoJSON", "--out", "{folder}/a.geojson"],
    ["why", "1506992024B00007", "--language", "EN"],
    ["run", "--as-of", DEMO_DAY, "--purpose", "ROUTINE"],
    ["deliveries", "--kind", "Parcels"],
    ["deliveries", "--kind", "宗地"],
    ["profiles", "--kind", "SUPPLIES"],
    ["corrections", "--kind", "Supplies"],
]


@pytest.mark.parametrize("words", CHOICES, ids=lambda words: " ".join(words[:4]))
def test_a_choice_is_read_in_any_case(demo: Desk, tmp_path: Path, words: list[str]) -> None:
    done = demo.call(*(word.format(folder=tmp_path) for word in words))
    assert done.code == 0, done.stderr


@pytest.fixture
def empty(server: Server, pattern: str, demo: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A store nothing was ever loaded into."""
    with stores.copied(server, pattern, f"landwatch_doors_{os.getpid()}", tmp_path) as store:
        yield replace(demo, store=store)


def test_kinds_modes_and_encodings_of_a_load_are_read_in_any_case(
    empty: Desk, tmp_path: Path
) -> None:
    path = str(write_shapefile(tmp_path / "a.shp"))
    words = ["--crs", "epsg:4525", "--encoding", "Gbk", "--mode", "ADD"]
    assert empty.json("check", "PARCELS", path, *words[:4])["kind"] == "parcels"
    assert empty.json("load", "Parcels", path, *words, "--accept", "AREA_UNIT")["accepted"] > 0
    assert {row["kind"] for row in empty.json("deliveries")["rows"]} == {"parcels"}


UNKNOWN_KIND = [
    ["load", "parcelz", "x.shp"],
    ["check", "parcelz", "x.shp"],
    ["correct", "parcelz", "1", "面积=2", "--who", "甲", "--why", "乙"],
    ["deliveries", "--kind", "parcelz"],
    ["deliveries", "--kind", ""],
    ["profiles", "--kind", "parcelz"],
    ["profiles", "--forget", "甲", "--kind", "parcelz"],
    ["corrections", "--kind", "parcelz"],
    ["load", "--manifest", "{folder}/m.toml"],
]


@pytest.mark.parametrize("words", UNKNOWN_KIND, ids=lambda words: " ".join(words[:3]))
def test_an_unknown_kind_is_refused_with_the_list_of_kinds(
    demo: Desk, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "x.csv").write_text("甲\n1\n", encoding="utf-8")
    manifest = '[[delivery]]\nkind = "parcelz"\nfile = "x.csv"\n'
    (tmp_path / "m.toml").write_text(manifest, encoding="utf-8")
    done = demo.call(*(word.format(folder=tmp_path) for word in words))
    assert done.code == 2
    assert done.stdout == ""
    assert "这类资料" in done.stderr
    assert all(f"{kind.name}（{kind.title}）" in done.stderr for kind in fields.KINDS.values())


BAD_USE = {
    ("findings", "--colour"): "没有 --colour 这个选项",
    ("judge",): "没有 judge 这个命令",
    ("run",): "缺少 '--as-of'",
    ("why",): "缺少 'SUBJECT'",
    ("run", "--as-of", DEMO_DAY, "--workers", "0"): "'--workers' 的值不能用",
    ("export", "gold", "--format", "shp", "--out", "a.shp"): "'KIND' 的值不能用",
    ("export", "targets", "--out", "a.shp"): "缺少 '--format'",
    ("findings", "--limit"): "选项 --limit",
    ("runs", "more"): "参数多余",
    ("deliveries", "--since", "x"): "'--since' 的值不能用",
}


@pytest.mark.parametrize("words", BAD_USE, ids=" ".join)
def test_what_the_command_line_gets_wrong_is_said_in_chinese_and_english(
    demo: Desk, words: tuple[str, ...]
) -> None:
    done = demo.call(*words)
    assert done.code == 2
    found, mend = done.stderr.splitlines()
    assert BAD_USE[words] in found
    assert ENGLISH.search(found)
    assert is_in_both(mend)
