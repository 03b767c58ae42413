"""Lapse, withdrawals and unknown areas of approvals, from files to what a person reads.

Every approval below is of 2018-01-01 and 2 公顷 (200 m x 100 m): its two years end on 2020-01-01.
征地补偿 was 未完成 on 2020-06-01, or 已完成 on 2018-06-01 (supply possible).
Law: docs/law.md (What must become of a piece, The lapse, The balance of one approval).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from tests import stores, warm
from tests.conftest import Server

AS_OF = "2023-12-31"
X0, Y0 = 480_000.0, 4_400_000.0
OPEN, DONE = "2020-06-01,未完成,,", "2018-06-01,已完成,2018-06-01,是"
# Approvals in a row, 400 m apart, and what was said of their compensation.
DRAWN = {
    # Unknown areas.
    "知与不知": OPEN, "只有不知": OPEN, "两批一": OPEN, "两批二": OPEN, "补偿不知": DONE,
    # Withdrawals.
    "整批无面积": DONE, "整批有面积": DONE, "两次撤完": DONE, "部分无面积": DONE,
    "撤后又撤": DONE, "超撤": DONE, "整批已供": DONE,
    # Used by the last day, the day after, and by a supply that has ended since.
    "早供": OPEN, "晚供": OPEN, "再供": OPEN, "补偿晚": "2021-06-01,已完成,2020-01-02,是",
    # Built.
    "先建": OPEN, "后建": OPEN, "建期不明": OPEN, "后建已补": DONE, "后建补偿不明": None,
}  # fmt: skip
LISTED = {
    "册失效后供": OPEN,
    "册只有不知": OPEN,
    "册整批": DONE,
    "册整批不知": DONE,
    "册早供": OPEN,
    "册月供": OPEN,
}
SUPPLIES = """\
电子监管号,行政区代码,项目名称,面积(公顷),供地方式,合同签订日期,批准文号,各批文用地面积(公顷)
B01,150600,知,0.5,出让,2019-05-01,知与不知,
B02,150600,不知,,出让,2019-06-01,知与不知,
B03,150600,不知,,出让,2019-06-01,只有不知,
B04,150600,不分,1,出让,2019-05-01,两批一；两批二,
B05,150600,不知,,出让,2019-06-01,补偿不知,
B06,150600,整批里的,0.5,出让,2019-06-01,整批已供,
B07,150600,末日,0.5,出让,2020-01-01,早供,
B08,150600,次日,0.5,出让,2020-01-02,晚供,
B09,150600,先供,0.5,出让,2019-06-01,再供,
B10,150600,册,1,出让,2023-05-01,册失效后供,
B11,150600,册,,出让,2019-05-01,册只有不知,
B12,150600,册,1,出让,2020-01-01,册早供,
B13,150600,册,1,出让,2020年1月,册月供,
"""
WITHDRAWALS = """\
撤批文号,批准文号,撤批日期,撤批面积(公顷),撤批范围
W1,整批无面积,2021-01-01,,整批
W2,整批有面积,2021-01-01,2,
W3,两次撤完,2021-01-01,0.8,
W4,两次撤完,2021-06-01,1.2,
W5,部分无面积,2021-01-01,,部分
W6,撤后又撤,2021-01-01,0.4,
W7,撤后又撤,2021-06-01,,
W8,超撤,2021-01-01,3,
W9,整批已供,2021-01-01,,整批撤回
W10,册整批,2021-01-01,,全部
W11,册整批不知,2021-01-01,,
"""
# 早供 B07 and 晚供 B08 have a drawing of 50 m x 100 m each, 再供 B09 too; all else has none.
PARCELS = {"B07": "早供", "B08": "晚供", "B09": "再供"}
# Which half (100 m x 100 m) of the approval the survey of a day shows as what.
SURVEYS = [
    ("先建", "2019-12-31", "0601"),
    ("后建", "2019-12-31", "0401"), ("后建", "2020-12-31", "0401"), ("后建", "2022-12-31", "0601"),
    ("建期不明", "2019-12-31", "0401"), ("建期不明", "2020-12-31", "0601"),
    ("后建已补", "2020-12-31", "0401"), ("后建已补", "2022-12-31", "0601"),
    ("后建补偿不明", "2020-12-31", "0401"), ("后建补偿不明", "2022-12-31", "0601"),
]  # fmt: skip


def box(approval: str, west: float = 0.0, width: float = 200.0) -> shapely.Polygon:
    x = X0 + 400 * list(DRAWN).index(approval) + west
    return shapely.box(x, Y0, x + width, Y0 + 100)


def written(folder: Path) -> list[tuple[str, str]]:
    """Write the deliveries; return the kind and the path of each, in order."""
    folder.mkdir(parents=True, exist_ok=True)

    def layer(name: str, title: str, columns: dict[str, list[Any]], shapes: list[Any]) -> None:
        geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4546").to_file(
            folder / f"{name}.gpkg", layer=title
        )

    drawn = list(DRAWN)
    layer("a", "批次", {"批准文号": drawn, "批准日期": ["2018-01-01"] * len(drawn),
                        "用地总面积": [2.0] * len(drawn), "行政区代码": ["150600"] * len(drawn)},
          [box(name) for name in drawn])  # fmt: skip
    layer("p", "宗地", {"宗地代码": [f"1506000010{n:02d}GB00001" for n in range(len(PARCELS))],
                        "电子监管号": list(PARCELS), "行政区代码": ["150600"] * len(PARCELS)},
          [box(name, 0, 50) for name in PARCELS.values()])  # fmt: skip
    layer("g", "图斑", {"图斑编号": [f"T{name}" for name, _, _ in SURVEYS],
                        "调查时点": [on for _, on, _ in SURVEYS],
                        "地类编码": [code for _, _, code in SURVEYS]},
          [box(name, 0, 100) for name, _, _ in SURVEYS])  # fmt: skip
    texts = {
        "areg": "批准文号,批准日期,用地总面积(公顷),行政区代码\n"
        + "".join(f"{name},2018-01-01,2,150600\n" for name in LISTED),
        "st": "批准文号,核查日期,征地补偿,补偿完成日期,能否供应\n"
        + "".join(f"{name},{said}\n" for name, said in (DRAWN | LISTED).items() if said),
        "s": SUPPLIES,
        "w": WITHDRAWALS,
        "r": "文号,电子监管号,终止日期,终止方式\nE1,B09,2022-01-01,重新供应\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [
        ("approvals", f"{folder}/a.gpkg"), ("approvals", f"{folder}/areg.csv"),
        ("approval_status", f"{folder}/st.csv"), ("supplies", f"{folder}/s.csv"),
        ("parcels", f"{folder}/p.gpkg"), ("landclass", f"{folder}/g.gpkg"),
        ("withdrawals", f"{folder}/w.csv"), ("right_endings", f"{folder}/r.csv"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def desk(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[warm.Desk]:
    name, folder = f"landwatch_lapse_{os.getpid()}", tmp_path_factory.mktemp("lapse")
    with stores.copied(server, pattern, name, folder) as store:
        desk = warm.Desk(store, warm.shared())
        for kind, path in written(folder / "in"):
            done = desk.call("load", kind, path)
            assert done.code == 0, done.stdout + done.stderr
        desk.json("run", "--as-of", AS_OF)
        yield desk


@pytest.fixture(scope="module")
def pieces(desk: warm.Desk) -> dict[str, dict[str, Any]]:
    """The unsupplied land by approval and number of the piece."""
    return {row["subject"]: row for row in desk.json("unsupplied")["rows"]}


@pytest.fixture(scope="module")
def balances(desk: warm.Desk) -> dict[str, dict[str, Any]]:
    return {row["approval"]: row for row in desk.json("balance")["rows"]}


@pytest.fixture(scope="module")
def leads(desk: warm.Desk) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.json("leads")["rows"]
    return rows


def joined(codes: list[str] | None) -> str | None:
    return None if codes is None else ";".join(codes)


def said(pieces: dict[str, dict[str, Any]], approval: str) -> list[tuple[Any, ...]]:
    """Return outcome, whole square metres, first day and missing facts of an approval's pieces."""
    return [
        (
            row["outcome"],
            row["area_m2"] and round(row["area_m2"]),
            row["since_on"],
            joined(row["missing"]),
        )
        for _, row in sorted(pieces.items())
        if row["approval"] == approval
    ]


DAY_AFTER = "2020-01-02"
PIECES: dict[str, list[tuple[Any, ...]]] = {
    # Some land was used by 2020-01-01: row 5; how much is not known of B02, B03, B04.
    "知与不知": [("to_supply", 20_000, DAY_AFTER, "location;area:B02")],
    "只有不知": [("to_supply", 20_000, DAY_AFTER, "location;area:B03")],
    "两批一": [("to_supply", 20_000, DAY_AFTER, "location;split:B04")],
    "两批二": [("to_supply", 20_000, DAY_AFTER, "location;split:B04")],
    "补偿不知": [("to_supply", 20_000, DAY_AFTER, "location;area:B05")],
    # Nothing is left of what was withdrawn whole: said so, 2 of 2, or 0.8 + 1.2 of 2.
    "整批无面积": [],
    "整批有面积": [],
    "两次撤完": [],
    "超撤": [],
    "整批已供": [],
    # A part: something is left, row 8; without area and extent nobody knows whether anything is.
    "部分无面积": [("to_supply", 20_000, DAY_AFTER, "location;withdrawn_area:W5")],
    "撤后又撤": [("undetermined", 20_000, None, "location;withdrawn_area:W7")],
    # Supplied on the last day: used. On the day after: lapsed for the 1.5 公顷 that are left.
    "早供": [("to_supply", 15_000, DAY_AFTER, None)],
    "晚供": [("lapsed", 15_000, DAY_AFTER, None)],
    # B09 took 0.5 in 2019; that it was given up in 2022 revives nothing and undoes no use.
    "再供": [("to_supply", 20_000, DAY_AFTER, None)],
    # Compensated the day after the last: final.
    "补偿晚": [("lapsed", 20_000, DAY_AFTER, None)],
    # Built by 2019-12-31: row 2, and used by the last day, so the other half is row 5.
    "先建": [("used_unsupplied", 10_000, None, None), ("to_supply", 10_000, DAY_AFTER, None)],
    # Unbuilt still on 2020-12-31, after the lapse: row 4 for both halves.
    "后建": [("lapsed", 10_000, DAY_AFTER, None), ("lapsed", 10_000, DAY_AFTER, None)],
    # Built between 2019-12-31 and 2020-12-31, the lapse in between.
    "建期不明": [
        ("used_unsupplied", 10_000, None, "built_on"),
        ("undetermined", 10_000, DAY_AFTER, "is_used"),
    ],
    # Compensated in time: nothing lapsed, row 2 whenever it was built; the rest row 8.
    "后建已补": [("used_unsupplied", 10_000, None, None), ("to_supply", 10_000, DAY_AFTER, None)],
    # Nobody said whether compensated: lapsed or not is open.
    "后建补偿不明": [
        ("undetermined", 10_000, DAY_AFTER, "compensation"),
        ("undetermined", 10_000, DAY_AFTER, "compensation;is_supply_possible;ground_class"),
    ],
    "册失效后供": [("lapsed", 10_000, DAY_AFTER, "location")],
    "册只有不知": [("undetermined", None, None, "area:B11")],
    "册整批": [],
    "册整批不知": [("undetermined", None, None, "withdrawn_area:W11")],
    "册早供": [("to_supply", 10_000, DAY_AFTER, "location")],
    # Signed on 1 January (used) or on a later day of January 2020 (lapsed): the month decides.
    "册月供": [("undetermined", 10_000, DAY_AFTER, "is_used;location")],
}


@pytest.mark.parametrize("approval", [*DRAWN, *LISTED])
def test_every_piece_has_the_row_of_the_law(
    pieces: dict[str, dict[str, Any]], approval: str
) -> None:
    assert sorted(said(pieces, approval), key=str) == sorted(PIECES[approval], key=str)


# supplied, withdrawn, unsupplied in square metres; None = unknown. What lacks.
BALANCES: dict[str, tuple[float | None, float | None, float | None, str | None]] = {
    "知与不知": (5_000, 0, None, "location;area:B02"),
    "只有不知": (None, 0, None, "area:B03"),
    "两批一": (None, 0, None, "split:B04"),
    "两批二": (None, 0, None, "split:B04"),
    "整批无面积": (0, 20_000, 0, None),
    "整批有面积": (0, 20_000, 0, None),
    "两次撤完": (0, 20_000, 0, None),
    "部分无面积": (0, None, None, "withdrawn_area:W5"),
    "撤后又撤": (0, 4_000, None, "location;withdrawn_area:W7"),
    # 3 公顷 of 2: no more than there was is withdrawn, and it is told.
    "超撤": (0, 20_000, 0, "area_clash"),
    # 0.5 was supplied, the rest of 1.5 withdrawn.
    "整批已供": (5_000, 15_000, 0, "location"),
    "早供": (5_000, 0, 15_000, None),
    "晚供": (5_000, 0, 15_000, "after_lapse:B08"),
    "再供": (0, 0, 20_000, None),
    "册失效后供": (10_000, 0, 10_000, "after_lapse:B10"),
    "册只有不知": (None, 0, None, "area:B11"),
    "册整批": (0, 20_000, 0, None),
    "册整批不知": (0, None, None, "withdrawn_area:W11"),
}


@pytest.mark.parametrize("approval", BALANCES)
def test_every_balance_keeps_what_is_known_and_names_what_is_not(
    balances: dict[str, dict[str, Any]], approval: str
) -> None:
    row = balances[approval]
    found = [row[f"{word}_m2"] for word in ("supplied", "withdrawn", "unsupplied")]
    whole = [None if area is None else round(area) for area in found]
    assert (*whole, joined(row["missing"])) == BALANCES[approval]


def test_the_terminal_says_at_least_where_a_part_is_known(desk: warm.Desk) -> None:
    shown = desk.call("balance", "--limit", "100").stdout
    assert "≥ 5,000.00" in shown  # 知与不知
    assert "≥ 4,000.00" in shown  # 撤后又撤


def test_what_was_supplied_and_built_after_a_lapse_is_a_lead(leads: list[dict[str, Any]]) -> None:
    found = {
        (row["kind"], joined(row["subjects"]), round(row["area_m2"]))
        for row in leads
        if row["kind"].endswith("after_lapse")
    }
    (built,) = [subjects for kind, subjects, _ in found if kind == "built_after_lapse"]
    assert built.startswith("后建/")
    assert found == {
        ("supplied_after_lapse", "B08;晚供", 5_000),
        ("supplied_after_lapse", "B10;册失效后供", 10_000),
        ("built_after_lapse", built, 10_000),
    }


def test_a_withdrawal_of_more_than_the_approval_is_told_when_it_comes(desk: warm.Desk) -> None:
    with desk.store.connect() as connection:
        rows = connection.execute(
            "SELECT value, message FROM landwatch.issue WHERE code = 'area_too_large'"
        ).fetchall()
    assert len(rows) == 1
    assert "超撤" in rows[0][1]


@pytest.mark.parametrize(("subject", "words"), [
    ("整批无面积", "没有剩余"), ("知与不知", "≥ 5,000.00"), ("晚供/002", "2020-01-01"),
])  # fmt: skip
def test_why_tells_the_withdrawal_the_unknown_and_the_lapse(
    desk: warm.Desk, subject: str, words: str
) -> None:
    done = desk.call("why", subject)
    assert done.code == 0, done.stderr
    assert words in done.stdout


def test_the_one_figure_leaves_out_what_nobody_knows_and_says_how_much(desk: warm.Desk) -> None:
    # 早供 1.5, 晚供 1.5, seven of 2 (再供 补偿晚 先建 后建 建期不明 后建已补 后建补偿不明),
    # 册失效后供 1, 册早供 1, 册月供 1: 20 公顷. Nine balances of 2 are open.
    total = desk.json("run", "--as-of", AS_OF)["counts"]["unsupplied_total"]
    assert round(total["area_m2"]) == 200_000
    assert round(total["unlocated_m2"]) == 0
    assert (total["undetermined_count"], round(total["undetermined_m2"])) == (9, 180_000)
