"""Foreign headers matched to the dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES

from gis.errors import DeliveryError, UsageError
from gis.fields import KINDS
from gis.intake.columns.mapping import map_headers, missing, readings, require

SUPPLIES = KINDS["supplies"]
PARCELS = KINDS["parcels"]


@pytest.mark.parametrize(
    "header",
    [
        "合同签订日期", "合同签定日期", "合同签订日期：", "合同签订日期:", " 合同 签订 日期 ",
        "合同签订\n日期", "*合同签订日期", "合同签订日期（年月日）", "签订日期", "signed_on",
    ],
)  # fmt: skip
def test_variants_of_a_header_are_the_same_column(header: str) -> None:
    assert map_headers([header], SUPPLIES).headers == {header: "signed_on"}


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("面积(公顷)", "公顷"), ("面积（公顷）", "公顷"), ("面积(公顷", "公顷"),
        ("面积公顷）", "公顷"),
        ("面积（单位：亩）", "亩"), ("面积_平方米", "平方米"), ("面积[㎡]", "m2"),
        ("面积/万亩", "万亩"),
        ("面积 hm²", "hm2"), ("面积", None), ("面积(公顷)：", "公顷"),
    ],
)  # fmt: skip
def test_the_unit_is_taken_from_the_header_bracket_or_not(header: str, unit: str | None) -> None:
    mapped = map_headers([header], SUPPLIES)
    assert mapped.headers == {header: "area_m2"}
    assert mapped.units["area_m2"] == unit


def test_money_units_and_area_units_are_not_mixed_up() -> None:
    mapped = map_headers(["成交价格(万元)", "面积(亩)"], SUPPLIES)
    assert mapped.units == {"price_fen": "万元", "area_m2": "亩"}


def test_the_official_name_wins_and_the_other_header_is_told() -> None:
    mapped = map_headers(["面积", "宗地面积_亩", "SUPF"], PARCELS)
    assert mapped.headers == {"宗地面积_亩": "area_m2"}
    assert mapped.units["area_m2"] == "亩"
    assert {header for header, _, _ in mapped.shadowed} == {"面积", "SUPF"}


def test_a_person_overrides_the_dictionary_by_title_or_contract_name() -> None:
    mapped = map_headers(["面积", "SUPF", "id"], PARCELS, {"SUPF": "宗地面积", "id": "parcel_code"})
    assert mapped.headers == {"SUPF": "area_m2", "id": "parcel_code"}
    assert map_headers(["面积"], PARCELS, {"面积": ""}).headers == {}


def test_an_override_of_nothing_is_bad_use() -> None:
    with pytest.raises(UsageError, match="面积"):
        map_headers(["面积"], PARCELS, {"面职": "宗地面积"})
    with pytest.raises(UsageError, match="parcel_code"):
        map_headers(["面积"], PARCELS, {"面积": "没有的列"})


def test_names_cut_after_ten_bytes_stand_for_the_one_title_they_begin() -> None:
    cut = ["约定开", "约定竣", "约定交", "电子监"]  # ten bytes of UTF-8 hold three characters
    mapped = map_headers(cut, SUPPLIES, is_cut=True)
    assert mapped.headers == {
        "约定开": "start_agreed_on", "约定竣": "completion_agreed_on",
        "约定交": "handover_agreed_on", "电子监": "supply_no",
    }  # fmt: skip
    assert map_headers(["约定容积率"], SUPPLIES, is_cut=True).headers == {}  # two titles begin so
    assert map_headers(cut, SUPPLIES).headers == {}


def test_a_missing_required_column_names_the_nearest_headers_and_the_mend() -> None:
    headers = ["监管编码", "名称"]
    mapped = map_headers(headers, SUPPLIES)
    assert [column.name for column in missing(SUPPLIES, mapped)] == ["supply_no"]
    with pytest.raises(DeliveryError) as told:
        require(SUPPLIES, mapped, headers, "a.xlsx")
    for word in ("a.xlsx", "电子监管号", "supply_no", "监管编码", "--map 监管编码=电子监管号"):
        assert word in str(told.value)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_reads_its_own_titles_and_names(kind: str) -> None:
    # That a day is but a month no file says: readers do.
    columns = KINDS[kind].asked
    mapped = map_headers([column.title for column in columns], KINDS[kind])
    assert set(mapped.headers.values()) == {column.name for column in columns}
    for column in columns:
        for header in column.headers:
            assert column.name in map_headers([header], KINDS[kind]).units


@given(headers=st.lists(st.text(max_size=12), max_size=6, unique=True))
@EXAMPLES
def test_no_headers_ever_break_the_mapping(headers: list[str]) -> None:
    mapped = map_headers(headers, SUPPLIES, is_cut=True)
    assert set(mapped.headers) <= set(headers)
    assert len(set(mapped.headers.values())) == len(mapped.headers)


@given(
    title=st.sampled_from([c.title for c in SUPPLIES.columns.values()]),
    tail=st.sampled_from(["", "：", ":", " ", "（必填）", "(必填", "*", "\n"]),
    head=st.sampled_from(["", " ", "　", "*"]),
)
@EXAMPLES
def test_dressing_up_a_title_never_changes_its_column(title: str, tail: str, head: str) -> None:
    plain = map_headers([title], SUPPLIES).headers[title]
    assert map_headers([head + title + tail], SUPPLIES).headers == {head + title + tail: plain}


def test_readings_fold_width_case_and_marks() -> None:
    assert readings("ＺＤＭＪ：")[0] == ("zdmj", None)
