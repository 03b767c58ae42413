"""Pages of land: a supply, a piece, an approval, blocks and parks, from the paper to the cell.

Two banners (tests.two_banners), judged on 2024-06-30; then papers about 东监2 come, and it is
judged once more. Hand-worked: the start was due on 2021-02-01, so the year is full by the calendar
from 2022-02-02 and two from 2023-02-02. From 2021-03-01 to 2021-05-31 are 31 + 30 + 31 = 92 days of
an art. 8 cause: full from 2022-05-05 (26 days left of February, 31, 30, 5) and 2023-05-05. Seen
unstarted on 2024-06-01: 30 days on is 2024-07-01, a Monday.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pyproj
import pytest
import shapely
from playwright.sync_api import Browser, Route, expect

from gis.accounts import keys, users
from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests import printed
from tests.sending import client_of
from tests.two_banners import box
from tests.warm import Desk
from tests.web_pages import serious

AS_BROWSER = {"Accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"
LONG = "长" * 200
CHINESE = re.compile(r"[\u4e00-\u9fff]")
APPROVAL = "东批〔2020〕1号|东批次"


def load(desk: Desk, folder: Path, kind: str, head: str, *lines: str) -> None:
    place = folder / f"{kind}{len(list(folder.iterdir()))}.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *(line.split(",") for line in lines)])
    done = desk.call("load", kind, str(place))
    assert done.code == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def judged(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("papers")
    load(
        desk,
        folder,
        "progress",
        "电子监管号,观测日期,来源,开发状态",
        "东监2,2024-06-01,巡查,未动工",
    )
    load(desk, folder, "causes", "文号,电子监管号,原因类型,起始日期,结束日期",
         "东证〔2021〕1号,东监2,群众信访,2021-03-01,2021-05-31")  # fmt: skip
    load(desk, folder, "handovers", "文号,电子监管号,交地日期", "东交1,东监2,2020-06-01")
    load(desk, folder, "agreements", "协议编号,电子监管号,签订日期,约定开工时间",
         "东协1,东监4,2020-05-01,2020-12-31")  # fmt: skip
    load(desk, folder, "supplies",
         "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,成交价格(万元),合同签订日期,土地使用权人",
         f"东监奇,150602,{SCRIPT},1,出让,10,2023-05-01,{LONG}")  # fmt: skip
    done = desk.call("run", "--as-of", "2024-06-30")
    assert done.code == 0, done.stderr + done.stdout
    return desk


@pytest.fixture(scope="module")
def secrets(judged: Desk) -> dict[str, str]:
    people = {"officer": ("officer", None), "viewer": ("viewer", None),
              "of 东": ("clerk", Scope(regions=("150602",))),
              "of 东块": ("viewer", Scope(blocks=("东块",)))}  # fmt: skip
    found = {}
    with database.connect(Config(Path("unused"), judged.store.url)) as connection:
        for name, (role, scope) in people.items():
            users.add(connection, name, [role], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


@pytest.fixture(scope="module")
def client(judged: Desk) -> Iterator[httpx.Client]:
    yield from client_of(judged)


class Pages:
    """Pages as somebody sees them, in words."""

    def __init__(self, client: httpx.Client, secret: str) -> None:
        self.client, self.secret = client, secret

    def get(self, path: str, **headers: str) -> httpx.Response:
        given = AS_BROWSER | {"Authorization": f"Bearer {self.secret}"} | headers
        return self.client.get(quote(path, safe="/?=&|"), headers=given)

    def html(self, path: str, **headers: str) -> str:
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 300_000
        return answer.text

    def words(self, path: str, **headers: str) -> str:
        return words_of(self.html(path, **headers))


def words_of(html: str) -> str:
    body = re.sub(r"<(script|title)\b.*?</\1>", " ", html.partition("<body")[2], flags=re.DOTALL)
    whole = re.sub(r'<span class="nowrap">(\d{4}-\d\d-\d\d)</span>', r"\1", body.partition(">")[2])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole)).split())


@pytest.fixture(scope="module")
def all_land(client: httpx.Client, secrets: dict[str, str]) -> Pages:
    return Pages(client, secrets["officer"])


def test_a_paper_becomes_the_answer_a_person_reads(all_land: Pages) -> None:
    words = all_land.words("/subject/东监2")
    # Patrolled after two net years: suspected idle, to be recovered since 2023-05-05, 422 days.
    assert "状态 疑似闲置 未动工；证据：巡查；尚无认定书" in words
    assert "处置方向 收 无偿收回" in words
    # 20 % of 1,000,000.00 yuan, should recovery not be confirmed.
    assert "如核实，闲置费 200,000.00 元" in words
    assert "自 2023-05-05 起，已 422 天" in words
    assert "下一步：送达《闲置土地调查通知书》，完成调查核实 还有 1 天 2024-07-01 前" in words
    # The timeline: both years, by the calendar and after the 92 days.
    assert "＋92 天" in words
    assert "日历满一年 2022-02-02" in words
    assert "扣除后满一年 2022-05-05" in words
    assert "日历满两年 2023-02-02" in words
    assert "扣除后满两年 2023-05-05" in words
    assert "截至 2024-06-30" in words
    assert "群众信访（第八条第（四）项） 扣除 92 天" in words
    # What is drawn is told in words beside.
    assert "2021-02-02 – 2022-02-01 状态 逾期，未满一年" in words
    assert "2022-05-05 – 2023-05-04 处置方向 征缴闲置费" in words


def test_each_fact_names_the_paper_it_comes_from(all_land: Pages) -> None:
    html = all_land.html("/subject/东监2")
    facts = dict(re.findall(r'<th scope="row" class="q">([^<]+)</th>(.*?)</tr>', html, re.DOTALL))
    said = {name: words_of(f"<body>{cells}") for name, cells in facts.items()}
    assert said["实际交地日"] == "2020-06-01 东交1"
    assert said["约定动工日"] == "2021-02-01 供地结果"
    assert said["最近一次核查未动工"] == "2024-06-01 开发进度"
    assert said["成交价款"] == "1,000,000.00 元 供地结果"
    assert said["面积"] == "3.8000 公顷 供地结果"
    # What nobody reported says so, and why.
    assert said["约定交地日"] == "不明 供地结果未填约定交地日"
    assert said["实际动工日"] == "未报 供地结果和进度资料均未载动工日"
    # Each name leads to the paper with its delivery and row.
    at = re.search(r'href="#(paper-\d+)">东交1<', html)
    assert at is not None
    row = re.search(rf'<tr id="{at.group(1)}">.*?</tr>', html, re.DOTALL)
    assert row is not None
    assert re.search(r"交地确认 东交1 2020-06-01 第 \d+ 次资料 handovers\d\.csv 第 2 行",
                     words_of(f"<body>{row.group()}"))  # fmt: skip


def test_the_reasons_end_in_the_conclusion_with_its_article(all_land: Pages) -> None:
    html = all_land.html("/subject/东监2")
    listed = re.search(r'<ol class="trace">(.*?)</ol>', html[html.index("推理过程") :], re.DOTALL)
    assert listed is not None
    sentences = [words_of(f"<body>{one}") for one in
                 re.findall(r"<li[^>]*>(.*?)</li>", listed.group(1), re.DOTALL)]  # fmt: skip
    assert sentences[0] == "应动工日：2021-02-01（合同（决定书）约定） 供地结果"
    assert sentences[1].startswith(
        "群众信访（第八条第（四）项）：2021-03-01 至 2021-05-31，免责，计 92 天"
    )
    assert (
        "按日历：2021-02-01 + 1 年，自 2022-02-02 起满 1 年 《民法典》第二百零一条" in sentences[2]
    )
    assert (
        "扣除免责期间后满 2 年：自 2023-05-05 起 《闲置土地处置办法》第十四条第（二）项"
        in sentences
    )
    assert sentences[-1].startswith(
        "疑似闲置；处置方向：无偿收回；自 2023-05-05 起 《闲置土地处置办法》"
    )
    # No key of a program, and never the word the law keeps for what a decision found.
    assert "idle.years" not in html
    assert "闲置土地 " not in words_of(html)


def test_earlier_runs_tell_what_was_known_then(all_land: Pages) -> None:
    before = all_land.words("/subject/东监2?run=1")
    assert "状态 未报动工，待核实" in before
    assert "如核实未动工，处置方向 收 无偿收回" in before
    assert "群众信访" not in before
    # By the calendar alone two years were over on 2023-02-02, and it is seen by nobody.
    assert "自 2023-02-02 起，已 514 天" in before
    now = all_land.words("/subject/东监2")
    assert "2024-06-30 疑似闲置 2 2024-06-30 未报动工，待核实 1" in now


def test_an_agreement_has_its_own_place_on_the_page(all_land: Pages) -> None:
    words = all_land.words("/subject/东监4")
    # The start was agreed for 2020-12-31 and no start is on file.
    # Agreed for 2020-12-31; whether it was started then nobody has reported.
    assert "监管协议履约 待定 东协1：待定 开工：约定 2020-12-31 缺：开工日" in words
    assert "2020-05-01 – 2020-12-31 履约 未到履约期" in words
    assert "东协1" in words


def test_what_stands_beside_has_its_status_and_nobody_outside_a_name(
    client: httpx.Client, secrets: dict[str, str], all_land: Pages
) -> None:
    # 东监1 and 东监2 share a border; 东邻监01 lies in the next block.
    assert "/subject/%E4%B8%9C%E7%9B%911?run=2" in all_land.html("/subject/东监2")
    own = Pages(client, secrets["of 东"])
    assert own.get("/subject/东监2").status_code == 200
    for path in ("/subject/西监2", "/approval/西批〔2020〕1号|西批次", "/block/西块", "/park/西园"):
        answer = own.get(path)
        assert answer.status_code == 404, path
        assert "西项目" not in answer.text
        assert all_land.get(path).status_code == 200, path
    for path in ("/subject/东监2", "/blocks", "/block/东块", "/park/东园", "/approval/" + APPROVAL):
        assert "西" not in own.html(path), path
    block = Pages(client, secrets["of 东块"])
    for path in ("/subject/东监4", "/block/东块", "/approval/东批〔2020〕2号|东批次"):
        html = block.html(path)
        assert "东邻监01" not in html, path
        assert "东邻项目" not in html, path
    assert block.get("/block/东二块").status_code == 404
    assert "东二块" not in block.html("/blocks")


def test_a_piece_shows_what_applies_to_it_and_a_stranger_without_number(
    client: httpx.Client, secrets: dict[str, str], all_land: Pages
) -> None:
    approval = "/approval/东批〔2020〕2号|东批次"
    piece = re.search(r'href="(/subject/[^"?]+/\d+)\?', all_land.html(approval))
    assert piece is not None
    path = unescape(httpx.URL(piece.group(1)).path)
    words = all_land.words(path)
    assert "批而未供地块" in words
    assert "批准 2020-03-01" in words
    assert "东邻监01" in words
    told = Pages(client, secrets["of 东块"]).words(path)
    assert "东邻监01" not in told
    assert "区域外地块" in told


def test_an_approval_closes_in_each_unit(all_land: Pages) -> None:
    html = all_land.html("/approval/" + APPROVAL)
    table = html[html.index("面积平衡") : html.index("批而未供地块")]
    rows = re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', table, re.DOTALL)
    told = {name: [float(one.replace(",", "").replace("−", "-")) for one in
                   re.findall(r'class="num">([^<]+)<', cells)] for name, cells in rows}  # fmt: skip
    whole = told.pop("批准面积")
    for unit, digits in enumerate((2, 4, 2)):
        parts = sum(one[unit] for one in told.values())
        assert round(parts, digits) == whole[unit]
    # Six boxes in a row are one sheet; on three of them supplies stand (1, 2 and 4). Where the
    # border is straight in the plane, what a parcel bows out beyond it is not of the approval.
    to_plane = pyproj.Transformer.from_crs(4490, 4546, always_xy=True).transform
    sheet, *own = (
        shapely.transform(one, to_plane, interleaved=False)
        for one in (box("东", 0, 6), *(box("东", n) for n in (1, 2, 4)))
    )
    assert whole[0] == pytest.approx(sheet.area, abs=0.02)
    assert whole[1:] == [round(sheet.area / 1e4, 4), round(sheet.area * 3 / 2e3, 2)]
    supplied = sum(shapely.intersection(one, sheet).area for one in own)
    assert told["已供"][0] == pytest.approx(supplied, abs=0.1)
    assert told["未供"][0] == pytest.approx(sheet.area - supplied, abs=0.1)
    words = words_of(html)
    assert "批准日期 2020-03-01" in words
    assert "2020-03-01" in words[words.index("面积沿革") :]
    # The number alone leads there.
    sent = all_land.get("/approval/东批〔2020〕1号")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/approval/" + quote("东批〔2020〕1号"))


def test_a_block_answers_what_may_be_taken_back_why_and_what_comes_next(all_land: Pages) -> None:
    words = all_land.words("/block/东块")
    assert "处置方向为无偿收回 1 宗 3.8000 公顷" in words
    # 东监1 and 东监4 were due on 2021-01-01 and 2021-04-01: two years over, nobody has looked.
    assert "如核实未动工，也转为无偿收回 2 宗 7.6000 公顷" in words
    back = words[words.index("无偿收回 已到的与如核实的，共 3 宗") :]
    assert "应动工 2021-02-01，扣除免责后 2023-05-05 起满两年；未动工（巡查）" in back
    assert back.index("东监2") < back.index("东监1") < back.index("东监4")
    assert "须先现场核实" in back
    # Each count leads to what it counts.
    html = all_land.html("/block/东块")
    address = re.search(r'href="(/lists/supplied[^"]+outcome=candidate[^"]*)"', html)
    assert address
    assert "共 2 行" in all_land.words(unquote(unescape(address[1])))
    # 3 supplies of 3.8 公顷 = 11.4 公顷 = 171 亩.
    assert "供地合计 3 11.4000 171.00" in words
    park = all_land.words("/park/东园")
    assert "东块 3" in park
    assert "土地供应率" in park


def test_blocks_are_listed_with_their_figures_and_found_by_name(all_land: Pages) -> None:
    html = all_land.html("/blocks?text=东&sort=suspected&falling=true")
    names = re.findall(r'<a href="/block/[^"]+">([^<]+)</a>', html)
    assert names == ["东块", "东二块"]
    row = html[html.index(">东块<") :]
    assert words_of("<body>" + row[: row.index("</tr>")]).startswith(
        ">东块 东块 东产业园 3 0.0000 0.00 亩 3.8000 57.00 亩 2"
    )
    assert "没有符合条件的区块" in all_land.words("/blocks?text=无此名")
    assert all_land.get("/blocks?sort=nothing").status_code == 422
    assert all_land.get("/block/无此块").status_code == 404


def test_names_never_run_and_long_ones_stand(all_land: Pages) -> None:
    html = all_land.html("/subject/东监奇")
    assert SCRIPT not in html
    assert "&lt;script&gt;alert(1)" in html or LONG in html
    # Without a shape, and without a day its start is due.
    assert "没有图形" in html
    assert "状态 待定" in words_of(html)
    assert not re.search(r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)", html)


@pytest.mark.parametrize("path", ["/subject/东监2", "/approval/" + APPROVAL, "/block/东块",
                                  "/park/东园", "/blocks", "/subject/东监2?brief=1"])  # fmt: skip
def test_a_page_in_english_says_its_own_words_in_english(all_land: Pages, path: str) -> None:
    html = all_land.html(path, Cookie="landwatch-language=en")
    # Names, numbers of papers and titles of laws stay as they are written.
    words = words_of(html)
    for named in re.findall(
        r"《[^》]+》[^\s:]*|[东西][\u4e00-\u9fff0-9〔〕号]+|中文|认定书", words
    ):
        words = words.replace(named, "")
    assert not CHINESE.findall(words), CHINESE.findall(words)


def test_a_brief_fits_on_one_sheet(all_land: Pages) -> None:
    words = all_land.words("/subject/东监2?brief=1")
    assert "宗地情况一页纸" in words
    assert "疑似闲置；处置方向：无偿收回" in words
    assert "2024-07-01 前" in words
    assert "经办 科室 审核 日期" in words


@pytest.mark.long("all pages, tests/test_web_pages.py")
def test_a_browser_shows_the_pages_without_a_fault_and_by_keyboard(
    browser: Browser, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    base = str(client.base_url).rstrip("/")
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        extra_http_headers={"Authorization": f"Bearer {secrets['officer']}"},
    )
    tab = context.new_page()
    told: list[str] = []
    tab.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    tab.on("pageerror", lambda fault: told.append(str(fault)))
    asked: list[str] = []
    tab.on("request", lambda one: asked.append(one.url))
    # The officer's task by keyboard: from the list to the block, to the land to be taken back.
    tab.goto(f"{base}/blocks")
    tab.get_by_role("link", name="东块", exact=True).focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/block/**")
    tab.get_by_role("link", name="东监2").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/subject/**")
    # What is still awaited is as readable as what has come.
    held: list[Route] = []
    tab.route(re.compile("/firms[?]"), lambda route: held.append(route))
    tab.goto(base + quote("/subject/东监2"))
    expect(tab.locator("#firms.htmx-request")).to_be_visible()
    assert serious(tab) == []
    held[0].continue_()
    expect(tab.locator("#firms.htmx-request")).to_have_count(0)
    tab.unroute(re.compile("/firms[?]"))
    for path in ("/block/东块", "/approval/" + APPROVAL, "/subject/东监2"):
        tab.goto(base + quote(path, safe="/|"), wait_until="networkidle")
        assert serious(tab) == [], path
        # Nothing hangs over the edge of the page, on a desk or a phone.
        for width in (1366, 390):
            tab.set_viewport_size({"width": width, "height": 844})
            wide = tab.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)
        tab.set_viewport_size({"width": 1366, "height": 768})
    # The brief fits one sheet of paper.
    tab.goto(base + quote("/subject/东监2?brief=1", safe="/?="))
    assert len(printed.sheets(tab, tmp_path)) == 1
    assert told == []
    assert all(one.startswith((base, "data:")) for one in asked)
    context.close()
