"""Everything that falls due from one day to another: warnings, steps, lapses, deadlines."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import result_tables
from gis.arrays import text_as_objects
from gis.clock.ahead import ahead
from gis.days import add_days
from gis.errors import UsageError
from gis.facts import link
from gis.facts.decisions import counting
from gis.facts.gather import Records, gather
from gis.law import Law
from gis.outputs.calendar.agreed import agreed_days
from gis.outputs.calendar.deadlines import deadlines
from gis.outputs.calendar.suspicions import suspicions
from gis.outputs.calendar.wording import matter, sentence
from gis.pipeline import idle
from gis.pipeline.idle import Idle
from gis.store import results
from gis.store.database import Connection
from gis.store.runs import Run

# Steps one is warned of: the start day and the anniversaries.
_WARNED = {
    "start_overdue",
    "idle_year",
    "fee_from",
    "recovery_from",
    "stop_year",
    "approval_lapse",
}
# What a step rests on: the row of the clock that holds from then on.
_ROW = {
    "fee": "10",
    "recovery": "8",
    "government": "11",
    "seizure": "7",
    "person": "7b",
    "overdue": "6",
}
_LAND = results.Asked({"rule": ["unsupplied"]})


@text_as_objects()
def entries(
    connection: Connection,
    run: Run,
    from_on: date,
    to_on: date,
    law: Law,
    region: str | None = None,
) -> pd.DataFrame:
    """Return table `calendar`: what comes from `from_on` to `to_on` if no fact changes.

    Facts are those known at the run's delivery and dated before `from_on`, so a calendar of days
    gone by shows what was to be expected then. Lapses of approvals come from the run's findings.
    UsageError when the days are the wrong way round.
    """
    if to_on < from_on:
        raise UsageError(
            f"起日 {from_on} 晚于止日 {to_on}。 --from {from_on} is later than --to {to_on}.",
            "把两个日期对调 change the two days round",
        )
    as_of = add_days(from_on, -1)
    known = gather(connection, as_of, run.delivery, region)
    supplied = idle.judge(known, law)
    lapses = _lapses(results.read(connection, run, "finding", _LAND), known)
    notice = _notice_days(lapses, supplied, law, as_of)
    until_on = add_days(to_on, 1 + max((max(n) for n in notice.values()), default=0))
    steps = pd.concat([_steps(supplied, as_of, until_on, law), lapses], ignore_index=True)
    papers = papers_served(known, supplied)
    suspected = suspicions(known, supplied, as_of, law)
    due = deadlines(papers, suspected, law, as_of, to_on)
    agreed = agreed_days(known, supplied).assign(rule="agreement")
    table = pd.concat(
        [
            steps,
            _warnings(steps, notice),
            _described(due.assign(rule="idle_land"), supplied),
            _described(agreed, supplied),
        ],
        ignore_index=True,
    )
    first, last = pd.Timestamp(from_on), pd.Timestamp(to_on)
    table = table[(table["on"] >= first) & (table["on"] <= last)]
    names = result_tables.TABLES["calendar"].names
    table = table.reindex(columns=[name for name in names if name != "description"])
    table = table.sort_values(
        ["on", "kind", "subject", "days_ahead"], kind="stable", ignore_index=True
    )
    table["days_ahead"] = table["days_ahead"].astype("Int64")
    told = [sentence(row) for row in table.to_dict("records")]
    return table.assign(description=pd.Series(told, index=table.index, dtype="str"))[
        result_tables.TABLES["calendar"].names
    ]


def last_days(table: pd.DataFrame) -> pd.Series:
    """Return of each row of `calendar` the last day on which something can still be done.

    A step of the clock is told by the first day of what it brings; it can be met until the day
    before. A deadline, an agreed day and a warning are told by their own day.
    """
    is_step = table["kind"].isin(_WARNED)
    return table["on"].mask(is_step, table["on"] - pd.Timedelta(days=1))


def matters(table: pd.DataFrame) -> pd.Series:
    """Return of each row of `calendar` what falls due, without what is noted of the day."""
    told = [matter(row) for row in table.to_dict("records")]
    return pd.Series(told, index=table.index, dtype="str")


def _steps(supplied: Idle, as_of: date, until_on: date, law: Law) -> pd.DataFrame:
    found = _certain(supplied, as_of, until_on, law)
    findings = supplied.findings.iloc[found["place"]].reset_index(drop=True)
    row = found["event"].map(_ROW).mask(found["step"] == "stop_year", "4b")
    articles = [
        None if row_name != row_name else law.value(f"idle.row.{row_name}", as_of, region).amount
        for row_name, region in zip(row, _regions(findings), strict=True)
    ]
    return pd.DataFrame(
        {
            "on": found["on"],
            "kind": found["step"],
            "event": found["event"],
            "article": pd.Series(articles, dtype="str").replace("", None),
            "holder": supplied.facts["holder"].iloc[found["place"]].to_numpy(),
            **{name: findings[name] for name in _OF_FINDING},
        }
    )


def _certain(supplied: Idle, as_of: date, until_on: date, law: Law) -> pd.DataFrame:
    """Return the steps ahead, of a signing by the month those that its first and last day give."""
    causes, late = supplied.subjects.causes, supplied.subjects.late_facts
    found = ahead(supplied.facts, causes, as_of, until_on, law)
    if late.empty:
        return found
    late = late.reset_index(drop=True)
    subject = supplied.facts["subject"].iloc[found["place"]].to_numpy()
    steps = ahead(late, causes, as_of, until_on, law)
    steps = steps.assign(subject=late["subject"].iloc[steps["place"]].to_numpy())
    named = ["subject", "step", "on", "event"]
    both = set(steps[named].fillna("").itertuples(index=False, name=None))
    own = found.assign(subject=subject)
    settled = late.set_index("subject")["settles_on"].reindex(own["subject"]).to_numpy()
    rows = own[named].fillna("").itertuples(index=False, name=None)
    is_in_both = np.fromiter((row in both for row in rows), bool, len(own))
    is_certain = ~own["subject"].isin(late["subject"]) | is_in_both | (own["on"] >= settled)
    return found[is_certain].reset_index(drop=True)


def _regions(findings: pd.DataFrame) -> list[str | None]:
    return [None if code != code else code for code in findings["region_code"]]


_OF_FINDING = ("rule", "subject", "name", "outcome", "area_m2", "region_code", "block_code")


def _lapses(pieces: pd.DataFrame, known: Records) -> pd.DataFrame:
    """Return one row per approval and outcome its unsupplied pieces turn to, or have turned to."""
    if known.region is not None:
        pieces = pieces[pieces["region_code"].isin(known.dated["approvals"]["region_code"])]
    coming = pieces["next_on"].notna()
    turned = pieces["since_on"].notna() & ~coming & (pieces["outcome"] != "undetermined")
    rows = pieces[coming | turned]
    rows = rows.assign(
        subject=rows["approval"],
        on=rows["next_on"].fillna(rows["since_on"]),
        event=rows["next_event"].fillna(rows["outcome"]),
        kind="approval_lapse",
    )
    grouped = rows.groupby(["subject", "on", "event"], sort=True)
    table = grouped.agg(
        area_m2=("area_m2", "sum"),
        **{
            name: (name, "first")
            for name in ("kind", "rule", "name", "outcome", "article", "region_code")
        },
        block_code=("block_code", lambda codes: codes.iloc[0] if codes.nunique() == 1 else None),
    )
    return table.reset_index()


def _notice_days(
    lapses: pd.DataFrame, supplied: Idle, law: Law, as_of: date
) -> dict[str, tuple[int, ...]]:
    """Return how many days ahead each region is warned; '' = where no region is known."""
    regions = {*lapses["region_code"].dropna(), *supplied.findings["region_code"].dropna(), ""}
    return {
        region: tuple(
            int(str(count))
            for count in _many(law.value("idle.warning_days", as_of, region or None).amount)
        )
        for region in sorted(regions)
    }


def _many(amount: Any) -> tuple[Any, ...]:
    return amount if isinstance(amount, tuple) else (amount,)


def _warnings(steps: pd.DataFrame, notice: dict[str, tuple[int, ...]]) -> pd.DataFrame:
    """Return the warnings of each step, counted back from the last day before it."""
    rows = steps[steps["kind"].isin(_WARNED)]
    tables = []
    for region, group in rows.groupby(rows["region_code"].fillna(""), sort=True):
        due_on = group["on"] - pd.Timedelta(days=1)
        tables += [
            group.assign(
                on=due_on - pd.Timedelta(days=count),
                kind="warning",
                warned_of=group["kind"],
                days_ahead=count,
                due_on=due_on,
            )
            for count in notice[str(region)]
        ]
    return pd.concat(tables, ignore_index=True) if tables else rows


def papers_served(known: Records, supplied: Idle) -> pd.DataFrame:
    """Return the papers of the procedure that count: subject, kind, served_on, document, region."""
    refs = link.references(known.dated["supplies"])
    # What was revoked sets no period running.
    papers = counting(link.join(known.on_table["decisions"], refs), pd.Timestamp(known.as_of))
    region = supplied.facts.set_index("subject")["region_code"]
    codes = region.reindex(papers["subject"]).to_numpy()
    # A period runs from the last day a service by the month may have had.
    is_month = papers["served_by_month"].eq(True).fillna(False).astype(bool)
    last_on = papers["served_on"] + pd.offsets.MonthEnd(0)
    papers["served_on"] = papers["served_on"].mask(is_month, last_on).astype("datetime64[s]")
    columns = ["subject", "kind", "served_on", "document"]
    return papers[columns].assign(region_code=pd.Series(codes, index=papers.index, dtype="str"))


def _described(due: pd.DataFrame, supplied: Idle) -> pd.DataFrame:
    """Return what falls due with what is known of its subjects."""
    known = supplied.findings.set_index("subject")[
        [name for name in _OF_FINDING if name not in {"subject", "rule"}]
    ]
    holder = supplied.facts.set_index("subject")["holder"]
    own = known.reindex(due["subject"]).reset_index(drop=True)
    return pd.concat([due, own], axis=1).assign(holder=holder.reindex(due["subject"]).to_numpy())
