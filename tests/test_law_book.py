"""The law book: what the data holds, who reads it and what tests it, on a page to print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gis import law
from gis.law import askers, cases
from gis.outputs import law_book
from tests.test_law import ASKED_LATER
from tests.warm import Desk

DAY = date(2026, 6, 30)
LAW = law.load()


class Words(HTMLParser):
    """The text of a page, a line a text node."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.lines.append(data.strip())


@pytest.fixture(scope="module")
def file(demo: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("law") / "法律.html"
    told = demo.json("law", "book", "--out", str(out), "--as-of", DAY.isoformat())
    assert told["on"] == DAY.isoformat()
    assert told["files"] == [str(out)]
    return out


def test_every_value_in_force_stands_in_the_book_with_its_days_its_source_and_its_mark(
    file: Path,
) -> None:
    text = file.read_text(encoding="utf-8")
    lines = Words(text).lines
    values = LAW.in_force(DAY)
    assert len(values) > 100
    for value in values:
        assert value.key in lines
        assert value.wording() in lines or not value.wording()
        assert any(value.source in line for line in lines), value.key
    entries = sum(len(value.article.split(", ")) for value in values)
    assert text.count('<div class="value') == entries
    open_ = sum(len(value.article.split(", ")) for value in values if not value.verified)
    assert text.count('<div class="value open">') == open_ == lines.count("未核对原文")
    # A region's own value says whose it is.
    assert any("行政区 150000" in line for line in lines)


def test_articles_come_in_order_and_are_cited_as_lawyers_cite_them() -> None:
    first = law_book.instruments(LAW, DAY)[0]
    assert first.title == "闲置土地处置办法"
    numbers = [article.number for article in first.articles]
    wanted = ["第二条第一款", "第五条", "第八条", "第十四条第（一）项", "第十四条第（二）项"]
    wanted += ["第二十二条", "设定值（法律留给地方或程序的选择）"]
    assert [number for number in numbers if number in wanted] == wanted
    assert len(numbers) == len({*numbers})
    fee = next(one for one in first.articles if one.number == "第十四条第（一）项")
    share = next(one for one in fee.entries if one.value.key == "idle.fee_share")
    assert share.amount == "1/5"


def test_the_rules_that_read_a_value_are_found_in_the_sources() -> None:
    readers = {key: [asker.module for asker in askers.of(key)] for key in sorted({*LAW.keys()})}
    assert {key for key, found in readers.items() if not found} == ASKED_LATER.keys()
    assert "gis.approvals.settings" in readers["unsupplied.lapse_years"]
    assert readers["idle.answer_days"] == ["gis.outputs.calendar.deadlines"]
    assert "gis.clock.settings" in readers["idle.needs_consent"]  # named as f"idle.{name}"
    assert "gis.clock.trace" in readers["idle.row.10"]
    assert all(asker.does for key in readers for asker in askers.of(key))
    assert askers.of("idle.no_such_key") == []


def test_every_case_is_in_the_book_beside_the_value_it_rests_on(file: Path) -> None:
    text = " ".join(Words(file.read_text(encoding="utf-8")).lines)
    every = cases.load()
    assert len(every) > 200
    for case in every:
        assert case.name in text, case.name
    by_key = {
        entry.value.key: {told["name"] for told in entry.cases}
        for one in law_book.instruments(LAW, DAY)
        for article in one.articles
        for entry in article.entries
    }
    # docs/law.md (Published decisions): Wenchang ends in row 8, on a day still in force.
    assert "Wenchang, industrial land never started, goes to recovery" in by_key["idle.row.8"]
    changed = [case for case in every if "idle.partial_area_base" in case.changed]
    assert changed
    assert {case.name for case in changed} <= by_key["idle.partial_area_base"]
    # A case of the law of 1999 tests no value in force in 2026.
    old = [case for case in every if case.on is not None and case.on < date(2012, 7, 1)]
    apart = {told["name"] for told in law_book.elsewhere(LAW, DAY)}
    assert old
    assert {case.name for case in old if not case.changed} <= apart


def test_a_book_of_an_earlier_day_holds_the_law_of_that_day(demo: Desk, tmp_path: Path) -> None:
    out = tmp_path / "old.html"
    assert demo.call("law", "book", "--out", str(out), "--as-of", "2010-01-01").code == 0
    lines = Words(out.read_text(encoding="utf-8")).lines
    assert not any("国土资源部令第53号" in line for line in lines)
    assert any("国土资源部令第5号" in line for line in lines)


def test_the_book_is_the_same_twice_escapes_what_it_tells_and_asks_for_nothing(
    file: Path, tmp_path: Path, demo: Desk
) -> None:
    again = tmp_path / "again.html"
    demo.json("law", "book", "--out", str(again), "--as-of", DAY.isoformat())
    assert again.read_bytes() == file.read_bytes()
    text = file.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)\s*=\s*(?!"#)', text)
    assert "<script" not in text
    assert "url(" not in text
    trap = '<img src=x onerror=alert(1)> & "甲"'
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "local.toml").write_text(
        f"title = '{trap}'\nsource = '{trap}'\n[[value]]\nkey = 'idle.fee_share'\nvalue = '1/5'\n"
        f"unit = 'share'\nfrom = 2012-07-01\narticle = '{trap}'\nverified = false\n"
        f"checked_on = 2026-01-01\nwording_zh = '{trap}'\n",
        encoding="utf-8",
    )
    told = law_book.page(law.load([tmp_path / "law"]), DAY, "1")
    assert trap not in told
    assert told.count("&lt;img src=x onerror=alert(1)&gt;") >= 4


def test_the_book_prints_on_a4_without_anything_running_over_the_edge(
    file: Path, opened: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(file, viewport={"width": 794, "height": 1123})
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    printed = page.pdf(prefer_css_page_size=True)
    sizes = {*re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)}
    assert {tuple(round(float(side)) for side in size) for size in sizes} == {(595, 842)}
    page.emulate_media(media="print")
    # A long value does not push itself to a page of its own: the first page of law is full.
    height = page.evaluate("document.querySelector('.value').getBoundingClientRect().height")
    assert height < 1123
