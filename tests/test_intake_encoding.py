"""Encodings scored on the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES

from gis.errors import DeliveryError
from gis.intake.source.encoding import agree, decode, guess, language_byte, named, title

REGISTER = "电子监管号,项目名称,土地用途\n1506022016B00012,鄂尔多斯市康巴什区工业园,工业用地\n"
TRADITIONAL = "土地使用權人,國有土地使用權出讓合約,新北市板橋區\n"
FRENCH = "Propriétaire,Référence,Château d'Orléans,contrôlé à l'été\n"


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (REGISTER, "gbk", "gb18030"),
        (REGISTER, "gb18030", "gb18030"),
        (REGISTER, "utf-8", "utf-8"),
        (REGISTER, "utf-8-sig", "utf-8-sig"),
        (REGISTER, "utf-16", "utf-16"),
        (REGISTER, "utf-16-le", "utf-16-le"),
        (REGISTER, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "cp950"),
        (FRENCH, "cp1252", "cp1252"),
        ("a,b,c\n1,2,3\n", "ascii", "utf-8"),
        ("鄂尔多斯", "gbk", "gb18030"),
        ("吕智超", "gbk", "gb18030"),
    ],
)
def test_the_text_tells_its_encoding(text: str, encoding: str, found: str) -> None:
    assert guess(text.encode(encoding)).encoding == found
    assert decode(text.encode(encoding), None, "a.csv")[0].lstrip("\ufeff") == text


def test_a_short_rare_name_is_read_but_not_called_sure() -> None:
    assert not guess("吕智超".encode("gbk")).is_sure
    assert guess(REGISTER.encode("gbk")).is_sure


def test_declared_names_are_understood() -> None:
    for word in ("GBK", "936", "cp936", "ANSI 936", "GB2312", "gb18030\n"):
        assert named(word) == "gb18030"
    assert named("UTF-8") == named("65001") == "utf-8"
    assert named("8859-1") == named("88591") == "iso8859-1"
    assert named("Big5") == named("950") == "cp950"
    assert named("nonsense") is None
    assert named("") is None
    assert language_byte(0x4D) == "gb18030"
    assert language_byte(0) is None
    assert title("gb18030") == "GB18030"


def test_a_declaration_that_cannot_be_is_seen() -> None:
    assert agree("gb18030", REGISTER.encode("gbk"))
    assert not agree("utf-8", REGISTER.encode("gbk"))


def test_what_is_no_text_is_refused_with_the_mend() -> None:
    with pytest.raises(DeliveryError, match="--encoding"):
        decode(b"\x81\xff" * 9, None, "a.csv")
    with pytest.raises(DeliveryError, match="nonsense"):
        decode(b"abc", "nonsense", "a.csv")
    with pytest.raises(DeliveryError):
        decode(REGISTER.encode("gbk"), "utf-8", "a.csv")


@given(data=st.binary(max_size=400))
@EXAMPLES
def test_no_bytes_ever_break_the_guess(data: bytes) -> None:
    try:
        text, found = decode(data, None, "a.csv")
    except DeliveryError:
        return
    assert "\x00" not in text
    assert found.encoding


@pytest.mark.parametrize("text", ["目目目目目目", "项目,目", "目录：目"])
def test_gbk_that_happens_to_be_utf8_is_told_by_what_it_says(text: str) -> None:
    # 目 is C4 BF, which UTF-8 reads as an L with a dot.
    assert guess(text.encode("gbk")).encoding == "gb18030"


@pytest.mark.parametrize("text", ["Gebäude, Fläche", "Сүхбаатар", "Ärzte", "Ŀ"])
def test_western_and_mongolian_utf8_is_not_taken_for_gbk(text: str) -> None:
    found = guess(text.encode("utf-8"))
    assert (found.encoding, text == "Ŀ") in (("utf-8", False), ("gb18030", True))


@given(names=st.lists(st.sampled_from("鄂尔多斯市工业用地出让面积公顷项目合同"), min_size=6))
@EXAMPLES
def test_chinese_of_a_register_is_told_in_gbk_and_utf8(names: list[str]) -> None:
    text = "".join(names)
    assert guess(text.encode("gbk")).encoding == "gb18030"
    assert guess(text.encode("utf-8")).encoding == "utf-8"
