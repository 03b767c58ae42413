"""What a terminal shows: every figure whole at any width, what goes is named, two languages."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections import Counter
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from gis import result_tables
from gis.cli import fit
from tests import stores
from tests.conftest import rest_long
from tests.seeded import IS_LONG
from tests.stores import Store
from tests.warm import DEMO_DAY, Desk, Ended

CHINESE, ENGLISH = re.compile("[一-鿿]"), re.compile("[A-Za-z]{2}")
# Every run of digits with what belongs to it: figures, days, numbers of documents and supplies.
FIGURE = re.compile(r"\d[\d,.:\-]*\d|\d")
ALL = ["--limit", "1000"]
RUN_TABLES = {
    "findings": "ledger",
    "candidates": "ledger",
    "unsupplied": "unsupplied",
    "balance": "balance",
    "leads": "lead",
    "indicators": "indicator",
}
LISTINGS = {
    **{name: [name, *ALL] for name in RUN_TABLES},
    "calendar": ["calendar", "--from", "2026-07-01", "--to", "2026-07-31", *ALL],
    "targets": ["targets", "--year", "2026"],
    "deliveries": ["deliveries"],
    "runs": ["runs"],
    "law": ["law", "list", "--on", DEMO_DAY],
    "value": ["law", "show", "idle.years_to_fee", "--on", DEMO_DAY],
    "run": ["run", "--as-of", DEMO_DAY],
    "db": ["db", "status"],
    "profiles": ["profiles"],
    "why": ["why", "1506992024B00007"],
}
WIDTHS = (60, 80, 100)


def at(desk: Desk, width: int, *words: str) -> Ended:
    """Call the command on a terminal of so many cells; 0: into a file."""
    store = desk.store
    environment = {**store.environment, "COLUMNS": str(width) if width else ""}
    return desk.warm.call(_Wide(store.url, store.home, environment), *words)


class _Wide(Store):
    """A store whose command is called with an environment of its own."""

    def __init__(self, url: str, home: Path, environment: dict[str, str]) -> None:
        super().__init__(url, home)
        object.__setattr__(self, "_environment", environment)

    @property
    def environment(self) -> dict[str, str]:
        return self._environment  # type: ignore[attr-defined,no-any-return]


def columns(text: str) -> dict[str, list[str]]:
    """Return the lines of each column of the table in `text`, by header."""
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("┃")]
    body = [line for line in lines if line.startswith("│")]
    parted = [[cell.strip() for cell in line.strip("┃").split("┃")] for line in head]
    headers = ["".join(parts).replace(" ", "") for parts in zip(*parted, strict=True)]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in body]
    assert all(len(row) == len(headers) for row in cells)
    return {header: [row[n] for row in cells] for n, header in enumerate(headers)}


def dropped(text: str) -> list[str]:
    """Return the headers a listing says it found no room for."""
    told = re.search(r"放不下 (\d+) 栏：(.*?)；", text.replace("\n", ""))
    if told is None:
        return []
    names = told[2].split("、")
    assert len(names) == int(told[1])
    assert "--json" in text
    return names


@pytest.mark.parametrize("width", rest_long(WIDTHS, [80]))
@pytest.mark.parametrize("name", LISTINGS)
def test_no_line_of_a_listing_is_wider_than_the_terminal(demo: Desk, name: str, width: int) -> None:
    done = at(demo, width, *LISTINGS[name])
    assert done.code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines
    if "┃" in done.stdout:
        last = max(n for n, line in enumerate(lines) if line.startswith("└"))
        if dropped(done.stdout):
            last = next(n for n, line in enumerate(lines) if line.endswith(("window", "wider")))
        lines = lines[: last + 1]
        assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("name", LISTINGS)
def test_a_narrow_terminal_shows_every_figure_of_the_columns_it_keeps_whole(
    demo: Desk, name: str
) -> None:
    """The wide listing is parted by columns, and every digit of a kept column is met again."""
    whole = at(demo, 1000, *LISTINGS[name]).stdout
    if "┃" not in whole:
        assert name in {"why", "profiles"} or not FIGURE.search(whole)
        return
    assert dropped(whole) == []
    every = columns(whole)
    for width in WIDTHS if IS_LONG else WIDTHS[:1]:
        narrow = at(demo, width, *LISTINGS[name]).stdout
        shown, gone = columns(narrow), dropped(narrow)
        assert [*shown] == [header for header in every if header not in gone]
        assert {*shown, *gone} == {*every}
        for header, cells in shown.items():
            # Figures are counted line by line: one broken over two lines counts as two others.
            met = Counter(figure for line in cells for figure in FIGURE.findall(line))
            assert met == Counter(f for line in every[header] for f in FIGURE.findall(line)), header
            assert "".join(cells).replace(" ", "") == "".join(every[header]).replace(" ", "")


def written(column: result_tables.Column, value: Any) -> str:
    """Return a figure of the JSON as a person reads it."""
    if column.type == "money":
        return f"{value // 100:,}.{value % 100:02d}"
    if column.type == "number":
        return f"{value:,.4f}"
    return f"{value:,.2f}" if column.type == "area" else str(value)


@pytest.mark.parametrize("width", rest_long(WIDTHS, [100]))
@pytest.mark.parametrize("name", RUN_TABLES)
def test_every_figure_of_the_json_that_is_shown_stands_whole_on_one_line(
    demo: Desk, name: str, width: int
) -> None:
    rows = demo.json(name)["rows"]
    shown = columns(at(demo, width, *LISTINGS[name]).stdout)
    checked = 0
    for column in result_tables.TABLES[RUN_TABLES[name]].columns:
        header = column.zh.removesuffix("代码").replace("（分）", "（元）")
        if header not in shown or column.type not in {"day", "area", "money", "number", "integer"}:
            continue
        told = [written(column, row[column.name]) for row in rows if row[column.name] is not None]
        assert [cell.removeprefix("≥ ") for cell in shown[header] if cell] == told, header
        checked += len(told)
    assert checked >= len(rows)


def test_what_goes_first_is_not_what_a_person_acts_on(demo: Desk) -> None:
    shown = columns(at(demo, 80, *LISTINGS["findings"]).stdout)
    assert {"监测对象", "结果", "处置方向", "处置方向自", "面积（平方米）"} <= {*shown}
    shown = columns(at(demo, 80, *LISTINGS["balance"]).stdout)
    assert {"批准文号", "批准面积", "已供面积", "未供面积"} <= {*shown}


def test_where_hardly_a_column_would_be_left_every_record_is_told_line_by_line(demo: Desk) -> None:
    done = at(demo, 30, "findings", "--limit", "3")
    first, *_ = demo.json("findings")["rows"]
    assert "放不下" not in done.stdout
    assert f"监测对象：{first['subject']}" in done.stdout
    assert f"处置方向自：{first['since_on']}" in done.stdout
    assert f"{first['area_m2']:,.2f}" in done.stdout


def test_a_file_or_pipe_has_every_column(demo: Desk) -> None:
    """Nothing ends a line there, so nothing finds no room."""
    done = at(demo, 0, *LISTINGS["findings"])
    assert dropped(done.stdout) == []
    assert "法律依据" in columns(done.stdout)


@pytest.mark.parametrize(("name", "width"), [("balance", 80), ("why", 60)])
def test_a_real_terminal_is_kept_to_by_tables_and_by_prose(
    demo: Desk, name: str, width: int
) -> None:
    near, far = pty.openpty()
    ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {key: text for key, text in demo.store.environment.items() if key != "COLUMNS"}
    with os.fdopen(near, "rb", buffering=0) as screen:
        command = [sys.executable, "-m", "gis.cli", *LISTINGS[name]]
        done = subprocess.Popen(command, env=environment, cwd=stores.ROOT, stdout=far, stderr=far)
        os.close(far)
        seen = b""
        with suppress(OSError):  # the end of a terminal nobody writes to any more
            while part := screen.read(1 << 16):
                seen += part
        assert done.wait() == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).replace("\r", "")
    assert max(map(cell_len, text.splitlines())) <= width
    piped = demo.call(*LISTINGS[name]).stdout
    if name == "balance":
        assert dropped(text)
        assert "1,088,500.00" in text
    else:
        met = Counter(figure for line in text.splitlines() for figure in FIGURE.findall(line))
        assert met == Counter(FIGURE.findall(piped))


@pytest.mark.parametrize("width", range(24, 60, 7))
def test_text_breaks_between_words_and_never_in_a_figure(width: int) -> None:
    text = (
        "批而未供 1,088,500.00 平方米（108.8500 公顷），按演示批〔2017〕07号，于2023年5月31日、"
        "2026-06-30 至 2028-06-30 之间；1506992024B00007；known ≥ 12.5 %，-3.00"
    )
    lines = fit.wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    whole = ["1,088,500.00", "108.8500", "演示批〔2017〕07号", "2023年5月31日", "2026-06-30"]
    for part in [*whole, "2028-06-30", "1506992024B00007", "-3.00"]:
        assert sum(part in line for line in lines) == 1, (part, lines)
