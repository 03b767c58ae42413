"""What a bureau's odd files become, from the file to the finding, by the command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.dbf_samples import Field, write_raw
from tests.stores import Store, copied
from tests.test_intake_written_days import geojson

GBK: tuple[tuple[str, str, int, int], ...] = (
    ("电子监管号", "C", 20, 0), ("供地面积", "N", 12, 4), ("签订日期", "D", 8, 0),
    ("约定开工时间", "D", 8, 0), ("项目名称", "C", 20, 0),
)  # fmt: skip
FIELDS: list[Field] = [
    (name.encode("gbk")[:10], letter, width, decimals) for name, letter, width, decimals in GBK
]


@pytest.fixture(scope="module")
def bureau(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store for the files of this module; each has numbers of its own."""
    folder = tmp_path_factory.mktemp("bureau")
    with copied(server, pattern, f"landwatch_odd_{os.getpid()}", folder) as store:
        yield store


def stored(bureau: Store, column: str, numbers: list[str], table: str = "supplies") -> list[Any]:
    with bureau.connect() as connection:
        rows = connection.execute(
            f"SELECT {column} FROM landwatch.{table} WHERE key = ANY(%s) ORDER BY key",
            (numbers,),
        ).fetchall()
    return [row[0] for row in rows]


def findings(bureau: Store, as_of: str) -> dict[str, dict[str, Any]]:
    bureau.json("run", "--as-of", as_of)
    lists = [bureau.json(command)["rows"] for command in ("findings", "candidates")]
    return {row["subject"]: row for rows in lists for row in rows}


def test_impossible_days_of_a_shapefile_start_no_clock(bureau: Store, tmp_path: Path) -> None:
    numbers = [f"1506992024B1000{n}" for n in (1, 2, 3)]
    days = [b"20240230", b"20240431", b"20241301"]
    path = write_raw(
        tmp_path / "supplies.shp", FIELDS,
        [[number.encode(), b"1.0000", b"20220115", day, "甲".encode("gbk")]
         for number, day in zip(numbers, days, strict=True)],
    )  # fmt: skip
    checked = bureau.json("check", "supplies", str(path))
    found = [f for f in checked["findings"] if f["code"] == "impossible_day"]
    assert [f["count"] for f in found] == [3]
    loaded = bureau.json("load", "supplies", str(path))
    assert (loaded["accepted"], loaded["issues"]["impossible_day"]) == (3, 3)
    assert stored(bureau, "start_agreed_on", numbers) == [None] * 3
    assert stored(bureau, "signed_on", numbers) == [date(2022, 1, 15)] * 3
    told = bureau.call("why", numbers[0], "--as-of", "2026-06-30").stdout
    assert "2024-03-01" not in told
    assert "缺" in told  # the start day is lacking, and so is every finding made of it


def test_an_instant_beside_a_plain_day_is_stored_as_its_day_in_beijing(
    bureau: Store, tmp_path: Path
) -> None:
    path = geojson(tmp_path / "a.geojson", ["2024-03-01T16:00:00Z", "2024-03-02"])
    text = path.read_bytes().decode()
    text = text.replace("\\u767b\\u8bb0\\u65e5\\u671f", "签订日期")
    text = text.replace("\\u5b97\\u5730\\u4ee3\\u7801", "电子监管号").replace(
        "150699001001GB0", "B2"
    )
    path.write_text(text, encoding="utf-8")
    loaded = bureau.json("load", "supplies", str(path))
    assert loaded["accepted"] == 2
    assert stored(bureau, "signed_on", ["B20001", "B20002"]) == [date(2024, 3, 2)] * 2


def test_a_bad_byte_a_comma_stars_and_a_deleted_record_by_the_command(
    bureau: Store, tmp_path: Path
) -> None:
    codes = [f"150699001001GB3000{n}" for n in range(1, 5)]
    cells = [b"10,000.00", b"5.00", b"10000,5", b"************"]
    holders = ["某公司".encode("gbk") + b"\xff", b"", "乙".encode("gbk"), "丙".encode("gbk")]
    path = write_raw(
        tmp_path / "parcels.shp",
        [(b"ZDDM", "C", 19, 0), ("宗地面积".encode("gbk"), "N", 12, 2), (b"QLR", "C", 20, 0)],
        [[c.encode(), n, h] for c, n, h in zip(codes, cells, holders, strict=True)],
        deleted=[1], cpg="GBK",
    )  # fmt: skip
    loaded = bureau.json("load", "parcels", str(path), "--encoding", "GBK")
    assert (loaded["rows"], loaded["accepted"]) == (3, 3)
    issues = loaded["issues"]
    assert {c: issues[c] for c in ("deleted_records", "illegible_text", "unreadable_number")} == {
        "deleted_records": 1, "illegible_text": 1, "unreadable_number": 2,
    }  # fmt: skip
    assert stored(bureau, "area_m2", codes, "parcels") == [10_000.0, None, None]
    assert stored(bureau, "holder", codes, "parcels") == ["某公司\ufffd", "乙", "丙"]


# As written: the day that is meant, and the one from which a year without a start is full.
STARTS = {
    # The last day of May, and the day after its anniversary: 2023-05-31 + 1 year = 2024-05-31.
    "2023年5月": (date(2023, 5, 31), "2024-06-01"),
    "202305": (date(2023, 5, 31), "2024-06-01"),
    "2023年5月底": (date(2023, 5, 31), "2024-06-01"),
    # A February: 2023-02-28 + 1 year = 2024-02-28, though that month has a 29th.
    "2023-02": (date(2023, 2, 28), "2024-02-29"),
    "2023年5月1日": (date(2023, 5, 1), "2024-05-02"),
}


def test_a_start_agreed_by_the_month_is_its_last_day(bureau: Store, tmp_path: Path) -> None:
    numbers = {f"1506992024B4000{n}": written for n, written in enumerate(STARTS, start=1)}
    path = tmp_path / "a.csv"
    rows = [f"{number},1,出让,2022-01-15,2022年3月,{start}" for number, start in numbers.items()]
    head = "电子监管号,面积(公顷),供地方式,合同签订日期,约定交地时间,约定开工时间"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    loaded = bureau.json("load", "supplies", str(path))
    # The agreed hand-over is the government's duty: the first day of its month.
    assert stored(bureau, "handover_agreed_on", [*numbers]) == [date(2022, 3, 1)] * 5
    starts_on = [start_on for start_on, _ in STARTS.values()]
    assert stored(bureau, "start_agreed_on", [*numbers]) == starts_on
    # Five hand-overs and the four starts that name no day.
    assert loaded["issues"]["month_without_day"] == 9
    with bureau.connect() as connection:
        told = connection.execute(
            "SELECT value, message FROM landwatch.issue WHERE delivery = %s"
            " AND code = 'month_without_day' AND field = 'start_agreed_on' ORDER BY row_no",
            (loaded["delivery"],),
        ).fetchall()
    assert [value for value, _ in told] == [start for start in STARTS if "日" not in start]
    assert all(STARTS[value][0].isoformat() in message for value, message in told)
    found = findings(bureau, "2024-12-31")
    for number, written in numbers.items():
        assert found[number]["since_on"] == STARTS[written][1], written


def test_a_year_alone_is_no_agreed_day(bureau: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "电子监管号,面积(公顷),合同签订日期,约定开工时间\n1506992024B50001,1,2022-01-15,2023年\n",
        encoding="utf-8",
    )
    loaded = bureau.json("load", "supplies", str(path))
    assert loaded["issues"] == {"unreadable_day": 1}
    assert stored(bureau, "start_agreed_on", ["1506992024B50001"]) == [None]


def test_a_joined_csv_gives_its_records_and_no_header(bureau: Store, tmp_path: Path) -> None:
    header, numbers = "\ufeff电子监管号,供地面积(公顷),合同签订日期", ["B60001", "B60002"]
    path = tmp_path / "a.csv"
    path.write_text(
        "".join(f"{header}\n{number},1.5,2024-01-15\n" for number in numbers), encoding="utf-8"
    )
    loaded = bureau.json("load", "supplies", str(path))
    assert (loaded["rows"], loaded["accepted"]) == (2, 2)
    assert loaded["issues"]["repeated_header"] == 1
    assert stored(bureau, "area_m2", numbers) == [15_000.0] * 2
