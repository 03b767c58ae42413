"""Lists of pages: what a person reads, filtered, sorted, summed over all rows, kept, taken away.

Each side of `two_banners` has five supplies of 3.8 公顷 whose start was due in 2021, judged on
2024-06-30: all past two years, none reported started.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from pathlib import Path

import geopandas
import httpx
import pytest
from playwright.sync_api import Browser

from api.web.list_kinds import LISTS
from tests.conftest import rest_long
from tests.test_api_scope import by
from tests.test_web_frame import AS_BROWSER
from tests.warm import Desk
from tests.web_pages import serious

# What of the API's parameters is no filter somebody sets: page, order, run, shapes, which list.
NO_FILTERS = {"limit", "after", "run", "as_of", "shapes", "sort", "falling", "rule"}


def read(
    client: httpx.Client, secret: str, path: str, language: str = "zh", status: int = 200
) -> str:
    headers = AS_BROWSER | {"Authorization": f"Bearer {secret}"}
    headers["Cookie"] = f"landwatch-language={language}"
    answer = client.get(path, headers=headers, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return answer.text


def cells(page: str) -> list[list[str]]:
    """The rows of the table of a page, each as the words in its cells; head and foot as well."""
    table = page[page.index("<table") : page.index("</table>")]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def column(page: str, title: str) -> list[str]:
    head, *rows = cells(page)
    at = next(place for place, one in enumerate(head) if one.rstrip(" ▲▼") == title)
    return [row[at] for row in rows]


def test_a_list_says_state_area_and_direction_and_sums_all_its_rows(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Five supplies of 3.8 公顷: 19 公顷, 285 亩 (15 亩 a 公顷), also where a page has two."""
    page = read(client, secrets["officer of 东"], "/lists/supplied?limit=2")
    assert column(page, "状态") == ["未报动工，待核实"] * 2 + ["合计"]
    areas, mu = column(page, "公顷"), column(page, "亩")
    assert areas == ["3.8000", "3.8000", "19.0000"]
    assert mu == ["57.00", "57.00", "285.00"]
    assert "5 宗" in page
    assert "西" not in page
    # What nobody has seen is told as if it were so.
    assert column(page, "处置方向")[0] == "收 无偿收回 如核实"
    assert "闲置土地" not in re.sub("闲置土地(调查|认定)", "", page)


def test_pages_follow_one_another_in_the_order_asked_for(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    address = "/lists/supplied?limit=2&sort=since_on"
    found: list[str] = []
    for _ in range(4):
        page = read(client, secrets["officer of 东"], address)
        found += column(page, "方向自")[:-1]
        way = re.search(r'class="btn sm" href="([^"]+)">下一页', page)
        if way is None:
            break
        address = unescape(way[1])
    # Two years after the day agreed for a start: 2021-01-01 twice, 02, 04, 08.
    assert len(found) == 5
    assert found == sorted(found)
    falling = column(read(client, secrets["officer of 东"],
                          "/lists/supplied?sort=since_on&falling=true"), "方向自")[:-1]  # fmt: skip
    assert falling == sorted(found, reverse=True)
    wrong = read(client, secrets["officer of 东"], "/lists/supplied?sort=name", status=422)
    assert "不能按 name 排序" in wrong


@pytest.mark.parametrize("name", LISTS)
def test_every_filter_of_the_api_is_in_the_bar_and_every_list_opens(
    client: httpx.Client, secrets: dict[str, str], name: str
) -> None:
    listed = LISTS[name]
    # Only of supplied land a direction and its evidence are told.
    others = {"track", "evidence_grade"} if name in ("unsupplied", "agreements") else set()
    known = set(listed.model.model_fields) - NO_FILTERS - others
    assert {one.name for one in listed.fields} == known
    for language in ("zh", "en"):
        page = read(client, secrets["viewer"], f"/lists/{name}", language)
        for one in listed.fields:
            assert f'name="{one.name}"' in page, one.name
        if language == "en":
            # Names of land and what registers say stay as they are written.
            words = re.sub(r"<tbody>.*?</tbody>|<option.*?</option>", "", page, flags=re.DOTALL)
            words = words.partition("<body")[2].replace("中文", "")
            assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"title=\"[^\"]*\"", "", words))


def test_a_filter_says_what_it_found_and_an_empty_field_is_left_out_of_the_address(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = AS_BROWSER | {"Authorization": f"Bearer {secrets['viewer']}"}
    asked = "/lists/supplied?text=&outcome=candidate&region=150602&since_from="
    answer = client.get(asked, headers=headers)
    assert answer.headers["location"] == "/lists/supplied?outcome=candidate&region=150602"
    page = read(client, secrets["viewer"], asked)
    assert "5 宗" in page
    nothing = read(client, secrets["viewer"], "/lists/supplied?outcome=found_idle")
    assert "没有符合条件的记录" in nothing
    assert "清除筛选" in nothing
    strange = read(client, secrets["viewer"], "/lists/supplied?outcom=found_idle", status=422)
    assert "outcom" in strange
    read(client, secrets["viewer"], "/lists/nothing", status=404)
    read(client, secrets["viewer"], "/lists/agreements?rule=idle_land", status=422)


def test_unsupplied_land_is_asked_for_by_situation_too(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    whole = read(client, secrets["officer of 东"], "/lists/unsupplied")
    situations = column(whole, "情形")[:-1]
    one = "undetermined"
    page = read(client, secrets["officer of 东"], f"/lists/unsupplied?situation={one}")
    assert column(page, "情形")[:-1] == [two for two in situations if two == "待定"]
    assert "西" not in whole


def test_what_a_list_shows_is_taken_away_as_csv_by_who_may(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    path = "/lists/supplied/csv?region=150602&sort=since_on"
    text = read(client, secrets["officer of 东"], path)
    assert text.startswith("\ufeff")
    rows = [*csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))]
    assert [row["公顷"] for row in rows] == ["3.8"] * 5
    assert [row["亩"] for row in rows] == ["57.0"] * 5
    assert {row["状态"] for row in rows} == {"未报动工，待核实"}
    assert [row["方向自"] for row in rows] == sorted(row["方向自"] for row in rows)
    read(client, secrets["viewer"], path, status=403)
    issues = read(client, secrets["officer"], "/lists/issues/csv")
    assert "问题" in issues.splitlines()[0]


def test_a_filter_is_kept_for_its_account_alone(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    def by(name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secrets[name]}"}

    order = {"list": "supplied", "name": "<script>alert(1)</script>",
             "query": "outcome=candidate&after=x&run=1"}  # fmt: skip
    made = client.post("/api/v1/filters", json=order, headers=by("officer of 东"))
    assert made.status_code == 201, made.text
    page = read(client, secrets["officer of 东"], "/lists/supplied")
    assert '<a href="/lists/supplied?outcome=candidate">&lt;script&gt;' in page
    assert "<script>alert" not in page
    assert "alert(1)" not in read(client, secrets["officer of 西"], "/lists/supplied")
    # The same name again takes its place; another account cannot let it go.
    again = client.post("/api/v1/filters", json=order, headers=by("officer of 东")).json()["id"]
    rows = client.get("/api/v1/filters", headers=by("officer of 东")).json()["rows"]
    assert [row["id"] for row in rows] == [again]
    path = f"/api/v1/filters/{again}"
    assert client.delete(path, headers=by("officer of 西")).status_code == 404
    assert client.delete(path, headers=by("officer of 东")).status_code == 200
    assert client.get("/api/v1/filters", headers=by("officer of 东")).json()["count"] == 0


def test_a_person_filters_keeps_and_opens_again(
    client: httpx.Client, secrets: dict[str, str], browser: Browser, desk: Desk
) -> None:
    assert desk
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        extra_http_headers={"Authorization": f"Bearer {secrets['officer of 东']}"},
    )
    said: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda fault: said.append(str(fault)))
    tab.goto(f"{client.base_url}/lists/supplied")
    tab.get_by_text("状态 ▾").click()
    tab.get_by_label("未报动工，待核实").check()
    tab.get_by_role("button", name="筛选", exact=True).click()
    tab.wait_for_url("**/lists/supplied?outcome=candidate")
    tab.get_by_label("给这个筛选起名").fill("待核实的")
    tab.get_by_role("button", name="存下筛选").click()
    tab.get_by_role("link", name="待核实的").click()
    tab.wait_for_url("**/lists/supplied?outcome=candidate")
    assert tab.locator("tbody tr").count() == 5
    assert serious(tab) == []
    tab.get_by_role("button", name="删除筛选 待核实的").click()
    tab.get_by_text("还没有").wait_for()
    assert said == []
    context.close()


TAKEN_AWAY: list[tuple[str, int | None, str]] = [
    ("supplied?region=150602&area_from=37000", 5, "判定结果"),
    ("unsupplied?region=150722", 4, "批而未供"),
    ("leads?region=150602", None, "疑点线索"),
    ("supplied", 10, "判定结果"),
    ("supplied?text=东项目1", 1, "判定结果"),
]


@pytest.mark.parametrize(
    ("address", "count", "name"), rest_long(TAKEN_AWAY, TAKEN_AWAY[:3], names=3)
)
def test_a_filtered_list_is_taken_away_with_its_shapes(
    client: httpx.Client, secrets: dict[str, str], tmp_path: Path, address: str,
    count: int | None, name: str,
) -> None:  # fmt: skip
    officer = secrets["officer"]
    path, _, query = address.partition("?")
    page = read(client, officer, f"/lists/{address}")
    shown = len(cells(page)) - 1 - ("<tfoot>" in page)
    assert shown == (count or shown)
    for file_format in ("gpkg", "shp"):
        answer = client.get(f"/lists/{path}/as/{file_format}?{query}", headers=by(officer))
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            packed.extractall(tmp_path / file_format)
        place = next((tmp_path / file_format).rglob(f"*.{file_format}"))
        layer = {"layer": name} if file_format == "gpkg" else {}
        assert len(geopandas.read_file(place, **layer)) == shown
    answer = client.get(f"/lists/{path}/as/xlsx?{query}", headers=by(officer))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.namelist() == [f"{name}.xlsx"]
    west = secrets["clerk of 西"]
    answer = client.get(f"/lists/{path}/as/geojson?{query}", headers=by(west))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert "东" not in packed.read(packed.namelist()[0]).decode()
    refused = client.get(f"/lists/{path}/as/gpkg?{query}", headers=by(secrets["viewer"]))
    assert refused.status_code == 403
