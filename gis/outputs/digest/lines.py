"""What a night has to tell, line by line: each with number, place, day, words and the way to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from gis import contracts
from gis.fields import KINDS
from gis.outputs.digest.settings import SETTINGS
from gis.result_tables import FINDINGS, LANDS

COLUMNS = (
    *("section", "subject", "name", "region_code", "block_code", "on", "from_on", "area_m2"),
    *("zh", "en", "more_zh", "more_en", "article"),
    *("link", "file", "delivery", "upload", "is_for_all", *LANDS),
)
"""`section`: a code of the list `digest`; `on`: the day it is about, of what comes the last day on
which something can be done; `from_on`: where the law itself brings something then, the day after;
`zh`, `en`: what it is; `more_zh`, `more_en`: what else is to be said of it; `article`: what it
rests on, as the law book numbers it; `link`: relative to the service; `file`: in the folder of the
night; `delivery`, `upload`: where a line is for whoever sees that, and not by land; `is_for_all`:
it names nobody. `wording` makes sentences of them."""
# Said of whom nobody has seen yet: what would follow is not said as if it were certain.
_UNSEEN = frozenset({"not_due", "overdue", "candidate"})
_LANGUAGES = ("zh", "en")
_ANYWHERE = ("region_code", "block_code", *LANDS)


@dataclass(frozen=True)
class Night:
    """What a night found, as frames; a digest is made of nothing else.

    day, run: the day judged, the number of its run. before_on, before_run: the last good night,
    None for the first. difference: table `difference` with the columns `LANDS`. coming: table
    `calendar` with `last_on` (the last day on which something can be done), `matter` (what falls
    due, without the note) and `LANDS`, from the day itself on, and what fell due since the night
    before. deliveries, held: tables of the store.
    uploads: id, name, kind, received_on. set_aside: that result. trouble: zh, en, on, link,
    is_for_all.
    maps: block -> its map in the folder of the night, "" for what lies in no block.
    """

    day: date
    run: int
    before_on: date | None
    before_run: int | None
    difference: pd.DataFrame
    coming: pd.DataFrame
    deliveries: pd.DataFrame
    held: pd.DataFrame
    uploads: pd.DataFrame
    set_aside: pd.DataFrame
    trouble: pd.DataFrame
    maps: Mapping[str, str] = field(default_factory=dict)


def lines(night: Night) -> pd.DataFrame:
    """Return one row per thing to be told, `COLUMNS`, in the order in which it is told."""
    parts = [
        _changes(night),
        _deliveries(night),
        _coming(night),
        _held(night),
        _uploads(night),
        _set_aside(night),
        _trouble(night),
    ]
    told = pd.concat([part.reindex(columns=[*COLUMNS]).astype(object) for part in parts])
    places = {code: place for place, code in enumerate(contracts.CODES["digest"])}
    order = told["section"].map(places)
    told = told.assign(order=order).sort_values("order", kind="stable", ignore_index=True)
    told = told.drop(columns="order")
    told["is_for_all"] = told["is_for_all"].eq(True)
    return told.where(told.notna(), None)


def sections_ahead() -> list[tuple[str, int, int]]:
    """Return the sections of what comes: code, and the days ahead it begins and ends with.

    >>> sections_ahead()
    [('due_now', 0, 0), ('due_first', 1, 7), ('due_second', 8, 30), ('due_third', 31, 90)]
    """
    ends = [0, *SETTINGS.horizons_days]
    codes = ("due_first", "due_second", "due_third")
    ahead = [(code, ends[n] + 1, ends[n + 1]) for n, code in enumerate(codes)]
    return [("due_now", 0, 0), *ahead]


def _changes(night: Night) -> pd.DataFrame:
    rows = night.difference.reset_index(drop=True)
    was, now = _is_listed(rows, "before"), _is_listed(rows, "after")
    moved = _differs(rows, "outcome") | _differs(rows, "track")
    section = np.select(
        [now & ~was, was & ~now, was & now & moved], ["appeared", "left", "track"], "other"
    )
    table = pd.DataFrame(
        {
            "section": section,
            "subject": rows["subject"],
            "name": rows["name"],
            **{name: rows[name] for name in _ANYWHERE},
            "on": rows["since_after_on"].where(now, None).astype(object),
            "area_m2": rows["area_after_m2"].where(
                rows["change"] != "left", rows["area_before_m2"]
            ),
        }
    )
    told = rows.to_dict("records")
    for language in _LANGUAGES:
        table[language] = [
            _state(row, "after", language) or contracts.label("change", "left", language)
            for row in told
        ]
        table[f"more_{language}"] = [_change_words(row, language) for row in told]
    runs = np.where(rows["change"] == "left", night.before_run or night.run, night.run)
    table["link"] = [
        f"/basis/{_quoted(subject)}?run={run}"
        for subject, run in zip(rows["subject"], runs, strict=True)
    ]
    return _with_maps(table, night)


def _is_listed(rows: pd.DataFrame, side: str) -> pd.Series[bool]:
    found = pd.Series(False, index=rows.index)
    for rule, outcomes in SETTINGS.listed.items():
        found |= (rows["rule"] == rule) & rows[f"outcome_{side}"].isin([*outcomes])
    return found


def _differs(rows: pd.DataFrame, name: str) -> pd.Series[bool]:
    one, two = (rows[f"{name}_{side}"].astype(object) for side in ("before", "after"))
    return one.where(one.notna(), "") != two.where(two.notna(), "")


def _change_words(row: Mapping[Any, Any], language: str) -> str | None:
    """Return since when a finding is what it is, what it was, and the kinds of reason."""
    chinese = language == "zh"
    was, now = (_state(row, side, language) for side in ("before", "after"))
    because = ("、" if chinese else ", ").join(
        contracts.label("reason", code, language) for code in row["reasons"] or ()
    )
    fee = row["fee_after_fen"]
    parts = []
    if _is_told(row["since_after_on"]):
        day = f"{row['since_after_on']:%Y-%m-%d}"
        parts.append(f"自 {day} 起" if chinese else f"since {day}")
    if _is_told(fee):
        parts.append(f"闲置费 {fee / 100:,.2f} 元" if chinese else f"fee {fee / 100:,.2f} yuan")
    if was and was != now:
        parts.append(f"原为{was}" if chinese else f"was: {was}")
    if because:
        parts.append(f"因{because}" if chinese else f"because: {because}")
    return ("；" if chinese else "; ").join(parts) or None


def _state(row: Mapping[Any, Any], side: str, language: str) -> str:
    outcome, track = row[f"outcome_{side}"], row[f"track_{side}"]
    if not _is_told(outcome):
        return ""
    words = contracts.label(FINDINGS[row["rule"]].outcomes, outcome, language)
    if not _is_told(track):
        return words
    way = contracts.label("track", track, language)
    if outcome in _UNSEEN:
        return f"{words}（核实后：{way}）" if language == "zh" else f"{words} (if confirmed: {way})"
    return f"{words}，{way}" if language == "zh" else f"{words}, {way}"


def _coming(night: Night) -> pd.DataFrame:
    rows = night.coming[night.coming["kind"] != "warning"].reset_index(drop=True)
    last_on = pd.to_datetime(rows["last_on"])
    ahead = (last_on - pd.Timestamp(night.day)).dt.days
    section = pd.Series(None, index=rows.index, dtype=object)
    for code, least, most in sections_ahead():
        # What fell due while no night was made is told too, as due.
        start = -np.inf if code == "due_now" else least
        section = section.mask((ahead >= start) & (ahead <= most), code)
    told = rows.to_dict("records")
    table = pd.DataFrame(
        {
            "section": section,
            "subject": rows["subject"],
            "name": rows["name"],
            **{name: rows[name] for name in _ANYWHERE},
            "on": last_on,
            # A step begins on the day after the last on which it can be met.
            "from_on": pd.to_datetime(rows["on"]).where(rows["on"] != rows["last_on"]),
            "area_m2": rows["area_m2"],
            "zh": rows["matter"],
            "en": [_coming_english(row) for row in told],
            "more_zh": rows["note"],
            "article": rows["article"],
            "link": [f"/basis/{_quoted(name)}?run={night.run}" for name in rows["subject"]],
        }
    )
    table = table[table["section"].notna()].sort_values(["on", "subject"], kind="stable")
    return _with_maps(table, night)


def _coming_english(row: Mapping[Any, Any]) -> str:
    paper = f" ({row['document']})" if _is_told(row["document"]) else ""
    return f"{contracts.label('calendar', row['kind'], 'en')}{paper}{_brings(row)}"


def _brings(row: Mapping[Any, Any]) -> str:
    """Return what follows from the day, in English, where the Chinese description says it."""
    event = row["event"]
    if not _is_told(event) or event in {"overdue", "stopped"}:
        return ""
    lists = ("unsupplied",) if row["rule"] == "unsupplied" else ("track", "outcome", "unsupplied")
    code_list = next(name for name in lists if event in contracts.CODES[name])
    doubt = " (start not reported, to be verified)" if row["outcome"] in _UNSEEN else ""
    return f": {contracts.label(code_list, event, 'en')}{doubt}"


def _deliveries(night: Night) -> pd.DataFrame:
    rows = night.deliveries.sort_values("number")

    def words(row: Mapping[Any, Any], language: str) -> str:
        kind = _kind(row["kind"], language)
        counts = [(zh, en, row[name]) for name, zh, en in _COUNTS if row[name]]
        if language == "zh":
            told = "，".join(f"{zh} {count}" for zh, _, count in counts)
            return f"第 {row['number']} 次资料 {row['name']}（{kind}）：{told or '没有变化'}"
        told = ", ".join(f"{en} {count}" for _, en, count in counts)
        return f"delivery {row['number']} {row['name']} ({kind}): {told or 'nothing changed'}"

    return _of_deliveries(rows, "delivery", rows["number"], rows["name"], rows["loaded_at"], words)


_COUNTS = (
    ("added", "新增", "added"),
    ("replaced", "替换", "replaced"),
    ("ended", "终止", "ended"),
    ("rejected", "拒收", "rejected"),
    ("held", "搁置待定", "held"),
    ("unchanged", "未变", "unchanged"),
)


def _held(night: Night) -> pd.DataFrame:
    rows = night.held.sort_values(["delivery", "row_no"])

    def words(row: Mapping[Any, Any], language: str) -> str:
        # Its message may name a record that lies outside the land of whoever is told.
        label = contracts.label("issue", row["code"], language)
        number, file, place = row["delivery"], row["file"], row["row_no"]
        if language == "zh":
            return f"第 {number} 次资料 {file} 第 {place} 行：{label}"
        return f"delivery {number}, {file}, row {place}: {label}"

    table = _of_deliveries(rows, "held", rows["delivery"], rows["value"], None, words)
    return table.assign(link="/api/v1/held")


def _of_deliveries(
    rows: pd.DataFrame,
    section: str,
    numbers: pd.Series,
    subjects: pd.Series,
    at: pd.Series | None,
    words: Callable[[Mapping[Any, Any], str], str],
) -> pd.DataFrame:
    told = rows.to_dict("records")
    return pd.DataFrame(
        {
            "section": section,
            "subject": subjects,
            "on": None if at is None else at,
            "link": [f"/api/v1/deliveries/{number}" for number in numbers],
            "delivery": numbers,
            **{language: [words(row, language) for row in told] for language in _LANGUAGES},
        },
        index=rows.index,
    )


def _uploads(night: Night) -> pd.DataFrame:
    rows = night.uploads
    return pd.DataFrame(
        {
            "section": "upload",
            "subject": rows["name"],
            "on": rows["received_on"],
            "zh": [f"{_kind(kind, 'zh')}，等候采用或删除" for kind in rows["kind"]],
            "en": [f"{_kind(kind, 'en')}, to be accepted or discarded" for kind in rows["kind"]],
            "link": [f"/api/v1/uploads/{number}" for number in rows["id"]],
            "upload": rows["id"],
        },
        index=rows.index,
    )


def _set_aside(night: Night) -> pd.DataFrame:
    rows = night.set_aside

    def words(row: Mapping[Any, Any], language: str) -> str:
        reason = contracts.label("aside_reason", row["reason"], language)
        number = "—" if not _is_told(row["delivery"]) else str(int(row["delivery"]))
        place = "—" if not _is_told(row["row_no"]) else str(int(row["row_no"]))
        file = row["file"] if _is_told(row["file"]) else "—"
        kind = _kind(row["kind"], language)
        if language == "zh":
            return f"{kind}：{reason}；第 {number} 次资料 {file} 第 {place} 行，不在任何合计内"
        return f"{kind}: {reason}; delivery {number}, {file}, row {place}; in no total"

    told = rows.to_dict("records")
    return pd.DataFrame(
        {
            "section": "set_aside",
            "subject": rows["key"],
            "area_m2": rows["area_m2"],
            **{name: rows[name] for name in _ANYWHERE},
            "link": [
                f"/api/v1/deliveries/{int(number)}" if _is_told(number) else None
                for number in rows["delivery"]
            ],
            **{language: [words(row, language) for row in told] for language in _LANGUAGES},
        },
        index=rows.index,
    )


def _trouble(night: Night) -> pd.DataFrame:
    return night.trouble.assign(section="trouble")


def _with_maps(table: pd.DataFrame, night: Night) -> pd.DataFrame:
    codes = table["block_code"].astype(object).fillna("")
    files = [_map(night, str(code)) for code in codes]
    return table.assign(file=pd.Series(files, index=table.index, dtype=object))


def _map(night: Night, block: str) -> str | None:
    return night.maps[block] if block in night.maps else night.maps.get("")


def _kind(name: str, language: str) -> str:
    return KINDS[name].title if language == "zh" and name in KINDS else name


def _quoted(subject: str) -> str:
    return quote(subject, safe="/")


def _is_told(value: Any) -> bool:
    return value is not None and value == value and value is not pd.NaT and value is not pd.NA
