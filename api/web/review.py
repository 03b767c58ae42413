"""What is shown of a file that was sent: findings row by row, its rows drawn, what would become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from api.web import language, named
from api.web.language import Language
from api.web.table import Column, Table
from gis import contracts
from gis.accounts import uploads
from gis.accounts.uploads import Upload
from gis.fields import KINDS

_SEVERITIES = ("error", "warning", "note")
_LINES = (
    Column("row", "行"),
    Column("severity", "等级", "severity"),
    Column("field", "字段"),
    Column("said", "问题"),
    Column("mend", "怎样改"),
)
# So many findings a page shows; all of them stand in the workbook.
_MOST_LINES = 200
# A number on the map is readable for so many rows.
_MOST_MARKS = 150
_MAP_PIXELS = 500
# So much of their width stands free beside rows that are looked at.
_ROOM = 0.15
# What of a proposal of the doctor can be chosen with a click, and what it changes.
_OPTION = re.compile(r"\w --(crs|encoding|layer|map)( \S+=\S+)? \w\w")
# A column of the file that was read as nothing; its header is the value.
_UNREAD = frozenset({"unmapped_header", "lost_column"})
_CHOSEN = {"--fix": "fixes", "--crs": "crs"}


def told(found: Upload, severity: str | None, tongue: Language) -> dict[str, Any]:
    """Return what the page of an upload shows besides the file itself."""
    report = found.report or {}
    check, outcome = report.get("check") or {}, report.get("outcome") or {}
    lines: list[Mapping[str, Any]] = report.get("lines") or []
    shown = [one for one in lines if severity in (None, one["severity"])]
    counts = {name: int((check.get("severities") or {}).get(name, 0)) for name in _SEVERITIES}
    total = sum(counts.values()) if severity is None else counts[severity]
    rows = [line(one, found.kind, tongue) for one in shown[:_MOST_LINES]]
    return {
        "check": check,
        "outcome": outcome,
        "problem": _problem(report, tongue),
        "severity": severity,
        "counts": counts,
        "lines": Table(_LINES, rows, total, row_key="key", empty=_empty(severity)),
        "has_more": total > len(rows),
        "mapping": mapping(check.get("mapping") or {}, found.kind, tongue),
        "headers": _headers(check.get("mapping") or {}, lines, found),
        "columns": {one.name: named.field(found.kind, one.name, tongue)
                    for one in KINDS[found.kind].columns.values() if one.month_of is None},
        "left_out": [language.one_of(one, tongue) for one in check.get("left_out") or ()],
        "proposals": _proposals(lines, found, tongue),
        "drawing": _drawing(report.get("drawing"), lines),
        "may_accept": found.state == uploads.CHECKED,
        "taken": sum(int(outcome.get(name) or 0) for name in ("added", "replaced", "unchanged")),
        "how": {name: str(found.how[name]) for name in ("layer", "crs", "encoding")
                if found.how.get(name)},
    }  # fmt: skip


def line(issue: Mapping[str, Any], kind: str, tongue: Language) -> dict[str, Any]:
    """Return an issue of a row as a table shows it; its sentence is Chinese, its label both."""
    row = issue["row_no"]
    label = contracts.label("issue", str(issue["code"]).partition(":")[0], tongue)
    value = f": {issue['value']}" if issue["value"] and issue["value"].isascii() else ""
    is_whole = row is None
    return {
        "key": "" if is_whole else int(row),
        "row": language.said("整份", tongue) if is_whole else f"{int(row)}",
        "severity": issue["severity"],
        "field": named.field(kind, issue["field"], tongue),
        "said": issue["message"] if tongue == "zh" else f"{label}{value}",
        "mend": _mend(issue) if tongue == "zh" else (issue.get("proposal") or "—"),
    }


def _mend(issue: Mapping[str, Any]) -> str:
    """Return what mends an issue; an option of the command is a field of the page."""
    return _OPTION.sub("在“换一种读法”里写明", issue["fix"] or "—")


def mapping(headers: Mapping[str, str], kind: str, tongue: Language) -> list[tuple[str, str]]:
    """Return header of the file -> what it was read as."""
    return [(head, named.field(kind, column, tongue)) for head, column in headers.items()]


def _headers(
    read_as: Mapping[str, str], lines: Sequence[Mapping[str, Any]], found: Upload
) -> list[dict[str, Any]]:
    """Return the headers of the file with what each was read as, and whether a person said so."""
    unread = [str(one["value"]) for one in lines if one["code"] in _UNREAD and one["value"]]
    by_hand = found.how.get("map") or {}
    heads = {**read_as, **{head: "" for head in unread if head not in read_as}}
    return [{"head": head, "column": column, "is_said": head in by_hand}
            for head, column in heads.items()]  # fmt: skip


def _problem(report: Mapping[str, Any], tongue: Language) -> dict[str, str] | None:
    problem = report.get("problem")
    if problem is None:
        return None
    return {name: language.one_of(str(problem[name]), tongue) for name in ("found", "mend")}


def _empty(severity: str | None) -> tuple[str, str]:
    if severity is None:
        return ("没有问题", "每一行都可以接收")
    return ("没有这一等级的问题", "看全部")


def _proposals(
    lines: list[Mapping[str, Any]], found: Upload, tongue: Language
) -> list[dict[str, Any]]:
    """Return the repairs the doctor proposes and a person may choose, each once."""
    counted: dict[str, dict[str, Any]] = {}
    for one in lines:
        option, _, value = str(one.get("proposal") or "").partition(" ")
        if option not in _CHOSEN or not value or "…" in value:
            continue
        label = contracts.label("issue", str(one["code"]), tongue)
        entry = counted.setdefault(
            f"{option} {value}",
            {"how": _CHOSEN[option], "value": value, "label": label, "count": 0},
        )
        entry["count"] += 1
    known = [{"how": "fixes", "value": one, "label": "", "count": 0, "is_chosen": True}
             for one in found.how.get("fixes") or ()]  # fmt: skip
    return [*known, *counted.values()]


def _look(view: Sequence[float], marked: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return what is looked at first: the rows with findings that lie in the view, with room."""
    left, top, width, height = view
    boxes = [
        one["box"]
        for one in marked
        if left <= one["at"][0] <= left + width and top <= one["at"][1] <= top + height
    ]
    if not boxes:
        return [*view]
    west, north = (min(box[at] for box in boxes) for at in (0, 1))
    east, south = (max(box[at] for box in boxes) for at in (2, 3))
    room = max(east - west, south - north) * _ROOM
    return [west - room, north - room, east - west + 2 * room, south - north + 2 * room]


def _drawing(
    drawn: Mapping[str, Any] | None, lines: list[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return the rows as they are drawn: each by the gravest that was found of it."""
    if drawn is None:
        return None
    gravest: dict[int, str] = {}
    for one in lines:  # the gravest first
        if one["row_no"] is not None:
            gravest.setdefault(int(one["row_no"]), str(one["severity"]))
    shapes = [{**one, "severity": gravest.get(one["row"], "none")} for one in drawn["shapes"]]
    # What is wrong lies above what is not, so that it can be pointed at.
    order = {name: -place for place, name in enumerate((*_SEVERITIES, "none"))}
    shapes.sort(key=lambda one: order[one["severity"]])
    marked = [one for one in shapes if one["severity"] != "none"][-_MOST_MARKS:]
    look = _look(drawn["view"], marked)
    return {
        "view": drawn["view"],
        "look": look,
        "scale": max(look[2], look[3]) / _MAP_PIXELS,
        "per_metre": drawn["per_metre"],
        "count": drawn["count"],
        "shapes": shapes,
        "marks": marked,
        "found": {name: sum(one["severity"] == name for one in shapes) for name in _SEVERITIES},
    }
