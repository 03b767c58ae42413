"""Papers whose numbers only look different find each other; those that find nobody are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.stores import Store, copied

# A square of 100 m at 111° E, 40° N, and its western and eastern halves, in EPSG:4546 (zone 37).
_NORTH, _EAST = 4_430_000, 500_000
APPROVAL = "内政土发〔2023〕1号|2023年第一批次"


def box(east: int, north: int, width: int, height: int) -> str:
    corners = [(east, north), (east + width, north), (east + width, north + height)]
    corners += [(east, north + height), (east, north)]
    return "POLYGON((" + ", ".join(f"{x} {y}" for x, y in corners) + "))"


@pytest.fixture
def empty(server: Server, pattern: str, tmp_path: Path) -> Iterator[Store]:
    with copied(server, pattern, "lw_identifiers", tmp_path / "home") as store:
        yield store


@pytest.fixture
def load(empty: Store, tmp_path: Path) -> Callable[..., dict[str, object]]:
    def loads(kind: str, text: str, *options: str) -> dict[str, object]:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        return empty.json("load", kind, str(path), *options)  # type: ignore[no-any-return]

    return loads


def approvals(number: str, batch: str = "2023年第一批次", squares: int = 3) -> str:
    # 300 x 100 m = 30,000 m2.
    shape = box(_EAST, _NORTH, 100 * squares, 100)
    row = f'{number},{batch},2023-03-01,{squares},"{shape}"'
    return f"批准文号,批次名称,批准日期,用地总面积(公顷),几何\n{row}\n"


def supplies(*cited: str) -> str:
    """Supplies of 100 x 100 m each, from west to east, one for each number cited."""
    rows = [
        f'150602202{4}B0000{n},{number},2024-05-01,1,"{box(_EAST + 100 * n, _NORTH, 100, 100)}"'
        for n, number in enumerate(cited)
    ]
    return "\n".join(["电子监管号,批准文号,合同签订日期,面积(公顷),几何", *rows]) + "\n"


def balance(store: Store) -> tuple[str, float, float]:
    store.json("run", "--as-of", "2026-06-30")
    (row,) = store.json("balance")["rows"]
    return row["approval"], row["supplied_m2"], row["unsupplied_m2"]


CRS = ("--crs", "EPSG:4546")


CITED = [
    "内政⼟发〔2023〕1号|2023年第一批次",  # U+2F1F for 土
    "内政土发(2023)1号",
    "内政土发[2023]1号｜2023年第一批次",
    "内政\u00ad土发【２０２３】\u200b1号",
    "内政土发〔2023〕1\u00a0号|2023年\ufeff第一批次",
]


def test_a_supply_draws_on_its_approval_however_the_number_is_written(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    load("approvals", approvals("内政土发〔2023〕1号", squares=7), *CRS)
    told = load("supplies", supplies("内政土发〔2023〕1号", *CITED), *CRS)
    assert told["issues"]["normalised_text"] == 1  # once a column
    # Six supplies of 100 x 100 m lie in 700 x 100 m: 70,000 - 60,000 = 10,000 m2 are left.
    assert balance(empty) == (APPROVAL, pytest.approx(60_000), pytest.approx(10_000))
    with empty.connect() as connection:
        found = connection.execute(
            'SELECT as_came FROM landwatch.supplies ORDER BY key COLLATE "C"'
        ).fetchall()
    assert found == [(None,), *(({"approval_nos": cited},) for cited in CITED)]


@pytest.mark.long("test_a_supply_draws_on_its_approval_however_the_number_is_written")
def test_papers_without_shapes_find_each_other_too(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    head = "批准文号,批次名称,批准日期,用地总面积(公顷),行政区代码\n"
    load("approvals", head + "内政土发〔2023〕1号,2023年第一批次,2023-03-01,3.0,150699\n")
    head = "电子监管号,供地面积(公顷),合同签订日期,批准文号\n"
    row = "1506992024B0000{},1.0,2022-01-15,{}\n"
    cited = row.format(1, "内政⼟发〔2023〕1号") + row.format(2, "内政土发〔2023〕1号")
    load("supplies", head + cited)
    # 3 公顷 approved, 1 + 1 supplied: 30,000 - 20,000 = 10,000 m2.
    assert balance(empty) == (APPROVAL, pytest.approx(20_000), pytest.approx(10_000))
    # The same register with the number written otherwise brings nothing new.
    cited = row.format(1, "内政土发[2023]1号") + row.format(2, "内政土发（2023）1号")
    assert load("supplies", head + cited)["unchanged"] == 2


def test_why_takes_a_name_as_people_type_it_and_shows_what_came(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    load("approvals", approvals("内政⼟发(2023)1号"), *CRS)
    load("supplies", supplies("内政土发【2023】1号").replace("B00000", "b00000"), *CRS)
    empty.json("run", "--as-of", "2026-06-30")
    told = empty.json("why", "１５０６０２２０２４ｂ０００００")
    assert told["subject"] == "1506022024B00000"
    facts = "\n".join(told["sections"]["facts"])
    assert "「电子监管号」1506022024b00000" in facts
    assert "「批准文号」内政土发【2023】1号" in facts
    told = empty.json("why", "内政土发[2023]1号")
    assert "「批准文号」内政⼟发(2023)1号" in "\n".join(told["sections"]["facts"])
    # A correction finds its record the same way.
    done = empty.json(
        "correct", "supplies", "1506022024b00000", "面积=2公顷", "--who", "甲", "--why", "合同"
    )
    assert done["rows"][0]["key"] == "1506022024B00000"


@pytest.mark.long("test_a_supply_draws_on_its_approval_however_the_number_is_written")
def test_a_revocation_ends_its_document_however_the_number_is_written(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    named = {
        "1506022020B00001": "闲认[2025]1号",
        "1506022020B00002": "闲认（２０２５）2\u200b号",
        "1506022020B00003": "闲认〔2025〕３\u00a0号",
    }
    contracts = [f"{supply},1,2020-01-01,2021-01-01" for supply in named]
    load(
        "supplies",
        "\n".join(["电子监管号,面积(公顷),合同签订日期,约定开工时间", *contracts]) + "\n",
    )
    found = [
        f"闲认〔2025〕{n}号,{supply},认定书,,2025-03-01" for n, supply in enumerate(named, start=1)
    ]
    ended = [
        f"撤〔2025〕{n}号,{supply},撤销决定书,{number},2025-06-01"
        for n, (supply, number) in enumerate(named.items(), start=1)
    ]
    for rows in (found, ended):
        load(
            "decisions", "\n".join(["文书号,电子监管号,文书类型,所撤文书号,送达日期", *rows]) + "\n"
        )
    # Agreed for 2021-01-01 and not started: two calendar years are over on 2023-01-01. The 认定书
    # counts on no day once it is revoked, and nobody saw that nothing was started: a candidate.
    empty.json("run", "--as-of", "2026-06-30")
    told = empty.json("candidates")["rows"]
    assert [(row["subject"], row["track"], row["since_on"]) for row in told] == [
        (supply, "recovery", "2023-01-02") for supply in named
    ]
    assert empty.json("findings")["rows"] == []
    with empty.connect() as connection:
        kept = connection.execute(
            "SELECT revokes, as_came->>'revokes' FROM landwatch.decisions WHERE revokes IS NOT NULL"
            ' ORDER BY revokes COLLATE "C"'
        ).fetchall()
    assert kept == [(f"闲认〔2025〕{n}号", own) for n, own in enumerate(named.values(), start=1)]


CAUSE = "文号,电子监管号,原因类型,起始日期\n停〔2024〕1号,{},不可抗力,2024-08-01\n"


def orphans(store: Store, *options: str) -> list[dict[str, str]]:
    store.json("run", *(options if "--as-of" in options else ("--as-of", "2026-06-30", *options)))
    return [row for row in store.json("leads")["rows"] if row["kind"] == "orphan_paper"]


def test_a_paper_whose_subject_is_unknown_is_an_issue_and_a_lead_until_the_subject_comes(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    load("supplies", supplies("甲").replace("B00000", "B00012"), *CRS)
    # The letter O for a 0: it may be 1506022024B00012, and may be another.
    told = load("causes", CAUSE.format("1506022024B0OO12"))
    assert told["issues"] == {"lookalike_sign": 1, "orphan_paper": 1}
    (issue,) = [
        row
        for row in empty.json("deliveries", "--issues", str(told["delivery"]))["rows"]
        if row["code"] == "orphan_paper"
    ]
    assert issue["row_no"] == 2
    assert "可能是 1506022024B00012" in issue["message"]
    (lead,) = orphans(empty)
    assert lead["subjects"] == ["停〔2024〕1号", "1506022024B0OO12"]
    assert lead["detail"] == {
        "paper": "causes", "names": "1506022024B0OO12", "near": ["1506022024B00012"],
    }  # fmt: skip
    assert lead["confidence"] == "high"
    # Nothing new for it: a run built on the one before says it again, and so does a full one.
    assert orphans(empty, "--as-of", "2026-07-01") == [lead]
    assert orphans(empty, "--full", "--as-of", "2026-07-02") == [lead]
    assert orphans(empty, "--parts", "3", "--as-of", "2026-07-03") == [lead]
    # Its subject arrives.
    load("supplies", supplies("甲").replace("B00000", "B0OO12"), *CRS)
    assert orphans(empty, "--as-of", "2026-07-04") == []


PAPERS = {
    "extensions": "文号,电子监管号,签订日期\n延1,{},2024-08-01\n",
    "handovers": "文号,电子监管号,实际交地时间\n交1,{},2024-08-01\n",
    "right_endings": "文号,电子监管号,终止日期\n终1,{},2024-08-01\n",
    "progress": "电子监管号,观测日期,来源,开发状态\n{},2024-08-01,巡查,未动工\n",
    "decisions": "文书号,电子监管号,文书类型,送达日期\n决1,{},调查通知书,2024-08-01\n",
    "holders": "文号,电子监管号,权利人,登记日期\n转1,{},乙公司,2024-08-01\n",
    "agreements": "协议编号,电子监管号,签订日期\n协1,{},2024-08-01\n",
}


@pytest.mark.long(
    "test_a_paper_whose_subject_is_unknown_is_an_issue_and_a_lead_until_the_subject_comes"
)
def test_every_paper_of_an_unknown_supply_is_told(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    wanted = {}
    # Numbers too far apart to be taken for each other; each is named by one paper alone.
    for number, (kind, text) in enumerate(PAPERS.items(), start=1):
        supply = f"150602202{number}B{str(number) * 5}"
        told = load(kind, text.format(supply))
        assert told["issues"]["orphan_paper"] == 1, kind  # type: ignore[index]
        wanted[kind, supply] = "150602"
    found = [(lead["detail"], lead["region_code"]) for lead in orphans(empty)]
    assert {(on["paper"], on["names"]): region for on, region in found} == wanted
    assert not any("near" in on for on, _ in found)


def test_papers_of_an_unknown_approval_are_told_and_a_supply_where_a_near_number_is_known(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    load("approvals", approvals("内政土发〔2023〕1号"), *CRS)
    load("withdrawals", "撤批文号,批准文号,撤批日期\n撤1,内政土发〔2023〕l号,2025-01-01\n")
    load("approval_status", "批准文号,核查日期\n内政土发〔2019〕77号,2025-01-01\n")
    # One sign apart from 1号: told. 〔2001〕9号 is near to nothing: of other towns' files.
    load("supplies", supplies("内政土发〔2023〕7号", "内政土发〔2001〕9号"), *CRS)
    found = {row["detail"]["paper"]: (row["detail"], row["confidence"]) for row in orphans(empty)}
    near = {"near": ["内政土发〔2023〕1号"]}
    withdrawn = {"paper": "withdrawals", "names": "内政土发〔2023〕L号"} | near
    supplied = {"paper": "supplies", "names": "内政土发〔2023〕7号"} | near
    assert found == {
        "withdrawals": (withdrawn, "high"),
        "approval_status": (
            {"paper": "approval_status", "names": "内政土发〔2019〕77号"}, "high",
        ),
        "supplies": (supplied, "medium"),
    }  # fmt: skip


def test_the_status_of_one_batch_is_that_batchs_own(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    # Two batches of one number, 30,000 m2 each, approved more than two years ago; only the first,
    # named with its batch, was compensated within the two years.
    first, second = approvals("内政土发〔2023〕1号"), approvals("内政土发〔2023〕1号", "第二批次")
    east = second.splitlines()[1].replace("500000 ", "510000 ").replace("500300 ", "510300 ")
    load("approvals", first + east + "\n", *CRS)
    text = "批准文号,核查日期,征地补偿,补偿完成日期\n{},2024-01-01,已完成,2023-12-01\n"
    assert load("approval_status", text.format("内政土发(2023)1号|2023年第一批次"))["issues"] == {
        "normalised_text": 1
    }
    empty.json("run", "--as-of", "2026-06-30")
    rows = {row["approval"]: row["missing"] or () for row in empty.json("unsupplied")["rows"]}
    assert "compensation" not in rows[APPROVAL]
    assert "compensation" in rows["内政土发〔2023〕1号|第二批次"]


def test_a_paper_of_a_phase_the_supply_does_not_have_is_told(
    empty: Store, load: Callable[..., dict[str, object]]
) -> None:
    load("supplies", supplies("甲"), *CRS)
    text = "文号,电子监管号,分期,实际交地时间\n交1,1506022024B00000,二期,2024-08-01\n"
    assert load("handovers", text)["issues"] == {"orphan_paper": 1}
    (lead,) = orphans(empty)
    assert lead["subjects"] == ["交1", "1506022024B00000"]
