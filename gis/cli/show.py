"""`landwatch findings | candidates | unsupplied | balance | leads | indicators`: a stored run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
import pandas as pd

from gis import config, contracts, result_tables, units
from gis.approvals import balance as balance_of
from gis.citation import cited
from gis.cli import pictures, screen, usage, which_run
from gis.errors import UsageError
from gis.outputs import grounds, ledger
from gis.outputs.export import choose, delimited
from gis.pipeline import counts
from gis.store import database, results

# What fits a terminal; --csv and --json have every column.
_SHOWN = {
    "finding": (
        "subject name outcome track since_on next_on next_event area_m2 fee_fen "
        "fee_if_confirmed_fen article missing clashes block_code"
    ).split(),
    "unsupplied": (
        "subject approved_on age_days outcome situation next_on next_event area_m2 missing "
        "situation_missing block_code"
    ).split(),
    "balance": (
        "approval approved_m2 supplied_m2 withdrawn_m2 exempt_m2 unsupplied_m2 edge_m2 sliver_m2 "
        "unlocated_m2 missing block_code"
    ).split(),
    "indicator": "place_code name year value unit numerator denominator missing".split(),
}
# Which of them go first where the terminal is narrow.
_GOES_FIRST = {
    "finding": (
        "article name block_code next_event next_on missing fee_if_confirmed_fen clashes fee_fen "
        "track since_on"
    ).split(),
    "unsupplied": (
        "situation_missing block_code next_event next_on age_days situation missing approved_on"
    ).split(),
    "balance": "block_code sliver_m2 unlocated_m2 exempt_m2 withdrawn_m2 edge_m2 missing".split(),
    "lead": "region_code block_code evidence confidence".split(),
    "indicator": "denominator numerator missing".split(),
}
_SUPPLY = "supply"
_NAMED = 20  # how many places or years a message names
_OF_APPROVALS = ("unsupplied", "balance")
_NUMERIC = frozenset({"area", "money", "number", "integer"})
_EVENTS = ("outcome", "unsupplied", "agreement", "track")
_CODE_LISTS = {
    "track": "track",
    "evidence_grade": "evidence_grade",
    "start_state": "start_state",
    "disposition": "disposition",
    "state": "state",
    "kind": "lead",
    "situation": "situation",
    "confidence": "confidence",
}
_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "article": cited,
    "clashes": contracts.clashes,
    "detail": grounds.in_words,
}
# What is most certain, and most land, is looked at first.
_CERTAIN = {code: place for place, code in enumerate(contracts.CODES["confidence"])}


@usage.command()
@which_run.list_options
def findings(**options: Any) -> None:
    """全部判定（待核实的除外） Every finding but the candidates, which are listed apart."""
    _list("finding", _all_but_candidates, "判定结果 Findings", options)


@usage.command()
@which_run.list_options
def candidates(**options: Any) -> None:
    """未报动工、待核实 Subjects without a reported start, to be verified on the ground."""
    _list("finding", _only_candidates, "待核实 Candidates", options)


@usage.command()
@which_run.list_options
def unsupplied(**options: Any) -> None:
    """批而未供地块 Pieces approved and not supplied, with what must happen to each."""
    _list("unsupplied", lambda rows: rows, "批而未供 Unsupplied", options)


@usage.command()
@which_run.list_options
def balance(**options: Any) -> None:
    """批文面积平衡 Approved = supplied + withdrawn + exempt + unsupplied + edge + sliver."""
    _list("balance", lambda rows: rows, "批文面积平衡 Balance", options)


@usage.command()
@which_run.list_options
def leads(**options: Any) -> None:
    """疑点线索 Contradictions to look at: 未批先供, 一地多供, 未供即用, 违规占用 and others."""
    _list("lead", _surest_first, "疑点线索 Leads", options)


@usage.command()
@which_run.list_options
@click.option("--year", type=int, help="该年的数 Figures of this year; else all")
@click.option("--park", metavar="CODE", help="开发区及其区块 A park and its blocks")
@click.option("--block", metavar="CODE", help="区块 A block")
@click.option("--subject", metavar="NO", help="一宗供地的建设强度 How densely a supply is built")
@pictures.options
def indicators(**options: Any) -> None:
    """园区与区块的指标 Figures of parks and blocks, of the day of the run and of each year.

    Of a supply: 容积率 and 建筑系数 by the buildings on it. With --chart and --out a picture for a
    report instead.
    """
    if pictures.is_asked(options):
        pictures.write(options)
        return

    def chosen(rows: pd.DataFrame) -> pd.DataFrame:
        is_supply = rows["place_kind"] == _SUPPLY
        if options["subject"] is not None:
            return _of(rows[is_supply], "place_code", options["subject"])
        rows = rows[~is_supply]
        for option, column in (("park", "park_code"), ("block", "block_code"), ("year", "year")):
            if options[option] is not None:
                rows = _of(rows, column, options[option])
        return rows

    _list("indicator", chosen, "指标 Indicators", options)


def _of(rows: pd.DataFrame, column: str, value: str | int) -> pd.DataFrame:
    """Return the rows of a place or year; UsageError where the run has none of it."""
    found = rows[rows[column].eq(value).fillna(False).to_numpy(bool)]
    if found.empty:
        there = sorted(rows[column].dropna().unique())
        some = "、".join(str(one) for one in there[:_NAMED]) or "无 none"
        raise UsageError(
            f"本次运行没有 {value} 的指标。 The run has no figures of {value}.",
            f"有的是 there are: {some}{' …' if len(there) > _NAMED else ''}",
        )
    return found


def _all_but_candidates(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out candidates; what somebody has to act on comes first, the longest due on top."""
    kept = rows[rows["outcome"] != "candidate"]
    order = [*choose.TARGETS["idle_land"], *choose.TARGETS["unsupplied"]]
    rank = kept["outcome"].map({outcome: place for place, outcome in enumerate(order)})
    return kept.assign(rank=rank.fillna(len(order))).sort_values(
        ["rank", "since_on", "subject"], na_position="last"
    )


def _only_candidates(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["outcome"] == "candidate"]


def _surest_first(rows: pd.DataFrame) -> pd.DataFrame:
    rank = rows["confidence"].map(_CERTAIN)
    named = result_tables.listed(rows["subjects"])
    return rows.assign(rank=rank, named=named).sort_values(
        ["rank", "kind", "area_m2", "named"], ascending=[True, True, False, True]
    )


def _list(
    table: str,
    chosen: Callable[[pd.DataFrame], pd.DataFrame],
    title: str,
    options: dict[str, Any],
) -> None:
    listed_as = table
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, options["run_id"], options["as_of"])
        rows = results.read(connection, run.id, table)
        if table == "unsupplied":
            asked = results.Asked({"rule": ["unsupplied"]})
            findings = results.read(connection, run, "finding", asked)
            rows = choose.unsupplied(findings, rows, run.as_of)
        if table == "finding":
            beside = ("holding", "unsupplied", "balance")
            told = {name: results.read(connection, run.id, name) for name in beside}
            rows, table = ledger.joined(rows, told, run.as_of), "ledger"
        rows = chosen(rows)
    total = run.counts.get("unsupplied_total") if table == "balance" else None
    published = result_tables.TABLES[table]
    if options["csv_path"]:
        delimited.write(rows, table, options["csv_path"])
    if options["as_json"]:
        listed = screen.rows_of(rows, published.names)
        left_out = run.counts.get("set_aside") or {"count": 0, "area_m2": 0.0}
        screen.say_json(
            {
                **{"run": run.id, "as_of": run.as_of, "purpose": run.purpose},
                **({"unsupplied_total": total} if table == "balance" else {}),
                **{"count": len(rows), "set_aside": left_out, "rows": listed},
            }
        )
        return
    wanted = _SHOWN.get(listed_as, tuple(published.names))
    by_name = {column.name: column for column in published.columns}
    shown = [by_name[name] for name in wanted if rows[name].notna().any()]
    screen.show(
        f"{title} · {which_run.title(run)} · {len(rows)} 行",
        [column.zh.removesuffix("代码").replace("（分）", "（元）") for column in shown],
        [
            [_cell(column, row) for column in shown]
            for row in rows.head(options["limit"]).to_dict("records")
        ],
        numeric=[n for n, column in enumerate(shown) if column.type in _NUMERIC],
        whole=[n for n, column in enumerate(shown) if column.type in _NUMERIC | {"day"}],
        goes_first=_places(_GOES_FIRST[listed_as], shown),
        elsewhere="--csv、--json",
    )
    if total:
        screen.say(counts.one_figure(total))
    if listed_as in _OF_APPROVALS and (words := counts.undated_words(run.counts)):
        screen.say(words)
    screen.warn_set_aside(run.counts)
    if len(rows) > options["limit"]:
        rest = len(rows) - options["limit"]
        screen.say(f"另有 {rest} 行：--limit 或 --csv · {rest} more rows: --limit or --csv")


def _number(value: float, row: Mapping[Any, Any], name: str) -> str:
    """Return a number; with the unit it has of its own, where the row tells one."""
    if f"{name}_unit" not in row:
        return f"{value:,.4f}"
    return f"{value:,.2f} {row[f'{name}_unit'] or ''}".strip()


def _places(names: Sequence[str], shown: Sequence[result_tables.Column]) -> list[int]:
    place = {column.name: n for n, column in enumerate(shown)}
    return [place[name] for name in names if name in place]


def _cell(column: result_tables.Column, row: Mapping[Any, Any]) -> str:
    value = screen.plain(row[column.name])
    if value is None:
        return ""
    if column.type == "area":
        # Of what is known in part only, the figure is the least it can be.
        is_part = "approved_m2" in row and column.name in balance_of.at_least(row["missing"])
        return f"{'≥ ' if is_part else ''}{value:,.2f}"
    if column.type == "money":
        return f"{units.yuan(value):,.2f}"
    if column.type == "number":
        return _number(value, row, column.name)
    if column.name.endswith("missing"):
        return contracts.facts(value)
    if column.name in _IN_WORDS:
        return _IN_WORDS[column.name](value)
    if column.name == "outcome":
        return contracts.label(result_tables.FINDINGS[row["rule"]].outcomes, value)
    if column.name == "next_event":
        return next(c[value][0] for c in map(contracts.CODES.get, _EVENTS) if c and value in c)
    if column.name == "name" and "place_code" in row:
        return contracts.label("indicator", value)
    if column.name in _CODE_LISTS:
        return contracts.label(_CODE_LISTS[column.name], value)
    return result_tables.BETWEEN.join(value) if column.type == "texts" else str(value)
