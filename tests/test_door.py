"""The door: whatever goes wrong is one sentence and an exit code; what is shown cannot act."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gis.cli.visible import visible, visible_json
from tests import disks, stores
from tests.conftest import Server, rest_long
from tests.warm import Desk, shared

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
BREAKS = [sys.executable, "-m", "tests.breaking", "breaks"]
SECRET = "口令四四"


def breaks(way: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BREAKS, way],
        env={**os.environ, "LANDWATCH_HOME": str(home), **environment},
        cwd=stores.ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_a_fault_nobody_foresaw_is_one_sentence_a_report_and_exit_3(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "secrets.json").write_text(json.dumps({"landwatch": SECRET}), encoding="utf-8")
    done = breaks("bug", home)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("错误 程序自身出错")
    assert "The program itself failed: ValueError" in done.stderr
    assert (done.stderr.count("→"), "Traceback" in done.stderr) == (1, False)
    assert ACTING.search(done.stderr) is None
    (report,) = (home / "reports").iterdir()
    assert str(report) in done.stderr
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    told = report.read_text(encoding="utf-8")
    assert "Traceback" in told
    assert "tests/breaking.py" in told
    for secret in ("hunter22", "hunter33", SECRET):
        assert secret not in told + done.stderr


def test_a_password_of_the_environment_is_in_no_report(tmp_path: Path) -> None:
    url = "postgresql://lw:%E5%8F%A3%E4%BB%A4%E5%9B%9B%E5%9B%9B@127.0.0.1/x"
    done = breaks("bug", tmp_path, LANDWATCH_DATABASE_URL=url)
    (report,) = (tmp_path / "reports").iterdir()
    assert done.returncode == 3
    assert SECRET not in report.read_text(encoding="utf-8") + done.stderr


@pytest.mark.parametrize("way", ["memory", "recursion", "silent"])
def test_every_kind_of_fault_has_its_sentence(tmp_path: Path, way: str) -> None:
    done = breaks(way, tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 2)
    assert ("内存不足" in done.stderr) == (way == "memory")
    assert len(list((tmp_path / "reports").iterdir())) == 1


def test_a_report_goes_elsewhere_when_home_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    spare = tmp_path / "spare"
    spare.mkdir()
    done = breaks("bug", tmp_path / "file", TMPDIR=str(spare))
    (report,) = spare.iterdir()
    assert done.returncode == 3
    assert str(report) in done.stderr
    with disks.small(tmp_path / "disk", 64) as full:
        disks.fill(full)
        done = breaks("bug", full, TMPDIR=str(full))
        # Python looks for other temporary folders by itself; where it finds one, that is told.
        assert done.returncode == 3
        assert "landwatch-" in done.stderr or "tests/breaking.py" in done.stderr
        assert [path.name for path in full.iterdir() if path.is_file()] == ["filler"]
        assert "hunter22" not in done.stderr


def test_a_store_that_lost_a_table_is_no_traceback(
    server: Server, pattern: str, tmp_path: Path
) -> None:
    with stores.copied(server, pattern, f"landwatch_lost_{os.getpid()}", tmp_path) as store:
        with store.connect() as connection:
            connection.execute("DROP TABLE landwatch.run CASCADE")
        done = store.call("findings")
        assert (done.code, done.stdout) == (3, "")
        assert "Traceback" not in done.stderr
        assert len(list((tmp_path / "reports").iterdir())) == 1


def test_the_help_and_the_readmes_say_every_exit_code(demo: Desk) -> None:
    told = demo.call("--help").stdout
    readme, chinese = (
        (stores.ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
    )
    for text, parts in (
        (told, ("0 完成", "1 已完成", "2 用法不对", "3 程序自身出错", "unexpected fault")),
        (readme, ("0 done", "1 done, but", "2 bad use", "3 an unexpected fault")),
        (chinese, ("0 完成", "1 已完成", "2 用法不对", "3 程序自身出错")),
    ):
        for part in parts:
            assert part in text


def test_a_reader_who_has_seen_enough_ends_the_command_quietly(demo: Desk, tmp_path: Path) -> None:
    for command in (
        f"{sys.executable} -m tests.breaking breaks long | head -n 1",
        f"{sys.executable} -m gis.cli findings --limit 100000 | head -n 1",
        f"{sys.executable} -m gis.cli findings --json | head -n 1",
    ):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"], env=demo.store.environment,
            cwd=stores.ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_a_full_disk_under_stdout_and_a_closed_stdout_are_told_or_borne(demo: Desk) -> None:
    for shell, code in ((">/dev/full", 2), (">&-", 0)):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m gis.cli findings {shell}"],
            env=demo.store.environment, cwd=stores.ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert ("stdout" in done.stderr, "Traceback" in done.stderr) == (code == 2, False)


def test_a_terminal_that_knows_no_chinese_gets_codes_and_whole_json(demo: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gis.cli", "findings", "--json"],
        env={**demo.store.environment, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        cwd=stores.ROOT, capture_output=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("ascii")) == demo.json("findings")
    for words, code in ((["findings"], 0), (["没有"], 2), (["deliveries"], 0)):
        done = subprocess.run(
            [sys.executable, "-m", "gis.cli", *words],
            env={**demo.store.environment, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
            cwd=stores.ROOT, capture_output=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code
        assert b"\\u" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_command_that_is_told_to_end_tidies_up_and_says_so(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    # A suite started in the background ignores some signals, and what it starts would too.
    heard = ["env", "--default-signal=INT,TERM,HUP"]
    with subprocess.Popen(
        [*heard, *BREAKS, "waits"], env={**os.environ, "LANDWATCH_HOME": str(tmp_path)},
        cwd=stores.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert not folder.exists()
    assert said.strip().startswith("已中断")
    assert said.strip().count("\n") == 0


# --- what is shown cannot act ----------------------------------------------------------------

TRAP = "甲\x1b]0;owned\x07乙\x9b31m\u202e丙\u2066丁\u200f[red]戊[/red]\n错误 伪造"
# Worked by hand: ESC and BEL are 1b and 07, CSI is 9b; every such sign as its code.
SHOWN = r"甲\x1b]0;owned\x07乙\x9b31m\u202e丙\u2066丁\u200f[red]戊[/red]\n错误 伪造"


def test_acting_signs_are_shown_as_their_codes() -> None:
    assert visible(TRAP) == SHOWN
    assert visible("普通 text：100 公顷 🙂") == "普通 text：100 公顷 🙂"
    assert visible(os.fsdecode(b"\xd6\xd0.csv")) == r"\udcd6\udcd0.csv"
    text = json.dumps({"a": TRAP}, ensure_ascii=False, indent=2)
    assert json.loads(visible_json(text)) == {"a": TRAP}
    assert ACTING.search(visible_json(text)) is None


@pytest.fixture(scope="module")
def trapped(server: Server, pattern: str, tmp_path_factory: Any) -> Iterator[tuple[Desk, Path]]:
    """A store with a supply whose every text is a trap, and the file it came in."""
    folder = tmp_path_factory.mktemp("trapped")
    file = folder / "a\x1b[31m\u202eb.csv"
    rows = [
        ["电子监管号", "项目名称", "土地使用权人", "宗地坐落", "面积(公顷)", "合同签订日期",
         "约定开工时间", TRAP],
        ["1506992024B00901", TRAP, "=cmd|' /C calc'!A0", "@SUM(1)", "1.5", "2020-01-01",
         "2021-01-01", TRAP],
        ["1506992024B00902\x1b[2J", "+1", "-2", "\t=3", TRAP, "2020-02-30", "2021-01-01", "x"],
    ]  # fmt: skip
    # Among so many plain rows the file is no noise to be refused.
    rows += [
        [f"1506992024B01{n:03}", "平常项目", "平常公司", "平常路一号", "1", "2020-01-01",
         "2021-01-01", "平常"]
        for n in range(60)
    ]  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink).writerows(rows)
    with stores.copied(server, pattern, f"landwatch_trap_{os.getpid()}", folder) as store:
        desk = Desk(store, shared())
        for words in (["load", "supplies", str(file)], ["run", "--as-of", "2026-06-30"]):
            done = desk.call(*words)
            assert done.code == 0, done.stderr
        yield desk, file


# What is listed, told of one subject, refused and written: one of each always.
CALLS = [
    ["check", "supplies", "{file}"],
    ["load", "parcels", "{file}"],
    ["deliveries", "--issues", "1"],
    ["findings"],
    ["calendar", "--from", "2020-01-01", "--to", "2030-01-01"],
    ["why", "1506992024B00901"],
    ["why", "x\x1b[31m\u202e\n错误 伪造"],
    ["findings", "--\x1b[31mno\u202e"],
    ["load", "supplies", "/nowhere/\x1b[31m\u202e\n伪造"],
    ["export", "findings", "--format", "csv", "--out", "{folder}/\x1b[31m\u202e.csv"],
    ["run", "--as-of", "\x1b[31m\u202e"],
]
SIBLINGS = [
    ["load", "supplies", "{file}", "--encoding", "utf-8"],
    ["deliveries"],
    ["candidates"],
    ["leads"],
    ["diff", "1", "1"],
    ["why", "1506992024B00902"],
    ["\x1b[31m\u202e"],
    ["load", "\x1b[31m", "{file}"],
    ["load", "--manifest", "/nowhere/\x1b[31m\u202e"],
    ["export", "findings", "--format", "gpkg", "--out", "/proc/\x1b[31m\u202e.gpkg"],
    ["law", "show", "\x1b[31m\u202e", "--on", "2026-01-01"],
    ["-v", "load", "supplies", "{file}"],
]


@pytest.mark.parametrize(
    "words", rest_long(CALLS + SIBLINGS, CALLS), ids=lambda words: visible(" ".join(words))
)
def test_nothing_from_a_file_or_an_argument_acts_on_the_terminal(
    trapped: tuple[Desk, Path], tmp_path: Path, words: list[str]
) -> None:
    desk, file = trapped
    called = [word.format(file=file, folder=tmp_path) for word in words]
    plain = desk.call(*called)
    assert plain.code in (0, 2), plain.stderr
    for said in (plain.stdout, plain.stderr):
        assert ACTING.search(said) is None, visible(said)
        assert "\n错误 伪造" not in said
    if words[0] not in ("law", "run", "-v"):
        as_json = desk.call(*called, "--json")
        assert ACTING.search(as_json.stdout + as_json.stderr) is None
        if as_json.code == 0:
            json.loads(as_json.stdout)


def test_markup_in_a_cell_is_no_colour_and_the_cell_is_shown_whole(
    trapped: tuple[Desk, Path],
) -> None:
    desk, _ = trapped
    said = desk.call("deliveries", "--issues", "1").stdout + desk.call("candidates").stdout
    assert "[red]" in re.sub(r"\s|[│┃]", "", said)


@pytest.mark.long("test_nothing_from_a_file_or_an_argument_acts_on_the_terminal")
def test_a_terminal_is_not_written_to_by_a_cell(trapped: tuple[Desk, Path]) -> None:
    desk, file = trapped
    for words in (["candidates"], ["check", "supplies", str(file)]):
        master, slave = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "gis.cli", *words], cwd=stores.ROOT, stdout=slave, stderr=slave,
            env={**desk.store.environment, "TERM": "xterm"},
        ) as process:  # fmt: skip
            os.close(slave)
            said = b""
            with suppress(OSError):  # how Linux says that the other end is gone
                while part := os.read(master, 65536):
                    said += part
        os.close(master)
        assert process.returncode == 0
        text = said.decode("utf-8", "replace")
        for trap in ("\x1b]0;owned", "\x07", "\x9b", "\u202e", "\u2066", "\x1b[2J"):
            assert trap not in text


def test_formulas_in_csv_and_workbook_stay_text_and_json_stays_data(
    trapped: tuple[Desk, Path], tmp_path: Path
) -> None:
    desk, _ = trapped
    out = tmp_path / "a.csv"
    assert desk.call("candidates", "--csv", str(out)).code == 0
    with out.open(encoding="utf-8-sig", newline="") as source:
        cells = [cell for row in csv.reader(source) for cell in row]
    assert any(re.match(r"甲.*乙.*\[red\]戊", cell) for cell in cells)
    assert [cell for cell in cells if re.match(r"[=+@\t\r\n-]", cell)] == []
    book = tmp_path / "a.xlsx"
    done = desk.call("export", "findings", "--format", "xlsx", "--out", str(book))
    assert done.code == 0, done.stderr
    for sheet in openpyxl.load_workbook(book):
        for row in sheet.iter_rows():
            assert [cell.coordinate for cell in row if cell.data_type == "f"] == []
    shown = desk.json("candidates")["rows"]
    assert any(re.match(r"甲.*乙.*\[red\]戊", str(row["name"])) for row in shown)


def test_every_word_of_the_command_goes_through_one_place() -> None:
    """What prints past the screen room would print what a file says as it came."""
    rooms = {"__init__.py", "screen.py", "visible.py", "streams.py"}
    faults = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted((stores.ROOT / "gis/cli").glob("*.py"))
        if path.name not in rooms
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"click\.echo\(|\bprint\(|sys\.std(out|err)\.write|click\.Path\(", line)
    ]
    assert faults == []
