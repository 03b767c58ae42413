"""亩均 evaluation of firms by two schemes, and Ordos' tiers and pace, worked by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from gis import law
from gis.errors import LawError, UsageError
from gis.ranking import firm_moves, firms, tier_moves, tiers
from gis.ranking import wording_of_others as wording

ON = date(2025, 12, 31)
SCHEME = firms.scheme_on(law.load(), ON)
# 亩均税收 (60 points), 亩均产值 (40 points), 万元/亩.
FIRMS = {
    "甲": {"tax_per_mu": "20", "output_per_mu": "400"},
    "乙": {"tax_per_mu": "10", "output_per_mu": "200"},
    "丙": {"tax_per_mu": "10", "output_per_mu": "200"},
    "丁": {"tax_per_mu": "4", "output_per_mu": "100"},
    "戊": {"tax_per_mu": "-4", "output_per_mu": "100"},
    "己": {"tax_per_mu": "8", "output_per_mu": None},
}


def of_firms(scheme: firms.FirmScheme) -> dict[str, firms.FirmStanding]:
    told = {
        firm: {name: None if one is None else Fraction(one) for name, one in own.items()}
        for firm, own in FIRMS.items()
    }
    return {one.firm: one for one in firms.evaluate(scheme, told)}


def test_the_ratio_to_the_mean_gives_points_up_to_a_bound_and_never_below_zero() -> None:
    # Means: tax (20+10+10+4-4+8)/6 = 8, output (400+200+200+100+100)/5 = 200.
    # 甲 20/8 = 2.5, cut to 1.5: 90; 400/200 = 2, cut: 60. 乙 = 丙: 60 x 10/8 = 75; 40. 丁 30; 20.
    # 戊 0; 20. 己 has no output: 60 points of tax known, no total.
    found = of_firms(SCHEME)
    assert [(found[firm].total, found[firm].rank) for firm in FIRMS] == [
        (150, 1), (115, 2), (115, 2), (50, 4), (20, 5), (None, None),
    ]  # fmt: skip
    assert [found[firm].parts[0].score for firm in FIRMS] == [90, 75, 75, 30, 0, 60]
    assert (found["己"].parts[1].missing, found["己"].letter) == ("figure", None)
    # Of five: A to 20 % = 1st, B to 60 % = 3rd, C to 95 % = 4th (4/5 = 80 %), D the rest (5/5).
    assert [found[firm].letter for firm in FIRMS] == ["A", "B", "B", "C", "D", None]


def test_min_max_gives_points_between_the_least_and_the_most() -> None:
    # Tax from -4 to 20: 甲 60, 乙 60 x 14/24 = 35, 丁 60 x 8/24 = 20, 戊 0. Output from 100 to 400:
    # 甲 40, 乙 40 x 100/300 = 40/3, 丁 and 戊 0.
    found = of_firms(firms.scheme_on(law.load(), ON, "min_max"))
    assert [found[firm].total for firm in FIRMS] == [
        100, Fraction(145, 3), Fraction(145, 3), 20, 0, None,
    ]  # fmt: skip


Fractions = dict[str, dict[str, Fraction | None]]
VALUES: Fractions = {
    firm: {name: None if one is None else Fraction(one) for name, one in own.items()}
    for firm, own in FIRMS.items()
}


def moved(scheme: firms.FirmScheme, values: Fractions, firm: str) -> list[firm_moves.FirmMove]:
    return firm_moves.moves(scheme, values, firms.evaluate(scheme, values), firm)


def test_what_would_move_a_firm_one_place_or_one_class() -> None:
    # 乙 has 75 + 40 = 115, 甲 90 + 60 = 150. Tax x: 乙 at most 90 + 40 = 130, and the mean rises to
    # m = (38 + x) / 6, so 甲 has 60 x 20 / m + 60 <= 130 from m = 120/7, x = 64.857... on.
    # Output x: 75 + 60 = 135 against 90 + 40 x 400 / m from m = (800 + x) / 5 = 3200/9 on, which is
    # x = 977.77...
    # Less tax at once parts it from 丙. To C it must be 4th: below 丁, who has 240 / m + 20, with
    # 60 x / m + 40: 240 - 60 x > 20 m = 20 (38 + x) / 6, x < 680 / 380 = 1.789...
    # Less output: 75 + 40 x / m < 30 + 40 x 100 / m with m = (800 + x) / 5: 45 m < 40 (100 - x),
    # 7200 + 9 x < 4000 - 40 x, no x above nothing; below nothing both are cut.
    told = {
        (one.what, one.direction, one.measure.name): (one.to, one.reaches)
        for one in moved(SCHEME, VALUES, "乙")
    }
    assert told == {
        ("place", "up", "tax_per_mu"): (Fraction("64.86"), "1"),
        ("place", "up", "output_per_mu"): (Fraction("977.78"), "1"),
        ("place", "down", "tax_per_mu"): (Fraction("9.99"), "3"),
        ("place", "down", "output_per_mu"): (Fraction("199.99"), "3"),
        ("letter", "up", "tax_per_mu"): (Fraction("64.86"), "A"),
        ("letter", "up", "output_per_mu"): (Fraction("977.78"), "A"),
        ("letter", "down", "tax_per_mu"): (Fraction("1.78"), "C"),
        ("letter", "down", "output_per_mu"): (None, ""),
    }
    first, *_ = moved(SCHEME, VALUES, "乙")
    assert wording.what(first) == "进一位"
    assert wording.firm_move(first) == "达到 64.86 万元/亩（现为 10.00 万元/亩）"
    assert {(one.what, one.direction) for one in moved(SCHEME, VALUES, "甲")} == {
        ("place", "down"), ("letter", "down"),
    }  # fmt: skip
    assert moved(SCHEME, VALUES, "己") == []


@pytest.mark.parametrize("reading", firms.READINGS)
@pytest.mark.parametrize("less", [False, True])
def test_a_move_is_the_first_step_at_which_the_whole_evaluation_says_otherwise(
    reading: str, less: bool
) -> None:
    """The slow way: the firm at that value and one step before it, evaluated whole."""
    draw = random.Random(reading)
    measures = tuple(replace(one, is_less_better=less) for one in SCHEME.measures)
    scheme = replace(SCHEME, reading=reading, measures=measures)
    letters = [letter for letter, _ in scheme.classes]
    for _ in range(12):
        values: Fractions = {
            f"E{n}": {one.name: Fraction(draw.randrange(50, 2_000), 100) for one in measures}
            for n in range(draw.randrange(3, 9))
        }
        now = {one.firm: one for one in firms.evaluate(scheme, values)}

        def changed(one: firm_moves.FirmMove, value: Fraction, values: Fractions = values) -> bool:
            own = {**values, "E1": {**values["E1"], one.measure.name: value}}
            then = next(each for each in firms.evaluate(scheme, own) if each.firm == "E1")
            before = now["E1"]  # noqa: B023
            assert None not in (then.rank, before.rank)
            if one.what == "place":
                difference = (then.rank or 0) - (before.rank or 0)
            else:
                difference = letters.index(then.letter or "") - letters.index(before.letter or "")
            return difference < 0 if one.direction == "up" else difference > 0

        for one in moved(scheme, values, "E1"):
            way = 1 if (one.direction == "up") != less else -1
            if one.to is None:
                for step in (1, 10, 40):
                    assert not changed(one, max(one.value + way * step, Fraction(1, 100)))
                continue
            assert changed(one, one.to)
            assert not changed(one, one.to - way * Fraction(1, 100))


def test_where_all_are_alike_or_the_benchmark_is_nothing_there_is_no_score() -> None:
    alike = {firm: {"tax_per_mu": Fraction(0), "output_per_mu": Fraction(5)} for firm in "甲乙"}
    by_ratio = firms.evaluate(SCHEME, alike)
    assert [one.parts[0].missing for one in by_ratio] == ["benchmark_not_positive"] * 2
    by_range = firms.evaluate(replace(SCHEME, reading="min_max"), alike)
    assert {part.missing for one in by_range for part in one.parts} == {"all_alike"}
    assert {one.rank for one in (*by_ratio, *by_range)} == {None}


def test_a_measure_of_which_less_is_better_turns_the_ratio_round() -> None:
    energy = replace(SCHEME.measures[0], name="energy", is_less_better=True, benchmark=Fraction(6))
    scheme = replace(SCHEME, measures=(energy,))
    told = {firm: {"energy": Fraction(one)} for firm, one in zip("甲乙丙", (4, 6, 12), strict=True)}
    # 6/4 = 1.5, 6/6 = 1, 6/12 = 0.5 of 60 points; between 4 and 12: 60 x 8/8, 6/8, 0.
    assert [one.total for one in firms.evaluate(scheme, told)] == [90, 60, 30]
    by_range = firms.evaluate(replace(scheme, reading="min_max"), told)
    assert [one.total for one in by_range] == [60, 45, 0]


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ratio, min_max"):
        firms.scheme_on(law.load(), ON, "R1")
    text = (Path(law.__file__).parent / "firms_per_mu.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('["D", "1"]', '["D", "99/100"]'), "utf-8")
    with pytest.raises(LawError, match="classes"):
        firms.scheme_on(law.load([tmp_path]), ON)


def test_tiers_pace_and_reward_of_ordos() -> None:
    held = tiers.tiers_on(law.load(), date(2022, 12, 31))
    yi = Fraction(100_000_000)
    told: dict[tuple[str, str, int], Fraction | None] = {}
    # output 2022 in 亿元; 亩均产值 2021 and 2022 in 万元/亩.
    for park, output, before, now in (
        ("A", "1000", "200", "270"),  # on the tier: the first one; 270/200 = 1.35, just on pace
        ("B", "999.99", "200", "269"),  # 0.01 亿 lacking; 1.345, not
        ("C", "250", "100", "300"),
        ("D", "150", "0", "50"),  # below all tiers; growth from zero
        ("E", "", "100", ""),
    ):
        told[park, "output_yuan", 2022] = Fraction(output) * yi if output else None
        told[park, "output_per_mu", 2021] = Fraction(before)
        told[park, "output_per_mu", 2022] = Fraction(now) if now else None
    found = {one.park: one for one in tiers.stand(held, [*"ABCDE"], told, 2022)}
    assert [found[park].tier for park in "ABCDE"] == [1, 2, 4, 0, None]
    lacking = [None, Fraction(1_000_000), 50 * yi, 50 * yi, None]
    assert [found[park].to_next_yuan for park in "ABCDE"] == lacking
    assert [found[park].is_on_pace for park in "ABCDE"] == [True, False, True, None, None]
    assert found["B"].times == Fraction(269, 200)
    # By 亩均产值: C 300, A 270, B 269, D 50.
    assert [found[park].rank for park in "ABCDE"] == [2, 3, 1, 4, None]
    # E may stand before any of them: the first is rewarded whatever E has, the second perhaps.
    assert [found[park].is_rewarded for park in "ABCDE"] == [None, False, True, False, None]
    assert found["D"].missing == ("growth_from_zero:output_per_mu:2021",)
    assert found["E"].missing == ("figure:output_yuan:2022", "figure:output_per_mu:2022")


def test_what_would_move_a_park_of_ordos() -> None:
    held = tiers.tiers_on(law.load(), date(2022, 12, 31))
    yi = Fraction(100_000_000)
    told: dict[tuple[str, str, int], Fraction | None] = {
        ("B", "output_yuan", 2022): Fraction("999.99") * yi,
        ("B", "output_per_mu", 2021): Fraction(200),
        ("E", "output_yuan", 2022): None,
    }
    for park, now in (("A", 270), ("B", 269), ("C", 300), ("D", 50)):
        told[park, "output_per_mu", 2022] = Fraction(now)
    found = [
        (one.what, one.direction, one.to, one.is_level)
        for one in tier_moves.moves(held, [*"ABCDE"], told, 2022, "B")
    ]
    assert found == [
        ("tier", "up", 1000 * yi, True),
        ("tier", "down", 500 * yi, False),
        ("pace", "up", 270, True),  # 1.35 x 200
        ("place", "up", 270, True),  # level with A, the second
        ("place", "down", 50, False),
        ("reward", "up", 270, True),  # the first two: C and A
    ]
    reward = tier_moves.moves(held, [*"ABCDE"], told, 2022, "A")[-1]
    assert (reward.what, reward.direction, reward.to, reward.is_level) == (
        "reward", "down", 269, False,
    )  # fmt: skip
    assert wording.tier_move(reward) == "低于 269.00 万元/亩（现为 270.00 万元/亩）"
    assert tier_moves.moves(held, [*"ABCDE"], told, 2022, "E") == []


def test_by_2025_the_output_per_mu_of_2021_is_to_double() -> None:
    held = tiers.tiers_on(law.load(), date(2025, 12, 31))
    told = {
        ("A", "output_per_mu", 2021): Fraction(150),
        ("A", "output_per_mu", 2025): Fraction(300),
    }
    (one,) = tiers.stand(held, ["A"], told, 2025)
    assert (one.times, one.is_on_pace, one.tier) == (2, True, None)
    # No pace is set for the years between.
    (other,) = tiers.stand(tiers.tiers_on(law.load(), date(2023, 12, 31)), ["A"], told, 2023)
    assert (other.pace, other.times, other.is_on_pace) == (None, None, None)
