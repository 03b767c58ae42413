"""Records that two deliveries hold in different versions, and the findings they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis import contracts, fields
from gis.facts import link
from gis.facts.gather import Records
from gis.record_names import number_of

NEW, CORRECTED, ENDED, EFFECTIVE = "new_fact", "corrected_fact", "ended_fact", "effective_fact"
_OF_PLACES = frozenset({"parks", "blocks", "regions"})


@dataclass(frozen=True)
class Fact:
    """One record that came, was corrected, was ended, or is dated between the two days.

    `delivery` is the one it came with, for an ended record the one it had come with; `values` =
    column: (before, after).
    """

    kind: str
    key: str
    document: str | None
    change: str
    delivery: int
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def sentence(self) -> str:
        """Return the fact in Chinese: what came, from which delivery, each value before → after."""
        kind = fields.KINDS[self.kind]
        named = {"document", "supply_no", "phase"}
        name = self.document or self.key
        # A sighting goes by its day: that is what tells it from the others of its supply.
        days = [day for day in self.values.get(kind.effective, ()) if day is not None]
        if self.document is None and kind.effective in kind.key and days:
            name = str(days[-1])
            named.add(kind.effective)
        came = "原第" if self.change == ENDED else "第"
        head = f"{contracts.label('reason', self.change)}：{kind.title} {name}"
        head += f"（{came} {self.delivery} 次资料）"
        told = [self._value(name) for name in self.values if name not in named]
        return head + ("：" + "；".join(told) if told else "")

    def _value(self, name: str) -> str:
        if name == "geom":
            return "图形有变"
        column = fields.KINDS[self.kind].columns[name]
        before, after = (_words(value, column) for value in self.values[name])
        if self.change == CORRECTED:
            return f"{column.title} {before} → {after}"
        return f"{column.title} {before if self.change == ENDED else after}"


@dataclass(frozen=True)
class Versions:
    """Changed records (columns kind, key, change, was, now: positions in the frames of each side).

    `subjects`, `approvals` and `shapes` say what each of them (`fact` = its row) speaks of.
    """

    before: Records
    after: Records
    changed: pd.DataFrame
    subjects: pd.DataFrame
    approvals: pd.DataFrame
    shapes: pd.DataFrame

    def fact(self, row: int) -> Fact:
        """Return one changed record with its values."""
        kind, key, change, was, now = self.changed.iloc[row]
        if change == NEW and self.before.known_at == self.after.known_at:
            change = EFFECTIVE
        one = None if was < 0 else self.before.dated[kind].iloc[was]
        two = None if now < 0 else self.after.dated[kind].iloc[now]
        known = two if two is not None else one
        assert known is not None
        names = [*fields.KINDS[kind].columns, *(["geom"] if "geom" in known.index else [])]
        pairs = {n: (_plain(one, n), _plain(two, n)) for n in names if n in known.index}
        differs = {n: pair for n, pair in pairs.items() if not _same(*pair)}
        document = known.get("document")
        return Fact(
            kind=kind,
            key=str(key),
            document=document if isinstance(document, str) else None,
            change=str(change),
            delivery=int(known["from_delivery"]),
            values=differs,
        )


def versions(before: Records, after: Records) -> Versions:
    """Return what changed between two deliveries, or two days, in the records that count.

    A record that no longer counts on the day, or counts only now, has come or ended as well.
    """
    found = [_changed(kind, before.dated[kind], after.dated[kind]) for kind in after.dated]
    changed = pd.concat(found, ignore_index=True)
    supplies = [link.references(side.dated["supplies"]) for side in (before, after)]
    refs = pd.concat(supplies, ignore_index=True).drop_duplicates()
    subjects, approvals, shapes = [], [], []
    for kind, rows in changed.groupby("kind"):
        for side, column in ((before, "was"), (after, "now")):
            there = rows[rows[column] >= 0]
            records = side.dated[str(kind)].iloc[there[column]].assign(fact=there.index)
            subjects.append(_subjects(str(kind), records, refs))
            approvals.append(_approvals(records))
            if "geom" in records:
                shapes.append(records.loc[records["geom"].notna(), ["fact", "geom"]])
    return Versions(
        before,
        after,
        changed,
        _joined(subjects, ["fact", "subject"]),
        _joined(approvals, ["fact", "approval_no"]),
        pd.concat([pd.DataFrame({"fact": [], "geom": []}), *shapes], ignore_index=True),
    )


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Return the pairs of number and name (or number) once each, typed also where there is none."""
    known = [table[columns] for table in tables if len(table)]
    whole = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=columns)
    kinds = {name: "int64" if name in {"fact", "thing"} else "str" for name in columns}
    return whole.astype(kinds).drop_duplicates(ignore_index=True)


def _changed(kind: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    sides = [
        side[["key", "from_delivery"]].assign(**{column: np.arange(len(side))})
        for side, column in ((before, "was"), (after, "now"))
    ]
    both = sides[0].merge(sides[1], on="key", how="outer", suffixes=("_was", "_now"))
    both = both[both["from_delivery_was"].ne(both["from_delivery_now"]).fillna(True)]
    both = both.assign(kind=kind, change=CORRECTED)
    both.loc[both["was"].isna(), "change"] = NEW
    both.loc[both["now"].isna(), "change"] = ENDED
    both[["was", "now"]] = both[["was", "now"]].fillna(-1).astype("int64")
    return both[["kind", "key", "change", "was", "now"]]


def _subjects(kind: str, records: pd.DataFrame, refs: pd.DataFrame) -> pd.DataFrame:
    if kind == "supplies":
        return pd.DataFrame({"fact": records["fact"], "subject": records["key"]})
    if "supply_no" not in records:
        return pd.DataFrame({"fact": [], "subject": []})
    columns = ["fact", "supply_no", *(["phase"] if "phase" in records else [])]
    return link.join(records[columns], refs)[["fact", "subject"]]


def _approvals(records: pd.DataFrame) -> pd.DataFrame:
    named = [
        pd.DataFrame({"fact": records["fact"], "approval_no": records[column]})
        for column in ("approval_no", "approval_nos", "replaces")
        if column in records
    ]
    if not named:
        return pd.DataFrame({"fact": [], "approval_no": []})
    return pd.concat(named).explode("approval_no").dropna()


def spoken_of(versions: Versions, findings: pd.DataFrame) -> pd.DataFrame:
    """Return which changed records speak of which findings: columns thing (index), fact.

    By the supply or the approval they name; for land that was approved also by the ground they or
    their supplies cover; for a supply also where parks or blocks are drawn anew.
    """
    rows = findings[["rule", "subject", "approval", "geom"]].assign(thing=findings.index)
    is_piece = rows["rule"] == "unsupplied"
    named = rows[~is_piece].merge(versions.subjects, on="subject")
    pieces = rows[is_piece]
    number = pieces["approval"].map(number_of)
    of_approval = pieces.assign(approval_no=number).merge(versions.approvals, on="approval_no")
    # An event of a supply moves the ground its supply lies on.
    drawn = rows[~is_piece].dropna(subset=["geom"])[["subject", "geom"]]
    grounds = versions.subjects.merge(drawn, on="subject")[["fact", "geom"]]
    shapes = pd.concat([versions.shapes, grounds], ignore_index=True)
    is_place = shapes["fact"].map(versions.changed["kind"]).isin(_OF_PLACES)
    tables = [
        named,
        of_approval,
        _over(pieces, shapes),
        _over(rows[~is_piece], shapes[is_place.to_numpy(bool)]),
    ]
    return _joined(tables, ["thing", "fact"]).sort_values(["thing", "fact"])


def _over(rows: pd.DataFrame, shapes: pd.DataFrame) -> pd.DataFrame:
    here = rows[rows["geom"].notna()]
    if here.empty or shapes.empty:
        return pd.DataFrame({"thing": [], "fact": []})
    geoms = shapes["geom"].to_numpy(object)
    one, two = shapely.STRtree(geoms).query(here["geom"].to_numpy(object), predicate="intersects")
    # Neighbours touch: only those whose insides meet have land in common.
    meets = shapely.relate_pattern(here["geom"].to_numpy(object)[one], geoms[two], "T********")
    return pd.DataFrame(
        {
            "thing": here["thing"].to_numpy()[one[meets]],
            "fact": shapes["fact"].to_numpy()[two[meets]],
        }
    )


def _plain(record: pd.Series[Any] | None, name: str) -> Any:
    """Return a value as Python's own: None for unknown, a shape as its bytes."""
    if record is None or name not in record.index:
        return None
    value = record[name]
    if name == "geom":
        return None if value is None else shapely.to_wkb(value)
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if isinstance(value, np.generic) else value


def _same(one: Any, two: Any) -> bool:
    return bool(one == two)


def _words(value: Any, column: fields.Column) -> str:
    if value is None:
        return "空"
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.type == "money":
        return f"{value / 100:,.2f} 元"
    if column.type == "area":
        return f"{value:,.2f} 平方米"
    return column.codes[value][0] if value in column.codes else str(value)
