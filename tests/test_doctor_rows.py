"""Areas, copies and numbers: one made file for every finding."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from gis import contracts
from gis.intake.columns import ids
from gis.intake.doctor.codes import ALL, DOCTOR, FIXES
from gis.intake.doctor.examine import examine
from gis.store.firm_doubts import CODES as OF_FIRMS
from gis.store.held_rows import COPIED, MOVED, NOT_WAITING
from gis.store.undated_records import CODE as NO_DAY
from gis.store.undoing import KEPT
from tests.doctor_samples import CODES, codes, found, only, written
from tests.intake_samples import AREA_M2, squares, write_shapefile, write_workbook
from tests.shared_data import SHARED, needs_shared

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("header", "value", "unit"),
    [
        ("宗地面积(公顷)", 12.15, "亩"),  # 15 times: 8,100 m2 are 12.15 亩
        ("宗地面积(亩)", 0.81, "公顷"),  # 1/15
        ("宗地面积(公顷)", 8100.0, "平方米"),  # 10,000 times
        ("宗地面积(平方米)", 0.81, "公顷"),  # 1/10,000
        ("宗地面积(亩)", 8100.0, "平方米"),  # 666.67 times
        ("宗地面积(平方米)", 12.15, "亩"),  # 1/666.67
        ("宗地面积(平方米)", 87_187.67, "平方英尺"),
    ],
)
def test_a_column_in_another_unit_is_told_once(
    header: str, value: float, unit: str, tmp_path: Path
) -> None:
    path = written(tmp_path, 宗地面积=None, **{header: [value] * 10})
    diagnosis = found(path)
    (told,) = only(diagnosis, "area_unit").to_dict("records")
    assert pd.isna(told["row_no"])
    assert told["proposal"] == f"--fix area_unit:{unit}"
    assert told["confidence"] == 1.0
    assert codes(diagnosis) == {"area_unit"}
    assert diagnosis.grade == "returned"


def test_one_row_in_another_unit_is_told_by_its_number(tmp_path: Path) -> None:
    areas = [AREA_M2] * 10
    areas[6] = 12.15
    diagnosis = found(written(tmp_path, 宗地面积=areas))
    told = only(diagnosis, "row_area_unit")
    assert told["row_no"].tolist() == [7]
    assert "亩" in told["message"][0]
    assert codes(diagnosis) == {"row_area_unit"}


def test_coordinates_in_feet_under_a_metric_name_are_told(tmp_path: Path) -> None:
    # Recorded 8,100 m2, drawn with 90 m = 295.27 ft: the numbers make 87,187 "m2".
    side = 90 * 3937 / 1200
    feet = [shapely.box(155_000 + 400 * n, 463_000, 155_000 + 400 * n + side, 463_000 + side)
            for n in range(10)]  # fmt: skip
    diagnosis = found(written(tmp_path, feet, 28992))
    told = only(diagnosis, "feet_as_metres").iloc[0]
    assert told["proposal"] == "--fix feet_to_metres"
    assert float(told["value"]) == pytest.approx(10.764, abs=0.02)


def test_areas_that_simply_differ_are_no_matter_of_units(tmp_path: Path) -> None:
    diagnosis = found(written(tmp_path, 宗地面积=[AREA_M2 * 1.2] * 10))
    assert codes(diagnosis) == {"area_mismatch"}


def test_one_shape_under_two_numbers_is_told(tmp_path: Path) -> None:
    geoms = squares()
    geoms[8] = geoms[1].reverse()  # drawn the other way round, from another corner
    diagnosis = found(written(tmp_path, geoms))
    told = only(diagnosis, "same_shape")
    assert (told["row_no"].tolist(), told["value"].tolist()) == ([9], ["2"])
    assert codes(diagnosis) == {"same_shape"}


def test_rows_that_share_a_number_are_told_by_their_content(tmp_path: Path) -> None:
    geoms = squares()
    geoms[5] = geoms[4]
    numbers = list(CODES)
    numbers[5] = numbers[4]  # the same row twice
    numbers[9] = numbers[8]  # two parcels under one number
    diagnosis = found(written(tmp_path, geoms, 宗地代码=numbers))
    copy, clash = only(diagnosis, "duplicate_row"), only(diagnosis, "duplicate_key")
    assert (copy["row_no"].tolist(), copy["value"].tolist()) == ([6], ["5"])
    assert copy["proposal"].tolist() == ["--fix drop_identical"]
    assert clash["row_no"].tolist() == [9, 10]
    assert "图形" in clash["message"][0]
    assert (diagnosis.rejected_count, diagnosis.sound_count) == (2, 8)
    assert codes(diagnosis) == {"duplicate_row", "duplicate_key"}


def test_numbers_are_taken_apart() -> None:
    parts = ids.unit_parts(pd.Series(["450108001010GB00040F00010001", "短号"]))
    assert parts.iloc[0].tolist() == ["450108001010GB00040", "F", "00010001"]
    assert parts.iloc[1].isna().all()
    parts = ids.supply_parts(pd.Series(["4418002016A01159", "1502062012B00017-1", "合同1号"]))
    assert parts["suffix"].fillna("").tolist() == ["", "-1", ""]
    assert parts["county"].fillna("").tolist() == ["441800", "150206", ""]


def test_no_number_is_refused_for_its_length(tmp_path: Path) -> None:
    numbers = [*CODES[:8], "15069900100", "老宗地-3"]
    diagnosis = found(written(tmp_path, 宗地代码=numbers))
    told = only(diagnosis, "odd_length")
    assert told["row_no"].tolist() == [9, 10]
    assert set(told["severity"]) == {"note"}
    assert (diagnosis.grade, diagnosis.sound_count) == ("ready", 10)


def test_a_file_with_other_numbers_throughout_is_left_in_peace(tmp_path: Path) -> None:
    assert codes(found(written(tmp_path, 宗地代码=[f"A{n}" for n in range(10)]))) == set()


def test_numbers_that_speak_against_their_row_are_told(tmp_path: Path) -> None:
    units = [f"{code}W00000000" for code in CODES]
    units[2] = units[3]
    regions = ["150699"] * 9 + ["150601"]
    diagnosis = found(written(tmp_path, 不动产单元号=units, 行政区代码=regions))
    assert only(diagnosis, "unit_differs")["row_no"].tolist() == [3]
    assert only(diagnosis, "county_differs")["row_no"].tolist() == [10]
    # 150600 is the city: each of its banners fits.
    assert codes(found(written(tmp_path, 行政区代码=["150600"] * 10))) == set()


def test_the_letter_of_a_supply_is_held_against_its_way(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "供地.xlsx",
        供地=[
            ["电子监管号", "供地方式", "面积(公顷)"],
            ["1506992016B00001", "出让", 1],
            ["1506992016A00002", "出让", 1],
            ["1506992016B00003", "划拨", 1],
            ["1506992016B00004-1", "租赁", 1],
        ],
    )
    diagnosis = examine(path, "supplies")
    assert only(diagnosis, "letter_differs")["row_no"].tolist() == [3, 4]
    assert only(diagnosis, "number_suffix")["row_no"].tolist() == [5]


def test_every_code_has_labels_and_every_fix_mends_a_code() -> None:
    # What the store tells of a row that waits, or stays, or of firms together, no reader knows.
    stored = {MOVED, COPIED, NOT_WAITING, KEPT, NO_DAY, *OF_FIRMS}
    assert set(contracts.CODES["issue"]) == set(ALL) | stored
    for zh, en in contracts.CODES["issue"].values():
        assert zh
        assert en
    mended = set().union(*(codes for _, _, codes in FIXES.values()))
    assert mended <= set(ALL)
    assert {f"fixed:{name}" for name in FIXES} <= set(ALL)
    assert set(DOCTOR) <= set(ALL)


def test_the_demo_is_sound_but_for_what_its_readme_says() -> None:
    parcels = examine(ROOT / "data/parcels/parcels.shp", "parcels")
    # H06 was supplied anew on the ground of H05; H95 has a suffix, H96 only a contract number.
    assert codes(parcels) == {"same_shape", "number_suffix", "odd_length"}
    assert parcels.sound_count == 261
    assert codes(examine(ROOT / "data/parcels/old_parcels.shp", "parcels")) == set()
    bad = examine(ROOT / "data/parcels/bad/parcels.gpkg", "parcels")
    assert (bad.grade, bad.sound_count, bad.rejected_count) == ("returned", 3, 5)


@needs_shared
def test_real_parcels_give_no_false_alarm() -> None:
    cadastre = SHARED / "cadastre-france-25354" / "cadastre.gpkg"
    parcels = examine(cadastre, "parcels")
    told = {"area_mismatch", "transform_accuracy", "sheet_chosen"}
    assert codes(parcels) == told
    # Four pairs of buildings overlap by less than a hand's breadth, and that is so.
    buildings = examine(cadastre, "buildings")
    assert codes(buildings) == {"sliver_overlap", "transform_accuracy", "sheet_chosen"}
    assert len(only(buildings, "sliver_overlap")) == 4


@needs_shared
def test_the_dutch_plots_are_sound(tmp_path: Path) -> None:
    text = (SHARED / "plots-zones-nl" / "nl_plots_epsg_28992.wkt").read_text()
    plots = shapely.get_parts(shapely.from_wkt(text.strip()))
    path = tmp_path / "plots.gpkg"
    names = [f"NL{n}" for n in range(len(plots))]
    geopandas.GeoDataFrame({"宗地代码": names}, geometry=plots, crs=28992).to_file(path)
    assert codes(examine(path, "parcels")) <= {"transform_accuracy"}


@needs_shared
def test_the_baotou_register_is_told_its_copies_and_suffixes() -> None:
    path = SHARED / "supply-baotou-wuhai-2012-2016" / "供地结果.csv"
    diagnosis = examine(path, "supplies")
    assert diagnosis.row_count == 1364
    counts = diagnosis.findings["code"].value_counts()
    assert counts["duplicate_row"] == 1364 - 1205
    assert "duplicate_key" not in counts
    assert counts["number_suffix"] == 77


def test_a_cpg_that_lies_is_told_with_how_sure_the_text_makes_it(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "parcels.shp", "GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    told = only(examine(path, "parcels"), "lying_encoding").iloc[0]
    assert (told["value"], told["confidence"]) == ("UTF-8", 0.9)
