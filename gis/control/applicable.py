"""Which control value applies to a project: by authority, then by the longest match of industry.

Authority first: agreement > park > region (the nearest: banner, league, autonomous region) >
nation. Within one place the value of the longest code that the project's industry begins with.

An industry known in part (26 where a value is set for 2614), one of an older edition, one nobody
wrote down, and a day nobody knows leave several values open. All of them are kept as an interval:
where they agree on the verdict it stands, else the verdict lacks what would tell them apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gis.control.values import LEVELS, NAMES
from gis.frames import door

_RANK = {level: place for place, level in enumerate(LEVELS)}
_NONE = (np.nan, np.nan)
Row = dict[Hashable, Any]


@door(subjects="control.subjects", values="control.values", gives="control.applied")
def applicable(subjects: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Return a row per subject and name of control value.

    level, industry, least, most, document, from_on, is_verified: the value of the industry as
    known, level "" where none applies. `others`: what the levels below would say
    ("region:0.6-"). least_to, most_from: the hardest of the values left open, least_from, most_to
    the easiest (NaN: among them no such bound). `is_open`: the values left open differ;
    `open_for` names what would tell them apart. `has_fault`: a value that nobody can read is in
    the way, or nobody says in which region it lies.
    """
    known = values.sort_values(["name", "level", "place", "industry", "from_on", "document"])
    stated = {name: rows.to_dict("records") for name, rows in known.groupby("name")}
    agreed_with = {*known.loc[known["level"] == "agreement", "place"]}
    # Between two of these days every value holds or does not: whoever falls there has the same.
    turns = np.unique(known[["from_on", "until_on"]].to_numpy("datetime64[s]").ravel())
    spans = np.searchsorted(turns, subjects["values_on"].to_numpy("datetime64[s]"), side="right")
    found: dict[Any, dict[str, Row]] = {}
    told = []
    for subject, span in zip(subjects.to_dict("records"), spans.tolist(), strict=True):
        agreed = subject["subject"]
        has_own = agreed in agreed_with
        same = (
            agreed if has_own else None, subject["park_code"], subject["region_code"],
            subject["industries"], span if _known(subject["values_on"]) else None,
        )  # fmt: skip
        if same not in found:
            found[same] = {name: _applied(subject, stated.get(name, [])) for name in NAMES}
        told += [{"subject": agreed, "name": name, **row} for name, row in found[same].items()]
    return pd.DataFrame(told, columns=_COLUMNS).astype({"from_on": "datetime64[s]"})


_COLUMNS = [
    "subject", "name", "level", "industry", "least", "most", "document", "from_on", "is_verified",
    "others", "least_from", "least_to", "most_from", "most_to", "is_open", "open_for", "has_fault",
]  # fmt: skip


def _applied(subject: Row, rows: Sequence[Row]) -> Row:
    near = [row for row in rows if _rank(subject, row) is not None]
    days = [*_days(subject["values_on"], near)]
    codes = _codes(subject["industries"], near)
    worlds = [(day, code, _chain(subject, near, day, code)) for day in days for code in codes]
    tops = [chain[0] if chain else None for _, _, chain in worlds]
    # The industry as known, on the day known: what is printed.
    chain = worlds[0][2]
    top = tops[0]
    bounds = {_asked(one) for one in tops}
    lacking = []
    if len({_asked(one) for one, (_, code, _) in zip(tops, worlds, strict=True)
            if code == codes[0]}) > 1:  # fmt: skip
        lacking.append("signed_on")
    if len({_asked(one) for one, (day, _, _) in zip(tops, worlds, strict=True)
            if day == days[0]}) > 1:  # fmt: skip
        lacking.append("industry_code")
    # Nobody says where it lies: the value of any region may be its own.
    is_lost = not _known(subject["region_code"]) and any(row["level"] == "region" for row in rows)
    if is_lost and not (top and top["level"] in ("agreement", "park")):
        lacking.append("region_code")
    else:
        is_lost = False
    leasts = [_bounds(one)[0] for one in tops]
    mosts = [_bounds(one)[1] for one in tops]
    return {
        "level": top["level"] if top else "",
        "industry": top["industry"] if top else "",
        "least": top["least"] if top else np.nan,
        "most": top["most"] if top else np.nan,
        "document": top["document"] if top else None,
        "from_on": top["from_on"] if top else pd.NaT,
        "is_verified": bool(top["is_verified"]) if top else False,
        "others": tuple(_said(one) for one in chain[1:]) or None,
        "least_from": _extreme(leasts, np.nanmin, hardest=False),
        "least_to": _extreme(leasts, np.nanmax, hardest=True),
        "most_from": _extreme(mosts, np.nanmin, hardest=True),
        "most_to": _extreme(mosts, np.nanmax, hardest=False),
        "is_open": len(bounds) > 1,
        "open_for": tuple(lacking) or None,
        "has_fault": is_lost
        or any(one is not None and isinstance(one["fault"], str) for one in tops),
    }


def _extreme(bounds: Sequence[float], choose: Any, *, hardest: bool) -> float:
    """Return the hardest or easiest of the bounds left open; where one has none it is easiest."""
    has_none = any(np.isnan(one) for one in bounds)
    if all(np.isnan(one) for one in bounds) or (has_none and not hardest):
        return np.nan
    return float(choose(bounds))


def _asked(row: Row | None) -> tuple[float | None, ...]:
    """Return what a value asks, to be compared: NaN is not equal to itself, None is."""
    return tuple(one if _known(one) else None for one in _bounds(row))


def _bounds(row: Row | None) -> tuple[float, float]:
    return _NONE if row is None else (row["least"], row["most"])


def _rank(subject: Row, row: Row) -> tuple[int, int] | None:
    """Return how far down a value stands for a subject, None where it is not for it."""
    level, place = row["level"], row["place"]
    if level == "nation":
        return _RANK[level], 0
    if level == "region":
        region = subject["region_code"]
        start = place.rstrip("0") if place.isdigit() else place
        is_in = isinstance(region, str) and bool(start) and region.startswith(start)
        return (_RANK[level], -len(start)) if is_in else None
    own = subject["subject" if level == "agreement" else "park_code"]
    return (_RANK[level], 0) if isinstance(own, str) and own == place else None


def _days(values_on: Any, rows: Sequence[Row]) -> Iterator[Any]:
    """Return the day whose values hold; where nobody knows it, one of each span there is."""
    if _known(values_on):
        yield values_on
        return
    starts = {row["from_on"] for row in rows if _known(row["from_on"])}
    starts |= {row["until_on"] for row in rows if _known(row["until_on"])}
    # The newest first: it is what is printed.
    yield from sorted(starts, reverse=True) or [pd.NaT]


def _codes(industries: Sequence[str] | None, rows: Sequence[Row]) -> list[str]:
    """Return the industries a subject may have, as far as a value tells them apart."""
    stated = {row["industry"] for row in rows}
    if industries is None:
        return ["", *sorted(stated - {""})]
    finer = {one for one in stated for own in industries if one.startswith(own) and one != own}
    return [*industries, *sorted(finer)]


def _chain(subject: Row, rows: Sequence[Row], on: Any, industry: str) -> list[Row]:
    """Return the value of each place that applies to one industry on one day, the highest first."""
    best: dict[str, tuple[tuple[int, int], int, Row]] = {}
    for row in rows:
        rank = _rank(subject, row)
        if rank is None or not industry.startswith(row["industry"]) or not _holds(row, on):
            continue
        level, length = row["level"], len(row["industry"])
        kept = best.get(level)
        # Of one level the nearest place, then the longest code, then the newest.
        if kept is None or (rank, -length) <= (kept[0], -kept[1]):
            best[level] = (rank, length, row)
    return [row for _, _, row in sorted(best.values(), key=lambda one: one[0])]


def _known(value: Any) -> bool:
    """Return whether there is a value; NaN and NaT are not equal to themselves."""
    return value is not None and bool(value == value)


def _holds(row: Row, on: Any) -> bool:
    # What was agreed holds for whom it was agreed with, whatever places set since.
    if not _known(on) or row["level"] == "agreement":
        return True
    is_begun = not _known(row["from_on"]) or row["from_on"] <= on
    return bool(is_begun and (not _known(row["until_on"]) or on < row["until_on"]))


def _said(row: Row) -> str:
    """Return a value in short: "region:0.6-" is at least 0.6, "park:0.8-2" lies between."""
    if isinstance(row["fault"], str):
        return f"{row['level']}:?"
    least, most = ("" if np.isnan(row[end]) else f"{row[end]!r}" for end in ("least", "most"))
    return f"{row['level']}:{least}-{most}"
