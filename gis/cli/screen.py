"""What a person sees: tables and progress on the terminal, or one JSON object on stdout."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

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
from gis.cli.visible import visible, visible_json
from gis.fields import KINDS
from gis.store import runs

# Whether a file can be read is told by who reads it, in both languages.
PATH = click.Path(path_type=Path, readable=False)
json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON One JSON object")


def console() -> Console:
    """Return the terminal; wide enough for a table when the output is a file or a pipe."""
    terminal = Console(highlight=False)
    if not terminal.is_terminal:
        terminal.width = 160
    return terminal


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


def say(*lines: str, err: bool = False) -> None:
    """Print lines, on stdout if not told otherwise; a break within one is shown, not obeyed."""
    for line in lines:
        # The stream is named, else click would write UTF-8 to a terminal that knows none.
        click.echo(visible(line), file=sys.stderr if err else sys.stdout)


def say_json(content: Any) -> None:
    """Print one JSON object on stdout."""
    # An encoding other than Unicode's would lack characters that JSON can write as codes.
    is_unicode = str(getattr(sys.stdout, "encoding", "")).lower().startswith("utf")
    text = json.dumps(plain(content), ensure_ascii=not is_unicode, indent=2)
    click.echo(visible_json(text), file=sys.stdout)


def lines(*parts: str) -> Text:
    """Return a cell of several lines."""
    return Text("\n".join(visible(part) for part in parts))


def rows_of(frame: pd.DataFrame, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the frame's rows as plain objects, in the order of `names`."""
    chosen = frame[list(names)].astype(object)
    return [plain(row) for row in chosen.to_dict("records")]


def tell(content: dict[str, Any], as_json: bool, title: str) -> None:
    """Show a flat object: as JSON, or as a table of two columns."""
    if as_json:
        say_json(content)
        return
    show(title, ["项 Item", "值 Value"], [[key, _text(value)] for key, value in content.items()])


def show(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    numeric: Collection[int] = (),
    on: Console | None = None,
    whole: Collection[int] = (),
) -> None:
    """Print a table, on stdout if not told otherwise.

    `numeric` columns are set flush right; those of `whole`, and the first one, are never broken.
    """
    if not headers:
        # A table without columns would print nothing at all, not even how many rows there are.
        (on or console()).print(Text(visible(title)))
        return
    table = Table(title=Text(visible(title)), title_justify="left", header_style="bold")
    for index, header in enumerate(headers):
        table.add_column(
            Text(visible(header)),
            justify="right" if index in numeric else "left",
            no_wrap=index == 0 or index in whole,
            overflow="fold",
        )
    for row in rows:
        # As text, for markup in a cell is the cell's: [red] is no colour of ours.
        table.add_row(*(one if isinstance(one, Text) else Text(visible(one)) for one in row))
    (on or console()).print(table)


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


def show_refused(issues: pd.DataFrame, number: int, most: int = 12) -> None:
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
            for _, group in groups[:most]
        ],
    )
    if len(groups) > most:
        left = sum(len(group) for _, group in groups[most:])
        click.echo(f"另有 {left:,} 条 more: landwatch deliveries --issues {number}")


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
    )
    click.echo(
        "  → 改正后重新报送，或用 landwatch correct 更正，下次运行会再判定"
        " mend and load them again; the next run judges them anew"
    )


def warn_set_aside(counts: Mapping[str, Any]) -> None:
    """Say beside a list how many records its run could not judge."""
    words = runs.left_out_words(counts)
    if words:
        click.echo(words)


def _row_list(numbers: pd.Series[Any]) -> str:
    known = [str(int(number)) for number in numbers.dropna().unique()]
    shown = "、".join(known[:_MOST_ROWS])
    return shown + (" …" if len(known) > _MOST_ROWS else "")


_MOST_ROWS = 4
_MANY_ROWS = 1_000
_SEVERITY = {"error": "拒收", "warning": "警告", "note": "提示", "held": "搁置"}


def _text(value: Any) -> str:
    value = plain(value)
    return "" if value is None else str(value)
