"""Which run an answer speaks of, what a run was for, and which program made it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import ROOT, Store, copied

from gis.pipeline import program
from tests.conftest import Server

SUPPLIES = (
    "电子监管号,行政区代码,面积(公顷),供地方式,成交价格(万元),约定开工时间,合同签订日期\n"
    "1506002021B00001,150602,1,出让,100,2022-06-30,2021-12-01\n"
)
NUMBER = "1506002021B00001"


@pytest.fixture(scope="module")
def loaded(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database that holds the register and its first run, to be copied."""
    name, folder = "landwatch_which_run_pattern", tmp_path_factory.mktemp("loaded")
    with copied(server, pattern, name, folder) as store:
        register = folder / "supplies.csv"
        register.write_text(SUPPLIES, encoding="utf-8")
        store.json("load", "supplies", str(register))
        store.json("run", "--as-of", "2023-12-31")
        yield name


@pytest.fixture
def desk(server: Server, loaded: str, tmp_path: Path) -> Iterator[Store]:
    with copied(server, loaded, "landwatch_which_run", tmp_path / "home") as store:
        yield store


def shown(desk: Store, *arguments: str) -> tuple[int, str, str]:
    """Return the run, its day and the one subject's outcome, as a list shows them."""
    told = desk.json("candidates", *arguments)
    return told["run"], told["as_of"], told["rows"][0]["track"]


def test_a_look_ahead_does_not_become_what_everybody_sees(desk: Store) -> None:
    # Start due 2022-06-30: after 2024-06-30 two years have passed, before it one.
    first = desk.json("run", "--as-of", "2023-12-31")
    assert (first["run"], first["purpose"]) == (1, "routine")
    ahead = desk.json("run", "--as-of", "2990-01-01")
    assert (ahead["run"], ahead["purpose"]) == (2, "what_if")
    again = desk.json("run", "--as-of", "2023-12-31")
    assert (again["run"], again["is_repeat"]) == (1, True)
    assert shown(desk) == (1, "2023-12-31", "fee")
    assert shown(desk, "--run", "2") == (2, "2990-01-01", "recovery")
    assert shown(desk, "--as-of", "2990-01-01") == (2, "2990-01-01", "recovery")
    # The routine line is not behind the look ahead: the next day builds on the first run.
    after = desk.json("run", "--as-of", "2024-01-01")
    runs = {row["run"]: row for row in desk.json("runs")["rows"]}
    assert after["run"] == 3
    assert runs[3]["built_on"] == 1
    assert shown(desk) == (3, "2024-01-01", "fee")


@pytest.mark.long("test_a_look_ahead_does_not_become_what_everybody_sees")
def test_a_regional_run_is_not_the_default_of_the_whole(desk: Store) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    desk.json("run", "--as-of", "2024-12-31", "--region", "150602")
    assert shown(desk) == (1, "2023-12-31", "fee")
    rows = desk.json("runs")["rows"]
    assert [(row["run"], row["region"], row["is_default"]) for row in rows] == [
        (1, None, True),
        (2, "150602", False),
    ]


def test_a_what_if_asked_for_as_routine_becomes_one(desk: Store) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    assert desk.json("run", "--as-of", "2024-12-31", "--purpose", "WHAT_IF")["run"] == 2
    assert shown(desk)[0] == 1
    again = desk.json("run", "--as-of", "2024-12-31")
    assert (again["run"], again["is_repeat"], again["purpose"]) == (2, True, "routine")
    assert shown(desk) == (2, "2024-12-31", "recovery")


def test_every_answer_names_its_run(desk: Store, tmp_path: Path) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    told = desk.call("run", "--as-of", "2990-01-01").stdout
    assert "试算" in told
    assert "默认显示运行 1" in told
    file = str(tmp_path / "targets.gpkg")
    for arguments in (
        ["findings"],
        ["candidates"],
        ["balance"],
        ["calendar"],
        ["why", NUMBER],
        ["export", "candidates", "--format", "gpkg", "--out", file],
    ):
        printed = desk.call(*arguments)
        assert printed.code == 0, printed.stderr
        assert "运行 1" in printed.stdout, arguments


def test_a_day_without_a_run_names_the_days_that_have_one(desk: Store) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    told = desk.call("findings", "--as-of", "2024-01-05")
    assert told.code == 2
    assert "2023-12-31" in told.stderr
    clash = desk.call("findings", "--as-of", "2024-01-05", "--run", "1")
    assert (clash.code, "2023-12-31" in clash.stderr) == (2, True)
    both = desk.call("why", NUMBER, "--run", "1", "--as-of", "2024-01-05")
    assert both.code == 2


def test_why_answers_for_a_run_and_for_what_was_known_on_a_bare_day(desk: Store) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    desk.json("run", "--as-of", "2990-01-01")
    of_run = desk.json("why", NUMBER, "--run", "2")
    assert (of_run["run"], of_run["as_of"], of_run["note"]) == (2, "2990-01-01", None)
    known = desk.json("why", NUMBER, "--as-of", "2023-12-31", "--known-at", "2990-01-01")
    assert (known["run"], known["delivery"], known["as_of"]) == (None, 1, "2023-12-31")
    # Nothing had come by the end of that day.
    early = desk.call("why", NUMBER, "--as-of", "2023-12-31", "--known-at", "2001-01-01")
    assert early.code == 2


@pytest.mark.long("test_the_digest_follows_sources_and_data_but_not_the_law")
def test_a_run_of_other_code_is_neither_returned_nor_built_on(desk: Store) -> None:
    desk.json("run", "--as-of", "2023-12-31")
    with desk.connect() as connection:
        # So a store looks after the program was mended: the run was made by what it was before.
        connection.execute("UPDATE landwatch.run SET code_digest = repeat('0', 64)")
    note = desk.json("why", NUMBER)["note"]
    assert "000000000000" in note
    assert program.code_digest()[:12] in note
    assert "000000000000" in desk.call("why", NUMBER).stdout
    mended = desk.json("run", "--as-of", "2023-12-31")
    assert (mended["run"], mended["is_repeat"]) == (2, False)
    assert mended["code_digest"] == program.code_digest()
    assert desk.json("runs")["rows"][0]["built_on"] == 2
    assert desk.json("why", NUMBER)["note"] is None


# A digest for each line that comes: what is on the disk then.
DIGESTS = """
import sys
from gis.pipeline import program
for _ in sys.stdin:
    program.code_digest.cache_clear()
    print(program.code_digest(), flush=True)
"""


def test_the_digest_follows_sources_and_data_but_not_the_law(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "gis", tmp_path / "gis", ignore=shutil.ignore_patterns("__pycache__"))
    with subprocess.Popen(
        [sys.executable, "-c", DIGESTS],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as asked:  # fmt: skip
        assert asked.stdin is not None
        assert asked.stdout is not None

        def digest() -> str:
            asked.stdin.write("\n")
            asked.stdin.flush()
            return asked.stdout.readline().strip()

        first = digest()
        assert first == program.code_digest()
        for changed in ("gis/clock/rows.py", "gis/fields.toml", "gis/store/sql/insert_new.sql"):
            file = tmp_path / changed
            kept = file.read_text(encoding="utf-8")
            comment = "--" if changed.endswith(".sql") else "#"
            file.write_text(f"{kept}{comment} mended\n", encoding="utf-8")
            assert digest() != first, changed
            file.write_text(kept, encoding="utf-8")
        law = tmp_path / "gis/law/idle_land.toml"
        law.write_text(law.read_text(encoding="utf-8") + "# another day\n", encoding="utf-8")
        assert digest() == first
        asked.stdin.close()


def test_the_digest_names_the_libraries_that_count() -> None:
    assert list(program.libraries()) == ["GEOS", "PROJ", "GDAL", "numpy", "pandas", "shapely"]
    assert all(version.strip() for version in program.libraries().values())
