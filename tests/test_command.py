"""The command: its help, the shape of every --json, and what it says of bad use."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from gis import contracts, result_tables
from gis.cli import landwatch, screen
from tests import stores
from tests.conftest import Server
from tests.intake_samples import write_shapefile
from tests.stores import Store
from tests.warm import DEMO, DEMO_DAY, Desk, Ended

SUPPLY, APPROVAL = "1506992019B00001", "演示批〔2017〕07号|演示市2017年度第三批次"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CHINESE, ENGLISH = re.compile("[一-鿿]"), re.compile("[A-Za-z]{2}")
PLAIN: dict[str, type | tuple[type, ...]] = {
    "integer": int,
    "text": str,
    "instant": str,
    "flag": bool,
    "number": (int, float),
    "object": dict,
    "list of text": list,
    "list of object": list,
}


@pytest.fixture(scope="module")
def nothing(server: Server, pattern: str, demo: Desk, tmp_path_factory: Any) -> Iterator[Desk]:
    """A store nothing was ever loaded into."""
    name, folder = f"landwatch_nothing_{os.getpid()}", tmp_path_factory.mktemp("nothing")
    with stores.copied(server, pattern, name, folder) as store:
        yield Desk(store, demo.warm)


def commands(group: click.Group = landwatch, path: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """Yield the words of every command and group."""
    yield list(path)
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))
            else:
                yield [*path, name]


@pytest.mark.parametrize("words", [*commands()], ids=" ".join)
def test_every_command_has_help_in_both_languages(demo: Desk, words: list[str]) -> None:
    done = demo.call(*words, "--help")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: " + " ".join(["landwatch", *words]))
    told = done.stdout.split("\n\n")[1]
    assert CHINESE.search(told)
    assert ENGLISH.search(told)


JSON_CALLS = {
    "load": ["load", "tasks", str(DEMO / "tasks.csv")],
    "run": ["run", "--as-of", DEMO_DAY],
    "runs": ["runs"],
    "deliveries": ["deliveries"],
    "issues": ["deliveries", "--issues", "29"],
    "findings": ["findings"],
    "candidates": ["candidates"],
    "unsupplied": ["unsupplied"],
    "balance": ["balance"],
    "leads": ["leads"],
    "indicators": ["indicators"],
    "targets": ["targets", "--year", "2026"],
    "rank": ["rank", "--year", "2025"],
    "rank_firms": ["rank", "--year", "2025", "--scheme", "per_mu"],
    "rank_tiers": ["rank", "--year", "2022", "--scheme", "ordos_2022"],
    "why_park": ["why", "YS", "--year", "2025"],
    "why_tier": ["why", "YS", "--year", "2025", "--scheme", "ordos_2022"],
    "why_firm": ["why", "91150699YS00000001", "--year", "2025", "--scheme", "per_mu"],
    "why": ["why", SUPPLY],
    "why_approval": ["why", APPROVAL],
    "timeline": ["timeline", SUPPLY],
    # One that few days say something new of: each is judged anew.
    "timeline_approval": ["timeline", "演示批〔2020〕05号|演示市2020年度第五批次"],
    "calendar": ["calendar", "--from", "2026-07-01", "--to", "2026-07-31"],
    "export": ["export", "targets", "--format", "shp", "--out", "{folder}/目标.shp"],
    "map": ["map", "--all", "--out", "{folder}"],
    "law_list": ["law", "list", "--on", DEMO_DAY],
    "law_book": ["law", "book", "--out", "{folder}/law.html", "--as-of", DEMO_DAY],
    "law_show": ["law", "show", "idle.years_to_fee", "--on", DEMO_DAY],
    "db": ["db", "status"],
}


@pytest.mark.parametrize("name", JSON_CALLS)
def test_the_json_of_a_command_has_the_published_shape(
    demo: Desk, tmp_path: Path, name: str
) -> None:
    content = demo.json(*(word.format(folder=tmp_path) for word in JSON_CALLS[name]))
    published = contracts.JSON[name]
    assert list(content) == list(published)
    for key, kind in published.items():
        assert_fits(content[key], kind, f"{name}.{key}")
    for file in content.get("files", []):
        assert Path(file).stat().st_size > 0


def assert_fits(value: Any, kind: str, where: str) -> None:
    """Hold a value against a type of contracts.toml."""
    if objects := re.match("list(, empty where [^:{]+,)? of {([^}]+)}", kind):
        names = objects[2].split(", ")
        assert value or objects[1], f"{where} is empty: it shows nothing"
        assert all(list(row) == names for row in value), where
        return
    if table := re.match("list, empty where [^:]+: the columns of table (\\w+)", kind):
        assert isinstance(value, list), where
        assert all(list(row) == result_tables.TABLES[table[1]].names for row in value), where
        return
    if table := re.match("list: the columns of table (\\w+)", kind):
        assert value, f"{where} is empty: it shows nothing"
        assert all(list(row) == result_tables.TABLES[table[1]].names for row in value), where
        return
    if codes := re.fullmatch("codes:(\\w+)", kind):
        assert value in contracts.CODES[codes[1]], where
        return
    kind, may_be_null = kind.split(":")[0].removesuffix("|null"), "|null" in kind.split(":")[0]
    if value is None:
        assert may_be_null, where
    elif kind == "day":
        assert DAY.fullmatch(value), where
    else:
        assert isinstance(value, PLAIN[kind]), where
        assert kind != "integer" or not isinstance(value, bool), where


def test_counts_of_a_run_are_nested_by_outcome_and_track(demo: Desk) -> None:
    counts = demo.json("run", "--as-of", DEMO_DAY)["counts"]
    assert set(counts["idle"]) <= set(contracts.CODES["outcome"])
    for tracks in counts["idle"].values():
        assert set(tracks) <= {*contracts.CODES["track"], "none"}
        assert all(set(entry) == {"count", "area_m2"} for entry in tracks.values())
    assert set(counts["unsupplied"]) <= set(contracts.CODES["unsupplied"])
    assert all(set(entry) == {"count", "area_m2"} for entry in counts["unsupplied"].values())


def test_logs_go_to_stderr_and_leave_the_json_whole(demo: Desk) -> None:
    done = demo.call("-v", "balance", "--json")
    assert done.code == 0
    assert json.loads(done.stdout)["count"] > 0


def test_instants_have_their_zone_and_days_have_none(demo: Desk) -> None:
    first = demo.json("deliveries")["rows"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", first["received_at"])
    assert DAY.fullmatch(demo.json("balance")["rows"][0]["approved_on"])


BAD_USE = {
    "unknown kind": (["load", "supplys", "x.csv"], "supplies"),
    "nothing to load": (["load"], "KIND"),
    "no such manifest": (["load", "--manifest", "没有.toml"], "没有.toml"),
    "manifest and more": (["load", "--manifest", "a.toml", "--crs", "4525"], "--manifest"),
    "no equals sign": (["load", "tasks", "x.csv", "--map", "甲"], "--map 名=值"),
    "replace without scope": (["load", "tasks", "{tasks}", "--mode", "replace"], "--scope"),
    "scope without replace": (["load", "tasks", "{tasks}", "--scope", "year=2026"], "replace"),
    "unknown column in scope": (
        ["load", "tasks", "{tasks}", "--mode", "replace", "--scope", "colour=red"],
        "colour",
    ),
    "no such day": (["run", "--as-of", "2026-02-30"], "2026-06-30"),
    "no day": (["run"], "--as-of"),
    "unknown region": (["run", "--as-of", DEMO_DAY, "--region", "990000"], "990000"),
    "no region": (["run", "--as-of", DEMO_DAY, "--region", "包头"], "150602"),
    "delivery to come": (["run", "--as-of", DEMO_DAY, "--known-at", "999"], "999"),
    "instant without zone": (
        ["run", "--as-of", DEMO_DAY, "--known-at", "2026-03-01T08:00"],
        "+08:00",
    ),
    "neither": (["run", "--as-of", DEMO_DAY, "--known-at", "昨天"], "--known-at 3"),
    "run into a file": (["run", "--as-of", DEMO_DAY, "--out", "{file}/out"], "{file}"),
    "map into a file": (["map", "--all", "--out", "{file}/out"], "{file}"),
    "export into a file": (
        ["export", "targets", "--format", "shp", "--out", "{file}/a.shp"],
        "{file}",
    ),
    "workbook into a file": (
        ["export", "targets", "--format", "xlsx", "--out", "{file}/a.xlsx"],
        "{file}",
    ),
    "csv into a file": (["findings", "--csv", "{file}/a.csv"], "{file}"),
    "csv into a pipe": (["findings", "--csv", "-"], "--json"),
    "picture into a pipe": (["indicators", "--chart", "ranking", "--out", "-"], "--json"),
    "name of another format": (
        ["export", "targets", "--format", "shp", "--out", "a.gpkg"],
        ".shp",
    ),
    "workbook of another name": (
        ["export", "targets", "--format", "xlsx", "--out", "a.shp"],
        ".xlsx",
    ),
    "unknown subject": (["why", "没有这一宗"], "没有这一宗"),
    "no such run": (["findings", "--run", "99"], "99"),
    "no such delivery": (["deliveries", "--issues", "999"], "999"),
    "unknown block": (["map", "--block", "QQ", "--out", "{file}.d"], "YS-A"),
    "which block": (["map", "--out", "{file}.d"], "--block"),
    "unknown value of the law": (["law", "show", "idle.no_such", "--on", DEMO_DAY], "idle.no_such"),
    "before the law": (["law", "show", "idle.years_to_fee", "--on", "1950-01-01"], "2012-07-01"),
    "open to the world": (["serve", "--host", "0.0.0.0"], "127.0.0.1"),  # noqa: S104 - refused
    "unknown command": (["judge"], "judge"),
    "unknown option": (["findings", "--colour"], "--colour"),
}


@pytest.mark.parametrize("name", BAD_USE)
def test_bad_use_is_one_message_with_a_mend_and_exit_2(
    demo: Desk, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "文件"
    file.touch()
    given = {"file": str(file), "tasks": str(DEMO / "tasks.csv")}
    words, part = BAD_USE[name]
    done = demo.call(*(word.format(**given) for word in words))
    assert_told(done)
    assert part.format(**given) in done.stderr


def test_every_file_to_write_refuses_the_name_of_a_pipe() -> None:
    def options(command: click.Command) -> Iterator[click.Parameter]:
        yield from command.params
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                own = command.get_command(click.Context(command), name)
                assert own is not None
                yield from options(own)

    files = [one for one in options(landwatch) if isinstance(one.type, click.Path)]
    written = {one.name for one in files if one.type is screen.OUT}
    assert {"csv_path", "ics_path", "list_path", "mended_path", "out"} <= written
    read = {"path", "files", "file", "manifest", "law_dirs", "public_key"}
    assert {one.name for one in files if one.type is not screen.OUT} == read


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--as-of", DEMO_DAY],
        ["findings"],
        ["why", SUPPLY],
        ["map", "--all", "--out", "maps"],
        ["export", "targets", "--format", "csv", "--out", "a.csv"],
    ],
    ids=lambda words: words[0],
)
def test_an_empty_store_says_what_to_do_first(nothing: Desk, words: list[str]) -> None:
    done = nothing.call(*words)
    assert_told(done)
    assert "landwatch" in done.stderr


def test_a_store_that_cannot_be_had_is_told_without_its_password(
    demo: Desk, server: Server, tmp_path: Path
) -> None:
    secret = "geheim-7Q2x"
    closed = f"postgresql://landwatch:{secret}@127.0.0.1:9/landwatch"
    wrong = stores.url_of({**server.role, "password": secret, "dbname": "postgres"})
    for url in (closed, wrong, f"mysql://landwatch:{secret}@localhost/x", f"没有 {secret}"):
        for words in (["findings"], ["db", "status"], ["load", "tasks", str(DEMO / "tasks.csv")]):
            done = demo.warm.call(Store(url, tmp_path), *words)
            assert_told(done)
            assert secret not in done.stderr


def assert_told(done: Ended) -> None:
    """One message, Chinese before English, with a mend; no traceback, nothing on stdout."""
    assert done.code == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("错误 ")
    assert done.stderr.count("错误 ") == 1
    assert "Traceback" not in done.stderr
    found, mend = done.stderr.removeprefix("错误 ").split("\n  → ")
    assert mend.strip()
    assert CHINESE.search(found)
    assert ENGLISH.search(found)


def test_who_watches_sees_the_columns_before_the_first_row_is_taken(
    nothing: Desk, tmp_path: Path
) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    near, far = pty.openpty()
    with os.fdopen(near, "rb", buffering=0) as screen:
        command = [sys.executable, "-m", "gis.cli", "load", "parcels", str(path)]
        done = subprocess.run(
            command,
            env=nothing.store.environment,
            cwd=stores.ROOT,
            stdout=subprocess.PIPE,
            stderr=far,
        )
        os.close(far)
        shown = b""
        with suppress(OSError):  # the end of a terminal nobody writes to any more
            while part := screen.read(1 << 16):
                shown += part
    seen = shown.decode()
    assert (done.returncode, done.stdout) == (2, b"")
    assert seen.index("列对应") < seen.index("宗地面积") < seen.index("错误 ")


def test_garbage_is_looked_for_when_libraries_are_loaded_but_never_among_them() -> None:
    loaded = (
        "import gc, click; from gis.cli import landwatch;"
        "landwatch.get_command(click.Context(landwatch), 'run');"
        "print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )

    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)

    assert told.stdout.split() == [b"True", b"True"]
