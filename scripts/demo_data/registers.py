"""Registers as bureaus keep them: Excel with title rows and odd headers, CSV in two encodings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from demo_data.patterns import Row

MADE_AT = datetime(2026, 6, 30)  # noqa: DTZ001  a stamp in a file, no instant anywhere
Cell = Callable[[Row, int], Any]  # a row and its number in the sheet -> what the cell shows
WORDS = {
    "grant": "出让", "allocation": "划拨", "lease": "租赁", "lease_then_grant": "先租后让",
    "equity": "作价出资", "batch": "城市批次", "separate": "单独选址",
    "done": "已完成", "not_done": "未完成", "not_required": "不需要",
    "contract": "合同延建", "disposal": "闲置处置延期",
    "recovered": "无偿收回", "rescinded": "解除合同", "bought_back": "有偿收回",
    "swapped": "置换", "resupplied": "重新供应",
    "art8_1": "未按约定交地", "art8_2": "规划依法修改", "art8_3": "政策调整规划条件",
    "art8_4": "群众信访", "art8_5": "文物保护", "art8_6": "政府其他行为",
    "force_majeure": "不可抗力", "preliminary": "前期工作", "seizure": "司法查封",
    "document": "施工许可", "patrol": "现场巡查", "reported": "系统填报", "imagery": "遥感影像",
    "not_started": "未动工", "started": "已动工", "stopped": "停工", "resumed": "复工",
    "completed": "已竣工", "disputed": "有争议",
    "investigation": "闲置土地调查通知书", "finding": "闲置土地认定书",
    "fee": "征缴土地闲置费决定书", "recovery": "收回国有建设用地使用权决定书",
    "hearing": "听证权利告知书", "government": "政府原因", "enterprise": "企业原因",
    "urban_boundary": "城镇开发边界", "ecological_redline": "生态保护红线",
    "basic_farmland": "永久基本农田", "unbuildable": "不可建设用地",
    "unsupplied": "批而未供", "idle": "闲置土地",
}  # fmt: skip


@dataclass(frozen=True)
class Register:
    """One sheet or CSV: its columns in order, each a header and a cell function."""

    columns: Sequence[tuple[str, Cell]]
    titles: Sequence[str] = field(default=())


def text(key: str, otherwise: str = "") -> Cell:
    """Show a value as it is."""
    return lambda row, _: otherwise if row.get(key) is None else row[key]


def always(value: str) -> Cell:
    """Show the same words in every row."""
    return lambda _row, _number: value


def word(key: str) -> Cell:
    """Show the Chinese word of a code."""
    return lambda row, _: WORDS[row[key]] if row.get(key) is not None else ""


def flag(key: str) -> Cell:
    """Show 是 or 否."""
    return lambda row, _: "" if row.get(key) is None else ("是" if row[key] else "否")


def number(key: str, factor: str = "1") -> Cell:
    """Show a number in another unit; a list with signs between."""

    def one(value: Any) -> Any:
        scaled = Decimal(str(value)) * Decimal(factor)
        return int(scaled) if scaled == int(scaled) else float(scaled)

    def cell(row: Row, _: int) -> Any:
        value = row.get(key)
        if isinstance(value, list):
            return "、".join(str(one(item)) for item in value)
        return "" if value is None else one(value)

    return cell


def joined(key: str) -> Cell:
    """Show a list with 、 between."""
    return lambda row, _: "、".join(row.get(key) or [])


def day(key: str, empties: Sequence[str] = ("",)) -> Cell:
    """Show a day in one of six forms by the row's number; an empty one as one of `empties`."""

    def cell(row: Row, at: int) -> Any:
        value = row.get(key)
        if value is None:
            return empties[at % len(empties)]
        return value if isinstance(value, str) else _DAY_FORMS[at % len(_DAY_FORMS)](value)

    return cell


_DAY_FORMS: list[Callable[[date], Any]] = [
    lambda d: d,  # a date cell in Excel, ISO in CSV
    lambda d: d.isoformat(),
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y.%m.%d}",
]


def write_csv(path: Path, register: Register, rows: Sequence[Row], encoding: str) -> None:
    """Write a CSV with Windows line ends in the given encoding."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow([header for header, _ in register.columns])
    for at, row in enumerate(rows):
        writer.writerow([cell(row, at) for _, cell in register.columns])
    path.write_bytes(sheet.getvalue().encode(encoding))


def write_workbook(path: Path, sheets: dict[str, tuple[Register, Sequence[Row]]]) -> None:
    """Write an Excel workbook, the same bytes every time."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "演示数据（虚构）", "created": MADE_AT})
        bold = book.add_format({"bold": True, "align": "center"})
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, (register, rows) in sheets.items():
            page = book.add_worksheet(name)
            last = len(register.columns) - 1
            for at, title in enumerate(register.titles):
                if last > 0:
                    page.merge_range(at, 0, at, last, title, bold)
                else:
                    page.write_string(at, 0, title)
            top = len(register.titles)
            page.write_row(top, 0, [header for header, _ in register.columns], bold)
            for at, row in enumerate(rows):
                for column, (_, cell) in enumerate(register.columns):
                    _put(page, top + 1 + at, column, cell(row, at), dated)


def _put(page: Any, at: int, column: int, value: Any, dated: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(at, column, datetime(value.year, value.month, value.day), dated)  # noqa: DTZ001
    elif isinstance(value, str):
        if value:
            page.write_string(at, column, value)
    else:
        page.write_number(at, column, value)
