"""The law as dated data: what held on which day and where, and what happens outside its dates."""

from __future__ import annotations

import ast
import textwrap
from datetime import date
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest

from gis import law
from gis.clock.settings import settings_on
from gis.errors import LawError

ROOT = Path(__file__).parents[1]
ON = date(2024, 5, 1)
LAW = law.load()

OVERLAY = """
title = "鄂尔多斯试行办法"
source = "测试"
region = "150600"
[[value]]
key = "idle.fee_share"
value = "10/100"
unit = "share"
from = 2024-01-01
until = 2025-01-01
article = "3"
verified = false
checked_on = 2024-02-02
"""


def test_a_fee_share_above_the_ceiling_of_the_law_is_refused(tmp_path: Path) -> None:
    # 城市房地产管理法 26: up to 20 %.
    text = OVERLAY.replace('"10/100"', '"21/100"')
    held = overlay(tmp_path, text)
    with pytest.raises(LawError, match=r"21/100.*1/5"):
        settings_on(held, ON, "150602")
    assert settings_on(held, ON, "440106").fee_share == Fraction(1, 5)


def asked_for(keys: set[str], sources: list[str]) -> set[str]:
    """Return which keys stand in the sources: whole, or as a prefix and a word of one module."""
    found: set[str] = set()
    for source in sources:
        tree = ast.parse(source)
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        words = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in told
        }
        found |= keys & words
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefix = str(node.values[0].value)
                if prefix.endswith(".") and len(node.values) == 2:
                    found |= {key for key in keys if key.removeprefix(prefix) in words}
    return found


# Keys no stage asks for yet, each with what will: the evaluation of parks, or a bureau's accounts.
ASKED_LATER = {
    "indicators.leading_industry_share": "share of output of the leading industries",
    "indicators.standard_land_controls": "control values of 标准地",
    "unsupplied.measures": "the three measures a piece is put under",
}


def test_the_program_asks_for_every_key_of_the_law() -> None:
    sources = [
        file.read_text(encoding="utf-8")
        for room in ("gis", "maps", "api")
        for file in (ROOT / room).rglob("*.py")
    ]
    assert set(LAW.keys()) - asked_for(set(LAW.keys()), sources) == {*ASKED_LATER}


def test_a_key_nobody_asks_for_would_be_found() -> None:
    source = """
    'A comment of x.told alone asks for nothing.'
    NAMES = ("years", "x.whole")
    def read(law): return [law.value(f"x.{name}") for name in NAMES]
    """
    keys = {"x.years", "x.whole", "x.told", "x.dead", "y.years"}
    assert asked_for(keys, [textwrap.dedent(source)]) == {"x.years", "x.whole"}


def overlay(directory: Path, text: str = OVERLAY) -> law.Law:
    (directory / "ordos.toml").write_text(text, encoding="utf-8")
    return law.load([directory])


def test_a_value_says_what_it_is_where_it_stands_and_who_checked_it_when() -> None:
    value = law.load().value("idle.years_to_recovery", ON)
    assert (value.amount, value.unit, value.article) == (2, "year", "14(2)")
    assert value.title == "闲置土地处置办法"
    assert value.verified
    assert value.checked_on >= date(2026, 1, 1)
    assert value.from_on == date(2012, 7, 1)
    assert value.until_on is None


def test_shares_are_exact() -> None:
    book = law.load()
    assert book.value("idle.area_share", ON).amount == Fraction(1, 3)
    assert book.value("idle.investment_share", ON).amount == Fraction(1, 4)
    assert book.value("idle.fee_share", ON).amount == Fraction(1, 5)
    assert book.value("unsupplied.edge_area_m2", ON).amount == Fraction(2000, 3)


def test_every_value_is_whole_and_every_unverified_one_can_be_listed() -> None:
    book = law.load()
    for value in book.listed(ON, "150602"):
        assert value.title, value.key
        assert value.source, value.key
        assert value.holds_on(ON)
    unverified = {value.key for value in book.unverified(ON)}
    assert "idle.silent_contract_years" in unverified
    assert "idle.years_to_fee" not in unverified


def test_asking_before_the_law_was_in_force_raises_and_says_from_when_it_is_known() -> None:
    with pytest.raises(LawError, match=r"not known on 1999-04-27.*1999-04-28"):
        law.load().value("idle.years_to_fee", date(1999, 4, 27))
    assert law.load().value("idle.years_to_fee", date(2012, 7, 1)).amount == 1


def test_what_is_read_of_the_order_of_1999_and_what_is_recalled_is_marked() -> None:
    book = law.load()
    before = book.value("idle.needs_consent", date(2012, 6, 30))
    assert (before.amount, before.verified) == (True, True)
    assert "第5号" in before.source
    assert book.value("idle.needs_consent", date(2012, 7, 1)).amount is False
    assert not book.value("idle.fee_share", date(2008, 1, 3)).verified
    assert "国发〔2008〕3号" in book.value("idle.fee_share", date(2008, 1, 3)).source


def test_the_article_of_the_real_estate_law_is_25_until_2007_and_26_from_then_on() -> None:
    book = law.load()
    days = (date(2007, 8, 29), date(2007, 8, 30))
    assert [book.value("real_estate.fee_share_max", day).article for day in days] == ["25", "26"]


def test_an_unknown_key_names_its_nearest() -> None:
    with pytest.raises(LawError, match=r"idle\.years_to_fee"):
        law.load().value("idle.year_to_fee", ON)


def test_a_period_of_the_civil_law_is_found_in_the_code_of_its_time() -> None:
    book = law.load()
    titles = [book.value("period.boundary", date(year, 6, 1)).title for year in (2016, 2019, 2022)]
    assert titles == ["民法通则", "民法总则", "民法典"]


def test_two_years_until_an_approval_lapses_held_before_the_notice_of_2018() -> None:
    book = law.load()
    assert book.value("unsupplied.lapse_years", date(2016, 12, 31)).source == "国发〔2004〕28号"
    assert "2018" in book.value("unsupplied.lapse_years", ON).source


def test_a_county_follows_its_city_then_its_region_then_the_nation(tmp_path: Path) -> None:
    book = overlay(tmp_path)
    assert book.value("idle.fee_share", ON, "150602").amount == Fraction(1, 10)
    assert book.value("idle.fee_share", ON, "150600").amount == Fraction(1, 10)
    assert book.value("idle.fee_share", ON, "150429").amount == Fraction(1, 5)
    assert book.value("idle.fee_share", ON).amount == Fraction(1, 5)
    assert "内蒙古" in str(book.value("idle.row.7", ON, "150602").amount)
    assert book.value("idle.row.7", ON, "440106").amount == "地方规定"
    assert [book.overlay_of(r) for r in ("150602", "150429", "440106", None, "75056")] == [
        "150600",
        "150000",
        "",
        "",
        "",
    ]


def test_a_value_of_a_region_holds_only_between_its_days(tmp_path: Path) -> None:
    book = overlay(tmp_path)
    for on, share in (
        (date(2023, 12, 31), Fraction(1, 5)),
        (date(2024, 1, 1), Fraction(1, 10)),
        (date(2024, 12, 31), Fraction(1, 10)),
        (date(2025, 1, 1), Fraction(1, 5)),
    ):
        assert book.value("idle.fee_share", on, "150602").amount == share


def test_a_directory_of_ones_own_wins_over_what_ships(tmp_path: Path) -> None:
    book = overlay(tmp_path, OVERLAY.replace('region = "150600"', ""))
    assert book.value("idle.fee_share", ON).amount == Fraction(1, 10)
    assert book.value("idle.fee_share", date(2025, 1, 1)).amount == Fraction(1, 5)


def test_the_digest_changes_with_a_value_and_not_with_a_comment(tmp_path: Path) -> None:
    shipped = law.load().digest
    assert law.load().digest == shipped
    assert len(shipped) == 64
    first = overlay(tmp_path).digest
    assert first != shipped
    assert overlay(tmp_path, "# a comment\n" + OVERLAY).digest == first
    assert overlay(tmp_path, OVERLAY.replace("10/100", "15/100")).digest != first


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('article = "3"\n', "", "article not given"),
        ('unit = "share"\n', "", "unit not given"),
        ("from = 2024-01-01", 'from = "2024-01-01"', "is not a day"),
        ("until = 2025-01-01", "until = 2023-01-01", "ends on 2023-01-01 before it holds"),
        ('"10/100"', '"a tenth"', "is no share"),
        ("[[value]]", "[[value]", "cannot be read as TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_and_the_mend(
    before: str, after: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(LawError, match=message) as caught:
        overlay(tmp_path, OVERLAY.replace(before, after))
    assert "ordos.toml" in caught.value.found
    assert caught.value.mend


def test_two_values_of_one_day_in_one_place_are_refused(tmp_path: Path) -> None:
    twice = OVERLAY + OVERLAY[OVERLAY.index("[[value]]") :].replace("2024-01-01", "2024-06-01")
    with pytest.raises(LawError, match="two values hold on 2024-06-01"):
        overlay(tmp_path, twice)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawError, match="no directory of law files"):
        law.load([tmp_path / "nowhere"])


def test_two_days_and_two_laws_are_held_side_by_side(tmp_path: Path) -> None:
    before, after = date(2016, 5, 1), date(2024, 5, 1)
    assert LAW.changes(after, LAW, after) == []
    keys = {(one or two).key for one, two in LAW.changes(before, LAW, after) if one or two}
    assert "period.boundary" in keys  # 民法通则, then 民法典: the same choice, another article
    assert "idle.years_to_idle" not in keys
    (tmp_path / "local.toml").write_text(
        'title = "本地"\nsource = "测试"\nregion = "150600"\n[[value]]\nkey = "idle.fee_share"\n'
        'value = "10/100"\nunit = "share"\nfrom = 2020-01-01\narticle = "14(1)"\n'
        "verified = false\nchecked_on = 2026-11-21\n",
        encoding="utf-8",
    )
    ((one, two),) = LAW.changes(after, law.load([tmp_path]), after)
    assert one is None
    assert two is not None
    assert (two.key, two.region, two.amount) == ("idle.fee_share", "150600", Fraction(1, 10))


def test_the_law_of_one_day_holds_on_every_day() -> None:
    frozen = LAW.as_on(date(2024, 5, 1))
    assert frozen.value("idle.years_to_idle", date(1999, 1, 1)).amount == 1
    assert frozen.value("unsupplied.lapse_years", date(2010, 1, 1)).title == (
        LAW.value("unsupplied.lapse_years", date(2024, 5, 1)).title
    )


def test_a_whole_law_may_be_read_from_a_directory_of_its_own() -> None:
    shipped = Path(str(resources.files("gis.law")))
    assert law.alone(shipped).digest == LAW.digest
