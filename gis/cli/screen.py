"""What a person sees: tables and progress on the terminal, or one JSON object on stdout."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import click
import pandas as pd
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from gis import contracts
from gis.cli import fit
from gis.cli.visible import visible, visible_json
from gis.errors import UsageError
from gis.fields import KINDS
from gis.store import runs

# Whether a file can be read is told by who reads it, in both languages.
PATH = click.Path(path_type=Path, readable=False)


class _Out(click.Path):
    """A file or folder to write. Commands print what people read, so `-` is no way to a pipe."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if os.fspath(value) == "-":
            raise UsageError(
                "“-”不是文件名，不写到标准输出。 - names no file; nothing is written to stdout.",
                "给出文件名，管道里用 --json name a file, in a pipe take --json",
            )
        return super().convert(value, param, ctx)


OUT = _Out(path_type=Path, readable=False)
json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON One JSON object")


def room(stream: TextIO | None = None) -> int | None:
    """Return how many cells a line has: what COLUMNS says, else the terminal's; None in a file."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    if not (stream or sys.stdout).isatty():
        return None
    return Console(file=stream or sys.stdout).width


def progress() -> Progress:
    """Return a progress bar on stderr, with rate and time left, silent when nobody watches."""
    return Progress(
        _Description(),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not Console(stderr=True).is_terminal,
    )


class _Description(ProgressColumn):
    """What is done at the moment; it may hold the name of a file."""

    def render(self, task: Task) -> Text:
        return Text(visible(task.description))


class _Rate(ProgressColumn):
    """Rows a second, for a task that counts rows."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        is_counted = speed is not None and (task.total or 0) > _MANY_ROWS
        return Text(f"{speed:,.0f} 行/秒 rows/s" if is_counted else "")


def plain(value: Any) -> Any:
    """Return a value as JSON can carry it: days and instants as ISO text, unknown as null."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if value.tzinfo else value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value.item() if hasattr(value, "item") else value


def say(*lines: str, err: bool = False, cells: int | None = None) -> None:
    """Print lines, on stdout if not told otherwise; a break within one is shown, not obeyed.

    On a terminal, or within so many `cells`, a long line breaks between words.
    """
    stream = sys.stderr if err else sys.stdout
    cells = room(stream) if stream.isatty() else cells
    for line in lines:
        told = visible(line)
        # The stream is named, else click would write UTF-8 to a terminal that knows none.
        click.echo(told if cells is None else fit.filled(told, cells), file=stream)


def say_json(content: Any) -> None:
    """Print one JSON object on stdout."""
    # An encoding other than Unicode's would lack characters that JSON can write as codes.
    is_unicode = str(getattr(sys.stdout, "encoding", "")).lower().startswith("utf")
    text = json.dumps(plain(content), ensure_ascii=not is_unicode, indent=2)
    click.echo(visible_json(text), file=sys.stdout)


def lines(*parts: str) -> tuple[str, ...]:
    """Return a cell of several lines."""
    return parts


def rows_of(frame: pd.DataFrame, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the frame's rows as plain objects, in the order of `names`."""
    chosen = frame[list(names)].astype(object)
    return [plain(row) for row in chosen.to_dict("records")]


def tell(content: dict[str, Any], as_json: bool, title: str, names: Mapping[str, str]) -> None:
    """Show a flat object: as JSON, or as a table of two columns; `names`: the keys in Chinese."""
    if as_json:
        say_json(content)
        return
    rows = [[f"{names[key]} {key}", _text(value)] for key, value in content.items()]
    show(title, ["项 Item", "值 Value"], rows)


def show(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str | tuple[str, ...]]],
    numeric: Collection[int] = (),
    err: bool = False,
    whole: Collection[int] = (),
    goes_first: Sequence[int] = (),
    elsewhere: str = "--json",
) -> None:
    """Print a table, on stdout if not told otherwise; what finds no room is named, nothing is cut.

    `numeric` columns are set flush right; those of `whole` are never broken. On a narrow terminal
    the columns of `goes_first` go in that order, then the others from the right; `elsewhere` says
    how to see them all. Where hardly any would be left, one record follows the other.
    """
    stream = sys.stderr if err else sys.stdout
    cells = room(stream)
    say(title, err=err, cells=cells)
    if not headers:
        # A table without columns would print nothing at all, not even how many rows there are.
        return
    texts = [[tuple(map(visible, _parts(cell))) for cell in row] for row in rows]
    columns = [
        [visible(header), *(part for row in texts for part in row[n])]
        for n, header in enumerate(headers)
    ]
    found = fit.fitted(columns, cells, [*numeric, *whole], goes_first)
    if found is None:
        _show_records(headers, texts, err, cells)
        return
    table = Table(header_style="bold")
    for n, width in zip(found.columns, found.widths, strict=True):
        table.add_column(
            Text("\n".join(fit.wrap(visible(headers[n]), width))),
            justify="right" if n in numeric else "left",
            width=width,
            no_wrap=True,
        )
    for row in texts:
        # As text, for markup in a cell is the cell's: [red] is no colour of ours.
        table.add_row(
            *(
                Text("\n".join(line for part in row[n] for line in fit.wrap(part, width)))
                for n, width in zip(found.columns, found.widths, strict=True)
            )
        )
    Console(file=stream, highlight=False, width=found.taken).print(table)
    if found.dropped:
        names = "、".join(headers[n] for n in found.dropped)
        say(
            f"宽 {cells} 格放不下 {len(found.dropped)} 栏：{names}；全部见 {elsewhere} 或加宽窗口"
            f" · no room for {len(found.dropped)}: see {elsewhere} or a wider window",
            err=err,
            cells=cells,
        )


def _parts(cell: str | tuple[str, ...]) -> tuple[str, ...]:
    return (cell,) if isinstance(cell, str) else cell


def _show_records(
    headers: Sequence[str],
    rows: Sequence[Sequence[tuple[str, ...]]],
    err: bool,
    cells: int | None,
) -> None:
    """Print one record after another, a line a value, where a table finds no room."""
    for row in rows:
        say("—" * 8, err=err, cells=cells)
        for header, parts in zip(headers, row, strict=True):
            if any(parts):
                say(f"{header}：{' '.join(parts)}", err=err, cells=cells)


def show_issues(issues: pd.DataFrame, title: str) -> None:
    """Show the issues gathered by fault: how often, in which rows, one example, the mend."""
    if issues.empty:
        return
    groups = issues.groupby(["severity", "code", "field"], sort=False, dropna=False)
    show(
        f"{title} · {len(issues)} 条",
        ["级别", "条数", "行", "说明（例）", "处理"],
        [
            [
                _SEVERITY[str(group["severity"].iloc[0])],
                f"{len(group):,}",
                _row_list(group["row_no"]),
                str(group["message"].iloc[0]),
                str(group["fix"].dropna().iloc[0]) if group["fix"].notna().any() else "",
            ]
            for _, group in groups
        ],
        numeric=(1,),
    )


def show_refused(issues: pd.DataFrame, number: int) -> None:
    """Show why rows were rejected or wait, one line a reason; the rest stands in the store."""
    if issues.empty:
        return
    refused = issues[issues["severity"].isin(["error", "held"]) | (issues["code"] == "undo_kept")]
    groups = list(refused.groupby(["severity", "code", "message"], sort=False, dropna=False))
    if not groups:
        return
    show(
        f"未采用的行 Rows not taken · {len(refused):,}",
        ["级别", "行", "原因", "处理"],
        [
            [
                _SEVERITY[str(group["severity"].iloc[0])],
                _row_list(group["row_no"]),
                str(group["message"].iloc[0]),
                str(group["fix"].iloc[0] or ""),
            ]
            for _, group in groups[:_MOST_REASONS]
        ],
    )
    if len(groups) > _MOST_REASONS:
        left = sum(len(group) for _, group in groups[_MOST_REASONS:])
        say(f"另有 {left:,} 条 more: landwatch deliveries --issues {number}")


def show_set_aside(rows: pd.DataFrame) -> None:
    """Show the records a run could not judge, each with where it came from and why."""
    if rows.empty:
        return
    show(
        f"搁置未判定 Set aside · {len(rows)} 条 · 不在任何合计内 in no total",
        ["种类", "编号", "资料", "文件", "行", "登记面积 m2", "原因"],
        [
            [
                KINDS[row["kind"]].title if row["kind"] in KINDS else str(row["kind"]),
                str(row["key"]),
                *(_text(row[name]) for name in ("delivery", "file", "row_no")),
                "" if pd.isna(row["area_m2"]) else f"{row['area_m2']:,.2f}",
                f"{contracts.label('aside_reason', row['reason'])} {_text(row['detail'])}".strip(),
            ]
            for row in rows.to_dict("records")
        ],
        numeric=(2, 4, 5),
        goes_first=(3, 4, 2),
    )
    say(
        "  → 改正后重新报送，或用 landwatch correct 更正，下次运行会再判定"
        " mend and load them again; the next run judges them anew"
    )


def warn_set_aside(counts: Mapping[str, Any]) -> None:
    """Say beside a list how many records its run could not judge."""
    words = runs.left_out_words(counts)
    if words:
        say(words)


def _row_list(numbers: pd.Series[Any]) -> str:
    known = [str(int(number)) for number in numbers.dropna().unique()]
    shown = "、".join(known[:_MOST_ROWS])
    return shown + (" …" if len(known) > _MOST_ROWS else "")


_MOST_REASONS = 12
_MOST_ROWS = 4
_MANY_ROWS = 1_000
_SEVERITY = {"error": "拒收", "warning": "警告", "note": "提示", "held": "搁置"}


def _text(value: Any) -> str:
    value = plain(value)
    return "" if value is None else str(value)
