"""The law cases of gis/law/cases: facts, a day, and what the law says, worked by hand before."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gis import clock, contracts, law
from tests.clock_frames import frames

CASES = Path(law.__file__).parent / "cases"
LAW = law.load()
FINDING = {
    "outcome": "outcome",
    "track": "track",
    "since": "since_on",
    "next": "next_on",
    "event": "next_event",
    "fee": "fee_fen",
    "fee_if_confirmed": "fee_if_confirmed_fen",
    "missing": "missing",
    "clashes": "clashes",
}
MEASURES_ON_IDLE_LAND = "《闲置土地处置办法》"


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        if content.get("rule", "idle_land") != "idle_land":
            continue
        for case in content["case"]:
            case["facts"] = {**content["base"], **case.get("facts", {})}
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


def changed_law(directory: Path, changes: dict[str, Any]) -> law.Law:
    """The law with other values, as a bureau would write them in a file of its own."""
    lines = ['title = "本地设置"', 'source = "测试"']
    for key, value in changes.items():
        known = LAW.value(key, date(2021, 1, 1))
        text = f'"{value}"' if isinstance(value, str) else toml_value(value)
        lines += ["[[value]]", f'key = "{key}"', f"value = {text}", f'unit = "{known.unit}"']
        lines += ["from = 2012-07-01", 'article = "setting"', "verified = false"]
        lines += ["checked_on = 2026-11-21"]
    (directory / "local.toml").write_text("\n".join(lines), encoding="utf-8")
    return law.load([directory])


def toml_value(periods: list[dict[str, Any]] | bool) -> str:
    if isinstance(periods, bool):
        return str(periods).lower()

    def entry(value: Any) -> str:
        return f'"{value}"' if isinstance(value, str) else str(value)

    tables = (", ".join(f"{name} = {entry(v)}" for name, v in p.items()) for p in periods)
    return "[" + ", ".join("{ " + table + " }" for table in tables) + "]"


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [*value]
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("case", list(cases()))
def test_the_clock_says_what_the_law_says(case: dict[str, Any], tmp_path: Path) -> None:
    in_force = changed_law(tmp_path, case["law"]) if "law" in case else LAW
    facts = {name: None if v == "unknown" else v for name, v in case["facts"].items()}
    causes = [
        {"subject": "甲", "document": str(number), **cause}
        for number, cause in enumerate(case.get("causes", []))
    ]
    judgement = clock.judge(*frames([{"subject": "甲", **facts}], causes), case["on"], in_force)
    finding, trace = judgement.findings.iloc[0], judgement.trace.iloc[0]

    expected = dict(case["expect"])
    said = {name: plain(finding[column]) for name, column in FINDING.items()}
    assert said == {name: expected.pop(name, None) for name in FINDING}
    article = expected.pop("article", None)
    assert plain(finding["article"]) in (article, f"{MEASURES_ON_IDLE_LAND}{article}")
    for name, value in expected.items():
        assert plain((trace if name in trace else finding)[name]) == value, name
    assert plain(finding["start_state"]) in contracts.CODES["start_state"]
    assert plain(finding["evidence_grade"]) in contracts.CODES["evidence_grade"]


def test_there_are_at_least_eighty_cases_and_every_row_of_the_table_has_one() -> None:
    rows = [param.values[0]["expect"]["row"] for param in cases()]
    assert len(rows) >= 80
    assert set(rows) == set("1 2 3 4a 4b 4c 4d 4e 5 5b 6 7 7b 8 9 10 11".split())
