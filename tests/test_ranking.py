"""The ranking of parks: fourteen worked by hand (`ranking_by_hand.toml`), and small lists."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gis import law
from gis.errors import LawError, UsageError
from gis.ranking import Ranking, entered, exact, moves, rank, readings, scheme_on

YEAR = 2025
HAND: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "ranking_by_hand.toml").read_text(encoding="utf-8")
)
PARKS = [*HAND["park"]]
FIELD = PARKS[:12]
SCHEME = scheme_on(law.load(), "chifeng_2020", date(YEAR, 12, 31))
YI = 100_000_000
ENTERED = [one.name for one in SCHEME.indicators if one.found != "ranked"]
PER_MU = ("output_per_mu", "invested_per_mu", "tax_per_mu")
GROWTHS = {one.name for one in SCHEME.indicators if one.how == "growth"}
IN_YI = {"output_added", "tax", "infrastructure"}


def number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def figures() -> dict[tuple[str, str, int], Fraction | None]:
    found: dict[tuple[str, str, int], Fraction | None] = {}
    for park, told in HAND["park"].items():
        for n, year in enumerate((YEAR - 1, YEAR)):
            for name in ("output", "tax", "investment"):
                found[park, f"{name}_yuan", year] = Fraction(told[name][n]) * YI
            found[park, "employees_count", year] = number(told["employees"][n])
        for name, value in zip(PER_MU, told["per_mu"], strict=True):
            found[park, name, YEAR] = Fraction(value)
    return found


def paper(park: str, thing: str, year: int = YEAR, **more: object) -> dict[str, object]:
    own = {"score": None, "count": None, "amount_fen": None, "effective_on": "2026-02-01"}
    return (
        {"park_code": park, "year": year, "indicator": thing, "document": "考〔2026〕1号"}
        | own
        | more
    )


def papers() -> pd.DataFrame:
    """What was entered for the fourteen, called by names and by words in turn."""
    words = {one.name: (one.name, one.zh)[n % 2] for n, one in enumerate(SCHEME.entered)}
    counted = {one.name for one in SCHEME.indicators if one.found == "counted"}
    rows = []
    for park, told in HAND["park"].items():
        for name, value in zip(ENTERED, told["entered"], strict=True):
            column = "count" if name in counted else "score"
            rows.append(paper(park, words[name], **{column: float(value)}))
        for n, year in enumerate((YEAR - 1, YEAR)):
            fen = int(Fraction(told["infrastructure"][n]) * YI * 100)
            rows.append(paper(park, words["infrastructure_yuan"], year, amount_fen=fen))
        rows += [paper(park, words[name]) for name in told.get("titles", [])]
        rows += [paper(park, words[told["veto"]])] if "veto" in told else []
        rows += [paper(park, words["special_prize"])] if "special_prize" in told else []
    table = pd.DataFrame(rows)
    return table.assign(effective_on=pd.to_datetime(table["effective_on"]))


def by_hand(reading: str) -> Ranking:
    scheme = SCHEME.by_reading(reading)
    return rank(scheme, PARKS, figures(), YEAR, entered.read(scheme, papers()))


@pytest.fixture(scope="module", params=["R1", "R3"])
def ranking(request: pytest.FixtureRequest) -> Ranking:
    return by_hand(request.param)


def test_the_scheme_has_23_indicators_of_100_points_of_which_11_are_ranked() -> None:
    assert (len(SCHEME.indicators), SCHEME.points) == (23, 100)
    ranked = [one for one in SCHEME.indicators if one.found == "ranked"]
    assert len(ranked) == len(HAND["list"]) == 11
    groups = dict.fromkeys((one.group for one in SCHEME.indicators), 0)
    for one in SCHEME.indicators:
        groups[one.group] += int(one.points)
    assert groups == {
        "总量": 30,
        "效益": 12,
        "招商": 30,
        "基础设施": 7,
        "科技": 7,
        "绿色": 7,
        "管理": 7,
    }
    assert SCHEME.prizes_wan == (300, 200, 100)
    assert (SCHEME.special_prizes_count, SCHEME.special_prize_wan, SCHEME.rated_count) == (
        4,
        100,
        14,
    )


@pytest.mark.parametrize("name", HAND["list"])
def test_every_list_has_the_values_ranks_and_scores_worked_by_hand(
    ranking: Ranking, name: str
) -> None:
    told = HAND["list"][name]
    parts = [one for park in FIELD for one in ranking.parts_of(park) if one.indicator.name == name]
    scale = Fraction(1, 100) if name in GROWTHS else Fraction(YI if name in IN_YI else 1)
    assert [one.value for one in parts] == [
        None if value == "" else Fraction(value) * scale for value in told["value"]
    ]
    assert [one.rank or 0 for one in parts] == told["rank"]
    scores = told[ranking.scheme.reading.lower()]
    assert [one.score for one in parts] == [number(score) for score in scores]
    assert {one.n for one in parts if one.score is not None} == {sum(x != "" for x in scores)}


def test_totals_ranks_and_prizes_are_those_worked_by_hand(ranking: Ranking) -> None:
    told = HAND["total"][ranking.scheme.reading.lower()]
    found = [ranking.of(park) for park in FIELD]
    assert [one.known for one in found] == [Fraction(x) for x in told["known"]]
    assert [one.most for one in found] == [Fraction(x) for x in told["most"]]
    assert [one.best for one in found] == told["best"]
    assert [one.worst for one in found] == told["worst"]
    assert [one.prize_wan for one in found] == told["prize_wan"]
    assert [one.bonus for one in found] == [Fraction(x) for x in HAND["entered"]["bonus"]]
    entered_points = [
        sum(part.score for part in ranking.parts_of(park) if part.indicator.found != "ranked")  # type: ignore[misc]
        for park in FIELD
    ]
    assert entered_points == [Fraction(x) for x in HAND["entered"]["score"]]


def test_a_veto_removes_a_park_from_every_rank_and_every_n(ranking: Ranking) -> None:
    assert [one.park for one in ranking.standings[-2:]] == ["M", "N"]
    for park, veto in (("M", "safety_accident"), ("N", "environmental_event")):
        own = ranking.of(park)
        assert own.vetoes == (veto,)
        assert (own.place, own.best, own.worst, own.rank, own.prize_wan) == (None,) * 4 + (0,)
        ranked = [one for one in ranking.parts_of(park) if one.indicator.found == "ranked"]
        assert {one.missing for one in ranked} == {("removed",)}
        assert all(one.value is not None and one.score is None for one in ranked)
    assert moves(ranking, "M") == []


def test_a_gap_and_a_growth_from_zero_are_told_and_never_zero(ranking: Ranking) -> None:
    gaps = {(one.park, one.indicator.name): one.missing for one in ranking.parts if one.missing}
    assert {key: gap for key, gap in gaps.items() if key[0] in FIELD} == {
        ("G", "infrastructure_growth"): ("growth_from_zero:infrastructure_yuan:2024",),
        ("L", "employment_growth"): ("figure:employees_count:2025",),
    }
    assert [one.park for one in ranking.field if not one.is_whole] == ["G", "L"]


@pytest.mark.parametrize("reading", ["R1", "R3"])
def test_what_moves_a_park_up_is_what_was_worked_by_hand(reading: str) -> None:
    found = {
        one.indicator.name: one for one in moves(by_hand(reading), "B") if one.direction == "up"
    }
    for name, told in HAND["move"][reading.lower()].items():
        scale = Fraction(1, 100) if name in GROWTHS else Fraction(1)
        expected = None if "to" not in told else Fraction(told["to"]) * scale
        assert (found[name].to, found[name].is_level) == (expected, told.get("is_level", False))


@pytest.mark.parametrize("name", HAND["small"])
@pytest.mark.parametrize("reading", ["R1", "R3"])
def test_a_leader_at_zero_and_a_park_alone_are_undetermined(name: str, reading: str) -> None:
    told = HAND["small"][name]
    places = readings.BY_NAME[reading]([Fraction(x) for x in told["value"]], Fraction(6))
    assert [one.score for one in places] == [number(x) for x in told[reading.lower()]]
    assert {one.missing for one in places} == {told.get(f"missing_{reading.lower()}", "")}


def test_nobody_known_gives_no_rank_and_no_fault() -> None:
    for read in readings.BY_NAME.values():
        assert [(one.rank, one.score) for one in read([None, None], Fraction(6))] == [
            (None, None)
        ] * 2
        assert read([], Fraction(6)) == []


def told_of(*rows: dict[str, object]) -> entered.Entries:
    table = pd.DataFrame(rows)
    return entered.read(SCHEME, table.assign(effective_on=pd.to_datetime(table["effective_on"])))


def test_the_newest_paper_counts_and_papers_of_one_day_must_agree() -> None:
    later = {"effective_on": "2026-03-01", "document": "考〔2026〕2号"}
    newer = told_of(paper("A", "projects", score=8.0), paper("A", "projects", score=7.5, **later))
    assert newer.by_name["A", "projects", YEAR] == entered.Entered(
        Fraction(15, 2), ("考〔2026〕2号",)
    )
    clash = told_of(
        paper("A", "projects", score=8.0), paper("A", "招商项目数量", score=7.0, document="另一份")
    )
    assert clash.by_name["A", "projects", YEAR].missing == "clash"
    own = rank(SCHEME, ["A"], {}, YEAR, clash).parts_of("A")
    assert next(one for one in own if one.indicator.name == "projects").missing == ("clash",)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (paper("A", "projects", score=10.5), "out_of_range"),
        (paper("A", "projects", score=-1.0), "out_of_range"),
        (paper("A", "high_tech_firms", count=-1), "out_of_range"),
        (paper("A", "projects", count=5), "no_number"),
        (paper("B", "projects", score=5.0), "not_entered"),
        (paper("A", "projects", YEAR - 1, score=5.0), "not_entered"),
    ],
)
def test_an_entered_score_that_cannot_be_is_undetermined(
    row: dict[str, object], missing: str
) -> None:
    found = rank(SCHEME, ["A"], {}, YEAR, told_of(row)).parts_of("A")
    told = {one.indicator.name: one for one in found}
    name = "high_tech_firms" if row["indicator"] == "high_tech_firms" else "projects"
    assert (told[name].score, told[name].missing) == (None, (missing,))


def test_a_paper_that_names_nothing_of_the_scheme_is_told() -> None:
    assert told_of(paper("A", "亩均税收增幅", score=3.0)).unknown == (
        ("A", "亩均税收增幅", "考〔2026〕1号"),
    )


def test_a_title_or_accident_that_a_later_paper_denies_does_not_count() -> None:
    denied = {"effective_on": "2026-03-01", "document": "撤销〔2026〕1号", "count": 0}
    told = told_of(
        paper("A", "national"), paper("A", "national", **denied),
        paper("A", "重特大安全事故"), paper("A", "safety_accident", **denied),
    )  # fmt: skip
    own = rank(SCHEME, ["A", "B"], {}, YEAR, told).of("A")
    assert (own.bonus, own.vetoes, own.place) == (0, (), 1)


def test_nothing_known_leaves_every_rank_open_and_gives_no_prize() -> None:
    found = rank(SCHEME, ["A", "B", "C"], {}, YEAR)
    assert [(one.known, one.most, one.best, one.worst) for one in found.standings] == [
        (0, 100, 1, 3)
    ] * 3
    assert {one.prize_wan for one in found.standings} == {0}


def test_a_reading_or_scheme_there_is_not_is_told() -> None:
    with pytest.raises(UsageError, match="R1, R3"):
        SCHEME.by_reading("R2")
    with pytest.raises(UsageError, match="chifeng_2020"):
        scheme_on(law.load(), "赤峰", date(YEAR, 12, 31))


def test_a_scheme_that_nobody_can_follow_is_refused(tmp_path: Path) -> None:
    text = (Path(law.__file__).parent / "chifeng_2020.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('how = "added"', 'how = "doubled"'), "utf-8")
    with pytest.raises(LawError, match=r"output_added.*doubled"):
        scheme_on(law.load([tmp_path]), "chifeng_2020", date(YEAR, 12, 31))


def test_the_noise_of_a_division_parts_nobody() -> None:
    # 300 万元/亩 as two divisions give it: 1,200,000 / 4,000, and 330,000 / (1,100 + 1e-13).
    assert exact.of_figure(300.00000000000006, "万元/亩") == exact.of_figure(300.0, "万元/亩")
    assert exact.of_figure(300.00000001, "万元/亩") > exact.of_figure(300.0, "万元/亩")
    assert exact.of_figure(99_999_999_999.99, "元") == Fraction("99999999999.99")


def test_points_are_exact_and_printed_once() -> None:
    thirds = readings.rank_to_zero([*map(Fraction, (4, 3, 2, 1))], Fraction(4))
    assert sum(one.score for one in thirds) == 8  # type: ignore[misc]
    assert [exact.printed(one.score) for one in thirds] == ["4.00", "2.67", "1.33", "0.00"]  # type: ignore[arg-type]
    assert exact.printed(Fraction(10**18) + Fraction(5, 1000)) == "1,000,000,000,000,000,000.01"
    assert exact.printed(Fraction(-1, 1000)) == "0.00"


def test_the_better_rank_is_shared_by_prizes_too() -> None:
    told = {
        (park, "tax_yuan", YEAR): Fraction(value)
        for park, value in zip("ABC", (9, 9, 1), strict=True)
    }
    tax = next(one for one in SCHEME.indicators if one.name == "tax")
    found = rank(replace(SCHEME, indicators=(tax,)), [*"ABC"], told, YEAR)
    assert [(one.park, one.rank, one.prize_wan) for one in found.standings] == [
        ("A", 1, 300), ("B", 1, 300), ("C", 3, 100),
    ]  # fmt: skip
