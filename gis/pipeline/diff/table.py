"""The rows of a difference: what each finding was, what it is, and the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gis import contracts, result_tables
from gis.arrays import objects
from gis.citation import choice, cited, without_keys
from gis.law import Value
from gis.pipeline.diff.match import Positions, changed_columns
from gis.pipeline.diff.steps import Followed
from gis.pipeline.diff.versions import EFFECTIVE, Fact, Versions, spoken_of

LAW, PROGRAM, REGION = "changed_law", "changed_program", "other_region"
TIME, ELSEWHERE = "time_passed", "fact_elsewhere"

Pair: TypeAlias = tuple[Value | None, Value | None]

_SHOWN = (
    "outcome track since_on next_on next_event area_m2 fee_fen fee_if_confirmed_fen missing clashes"
).split()
_UNITS = ("_on", "_m2", "_fen")


@dataclass(frozen=True)
class Reasons:
    """What may lie behind a change: rules in words of the contract, values of the law, records."""

    rules: Sequence[str]
    law: Sequence[Pair]
    days: tuple[date, date]
    note: str
    versions: Mapping[str, Versions]


def judging(changes: Sequence[Pair], rule: str | None = None) -> list[Pair]:
    """Return the changed values that findings (of a rule) are judged by."""
    rules = result_tables.FINDINGS
    groups = rules.values() if rule is None else [rules[rule]]
    prefixes = tuple(prefix for group in groups for prefix in group.law)
    return [pair for pair in changes if _key(pair).startswith(prefixes)]


def rows_of(
    before: pd.DataFrame, after: pd.DataFrame, followed: Followed, reasons: Reasons
) -> tuple[pd.DataFrame, list[list[Fact]]]:
    """Return the table `difference` in the order of rule and subject, and the facts of each row."""
    first, last = followed.first, followed.last
    both = np.flatnonzero((first >= 0) & (last >= 0))
    columns = changed_columns(before, after, first[both], last[both]).set_axis(both)
    differs = (first >= 0) != (last >= 0)
    differs[both] = columns.any(axis=1)
    place = np.flatnonzero(differs)
    was, now = _taken(before, first[place]), _taken(after, last[place])
    is_new, is_gone = first[place] < 0, last[place] < 0
    newest = {
        name: now[name].where(~is_gone, was[name])
        for name in ("rule", "subject", "name", "region_code", "block_code")
    }
    names = columns.reindex(place, fill_value=False)
    table = {
        "rule": newest["rule"],
        "subject": newest["subject"],
        # A piece numbered anew: under which number it was known.
        "subject_before": was["subject"].mask(is_new | (was["subject"] == now["subject"])),
        "name": newest["name"],
        "change": np.select([is_new, is_gone], ["appeared", "left"], "changed"),
        "fields": objects([tuple(columns.columns[row]) for row in names.to_numpy(bool)]),
    }
    for column in _SHOWN:
        unit = next((unit for unit in _UNITS if column.endswith(unit)), "")
        for side, word in ((was, "before"), (now, "after")):
            table[f"{column.removesuffix(unit)}_{word}{unit}"] = side[column]
    changed_at = followed.changed_at.loc[place]
    facts = _facts(was, now, changed_at, reasons.versions)
    told = [
        _reasons(rule, steps, own, reasons)
        for rule, steps, own in zip(
            newest["rule"], changed_at.to_dict("records"), facts, strict=True
        )
    ]
    rows = pd.DataFrame(table).assign(
        reasons=objects([tuple(dict.fromkeys(code for code, _ in own)) for own in told]),
        because=["\n".join(sentence for _, sentence in own) for own in told],
        region_code=newest["region_code"],
        block_code=newest["block_code"],
    )
    order = rows.sort_values(["rule", "subject", "change"], kind="stable").index
    rows = rows.loc[order, result_tables.TABLES["difference"].names].reset_index(drop=True)
    return rows, [facts[place] for place in order]


def _taken(findings: pd.DataFrame, at: Positions) -> pd.DataFrame:
    """Return the findings at positions, an empty row at -1."""
    shapes = np.append(findings["geom"].to_numpy(object), np.array([None], dtype=object))
    taken = findings.drop(columns="geom").reset_index(drop=True).reindex(at)
    return taken.reset_index(drop=True).assign(geom=shapes[at])


def _facts(
    was: pd.DataFrame,
    now: pd.DataFrame,
    changed_at: pd.DataFrame,
    versions: Mapping[str, Versions],
) -> list[list[Fact]]:
    """Return the records behind each row, of every step at which it changed."""
    facts: list[list[Fact]] = [[] for _ in range(len(was))]
    for step, changed in versions.items():
        here = changed_at[step].to_numpy(bool)
        sides = [side[here & side["subject"].notna().to_numpy(bool)] for side in (was, now)]
        spoken = pd.concat([spoken_of(changed, side) for side in sides]).drop_duplicates()
        for thing, fact in spoken.sort_values(["thing", "fact"]).itertuples(index=False):
            facts[thing].append(changed.fact(int(fact)))
    return facts


def _reasons(
    rule: str, steps: Mapping[Any, bool], facts: Sequence[Fact], reasons: Reasons
) -> list[tuple[str, str]]:
    """Return the reasons of one row: code and sentence, in the order they were tried."""
    told: list[tuple[str, str]] = []
    if steps.get("rules"):
        told += _rule_reasons(rule, reasons)
    dated = [fact for fact in facts if fact.change == EFFECTIVE]
    if steps.get("time"):
        one, two = reasons.days
        words = f"{contracts.label('reason', TIME)}：判定日 {one} → {two}"
        told.append((TIME, "\n".join([words, *(fact.sentence() for fact in dated)])))
    if steps.get("facts"):
        came = [fact for fact in facts if fact.change != EFFECTIVE]
        told += [(fact.change, fact.sentence()) for fact in came]
        if not came:
            told.append((ELSEWHERE, contracts.label("reason", ELSEWHERE)))
    return told


def _rule_reasons(rule: str, reasons: Reasons) -> list[tuple[str, str]]:
    told = []
    for code in reasons.rules:
        if code == LAW and not reasons.note:
            pairs = judging(reasons.law, rule) or reasons.law
            values = "；".join(f"{_name(p)} {_amount(p[0])} → {_amount(p[1])}" for p in pairs)
            told.append((LAW, f"{contracts.label('reason', LAW)}：{values}"))
        elif code == LAW:
            told.append((LAW, f"{contracts.label('reason', LAW)}：{reasons.note}"))
        else:
            told.append((code, contracts.label("reason", code)))
    return told


def _key(pair: Pair) -> str:
    return next(value.key for value in pair if value is not None)


def _name(pair: Pair) -> str:
    """Return what a value says in short, and the key to look it up by."""
    sides = [value for value in pair if value is not None]
    words = next((without_keys(one.wording_zh) for one in sides if one.wording_zh), "")
    return f"{words} [{_key(pair)}]".lstrip()


def _amount(value: Value | None) -> str:
    if value is None:
        return "无"
    place = f"，{value.region}" if value.region else ""
    said = choice(value.said, value.unit) or "“”"
    return f"{said}（《{value.title}》{cited(value.article)}{place}）"
