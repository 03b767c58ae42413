"""CSV files joined, damaged and mixed: every row its own, every loss told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gis.errors import DeliveryError
from gis.intake.read import Reading, read

HEADER = "电子监管号,项目名称,供地面积(公顷),合同签订日期"
ROWS = [f"1506992024B0000{n},鄂尔多斯市能源项目{n},1.5,2024-01-1{n}" for n in range(1, 5)]
NUMBERS = [row.split(",")[0] for row in ROWS]


def written(path: Path, text: str, encoding: str = "utf-8") -> Reading:
    path.write_bytes(text.encode(encoding))
    return read(path, "supplies")


def told(reading: Reading, code: str) -> list[tuple[int, str]]:
    found = reading.issues[reading.issues["code"] == code]
    return list(zip(found["row_no"], found["value"].fillna(""), strict=True))


def is_whole(reading: Reading, count: int = 4) -> None:
    rows = reading.rows
    assert rows["key"].tolist() == NUMBERS[:count]
    assert rows["area_m2"].tolist() == [15_000.0] * count  # 1.5 公顷 x 10,000
    assert rows["signed_on"].dt.day.tolist() == [11, 12, 13, 14][:count]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_second_header_is_dropped_and_told(
    tmp_path: Path, encoding: str, mark: str, end: str
) -> None:
    if encoding == "gbk" and mark:
        return  # GBK has no byte order mark
    first = "\n".join([HEADER, *ROWS[:2]]) + end
    second = "\n".join([HEADER, *ROWS[2:], ""])
    reading = written(tmp_path / "a.csv", f"{mark}{first}{mark}{second}", encoding)
    is_whole(reading)
    assert told(reading, "repeated_header") == [(4, "")]
    assert "normalised_text" not in set(reading.issues["code"])


def test_a_quoted_header_after_a_mark_is_a_header_too(tmp_path: Path) -> None:
    quoted = ",".join(f'"{word}"' for word in HEADER.split(","))
    text = f"\ufeff{quoted}\n{ROWS[0]}\n\ufeff{quoted}\n{ROWS[1]}\n"
    reading = written(tmp_path / "a.csv", text)
    is_whole(reading, 2)
    assert told(reading, "repeated_header") == [(3, "")]


@pytest.mark.parametrize(
    "other",
    [
        "项目名称,电子监管号,供地面积(公顷),合同签订日期",
        "电子监管号,项目名称,合同签订日期,供地面积(公顷)",
        "监管号,XMMC,签订日期,面积",
    ],
)
def test_a_second_header_in_another_order_is_refused_with_its_row(
    tmp_path: Path, other: str
) -> None:
    with pytest.raises(DeliveryError, match=r"(?s)第 3 行另有表头.*分成两个"):
        written(tmp_path / "a.csv", f"{HEADER}\n{ROWS[0]}\n{other}\n能源,B2,1.5,2024-01-12\n")


def test_a_second_header_in_other_words_for_the_same_columns_is_a_repeat(tmp_path: Path) -> None:
    text = f"{HEADER}\n{ROWS[0]}\n监管号,XMMC,面积(公顷),签订日期\n{ROWS[1]}\n合计,,3.0,\n"
    reading = written(tmp_path / "a.csv", text)
    is_whole(reading, 2)
    assert [row for row, _ in told(reading, "repeated_header")] == [3]
    assert [row for row, _ in told(reading, "totals_row")] == [5]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("named", [None, "same"])
def test_one_bad_byte_spoils_one_cell(tmp_path: Path, encoding: str, named: str | None) -> None:
    raw = "\n".join([HEADER, *ROWS, ""]).encode(encoding)
    raw = raw.replace("项目2".encode(encoding.removesuffix("-sig")), b"\xff2")
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    name = {"utf-8-sig": "UTF-8"}.get(encoding, encoding)
    reading = read(path, "supplies", encoding=name if named else None)
    is_whole(reading)
    assert reading.rows["project_name"].tolist()[1] == "鄂尔多斯市能源\ufffd2"
    assert told(reading, "illegible_text") == [(3, "鄂尔多斯市能源<FF>2")]


@pytest.mark.parametrize(("usual", "odd"), [("gbk", "utf-8"), ("utf-8", "gbk")])
def test_lines_of_another_encoding_are_read_right_and_told(
    tmp_path: Path, usual: str, odd: str
) -> None:
    lines = [HEADER.encode(usual), *(row.encode(usual) for row in ROWS)]
    lines[3] = ROWS[2].encode(odd)
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join([*lines, b""]))
    reading = read(path, "supplies")
    is_whole(reading)
    assert reading.rows["project_name"].tolist()[2] == "鄂尔多斯市能源项目3"
    title = "UTF-8" if odd == "utf-8" else "GB18030"
    assert told(reading, "mixed_encoding") == [(4, title)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("at", [0, 5, 30, 40, 41])
def test_a_byte_too_many_in_utf16_spoils_its_own_line(
    tmp_path: Path, encoding: str, at: int
) -> None:
    mark = "\ufeff".encode(encoding)
    lines = [line.encode(encoding) for line in (HEADER, *ROWS, "")]
    lines[2] = lines[2][:at] + b"\x9f" + lines[2][at:]
    path = tmp_path / "a.csv"
    path.write_bytes(mark + "\n".encode(encoding).join(lines))
    reading = read(path, "supplies")
    rows = reading.rows.set_index("row_no")
    assert rows.loc[[2, 4, 5], "key"].tolist() == [NUMBERS[0], *NUMBERS[2:]]
    assert [row for row, _ in told(reading, "illegible_text")] == [3]
    # In the number that names the row it rejects the row; elsewhere it spoils the cell alone.
    assert (3 in rows.index) is (at >= 40)


def test_nuls_that_fill_up_are_dropped_and_told(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *ROWS, ""]).replace("项目2", "项目2\0\0")
    reading = written(tmp_path / "a.csv", text)
    is_whole(reading)
    assert reading.rows["project_name"].tolist()[1] == "鄂尔多斯市能源项目2"
    assert told(reading, "illegible_text") == [(3, "鄂尔多斯市能源项目2<00><00>")]


def test_a_stray_quote_that_takes_rows_into_a_cell_is_refused(tmp_path: Path) -> None:
    lines = [HEADER, *ROWS]
    lines[1] = lines[1].replace(",鄂", ',"鄂')
    lines[3] = lines[3].replace("项目3,", '项目3",')
    with pytest.raises(DeliveryError, match=r"第 2 行的引号不成对，把其后 2 行并进"):
        written(tmp_path / "a.csv", "\n".join([*lines, ""]))


def test_a_cell_of_several_lines_with_commas_stays_a_cell(tmp_path: Path) -> None:
    cell = '"能源项目,一期\n含配套,道路,绿化"'
    text = f"{HEADER}\n1506992024B00001,{cell},1.5,2024-01-11\n{ROWS[1]}\n"
    reading = written(tmp_path / "a.csv", text)
    is_whole(reading, 2)
    assert pd.Series(reading.rows["project_name"]).tolist()[0].startswith("能源项目,一期")


def test_a_named_encoding_is_obeyed_and_its_misfits_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [HEADER.encode("gbk"), *(row.encode("gbk") for row in ROWS[:3]), ROWS[3].encode()]
    path.write_bytes(b"\n".join([*lines, b""]))
    reading = read(path, "supplies", encoding="GBK")
    is_whole(reading)
    assert "mixed_encoding" not in set(reading.issues["code"])
    assert reading.rows["project_name"].tolist()[:3] == [
        f"鄂尔多斯市能源项目{n}" for n in (1, 2, 3)
    ]
