"""A banner with tasks, a frozen base and what was done of it; the published sheets of two cities.

Banner 东 (150602) has supplies of 3.8 公顷 each, none with a reported start. By 2025-01-15 监1 is
seen started and 监2 is taken back. Of Ordos (150600) and Alxa (152900) the published sheets.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import warm
from tests.conftest import Server
from tests.stores import copied, copy
from tests.two_banners import judged
from tests.warm import Desk

DAY = "2025-01-15"
TASKS = "年度,截止年度,行政区代码,开发区代码,任务类型,任务面积(公顷),下达日期"
PUBLISHED = "年度,截止年度,行政区代码,任务类型,任务面积(万亩)"
BASE = "年度,行政区代码,任务类型,底数编号,电子监管号,批准文号,开发区代码,底数面积(公顷),锁定日期"
DONE = "文号,年度,行政区代码,任务类型,口径,底数编号,电子监管号,完成面积(公顷),完成率,完成日期"
SHEET = "文号,年度,行政区代码,任务类型,口径,完成面积(万亩),完成率,完成日期"
MU10000_M2 = 20_000_000 / 3


def _register(desk: Desk, folder: Path, kind: str, head: str, *lines: str) -> None:
    place = folder / f"{kind}{len(list(folder.iterdir()))}.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *(line.split(",") for line in lines)])
    done = desk.call("load", kind, str(place))
    assert done.code == 0, done.stderr + done.stdout


def fill(desk: Desk, folder: Path) -> None:
    _register(
        desk,
        folder,
        "tasks",
        TASKS,
        "2024,,150602,,批而未供,5,2024-01-10",
        "2024,,150602,,闲置土地,5,2024-01-10",
        "2024,,150602,东园,闲置土地,3,2024-01-10",
        "2024,,150722,,闲置土地,1,2024-01-10",
        "2022,,152900,,闲置土地,333.3333,2022-01-01",
        "2025,,150602,,批而未供,12,2025-01-02",
        "2025,,150602,,闲置土地,10,2025-01-02",
    )
    _register(
        desk,
        folder,
        "tasks",
        PUBLISHED,
        "2021,2025,150600,批而未供,8.68",
        "2021,2025,150600,闲置土地,4.97",
        "2022,,150600,批而未供,1.45",
        "2022,,150600,闲置土地,0.99",
        "2023,,150600,批而未供,2.3",
        "2023,,150600,闲置土地,1.19",
    )
    _register(
        desk,
        folder,
        "base",
        BASE,
        "2024,150602,闲置土地,闲1,东监1,,东园,3.8,2024-01-01",
        "2024,150602,闲置土地,闲2,东监2,,,3.8,2024-01-01",
        "2024,150602,闲置土地,闲4,东监4,,,3.8,2024-01-01",
        "2024,150602,批而未供,批1,,东批〔2020〕1号,,20,2024-01-01",
        *(f"2025,150602,闲置土地,闲{n},东监{n},,,3.8,2025-01-01" for n in (1, 2, 4)),
        "2025,150602,批而未供,批1,,东批〔2020〕1号,,20,2025-01-01",
    )
    _register(
        desk, folder, "done", DONE,
        *(f"自报表,2024,150602,闲置土地,自报,闲{n},,3.8,,2024-12-01" for n in (1, 2, 4)),
        *(f"系统,2024,150602,闲置土地,系统填报,闲{n},,3.8,,2024-12-10" for n in (1, 2)),
        "认定函,2024,150602,闲置土地,审核认定,闲1,,3.8,,2024-12-20",
        # Of the base nobody knows it: shown apart.
        "认定函,2024,150602,闲置土地,审核认定,,东监8,3.8,,2024-12-20",
        "认定函,2024,150602,批而未供,审核认定,批1,,6,,2024-12-20",
        "阿盟表,2022,152900,闲置土地,审核认定,,,742.4295,220.87,2022-11-30",
    )  # fmt: skip
    _register(
        desk,
        folder,
        "done",
        SHEET,
        "年终表,2022,150600,批而未供,审核认定,2.11,,2022-12-31",
        "年终表,2022,150600,闲置土地,审核认定,1.98,,2022-12-31",
        "七月表,2023,150600,批而未供,审核认定,0.66,28.57,2023-07-31",
        "七月表,2023,150600,闲置土地,审核认定,1.26,,2023-07-31",
    )
    _register(
        desk,
        folder,
        "progress",
        "电子监管号,观测日期,来源,开发状态,动工日期",
        "东监1,2024-11-01,巡查,已动工,2024-10-01",
    )
    _register(
        desk, folder, "right_endings", "文号,电子监管号,终止日期,终止方式",
        "收1,东监2,2024-11-15,无偿收回",
    )  # fmt: skip
    desk.json("run", "--as-of", DAY)


@contextmanager
def tasked(server: Server, pattern: str, name: str, home: Path) -> Iterator[Desk]:
    """A store of both banners with their tasks, judged: a copy of one that is made once."""
    made = f"{pattern}_tasks"
    if made not in _MADE:
        with (
            tempfile.TemporaryDirectory() as folder,
            judged(server, pattern, f"{made}_filling", home / "filling") as filling,
        ):
            fill(filling, Path(folder))
            copy(server, f"{made}_filling", made)
        _MADE.add(made)
    with copied(server, made, name, home) as store:
        yield Desk(store, warm.shared())


_MADE: set[str] = set()
