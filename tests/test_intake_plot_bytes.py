"""One bad byte in a 报部坐标 spoils one cell of one parcel, and is told wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
import shapely

from gis.errors import DeliveryError
from gis.intake.read import Reading, read
from gis.intake.source.plot_lines import head_of
from tests.conftest import rest_long
from tests.test_intake_plot_heads import FULL, HEAD, SQUARE

MAKER = "[属性描述]\n数据产生单位=某测绘院\n"
TEXT = HEAD.replace("[属性描述]\n", MAKER) + FULL + "\n" + SQUARE
STEP = 1 if os.environ.get("LANDWATCH_LONG") else 7
SIGNS = {chr(sign) for sign in range(0xF0000, 0xF0101)}


def read_bytes(tmp_path: Path, raw: bytes) -> Reading:
    path = tmp_path / "报件.txt"
    path.write_bytes(raw)
    return read(path, "parcels")


def stored(reading: Reading) -> list[object]:
    rows = reading.rows
    cells = rows.drop(columns="geom").astype("str").to_numpy().tolist()
    return [*cells, *shapely.to_wkt(rows["geom"].to_numpy(), rounding_precision=9), reading.series]


@pytest.mark.parametrize("encoding", rest_long(["gbk", "utf-8"], ["gbk"]))
def test_a_bad_byte_anywhere_changes_nothing_or_is_told(tmp_path: Path, encoding: str) -> None:
    raw = TEXT.encode(encoding)
    sound = read_bytes(tmp_path, raw)
    refused = []
    for at in range(0, len(raw), STEP):
        for spoiled in (raw[:at] + b"\xff" + raw[at + 1 :], raw[:at] + b"\xff" + raw[at:]):
            what = f"{at}: {spoiled[max(at - 9, 0) : at + 5]!r}"
            try:
                reading = read_bytes(tmp_path, spoiled)
            except DeliveryError as fault:
                refused.append(f"{what}: {fault}")
                continue
            told = reading.issues.to_csv() + " ".join(reading.columns_in_file)
            assert SIGNS.isdisjoint(told + reading.rows.drop(columns="geom").to_csv()), what
            is_told = len(reading.issues) > len(sound.issues)
            assert is_told or stored(reading) == stored(sound), what
    # The line end behind the head: its first point stands before any point a head was read for.
    assert len(refused) <= 1, refused
    assert SIGNS.isdisjoint("".join(refused))


@pytest.mark.parametrize(
    ("spoilt", "field", "expected", "value"),
    [
        # 甲地块 is BCD7 B5D8 BFE9 in GBK; FF begins no character.
        (("甲地块".encode("gbk"), "甲地块".encode("gbk") + b"\xff"), "project_name",
         "甲地块\ufffd", "甲地块<FF>"),
        (("工业用地".encode("gbk"), b"\xff" + "工业用地".encode("gbk")), "use_text",
         "\ufffd工业用地", "<FF>工业用地"),
    ],
)  # fmt: skip
def test_the_cell_keeps_its_other_characters(
    tmp_path: Path, spoilt: tuple[bytes, bytes], field: str, expected: str, value: str
) -> None:
    reading = read_bytes(tmp_path, TEXT.encode("gbk").replace(*spoilt))
    assert reading.rows[field].tolist() == [expected]
    told = reading.issues[reading.issues["code"] == "illegible_text"]
    assert told[["row_no", "field", "value"]].to_numpy().tolist() == [[1, field, value]]


def test_a_number_that_cannot_be_read_names_no_parcel(tmp_path: Path) -> None:
    second = FULL.replace("010031", "010032") + "\n" + SQUARE.replace(",3752", ",3762")
    raw = (TEXT + second).encode("gbk").replace(b"010032", b"01\xff032")
    reading = read_bytes(tmp_path, raw)
    assert reading.rows["parcel_code"].tolist() == ["010031"]
    told = reading.issues[reading.issues["severity"] == "error"]
    assert told[["row_no", "code", "value"]].to_numpy().tolist() == [
        [2, "illegible_text", "01<FF>032"]
    ]


@pytest.mark.parametrize("spoilt", [b"\xff\xe6", b"\xc3\xff", b"\xff\xc3\xe6", b"\xc3\xe7", b"OK"])
def test_a_spoilt_kind_moves_no_field(tmp_path: Path, spoilt: bytes) -> None:
    """面 is C3E6; the sheet K49G001 behind it is no use of land."""
    raw = TEXT.encode("gbk").replace(b",\xc3\xe6,", b"," + spoilt + b",")
    reading = read_bytes(tmp_path, raw)
    row = reading.rows.iloc[0]
    assert (row["project_name"], row["use_text"]) == ("甲地块", "工业用地")
    told = reading.issues[reading.issues["code"] == "plot_kind"]
    assert told["row_no"].tolist() == [1]
    assert pd.notna(row["geom"])


def test_a_further_field_behind_the_class_is_no_kind() -> None:
    plot = head_of("5,1.0,1,甲,K49G001,工业,0601,备注,@", 1)
    assert (plot.kind, plot.sheet, plot.use, plot.class_code) == ("面", "K49G001", "工业", "0601")
    assert (plot.extra, plot.odd_kind) == (("备注",), "")


@pytest.mark.parametrize(
    ("line", "spoilt"),
    [
        (
            "坐标系=2000国家大地坐标系",
            b"\xd7\xff\xb1\xea\xcf\xb5=2000" + "国家大地坐标系".encode("gbk"),
        ),
        ("带号=37", b"\xb4\xf8\xba\xc5=3\xff7"),
        ("几度分带=3", "几度分带=".encode("gbk") + b"\xff3"),
        ("数据产生单位=某测绘院", "数据产生单位=某测绘".encode("gbk") + b"\xff"),
    ],
)
def test_a_spoilt_line_of_the_head_is_told_of_the_whole_file(
    tmp_path: Path, line: str, spoilt: bytes
) -> None:
    reading = read_bytes(tmp_path, TEXT.encode("gbk").replace(line.encode("gbk"), spoilt))
    assert stored(reading)[:-1] == stored(read_bytes(tmp_path, TEXT.encode("gbk")))[:-1]
    told = reading.issues[reading.issues["code"] == "illegible_text"]
    assert told["row_no"].isna().tolist() == [True]
    assert "<FF>" in told["value"].iloc[0]
