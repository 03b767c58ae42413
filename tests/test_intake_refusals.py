"""What cannot be taken in: one message that says what is wrong and what mends it, no crash."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import COUNT, EXAMPLES, write_all, write_shapefile, write_workbook, write_xls

from gis.errors import DeliveryError, UsageError
from gis.intake.issues import COLUMNS
from gis.intake.read import Reading, read

KIND = {".xlsx": "supplies", ".xls": "supplies", ".csv": "supplies"}
TEXT = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
带号=37
[地块坐标]
5,1.0000,1,甲,面,,工业,,@
J1,1,4400000.000,37430000.000
J2,1,4400000.000,37430100.000
J3,1,4400100.000,37430100.000
J4,1,4400100.000,37430000.000
J1,1,4400000.000,37430000.000
"""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One sound file of every form, by suffix."""
    folder = tmp_path_factory.mktemp("samples")
    paths = {path.suffix: path for path in write_all(folder).values()}
    rows = [["电子监管号", "面积(公顷)"], *[[f"1506022016B{n:05}", 1.5] for n in range(40)]]
    paths[".xlsx"] = write_workbook(folder / "a.xlsx", 供地=rows)
    paths[".xls"] = write_xls(folder / "a.xls", rows)
    paths[".csv"] = folder / "a.csv"
    lines = "\n".join(",".join(map(str, row)) for row in rows)
    paths[".csv"].write_text(lines + "\n", encoding="gbk")
    paths[".txt"] = folder / "a.txt"
    paths[".txt"].write_text(TEXT, encoding="gbk")
    return paths


def attempt(path: Path) -> Reading | None:
    """Read, or be refused with a message in both languages and a mend; anything else is a fault."""
    refused: DeliveryError | None = None
    try:
        return read(path, KIND.get(path.suffix, "parcels"))
    except DeliveryError as refusal:
        refused = refusal
    assert refused.found
    assert refused.mend
    assert "\n  → " in str(refused)
    return None


def copied(samples: dict[str, Path], suffix: str, folder: Path) -> Path:
    """A copy of one sample, for a shapefile with all its parts, to be spoiled."""
    source = samples[suffix]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if source.is_dir():
        return Path(shutil.copytree(source, folder / source.name))
    for part in source.parent.glob(f"{source.stem}.*"):
        if part.is_file() and (suffix == ".shp" or part == source):
            shutil.copy(part, folder)
    return folder / source.name


SUFFIXES = (
    ".shp",
    ".gpkg",
    ".fgb",
    ".geojson",
    ".kml",
    ".parquet",
    ".zip",
    ".xlsx",
    ".xls",
    ".csv",
    ".txt",
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_and_an_empty_file_are_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DeliveryError, match="文件不存在"):
        read(tmp_path / f"没有{suffix}", "parcels")
    (tmp_path / f"空{suffix}").write_bytes(b"")
    with pytest.raises(DeliveryError, match="空的"):
        read(tmp_path / f"空{suffix}", "parcels")


@pytest.mark.parametrize(
    "suffix", [".shp", ".gpkg", ".fgb", ".geojson", ".kml", ".parquet", ".zip", ".xlsx"]
)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.98])
def test_a_file_cut_short_is_refused_whole(
    samples: dict[str, Path], tmp_path: Path, suffix: str, share: float
) -> None:
    path = copied(samples, suffix, tmp_path / "cut")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert attempt(path) is None


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_part_of_a_shapefile_cut_short_is_named(
    samples: dict[str, Path], tmp_path: Path, part: str
) -> None:
    path = copied(samples, ".shp", tmp_path / "cut")
    content = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(content[: len(content) // 2])
    with pytest.raises(DeliveryError, match=rf"\{part} 文件被截断"):
        read(path, "parcels")


def test_a_panic_of_the_workbook_reader_is_a_refusal(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [["电子监管号", "面积(公顷)"], ["A1", 1.5]])
    path.write_bytes(path.read_bytes()[:1100])  # within the stream's first sector
    with pytest.raises(DeliveryError, match="损坏"):
        read(path, "supplies")


def test_a_parquet_with_broken_geo_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    for geo in (b'{"primary_column": "geo', b"\xff\xfe", b'{"primary_column": "geom"}', b"[]"):
        table = pa.table({"宗地代码": ["A"]}).replace_schema_metadata({b"geo": geo})
        pyarrow.parquet.write_table(table, path)
        with pytest.raises(DeliveryError, match="损坏"):
            read(path, "parcels")


def test_a_csv_that_ends_within_a_row_or_a_quote_is_refused(tmp_path: Path) -> None:
    for tail in ("A2", '"A2,1'):
        (tmp_path / "a.csv").write_text(f"电子监管号,面积(公顷)\nA1,1.5\n{tail}", encoding="utf-8")
        with pytest.raises(DeliveryError, match="截断"):
            read(tmp_path / "a.csv", "supplies")


def test_a_coordinate_text_that_ends_within_a_plot_is_refused(tmp_path: Path) -> None:
    for cut in (60, 100):
        (tmp_path / "a.txt").write_text(TEXT[:-cut], encoding="gbk")
        assert attempt(tmp_path / "a.txt") is None


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xff\xd8\xff\xe0 JFIF", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"AC1032\x00\x00", "DWG"),
        (b"  0\nSECTION\n  2\nHEADER\n", "DXF"),
        (b"<html><body><table><tr><td>", "HTML"),
        (b"POLYGON ((0 0, 1 0, 1 1, 0 0))", "WKT"),
        (b"II*\x00\x08\x00\x00\x00", "TIFF"),
    ],
)
@pytest.mark.parametrize("name", ["宗地.shp", "宗地.xls", "宗地.dwg"])
def test_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, word: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content * 20)
    with pytest.raises(DeliveryError, match=word):
        read(tmp_path / name, "parcels")


def test_dwg_is_refused_with_what_to_deliver_instead(tmp_path: Path) -> None:
    (tmp_path / "宗地.dwg").write_bytes(b"AC1027" + bytes(100))
    with pytest.raises(DeliveryError, match=r"报部坐标 TXT、Shapefile 或 GeoPackage"):
        read(tmp_path / "宗地.dwg", "parcels")


def test_text_under_the_name_of_a_shapefile_is_no_register(tmp_path: Path) -> None:
    (tmp_path / "a.shp").write_text("电子监管号,面积\nA1,1\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match=r"不是 \.shp"):
        read(tmp_path / "a.shp", "supplies")


def test_a_header_without_rows_and_a_file_without_header_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("电子监管号,面积(公顷)\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match="没有数据行"):
        read(tmp_path / "a.csv", "supplies")
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match="找不到「供地结果」的表头"):
        read(tmp_path / "a.csv", "supplies")


def test_a_missing_required_column_names_the_nearest_and_how_to_map_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("监管编码,面积(公顷)\nA1,1\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match=r"(?s)电子监管号.*--map 监管编码=电子监管号"):
        read(path, "supplies")
    reading = read(path, "supplies", column_map={"监管编码": "电子监管号"})
    assert reading.rows["supply_no"].tolist() == ["A1"]


def test_an_unknown_kind_is_bad_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="供地结果"):
        read(tmp_path / "a.csv", "supplys")


def test_a_zip_with_a_password_or_of_nothing_or_of_two_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("说明.doc", "x")
    with pytest.raises(DeliveryError, match="没有能读入"):
        read(path, "parcels")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "电子监管号\nA1\n")
        archive.writestr("b.csv", "电子监管号\nB1\n")
    with pytest.raises(DeliveryError, match=r"a\.csv、b\.csv"):
        read(path, "supplies")
    assert read(path, "supplies", layer="b").rows["key"].tolist() == ["B1"]


def test_a_directory_that_is_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="目录"):
        read(tmp_path, "parcels")
    (tmp_path / "a.gdb").mkdir()
    with pytest.raises(DeliveryError, match="FileGDB"):
        read(tmp_path / "a.gdb", "parcels")


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".gdb"])
def test_spoiled_copies_are_read_or_refused_and_never_crash(
    samples: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    chance = random.Random(suffix)
    for _ in range(max(4, EXAMPLES.max_examples // 8)):
        path = copied(samples, suffix, tmp_path / "spoiled")
        parts = sorted(part for part in path.parent.rglob("*") if part.is_file())
        part = chance.choice(parts)
        content = bytearray(part.read_bytes())
        way = chance.choice(["cut", "flip", "noise"])
        if way == "cut":
            content = content[: chance.randrange(len(content) + 1)]
        elif way == "noise":
            content = bytearray(chance.randbytes(chance.randrange(1, 3000)))
        else:
            for _ in range(chance.choice([1, 4, 30])):
                content[chance.randrange(len(content))] = chance.randrange(256)
        part.write_bytes(content)
        reading = attempt(path)
        if reading is not None:
            assert len(reading.rows) + reading.rejected_count == reading.row_count
            assert list(reading.issues.columns) == list(COLUMNS)


@given(data=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES))
@EXAMPLES
def test_random_bytes_under_any_name_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"random{suffix}"
    path.write_bytes(data)
    attempt(path)


def test_nothing_stays_behind_of_a_zip_that_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    write_shapefile(tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.write(tmp_path / f"a{suffix}", f"a{suffix}")
    with pytest.raises(DeliveryError, match="没有坐标系"):
        read(tmp_path / "a.zip", "parcels")
    assert len(read(tmp_path / "a.zip", "parcels", crs="EPSG:4525").rows) == COUNT
    assert list((tmp_path / "temporary").iterdir()) == []
