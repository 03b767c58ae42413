"""Columns whose header the dictionary does not know: told by what they hold, never lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from gis.errors import DeliveryError, UsageError
from gis.fields import KINDS
from gis.intake.columns.mapping import by_alias, map_headers
from gis.intake.doctor.examine import examine
from gis.intake.read import Reading, read
from gis.intake.readers.aliases import _fields
from tests.conftest import Server
from tests.doctor_samples import written
from tests.intake_samples import write_workbook
from tests.shared_data import SHARED, needs_shared
from tests.stores import Store, copied

SUPPLY = "1506022016B0000"
KEYS = [f"{SUPPLY}{n}" for n in range(1, 7)]


def sheet(path: Path, *rows: list[Any], merged: tuple[str, ...] = ()) -> Path:
    workbook = openpyxl.Workbook()
    page = workbook.active
    assert page is not None
    for row in rows:
        page.append(row)
    for cells in merged:
        page.merge_cells(cells)
    workbook.save(path)
    return path


def told(reading: Reading, code: str) -> list[str]:
    return reading.issues.loc[reading.issues["code"] == code, "message"].tolist()


@needs_shared
def test_the_register_with_two_lines_of_headers_keeps_its_days_and_areas() -> None:
    reading = read(SHARED.parent / "cases" / "intake" / "two_row_header.xlsx", "supplies")
    rows = reading.rows
    assert rows["key"].tolist() == ["1506022016B00001", "1506022016B00002"]
    assert rows["area_m2"].tolist() == [15_000.0, 20_000.0]  # 1.5 and 2 公顷
    assert rows["handover_agreed_on"].tolist() == [pd.Timestamp(2016, 8, 28)] * 2
    assert rows["start_agreed_on"].tolist() == [pd.Timestamp(2016, 9, 1)] * 2
    assert rows["completion_agreed_on"].tolist() == [pd.Timestamp(2018, 9, 1)] * 2
    assert rows["signed_on"].tolist() == [pd.Timestamp(2016, 8, 1)] * 2


@pytest.mark.parametrize(
    ("over", "under"),
    [
        ("约定时间", ("交地", "开工", "竣工")),
        ("约定日期", ("交地", "开工", "竣工")),
        ("约定", ("交地", "开工", "竣工")),
        ("约定时间", ("交地时间", "开工时间", "竣工时间")),
        ("时间", ("约定交地", "约定开工", "约定竣工")),
    ],
)
def test_a_group_and_the_names_below_it_are_read_together(
    tmp_path: Path, over: str, under: tuple[str, ...]
) -> None:
    path = sheet(
        tmp_path / "a.xlsx",
        ["某旗供地台账"],
        ["序号", "电子监管号", "面积", None, over, None, None],
        [None, None, "供地", "宗地总", *under],
        [None, None, "公顷", "亩", None, None, None],
        [1, 2, 3, 4, 5, 6, 7],
        [1, KEYS[0], 2, 30, "2016-1-2", "2016-3-4", "2018-5-6"],
        merged=("A1:G1", "A2:A4", "B2:B4", "C2:D2", "E2:G2", "E3:E4", "F3:F4", "G3:G4"),
    )
    row = read(path, "supplies").rows.iloc[0]
    assert row["key"] == KEYS[0]
    assert row["area_m2"] == 20_000.0  # 2 公顷
    assert row["parcel_total_m2"] == pytest.approx(20_000.0)  # 30 亩 of 666 2/3 m2
    assert row["handover_agreed_on"] == pd.Timestamp(2016, 1, 2)
    assert row["start_agreed_on"] == pd.Timestamp(2016, 3, 4)
    assert row["completion_agreed_on"] == pd.Timestamp(2018, 5, 6)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("面积（万平方米）", "万平方米"), ("面积《公顷》", "公顷"), ("面积｜公顷｜", "公顷"),
        ("面积「亩」", "亩"), ("面积（单位 公顷，保留四位小数）", "公顷"),
        ("成交价格（人民币：元）", "元"), ("成交价格(亿元)", "亿元"),
        ("成交价格（以万元计）", "万元"),
        ("成交价格(人民币万元)", "万元"), ("成交价格〈千元〉", "千元"),
    ],
)  # fmt: skip
def test_a_unit_is_found_in_any_brackets(header: str, unit: str) -> None:
    mapped = map_headers([header], KINDS["supplies"])
    assert list(mapped.units.values()) == [unit]


def test_a_day_under_an_unknown_header_is_a_warning(tmp_path: Path) -> None:
    rows = [[key, "2016-08-01", f"2016年9月{n}日"] for n, key in enumerate(KEYS, start=1)]
    path = write_workbook(
        tmp_path / "a.xlsx", 供地=[["电子监管号", "合同签订日期", "应动工日"], *rows]
    )
    (message,) = told(read(path, "supplies"), "lost_column")
    assert "应动工日" in message
    assert "日期" in message
    assert "2016年9月1日" in message
    assert examine(path, "supplies").grade == "conditional"


@pytest.mark.parametrize(
    ("header", "title", "cells"),
    [
        ("土地面积（亩）", "面积", [15.0] * 6),
        ("地价合计(亿元)", "成交价格", [1.2] * 6),
        ("YDKGRQ", "约定开工时间", [20_160_901] * 6),
        ("F7", "约定开工时间", ["2016/9/1", "", "1900-01-01", "2017/1/1", "2017/1/2", "不详"]),
    ],
)
def test_what_looks_like_an_area_money_or_a_day_is_named(
    tmp_path: Path, header: str, title: str, cells: list[Any]
) -> None:
    rows = [[key, cell] for key, cell in zip(KEYS, cells, strict=True)]
    path = write_workbook(tmp_path / "a.xlsx", 供地=[["电子监管号", header], *rows])
    (message,) = told(read(path, "supplies"), "lost_column")
    assert header in message
    assert f"「{title}」" in message


def test_a_column_that_is_no_loss_stays_a_note(tmp_path: Path) -> None:
    rows = [[n, key, "备注", "出让"] for n, key in enumerate(KEYS, start=1)]
    path = write_workbook(tmp_path / "a.xlsx", 供地=[["序号", "电子监管号", "备注", "方式"], *rows])
    reading = read(path, "supplies")
    assert told(reading, "lost_column") == []
    assert (reading.issues["severity"] == "note").all()


def test_a_counter_is_never_proposed_for_a_code(tmp_path: Path) -> None:
    rows = [[n, key, 1.5] for n, key in enumerate(KEYS, start=1)]
    path = write_workbook(tmp_path / "a.xlsx", 供地=[["序号", "管号", "面积(公顷)"], *rows])
    with pytest.raises(DeliveryError) as refused:
        read(path, "supplies")
    said = str(refused.value)
    assert "--map 序号" not in said
    assert "--map 管号=电子监管号" in said


def test_two_columns_for_one_day_that_differ_are_a_warning(tmp_path: Path) -> None:
    header = ["电子监管号", "约定开工时间", "约定动工日期", "面积(公顷)", "供地面积(亩)"]
    rows = [[KEYS[0], "2016-9-1", "2016-9-1", 2, 30], [KEYS[1], "2016-9-1", "2017-9-1", 2, 30]]
    path = write_workbook(tmp_path / "a.xlsx", 供地=[header, *rows])
    reading = read(path, "supplies")
    (message,) = told(reading, "shadowed_differs")
    assert "有 1 行不同" in message
    assert len(told(reading, "shadowed_header")) == 1  # 30 亩 are 2 公顷


def test_a_unit_named_with_the_column_is_honoured(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", 供地=[["电子监管号", "X", "Y(亩)"], [KEYS[0], 2, 30]]
    )
    reading = read(path, "supplies", column_map={"X": "面积(亩)", "Y(亩)": "宗地总面积（公顷）"})
    assert reading.rows["area_m2"].tolist() == [pytest.approx(2 * 10_000 / 15)]
    assert reading.rows["parcel_total_m2"].tolist() == [300_000.0]
    assert reading.units == {"area_m2": "亩", "parcel_total_m2": "公顷"}
    assert len(told(reading, "unit_by_hand")) == 1
    with pytest.raises(UsageError, match="不能以万元为单位"):
        read(path, "supplies", column_map={"X": "面积(万元)"})


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("lost")
    with copied(server, pattern, f"landwatch_lost_{os.getpid()}", folder) as store:
        yield store


def area_of(store: Store, key: str) -> float:
    with store.connect() as connection:
        row = connection.execute(
            "SELECT area_m2 FROM landwatch.supplies WHERE key = %s AND to_delivery IS NULL", (key,)
        ).fetchone()
    assert row is not None
    return float(row[0])


def test_a_unit_named_once_is_remembered_and_another_is_no_repeat(
    store: Store, tmp_path: Path
) -> None:
    first = write_workbook(tmp_path / "a.xlsx", 供地=[["电子监管号", "X"], [KEYS[0], 30]])
    sender = ("--sender", "某所")
    store.json("load", "supplies", str(first), "--map", "X=面积(亩)", *sender)
    assert area_of(store, KEYS[0]) == pytest.approx(20_000.0)
    again = store.json("load", "supplies", str(first), "--map", "X=面积(平方米)", *sender)
    assert (again["accepted"], again["unchanged"]) == (1, 0)
    assert area_of(store, KEYS[0]) == 30.0
    later = write_workbook(tmp_path / "b.xlsx", 供地=[["电子监管号", "X"], [KEYS[1], 45]])
    store.json("load", "supplies", str(later), *sender)
    assert area_of(store, KEYS[1]) == 45.0


def test_a_whole_column_in_another_unit_is_found_on_dirty_data(tmp_path: Path) -> None:
    # Ten squares of 8,100 m2 = 12.15 亩, written in 亩 under a header without a unit (平方米):
    # off by up to a third, one blank, one 0, one sentinel, one slip of the finger.
    factors = [1.0, 1.3, 0.75, 1.2, 0.8, 1.1, 0.9, None, 0.0, None]
    areas = [None if f is None else 12.15 * f for f in factors]
    areas[9] = 999_999.0
    path = written(tmp_path, 宗地面积=areas)
    found = examine(path, "parcels").findings
    unit = found[found["code"] == "area_unit"]
    assert unit["proposal"].tolist() == ["--fix area_unit:亩"]
    right = written(tmp_path, 宗地面积=[8_100 * (f or 1) for f in factors])
    assert not (examine(right, "parcels").findings["code"] == "area_unit").any()


def test_two_area_columns_in_different_units_are_told(tmp_path: Path) -> None:
    ha = np.array([1.5, 2, 3.25, 0.8, 4, 5])
    rows = [[key, a, round(a * 15, 2)] for key, a in zip(KEYS, ha.tolist(), strict=True)]
    path = write_workbook(
        tmp_path / "a.xlsx", 供地=[["电子监管号", "面积(公顷)", "宗地总面积(公顷)"], *rows]
    )
    found = examine(path, "supplies").findings
    (message,) = found.loc[found["code"] == "units_differ", "message"].tolist()
    assert "亩" in message
    assert "公顷" in message


def test_a_field_of_a_geodatabase_is_known_by_its_alias() -> None:
    fields = "".join(
        f"<GPFieldInfoEx><Name>{name}</Name><AliasName>{alias}</AliasName></GPFieldInfoEx>"
        for name, alias in (("F1", "宗地代码"), ("F2", "登记日期"), ("F3", "宗地面积(亩)"))
    )
    aliases = _fields(f"<DEFeatureClassInfo><Name>x</Name>{fields}</DEFeatureClassInfo>")
    assert aliases == {"F1": "宗地代码", "F2": "登记日期", "F3": "宗地面积(亩)"}
    mapped = map_headers(["F1", "F2", "F3", "F4"], KINDS["parcels"])
    by_alias(mapped, KINDS["parcels"], aliases)
    assert mapped.headers == {"F1": "parcel_code", "F2": "registered_on", "F3": "area_m2"}
    assert mapped.units["area_m2"] == "亩"
    assert mapped.unused == ["F4"]
