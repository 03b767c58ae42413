"""Tasks from the file an office sends to what the command prints and the server answers.

Banner 东 (150602) has supplies of 3.8 公顷 each, none with a reported start. By 2025-01-15 监1 is
seen started and 监2 is taken back. Of Ordos (150600) and Alxa (152900) the published sheets.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gis import contracts
from tests.conftest import Server
from tests.sending import by, client_of, secrets_of
from tests.two_banners import judged
from tests.warm import Desk

DAY = "2025-01-15"
TASKS = "年度,截止年度,行政区代码,开发区代码,任务类型,任务面积(公顷),下达日期"
PUBLISHED = "年度,截止年度,行政区代码,任务类型,任务面积(万亩)"
BASE = "年度,行政区代码,任务类型,底数编号,电子监管号,批准文号,开发区代码,底数面积(公顷),锁定日期"
DONE = "文号,年度,行政区代码,任务类型,口径,底数编号,电子监管号,完成面积(公顷),完成率,完成日期"
SHEET = "文号,年度,行政区代码,任务类型,口径,完成面积(万亩),完成率,完成日期"
MU10000_M2 = 20_000_000 / 3


def register(desk: Desk, folder: Path, kind: str, head: str, *lines: str) -> None:
    place = folder / f"{kind}{len(list(folder.iterdir()))}.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *(line.split(",") for line in lines)])
    done = desk.call("load", kind, str(place))
    assert done.code == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("files")
    with judged(server, pattern, "landwatch_targets", tmp_path_factory.mktemp("targets")) as desk:
        register(
            desk,
            folder,
            "tasks",
            TASKS,
            "2024,,150602,,批而未供,5,2024-01-10",
            "2024,,150602,,闲置土地,5,2024-01-10",
            "2024,,150602,东园,闲置土地,3,2024-01-10",
            "2024,,150722,,闲置土地,1,2024-01-10",
            "2022,,152900,,闲置土地,333.3333,2022-01-01",
            "2025,,150602,,批而未供,12,2025-01-02",
            "2025,,150602,,闲置土地,10,2025-01-02",
        )
        register(
            desk,
            folder,
            "tasks",
            PUBLISHED,
            "2021,2025,150600,批而未供,8.68",
            "2021,2025,150600,闲置土地,4.97",
            "2022,,150600,批而未供,1.45",
            "2022,,150600,闲置土地,0.99",
            "2023,,150600,批而未供,2.3",
            "2023,,150600,闲置土地,1.19",
        )
        register(
            desk,
            folder,
            "base",
            BASE,
            "2024,150602,闲置土地,闲1,东监1,,东园,3.8,2024-01-01",
            "2024,150602,闲置土地,闲2,东监2,,,3.8,2024-01-01",
            "2024,150602,闲置土地,闲4,东监4,,,3.8,2024-01-01",
            "2024,150602,批而未供,批1,,东批〔2020〕1号,,20,2024-01-01",
            *(f"2025,150602,闲置土地,闲{n},东监{n},,,3.8,2025-01-01" for n in (1, 2, 4)),
            "2025,150602,批而未供,批1,,东批〔2020〕1号,,20,2025-01-01",
        )
        register(
            desk, folder, "done", DONE,
            *(f"自报表,2024,150602,闲置土地,自报,闲{n},,3.8,,2024-12-01" for n in (1, 2, 4)),
            *(f"系统,2024,150602,闲置土地,系统填报,闲{n},,3.8,,2024-12-10" for n in (1, 2)),
            "认定函,2024,150602,闲置土地,审核认定,闲1,,3.8,,2024-12-20",
            # Of the base nobody knows it: shown apart.
            "认定函,2024,150602,闲置土地,审核认定,,东监8,3.8,,2024-12-20",
            "认定函,2024,150602,批而未供,审核认定,批1,,6,,2024-12-20",
            "阿盟表,2022,152900,闲置土地,审核认定,,,742.4295,220.87,2022-11-30",
        )  # fmt: skip
        register(
            desk,
            folder,
            "done",
            SHEET,
            "年终表,2022,150600,批而未供,审核认定,2.11,,2022-12-31",
            "年终表,2022,150600,闲置土地,审核认定,1.98,,2022-12-31",
            "七月表,2023,150600,批而未供,审核认定,0.66,28.57,2023-07-31",
            "七月表,2023,150600,闲置土地,审核认定,1.26,,2023-07-31",
        )
        register(
            desk,
            folder,
            "progress",
            "电子监管号,观测日期,来源,开发状态,动工日期",
            "东监1,2024-11-01,巡查,已动工,2024-10-01",
        )
        register(
            desk, folder, "right_endings", "文号,电子监管号,终止日期,终止方式",
            "收1,东监2,2024-11-15,无偿收回",
        )  # fmt: skip
        desk.json("run", "--as-of", DAY)
        yield desk


def rows(told: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["place_code"], row["way"]): row for row in told["rows"] if not row["until_year"]}


def test_three_columns_rate_what_is_missing_and_what_follows(desk: Desk) -> None:
    told = desk.json("targets", "--year", "2024")
    found = rows(told)
    idle = found["150602", "idle"]
    # 3 x 3.8 in the base; 3, 2 and 1 of them told; 3.8 / 5 = 76 %, 1.2 missing; 3.8 / 11.4.
    assert [idle[name] for name in ("target_m2", "base_m2", "base_count")] == [
        *(50_000.0, 114_000.0, 3),
    ]
    assert [idle[f"{name}_m2"] for name in ("reported", "filed", "confirmed")] == [
        *(114_000.0, 76_000.0, 38_000.0),
    ]
    # 监1 has started, 监2 is taken back: the records show two, as the system does.
    assert idle["recorded_m2"] == 76_000.0
    assert (idle["confirmed_rate"], idle["filed_rate"], idle["lacking_m2"]) == (
        0.76,
        1.52,
        12_000.0,
    )
    assert (idle["state"], idle["is_floor_met"]) == ("missed", True)
    assert idle["disposal_share"] == pytest.approx(1 / 3, abs=1e-15)
    assert idle["outside_confirmed_m2"] == 38_000.0
    assert [one["code"] for one in told["told"]] == ["outside_base"]
    assert told["told"][0]["supply_no"] == "东监8"
    unsupplied = found["150602", "unsupplied"]
    assert (unsupplied["confirmed_rate"], unsupplied["state"]) == (1.2, "met")
    # What the balance of the approval leaves, of the 20 公顷 of the base.
    (balance,) = [
        row for row in desk.json("balance")["rows"] if row["approval"].startswith("东批〔2020〕1号")
    ]
    left = balance["unsupplied_m2"] + balance["edge_m2"]
    assert unsupplied["recorded_m2"] == pytest.approx(200_000.0 - left, abs=1e-6)
    park = found["东园", "idle"]
    assert (park["name"], park["base_count"], park["state"]) == ("东产业园", 1, "met")
    assert found["150602", "both"]["state"] == "missed"
    # Of 西 nothing is known but the task.
    west = found["150722", "idle"]
    assert (west["state"], west["missing"]) == ("undetermined", ["base"])


def test_the_quota_is_cut_and_says_why(desk: Desk) -> None:
    follows = {one["region_code"]: one for one in desk.json("targets", "--year", "2024")["quota"]}
    east = follows["150602"]
    assert (east["code"], east["share"], east["is_verified"]) == ("cut", -0.2, True)
    words = " ".join(one["zh"] for one in east["reasons"])
    assert "闲置土地任务未完成（3.8000 / 5.0000 公顷，76.00%）" in words
    assert "核减 20% 计划指标" in words
    # Approvals of 2020 alone: 2019 to 2023 has them, and 60 % is our memory, not read.
    assert "2019—2023 年批准的用地平均供地率" in words
    assert "未核对原文" in words
    west = follows["150722"]
    assert west["code"] == "undetermined"
    assert west["missing"] == ["no_task:unsupplied", "task_undetermined:idle"]


def test_published_targets_of_ordos_come_out_as_printed(desk: Desk) -> None:
    def printed(year: int, place: str = "150600") -> dict[tuple[str, bool], str]:
        return {
            (row["way"], row["until_year"] is not None): f"{row['target_m2'] / MU10000_M2:.2f}"
            for row in desk.json("targets", "--year", str(year))["rows"]
            if row["place_code"] == place
        }

    whole = {("unsupplied", True): "8.68", ("idle", True): "4.97", ("both", True): "13.65"}
    assert printed(2022) == whole | {
        ("unsupplied", False): "1.45", ("idle", False): "0.99", ("both", False): "2.44",
    }  # fmt: skip
    assert printed(2023) == whole | {
        ("unsupplied", False): "2.30", ("idle", False): "1.19", ("both", False): "3.49",
    }  # fmt: skip


def test_published_rates_are_recomputed_and_the_impossible_one_is_told(desk: Desk) -> None:
    sheets = {
        (one["document"], one["way"]): one
        for year in ("2022", "2023")
        for one in desk.json("targets", "--year", year)["sheets"]
    }
    percents = {place: round(one["percent"], 2) for place, one in sheets.items()}
    # 2.11 / 1.45, 1.98 / 0.99, 0.66 / 2.3, 1.26 / 1.19, 742.4295 / 333.3333
    assert percents == {
        ("年终表", "unsupplied"): 145.52, ("年终表", "idle"): 200.0,
        ("七月表", "unsupplied"): 28.70, ("七月表", "idle"): 105.88, ("阿盟表", "idle"): 222.73,
    }  # fmt: skip
    assert sheets["七月表", "unsupplied"]["is_possible"] is True
    assert sheets["阿盟表", "idle"]["is_possible"] is False
    assert sheets["年终表", "idle"]["is_possible"] is None
    said = desk.call("targets", "--year", "2022").stdout
    assert "所印完成率 220.87% 不可能，重算为 222.73%" in said


def test_a_year_without_tasks_says_so_and_csv_has_every_column(desk: Desk, tmp_path: Path) -> None:
    assert "2019 年没有任务" in desk.call("targets", "--year", "2019").stdout
    assert desk.json("targets", "--year", "2019")["rows"] == []
    file = tmp_path / "任务.csv"
    assert desk.call("targets", "--year", "2024", "--csv", str(file)).code == 0
    text = file.read_text("utf-8-sig")
    assert "自治区" not in text.splitlines()[0]
    assert "审核认定完成" in text.splitlines()[0]
    assert "未完成" in text


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    yield from client_of(desk)


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[str, str]:
    return secrets_of(desk)


@pytest.mark.parametrize(
    ("who", "places", "regions"),
    [
        ("officer", {"150602", "东园", "150722", "150600"}, {"150602", "150722"}),
        ("clerk of 东", {"150602", "东园"}, {"150602"}),
        ("clerk of 西", {"150722"}, {"150722"}),
        ("clerk of 东园", {"东园"}, set()),
    ],
)
def test_the_server_tells_each_of_its_own_land(
    client: httpx.Client, secrets: dict[str, str], who: str, places: set[str], regions: set[str]
) -> None:
    answer = client.get("/api/v1/targets", params={"year": 2024}, headers=by(secrets[who]))
    assert answer.status_code == 200
    told = answer.json()
    assert {row["place_code"] for row in told["rows"]} == places
    assert {one["region_code"] for one in told["quota"]} == regions
    if "西" in who:
        assert "东" not in answer.text.replace("东园", "")
        assert told["told"] == []


def test_the_server_says_what_the_command_says(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    own = desk.json("targets", "--year", "2024")
    told = client.get(
        "/api/v1/targets", params={"year": 2024}, headers=by(secrets["officer"])
    ).json()
    assert told == {name: value for name, value in own.items() if name != "purpose"}
    for wrong in ({"year": 0}, {"jahr": 2024}):
        answer = client.get("/api/v1/targets", params=wrong, headers=by(secrets["officer"]))
        assert answer.status_code in {400, 422}, answer.text


# If 监4 is taken back and 5 公顷 of the first approval are supplied by the day.
PLAN = """
name = "年底前收回一宗、供应五公顷"
as_of = 2025-01-15
[[delivery]]
kind = "right_endings"
file = "收回.csv"
[[delivery]]
kind = "supplies"
file = "供应.csv"
"""
ENDING = "文号,电子监管号,终止日期,终止方式\n拟收1,东监4,2025-01-10,无偿收回\n"
SUPPLY = (
    "电子监管号,批准文号,行政区代码,面积(公顷),供地方式,约定开工时间,合同签订日期\n"
    "拟供1,东批〔2020〕1号,150602,5,出让,2026-01-01,2025-01-12\n"
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    for name, text in (("收回.csv", ENDING), ("供应.csv", SUPPLY), ("方案.toml", PLAN)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "方案.toml"


def stored(desk: Desk) -> dict[str, tuple[Any, ...]]:
    """What every table of the store holds, row by row."""
    with desk.store.connect() as connection:
        names = [
            str(name)
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'landwatch'"
            )
        ]
        return {
            name: connection.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
                f" FROM landwatch.{name} AS t"
            ).fetchone()
            or ()
            for name in names
        }


def test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays(
    desk: Desk, plan: Path
) -> None:
    before = stored(desk)
    told = desk.json("scenario", "run", str(plan))
    assert stored(desk) == before
    assert list(told) == list(contracts.JSON["scenario_run"])
    # The stored run of that day is what is known.
    assert (told["as_of"], told["run"]) == (DAY, 2)
    assert [(one["kind"], one["accepted"]) for one in told["changes"]] == [
        ("right_endings", 1), ("supplies", 1),
    ]  # fmt: skip
    tasks = {one["way"]: one for one in told["targets"] if one["place_code"] == "150602"}
    idle, unsupplied = tasks["idle"], tasks["unsupplied"]
    # 2 x 3.8 of 10 by the records; with 监4 taken back 3 x 3.8.
    assert (idle["recorded_m2_before"], idle["recorded_m2_after"]) == (76_000.0, 114_000.0)
    assert (idle["is_met_before"], idle["is_met_after"]) == (False, True)
    # 5 公顷 more, of 12 that are asked for.
    gained = unsupplied["recorded_m2_after"] - unsupplied["recorded_m2_before"]
    assert gained == pytest.approx(50_000.0, abs=1e-6)
    assert (unsupplied["is_met_before"], unsupplied["is_met_after"]) == (False, True)
    subjects = {(one["rule"], one["subject"]): one for one in told["subjects"]}
    taken = subjects["idle_land", "东监4"]
    assert (taken["outcome_before"], taken["outcome_after"]) == ("candidate", "closed")
    new = subjects["idle_land", "拟供1"]
    assert (new["outcome_before"], new["outcome_after"]) == (None, "not_due")
    outcomes = {(one["rule"], one["outcome"]): one for one in told["outcomes"]}
    candidates = outcomes["idle_land", "candidate"]
    assert candidates["before"]["count"] - candidates["after"]["count"] == 1
    figure = told["unsupplied_m2"]
    assert figure["before"] - figure["after"] == pytest.approx(50_000.0, abs=1e-6)
    said = desk.call("scenario", "run", str(plan)).stdout
    assert "未达到 not met" in said
    assert "达到 met" in said


@pytest.mark.parametrize("kill_after", [0.2, 0.6, 1.2, 2.0])
def test_a_plan_that_is_killed_leaves_nothing(desk: Desk, plan: Path, kill_after: float) -> None:
    before = stored(desk)
    desk.warm.call(desk.store, "scenario", "run", str(plan), kill_after=kill_after)
    assert stored(desk) == before


def test_a_plan_that_changes_nothing_or_cannot_be_read_is_refused_and_says_why(
    desk: Desk, tmp_path: Path
) -> None:
    before = stored(desk)
    wrong = tmp_path / "错.csv"
    wrong.write_text("文号,电子监管号,终止日期\n拟收1,,2025-01-10\n", encoding="utf-8")
    for words, message in (
        ([str(wrong), "--kind", "right_endings"], "方案没有改变任何记录"),
        ([str(wrong)], "是什么资料"),
        ([str(tmp_path / "无.toml")], "无.toml"),
    ):
        done = desk.call("scenario", "run", *words)
        assert done.code == 2, done.stdout
        assert message in done.stderr
    later = tmp_path / "收.csv"
    later.write_text(ENDING.replace("2025-01-10", "2025-12-01"), encoding="utf-8")
    told = desk.json("scenario", "run", str(later), "--kind", "right_endings", "--as-of", DAY)
    assert told["changes"][0]["after_the_day"] == 1
    assert told["subjects"] == []
    assert stored(desk) == before


def test_a_plan_comes_to_what_a_run_says_once_it_is_fact(desk: Desk, plan: Path) -> None:
    """The slow, obvious way: load the plan as fact, and run. The last test of this store."""
    told = desk.json("scenario", "run", str(plan))
    desk.json("load", "--manifest", str(plan))
    counts = desk.json("run", "--as-of", DAY)["counts"]
    rows = desk.json("targets", "--year", "2025")["rows"]
    for rule, kind in (("idle_land", "idle"), ("unsupplied", "unsupplied")):
        for one in told["outcomes"]:
            if one["rule"] != rule or one["outcome"] == "undetermined":
                continue
            found = counts[kind].get(one["outcome"], {})
            parts = [*found.values()] if kind == "idle" else [found] if found else []
            assert one["after"]["count"] == sum(part["count"] for part in parts), one
    assert told["unsupplied_m2"]["after"] == counts["unsupplied_total"]["area_m2"]
    recorded = {(row["place_code"], row["way"], row["year"]): row["recorded_m2"] for row in rows}
    for one in told["targets"]:
        place = (one["place_code"], one["way"], one["year"])
        assert one["recorded_m2_after"] == recorded[place]
