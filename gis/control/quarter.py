"""The quarterly report in its four classes, and what changed since the quarter before.

    formalities     不能正常办理的手续
    below_output    亩均产值低于控制性指标 (stopped ones too)
    overdue_build   超过建设年限不能建成
    cannot_run      建成不能运行

An empty day is no delay: where nobody says whether it was built, the row is not certain and says
what is missing. A day that is due is over on the day after.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

import numpy as np
import pandas as pd

from gis.control.values import OUTPUT
from gis.errors import UsageError
from gis.frames import door

CLASSES = ("formalities", "below_output", "overdue_build", "cannot_run")
_BUILT = frozenset({"built", "producing", "idle"})
_NOT_BUILT = frozenset({"planned", "building", "stopped"})
# What stopped producing had produced.
_PRODUCED = frozenset({"producing", "idle"})
_STOPPED = frozenset({"idle", "zombie"})
_FIRM_STOPPED = frozenset({"stopped", "zombie", "closed"})
_SETTLED = frozenset({"granted", "not_required", "blocked", "returned"})
_ONE_DAY = pd.Timedelta(days=1)
COLUMNS = [
    "class", "subject", "reason", "is_certain", "detail", "since_on", "office", "distance",
    "missing",
]  # fmt: skip
_KEY = ["class", "subject", "detail"]


def span(quarter: str) -> tuple[date, date]:
    """Return the first and the last day of a quarter; UsageError where it is none.

    >>> span("2026Q2")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    found = re.fullmatch(r"(\d{4})[Qq]([1-4])", quarter.strip())
    if found is None or int(found[1]) == 0:
        raise UsageError(
            f"“{quarter[:40]}”不是季度。 {quarter[:40]!r} is no quarter.",
            "写成 write it like 2026Q2",
        )
    year, last = int(found[1]), 3 * int(found[2])
    return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])


def of(day: date) -> str:
    """Return the quarter a day lies in.

    >>> of(date(2026, 12, 31))
    '2026Q4'
    """
    return f"{day.year:04}Q{(day.month + 2) // 3}"


def before(quarter: str) -> str:
    """Return the quarter before one.

    >>> before("2026Q1")
    '2025Q4'
    """
    first, _ = span(quarter)
    return of(first - _ONE_DAY.to_pytimedelta())


@door(projects="control.projects", gives="control.classes")
def classes(
    projects: pd.DataFrame, verdicts: pd.DataFrame, formalities: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Return who is in which class on the last day of a quarter, a row each.

    projects     `control.projects`
    verdicts     `judge.judge` on that day: subject, name, verdict, missing, distance
    formalities  project_code, formality, state, due_on, office, obstacle: one row each

    A formality that an office says cannot be done is certain; one sent back, or past its day and
    not granted, is a matter to look into.
    """
    on = pd.Timestamp(as_of)
    projects = projects[projects["state"] != "ended"].reset_index(drop=True)
    told = [
        _formalities(projects, formalities, on),
        _below(projects, verdicts, on),
        _overdue(projects, on),
        _cannot_run(projects, on),
    ]
    known = [one for one in told if len(one)]
    found = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=COLUMNS)
    found = found.reindex(columns=COLUMNS)
    return found.astype({"is_certain": "bool", "since_on": "datetime64[s]", "distance": "float64"})


def _formalities(
    projects: pd.DataFrame, formalities: pd.DataFrame, on: pd.Timestamp
) -> pd.DataFrame:
    rows = formalities[formalities["project_code"].isin(projects["subject"])]
    state = rows["state"]
    due_on = pd.to_datetime(rows["due_on"])
    reason = pd.Series(None, index=rows.index, dtype="object")
    reason[~state.isin(_SETTLED) & (due_on < on)] = "late"
    reason[state == "returned"] = "returned"
    reason[state == "blocked"] = "blocked"
    is_told = reason.notna()
    rows, reason, due_on = rows[is_told], reason[is_told], due_on[is_told]
    return pd.DataFrame(
        {
            "class": "formalities",
            "subject": rows["project_code"],
            "reason": reason,
            "is_certain": reason == "blocked",
            "detail": rows["formality"],
            "since_on": (due_on + _ONE_DAY).where(reason == "late"),
            "office": rows["office"],
        }
    )


def _below(projects: pd.DataFrame, verdicts: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    of_output = verdicts[verdicts["name"] == OUTPUT].set_index("subject")
    own = of_output.reindex(projects["subject"])
    verdict = own["verdict"].to_numpy(dtype=object)
    produces = _has_produced(projects, on).to_numpy(dtype=bool)
    is_stopped = (
        projects["state"].isin(_STOPPED).to_numpy()
        | projects["enterprise_state"].isin(_FIRM_STOPPED).to_numpy() & produces
    )
    is_below, is_open = verdict == "below", (verdict == "undetermined") & ~is_stopped
    rows: pd.DataFrame = pd.DataFrame(
        {
            "class": "below_output",
            "subject": projects["subject"],
            "reason": np.where(is_stopped, "stopped", "below"),
            "is_certain": is_stopped | is_below,
            "distance": own["distance"].to_numpy(dtype=np.float64, na_value=np.nan),
            "missing": pd.Series(own["missing"].to_numpy(dtype=object)).where(is_open, None),
        }
    )
    told: pd.DataFrame = rows.loc[is_stopped | is_below | is_open]
    return told


def _overdue(projects: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    is_over = projects["completion_due_on"] < on
    is_built, is_not = _built(projects, on)
    rows = pd.DataFrame(
        {
            "class": "overdue_build",
            "subject": projects["subject"],
            "reason": "overdue_build",
            "is_certain": is_not,
            "since_on": projects["completion_due_on"] + _ONE_DAY,
            "missing": _lacking(~is_not, "completed_on"),
        }
    )
    return rows[is_over & ~is_built]


def _cannot_run(projects: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    is_built, _ = _built(projects, on)
    due_on = projects["production_due_on"]
    is_agreed = due_on.notna()
    rows = pd.DataFrame(
        {
            "class": "cannot_run",
            "subject": projects["subject"],
            "reason": "cannot_run",
            "is_certain": is_agreed,
            "since_on": due_on + _ONE_DAY,
            "missing": _lacking(~is_agreed, "production_due_on"),
        }
    )
    return rows[is_built & ~_has_produced(projects, on) & ((due_on < on) | ~is_agreed)]


def _built(projects: pd.DataFrame, on: pd.Timestamp) -> tuple[pd.Series, pd.Series]:
    """Return which projects were built on a day, and which were not; of the rest nobody says."""
    done_on, state = projects["completed_on"], projects["state"]
    has_day = done_on.notna()
    is_built = (done_on <= on) | _has_produced(projects, on) | (~has_day & state.isin(_BUILT))
    is_not = ((done_on > on) | (~has_day & state.isin(_NOT_BUILT))) & ~is_built
    return is_built, is_not


def _has_produced(projects: pd.DataFrame, on: pd.Timestamp) -> pd.Series:
    produced_on = projects["produced_on"]
    by_state: pd.Series = produced_on.isna() & projects["state"].isin(_PRODUCED)
    return by_state | (produced_on <= on)


def _lacking(is_open: pd.Series, fact: str) -> pd.Series:
    return pd.Series([(fact,) if one else None for one in is_open], index=is_open.index)


def deltas(now: pd.DataFrame, was: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of now with `change` (new, stays), and the certain ones of before that left.

    A row stays where it stood in the quarter before, as certain as now.
    """
    held = {*zip(*(_said(was)[name] for name in (*_KEY, "is_certain")), strict=True)}
    own = [*zip(*(_said(now)[name] for name in (*_KEY, "is_certain")), strict=True)]
    change = ["stays" if one in held else "new" for one in own]
    certain = {one[:-1] for one in own if one[-1]}
    gone = [
        key not in certain and bool(is_certain)
        for *key_, is_certain in zip(
            *(_said(was)[name] for name in (*_KEY, "is_certain")), strict=True
        )
        for key in [tuple(key_)]
    ]
    return now.assign(change=change), was[np.array(gone, dtype=bool)].reset_index(drop=True)


def _said(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(detail=rows["detail"].astype("object").where(rows["detail"].notna(), ""))


def counts(told: pd.DataFrame, left: pd.DataFrame, was: pd.DataFrame) -> pd.DataFrame:
    """Return of each class how many there are, were, came and left, and how many are not certain.

    count = before + came - left. Of formalities each counts, of the other classes each project.
    """
    certain, before_ = told[told["is_certain"]], was[was["is_certain"].astype(bool)]
    came = certain[certain["change"] == "new"]
    tables = {"count": certain, "before": before_, "came": came, "left": left}
    tables["undetermined"] = told[~told["is_certain"]]
    return pd.DataFrame(
        {
            "class": CLASSES,
            **{
                name: [int((rows["class"] == code).sum()) for code in CLASSES]
                for name, rows in tables.items()
            },
        }
    )
