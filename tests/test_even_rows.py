"""A register's many even rows are read as columns, cell for cell what a reader row by row gives."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gis.errors import DeliveryError
from gis.intake.issues import Issues
from gis.intake.read import read
from gis.intake.readers.even_rows import even_rows

_COUNT = 1_500
_ODD = {
    7: 'a,"b,c",d',
    8: '"say ""so""",,',
    9: "  a , b,\u3000c",
    10: 'x"y,1"2,3',
    11: ",,",
    12: "'a','b',#c",
    13: "NA,null,\\N",
}


def _lines() -> list[str]:
    return [_ODD.get(at, f"{at},科技厂房{at % 7},{at * 3.5}") for at in range(_COUNT)]


def _row_by_row(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("end", ["", "\n"])
def test_even_rows_hold_what_a_reader_of_rows_finds(end: str) -> None:
    text = "\n".join(_lines()) + end
    found = even_rows(text, ",", 3)
    assert found is not None
    columns = [column.fill_null("").to_pylist() for column in found.columns]
    assert [list(row) for row in zip(*columns, strict=True)] == _row_by_row(text)


@pytest.mark.parametrize(
    "odd",
    ["a,b", "a,b,c,d", "", 'a,"b\nc",d', 'a,"b,c', 'a,"b"x,c', "a,b\x1fc,d"],
    ids=["short", "long", "empty", "line_end_in_cell", "open_quote", "stray_quote", "separator"],
)
def test_what_is_not_even_is_left_to_the_reader_of_rows(odd: str) -> None:
    lines = _lines()
    lines[1_200] = odd
    assert even_rows("\n".join(lines), ",", 3) is None


def test_a_few_rows_are_left_to_the_reader_of_rows() -> None:
    assert even_rows("a,b,c\n" * 999, ",", 3) is None
    assert even_rows("a,b,c\n" * 1_000, ",", 3) is not None


def _register(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_long_register_is_read_as_its_rows_would_be_one_by_one(tmp_path: Path) -> None:
    """A line end within a cell of the last row has the whole file read row by row."""
    lines = ["电子监管号,项目名称,面积(公顷),约定开工时间,合同签订日期"]
    for at in range(_COUNT):
        start = "1900年01月01日" if at % 3 else "2014年05月06日"
        lines.append(
            f"1502002014B{at:05d},厂房{at % 11},{at / 8},{start},2013年01月0{at % 9 + 1}日"
        )
    lines[900] = '1502002014B00899,"甲, 乙",1.5亩,,2013-02-30'
    lines[1_000] = ",,,,"
    lines[1_100] = "合计,,1234,,"
    lines[1_200] = lines[0]
    last = "1502002014B09999,{},2,2014年05月06日,2013年01月01日"
    even = read(_register(tmp_path, "a.csv", [*lines, last.format("末")]), "supplies")
    uneven = read(_register(tmp_path, "b.csv", [*lines, last.format('"末\n"')]), "supplies")
    # 1,500 rows, one blank, one of totals, one a repeated header, and the last.
    assert len(even.rows) == even.row_count == _COUNT - 3 + 1
    told = [one.issues.drop(columns="file") for one in (even, uneven)]
    assert {"totals_row", "repeated_header", "sentinel_day"} < {*told[0]["code"]}
    assert told[0].equals(told[1])
    rows = [one.rows.drop(columns="file") for one in (even, uneven)]
    assert rows[0].equals(rows[1])


def test_a_quote_that_opens_far_below_is_refused_as_ever(tmp_path: Path) -> None:
    lines = ["电子监管号,项目名称,面积(公顷)"]
    lines += [f"1502002014B{at:05d},厂房,{at / 8}" for at in range(_COUNT)]
    lines[1_400] = lines[1_400].replace("厂房", '"厂房')
    with pytest.raises(DeliveryError, match="引号"):
        read(_register(tmp_path, "a.csv", lines), "supplies")


def test_a_message_told_of_many_rows_names_each_value() -> None:
    issues = Issues("a.csv")
    issues.add_rows("sentinel_day", [3, 5, 4], ["1900-01-01", "1900-1-1", "1900-01-01"], title="日")
    told = issues.frame()
    assert told["row_no"].tolist() == [3, 4, 5]
    assert told["value"].tolist() == ["1900-01-01", "1900-01-01", "1900-1-1"]
    assert [value in text for value, text in zip(told["value"], told["message"], strict=True)] == [
        True, True, True,
    ]  # fmt: skip
