"""Two nights of a small bureau, worked by hand: what is new, what is due by when, what went wrong.

Supplies of 10,000 m2 (1.0000 公顷, 15.00 亩) for 1,000,000 yuan, signed 2022-03-31. The first night
is that of 2026-06-29, the second of 2026-06-30. By the table of docs/law.md:

A01 due 2025-06-29: its first full year is over with 2026-06-29, so overdue on the first night and a
    candidate of the fee track since 2026-06-30 on the second: another outcome.
A02 due 2026-06-29: on the first night that is the last day; overdue since 2026-06-30: appeared.
B02 the same, in another region.
A03 due 2026-07-07: 8 days after the first night, 7 after the second.
A08 due 2026-07-08: 8 days after the second. A09 due 2026-07-30: 30 (30 June to 30 July).
A04 due 2026-09-28: 31 of July + 31 of August + 28 = 90 days. A05, a day later: 91, not told yet.
A06 due 2026-01-31: overdue; a patrol of 2026-06-29 found it started: it leaves.
A07 due 2024-06-30: a candidate, fee track since 2025-07-01; the patrol of 2026-06-29 saw nothing
    started: suspected, fee 20 % of 1,000,000 = 200,000.00 yuan. Two full years are over with
    2026-06-30: that is the last day before the track becomes recovery. The investigation takes 30
    days from the sighting: 2026-07-29, a Wednesday, 29 days ahead.
"""

from __future__ import annotations

import csv
import html
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from subprocess import Popen

import pytest

from gis.accounts import land, users
from gis.cli import night_work, nightly
from gis.errors import DiskError, UsageError
from gis.night.due import due, is_late
from gis.night.perform import AtWorkError
from gis.night.told import digest_of
from gis.notices import outbox, settings
from gis.outputs import digest
from gis.store import nights, runs, turns
from tests import disks
from tests.bureau import FIRST, OTHER_REGION, SECOND, Bureau, at, bureau, patrol, subjects
from tests.conftest import Server
from tests.stores import copied

# Nothing is listening there: what is written to them waits.
TWO_RECIPIENTS = """
[[recipient]]
name = "全市"
way = "json"
address = "http://127.0.0.1:9/all"
everywhere = true
[[recipient]]
name = "西旗"
way = "wecom"
address = "http://127.0.0.1:9/send?key=k"
regions = ["150722"]
"""


@pytest.fixture(scope="module")
def two_nights(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    home = tmp_path_factory.mktemp("nightly")
    with bureau(server, pattern, "landwatch_nightly", home) as made:
        made.settle(TWO_RECIPIENTS)
        made.night(FIRST)
        with made.connected() as connection:
            patrol(connection, "A06", "started", "2026-06-29")
            patrol(connection, "A07", "not_started", "2026-06-29")
        # The second is killed while it writes, and made anew as a whole.
        assert made.cut_short(SECOND, "写出", Popen.kill) == -signal.SIGKILL
        made.night(SECOND)
        yield made


def test_what_is_new_is_told_with_number_day_and_reason(two_nights: Bureau) -> None:
    told = two_nights.digest(SECOND)
    assert subjects(told, "appeared") == ["A02", "B02"]
    assert subjects(told, "left") == ["A06"]
    assert subjects(told, "track") == ["A01", "A07"]
    rows = {row["subject"]: row for one in told["sections"] for row in one["rows"]
            if one["question"] == "new" and one["section"] != "delivery"}  # fmt: skip
    assert rows["A02"] | {"link": ""} == {
        "subject": "A02", "name": "A02地块", "region_code": "150602", "block_code": None,
        "on": "2026-06-30", "area_m2": 10_000.0, "link": "", "place": "150602",
        "file": "成果/未落入区块.html", "from_on": None, "article": None,
        "zh": "逾期未动工（未满一年）；自 2026-06-30 起；原为未到约定动工日；因时间推移",
        "en": "overdue, less than a year; since 2026-06-30; was: start not yet due; "
              "because: time passed",
    }  # fmt: skip
    assert rows["A01"]["zh"] == (
        "未报动工，待核实（核实后：征缴闲置费）；自 2026-06-30 起；"
        "原为逾期未动工（未满一年）；因时间推移"
    )
    assert rows["A07"]["zh"] == (
        "疑似闲置，征缴闲置费；自 2025-07-01 起；闲置费 200,000.00 元；"
        "原为未报动工，待核实（核实后：征缴闲置费）；因新资料"
    )
    # Clear since the day it was started on.
    assert rows["A06"]["zh"] == "正常；自 2026-06-29 起；原为逾期未动工（未满一年）；因新资料"
    assert rows["A07"]["link"] == f"/basis/A07?run={told['run']}"
    (appeared,) = (one for one in told["sections"] if one["section"] == "appeared")
    assert (appeared["count"], appeared["area_m2"]) == (2, 20_000.0)


def test_what_must_be_done_is_told_with_the_last_day(two_nights: Bureau) -> None:
    told = two_nights.digest(SECOND)
    assert subjects(told, "due_now") == ["A07"]
    assert subjects(told, "due_first") == ["A03"]
    assert subjects(told, "due_second") == ["A08", "A07", "A09"]
    assert subjects(told, "due_third") == ["A04"]
    days = {(one["section"], row["subject"]): row["on"] for one in told["sections"]
            for row in one["rows"] if one["question"] == "due"}  # fmt: skip
    assert days == {
        ("due_now", "A07"): "2026-06-30", ("due_first", "A03"): "2026-07-07",
        ("due_second", "A08"): "2026-07-08", ("due_second", "A07"): "2026-07-29",
        ("due_second", "A09"): "2026-07-30", ("due_third", "A04"): "2026-09-28",
    }  # fmt: skip
    # The day after is told where the law brings something then, with what it rests on.
    firsts = {(row["subject"], row["on"]): (row["from_on"], row["article"])
              for one in told["sections"] for row in one["rows"]
              if one["section"] in ("due_now", "due_second")}  # fmt: skip
    assert firsts["A07", "2026-06-30"] == ("2026-07-01", "《闲置土地处置办法》14(2)")
    assert firsts["A07", "2026-07-29"][0] is None
    # The night before: the last day of the start of two, and of the first full year of A01.
    assert subjects(two_nights.digest(FIRST), "due_now") == ["A01", "A02", "B02"]


def test_the_first_night_has_nothing_to_compare_with_and_says_so(two_nights: Bureau) -> None:
    told = two_nights.digest(FIRST)
    assert told["before"] is None
    assert all(not subjects(told, name) for name in ("appeared", "left", "track", "other"))
    text = (two_nights.folder(FIRST) / "夜报.txt").read_text(encoding="utf-8")
    assert "首次夜间运行，没有可比的上一夜" in text


def test_the_digest_read_alone_answers_three_questions(two_nights: Bureau) -> None:
    text = (two_nights.folder(SECOND) / "夜报.txt").read_text(encoding="utf-8")
    (title,) = (line for line in text.splitlines() if "Land watch, night of" in line)
    assert "2026-06-30" in title
    new = text.split("一、新情况 ")[1].split("二、到期要办 ")[0]
    assert "新列入 newly listed · 2，2.0000 公顷，30.00 亩" in new
    assert "A02 A02地块 · 150602 · 2026-06-30 · 1.0000 公顷" in new
    due, wrong = text.split("二、到期要办 ")[1].split("三、出了什么问题 ")
    assert "最后一日 2026-07-07（剩 7 天）；2026-07-08 起：应动工日届满" in due
    assert "last day 2026-07-07 (7 days left); from 2026-07-08: start due" in due
    assert "最后一日 2026-06-30（今天到期）；2026-07-01 起：扣除免责期间后满两年未动工" in due
    assert "；依据《闲置土地处置办法》第十四条第（二）项" in due
    assert "from 2026-07-01: two full years after excused days: recovery without" in due
    assert "等候人工决定的行 rows that wait for a person · 0" in wrong
    # Nobody has found any of it idle.
    assert "闲置土地" not in text.replace("《闲置土地处置办法》", "")


def test_the_page_escapes_and_holds_what_the_text_holds(two_nights: Bureau) -> None:
    page = (two_nights.folder(SECOND) / "夜报.html").read_text(encoding="utf-8")
    for row in (row for one in two_nights.digest(SECOND)["sections"] for row in one["rows"]):
        assert html.escape(row["zh"]) in page
    assert "<script" not in page


def test_the_deliveries_of_the_day_are_told(two_nights: Bureau) -> None:
    told = two_nights.digest(SECOND)
    (own,) = (one for one in told["sections"] if one["section"] == "delivery")
    assert [row["link"] for row in own["rows"]] == [
        f"/api/v1/deliveries/{number}" for number in (2, 3)
    ]
    assert "新增 1" in own["rows"][0]["zh"]


def test_each_land_is_told_of_its_own_alone(two_nights: Bureau) -> None:
    scope = land.asked([OTHER_REGION], [], [], is_everything=False)
    with two_nights.connected() as connection:
        night = nights.get(connection, SECOND)
        assert night is not None
        told = digest.content(digest_of(connection, night, scope))
    assert subjects(told, "appeared") == ["B02"]
    assert told["by_region"] == {OTHER_REGION: {"appeared": 1}}
    said = json.dumps(told, ensure_ascii=False) + digest.text(digest_of_again(two_nights))
    assert "A0" not in said
    assert "未落入区块" not in said


def digest_of_again(made: Bureau) -> digest.Digest:
    scope = land.asked([OTHER_REGION], [], [], is_everything=False)
    with made.connected() as connection:
        night = nights.get(connection, SECOND)
        assert night is not None
        return digest_of(connection, night, scope)


def test_the_folder_of_a_night_is_whole_and_proved(two_nights: Bureau) -> None:
    folder = two_nights.folder(SECOND)
    names = {one.name for one in folder.iterdir()}
    own = {"变化.csv", "今后节点.csv", "审计.jsonl", "夜报.txt", "夜报.html", "夜报.json"}
    assert names == own | {"成果"}
    handed_out = {one.name for one in (folder / "成果").iterdir()}
    assert {"index.html", "manifest.json", "处置对象.shp", "土地监测.xlsx"} <= handed_out
    assert folder.stat().st_mode & 0o077 == 0
    with (folder / "变化.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 5
    assert two_nights.store.call("verify", str(folder / "成果")).code == 0


def test_a_night_that_was_killed_is_made_anew_says_so_and_tells_once(two_nights: Bureau) -> None:
    told = two_nights.digest(SECOND)
    (trouble,) = (one for one in told["sections"] if one["section"] == "trouble")
    assert [row["zh"] for row in trouble["rows"]] == ["本夜中断过，整夜重做，第 2 次做成"]
    with two_nights.connected() as connection:
        assert [
            (one.night, one.kind, one.recipient) for one in reversed(outbox.listed(connection))
        ] == [(night, "digest", name) for night in (FIRST, SECOND) for name in ("全市", "西旗")]
        assert len(runs.all_runs(connection)) == 2
    # Nothing half made is left: nights alone.
    names = {one.name for one in (two_nights.store.home / "nights").iterdir()}
    assert names == {"2026-06-29", "2026-06-30"}


def test_what_is_written_to_a_land_names_nobody_outside(two_nights: Bureau) -> None:
    with two_nights.connected() as connection:
        west = [one for one in outbox.listed(connection) if one.recipient == "西旗"]
    said = json.dumps([one.content for one in west], ensure_ascii=False)
    assert "B02" in said
    assert "A0" not in said


def test_a_night_is_made_once_and_only_from_its_hour_on(two_nights: Bureau) -> None:
    settled = settings.read(two_nights.store.home)
    third = date(2026, 7, 1)
    with two_nights.connected() as connection:
        assert due(connection, at(SECOND, 5), settled) is None
        assert due(connection, at(third, 0, 59), settled) is None
        assert due(connection, at(third, 1), settled) == third
        # Missed for three days: caught up once, by the night of the day it is.
        assert due(connection, at(date(2026, 7, 4), 23), settled) == date(2026, 7, 4)
        before = nights.get(connection, SECOND)
    assert two_nights.night(SECOND) == before


def test_two_nights_at_once_are_impossible(two_nights: Bureau) -> None:
    with two_nights.connected() as connection, turns.alone(connection, turns.NIGHT) as is_alone:
        assert is_alone
        with pytest.raises(AtWorkError):
            two_nights.night(date(2026, 7, 1))


def test_a_clock_set_back_or_far_forward_makes_no_night_and_is_told(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    with copy_of(two_nights, server, tmp_path) as made:
        wrong = {date(2020, 1, 1): "时钟拨回了", date(2027, 6, 30): "时钟可能拨快了"}
        for day, words in wrong.items():
            with pytest.raises(UsageError, match=words):
                made.night(day)
            with made.connected() as connection:
                night = nights.get(connection, day)
                assert night is not None
                assert (night.state, words in (night.reason or "")) == (nights.FAILED, True)
                failed = [one for one in outbox.listed(connection) if one.night == day]
            told = {one.recipient: one.content["text"] for one in failed}
            assert words in told["全市"]
            # The reason may name records: it is for whoever sees everything.
            assert words not in told["西旗"]
            assert "夜间运行失败" in told["西旗"]


@pytest.mark.long("test_a_clock_set_back_or_far_forward_makes_no_night_and_is_told")
def test_a_person_who_vouches_takes_nights_of_days_to_come_out_of_the_line(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    with copy_of(two_nights, server, tmp_path) as made:
        day, ahead = date(2026, 7, 1), date(2026, 8, 1)
        with made.connected() as connection:
            nights.begin(connection, ahead, made.now)
            nights.note_good(connection, ahead, 1, 1, None, 0, made.now)
        with pytest.raises(UsageError, match="时钟拨回了"):
            made.night(day)
        night = made.night(day, is_vouched=True)
        assert (night.state, night.before_on) == (nights.GOOD, SECOND)
        with made.connected() as connection:
            gone = nights.get(connection, ahead)
            assert gone is not None
            assert gone.state == nights.AHEAD
            assert runs.get(connection, 1).purpose == runs.WHAT_IF
        # That it had failed before is told, with its reason.
        assert len(made.digest(day)["sections"][-1]["rows"]) == 2


def test_settings_that_cannot_be_read_fail_the_night_with_their_name(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    with copy_of(two_nights, server, tmp_path) as made:
        made.settle("hour = 99")
        day = date(2026, 7, 1)
        with pytest.raises(UsageError, match="hour"):
            made.night(day)
        with made.connected() as connection:
            night = nights.get(connection, day)
            assert night is not None
            assert "nightly.toml" in (night.reason or "")
            # It is tried again, not at once, and so often a day.
            settled = settings.defaults()
            assert due(connection, at(day, 2, 29), settled) is None
            assert due(connection, at(day, 2, 30), settled) == day
            connection.execute("UPDATE landwatch.night SET attempts = 3 WHERE as_of = %s", (day,))
            assert due(connection, at(day, 12), settled) is None


@pytest.mark.long("test_the_deliveries_of_the_day_are_told")
def test_what_is_delivered_while_a_night_is_made_is_told_by_the_next(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    with copy_of(two_nights, server, tmp_path) as made:
        came: list[int] = []

        def tell(step: str) -> None:
            if step.startswith("判定") and not came:
                with made.connected() as another:
                    came.append(patrol(another, "A02", "started", "2026-06-30"))

        with made.connected() as connection:
            third, fourth = date(2026, 7, 1), date(2026, 7, 2)
            night = nightly.make(connection, third, lambda: at(third), tell)
        assert came == [(night.delivery or 0) + 1]
        assert subjects(made.digest(third), "left") == []
        made.night(fourth)
        assert subjects(made.digest(fourth), "left") == ["A02"]


@pytest.mark.long("a full disk, tests/test_writing.py")
def test_a_full_disk_fails_the_night_with_its_reason_and_with_room_it_is_made_whole(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    day = date(2026, 7, 1)
    with (
        copy_of(two_nights, server, tmp_path) as made,
        disks.small(tmp_path / "nights", 2_048) as disk,
    ):
        filler = disks.fill(disk, but_kilobytes=64)
        with pytest.raises(DiskError, match="已满"):
            made.night(day)
        with made.connected() as connection:
            night = nights.get(connection, day)
            assert night is not None
            assert night.state == nights.FAILED
            assert "已满" in (night.reason or "")
            kinds = [one.kind for one in outbox.listed(connection) if one.night == day]
        assert kinds == [outbox.FAILED] * 2
        # Nothing half done lies there.
        assert [one.name for one in disk.iterdir()] == ["filler"]
        filler.unlink()
        assert made.night(day).state == nights.GOOD
        assert (made.folder(day) / "成果" / "manifest.json").is_file()
        assert [one.name for one in disk.iterdir()] == [day.isoformat()]


def test_at_a_desk_without_accounts_and_settings_nothing_is_judged_unasked(
    two_nights: Bureau, server: Server, tmp_path: Path
) -> None:
    with copy_of(two_nights, server, tmp_path) as made:
        (tmp_path / settings.NAME).unlink()
        morning = at(date(2026, 7, 1), 2)
        with made.connected() as connection:

            def queued() -> int:
                connection.execute("DELETE FROM landwatch.job")
                night_work.queue_night(connection, morning)
                (count,) = connection.execute(
                    "SELECT count(*) FROM landwatch.job WHERE kind = %s", (night_work.NIGHT,)
                ).fetchone() or (None,)
                return int(count)

            assert queued() == 0
            assert not is_late(connection, at(date(2026, 9, 1), 12), settings.read())
            # An office has accounts, or settings that somebody wrote, even such as cannot be read.
            made.settle("hour = 99")
            assert queued() == 1
            (tmp_path / settings.NAME).unlink()
            users.add(connection, "局长", ["manager"], None)
            assert queued() == 1
            assert is_late(connection, at(date(2026, 9, 1), 12), settings.read())


@contextmanager
def copy_of(made: Bureau, server: Server, home: Path) -> Iterator[Bureau]:
    name = made.store.url.rpartition("@/")[2].partition("?")[0]
    with (
        copied(server, name, f"{name}_copy", home) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LANDWATCH_DATABASE_URL", store.url)
        patch.setenv("LANDWATCH_HOME", str(home))
        other = Bureau(store, made.now)
        other.settle(TWO_RECIPIENTS)
        yield other
