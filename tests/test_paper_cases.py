"""Registers and papers that were once judged wrongly, through the command to the printed cell.

Every value was worked by hand beforehand; the arithmetic stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gis.store import results
from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.warm import Desk

HEAD = "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,成交价格(万元),约定开工时间,合同签订日期"
PROGRESS = "电子监管号,核查日期,来源,开发状态,动工日期,停工日期,已动工面积(公顷)"


def loaded(store: Desk, kind: str, head: str, *rows: str, **options: str) -> dict[str, Any]:
    home = store.store.home
    file = home / f"{kind}{len(list(home.iterdir()))}.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    named = [part for name, value in options.items() for part in (f"--{name}", value)]
    return dict(store.json("load", kind, str(file), *named))


def findings(store: Desk, as_of: str, *options: str) -> dict[str, dict[str, Any]]:
    run = str(store.json("run", "--as-of", as_of, *options)["run"])
    lists = [store.json(name, "--run", run) for name in ("findings", "candidates")]
    rows = [row for told in lists for row in told["rows"]]
    return {row["subject"]: row for row in rows if row["rule"] == "idle_land"}


def said(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("outcome", "track", "since_on", "clashes"))


@pytest.fixture
def store(server: Server, pattern: str, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "home").mkdir()
    with copied(server, pattern, "landwatch_papers", tmp_path / "home") as store:
        yield Desk(store, warm.shared())


def test_stops_and_formal_findings_are_judged_paper_by_paper(store: Desk, tmp_path: Path) -> None:
    numbers = [f"1506002018B{90000 + n}" for n in range(1, 11)]
    starts = dict.fromkeys(numbers, "2019-06-30")
    starts[numbers[4]], starts[numbers[5]] = "2023年5月", "2023年5月底"
    signed = dict.fromkeys(numbers, "2018-12-01") | {numbers[8]: ""}
    loaded(store, "supplies", HEAD,
           *(f"{n},150600,甲,1,出让,100,{starts[n]},{signed[n]}" for n in numbers))  # fmt: skip
    begun = [f"{numbers[n]},2019-06-01,巡查,已动工,2019-06-01,,0.2" for n in (0, 1, 2, 3, 6)]
    days = ("2021-01-15", "2021-07-15", "2022-01-15", "2023-01-15", "2024-05-15")
    stops = [f"{numbers[0]},{day},巡查,停工,,,0.2" for day in days]
    stops += [
        f"{numbers[1]},2020-01-15,巡查,停工,,2020-01-01,0.2",
        f"{numbers[1]},2021-05-15,巡查,复工,,,0.2",
        f"{numbers[1]},2024-05-15,巡查,停工,,,0.2",
        f"{numbers[2]},2021-01-15,巡查,停工,,,0.2",
        f"{numbers[3]},2021-01-15,巡查,停工,,,0.2",
    ]
    loaded(store, "progress", PROGRESS, *begun, *stops)
    loaded(store, "decisions", "文书号,电子监管号,文书类型,送达日期,认定原因",
           f"认4,{numbers[3]},认定书,2023-03-01,企业原因",
           f"认7,{numbers[6]},认定书,2021-03-01,企业原因",
           f"认8,{numbers[7]},认定书,2021-03-01,政府原因")  # fmt: skip
    loaded(
        store, "handovers", "交地确认书号,电子监管号,实际交地时间", f"交5,{numbers[4]},2022-09-01"
    )
    found = findings(store, "2024-06-01")
    # 2021-01-15 + 1 year = 2022-01-15 is the last day of the year: since 2022-01-16, 20 % < 1/3.
    assert said(found[numbers[0]]) == ("may_be_idle", "person", "2022-01-16", None)
    # Stopped anew 2024-05-15, its year runs to 2025-05-15.
    assert said(found[numbers[1]]) == ("stopped", None, "2024-05-15", None)
    assert said(found[numbers[2]]) == ("may_be_idle", "person", "2022-01-16", None)
    assert said(found[numbers[3]]) == ("found_idle", "person", "2022-01-16", None)
    assert found[numbers[3]]["article"] == "《闲置土地处置办法》2(2), 12"
    # 2023年5月 is 2023-05-31; + 1 year = 2024-05-31: full from 2024-06-01. 1,000,000 x 20 % in fen.
    for number in (numbers[4], numbers[5]):
        assert said(found[number]) == ("candidate", "fee", "2024-06-01", None)
        assert found[number]["fee_if_confirmed_fen"] == 20_000_000
    assert said(found[numbers[6]]) == ("clear", None, "2019-06-01", ["decision_clash"])
    # 2019-06-30 + 2 years = 2021-06-30: the facts say recovery, the 认定书 the government.
    assert said(found[numbers[7]]) == ("found_idle", "person", "2021-07-01", ["cause_clash"])
    assert found[numbers[7]]["fee_fen"] is None
    assert found[numbers[7]]["fee_if_confirmed_fen"] == 20_000_000
    assert said(found[numbers[8]]) == ("undetermined", None, None, None)
    assert found[numbers[8]]["missing"] == ["signed_on"]
    undated = store.call("why", numbers[8], "--as-of", "2024-06-01").stdout
    assert "待定：缺合同签订日期" in undated
    assert "约定开工时间：2019-06-30" in undated
    assert said(found[numbers[9]]) == ("candidate", "recovery", "2021-07-01", None)
    before = findings(store, "2024-05-31")
    assert before[numbers[4]]["outcome"] == before[numbers[5]]["outcome"] == "overdue"

    out = tmp_path / "targets.geojson"
    files = store.json("export", "targets", "--format", "geojson", "--out", str(out))
    assert numbers[7] in files["held_back"]
    assert numbers[7] not in out.read_text(encoding="utf-8")
    months = store.call("why", numbers[4], "--as-of", "2024-06-01").stdout
    assert "约定开工时间：资料写“2023年5月”，按 2023-05-31 认定（第 1 次资料）" in months
    # Handed over 2022-09-01: + 1 year = 2023-09-01, later than the month as read.
    assert "第二十二条读法：实际交地 2022-09-01 ＋ 1 年 = 2023-09-01" in months
    told = store.call("why", numbers[7], "--as-of", "2024-06-01").stdout
    assert "认定书所载原因为政府原因，与按事实推得的方向不同（无偿收回）" in told
    assert "认定书与事实不符" in store.call("why", numbers[6], "--as-of", "2024-06-01").stdout
    csv = tmp_path / "f.csv"
    store.call("findings", "--csv", str(csv))
    assert "cause_clash" in csv.read_text(encoding="utf-8-sig")


@pytest.mark.long("test_stops_and_formal_findings_are_judged_paper_by_paper")
def test_images_duties_and_causes_are_judged_as_the_rule_book_says(
    store: Desk, tmp_path: Path
) -> None:
    one, two, four, five, six, seven = (f"1506002024B9100{n}" for n in (1, 2, 4, 5, 6, 7))
    loaded(store, "supplies", HEAD,
           f"{one},150600,甲,1,出让,100,2022-06-30,2024-01-10",
           f"{two},150600,乙,1,出让,100,2024-11-30,2024-02-10",
           f"{four},150600,丁,1,划拨,0,2024-11-30,2024-02-10",
           f"{five},150600,戊,4.69938,出让,232.617,2024-11-30,2024-02-10",
           f"{six},150600,己,1,出让,100,2024-11-30,2024-02-10",
           f"{seven},150600,庚,1,出让,100,2024-06-30,2024-02-10")  # fmt: skip
    loaded(store, "progress", "电子监管号,核查日期,来源,开发状态,动工日期",
           f"{two},2026-04-01,影像,已动工,2026-04-01",
           f"{five},2026-01-15,巡查,未动工,")  # fmt: skip
    loaded(store, "causes", "证明文件,电子监管号,闲置原因,起始日期,终止日期",
           f"因6,{six},规划依法修改,2025-12-01,2026-06-30",
           f"因7,{seven},规划依法修改,2024-06-30,2025-07-01")  # fmt: skip
    found = findings(store, "2026-06-30")
    # 2022-06-30 + 2 years = 2024-06-30; the start was agreed for a day before the signing.
    assert said(found[one]) == ("candidate", "recovery", "2024-07-01", ["duty_before_signing"])
    assert found[one]["fee_fen"] is None
    # 2024-11-30 + 1 year = 2025-11-30. The image is told as what it is.
    assert said(found[two]) == ("candidate", "fee", "2025-12-01", None)
    assert found[two]["evidence_grade"] == "imagery"
    told = store.call("why", two, "--as-of", "2026-06-30").stdout
    assert "影像显示 2026-04-01 已有动工，与未报动工相矛盾" in told
    assert "未动工证据" not in told
    assert found[four]["missing"] == ["price"]
    # 2,326,170 yuan x 20 % = 465,234.00.
    assert said(found[five]) == ("suspected_idle", "fee", "2025-12-01", None)
    assert found[five]["fee_fen"] == 46_523_400
    assert said(found[six])[:2] == ("candidate", "government")
    assert found[six]["next_on"] == "2026-07-01"
    # 2024-07-01 to 2025-07-01 = 366 days: 2025-06-30 + 366 = 2026-07-01, fee from 2026-07-02.
    assert said(found[seven])[:2] == ("candidate", "government")
    assert (found[seven]["next_on"], found[seven]["next_event"]) == ("2026-07-02", "fee")


@pytest.mark.long("test_stops_and_formal_findings_are_judged_paper_by_paper")
def test_what_a_later_paper_proves_counts_then_and_was_not_known_then(store: Desk) -> None:
    loaded(store, "supplies", HEAD, "A7,150600,庚,1,出让,100,2022-06-30,2021-12-01",
           "A8,150600,辛,1,出让,100,2022-06-30,2021-12-01",
           **{"received-at": "2023-01-10"})  # fmt: skip
    loaded(store, "progress", PROGRESS, "A8,2024-01-20,文件,已动工,2023-03-01,,",
           "A7,2024-01-20,巡查,未动工,,,", **{"received-at": "2024-02-13"})  # fmt: skip
    now = findings(store, "2023-12-31")
    assert said(now["A8"]) == ("clear", None, "2023-03-01", None)
    # Seen unstarted on 2024-01-20, so unstarted on 2023-12-31 too; fresh: after 2023-06-30.
    assert said(now["A7"]) == ("suspected_idle", "fee", "2023-07-01", None)
    then = findings(store, "2023-12-31", "--known-at", "1")
    assert said(then["A8"]) == said(then["A7"]) == ("candidate", "fee", "2023-07-01", None)
    told = store.call("why", "A8", "--as-of", "2023-12-31").stdout
    assert "动工日：2023-03-01" in told
    assert "后补证据：资料日期 2024-01-20" in told
    before = findings(store, "2023-02-28")
    assert before["A8"]["outcome"] == "overdue"


@pytest.mark.long("test_stops_and_formal_findings_are_judged_paper_by_paper")
def test_a_revoked_finding_counts_on_no_day_once_the_revocation_is_known(store: Desk) -> None:
    loaded(store, "supplies", HEAD, "D1,150600,甲,1,出让,100,2022-06-30,2021-12-01",
           "D2,150600,乙,1,出让,100,2022-06-30,2021-12-01")  # fmt: skip
    head = "文书号,电子监管号,文书类型,送达日期,认定原因,所撤文书号,撤销效力"
    loaded(store, "decisions", head, "认1,D1,认定书,2023-09-01,企业原因,,",
           "认2,D2,认定书,2023-09-01,企业原因,,")  # fmt: skip
    then = findings(store, "2023-12-31")
    assert said(then["D1"]) == ("found_idle", "fee", "2023-07-01", None)
    assert then["D1"]["fee_fen"] == 20_000_000
    loaded(store, "decisions", head,
           "撤1,D1,撤销闲置土地认定书决定书,2024-03-01,,认1,",
           "撤2,D2,撤回决定书,2024-03-01,,认2,")  # fmt: skip
    now = findings(store, "2023-12-31")
    assert said(now["D1"]) == ("candidate", "fee", "2023-07-01", None)
    assert said(now["D2"]) == ("found_idle", "fee", "2023-07-01", None)
    after = findings(store, "2024-03-01")
    assert after["D2"]["outcome"] == "candidate"
    known_then = findings(store, "2023-12-31", "--known-at", "2")
    assert known_then["D1"]["outcome"] == "found_idle"
    assert "已撤销的文书：认1（撤1，2024-03-01）" in store.call("why", "D1").stdout


def test_a_revocation_that_names_no_document_is_told_and_ends_none(store: Desk) -> None:
    loaded(store, "supplies", HEAD, "D1,150600,甲,1,出让,100,2022-06-30,2021-12-01")
    loaded(store, "decisions", "文书号,电子监管号,文书类型,送达日期,认定原因",
           "认1,D1,认定书,2023-09-01,企业原因",
           "撤1,D1,撤销闲置土地认定书决定书,2024-03-01,")  # fmt: skip
    found = findings(store, "2024-05-01")["D1"]
    assert (found["outcome"], found["missing"], found["fee_fen"]) == (
        "found_idle",
        ["revokes"],
        None,
    )


@pytest.mark.long("test_stops_and_formal_findings_are_judged_paper_by_paper")
def test_days_before_2012_run_and_print_the_marks_they_rest_on(store: Desk) -> None:
    loaded(store, "supplies", HEAD, "E1,150600,甲,1,出让,100,2004-06-30,2003-12-01")
    found = findings(store, "2005-07-01")["E1"]
    assert said(found) == ("candidate", "fee", "2005-07-01", None)
    assert found["missing"] == ["consent"]
    told = store.call("why", "E1", "--as-of", "2005-07-01").stdout
    assert "城市房地产管理法" in told
    assert "第二十五条" in told
    assert "未核对原文" in told
    assert "民通意见第198条" in told
    loaded(store, "decisions", "文书号,电子监管号,文书类型,送达日期",
           "批1,E1,同意延期动工批复,2005-06-01")  # fmt: skip
    assert findings(store, "2005-07-01")["E1"]["outcome"] == "overdue"
    assert findings(store, "2000-06-30") == {}


@pytest.mark.long("test_a_revocation_that_names_no_document_is_told_and_ends_none")
def test_a_price_of_0_is_a_price_nobody_knows(store: Desk) -> None:
    """Registers write 0 where they know none: no list, map or workbook may say 0.00 元."""
    loaded(store, "supplies", HEAD, "P1,150600,甲,1,出让,0,2022-06-30,2021-12-01",
           "P2,150600,乙,1,出让,100,2022-06-30,2021-12-01")  # fmt: skip
    store.json("run", "--as-of", "2023-12-31")
    with store.store.connect() as connection:
        held = results.read(connection, 1, "holding").set_index("subject")
    assert pd.isna(held["price_fen"]["P1"])
    assert held["price_fen"]["P2"] == 100_000_000
