"""Plans tried beside what is known: by the command, the server and the page; nothing of one stays.

The land and its tasks: tests/task_land.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.web import language
from gis import contracts
from tests.conftest import Server, rest_long
from tests.sending import by
from tests.task_land import DAY, tasked
from tests.warm import Desk


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with tasked(server, pattern, "landwatch_scenario", tmp_path_factory.mktemp("scenario")) as made:
        yield made


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


@pytest.fixture(scope="module")
def tried(desk: Desk, plan: Path) -> dict[str, Any]:
    """What the command tells of the plan, on a store that it leaves as it was."""
    before = stored(desk)
    told = desk.json("scenario", "run", str(plan))
    assert stored(desk) == before
    return told


def test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays(
    desk: Desk, plan: Path, tried: dict[str, Any]
) -> None:
    told = tried
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


@pytest.mark.parametrize("kill_after", rest_long([0.2, 0.6, 1.2, 2.0, 3.5], [1.2]))
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


def asked_of(text: str, kind: str = "right_endings", **more: Any) -> dict[str, Any]:
    return {"name": "方案", "as_of": DAY, "registers": [{"kind": kind, "text": text}], **more}


def test_the_server_tries_a_plan_on_ones_own_land_alone_and_keeps_nothing(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    def send(who: str, body: dict[str, Any]) -> httpx.Response:
        return client.post("/api/v1/scenario", json=body, headers=by(secrets[who]))

    def land() -> dict[str, tuple[Any, ...]]:
        # Who asked is written down, as whoever else asks.
        held = stored(desk)
        return {name: held[name] for name in ("delivery", "run", "finding", "right_endings")}

    before = land()
    whole = send("officer", asked_of(ENDING)).json()
    assert [one["subject"] for one in whole["subjects"] if one["rule"] == "idle_land"] == ["东监4"]
    own = send("officer of 东", asked_of(ENDING))
    assert own.status_code == 200, own.text
    assert own.json()["unsupplied_m2"] is None
    assert {one["place_code"] for one in own.json()["targets"]} == {"150602"}
    assert "西" not in own.text
    for who, body in (
        ("officer of 西", asked_of(ENDING)),
        ("officer of 东", asked_of(ENDING.replace("东监4", "西监4"))),
    ):
        refused = send(who, body)
        assert refused.status_code in {403, 404, 409, 422}, refused.text
    assert send("viewer", asked_of(ENDING)).status_code == 403
    wrong = (
        asked_of(ENDING, "tasks"),
        asked_of(""),
        asked_of(ENDING, more=1),
        asked_of("甲\n乙\n"),
    )
    for body in wrong:
        assert send("officer", body).status_code == 422
    assert land() == before


def test_pages_show_tasks_and_the_plan_in_both_languages(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    def read(path: str, who: str = "officer", **more: str) -> str:
        answer = client.get(path, headers=by(secrets[who]) | {"Accept": "text/html", **more})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 300_000
        return answer.text

    page = read("/targets?year=2024")
    for words in ("3.8000", "57.00　76.0%", "未完成", "核减计划指标 -20%", "不在底数内", "东监8"):
        assert words in page, words
    assert "所印的数不可能" in read("/targets?year=2022")
    assert "2019 年没有任务" in read("/targets?year=2019")
    english = read("/targets?year=2024", Cookie=f"{language.COOKIE}=en")
    assert "Tasks and what was done" in english
    assert "150722" not in read("/targets?year=2024", "clerk of 东")
    home = read("/")
    assert "任务 180.00 亩" in home  # 12 公顷 of 2025
    form = read("/scenario")
    assert "文号,电子监管号,终止日期,终止方式" in form
    told = client.post("/scenario/tried", json=asked_of(ENDING), headers=by(secrets["officer"]))
    assert told.status_code == 200
    assert "这是试算，没有保存" in told.text
    assert "7.6000" in told.text
    assert "11.4000" in told.text


def test_a_plan_comes_to_what_a_run_says_once_it_is_fact(
    desk: Desk, plan: Path, tried: dict[str, Any]
) -> None:
    """The slow, obvious way: load the plan as fact, and run. The last test of this store."""
    told = tried
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
