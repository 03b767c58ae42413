"""What pages draw: labels never over one another, days and metres to scale, bands that close."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from api.web.drawn import areas, labels, plan, timeline
from api.web.drawn.labels import Placed, Wanted
from api.web.drawn.timeline import Arrow, Mark, Row, Span
from api.web.subject import spans
from gis.crs import transform
from gis.store.of_subject import Paper


@settings(max_examples=300, deadline=None)
@given(
    some.lists(
        some.tuples(some.floats(0, 1000), some.sampled_from([0.0, 24.0, 60.0, 132.0, 400.0])),
        min_size=1, max_size=14,
    )
)  # fmt: skip
def test_no_label_lies_over_another_or_over_a_mark(given_marks: list[tuple[float, float]]) -> None:
    wanted = [Wanted(x, width) for x, width in given_marks]
    placed = labels.place(wanted, 0.0, 1000.0)
    boxes: list[tuple[int, float, float]] = []
    for one, label in zip(wanted, placed, strict=True):
        assert (label is None) == (one.width == 0)
        if label is None:
            continue
        left, right = label.left, label.left + one.width
        assert left >= 0
        assert right <= 1000
        assert all(lane != label.lane or right <= start or end <= left
                   for lane, start, end in boxes)  # fmt: skip
        boxes.append((label.lane, left, right))
        if label.lane == 0:
            others = [(each.x - each.half, each.x + each.half) for each in wanted if each != one]
            assert all(right <= start or end <= left for start, end in others)


def test_a_label_keeps_from_what_is_drawn_between_marks() -> None:
    # The arrow from 100 to 200 leaves no room to the right of its first mark.
    assert labels.place([Wanted(100, 60)], 0, 1000, [(107, 193)]) == [Placed(32.0, 0, True)]
    # The line of the day goes through every lane: the label keeps to the other side of it.
    day = [(129.0, 131.0)]
    assert labels.place([Wanted(100, 60)], 0, 1000, through=day) == [Placed(32.0, 0, True)]
    assert labels.place([Wanted(20, 200)], 0, 230, through=day) == [Placed(24.0, 2, False)]
    # A label wider than the line begins at its left end.
    assert labels.place([Wanted(50, 400)], 0, 300) == [Placed(0, 1, False)]


def test_days_stand_in_proportion_and_an_end_not_known_at_the_edge() -> None:
    day = date(2025, 1, 1)
    row = Row("状态", spans=[
        Span(date(2024, 1, 1), day, "outcome", "overdue", "逾期"),
        Span(day + timedelta(days=1), None, "outcome", "candidate", "待核实", is_ahead=True),
    ])  # fmt: skip
    drawn = timeline.draw([row], day, "截至 2025-01-01")
    scale = timeline.Scale(date(2023, 11, 2), date(2025, 3, 3), drawn.right)
    # From 60 days before the first day to 60 behind the last, 2025-01-02: 487 days.
    first, second = drawn.rows[0].spans
    assert first.x == scale.x(date(2024, 1, 1))
    assert first.width == pytest.approx(367 * (drawn.right - drawn.left) / 487, abs=0.11)
    assert second.x == pytest.approx(first.x + first.width, abs=0.11)
    assert second.x + second.width == pytest.approx(drawn.right, abs=0.11)
    assert drawn.day_x == scale.x(day)
    assert [year for _, year, _ in drawn.ticks] == ["2024", "2025"]


def test_a_row_grows_by_a_lane_where_labels_would_meet() -> None:
    days = [date(2024, 5, 1 + n) for n in range(4)]
    drawn = timeline.draw(
        [Row("约定", [Mark(on, "dot", "约定动工", str(on)) for on in days]),
         Row("法定节点", [Mark(date(2026, 1, 1), "hollow", "日历满一年", "2026-01-01")],
             arrows=[Arrow(date(2026, 1, 1), date(2026, 6, 1), "＋151 天")])],
        date(2026, 6, 30), "截至 2026-06-30",
    )  # fmt: skip
    lanes = [mark.label.lane for mark in drawn.rows[0].marks if mark.label]
    assert sorted(lanes) == [0, 0, 1, 1]
    assert drawn.rows[1].y - drawn.rows[0].y == 36 + 27
    # Short spans keep their words for the list beside.
    tight = timeline.draw(
        [Row("状态", spans=[Span(days[0], days[1], "outcome", "overdue", "逾期未动工"),
                            Span(days[2], None, "outcome", "clear", "正常")])],
        date(2030, 1, 1), "截至 2030-01-01",
    )  # fmt: skip
    assert [one.words for one in tight.rows[0].spans] == ["", "正常"]


def test_words_of_an_arrow_stand_between_marks_and_years_within_the_drawing() -> None:
    on = [date(2021, 6, 26), date(2022, 6, 26), date(2023, 4, 12), date(2024, 4, 11)]
    row = Row("法定节点", [Mark(one, "diamond", "", "") for one in on],
              arrows=[Arrow(on[at], on[at + 2], "＋655 天") for at in (0, 1)])  # fmt: skip
    drawn = timeline.draw([row], date(2026, 11, 30), "截至 2026-11-30")
    first, second = drawn.rows[0].arrows
    assert first.words == second.words == "＋655 天"
    marks = [mark.x for mark in drawn.rows[0].marks]
    half = labels.width_of(first.words, 11) / 2
    for one in (first, second):
        assert all(abs(one.words_x - x) > half + 7 for x in marks)
    assert abs(first.words_x - second.words_x) > 2 * half
    # 2025 begins two days before the right edge: its number stands before its line.
    late = timeline.draw([row], date(2027, 12, 1), "截至 2027-12-01", 400.0)
    x, year, text_x = late.ticks[-1]
    assert text_x + labels.width_of(year, 11) <= 400.0
    assert x <= late.right


def test_days_at_the_ends_of_the_calendar_do_no_harm() -> None:
    row = Row("约定", [Mark(date.min, "dot", "签订", "0001-01-01"),
                       Mark(date.max, "dot", "竣工", "9999-12-31")])  # fmt: skip
    drawn = timeline.draw([row], date(2026, 6, 30), "截至 2026-06-30")
    assert len(drawn.ticks) <= 15
    assert all(drawn.left <= mark.x <= drawn.right for mark in drawn.rows[0].marks)


def test_a_plan_is_to_scale_in_metres() -> None:
    # 300 m by 100 m in the plane of zone 37, drawn 316 pixels wide with as much again each side.
    plane = shapely.box(400_000, 4_386_000, 400_300, 4_386_100)
    own = transform.from_zone(np.array([plane], dtype=object), 37)
    drawn = plan.around([*own], (300.0, 200.0), 1.0)
    assert drawn.metres == pytest.approx(3.0, abs=1e-6)
    # 3 x 300 m over 300 pixels: a bar of 200 m is 66.7 pixels, one of 500 m too wide.
    assert drawn.bar == (66.7, 200)
    path = drawn.paths(own)[0]
    assert path.startswith("M")
    assert path.endswith("z")
    at = shapely.from_wkt("POLYGON EMPTY")
    assert drawn.paths(np.array([None, at], dtype=object)) == ["", ""]
    window = plan.bounds(drawn)
    assert shapely.covers(window, own[0])
    with pytest.raises(ValueError, match="around shapes"):
        plan.around([], (300.0, 200.0), 1.0)


def test_bands_stand_on_one_another_and_add_up_to_the_height() -> None:
    rows = [
        {"from_on": date(2018, 2, 2), "state": "in_process", "area_m2": 100_000.0},
        {"from_on": date(2019, 9, 10), "state": "in_process", "area_m2": 75_000.0},
        {"from_on": date(2019, 9, 10), "state": "supplied", "area_m2": 25_000.0},
    ]
    steps = areas.steps_of(rows)
    drawn = areas.draw(steps, ["supplied", "in_process"], date(2020, 1, 1), "截至 2020-01-01")
    assert drawn is not None
    # 166 - 26 = 140 pixels for 100,000 m2: 35 for a quarter.
    supplied = [band for band in drawn.bands if band.state == "supplied"]
    assert [band.height for band in supplied] == [35.0, 35.0]
    assert [band.is_ahead for band in supplied] == [False, True]
    assert {band.y + band.height for band in supplied} == {166.0}
    above = [band for band in drawn.bands if band.state == "in_process"]
    assert [band.height for band in above] == [140.0, 105.0, 105.0]
    assert areas.draw([], [], date(2020, 1, 1), "") is None


def test_a_paper_dated_after_the_day_judged_is_hollow_and_said_not_to_count() -> None:
    day = date(2026, 6, 30)
    papers = [Paper(kind, "k", on, 1, "f.csv", 2, {}) for kind, on in (
        ("decisions", date(2026, 9, 15)), ("decisions", date(2026, 6, 30)))]  # fmt: skip
    holding = {"started_on": date(2026, 8, 1), "completed_on": date(2026, 6, 1)}
    trace = {"sections": {}, "trace": {}}
    rows = {row.title: row for row in spans.rows_of(holding, [], trace, papers, day, "zh")}
    seen = [(mark.form, mark.words, mark.below) for mark in rows["证据"].marks]
    assert seen == [("hollow", "文件（晚于判定日，未采用）", "2026-09-15"), ("square", "", "")]
    built = [(mark.form, mark.words) for mark in rows["建设"].marks]
    assert built == [("hollow", "动工（晚于判定日，未采用）"), ("dot", "竣工")]
