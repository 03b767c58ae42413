"""An export of the national system laid beside our list: pure, each row with what became of it.

What is only theirs says why we do not list it, what is only ours since when we do. A number is
matched as it is compared (`gis.identifiers`), and by nothing else: one that is near is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import identifiers, units
from gis.fields import Column
from gis.national.lists import Listing
from gis.record_names import JOINT

EQUAL, DIFFERENT, THEIRS, OURS = "equal", "different", "theirs_only", "ours_only"
OUTSIDE, DUPLICATE, UNREADABLE = "outside", "duplicate", "unreadable"
STATES = (DIFFERENT, THEIRS, OURS, EQUAL, OUTSIDE, DUPLICATE, UNREADABLE)
COLUMNS = ("place", "state", "why", "key", "row_no", "name", "region_code", "outcome", "since_on",
           "fields", "theirs", "ours", "near", "same_row", "notes")  # fmt: skip
# The last digit a register prints of money in 万元: 1 元.
_MONEY_TOLERANCE_FEN = 100
# With more numbers than that only those that look alike are told, not those a sign apart.
_THOROUGH_COUNT = 20_000
_NAMES = ("project_name", "batch")
Strings = Sequence[str]
Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Export:
    """Their rows: `key`, `row_no` and columns of the kind; what could not be read of them.

    `has`: the columns the file has. `refused`: row_no, key, message and fix of rows that could
    not be read; `doubtful`: row_no and message of cells that could not.
    """

    rows: pd.DataFrame
    has: frozenset[str]
    refused: pd.DataFrame
    doubtful: pd.DataFrame


@dataclass(frozen=True)
class Own:
    """Our records: `key`, `number`, `contract_no`, `name`, `region_code`, `outcome`, `since_on`,
    `is_listed` (on our list), `is_inside` (of the land that may be seen), and what is compared.

    `starts`: what the codes of the regions that may be seen begin with, None for all land.
    """

    rows: pd.DataFrame
    starts: frozenset[str] | None = None


def compare(listing: Listing, export: Export, own: Own) -> pd.DataFrame:
    """Return one row for each of theirs and each of ours they lack: the columns `COLUMNS`."""
    compared = [name for name in listing.compared if name in export.has]
    theirs = export.rows.reset_index(drop=True)
    same, first = _same_rows(theirs, compared)
    matches = _matched(theirs, own.rows, has_batches="batch" in listing.kind.key)
    met = {place for one in matches.places.values() for place in one}
    near = _near(theirs, matches, own, met)
    ours = _rows_of(own.rows)
    lines: list[dict[str, Any]] = []
    notes = _notes(export.doubtful)
    for at, row in enumerate(_rows_of(theirs)):
        line = _line(row, compared, notes, first[at])
        lines.append(line)
        if same[at]:
            line["state"] = DUPLICATE
        elif at in matches.places:
            _beside(line, row, [ours[one] for one in matches.places[at]], listing, compared)
        else:
            _alone(line, row, near.get(at), at in matches.in_parts, own)
    lines += _refused(export)
    lines.sort(key=lambda one: one["row_no"])
    is_ours = own.rows["is_listed"] & own.rows["is_inside"]
    for place in np.flatnonzero(is_ours.to_numpy(dtype=bool)).tolist():
        if place not in met:
            lines.append(_ours(ours[place], compared))
    frame = pd.DataFrame(lines, columns=[*COLUMNS])
    frame["place"] = np.arange(1, len(frame) + 1)
    return frame


def _rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


@dataclass(frozen=True)
class _Matches:
    """Row of theirs -> the records of ours that are the same; those that are only in parts."""

    places: Mapping[int, list[int]]
    in_parts: Mapping[int, list[int]]


def _matched(theirs: pd.DataFrame, ours: pd.DataFrame, *, has_batches: bool) -> _Matches:
    """Match by key; then by a number that only one row and only one record, or its parts, bear."""
    by_key = {key: place for place, key in enumerate(ours["key"])}
    places = {at: [by_key[key]] for at, key in enumerate(theirs["key"]) if key in by_key}
    taken = {place for one in places.values() for place in one}
    numbers = theirs["key"].str.partition(JOINT)[0]
    own_numbers = ours["key"].str.partition(JOINT)[0]
    of_number = own_numbers.groupby(own_numbers).indices
    by_contract = ours["contract_no"].dropna()
    of_contract = by_contract.groupby(by_contract).groups
    once = numbers.groupby(numbers).transform("size") == 1
    in_parts: dict[int, list[int]] = {}
    for at, (key, number) in enumerate(zip(theirs["key"], numbers, strict=True)):
        if at in places:
            continue
        parts = [int(one) for one in of_number.get(number, ()) if one not in taken]
        if not parts and "contract_no" in theirs and pd.isna(_cell(theirs, at, "supply_no")):
            parts = [int(one) for one in of_contract.get(number, ())]
            if len(parts) == 1 and once[at]:
                places[at] = parts
                continue
        if not parts:
            continue
        # What names no batch speaks of the whole approval; phases are contracts of their own.
        is_whole = key == number or {ours["key"].iloc[one] for one in parts} == {number}
        if is_whole and once[at] and has_batches:
            places[at] = parts
        else:
            in_parts[at] = parts
    return _Matches(places, in_parts)


def _cell(frame: pd.DataFrame, at: int, name: str) -> Any:
    return frame[name].iloc[at] if name in frame else None


def _same_rows(
    theirs: pd.DataFrame, compared: Strings
) -> tuple[npt.NDArray[np.bool_], list[int | None]]:
    """Return which rows say what an earlier one of the number says, and that row's number."""
    is_copy = theirs.duplicated(["key", *compared], keep="first").to_numpy(dtype=bool)
    firsts = theirs.groupby("key", sort=False)["row_no"].transform("first")
    told: list[int | None] = [
        None if first == row else int(first)
        for first, row in zip(firsts, theirs["row_no"], strict=True)
    ]
    return is_copy, told


def _near(theirs: pd.DataFrame, matches: _Matches, own: Own, met: set[int]) -> dict[int, list[str]]:
    """Return for rows without a match the numbers of ours they may have meant."""
    found: dict[int, list[str]] = {}
    alone = [at for at in range(len(theirs)) if at not in matches.places]
    free = np.ones(len(own.rows), dtype=bool)
    free[[*met]] = False
    seen = own.rows[own.rows["is_inside"].to_numpy(dtype=bool) & free]
    keys = theirs["key"].iloc[alone]
    is_thorough = len(keys) + len(seen) <= _THOROUGH_COUNT
    near = identifiers.near(keys[keys != ""], seen["key"], is_thorough=is_thorough)
    contracts = seen.dropna(subset="contract_no").groupby("contract_no")["key"].agg(list)
    for at in alone:
        key = theirs["key"].iloc[at]
        inside = own.rows["is_inside"]
        parts = [own.rows["key"].iloc[one] for one in matches.in_parts.get(at, ())
                 if inside.iloc[one]]  # fmt: skip
        contract = _cell(theirs, at, "contract_no")
        told = [*parts, *contracts.get(contract, []), *near.get(key, [])]
        if told:
            found[at] = [*dict.fromkeys(told)][:3]
    return found


def _line(
    row: Mapping[str, Any], compared: Strings, notes: Mapping[int, list[str]], first: int | None
) -> dict[str, Any]:
    name = next((row[one] for one in _NAMES if _is_known(row.get(one))), None)
    region = row.get("region_code")
    return {
        "place": 0, "state": THEIRS, "why": None, "key": row["key"], "row_no": int(row["row_no"]),
        "name": name, "region_code": region if _is_known(region) else None, "outcome": None,
        "since_on": None, "fields": [], "theirs": _told(row, compared), "ours": None, "near": [],
        "same_row": first, "notes": notes.get(int(row["row_no"]), []),
    }  # fmt: skip


def _beside(
    line: dict[str, Any], row: Mapping[str, Any], met: Records, listing: Listing,
    compared: Strings,
) -> None:  # fmt: skip
    """Tell a row of theirs beside what is the same of ours."""
    if not all(one["is_inside"] for one in met):
        line["state"] = OUTSIDE
        return
    one = _together(met, listing, compared)
    line |= _known(one)
    line["ours"] = _told(one, compared)
    line["fields"] = [
        name for name in compared
        if not _is_same(listing.kind.columns[name], listing, row.get(name), one.get(name))
    ]  # fmt: skip
    if len(met) > 1:
        line["near"] = [each["key"] for each in met]
    if not one["is_listed"]:
        line["state"], line["why"] = THEIRS, "judged" if _is_known(one["outcome"]) else "unjudged"
    else:
        line["state"] = DIFFERENT if line["fields"] else EQUAL


def _together(met: Records, listing: Listing, compared: Strings) -> Mapping[str, Any]:
    """Return several records as one: areas added, what is not the same of all unknown."""
    if len(met) == 1:
        return met[0]
    listed = [each for each in met if each["is_listed"]]
    one = {**(listed or met)[0], "is_listed": bool(listed)}
    for name in compared:
        values = [each[name] for each in met]
        if listing.kind.columns[name].type == "area":
            one[name] = sum(values) if all(map(_is_known, values)) else None
        elif any(not _is_equal(value, values[0]) for value in values):
            one[name] = None
    return one


def _is_equal(one: Any, other: Any) -> bool:
    return one == other or not (_is_known(one) or _is_known(other))


def _alone(
    line: dict[str, Any], row: Mapping[str, Any], near: list[str] | None, is_in_parts: bool,
    own: Own,
) -> None:  # fmt: skip
    """Tell a row of theirs that no record of ours is the same as."""
    line["near"] = near or []
    if near:
        line["why"] = "in_parts" if is_in_parts else "near"
    elif (own.starts is not None and not _lies_in(row, own.starts)) or is_in_parts:
        line["state"] = OUTSIDE
    else:
        line["why"] = "not_recorded"


def _lies_in(row: Mapping[str, Any], starts: frozenset[str]) -> bool:
    """Return whether a row says that it is of these regions; a number begins with its county."""
    said = row.get("region_code")
    code = str(said) if _is_known(said) else str(row["key"])[:6]
    return code.isdigit() and any(code.startswith(start) for start in starts)


def _ours(row: Mapping[str, Any], compared: Strings) -> dict[str, Any]:
    return {
        "place": 0, "state": OURS, "why": None, "key": row["key"], "row_no": None, "fields": [],
        "theirs": None, "ours": _told(row, compared), "near": [], "same_row": None, "notes": [],
        **_known(row),
    }  # fmt: skip


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record of ours stands beside any row."""
    told = {name: row.get(name) for name in ("name", "region_code", "outcome", "since_on")}
    return {name: value if _is_known(value) else None for name, value in told.items()}


def _refused(export: Export) -> list[dict[str, Any]]:
    told = export.refused.groupby("row_no", sort=True)
    return [
        {
            "place": 0, "state": UNREADABLE, "why": None, "key": str(rows["key"].iloc[0] or ""),
            "row_no": int(rows["row_no"].iloc[0]), "name": None, "region_code": None,
            "outcome": None, "since_on": None, "fields": [], "theirs": None, "ours": None,
            "near": [], "same_row": None, "notes": [*dict.fromkeys(rows["message"])],
        }
        for _, rows in told
    ]  # fmt: skip


def _notes(doubtful: pd.DataFrame) -> dict[int, list[str]]:
    return {
        int(rows["row_no"].iloc[0]): [*dict.fromkeys(rows["message"])]
        for _, rows in doubtful.groupby("row_no", sort=False)
    }


def _is_same(column: Column, listing: Listing, theirs: Any, ours: Any) -> bool:
    known = _is_known(theirs), _is_known(ours)
    if not all(known):
        return not any(known)
    if column.type == "area":
        most = max(units.AREA_TOLERANCE_M2, listing.share * float(ours))
        return abs(float(theirs) - float(ours)) <= most + 1e-6
    if column.type == "money":
        return bool(abs(int(theirs) - int(ours)) <= _MONEY_TOLERANCE_FEN)
    if column.type in ("day", "day_end"):
        return bool(pd.Timestamp(theirs) == pd.Timestamp(ours))
    return identifiers.key(str(theirs)) == identifiers.key(str(ours))


def _told(row: Mapping[str, Any], compared: Strings) -> dict[str, Any]:
    """Return values as they are kept: days as ISO text, figures as numbers, unknown None."""
    return {name: _plain(row.get(name)) for name in compared}


def _plain(value: Any) -> Any:
    if not _is_known(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def _is_known(value: Any) -> bool:
    return value is not None and value is not pd.NA and value == value and value != ""
