"""One figure of 批而未供 everywhere a person reads it, of one run, to the square metre.

The demo, by data/parcels/README.md: the pieces left sum to 111.85 公顷, edges of 0.1 among them;
2.5 of O2 and 0.5 of O3 are known by area alone: 111.85 - 3 = 108.85 公顷 = 1,088,500 m2,
1,632.75 亩.
The balances of R2 and R3 (5 + 4 = 9 公顷) are open and in no sum. No land left is approved twice.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from tests.sending import client_of
from tests.warm import DEMO_DAY, Desk

FIGURE_M2, UNLOCATED_M2 = 1_088_500.0, 30_000.0
SENTENCE = "批而未供 1,088,500.00 平方米（108.8500 公顷，1,632.75 亩）＝未供＋边角地，不含细碎面"


@pytest.fixture(scope="module")
def out(demo: Desk, written: Path) -> Path:
    """The files of the run, as `landwatch run --out` writes them."""
    done = demo.call("run", "--as-of", DEMO_DAY)
    assert done.code == 0, done.stderr
    assert SENTENCE in done.stdout
    return written


def test_totals_of_the_findings(demo: Desk) -> None:
    counts = demo.json("run", "--as-of", DEMO_DAY)["counts"]
    total = counts["unsupplied_total"]
    assert total["area_m2"] == pytest.approx(FIGURE_M2, abs=0.5)
    assert total["unlocated_m2"] == pytest.approx(UNLOCATED_M2, abs=0.5)
    assert (total["undetermined_count"], round(total["undetermined_m2"])) == (2, 90_000)
    pieces_m2 = sum(entry["area_m2"] for entry in counts["unsupplied"].values())
    assert pieces_m2 == pytest.approx(FIGURE_M2 + UNLOCATED_M2, abs=0.5)


def test_balance_and_rates(demo: Desk) -> None:
    told = demo.json("balance")
    assert told["unsupplied_total"]["area_m2"] == pytest.approx(FIGURE_M2, abs=0.5)
    assert SENTENCE in demo.call("balance").stdout
    rows = {
        row["name"]: row
        for row in demo.json("indicators")["rows"]
        if row["place_kind"] == "run"
    }  # fmt: skip
    assert rows["unsupplied_m2"]["value"] == pytest.approx(FIGURE_M2, abs=0.5)
    assert rows["unsupplied_rate"]["numerator"] == pytest.approx(FIGURE_M2, abs=0.5)


def test_workbook_and_index(out: Path) -> None:
    [book] = out.glob("*.xlsx")
    sheets = pd.read_excel(book, sheet_name=None, header=None, dtype=object, engine="openpyxl")
    summed = [
        row for row in sheets["汇总"].to_numpy() if "批而未供（未供＋边角地）" in [*map(str, row)]
    ]
    assert len(summed) == 1
    numbers = [cell for cell in summed[0] if isinstance(cell, float | int)]
    assert any(cell == pytest.approx(FIGURE_M2, abs=0.5) for cell in numbers)
    cells = [str(cell) for cell in sheets["批文面积平衡"].to_numpy().ravel()]
    assert sum(SENTENCE in cell for cell in cells) == 1
    rates = sheets["园区指标"].astype(str)
    assert rates.apply(lambda row: "批而未供面积（未供＋边角地）" in [*row], axis=1).sum() == 1
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count(SENTENCE) == 1


def test_diff(demo: Desk) -> None:
    run = demo.json("balance")["run"]
    told = demo.json("diff", str(run), str(run))
    for side in ("before", "after"):
        total = told[side]["unsupplied_total"]
        assert total["area_m2"] == pytest.approx(FIGURE_M2, abs=0.5)
    assert SENTENCE in demo.call("diff", str(run), str(run)).stdout


def test_home_and_the_whole_list(demo: Desk) -> None:
    # The list adds up 111.85 公顷 of pieces: beside it stands what home tells, and why.
    with contextmanager(client_of)(demo) as client:
        home, listed = (client.get(path).text for path in ("/", "/lists/unsupplied"))
        sifted = client.get("/lists/unsupplied", params={"outcome": "edge"}).text

    assert "108.8500" in home
    assert "111.8500 公顷" in listed
    assert "其中批而未供 108.8500 公顷：减去只知面积、未落图的，重复批准的只计一次" in listed
    assert "其中批而未供" not in sifted
