"""`landwatch diff`: how one run differs from another, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, law, recorded_law, result_tables, units
from gis.cli import screen, usage
from gis.outputs.export import delimited
from gis.pipeline import counts
from gis.pipeline import diff as differences
from gis.pipeline.diff import Difference
from gis.store import database, runs
from gis.store.runs import Run

_CODES = {"outcome": ("outcome", "unsupplied", "agreement"), "track": ("track",)}


@usage.command()
@click.argument("before", metavar="RUN", type=int)
@click.argument("after", metavar="RUN", type=int)
@click.option(
    "--law-dir",
    "law_dirs",
    multiple=True,
    type=screen.PATH,
    help="旧版本的 gis/law 目录 The law of an older program, may be given more than once",
)
@click.option("--csv", "csv_path", type=screen.OUT, help="写出 CSV File to write")
@click.option("--limit", type=int, default=40, help="终端显示行数 Rows on the terminal")
@screen.json_option
def diff(
    before: int,
    after: int,
    law_dirs: tuple[Path, ...],
    csv_path: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """两次运行的差别及原因 What appeared, left or changed between two runs, and why."""
    with database.connect(config.read()) as connection:
        laws = [
            recorded_law.at(connection),
            *(recorded_law.of(connection, runs.get(connection, one)) for one in (before, after)),
            *(read for folder in law_dirs for read in _laws(folder)),
        ]
        found = differences.between(connection, before, after, laws)
    if csv_path is not None:
        delimited.write(_worded(found), "difference", csv_path)
    if as_json:
        screen.say_json(told(found))
        return
    _show(found, limit)


def _worded(found: Difference) -> pd.DataFrame:
    """Return the rows with the short words of a value of the law in place of its name."""
    because = found.rows["because"]
    for value in (one or two for one, two in found.law):
        if value is not None and value.wording_zh:
            because = because.str.replace(value.key, value.wording_zh, regex=False)
    return found.rows.assign(because=because)


def _laws(folder: Path) -> list[law.Law]:
    """A directory may hold a whole law, or a bureau's values on top of today's."""
    return [law.alone(folder), law.load([folder])]


def told(found: Difference) -> dict[str, Any]:
    """Return the difference as `--json` publishes it."""
    rows = screen.rows_of(found.rows, result_tables.TABLES["difference"].names)
    for row, facts in zip(rows, found.facts, strict=True):
        row["facts"] = [
            {
                "change": fact.change,
                "kind": fact.kind,
                "key": fact.key,
                "document": fact.document,
                "delivery": fact.delivery,
                "values": {
                    name: None if name == "geom" else {"before": pair[0], "after": pair[1]}
                    for name, pair in fact.values.items()
                },
            }
            for fact in facts
        ]
    return {
        "before": _run(found.before),
        "after": _run(found.after),
        "count": len(rows),
        "counts": _counts(found),
        "law": [
            {"key": side.key, "region": side.region, "before": _value(one), "after": _value(two)}
            for one, two in found.law
            for side in [one or two]
            if side is not None
        ],
        "note": found.note or None,
        "rows": rows,
    }


def _run(run: Run) -> dict[str, Any]:
    names = ("as_of", "delivery", "region", "purpose", "code_version", "code_digest", "law_digest")
    total = run.counts.get("unsupplied_total")
    own = {name: getattr(run, name) for name in names}
    return {"run": run.id, **own, "unsupplied_total": total}


def _value(value: law.Value | None) -> str | None:
    return None if value is None else value.said


def _counts(found: Difference) -> dict[str, dict[str, int]]:
    reasons = found.rows["reasons"].explode().dropna()
    return {
        "change": {str(k): int(n) for k, n in found.rows["change"].value_counts().items()},
        "reason": {str(k): int(n) for k, n in reasons.value_counts().items()},
    }


def _show(found: Difference, limit: int) -> None:
    one, two = found.before, found.after
    screen.show(
        f"运行 {one.id}（{one.as_of}，第 {one.delivery} 次资料）→ "
        f"运行 {two.id}（{two.as_of}，第 {two.delivery} 次资料） · {len(found.rows)} 处不同",
        ["监测对象", "变化", "处置方向自", "闲置费（元）", "原因"],
        [_cells(row) for row in _worded(found).head(limit).to_dict("records")],
        goes_first=(4, 2),
        elsewhere="--csv、--json",
    )
    for run in (one, two):
        if run.counts.get("unsupplied_total"):
            screen.say(f"运行 {run.id}：{counts.one_figure(run.counts['unsupplied_total'])}")
    if found.note:
        screen.say(*found.note.split("\n"))
    if len(found.rows) > limit:
        rest = len(found.rows) - limit
        screen.say(f"另有 {rest} 处：--limit 或 --csv · {rest} more: --limit or --csv")


def _cells(row: Mapping[Any, Any]) -> list[str | tuple[str, ...]]:
    plain = {name: screen.plain(value) for name, value in row.items()}
    because = plain["because"] or ""
    if plain["fields"] and not {"outcome", "track"}.intersection(plain["fields"]):
        because = f"（{'、'.join(map(_title, plain['fields']))}）{because}"
    was, now = _state(plain, "before"), _state(plain, "after")
    change = contracts.label("change", plain["change"])
    return [
        screen.lines(plain["subject"], plain["name"] or ""),
        change if was == now else screen.lines(was or change, f"→ {now or change}"),
        _arrow(plain["since_before_on"], plain["since_after_on"]),
        _arrow(_yuan(plain, "before"), _yuan(plain, "after")),
        because,
    ]


def _title(name: str) -> str:
    titles = {column.name: column.zh for column in result_tables.TABLES["finding"].columns}
    return titles.get(name, "图形").replace("代码", "")


def _state(row: Mapping[Any, Any], side: str) -> str:
    words = []
    for stem, lists in _CODES.items():
        code = row[f"{stem}_{side}"]
        known = (contracts.CODES.get(name, {}).get(code) for name in _lists(row["rule"], lists))
        words += [word[0] for word in known if word][:1]
    return "，".join(words)


def _lists(rule: str, lists: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(lists, key=lambda name: name != rule)) if len(lists) > 1 else lists


def _yuan(row: Mapping[Any, Any], side: str) -> str | None:
    fee = row[f"fee_{side}_fen"]
    return None if fee is None else f"{units.yuan(fee):,.2f}"


def _arrow(one: str | None, two: str | None) -> str:
    return (one or "") if one == two else f"{one or '—'} → {two or '—'}"
