"""Plans tried beside what is known: by the command, the server and the page; nothing of one stays.

The land and its tasks: tests/task_land.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.web import language
from gis import contracts
from gis.cli.scenario_work import Scenario, tried
from gis.config import Config
from gis.errors import UsageError
from gis.intake import load as intake
from tests.conftest import Server, rest_long
from tests.killing import wait_until
from tests.sending import by
from tests.task_land import DAY, tasked
from tests.warm import Desk


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with tasked(server, pattern, "landwatch_scenario", tmp_path_factory.mktemp("scenario")) as made:
        yield made


HTML = {"Accept": "text/html"}
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
def told_of_plan(desk: Desk, plan: Path) -> dict[str, Any]:
    """What the command tells of the plan, on a store that it leaves as it was."""
    before = stored(desk)
    told = desk.json("scenario", "run", str(plan))
    assert stored(desk) == before
    return told


def test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays(
    desk: Desk, plan: Path, told_of_plan: dict[str, Any]
) -> None:
    told = told_of_plan
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


@pytest.mark.long("test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays")
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
    # Of a day nobody has judged: both runs are built on the last one, one after the other.
    later.write_text(ENDING, encoding="utf-8")
    told = desk.json(
        "scenario", "run", str(later), "--kind", "right_endings", "--as-of", "2025-03-01"
    )
    assert (told["run"], told["as_of"]) == (None, "2025-03-01")
    assert [one["subject"] for one in told["subjects"] if one["rule"] == "idle_land"] == ["东监4"]
    assert stored(desk) == before


def asked_of(text: str, kind: str = "right_endings", **more: Any) -> dict[str, Any]:
    plan = {"name": "方案", "as_of": DAY, "registers": [{"kind": kind, "text": text}]}
    return {"kind": "scenario", **plan, **more}


@pytest.mark.long("test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays")
def test_a_worker_tries_a_plan_on_ones_own_land_and_shows_it_to_its_maker_alone(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], working: None
) -> None:
    def get(who: str, path: str) -> httpx.Response:
        return client.get(path, headers=by(secrets[who]))

    def send(who: str, body: dict[str, Any]) -> httpx.Response:
        return client.post("/api/v1/jobs", json=body, headers=by(secrets[who]))

    def tried(who: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = send(who, body).json()["id"]
        path = f"/api/v1/jobs/{number}"
        wait_until(lambda: get(who, path).json()["finished_at"] is not None, "it is tried")
        return number, get(who, path).json()

    def land() -> dict[str, tuple[Any, ...]]:
        # Who asked is written down, as whoever else asks.
        held = stored(desk)
        asked = {"job", "job_line", "audit", "audit_head", "api_key"}
        return {name: rows for name, rows in held.items() if name not in asked}

    before = land()
    number, job = tried("officer", asked_of(ENDING))
    assert (job["state"], job["result"]["subjects_count"]) == ("done", 1)
    whole = get("officer", f"/api/v1/scenario/{number}").json()
    assert list(whole) == list(contracts.JSON["scenario_run"])
    assert [one["subject"] for one in whole["subjects"] if one["rule"] == "idle_land"] == ["东监4"]
    page = client.get(f"/scenario/{number}", headers=by(secrets["officer"]) | HTML)
    for words in ("没有保存为事实", "7.6000", "11.4000", f"/scenario?again={number}"):
        assert words in page.text, words
    again = client.get(f"/scenario?again={number}", headers=by(secrets["officer"]) | HTML).text
    assert "拟收1,东监4,2025-01-10" in again
    assert f'href="/scenario/{number}"' in again
    for path in (f"/api/v1/scenario/{number}", f"/scenario/{number}"):
        assert get("officer of 东", path).status_code == 404
        assert get("viewer", path).status_code == 403
    own_number, _ = tried("officer of 东", asked_of(ENDING))
    own = get("officer of 东", f"/api/v1/scenario/{own_number}")
    assert own.json()["unsupplied_m2"] is None
    assert {one["place_code"] for one in own.json()["targets"]} == {"150602"}
    assert "西" not in own.text
    # Who may see the job, as one who sees all land does, may not open the plan.
    assert get("officer", f"/api/v1/jobs/{own_number}").status_code == 200
    assert get("officer", f"/api/v1/scenario/{own_number}").status_code == 404
    for who, body in (
        ("officer of 西", asked_of(ENDING)),
        ("officer of 东", asked_of(ENDING.replace("东监4", "西监4"))),
        ("officer", asked_of("甲\n乙\n")),
    ):
        number, refused = tried(who, body)
        assert refused["state"] == "failed"
        assert get(who, f"/api/v1/scenario/{number}").status_code == 404
        shown = client.get(f"/scenario/{number}", headers=by(secrets[who]) | HTML)
        assert refused["fault"]["mend"].split(" ")[0] in shown.text
    assert send("viewer", asked_of(ENDING)).status_code == 403
    for body in (asked_of(ENDING, "tasks"), asked_of(""), asked_of(ENDING, more=1)):
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


@pytest.mark.long("test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays")
def test_a_plan_comes_to_what_a_run_says_once_it_is_fact(
    desk: Desk, plan: Path, told_of_plan: dict[str, Any]
) -> None:
    """The slow, obvious way: load the plan as fact, and run. Later tests find it done."""
    told = told_of_plan
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


@pytest.mark.long("test_a_plan_is_judged_beside_what_is_known_and_nothing_of_it_stays")
def test_loads_and_runs_do_not_wait_for_a_plan_that_is_tried_meanwhile(
    desk: Desk, tmp_path: Path
) -> None:
    """A plan waits at its last step, with all it wrote; then for a load of the very record."""
    place = tmp_path / "收.csv"
    place.write_text(ENDING.replace("拟收1", "拟收9").replace("东监4", "东监1"), encoding="utf-8")
    order = intake.LoadRequest("right_endings", place, is_remembered=False)
    plan = Scenario("方案", date.fromisoformat(DAY), [order])
    settings = Config(desk.store.home, desk.store.url)
    heard: list[str] = []
    at_its_end, others_are_done = threading.Event(), threading.Event()

    def tell(step: str) -> None:
        heard.append(step)
        if step == "比较 comparing":
            at_its_end.set()
            assert others_are_done.wait(60)

    def tried_beside(do: Callable[[], None]) -> Mapping[str, Any]:
        heard.clear(), at_its_end.clear(), others_are_done.clear()
        with ThreadPoolExecutor(1) as beside:
            told = beside.submit(tried, settings, plan, None, tell)
            assert at_its_end.wait(60)
            do()
            others_are_done.set()
            return told.result()

    def load(name: str, text: str) -> None:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        desk.json("load", "right_endings", str(file))

    def other_land() -> None:
        load("别处.csv", ENDING.replace("拟收1", "西收1").replace("东监4", "西监4"))
        desk.json("run", "--as-of", "2025-02-01")

    known_at = stored_delivery(desk)
    told = tried_beside(other_land)
    # It saw the store as it was when it began, and was tried once.
    assert told["known_at"] == known_at
    assert [one["subject"] for one in told["subjects"] if one["rule"] == "idle_land"] == ["东监1"]
    assert heard.count("试算 trying") == 1
    assert not [one for one in heard if one.startswith("让开")]

    def same_record() -> None:
        began = time.monotonic()
        load("同一条.csv", ENDING.replace("拟收1", "拟收9").replace("东监4", "东监1"))
        # Looked at every second, and let through.
        assert time.monotonic() - began < 20

    with pytest.raises(UsageError, match="没有改变任何记录"):
        tried_beside(same_record)
    assert [one for one in heard if one.startswith("让开")]


def stored_delivery(desk: Desk) -> int:
    with desk.store.connect() as connection:
        return int(
            (connection.execute("SELECT max(number) FROM landwatch.delivery").fetchone() or (0,))[0]
        )
