"""Why, through the command: what would change the answer, the lapse's arithmetic, the clause.

A small store of registers and papers; every answer is worked by hand in the comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas
import pytest

from tests.conftest import Server
from tests.stores import copied
from tests.test_agreements import drawn
from tests.test_paper_cases import HEAD, PROGRESS, loaded
from tests.warm import DEMO_DAY, Desk

DAY = "2024-06-01"
NOWHERE = "，缺少事实：部分面积无位置"  # of registers without a drawing
GIVEN = "电子监管号,行政区代码,面积(公顷),供地方式,合同签订日期,批准文号,约定开工时间"
LAPSED, USED, LATE, WAITING, LEAP = (f"演示批〔2020〕0{n}号" for n in range(1, 6))
TWO, SEIZED, EARLY, ENDED, BUILT, PAUSED, STOPPED = (f"1506002018B9100{n}" for n in range(1, 8))


@pytest.fixture(scope="module")
def desk(
    server: Server, pattern: str, demo: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("turning") / "home"
    home.mkdir()
    with copied(server, pattern, "landwatch_turning", home) as store:
        desk = Desk(store, demo.warm)
        fill(desk)
        yield desk


def fill(desk: Desk) -> None:
    days = {LAPSED: "2020-03-31", USED: "2020-03-31", LATE: "2020-03-31", WAITING: "2022-06-01"}
    days |= {LEAP: "2020-02-29"}
    loaded(desk, "approvals", "批准文号,批准日期,用地总面积(公顷),行政区代码",
           *(f"{name},{day},1,150600" for name, day in days.items()))  # fmt: skip
    loaded(desk, "approval_status", "批准文号,核查日期,征地补偿",
           *(f"{name},2022-05-01,未完成" for name in (LAPSED, USED, LATE, LEAP)))  # fmt: skip
    loaded(desk, "supplies", GIVEN,
           f"1506002022B80001,150600,0.4,出让,2022-03-31,{USED},2023-01-31",
           f"1506002022B80002,150600,0.4,出让,2022-04-01,{LATE},2023-01-31")  # fmt: skip
    starts = dict.fromkeys((TWO, ENDED, BUILT, PAUSED, STOPPED), "2019-06-30")
    starts |= dict.fromkeys((SEIZED, EARLY), "2022-12-31")
    loaded(desk, "supplies", HEAD,
           *(f"{n},150600,甲,1,出让,100,{day},2018-12-01"
             for n, day in starts.items()))  # fmt: skip
    loaded(desk, "extensions", "文号,电子监管号,签订日期,延期后开工时间,批准单位",
           f"延1,{TWO},2020-06-01,2020-12-31,甲局",
           f"延2,{TWO},2020-06-01,2024-12-31,")  # fmt: skip
    loaded(desk, "causes", "文号,电子监管号,原因类型,起始日期,终止日期",
           f"封1,{SEIZED},司法查封,2023-01-10,2023-12-31",
           f"前1,{EARLY},前期工作,2023-01-10,2023-12-31")  # fmt: skip
    loaded(
        desk, "right_endings", "文号,电子监管号,终止日期,终止类型", f"收1,{ENDED},2021-05-06,收回"
    )
    loaded(desk, "progress", PROGRESS,
           f"{BUILT},2020-01-15,巡查,已动工,2019-06-01,,",
           f"{PAUSED},2020-01-15,巡查,已动工,2019-06-01,,",
           f"{PAUSED},2023-12-01,巡查,停工,,2023-12-01,",
           f"{STOPPED},2020-01-15,巡查,已动工,2019-06-01,,0.2",
           f"{STOPPED},2022-01-15,巡查,停工,,2022-01-15,0.2")  # fmt: skip


def why(desk: Desk, subject: str, *options: str, day: str = DAY) -> dict[str, list[str]]:
    """Return the sections of the reasons, and see that a person reads the same lines."""
    words = ["why", subject, "--as-of", day, *options]
    content: dict[str, Any] = desk.json(*words)
    text = desk.call(*words).stdout
    sections: dict[str, list[str]] = content["sections"]
    assert all(f"  {line}" in text for lines in sections.values() for line in lines)
    return sections


def test_a_lapse_is_counted_day_by_day_and_says_what_would_have_prevented_it(desk: Desk) -> None:
    # 2020-03-31 + 2 years = 2022-03-31, the last day; lapsed since 2022-04-01. In process again
    # only if approved on 2022-06-01 or later: 2022-06-01 + 2 years = 2024-06-01, the day judged.
    told = why(desk, f"{LAPSED}/000")
    assert told["result"] == [
        f"{LAPSED}/000  10,000.00 m2  批文失效（核销），自 2022-04-01{NOWHERE}"
    ]
    assert told["arithmetic"][:2] == [
        "批准日期 2020-03-31 ＋ 2 年 ＝ 2022-03-31（期间最后一天）；"
        "判定日 2024-06-01 已过，自 2022-04-01 起届满",
        "批文内没有供地记录",
    ]
    assert any("批文状态 2022-05-01：征地补偿未完成" in line for line in told["facts"])
    assert told["basis"] == ["自然资规〔2018〕1号"]
    assert "批准后两年内未用地或未实施征地补偿安置的，批准文件自动失效" in told["law"][0]
    assert "增存挂钩" in told["law"][0]
    assert told["open"] == [
        "如批准日期应为 2022-06-01 或以后（＋ 2 年不早于判定日）：两年期内",
        # Whether it can be supplied is not known.
        "如有资料证明征地补偿在 2022-03-31 及以前已完成：待定",
        "如有资料证明不需要征地补偿：待定",
        "如有 2022-03-31 及以前签订的供地文件或建设资料，证明批文已有土地使用：应供应",
        "如证明已建成，且建设始于 2022-03-31 及以前：未供即用",
        "2022-03-31 以后的补偿、用地或供地不改变失效（只列线索，须重新报批）",
        "如有涵盖本块的供地文件（合同、划拨决定书）：计入已供",
        "如有涵盖本块的撤批文件（撤回、核销）：计入撤批，不再是批而未供",
    ]


def test_each_thing_that_is_said_to_change_the_answer_does_change_it(desk: Desk) -> None:
    """The papers named are brought; the supply is of the last day, and of the day after."""
    # A supply signed on the last day itself, 2022-03-31: used in time, row 5; 1 - 0.4 ha left.
    told = why(desk, f"{USED}/000")
    assert told["result"] == [f"{USED}/000  6,000.00 m2  应供应，自 2022-04-01{NOWHERE}"]
    assert "2022-03-31 签订：在期满以前，算已用地" in told["arithmetic"][1]
    assert "如 2022-03-31 及以前批文其实没有供地或建设：批文失效（核销）" in told["open"]
    # One day later: no use within the years, row 4.
    told = why(desk, f"{LATE}/000")
    assert told["result"] == [f"{LATE}/000  6,000.00 m2  批文失效（核销），自 2022-04-01{NOWHERE}"]
    assert "2022-04-01 签订：在期满以后，不算期内用地" in told["arithmetic"][1]


@pytest.mark.long("test_each_thing_that_is_said_to_change_the_answer_does_change_it")
def test_two_years_that_run_say_their_last_day_and_a_leap_day_has_its_month_s_end(
    desk: Desk,
) -> None:
    # 2022-06-01 + 2 years = 2024-06-01 is the day judged: still running, over from 2024-06-02 on.
    told = why(desk, f"{WAITING}/000")
    assert told["arithmetic"][0] == (
        "批准日期 2022-06-01 ＋ 2 年 ＝ 2024-06-01（期间最后一天）；"
        "判定日 2024-06-01 未过，仍在期内"
    )
    assert told["next"] == [f"{WAITING}/000  2024-06-02  待定"]
    # 2020-02-29 + 2 years: no such day in 2022, so the month's last, 2022-02-28.
    told = why(desk, f"{LEAP}/000")
    assert "2020-02-29 ＋ 2 年 ＝ 2022-02-28" in told["arithmetic"][0]
    # Judged on 2024-02-29: 2022-02-28 + 2 years = 2024-02-28 is before it, 2022-03-01 is not.
    told = why(desk, f"{LEAP}/000", day="2024-02-29")
    assert told["open"][0].startswith("如批准日期应为 2022-03-01 或以后")


@pytest.mark.long("test_each_thing_that_is_said_to_change_the_answer_does_change_it")
def test_an_edge_and_a_used_piece_say_their_limits_and_what_would_move_them(demo: Desk) -> None:
    # The edge of the demo: 4 m x 100 m = 400 m2 < 666.67; 2 x 400 / 208 = 3.85 m < 5.
    edge = "演示批〔2017〕08号|演示市2017年度第四批次/021"
    told = why(demo, edge, day=DEMO_DAY)
    assert any(
        "面积 400.00 平方米（界限 666.67），平均宽度 2×面积/周长 ＝ 3.85 米（界限 5）" in line
        for line in told["arithmetic"]
    )
    joined = "如与相邻土地合并，面积不少于 666.67 平方米且平均宽度不少于 5 米：应供应"
    assert told["open"][0] == joined
    assert "小于一亩为边角地" in told["law"][0]
    assert "如变更调查更正为未建成：应供应" in why(
        demo, "演示批〔2019〕01号|演示市2019年度第一批次/011", day=DEMO_DAY
    )["open"]  # fmt: skip


def test_two_extensions_of_one_day_are_both_told_and_what_each_alone_would_mean(
    desk: Desk,
) -> None:
    # To 2020-12-31: two full years are over on 2024-06-01: recovery. To 2024-12-31: not yet due.
    told = why(desk, TWO)
    assert told["result"][0] == "待定"
    doubts = [line for line in told["doubts"] if line.startswith("同日延期")]
    assert len(doubts) == 2
    assert "延1，2020-06-01 签订，动工日延至 2020-12-31，批准机关 甲局" in doubts[0]
    assert "延2，2020-06-01 签订，动工日延至 2024-12-31，没有批准机关记录" in doubts[1]
    assert told["open"] == [
        "如只以动工日 2020-12-31 的一份延期为准：未报动工，待核实，无偿收回",
        "如只以动工日 2024-12-31 的一份延期为准：未到约定动工日",
    ]


@pytest.mark.long("test_each_thing_that_is_said_to_change_the_answer_does_change_it")
def test_a_seizure_and_preliminary_work_are_no_government_cause(desk: Desk) -> None:
    # Due 2022-12-31, full since 2024-01-01. The interval holds 356 days (2023-01-10 to 12-31, both
    # ends): with it 517 - 356 = 161 days, not a year; and nobody may call that the government's.
    for subject, words in ((SEIZED, "司法查封"), (EARLY, "前期工作")):
        told = why(desk, subject)
        (line,) = [line for line in told["arithmetic"] if line.startswith("不扣除该期间")]
        assert line == (
            "不扣除该期间：征缴闲置费；扣除该期间：扣除后未满一年，不征费、不收回"
            f"（{words}不是政府原因）"
        )
        assert not any("政府原因，协商处置" in line for lines in told.values() for line in lines)
        english = why(desk, subject, "--language", "en")
        assert "no government cause" in "".join(english["arithmetic"])


@pytest.mark.long("test_each_thing_that_is_said_to_change_the_answer_does_change_it")
def test_an_ended_right_a_start_and_a_stop_say_what_would_change_them(desk: Desk) -> None:
    # Ended: without the ending the land is two years past 2019-06-30 and nothing is reported.
    assert why(desk, ENDED)["open"] == [
        "如权利终止的文件（2021-05-06）撤销，或终止日在 2024-06-01 以后：未报动工，待核实，无偿收回"
    ]
    # Started and not stopped: a stop that is a full year old lies on 2023-05-31 or before
    # (2023-05-31 + 1 year = 2024-05-31, its last day, is over on 2024-06-01); no share is known.
    assert why(desk, BUILT)["open"] == [
        "如动工（2019-06-01）不实、实际未动工：未报动工，待核实，无偿收回",
        "如核查自 2024-06-01 起停工：停建",
        "如证明自 2023-05-31 或更早起一直停工（满 1 年）：待定",
    ]
    # Stopped for half a year (row 4a): the full year, or a resumption.
    told = why(desk, PAUSED)["open"]
    assert "如证明自 2023-05-31 或更早起一直停工（满 1 年）：待定" in told
    assert "如 2023-12-01 之后已复工：正常" in told
    # Stopped for two years with 0.2 of 1 ha developed (row 4b): a third is 3,333.33 m2; then the
    # investment decides, and nobody knows it.
    told = why(desk, STOPPED)["open"]
    assert "如已动工面积达到 10,000.00 × 1/3 ＝ 3,333.33 平方米：待定" in told
    assert "如 2022-01-15 之后已复工：正常" in told


@pytest.mark.long("test_each_thing_that_is_said_to_change_the_answer_does_change_it")
def test_a_bare_day_and_a_run_are_taken_wherever_a_day_or_a_run_is_asked_for(desk: Desk) -> None:
    number = desk.json("run", "--as-of", DAY, "--known-at", "2100-01-01")["run"]
    by_run = desk.json("why", f"{LAPSED}/000", "--run", str(number))
    assert by_run["run"] == number
    by_day = desk.json("why", f"{LAPSED}/000", "--as-of", DAY, "--known-at", "2100-01-01")
    assert by_day["sections"] == by_run["sections"]
    # Nothing was known before the first delivery came.
    done = desk.call("why", f"{LAPSED}/000", "--as-of", DAY, "--known-at", "2001-01-01")
    assert done.code == 2
    for name in ("findings", "calendar", "unsupplied"):
        assert desk.json(name, "--as-of", DAY)["run"] == number
    assert desk.json("deliveries", "--since", "2001-01-01")["count"] > 5


def test_what_was_built_is_told_alike_by_the_run_the_reasons_and_the_figures(desk: Desk) -> None:
    own, *twice = (f"1506002018B9101{n}" for n in range(3))
    supplied = {"行政区代码": "150600", "面积(公顷)": 1, "供地方式": "出让",
                "合同签订日期": "2018-12-01", "约定开工时间": "2019-06-30"}  # fmt: skip
    layer(desk, "supplies", [
        supplied | {"电子监管号": number, "geometry": drawn(west, 0, west + 100, 100)}
        for number, west in ((own, 0), *((one, 300) for one in twice))
    ])  # fmt: skip
    # A hall on each place, and neither names a supply.
    layer(desk, "buildings", [
        {"建筑编号": f"厂房{west}", "建筑面积": 3_000.0, "竣工日期": "2020-01-01",
         "geometry": drawn(west + 10, 10, west + 70, 60)} for west in (0, 300)
    ])  # fmt: skip
    loaded(desk, "agreements", "监管协议号,电子监管号,协议类型,签订日期,约定达产时间,容积率",
           *(f"协{n},{n},标准地,2018-12-01,2020-12-31,1.0" for n in (own, *twice)))  # fmt: skip
    assert desk.call("run", "--as-of", DAY).code == 0
    found = {
        row["subject"]: row for row in desk.json("findings")["rows"] if row["rule"] == "agreement"
    }
    # 3,000 m2 of floors on 10,000 m2: 0.30 of 1.00, and 0.60 where high storeys count twice. What
    # stands on land supplied twice may be of either: no agreement is held to it, and the ratio of
    # the ground says that it is the ground of two.
    for number, outcome, reached, count in (
        (own, "below_control", "0.30，未达", 0),
        *((one, "undetermined", "未知", 1) for one in twice),
    ):  # fmt: skip
        told = desk.json("why", number)
        agreed = told["agreement"]
        assert (found[number]["outcome"], agreed["outcome"]) == (outcome, outcome)
        for name in ("since_on", "next_on"):
            assert found[number][name] == agreed[name], (number, name)
        assert f"容积率：约定 1.00，实际 {reached}" in told["sections"]["agreement"]
        figures = {
            row["name"]: row["value"]
            for row in desk.json("indicators", "--subject", number)["rows"]
        }
        assert figures["plot_floor_ratio"] == pytest.approx(0.3)
        assert figures.get("plot_twice_count", 0) == count
        said = desk.call("why", number).stdout
        assert ("所在处另有一宗供地的建筑" in said) == bool(count)
    on_a_day = desk.json("why", twice[0], "--as-of", DAY)
    assert on_a_day["agreement"]["outcome"] == "undetermined"


@pytest.mark.long("test_what_was_built_is_told_alike_by_the_run_the_reasons_and_the_figures")
def test_whose_ground_it_is_besides_makes_an_agreement_unknown_as_long_as_it_is(desk: Desk) -> None:
    """Three supplies with an agreement, each under a hall with one that has none.

    The right of the second of those ended on 2019-06-30, before the hall; of the third on
    2022-03-31, two years after it, told by a paper of the same day.
    """
    agreed = [f"1506002018B9201{n}" for n in range(3)]
    others = [f"1506002017B9202{n}" for n in range(3)]
    contract = {"行政区代码": "150600", "面积(公顷)": 1, "供地方式": "出让",
                "约定开工时间": "2019-06-30"}  # fmt: skip
    layer(desk, "supplies", [
        contract | {"电子监管号": number, "合同签订日期": day,
                    "geometry": drawn(600 + 300 * n, 0, 700 + 300 * n, 100)}
        for day, numbers in (("2018-12-01", agreed), ("2017-12-01", others))
        for n, number in enumerate(numbers)
    ])  # fmt: skip
    layer(desk, "buildings", [
        {"建筑编号": f"厂房{n}", "建筑面积": 3_000.0, "竣工日期": "2020-01-01",
         "geometry": drawn(610 + 300 * n, 10, 670 + 300 * n, 60)} for n in range(3)
    ])  # fmt: skip
    loaded(desk, "agreements", "监管协议号,电子监管号,协议类型,签订日期,约定达产时间,容积率",
           *(f"协{n},{n},标准地,2018-12-01,2020-12-31,1.0" for n in agreed))  # fmt: skip
    loaded(
        desk,
        "right_endings",
        "文号,电子监管号,终止方式,终止日期",
        *(f"收{n},{others[n]},收回,{day}" for n, day in ((1, "2019-06-30"), (2, "2022-03-31"))),
    )
    assert desk.call("run", "--as-of", DAY).code == 0
    found = {
        row["subject"]: row for row in desk.json("findings")["rows"] if row["rule"] == "agreement"
    }
    # 3,000 m2 of floors on 10,000 m2: 0.30 of 1.00, where the ground is nobody else's.
    expected = ["undetermined", "below_control", "below_control"]
    for number, outcome in zip(agreed, expected, strict=True):
        told = desk.json("why", number)["agreement"]
        assert (found[number]["outcome"], told["outcome"]) == (outcome, outcome), number
        # Nor is it left unsaid why.
        said = desk.call("why", number).stdout
        assert ("所在处另有一宗供地的建筑" in said) == (outcome == "undetermined"), number
    # Judged from 2020-12-31, for which it was agreed, or from when it is known whose the hall is.
    due = [["2020-12-31", "undetermined"]], [["2020-12-31", "below_control"]]
    for number, turns in zip(
        agreed, [*due, [*due[0], ["2022-03-31", "below_control"]]], strict=True
    ):
        rows = desk.json("timeline", number)["rows"]
        told = [[row["from_on"], row["outcome"]] for row in rows if row["rule"] == "agreement"]
        assert told == [["2018-12-01", "not_yet_due"], *turns], number
    # A paper that names the other alone has the agreement judged anew.
    loaded(
        desk,
        "right_endings",
        "文号,电子监管号,终止方式,终止日期",
        f"收0,{others[0]},收回,2024-01-31",
    )
    assert desk.call("run", "--as-of", DAY).code == 0
    rows = desk.json("timeline", agreed[0])["rows"]
    told = [[row["from_on"], row["outcome"]] for row in rows if row["rule"] == "agreement"][1:]
    assert told == [["2020-12-31", "undetermined"], ["2024-01-31", "below_control"]]
    assert desk.json("why", agreed[0])["agreement"]["outcome"] == "below_control"


def layer(desk: Desk, kind: str, rows: list[dict[str, Any]]) -> None:
    """Load rows that are drawn."""
    file = desk.store.home / f"{kind}-drawn.gpkg"
    geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(file)
    assert desk.json("load", kind, str(file))["accepted"] == len(rows)
