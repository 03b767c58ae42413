"""Papers whose numbers only look different find each other, from the file to the cell on screen."""

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


def approvals(number: str, batch: str = "2023年第一批次") -> str:
    # 300 x 100 m = 30,000 m2.
    shape = box(_EAST, _NORTH, 300, 100)
    row = f'{number},{batch},2023-03-01,3,"{shape}"'
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


@pytest.mark.parametrize(
    "cited",
    [
        "内政⼟发〔2023〕1号|2023年第一批次",  # U+2F1F for 土
        "内政土发(2023)1号",
        "内政土发[2023]1号｜2023年第一批次",
        "内政\u00ad土发【２０２３】\u200b1号",
        "内政土发〔2023〕1\u00a0号|2023年\ufeff第一批次",
    ],
)
def test_a_supply_draws_on_its_approval_however_the_number_is_written(
    empty: Store, load: Callable[..., dict[str, object]], cited: str
) -> None:
    load("approvals", approvals("内政土发〔2023〕1号"), *CRS)
    told = load("supplies", supplies("内政土发〔2023〕1号", cited), *CRS)
    assert told["issues"]["normalised_text"] == 1
    # Two supplies of 100 x 100 m lie in 300 x 100 m: 30,000 - 20,000 = 10,000 m2 are left.
    assert balance(empty) == (APPROVAL, pytest.approx(20_000), pytest.approx(10_000))
    with empty.connect() as connection:
        found = connection.execute(
            'SELECT as_came FROM landwatch.supplies ORDER BY key COLLATE "C"'
        ).fetchall()
    assert found == [(None,), ({"approval_nos": cited},)]
